/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/stop.h"
#include "commands/terminal.h"
#include "config/config.h"
#include "media/workers.h"
#include "records/ledger.h"
#include "sources/exec/conformance.h"
#include "sources/source.h"
#include "types/track.h"

#define NAME "source-test"	/* of the source, for the program */

/* What a program is tested with. */
struct testing {
	const struct config *cfg;
	struct config *defaults;	/* owned; NULL: cfg is a file's */
	struct source_config sc;
	struct track track;
	char *dir;			/* a folder in place of the state's */
	char *download;			/* a folder in it */
	char *command;			/* with its full path */
	struct workers *workers;
	struct media_service media;
};

static void print_check(void *ctx, bool well, const char *check,
    const char *text)
{
	(void)ctx;
	print_ink(well ? INK_GOOD : INK_BAD);
	print_part("%-6s", well ? "ok" : "FAILED");
	print_ink(INK_PLAIN);
	print_line(" %-8s  %s", check, text);
}

/* "ARTIST - TITLE"; what nobody has if it is not given. */
static int set_track(struct track *t, const char *text)
{
	const char *dash = text != NULL ? strstr(text, " - ") : NULL;
	char *artist;

	track_init(t);
	if (text != NULL && dash == NULL)
		return -1;
	artist = text != NULL ? xstrndup(text, (size_t)(dash - text)) :
	    xstrdup("likesync");
	track_add_artist(t, artist);
	str_replace(&t->title, text != NULL ? dash + 3 : "Test of a Source");
	track_set_key(t);
	free(artist);
	return 0;
}

/* A configuration file is needed for caps only. */
static enum outcome set_config(struct testing *t, struct error *error)
{
	static const char text[] = "[library]\npath = /nonexistent/music\n";
	struct buf errors = BUF_INIT;
	enum outcome o = DONE;

	if (t->cfg == NULL) {
		t->defaults = config_parse("defaults", text, sizeof(text) - 1,
		    &errors);
		t->cfg = t->defaults;
	}
	if (t->cfg == NULL)
		o = error_set(error, RUN_FAILED, "%s", buf_str(&errors));
	buf_free(&errors);
	return o;
}

static enum outcome make_folders(struct testing *t, struct error *error)
{
	const char *tmp = getenv("TMPDIR");
	char *work;
	enum outcome o = DONE;

	t->dir = xasprintf("%s/likesync-test-XXXXXX", tmp != NULL &&
	    *tmp == '/' ? tmp : "/tmp");
	if (mkdtemp(t->dir) == NULL)
		return error_set(error, RUN_FAILED, "%s: %s", t->dir,
		    strerror(errno));
	work = path_join(t->dir, STATE_TMP);
	t->download = path_join(t->dir, "download");
	if (file_make_dirs(work, 0700) != 0 ||
	    file_make_dirs(t->download, 0700) != 0)
		o = error_set(error, RUN_FAILED, "%s: %s", t->dir,
		    strerror(errno));
	free(work);
	return o;
}

/* One download of the caps, as any other. */
static enum outcome reserve(const struct testing *t, struct error *error)
{
	char *runs = path_join(t->cfg->state.dir, STATE_RUNS);
	char *path = path_join(t->cfg->state.dir, STATE_LEDGER);
	const struct ledger_source source = { .name = NAME };
	struct ledger *ledger = NULL;
	enum outcome o = state_prepare(t->cfg->state.dir, error);

	if (o == DONE)
		o = ledger_open(path, access(runs, F_OK) == 0 ? LEDGER_MADE :
		    LEDGER_NEW, t->cfg->fetch.per_hour, t->cfg->fetch.per_day,
		    &ledger, error);
	if (o == DONE)
		o = ledger_reserve(ledger, &source, t->track.key, error);
	ledger_close(ledger);
	free(runs);
	free(path);
	return o;
}

static enum outcome prepare(struct testing *t, bool fetch,
    struct error *error)
{
	const struct workers_config wc = { .count = 1,
		.memory = t->cfg->analysis.memory,
		.timeout_ms = t->cfg->analysis.timeout * 1000 };
	enum outcome o = make_folders(t, error);

	if (o == DONE && fetch)
		o = workers_start(&wc, &t->workers, error);
	if (o == DONE && fetch) {
		t->media = workers_service(t->workers);
		o = reserve(t, error);
	}
	return o;
}

static enum outcome test_program(struct testing *t, bool fetch)
{
	struct error error;
	enum outcome o = set_config(t, &error);

	if (o == DONE)
		o = prepare(t, fetch, &error);
	if (o != DONE) {
		log_error("%s", error.text);
		return o;
	}
	return exec_conformance_test(&(struct exec_conformance){
		.sc = &t->sc, .env = &(struct source_env){ .cfg = t->cfg,
			.media_service = &t->media, .state_dir = t->dir },
		.track = &t->track, .fetch = fetch, .folder = t->download,
		.report = print_check });
}

static void end_testing(struct testing *t)
{
	workers_stop(t->workers);
	if (t->dir != NULL)
		folder_remove(t->dir);
	config_free(t->defaults);
	track_free(&t->track);
	free(t->download);
	free(t->dir);
	free(t->sc.args);
	free(t->command);
}

static char *join(char **words, int n)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i > 0 ? " " : "", words[i]);
	return buf_take(&b);
}

static void set_source(struct testing *t, char **words, int n,
    const char *state)
{
	/* It starts in another folder. */
	if (strchr(words[0], '/') != NULL)
		t->command = realpath(words[0], NULL);
	t->sc = (struct source_config){ .name = (char *)(uintptr_t)NAME,
		.type = SOURCE_EXEC,
		.command = t->command != NULL ? t->command : words[0],
		.args = join(words + 1, n - 1),
		.state = (char *)(uintptr_t)state };
}

int cmd_source_test(struct invocation *v)
{
	struct testing t = { .cfg = NULL };
	const char *track = NULL, *state = NULL;
	bool fetch = false;
	const struct command_option options[] = {
		{ "track", "TRACK", "search for this track, \"ARTIST - "
		    "TITLE\"", NULL, &track },
		{ "state", "DIR", "its state folder; an empty one by default",
		    NULL, &state },
		{ "fetch", NULL, "download the first candidate; counts "
		    "against the caps and needs -c FILE", &fetch, NULL },
		{ 0 },
	};
	int status = command_options(v, "likesync source-test [--track TRACK] "
	    "[--state DIR] [--fetch] PROGRAM [-- ARGUMENT ...]", options, -1);
	enum outcome o;

	if (status >= 0)
		return status;
	if (v->argc < 2)
		return command_usage(v, "name a program");
	if (fetch && v->cfg == NULL)
		return command_usage(v, "--fetch needs -c FILE: it counts "
		    "against the caps");
	if (state != NULL && *state != '/')
		return command_usage(v, "--state: expected a path that begins "
		    "with /");
	if (set_track(&t.track, track) != 0) {
		track_free(&t.track);
		return command_usage(v, "--track: expected \"ARTIST - TITLE\"");
	}
	stop_install();
	t.cfg = v->cfg;
	set_source(&t, v->argv + 1, v->argc - 1, state);
	o = test_program(&t, fetch);
	end_testing(&t);
	status = print_end();
	return o == DONE ? status : o == SERVICE_FAILED ? 1 :
	    outcome_exit_status(o);
}
