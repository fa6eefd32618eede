/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/comparison.h"

#include <ctype.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool is_empty(const char *text)
{
	return text == NULL || *text == '\0';
}

/* Whether the offer has an artist field or a channel made by YouTube, which
 * list all performers. */
static bool is_authoritative(const struct offer_words *ow)
{
	static const char *const placeholders[] = { "variousartists", "release",
		"unknownartist", "va", "various" };
	struct piece p = ow->channel_name;

	if (ow->artist.count > 0)
		piece_make(&p, &ow->artist, 0, ow->artist.count);
	for (size_t i = 0; i < COUNT(placeholders); i++)
		if (strcmp(p.key, placeholders[i]) == 0)
			return false;
	return ow->artist.count > 0 || ow->is_topic;
}

/* Whether the offer is the work of the remixer that the track's title names, by
 * its artist field or channel. */
static bool is_by_remixer(const struct comparison *c)
{
	const struct version *ours = &c->s->title.version;
	struct piece remixer, theirs, artist;

	if (!(ours->marks & MARK(REMIX)))
		return false;
	version_names(ours, &remixer);
	version_names(&c->reading.version, &theirs);
	piece_make(&artist, &c->ow->artist, 0, c->ow->artist.count);
	return piece_same(&remixer, &theirs) && (piece_same(&remixer,
	    &artist) || piece_same(&remixer, &c->ow->channel_name));
}

/* Covers name the original artist as "Title (Artist)", or as "Title - Artist"
 * on another artist's channel. Labels write the latter, too. */
static bool is_like_cover(const struct comparison *c, enum named best)
{
	if (c->o->is_file)
		return false;
	return best == NAMED_IN_BRACKET || (best == NAMED_IN_TITLE &&
	    c->o->verified && !c->reading.artist_first &&
	    !names_label(&c->ow->channel, 0, c->ow->channel.count));
}

/* Whether words name somebody, or something, that neither the track nor the rest
 * of the offer explains. */
static bool has_unknown_name(const struct comparison *c, const struct words *w)
{
	const struct subject *s = c->s;
	size_t len;

	for (size_t i = 0; i < w->count; i++) {
		const char *key = w->word[i].key;
		bool known = *key == '\0' || isdigit((unsigned char)*key) ||
		    words_has(&s->title.words, key) ||
		    words_has(&s->album, key) ||
		    is_composer_word(w->word[i].text) ||
		    phrase_at(w, i, true, &len) != NULL;

		for (size_t a = 0; a < s->artists && !known; a++)
			known = words_has(&s->artist[a], key);
		if (!known)
			return true;
	}
	return false;
}

/* Of classical music the performers are the recording's. An upload that names
 * none may be anybody's; a file, if nobody else is named. */
static bool performers_agree(const struct comparison *c)
{
	const struct reading *r = &c->reading;

	if (!c->s->performers || c->same_isrc)
		return true;
	for (size_t a = 0; a < c->s->artists; a++)
		if (!c->s->composer[a] && r->artist[a] != NAMED_NOWHERE)
			return true;
	return c->o->is_file && r->elsewhere == 0 && r->in_brackets == 0 &&
	    !has_unknown_name(c, &c->ow->artist) &&
	    !has_unknown_name(c, &c->ow->folders);
}

/* The first artist, or the best named performer, if there is a composer. */
static enum named main_artist(const struct comparison *c)
{
	enum named first = NAMED_NOWHERE;

	for (size_t a = 0; a < c->s->artists; a++)
		if (c->s->performers ? !c->s->composer[a] : a == 0)
			first = c->reading.artist[a] > first ?
			    c->reading.artist[a] : first;
	if (c->s->performers && first == NAMED_NOWHERE && c->o->is_file)
		first = c->reading.artist[0];
	return first;
}

bool artists_agree(struct comparison *c)
{
	const struct reading *r = &c->reading;
	const char *performer = !is_empty(c->o->artist) ? c->o->artist :
	    !is_empty(c->o->channel) ? c->o->channel : "not named";
	enum named best = NAMED_NOWHERE;
	enum named first = main_artist(c);
	size_t found = 0;

	for (size_t i = 0; i < c->s->artists; i++) {
		best = r->artist[i] > best ? r->artist[i] : best;
		found += r->artist[i] != NAMED_NOWHERE;
	}
	c->artists = c->s->artists > 0 ?
	    (double)found / (double)c->s->artists : 0;
	c->official = first >= NAMED_BY_CHANNEL && (c->o->verified ||
	    c->ow->is_topic || first == NAMED_IN_FIELD);
	c->audio = first == NAMED_IN_FIELD || (c->official && c->ow->is_topic);
	if (c->same_isrc)
		first = best = first > NAMED_IN_TITLE ? first : NAMED_IN_TITLE;
	else if (is_by_remixer(c))
		best = NAMED_BY_CHANNEL;
	if (best == NAMED_NOWHERE || (!c->same_isrc &&
	    is_authoritative(c->ow) && best < NAMED_BY_CHANNEL &&
	    best != NAMED_BY_SOUND))
		return comparison_reject(c, GATE_ARTIST, "another artist: ",
		    performer);
	if (!performers_agree(c))
		return comparison_reject(c, GATE_ARTIST, "another performer: ",
		    performer);
	if (!c->same_isrc && !c->s->performers && is_like_cover(c, best))
		return comparison_reject(c, GATE_ARTIST,
		    "another artist, probably a cover: ", performer);
	if (r->by_initials)
		comparison_penalty(c, PENALTY_INITIALS);
	if (best == NAMED_BY_SOUND)
		comparison_penalty(c, PENALTY_SCRIPT);
	else if (first == NAMED_NOWHERE)
		comparison_penalty(c, PENALTY_ARTIST);
	return true;
}
