/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/entry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "document/document.h"
#include "document/entry_structure.h"
#include "types/reason.h"
#include "types/track.h"
#include "types/quality.h"

#define MAX_BPM 400		/* the most that the document allows */
#define UNKNOWN_KEY "Unknown"
#define UNKNOWN_ENERGY 5	/* the field is mandatory */
#define SAME_TEMPO 0.05		/* bpm: one grid fits both */

/* In the order of a new entry. */
enum field {
	ID, FILE_PATH, FILE_NAME, ARTIST, TITLE, BPM, BPM_CONFIDENCE, KEY,
	CAMELOT_KEY, ENERGY, DURATION, FILE_SIZE, UPLOADED_AT, ANALYZED_AT,
	ANALYZER_VERSION_, GENRE, SPOTIFY_ID, ISRC, LOUDNESS, BEAT_GRID,
	MIX_POINTS, SEGMENTS, ENERGY_CURVE, TRANSITION_HINTS,
	N_FIELDS
};

_Static_assert(N_FIELDS <= MAX_EDITS, "every field may need an edit");

/* When a field of an existing entry is written. Otherwise, and in entries of
 * others, only if it is unknown there. */
enum rule {
	ONCE,			/* in a new entry only */
	PLACE,			/* when the file moved */
	CURRENT,		/* in ours, whenever it differs */
	ANALYZED,		/* in ours, after a newer analysis */
	SIGNATURE		/* likewise, and never in others' */
};

static const struct {
	const char *name;
	enum rule rule;
} fields[N_FIELDS] = {
	[ID] = { "id", ONCE },
	[FILE_PATH] = { "filePath", PLACE },
	[FILE_NAME] = { "fileName", PLACE },
	[ARTIST] = { "artist", CURRENT },
	[TITLE] = { "title", CURRENT },
	[BPM] = { "bpm", ANALYZED },
	[BPM_CONFIDENCE] = { "bpmConfidence", ANALYZED },
	[KEY] = { "key", ANALYZED },
	[CAMELOT_KEY] = { "camelotKey", ANALYZED },
	[ENERGY] = { "energy", ANALYZED },
	[DURATION] = { "duration", ANALYZED },
	[FILE_SIZE] = { "fileSize", CURRENT },
	[UPLOADED_AT] = { "uploadedAt", ONCE },
	[ANALYZED_AT] = { "analyzedAt", SIGNATURE },
	[ANALYZER_VERSION_] = { "analyzerVersion", SIGNATURE },
	[GENRE] = { "genre", CURRENT },
	[SPOTIFY_ID] = { "spotifyId", CURRENT },
	[ISRC] = { "isrc", CURRENT },
	[LOUDNESS] = { "loudness", ANALYZED },
	[BEAT_GRID] = { "beatGrid", ANALYZED },
	[MIX_POINTS] = { "mixPoints", ANALYZED },
	[SEGMENTS] = { "segments", ANALYZED },
	[ENERGY_CURVE] = { "energyCurve", ANALYZED },
	[TRANSITION_HINTS] = { "transitionHints", ANALYZED },
};

/* ---- the values of a file ---- */

enum kind { NOTHING, NUMBER, TEXT, PATH, ANALYSIS_FIELD };

/* One field's value. */
struct value {
	enum kind kind;
	double number;
	int decimals;
	const char *text;	/* of TEXT and PATH */
	put_field *put;		/* of ANALYSIS_FIELD */
	const struct analysis *of;
};

/* All values of a file, and the texts they point to. */
struct field_values {
	struct value v[N_FIELDS];
	char *path;
	char uploaded[ISO_TIME_LEN], analyzed[ISO_TIME_LEN];
};

static struct value number(double n, int decimals)
{
	return (struct value){ .kind = NUMBER, .number = n,
		.decimals = decimals };
}

static struct value text(const char *s)
{
	return (struct value){ .kind = s != NULL && *s != '\0' ? TEXT :
		NOTHING, .text = s };
}

static struct value path(const char *s)
{
	return (struct value){ .kind = PATH, .text = s };
}

static struct value analysis_field(
    bool known, put_field *put, const struct analysis *a)
{
	return (struct value){
		.kind = known ? ANALYSIS_FIELD : NOTHING, .put = put, .of = a
	};
}

static bool bpm_is_known(const struct analysis *a)
{
	return a->bpm > 0 && a->bpm <= MAX_BPM;
}

/* Ours must not be rounded to 1, which stands for Mixed In Key. */
static double printed_confidence(const struct analysis *a)
{
	if (!bpm_is_known(a))
		return 0;
	return a->bpm_confidence >= 1 ? 1 : fmin(a->bpm_confidence, 0.99);
}

static void analysis_values(const struct analysis *a, struct value *v)
{
	bool bpm = bpm_is_known(a), key = a->key[0] != '\0';
	const struct structure *o = &a->structure;

	v[BPM] = number(bpm ? a->bpm : 0, 2);
	v[BPM_CONFIDENCE] = number(printed_confidence(a), 2);
	v[KEY] = text(key ? a->key : UNKNOWN_KEY);
	v[CAMELOT_KEY] = text(key ? a->camelot : NULL);
	v[ENERGY] = number(a->energy > 0 ? a->energy : UNKNOWN_ENERGY, 0);
	if (a->duration > 0)
		v[DURATION] = number(a->duration, 3);
	if (a->has_loudness)
		v[LOUDNESS] = number(a->loudness, 2);
	v[BEAT_GRID] = analysis_field(a->has_grid && bpm, put_beat_grid, a);
	v[MIX_POINTS] = analysis_field(o->mix_out > 0, put_mix_points, a);
	v[SEGMENTS] = analysis_field(o->n_segments > 0 && bpm, put_segments, a);
	v[ENERGY_CURVE] = analysis_field(o->n_curve > 0, put_energy_curve, a);
	v[TRANSITION_HINTS] = analysis_field(o->crossfade_bars > 0,
	    put_transition_hints, a);
}

static void collect_values(
    const struct entry *e, const char *root, struct field_values *s)
{
	char isrc[ISRC_LEN + 1];
	struct value *v = s->v;

	memset(s, 0, sizeof(*s));
	s->path = path_join(root, e->path);
	v[FILE_PATH] = path(s->path);
	v[FILE_NAME] = path(path_base(s->path));
	v[ARTIST] = text(e->artist);
	v[TITLE] = text(e->title);
	if (e->size > 0)
		v[FILE_SIZE] = number((double)e->size, 0);
	v[GENRE] = text(e->tags.genre);
	if (e->spotify_id != NULL && spotify_id_is_valid(e->spotify_id))
		v[SPOTIFY_ID] = text(e->spotify_id);
	/* Only a canonical ISRC: one that had to be normalized is doubtful. */
	if (e->isrc != NULL && isrc_parse(e->isrc, isrc) == 0 &&
	    strcmp(e->isrc, isrc) == 0)
		v[ISRC] = text(e->isrc);
	if (e->added_at > 0) {
		time_to_iso(e->added_at, s->uploaded);
		v[UPLOADED_AT] = text(s->uploaded);
	}
	if (!e->analyzed)
		return;
	time_to_iso(e->analyzed_at, s->analyzed);
	v[ANALYZED_AT] = text(s->analyzed);
	v[ANALYZER_VERSION_] = text(*e->version != '\0' ? e->version :
	    ANALYZER_VERSION);
	analysis_values(&e->analysis, v);
}

/* ---- values as JSON ---- */

void entry_print_path(const char *s, struct buf *out)
{
	size_t len = strlen(s);

	buf_putc(out, '"');
	for (size_t i = 0; i < len;) {
		size_t n = utf8_length(s + i, len - i);
		unsigned char c = (unsigned char)s[i];

		if (n == 0)
			buf_printf(out, "\\udc%02x", c);
		else if (c < 0x20)
			buf_printf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else
			buf_append(out, s + i, n);
		i += n > 0 ? n : 1;
	}
	buf_putc(out, '"');
}

static void put_path(struct json_writer *w, const char *key, const char *s)
{
	struct buf json = BUF_INIT;

	entry_print_path(s, &json);
	json_put_raw(w, key, json.data, json.len);
	buf_free(&json);
}

static void put_value(struct json_writer *w, const char *key,
    const struct value *v)
{
	switch (v->kind) {
	case NOTHING:
		json_put_null(w, key);
		break;
	case NUMBER:
		json_put_double(w, key, v->number, v->decimals);
		break;
	case TEXT:
		json_put_string(w, key, v->text);
		break;
	case PATH:
		put_path(w, key, v->text);
		break;
	case ANALYSIS_FIELD:
		v->put(w, key, v->of);
		break;
	}
}

static char *print_value(const struct value *v)
{
	struct json_writer *w = json_writer_new(false);

	put_value(w, NULL, v);
	return json_writer_end(w, NULL);
}

/* Is `have`, of the document, v as it would be written? Compares after rounding
 * and replacement: otherwise each run would write it again. */
static bool has_value(const struct json *have, const struct value *v)
{
	struct json *want;
	char *json;
	bool equal;

	if (v->kind == ANALYSIS_FIELD || v->kind == NOTHING)
		return false;
	if (v->kind == TEXT && json_string(have) != NULL &&
	    strcmp(json_string(have), v->text) == 0)
		return true;
	json = print_value(v);
	want = json_parse(json, strlen(json), NULL);
	if (v->kind == NUMBER)
		equal = json_type(have) == json_type(want) &&
		    fabs(json_double(want, 0) - json_double(have, 0)) < 1e-9;
	else
		equal = json_string(have) != NULL &&
		    strcmp(json_string(want), json_string(have)) == 0;
	json_free(want);
	free(json);
	return equal;
}

/* ---- an existing entry ---- */

static const struct json *member(const struct json *v, enum field f)
{
	return json_get(v, fields[f].name);
}

bool entry_is_ours(const struct json *v)
{
	const char *by = json_string(member(v, ANALYZER_VERSION_));

	return by != NULL && strncmp(by, ANALYZER_PREFIX,
	    strlen(ANALYZER_PREFIX)) == 0;
}

static bool has_paid_analysis(const struct json *v)
{
	const struct json *confidence = member(v, BPM_CONFIDENCE);

	return json_type(confidence) == JSON_NUMBER &&
	    json_double(confidence, 0) >= 1;
}

bool entry_is_protected(const struct json *v)
{
	return !entry_is_ours(v) && has_paid_analysis(v);
}

/* The byte that Python's surrogateescape encoded as the three at s, or -1. */
static int escaped_byte(const unsigned char *s)
{
	if (s[0] != 0xed || (s[1] != 0xb2 && s[1] != 0xb3) ||
	    (s[2] & 0xc0) != 0x80)
		return -1;
	return (s[1] == 0xb2 ? 0x80 : 0xc0) | (s[2] & 0x3f);
}

char *entry_file_path(const struct json *v)
{
	char *out = xstrdup(json_whole_string(member(v, FILE_PATH)));
	char *to = out;

	for (const char *s = out; s != NULL && *s != '\0';) {
		int byte = escaped_byte((const unsigned char *)s);

		*to++ = byte >= 0 ? (char)byte : *s;
		s += byte >= 0 ? 3 : 1;
	}
	if (to != NULL)
		*to = '\0';
	return out;
}

static bool text_is_unknown(const struct json *v, enum field f)
{
	const char *s = json_string(member(v, f));

	return s == NULL || *s == '\0' ||
	    (f == KEY && strcasecmp(s, UNKNOWN_KEY) == 0);
}

static bool number_is_unknown(const struct json *v, enum field f)
{
	return json_double(member(v, f), 0) <= 0;
}

bool entry_energy_is_unknown(const struct json *v)
{
	return number_is_unknown(v, ENERGY) ||
	    (json_int(member(v, ENERGY), 0) == UNKNOWN_ENERGY &&
	    number_is_unknown(v, BPM) && text_is_unknown(v, KEY));
}

static bool is_unknown(const struct json *v, enum field f)
{
	switch (f) {
	case BPM:
	case DURATION:
	case FILE_SIZE:
		return number_is_unknown(v, f);
	case BPM_CONFIDENCE:
		return number_is_unknown(v, BPM);
	case ENERGY:
		return entry_energy_is_unknown(v);
	case LOUDNESS:
	case BEAT_GRID:
	case MIX_POINTS:
	case SEGMENTS:
	case ENERGY_CURVE:
	case TRANSITION_HINTS:
		return json_type(member(v, f)) == JSON_NULL;
	default:
		return text_is_unknown(v, f);
	}
}

/* ---- edits ---- */

void edits_free(struct edits *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].text);
	list->count = 0;
}

static void add_edit(struct edits *out, enum field f, char *json)
{
	out->items[out->count].name = fields[f].name;
	out->items[out->count++].text = json;
}

/* Sets v's field f, or removes it if there is no value. */
static void set(const struct json *v, enum field f, const struct value *want,
    struct edits *out)
{
	if (want->kind == NOTHING && member(v, f) != NULL)
		add_edit(out, f, NULL);
	else if (want->kind != NOTHING && !has_value(member(v, f), want))
		add_edit(out, f, print_value(want));
}

static const char *version_of(const struct json *v)
{
	const char *version = json_string(member(v, ANALYZER_VERSION_));

	return version != NULL ? version : "";
}

static bool is_newer(const struct json *v, const struct entry *e)
{
	const char *then = json_string(member(v, ANALYZED_AT));
	int64_t t;

	if (!e->analyzed)
		return false;
	/* Mixed In Key wrote its values and kept our analyzerVersion. */
	if (has_paid_analysis(v) && e->analysis.bpm_confidence < 1)
		return false;
	/* Mixed In Key's values are in the file's tags now. */
	if (!has_paid_analysis(v) && e->analysis.bpm_confidence >= 1)
		return true;
	return then == NULL || time_from_iso(then, &t) != 0 ||
	    t < e->analyzed_at || (analyzer_is_older(version_of(v)) &&
	    !analyzer_is_older(e->version));
}

/* Key and Camelot code are two notations of one thing: where the entry has one,
 * the other is derived from it and not from our analysis. */
static void fill_key(const struct json *v, const struct value *values,
    struct edits *out)
{
	bool no_key = is_unknown(v, KEY), no_code = is_unknown(v, CAMELOT_KEY);
	struct value key = values[KEY], code = values[CAMELOT_KEY];
	char name[12], camelot[4];
	const char *known = json_string(member(v, no_key ? CAMELOT_KEY : KEY));

	if (no_key != no_code) {
		if (key_parse(known, name, camelot) != 0)
			return;
		key = text(name);
		code = text(camelot);
	}
	if (code.kind == NOTHING)
		return;
	if (no_key)
		set(v, KEY, &key, out);
	if (no_code)
		set(v, CAMELOT_KEY, &code, out);
}

/* Our grid and the beat counts of segments are valid for our tempo only. */
static bool tempo_fits(const struct json *v, const struct entry *e)
{
	return is_unknown(v, BPM) || fabs(json_double(member(v, BPM), 0) -
	    e->analysis.bpm) <= SAME_TEMPO;
}

static bool can_fill(const struct json *v, enum field f,
    const struct entry *e, const struct value *want)
{
	if (want->kind == NOTHING || fields[f].rule == ONCE ||
	    fields[f].rule == PLACE || fields[f].rule == SIGNATURE)
		return false;
	if (!is_unknown(v, f))
		return false;
	switch (f) {
	case BPM:
	case BPM_CONFIDENCE:
		return bpm_is_known(&e->analysis);
	case KEY:
	case CAMELOT_KEY:
		return false;		/* fill_key */
	case ENERGY:
		return e->analysis.energy > 0;
	case BEAT_GRID:
	case SEGMENTS:
		return tempo_fits(v, e);
	default:
		return true;
	}
}

static bool is_without_track(const struct entry *e)
{
	return e->spotify_id != NULL && *e->spotify_id == '\0';
}

void entry_edits(const struct json *v, const struct entry *e,
    const char *root, bool moved, struct edits *out)
{
	bool ours = entry_is_ours(v), newer = ours && is_newer(v, e);
	struct field_values s = { 0 };

	out->count = 0;
	if (!ours && has_paid_analysis(v))
		return;
	collect_values(e, root, &s);
	for (enum field f = 0; f < N_FIELDS; f++) {
		enum rule rule = fields[f].rule;
		bool known = s.v[f].kind != NOTHING ||
		    (f == SPOTIFY_ID && is_without_track(e));

		if ((rule == PLACE && moved) ||
		    (rule == CURRENT && ours && known) ||
		    ((rule == ANALYZED || rule == SIGNATURE) && newer))
			set(v, f, &s.v[f], out);
		else if (can_fill(v, f, e, &s.v[f]))
			set(v, f, &s.v[f], out);
	}
	if (!newer)
		fill_key(v, s.v, out);
	free(s.path);
}

/* ---- new entries ---- */

bool entry_is_presentable(const struct entry *e)
{
	return e->analyzed && e->analysis.duration >= 0.0005 && e->size > 0 &&
	    e->artist != NULL && *e->artist != '\0' &&
	    e->title != NULL && *e->title != '\0';
}

void entry_render(const struct entry *e, const char *root, const char *id,
    bool indent, struct buf *out)
{
	struct json_writer *w = json_writer_new(indent);
	struct field_values s = { 0 };
	size_t len;
	char *json;

	collect_values(e, root, &s);
	s.v[ID] = text(id);
	json_open_object(w, NULL);
	for (enum field f = 0; f < N_FIELDS; f++)
		if (s.v[f].kind != NOTHING)
			put_value(w, fields[f].name, &s.v[f]);
	json_close(w);
	json = json_writer_end(w, &len);
	buf_append(out, json, len);
	free(json);
	free(s.path);
}

/* ---- as `analyze` prints it ---- */

/* Printed even if unknown, as null. */
static const enum field shown_always[] = { ARTIST, TITLE, BPM, KEY,
	CAMELOT_KEY, ENERGY, DURATION, FILE_SIZE, LOUDNESS, BEAT_GRID,
	MIX_POINTS, SEGMENTS, ENERGY_CURVE, TRANSITION_HINTS };

static bool is_shown_always(enum field f)
{
	for (size_t i = 0; i < sizeof(shown_always) / sizeof(enum field); i++)
		if (shown_always[i] == f)
			return true;
	return false;
}

static void put_beats(struct json_writer *w, const struct analysis *a)
{
	size_t n;
	double *times = analysis_beat_times(a, &n);

	json_open_array(w, "beats");
	for (size_t i = 0; i < n; i++)
		json_put_double(w, NULL, times[i], 3);
	json_close(w);
	free(times);
}

static void put_reason(struct json_writer *w, const struct decoded_media *e)
{
	if (e->complete) {
		json_put_null(w, "reason");
		json_put_null(w, "why");
		return;
	}
	json_put_string(w, "reason", reason_name(reason_of(&e->fault)));
	json_put_string(w, "why", e->fault.text);
}

static void put_quality(struct json_writer *w, const struct decoded_media *e)
{
	const struct media *m = &e->media;
	const struct analysis *a = &e->analysis;

	json_put_string_if(w, "codec", m->codec);
	if (m->bitrate > 0)
		json_put_int(w, "bitrate", m->bitrate);
	json_put_bool(w, "lossless", m->lossless);
	if (a->cutoff > 0)
		json_put_double(w, "spectralCeiling", a->cutoff, 0);
	else
		json_put_null(w, "spectralCeiling");
	json_put_bool(w, "upscaled", quality_is_upscaled(m, a));
}

void document_print(const char *file, int64_t size,
    const struct decoded_media *e, bool beats, struct buf *out)
{
	const struct tags *t = &e->media.tags;
	const struct analysis *a = &e->analysis;
	struct json_writer *w = json_writer_new(false);
	struct value v[N_FIELDS] = { { .kind = NOTHING } };
	char *json;

	analysis_values(a, v);
	v[FILE_PATH] = path(file);
	v[FILE_NAME] = path(path_base(file));
	v[ARTIST] = text(t->artist);
	v[TITLE] = text(t->title);
	v[FILE_SIZE] = number((double)size, 0);
	v[GENRE] = text(t->genre);
	v[ISRC] = text(t->isrc);
	v[ANALYZER_VERSION_] = text(ANALYZER_VERSION);
	/* Entries have placeholders for unknown values; this has null. */
	if (!bpm_is_known(a))
		v[BPM].kind = NOTHING;
	if (a->key[0] == '\0')
		v[KEY].kind = NOTHING;
	if (a->energy <= 0)
		v[ENERGY].kind = NOTHING;
	json_open_object(w, NULL);
	for (enum field f = 0; f < N_FIELDS; f++)
		if (v[f].kind != NOTHING || is_shown_always(f))
			put_value(w, fields[f].name, &v[f]);
	if (beats)
		put_beats(w, a);
	put_quality(w, e);
	put_reason(w, e);
	json_close(w);
	json = json_writer_end(w, NULL);
	buf_puts(out, json);
	free(json);
}
