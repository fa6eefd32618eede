/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor: checks everything that a run needs and says how to fix it. */
#include "commands/commands.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "media/workers.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/config.h"
#include "base/file.h"
#include "base/http.h"
#include "base/json.h"
#include "base/landlock.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/state.h"
#include "commands/problem_files.h"
#include "commands/terminal.h"
#include "document/move.h"
#include "sources/source.h"
#include "library/place.h"
#include "records/runs.h"
#include "run/followed.h"
#include "imports/list_file.h"
#include "spotify/authorization.h"
#include "spotify/session.h"

#define MISSED_RUNS (13 * 3600)	/* seconds: two runs, and an hour */

enum severity { OK, WARNING, BROKEN };

struct checkup {
	const struct config *cfg;
	struct json_writer *w;		/* NULL: print text */
	int broken;
	bool no_state;			/* the state folder can't be used */
	struct workers *workers;	/* NULL if they could not be started */
	struct availabilities known;	/* sources, as runs recorded them */
};

static void report(struct checkup *c, enum severity severity, const char *check,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void report(struct checkup *c, enum severity severity, const char *check,
    const char *fmt, ...)
{
	static const char *const names[] = { "ok", "warning", "broken" };
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	c->broken += severity == BROKEN;
	if (c->w == NULL) {
		print_line("%-8s %-13s %s", names[severity], check,
		    buf_str(&text));
	} else {
		json_open_object(c->w, NULL);
		json_put_string(c->w, "check", check);
		json_put_string(c->w, "health", names[severity]);
		json_put_string(c->w, "text", buf_str(&text));
		json_close(c->w);
	}
	buf_free(&text);
}

static void check_configuration(struct checkup *c)
{
	const char *wrong = layout_check(c->cfg->library.layout);

	if (wrong != NULL)
		report(c, BROKEN, "layout", "[library] layout %s", wrong);
	for (size_t i = 0; i < c->cfg->n_playlist; i++) {
		wrong = layout_check(c->cfg->playlist[i].layout);
		if (wrong != NULL)
			report(c, BROKEN, "layout", "[playlist.%s] layout %s",
			    c->cfg->playlist[i].name, wrong);
	}
	report(c, OK, "config", "%s", c->cfg->file != NULL ? c->cfg->file :
	    "defaults");
}

static void check_state(struct checkup *c)
{
	struct error error;

	c->no_state = state_prepare(c->cfg->state.dir, &error) != DONE;
	if (c->no_state)
		report(c, BROKEN, "state", "%s", error.text);
	else
		report(c, OK, "state", "%s", c->cfg->state.dir);
}

/* Sets errno; access() alone would accept a file. */
static bool cannot_use_folder(const char *path, int mode)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return true;
	if (S_ISDIR(st.st_mode))
		return access(path, mode) != 0;
	errno = ENOTDIR;
	return true;
}

static void check_library(struct checkup *c)
{
	const char *path = c->cfg->library.path;
	struct error error;
	uint64_t free_bytes;

	if (cannot_use_folder(path, R_OK | W_OK | X_OK)) {
		report(c, BROKEN, "library", "%s: %s; make it, let this user "
		    "read and write it, or set [library] path", path,
		    strerror(errno));
		return;
	}
	report(c, OK, "library", "%s", path);
	if (disk_room(path, c->cfg->library.max_disk_usage,
	    c->cfg->library.min_free, 0, &error) != DONE)
		report(c, BROKEN, "disk", "%s", error.text);
	else
		report(c, OK, "disk", "%.0f%% used",
		    disk_usage(path, &free_bytes));
}

/* As a run would refuse it. */
static void check_cold(struct checkup *c)
{
	const char *path = c->cfg->library.cold;

	if (c->cfg->library.on_unlike != UNLIKE_COLD)
		return;
	if (cannot_use_folder(path, R_OK | W_OK | X_OK))
		report(c, BROKEN, "cold", "%s: %s; mount its disk or make it, "
		    "let this user read and write it, or set [library] cold",
		    path, strerror(errno));
	else if (file_is_within(path, c->cfg->library.path))
		report(c, BROKEN, "cold", "%s: leads into the library; set "
		    "[library] cold to a folder outside it", path);
	else
		report(c, OK, "cold", "%s", path);
}

static void check_files(struct checkup *c)
{
	char *problems = problem_files_text(c->cfg);

	if (problems != NULL)
		report(c, WARNING, "files", "%s; %s", problems,
		    PROBLEM_FILES_HINT);
	free(problems);
}

/* Its text, as a run would refuse it. */
static enum outcome check_document_text(const char *path, struct error *error)
{
	struct document_moved m;
	int fd = file_open(path);
	enum outcome o;

	if (fd < 0 && errno == ENOENT)
		return DONE;
	if (fd < 0)
		return error_set(error, RUN_CONFIG, "%s: %s", path,
		    file_strerror(errno));
	o = document_move(path, fd, -1, NULL, NULL, &m, error);
	close(fd);
	return o;
}

static void check_document(struct checkup *c)
{
	const char *path = c->cfg->library.document;
	char *folder = path_dir(path);
	struct error error;

	if (cannot_use_folder(folder, W_OK | X_OK) ||
	    (access(path, F_OK) == 0 && access(path, R_OK | W_OK) != 0))
		report(c, BROKEN, "document", "%s: %s; let this user write it "
		    "and its folder, or set [library] document", path,
		    strerror(errno));
	else if (check_document_text(path, &error) != DONE)
		report(c, BROKEN, "document", "%s; runs leave it alone: let "
		    "the program that wrote it write it again, or restore it "
		    "from a backup", error.text);
	else
		report(c, OK, "document", "%s", path);
	free(folder);
}

static void check_liked_file(struct checkup *c)
{
	const char *path = c->cfg->spotify.liked;
	struct track_list liked;
	struct error error;

	if (list_file_read(path, c->cfg->spotify.liked_list, &liked,
	    &error) != DONE) {
		report(c, BROKEN, "likes", "%s", error.text);
		return;
	}
	report(c, liked.tracks.count > 0 ? OK : WARNING, "likes",
	    "%s: %zu track%s", path, liked.tracks.count,
	    liked.tracks.count == 1 ? "" : "s");
	track_list_free(&liked);
}

static void check_followed(struct checkup *c)
{
	struct followed f;
	struct error error;

	if (followed_parse(c->cfg->spotify.playlists, &f, &error) != DONE)
		report(c, BROKEN, "playlists", "%s", error.text);
	else
		report(c, OK, "playlists", "%zu link%s%s", f.count,
		    f.count == 1 ? "" : "s", f.own ? ", and your own" : "");
	followed_free(&f);
}

static void check_authorization(struct checkup *c)
{
	struct authorization a;
	struct error error;
	long long days;

	if (authorization_load(c->cfg->spotify.token_file, &a, &error) !=
	    DONE) {
		report(c, BROKEN, "authorization", "%s", error.text);
		return;
	}
	days = (authorization_expires_at(&a) - clock_wall()) / 86400;
	if (days < AUTHORIZATION_WARN_DAYS)
		report(c, WARNING, "authorization", "ends in %lld days: run "
		    "`likesync auth login`", days);
	else
		report(c, OK, "authorization", "ends in %lld days", days);
	authorization_free(&a);
}

static void check_likes(struct checkup *c)
{
	if (c->cfg->spotify.playlists != NULL)
		check_followed(c);
	if (strcmp(c->cfg->spotify.liked, "api") != 0)
		check_liked_file(c);
	if (strcmp(c->cfg->spotify.liked, "api") != 0 &&
	    c->cfg->spotify.playlists == NULL)
		return;
	if (c->cfg->spotify.client_id == NULL)
		report(c, BROKEN, "spotify", "[spotify] client_id is not set; "
		    "make an app at https://developer.spotify.com/dashboard "
		    "and set its Client ID");
	check_authorization(c);
	if (session_not_before(c->cfg) > 0)
		report(c, WARNING, "spotify", "rate limited; a later run "
		    "tries again, nothing to do");
}

static void check_worker(struct checkup *c)
{
	const struct workers_config wc = { .count = 1,
		.memory = c->cfg->analysis.memory,
		.timeout_ms = c->cfg->analysis.timeout * 1000 };
	struct error error;

	if (workers_start(&wc, &c->workers, &error) != DONE)
		report(c, BROKEN, "worker", "%s", error.text);
	else if (*workers_gaps(c->workers) == '\0')
		report(c, OK, "worker", "opens media in a sandbox");
	else
		report(c, WARNING, "worker", "opens media in a sandbox that "
		    "lacks: %s; use a kernel or container that allows these",
		    workers_gaps(c->workers));
}

static void report_unreadable(void *ctx, const char *source, const char *path,
    const char *error)
{
	(void)path;
	report(ctx, WARNING, source, "%s", error);
}

/* What an earlier run met: the program starts and looks well. */
static void check_availability(struct checkup *c, const char *name)
{
	struct availability *a = availability_add(&c->known, name);
	char text[ERROR_MAX + 128];

	/* As the next run does first. */
	if (a != NULL)
		availability_reopen(a);
	if (availability_text(a, clock_wall(), text, sizeof(text)))
		report(c, WARNING, name, "%s", text);
}

static void check_source(struct checkup *c, const char *name,
    const struct media_service *media_service)
{
	const struct source_config *sc = config_source(c->cfg, name);
	const struct source_env env = { .cfg = c->cfg,
		.media_service = media_service,
		.state_dir = c->cfg->state.dir };
	char version[128] = "";
	struct source s;
	struct error error = { .text = "is not configured" };
	enum outcome o = SERVICE_FAILED;

	if (sc != NULL)
		o = source_open(sc, &env, &s, &error);
	if (o != DONE) {
		report(c, BROKEN, name, "%s", error.text);
		return;
	}
	if (s.check(s.self, version, sizeof(version), &error) != DONE)
		report(c, WARNING, name, "%s", error.text);
	else
		report(c, OK, name, "%s", version);
	s.free(s.self);
	if (sc->type == SOURCE_FOLDER)
		folder_each_unreadable(sc, c->cfg->state.dir,
		    report_unreadable, c);
	else
		check_availability(c, name);
}

static void check_sources(struct checkup *c)
{
	struct media_service media_service;

	/* Sources store what they learn in the state folder. */
	if (c->workers == NULL || c->no_state)
		return;
	media_service = workers_service(c->workers);
	availability_load(c->cfg->state.dir, &c->known);
	for (char **name = c->cfg->fetch.sources; *name != NULL; name++)
		check_source(c, *name, &media_service);
	availabilities_free(&c->known);
}

static void check_sandbox(struct checkup *c)
{
	int version = landlock_version();

	if (!config_fetches_links(c->cfg))
		return;
	if (version == 0)
		report(c, WARNING, "sandbox", "the kernel has no Landlock "
		    "(%s): source programs can read every file that "
		    "this user can; use Linux 5.13 or newer with landlock among its lsm=",
		    strerror(errno));
	else
		report(c, OK, "sandbox", "source programs have no access to your "
		    "files (Landlock %d)%s", version, version < 3 ?
		    "; Linux 6.2 also keeps it from truncating files, and "
		    "6.12 from sending signals" : version < 6 ?
		    "; Linux 6.12 also keeps it from sending signals" : "");
}

static void check_metrics(struct checkup *c)
{
	const char *path = c->cfg->metrics.textfile;
	char *folder;

	if (path == NULL)
		return;
	folder = path_dir(path);
	if (access(folder, W_OK | X_OK) != 0)
		report(c, BROKEN, "metrics", "%s: %s; make it, let this user "
		    "write there, or set [metrics] textfile", folder,
		    strerror(errno));
	else if (!str_ends_with(path, ".prom"))
		report(c, WARNING, "metrics", "%s: node_exporter reads only "
		    "names that end in .prom; change [metrics] textfile",
		    path);
	else
		report(c, OK, "metrics", "%s", path);
	free(folder);
}

/* The token of one setting; false if requests will be refused because of it. */
static bool check_web_token(struct checkup *c, const char *path,
    const char *key)
{
	struct error error;
	char *token = NULL;
	bool usable;

	if (path == NULL)
		return true;
	if (private_check(path, &error) == DONE)
		token = secret_read(path, key, &error);
	usable = token != NULL && strlen(token) >= CONFIG_MIN_WEB_TOKEN;
	if (token == NULL)
		report(c, BROKEN, "web", "%s", error.text);
	else if (!usable)
		report(c, BROKEN, "web", "%s: %s: shorter than %d characters; "
		    "write what `openssl rand -hex 32` prints", path, key,
		    CONFIG_MIN_WEB_TOKEN);
	free(token);
	return usable;
}

/* Asks for the runs as a stranger. The status; 0 with error: no answer. */
static long ask_as_stranger(const char *origin, const char *basic,
    struct error *error)
{
	char *url = xasprintf("%s/api/runs", origin);
	const struct http_request q = { .url = url, .basic = basic,
		.max_body = 1024 * 1024, .timeout_ms = 10000 };
	struct http_response r;
	struct http *h = http_new();
	long status = http_perform(h, &q, &r, error) == DONE ? r.status : 0;

	http_response_free(&r);
	http_free(h);
	free(url);
	return status;
}

/* nginx passes on any name that it has not asked a password for. */
static void check_web_address(struct checkup *c, const char *origin)
{
	struct error error;
	long plain = ask_as_stranger(origin, NULL, &error);
	long named = plain != 0 ? ask_as_stranger(origin, "anybody:anything",
	    &error) : 0;

	if (plain == 0)
		report(c, WARNING, "web", "%s", error.text);
	else if (plain == 200 || named == 200)
		report(c, BROKEN, "web", "%s answers strangers%s: have the web "
		    "server ask for a password there, or set [web] "
		    "server_login = no", origin, plain == 200 ? "" :
		    " who send any name and password");
	else if (plain == 404 || plain >= 500)
		report(c, WARNING, "web", "%s answers with %ld: set [web] "
		    "origin to the address of likesync-web, and see the log "
		    "of the web server", origin, plain);
	else
		report(c, OK, "web", "%s refuses strangers", origin);
}

static void check_web(struct checkup *c)
{
	const struct config *cfg = c->cfg;
	bool usable;

	if (!cfg->web.enabled)
		return;
	usable = check_web_token(c, cfg->web.token_file, "[web] token_file");
	usable = check_web_token(c, cfg->web.read_token_file,
	    "[web] read_token_file") && usable;
	if (cfg->web.token_file == NULL && cfg->web.read_token_file == NULL &&
	    !cfg->web.server_login)
		report(c, BROKEN, "web", "everything is refused: set [web] "
		    "token_file");
	else if (cfg->web.origin == NULL)
		report(c, BROKEN, "web", "everything is refused: set [web] "
		    "origin");
	else if (usable)
		check_web_address(c, cfg->web.origin);
}

/* A timer that was switched off sends no other warning. */
static void check_runs(struct checkup *c)
{
	struct counters counters;
	char ago[32];
	int64_t age;

	counters_load(c->cfg->state.dir, &counters);
	age = clock_wall() - counters.last_success;
	if (counters.last_success == 0 || age < MISSED_RUNS)
		return;
	duration_to_text(age, ago, sizeof(ago));
	report(c, WARNING, "runs", "no run has succeeded for %s; `likesync "
	    "status` lists the last ones; if there are none, enable "
	    "likesync.timer or the cron line", ago);
}

int cmd_doctor(struct invocation *v)
{
	static void (*const checks[])(struct checkup *c) = {
		check_configuration, check_state, check_library, check_cold,
		check_files, check_document, check_likes, check_worker,
		check_sandbox, check_sources, check_metrics, check_web,
		check_runs,
	};
	bool json = false;
	const struct command_option options[] = {
		OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v, "likesync doctor [--json]", options,
	    0);
	struct checkup c = { .cfg = v->cfg };

	if (status >= 0)
		return status;
	if (json)
		c.w = command_json("findings");
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&c);
	workers_stop(c.workers);
	if (json) {
		json_close(c.w);
		json_put_bool(c.w, "healthy", c.broken == 0);
		if (command_print_json(c.w) != EX_OK)
			return EX_IOERR;
	}
	return c.broken > 0 ? 1 : EX_OK;
}
