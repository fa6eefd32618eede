/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/match.h"
#include "records/jobs.h"

/* How sure is it that the file is the track? Names are compared once more for
 * their score; any other evidence is certain. */
static double score_of(const struct track *t, const struct file *f,
    enum evidence how)
{
	const struct tags *tags = &f->media.tags;
	const struct library_name name = {
		.path = f->path, .artist = tags->artist, .title = tags->title,
		.isrc = tags->isrc,
		.duration_s = (double)f->media.duration_ms / 1000,
	};
	struct match_result result;

	if (how != EVIDENCE_NAME)
		return 1;
	match_library(t, &name, 1, &result, NULL);
	return result.score;
}

static void fill_file(struct index *x, const struct song *s,
    struct coverage_entry *e)
{
	struct file f;

	if (index_find_identity(x, s->identity, &f) == DONE) {
		e->state = COVERAGE_IN_LIBRARY;
		e->file = xstrdup(f.path);
		e->how = s->how;
		e->score = score_of(e->track, &f, s->how);
	}
	file_free(&f);
}

/* Why it is missing, or that it waits for its first attempt. */
static void fill_reason(const struct track_state *st, bool is_wanted,
    struct coverage_entry *e)
{
	const char *reason = plan_reason_to_skip(e->track, st);

	e->attempts = st->attempts;
	e->next_attempt = st->next_attempt;
	if (reason != NULL) {
		e->reason = xstrdup(reason);
		return;
	}
	if (is_wanted && (st->attempts == 0 || st->pinned != PINNED_NOT)) {
		e->state = COVERAGE_WAITING;
		reason = st->pinned == PINNED_FILE ? "you pinned a file; the "
		    "next run uses it" : st->pinned == PINNED_LINK ? "you "
		    "pinned a link; the next run fetches it" :
		    "not tried yet";
	}
	if (st->reason[0] != '\0' && st->pinned == PINNED_NOT)
		reason = st->reason;
	if (reason == NULL)
		reason = "no file of the library matches, and no source was "
		    "searched: not liked, followed or queued";
	e->reason = xstrdup(reason);
}

static void fill_entry(struct linking *linking, const struct linking_input *in,
    const struct jobs *jobs, struct coverage_entry *e)
{
	struct track_state st = { .attempts = 0 };
	struct song s;

	if (index_get_song(in->index, e->track->key, &s) != DONE)
		track_copy(&s.track, e->track);
	linking_update(linking, &s);
	if (s.identity[0] != '\0')
		fill_file(in->index, &s, e);
	if (e->file == NULL) {
		linking_state(linking, &s, &st);
		fill_reason(&st, s.liked || s.listed ||
		    (jobs != NULL && jobs_want(jobs, e->track->key)), e);
		e->best_rejected = s.best_rejected;
		e->nearest_file = s.nearest_file;
		memset(&s.best_rejected, 0, sizeof(s.best_rejected));
		memset(&s.nearest_file, 0, sizeof(s.nearest_file));
	}
	song_free(&s);
}

void coverage_make(const struct linking_input *in, const struct jobs *jobs,
    struct track_list *list, struct coverage *out)
{
	struct linking *linking = in->index != NULL ? linking_new(in) : NULL;
	size_t *const counts[] = {
		[COVERAGE_IN_LIBRARY] = &out->in_library,
		[COVERAGE_WAITING] = &out->waiting,
		[COVERAGE_MISSING] = &out->missing,
	};

	memset(out, 0, sizeof(*out));
	out->list = *list;
	memset(list, 0, sizeof(*list));
	out->entries = xcalloc(out->list.tracks.count, sizeof(*out->entries));
	for (size_t i = 0; i < out->list.tracks.count; i++) {
		struct coverage_entry *e = &out->entries[i];

		e->track = &out->list.tracks.items[i];
		e->state = COVERAGE_MISSING;
		if (linking != NULL)
			fill_entry(linking, in, jobs, e);
		else
			e->reason = xstrdup("the library was not read yet");
		++*counts[e->state];
	}
	linking_free(linking);
}
