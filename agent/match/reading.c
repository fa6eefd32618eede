/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/reading.h"

#include <ctype.h>
#include <string.h>


/* ---- the artists ---- */

static void raise(enum named *n, enum named to)
{
	if (*n < to)
		*n = to;
}

/* Is there an edge of a name between words i - 1 and i? Both are in one if
 * nothing tells. */
static bool is_edge(const struct words *w, const uint8_t *role, size_t i)
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
	    a->parts || b->parts;
}

static bool is_across_dash(const struct words *w, size_t i)
{
	size_t a = w->word[i - 1].segment, b = w->word[i].segment;

	return a != b && !w->segment[a].bracket && !w->segment[b].bracket;
}

/* The artist's whole name at word i, not a part of a longer one: "Air" is not
 * in "Air Supply". How many words; 0: it is not. */
static size_t artist_at(const struct words *w, const uint8_t *role, size_t i,
    const struct piece *name)
{
	size_t len = words_run(w, i, name);

	for (size_t k = i; k < i + len; k++)
		if (role[k] == ROLE_TITLE ||
		    (k > i && is_across_dash(w, k)))
			return 0;
	return len > 0 && is_edge(w, role, i) && is_edge(w, role, i + len) ?
	    len : 0;
}

/* Artists in a field that holds nothing else. */
static void find_artists(const struct subject *s, const struct words *w,
    enum named level, enum named *named)
{
	static const uint8_t open[MAX_WORDS];

	for (size_t a = 0; a < s->artists; a++)
		for (size_t i = 0; i < w->count; i++)
			if (artist_at(w, open, i, &s->artist_name[a]) > 0)
				raise(&named[a], level);
}

static bool same_sound(const struct words *a, const struct words *b)
{
	char ours[128], theirs[128];

	return a->count > 0 && b->count > 0 &&
	    words_script(a, 0, a->count) != words_script(b, 0, b->count) &&
	    words_sound(a, 0, a->count, ours, sizeof(ours)) &&
	    words_sound(b, 0, b->count, theirs, sizeof(theirs)) &&
	    strlen(ours) >= MIN_SOUND && strcmp(ours, theirs) == 0;
}

static void name_artists(struct reading *r, const struct subject *s,
    const struct offer_words *ow)
{
	find_artists(s, &ow->artist, NAMED_IN_FIELD, r->artist);
	find_artists(s, &ow->channel, NAMED_BY_CHANNEL, r->artist);
	find_artists(s, &ow->folders, NAMED_IN_FOLDER, r->artist);
	for (size_t a = 0; a < s->artists; a++) {
		if (piece_same(&s->artist_name[a], &ow->channel_name))
			raise(&r->artist[a], NAMED_BY_CHANNEL);
		if (same_sound(&s->artist[a], &ow->artist) ||
		    same_sound(&s->artist[a], &ow->channel))
			raise(&r->artist[a], NAMED_BY_SOUND);
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

static void mark_title(struct reading *r, const struct words *w,
    size_t first, size_t len)
{
	memset(r->role, ROLE_OPEN, sizeof(r->role));
	memset(r->role + first, ROLE_TITLE, len);
	r->title_segment = w->word[first].segment;
}

static void mark_artists(struct reading *r, const struct subject *s,
    const struct words *w)
{
	for (size_t i = 0; i < w->count; i++) {
		for (size_t a = 0; a < s->artists; a++) {
			bool open = r->role[i] == ROLE_OPEN ||
			    r->role[i] == ROLE_ARTIST_PART;
			size_t len = !open ? 0 :
			    artist_at(w, r->role, i, &s->artist_name[a]);

			if (len == 0)
				continue;
			memset(r->role + i, ROLE_ARTIST, len);
			break;
		}
		if (r->role[i] == ROLE_OPEN && *w->word[i].key != '\0' &&
		    is_artist_word(s, w->word[i].key))
			r->role[i] = ROLE_ARTIST_PART;
	}
}

/* "8A", "11b": a key as disc jockeys write it. */
static bool is_camelot(const char *key)
{
	size_t n = strspn(key, "0123456789");

	return n >= 1 && n <= 2 && (key[n] == 'a' || key[n] == 'b') &&
	    key[n + 1] == '\0';
}

/* "a1": a side of a record. */
static bool is_side(const char *key)
{
	return key[0] >= 'a' && key[0] <= 'f' &&
	    isdigit((unsigned char)key[1]) && key[2] == '\0';
}

/* "abc123": letters and digits, as catalogues have them. */
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

static bool is_number(const char *key)
{
	return *key != '\0' && key[strspn(key, "0123456789")] == '\0';
}

/* The words of a file's segment that number it: "03", "1-07", "A2". A single
 * digit may be the title's. */
static size_t numbers_at_head(const struct words *w, size_t from)
{
	size_t i = from, digits = 0;

	while (i < w->count && w->word[i].segment == w->word[from].segment &&
	    (is_number(w->word[i].key) || is_side(w->word[i].key)))
		digits += strlen(w->word[i++].text);
	return digits >= 2 ? i - from : 0;
}

/* Numbers that say nothing: at the head of what a file's name is made of, in
 * brackets, and as segments of their own. */
static void mark_numbers(struct reading *r, const struct offer *o,
    const struct words *w)
{
	size_t head = 0, len;

	for (size_t i = 0; i < w->count; i++) {
		const char *key = w->word[i].key;
		bool bracket = w->segment[w->word[i].segment].bracket;
		bool beside = w->word[i].segment == r->title_segment;

		if (o->is_file && (i == 0 ||
		    w->word[i - 1].segment != w->word[i].segment))
			head = i + numbers_at_head(w, i);
		if (r->role[i] != ROLE_OPEN ||
		    phrase_at(w, i, true, &len) != NULL)
			continue;
		if (i < head || (year_of(key) != 0 && i > 0 &&
		    r->role[i - 1] != ROLE_TITLE) || (!beside && (
		    is_number(key) || is_camelot(key) ||
		    (bracket && is_catalogue(key)))))
			r->role[i] = ROLE_NUMBER;
	}
}

/* Segments that sound like an artist, in another script. */
static void mark_sounds(struct reading *r, const struct subject *s,
    const struct words *w)
{
	char ours[128], theirs[128];

	for (size_t from = 0, to; from < w->count; from = to) {
		to = words_stretch_end(w, from);
		if (w->word[from].segment == r->title_segment ||
		    !words_sound(w, from, to, theirs, sizeof(theirs)) ||
		    strlen(theirs) < MIN_SOUND)
			continue;
		for (size_t a = 0; a < s->artists; a++) {
			const struct words *name = &s->artist[a];

			if (words_script(name, 0, name->count) ==
			    words_script(w, from, to) || !words_sound(name, 0,
			    name->count, ours, sizeof(ours)) ||
			    strcmp(ours, theirs) != 0)
				continue;
			memset(r->role + from, ROLE_ARTIST_PART, to - from);
			raise(&r->artist[a], NAMED_BY_SOUND);
		}
	}
}

/* The album's name, where it is said: no mark, whatever its words. */
static void mark_album(struct reading *r, const struct subject *s,
    const struct words *w)
{
	for (size_t i = 0; s->album_marks == 0 && i < w->count; i++) {
		size_t len = words_run(w, i, &s->album_name);

		if (len < 2 || memchr(r->role + i, ROLE_TITLE, len) != NULL ||
		    w->word[i].segment == r->title_segment)
			continue;
		memset(r->role + i, ROLE_NEUTRAL, len);
	}
}

/* Brackets that name the label and nothing else. */
static bool is_label(const struct words *w, size_t from, size_t to)
{
	if (!w->segment[w->word[from].segment].square)
		return false;
	for (size_t i = from; i < to; i++) {
		const char *text = w->word[i].text;

		if (strcmp(text, "records") == 0 ||
		    strcmp(text, "recordings") == 0 ||
		    strcmp(text, "release") == 0 ||
		    strcmp(text, "premiere") == 0)
			return true;
	}
	return false;
}

static bool has_role(const uint8_t *role, size_t from, size_t to,
    enum role wanted)
{
	return memchr(role + from, (int)wanted, to - from) != NULL;
}

static bool has_any_mark(const uint8_t *role, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (role[i] >= ROLE_MARK && role[i] <= ROLE_NAMING)
			return true;
	return false;
}

/* An album between artist and number: "A - Album - 03 - Title". */
static bool is_album_of_file(const struct offer *o, const struct words *w,
    size_t to)
{
	return o->is_file && to < w->count && is_number(w->word[to].text) &&
	    strlen(w->word[to].text) >= 2;
}

/* Words that a known name explains: the album, the folders, the uploader. */
static bool is_known(const struct subject *s, const struct offer_words *ow,
    const char *key)
{
	return words_has(&s->album, key) || words_has(&ow->folders, key) ||
	    words_has(&ow->channel, key) ||
	    words_has(&s->title.words, key);
}

static bool is_strange_guest(const struct subject *s, const struct words *w,
    size_t i)
{
	const char *key = w->word[i].key;
	size_t len;

	return *key != '\0' && !is_artist_word(s, key) &&
	    !words_has(&s->title.words, key) && !words_has(&s->album, key) &&
	    phrase_at(w, i, true, &len) == NULL &&
	    (s->artists == 0 || words_script(w, i, i + 1) ==
	    words_script(&s->artist[0], 0, s->artist[0].count));
}

/* In the title's own segment, a version's names stand behind the title. */
static size_t names_begin(const struct reading *r, size_t from, size_t to)
{
	for (size_t i = to; i > from; i--)
		if (r->role[i - 1] == ROLE_TITLE)
			return i;
	return from;
}

static bool is_at(const struct reading *r, const struct words *w, size_t i,
    size_t beside, enum role role)
{
	return beside < w->count && r->role[beside] == role &&
	    w->word[beside].segment == w->word[i].segment &&
	    !w->word[i > beside ? i : beside].joint;
}

static bool touches_title(const struct reading *r, const struct words *w,
    size_t i)
{
	return is_at(r, w, i, i - 1, ROLE_TITLE) ||
	    is_at(r, w, i, i + 1, ROLE_TITLE);
}

/* Small words that touch the title belong to it: "In Time" is not "Time". Those
 * between it and the artist don't: "Time by ..." */
static bool is_of_title(const struct reading *r, const struct words *w,
    size_t i)
{
	size_t len;
	const struct phrase *p = phrase_at(w, i, true, &len);

	if (r->role[i] != ROLE_WEAK && r->role[i] != ROLE_SMALL)
		return false;
	if (!touches_title(r, w, i))
		return false;
	return p == NULL || p->kind != PHRASE_JOINER ||
	    (!is_at(r, w, i, i - 1, ROLE_ARTIST) &&
	    !is_at(r, w, i, i + 1, ROLE_ARTIST));
}

/* Nobody explains it. */
static bool is_open(const struct reading *r, const struct words *w, size_t i,
    bool beside)
{
	return *w->word[i].key != '\0' && (r->role[i] == ROLE_OPEN ||
	    (beside && (r->role[i] == ROLE_ARTIST_PART ||
	    is_of_title(r, w, i))));
}

/* What stays open of a stretch of one segment. */
static void count_open(struct reading *r, const struct subject *s,
    const struct offer *o, const struct offer_words *ow, size_t from,
    size_t to)
{
	const struct words *w = &ow->title;
	size_t segment = w->word[from].segment;
	bool beside = segment == r->title_segment;
	bool bracket = !beside && (w->segment[segment].bracket ||
	    (segment > r->title_segment && !has_role(r->role, from, to,
	    ROLE_ARTIST)));
	bool marked = has_any_mark(r->role, from, to);
	enum script script = words_script(&s->title.words, 0,
	    s->title.words.count);

	if ((bracket && is_label(w, from, to)) ||
	    (!bracket && !beside && is_album_of_file(o, w, to)))
		return;
	for (size_t i = from; i < to; i++) {
		if (r->role[i] != ROLE_TITLE && is_part_number(w, i, to))
			r->beside_title++;
		if (!is_open(r, w, i, beside) || (marked && (!beside ||
		    i >= names_begin(r, from, to))))
			continue;
		if (beside ? !touches_title(r, w, i) &&
		    words_has(&ow->channel, w->word[i].key) :
		    is_known(s, ow, w->word[i].key))
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

static void read_segment(struct reading *r, const struct subject *s,
    const struct offer *o, const struct offer_words *ow, size_t from,
    size_t to)
{
	const struct words *w = &ow->title;
	size_t segment = w->word[from].segment;
	bool apart = segment != r->title_segment;

	roles_by_phrase(w, r->role, from, to, apart);
	version_add(&r->version, w, r->role,
	    apart ? from : names_begin(r, from, to), to);
	if (!apart)
		version_add(&r->version, w, r->role, from,
		    names_begin(r, from, to));
	for (size_t i = from; i < to; i++) {
		enum named level = w->segment[segment].bracket && apart ?
		    NAMED_IN_BRACKET : NAMED_IN_TITLE;

		if (r->role[i] == ROLE_GUEST && is_strange_guest(s, w, i))
			r->strange_guest = true;
		if (r->role[i] != ROLE_ARTIST ||
		    (apart && has_any_mark(r->role, from, to)))
			continue;
		r->artist_first |= segment <= r->title_segment;
		for (size_t a = 0; a < s->artists; a++)
			if (artist_at(w, r->role, i, &s->artist_name[a]) > 0)
				raise(&r->artist[a], level);
	}
	count_open(r, s, o, ow, from, to);
}

/* "Queen - Killer Queen" is not "Killer": who is named elsewhere need not be
 * named right behind the title. */
static bool ends_with_artist(const struct reading *r, const struct words *w)
{
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

	*r = (struct reading){ .title_segment = 0 };
	mark_title(r, w, first, len);
	mark_artists(r, s, w);
	mark_sounds(r, s, w);
	mark_album(r, s, w);
	mark_numbers(r, o, w);
	mark_artists(r, s, w);	/* again: "03 Artist" */
	name_artists(r, s, ow);
	for (size_t from = 0, to; from < w->count; from = to) {
		to = words_stretch_end(w, from);
		read_segment(r, s, o, ow, from, to);
	}
	if (ends_with_artist(r, w))
		r->beside_title++;
}
