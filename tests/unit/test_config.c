/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define SYSLOG_NAMES	/* prioritynames, facilitynames */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "config/config.h"
#include "config/keys.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LIBRARY "[library]\npath = /srv/music\n"

static struct config *parse(const char *text)
{
	struct buf errors = BUF_INIT;
	struct config *c = config_parse("f", text, strlen(text), &errors);

	assert_string_equal(buf_str(&errors), "");
	assert_non_null(c);
	buf_free(&errors);
	return c;
}

/* Caller frees. */
static char *errors_of(const char *text)
{
	struct buf errors = BUF_INIT;

	assert_null(config_parse("f", text, strlen(text), &errors));
	return buf_take(&errors);
}

static void assert_error(const char *text, const char *expected)
{
	char *errors = errors_of(text);

	if (strstr(errors, expected) == NULL)
		fail_msg("%s\nwas to say\n%s\nbut said\n%s", text, expected,
		    errors);
	free(errors);
}

static struct config *load(const char *file, struct buf *errors)
{
	char *path = path_join("data/config", file);
	struct config *c = config_load(path, errors);

	free(path);
	return c;
}

static void every_key_has_its_documented_default(void **state)
{
	struct config *c = parse(LIBRARY);

	(void)state;
	assert_string_equal(c->file, "f");
	assert_null(c->spotify.client_id);
	assert_null(c->spotify.client_secret_file);
	assert_string_equal(c->spotify.token_file,
	    "/var/lib/likesync/token.json");
	assert_string_equal(c->spotify.accounts_url,
	    "https://accounts.spotify.com");
	assert_string_equal(c->spotify.api_url, "https://api.spotify.com/v1");
	assert_string_equal(c->spotify.liked, "api");
	assert_int_equal(c->spotify.full_walk, 7 * 86400);
	assert_string_equal(c->library.path, "/srv/music");
	assert_string_equal(c->library.document,
	    "/srv/music/audio-library-analysis.json");
	assert_string_equal(c->library.layout, "{artist} - {title}");
	assert_int_equal(c->library.max_disk_usage, 85);
	assert_int_equal(c->library.min_free, UINT64_C(2) << 30);
	assert_int_equal(c->fetch.per_hour, 50);
	assert_int_equal(c->fetch.per_day, 200);
	assert_int_equal(c->fetch.parallel, 3);
	assert_int_equal(c->fetch.max_size, UINT64_C(200) << 20);
	assert_int_equal(c->fetch.min_bitrate, 112000);
	assert_int_equal(c->fetch.timeout, 300);
	assert_int_equal(c->fetch.delay, 3);
	assert_true(c->fetch.require_premium);
	assert_int_equal(c->analysis.workers, 0);
	assert_true(c->analysis.prefer_tags);
	assert_int_equal(c->analysis.timeout, 120);
	assert_int_equal(c->analysis.memory, UINT64_C(1) << 30);
	if (geteuid() == 0)
		assert_string_equal(c->state.dir, "/var/lib/likesync");
	assert_null(c->metrics.textfile);
	assert_int_equal(c->log.target, LOG_TO_AUTO);
	assert_int_equal(c->log.facility, LOG_DAEMON);
	assert_int_equal(c->log.level, LOG_INFO);
	assert_null(c->run.user);
	assert_int_equal(c->run.max_runtime, 5 * 3600);
	assert_null(c->hooks.on_change);
	assert_null(c->hooks.on_failure);
	assert_null(c->hooks.ping_url);
	assert_int_equal(c->hooks.timeout, 600);
	config_free(c);
}

static void an_inbox_without_a_section_is_left_out_and_ytdlp_stays(void **state)
{
	struct config *c = parse(LIBRARY);
	const struct source_config *s = config_source(c, "ytdlp");

	(void)state;
	assert_string_equal(c->fetch.sources[0], "ytdlp");
	assert_null(c->fetch.sources[1]);
	assert_int_equal(c->n_source, 1);
	assert_null(config_source(c, "inbox"));
	assert_int_equal(s->type, SOURCE_YTDLP);
	assert_string_equal(s->command, "yt-dlp");
	assert_string_equal(s->search, "ytsearch10:");
	assert_string_equal(s->format, "bestaudio[ext=m4a][protocol^=http]/"
	    "bestaudio[protocol^=http]/bestaudio[protocol^=m3u8]");
	assert_string_equal(s->args, "");
	assert_false(s->plugins);
	config_free(c);
}

static void an_inbox_with_a_section_is_used_by_default(void **state)
{
	struct config *c = parse(LIBRARY "[source.inbox]\npath = /in\n");
	const struct source_config *s = config_source(c, "inbox");

	(void)state;
	assert_string_equal(c->fetch.sources[0], "inbox");
	assert_string_equal(c->fetch.sources[1], "ytdlp");
	assert_int_equal(s->type, SOURCE_FOLDER);
	assert_string_equal(s->path, "/in");
	assert_true(s->archives);
	assert_int_equal(s->action, FOLDER_COPY);
	config_free(c);
}

static void a_listed_source_must_have_a_section(void **state)
{
	(void)state;
	assert_error(LIBRARY "[fetch]\nsources = inbox\n",
	    "f:4: fetch.sources: expected a section [source.inbox]");
	assert_error(LIBRARY "[source.shop]\ntype = folder\n",
	    "f: source.shop.path: expected a path");
}

static void the_list_of_sources_may_be_empty(void **state)
{
	struct config *c = parse(LIBRARY "[fetch]\nsources =\n");

	(void)state;
	assert_null(c->fetch.sources[0]);
	assert_int_equal(c->n_source, 0);
	config_free(c);
}

static void a_working_setup_is_read(void **state)
{
	struct buf errors = BUF_INIT;
	struct config *c;

	(void)state;
	setenv("HOME", "/home/dj", 1);
	c = load("a-working-setup.conf", &errors);
	assert_string_equal(buf_str(&errors), "");
	assert_string_equal(c->file, "data/config/a-working-setup.conf");
	assert_string_equal(c->library.path, "/srv/music");
	assert_string_equal(c->library.layout, "{artist}/{album}/{title}");
	assert_int_equal(c->fetch.per_hour, 20);
	assert_int_equal(c->fetch.max_size, UINT64_C(1) << 30);
	assert_string_equal(c->fetch.sources[0], "shop");
	assert_string_equal(c->fetch.sources[1], "inbox");
	assert_string_equal(c->fetch.sources[2], "ytdlp");
	assert_null(c->fetch.sources[3]);
	assert_int_equal(c->n_source, 3);
	assert_string_equal(c->source[0].name, "inbox");
	assert_string_equal(c->source[0].path, "/srv/in box; new");
	assert_string_equal(config_source(c, "shop")->path,
	    "/home/dj/Downloads");
	assert_int_equal(config_source(c, "shop")->action, FOLDER_MOVE);
	assert_false(config_source(c, "shop")->archives);
	assert_string_equal(config_source(c, "ytdlp")->args,
	    "--proxy socks5://127.0.0.1:9050");
	assert_string_equal(config_source(c, "ytdlp")->search, "ytsearch5:");
	assert_int_equal(c->log.level, LOG_DEBUG);
	config_free(c);
	buf_free(&errors);
}

static void a_file_saved_on_windows_is_read(void **state)
{
	struct buf errors = BUF_INIT;
	struct config *c = load("saved-on-windows.conf", &errors);

	(void)state;
	assert_string_equal(buf_str(&errors), "");
	assert_string_equal(c->library.path, "/srv/music");
	assert_int_equal(c->fetch.per_hour, 7);
	config_free(c);
	buf_free(&errors);
}

/* The file has one mistake of each kind; the text is what people see. */
static void every_error_in_a_file_is_reported_in_order(void **state)
{
	struct buf errors = BUF_INIT, expected = BUF_INIT;

	(void)state;
	assert_null(load("everything-wrong.conf", &errors));
	assert_int_equal(file_read("data/config/everything-wrong.errors",
	    65536, &expected), 0);
	assert_string_equal(buf_str(&errors), buf_str(&expected));
	buf_free(&errors);
	buf_free(&expected);
}

static void control_characters_and_nul_are_refused(void **state)
{
	struct buf errors = BUF_INIT;

	(void)state;
	assert_null(load("control-characters.conf", &errors));
	assert_non_null(strstr(buf_str(&errors),
	    "control-characters.conf:2: expected text"));
	assert_non_null(strstr(buf_str(&errors),
	    "control-characters.conf:4: expected text"));
	buf_free(&errors);
}

static void a_missing_or_too_large_file_is_an_error(void **state)
{
	char path[] = "/tmp/likesync-test-XXXXXX";
	struct buf errors = BUF_INIT;
	int fd = mkstemp(path);

	(void)state;
	assert_null(config_load("/no/such.conf", &errors));
	assert_string_equal(buf_str(&errors),
	    "/no/such.conf: can't be read: No such file or directory; "
	    "`likesync config --sample` prints a sample\n");
	buf_clear(&errors);
	assert_int_equal(ftruncate(fd, 1024 * 1024), 0);
	close(fd);
	assert_null(config_load(path, &errors));
	assert_non_null(strstr(buf_str(&errors), "at most 64 KiB"));
	unlink(path);
	buf_free(&errors);
}

static void errors_are_appended_to_the_buffer(void **state)
{
	struct buf errors = BUF_INIT;
	struct config *c;

	(void)state;
	buf_puts(&errors, "before\n");
	c = config_parse("f", LIBRARY, strlen(LIBRARY), &errors);
	assert_non_null(c);
	assert_string_equal(buf_str(&errors), "before\n");
	config_free(c);
	config_free(NULL);
	buf_free(&errors);
}

static void only_the_library_is_required(void **state)
{
	(void)state;
	assert_error("", "f: library.path: expected a path");
	assert_error("[library]\npath =\n", "f:2: library.path: expected");
}

/* What config_print prints, without its remarks: they differ by the file. */
static void print_plain(const struct config *c, struct buf *out)
{
	struct buf text = BUF_INIT;
	char *rest, *line;

	config_print(CONFIG_EFFECTIVE, c, &text);
	/* Behind the line that names the file. */
	rest = strchr(text.data, '\n') + 1;
	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
		char *remark = NULL;

		for (char *at = line; (at = strstr(at, " ; ")) != NULL; at++)
			remark = at;
		while (remark != NULL && remark > line && remark[-1] == ' ')
			remark--;
		if (remark != NULL)
			*remark = '\0';
		buf_printf(out, "%s\n", line);
	}
	buf_free(&text);
}

/* What one key makes of a value: what config_print shows, or NULL. */
static char *effective(const char *section, const char *key,
    const char *value)
{
	char *text = xasprintf(LIBRARY "[%s]\n%s = %s\n", section, key,
	    value);
	struct buf errors = BUF_INIT, out = BUF_INIT;
	struct config *c = config_parse("f", text, strlen(text), &errors);
	char *line = xasprintf("\n%s = ", key), *found = NULL;

	if (c != NULL) {
		char *at;

		print_plain(c, &out);
		at = strstr(buf_str(&out), section);
		at = at != NULL ? strstr(at, line) : NULL;
		if (at != NULL) {
			at += strlen(line);
			found = xstrndup(at, strcspn(at, "\n"));
		}
	}
	config_free(c);
	buf_free(&errors);
	buf_free(&out);
	free(line);
	free(text);
	return found;
}

struct value_case {
	const char *section, *key, *value, *result;	/* NULL: refused */
};

static void check_values(const struct value_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct value_case *v = &cases[i];
		char *got = effective(v->section, v->key, v->value);

		if ((got == NULL) != (v->result == NULL) ||
		    (got != NULL && strcmp(got, v->result) != 0))
			fail_msg("%s.%s = %s: expected %s, got %s", v->section,
			    v->key, v->value,
			    v->result != NULL ? v->result : "an error",
			    got != NULL ? got : "an error");
		free(got);
	}
}

static void numbers_are_read_with_their_units_and_ranges(void **state)
{
	static const struct value_case cases[] = {
		{ "fetch", "parallel", "1", "1" },
		{ "fetch", "parallel", "16", "16" },
		{ "fetch", "parallel", "0", NULL },
		{ "fetch", "parallel", "17", NULL },
		{ "fetch", "parallel", "-1", NULL },
		{ "fetch", "parallel", "+1", NULL },
		{ "fetch", "parallel", "3x", NULL },
		{ "fetch", "parallel", "0x3", NULL },
		{ "fetch", "parallel", "3 3", NULL },
		{ "fetch", "parallel", "4294967297", NULL },
		{ "fetch", "parallel", "99999999999999999999", NULL },
		{ "fetch", "timeout", "90", "90s" },
		{ "fetch", "timeout", "90s", "90s" },
		{ "fetch", "timeout", "45m", "45m" },
		{ "fetch", "timeout", "6H", "6h" },
		{ "fetch", "timeout", "1h30m", "90m" },
		{ "fetch", "timeout", "1h1s", "3601s" },
		{ "spotify", "full_walk", "7d", "7d" },
		{ "spotify", "full_walk", "0", "0" },
		{ "fetch", "timeout", "1h30", NULL },
		{ "fetch", "timeout", "30m1h", NULL },
		{ "fetch", "timeout", "1h1h", NULL },
		{ "fetch", "timeout", "h", NULL },
		{ "fetch", "timeout", "0", NULL },
		{ "fetch", "timeout", "2d", NULL },
		{ "fetch", "timeout", "1w", NULL },
		{ "fetch", "timeout", "99999999999999999d", NULL },
		{ "fetch", "max_size", "200M", "200M" },
		{ "fetch", "max_size", "1024M", "1G" },
		{ "fetch", "max_size", "2g", "2G" },
		{ "fetch", "max_size", "2GB", "2G" },
		{ "fetch", "max_size", "2GiB", "2G" },
		{ "fetch", "max_size", "1025", "1025" },
		{ "fetch", "max_size", "2GX", NULL },
		{ "fetch", "max_size", "2i", NULL },
		{ "fetch", "max_size", "9999999T", NULL },
		{ "fetch", "max_size", "9223372036854775807T", NULL },
		{ "fetch", "min_bitrate", "112k", "112k" },
		{ "fetch", "min_bitrate", "128K", "128k" },
		{ "fetch", "min_bitrate", "112500", "112500" },
		{ "fetch", "min_bitrate", "2M", "2M" },
		{ "fetch", "min_bitrate", "0", "0" },
		{ "fetch", "min_bitrate", "128", NULL },
	};

	(void)state;
	check_values(cases, COUNT(cases));
}

static void percentages_are_read_with_and_without_their_sign(void **state)
{
	static const struct {
		const char *text;
		int percent;		/* -1: refused */
	} cases[] = {
		{ "85%", 85 }, { "85", 85 }, { "100%", 100 }, { "0", 0 },
		{ "101%", -1 }, { "85%%", -1 }, { "85 %", -1 }, { "%", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = xasprintf(LIBRARY "max_disk_usage = %s\n",
		    cases[i].text);
		struct buf errors = BUF_INIT;
		struct config *c = config_parse("f", text, strlen(text),
		    &errors);

		assert_int_equal(c != NULL ? c->library.max_disk_usage : -1,
		    cases[i].percent);
		config_free(c);
		buf_free(&errors);
		free(text);
	}
}

static void words_and_switches_are_read_in_any_case(void **state)
{
	static const struct value_case cases[] = {
		{ "analysis", "prefer_tags", "yes", "yes" },
		{ "analysis", "prefer_tags", "No", "no" },
		{ "analysis", "prefer_tags", "TRUE", "yes" },
		{ "analysis", "prefer_tags", "false", "no" },
		{ "analysis", "prefer_tags", "on", "yes" },
		{ "analysis", "prefer_tags", "off", "no" },
		{ "analysis", "prefer_tags", "1", "yes" },
		{ "analysis", "prefer_tags", "0", "no" },
		{ "analysis", "prefer_tags", "maybe", NULL },
		{ "analysis", "prefer_tags", "", NULL },
		{ "log", "target", "Syslog", "syslog" },
		{ "log", "target", "file", NULL },
	};

	(void)state;
	check_values(cases, COUNT(cases));
}

static void paths_are_absolute_or_from_home(void **state)
{
	static const struct value_case cases[] = {
		{ "state", "dir", "/var/x", "/var/x" },
		{ "state", "dir", "/var/x//", "/var/x" },
		{ "state", "dir", "/", "/" },
		{ "state", "dir", "~/x", "/home/dj/x" },
		{ "state", "dir", "~", "/home/dj" },
		{ "state", "dir", "~other/x", NULL },
		{ "state", "dir", "x", NULL },
		{ "state", "dir", "./x", NULL },
		{ "state", "dir", "", NULL },
		{ "state", "dir", "\"/var/a b\"", "/var/a b" },
		{ "spotify", "liked", "api", "api" },
		{ "spotify", "liked", "/x/YourLibrary.json",
		  "/x/YourLibrary.json" },
		{ "spotify", "liked", "likes.csv", NULL },
		{ "source.ytdlp", "command", "yt-dlp_linux", "yt-dlp_linux" },
		{ "source.ytdlp", "command", "~/bin/yt-dlp",
		  "/home/dj/bin/yt-dlp" },
		{ "source.ytdlp", "command", "bin/yt-dlp", NULL },
		{ "source.ytdlp", "command", "", NULL },
	};

	(void)state;
	setenv("HOME", "/home/dj", 1);
	check_values(cases, COUNT(cases));
}

static void addresses_are_https_or_on_this_machine(void **state)
{
	static const struct value_case cases[] = {
		{ "spotify", "api_url", "https://a.example/v1//",
		  "https://a.example/v1" },
		{ "spotify", "api_url", "https://a.example:8443",
		  "https://a.example:8443" },
		{ "spotify", "api_url", "http://127.0.0.1:8080/v1/",
		  "http://127.0.0.1:8080/v1" },
		{ "spotify", "api_url", "http://[::1]:8080",
		  "http://[::1]:8080" },
		{ "spotify", "api_url", "http://localhost",
		  "http://localhost" },
		{ "spotify", "api_url", "http://127.9.9.9", "http://127.9.9.9" },
		{ "spotify", "api_url", "http://a.example", NULL },
		{ "spotify", "api_url", "http://127.0.0.1.a.example", NULL },
		{ "spotify", "api_url", "http://localhost.a.example", NULL },
		{ "spotify", "api_url", "http://127.0.0.1@a.example", NULL },
		{ "spotify", "api_url", "http://128.0.0.1", NULL },
		{ "spotify", "api_url", "https://u:p@a.example", NULL },
		{ "spotify", "api_url", "https://a.example/?q", NULL },
		{ "spotify", "api_url", "https://[::1/x", NULL },
		{ "spotify", "api_url", "https://a.example:0", NULL },
		{ "spotify", "api_url", "https://a.example:65536", NULL },
		{ "spotify", "api_url", "https://a.example:x", NULL },
		{ "spotify", "api_url", "https://", NULL },
		{ "spotify", "api_url", "ftp://127.0.0.1", NULL },
		{ "spotify", "api_url", "a.example", NULL },
	};

	(void)state;
	check_values(cases, COUNT(cases));
}

static void quotes_keep_a_value_unchanged(void **state)
{
	static const struct {
		const char *written, *value;	/* NULL: refused */
	} cases[] = {
		{ "plain", "plain" },
		{ "a ; remark", "a" },
		{ "a;b", "a;b" },
		{ "a#b", "a#b" },
		{ "a # b", NULL },
		{ "# b", NULL },
		{ "\"a # b\"", "a # b" },
		{ "\"a ; b\"", "a ; b" },
		{ "\";\"", ";" },
		{ "\" a \"", " a " },
		{ "\"a\" ; remark \"", "a" },
		{ "\"a\"\t# remark", "a" },
		{ "\"say \"\"hi\"\" ; now\"", "say \"hi\" ; now" },
		{ "say \"hi\"", "say \"hi\"" },
		{ "\"a = b: c\"", "a = b: c" },
		{ "\"a", NULL },
		{ "\"a\"b", NULL },
		{ "\"a\" b", NULL },
		{ "\"", NULL },
		{ "\"a\"\"", NULL },
		{ "\"\"\"\"", "\"" },
		{ "\"\"", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = xasprintf(LIBRARY "[source.ytdlp]\nargs =%s%s\n",
		    i % 2 == 0 ? " " : "  ", cases[i].written);
		struct buf errors = BUF_INIT;
		struct config *c = config_parse("f", text, strlen(text),
		    &errors);

		if ((c == NULL) != (cases[i].value == NULL))
			fail_msg("%s: %s", cases[i].written, buf_str(&errors));
		if (c != NULL)
			assert_string_equal(config_source(c, "ytdlp")->args,
			    cases[i].value);
		config_free(c);
		buf_free(&errors);
		free(text);
	}
}

static void a_line_may_be_long(void **state)
{
	char name[5000];
	struct config *c;
	char *text;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	text = xasprintf("# %s\r\n[run]\r\nuser = %s\r\n" LIBRARY, name,
	    name);
	c = parse(text);
	assert_string_equal(c->run.user, name);
	config_free(c);
	free(text);
}

static void an_indented_line_is_a_key_of_its_own(void **state)
{
	struct config *c = parse(LIBRARY "[fetch]\nper_hour = 5\n"
	    "\tper_day = 6\n");

	(void)state;
	assert_int_equal(c->fetch.per_hour, 5);
	assert_int_equal(c->fetch.per_day, 6);
	config_free(c);
}

static void a_section_may_be_continued_but_no_key_set_twice(void **state)
{
	struct config *c = parse("[fetch]\nper_hour = 5\n" LIBRARY
	    "[fetch]\nper_day = 6\n");

	(void)state;
	assert_int_equal(c->fetch.per_hour, 5);
	assert_int_equal(c->fetch.per_day, 6);
	config_free(c);
	assert_error("[fetch]\nper_hour = 5\n" LIBRARY "[fetch]\nper_hour = 5\n",
	    "f:6: fetch.per_hour: expected once, it is already set on line 2");
}

static void unknown_names_are_reported_with_the_closest_known(void **state)
{
	static const char *const cases[][2] = {
		{ "[fetch]\nper_huor = 1", "did you mean per_hour?" },
		{ "[fetch]\nparalel = 1", "did you mean parallel?" },
		{ "[spotify]\nclient = 1", "did you mean client_id?" },
		{ "[spotify]\nclient_secret = 1", "mean client_secret_file?" },
		{ "[fetch]\nlevel = 1", "it belongs in [log]" },
		{ "[fetch]\nqqqqqq = 1", "fetch.qqqqqq: unknown key\n" },
		{ "[libary]", "did you mean [library]?" },
		{ "[sources.inbox]", "did you mean [source.inbox]?" },
		{ "[qqqqqq]", "[qqqqqq]: unknown section\n" },
		{ "[source.]", "[source.]: expected a source's name" },
		{ "[source.UP]", "[source.UP]: expected a source's name" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_error(cases[i][0], cases[i][1]);
}

static void a_secret_in_the_wrong_place_is_not_repeated(void **state)
{
	char *errors = errors_of(LIBRARY "[spotify]\n"
	    "client_secret = hunter2\n");

	(void)state;
	assert_null(strstr(errors, "hunter2"));
	free(errors);
}

static void keys_of_an_unknown_section_are_not_errors_as_well(void **state)
{
	char *errors = errors_of(LIBRARY "[fech]\nper_hour = 5\nx\ny = \"\n");

	(void)state;
	assert_string_equal(errors, "f:3: [fech]: unknown section, did you "
	    "mean [fetch]?\nf:5: expected [section] or key = value\n");
	free(errors);
}

static void a_bad_value_is_not_called_missing_as_well(void **state)
{
	static const char *const values[] = { "x", "/a # b", "\"/a" };

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		char *text = xasprintf("[library]\npath = %s\n", values[i]);
		char *errors = errors_of(text);

		assert_ptr_equal(strchr(errors, '\n'),
		    errors + strlen(errors) - 1);
		free(errors);
		free(text);
	}
}

static void a_source_takes_the_keys_of_its_type_only(void **state)
{
	struct config *c = parse(LIBRARY "[source.yt]\n"
	    "plugins = yes\ntype = ytdlp\n");

	(void)state;
	assert_true(config_source(c, "yt")->plugins);
	assert_string_equal(config_source(c, "yt")->command, "yt-dlp");
	assert_null(config_source(c, "yt")->path);
	config_free(c);
	assert_error(LIBRARY "[source.a]\npath = /a\nplugins = yes\n",
	    "f:5: source.a.plugins: unknown key here, it belongs in "
	    "[source.NAME] of type ytdlp");
	assert_error(LIBRARY "[source.a]\npath = /a\ntype = script\n",
	    "f:5: source.a.type: expected folder, ytdlp, exec or "
	    "telegram, got \"script\"");
	c = parse(LIBRARY "[source.a]\ntype = exec\ncommand = /bin/a\n"
	    "args = -x 1\nstate = /s\n");
	assert_int_equal(config_source(c, "a")->type, SOURCE_EXEC);
	assert_string_equal(config_source(c, "a")->args, "-x 1");
	assert_string_equal(config_source(c, "a")->state, "/s");
	assert_true(config_source_is_remote(c, "a"));
	config_free(c);
	assert_error(LIBRARY "[source.a]\ntype = exec\nplugins = yes\n"
	    "command = a\n", "f:5: source.a.plugins: unknown key here");
	assert_error(LIBRARY "[source.a]\ntype = exec\n",
	    "f: source.a.command: expected a program's name");
}

static void a_source_named_telegram_asks_bots_with_a_pause(void **state)
{
	struct config *c = parse(LIBRARY "[source.telegram]\nbots = a_bot, "
	    "B_Bot\napi_file = /api\npause = 3s\nresponse_timeout = 100s\n");

	(void)state;
	assert_int_equal(config_source(c, "telegram")->type, SOURCE_TELEGRAM);
	assert_string_equal(config_source(c, "telegram")->bots, "a_bot, B_Bot");
	assert_int_equal(config_source(c, "telegram")->max_messages, 200);
	assert_string_equal(config_source(c, "telegram")->command,
	    "likesync-telegram");
	assert_true(config_source_is_remote(c, "telegram"));
	config_free(c);
	assert_error(LIBRARY "[source.telegram]\nbots = a\napi_file = /a\n"
	    "pause = 2s\n", "f:6: source.telegram.pause: expected");
	assert_error(LIBRARY "[source.telegram]\nbots = a\napi_file = /a\n"
	    "response_timeout = 101s\n", "f:6: source.telegram."
	    "response_timeout: expected");
	assert_error(LIBRARY "[source.telegram]\napi_file = /a\n",
	    "f: source.telegram.bots: expected");
	assert_error(LIBRARY "[source.telegram]\nbots = a\n",
	    "f: source.telegram.api_file: expected");
}

static void the_library_cannot_be_its_own_source(void **state)
{
	(void)state;
	assert_error(LIBRARY "[source.inbox]\npath = /srv/music/\n",
	    "f:4: source.inbox.path: expected another folder");
}

static void each_value_says_where_it_comes_from(void **state)
{
	struct buf plain = BUF_INIT, told = BUF_INIT, again = BUF_INIT;
	struct config *c = parse("[library]\npath = /m\n\n[hooks]\n"
	    "on_change = \" a ; b\"\n[source.inbox]\npath = /i\n");

	(void)state;
	print_plain(c, &plain);
	config_print(CONFIG_EFFECTIVE, c, &told);
	config_free(c);
	assert_non_null(strstr(buf_str(&told), " ; line 2\n"));
	assert_non_null(strstr(buf_str(&told), "\" a ; b\" "));
	assert_non_null(strstr(buf_str(&told), " ; line 5\n"));
	assert_non_null(strstr(buf_str(&told), " ; line 7\n"));
	assert_non_null(strstr(buf_str(&told), " ; not set\n"));
	assert_null(strstr(buf_str(&told), " ; line 1\n"));
	c = parse(buf_str(&told));
	print_plain(c, &again);
	config_free(c);
	assert_string_equal(buf_str(&plain), buf_str(&again));
	buf_free(&plain);
	buf_free(&told);
	buf_free(&again);
}

static void what_is_printed_reads_back_the_same(void **state)
{
	struct buf errors = BUF_INIT, once = BUF_INIT, twice = BUF_INIT;
	struct config *c = load("a-working-setup.conf", &errors);

	(void)state;
	print_plain(c, &once);
	config_free(c);
	assert_non_null(strstr(buf_str(&once), "#textfile =\n"));
	assert_non_null(strstr(buf_str(&once),
	    "[source.inbox]\ntype = folder\n"));
	c = parse(buf_str(&once));
	print_plain(c, &twice);
	config_free(c);
	assert_string_equal(buf_str(&once), buf_str(&twice));
	buf_free(&errors);
	buf_free(&once);
	buf_free(&twice);
}

/* Values that need quotes, and a long default. */
static void awkward_values_print_and_read_back(void **state)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	char folder[190];
	struct config *c;
	char *text;

	(void)state;
	memset(folder, 'f', sizeof(folder));
	folder[0] = '/';
	folder[sizeof(folder) - 1] = '\0';
	text = xasprintf("[library]\npath = %s\n[hooks]\n"
	    "on_change = \" \"\"a\"\" ; #b \"\non_failure = x \"y\"\n"
	    "[run]\nuser = \"#1\"\n", folder);
	c = parse(text);
	print_plain(c, &once);
	config_free(c);
	assert_non_null(strstr(buf_str(&once), "\ndocument = "));
	c = parse(buf_str(&once));
	assert_string_equal(c->hooks.on_change, " \"a\" ; #b ");
	assert_string_equal(c->hooks.on_failure, "x \"y\"");
	assert_string_equal(c->run.user, "#1");
	print_plain(c, &twice);
	config_free(c);
	assert_string_equal(buf_str(&once), buf_str(&twice));
	buf_free(&once);
	buf_free(&twice);
	free(text);
}

static void durations_are_read_alike_in_options(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;	/* 0: refused */
	} cases[] = {
		{ "90", 90 }, { "45m", 2700 }, { "1h30m", 5400 },
		{ "365d", 365 * 86400 }, { "366d", 0 }, { "0", 0 },
		{ "", 0 }, { "m", 0 }, { "1h30", 0 }, { "30m1h", 0 },
		{ "-5m", 0 }, { "5 m", 0 }, { "9999999999999999999", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t seconds = 0;

		assert_true(config_duration(cases[i].text, &seconds) ==
		    (cases[i].seconds > 0));
		assert_int_equal(seconds, cases[i].seconds);
	}
}

static void the_sample_file_is_what_is_printed(void **state)
{
	struct buf printed = BUF_INIT, file = BUF_INIT;

	(void)state;
	config_print(CONFIG_SAMPLE, NULL, &printed);
	assert_int_equal(file_read("../../etc/likesync.conf", 1 << 20, &file),
	    0);
	assert_string_equal(buf_str(&printed), buf_str(&file));
	buf_free(&printed);
	buf_free(&file);
}

/* A key's line has its # right before the name, help has a space. */
static char *uncomment(const char *sample)
{
	char *text = xstrdup(sample), *to = text;

	for (const char *s = sample; *s != '\0'; s++) {
		bool begins = s == sample || s[-1] == '\n';

		if (!(begins && *s == '#' && s[1] >= 'a' && s[1] <= 'z'))
			*to++ = *s;
	}
	*to = '\0';
	return text;
}

static void the_sample_changes_nothing_and_all_of_it_can_be_used(void **state)
{
	struct buf sample = BUF_INIT, defaults = BUF_INIT, used = BUF_INIT;
	char *text, *errors;
	struct config *c;

	(void)state;
	config_print(CONFIG_SAMPLE, NULL, &sample);
	errors = errors_of(buf_str(&sample));
	assert_non_null(strstr(errors, "f: library.path: expected"));
	assert_ptr_equal(strchr(errors, '\n'), errors + strlen(errors) - 1);
	free(errors);

	text = uncomment(buf_str(&sample));
	c = parse(text);
	free(text);
	assert_string_equal(c->library.path, "/srv/music");
	assert_int_equal(c->n_playlist, 1);
	assert_int_equal(c->n_source, 7);
	assert_string_equal(config_source(c, "soundcloud")->search,
	    "scsearch10:");
	assert_int_equal(config_source(c, "bandcamp")->delay, 20);
	/* Without the examples it would be what holds anyway. */
	str_replace(&c->spotify.client_id, NULL);
	str_replace(&c->spotify.client_secret_file, NULL);
	str_replace(&c->spotify.playlists, NULL);
	str_replace(&config_source(c, "example")->state, NULL);
	str_replace(&config_source(c, "telegram")->state, NULL);
	str_replace(&c->library.cold, NULL);
	str_replace(&c->acoustid.key_file, NULL);
	str_replace(&c->export.rekordbox, NULL);
	str_replace(&c->export.traktor, NULL);
	str_replace(&c->export.m3u8, NULL);
	str_replace(&c->export.csv, NULL);
	str_replace(&c->export.matched_tracks, NULL);
	str_replace(&c->export.prefix, NULL);
	str_replace(&c->export.volume, NULL);
	str_replace(&c->web.origin, NULL);
	str_replace(&c->web.token_file, NULL);
	str_replace(&c->web.read_token_file, NULL);
	str_replace(&c->metrics.textfile, NULL);
	str_replace(&c->run.user, NULL);
	str_replace(&c->hooks.on_change, NULL);
	str_replace(&c->hooks.on_failure, NULL);
	str_replace(&c->hooks.on_job, NULL);
	str_replace(&c->hooks.ping_url, NULL);
	print_plain(c, &used);
	config_free(c);
	c = parse(LIBRARY "[source.inbox]\npath = /srv/inbox\n"
	    "[source.ytdlp]\ntype = ytdlp\n[source.example]\ntype = exec\n"
	    "command = /usr/local/bin/likesync-slskd\n[source.telegram]\n"
	    "bots = first_bot, second_bot\napi_file = /etc/likesync/telegram\n"
	    "[playlist.example]\n"
	    "link = https://open.spotify.com/playlist/37i9dQZF1DX4dyzvuaRJ0n\n"
	    "layout = Sets/{playlist}/{artist} - {title}\n"
	    "[source.soundcloud]\ntype = ytdlp\nsearch = scsearch10:\n"
	    "isrc = no\nformat = bestaudio[format_id!*=preview]"
	    "[protocol^=http]/bestaudio[format_id!*=preview][protocol^=m3u8]\n"
	    "delay = 10s\nper_hour = 20\nper_day = 100\n"
	    "[source.bandcamp]\ntype = ytdlp\nsearch = bandcamp:\nisrc = no\n"
	    "format = flac/bestaudio\ndelay = 20s\nper_hour = 20\n"
	    "per_day = 60\n"
	    "[source.archive]\ntype = exec\ncommand = likesync-archive\n"
	    "delay = 10s\nper_hour = 20\nper_day = 100\n");
	print_plain(c, &defaults);
	config_free(c);
	assert_string_equal(buf_str(&used), buf_str(&defaults));
	buf_free(&sample);
	buf_free(&defaults);
	buf_free(&used);
}

static void a_folder_of_another_machine_begins_with_a_slash_or_a_drive(
    void **state)
{
	(void)state;
	assert_true(config_is_folder("/Users/dj"));
	assert_true(config_is_folder("D:/Music"));
	assert_true(config_is_folder("d:\\"));
	assert_false(config_is_folder("D:"));
	assert_false(config_is_folder("D:Music"));
	assert_false(config_is_folder("1:/Music"));
	assert_false(config_is_folder("Music"));
	assert_false(config_is_folder(""));
}

static void the_manual_has_every_key_and_mandoc_finds_no_fault(void **state)
{
	const char *argv[] = { "mandoc", "-T", "lint", "-W", "style", NULL };
	struct process p = { .argv = argv, .max_output = 65536 };
	struct process_result r;
	struct buf page = BUF_INIT;
	char *mandoc = process_find("mandoc");

	(void)state;
	buf_puts(&page, ".Dd November 19, 2026\n.Dt LIKESYNC.CONF 5\n.Os\n"
	    ".Sh NAME\n.Nm likesync.conf\n.Nd configuration\n.Sh KEYS\n");
	config_print(CONFIG_MANUAL, NULL, &page);
	for (size_t i = 0; i < config_n_sections; i++) {
		for (size_t k = 0; k < config_sections[i].n_keys; k++) {
			char *item = xasprintf("\n.It Ic %s",
			    config_sections[i].keys[k].name);

			assert_non_null(strstr(buf_str(&page), item));
			free(item);
		}
	}
	if (mandoc == NULL) {
		buf_free(&page);
		skip();
	}
	free(mandoc);
	p.input = page.data;
	p.input_len = page.len;
	assert_int_equal(process_run(&p, &r, NULL), DONE);
	assert_string_equal(buf_str(&r.out), "");
	assert_string_equal(buf_str(&r.err), "");
	assert_int_equal(r.exit_code, 0);
	process_result_free(&r);
	buf_free(&page);
}

static void the_table_of_keys_is_consistent(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_n_sections; i++) {
		const struct section *s = &config_sections[i];

		assert_true(s->help[strlen(s->help) - 1] == '.');
		for (size_t k = 0; k < s->n_keys; k++) {
			const struct key *key = &s->keys[k];

			assert_true(key->help[strlen(key->help) - 1] == '.');
			assert_ptr_equal(section_key(s, key->name), key);
			assert_true((key->initial == NULL) !=
			    (key->example == NULL));
			assert_true(key->below == NULL ||
			    key_below(key) != NULL);
			if (key->type >= VALUE_INT)
				assert_true(key->min < key->max);
			if (key->type == VALUE_WORD)
				assert_non_null(key->words);
		}
	}
}

/* The C library's own list. */
static int number_of(const CODE *names, const char *name)
{
	while (names->c_name != NULL && strcmp(names->c_name, name) != 0)
		names++;
	return names->c_val;
}

static void log_words_have_the_values_of_syslog(void **state)
{
	const struct section *s = section_by_name("log");
	const struct word *w;

	(void)state;
	for (w = section_key(s, "level")->words; w->name != NULL; w++)
		assert_int_equal(w->value, number_of(prioritynames, w->name));
	for (w = section_key(s, "facility")->words; w->name != NULL; w++)
		assert_int_equal(w->value, number_of(facilitynames, w->name));
}

/* Tells where [state] dir and what lies in it are for the current user. */
static void expect_state(const char *dir)
{
	static const char text[] = "[library]\npath = /m\n";
	struct buf errors = BUF_INIT;
	struct config *c = config_parse("x", text, sizeof(text) - 1, &errors);
	char token[256];

	assert_non_null(c);
	assert_string_equal(c->state.dir, dir);
	snprintf(token, sizeof(token), "%s/token.json", dir);
	assert_string_equal(c->spotify.token_file, token);
	config_free(c);
	buf_free(&errors);
}

static void a_user_has_a_state_folder_of_their_own(void **state)
{
	uid_t before = geteuid();

	(void)state;
	if (before == 0) {
		expect_state("/var/lib/likesync");
		assert_int_equal(seteuid(65534), 0);
	}
	setenv("HOME", "/home/dj", 1);
	unsetenv("XDG_STATE_HOME");
	expect_state("/home/dj/.local/state/likesync");
	setenv("XDG_STATE_HOME", "/x/state", 1);
	expect_state("/x/state/likesync");
	setenv("XDG_STATE_HOME", "not/absolute", 1);
	expect_state("/home/dj/.local/state/likesync");
	unsetenv("XDG_STATE_HOME");
	assert_int_equal(seteuid(before), 0);
}

static void the_file_is_found_where_the_manual_says(void **state)
{
	const struct passwd *who = getpwuid(geteuid());
	bool system = geteuid() == 0 ||
	    (who != NULL && strcmp(who->pw_name, "likesync") == 0);
	char *path;

	(void)state;
	setenv("HOME", "/home/dj", 1);
	setenv("LIKESYNC_CONFIG", "/x/y.conf", 1);
	path = config_default_path();
	assert_string_equal(path, "/x/y.conf");
	free(path);
	setenv("LIKESYNC_CONFIG", "", 1);
	path = config_default_path();
	assert_string_equal(path, system ? "/etc/likesync/likesync.conf" :
	    "/home/dj/.config/likesync/likesync.conf");
	free(path);
	unsetenv("LIKESYNC_CONFIG");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_has_its_documented_default),
		cmocka_unit_test(
		    an_inbox_without_a_section_is_left_out_and_ytdlp_stays),
		cmocka_unit_test(
		    an_inbox_with_a_section_is_used_by_default),
		cmocka_unit_test(a_listed_source_must_have_a_section),
		cmocka_unit_test(the_list_of_sources_may_be_empty),
		cmocka_unit_test(a_working_setup_is_read),
		cmocka_unit_test(a_file_saved_on_windows_is_read),
		cmocka_unit_test(every_error_in_a_file_is_reported_in_order),
		cmocka_unit_test(control_characters_and_nul_are_refused),
		cmocka_unit_test(a_missing_or_too_large_file_is_an_error),
		cmocka_unit_test(errors_are_appended_to_the_buffer),
		cmocka_unit_test(only_the_library_is_required),
		cmocka_unit_test(numbers_are_read_with_their_units_and_ranges),
		cmocka_unit_test(
		    percentages_are_read_with_and_without_their_sign),
		cmocka_unit_test(words_and_switches_are_read_in_any_case),
		cmocka_unit_test(paths_are_absolute_or_from_home),
		cmocka_unit_test(addresses_are_https_or_on_this_machine),
		cmocka_unit_test(quotes_keep_a_value_unchanged),
		cmocka_unit_test(a_line_may_be_long),
		cmocka_unit_test(an_indented_line_is_a_key_of_its_own),
		cmocka_unit_test(
		    a_section_may_be_continued_but_no_key_set_twice),
		cmocka_unit_test(unknown_names_are_reported_with_the_closest_known),
		cmocka_unit_test(a_secret_in_the_wrong_place_is_not_repeated),
		cmocka_unit_test(
		    keys_of_an_unknown_section_are_not_errors_as_well),
		cmocka_unit_test(a_bad_value_is_not_called_missing_as_well),
		cmocka_unit_test(a_source_takes_the_keys_of_its_type_only),
		cmocka_unit_test(a_source_named_telegram_asks_bots_with_a_pause),
		cmocka_unit_test(the_library_cannot_be_its_own_source),
		cmocka_unit_test(each_value_says_where_it_comes_from),
		cmocka_unit_test(what_is_printed_reads_back_the_same),
		cmocka_unit_test(awkward_values_print_and_read_back),
		cmocka_unit_test(durations_are_read_alike_in_options),
		cmocka_unit_test(the_sample_file_is_what_is_printed),
		cmocka_unit_test(
		    the_sample_changes_nothing_and_all_of_it_can_be_used),
		cmocka_unit_test(
		    a_folder_of_another_machine_begins_with_a_slash_or_a_drive),
		cmocka_unit_test(
		    the_manual_has_every_key_and_mandoc_finds_no_fault),
		cmocka_unit_test(the_table_of_keys_is_consistent),
		cmocka_unit_test(log_words_have_the_values_of_syslog),
		cmocka_unit_test(the_file_is_found_where_the_manual_says),
		cmocka_unit_test(a_user_has_a_state_folder_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
