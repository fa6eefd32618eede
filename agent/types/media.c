/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/media.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "base/integer.h"
#include "base/json.h"
#include "base/mem.h"
#include "types/reason.h"
#include "types/track.h"

/* The text members of struct tags, so that each verb is a loop. */
static const struct {
	const char *name;
	size_t offset;
} tag_texts[] = {
	{ "artist", offsetof(struct tags, artist) },
	{ "title", offsetof(struct tags, title) },
	{ "album", offsetof(struct tags, album) },
	{ "album_artist", offsetof(struct tags, album_artist) },
	{ "date", offsetof(struct tags, date) },
	{ "genre", offsetof(struct tags, genre) },
	{ "isrc", offsetof(struct tags, isrc) },
	{ "spotify_id", offsetof(struct tags, spotify_id) },
	{ "source", offsetof(struct tags, source) },
	{ "key", offsetof(struct tags, key) },
};

#define N_TAG_TEXTS (sizeof(tag_texts) / sizeof(tag_texts[0]))

bool analyzer_is_older(const char *version)
{
	size_t len = strlen(ANALYZER_PREFIX);
	const char *now = ANALYZER_REVISION;
	int64_t theirs = 0, ours = 0;

	if (strncmp(version, ANALYZER_PREFIX, len) != 0)
		return false;
	version += len;
	int_prefix(&version, 0, INT64_MAX, &theirs);
	int_prefix(&now, 0, INT64_MAX, &ours);
	return theirs < ours;
}

static char **text_of(struct tags *t, size_t i)
{
	return (char **)(void *)((char *)t + tag_texts[i].offset);
}

static const char *const_text_of(const struct tags *t, size_t i)
{
	return *(char *const *)(const void *)((const char *)t +
	    tag_texts[i].offset);
}

void tags_free(struct tags *t)
{
	for (size_t i = 0; i < N_TAG_TEXTS; i++)
		free(*text_of(t, i));
	memset(t, 0, sizeof(*t));
}

void tags_copy(struct tags *to, const struct tags *from)
{
	*to = *from;
	for (size_t i = 0; i < N_TAG_TEXTS; i++)
		*text_of(to, i) = xstrdup(const_text_of(from, i));
}

void tags_to_json(const struct tags *t, struct json_writer *w,
    const char *key)
{
	json_open_object(w, key);
	for (size_t i = 0; i < N_TAG_TEXTS; i++)
		json_put_string_if(w, tag_texts[i].name, const_text_of(t, i));
	if (t->track_number > 0)
		json_put_int(w, "track_number", t->track_number);
	if (t->disc_number > 0)
		json_put_int(w, "disc_number", t->disc_number);
	if (t->bpm > 0)
		json_put_double(w, "bpm", t->bpm, 4);
	if (t->energy > 0)
		json_put_int(w, "energy", t->energy);
	json_close(w);
}

static int int_within(const struct json *v, const char *key, int low,
    int high)
{
	int64_t n = json_get_int(v, key, 0);

	return n >= low && n <= high ? (int)n : 0;
}

/* A number of v that is finite and in range, else fallback. */
static double double_within(const struct json *v, const char *key,
    double low, double high, double fallback)
{
	double n = json_get_double(v, key, fallback);

	return isfinite(n) && n >= low && n <= high ? n : fallback;
}

void tags_from_json(struct tags *t, const struct json *v)
{
	char isrc[ISRC_LEN + 1];

	memset(t, 0, sizeof(*t));
	for (size_t i = 0; i < N_TAG_TEXTS; i++) {
		const char *text = json_get_string(v, tag_texts[i].name);

		if (text != NULL && *text != '\0')
			*text_of(t, i) = xstrdup(text);
	}
	/* These two are believed as keys later on: only well-formed. */
	if (t->isrc != NULL)
		str_replace(&t->isrc,
		    isrc_parse(t->isrc, isrc) == 0 ? isrc : NULL);
	if (t->spotify_id != NULL && !spotify_id_is_valid(t->spotify_id))
		str_replace(&t->spotify_id, NULL);
	t->track_number = int_within(v, "track_number", 1, 9999);
	t->disc_number = int_within(v, "disc_number", 1, 999);
	t->bpm = double_within(v, "bpm", 1, 999, 0);
	t->energy = int_within(v, "energy", 1, 10);
}

const char *media_extension(const struct media *m)
{
	static const struct {
		const char *container, *codec, *extension;	/* NULL: any */
	} table[] = {
		{ "mp3", "mp2", "mp2" }, { "mp3", NULL, "mp3" },
		{ "mp4", NULL, "m4a" }, { "flac", NULL, "flac" },
		{ "ogg", "opus", "opus" }, { "ogg", "flac", "oga" },
		{ "ogg", NULL, "ogg" }, { "wav", NULL, "wav" },
		{ "aiff", NULL, "aiff" }, { "matroska", NULL, "mka" },
		{ "adts", NULL, "aac" }, { "w64", NULL, "w64" },
		{ "wavpack", NULL, "wv" }, { "ape", NULL, "ape" },
		{ "asf", NULL, "wma" }, { "ac3", NULL, "ac3" },
		{ "eac3", NULL, "eac3" }, { "tta", NULL, "tta" },
		{ "caf", NULL, "caf" }, { "mpc", NULL, "mpc" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strcmp(m->container, table[i].container) == 0 &&
		    (table[i].codec == NULL ||
		    strcmp(m->codec, table[i].codec) == 0))
			return table[i].extension;
	return NULL;
}

void media_free(struct media *m)
{
	tags_free(&m->tags);
	memset(m, 0, sizeof(*m));
}

void media_copy(struct media *to, const struct media *from)
{
	*to = *from;
	tags_copy(&to->tags, &from->tags);
}

void media_to_json(const struct media *m, struct json_writer *w,
    const char *key)
{
	json_open_object(w, key);
	json_put_string(w, "identity", m->identity);
	json_put_string(w, "codec", m->codec);
	json_put_string(w, "container", m->container);
	json_put_int(w, "duration_ms", m->duration_ms);
	json_put_int(w, "bitrate", m->bitrate);
	json_put_int(w, "sample_rate", m->sample_rate);
	json_put_int(w, "channels", m->channels);
	json_put_bool(w, "lossless", m->lossless);
	json_put_bool(w, "cover", m->has_cover);
	tags_to_json(&m->tags, w, "tags");
	json_close(w);
}

/* Copies a member's text into an array if it fits; "" if not. */
static void get_short(const struct json *v, const char *key, char *out,
    size_t size)
{
	const char *text = json_get_string(v, key);

	out[0] = '\0';
	if (text != NULL && strlen(text) < size)
		memcpy(out, text, strlen(text) + 1);
}

/* Copies a member of exactly len hex digits; "" if it is anything else. */
static void get_digits(const struct json *v, const char *key, char *out,
    size_t len)
{
	get_short(v, key, out, len + 1);
	if (strlen(out) != len || strspn(out, "0123456789abcdef") != len)
		out[0] = '\0';
}

int media_from_json(struct media *m, const struct json *v)
{
	memset(m, 0, sizeof(*m));
	get_digits(v, "identity", m->identity, IDENTITY_LEN);
	get_short(v, "codec", m->codec, sizeof(m->codec));
	get_short(v, "container", m->container, sizeof(m->container));
	m->duration_ms = (int64_t)double_within(v, "duration_ms", 0, 1e12, 0);
	m->bitrate = (int64_t)double_within(v, "bitrate", 0, 1e12, 0);
	m->sample_rate = int_within(v, "sample_rate", 1, 10000000);
	m->channels = int_within(v, "channels", 1, 1024);
	m->lossless = json_get_bool(v, "lossless", false);
	m->has_cover = json_get_bool(v, "cover", false);
	tags_from_json(&m->tags, json_get(v, "tags"));
	if (m->identity[0] != '\0')
		return 0;
	media_free(m);
	return -1;
}

static const char *const silence_names[2] = { "silent_head", "silent_tail" };
static const char *const non_music_names[2] = { "non_music_head",
	"non_music_tail" };

void analysis_free(struct analysis *a)
{
	free(a->anchors);
	structure_free(&a->structure);
	memset(a, 0, sizeof(*a));
}

double analysis_beats(const struct analysis *a, double from, double to)
{
	double beats = 0;

	if (a->n_anchors == 0)
		return fmax(to - from, 0) * a->bpm / 60;
	for (size_t i = 0; i < a->n_anchors; i++) {
		/* Before the first anchor its tempo is the best guess. */
		double begin = i == 0 ? from : fmax(a->anchors[i].time, from);
		double end = i + 1 < a->n_anchors ?
		    fmin(a->anchors[i + 1].time, to) : to;

		beats += fmax(end - begin, 0) * a->anchors[i].bpm / 60;
	}
	return beats;
}

/* Even beats from one moment up to another one, which is left out. */
static double *add_beats(double *times, size_t *n, size_t *cap, double from,
    double to, double bpm)
{
	for (size_t i = 0;; i++) {
		double when = from + (double)i * 60 / bpm;

		if (when >= to)
			return times;
		times = grow(times, cap, *n, sizeof(*times));
		times[(*n)++] = when;
	}
}

double *analysis_beat_times(const struct analysis *a, size_t *n)
{
	double *times = NULL;
	size_t cap = 0;

	*n = 0;
	if (!a->has_grid || a->bpm <= 0 ||
	    analysis_beats(a, 0, a->duration) > ANALYSIS_MAX_BEATS)
		return NULL;
	if (a->n_anchors == 0)
		return add_beats(times, n, &cap, a->first_beat, a->duration,
		    a->bpm);
	for (size_t i = 0; i < a->n_anchors; i++) {
		const struct beat_anchor *here = &a->anchors[i];
		/* The next anchor is a beat itself, however this is rounded. */
		double to = i + 1 < a->n_anchors ? fmin(a->duration,
		    here[1].time - 30 / here->bpm) : a->duration;

		times = add_beats(times, n, &cap, here->time, to, here->bpm);
	}
	return times;
}

static void drop_grid(struct analysis *a)
{
	a->has_grid = false;
	free(a->anchors);
	a->anchors = NULL;
	a->n_anchors = 0;
}

static void double_tempo(struct analysis *a)
{
	a->bpm *= 2;
	for (size_t i = 0; i < a->n_anchors; i++)
		a->anchors[i].bpm *= 2;
}

/* The downbeat remains a beat; anchors need not. */
static void halve_tempo(struct analysis *a)
{
	double beat = 60 / a->bpm;
	long before = lround((a->downbeat - a->first_beat) / beat);

	if (a->n_anchors > 0)
		drop_grid(a);
	if (before % 2 != 0)
		a->first_beat += beat;
	a->bpm /= 2;
}

void analysis_set_octave(struct analysis *a, double lowest)
{
	if (a->bpm <= 0 || lowest <= 0)
		return;
	while (a->bpm < lowest)
		double_tempo(a);
	while (a->bpm >= 2 * lowest)
		halve_tempo(a);
}

static void grid_to_json(const struct analysis *a, struct json_writer *w)
{
	json_open_object(w, "grid");
	json_put_double(w, "first_beat", a->first_beat, 6);
	json_put_double(w, "downbeat", a->downbeat, 6);
	json_put_int(w, "beats_per_bar", a->beats_per_bar);
	json_put_bool(w, "constant", a->constant);
	if (a->n_anchors > 0) {
		json_open_array(w, "anchors");
		for (size_t i = 0; i < a->n_anchors; i++) {
			json_open_object(w, NULL);
			json_put_double(w, "time", a->anchors[i].time, 6);
			json_put_double(w, "bpm", a->anchors[i].bpm, 4);
			json_close(w);
		}
		json_close(w);
	}
	json_close(w);
}

/* Both ends of both; nothing is written of the usual zeros. */
static void edges_to_json(const struct analysis *a, struct json_writer *w)
{
	for (int end = 0; end < 2; end++) {
		if (a->silence[end] > 0)
			json_put_double(w, silence_names[end],
			    a->silence[end], 1);
		if (a->non_music[end] > 0)
			json_put_double(w, non_music_names[end],
			    a->non_music[end], 1);
	}
}

static void edges_from_json(struct analysis *a, const struct json *v)
{
	for (int end = 0; end < 2; end++) {
		a->silence[end] = double_within(v, silence_names[end], 0,
		    a->duration, 0);
		a->non_music[end] = double_within(v, non_music_names[end], 0,
		    a->duration, 0);
	}
}

void analysis_to_json(const struct analysis *a, struct json_writer *w,
    const char *key)
{
	json_open_object(w, key);
	json_put_double(w, "bpm", a->bpm, 4);
	json_put_double(w, "bpm_confidence", a->bpm_confidence, 4);
	json_put_string(w, "key", a->key);
	json_put_string(w, "camelot", a->camelot);
	json_put_double(w, "key_confidence", a->key_confidence, 4);
	json_put_int(w, "energy", a->energy);
	if (a->has_loudness)
		json_put_double(w, "loudness", a->loudness, 4);
	json_put_double(w, "duration", a->duration, 6);
	if (a->has_grid)
		grid_to_json(a, w);
	edges_to_json(a, w);
	if (a->cutoff > 0)
		json_put_double(w, "cutoff", a->cutoff, 0);
	structure_to_json(&a->structure, w, "structure");
	json_close(w);
}

/* Anchors that are in order and within the music, or none. */
static void anchors_from_json(struct analysis *a, const struct json *v)
{
	size_t count = json_count(v);
	double last = -1;

	if (json_type(v) != JSON_ARRAY || count == 0 ||
	    count > ANALYSIS_MAX_ANCHORS)
		return;
	a->anchors = xcalloc(count, sizeof(*a->anchors));
	for (size_t i = 0; i < count; i++) {
		struct beat_anchor *b = &a->anchors[i];

		b->time = double_within(json_at(v, i), "time", 0, 1e9, -1);
		b->bpm = double_within(json_at(v, i), "bpm", 1, 999, 0);
		if (b->time <= last || b->bpm <= 0) {
			free(a->anchors);
			a->anchors = NULL;
			return;
		}
		last = b->time;
	}
	a->n_anchors = count;
}

static void grid_from_json(struct analysis *a, const struct json *v)
{
	a->beats_per_bar = int_within(v, "beats_per_bar", 2, 7);
	a->has_grid = a->beats_per_bar != 0;
	if (!a->has_grid)
		return;
	a->first_beat = double_within(v, "first_beat", 0, 1e9, 0);
	a->downbeat = double_within(v, "downbeat", 0, 1e9, 0);
	a->constant = json_get_bool(v, "constant", false);
	anchors_from_json(a, json_get(v, "anchors"));
}

void analysis_from_json(struct analysis *a, const struct json *v)
{
	memset(a, 0, sizeof(*a));
	a->bpm = double_within(v, "bpm", 0, 999, 0);
	a->bpm_confidence = double_within(v, "bpm_confidence", 0, 1, 0);
	get_short(v, "key", a->key, sizeof(a->key));
	get_short(v, "camelot", a->camelot, sizeof(a->camelot));
	a->key_confidence = double_within(v, "key_confidence", 0, 1, 0);
	a->energy = int_within(v, "energy", 1, 10);
	a->has_loudness = json_type(json_get(v, "loudness")) == JSON_NUMBER;
	a->loudness = double_within(v, "loudness", -200, 100, 0);
	a->duration = double_within(v, "duration", 0, 1e9, 0);
	grid_from_json(a, json_get(v, "grid"));
	edges_from_json(a, v);
	a->cutoff = double_within(v, "cutoff", 1000, 200000, 0);
	structure_from_json(&a->structure, json_get(v, "structure"),
	    a->duration);
}

void decoded_media_free(struct decoded_media *e)
{
	media_free(&e->media);
	analysis_free(&e->analysis);
	fingerprint_free(&e->fingerprint);
	memset(e, 0, sizeof(*e));
}

void decoded_media_to_json(const struct decoded_media *e, struct json_writer *w,
    const char *key)
{
	json_open_object(w, key);
	media_to_json(&e->media, w, "media");
	json_put_string(w, "stream", e->stream);
	analysis_to_json(&e->analysis, w, "analysis");
	fingerprint_to_json(&e->fingerprint, w, "fingerprint");
	json_put_bool(w, "complete", e->complete);
	json_put_string_if(w, "fault", e->fault.text);
	if (!e->complete)
		json_put_string(w, "reason",
		    reason_name(reason_of(&e->fault)));
	json_close(w);
}

void stream_from_json(const struct json *v, char stream[STREAM_LEN + 1])
{
	get_digits(v, "stream", stream, STREAM_LEN);
}

int decoded_media_from_json(struct decoded_media *e, const struct json *v)
{
	const char *fault = json_get_string(v, "fault");

	memset(e, 0, sizeof(*e));
	if (media_from_json(&e->media, json_get(v, "media")) != 0)
		return -1;
	stream_from_json(v, e->stream);
	analysis_from_json(&e->analysis, json_get(v, "analysis"));
	fingerprint_from_json(&e->fingerprint, json_get(v, "fingerprint"));
	e->complete = json_get_bool(v, "complete", false);
	if (fault != NULL)
		reason_set(&e->fault,
		    reason_parse(json_get_string(v, "reason")), "%s", fault);
	return 0;
}

bool analysis_apply_tags(struct analysis *a, const struct tags *t)
{
	bool found = t->energy > 0;

	if (t->bpm >= 40 && t->bpm <= 260) {
		found = true;
		/* Our grid belongs to our tempo, not to this one. */
		if (a->has_grid && fabs(a->bpm - t->bpm) > 0.05)
			drop_grid(a);
		a->bpm = t->bpm;
		a->bpm_confidence = 1;
	}
	if (t->key != NULL && key_parse(t->key, a->key, a->camelot) == 0) {
		found = true;
		a->key_confidence = 1;
	}
	if (t->energy > 0)
		a->energy = t->energy;
	return found;
}
