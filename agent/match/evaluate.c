/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* Each makes an offer less certain: then its length must agree better, and an
 * offer of unknown length is rejected. */
enum penalty {
	PENALTY_CUT, PENALTY_NAMES, PENALTY_PLACE, PENALTY_BRACKET,
	PENALTY_NOISE, PENALTY_GUEST, PENALTY_ARTIST, PENALTY_SCRIPT,
	PENALTY_TRANSLATED, PENALTY_DATED, PENALTY_ALBUM, PENALTY_TITLE,
	N_PENALTIES
};

static const struct {
	double difference;	/* seconds that are allowed */
	double score;		/* subtracted */
	const char *text;
} penalties[N_PENALTIES + 1] = {
	[PENALTY_CUT] = { 2, 0.10, "only one is marked as an edit" },
	[PENALTY_NAMES] = { 2, 0.06, "a maker of the version is missing" },
	[PENALTY_PLACE] = { 3, 0.06, "the place of the concert is missing" },
	[PENALTY_BRACKET] = { 2, 0.08, "unexplained words in brackets" },
	[PENALTY_NOISE] = { 4, 0.05, "unexplained words in the title" },
	[PENALTY_GUEST] = { 2, 0.08, "another guest artist" },
	[PENALTY_ARTIST] = { 3, 0.08, "the main artist is not named" },
	[PENALTY_SCRIPT] = { 3, 0.06, "written in another script" },
	[PENALTY_TRANSLATED] = { 4, 0.03, "the title is in two scripts" },
	[PENALTY_DATED] = { 2, 0.08, "a version with a year" },
	[PENALTY_ALBUM] = { 2, 0.06, "the album is a live album" },
	[PENALTY_TITLE] = { 3, 0.15, "another title with the same ISRC" },
	[N_PENALTIES] = { HUGE_VAL, 0, "" },
};

/* The state of a comparison on its way through the gates. */
struct comparison {
	const struct subject *s;
	const struct offer *o;
	const struct offer_words *ow;
	struct reading reading;
	unsigned int penalties;		/* set of enum penalty */
	bool same_isrc, same_album, official, audio;
	double artists;			/* share of them that is named */
	struct evaluation result;
};

static void add_penalty(struct comparison *c, enum penalty p)
{
	c->penalties |= 1u << p;
}

/* Returns false. */
static bool reject(struct comparison *c, enum gate gate, const char *reason,
    const char *what)
{
	c->result.gate = gate;
	c->result.score = 0.1 * (double)gate;
	error_set(&c->result.error, DONE, "%s%s", reason, what);
	return false;
}

/* ---- artists ---- */

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

static bool is_empty(const char *text)
{
	return text == NULL || *text == '\0';
}

static bool artists_agree(struct comparison *c)
{
	const struct reading *r = &c->reading;
	const char *performer = !is_empty(c->o->artist) ? c->o->artist :
	    !is_empty(c->o->channel) ? c->o->channel : "not named";
	enum named best = NAMED_NOWHERE;
	enum named first = c->s->artists > 0 ? r->artist[0] : NAMED_NOWHERE;
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
	if (c->same_isrc && best > NAMED_NOWHERE)
		return true;
	if (best == NAMED_NOWHERE || (is_authoritative(c->ow) &&
	    best < NAMED_BY_CHANNEL && best != NAMED_BY_SOUND))
		return c->same_isrc ? true : reject(c, GATE_ARTIST,
		    "another artist: ", performer);
	/* Covers name the original artist as "Title (Artist)", or as "Title -
	 * Artist" on another artist's channel. */
	if (!c->o->is_file && (best == NAMED_IN_BRACKET ||
	    (best == NAMED_IN_TITLE && c->o->verified && !r->artist_first)))
		return reject(c, GATE_ARTIST,
		    "another artist, probably a cover: ", performer);
	if (best == NAMED_BY_SOUND)
		add_penalty(c, PENALTY_SCRIPT);
	else if (first == NAMED_NOWHERE)
		add_penalty(c, PENALTY_ARTIST);
	return true;
}

/* ---- version ---- */

/* Equal except for a final s, as of a genitive. */
static bool same_name(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	if (n > m)
		return same_name(b, a);
	return strncmp(a, b, n) == 0 &&
	    (m == n || (m == n + 1 && b[n] == 's' && n > 2));
}

static bool is_among(const struct version *v, const char *name)
{
	for (size_t i = 0; i < v->names; i++)
		if (same_name(v->name[i], name))
			return true;
	return false;
}

static void join_names(const struct version *v, struct piece *out)
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
static bool version_names_agree(struct comparison *c)
{
	const struct version *ours = &c->s->title.version;
	const struct version *theirs = &c->reading.version;
	bool live = ours->marks == MARK(LIVE);
	size_t found = 0, others = 0;
	struct piece a, b;

	join_names(ours, &a);
	join_names(theirs, &b);
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
			add_penalty(c, PENALTY_PLACE);
		return true;
	}
	if (found == ours->names && others == 0)
		return true;
	/* One side may name fewer of them, but no others. */
	if (found == 0 || (others > 0 && (ours->names == 0 ||
	    (!live && found < ours->names))))
		return false;
	add_penalty(c, PENALTY_NAMES);
	return true;
}

/* Edits of one recording are not always marked; then the length decides. */
static bool marks_agree(struct comparison *c, mark_set ours, mark_set theirs)
{
	const struct version *t = &c->s->title.version;
	const struct version *r = &c->reading.version;
	mark_set differ = ours ^ theirs;

	if (differ & MARK(CLEAN) && !c->s->track->is_explicit)
		differ &= ~MARK(CLEAN);
	if (differ == MARK(REMIX) && (ours & theirs) != 0 && t->names > 0)
		differ = 0;
	/* Titles on a live album need not be marked as live. */
	if (differ == MARK(LIVE) && c->s->album_marks & MARK(LIVE)) {
		add_penalty(c, PENALTY_ALBUM);
		differ = 0;
	}
	if (differ == 0)
		return true;
	if ((differ != MARK(SHORT) && differ != MARK(EXTENDED)) ||
	    ((ours & theirs) == 0 && (t->names > 0 || r->names > 0)))
		return false;
	add_penalty(c, PENALTY_CUT);
	return true;
}

static bool versions_agree(struct comparison *c)
{
	const struct version *t = &c->s->title.version;
	const struct version *r = &c->reading.version;
	mark_set theirs = marks_of_channel(&c->ow->channel);
	char a[80], b[80], what[180];

	/* An artist's own name may be one of the words for a channel's marks.
	 */
	for (size_t i = 0; i < c->s->artists; i++)
		theirs &= ~marks_of_channel(&c->s->artist[i]);
	theirs |= r->marks | marks_of_album(&c->ow->folders);
	if (!c->same_album)
		theirs |= marks_of_album(&c->ow->album);
	marks_text(t->marks, a, sizeof(a));
	marks_text(theirs, b, sizeof(b));
	snprintf(what, sizeof(what), "%s version, found %s", a, b);
	if (!marks_agree(c, t->marks, theirs))
		return reject(c, GATE_VERSION, "wanted the ", what);
	if (t->year != 0 && r->year != 0 && t->year != r->year)
		return reject(c, GATE_VERSION, "live in another year", "");
	if (t->marks != 0 && !version_names_agree(c))
		return reject(c, GATE_VERSION, "other names in the version: ",
		    a);
	if (r->dated && !t->dated)
		add_penalty(c, PENALTY_DATED);
	return true;
}

/* ---- unexplained words ---- */

static bool words_agree(struct comparison *c)
{
	const struct reading *r = &c->reading;
	bool in_title = false;

	for (size_t i = 0; i < c->s->artists; i++)
		in_title = in_title || r->artist[i] == NAMED_IN_TITLE;
	if (r->beside_title > 0 && !c->same_isrc)
		return reject(c, GATE_TITLE, "another title: ", c->o->title);
	/* They may be another artist's name. */
	if (r->elsewhere > 0 && !in_title && !c->same_isrc)
		return reject(c, GATE_WORDS,
		    "unexplained words in the title: ", c->o->title);
	/* In the artist's own upload they are a subtitle, elsewhere perhaps a
	 * version in words that the table lacks. */
	if (r->in_brackets > 0 && !c->official && !c->same_isrc)
		return reject(c, GATE_WORDS, "unexplained words in brackets: ",
		    c->o->title);
	if (r->in_brackets > 0)
		add_penalty(c, PENALTY_BRACKET);
	if (r->elsewhere > 0)
		add_penalty(c, PENALTY_NOISE);
	if (r->other_guest)
		add_penalty(c, PENALTY_GUEST);
	if (r->translated)
		add_penalty(c, PENALTY_TRANSLATED);
	if (r->by_sound)
		add_penalty(c, PENALTY_SCRIPT);
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
		return reject(c, GATE_LENGTH, lengths,
		    penalties[strictest].text);
	}
	if (c->result.difference < 0 && c->penalties != 0 && !c->same_isrc)
		return reject(c, GATE_LENGTH, "length unknown, and ",
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
    bool by_sound)
{
	c->penalties = 0;
	reading_make(&c->reading, c->s, c->o, c->ow, first, len);
	c->reading.by_sound = by_sound;
	if (len == 0)
		add_penalty(c, PENALTY_TITLE);
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

/* Tries all places of the title: in "Black Sabbath - Black Sabbath" one is the
 * artist. */
static void evaluate_places(struct comparison *c, struct evaluation *best)
{
	size_t first, len, at = 0;

	for (int places = 0; places < MAX_PLACES && title_place(c->s,
	    &c->ow->title, at, &first, &len); places++) {
		evaluate_place(c, first, len, false);
		if (at == 0 || c->result.score > best->score)
			*best = c->result;
		at = first + 1;
	}
	if (at > 0)
		return;
	if (title_place_by_sound(c->s, &c->ow->title, &first, &len)) {
		evaluate_place(c, first, len, true);
	} else if (c->same_isrc && c->ow->title.count > 0) {
		evaluate_place(c, 0, 0, false);
	} else {
		reject(c, GATE_TITLE, "another title: ",
		    !is_empty(c->o->title) ? c->o->title : "none");
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
