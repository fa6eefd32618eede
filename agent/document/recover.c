/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/recover.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "document/entry.h"
#include "document/read.h"

/* ---- an entry as the JSON of an analysis ---- */

/* Names only: analysis_from_json() checks the values. */
struct renamed_member {
	const char *in_document, *in_analysis;
};

static const struct renamed_member sound[] = {
	{ "bpm", "bpm" }, { "bpmConfidence", "bpm_confidence" },
	{ "loudness", "loudness" }, { "duration", "duration" },
	{ NULL, NULL }
};

static const struct renamed_member grid[] = {
	{ "firstBeat", "first_beat" }, { "downbeat", "downbeat" },
	{ "beatsPerBar", "beats_per_bar" }, { "constant", "constant" },
	{ "anchors", "anchors" }, { NULL, NULL }
};

static const struct renamed_member points[] = {
	{ "mixInPoint", "in" }, { "mixOutPoint", "out" },
	{ "introEnd", "intro_end" }, { "outroStart", "outro_start" },
	{ "dropPoint", "drop" }, { "breakdownPoint", "breakdown" },
	{ NULL, NULL }
};

static const struct renamed_member segment[] = {
	{ "type", "type" }, { "startTime", "start" },
	{ "avgEnergy", "energy" }, { NULL, NULL }
};

static const struct renamed_member hints[] = {
	{ "preferredInType", "in" }, { "preferredOutType", "out" },
	{ "hasStrongDrop", "strong_drop" },
	{ "hasCleanOutro", "clean_outro" },
	{ "idealCrossfadeBars", "crossfade_bars" }, { NULL, NULL }
};

static void put_members(const struct json *v,
    const struct renamed_member *table, struct json_writer *w)
{
	for (; table->in_analysis != NULL; table++)
		if (json_get(v, table->in_document) != NULL)
			json_put_tree(w, table->in_analysis,
			    json_get(v, table->in_document));
}

static void put_object(const struct json *v, const char *key,
    const struct renamed_member *table, struct json_writer *w)
{
	json_open_object(w, key);
	put_members(v, table, w);
	json_close(w);
}

static void put_key(const struct json *v, struct json_writer *w)
{
	char name[12], camelot[4];
	const char *key = json_get_string(v, "key");

	if (key == NULL || key_parse(key, name, camelot) != 0)
		return;
	json_put_string(w, "key", name);
	json_put_string(w, "camelot", camelot);
}

static void put_energy(const struct json *v, struct json_writer *w)
{
	if (!entry_energy_is_unknown(v))
		json_put_int(w, "energy", json_get_int(v, "energy", 0));
}

static void put_segments_list(const struct json *v, struct json_writer *w)
{
	json_open_array(w, "segments");
	for (size_t i = 0; i < json_count(v); i++)
		put_object(json_at(v, i), NULL, segment, w);
	json_close(w);
}

static void put_curve(const struct json *v, struct json_writer *w)
{
	const struct json *samples = json_get(v, "samples");
	size_t count = json_count(samples);
	uint8_t percent[STRUCTURE_MAX_CURVE];
	char hex[2 * STRUCTURE_MAX_CURVE + 1];

	if (json_type(samples) != JSON_ARRAY || count > STRUCTURE_MAX_CURVE)
		return;
	for (size_t i = 0; i < count; i++) {
		double s = json_double(json_at(samples, i), -1);

		if (!(s >= 0 && s <= 1))
			return;
		percent[i] = (uint8_t)lround(s * 100);
	}
	hex_encode(percent, count, hex);
	json_put_string(w, "curve", hex);
	json_put_double(w, "curve_rate",
	    json_get_double(v, "sampleRate", 0), 9);
}

static void put_structure(const struct json *v, struct json_writer *w)
{
	json_open_object(w, "structure");
	put_object(json_get(v, "mixPoints"), "mix", points, w);
	put_segments_list(json_get(v, "segments"), w);
	put_curve(json_get(v, "energyCurve"), w);
	put_object(json_get(v, "transitionHints"), "hints", hints, w);
	json_close(w);
}

void entry_analysis(const struct json *v, struct analysis *out)
{
	struct json_writer *w = json_writer_new(false);
	struct json *in_analysis;
	size_t len;
	char *text;

	json_open_object(w, NULL);
	put_members(v, sound, w);
	put_key(v, w);
	put_energy(v, w);
	put_object(json_get(v, "beatGrid"), "grid", grid, w);
	put_structure(v, w);
	json_close(w);
	text = json_writer_end(w, &len);
	in_analysis = json_parse(text, len, NULL);
	analysis_from_json(out, in_analysis);
	json_free(in_analysis);
	free(text);
}

/* ---- which entries ---- */

/* We alone write loudness and beat grid, so such an entry has been filled. */
static bool is_complete(const struct json *v)
{
	return json_get(v, "loudness") != NULL &&
	    json_get(v, "beatGrid") != NULL;
}

static bool recover_entry(const struct entry *e, const struct json *v,
    struct recovered_entry *r)
{
	const char *when = json_get_string(v, "analyzedAt");
	bool ours = entry_is_ours(v);

	memset(r, 0, sizeof(*r));
	r->e = e;
	if ((!ours && !is_complete(v)) || when == NULL ||
	    time_from_iso(when, &r->analyzed_at) != 0 ||
	    json_get_int(v, "fileSize", -1) != e->size)
		return false;
	if (ours)
		snprintf(r->version, sizeof(r->version), "%s",
		    json_get_string(v, "analyzerVersion"));
	entry_analysis(v, &r->analysis);
	return true;
}

/* The entry's full JSON; NULL if it can't be read again. */
static struct json *parse_slot(const struct reading *r, const struct slot *s)
{
	size_t len = (size_t)(s->end - s->begin);
	char *text = len <= MAX_PATCHED ? xmalloc(len) : NULL;
	struct json *v = NULL;

	if (text != NULL && pread(r->fd, text, len, s->begin) == (ssize_t)len)
		v = json_parse(text, len, NULL);
	free(text);
	return v;
}

static void each_of(void *ctx, void (*row)(void *to,
    const struct entry_row *r), void *to)
{
	const struct entries *files = ctx;

	for (size_t i = 0; i < files->count; i++)
		row(to, &(struct entry_row){ .path = files->items[i].path });
}

enum outcome document_recover(const char *path, const char *root,
    const struct entries *files, void (*on_entry)(void *ctx,
    struct recovered_entry *r), void *ctx, struct error *error)
{
	const struct entry_source source = { .ctx = (void *)(uintptr_t)files,
		.each = each_of };
	struct file_table c;
	struct reading r;
	enum outcome o;

	table_init(&c, &source, root, NULL);
	o = reading_open(&r, path, &(struct read_options){ .files = &c },
	    error);
	for (size_t i = 0; o == DONE && i < files->count; i++) {
		uint32_t slot = table_row(&c, i + 1)->slot;
		struct json *v = slot > 0 ?
		    parse_slot(&r, reading_slot(&r, slot - 1)) : NULL;
		struct recovered_entry found;

		if (v != NULL && recover_entry(&files->items[i], v, &found))
			on_entry(ctx, &found);
		json_free(v);
	}
	reading_close(&r);
	table_free(&c);
	return o;
}
