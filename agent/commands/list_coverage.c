/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/list_coverage.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "commands/terminal.h"
#include "config/config.h"
#include "imports/list_file.h"
#include "records/jobs.h"
#include "run/coverage.h"
#include "run/lists.h"
#include "run/single.h"
#include "spotify/session.h"

#define QUIET_MS 2000	/* a shorter reading of the library is not announced */

/* ---- the list ---- */

static bool is_apple_link(const char *text)
{
	static const char *const hosts[] = { "music.apple.com/",
		"geo.music.apple.com/", "itunes.apple.com/" };

	if (strncmp(text, "https://", 8) == 0)
		text += 8;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
		if (strncmp(text, hosts[i], strlen(hosts[i])) == 0)
			return true;
	return false;
}

static int refuse_operand(const struct invocation *v,
    const struct list_operand *list)
{
	const struct spotify_link *link = &list->link;

	if (is_apple_link(list->text))
		return command_usage(v, "%s: a link of Apple Music, which "
		    "gives its lists to registered developers only: export "
		    "Library.xml from Music and give that file, with --name "
		    "for one playlist", list->text);
	if (link->kind == LINK_OTHER)
		return command_usage(v, "%s: a link of Spotify, but of no "
		    "playlist, album or track (%s)", list->text, link->id);
	if (link->kind != LINK_NONE && list->name != NULL)
		return command_usage(v, "--name is for a file of several "
		    "playlists");
	if (link->kind == LINK_NONE && (spotify_link_is_address(list->text) ||
	    access(list->text, F_OK) != 0))
		return command_usage(v, "%s: no link of Spotify, and no such "
		    "file", list->text);
	return EX_OK;
}

int list_operand_parse(const struct invocation *v, const char *text,
    const char *name, struct list_operand *out)
{
	int status;

	*out = (struct list_operand){ .text = text, .name = name };
	if (text == NULL)
		return command_usage(v, "give a link of a playlist, album or "
		    "track, or a file");
	spotify_link_parse(text, &out->link);
	status = refuse_operand(v, out);
	if (status != EX_OK)
		list_operand_free(out);
	return status;
}

void list_operand_free(struct list_operand *list)
{
	spotify_link_free(&list->link);
}

static enum outcome read_link(const struct config *cfg, struct index *x,
    struct spotify_link *link, struct track_list *out, bool *is_new,
    struct error *error)
{
	enum outcome o = spotify_link_follow(link, error);
	struct session *s;

	if (o == DONE && link->kind == LINK_OTHER)
		o = error_set(error, ITEM_FAILED, "the short link leads to no "
		    "playlist, album or track (%s)", link->id);
	if (o != DONE)
		return o;
	s = session_new(cfg);
	o = session_refresh(s, error);
	if (o == DONE)
		o = list_read(s, x, link, out, is_new, error);
	log_debug("spotify: %u requests", session_requests(s));
	session_free(s);
	return o;
}

/* A file that is no list is the argument's fault, not the configuration's. */
static enum outcome read_list(const struct config *cfg, struct index *x,
    struct list_operand *list, struct track_list *out, bool *is_new,
    struct error *error)
{
	enum outcome o;

	*is_new = false;
	if (list->link.kind != LINK_NONE)
		return read_link(cfg, x, &list->link, out, is_new, error);
	o = list_file_read_playlist(list->text, list->name, out, error);
	return o == RUN_CONFIG ? ITEM_FAILED : o;
}

/* ---- the library ---- */

/* Announces a reading of the library that takes long, once. */
struct announcement {
	const char *command;
	int64_t begun_ms;
	bool made;
};

static void announce(void *ctx, const char *line)
{
	struct announcement *a = ctx;

	if (a->made || clock_mono_ms() - a->begun_ms < QUIET_MS)
		return;
	a->made = true;
	print_error("likesync %s: reading the names and tags of the "
	    "library for the first time (%s)", a->command, line);
}

/* After that the index has the library, whose names it reads if need be. A
 * failure of r is logged already. */
static enum outcome complete_index(const struct invocation *v,
    struct state_reader *r, struct error *error)
{
	struct announcement a = { .command = v->argv[0],
		.begun_ms = clock_mono_ms() };
	enum outcome o;

	if (run_library_was_read(r->index))
		return DONE;
	state_reader_close(r);
	progress_watch(announce, &a);
	o = run_read_library(v->cfg, error);
	progress_watch(NULL, NULL);
	return o == DONE && state_reader_open_index(v->cfg, r) >= 0 ?
	    RUN_FAILED : o;
}

/* The exit status; error is printed unless it was logged. */
static int fail(enum outcome o, const struct error *error, bool json)
{
	if (error->text[0] != '\0')
		log_act("%s", error->text);
	if (error->text[0] != '\0' && json)
		command_print_failure(o, error);
	return o == STOPPED ? EX_TEMPFAIL : outcome_exit_status(o);
}

int list_open_library(const struct invocation *v, struct state_reader *r)
{
	struct error error = { .text = "" };
	enum outcome o;

	if (state_reader_open_index(v->cfg, r) >= 0)
		return outcome_exit_status(RUN_FAILED);
	o = complete_index(v, r, &error);
	if (o == DONE)
		return EX_OK;
	state_reader_close(r);
	return fail(o, &error, false);
}

static void compare(const struct config *cfg, const struct state_reader *r,
    struct track_list *list, struct coverage *out)
{
	const struct linking_input in = { .index = r->index,
		.provenance = r->provenance, .pins = r->pins,
		.takedowns = r->takedowns,
		.library = cfg->library.path };
	struct jobs *jobs = NULL;
	struct error error;

	if (jobs_read_all(cfg->state.dir, &jobs, &error) != DONE)
		log_warning("%s", error.text);
	coverage_make(&in, jobs, list, out);
	jobs_close(jobs);
}

int list_coverage_make(const struct invocation *v, struct list_operand *list,
    struct coverage *out)
{
	struct track_list tracks = { .rows = 0 };
	struct error error = { .text = "" };
	struct state_reader r;
	bool is_new = false;
	enum outcome o;

	if (state_reader_open_index(v->cfg, &r) >= 0)
		return outcome_exit_status(RUN_FAILED);
	o = read_list(v->cfg, r.index, list, &tracks, &is_new, &error);
	if (o == DONE)
		o = complete_index(v, &r, &error);
	/* While a run works, the list is simply read again next time. */
	if (o == DONE && is_new &&
	    run_store_list(v->cfg, &tracks, &error) != DONE)
		log_debug("%s", error.text);
	if (o == DONE)
		compare(v->cfg, &r, &tracks, out);
	track_list_free(&tracks);
	state_reader_close(&r);
	return o == DONE ? EX_OK : fail(o, &error, list->json);
}
