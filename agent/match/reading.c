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
	return len > 0 && is_boundary(w, role, i) &&
		       is_boundary(w, role, i + len)
		   ? len
		   : 0;
}

/* Artists in a field that contains only names. */
static void find_artists(const struct subject *s, const struct words *w,
    enum named level, enum named *named)
{
	static const uint8_t open[MAX_WORDS];

	for (size_t a = 0; a < s->artists; a++)
		for (size_t i = 0; i < w->count; i++)
			if (artist_at(w, open, i, &s->artist_name[a]) > 0)
				raise_to(&named[a], level);
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

static void find_all_artists(struct reading *r, const struct subject *s,
    const struct offer_words *ow)
{
	find_artists(s, &ow->artist, NAMED_IN_FIELD, r->artist);
	find_artists(s, &ow->channel, NAMED_BY_CHANNEL, r->artist);
	find_artists(s, &ow->folders, NAMED_IN_FOLDER, r->artist);
	for (size_t a = 0; a < s->artists; a++) {
		if (piece_same(&s->artist_name[a], &ow->channel_name))
			raise_to(&r->artist[a], NAMED_BY_CHANNEL);
		if (same_sound(&s->artist[a], &ow->artist) ||
		    same_sound(&s->artist[a], &ow->channel))
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

/* "8A", "11b": a Camelot key. */
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

/* The number of words of a track number: "03", "1-07", "A2". A single digit may
 * belong to the title. */
static size_t leading_numbers(const struct words *w, size_t from)
{
	size_t i = from, digits = 0;

	while (i < w->count && w->word[i].segment == w->word[from].segment &&
	    (word_is_number(w->word[i].key) || is_side(w->word[i].key)))
		digits += strlen(w->word[i++].text);
	return digits >= 2 ? i - from : 0;
}

/* Irrelevant numbers: at the beginning of a segment of a file's name, in
 * brackets, and segments of their own. */
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
static void mark_by_sound(struct reading *r, const struct subject *s,
    const struct words *w)
{
	char ours[128], theirs[128];

	for (size_t from = 0, to; from < w->count; from = to) {
		to = words_segment_end(w, from);
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
			raise_to(&r->artist[a], NAMED_BY_SOUND);
		}
	}
}

/* The album's name contains no marks, whatever its words. */
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

/* Square brackets with the name of a label. */
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

/* An album between artist and number: "A - Album - 03 - Title". */
static bool is_album_of_file(const struct offer *o, const struct words *w,
    size_t to)
{
	return o->is_file && to < w->count &&
	       word_is_number(w->word[to].text) &&
	       strlen(w->word[to].text) >= 2;
}

/* Words of the album, the folders, the channel or the title. */
static bool is_known(const struct subject *s, const struct offer_words *ow,
    const char *key)
{
	return words_has(&s->album, key) || words_has(&ow->folders, key) ||
	    words_has(&ow->channel, key) ||
	    words_has(&s->title.words, key);
}

static bool is_other_guest(const struct subject *s, const struct words *w,
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

/* In the title's own segment, the names of a version follow the title. */
static size_t version_names_start(
    const struct reading *r, size_t from, size_t to)
{
	for (size_t i = to; i > from; i--)
		if (r->role[i - 1] == ROLE_TITLE)
			return i;
	return from;
}

static bool is_adjacent_to(const struct reading *r, const struct words *w,
    size_t i, size_t beside, enum role role)
{
	return beside < w->count && r->role[beside] == role &&
	    w->word[beside].segment == w->word[i].segment &&
	    !w->word[i > beside ? i : beside].joint;
}

static bool touches_title(const struct reading *r, const struct words *w,
    size_t i)
{
	return is_adjacent_to(r, w, i, i - 1, ROLE_TITLE) ||
	    is_adjacent_to(r, w, i, i + 1, ROLE_TITLE);
}

/* Small words beside the title belong to it: "In Time" is not "Time". Those
 * between it and the artist do not: "Time by ..." */
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
	    (!is_adjacent_to(r, w, i, i - 1, ROLE_ARTIST) &&
	    !is_adjacent_to(r, w, i, i + 1, ROLE_ARTIST));
}

static bool is_unexplained(
    const struct reading *r, const struct words *w, size_t i, bool beside)
{
	return *w->word[i].key != '\0' && (r->role[i] == ROLE_OPEN ||
	    (beside && (r->role[i] == ROLE_ARTIST_PART ||
	    is_of_title(r, w, i))));
}

/* Counts the unexplained words of one segment. */
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
		if (!is_unexplained(r, w, i, beside) || (marked && (!beside ||
		    i >= version_names_start(r, from, to))))
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
	    apart ? from : version_names_start(r, from, to), to);
	if (!apart)
		version_add(&r->version, w, r->role, from,
		    version_names_start(r, from, to));
	for (size_t i = from; i < to; i++) {
		enum named level = w->segment[segment].bracket && apart ?
		    NAMED_IN_BRACKET : NAMED_IN_TITLE;

		if (r->role[i] == ROLE_GUEST && is_other_guest(s, w, i))
			r->other_guest = true;
		if (r->role[i] != ROLE_ARTIST ||
		    (apart && has_any_mark(r->role, from, to)))
			continue;
		r->artist_first |= segment <= r->title_segment;
		for (size_t a = 0; a < s->artists; a++)
			if (artist_at(w, r->role, i, &s->artist_name[a]) > 0)
				raise_to(&r->artist[a], level);
	}
	count_open(r, s, o, ow, from, to);
}

/* "Queen - Killer Queen" is not "Killer": an artist named elsewhere is not
 * named again directly after the title. */
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
	mark_by_sound(r, s, w);
	mark_album(r, s, w);
	mark_numbers(r, o, w);
	mark_artists(r, s, w);	/* again: "03 Artist" */
	find_all_artists(r, s, ow);
	for (size_t from = 0, to; from < w->count; from = to) {
		to = words_segment_end(w, from);
		read_segment(r, s, o, ow, from, to);
	}
	if (ends_with_artist(r, w))
		r->beside_title++;
}
