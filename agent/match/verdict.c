/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * How far lengths may be apart, in seconds, when nothing else is in doubt.
 * Masters of one recording differ by 2 s; what people upload or rip has a lead-in
 * or lacks a fade-out, and is up to 5 s off. Another take of the same song by
 * the same artist was seen from 7 s on.
 */
#define APART_UPLOAD 5.0
#define APART_OFFICIAL 4.0
#define APART_FILE 5.0

#define MOST_OF_TITLE 0.09	/* score of an offer that has all words of the
				   title, but nowhere together */
#define MAX_PLACES 8	/* of a title in an offer's: more are a hostile one's */

/* What makes an offer less certain: then its length must say more, and if it
 * is not known, the offer is none. */
enum doubt {
	DOUBT_CUT, DOUBT_NAMES, DOUBT_PLACE, DOUBT_BRACKET, DOUBT_NOISE,
	DOUBT_GUEST, DOUBT_ARTIST, DOUBT_SCRIPT, DOUBT_TRANSLATED, DOUBT_DATED,
	DOUBT_ALBUM, DOUBT_TITLE,
	N_DOUBTS
};

static const struct {
	double apart;		/* seconds that are allowed */
	double costs;		/* of the score */
	const char *text;
} doubts[N_DOUBTS] = {
	[DOUBT_CUT] = { 2, 0.10, "one of them is named a cut of its own" },
	[DOUBT_NAMES] = { 2, 0.06, "not all who made the version are named" },
	[DOUBT_PLACE] = { 3, 0.06, "where it was live is not said" },
	[DOUBT_BRACKET] = { 2, 0.08, "a bracket says something else" },
	[DOUBT_NOISE] = { 4, 0.05, "there is more in its name" },
	[DOUBT_GUEST] = { 2, 0.08, "it has another guest" },
	[DOUBT_ARTIST] = { 3, 0.08, "the main artist is not named" },
	[DOUBT_SCRIPT] = { 3, 0.06, "spelt in another script" },
	[DOUBT_TRANSLATED] = { 4, 0.03, "its name is in two scripts" },
	[DOUBT_DATED] = { 2, 0.08, "a version by its year" },
	[DOUBT_ALBUM] = { 2, 0.06, "the album is a live one" },
	[DOUBT_TITLE] = { 3, 0.15, "another title with the same ISRC" },
};

/* What is found out on the way through the gates. */
struct weighing {
	const struct subject *s;
	const struct offer *o;
	const struct offer_words *ow;
	struct reading reading;
	unsigned int doubts;		/* set of enum doubt */
	bool same_isrc, official, audio;
	double artists;			/* 0..1: how many of them are named */
	struct verdict v;
};

static void doubt(struct weighing *w, enum doubt d)
{
	w->doubts |= 1u << d;
}

/* Returns false, for whoever stops at a gate. */
static bool stop(struct weighing *w, enum gate gate, const char *reason,
    const char *what)
{
	w->v.stopped = gate;
	w->v.score = 0.1 * (double)gate;
	error_set(&w->v.error, DONE, "%s%s", reason, what);
	return false;
}

/* ---- artists ---- */

/* A field or a channel that YouTube filled by itself names the performers;
 * nobody else is one. */
static bool is_authoritative(const struct weighing *w)
{
	static const char *const anybody[] = { "variousartists", "release",
		"unknownartist", "va", "various" };
	struct piece p;

	if (w->ow->artist.count == 0 && !w->ow->is_topic)
		return false;
	if (w->ow->artist.count == 0)
		p = w->ow->channel_name;
	else
		piece_make(&p, &w->ow->artist, 0, w->ow->artist.count);
	for (size_t i = 0; i < COUNT(anybody); i++)
		if (strcmp(p.key, anybody[i]) == 0)
			return false;
	return true;
}

static const char *performer(const struct offer *o)
{
	return o->artist != NULL && *o->artist != '\0' ? o->artist :
	    o->channel != NULL && *o->channel != '\0' ? o->channel :
	    "not named";
}

static bool artists_agree(struct weighing *w)
{
	const struct reading *r = &w->reading;
	enum named best = NAMED_NOWHERE, first;
	size_t found = 0;

	first = w->s->artists > 0 ? r->artist[0] : NAMED_NOWHERE;
	for (size_t i = 0; i < w->s->artists; i++) {
		best = r->artist[i] > best ? r->artist[i] : best;
		found += r->artist[i] != NAMED_NOWHERE;
	}
	w->artists = w->s->artists > 0 ?
	    (double)found / (double)w->s->artists : 0;
	w->official = first >= NAMED_BY_CHANNEL && (w->o->verified ||
	    w->ow->is_topic || first == NAMED_IN_FIELD);
	w->audio = first == NAMED_IN_FIELD || (w->official && w->ow->is_topic);
	if (w->same_isrc && best > NAMED_NOWHERE)
		return true;
	if (best == NAMED_NOWHERE || (is_authoritative(w) &&
	    best < NAMED_BY_CHANNEL && best != NAMED_BY_SOUND))
		return w->same_isrc ? true : stop(w, GATE_ARTIST,
		    "another artist: ", performer(w->o));
	/* "Title (Artist)", or "Title - Artist" by another artist's channel, is
	 * how covers name whom they cover. */
	if (!w->o->is_file && (best == NAMED_IN_BRACKET ||
	    (best == NAMED_IN_TITLE && w->o->verified && !r->artist_first)))
		return stop(w, GATE_ARTIST,
		    "another artist, who names this one: ", performer(w->o));
	if (best == NAMED_BY_SOUND)
		doubt(w, DOUBT_SCRIPT);
	else if (first == NAMED_NOWHERE)
		doubt(w, DOUBT_ARTIST);
	return true;
}

/* ---- version ---- */

/* Names are alike if only a genitive's s is between them. */
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

static bool names_in_one_piece(const struct version *v, char *out,
    size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < v->names && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s", v->name[i]);
	return n > 0 && n < size;
}

static bool same_in_one_piece(const struct version *a,
    const struct version *b)
{
	char ours[256], theirs[256];

	return names_in_one_piece(a, ours, sizeof(ours)) &&
	    names_in_one_piece(b, theirs, sizeof(theirs)) &&
	    strcmp(ours, theirs) == 0;
}

static bool is_anywhere(const struct weighing *w, const char *name)
{
	return is_among(&w->reading.version, name) ||
	    words_has(&w->ow->title, name) || words_has(&w->ow->artist, name) ||
	    words_has(&w->ow->channel, name);
}

static bool is_of_artists(const struct subject *s, const char *name)
{
	for (size_t i = 0; i < s->artists; i++)
		for (size_t k = 0; k < s->artist[i].count; k++)
			if (same_name(s->artist[i].word[k].key, name))
				return true;
	return false;
}

/* Who made the version, or where it was live, must be the same. */
static bool version_names_agree(struct weighing *w)
{
	const struct version *ours = &w->s->title.version;
	const struct version *theirs = &w->reading.version;
	bool live = ours->marks == MARK(LIVE);
	size_t found = 0, strange = 0;

	if (same_in_one_piece(ours, theirs))
		return true;
	for (size_t i = 0; i < ours->names; i++)
		found += is_anywhere(w, ours->name[i]);
	for (size_t i = 0; i < theirs->names; i++)
		strange += !is_among(ours, theirs->name[i]) &&
		    (ours->names > 0 || !is_of_artists(w->s,
		    theirs->name[i]));
	if (live && (ours->names == 0 || theirs->names == 0)) {
		if (ours->names > 0 || strange > 0)
			doubt(w, DOUBT_PLACE);
		return true;
	}
	if (found == ours->names && strange == 0)
		return true;
	/* One may name fewer of them, but not others. */
	if (found == 0 || (strange > 0 && (ours->names == 0 ||
	    (!live && found < ours->names))))
		return false;
	doubt(w, DOUBT_NAMES);
	return true;
}

/* Cuts of one recording: their names are not always given, and then their
 * length tells. */
static bool marks_agree(struct weighing *w, mark_set ours, mark_set theirs)
{
	const struct version *t = &w->s->title.version;
	const struct version *r = &w->reading.version;
	mark_set differ = ours ^ theirs;

	if (differ & MARK(CLEAN) && !w->s->track->is_explicit)
		differ &= ~MARK(CLEAN);
	if (differ == MARK(REMIX) && (ours & theirs) != 0 && t->names > 0)
		differ = 0;
	/* A live album need not say so in each title. */
	if (differ == MARK(LIVE) && w->s->album_marks & MARK(LIVE)) {
		doubt(w, DOUBT_ALBUM);
		differ = 0;
	}
	if (differ == 0)
		return true;
	if ((differ != MARK(SHORT) && differ != MARK(EXTENDED)) ||
	    ((ours & theirs) == 0 && (t->names > 0 || r->names > 0)))
		return false;
	doubt(w, DOUBT_CUT);
	return true;
}

/* What the artists' own names would say, were they an uploader's. */
static mark_set ours_by_name(const struct subject *s)
{
	mark_set found = 0;

	for (size_t i = 0; i < s->artists; i++)
		found |= marks_of_channel(&s->artist[i]);
	return found;
}

static bool versions_agree(struct weighing *w)
{
	const struct version *t = &w->s->title.version;
	const struct version *r = &w->reading.version;
	mark_set theirs = r->marks;
	char a[80], b[80], what[180];
	struct piece album;

	piece_make(&album, &w->ow->album, 0, w->ow->album.count);
	if (!piece_same(&album, &w->s->album_name))
		theirs |= marks_of_album(&w->ow->album);
	theirs |= marks_of_album(&w->ow->folders);
	theirs |= marks_of_channel(&w->ow->channel) & ~ours_by_name(w->s);
	if (!marks_agree(w, t->marks, theirs)) {
		marks_text(theirs, a, sizeof(a));
		marks_text(t->marks, b, sizeof(b));
		snprintf(what, sizeof(what), "%s, not %s", a, b);
		return stop(w, GATE_VERSION, "another version: ", what);
	}
	if (t->year != 0 && r->year != 0 && t->year != r->year)
		return stop(w, GATE_VERSION, "live in another year", "");
	if (t->marks != 0 && !version_names_agree(w)) {
		marks_text(t->marks, b, sizeof(b));
		return stop(w, GATE_VERSION, "another version of its kind: ",
		    b);
	}
	if (r->dated && !t->dated)
		doubt(w, DOUBT_DATED);
	return true;
}

/* ---- what else the name says ---- */

static bool name_agrees(struct weighing *w)
{
	const struct reading *r = &w->reading;
	bool in_title = false;

	for (size_t i = 0; i < w->s->artists; i++)
		in_title = in_title || r->artist[i] == NAMED_IN_TITLE;
	if (r->beside_title > 0 && !w->same_isrc)
		return stop(w, GATE_TITLE, "another title: ", w->o->title);
	/* Somebody else's name, where the artist's would be. */
	if (r->elsewhere > 0 && !in_title && !w->same_isrc)
		return stop(w, GATE_NAME, "its name says something else: ",
		    w->o->title);
	/* What an artist puts there is a subtitle; what others do is a version
	 * by some word that no table has. */
	if (r->in_brackets > 0 && !w->official && !w->same_isrc)
		return stop(w, GATE_NAME, "a bracket says something else: ",
		    w->o->title);
	if (r->in_brackets > 0)
		doubt(w, DOUBT_BRACKET);
	if (r->elsewhere > 0)
		doubt(w, DOUBT_NOISE);
	if (r->strange_guest)
		doubt(w, DOUBT_GUEST);
	if (r->translated)
		doubt(w, DOUBT_TRANSLATED);
	if (r->by_sound)
		doubt(w, DOUBT_SCRIPT);
	return true;
}

/* ---- length ---- */

static double allowed(const struct weighing *w)
{
	double most = w->o->is_file ? APART_FILE :
	    w->audio ? APART_OFFICIAL : APART_UPLOAD;

	for (size_t d = 0; d < N_DOUBTS; d++)
		if (w->doubts & 1u << d && doubts[d].apart < most)
			most = doubts[d].apart;
	return most;
}

static const char *gravest_doubt(const struct weighing *w)
{
	size_t gravest = N_DOUBTS;

	for (size_t d = 0; d < N_DOUBTS; d++)
		if (w->doubts & 1u << d && (gravest == N_DOUBTS ||
		    doubts[d].apart < doubts[gravest].apart))
			gravest = d;
	return gravest < N_DOUBTS ? doubts[gravest].text : "";
}

static bool length_agrees(struct weighing *w)
{
	double ours = (double)w->s->track->duration_ms / 1000;
	double most = allowed(w);
	char lengths[100];

	w->v.apart = -1;
	if (ours > 0 && w->o->duration_s > 0)
		w->v.apart = fabs(ours - w->o->duration_s);
	if (w->v.apart > most) {
		snprintf(lengths, sizeof(lengths), "%.0f s long, not %.0f s%s",
		    w->o->duration_s, ours, w->doubts != 0 ? ", and " : "");
		return stop(w, GATE_LENGTH, lengths, gravest_doubt(w));
	}
	if (w->v.apart < 0 && w->doubts != 0 && !w->same_isrc)
		return stop(w, GATE_LENGTH, "no length to tell by, and ",
		    gravest_doubt(w));
	return true;
}

/* ---- all of it ---- */

static void accept(struct weighing *w)
{
	const struct verdict *v = &w->v;
	double score = 0.75 + 0.08 * w->artists;
	char length[40] = "length unknown";
	struct piece album;

	piece_make(&album, &w->ow->album, 0, w->ow->album.count);
	score += w->audio ? 0.10 : w->official ? 0.05 : 0;
	score += w->same_isrc ? 0.10 : 0;
	score += piece_same(&album, &w->s->album_name) ? 0.02 : 0;
	score -= v->apart < 0 ? 0.10 : 0.015 * v->apart;
	for (size_t d = 0; d < N_DOUBTS; d++)
		score -= w->doubts & 1u << d ? doubts[d].costs : 0;
	w->v.stopped = GATE_PASSED;
	w->v.score = score > 1 ? 1 : score < ACCEPTED ? ACCEPTED : score;
	if (v->apart >= 0)
		snprintf(length, sizeof(length), "length within %.0f s",
		    ceil(v->apart));
	error_set(&w->v.error, DONE, "title, artist and version agree, "
	    "%s%s%s%s%s", length, w->audio ? ", official audio" :
	    w->official ? ", official" : "", w->same_isrc ? ", same ISRC" : "",
	    w->doubts != 0 ? ", though " : "", gravest_doubt(w));
}

/* The offer, if its title stands there. */
static void weigh_place(struct weighing *w, size_t first, size_t len,
    bool by_sound)
{
	w->doubts = 0;
	reading_make(&w->reading, w->s, w->o, w->ow, first, len);
	w->reading.by_sound = by_sound;
	if (len == 0)
		doubt(w, DOUBT_TITLE);
	if (artists_agree(w) && versions_agree(w) &&
	    (len == 0 || name_agrees(w)) && length_agrees(w))
		accept(w);
}

static bool isrc_agrees(const struct subject *s, const struct offer *o)
{
	char theirs[ISRC_LEN + 1];

	return s->track->isrc != NULL && o->isrc != NULL &&
	    isrc_parse(o->isrc, theirs) == 0 &&
	    strcmp(s->track->isrc, theirs) == 0;
}

/* How much of the title's words the offer has somewhere: 0..1. */
static double title_shared(const struct weighing *w)
{
	const struct title *t = &w->s->title;
	size_t words = 0, shared = 0;

	for (size_t i = 0; i < t->words.count; i++) {
		if (t->role[i] != ROLE_TITLE)
			continue;
		words++;
		shared += words_has(&w->ow->title, t->words.word[i].key);
	}
	return words > 0 ? (double)shared / (double)words : 0;
}

/* All places where the title could stand are tried: in "Black Sabbath - Black
 * Sabbath" one is the artist. */
static void weigh_places(struct weighing *w, struct verdict *best)
{
	size_t first, len, at = 0;

	for (int places = 0; places < MAX_PLACES && title_place(w->s,
	    &w->ow->title, at, &first, &len); places++) {
		weigh_place(w, first, len, false);
		if (at == 0 || w->v.score > best->score)
			*best = w->v;
		at = first + 1;
	}
	if (at == 0 && title_place_by_sound(w->s, &w->ow->title, &first,
	    &len)) {
		weigh_place(w, first, len, true);
		*best = w->v;
		at = 1;
	}
	if (at > 0)
		return;
	if (w->same_isrc && w->ow->title.count > 0) {
		weigh_place(w, 0, 0, false);
	} else {
		stop(w, GATE_TITLE, "another title: ", w->o->title != NULL &&
		    *w->o->title != '\0' ? w->o->title : "none");
		w->v.score = MOST_OF_TITLE * title_shared(w);
	}
	*best = w->v;
}

void verdict_of(struct verdict *v, const struct subject *s,
    const struct offer *o)
{
	struct offer_words ow;
	struct weighing w = { .s = s, .o = o, .ow = &ow };

	offer_fold(&ow, o);
	w.same_isrc = isrc_agrees(s, o);
	weigh_places(&w, v);
	offer_free(&ow);
}
