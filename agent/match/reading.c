/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/reading.h"

#include <string.h>

#include "match/keys.h"
#include "match/sounds.h"
#include "match/technical.h"

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

/* The number of words of the name at word i; 0: not there, or a part of a longer
 * name ("Air" in "Air Supply"). */
static size_t name_at(const struct words *w, const uint8_t *role, size_t i,
    const struct piece *name)
{
	size_t len = words_run(w, i, name);

	for (size_t k = i; k < i + len; k++)
		if (role[k] == ROLE_TITLE ||
		    (k > i && is_across_dash(w, k)))
			return 0;
	return is_boundary(w, role, i + len) && (is_boundary(w, role, i) ||
	    (len > 1 && is_honorific(w->word[i - 1].key))) ? len : 0;
}

/* The same for any of the names of artist a. Initials are less certain: then
 * *initials is true. */
static size_t artist_at(const struct reading *r, const struct words *w,
    const uint8_t *role, size_t i, size_t a, bool *initials)
{
	size_t len = name_at(w, role, i, &r->s->artist_name[a]);

	*initials = false;
	for (size_t k = 0; k < r->s->aliases[a] && len == 0; k++) {
		*initials = r->s->alias[a][k].initials;
		len = name_at(w, role, i, &r->s->alias[a][k].name);
	}
	return len;
}

static void raise_named(struct reading *r, size_t a, enum named level,
    bool initials)
{
	if (initials && r->artist[a] == NAMED_NOWHERE)
		r->by_initials = true;
	raise_to(&r->artist[a], level);
}

static bool sounds_like_artist(const struct reading *r, size_t a,
    const struct words *w, size_t from, size_t to)
{
	const struct words *name = &r->s->artist[a];

	return sounds_same((struct span){ name, 0, name->count },
	    (struct span){ w, from, to }, MIN_SOUND);
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
		bool initials;

		for (size_t f = 0; f < sizeof(fields) / sizeof(*fields); f++)
			for (size_t i = 0; i < fields[f].w->count; i++)
				if (artist_at(r, fields[f].w, open, i, a,
				    &initials) > 0)
					raise_named(r, a, fields[f].level,
					    initials);
		if (piece_same(&r->s->artist_name[a], &ow->channel_name))
			raise_to(&r->artist[a], NAMED_BY_CHANNEL);
		for (size_t k = 0; k < r->s->aliases[a]; k++)
			if (piece_same(&r->s->alias[a][k].name,
			    &ow->channel_name))
				raise_named(r, a, NAMED_BY_CHANNEL,
				    r->s->alias[a][k].initials);
		for (size_t f = 0; f < 2; f++)
			if (sounds_like_artist(r, a, fields[f].w, 0,
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
		bool initials;

		for (size_t a = 0; a < r->s->artists && len == 0 &&
		    (r->role[i] == ROLE_OPEN ||
		    r->role[i] == ROLE_ARTIST_PART); a++)
			len = artist_at(r, r->w, r->role, i, a, &initials);
		memset(r->role + i, ROLE_ARTIST, len);
		if (r->role[i] == ROLE_OPEN && *r->w->word[i].key != '\0' &&
		    is_artist_word(r->s, r->w->word[i].key))
			r->role[i] = ROLE_ARTIST_PART;
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
			if (!sounds_like_artist(r, a, r->w, from, to))
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

/* Whether word i belongs to the bracket of a mix. "Original Mix" is neutral. */
static bool is_stated_mix(const struct reading *r, size_t i)
{
	const struct words *w = r->w;

	return w->segment[w->word[i].segment].bracket &&
	    (r->role[i] == ROLE_MIX || r->role[i] == ROLE_MARK ||
	    strcmp(w->word[i].key, "mix") == 0);
}

/* Square brackets with the name of a label: one that says so, or the last part
 * of a name whose mix is stated before it, as shops write: "(Original Mix)
 * [Label]". */
static bool is_label(const struct reading *r, size_t from, size_t to)
{
	const struct words *w = r->w;
	size_t stated = from;

	if (!w->segment[w->word[from].segment].square)
		return false;
	for (size_t i = from; i < to; i++)
		if (strcmp(w->word[i].text, "release") == 0 ||
		    strcmp(w->word[i].text, "premiere") == 0)
			return true;
	while (stated > 0 && !is_stated_mix(r, stated - 1))
		stated--;
	return names_label(w, from, to) || (to == w->count && stated > 0 &&
	    !has_any_mark(r->role, from, to));
}

/* Words of the album, the folders, the channel or the title. */
static bool is_known(const struct reading *r, const char *key)
{
	return words_has(&r->s->album, key) ||
	    words_has(&r->ow->folders, key) ||
	    words_has(&r->ow->channel, key) ||
	    words_has(&r->s->title.words, key);
}

/* Whether the guests' names, of which word i is one, may be those of an artist
 * in another script. Two consonants are enough, as they are guests in both. */
static bool may_be_artist(const struct reading *r, size_t i)
{
	enum script script = r->w->word[i].script;
	size_t from = i, to = i + 1, len;

	while (from > 0 && r->role[from - 1] == ROLE_GUEST)
		from--;
	while (from < i && phrase_at(r->w, from, true, &len) != NULL)
		from++;
	while (to < r->w->count && r->role[to] == ROLE_GUEST)
		to++;
	for (size_t a = 0; a < r->s->artists; a++) {
		const struct words *name = &r->s->artist[a];

		if (sounds_same((struct span){ name, 0, name->count },
		    (struct span){ r->w, from, to }, MIN_GUEST_SOUND) ||
		    ((script == SCRIPT_CJK || script == SCRIPT_OTHER) &&
		    words_script(name, 0, name->count) != script))
			return true;
	}
	return false;
}

static bool is_other_guest(const struct reading *r, size_t i)
{
	const struct subject *s = r->s;
	const char *key = r->w->word[i].key;
	size_t len;

	return *key != '\0' && !is_artist_word(s, key) &&
	    !words_has(&s->title.words, key) && !words_has(&s->album, key) &&
	    phrase_at(r->w, i, true, &len) == NULL && !may_be_artist(r, i);
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

	/* The artist's name in another script: "Kuon (久遠)". */
	if (bracket && from > 0 && r->role[from - 1] == ROLE_ARTIST &&
	    words_script(w, from, to) != words_script(w, from - 1, from))
		return;
	/* "A - Album - 03 - Title" has the album before the number. */
	if (bracket ? is_label(r, from, to) : !beside && r->o->is_file &&
	    to < w->count && word_is_number(w->word[to].text) &&
	    strlen(w->word[to].text) >= 2)
		return;
	for (size_t i = from; i < to; i++) {
		const char *key = w->word[i].key;

		if (r->role[i] != ROLE_TITLE && is_part_number(w, i, to))
			r->beside_title++;
		if (*key == '\0' || (r->role[i] != ROLE_OPEN && (!beside ||
		    ((r->role[i] != ROLE_ARTIST_PART || r->s->is_work) &&
		    !is_of_title(r, i)))) ||
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
	bool initials;
	size_t names = apart ? from : version_names_start(r, from, to);
	size_t after = !apart ? names : segment > r->title_segment ? from : to;

	roles_by_phrase(w, r->role, from, to, apart);
	if (apart && r->version.bare_year == 0 && !is_remaster(w))
		r->version.bare_year = bare_year(w, from, to);
	version_add(&r->version, w, r->role, names, to);
	version_add(&r->version, w, r->role, from, names);
	for (size_t i = from; i < to; i++) {
		if (r->role[i] == ROLE_GUEST && is_other_guest(r, i))
			*(i < after ? &r->guest_first : &r->other_guest) = true;
		if (r->role[i] != ROLE_ARTIST ||
		    (apart && has_any_mark(r->role, from, to)))
			continue;
		r->artist_first |= segment <= r->title_segment;
		for (size_t a = 0; a < r->s->artists; a++)
			if (artist_at(r, w, r->role, i, a, &initials) > 0)
				raise_named(r, a, level, initials);
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

/* Composers are named by their surnames. */
static void find_composers(struct reading *r)
{
	const struct {
		const struct words *w;
		enum named level;
	} fields[] = { { &r->ow->artist, NAMED_IN_FIELD },
		{ r->w, NAMED_IN_TITLE }, { &r->ow->folders, NAMED_IN_FOLDER } };

	for (size_t a = 0; a < r->s->artists; a++) {
		const struct words *name = &r->s->artist[a];

		if (!r->s->composer[a] || name->count == 0)
			continue;
		for (size_t f = 0; f < sizeof(fields) / sizeof(*fields); f++)
			if (words_has(fields[f].w,
			    name->word[name->count - 1].key))
				raise_to(&r->artist[a], fields[f].level);
	}
}

void reading_make(struct reading *r, const struct subject *s,
    const struct offer *o, const struct offer_words *ow, size_t first,
    size_t len, const uint8_t *roles)
{
	const struct words *w = &ow->title;

	*r = (struct reading){ .s = s, .o = o, .ow = ow, .w = w,
		.title_segment = w->word[first].segment };
	if (roles != NULL)
		memcpy(r->role, roles, w->count);
	else
		memset(r->role + first, ROLE_TITLE, len);
	mark_artists(r);
	mark_by_sound(r);
	mark_album(r);
	technical_mark(w, r->role, r->title_segment, o->is_file);
	mark_artists(r);	/* again: "03 Artist" */
	find_in_fields(r);
	find_composers(r);
	for (size_t from = 0, to; from < w->count; from = to) {
		to = words_segment_end(w, from);
		read_segment(r, from, to);
	}
	if (roles == NULL && ends_with_artist(r))
		r->beside_title++;
}
