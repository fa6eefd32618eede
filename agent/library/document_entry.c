/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/document_entry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

#define UNKNOWN_ENERGY 5	/* what readers and old entries mean by 5 */

void fields_free(struct fields *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->items[i].value);
	f->count = 0;
}

/* ---- values ---- */

static void set(struct fields *f, const char *name, char *value)
{
	if (f->count == sizeof(f->items) / sizeof(f->items[0])) {
		free(value);
		return;
	}
	f->items[f->count++] = (struct field){ name, value };
}

/* JSON text of a path, with bytes that are no UTF-8 as Python's lone
 * surrogates: that is how the document's other writers spell them. */
static char *path_text(const char *path)
{
	struct buf b = BUF_INIT;
	size_t len = strlen(path);

	buf_putc(&b, '"');
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)path[i];
		size_t n = utf8_length(path + i, len - i);

		if (n == 0)
			buf_printf(&b, "\\udc%02x", c);
		else if (c == '"' || c == '\\')
			buf_printf(&b, "\\%c", c);
		else if (c < 0x20)
			buf_printf(&b, "\\u%04x", c);
		else
			buf_append(&b, path + i, n);
		i += n > 0 ? n : 1;
	}
	buf_putc(&b, '"');
	return buf_take(&b);
}

static void set_string(struct fields *f, const char *name, const char *v)
{
	struct json_writer *w;

	if (v == NULL || *v == '\0')
		return;
	w = json_writer_new(false);
	json_put_string(w, NULL, v);
	set(f, name, json_writer_end(w, NULL));
}

static void set_number(struct fields *f, const char *name, double v,
    int decimals)
{
	struct json_writer *w = json_writer_new(false);

	json_put_double(w, NULL, v, decimals);
	set(f, name, json_writer_end(w, NULL));
}

static void set_time(struct fields *f, const char *name, int64_t t)
{
	char text[ISO_TIME_LEN];

	time_to_iso(t, text);
	set_string(f, name, text);
}

static void set_grid(struct fields *f, const struct analysis *a)
{
	struct json_writer *w;

	if (!a->has_grid)
		return;
	w = json_writer_new(false);
	json_open_object(w, NULL);
	json_put_double(w, "firstBeat", a->first_beat, 4);
	json_put_double(w, "downbeat", a->downbeat, 4);
	json_put_int(w, "beatsPerBar", a->beats_per_bar);
	json_put_bool(w, "constant", a->constant);
	json_close(w);
	set(f, "beatGrid", json_writer_end(w, NULL));
}

static void set_path(struct fields *f, const struct entry *e,
    const char *root)
{
	char *path = path_join(root, e->path);

	set(f, "filePath", path_text(path));
	set(f, "fileName", path_text(path_base(path)));
	free(path);
}

/* ---- what is to be set ---- */

static void set_analysis(struct fields *f, const struct entry *e)
{
	const struct analysis *a = &e->analysis;

	set_number(f, "bpm", a->bpm, 2);
	set_number(f, "bpmConfidence", a->bpm > 0 ? a->bpm_confidence : 0, 3);
	set_string(f, "key", a->key[0] != '\0' ? a->key : "Unknown");
	set_string(f, "camelotKey", a->camelot);
	set_number(f, "energy", a->energy > 0 ? a->energy : UNKNOWN_ENERGY,
	    0);
	set_number(f, "duration", a->duration, 3);
	if (a->has_loudness)
		set_number(f, "loudness", a->loudness, 2);
	set_grid(f, a);
	set_time(f, "analyzedAt", e->analyzed_at);
	set_string(f, "analyzerVersion", ANALYZER_VERSION);
}

void fields_for_new(const struct entry *e, const char *root, const char *id,
    struct fields *out)
{
	out->count = 0;
	set_string(out, "id", id);
	set_path(out, e, root);
	set_string(out, "artist", e->artist);
	set_string(out, "title", e->title);
	set_analysis(out, e);
	set_number(out, "fileSize", (double)e->size, 0);
	set_time(out, "uploadedAt", e->added_at);
	set_string(out, "genre", e->tags.genre);
	set_string(out, "spotifyId", e->spotify_id);
	set_string(out, "isrc", e->isrc);
}

static bool has_text(const struct json *v, const char *name,
    const char *text)
{
	const char *there = json_get_string(v, name);

	return there != NULL && text != NULL && strcmp(there, text) == 0;
}

static bool is_at(const struct json *v, const struct entry *e,
    const char *root)
{
	char *there = entry_path(v), *path = path_join(root, e->path);
	bool same = there != NULL && strcmp(there, path) == 0;

	free(there);
	free(path);
	return same;
}

void fields_for_ours(const struct entry *e, const char *root,
    const struct json *v, struct fields *out)
{
	char when[ISO_TIME_LEN];

	out->count = 0;
	if (!is_at(v, e, root))
		set_path(out, e, root);
	time_to_iso(e->analyzed_at, when);
	if (e->analyzed && !has_text(v, "analyzedAt", when))
		set_analysis(out, e);
	if (!has_text(v, "artist", e->artist))
		set_string(out, "artist", e->artist);
	if (!has_text(v, "title", e->title))
		set_string(out, "title", e->title);
	if (json_get_int(v, "fileSize", -1) != e->size)
		set_number(out, "fileSize", (double)e->size, 0);
	if (e->spotify_id != NULL && !has_text(v, "spotifyId", e->spotify_id))
		set_string(out, "spotifyId", e->spotify_id);
	if (e->isrc != NULL && !has_text(v, "isrc", e->isrc))
		set_string(out, "isrc", e->isrc);
	if (e->tags.genre != NULL && !has_text(v, "genre", e->tags.genre))
		set_string(out, "genre", e->tags.genre);
}

/* Is there nothing in v under this name? */
static bool lacks(const struct json *v, const char *name)
{
	return json_type(json_get(v, name)) == JSON_NULL ||
	    has_text(v, name, "");
}

/* Tempo, key and what depends on them, where nobody could tell before. */
static void fill_analysis(const struct entry *e, const struct json *v,
    struct fields *out)
{
	const struct analysis *a = &e->analysis;
	bool no_bpm = json_get_double(v, "bpm", 0) <= 0;
	bool no_key = lacks(v, "key") || has_text(v, "key", "Unknown");

	if (no_bpm && a->bpm > 0) {
		set_number(out, "bpm", a->bpm, 2);
		set_number(out, "bpmConfidence", a->bpm_confidence >= 1 ?
		    0.99 : a->bpm_confidence, 3);
	}
	if (no_key && a->key[0] != '\0')
		set_string(out, "key", a->key);
	if (lacks(v, "camelotKey") && a->camelot[0] != '\0' &&
	    (no_key || has_text(v, "key", a->key)))
		set_string(out, "camelotKey", a->camelot);
	/* 5 meant "unknown" where nothing else was known either. */
	if (a->energy > 0 && (json_get_int(v, "energy", 0) <= 0 ||
	    (no_bpm && no_key && json_get_int(v, "energy", 0) ==
	    UNKNOWN_ENERGY && a->energy != UNKNOWN_ENERGY)))
		set_number(out, "energy", a->energy, 0);
	if (json_get_double(v, "duration", 0) <= 0 && a->duration > 0)
		set_number(out, "duration", a->duration, 3);
	if (lacks(v, "loudness") && a->has_loudness)
		set_number(out, "loudness", a->loudness, 2);
	/* A grid is worth something only with the tempo that it is of. */
	if (lacks(v, "beatGrid") && (no_bpm ||
	    fabs(json_get_double(v, "bpm", 0) - a->bpm) < 0.05))
		set_grid(out, a);
}

void fields_for_theirs(const struct entry *e, const char *root,
    const struct json *v, struct fields *out)
{
	out->count = 0;
	if (!is_at(v, e, root))
		set_path(out, e, root);
	if (e->analyzed)
		fill_analysis(e, v, out);
	if (lacks(v, "fileSize"))
		set_number(out, "fileSize", (double)e->size, 0);
	if (lacks(v, "spotifyId"))
		set_string(out, "spotifyId", e->spotify_id);
	if (lacks(v, "isrc"))
		set_string(out, "isrc", e->isrc);
	if (lacks(v, "genre"))
		set_string(out, "genre", e->tags.genre);
}

bool entry_is_ours(const struct json *v)
{
	const char *version = json_get_string(v, "analyzerVersion");

	return version != NULL && strncmp(version, ANALYZER_PREFIX,
	    strlen(ANALYZER_PREFIX)) == 0;
}

bool entry_is_mixed_in_key(const struct json *v)
{
	return !entry_is_ours(v) &&
	    json_get_double(v, "bpmConfidence", 0) >= 1;
}

char *entry_path(const struct json *v)
{
	const char *text = json_get_string(v, "filePath");
	struct buf b = BUF_INIT;

	if (text == NULL)
		return NULL;
	for (const unsigned char *p = (const unsigned char *)text; *p != 0;
	    p++) {
		/* U+DC80 .. U+DCFF, as the reader spells lone ones. */
		if (p[0] == 0xed && (p[1] == 0xb2 || p[1] == 0xb3) &&
		    (p[2] & 0xc0) == 0x80) {
			buf_putc(&b, (char)((p[1] & 1) << 6 | (p[2] & 0x3f) |
			    0x80));
			p += 2;
		} else {
			buf_putc(&b, (char)*p);
		}
	}
	return buf_take(&b);
}

/* ---- into the text ---- */

struct span {
	off_t begin, end;
};

struct patching {
	const struct fields *set;
	struct span place[24];	/* of each field's value; end 0: absent */
	off_t last_end;		/* of the last member's value; 0: none */
};

static int note_member(void *ctx, const char *key, const struct json *value,
    off_t begin, off_t end)
{
	struct patching *p = ctx;

	(void)value;
	for (size_t i = 0; i < p->set->count; i++)
		if (strcmp(p->set->items[i].name, key) == 0)
			p->place[i] = (struct span){ begin, end };
	p->last_end = end;
	return 0;
}

static int no_element(void *ctx, const struct json *v, off_t begin, off_t end)
{
	(void)ctx, (void)v, (void)begin, (void)end;
	return 0;
}

static int find_members(const char *text, size_t len, struct patching *p)
{
	const struct json_stream_handler h = {
		.array = "\001",	/* no member is an array of elements */
		.keep_depth = 1, .on_element = no_element,
		.on_member = note_member, .ctx = p };
	struct json_stream *s = json_stream_new(&h);
	int failed = json_stream_feed(s, text, len, NULL) != 0 ||
	    json_stream_finish(s, NULL) != 0;

	json_stream_free(s);
	return failed ? -1 : 0;
}

/* What stands before a member (a newline and blanks, or nothing), and whether
 * a blank follows the colon: the entry's own style. */
static void find_style(const char *text, size_t len, char **lead,
    const char **colon)
{
	size_t n = 1;

	while (n < len && strchr(" \t\r\n", text[n]) != NULL)
		n++;
	*lead = xstrndup(text + 1, n - 1);
	*colon = memmem(text, len, "\": ", 3) != NULL ? ": " : ":";
	if (**lead == '\0' && (*colon)[1] == ' ') {
		free(*lead);
		*lead = xstrdup(" ");	/* Python's: ", " and ": " */
	}
}

static void put_member(struct buf *out, const struct field *f, bool first,
    const char *lead, const char *colon)
{
	if (!first)
		buf_putc(out, ',');
	if (!first || strchr(lead, '\n') != NULL)
		buf_puts(out, lead);
	buf_printf(out, "\"%s\"%s%s", f->name, colon, f->value);
}

int entry_patch(const char *text, size_t len, const struct fields *set_to,
    struct buf *out)
{
	struct patching p = { .set = set_to };
	const char *colon;
	char *lead;
	off_t at = 0;

	if (find_members(text, len, &p) != 0)
		return -1;
	find_style(text, len, &lead, &colon);
	/* In the order in which the values stand. */
	for (;;) {
		size_t next = SIZE_MAX;

		for (size_t i = 0; i < set_to->count; i++)
			if (p.place[i].end > 0 && p.place[i].begin >= at &&
			    (next == SIZE_MAX ||
			    p.place[i].begin < p.place[next].begin))
				next = i;
		if (next == SIZE_MAX)
			break;
		buf_append(out, text + at, (size_t)(p.place[next].begin -
		    at));
		buf_puts(out, set_to->items[next].value);
		at = p.place[next].end;
	}
	if (p.last_end == 0)	/* "{}" */
		p.last_end = 1;
	buf_append(out, text + at, (size_t)(p.last_end - at));
	for (size_t i = 0; i < set_to->count; i++)
		if (p.place[i].end == 0)
			put_member(out, &set_to->items[i], p.last_end == 1 &&
			    i == 0, lead, colon);
	buf_append(out, text + p.last_end, len - (size_t)p.last_end);
	free(lead);
	return 0;
}

void entry_render(const struct fields *set_to, const char *lead,
    struct buf *out)
{
	bool indented = strchr(lead, '\n') != NULL;
	char *inner = xasprintf("%s%s", lead, indented ? "  " : "");

	buf_putc(out, '{');
	for (size_t i = 0; i < set_to->count; i++)
		put_member(out, &set_to->items[i], i == 0, inner,
		    indented ? ": " : ":");
	if (indented)
		buf_puts(out, lead);
	buf_putc(out, '}');
	free(inner);
}
