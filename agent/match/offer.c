/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/offer.h"

#include <string.h>

#include "match/sounds.h"

#define MIN_INITIALS 3	/* fewer are in many names */
#define EXTRA_WORDS 3	/* that a title has more in another script */
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* ---- other names of artists ---- */

bool is_honorific(const char *word)
{
	static const char *const titles[] = { "pandit", "pt", "part", "ustad",
		"vidwan", "vidushi", "begum", "shri", "sri", "dr", "sir",
		"dame", "maestro", "prof", "professor", "sheikh", "hazrat" };

	for (size_t i = 0; i < COUNT(titles); i++)
		if (strcmp(word, titles[i]) == 0)
			return true;
	return false;
}

static void add_alias(struct subject *s, size_t artist, size_t from, size_t to)
{
	size_t *n = &s->aliases[artist];

	if (*n == MAX_ALIASES || from >= to)
		return;
	s->alias[artist][*n].initials = false;
	piece_make(&s->alias[artist][(*n)++].name, &s->artist[artist], from,
	    to);
}

/* "RLP" for "The Red Lantern Parade", if that has three words or more. */
static void add_initials(struct subject *s, size_t artist)
{
	const struct words *w = &s->artist[artist];
	struct alias *alias = &s->alias[artist][s->aliases[artist]];
	size_t n = 0;

	for (size_t i = 0; i < w->count && n < 8; i++)
		if (w->word[i].script == SCRIPT_LATIN &&
		    (i > 0 || *w->word[i].key != '\0'))
			alias->name.key[n++] = w->word[i].text[0];
	alias->name.key[n] = '\0';
	alias->initials = true;
	s->aliases[artist] += n >= MIN_INITIALS && n == w->count -
	    (*w->word[0].key == '\0');
}

/* "久遠 (Kuon)" has two names; "Sir Ada Lee" is "Ada Lee". */
static void add_aliases(struct subject *s, size_t artist)
{
	const struct words *w = &s->artist[artist];
	size_t to;

	s->aliases[artist] = 0;
	if (w->count < 2)
		return;
	to = words_segment_end(w, 0);
	if (is_honorific(w->word[0].key) && to > 2)
		add_alias(s, artist, 1, to);
	if (to == w->count) {
		add_initials(s, artist);
		return;
	}
	add_alias(s, artist, 0, to);
	if (words_script(w, 0, to) != words_script(w, to, w->count))
		add_alias(s, artist, to, w->count);
}

/* Classical music: who of the artists is the composer, and whether others
 * perform. Without a known name it is the first of several. */
static void find_composers(struct subject *s)
{
	bool known = false;

	work_read(&s->work, &s->title.words, NULL);
	s->is_work = work_is_known(&s->work);
	s->performers = false;
	for (size_t a = 0; a < s->artists; a++) {
		s->composer[a] = is_composer(&s->artist[a]);
		known = known || s->composer[a];
	}
	if (!known && s->is_work && s->artists > 1)
		known = s->composer[0] = true;
	for (size_t a = 0; known && a < s->artists; a++)
		s->performers = s->performers || !s->composer[a];
}

void subject_init(struct subject *s, const struct track *t)
{
	s->track = t;
	s->artists = 0;
	title_parse(&s->title, t->title);
	for (size_t i = 0; i < t->n_artists && s->artists < MAX_ARTISTS; i++) {
		words_fold(&s->artist[s->artists], t->artists[i]);
		piece_make(&s->artist_name[s->artists],
		    &s->artist[s->artists], 0, s->artist[s->artists].count);
		add_aliases(s, s->artists++);
	}
	find_composers(s);
	words_fold(&s->album, t->album);
	piece_make(&s->album_name, &s->album, 0, s->album.count);
	s->album_marks = marks_of_album(&s->album);
}

void subject_free(struct subject *s)
{
	title_free(&s->title);
	for (size_t i = 0; i < s->artists; i++)
		words_free(&s->artist[i]);
	words_free(&s->album);
}

/* ---- the offer's names ---- */

/* Words that uploaders add before or after an artist's name. */
static const char *const decorations[] = { "vevo", "official", "oficial",
	"officiel", "music", "tv", "channel", "band", "topic", "videos" };

static bool strip_decoration(char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < COUNT(decorations); i++) {
		size_t n = strlen(decorations[i]);

		if (len <= n)
			continue;
		if (strcmp(name + len - n, decorations[i]) == 0) {
			name[len - n] = '\0';
			return true;
		}
		if (strncmp(name, decorations[i], n) == 0) {
			memmove(name, name + n, len - n + 1);
			return true;
		}
	}
	return false;
}

/* Marks words that can't be a part of an adjacent name. */
static void mark_separators(struct words *w)
{
	for (size_t i = 0; i < w->count; i++) {
		size_t len;
		const struct phrase *p = phrase_at(w, i, true, &len);

		w->word[i].separator = *w->word[i].key == '\0' || (p != NULL &&
		    p->kind != PHRASE_WEAK && p->kind != PHRASE_SMALL);
	}
}

void offer_fold(struct offer_words *ow, const struct offer *o)
{
	const struct words *c = &ow->channel;

	words_fold(&ow->title, o->title);
	words_fold(&ow->artist, o->artist);
	words_fold(&ow->channel, o->channel);
	words_fold(&ow->album, o->album);
	words_fold(&ow->folders, o->folders);
	mark_separators(&ow->title);
	mark_separators(&ow->artist);
	mark_separators(&ow->channel);
	mark_separators(&ow->folders);
	ow->is_topic = c->count > 1 &&
	    strcmp(c->word[c->count - 1].text, "topic") == 0;
	piece_make(&ow->channel_name, c, 0, c->count);
	while (strip_decoration(ow->channel_name.key))
		;
}

void offer_free(struct offer_words *ow)
{
	words_free(&ow->title);
	words_free(&ow->artist);
	words_free(&ow->channel);
	words_free(&ow->album);
	words_free(&ow->folders);
}

/* ---- the title ---- */

bool title_place(const struct subject *s, const struct words *w, size_t at,
    size_t *first, size_t *len)
{
	for (; at < w->count; at++) {
		*first = at;
		*len = words_run(w, at, &s->title.full);
		if (*len == 0)
			*len = words_run(w, at, &s->title.core);
		if (*len > 0)
			return true;
	}
	return false;
}

bool title_place_by_sound(const struct subject *s, const struct words *w,
    size_t *first, size_t *len)
{
	struct span title = { .w = &s->title.words };

	while (title.to < title.w->count &&
	    s->title.role[title.to] == ROLE_TITLE)
		title.to++;
	for (size_t from = 0; from < w->count; from++) {
		for (size_t to = from + 1; to <= w->count &&
		    to - from <= title.to + EXTRA_WORDS; to++) {
			if (w->word[to - 1].segment != w->word[from].segment)
				break;
			if (!sounds_same(title, (struct span){ w, from, to },
			    MIN_SOUND + 1))
				continue;
			*first = from;
			*len = to - from;
			return true;
		}
	}
	return false;
}
