/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "match/comparison.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * How many seconds lengths may differ without penalties. Masters of one
 * recording differ by 2 s; uploads and rips have a lead-in or lack a fade-out
 * and differ by up to 5 s. Other takes by the same artist differ by 7 s and
 * more.
 */
#define MAX_UPLOAD 5.0
#define MAX_OFFICIAL 4.0
#define MAX_FILE 5.0

#define ALL_WORDS_SCORE 0.09	/* of an offer with all words of the title, but
				   not in a row */
#define MAX_PLACES 8	/* of a title in an offer; more are hostile */

static const struct {
	double difference;	/* seconds that are allowed */
	double score;		/* subtracted */
	const char *text;
} penalties[N_PENALTIES + 1] = {
	[PENALTY_CUT] = { 2, 0.10, "only one is marked as an edit" },
	[PENALTY_CARRIER] = { 2, 0.06, "the version is called differently" },
	[PENALTY_MONO] = { 2, 0.06, "only the track is called mono" },
	[PENALTY_NAMES] = { 2, 0.06, "a maker of the version is missing" },
	[PENALTY_PLACE] = { 3, 0.06, "the place of the concert is missing" },
	[PENALTY_BRACKET] = { 2, 0.08, "unexplained words in brackets" },
	[PENALTY_NOISE] = { 4, 0.05, "unexplained words in the title" },
	[PENALTY_GUEST] = { 2, 0.08, "another guest artist" },
	[PENALTY_ARTIST] = { 3, 0.08, "the main artist is not named" },
	[PENALTY_INITIALS] = { 3, 0.06, "the artist's initials only" },
	[PENALTY_SCRIPT] = { 3, 0.06, "written in another script" },
	[PENALTY_TRANSLATED] = { 4, 0.03, "the title is in two scripts" },
	[PENALTY_DATED] = { 2, 0.08, "a version with a year" },
	[PENALTY_ALBUM] = { 2, 0.06, "the album is a live album" },
	[PENALTY_TITLE] = { 3, 0.15, "another title with the same ISRC" },
	[N_PENALTIES] = { HUGE_VAL, 0, "" },
};

void comparison_penalty(struct comparison *c, enum penalty p)
{
	c->penalties |= 1u << p;
}

bool comparison_reject(struct comparison *c, enum gate gate,
    const char *reason, const char *what)
{
	c->result.gate = gate;
	c->result.score = 0.1 * (double)gate;
	error_set(&c->result.error, DONE, "%s%s", reason, what);
	return false;
}

/* ---- unexplained words ---- */

/* Whether the track has a subtitle that the offer lacks. */
static bool lacks_subtitle(const struct comparison *c)
{
	const struct title *t = &c->s->title;
	const struct words *w = &t->words;

	for (size_t i = 0; i < w->count; i++)
		if (t->role[i] == ROLE_OPEN &&
		    !words_has(&c->ow->title, w->word[i].key))
			return true;
	return false;
}

static bool words_agree(struct comparison *c)
{
	const struct reading *r = &c->reading;
	bool in_title = false;

	for (size_t i = 0; i < c->s->artists; i++)
		in_title = in_title || r->artist[i] == NAMED_IN_TITLE;
	if (r->beside_title > 0 && !c->same_isrc)
		return comparison_reject(c, GATE_TITLE, "another title: ",
		    c->o->title);
	if ((r->other_guest || (r->guest_first && !c->official)) &&
	    !c->same_isrc)
		return comparison_reject(c, GATE_VERSION,
		    "a version with another guest: ", c->o->title);
	/* They may be another artist's name. */
	if (r->elsewhere > 0 && !in_title && !c->same_isrc)
		return comparison_reject(c, GATE_WORDS,
		    "unexplained words in the title: ", c->o->title);
	if (lacks_subtitle(c) && (r->in_brackets > 0 || r->translated) &&
	    !c->same_isrc)
		return comparison_reject(c, GATE_WORDS, "another subtitle: ",
		    c->o->title);
	/* On the same album they are a subtitle, elsewhere perhaps a version
	 * in words that the table lacks. */
	if (r->in_brackets > 0 && !c->same_album && !c->same_isrc)
		return comparison_reject(c, GATE_WORDS, "unexplained words in brackets: ",
		    c->o->title);
	if (r->in_brackets > 0)
		comparison_penalty(c, PENALTY_BRACKET);
	if (r->elsewhere > 0)
		comparison_penalty(c, PENALTY_NOISE);
	if (r->guest_first)
		comparison_penalty(c, PENALTY_GUEST);
	if (r->translated)
		comparison_penalty(c, PENALTY_TRANSLATED);
	if (r->by_sound)
		comparison_penalty(c, PENALTY_SCRIPT);
	return true;
}

/* ---- length ---- */

/* N_PENALTIES if there is none. */
static size_t strictest_penalty(const struct comparison *c)
{
	size_t strictest = N_PENALTIES;

	for (size_t d = 0; d < N_PENALTIES; d++)
		if (c->penalties & 1u << d && penalties[d].difference <
		    penalties[strictest].difference)
			strictest = d;
	return strictest;
}

static bool length_agrees(struct comparison *c)
{
	double ours = (double)c->s->track->duration_ms / 1000;
	size_t strictest = strictest_penalty(c);
	double most = fmin(penalties[strictest].difference, c->o->is_file ?
	    MAX_FILE : c->audio ? MAX_OFFICIAL : MAX_UPLOAD);
	char lengths[100];

	c->result.difference = -1;
	if (ours > 0 && c->o->duration_s > 0)
		c->result.difference = fabs(ours - c->o->duration_s);
	if (c->result.difference > most) {
		snprintf(lengths, sizeof(lengths), "%.0f s long, not %.0f s%s",
		    c->o->duration_s, ours, c->penalties != 0 ? ", and " : "");
		return comparison_reject(c, GATE_LENGTH, lengths,
		    penalties[strictest].text);
	}
	if (c->result.difference < 0 && c->penalties != 0 && !c->same_isrc)
		return comparison_reject(c, GATE_LENGTH, "length unknown, and ",
		    penalties[strictest].text);
	return true;
}

/* ---- result ---- */

static void accept(struct comparison *c)
{
	const struct evaluation *v = &c->result;
	double score = 0.75 + 0.08 * c->artists;
	char length[40] = "length unknown";

	score += c->audio ? 0.10 : c->official ? 0.05 : 0;
	score += c->same_isrc ? 0.10 : 0;
	score += c->same_album ? 0.02 : 0;
	score -= lacks_subtitle(c) ? 0.04 : 0;
	score -= v->difference < 0 ? 0.10 : 0.015 * v->difference;
	for (size_t d = 0; d < N_PENALTIES; d++)
		score -= c->penalties & 1u << d ? penalties[d].score : 0;
	c->result.gate = GATE_PASSED;
	c->result.score = score > 1 ? 1 : score < ACCEPTED ? ACCEPTED : score;
	if (v->difference >= 0)
		snprintf(length, sizeof(length), "length within %.0f s",
		    ceil(v->difference));
	error_set(&c->result.error, DONE, "title, artist and version agree, "
	    "%s%s%s%s%s", length, c->audio ? ", official audio" :
	    c->official ? ", official" : "", c->same_isrc ? ", same ISRC" : "",
	    c->penalties != 0 ? ", though " : "",
	    penalties[strictest_penalty(c)].text);
}

/* Evaluates the offer with its title at that place. */
static void evaluate_place(struct comparison *c, size_t first, size_t len,
    bool by_sound, const uint8_t *roles)
{
	c->penalties = 0;
	reading_make(&c->reading, c->s, c->o, c->ow, first, len, roles);
	c->reading.by_sound = by_sound;
	if (len == 0)
		comparison_penalty(c, PENALTY_TITLE);
	if (artists_agree(c) && versions_agree(c) &&
	    (len == 0 || words_agree(c)) && length_agrees(c))
		accept(c);
}

/* The share of the title's words that the offer has anywhere. */
static double title_shared(const struct comparison *c)
{
	const struct title *t = &c->s->title;
	size_t words = 0, shared = 0;

	for (size_t i = 0; i < t->words.count; i++) {
		if (t->role[i] != ROLE_TITLE)
			continue;
		words++;
		shared += words_has(&c->ow->title, t->words.word[i].key);
	}
	return words > 0 ? (double)shared / (double)words : 0;
}

/* Compares works of classical music part by part. */
static void evaluate_work(struct comparison *c)
{
	const struct words *w = &c->ow->title;
	uint8_t role[MAX_WORDS];
	const char *why;
	struct work work;
	size_t first = 0;

	work_read(&work, w, NULL);
	if (!work_same(&c->s->work, &c->s->title.words, &work, w, role, &why)) {
		comparison_reject(c, GATE_TITLE, why, c->o->title);
		c->result.score = ALL_WORDS_SCORE * title_shared(c);
		return;
	}
	while (first + 1 < w->count && role[first] != ROLE_TITLE)
		first++;
	evaluate_place(c, first, 1, false, role);
}

/* Tries all places of the title: in "Black Sabbath - Black Sabbath" one is the
 * artist. */
static void evaluate_places(struct comparison *c, struct evaluation *best)
{
	size_t first, len, at = 0;

	if (c->s->is_work && c->ow->title.count > 0) {
		evaluate_work(c);
		*best = c->result;
		return;
	}
	for (int places = 0; places < MAX_PLACES && title_place(c->s,
	    &c->ow->title, at, &first, &len); places++) {
		evaluate_place(c, first, len, false, NULL);
		if (at == 0 || c->result.score > best->score)
			*best = c->result;
		at = first + 1;
	}
	if (at > 0)
		return;
	if (title_place_by_sound(c->s, &c->ow->title, &first, &len)) {
		evaluate_place(c, first, len, true, NULL);
	} else if (c->same_isrc && c->ow->title.count > 0) {
		evaluate_place(c, 0, 0, false, NULL);
	} else {
		comparison_reject(c, GATE_TITLE, "another title: ",
		    c->ow->title.count > 0 ? c->o->title : "none");
		c->result.score = ALL_WORDS_SCORE * title_shared(c);
	}
	*best = c->result;
}

void evaluate_offer(struct evaluation *v, const struct subject *s,
    const struct offer *o)
{
	struct offer_words ow;
	struct comparison c = { .s = s, .o = o, .ow = &ow };
	char isrc[ISRC_LEN + 1];
	struct piece album;

	offer_fold(&ow, o);
	c.same_isrc = s->track->isrc != NULL && o->isrc != NULL &&
	    isrc_parse(o->isrc, isrc) == 0 &&
	    strcmp(s->track->isrc, isrc) == 0;
	piece_make(&album, &ow.album, 0, ow.album.count);
	c.same_album = piece_same(&album, &s->album_name);
	evaluate_places(&c, v);
	offer_free(&ow);
}
