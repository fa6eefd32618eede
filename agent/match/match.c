/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "match/filename.h"
#include "match/verdict.h"
#include "types/file.h"

/* The best that passed and the best that did not, while all are looked at. */
struct contest {
	int pick, rejected;
	int64_t views;		/* of the pick */
	struct verdict best, best_rejected;
	const char *nearest_name;	/* borrowed from what is offered */
};

static void contest_begin(struct contest *c)
{
	memset(c, 0, sizeof(*c));
	c->pick = c->rejected = -1;
}

/* Than another that was rejected too. Of equals the first stays: a source
 * names its best one first. */
static bool comes_nearer(const struct verdict *v, const struct verdict *than)
{
	if (v->stopped != than->stopped)
		return v->stopped > than->stopped;
	if (v->stopped == GATE_LENGTH)
		return v->apart >= 0 && (than->apart < 0 ||
		    v->apart < than->apart);
	return v->score > than->score;
}

/* Views decide between equals, and nothing else. */
static void contest_add(struct contest *c, int i, const struct offer *o,
    const struct verdict *v)
{
	bool passed = v->stopped == GATE_PASSED;

	if (passed && (c->pick < 0 || v->score > c->best.score ||
	    (v->score >= c->best.score && o->views > c->views))) {
		c->pick = i;
		c->best = *v;
		c->views = o->views;
	}
	if (passed || (c->rejected >= 0 && !comes_nearer(v, &c->best_rejected)))
		return;
	c->rejected = i;
	c->best_rejected = *v;
	c->nearest_name = o->title != NULL ? o->title : "";
}

/* The reasons of the one that won, and what is wrong with the next; or of the
 * one that came nearest. */
static void contest_end(const struct contest *c, size_t count,
    struct match_result *j)
{
	struct error error;

	memset(j, 0, sizeof(*j));
	j->pick = c->pick;
	j->best = c->pick >= 0 ? c->pick : c->best_rejected.score > NEAR ?
	    c->rejected : -1;
	j->score = c->pick >= 0 ? c->best.score : c->best_rejected.score;
	if (count == 0)
		error_set(&error, DONE, "no candidates");
	else if (j->best < 0 && count > 1)
		error_set(&error, DONE, "none of %zu candidates has this title",
		    count);
	else if (c->pick < 0)
		error = c->best_rejected.error;
	else if (c->rejected >= 0 && c->best_rejected.stopped > GATE_TITLE)
		error_set(&error, DONE, "%s; not \"%s\": %s", c->best.error.text,
		    c->nearest_name, c->best_rejected.error.text);
	else
		error = c->best.error;
	memcpy(j->error, error.text, sizeof(j->error));
}

/* ---- what sources offer ---- */

static void offer_of_candidate(const struct candidate *c, struct offer *o)
{
	*o = (struct offer){ .title = c->title, .artist = c->artist,
		.channel = c->channel, .album = c->album, .isrc = c->isrc,
		.duration_s = c->duration_s, .views = c->views,
		.verified = c->verified };
}

void match_choose(const struct track *t, const struct candidate *list,
    size_t count, struct match_result *j, double *scores)
{
	struct contest c;
	struct subject s;

	contest_begin(&c);
	subject_init(&s, t);
	for (size_t i = 0; i < count; i++) {
		struct verdict v;
		struct offer o;

		offer_of_candidate(&list[i], &o);
		verdict_of(&v, &s, &o);
		contest_add(&c, (int)i, &o, &v);
		if (scores != NULL)
			scores[i] = v.score;
	}
	subject_free(&s);
	contest_end(&c, count, j);
}

void match_accept(const struct track *t, const struct candidate *delivered,
    struct match_result *j)
{
	match_choose(t, delivered, 1, j, NULL);
}

/* ---- the library ---- */

bool match_title_is_filler(const char *title)
{
	static const char *const fillers[] = { "track", "untitled", "unknown",
		"audiotrack", "notitle", "titel" };
	struct piece p;
	size_t len;

	if (title == NULL)
		return true;
	piece_of(&p, title);
	len = strcspn(p.key, "0123456789");
	if (len == 0)
		return p.key[0] == '\0';
	for (size_t i = 0; i < sizeof(fillers) / sizeof(*fillers); i++)
		if (strlen(fillers[i]) == len &&
		    strncmp(p.key, fillers[i], len) == 0)
			return true;
	return false;
}

/* By its tags, and by its name where that says more: of another version, or of
 * the artist whom the tags lack. */
static void verdict_of_file(struct verdict *v, const struct subject *s,
    const struct library_name *n)
{
	char *name = filename_title(n->path);
	char *folders = filename_folders(n->path);
	char *path = xasprintf("%s - %s", folders, name);
	struct offer by_name = { .title = name, .folders = folders,
		.isrc = n->isrc, .duration_s = n->duration_s, .views = -1,
		.is_file = true };
	struct offer by_tags = by_name;
	struct verdict named;

	verdict_of(&named, s, &by_name);
	if (match_title_is_filler(n->title)) {
		*v = named;
	} else {
		by_tags.title = n->title;
		by_tags.artist = n->artist;
		if (n->artist == NULL || *n->artist == '\0')
			by_tags.folders = path;
		verdict_of(v, s, &by_tags);
		if (v->stopped == GATE_PASSED &&
		    named.stopped == GATE_VERSION)
			*v = named;
	}
	free(path);
	free(folders);
	free(name);
}

void match_library(const struct track *t, const struct library_name *list,
    size_t count, struct match_result *j, double *scores)
{
	struct contest c;
	struct subject s;

	contest_begin(&c);
	subject_init(&s, t);
	for (size_t i = 0; i < count; i++) {
		const struct offer o = { .title = list[i].path, .views = -1 };
		struct verdict v = { .stopped = GATE_TITLE, .apart = -1,
			.error = { .text = "no audio file" } };

		if (file_name_is_audio(path_base(list[i].path)))
			verdict_of_file(&v, &s, &list[i]);
		contest_add(&c, (int)i, &o, &v);
		if (scores != NULL)
			scores[i] = v.score;
	}
	subject_free(&s);
	contest_end(&c, count, j);
}

/* ---- as the fetch room sees it ---- */

static void judge_choose(void *self, const struct track *t,
    const struct candidate *list, size_t count, struct match_result *j)
{
	(void)self;
	match_choose(t, list, count, j, NULL);
}

static void judge_accept(void *self, const struct track *t,
    const struct candidate *delivered, struct match_result *j)
{
	(void)self;
	match_accept(t, delivered, j);
}

struct matcher match_judge(void)
{
	return (struct matcher){ .choose = judge_choose,
		.accept = judge_accept };
}
