/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * diff: compares the wanted tracks with the library, and makes the plan. The
 * index keeps links, and that none was found, so that a usual run compares
 * nothing again.
 */
#include "run/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "run/linking.h"

/* After a kill between placing and recording it. Otherwise the track would be
 * fetched again once the user removes its file. */
static void confirm_placed(struct run_context *run, const struct song *s)
{
	const struct origin *o = provenance_of_track(run->provenance,
	    s->track.key);

	if (o != NULL && !o->placed && !run->opt->dry_run &&
	    strcmp(o->identity, s->identity) == 0)
		provenance_placed(run->provenance, o->key, o->identity, NULL);
}

/* Links the songs to files of the library, and fills run->state. */
static enum outcome link_songs(struct run_context *run, struct songs *songs,
    struct error *error)
{
	const struct linking_input in = { .index = run->index,
		.provenance = run->provenance, .pins = run->pins,
		.takedowns = run->takedowns,
		.library = run->cfg->library.path };
	struct linking *l = linking_new(&in);
	enum outcome o = index_begin(run->index, error);

	for (size_t i = 0; i < songs->count; i++) {
		struct song *s = &songs->items[i];

		if (o == DONE && linking_update(l, s))
			o = index_put_song(run->index, s, error);
		if (o == DONE)
			confirm_placed(run, s);
		linking_state(l, s, &run->state[i]);
	}
	linking_free(l);
	if (o == DONE)
		return index_commit(run->index, error);
	index_abort(run->index);
	return o;
}

/* ---- the sources ---- */

/* Did a source fail for the track in the last run? */
static bool failed_lately(const struct run_context *run,
    const struct availabilities *known, const char *key)
{
	for (char **name = run->cfg->fetch.sources; *name != NULL; name++)
		if (config_source_is_remote(run->cfg, *name) &&
		    availability_failed_for( availability_of(known, *name),
		    key))
			return true;
	return false;
}

/* Then nothing can be fetched; error says why. */
static bool all_are_cooling_down(const struct run_context *run,
    const struct availabilities *known, int64_t now, struct error *error)
{
	char text[ERROR_MAX];
	bool any = false;

	for (char **name = run->cfg->fetch.sources; *name != NULL; name++) {
		const struct availability *a = availability_of(known, *name);

		if (!config_source_is_remote(run->cfg, *name))
			continue;
		if (availability_state(a, now) != SOURCE_COOLING)
			return false;
		availability_text(a, now, text, sizeof(text));
		if (!any)
			error_set(error, SERVICE_FAILED, "%s is %s", *name,
			    text);
		any = true;
	}
	return any;
}

static void read_caps(struct run_context *run, struct plan_input *in,
    struct ledger_remaining *left)
{
	ledger_remaining(run->ledger, left);
	in->caps_left = left->hour < left->day ? left->hour : left->day;
	in->caps_error = left->error[0] != '\0' ? left->error :
	    left->hour < left->day ? "over the hourly cap" :
	    "over the daily cap";
}

static void count_queue(struct run_context *run, int64_t now)
{
	struct summary *s = run->sum;

	s->in_library = run->n_linked;
	s->queue = s->to_fetch = s->waiting = s->skipped = 0;
	s->queue_wait_s = 0;
	run->likes_to_fetch = 0;
	for (size_t i = 0; i < run->plan.count; i++) {
		const struct plan_item *item = &run->plan.items[i];
		int64_t waited = now - item->track->added_at;
		bool is_liked = i < run->n_liked;

		s->in_library += is_liked && item->action == PLAN_IN_LIBRARY;
		s->waiting += is_liked && item->action == PLAN_WAIT;
		s->skipped += is_liked && item->action == PLAN_SKIP;
		s->to_fetch += is_liked && (item->action == PLAN_FETCH ||
		    item->action == PLAN_PLACE);
		run->likes_to_fetch += is_liked && item->next_attempt == 0 &&
		    (item->action == PLAN_FETCH || item->action == PLAN_WAIT);

		if (item->action == PLAN_IN_LIBRARY ||
		    item->action == PLAN_SKIP)
			continue;
		s->queue++;
		if (item->track->added_at > 0 && waited > s->queue_wait_s)
			s->queue_wait_s = waited;
	}
	s->liked = run->n_liked + run->n_linked;
}

/* Forgets an earlier plan of this run. */
static void clear_plan(struct run_context *run)
{
	plan_free(&run->plan);
	free(run->state);
	run->state = NULL;
	tracks_free(&run->wanted);
	run->replan = false;
}

/* Is its link certain without reading its record? Then it counts as in the
 * library, and nothing else is kept of it. */
static bool is_linked(const struct run_context *run,
    const struct liked_song *s)
{
	const struct origin *o;

	if (s->identity[0] == '\0' || s->how == EVIDENCE_PINNED ||
	    pins_changed_at(run->pins, s->key) != 0 ||
	    !index_has_identity(run->index, s->identity))
		return false;
	o = provenance_of_track(run->provenance, s->key);
	return o == NULL || o->placed;
}

struct collection {
	struct run_context *run;
	struct songs songs;
};

static int collect_liked(void *ctx, const struct liked_song *liked)
{
	struct collection *c = ctx;
	struct songs *list = &c->songs;
	struct song s;

	c->run->sum->listed += !liked->is_liked;
	if (is_linked(c->run, liked)) {
		c->run->n_linked++;
		return 0;
	}
	if (index_get_song(c->run->index, liked->key, &s) != DONE)
		return 0;
	list->items = grow(list->items, &list->cap, list->count,
	    sizeof(*list->items));
	list->items[list->count++] = s;
	return 0;
}

/* Fills run->wanted, and run->state with what is known of each. */
static enum outcome collect_wanted(struct run_context *run,
    const struct availabilities *known, struct error *error)
{
	struct collection c = { .run = run };
	struct songs *songs = &c.songs;
	enum outcome o;

	run->n_linked = run->sum->listed = 0;
	index_each_liked(run->index, collect_liked, &c);
	run->n_liked = songs->count;
	add_job_songs(run, songs);
	run->state = xcalloc(songs->count + 1, sizeof(*run->state));
	o = link_songs(run, songs, error);
	for (size_t i = 0; i < songs->count; i++) {
		struct song *s = &songs->items[i];

		run->state[i].source_failed = failed_lately(run, known,
		    s->track.key);
		run->state[i].turn = job_turn(run, s->track.key);
		/* Takes ownership of the track. */
		*tracks_add(&run->wanted) = s->track;
		best_rejected_free(&s->best_rejected);
		best_rejected_free(&s->nearest_file);
	}
	free(songs->items);
	return o;
}

enum outcome make_diff(struct run_context *run)
{
	struct plan_input in = { .now = clock_wall(),
		.limit = run->opt->limit, .queue_only = run->opt->queue_only };
	struct availabilities known;
	struct ledger_remaining left;
	struct error error, cooling;
	enum outcome o;

	if (run->opt->scan_only)
		return DONE;
	clear_plan(run);
	availability_load(run->cfg->state.dir, &known);
	o = collect_wanted(run, &known, &error);
	in.wanted = run->wanted.items;
	in.state = run->state;
	in.count = run->wanted.count;
	read_caps(run, &in, &left);
	if (all_are_cooling_down(run, &known, in.now, &cooling)) {
		in.caps_left = 0;
		in.caps_error = cooling.text;
	}
	availabilities_free(&known);
	plan_make(&in, &run->plan);
	run->plan.in_library += run->n_linked;
	count_queue(run, in.now);
	if (o == DONE && !run->opt->dry_run)
		o = end_planned_tracks(run, &error);
	if (o == DONE && run->opt->on_plan != NULL)
		run->opt->on_plan(run->opt->ctx, &run->plan);
	return note_outcome(run, o, &error) ? DONE : o;
}
