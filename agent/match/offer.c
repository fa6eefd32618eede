/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/offer.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void subject_init(struct subject *s, const struct track *t)
{
	s->track = t;
	s->artists = 0;
	title_parse(&s->title, t->title);
	for (size_t i = 0; i < t->n_artists && s->artists < MAX_ARTISTS; i++) {
		words_fold(&s->artist[s->artists], t->artists[i]);
		piece_make(&s->artist_name[s->artists],
		    &s->artist[s->artists], 0, s->artist[s->artists].count);
		s->artists++;
	}
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
	const struct words *t = &s->title.words;
	char ours[128], theirs[128];
	enum script script;
	size_t end = 0;

	while (end < t->count && s->title.role[end] == ROLE_TITLE)
		end++;
	if (!words_sound(t, 0, end, ours, sizeof(ours)) ||
	    strlen(ours) <= MIN_SOUND)
		return false;
	script = words_script(t, 0, end);
	for (size_t from = 0; from < w->count; from++) {
		for (size_t to = from + 1; to <= w->count; to++) {
			if (w->word[to - 1].segment != w->word[from].segment ||
			    words_script(w, from, to) == script ||
			    !words_sound(w, from, to, theirs, sizeof(theirs)) ||
			    strlen(theirs) > strlen(ours))
				break;
			if (strcmp(ours, theirs) != 0)
				continue;
			*first = from;
			*len = to - from;
			return true;
		}
	}
	return false;
}
