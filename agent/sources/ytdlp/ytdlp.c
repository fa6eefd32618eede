/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ytdlp: searches and downloads by running yt-dlp, with its own environment,
 * home, sandbox and limits. Its command lines exclude what is made for people:
 * its configuration, plugins unless configured, updates, the cache, and titles
 * in file names; data comes after "--". A download succeeded if yt-dlp exits
 * with 0 and prints the path of a file in the folder that it was given.
 */
#include "sources/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/landlock.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/state.h"
#include "sources/delivered.h"
#include "sources/program.h"
#include "sources/ytdlp/bandcamp.h"
#include "sources/ytdlp/entries.h"
#include "sources/ytdlp/messages.h"
#include "sources/ytdlp/sandbox.h"
#include "sources/ytdlp/secrets.h"

#define SEARCH_TIMEOUT_MS 90000	/* 1 to 3 s is usual */
#define VERSION_TIMEOUT_MS 30000
#define MAX_SEARCH_OUTPUT (8u << 20)	/* 10 entries are 30 KB */
#define MAX_CPU_S 300		/* a JavaScript runtime that spins */
#define PLUGIN_OPTIONS_SINCE 20250101	/* --no-plugin-dirs */
#define OLDEST_THAT_WORKS 20230304	/* Debian 12's; tested with */
#define STALE_DAYS 120		/* the service changes every few weeks */
#define MAX_MEMORY (1ull << 30)	/* Deno needs half; pages that unpack to
				   gigabytes end here */
#define FILE_SLACK (8u << 20)	/* thumbnails and containers, over max_size */

/* [source] search of a site that yt-dlp has no search for. */
#define BANDCAMP "bandcamp:"

struct ytdlp {
	const struct source_config *sc;
	const struct config *cfg;
	const struct media_service *media_service;
	char *command;		/* found by the path */
	char *home;		/* a folder, removed at the end */
	int home_fd;		/* locks it: a run removes homes of `doctor`
				   that are not locked */
	struct bandcamp *bandcamp;	/* searches there; NULL: yt-dlp does */
	long version;		/* 20230304 */
	char version_text[64];
};

static void make_env(const struct ytdlp *y, const char *folder,
    struct arguments *env)
{
	const char *plugins = getenv("PYTHONPATH");

	program_env(env, y->home, folder);
	if (!y->sc->plugins)
		arguments_add(env, "YTDLP_NO_PLUGINS=1");
	else if (plugins != NULL)
		arguments_add_owned(env, xasprintf("PYTHONPATH=%s", plugins));
}

static enum outcome run_ytdlp(const struct ytdlp *y,
    const struct arguments *w, const char *folder, int64_t timeout_ms,
    struct process_result *r, struct error *error)
{
	struct arguments env = { .n = 0 };
	struct landlock *sandbox = ytdlp_sandbox(y->cfg, y->sc, y->command,
	    y->home, folder);
	struct process p = { .argv = w->argv, .env = env.argv,
		.folder = folder, .timeout_ms = timeout_ms,
		.max_output = MAX_SEARCH_OUTPUT, .max_cpu_s = MAX_CPU_S,
		.max_memory = MAX_MEMORY, .max_tasks = PROCESS_MAX_TASKS,
		.sandbox = sandbox, .supervised = true,
		.max_file_size = y->cfg->fetch.max_size + FILE_SLACK };
	enum outcome o;

	make_env(y, folder, &env);
	o = process_run(&p, r, error);
	landlock_free(sandbox);
	arguments_free(&env);
	if (o != DONE) {
		error->reason = SOURCE_UNUSABLE;
		return SERVICE_FAILED;
	}
	return r->stopped ? STOPPED : DONE;
}

static void add_common(const struct ytdlp *y, struct arguments *w)
{
	static const char *const flags[] = { "--ignore-config", "--no-update",
		"--no-cache-dir", "--color", "never", "--socket-timeout",
		"20", "--retries", "3", NULL };
	static const char *const old_flags[] = { "--ignore-config",
		"--no-cache-dir", "--socket-timeout", "20", "--retries", "3",
		NULL };

	arguments_add(w, y->command);
	if (y->version >= PLUGIN_OPTIONS_SINCE && !y->sc->plugins)
		arguments_add(w, "--no-plugin-dirs");
	arguments_add_all(w, y->version >= PLUGIN_OPTIONS_SINCE ? flags :
	    old_flags);
}

/* ---- previews ----
 *
 * A service that offers 30 seconds of a track offers them as a format. Taken for
 * the track, they would be rejected for good as another recording. */

#define OFFERED "formats "	/* lines that yt-dlp is told to print: ids of
				   all formats, and of the chosen one */
#define CHOSEN "format "

static bool names_preview(const struct buf *out, const char *begin)
{
	const char *line = buf_str(out);
	size_t len = strlen(begin);
	bool found = false;

	for (; *line != '\0' && !found; line += *line == '\n') {
		size_t n = strcspn(line, "\n");

		found = n > len && strncmp(line, begin, len) == 0 &&
		    memmem(line, n, "preview", strlen("preview")) != NULL;
		line += n;
	}
	return found;
}

static enum outcome refuse_preview(struct error *error)
{
	error_set(error, ITEM_FAILED, "only a preview of it is offered");
	error->reason = SOURCE_GONE;
	return ITEM_FAILED;
}

/* ---- failures ---- */

/* ITEM_FAILED only for messages that are known to be about this video. */
static enum outcome classify_failure(const struct process_result *r,
    const char *query, struct error *error)
{
	struct ytdlp_message m = ytdlp_classify(buf_str(&r->err), query);
	char *last;
	enum outcome o = SERVICE_FAILED;

	if (m.reach == YTDLP_UNCLEAR && names_preview(&r->out, OFFERED))
		return refuse_preview(error);
	last = process_last_line(&r->err);

	if (m.reach == YTDLP_DISK)
		o = RUN_ACT;
	else if ((m.reach == YTDLP_GONE || m.reach == YTDLP_UNCLEAR) &&
	    !r->timed_out)
		o = ITEM_FAILED;
	if (r->timed_out)
		error_set(error, o, "yt-dlp took longer than [fetch] timeout "
		    "allows");
	else if (r->exit_code == 2)
		error_set(error, o, "yt-dlp: rejects its options, check "
		    "[source] args: %s", last);
	else if (r->signal != 0)
		error_set(error, o, "yt-dlp was killed by signal %d",
		    r->signal);
	else
		error_set(error, o, "%s: %s", m.meaning != NULL ? m.meaning :
		    "yt-dlp", last[0] != '\0' ? last :
		    "failed without a message");
	if (r->exit_code == 2 || m.reach == YTDLP_TOOL)
		error->reason = SOURCE_UNUSABLE;
	else if (m.reach == YTDLP_STALE)
		error->reason = SOURCE_STALE;
	else if (m.reach == YTDLP_REFUSED)
		error->reason = SOURCE_REFUSED;
	else if (m.reach == YTDLP_UNCLEAR && o == ITEM_FAILED)
		error->reason = SOURCE_UNCLEAR;
	error->retry_after = m.retry_after;
	free(last);
	return o;
}

/* ---- search ---- */

static enum outcome ytdlp_search(void *self, const struct track *t,
    const char *query, struct candidates *out, struct error *error)
{
	static const char *const flags[] = { "--no-warnings",
		"--flat-playlist", "--dump-json", NULL };
	struct ytdlp *y = self;
	struct arguments w = { .n = 0 };
	struct process_result r = { .exit_code = -1 };
	enum outcome o;

	(void)t;
	if (y->bandcamp != NULL)
		return bandcamp_search(y->bandcamp, query, out, error);
	add_common(y, &w);
	arguments_add_all(&w, flags);
	arguments_add_split(&w, y->sc->args);
	arguments_add(&w, "--");
	arguments_add_owned(&w, xasprintf("%s%s", y->sc->search, query));
	o = run_ytdlp(y, &w, y->home, SEARCH_TIMEOUT_MS, &r, error);
	if (o == DONE && (r.exit_code != 0 || r.timed_out))
		o = classify_failure(&r, query, error);
	if (o == DONE)
		ytdlp_take_entries(&r.out, out);
	process_result_free(&r);
	arguments_free(&w);
	return o;
}

/* ---- download ---- */

static void make_download(const struct ytdlp *y, const char *url,
    const char *folder, struct arguments *w)
{
	static const char *const flags[] = { "--no-playlist",
		"--abort-on-error", "--fragment-retries", "5",
		"--abort-on-unavailable-fragments", "--match-filter",
		"!is_live", "--no-mtime", "--force-overwrites", "--no-part",
		"--quiet", "--no-progress", "--no-simulate", "--print",
		("pre_process:" OFFERED "%(formats.:.format_id)s"), "--print",
		("before_dl:" CHOSEN "%(format_id)s"), "--print",
		"after_move:filepath", "--write-thumbnail", NULL };
	/* The bytes as they come: only the worker opens media. ffmpeg would
	 * open any file that a playlist names, so it is looked for in the
	 * home, which is empty. */
	static const char *const bytes_only[] = { "--fixup", "never",
		"--downloader", "native", "--ffmpeg-location", NULL };

	add_common(y, w);
	arguments_add_all(w, flags);
	arguments_add_all(w, bytes_only);
	arguments_add(w, y->home);
	arguments_add(w, "--max-filesize");
	arguments_add_owned(w, xasprintf("%llu",
	    (unsigned long long)y->cfg->fetch.max_size));
	arguments_add(w, "--format");
	arguments_add(w, y->sc->format);
	arguments_add(w, "--paths");
	arguments_add(w, folder);
	arguments_add(w, "--output");
	arguments_add(w, "%(id).80B.%(ext)s");
	arguments_add_split(w, y->sc->args);
	arguments_add(w, "--");
	arguments_add(w, url);
}

static enum outcome take_download(const struct ytdlp *y,
    const struct process_result *r, const char *folder,
    struct delivery *out, struct error *error)
{
	char *path = process_last_line(&r->out);
	enum outcome o;

	if (names_preview(&r->out, CHOSEN)) {
		free(path);
		return refuse_preview(error);
	}
	if (*path != '/')
		o = error_set(error, ITEM_FAILED, "yt-dlp skipped it: larger "
		    "than max_size, or live");
	else
		o = delivered_take(y->media_service, path, folder, out, error);
	if (o == ITEM_FAILED)
		error->reason = SOURCE_UNCLEAR;
	free(path);
	return o;
}

static enum outcome ytdlp_get(void *self, const struct track *t,
    const struct candidate *c, const char *folder, struct delivery *out,
    struct error *error)
{
	struct ytdlp *y = self;
	struct arguments w = { .n = 0 };
	struct process_result r = { .exit_code = -1 };
	enum outcome o;

	(void)t;
	memset(out, 0, sizeof(*out));
	make_download(y, c->ref, folder, &w);
	o = run_ytdlp(y, &w, folder, y->cfg->fetch.timeout * 1000, &r, error);
	if (o == DONE && (r.exit_code != 0 || r.timed_out))
		o = classify_failure(&r, NULL, error);
	else if (o == DONE)
		o = take_download(y, &r, folder, out, error);
	process_result_free(&r);
	arguments_free(&w);
	return o;
}

/* ---- the program ---- */

/* 2023.03.04 -> 20230304; 0 if it is no date. */
static long parse_version(const char *text)
{
	int year, month, day;

	if (sscanf(text, "%4d.%2d.%2d", &year, &month, &day) != 3)
		return 0;
	return year * 10000L + month * 100 + day;
}

static enum outcome read_version(struct ytdlp *y, struct error *error)
{
	const char *argv[] = { y->command, "--version", NULL };
	struct arguments w = { .n = 2 };
	struct process_result r = { .exit_code = -1 };
	char *line;
	enum outcome o;

	memcpy(w.argv, argv, sizeof(argv));
	o = run_ytdlp(y, &w, y->home, VERSION_TIMEOUT_MS, &r, error);
	line = process_last_line(o == DONE ? &r.out : &r.err);
	y->version = parse_version(line);
	snprintf(y->version_text, sizeof(y->version_text), "%s", line);
	free(line);
	if (o == DONE && r.exit_code != 0)
		o = error_set(error, SERVICE_FAILED, "%s: does not start: %s",
		    y->command, buf_str(&r.err));
	else if (o == DONE && y->version < OLDEST_THAT_WORKS)
		o = error_set(error, SERVICE_FAILED, "%s: version %s is too "
		    "old: 2023.03.04 or newer is needed", y->command,
		    y->version_text);
	/* A time-out may only mean that the machine is busy. */
	if (o == SERVICE_FAILED)
		error->reason = r.timed_out ? SOURCE_OUTAGE : SOURCE_UNUSABLE;
	process_result_free(&r);
	return o;
}

static int64_t age_in_days(const struct ytdlp *y)
{
	char date[48];
	int64_t made;

	snprintf(date, sizeof(date), "%04ld-%02ld-%02ld", y->version / 10000,
	    y->version / 100 % 100, y->version % 100);
	return time_from_iso(date, &made) == 0 ?
	    (clock_wall() - made) / 86400 : 0;
}

static enum outcome ytdlp_check(void *self, char *version, size_t size,
    struct error *error)
{
	struct ytdlp *y = self;
	int64_t age = age_in_days(y);

	snprintf(version, size, "yt-dlp %s", y->version_text);
	if (age > STALE_DAYS)
		return error_set(error, SERVICE_FAILED, "yt-dlp %s is %lld "
		    "days old; services change every few weeks: update it",
		    y->version_text, (long long)age);
	return DONE;
}

/* 0, or -1 with errno. */
static int make_home(struct ytdlp *y, const char *state_dir)
{
	y->home = xasprintf("%s/" STATE_TMP "/home-XXXXXX", state_dir);
	if (mkdtemp(y->home) == NULL)
		return -1;
	y->home_fd = open(y->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return y->home_fd < 0 || file_flock(y->home_fd, 0) != 0 ? -1 : 0;
}

static void ytdlp_free(void *self)
{
	struct ytdlp *y = self;

	if (y->home != NULL)
		folder_remove(y->home);
	if (y->home_fd >= 0)
		close(y->home_fd);
	bandcamp_free(y->bandcamp);
	free(y->command);
	free(y->home);
	free(y);
}

enum outcome ytdlp_source(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error)
{
	struct ytdlp *y = xcalloc(1, sizeof(*y));
	enum outcome o = DONE;

	ytdlp_register_secrets(sc->args);
	y->sc = sc;
	y->cfg = env->cfg;
	y->media_service = env->media_service;
	y->command = process_find(sc->command);
	y->home_fd = -1;
	if (strncmp(sc->search, BANDCAMP, strlen(BANDCAMP)) == 0)
		y->bandcamp = bandcamp_new(sc->site);
	if (y->command == NULL && errno == EACCES)
		o = error_set(error, SERVICE_FAILED, "%s: not executable: "
		    "chmod +x it, or set [source.%s] command", sc->command,
		    sc->name);
	else if (y->command == NULL)
		o = error_set(error, SERVICE_FAILED, "%s: not found: install "
		    "yt-dlp, or set [source.%s] command", sc->command,
		    sc->name);
	else if (make_home(y, env->state_dir) != 0)
		o = error_set(error, SERVICE_FAILED, "%s: can't be made: %s",
		    y->home, strerror(errno));
	if (o != DONE)
		error->reason = SOURCE_UNUSABLE;
	else
		o = read_version(y, error);
	if (o != DONE) {
		ytdlp_free(y);
		return o == STOPPED ? STOPPED : SERVICE_FAILED;
	}
	*s = (struct source){ .name = sc->name, .remote = true,
		.by_isrc = sc->isrc, .links = true, .self = y,
		.search = ytdlp_search, .get = ytdlp_get,
		.check = ytdlp_check, .free = ytdlp_free };
	return DONE;
}
