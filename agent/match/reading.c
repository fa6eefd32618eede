/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/reading.h"

#include <ctype.h>
#include <string.h>

#include "match/keys.h"

/* ---- the artists ---- */

static void raise_to(enum named *n, enum named to)
{
	if (*n < to)
		*n = to;
}

/* Whether a name may end between words i - 1 and i. */
static bool is_boundary(const struct words *w, const uint8_t *role, size_t i)
{
	const struct word *a, *b;

	if (i == 0 || i >= w->count)
		return true;
	a = &w->word[i - 1];
	b = &w->word[i];
	return b->joint || a->segment != b->segment ||
	    (a->script != b->script && a->script != SCRIPT_NONE &&
	    b->script != SCRIPT_NONE) ||
	    role[i] == ROLE_TITLE || role[i - 1] == ROLE_TITLE ||
	    role[i - 1] == ROLE_ARTIST || role[i - 1] == ROLE_NUMBER ||
	    a->separator || b->separator;
}

static bool is_across_dash(const struct words *w, size_t i)
{
	size_t a = w->word[i - 1].segment, b = w->word[i].segment;

	return a != b && !w->segment[a].bracket && !w->segment[b].bracket;
}

/* The number of words of the artist's name at word i; 0: not there, or a part
 * of a longer name ("Air" in "Air Supply"). */
static size_t artist_at(const struct words *w, const uint8_t *role, size_t i,
    const struct piece *name)
{
	size_t len = words_run(w, i, name);

	for (size_t k = i; k < i + len; k++)
		if (role[k] == ROLE_TITLE ||
		    (k > i && is_across_dash(w, k)))
			return 0;
	return is_boundary(w, role, i) && is_boundary(w, role, i + len) ?
	    len : 0;
}

/* Whether a name and the words from to to - 1 of b sound alike in two
 * scripts. */
static bool same_sound(const struct words *name, const struct words *b,
    size_t from, size_t to)
{
	char ours[128], theirs[128];

	return words_script(name, 0, name->count) !=
	    words_script(b, from, to) &&
	    words_sound(name, 0, name->count, ours, sizeof(ours)) &&
	    words_sound(b, from, to, theirs, sizeof(theirs)) &&
	    strlen(ours) >= MIN_SOUND && strcmp(ours, theirs) == 0;
}

/* Artists in the fields that contain only names. */
static void find_in_fields(struct reading *r)
{
	static const uint8_t open[MAX_WORDS];
	const struct offer_words *ow = r->ow;
	const struct {
		const struct words *w;
		enum named level;
	} fields[] = { { &ow->artist, NAMED_IN_FIELD },
		{ &ow->channel, NAMED_BY_CHANNEL },
		{ &ow->folders, NAMED_IN_FOLDER } };

	for (size_t a = 0; a < r->s->artists; a++) {
		const struct piece *name = &r->s->artist_name[a];

		for (size_t f = 0; f < sizeof(fields) / sizeof(*fields); f++)
			for (size_t i = 0; i < fields[f].w->count; i++)
				if (artist_at(fields[f].w, open, i, name) > 0)
					raise_to(&r->artist[a],
					    fields[f].level);
		if (piece_same(name, &ow->channel_name))
			raise_to(&r->artist[a], NAMED_BY_CHANNEL);
		for (size_t f = 0; f < 2; f++)
			if (same_sound(&r->s->artist[a], fields[f].w, 0,
			    fields[f].w->count))
				raise_to(&r->artist[a], NAMED_BY_SOUND);
	}
}

static bool is_artist_word(const struct subject *s, const char *key)
{
	for (size_t a = 0; a < s->artists; a++)
		if (words_has(&s->artist[a], key))
			return true;
	return false;
}

/* ---- the words of the offer's title ---- */

static void mark_artists(struct reading *r)
{
	for (size_t i = 0; i < r->w->count; i++) {
		size_t len = 0;

		for (size_t a = 0; a < r->s->artists && len == 0 &&
		    (r->role[i] == ROLE_OPEN ||
		    r->role[i] == ROLE_ARTIST_PART); a++)
			len = artist_at(r->w, r->role, i,
			    &r->s->artist_name[a]);
		memset(r->role + i, ROLE_ARTIST, len);
		if (r->role[i] == ROLE_OPEN && *r->w->word[i].key != '\0' &&
		    is_artist_word(r->s, r->w->word[i].key))
			r->role[i] = ROLE_ARTIST_PART;
	}
}

/* "8A", "11b": a Camelot key. */
static bool is_camelot(const char *key)
{
	size_t n = strspn(key, "0123456789");

	return n >= 1 && n <= 2 && (key[n] == 'a' || key[n] == 'b') &&
	    key[n + 1] == '\0';
}

/* "abc123": letters and digits, a catalogue number. */
static bool is_catalogue(const char *key)
{
	size_t digits = 0, len = strlen(key);

	for (const char *p = key; *p != '\0'; p++) {
		if ((unsigned char)*p >= 0x80)
			return false;
		digits += isdigit((unsigned char)*p) != 0;
	}
	return len >= 5 && digits >= 2 && digits < len;
}

/* The number of words of a track number: "03", "1-07", or "A2", a side of a
 * record. A single digit may belong to the title. */
static size_t leading_numbers(const struct words *w, size_t from)
{
	size_t i, digits = 0, end = words_segment_end(w, from);

	for (i = from; i < end; i++) {
		const char *key = w->word[i].key;

		if (!word_is_number(key) && !(key[0] >= 'a' && key[0] <= 'f' &&
		    isdigit((unsigned char)key[1]) && key[2] == '\0'))
			break;
		digits += strlen(w->word[i].text);
	}
	return digits >= 2 ? i - from : 0;
}

/* Irrelevant numbers: at the beginning of a segment of a file's name, in
 * brackets, and segments of their own. */
static void mark_numbers(struct reading *r)
{
	const struct words *w = r->w;
	size_t head = 0, len;

	for (size_t i = 0; i < w->count; i++) {
		const char *key = w->word[i].key;
		bool bracket = w->segment[w->word[i].segment].bracket;
		bool beside = w->word[i].segment == r->title_segment;

		if (r->o->is_file && (i == 0 ||
		    w->word[i - 1].segment != w->word[i].segment))
			head = i + leading_numbers(w, i);
		if (r->role[i] != ROLE_OPEN ||
		    phrase_at(w, i, true, &len) != NULL)
			continue;
		if (i < head || (year_of(key) != 0 && i > 0 &&
		    r->role[i - 1] != ROLE_TITLE) || (!beside && (
		    word_is_number(key) || is_camelot(key) ||
		    (bracket && is_catalogue(key)))))
			r->role[i] = ROLE_NUMBER;
	}
}

/* Segments that sound like an artist and are in another script. */
static void mark_by_sound(struct reading *r)
{
	for (size_t from = 0, to; from < r->w->count; from = to) {
		to = words_segment_end(r->w, from);
		if (r->w->word[from].segment == r->title_segment)
			continue;
		for (size_t a = 0; a < r->s->artists; a++) {
			if (!same_sound(&r->s->artist[a], r->w, from, to))
				continue;
			memset(r->role + from, ROLE_ARTIST_PART, to - from);
			raise_to(&r->artist[a], NAMED_BY_SOUND);
		}
	}
}

/* The album's name contains no marks, whatever its words. */
static void mark_album(struct reading *r)
{
	for (size_t i = 0; r->s->album_marks == 0 && i < r->w->count; i++) {
		size_t len = words_run(r->w, i, &r->s->album_name);

		if (len >= 2 && !has_role(r->role, i, i + len, ROLE_TITLE) &&
		    r->w->word[i].segment != r->title_segment)
			memset(r->role + i, ROLE_NEUTRAL, len);
	}
}

/* Square brackets with the name of a label. */
static bool is_label(const struct words *w, size_t from, size_t to)
{
	static const char *const labels[] = { "records", "recordings",
		"release", "premiere" };

	for (size_t i = from; i < to; i++)
		for (size_t k = 0; k < sizeof(labels) / sizeof(*labels); k++)
			if (strcmp(w->word[i].text, labels[k]) == 0)
				return w->segment[w->word[i].segment].square;
	return false;
}

/* Words of the album, the folders, the channel or the title. */
static bool is_known(const struct reading *r, const char *key)
{
	return words_has(&r->s->album, key) ||
	    words_has(&r->ow->folders, key) ||
	    words_has(&r->ow->channel, key) ||
	    words_has(&r->s->title.words, key);
}

static bool is_other_guest(const struct reading *r, size_t i)
{
	const struct subject *s = r->s;
	const char *key = r->w->word[i].key;
	size_t len;

	return *key != '\0' && !is_artist_word(s, key) &&
	    !words_has(&s->title.words, key) && !words_has(&s->album, key) &&
	    phrase_at(r->w, i, true, &len) == NULL &&
	    (s->artists == 0 || words_script(r->w, i, i + 1) ==
	    words_script(&s->artist[0], 0, s->artist[0].count));
}

/* In the title's own segment, the names of a version follow the title. */
static size_t version_names_start(const struct reading *r, size_t from,
    size_t to)
{
	for (size_t i = to; i > from; i--)
		if (r->role[i - 1] == ROLE_TITLE)
			return i;
	return from;
}

/* Whether a word beside word i of its segment has the role. */
static bool touches(const struct reading *r, size_t i, enum role role)
{
	const struct word *word = r->w->word;

	return (i > 0 && r->role[i - 1] == role && !word[i].joint &&
	    word[i - 1].segment == word[i].segment) ||
	    (i + 1 < r->w->count && r->role[i + 1] == role &&
	    !word[i + 1].joint && word[i + 1].segment == word[i].segment);
}

/* Small words beside the title belong to it: "In Time" is not "Time". Those
 * between it and the artist do not: "Time by ..." */
static bool is_of_title(const struct reading *r, size_t i)
{
	size_t len;
	const struct phrase *p = phrase_at(r->w, i, true, &len);

	return (r->role[i] == ROLE_WEAK || r->role[i] == ROLE_SMALL) &&
	    touches(r, i, ROLE_TITLE) && (p == NULL ||
	    p->kind != PHRASE_JOINER || !touches(r, i, ROLE_ARTIST));
}

/* Counts the unexplained words of one segment. */
static void count_open(struct reading *r, size_t from, size_t to)
{
	const struct words *w = r->w, *title = &r->s->title.words;
	size_t segment = w->word[from].segment;
	bool beside = segment == r->title_segment;
	bool bracket = !beside && (w->segment[segment].bracket ||
	    (segment > r->title_segment && !has_role(r->role, from, to,
	    ROLE_ARTIST)));
	bool marked = has_any_mark(r->role, from, to);
	enum script script = words_script(title, 0, title->count);

	/* "A - Album - 03 - Title" has the album before the number. */
	if (bracket ? is_label(w, from, to) : !beside && r->o->is_file &&
	    to < w->count && word_is_number(w->word[to].text) &&
	    strlen(w->word[to].text) >= 2)
		return;
	for (size_t i = from; i < to; i++) {
		const char *key = w->word[i].key;

		if (r->role[i] != ROLE_TITLE && is_part_number(w, i, to))
			r->beside_title++;
		if (*key == '\0' || (r->role[i] != ROLE_OPEN && (!beside ||
		    (r->role[i] != ROLE_ARTIST_PART && !is_of_title(r, i)))) ||
		    (marked && (!beside ||
		    i >= version_names_start(r, from, to))))
			continue;
		if (beside ? !touches(r, i, ROLE_TITLE) &&
		    words_has(&r->ow->channel, key) : is_known(r, key))
			continue;
		if (w->word[i].script != script &&
		    w->word[i].script != SCRIPT_NONE)
			r->translated = true;
		else if (beside)
			r->beside_title++;
		else if (bracket)
			r->in_brackets++;
		else
			r->elsewhere++;
	}
}

static void read_segment(struct reading *r, size_t from, size_t to)
{
	const struct words *w = r->w;
	size_t segment = w->word[from].segment;
	bool apart = segment != r->title_segment;
	enum named level = w->segment[segment].bracket && apart ?
	    NAMED_IN_BRACKET : NAMED_IN_TITLE;
	size_t names = apart ? from : version_names_start(r, from, to);

	roles_by_phrase(w, r->role, from, to, apart);
	version_add(&r->version, w, r->role, names, to);
	version_add(&r->version, w, r->role, from, names);
	for (size_t i = from; i < to; i++) {
		if (r->role[i] == ROLE_GUEST && is_other_guest(r, i))
			r->other_guest = true;
		if (r->role[i] != ROLE_ARTIST ||
		    (apart && has_any_mark(r->role, from, to)))
			continue;
		r->artist_first |= segment <= r->title_segment;
		for (size_t a = 0; a < r->s->artists; a++)
			if (artist_at(w, r->role, i,
			    &r->s->artist_name[a]) > 0)
				raise_to(&r->artist[a], level);
	}
	count_open(r, from, to);
}

/* "Queen - Killer Queen" is not "Killer": an artist named elsewhere is not
 * named again directly after the title. */
static bool ends_with_artist(const struct reading *r)
{
	const struct words *w = r->w;
	bool elsewhere = r->artist[0] >= NAMED_BY_CHANNEL;
	bool behind = false;

	for (size_t i = 0; i < w->count; i++) {
		if (r->role[i] != ROLE_ARTIST &&
		    r->role[i] != ROLE_ARTIST_PART)
			continue;
		if (w->word[i].segment != r->title_segment)
			elsewhere = true;
		else if (i > 0 && !w->word[i].joint &&
		    r->role[i - 1] == ROLE_TITLE)
			behind = true;
	}
	return behind && elsewhere;
}

void reading_make(struct reading *r, const struct subject *s,
    const struct offer *o, const struct offer_words *ow, size_t first,
    size_t len)
{
	const struct words *w = &ow->title;

	*r = (struct reading){ .s = s, .o = o, .ow = ow, .w = w,
		.title_segment = w->word[first].segment };
	memset(r->role + first, ROLE_TITLE, len);
	mark_artists(r);
	mark_by_sound(r);
	mark_album(r);
	mark_numbers(r);
	mark_artists(r);	/* again: "03 Artist" */
	find_in_fields(r);
	for (size_t from = 0, to; from < w->count; from = to) {
		to = words_segment_end(w, from);
		read_segment(r, from, to);
	}
	if (ends_with_artist(r))
		r->beside_title++;
}
