/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor: looks at everything that a run needs, and says how to mend it. */
#include "commands/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "media/workers.h"
#include "base/clock.h"
#include "config/config.h"
#include "base/file.h"
#include "base/json.h"
#include "base/landlock.h"
#include "base/state.h"
#include "commands/problem_files.h"
#include "commands/terminal.h"
#include "sources/source.h"
#include "library/place.h"
#include "records/runs.h"
#include "imports/list_file.h"
#include "spotify/authorization.h"
#include "spotify/session.h"

#define MISSED_RUNS (13 * 3600)	/* seconds: two of them, and an hour */

enum gravity { WELL, WARNING, BROKEN };

/* What was found, told as it is found or gathered for JSON. */
struct findings {
	const struct config *cfg;
	struct json_writer *w;		/* NULL: text */
	int broken, warnings;
	bool no_state;			/* it can't be used */
	struct workers *workers;
};

static void found(struct findings *f, enum gravity h, const char *what,
    const char *text)
{
	static const char *const names[] = { "ok", "warning", "broken" };

	f->broken += h == BROKEN;
	f->warnings += h == WARNING;
	if (f->w == NULL) {
		print_line("%-8s %-10s %s", names[h], what, text);
		return;
	}
	json_open_object(f->w, NULL);
	json_put_string(f->w, "check", what);
	json_put_string(f->w, "health", names[h]);
	json_put_string(f->w, "text", text);
	json_close(f->w);
}

static void check_configuration(struct findings *f)
{
	const char *wrong = layout_check(f->cfg->library.layout);
	struct error error;

	if (wrong != NULL) {
		error_set(&error, RUN_CONFIG, "[library] layout %s", wrong);
		found(f, BROKEN, "layout", error.text);
	}
	found(f, WELL, "config", f->cfg->file != NULL ? f->cfg->file :
	    "defaults");
}

static void check_state(struct findings *f)
{
	struct error error;

	f->no_state = state_prepare(f->cfg->state.dir, &error) != DONE;
	if (f->no_state)
		found(f, BROKEN, "state", error.text);
	else
		found(f, WELL, "state", f->cfg->state.dir);
}

/* access() takes a file for a folder that nobody may enter. errno is set. */
static bool cannot_use_folder(const char *path, int how)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return true;
	if (S_ISDIR(st.st_mode))
		return access(path, how) != 0;
	errno = ENOTDIR;
	return true;
}

static void check_library(struct findings *f)
{
	const char *path = f->cfg->library.path;
	struct error error;
	uint64_t free_bytes;

	if (cannot_use_folder(path, R_OK | W_OK | X_OK)) {
		error_set(&error, RUN_CONFIG, "%s: %s; make it, let this user "
		    "read and write it, or set [library] path", path,
		    strerror(errno));
		found(f, BROKEN, "library", error.text);
		return;
	}
	found(f, WELL, "library", path);
	if (disk_room(path, f->cfg->library.max_disk_usage,
	    f->cfg->library.min_free, 0, &error) != DONE) {
		found(f, BROKEN, "disk", error.text);
		return;
	}
	error_set(&error, DONE, "%.0f%% used", disk_usage(path, &free_bytes));
	found(f, WELL, "disk", error.text);
}

static void check_files(struct findings *f)
{
	char *problems = problem_files_text(f->cfg);
	struct error error;

	if (problems == NULL)
		return;
	error_set(&error, DONE, "%s; %s", problems, FAULTY_HINT);
	found(f, WARNING, "files", error.text);
	free(problems);
}

static void check_document(struct findings *f)
{
	const char *path = f->cfg->library.document;
	char *folder = path_dir(path);
	struct error error;

	if (cannot_use_folder(folder, W_OK | X_OK) ||
	    (access(path, F_OK) == 0 && access(path, R_OK | W_OK) != 0)) {
		error_set(&error, RUN_CONFIG, "%s: %s; let this user write it "
		    "and its folder, or set [library] document", path,
		    strerror(errno));
		found(f, BROKEN, "document", error.text);
	} else {
		found(f, WELL, "document", path);
	}
	free(folder);
}

static void check_liked_file(struct findings *f)
{
	const char *path = f->cfg->spotify.liked;
	struct track_list liked;
	struct error error;

	if (list_file_read(path, &liked, &error) != DONE) {
		found(f, BROKEN, "likes", error.text);
		return;
	}
	error_set(&error, DONE, "%s: %zu track%s", path, liked.tracks.count,
	    liked.tracks.count == 1 ? "" : "s");
	found(f, liked.tracks.count > 0 ? WELL : WARNING, "likes", error.text);
	track_list_free(&liked);
}

static void check_grant(struct findings *f)
{
	struct authorization g;
	struct error error;
	enum outcome o;
	int64_t left;

	if (strcmp(f->cfg->spotify.liked, "api") != 0) {
		check_liked_file(f);
		return;
	}
	if (f->cfg->spotify.client_id == NULL)
		found(f, BROKEN, "spotify", "[spotify] client_id is not set; "
		    "make an app at https://developer.spotify.com/dashboard "
		    "and set its Client ID");
	o = authorization_load(f->cfg->spotify.token_file, &g, &error);
	if (o != DONE) {
		found(f, BROKEN, "grant", error.text);
		return;
	}
	left = (authorization_expires_at(&g) - clock_wall()) / 86400;
	error_set(&error, DONE, "ends in %lld days%s", (long long)left,
	    left < GRANT_WARN_DAYS ? ": run `likesync auth login`" : "");
	found(f, left < GRANT_WARN_DAYS ? WARNING : WELL, "grant", error.text);
	authorization_free(&g);
	if (session_not_before(f->cfg) > 0)
		found(f, WARNING, "spotify", "said to wait; nothing is to be "
		    "done, a later run asks again");
}

static void check_worker(struct findings *f)
{
	const struct workers_config wc = { .count = 1,
		.memory = f->cfg->analysis.memory,
		.timeout_ms = f->cfg->analysis.timeout * 1000 };
	struct error error;

	if (workers_start(&wc, &f->workers, &error) != DONE) {
		found(f, BROKEN, "worker", error.text);
		return;
	}
	if (*workers_gaps(f->workers) == '\0') {
		found(f, WELL, "worker", "opens media in a box");
		return;
	}
	error_set(&error, DONE, "opens media in a box that lacks: %s; a kernel "
	    "or container that allows these closes it",
	    workers_gaps(f->workers));
	found(f, WARNING, "worker", error.text);
}

static void note_unreadable(void *ctx, const char *source,
    const char *path, const char *errnum)
{
	(void)path;
	found(ctx, WARNING, source, errnum);
}

static void check_source(struct findings *f, const char *name,
    const struct media_service *media_service)
{
	const struct source_config *sc = config_source(f->cfg, name);
	const struct source_env env = { .cfg = f->cfg,
		.media_service = media_service,
		.state_dir = f->cfg->state.dir };
	char version[128] = "";
	struct source s;
	struct error error = { .text = "is not configured" };
	enum outcome o = SERVICE_FAILED;

	if (sc != NULL)
		o = sc->type == SOURCE_FOLDER ?
		    folder_source(sc, &env, &s, &error) :
		    ytdlp_source(sc, &env, &s, &error);
	if (o != DONE) {
		found(f, BROKEN, name, error.text);
		return;
	}
	if (s.check(s.self, version, sizeof(version), &error) != DONE)
		found(f, WARNING, name, error.text);
	else
		found(f, WELL, name, version);
	s.free(s.self);
	if (sc->type == SOURCE_FOLDER)
		folder_each_unreadable(sc, f->cfg->state.dir, note_unreadable,
		    f);
}

static void check_sandbox(struct findings *f)
{
	int version = landlock_version();
	struct error error;

	if (!config_fetches_links(f->cfg))
		return;
	if (version == 0)
		error_set(&error, SERVICE_FAILED, "the kernel has no Landlock "
		    "(%s): yt-dlp can read every file that this user can; "
		    "Linux 5.13 or newer with landlock among its lsm= closes "
		    "it", strerror(errno));
	else
		error_set(&error, DONE, "yt-dlp reaches no file of yours "
		    "(Landlock %d)%s", version, version < 3 ?
		    "; Linux 6.2 also keeps it from emptying files, and 6.12 "
		    "from sending signals" : version < 6 ?
		    "; Linux 6.12 also keeps it from sending signals" : "");
	found(f, version == 0 ? WARNING : WELL, "sandbox", error.text);
}

static void check_sources(struct findings *f)
{
	struct media_service media_service;

	/* They keep there what they learn. */
	if (f->workers == NULL || f->no_state)
		return;
	media_service = workers_service(f->workers);
	for (char **name = f->cfg->fetch.sources; *name != NULL; name++)
		check_source(f, *name, &media_service);
}

static void check_metrics(struct findings *f)
{
	const char *path = f->cfg->metrics.textfile;
	size_t len = path != NULL ? strlen(path) : 0;
	struct error error;
	char *folder;

	if (path == NULL)
		return;
	folder = path_dir(path);
	if (access(folder, W_OK | X_OK) != 0) {
		error_set(&error, RUN_CONFIG, "%s: %s; make it, let this user "
		    "write there, or set [metrics] textfile", folder,
		    strerror(errno));
		found(f, BROKEN, "metrics", error.text);
	} else if (len < 5 || strcmp(path + len - 5, ".prom") != 0) {
		error_set(&error, RUN_CONFIG, "%s: node_exporter reads no such "
		    "name; let [metrics] textfile end in .prom", path);
		found(f, WARNING, "metrics", error.text);
	} else {
		found(f, WELL, "metrics", path);
	}
	free(folder);
}

/* Whoever asks may not know that nothing starts it any more. */
static void check_runs(struct findings *f)
{
	struct counters c;
	struct error error;
	char ago[32];
	int64_t age;

	counters_load(f->cfg->state.dir, &c);
	age = clock_wall() - c.last_success;
	if (c.last_success == 0 || age < MISSED_RUNS)
		return;
	duration_to_text(age, ago, sizeof(ago));
	error_set(&error, RUN_FAILED, "none has succeeded for %s; `likesync "
	    "status` says how the last ones ended, and if there are none: "
	    "switch on likesync.timer or a line of cron", ago);
	found(f, WARNING, "runs", error.text);
}

int cmd_doctor(struct invocation *v)
{
	static void (*const checks[])(struct findings *) = {
		check_configuration, check_state, check_library, check_files,
		check_document, check_grant, check_worker, check_sandbox,
		check_sources, check_metrics, check_runs,
	};
	bool json = false;
	const struct command_option options[] = {
		{ "json", NULL, "print one JSON object", &json, NULL }, { 0 },
	};
	int status = command_options(v, "likesync doctor [--json]", options,
	    0);
	struct findings f = { .cfg = v->cfg };

	if (status >= 0)
		return status;
	if (json) {
		f.w = json_writer_new(false);
		json_open_object(f.w, NULL);
		json_open_array(f.w, "findings");
	}
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&f);
	workers_stop(f.workers);
	if (json) {
		json_close(f.w);
		json_put_bool(f.w, "healthy", f.broken == 0);
		json_close(f.w);
		if (command_print_json(f.w) != EX_OK)
			return EX_IOERR;
	}
	return f.broken > 0 ? 1 : EX_OK;
}
