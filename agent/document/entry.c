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

#define MAX_BPM 400		/* what the contract allows */
#define UNKNOWN_KEY "Unknown"
#define UNKNOWN_ENERGY 5	/* an entry must have one */
#define SAME_TEMPO 0.05		/* bpm: as far as one grid serves both */

/* In the order in which a new entry has them. */
enum field {
	ID, FILE_PATH, FILE_NAME, ARTIST, TITLE, BPM, BPM_CONFIDENCE, KEY,
	CAMELOT_KEY, ENERGY, DURATION, FILE_SIZE, UPLOADED_AT, ANALYZED_AT,
	ANALYZER_VERSION_, GENRE, SPOTIFY_ID, ISRC, LOUDNESS, BEAT_GRID,
	MIX_POINTS, SEGMENTS, ENERGY_CURVE, TRANSITION_HINTS,
	N_FIELDS
};

_Static_assert(N_FIELDS <= MAX_EDITS, "every field may need an edit");

/* When a field of an entry that is there already is written. In an entry of
 * others, and where no other reason holds, only if it is unknown there. */
enum rule {
	ONCE,			/* by whoever makes the entry */
	PLACE,			/* when the file moved */
	CURRENT,		/* in ours, whenever it differs */
	HEARD,			/* in ours, after a newer analysis */
	SIGNED			/* likewise, and never in others' */
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
	[BPM] = { "bpm", HEARD },
	[BPM_CONFIDENCE] = { "bpmConfidence", HEARD },
	[KEY] = { "key", HEARD },
	[CAMELOT_KEY] = { "camelotKey", HEARD },
	[ENERGY] = { "energy", HEARD },
	[DURATION] = { "duration", HEARD },
	[FILE_SIZE] = { "fileSize", CURRENT },
	[UPLOADED_AT] = { "uploadedAt", ONCE },
	[ANALYZED_AT] = { "analyzedAt", SIGNED },
	[ANALYZER_VERSION_] = { "analyzerVersion", SIGNED },
	[GENRE] = { "genre", CURRENT },
	[SPOTIFY_ID] = { "spotifyId", CURRENT },
	[ISRC] = { "isrc", CURRENT },
	[LOUDNESS] = { "loudness", HEARD },
	[BEAT_GRID] = { "beatGrid", HEARD },
	[MIX_POINTS] = { "mixPoints", HEARD },
	[SEGMENTS] = { "segments", HEARD },
	[ENERGY_CURVE] = { "energyCurve", HEARD },
	[TRANSITION_HINTS] = { "transitionHints", HEARD },
};

/* ---- what we say ---- */

enum kind { NOTHING, NUMBER, TEXT, PATH, SOUND };

/* One field's value before it is spelt. */
struct value {
	enum kind kind;
	double number;
	int decimals;
	const char *text;	/* of TEXT and PATH */
	put_sound *put;		/* of SOUND: how, and of what */
	const struct analysis *of;
};

/* All that we can say of a file: the values, and what they point to. */
struct saying {
	struct value v[N_FIELDS];
	char *path;
	char uploaded[ISO_TIME_LEN], analyzed[ISO_TIME_LEN];
};

static struct value number(double n, int decimals)
{
	return (struct value){ .kind = NUMBER, .number = n,
		.decimals = decimals };
}

/* Nothing where there is no text or an empty one. */
static struct value text(const char *s)
{
	return (struct value){ .kind = s != NULL && *s != '\0' ? TEXT :
		NOTHING, .text = s };
}

static struct value path(const char *s)
{
	return (struct value){ .kind = PATH, .text = s };
}

static struct value sound(bool known, put_sound *put, const struct analysis *a)
{
	return (struct value){ .kind = known ? SOUND : NOTHING, .put = put,
		.of = a };
}

static bool bpm_is_known(const struct analysis *a)
{
	return a->bpm > 0 && a->bpm <= MAX_BPM;
}

/* 1 is Mixed In Key's, which ours must not become by rounding. */
static double spoken_confidence(const struct analysis *a)
{
	if (!bpm_is_known(a))
		return 0;
	return a->bpm_confidence >= 1 ? 1 : fmin(a->bpm_confidence, 0.99);
}

static void say_analysis(const struct analysis *a, struct value *v)
{
	bool bpm = bpm_is_known(a), key = a->key[0] != '\0';
	const struct structure *o = &a->structure;

	v[BPM] = number(bpm ? a->bpm : 0, 2);
	v[BPM_CONFIDENCE] = number(spoken_confidence(a), 2);
	v[KEY] = text(key ? a->key : UNKNOWN_KEY);
	v[CAMELOT_KEY] = text(key ? a->camelot : NULL);
	v[ENERGY] = number(a->energy > 0 ? a->energy : UNKNOWN_ENERGY, 0);
	if (a->duration > 0)
		v[DURATION] = number(a->duration, 3);
	if (a->has_loudness)
		v[LOUDNESS] = number(a->loudness, 2);
	v[BEAT_GRID] = sound(a->has_grid && bpm, put_beat_grid, a);
	v[MIX_POINTS] = sound(o->mix_out > 0, put_mix_points, a);
	v[SEGMENTS] = sound(o->n_segments > 0 && bpm, put_segments, a);
	v[ENERGY_CURVE] = sound(o->n_curve > 0, put_energy_curve, a);
	v[TRANSITION_HINTS] = sound(o->crossfade_bars > 0,
	    put_transition_hints, a);
}

static void say(const struct entry *e, const char *root, struct saying *s)
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
	/* Only as it stands: what needs mending is not what was meant. */
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
	say_analysis(&e->analysis, v);
}

static void say_free(struct saying *s)
{
	free(s->path);
}

/* ---- how it is spelt ---- */

/* A path as a JSON string. A byte that is no UTF-8 becomes the lone surrogate
 * that Python reads as that byte; JavaScript keeps it too. */
void entry_spell_path(const char *s, struct buf *out)
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
	struct buf spelt = BUF_INIT;

	entry_spell_path(s, &spelt);
	json_put_raw(w, key, spelt.data, spelt.len);
	buf_free(&spelt);
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
	case SOUND:
		v->put(w, key, v->of);
		break;
	}
}

static char *spell(const struct value *v)
{
	struct json_writer *w = json_writer_new(false);

	put_value(w, NULL, v);
	return json_writer_end(w, NULL);
}

/* Does have, of the document, read as v would? What is rounded or replaced
 * in spelling counts as spelt: otherwise each run would write it anew. */
static bool reads_alike(const struct json *have, const struct value *v)
{
	struct json *want;
	char *spelt;
	bool alike = false;

	if (v->kind == TEXT && json_string(have) != NULL &&
	    strcmp(json_string(have), v->text) == 0)
		return true;
	if (v->kind == SOUND || v->kind == NOTHING)
		return false;
	spelt = spell(v);
	want = json_parse(spelt, strlen(spelt), NULL);
	if (json_type(want) != json_type(have))
		alike = false;
	else if (json_type(want) == JSON_STRING)
		alike = strcmp(json_string(want), json_string(have)) == 0;
	else if (json_type(want) == JSON_NUMBER)
		alike = fabs(json_double(want, 0) - json_double(have, 0)) <
		    1e-9;
	json_free(want);
	free(spelt);
	return alike;
}

/* ---- what an entry is ---- */

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

static bool is_paid_for(const struct json *v)
{
	const struct json *confidence = member(v, BPM_CONFIDENCE);

	return json_type(confidence) == JSON_NUMBER &&
	    json_double(confidence, 0) >= 1;
}

bool entry_is_paid_for(const struct json *v)
{
	return !entry_is_ours(v) && is_paid_for(v);
}

/* The byte that Python's surrogateescape made three of; -1 if s, of at least
 * three bytes or a NUL before that, is something else. */
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

/* Old entries say 5 when they know nothing else either. */
bool entry_energy_is_unknown(const struct json *v)
{
	return number_is_unknown(v, ENERGY) ||
	    (json_int(member(v, ENERGY), 0) == UNKNOWN_ENERGY &&
	    number_is_unknown(v, BPM) && text_is_unknown(v, KEY));
}

/* Is this field of an entry absent, or one of the ways to say "unknown"? */
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

/* ---- what it lacks ---- */

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

/* Makes v's field f what we say, or takes it away if we say nothing. */
static void set(const struct json *v, enum field f, const struct value *want,
    struct edits *out)
{
	if (want->kind == NOTHING && member(v, f) != NULL)
		add_edit(out, f, NULL);
	else if (want->kind != NOTHING && !reads_alike(member(v, f), want))
		add_edit(out, f, spell(want));
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
	/* Someone paid for what is there now, and left our signature. */
	if (is_paid_for(v) && e->analysis.bpm_confidence < 1)
		return false;
	/* The file's own tags have come to say so. */
	if (!is_paid_for(v) && e->analysis.bpm_confidence >= 1)
		return true;
	return then == NULL || time_from_iso(then, &t) != 0 ||
	    t < e->analyzed_at || (analyzer_is_older(version_of(v)) &&
	    !analyzer_is_older(e->version));
}

/* Key and Camelot code are two spellings of one thing: where one is known,
 * the other follows from it and not from what we heard. */
static void fill_key(const struct json *v, const struct value *said,
    struct edits *out)
{
	bool no_key = is_unknown(v, KEY), no_code = is_unknown(v, CAMELOT_KEY);
	struct value key = said[KEY], code = said[CAMELOT_KEY];
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

/* Our grid, and how many beats a section has, belong to our tempo. */
static bool tempo_fits(const struct json *v, const struct entry *e)
{
	return is_unknown(v, BPM) || fabs(json_double(member(v, BPM), 0) -
	    e->analysis.bpm) <= SAME_TEMPO;
}

static bool can_fill(const struct json *v, enum field f,
    const struct entry *e, const struct value *want)
{
	if (want->kind == NOTHING || fields[f].rule == ONCE ||
	    fields[f].rule == PLACE || fields[f].rule == SIGNED)
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

static bool is_of_no_track(const struct entry *e)
{
	return e->spotify_id != NULL && *e->spotify_id == '\0';
}

void entry_edits(const struct json *v, const struct entry *e,
    const char *root, bool moved, struct edits *out)
{
	bool ours = entry_is_ours(v), newer = ours && is_newer(v, e);
	struct saying s = { 0 };

	out->count = 0;
	if (!ours && is_paid_for(v))
		return;
	say(e, root, &s);
	for (enum field f = 0; f < N_FIELDS; f++) {
		enum rule rule = fields[f].rule;
		bool known = s.v[f].kind != NOTHING ||
		    (f == SPOTIFY_ID && is_of_no_track(e));

		if ((rule == PLACE && moved) ||
		    (rule == CURRENT && ours && known) ||
		    ((rule == HEARD || rule == SIGNED) && newer))
			set(v, f, &s.v[f], out);
		else if (can_fill(v, f, e, &s.v[f]))
			set(v, f, &s.v[f], out);
	}
	if (!newer)
		fill_key(v, s.v, out);
	say_free(&s);
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
	struct saying s = { 0 };
	size_t len;
	char *json;

	say(e, root, &s);
	s.v[ID] = text(id);
	json_open_object(w, NULL);
	for (enum field f = 0; f < N_FIELDS; f++)
		if (s.v[f].kind != NOTHING)
			put_value(w, fields[f].name, &s.v[f]);
	json_close(w);
	json = json_writer_end(w, &len);
	buf_append(out, json, len);
	free(json);
	say_free(&s);
}

/* ---- as `analyze` prints it ---- */

/* Always there: null says that it could not be told. */
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

static void put_fault(struct json_writer *w, const struct examination *e)
{
	if (e->complete) {
		json_put_null(w, "reason");
		json_put_null(w, "why");
		return;
	}
	json_put_string(w, "reason", reason_name(reason_of(&e->fault)));
	json_put_string(w, "why", e->fault.text);
}

/* What the file is worth, beside how it sounds. */
static void put_quality(struct json_writer *w, const struct examination *e)
{
	const struct media *m = &e->media;
	const struct analysis *a = &e->analysis;

	json_put_string_if(w, "codec", m->codec);
	if (m->bitrate > 0)
		json_put_int(w, "bitrate", m->bitrate);
	json_put_bool(w, "lossless", m->lossless);
	if (a->ceiling > 0)
		json_put_double(w, "spectralCeiling", a->ceiling, 0);
	else
		json_put_null(w, "spectralCeiling");
	json_put_bool(w, "upscaled", quality_is_upscaled(m, a));
}

void document_print(const char *file, int64_t size,
    const struct examination *e, bool beats, struct buf *out)
{
	const struct tags *t = &e->media.tags;
	const struct analysis *a = &e->analysis;
	struct json_writer *w = json_writer_new(false);
	struct value v[N_FIELDS] = { { .kind = NOTHING } };
	char *json;

	say_analysis(a, v);
	v[FILE_PATH] = path(file);
	v[FILE_NAME] = path(path_base(file));
	v[ARTIST] = text(t->artist);
	v[TITLE] = text(t->title);
	v[FILE_SIZE] = number((double)size, 0);
	v[GENRE] = text(t->genre);
	v[ISRC] = text(t->isrc);
	v[ANALYZER_VERSION_] = text(ANALYZER_VERSION);
	/* An entry has words for "unknown" here; this has null. */
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
	put_fault(w, e);
	json_close(w);
	json = json_writer_end(w, NULL);
	buf_puts(out, json);
	free(json);
}
