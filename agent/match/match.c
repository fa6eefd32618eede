/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judgement. A candidate's words must be explained: by the title (all of
 * its words, in order), by the artists, by its version (which must be the
 * track's own), or by what changes nothing. Length is a gate, not a score,
 * and what is left unexplained counts against it.
 */
#include "match/match.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/title.h"

#define ACCEPT 0.5		/* a score below this is "none" */
#define GATE_S 10.0		/* lengths further apart are never one */
#define CLOSE_S 3.0		/* nor is this apart worth a thought */
#define MAX_UNEXPLAINED 4	/* words; more, and it is something else */

/* What is compared with the track, from whatever kind of offer. */
struct offer {
	const char *title, *artist, *channel, *album, *isrc;
	double duration_s;
	int64_t views;
	bool verified;
	bool is_file;	/* of the library: there is no channel to vouch */
};

/* A track, taken apart once for all its candidates. */
struct subject {
	const struct track *track;
	struct title title;
	struct words artists[8];
	size_t n_artists;
};

struct verdict_of {
	double score;		/* 0: it is not the recording */
	char why[256];
};

static void subject_init(struct subject *s, const struct track *t)
{
	memset(s, 0, sizeof(*s));
	s->track = t;
	title_parse(&s->title, t->title != NULL ? t->title : "");
	for (size_t i = 0; i < t->n_artists && s->n_artists < 8; i++)
		words_fold(&s->artists[s->n_artists++], t->artists[i]);
}

static void subject_free(struct subject *s)
{
	title_free(&s->title);
	for (size_t i = 0; i < s->n_artists; i++)
		words_free(&s->artists[i]);
}

/* Where all words of needle stand in a row; SIZE_MAX if nowhere. */
static size_t find_run(const struct words *hay, const struct words *needle)
{
	for (size_t at = 0; needle->count > 0 &&
	    at + needle->count <= hay->count; at++) {
		size_t i = 0;

		while (i < needle->count &&
		    strcmp(hay->word[at + i], needle->word[i]) == 0)
			i++;
		if (i == needle->count)
			return at;
	}
	return SIZE_MAX;
}

/* The words in one piece, for names whose spaces come and go. */
static void join(const struct words *w, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < w->count && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s", w->word[i]);
}

/* Is this artist named by the text? All his words, or all in one piece. */
static bool names_artist(const struct words *text, const struct words *artist)
{
	char whole[512], name[256];

	if (find_run(text, artist) != SIZE_MAX)
		return true;
	join(text, whole, sizeof(whole));
	join(artist, name, sizeof(name));
	return strlen(name) > 3 && strstr(whole, name) != NULL;
}

static bool is_artist_word(const struct subject *s, const char *word)
{
	for (size_t i = 0; i < s->n_artists; i++)
		if (words_has(&s->artists[i], word))
			return true;
	return false;
}

/* Marks each word of the offer's title as explained or not, and collects the
 * versions that it names outside the title's own words. */
static size_t explain_words(const struct subject *s, const struct words *w,
    size_t title_at, const struct words *channel, uint32_t *marks)
{
	size_t unexplained = 0;

	for (size_t i = 0; i < w->count; i++) {
		size_t len = 1;
		uint32_t mark;

		if (title_at != SIZE_MAX && i >= title_at &&
		    i < title_at + s->title.core.count)
			continue;
		mark = version_mark(w->word + i, w->count - i, &len);
		if (mark != 0 && !is_artist_word(s, w->word[i])) {
			*marks |= mark;
			i += len - 1;
		} else if (!word_is_neutral(w->word[i]) &&
		    !is_artist_word(s, w->word[i]) &&
		    !words_has(&s->title.names, w->word[i]) &&
		    !words_has(channel, w->word[i])) {
			unexplained++;
		}
	}
	/* "Original Mix" is no version. */
	if (words_has(w, "original") && words_has(w, "mix"))
		*marks &= ~1u;
	return unexplained;
}

/* Which artists are named anywhere: 0..1, the first one counting most. */
static double artist_evidence(const struct subject *s,
    const struct words *title, const struct words *artist,
    const struct words *channel)
{
	double found = 0;

	for (size_t i = 0; i < s->n_artists; i++) {
		const struct words *a = &s->artists[i];

		if (names_artist(artist, a) || names_artist(title, a) ||
		    names_artist(channel, a))
			found += i == 0 ? 0.7 : 0.3 / (double)(s->n_artists -
			    1);
	}
	return s->n_artists == 1 && found > 0 ? 1 : found;
}

/* Those who made the version must be named where the version is. */
static bool version_names_agree(const struct subject *s,
    const struct words *title, const struct words *artist)
{
	for (size_t i = 0; i < s->title.names.count; i++)
		if (!words_has(title, s->title.names.word[i]) &&
		    !words_has(artist, s->title.names.word[i]))
			return false;
	return true;
}

static void reject(struct verdict_of *v, const char *fmt, const char *a,
    const char *b)
{
	v->score = 0;
	snprintf(v->why, sizeof(v->why), fmt, a, b);
}

/* Everything but the words. */
static bool length_agrees(const struct subject *s, const struct offer *o,
    double *apart, struct verdict_of *v)
{
	double length = (double)s->track->duration_ms / 1000;
	double gate = o->is_file ? GATE_S / 2 : GATE_S;

	*apart = 0;
	if (length <= 0 || o->duration_s <= 0)
		return true;
	*apart = fabs(length - o->duration_s);
	if (*apart <= gate)
		return true;
	v->score = 0;
	snprintf(v->why, sizeof(v->why), "length %.0f s, not %.0f s",
	    o->duration_s, length);
	return false;
}

static bool isrc_agrees(const struct subject *s, const struct offer *o)
{
	return s->track->isrc != NULL && o->isrc != NULL &&
	    strcmp(s->track->isrc, o->isrc) == 0;
}

/* An upload that the artist's distributor made. */
static bool is_official(const struct subject *s, const struct offer *o,
    const struct words *channel)
{
	return (s->n_artists > 0 && names_artist(channel, &s->artists[0]) &&
	    (o->verified || words_has(channel, "topic") ||
	    words_has(channel, "vevo")));
}

static void weigh(const struct subject *s, const struct offer *o,
    const struct words *title, const struct words *artist,
    const struct words *channel, struct verdict_of *v)
{
	size_t at = find_run(title, &s->title.core), unexplained;
	uint32_t marks = 0;
	char theirs[80], ours[80], whole[512], core[256];
	double apart, artists;
	bool official = is_official(s, o, channel);

	if (!length_agrees(s, o, &apart, v))
		return;
	unexplained = explain_words(s, title, at, channel, &marks);
	if (at == SIZE_MAX) {
		join(title, whole, sizeof(whole));
		join(&s->title.core, core, sizeof(core));
		if (!(words_are_signs(&s->title.core) &&
		    strstr(o->title, s->track->title) != NULL) &&
		    (strlen(core) < 4 || strstr(whole, core) == NULL)) {
			reject(v, "another title: %s%s", o->title, "");
			return;
		}
		unexplained = unexplained > 2 ? unexplained - 2 : 0;
	}
	marks_text(marks, theirs, sizeof(theirs));
	marks_text(s->title.marks, ours, sizeof(ours));
	if (marks != s->title.marks) {
		reject(v, "another version: %s, not %s", theirs, ours);
		return;
	}
	if (!version_names_agree(s, title, artist)) {
		reject(v, "another %s than %s", theirs, s->track->title);
		return;
	}
	artists = artist_evidence(s, title, artist, channel);
	if (artists <= 0 && !isrc_agrees(s, o)) {
		reject(v, "another artist: %s%s", o->artist != NULL ?
		    o->artist : o->channel != NULL ? o->channel : o->title, "");
		return;
	}
	if (unexplained > MAX_UNEXPLAINED) {
		reject(v, "too much else in its name: %s%s", o->title, "");
		return;
	}
	v->score = 0.75 + 0.15 * artists - 0.08 * (double)unexplained;
	v->score -= apart > CLOSE_S ? 0.04 * (apart - CLOSE_S) : 0;
	v->score += official ? 0.1 : 0;
	v->score += isrc_agrees(s, o) ? 0.2 : 0;
	v->score = v->score > 1 ? 1 : v->score < 0 ? 0 : v->score;
	snprintf(v->why, sizeof(v->why), "title and artist agree, length "
	    "within %.0f s%s%s", ceil(apart), official ? ", official" : "",
	    isrc_agrees(s, o) ? ", same ISRC" : "");
}

static void judge(const struct subject *s, const struct offer *o,
    struct verdict_of *v)
{
	struct words title, artist, channel;
	char *text = text_normalize(o->title != NULL ? o->title : "");

	words_fold(&title, text);
	words_fold(&artist, o->artist != NULL ? o->artist : "");
	words_fold(&channel, o->channel != NULL ? o->channel : "");
	v->score = 0;
	v->why[0] = '\0';
	weigh(s, o, &title, &artist, &channel, v);
	words_free(&title);
	words_free(&artist);
	words_free(&channel);
	free(text);
}

/* The best of all, with the reasons; of equals the one seen more often. */
static void choose(const struct track *t, size_t count,
    void (*offer_at)(const void *list, size_t i, struct offer *o),
    const void *list, struct judgement *j, double *scores)
{
	struct subject s;
	struct verdict_of v;
	int64_t views = -1;

	memset(j, 0, sizeof(*j));
	j->pick = j->best = -1;
	snprintf(j->why, sizeof(j->why), "nothing was offered");
	subject_init(&s, t);
	for (size_t i = 0; i < count; i++) {
		struct offer o = { .views = -1 };

		offer_at(list, i, &o);
		judge(&s, &o, &v);
		if (scores != NULL)
			scores[i] = v.score;
		if (i > 0 && (v.score < j->score ||
		    (v.score <= j->score && o.views <= views)))
			continue;
		j->score = v.score;
		j->best = (int)i;
		j->pick = v.score >= ACCEPT ? (int)i : -1;
		views = o.views;
		snprintf(j->why, sizeof(j->why), "%s", v.why);
	}
	subject_free(&s);
}

static void offer_of_candidate(const void *list, size_t i, struct offer *o)
{
	const struct candidate *c = &((const struct candidate *)list)[i];

	o->title = c->title;
	o->artist = c->artist;
	o->channel = c->channel;
	o->album = c->album;
	o->isrc = c->isrc;
	o->duration_s = c->duration_s;
	o->views = c->views;
	o->verified = c->verified;
}

void match_choose(const struct track *t, const struct candidate *list,
    size_t count, struct judgement *j, double *scores)
{
	choose(t, count, offer_of_candidate, list, j, scores);
}

void match_accept(const struct track *t, const struct candidate *delivered,
    struct judgement *j)
{
	match_choose(t, delivered, 1, j, NULL);
}

/* The offers need names that live somewhere while they are judged. */
struct shelf {
	const struct library_name *list;
	char **names;
};

static void offer_of_file(const void *list, size_t i, struct offer *o)
{
	const struct shelf *s = list;
	const struct library_name *n = &s->list[i];

	o->is_file = true;
	o->title = n->title != NULL ? n->title : s->names[i];
	o->artist = n->title != NULL ? n->artist : NULL;
	o->isrc = n->isrc;
	o->duration_s = n->duration_s;
}

void match_library(const struct track *t, const struct library_name *list,
    size_t count, struct judgement *j, double *scores)
{
	struct shelf s = { .list = list };

	s.names = xcalloc(count, sizeof(*s.names));
	for (size_t i = 0; i < count; i++)
		s.names[i] = text_of_path(list[i].path);
	choose(t, count, offer_of_file, &s, j, scores);
	for (size_t i = 0; i < count; i++)
		free(s.names[i]);
	free(s.names);
}

static void judge_choose(void *self, const struct track *t,
    const struct candidate *list, size_t count, struct judgement *j)
{
	(void)self;
	match_choose(t, list, count, j, NULL);
}

static void judge_accept(void *self, const struct track *t,
    const struct candidate *delivered, struct judgement *j)
{
	(void)self;
	match_accept(t, delivered, j);
}

struct judge match_judge(void)
{
	return (struct judge){ .choose = judge_choose,
		.accept = judge_accept };
}
