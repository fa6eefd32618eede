/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forget: removes a track's file for good; lists forgotten tracks. */
#include "commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "commands/state_reader.h"
#include "commands/terminal.h"
#include "run/forget.h"
#include "run/single.h"

/* ---- the list ---- */

struct listing {
	struct json_writer *w;	/* NULL: text */
	size_t count;
};

static int list_one(void *ctx, const struct takedown *d)
{
	struct listing *l = ctx;
	char when[ISO_TIME_LEN];

	if (d->state != TAKEDOWN_FORGETTING && d->state != TAKEDOWN_FORGOTTEN)
		return 0;
	l->count++;
	if (l->w == NULL) {
		time_to_iso(d->at, when);
		print_line("%s  %s", when, d->label);
		return 0;
	}
	json_open_object(l->w, NULL);
	json_put_string(l->w, "key", d->key);
	json_put_string(l->w, "name", d->label);
	json_put_time(l->w, "at", d->at);
	json_put_bool(l->w, "fingerprint", d->sound.count > 0);
	json_close(l->w);
	return 0;
}

static int list(const struct state_reader *r, bool json)
{
	struct listing l = { .w = json ? command_json("forgotten") : NULL };

	takedowns_each(r->takedowns, list_one, &l);
	if (json)
		return command_print_json(l.w);
	if (l.count == 0)
		print_line("nothing is forgotten");
	return print_end();
}

/* ---- one track ---- */

struct wanted {
	char *key, *label;
	char *identity;		/* of its file; NULL: it has none */
	char *files;		/* their paths, for the question; or NULL */
};

/* Also those that are not liked any more. */
static int add_song(void *ctx, const struct song *found)
{
	struct state_reader *r = ctx;
	struct song *s;

	if (found->liked || found->listed)
		return 0;
	s = array_add(&r->songs.items, &r->songs.cap, &r->songs.count,
	    sizeof(*s));
	track_copy(&s->track, &found->track);
	memcpy(s->identity, found->identity, sizeof(s->identity));
	return 0;
}

static void add_name(char **files, const char *path)
{
	char *more = xasprintf("%s%s%s", *files != NULL ? *files : "",
	    *files != NULL ? ", " : "", path);

	free(*files);
	*files = more;
}

static int add_path(void *ctx, const struct file *f)
{
	add_name(ctx, f->path);
	return 0;
}

/* The track's file: the one that it is linked to, else the one that was placed
 * for it. */
static enum outcome find(struct state_reader *r, const char *text,
    struct wanted *w, struct error *error)
{
	enum outcome o = state_reader_find_track(r, text, &w->key, &w->label,
	    error);
	const struct takedown *before;
	const struct origin *origin;
	struct song s;

	if (o != DONE)
		return o;
	origin = provenance_of_track(r->provenance, w->key);
	song_init(&s);
	if (r->index != NULL)
		index_get_song(r->index, w->key, &s);
	if (s.identity[0] != '\0')
		w->identity = xstrdup(s.identity);
	else if (origin != NULL)
		w->identity = xstrdup(origin->identity);
	song_free(&s);
	if (w->identity != NULL && r->index != NULL)
		index_each_copy(r->index, w->identity, add_path, &w->files);
	before = takedowns_of(r->takedowns, w->key);
	if (takedowns_has_cold(before))
		add_name(&w->files, before->cold);
	return DONE;
}

static bool is_confirmed(const struct wanted *w)
{
	char answer[16];

	print_part("%s: %s%s%s never fetch it again? [y/N] ", w->label,
	    w->files != NULL ? "remove " : "", w->files != NULL ? w->files :
	    "", w->files != NULL ? " and" : "");
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) != NULL &&
	    (answer[0] == 'y' || answer[0] == 'Y');
}

static enum outcome forget(const struct invocation *v, const struct wanted *w,
    bool yes, struct error *error)
{
	size_t removed;
	enum outcome o;

	if (!yes && !is_confirmed(w)) {
		print_line("nothing was changed");
		return DONE;
	}
	o = run_forget(v->cfg, w->key, w->label, w->identity, &removed, error);
	if (o == DONE)
		print_line("%s: forgotten; %zu file%s removed", w->label,
		    removed, removed == 1 ? "" : "s");
	return o;
}

static int change(const struct invocation *v, struct state_reader *r,
    bool undo, bool yes)
{
	struct wanted w = { .key = NULL };
	struct error error;
	enum outcome o = find(r, v->argv[1], &w, &error);

	/* A run may change the index now. */
	index_close(r->index);
	r->index = NULL;
	if (o == DONE && undo) {
		o = run_remember(v->cfg, w.key, &error);
		if (o == DONE)
			print_line("%s: may be fetched again", w.label);
	} else if (o == DONE) {
		o = forget(v, &w, yes, &error);
	}
	if (o != DONE && error.text[0] != '\0')
		print_error("likesync forget: %s%s%s", w.label != NULL ?
		    w.label : "", w.label != NULL ? ": " : "", error.text);
	free(w.key);
	free(w.label);
	free(w.identity);
	free(w.files);
	return o == DONE ? print_end() : o == ITEM_FAILED ? 1 :
	    outcome_exit_status(o);
}

/* So that every file that will be removed is shown. */
static int read_library(const struct invocation *v)
{
	struct error error;
	enum outcome o = run_read_library(v->cfg, &error);

	if (o == DONE)
		return -1;
	if (error.text[0] != '\0')
		print_error("likesync forget: %s", error.text);
	return outcome_exit_status(o);
}

int cmd_forget(struct invocation *v)
{
	bool yes = false, undo = false, json = false;
	const struct command_option options[] = {
		{ "yes", NULL, "do not ask", &yes, NULL },
		{ "undo", NULL, "allow the track again", &undo, NULL },
		{ "json", NULL, "print the list as one JSON object", &json,
		    NULL }, { 0 },
	};
	int status = command_options(v, "likesync forget [--json] "
	    "[[--yes | --undo] TRACK]", options, 1);
	struct state_reader r;

	if (status >= 0)
		return status;
	if (v->argc == 1 ? yes || undo : json)
		return command_usage(v, json ? "--json is for the list only" :
		    "name the track");
	if (yes && undo)
		return command_usage(v, "--yes is not for --undo");
	if (v->argc > 1 && !yes && !undo && isatty(STDIN_FILENO) == 0)
		return command_usage(v, "nobody can be asked here: add --yes");
	status = v->argc > 1 && !undo ? read_library(v) : -1;
	if (status < 0)
		status = state_reader_open_all(v->cfg, &r);
	if (status >= 0)
		return status;
	if (r.index != NULL)
		index_each_song(r.index, add_song, &r);
	status = v->argc == 1 ? list(&r, json) : change(v, &r, undo, yes);
	state_reader_close(&r);
	return status;
}
