/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history: what happened to a track, and where a file came from. */
#include "commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/json.h"
#include "commands/state_reader.h"
#include "commands/terminal.h"

/* The search, as text or JSON. */
struct search {
	const char *words;	/* part of a name, id or path; NULL: all */
	const struct state_reader *r;
	struct json_writer *w;	/* NULL: text */
	size_t found;
};

/* What is known of one track. */
struct story {
	const struct song *song;
	const struct pin *pin;		/* NULL: not pinned */
	const struct origin *origin;	/* NULL: not placed by likesync */
	char *label, *file;		/* owned; file NULL: not in library */
};

static int show_rejection(void *ctx, const struct rejected *r)
{
	struct search *s = ctx;
	char when[ISO_TIME_LEN];

	if (s->w == NULL) {
		time_to_iso(r->at, when);
		print_line("    %s  rejected %s from %s: %s", when, r->ref,
		    r->source, r->reason);
		return 0;
	}
	json_open_object(s->w, NULL);
	json_put_time(s->w, "at", r->at);
	json_put_string(s->w, "source", r->source);
	json_put_string(s->w, "ref", r->ref);
	json_put_string(s->w, "why", r->reason);
	json_close(s->w);
	return 0;
}

static int show_rejection_by_user(void *ctx, const struct pin *pin)
{
	static char anywhere[] = "anywhere", you[] = "rejected by you";
	const struct rejected r = { .source = anywhere, .ref = pin->ref,
		.reason = you, .at = pin->at };

	return show_rejection(ctx, &r);
}

static void show_rejections(struct search *s, const char *key)
{
	pins_each_rejection(s->r->pins, key, show_rejection_by_user, s);
	provenance_each_rejection(s->r->provenance, key, show_rejection, s);
}

/* ---- as JSON ---- */

static void put_origin(struct json_writer *w, const struct origin *o)
{
	json_open_object(w, "placed");
	json_put_time(w, "at", o->at);
	json_put_string(w, "path", o->path);
	json_put_string(w, "source", o->source);
	json_put_string(w, "ref", o->ref);
	json_put_string_if(w, "why", o->error);
	json_put_string_if(w, "run", o->run);
	json_put_string_if(w, "job", o->job);
	json_put_bool(w, "complete", o->placed);
	json_close(w);
}

static void put_story(struct search *s, const struct story *t)
{
	const struct song *song = t->song;

	json_open_object(s->w, NULL);
	track_to_json(&song->track, s->w, "track");
	json_put_string(s->w, "matched_by", evidence_name(song->how));
	if (t->file != NULL) {
		json_open_object(s->w, "file");
		json_put_string(s->w, "path", t->file);
		json_put_string(s->w, "evidence", evidence_text(song->how));
		json_close(s->w);
	}
	json_put_string_if(s->w, "reason", song->reason);
	json_put_int(s->w, "attempts", song->attempts);
	best_rejected_to_json(&song->best_rejected, s->w, "best_rejected");
	best_rejected_to_json(&song->nearest_file, s->w, "nearest_file");
	if (t->pin != NULL) {
		json_open_object(s->w, "pinned");
		json_put_time(s->w, "at", t->pin->at);
		json_put_string(s->w, "ref", t->pin->ref);
		json_close(s->w);
	}
	if (t->origin != NULL)
		put_origin(s->w, t->origin);
	json_open_array(s->w, "rejected");
	show_rejections(s, song->track.key);
	json_close(s->w);
	json_close(s->w);
}

/* ---- as text ---- */

static void print_origin(const struct origin *o)
{
	char when[ISO_TIME_LEN];

	time_to_iso(o->at, when);
	print_line("    %s  placed %s", when, o->path);
	print_line("        from %s %s", o->source, o->ref);
	if (o->job != NULL && *o->job != '\0')
		print_line("        for job %s", o->job);
	print_line("        matched: %s", o->error != NULL ?
	    o->error : "no reason recorded");
}

static void print_story(struct search *s, const struct story *t)
{
	const struct song *song = t->song;
	char when[ISO_TIME_LEN];

	print_line("%s", t->label);
	if (t->file != NULL)
		print_line("    in the library: %s (%s)", t->file,
		    evidence_text(song->how));
	if (t->pin != NULL) {
		time_to_iso(t->pin->at, when);
		print_line("    %s  pinned to %s by you", when, t->pin->ref);
	}
	if (t->origin != NULL)
		print_origin(t->origin);
	if (song->reason[0] != '\0') {
		print_part("    ");
		print_attempts(song->attempts);
		print_line(": %s", song->reason);
	}
	print_best_rejected(4, song->attempts, &song->best_rejected,
	    &song->nearest_file);
	show_rejections(s, song->track.key);
}

/* ---- the command ---- */

static bool is_selected(const struct search *s, const struct story *t)
{
	const char *const names[] = { t->label, t->song->track.key, t->file,
		t->origin != NULL ? t->origin->path : NULL };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (s->words == NULL || (names[i] != NULL &&
		    strcasestr(names[i], s->words) != NULL))
			return true;
	return false;
}

static void show_song(struct search *s, const struct song *song)
{
	const char *key = song->track.key;
	const struct story t = { .song = song, .pin = pins_of(s->r->pins, key),
		.origin = provenance_of_track(s->r->provenance, key),
		.label = track_label(&song->track),
		.file = state_reader_file(s->r, song) };

	if (is_selected(s, &t)) {
		s->found++;
		(s->w != NULL ? put_story : print_story)(s, &t);
	}
	free(t.file);
	free(t.label);
}

/* A track that was in a job, or is no longer liked. */
static int show_other(void *ctx, const struct song *song)
{
	if (!song->liked && !song->listed)
		show_song(ctx, song);
	return 0;
}

static void show_all(struct search *s)
{
	for (size_t i = 0; i < s->r->songs.count; i++)
		show_song(s, &s->r->songs.items[i]);
	if (s->r->index != NULL)
		index_each_song(s->r->index, show_other, s);
}

int cmd_history(struct invocation *v)
{
	bool json = false;
	const struct command_option options[] = {
		OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v,
	    "likesync history [--json] [TRACK | FILE | WORDS]", options, 1);
	struct state_reader r;
	struct search s = { .r = &r };

	if (status < 0)
		status = state_reader_open_all(v->cfg, &r);
	if (status >= 0)
		return status;
	s.words = v->argc > 1 ? v->argv[1] : NULL;
	s.w = json ? command_json("tracks") : NULL;
	show_all(&s);
	if (json) {
		status = command_print_json(s.w);
	} else if (s.found == 0 && s.words != NULL) {
		print_error("likesync history: %s: no such track or file",
		    s.words);
		status = 1;
	} else {
		if (s.found == 0)
			print_line("no Liked Songs yet: `likesync sync` reads "
			    "them");
		status = print_end();
	}
	state_reader_close(&r);
	return status;
}
