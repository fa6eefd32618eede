/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history: what happened to a track, and where a file came from. */
#include "commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/json.h"
#include "commands/state_reader.h"
#include "commands/terminal.h"
#include "commands/track_filter.h"
#include "config/config.h"

/* The search, as text or JSON. */
struct search {
	const char *words;	/* part of a name, id or path; NULL: all */
	const struct config *cfg;
	const struct state_reader *r;
	const struct track_filter *filter;
	struct json_writer *w;	/* NULL: text */
	size_t found;
};

/* What is known of one track. */
struct story {
	const struct song *song;
	const struct pin *pin;		/* NULL: not pinned */
	const struct origin *origin;	/* NULL: not placed by likesync */
	char *label, *path;		/* owned; path NULL: not in library */
	struct file file;		/* with path */
	struct analysis_record analysis; /* likewise; version "": none */
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

/* ---- exports ---- */

/* Calls each for the files of [export] that have the track's file: those that
 * were written since it is there. */
static void each_export(const struct search *s, const struct story *t,
    void (*each)(struct search *s, const char *path, int64_t at),
    struct search *to)
{
	const struct config *cfg = s->cfg;
	const char *const paths[] = { cfg->export.m3u8, cfg->export.rekordbox,
		cfg->export.traktor, cfg->export.matched_tracks,
		cfg->export.csv };
	struct stat st;

	if (t->path == NULL || (cfg->export.tracks == EXPORT_LIKED &&
	    !t->song->liked))
		return;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (paths[i] != NULL && stat(paths[i], &st) == 0 &&
		    st.st_mtim.tv_sec >= t->file.added_at)
			each(to, paths[i], st.st_mtim.tv_sec);
}

/* ---- as JSON ---- */

static void put_export(struct search *s, const char *path, int64_t at)
{
	json_open_object(s->w, NULL);
	json_put_string(s->w, "path", path);
	json_put_time(s->w, "at", at);
	json_close(s->w);
}

static void put_analysis(struct json_writer *w,
    const struct analysis_record *r)
{
	if (r->version[0] == '\0')
		return;
	json_open_object(w, "analyzed");
	json_put_time(w, "at", r->analyzed_at);
	if (r->analyzed) {
		json_put_double(w, "bpm", r->analysis.bpm, 2);
		json_put_string_if(w, "camelotKey", r->analysis.camelot);
		json_put_int(w, "energy", r->analysis.energy);
	}
	json_close(w);
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
	json_put_string_if(w, "job", o->job);
	json_put_bool(w, "complete", o->placed);
	json_close(w);
}

static void put_cold(struct search *s, const char *key)
{
	const struct takedown *d;

	if (!takedowns_is_cold(s->r->takedowns, key))
		return;
	d = takedowns_of(s->r->takedowns, key);
	json_open_object(s->w, "cold");
	json_put_time(s->w, "at", d->at);
	json_put_string(s->w, "path", d->cold);
	json_close(s->w);
}

static void put_story(struct search *s, const struct story *t)
{
	const struct song *song = t->song;

	json_open_object(s->w, NULL);
	track_to_json(&song->track, s->w, "track");
	json_put_string(s->w, "matched_by", evidence_name(song->how));
	if (t->path != NULL) {
		json_open_object(s->w, "file");
		json_put_string(s->w, "path", t->path);
		json_put_string(s->w, "evidence", evidence_text(song->how));
		json_close(s->w);
	}
	json_open_object(s->w, "wanted");
	json_put_bool(s->w, "liked", song->liked);
	json_put_bool(s->w, "listed", song->listed);
	json_put_time(s->w, "at", song->track.added_at);
	json_close(s->w);
	json_put_time(s->w, "searched", song->last_try);
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
	put_analysis(s->w, &t->analysis);
	json_open_array(s->w, "exported");
	each_export(s, t, put_export, s);
	json_close(s->w);
	put_cold(s, song->track.key);
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

static void print_wanted(const struct song *song)
{
	char when[ISO_TIME_LEN];

	if (song->track.added_at <= 0)
		return;
	time_to_iso(song->track.added_at, when);
	print_line("    %s  %s", when, song->liked ? "liked" : song->listed ?
	    "added to a followed playlist" : "added to a list");
}

static void print_analysis(const struct analysis_record *r)
{
	char when[ISO_TIME_LEN];

	if (r->version[0] == '\0') {
		print_line("    not analyzed yet");
		return;
	}
	time_to_iso(r->analyzed_at, when);
	if (!r->analyzed)
		print_line("    %s  can't be analyzed: %s", when, r->fault);
	else if (r->analysis.bpm > 0)
		print_line("    %s  analyzed: %.2f BPM, %s, energy %d", when,
		    r->analysis.bpm, r->analysis.key[0] != '\0' ?
		    r->analysis.key : "no key", r->analysis.energy);
	else
		print_line("    %s  analyzed: no tempo", when);
}

static void print_export(struct search *s, const char *path, int64_t at)
{
	char when[ISO_TIME_LEN];

	(void)s;
	time_to_iso(at, when);
	print_line("    %s  exported to %s", when, path);
}

static void print_search(const struct song *song)
{
	char when[ISO_TIME_LEN];

	if (song->last_try > 0) {
		time_to_iso(song->last_try, when);
		print_line("    %s  searched last", when);
	}
	if (song->reason[0] == '\0')
		return;
	print_part("    ");
	print_attempts(song->attempts);
	print_line(": %s", song->reason);
}

static void print_takedown(const struct takedown *d)
{
	char when[ISO_TIME_LEN];

	if (d == NULL)
		return;
	time_to_iso(d->at, when);
	if (d->state == TAKEDOWN_FORGETTING || d->state == TAKEDOWN_FORGOTTEN)
		print_line("    %s  forgotten by you", when);
	else if (d->state == TAKEDOWN_COOLING || d->state == TAKEDOWN_COLD)
		print_line("    %s  unliked: moved to %s", when, d->cold);
}

static void print_story(struct search *s, const struct story *t)
{
	const struct song *song = t->song;
	char when[ISO_TIME_LEN];

	print_line("%s", t->label);
	print_wanted(song);
	if (t->path != NULL)
		print_line("    in the library: %s (%s)", t->path,
		    evidence_text(song->how));
	if (t->pin != NULL) {
		time_to_iso(t->pin->at, when);
		print_line("    %s  pinned to %s by you", when, t->pin->ref);
	}
	if (t->origin != NULL)
		print_origin(t->origin);
	print_takedown(takedowns_of(s->r->takedowns, song->track.key));
	print_search(song);
	print_best_rejected(4, song->attempts, &song->best_rejected,
	    &song->nearest_file);
	show_rejections(s, song->track.key);
	if (t->path != NULL)
		print_analysis(&t->analysis);
	each_export(s, t, print_export, s);
}

/* ---- the command ---- */

static bool is_selected(const struct search *s, const struct story *t)
{
	const char *const names[] = { t->label, t->song->track.key, t->path,
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
	struct story t = { .song = song, .pin = pins_of(s->r->pins, key),
		.origin = provenance_of_track(s->r->provenance, key),
		.label = track_label(&song->track),
		.path = state_reader_file(s->r, song) };

	file_init(&t.file);
	if (is_selected(s, &t) && track_filter_shows(s->filter, s->r, song)) {
		if (t.path != NULL) {
			index_get_file(s->r->index, t.path, &t.file);
			index_get_analysis(s->r->index, song->identity,
			    &t.analysis);
		}
		s->found++;
		(s->w != NULL ? put_story : print_story)(s, &t);
	}
	analysis_record_free(&t.analysis);
	file_free(&t.file);
	free(t.path);
	free(t.label);
}

/* A track that was in a job, or is no longer liked. */
static int show_other(void *ctx, const struct song *song)
{
	show_song(ctx, song);
	return 0;
}

static void show_all(struct search *s)
{
	for (size_t i = 0; i < s->r->songs.count; i++)
		show_song(s, &s->r->songs.items[i]);
	if (s->r->index != NULL)
		index_each_other_song(s->r->index, show_other, s);
}

static int show(const struct invocation *v, struct search *s, bool json)
{
	s->words = v->argc > 1 ? v->argv[1] : NULL;
	s->w = json ? command_json("tracks") : NULL;
	show_all(s);
	if (json)
		return command_print_json(s->w);
	if (s->found == 0 && s->words != NULL) {
		print_error("likesync history: %s: no such track or file",
		    s->words);
		return 1;
	}
	if (s->found == 0)
		print_line(track_filter_is_set(s->filter) ? "no such track" :
		    "no Liked Songs yet: `likesync sync` reads them");
	return print_end();
}

int cmd_history(struct invocation *v)
{
	bool json = false;
	struct track_filter filter = { .playlist = NULL };
	const struct command_option options[] = {
		TRACK_FILTER_OPTIONS(filter), OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v,
	    "likesync history [OPTION ...] [TRACK | FILE | WORDS]", options,
	    1);
	struct state_reader r;
	struct search s = { .cfg = v->cfg, .r = &r, .filter = &filter };

	if (status < 0)
		status = state_reader_open_all(v->cfg, &r);
	if (status >= 0)
		return status;
	status = track_filter_open(v, &r, &filter);
	if (status == EX_OK)
		status = show(v, &s, json);
	track_filter_close(&filter);
	state_reader_close(&r);
	return status;
}
