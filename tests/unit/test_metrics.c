/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <ctype.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "report/metrics.h"

/* A run and totals in which each number is its own. */
static struct summary made_summary(void)
{
	struct summary s = { .started = 1000, .ended = 1042,
		.outcome = RUN_LATER, .liked = 301, .listed = 314, .playlists = 315,
		.in_library = 302, .queue = 303,
		.queue_wait_s = 304, .library_files = 305,
		.library_bytes = 5000000000, .disk_percent = 42.5,
		.disk_free = 306, .cap_hour = 307, .cap_day = 308,
		.authorization_expires_at = 309, .not_before = 310, .backlog = 311,
		.document_bytes = 312, .document_entries = 313 };

	s.stage_ms[STAGE_FETCH] = 1500;
	return s;
}

static struct counters made_counters(void)
{
	return (struct counters){ .runs = 101, .runs_failed = 102,
		.rejected = 103, .downloads = 104, .searches = 105,
		.upscaled = 106, .fetch_seconds = 107.5, .analyzed = 108,
		.analysis_failed = 109, .reanalyzed = 110, .hooks_failed = 111,
		.last_success = 112, .document_current = 113 };
}

/* Sources: the remote "web" and the folder "inbox". */
static char web[] = "web", inbox[] = "inbox";
static char *names[] = { web, inbox, NULL };
static struct source_config sources[] = {
	{ .name = web, .type = SOURCE_YTDLP },
	{ .name = inbox, .type = SOURCE_FOLDER },
};
static const struct config plain_config = { .fetch.sources = names,
	.source = sources, .n_source = 2 };

static char *render_known(const struct summary *s, const struct counters *c,
    const struct availabilities *known)
{
	const struct metrics_input in = { &plain_config, known, s, c };
	struct buf out = BUF_INIT;

	metrics_render(&in, &out);
	return buf_take(&out);
}

static char *render(const struct summary *s, const struct counters *c)
{
	const struct availabilities none = { .count = 0 };

	return render_known(s, c, &none);
}

/* The value on the one line that begins with the name and labels; fails if
 * there is none, or more. */
static void assert_metric(const char *text, const char *name,
    const char *value)
{
	char line[256], *at;

	snprintf(line, sizeof(line), "\n%s ", name);
	at = strstr(text, line);
	if (at == NULL || strstr(at + 1, line) != NULL)
		fail_msg("%s: is there %s", name, at == NULL ? "not" :
		    "twice");
	at += strlen(line);
	if (strncmp(at, value, strlen(value)) != 0 ||
	    at[strlen(value)] != '\n')
		fail_msg("%s: %.20s, not %s", name, at, value);
}

static void each_number_has_its_own_name(void **state)
{
	static const char *const values[][2] = {
		{ "last_run_timestamp_seconds", "1042" },
		{ "last_success_timestamp_seconds", "112" },
		{ "last_run_exit_status", "75" },
		{ "last_run_duration_seconds", "42" },
		{ "runs_total", "101" }, { "runs_failed_total", "102" },
		{ "downloads_total", "104" }, { "searches_total", "105" },
		{ "downloads_upscaled_total", "106" },
		{ "candidates_rejected_total", "103" },
		{ "fetch_duration_seconds_total", "107.5" },
		{ "analyzed_files_total", "108" },
		{ "analysis_failures_total", "109" },
		{ "reanalyzed_files_total", "110" },
		{ "hook_failures_total", "111" },
		{ "analysis_backlog_files", "311" },
		{ "liked_tracks", "301" }, { "tracks_in_library", "302" },
		{ "listed_tracks", "314" }, { "playlists", "315" },
		{ "queue_length", "303" }, { "queue_wait_seconds", "304" },
		{ "library_files", "305" },
		{ "library_size_bytes", "5000000000" },
		{ "disk_usage_ratio", "0.425" }, { "disk_free_bytes", "306" },
		{ "cap_remaining_hour", "307" }, { "cap_remaining_day", "308" },
		{ "authorization_expiry_timestamp_seconds", "309" },
		{ "spotify_not_before_timestamp_seconds", "310" },
		{ "document_current_timestamp_seconds", "113" },
		{ "document_size_bytes", "312" },
		{ "document_entries", "313" },
		{ "last_run_stage_duration_seconds{stage=\"fetch\"}", "1.5" },
	};
	struct summary s = made_summary();
	struct counters c = made_counters();
	char *text = render(&s, &c);

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		char name[128];

		snprintf(name, sizeof(name), "likesync_%s", values[i][0]);
		assert_metric(text, name, values[i][1]);
	}
	free(text);
}

static void an_unknown_disk_usage_is_zero(void **state)
{
	struct summary s = made_summary();
	struct counters c = made_counters();
	char *text;

	(void)state;
	s.disk_percent = -1;
	text = render(&s, &c);
	assert_metric(text, "likesync_disk_usage_ratio", "0");
	free(text);
}

/* Each family: # HELP, # TYPE, then lines of its name; a counter's name ends
 * with _total, and no other's. Returns where the next one begins. */
static const char *read_family(const char *at)
{
	char name[128], again[128], type[16];
	bool total;
	int n = 0;

	if (sscanf(at, "# HELP %127s %*[^\n]\n# TYPE %127s %15s\n%n", name,
	    again, type, &n) != 3 || n == 0)
		fail_msg("%.80s", at);
	assert_string_equal(name, again);
	total = strlen(name) > 6 &&
	    strcmp(name + strlen(name) - 6, "_total") == 0;
	assert_string_equal(type, total ? "counter" : "gauge");
	for (at += n; *at != '\0' && *at != '#'; at = strchr(at, '\n') + 1) {
		assert_memory_equal(at, name, strlen(name));
		assert_non_null(strchr("{ ", at[strlen(name)]));
		assert_true(isdigit((unsigned char)strchr(at, '\n')[-1]));
	}
	return at;
}

static struct counters with_sources(void)
{
	struct counters c = made_counters();

	c.n_sources = 2;
	c.source[0] = (struct source_counters){ .name = "my \"web\"\\\n",
		.got = 1, .not_found = 2, .failed = 3 };
	c.source[1] = (struct source_counters){ .name = "inbox", .got = 4 };
	return c;
}

static void it_is_in_the_exposition_format(void **state)
{
	struct summary s = made_summary();
	struct counters c = with_sources();
	char *text;

	(void)state;
	s.health.known = true;
	s.n_sources = 1;
	s.source[0].name = "inbox";
	text = render(&s, &c);
	for (const char *at = text; *at != '\0';)
		at = read_family(at);
	free(text);
}

static void results_are_counted_by_source(void **state)
{
	struct summary s = made_summary();
	struct counters c = with_sources();
	char *text;

	(void)state;
	text = render(&s, &c);
	/* Quote, backslash and line feed are escaped, and nothing else. */
	assert_metric(text, "likesync_fetches_total{source="
	    "\"my \\\"web\\\"\\\\\\n\",result=\"not_found\"}", "2");
	assert_metric(text, "likesync_fetches_total{source=\"inbox\","
	    "result=\"got\"}", "4");
	free(text);
}

/* What a run that had nothing to fetch knows of them, too. */
static void a_source_is_up_unless_it_is_recorded_as_unavailable(void **state)
{
	struct summary s = made_summary();
	struct counters c = made_counters();
	struct availability down = { .name = "web", .since = 5 };
	const struct availabilities known = { .items = &down, .count = 1 };
	char *text = render(&s, &c);

	(void)state;
	assert_metric(text, "likesync_source_up{source=\"web\"}", "1");
	assert_metric(text, "likesync_source_up{source=\"inbox\"}", "1");
	free(text);
	text = render_known(&s, &c, &known);
	assert_metric(text, "likesync_source_up{source=\"web\"}", "0");
	free(text);
	/* The record counts, not what the run met before it worked again. */
	s.n_sources = 2;
	s.source[0].name = "web";
	s.source[1].name = "inbox";
	snprintf(s.source[0].fault, sizeof(s.source[0].fault), "no network");
	snprintf(s.source[1].fault, sizeof(s.source[1].fault), "is gone");
	text = render(&s, &c);
	assert_metric(text, "likesync_source_up{source=\"web\"}", "1");
	assert_metric(text, "likesync_source_up{source=\"inbox\"}", "0");
	free(text);
}

static void problem_files_are_shown_only_if_counted(void **state)
{
	struct summary s = made_summary();
	struct counters c = made_counters();
	char *text;

	(void)state;
	s.health.outdated = 7;
	s.health.problems[REASON_TRUNCATED] = 8;
	s.health.tagged[TAGGED_KEY] = 9;
	s.health.disagree[TAGGED_KEY] = 10;
	text = render(&s, &c);
	assert_null(strstr(text, "likesync_analysis_outdated_files"));
	assert_null(strstr(text, "truncated"));
	free(text);
	s.health.known = true;
	text = render(&s, &c);
	assert_metric(text, "likesync_analysis_outdated_files", "7");
	assert_non_null(strstr(text, "{reason=\"truncated\"} 8\n"));
	assert_non_null(strstr(text, "{reason=\"damaged\"} 0\n"));
	assert_non_null(strstr(text, "{what=\"key\"} 9\n"));
	assert_non_null(strstr(text, "{what=\"key\"} 10\n"));
	free(text);
}

static void the_file_is_world_readable_and_replaced_whole(void **state)
{
	char *path = path_join(*state, "likesync.prom");
	struct config cfg = plain_config;
	struct summary s = made_summary();
	struct counters c = made_counters();
	struct buf read_back = BUF_INIT;
	char *expected = render(&s, &c);
	struct stat before, after;

	assert_int_equal(file_write(path, "old", 3, 0600), 0);
	assert_int_equal(stat(path, &before), 0);
	cfg.metrics.textfile = path;
	cfg.state.dir = *state;
	assert_int_equal(metrics_write(&cfg, &s, &c, NULL), DONE);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_mode & 0777, 0644);
	assert_true(before.st_ino != after.st_ino);
	assert_int_equal(file_read(path, 1 << 20, &read_back), 0);
	assert_string_equal(buf_str(&read_back), expected);
	buf_free(&read_back);
	free(expected);
	free(path);
}

static void a_missing_folder_is_a_configuration_error(
    void **state)
{
	char *path = path_join(*state, "absent/likesync.prom");
	struct config cfg = plain_config;
	struct summary s = made_summary();
	struct counters c = made_counters();
	struct error error;

	cfg.metrics.textfile = path;
	cfg.state.dir = *state;
	assert_int_equal(metrics_write(&cfg, &s, &c, &error), RUN_CONFIG);
	assert_non_null(strstr(error.text, path));
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_has_its_own_name),
		cmocka_unit_test(an_unknown_disk_usage_is_zero),
		cmocka_unit_test(it_is_in_the_exposition_format),
		cmocka_unit_test(results_are_counted_by_source),
		cmocka_unit_test(
		    a_source_is_up_unless_it_is_recorded_as_unavailable),
		cmocka_unit_test(problem_files_are_shown_only_if_counted),
		cmocka_unit_test_setup_teardown(
		    the_file_is_world_readable_and_replaced_whole,
		    make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_missing_folder_is_a_configuration_error,
		    make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
