/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Analyses by identity. What every run asks of each (is there one, by which
 * version, with which fault) stands before the analysis itself, which is one
 * field.
 */
#include "index/kv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/changes.h"
#include "index/fields.h"

enum { TAG_REASON = 5, TAG_ANALYSIS = 7 };

static const struct record_field head[] = {
	RECORD_FIELD(1, AS_BOOL, analysis_record, analyzed),
	RECORD_FIELD(2, AS_INT64, analysis_record, analyzed_at),
	RECORD_FIELD(3, AS_BOOL, analysis_record, complete),
	RECORD_FIELD(4, AS_CHARS, analysis_record, fault),
	RECORD_FIELD(6, AS_CHARS, analysis_record, version),
};
#define N_HEAD (sizeof(head) / sizeof(*head))

enum { TAG_ANCHORS = 20, TAG_SEGMENTS = 27, TAG_CURVE, TAG_HINT_IN = 31,
	TAG_HINT_OUT };

static const struct record_field members[] = {
	RECORD_FIELD(1, AS_DOUBLE, analysis, bpm),
	RECORD_FIELD(2, AS_DOUBLE, analysis, bpm_confidence),
	RECORD_FIELD(3, AS_CHARS, analysis, key),
	RECORD_FIELD(4, AS_CHARS, analysis, camelot),
	RECORD_FIELD(5, AS_DOUBLE, analysis, key_confidence),
	RECORD_FIELD(6, AS_INT, analysis, energy),
	RECORD_FIELD(7, AS_BOOL, analysis, has_loudness),
	RECORD_FIELD(8, AS_DOUBLE, analysis, loudness),
	RECORD_FIELD(9, AS_DOUBLE, analysis, duration),
	RECORD_FIELD(10, AS_BOOL, analysis, has_grid),
	RECORD_FIELD(11, AS_DOUBLE, analysis, first_beat),
	RECORD_FIELD(12, AS_DOUBLE, analysis, downbeat),
	RECORD_FIELD(13, AS_INT, analysis, beats_per_bar),
	RECORD_FIELD(14, AS_BOOL, analysis, constant),
	RECORD_FIELD(15, AS_DOUBLE, analysis, silence[0]),
	RECORD_FIELD(16, AS_DOUBLE, analysis, silence[1]),
	RECORD_FIELD(17, AS_DOUBLE, analysis, non_music[0]),
	RECORD_FIELD(18, AS_DOUBLE, analysis, non_music[1]),
	RECORD_FIELD(19, AS_DOUBLE, analysis, cutoff),
	RECORD_FIELD(21, AS_DOUBLE, analysis, structure.mix_in),
	RECORD_FIELD(22, AS_DOUBLE, analysis, structure.mix_out),
	RECORD_FIELD(23, AS_DOUBLE, analysis, structure.intro_end),
	RECORD_FIELD(24, AS_DOUBLE, analysis, structure.outro_start),
	RECORD_FIELD(25, AS_DOUBLE, analysis, structure.drop),
	RECORD_FIELD(26, AS_DOUBLE, analysis, structure.breakdown),
	RECORD_FIELD(29, AS_DOUBLE, analysis, structure.curve_rate),
	RECORD_FIELD(30, AS_INT, analysis, structure.crossfade_bars),
	RECORD_FIELD(33, AS_BOOL, analysis, structure.strong_drop),
	RECORD_FIELD(34, AS_BOOL, analysis, structure.clean_outro),
};
#define N_MEMBERS (sizeof(members) / sizeof(*members))

#define SEGMENT_LEN (sizeof(double) + sizeof(float) + 1)

void analysis_record_free(struct analysis_record *r)
{
	analysis_free(&r->analysis);
}

/* ---- writing ---- */

static void put_segments(struct buf *b, const struct structure *s)
{
	struct buf list = BUF_INIT;

	for (size_t i = 0; i < s->n_segments; i++) {
		const struct segment *g = &s->segments[i];

		buf_append(&list, &g->start, sizeof(g->start));
		buf_append(&list, &g->energy, sizeof(g->energy));
		buf_putc(&list, (char)g->type);
	}
	field_put_bytes(b, TAG_SEGMENTS, list.data, list.len);
	buf_free(&list);
}

static void put_analysis(struct buf *b, const struct analysis *a)
{
	const struct structure *s = &a->structure;
	struct buf inner = BUF_INIT;

	record_put(&inner, members, N_MEMBERS, a);
	field_put_bytes(&inner, TAG_ANCHORS, a->anchors,
	    a->n_anchors * sizeof(*a->anchors));
	put_segments(&inner, s);
	field_put_bytes(&inner, TAG_CURVE, s->curve, s->n_curve);
	field_put_number(&inner, TAG_HINT_IN, s->hint_in);
	field_put_number(&inner, TAG_HINT_OUT, s->hint_out);
	field_put_bytes(b, TAG_ANALYSIS, inner.data, inner.len);
	buf_free(&inner);
}

static void encode(struct buf *b, const struct analysis_record *r)
{
	record_begin(b);
	record_put(b, head, N_HEAD, r);
	field_put_text(b, TAG_REASON, reason_name(r->reason));
	if (r->analyzed)
		put_analysis(b, &r->analysis);
	record_end(b, 0);
}

enum outcome index_put_analysis(struct index *x, const char *identity,
    const struct analysis_record *r, struct error *error)
{
	uint8_t key[KV_HASH_LEN];
	struct buf b = BUF_INIT;
	enum outcome o;
	bool own;

	if (kv_identity(identity, key) != 0)
		return error_set(error, RUN_FAILED,
		    "index: %s is not an identity", identity);
	encode(&b, r);
	o = kv_enter(x, &own, error);
	if (o == DONE) {
		o = kv_put(x, KV_ANALYSES, key, sizeof(key), b.data, b.len,
		    error);
		if (o == DONE)
			o = change_note_copies(x, identity, CHANGE_OTHER,
			    error);
		o = kv_leave(x, own, o, error);
	}
	buf_free(&b);
	return o;
}

/* ---- reading ---- */

/* The items of an array of the given size that f holds; NULL and 0 if there are
 * too many. Caller frees. */
static void *get_items(const struct field *f, size_t size, size_t max,
    size_t *count)
{
	void *items;

	*count = 0;
	if (f->len == 0 || f->len % size != 0 || f->len / size > max)
		return NULL;
	items = xmalloc(f->len);
	memcpy(items, f->bytes, f->len);
	*count = f->len / size;
	return items;
}

static void get_segments(struct structure *s, const struct field *f)
{
	size_t count = f->len / SEGMENT_LEN;
	const uint8_t *at = f->bytes;

	if (f->len % SEGMENT_LEN != 0 || count == 0 ||
	    count > STRUCTURE_MAX_SEGMENTS)
		return;
	free(s->segments);
	s->segments = xcalloc(count, sizeof(*s->segments));
	s->n_segments = count;
	for (size_t i = 0; i < count; i++, at += SEGMENT_LEN) {
		struct segment *g = &s->segments[i];
		uint8_t type = at[SEGMENT_LEN - 1];

		memcpy(&g->start, at, sizeof(g->start));
		memcpy(&g->energy, at + sizeof(g->start), sizeof(g->energy));
		if (type < N_SEGMENT_TYPES)
			g->type = (enum segment_type)type;
	}
}

static enum transition get_transition(const struct field *f)
{
	return f->number > 0 && f->number < N_TRANSITIONS ?
	    (enum transition)f->number : (enum transition)0;
}

static void get_analysis(struct analysis *a, struct fields in)
{
	struct structure *s = &a->structure;
	struct field f;

	while (fields_next(&in, &f)) {
		if (f.tag == TAG_ANCHORS && f.type == FIELD_BYTES) {
			free(a->anchors);
			a->anchors = get_items(&f, sizeof(*a->anchors),
			    ANALYSIS_MAX_ANCHORS, &a->n_anchors);
		} else if (f.tag == TAG_CURVE && f.type == FIELD_BYTES) {
			free(s->curve);
			s->curve = get_items(&f, 1, STRUCTURE_MAX_CURVE,
			    &s->n_curve);
		} else if (f.tag == TAG_SEGMENTS && f.type == FIELD_BYTES) {
			get_segments(s, &f);
		} else if (f.tag == TAG_HINT_IN) {
			s->hint_in = get_transition(&f);
		} else if (f.tag == TAG_HINT_OUT) {
			s->hint_out = get_transition(&f);
		} else {
			record_set(members, N_MEMBERS, &f, a);
		}
	}
}

static enum outcome get_record(struct index *x, const char *identity,
    bool whole, struct analysis_record *r)
{
	uint8_t key[KV_HASH_LEN];
	struct fields in;
	struct field f;
	MDB_val v;

	memset(r, 0, sizeof(*r));
	if (kv_identity(identity, key) != 0 ||
	    kv_get(x, KV_ANALYSES, key, sizeof(key), &v) != DONE)
		return ITEM_FAILED;
	in = record_fields(v.mv_data, v.mv_size);
	if (in.at == in.end)
		return ITEM_FAILED;
	while (fields_next(&in, &f)) {
		if (f.tag == TAG_ANALYSIS && f.type == FIELD_BYTES) {
			if (whole)
				get_analysis(&r->analysis, fields_within(&f));
		} else if (f.tag == TAG_REASON && f.type == FIELD_BYTES) {
			char *name = xstrndup((const char *)f.bytes, f.len);

			r->reason = reason_parse(name);
			free(name);
		} else {
			record_set(head, N_HEAD, &f, r);
		}
	}
	return DONE;
}

enum outcome index_get_analysis(struct index *x, const char *identity,
    struct analysis_record *r)
{
	return get_record(x, identity, true, r);
}

enum outcome index_get_analysis_head(struct index *x, const char *identity,
    struct analysis_record *r)
{
	return get_record(x, identity, false, r);
}

uint64_t index_analysis_digest(struct index *x, const char *identity)
{
	uint8_t key[KV_HASH_LEN];
	MDB_val v;

	if (kv_identity(identity, key) != 0 ||
	    kv_get(x, KV_ANALYSES, key, sizeof(key), &v) != DONE)
		return 0;
	return record_hash(v.mv_data, v.mv_size);
}

/* ---- the better of two ---- */

static int by_number(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Above 0: a is better; 0: they differ in their analyses at most. */
static int compare_heads(const struct analysis_record *a,
    const struct analysis_record *b)
{
	int order = by_number(analyzer_revision(a->version),
	    analyzer_revision(b->version));

	if (order == 0)
		order = by_number(a->analyzed, b->analyzed);
	if (order == 0)
		order = by_number(a->complete, b->complete);
	return order != 0 ? order : by_number(a->analyzed_at, b->analyzed_at);
}

static bool has_lower_bytes(struct index *x, const char *identity,
    const struct analysis_record *r)
{
	uint8_t key[KV_HASH_LEN];
	struct buf b = BUF_INIT;
	bool lower;
	MDB_val v;

	if (kv_identity(identity, key) != 0 ||
	    kv_get(x, KV_ANALYSES, key, sizeof(key), &v) != DONE)
		return true;
	encode(&b, r);
	lower = v.mv_size != b.len ? v.mv_size < b.len :
	    memcmp(v.mv_data, b.data, b.len) < 0;
	buf_free(&b);
	return lower;
}

enum outcome index_put_better_analysis(struct index *x, const char *identity,
    const struct analysis_record *r, bool *taken, struct error *error)
{
	struct analysis_record known;
	int order = 1;

	if (index_get_analysis_head(x, identity, &known) == DONE)
		order = compare_heads(r, &known);
	*taken = order > 0 || (order == 0 && has_lower_bytes(x, identity, r));
	return *taken ? index_put_analysis(x, identity, r, error) : DONE;
}
