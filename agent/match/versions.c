/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/comparison.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

/* Equal except for a final s, as of a genitive; or "1" and "1st". */
static bool same_name(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), digits = strspn(a, "0123456789");

	if (n > m)
		return same_name(b, a);
	if (strncmp(a, b, n) != 0)
		return false;
	return m == n || (m == n + 1 && b[n] == 's' && n > 2) ||
	    (digits == n && m == n + 2 && b[n] >= 'a');
}

static bool is_among(const struct version *v, const char *name)
{
	for (size_t i = 0; i < v->names; i++)
		if (same_name(v->name[i], name))
			return true;
	return false;
}

void version_names(const struct version *v, struct piece *out)
{
	size_t n = 0;

	out->key[0] = '\0';
	for (size_t i = 0; i < v->names && n < sizeof(out->key); i++)
		n += (size_t)snprintf(out->key + n, sizeof(out->key) - n, "%s",
		    v->name[i]);
	if (n >= sizeof(out->key))
		out->key[0] = '\0';
}

static bool is_artist_word(const struct subject *s, const char *name)
{
	for (size_t i = 0; i < s->artists; i++)
		for (size_t k = 0; k < s->artist[i].count; k++)
			if (same_name(s->artist[i].word[k].key, name))
				return true;
	return false;
}

/* The makers of the version, or the place of a concert, must be the same. */
static bool names_agree(struct comparison *c, mark_set marks)
{
	const struct version *ours = &c->s->title.version;
	const struct version *theirs = &c->reading.version;
	bool live = marks == MARK(LIVE) || marks == MARK(UNPLUGGED);
	size_t found = 0, others = 0;
	struct piece a, b;

	version_names(ours, &a);
	version_names(theirs, &b);
	if (a.key[0] != '\0' && strcmp(a.key, b.key) == 0)
		return true;
	for (size_t i = 0; i < ours->names; i++) {
		const char *name = ours->name[i];

		found += is_among(theirs, name) ||
		    words_has(&c->ow->title, name) ||
		    words_has(&c->ow->artist, name) ||
		    words_has(&c->ow->channel, name);
	}
	for (size_t i = 0; i < theirs->names; i++)
		others += !is_among(ours, theirs->name[i]) &&
		    (ours->names > 0 || !is_artist_word(c->s,
		    theirs->name[i]));
	if (live && (ours->names == 0 || theirs->names == 0)) {
		if (ours->names > 0 || others > 0)
			comparison_penalty(c, PENALTY_PLACE);
		return true;
	}
	if (found == ours->names && others == 0)
		return true;
	/* One side may name fewer of them, but no others. */
	if (found == 0 || (others > 0 && (ours->names == 0 ||
	    (!live && found < ours->names))))
		return false;
	comparison_penalty(c, PENALTY_NAMES);
	return true;
}

/* ---- marks ---- */

/* Whether both are somebody's mix, called differently: "Bo Remix", "Bo Mix",
 * "Bo Edit", "Bo Version". */
static bool is_other_carrier(const struct comparison *c, mark_set ours,
    mark_set theirs)
{
	const mark_set carriers = MARK(REMIX) | MARK(EDIT) | MARK(VARIANT);
	struct piece a, b;

	version_names(&c->s->title.version, &a);
	version_names(&c->reading.version, &b);
	return (ours & ~carriers) == (theirs & ~carriers) &&
	    (ours & carriers) != 0 && (theirs & carriers) != 0 &&
	    piece_same(&a, &b);
}

/* Edits of one recording are not always marked; then the length decides. */
static bool is_other_cut(const struct comparison *c, mark_set ours,
    mark_set theirs)
{
	const struct version *t = &c->s->title.version;
	const struct version *r = &c->reading.version;
	mark_set differ = ours ^ theirs;

	return (differ == MARK(SHORT) || differ == MARK(EXTENDED)) &&
	    ((ours & theirs) != 0 || (t->names == 0 && r->names == 0));
}

/* Stereo is the usual case, and a mono mix need not be called one. */
static mark_set channels_differ(mark_set ours, mark_set theirs)
{
	if (ours & MARK(MONO))
		return theirs & MARK(STEREO);
	return theirs & MARK(MONO);
}

static bool marks_agree(struct comparison *c, mark_set ours, mark_set theirs)
{
	const mark_set channels = MARK(MONO) | MARK(STEREO);
	mark_set differ = (ours ^ theirs) & ~channels;

	if (channels_differ(ours, theirs))
		return false;
	if (ours & ~theirs & MARK(MONO))
		comparison_penalty(c, PENALTY_MONO);
	ours &= ~channels;
	theirs &= ~channels;

	/* The only one of a track without strong language need not say so. */
	if (theirs & MARK(CLEAN) && !c->s->track->is_explicit)
		differ &= ~MARK(CLEAN);
	if (differ == MARK(REMIX) && (ours & theirs) != 0 &&
	    c->s->title.version.names > 0)
		differ = 0;
	if (differ == 0)
		return true;
	/* Titles on a live album need not be marked as live. */
	if (differ & (MARK(LIVE) | MARK(UNPLUGGED)) &&
	    (differ & ~c->s->album_marks) == 0)
		comparison_penalty(c, PENALTY_ALBUM);
	else if (is_other_carrier(c, ours, theirs))
		comparison_penalty(c, PENALTY_CARRIER);
	else if (is_other_cut(c, ours, theirs))
		comparison_penalty(c, PENALTY_CUT);
	else
		return false;
	return true;
}

/* The marks of the offer: of its title, album, folders and channel. */
static mark_set offered_marks(const struct comparison *c)
{
	mark_set marks = marks_of_channel(&c->ow->channel);

	/* An artist's own name may be one of the words for a channel's marks.
	 */
	for (size_t i = 0; i < c->s->artists; i++)
		marks &= ~marks_of_channel(&c->s->artist[i]);
	marks |= c->reading.version.marks | marks_of_album(&c->ow->folders);
	if (!c->same_album)
		marks |= marks_of_album(&c->ow->album);
	return marks_unify(marks);
}

/* The marks of the track. "Live" on an unplugged album says no more. */
static mark_set wanted_marks(const struct subject *s)
{
	mark_set marks = s->title.version.marks;

	if (marks & (MARK(LIVE) | MARK(ACOUSTIC)))
		marks |= s->album_marks & MARK(UNPLUGGED);
	return marks_unify(marks);
}

/* ---- years ---- */

/* Whether the word is somewhere in the title. */
static bool has_year(const struct words *w, int year)
{
	for (size_t i = 0; i < w->count; i++)
		if (year_of(w->word[i].key) == year)
			return true;
	return false;
}

/* A year alone, in a bracket or after a dash, is a recording's own where
 * Spotify or a label writes it: "Title (2019)". Uploaders write the year in
 * which the track appeared. */
static bool bare_years_agree(const struct comparison *c)
{
	int ours = c->s->title.version.bare_year;
	int theirs = c->reading.version.bare_year;

	if (ours != 0)
		return has_year(&c->ow->title, ours);
	return theirs == 0 || !c->audio || c->o->is_file ||
	    has_year(&c->s->title.words, theirs);
}

/* "2012 Version" */
static bool versions_of_year_agree(const struct comparison *c)
{
	int ours = c->s->title.version.dated, theirs = c->reading.version.dated;

	if (ours != 0 && theirs != 0)
		return ours == theirs;
	return theirs == 0 || !c->audio || c->o->is_file;
}

bool versions_agree(struct comparison *c)
{
	const struct version *t = &c->s->title.version;
	const struct version *r = &c->reading.version;
	mark_set ours = wanted_marks(c->s), theirs = offered_marks(c);
	char a[80], b[80], what[180];

	marks_text(ours, a, sizeof(a));
	marks_text(theirs, b, sizeof(b));
	snprintf(what, sizeof(what), "%s version, found %s", a, b);
	if (!marks_agree(c, ours, theirs))
		return comparison_reject(c, GATE_VERSION, "wanted the ", what);
	if (t->year != 0 && r->year != 0 && t->year != r->year)
		return comparison_reject(c, GATE_VERSION,
		    "live in another year", "");
	if (!bare_years_agree(c) || !versions_of_year_agree(c))
		return comparison_reject(c, GATE_VERSION,
		    "a recording of another year", "");
	if (ours != 0 && !names_agree(c, ours))
		return comparison_reject(c, GATE_VERSION,
		    "other names in the version: ", a);
	if (r->dated != 0 && t->dated == 0)
		comparison_penalty(c, PENALTY_DATED);
	return true;
}
