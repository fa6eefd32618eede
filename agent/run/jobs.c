/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jobs: the lists that somebody asked for, in a run: takes requests, adds the
 * tracks that wait to those that are wanted, and records how each ended.
 */
#include "run/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/state.h"
#include "records/requests.h"
#include "report/job_json.h"

#define MAX_QUEUE_NOTE 4096
#define RETRY_S 300		/* of a queue that waits for nothing known */

/* ---- opening, and requests ---- */

enum outcome open_jobs(struct run_context *run, struct error *error)
{
	const char *dir = run->cfg->state.dir;
	char *path = path_join(dir, STATE_JOBS);
	enum outcome o = run->opt->dry_run ?
	    jobs_read_all(dir, &run->jobs, error) :
	    jobs_open(path, &run->jobs, error);

	if (o == DONE && run->opt->dry_run && run->opt->wanted != NULL)
		jobs_preview(run->jobs, run->opt->wanted);
	free(path);
	return o;
}

static enum outcome apply_request(void *ctx, const struct json *request,
    struct error *error)
{
	struct run_context *run = ctx;
	enum outcome o = pins_apply_request(run->pins, request, error);

	return o != ITEM_FAILED ? o :
	    jobs_apply_request(run->jobs, request, error);
}

enum outcome take_requests(struct run_context *run)
{
	struct error error;
	size_t taken;
	enum outcome o;

	if (run->opt->dry_run || !requests_waiting(run->cfg->state.dir))
		return DONE;
	o = requests_take(run->cfg->state.dir, apply_request, run, &taken,
	    &error);
	if (taken > 0) {
		log_info("%zu requests taken", taken);
		run->replan = true;
	}
	return note_outcome(run, o, &error) ? DONE : o;
}

/* ---- what is wanted ---- */

static bool is_served(const struct run_context *run, const struct job *job)
{
	return !job_has_ended(job) && (run->opt->job == NULL ||
	    strcmp(run->opt->job, job->id) == 0);
}

static void add_song(struct run_context *run, struct songs *songs,
    const struct track *track)
{
	struct song *s;

	songs->items = grow(songs->items, &songs->cap, songs->count,
	    sizeof(*songs->items));
	s = &songs->items[songs->count++];
	if (index_get_song(run->index, track->key, s) == DONE)
		return;
	song_init(s);
	track_copy(&s->track, track);
}

/* Also sets the turn of each track: its place among those of its job that
 * wait. */
void add_job_songs(struct run_context *run, struct songs *songs)
{
	struct map *there = map_new();

	map_free(run->turns, NULL);
	run->turns = map_new();
	for (size_t i = 0; i < songs->count && jobs_count(run->jobs) > 0; i++)
		map_put_str(there, songs->items[i].track.key, run);
	for (size_t i = 0; i < jobs_count(run->jobs); i++) {
		const struct job *job = jobs_at(run->jobs, i);
		uintptr_t turn = 0;

		for (size_t t = 0; is_served(run, job) && t < job->count; t++) {
			const struct track *track = &job->tracks[t].track;
			uintptr_t earlier;

			if (job->tracks[t].state != JOB_WAITING)
				continue;
			earlier = (uintptr_t)map_get_str(run->turns,
			    track->key);
			if (earlier == 0 && !map_has_str(there, track->key))
				add_song(run, songs, track);
			if (++turn < earlier || earlier == 0)
				map_put_str(run->turns, track->key,
				    (void *)turn);
		}
	}
	map_free(there, NULL);
}

unsigned job_turn(const struct run_context *run, const char *key)
{
	return (unsigned)(uintptr_t)map_get_str(run->turns, key);
}

/* ---- results ---- */

enum outcome start_track(struct run_context *run, const char *key,
    struct error *error)
{
	return jobs_start(run->jobs, key, error);
}

/* reason NULL: it is in the library. */
static enum outcome record_end(struct run_context *run, const struct track *t,
    const char *reason, struct error *error)
{
	if (job_turn(run, t->key) > 0 && run->opt->on_track != NULL)
		run->opt->on_track(run->opt->ctx, t, reason);
	return jobs_end_track(run->jobs, t->key, reason, error);
}

enum outcome end_track(struct run_context *run, const struct fetch_job *job,
    struct error *error)
{
	bool attempt = job->remote || job->pinned != NULL;

	/* A cancel that came during the download is earlier than its end. */
	take_requests(run);
	if (job->end == FETCH_GOT)
		return record_end(run, job->track, NULL, error);
	if (!attempt || job->end == FETCH_DEFERRED)
		return DONE;
	return record_end(run, job->track, job->error.text, error);
}

enum outcome end_planned_tracks(struct run_context *run, struct error *error)
{
	enum outcome o = DONE;

	for (size_t i = 0; i < run->plan.count && o == DONE; i++) {
		const struct plan_item *item = &run->plan.items[i];

		if (item->action == PLAN_IN_LIBRARY)
			o = record_end(run, item->track, NULL, error);
		else if (item->action == PLAN_SKIP)
			o = record_end(run, item->track, item->reason, error);
	}
	return o;
}

/* A hook that fails is run again by the next run. */
size_t announce_jobs(struct run_context *run)
{
	const char *command = run->cfg->hooks.on_job;
	size_t bad = 0;

	for (size_t i = 0; i < jobs_count(run->jobs); i++) {
		const struct job *job = jobs_at(run->jobs, i);
		struct json_writer *w;
		struct error error;
		bool ok = true;

		if (!job_has_ended(job) || job->announced)
			continue;
		if (command != NULL && !job->cancelled) {
			w = json_writer_new(false);
			job_to_json(job, -1, true, w);
			ok = run_hook(run, "on_job", command, w);
		}
		if (ok && jobs_announced(run->jobs, job->id, &error) != DONE)
			log_warning("%s", error.text);
		bad += !ok;
	}
	return bad;
}

/* ---- when the queue is due ---- */

/* When the first source can be asked. */
static int64_t source_due(const struct run_context *run, int64_t now)
{
	struct availabilities known;
	int64_t due = INT64_MAX;

	availability_load(run->cfg->state.dir, &known);
	for (char **name = run->cfg->fetch.sources; *name != NULL; name++) {
		const struct availability *a = availability_of(&known, *name);
		int64_t at = now;

		if (!config_source_is_remote(run->cfg, *name))
			continue;
		if (availability_state(a, now) == SOURCE_COOLING &&
		    a->until > now)
			at = a->until;
		if (at < due)
			due = at;
	}
	availabilities_free(&known);
	return due < INT64_MAX ? due : now;
}

/* When a waiting track can be tried. What waits although nothing known keeps it
 * is tried a moment later; after a stop, at once. */
static int64_t due_time(const struct run_context *run, int64_t now)
{
	struct ledger_remaining left;
	int64_t due = source_due(run, now);

	ledger_remaining(run->ledger, &left);
	if (left.error[0] != '\0' && left.frees_at > due)
		due = left.frees_at;
	return due > now || run->sum->stopped != NULL ? due : now + RETRY_S;
}

static char *queue_text(struct run_context *run, bool repeat_hooks,
    size_t *len)
{
	struct json_writer *w = json_writer_new(false);
	size_t waiting = run->sum->job_tracks;
	int64_t now = clock_wall(), due = 0;

	if (waiting > 0)
		due = due_time(run, now);
	if (repeat_hooks && (due == 0 || due > now + RETRY_S))
		due = now + RETRY_S;
	json_open_object(w, NULL);
	json_put_int(w, "waiting", (int64_t)waiting);
	json_put_int(w, "due", due);
	json_put_int(w, "noted", due > 0 ? now : 0);
	json_put_int(w, "likes", (int64_t)run->likes_to_fetch);
	json_close(w);
	return json_writer_end(w, len);
}

/* Without a note every `queue run` starts a run; where no track waits, it is
 * written once. */
void note_queue(struct run_context *run, bool repeat_hooks)
{
	char *path = path_join(run->cfg->state.dir, STATE_QUEUE);
	struct buf old = BUF_INIT;
	size_t len;
	char *text;
	bool same;

	jobs_count_open(run->jobs, &run->sum->jobs, &run->sum->job_tracks);
	text = queue_text(run, repeat_hooks, &len);
	same = file_read(path, MAX_QUEUE_NOTE, &old) == 0 && old.len == len &&
	    memcmp(old.data, text, len) == 0;
	if (!same && file_write(path, text, len, 0600) != 0)
		log_warning("%s: can't be written; the queue is looked at by "
		    "every `queue run`", path);
	buf_free(&old);
	free(text);
	free(path);
}
