/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/media.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/integer.h"
#include "base/json.h"
#include "base/mem.h"
#include "types/members.h"
#include "types/reason.h"
#include "types/track.h"

static const struct member tag_members[] = {
	MEMBER("artist", TEXT, tags, artist),
	MEMBER("title", TEXT, tags, title),
	MEMBER("album", TEXT, tags, album),
	MEMBER("album_artist", TEXT, tags, album_artist),
	MEMBER("date", TEXT, tags, date),
	MEMBER("genre", TEXT, tags, genre),
	MEMBER("isrc", TEXT, tags, isrc),
	MEMBER("spotify_id", TEXT, tags, spotify_id),
	MEMBER("source", TEXT, tags, source),
	MEMBER("key", TEXT, tags, key),
	MEMBER("track_number", INT, tags, track_number, .high = 9999),
	MEMBER("disc_number", INT, tags, disc_number, .high = 999),
	MEMBER("bpm", DOUBLE, tags, bpm, .low = 1, .high = 999, .decimals = 4),
	MEMBER("energy", INT, tags, energy, .low = 1, .high = 10),
	MEMBER("analysis", TEXT, tags, analysis),
	MEMBERS_END
};

static const struct member media_members[] = {
	MEMBER("identity", HEX, media, identity),
	MEMBER("codec", CHARS, media, codec),
	MEMBER("container", CHARS, media, container),
	MEMBER("duration_ms", INT64, media, duration_ms, .high = 1e12),
	MEMBER("bitrate", INT64, media, bitrate, .high = 1e12),
	MEMBER("sample_rate", INT, media, sample_rate, .high = 10000000),
	MEMBER("channels", INT, media, channels, .high = 1024),
	MEMBER("lossless", BOOL, media, lossless),
	MEMBER("cover", BOOL, media, has_cover),
	MEMBER("encoder_delay", INT, media, encoder_delay, .high = 10000),
	MEMBER("mp3_header", INT, media, header, .high = MP3_LAME),
	MEMBERS_END
};

static const struct member analysis_members[] = {
	MEMBER("bpm", DOUBLE, analysis, bpm, .high = 999, .decimals = 4),
	MEMBER("bpm_confidence", DOUBLE, analysis, bpm_confidence, .high = 1,
	    .decimals = 4),
	MEMBER("key", CHARS, analysis, key),
	MEMBER("camelot", CHARS, analysis, camelot),
	MEMBER("key_confidence", DOUBLE, analysis, key_confidence, .high = 1,
	    .decimals = 4),
	MEMBER("energy", INT, analysis, energy, .low = 1, .high = 10),
	MEMBER("duration", DOUBLE, analysis, duration, .high = 1e9,
	    .decimals = 6),
	MEMBER("silent_head", DOUBLE, analysis, silence[0], .decimals = 1),
	MEMBER("silent_tail", DOUBLE, analysis, silence[1], .decimals = 1),
	MEMBER("non_music_head", DOUBLE, analysis, non_music[0],
	    .decimals = 1),
	MEMBER("non_music_tail", DOUBLE, analysis, non_music[1],
	    .decimals = 1),
	MEMBER("cutoff", DOUBLE, analysis, cutoff, .low = 1000,
	    .high = 200000),
	MEMBERS_END
};

static const struct member loudness_members[] = {
	MEMBER("loudness", DOUBLE, analysis, loudness, .low = -200, .high = 100,
	    .decimals = 4, .always = true),
	MEMBERS_END
};

static const struct member grid_members[] = {
	MEMBER("beats_per_bar", INT, analysis, beats_per_bar, .low = 2,
	    .high = 7),
	MEMBER("first_beat", DOUBLE, analysis, first_beat, .high = 1e9,
	    .decimals = 6),
	MEMBER("downbeat", DOUBLE, analysis, downbeat, .high = 1e9,
	    .decimals = 6),
	MEMBER("constant", BOOL, analysis, constant),
	MEMBERS_END
};

static const struct member anchor_members[] = {
	MEMBER("time", DOUBLE, beat_anchor, time, .high = 1e9, .fallback = -1,
	    .decimals = 6),
	MEMBER("bpm", DOUBLE, beat_anchor, bpm, .low = 1, .high = 999,
	    .decimals = 4),
	MEMBERS_END
};

static const struct member decoded_members[] = {
	MEMBER("stream", HEX, decoded_media, stream),
	MEMBER("complete", BOOL, decoded_media, complete),
	MEMBERS_END
};

int64_t analyzer_revision(const char *version)
{
	size_t len = strlen(ANALYZER_PREFIX);
	int64_t revision = 0;

	if (strncmp(version, ANALYZER_PREFIX, len) != 0)
		return -1;
	version += len;
	int_prefix(&version, 0, INT64_MAX, &revision);
	return revision;
}

bool analyzer_is_older(const char *version)
{
	int64_t revision = analyzer_revision(version);

	return revision >= 0 && revision < analyzer_revision(ANALYZER_VERSION);
}

void tags_free(struct tags *t)
{
	members_free(tag_members, t);
	memset(t, 0, sizeof(*t));
}

void tags_copy(struct tags *to, const struct tags *from)
{
	*to = *from;
	members_own(tag_members, to);
}

void tags_to_json(const struct tags *t, struct json_writer *w,
    const char *key)
{
	members_to_json(tag_members, t, w, key);
}

void tags_from_json(struct tags *t, const struct json *v)
{
	char isrc[ISRC_LEN + 1];

	members_read(tag_members, t, v);
	/* These two are used as keys: only well-formed. */
	if (t->isrc != NULL)
		str_replace(&t->isrc,
		    isrc_parse(t->isrc, isrc) == 0 ? isrc : NULL);
	if (t->spotify_id != NULL && !spotify_id_is_valid(t->spotify_id))
		str_replace(&t->spotify_id, NULL);
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
	members_write(media_members, m, w);
	tags_to_json(&m->tags, w, "tags");
	json_close(w);
}

int media_from_json(struct media *m, const struct json *v)
{
	members_read(media_members, m, v);
	tags_from_json(&m->tags, json_get(v, "tags"));
	if (m->identity[0] != '\0')
		return 0;
	media_free(m);
	return -1;
}

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
	for (; a->bpm < lowest; a->bpm *= 2)
		for (size_t i = 0; i < a->n_anchors; i++)
			a->anchors[i].bpm *= 2;
	while (a->bpm >= 2 * lowest)
		halve_tempo(a);
}

void analysis_to_json(const struct analysis *a, struct json_writer *w,
    const char *key)
{
	json_open_object(w, key);
	members_write(analysis_members, a, w);
	if (a->has_loudness)
		members_write(loudness_members, a, w);
	if (a->has_grid) {
		json_open_object(w, "grid");
		members_write(grid_members, a, w);
		json_open_array(w, "anchors");
		for (size_t i = 0; i < a->n_anchors; i++)
			members_to_json(anchor_members, &a->anchors[i], w,
			    NULL);
		json_close(w);
		json_close(w);
	}
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

		members_read(anchor_members, b, json_at(v, i));
		if (b->time <= last || b->bpm <= 0) {
			free(a->anchors);
			a->anchors = NULL;
			return;
		}
		last = b->time;
	}
	a->n_anchors = count;
}

void analysis_from_json(struct analysis *a, const struct json *v)
{
	const struct json *grid = json_get(v, "grid");

	memset(a, 0, sizeof(*a));
	members_read(analysis_members, a, v);
	for (int end = 0; end < 2; end++) {
		if (a->silence[end] > a->duration)
			a->silence[end] = 0;
		if (a->non_music[end] > a->duration)
			a->non_music[end] = 0;
	}
	members_read(loudness_members, a, v);
	a->has_loudness = json_type(json_get(v, "loudness")) == JSON_NUMBER;
	members_read(grid_members, a, grid);
	a->has_grid = a->beats_per_bar != 0;
	if (a->has_grid)
		anchors_from_json(a, json_get(grid, "anchors"));
	else
		members_read(grid_members, a, NULL);
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

void decoded_media_to_json(const struct decoded_media *d,
    struct json_writer *w, const char *key)
{
	json_open_object(w, key);
	media_to_json(&d->media, w, "media");
	members_write(decoded_members, d, w);
	analysis_to_json(&d->analysis, w, "analysis");
	fingerprint_to_json(&d->fingerprint, w, "fingerprint");
	json_put_string_if(w, "fault", d->fault.text);
	if (!d->complete)
		json_put_string(w, "reason",
		    reason_name(reason_of(&d->fault)));
	json_close(w);
}

void stream_from_json(const struct json *v, char stream[STREAM_LEN + 1])
{
	struct decoded_media d;

	members_read(decoded_members, &d, v);
	memcpy(stream, d.stream, sizeof(d.stream));
}

int decoded_media_from_json(struct decoded_media *d, const struct json *v)
{
	const char *fault = json_get_string(v, "fault");

	memset(d, 0, sizeof(*d));
	if (media_from_json(&d->media, json_get(v, "media")) != 0)
		return -1;
	members_read(decoded_members, d, v);
	analysis_from_json(&d->analysis, json_get(v, "analysis"));
	fingerprint_from_json(&d->fingerprint, json_get(v, "fingerprint"));
	if (fault != NULL)
		reason_set(&d->fault,
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
