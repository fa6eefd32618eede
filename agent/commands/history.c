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
#include "base/log.h"
#include "commands/terminal.h"
#include "commands/state_reader.h"

struct search {
	const char *words;	/* part of a name, id or path; NULL: all */
	const struct state_reader *state_reader;
	struct json_writer *w;	/* NULL: as text */
	size_t found;
};

static bool contains(const char *text, const char *words)
{
	return text != NULL && strcasestr(text, words) != NULL;
}

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

static void print_pinned(const struct pin *pin)
{
	char when[ISO_TIME_LEN];

	time_to_iso(pin->at, when);
	print_line("    %s  pinned to %s by you", when, pin->ref);
}

static void put_pinned(struct json_writer *w, const struct pin *pin)
{
	json_open_object(w, "pinned");
	json_put_time(w, "at", pin->at);
	json_put_string(w, "ref", pin->ref);
	json_close(w);
}

static const struct pin *pin_of(const struct search *s,
    const struct song *song)
{
	return s->state_reader->pins != NULL ? pins_of(s->state_reader->pins,
	    song->track.key) : NULL;
}

static void print_origin(const struct origin *o)
{
	char when[ISO_TIME_LEN];

	time_to_iso(o->at, when);
	print_line("    %s  placed %s", when, o->path);
	print_line("        from %s %s", o->source, o->ref);
	print_line("        matched: %s", o->error != NULL ? o->error : "?");
}

static void put_origin(struct json_writer *w, const struct origin *o)
{
	json_open_object(w, "placed");
	json_put_time(w, "at", o->at);
	json_put_string(w, "path", o->path);
	json_put_string(w, "source", o->source);
	json_put_string(w, "ref", o->ref);
	json_put_string_if(w, "why", o->error);
	json_put_string_if(w, "run", o->run);
	json_put_bool(w, "complete", o->placed);
	json_close(w);
}

static bool is_selected(const struct search *s, const struct song *song,
    const struct origin *o, const char *label, const char *file)
{
	return s->words == NULL || contains(label, s->words) ||
	    contains(song->track.key, s->words) ||
	    contains(file, s->words) ||
	    (o != NULL && contains(o->path, s->words));
}

static void show_rejections(struct search *s, const struct song *song)
{
	if (s->state_reader->pins != NULL)
		pins_each_rejection(s->state_reader->pins, song->track.key,
		    show_rejection_by_user, s);
	if (s->state_reader->provenance != NULL)
		provenance_each_rejection(s->state_reader->provenance,
		    song->track.key, show_rejection, s);
}

static void put_song(struct search *s, const struct song *song,
    const struct origin *o, const char *file)
{
	json_open_object(s->w, NULL);
	track_to_json(&song->track, s->w, "track");
	json_put_string(s->w, "matched_by", evidence_name(song->how));
	if (file != NULL) {
		json_open_object(s->w, "file");
		json_put_string(s->w, "path", file);
		json_put_string(s->w, "evidence", evidence_text(song->how));
		json_close(s->w);
	}
	json_put_string_if(s->w, "reason", song->reason);
	json_put_int(s->w, "attempts", song->attempts);
	best_rejected_to_json(&song->best_rejected, s->w, "best_rejected");
	best_rejected_to_json(&song->nearest_file, s->w, "nearest_file");
	if (pin_of(s, song) != NULL)
		put_pinned(s->w, pin_of(s, song));
	if (o != NULL)
		put_origin(s->w, o);
	json_open_array(s->w, "rejected");
	show_rejections(s, song);
	json_close(s->w);
	json_close(s->w);
}

static void print_song(struct search *s, const struct song *song,
    const struct origin *o, const char *label, const char *file)
{
	print_line("%s", label);
	if (file != NULL)
		print_line("    in the library: %s (%s)", file,
		    evidence_text(song->how));
	if (pin_of(s, song) != NULL)
		print_pinned(pin_of(s, song));
	if (o != NULL)
		print_origin(o);
	if (song->reason[0] != '\0') {
		print_part("    ");
		print_attempts(song->attempts);
		print_line(": %s", song->reason);
	}
	print_best_rejected(song);
	show_rejections(s, song);
}

static void show_song(struct search *s, const struct song *song)
{
	const struct origin *o = s->state_reader->provenance != NULL ?
	    provenance_of_track(s->state_reader->provenance, song->track.key) :
	    NULL;
	char *label = track_label(&song->track);
	char *file = state_reader_file(s->state_reader, song);

	if (is_selected(s, song, o, label, file)) {
		s->found++;
		if (s->w != NULL)
			put_song(s, song, o, file);
		else
			print_song(s, song, o, label, file);
	}
	free(file);
	free(label);
}

int cmd_history(struct invocation *v)
{
	bool json = false;
	const struct command_option options[] = {
		{ "json", NULL, "print one JSON object", &json, NULL }, { 0 },
	};
	int status = command_options(v,
	    "likesync history [--json] [TRACK | FILE | WORDS]", options, 1);
	struct search s = { .found = 0 };
	struct state_reader state_reader;
	struct error error;

	if (status >= 0)
		return status;
	if (state_reader_open(v->cfg, &state_reader, &error) != DONE) {
		log_error("%s", error.text);
		return 1;
	}
	s.state_reader = &state_reader;
	s.words = v->argc > 1 ? v->argv[1] : NULL;
	if (json) {
		s.w = json_writer_new(false);
		json_open_object(s.w, NULL);
		json_open_array(s.w, "tracks");
	}
	for (size_t i = 0; i < state_reader.songs.count; i++)
		show_song(&s, &state_reader.songs.items[i]);
	status = EX_OK;
	if (json) {
		json_close(s.w);
		json_close(s.w);
		status = command_print_json(s.w);
	} else if (s.found == 0 && s.words != NULL) {
		print_error("likesync history: %s: no such track or file",
		    s.words);
		status = 1;
	} else if (state_reader.songs.count == 0) {
		print_line("no Liked Songs yet: `likesync sync` reads them");
	}
	state_reader_close(&state_reader);
	return status != EX_OK ? status : print_end();
}
