/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/title.h"

#include <string.h>

#include "match/keys.h"

static enum role role_of(const struct phrase *p)
{
	static const enum role roles[] = {
		[PHRASE_NONE] = ROLE_OPEN, [PHRASE_MARK] = ROLE_MARK,
		[PHRASE_MIX] = ROLE_MIX, [PHRASE_EDIT] = ROLE_EDIT,
		[PHRASE_VERSION] = ROLE_VERSION,
		[PHRASE_NEUTRAL] = ROLE_NEUTRAL, [PHRASE_WEAK] = ROLE_WEAK,
		[PHRASE_GENRE] = ROLE_NEUTRAL,
		[PHRASE_SMALL] = ROLE_SMALL, [PHRASE_JOINER] = ROLE_SMALL,
		[PHRASE_GUEST] = ROLE_GUEST, [PHRASE_SOURCE] = ROLE_SOURCE,
	};

	return p->naming ? ROLE_NAMING : roles[p->kind];
}

static void set_roles(uint8_t *role, size_t from, size_t to, enum role r)
{
	memset(role + from, (int)r, to - from);
}

/* The words after these have the same role, until a mark or the segment's end.
 */
static bool extends(enum role r)
{
	return r == ROLE_GUEST || r == ROLE_SOURCE;
}

/* "Pop Mix", "Disco Version": the genre is the version's name. */
static bool is_before_carrier(const struct words *w, size_t at, size_t to)
{
	size_t len;
	const struct phrase *p = at < to ? phrase_at(w, at, true, &len) : NULL;

	return p != NULL && (p->kind == PHRASE_MIX || p->kind == PHRASE_EDIT ||
	    p->kind == PHRASE_VERSION);
}

void roles_by_phrase(const struct words *w, uint8_t *role, size_t from,
    size_t to, bool apart)
{
	enum role current = ROLE_OPEN;

	for (size_t i = from; i < to; i++) {
		size_t len;
		const struct phrase *p;
		enum role r = current;

		if (role[i] != ROLE_OPEN) {
			current = role[i] == ROLE_TITLE ? ROLE_OPEN : current;
			continue;
		}
		p = phrase_at(w, i, apart && current == ROLE_OPEN, &len);
		if (p != NULL && p->kind == PHRASE_GENRE &&
		    (w->segment[w->word[i].segment].bracket ||
		    is_before_carrier(w, i + len, to)))
			p = NULL;
		if (p != NULL && (current == ROLE_OPEN ||
		    p->kind <= PHRASE_NEUTRAL || p->kind == PHRASE_GUEST))
			r = role_of(p);
		else if (p == NULL && current == ROLE_OPEN &&
		    *w->word[i].key == '\0')
			r = ROLE_SMALL;
		/* "from", "with": only at the beginning of a segment. */
		if (p != NULL && p->apart && extends(r) && i > from)
			r = ROLE_SMALL;
		set_roles(role, i, i + len < to ? i + len : to, r);
		i += len - 1;
		if (extends(r))
			current = r;
		else if (r == ROLE_MARK || r == ROLE_NEUTRAL)
			current = ROLE_OPEN;
	}
}

/* The marks and other information in one segment. */
struct tally {
	mark_set marks;
	bool mix, edit, version;
	int year;
	size_t names;
};

/* The version that they make together. */
static mark_set resolve_marks(const struct tally *t)
{
	mark_set m = t->marks;

	if (t->edit && m == 0)
		m |= t->names > 0 ? MARK(EDIT) : MARK(SHORT);
	else if (t->edit && !(m & MARK(EXTENDED)))
		m |= MARK(SHORT);
	if (t->mix && m == 0)
		m |= MARK(REMIX);
	if (t->version && m == 0 && t->names > 0)
		m |= MARK(VARIANT);
	return m;
}

static bool is_name(enum role r)
{
	return r == ROLE_OPEN || r == ROLE_ARTIST || r == ROLE_ARTIST_PART ||
	    r == ROLE_NAMING;
}

/* "Take 2", "Demo 3": the number is a name, too. */
static bool is_numbered_take(const struct tally *t, const struct words *w,
    size_t i)
{
	return t->marks & (MARK(ALTERNATE) | MARK(DEMO)) &&
	    word_is_number(w->word[i].key) && year_of(w->word[i].key) == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The year of a live recording, also as '86. */
static int live_year(const char *key)
{
	if (strlen(key) == 2 && key[0] >= '5' && key[0] <= '9' &&
	    is_digit(key[1]))
		return 1900 + (key[0] - '0') * 10 + (key[1] - '0');
	return year_of(key);
}

bool is_remaster(const struct words *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (strncmp(w->word[i].text, "remaster", 8) == 0)
			return true;
	return false;
}

int bare_year(const struct words *w, size_t from, size_t to)
{
	return to - from == 1 ? year_of(w->word[from].key) : 0;
}

void version_add(struct version *v, const struct words *w,
    const uint8_t *role, size_t from, size_t to)
{
	struct tally t = { .marks = 0 };

	for (size_t i = from; i < to; i++) {
		size_t len;
		const struct phrase *p = NULL;

		if (role[i] == ROLE_MARK || role[i] == ROLE_NAMING)
			p = phrase_at(w, i, true, &len);
		if (p != NULL && p->kind == PHRASE_MARK)
			t.marks |= MARK(p->mark);
		t.mix = t.mix || role[i] == ROLE_MIX;
		t.edit = t.edit || role[i] == ROLE_EDIT;
		t.version = t.version || role[i] == ROLE_VERSION;
		t.names += is_name(role[i]) && role[i] != ROLE_NAMING;
		t.year = t.year != 0 ? t.year : live_year(w->word[i].key);
	}
	if (t.marks == 0 && !t.mix && !t.edit && !t.version)
		return;
	t.marks = resolve_marks(&t);
	v->marks |= t.marks;
	if (v->dated == 0 && t.version && t.marks == 0)
		v->dated = t.year;
	if (t.marks & (MARK(LIVE) | MARK(UNPLUGGED)) && v->year == 0)
		v->year = t.year;
	for (size_t i = from; t.marks != 0 && i < to; i++)
		if ((is_name(role[i]) || is_numbered_take(&t, w, i)) &&
		    v->names < MAX_NAMES && *w->word[i].key != '\0')
			v->name[v->names++] = w->word[i].key;
}

/* ---- a track's title ---- */

bool is_part_number(const struct words *w, size_t i, size_t to)
{
	static const char *const heads[] = { "part", "vol", "chap", "no",
		"act", "book" };

	for (size_t k = 0; k < sizeof(heads) / sizeof(*heads); k++) {
		const char *key = w->word[i].key;
		size_t n = strlen(heads[k]);

		if (strncmp(key, heads[k], n) == 0 && (is_digit(key[n]) ||
		    (key[n] == '\0' && i + 1 < to &&
		    is_digit(w->word[i + 1].key[0]))))
			return true;
	}
	return false;
}

bool has_role(const uint8_t *role, size_t from, size_t to, enum role wanted)
{
	return memchr(role + from, (int)wanted, to - from) != NULL;
}

bool has_any_mark(const uint8_t *role, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (role[i] >= ROLE_MARK && role[i] <= ROLE_NAMING)
			return true;
	return false;
}

/* A bracket, or a segment after a dash: version, guests, origin, or a part of
 * the title. Unexplained words remain for the subtitle. */
static void parse_annotation(struct title *t, size_t from, size_t to)
{
	const struct words *w = &t->words;
	bool bracket = w->segment[w->word[from].segment].bracket;
	bool marked;

	for (size_t i = from; i < to; i++)
		if (is_part_number(w, i, to)) {
			set_roles(t->role, from, to, ROLE_TITLE);
			return;
		}
	roles_by_phrase(w, t->role, from, to, true);
	if (t->version.bare_year == 0 && !is_remaster(w))
		t->version.bare_year = bare_year(w, from, to);
	for (size_t i = from; i < to; i++)
		if (t->role[i] == ROLE_OPEN && year_of(w->word[i].key) != 0)
			t->role[i] = ROLE_NUMBER;
	marked = has_any_mark(t->role, from, to);
	if (marked)
		version_add(&t->version, w, t->role, from, to);
	else if (has_role(t->role, from, to, ROLE_OPEN) &&
	    !has_role(t->role, from, to, ROLE_NEUTRAL) &&
	    !extends(t->role[from]))
		set_roles(t->role, from, to, bracket ? ROLE_OPEN : ROLE_TITLE);
	if (marked || has_role(t->role, from, to, ROLE_NEUTRAL))
		for (size_t i = from; i < to; i++)
			if (t->role[i] == ROLE_OPEN)
				t->role[i] = ROLE_SOURCE;
}

/* "Title feat. X" without brackets: guests follow. */
static void parse_core(struct title *t, size_t from, size_t to)
{
	size_t len;

	set_roles(t->role, from, to, ROLE_TITLE);
	for (size_t i = from + 1; i < to; i++) {
		const struct phrase *p = phrase_at(&t->words, i, false, &len);

		if (p != NULL && p->kind == PHRASE_GUEST) {
			set_roles(t->role, i, to, ROLE_GUEST);
			return;
		}
	}
}

/* The words with either of two roles, in one piece. */
static void piece_of_roles(struct piece *p, const struct title *t,
    enum role a, enum role b)
{
	struct words chosen = { .count = 0 };

	for (size_t i = 0; i < t->words.count; i++)
		if (t->role[i] == a || t->role[i] == b)
			chosen.word[chosen.count++] = t->words.word[i];
	piece_make(p, &chosen, 0, chosen.count);
}

void title_parse(struct title *t, const char *title)
{
	const struct words *w = &t->words;
	size_t core, first = 0;

	words_fold(&t->words, title);
	memset(t->role, ROLE_OPEN, sizeof(t->role));
	t->version = (struct version){ .marks = 0 };
	/* The first segment that is no bracket, or else the first one. */
	while (first < w->count && w->segment[w->word[first].segment].bracket)
		first++;
	if (first == w->count)
		first = 0;
	core = w->count > 0 ? w->word[first].segment : 0;
	for (size_t from = 0, to; from < w->count; from = to) {
		to = words_segment_end(w, from);
		if (w->word[from].segment == core)
			parse_core(t, from, to);
		else
			parse_annotation(t, from, to);
	}
	piece_of_roles(&t->core, t, ROLE_TITLE, ROLE_TITLE);
	piece_of_roles(&t->full, t, ROLE_TITLE, ROLE_OPEN);
}

void title_free(struct title *t)
{
	words_free(&t->words);
}
