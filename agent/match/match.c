/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "match/evaluate.h"
#include "match/filename.h"
#include "types/file.h"

/* The best offer that passed and the best that did not, so far. */
struct selection {
	int pick, rejected;	/* indices; -1: none */
	int64_t views;		/* of the pick */
	struct evaluation best, best_rejected;
	const char *rejected_title;	/* borrowed from the offer */
};

/* Whether e is the better one of two rejected offers. Of equals the first
 * stays, because sources list their best one first. */
static bool is_better_rejected(const struct evaluation *e,
    const struct evaluation *than)
{
	if (e->gate != than->gate)
		return e->gate > than->gate;
	if (e->gate == GATE_LENGTH)
		return e->difference >= 0 && (than->difference < 0 ||
		    e->difference < than->difference);
	return e->score > than->score;
}

/* Views decide between equal scores only. */
static void selection_add(struct selection *s, int i, const char *title,
    int64_t views, const struct evaluation *e)
{
	bool passed = e->gate == GATE_PASSED;

	if (passed && (s->pick < 0 || e->score > s->best.score ||
	    (e->score >= s->best.score && views > s->views))) {
		s->pick = i;
		s->best = *e;
		s->views = views;
	}
	if (passed || (s->rejected >= 0 &&
	    !is_better_rejected(e, &s->best_rejected)))
		return;
	s->rejected = i;
	s->best_rejected = *e;
	s->rejected_title = title != NULL ? title : "";
}

/* The reasons for the pick and against the best rejected offer, or against the
 * latter alone. */
static void selection_end(const struct selection *s, size_t count,
    struct match_result *j)
{
	const struct evaluation *best = s->pick >= 0 ? &s->best :
	    &s->best_rejected;
	struct error error = best->error;

	memset(j, 0, sizeof(*j));
	j->pick = s->pick;
	j->best = s->pick >= 0 ? s->pick :
	    best->score > NEAR ? s->rejected : -1;
	j->score = best->score;
	if (count == 0)
		error_set(&error, DONE, "no candidates");
	else if (j->best < 0 && count > 1)
		error_set(&error, DONE, "none of %zu candidates has this title",
		    count);
	else if (s->pick >= 0 && s->rejected >= 0 &&
	    s->best_rejected.gate > GATE_TITLE)
		error_set(&error, DONE, "%s; not \"%s\": %s", best->error.text,
		    s->rejected_title, s->best_rejected.error.text);
	memcpy(j->reason, error.text, sizeof(j->reason));
}

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

/* Evaluates a file by its tags; by its name if it has no tags, or if the name
 * gives another version. The path names the artist if the tags do not. */
static void evaluate_file(struct evaluation *e, const struct subject *s,
    const struct library_name *n)
{
	char *name = filename_title(n->path);
	char *folders = filename_folders(n->path);
	char *path = xasprintf("%s - %s", folders, name);
	struct offer by_name = { .title = name, .folders = folders,
		.isrc = n->isrc, .duration_s = n->duration_s, .views = -1,
		.is_file = true };
	struct offer by_tags = by_name;
	struct evaluation named;
	bool has_title = !match_title_is_filler(n->title);

	if (has_title) {
		by_tags.title = n->title;
		by_tags.artist = n->artist;
		if (n->artist == NULL || *n->artist == '\0')
			by_tags.folders = path;
		evaluate_offer(e, s, &by_tags);
	}
	if (!has_title || e->gate == GATE_PASSED) {
		evaluate_offer(&named, s, &by_name);
		if (!has_title || named.gate == GATE_VERSION)
			*e = named;
	}
	free(path);
	free(folders);
	free(name);
}

/* Selects from count candidates, or files if that is not NULL. */
static void select_from(const struct track *t,
    const struct candidate *candidates, const struct library_name *files,
    size_t count, struct match_result *j, double *scores)
{
	struct selection selection = { .pick = -1, .rejected = -1 };
	struct subject s;

	if (count == 0) {
		selection_end(&selection, 0, j);
		return;
	}
	subject_init(&s, t);
	for (size_t i = 0; i < count; i++) {
		const struct candidate *c = files == NULL ? &candidates[i] :
		    NULL;
		struct evaluation e = { .gate = GATE_TITLE, .difference = -1,
			.error = { .text = "no audio file" } };

		if (c != NULL)
			evaluate_offer(&e, &s, &(struct offer){
			    .title = c->title, .artist = c->artist,
			    .channel = c->channel, .album = c->album,
			    .isrc = c->isrc, .duration_s = c->duration_s,
			    .views = c->views, .verified = c->verified });
		else if (file_name_is_audio(path_base(files[i].path)))
			evaluate_file(&e, &s, &files[i]);
		selection_add(&selection, (int)i,
		    c != NULL ? c->title : files[i].path,
		    c != NULL ? c->views : -1, &e);
		if (scores != NULL)
			scores[i] = e.score;
	}
	subject_free(&s);
	selection_end(&selection, count, j);
}

void match_choose(const struct track *t, const struct candidate *list,
    size_t count, struct match_result *j, double *scores)
{
	select_from(t, list, NULL, count, j, scores);
}

void match_library(const struct track *t, const struct library_name *list,
    size_t count, struct match_result *j, double *scores)
{
	select_from(t, NULL, list, count, j, scores);
}

/* ---- as the interface of types/services.h ---- */

static void choose(void *self, const struct track *t,
    const struct candidate *list, size_t count, struct match_result *j)
{
	(void)self;
	match_choose(t, list, count, j, NULL);
}

static void accept(void *self, const struct track *t,
    const struct candidate *delivered, struct match_result *j)
{
	(void)self;
	match_choose(t, delivered, 1, j, NULL);
}

struct matcher match_service(void)
{
	return (struct matcher){ .choose = choose, .accept = accept };
}
