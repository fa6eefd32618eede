/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The journal's lines:
 *
 *   tracks	some tracks of a job, each with its state if it has ended
 *   queued	the job itself, after all of its tracks: before this line the
 *		job does not exist
 *   started, cancelled, announced	of a job
 *   completed, failed	of a track, in every job in which it waits
 *   cleared	all lines before it are void
 *
 * A shortened journal has "tracks" and "queued" lines only.
 */
#include "records/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/journal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/state.h"
#include "records/requests.h"

#define TRACKS_A_LINE 50	/* at JOB_MAX_TEXT each, below a journal's limit */
#define KEEP_ENDED_S (90 * 86400)	/* as long as people ask for them */
#define SHORTEN_FROM 2000	/* lines; fewer are read in no time */

/* Where a track stands: the jobs that have it, by position. */
struct place {
	struct job *job;
	size_t index;
};

struct places {
	struct place *items;
	size_t count, cap;
};

struct jobs {
	struct journal *journal;	/* NULL: read only */
	struct job **items;		/* queued ones, in their order */
	size_t count, cap;
	struct map *by_id;		/* also those not queued yet */
	struct map *by_track;		/* key -> struct places */
	size_t lines;			/* read from the journal */
};

static const char *const status_names[] = {
	[JOB_PENDING] = "pending", [JOB_PROCESSING] = "processing",
	[JOB_COMPLETE] = "complete", [JOB_FAILED] = "failed",
	[JOB_CANCELLED] = "cancelled",
};

/* ---- a job ---- */

static int by_key(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void job_make_id(const struct tracks *tracks, unsigned generation,
    char out[JOB_ID_LEN + 1])
{
	const char **keys = xcalloc(tracks->count + 1, sizeof(*keys));
	struct buf text = BUF_INIT;
	uint8_t digest[SHA256_LEN];

	for (size_t i = 0; i < tracks->count; i++)
		keys[i] = tracks->items[i].key;
	qsort(keys, tracks->count, sizeof(*keys), by_key);
	for (size_t i = 0; i < tracks->count; i++)
		if (i == 0 || strcmp(keys[i], keys[i - 1]) != 0)
			buf_printf(&text, "%s\n", keys[i]);
	buf_printf(&text, "%u", generation);
	sha256_of(text.data, text.len, digest);
	hex_encode(digest, JOB_ID_LEN / 2, out);
	buf_free(&text);
	free(keys);
}

bool job_id_is_valid(const char *id)
{
	uint8_t bytes[JOB_ID_LEN / 2];

	return hex_decode(id, bytes, sizeof(bytes)) == 0;
}

void jobs_id_for(const struct jobs *jobs, const struct tracks *tracks,
    char out[JOB_ID_LEN + 1])
{
	const struct job *job;
	unsigned generation = 0;

	do {
		job_make_id(tracks, generation++, out);
		job = jobs_find(jobs, out);
	} while (job != NULL && job_has_ended(job));
}

size_t jobs_waiting(const struct job *job)
{
	return job->count - job->completed - job->failed;
}

enum job_status job_status(const struct job *job)
{
	if (job->cancelled)
		return JOB_CANCELLED;
	if (jobs_waiting(job) == 0)
		return job->completed == 0 ? JOB_FAILED : JOB_COMPLETE;
	return job->started_at != 0 ? JOB_PROCESSING : JOB_PENDING;
}

const char *job_status_name(enum job_status s)
{
	return status_names[s];
}

bool job_has_ended(const struct job *job)
{
	return job->cancelled || jobs_waiting(job) == 0;
}

static void free_job(struct job *job)
{
	for (size_t i = 0; i < job->count; i++) {
		track_free(&job->tracks[i].track);
		free(job->tracks[i].reason);
	}
	free(job->tracks);
	free(job->name);
	free(job->link);
	free(job->by);
	free(job);
}

static void free_places(void *value)
{
	struct places *p = value;

	free(p->items);
	free(p);
}

/* ---- the journal's lines, applied ---- */

static void end_track(struct job *job, struct job_track *t,
    const char *reason, int64_t at)
{
	if (t->state != JOB_WAITING || job->cancelled)
		return;
	t->state = reason != NULL ? JOB_TRACK_FAILED : JOB_COMPLETED;
	t->reason = xstrdup(reason);
	t->at = at;
	job->completed += t->state == JOB_COMPLETED;
	job->failed += t->state == JOB_TRACK_FAILED;
	if (jobs_waiting(job) == 0)
		job->completed_at = at;
}

static void apply_track_end(struct jobs *jobs, const struct json *v,
    const char *kind)
{
	const char *key = json_get_string(v, "track");
	const char *reason = json_get_string(v, "reason");
	const struct places *places = key != NULL ?
	    map_get_str(jobs->by_track, key) : NULL;

	if (strcmp(kind, "completed") == 0)
		reason = NULL;
	else if (reason == NULL)
		reason = "";
	for (size_t i = 0; places != NULL && i < places->count; i++) {
		const struct place *p = &places->items[i];

		end_track(p->job, &p->job->tracks[p->index], reason,
		    json_get_int(v, "at", 0));
	}
}

/* Also of a job that is not queued yet. */
static struct job *job_of_line(struct jobs *jobs, const struct json *v)
{
	const char *id = json_get_string(v, "job");

	return id != NULL ? map_get_str(jobs->by_id, id) : NULL;
}

static struct job *new_job(struct jobs *jobs, const struct json *v)
{
	const char *id = json_get_string(v, "job");
	struct job *job;

	if (id == NULL || !job_id_is_valid(id))
		return NULL;
	job = xcalloc(1, sizeof(*job));
	memcpy(job->id, id, sizeof(job->id));
	map_put_str(jobs->by_id, id, job);
	return job;
}

static bool has_track(const struct jobs *jobs, const struct job *job,
    const char *key)
{
	const struct places *places = map_get_str(jobs->by_track, key);

	for (size_t i = 0; places != NULL && i < places->count; i++)
		if (places->items[i].job == job)
			return true;
	return false;
}

static void note_place(struct jobs *jobs, struct job *job, size_t index)
{
	const char *key = job->tracks[index].track.key;
	struct places *p = map_get_str(jobs->by_track, key);

	if (p == NULL) {
		p = xcalloc(1, sizeof(*p));
		map_put_str(jobs->by_track, key, p);
	}
	p->items = grow(p->items, &p->cap, p->count, sizeof(*p->items));
	p->items[p->count++] = (struct place){ job, index };
}

static void add_track(struct jobs *jobs, struct job *job,
    const struct json *v)
{
	const char *state = json_get_string(v, "state");
	const char *key = json_get_string(v, "key");
	struct track track;
	struct job_track *t;

	track_from_json(&track, json_get(v, "track"));
	/* A track that lost its id or its name keeps its key. */
	if (key != NULL)
		str_replace(&track.key, key);
	if (track.key == NULL || job->count >= JOB_MAX_TRACKS ||
	    has_track(jobs, job, track.key)) {
		track_free(&track);
		return;
	}
	if ((job->count & (job->count - 1)) == 0)
		job->tracks = xrealloc(job->tracks, (job->count > 0 ?
		    2 * job->count : 1) * sizeof(*job->tracks));
	t = &job->tracks[job->count++];
	*t = (struct job_track){ .track = track };
	note_place(jobs, job, job->count - 1);
	if (state != NULL)
		end_track(job, t, strcmp(state, "failed") == 0 ?
		    json_get_string(v, "reason") : NULL,
		    json_get_int(v, "at", 0));
}

/* A repeated request appends the same tracks again. */
static void apply_tracks(struct jobs *jobs, const struct json *v)
{
	struct job *job = job_of_line(jobs, v);
	const struct json *list = json_get(v, "tracks");

	if (job == NULL)
		job = new_job(jobs, v);
	for (size_t i = 0; job != NULL && job->created_at == 0 &&
	    i < json_count(list); i++)
		add_track(jobs, job, json_at(list, i));
}

static void apply_queued(struct jobs *jobs, const struct json *v)
{
	struct job *job = job_of_line(jobs, v);
	int64_t at = json_get_int(v, "at", 0);

	if (job == NULL || job->count == 0 || job->created_at != 0)
		return;
	job->name = xstrdup(json_get_string(v, "name"));
	job->link = xstrdup(json_get_string(v, "link"));
	job->by = xstrdup(json_get_string(v, "by"));
	job->created_at = at > 0 ? at : 1;
	job->started_at = json_get_int(v, "started_at", 0);
	job->announced = json_get_bool(v, "announced", false);
	job->cancelled = json_get_bool(v, "cancelled", false);
	if (job->cancelled)
		job->completed_at = json_get_int(v, "completed_at", 0);
	jobs->items = grow(jobs->items, &jobs->cap, jobs->count,
	    sizeof(struct job *));
	jobs->items[jobs->count++] = job;
}

static void apply_job_event(struct job *job, const char *kind, int64_t at)
{
	if (strcmp(kind, "started") == 0 && job->started_at == 0)
		job->started_at = at;
	if (strcmp(kind, "announced") == 0)
		job->announced = true;
	if (strcmp(kind, "cancelled") == 0 && !job_has_ended(job)) {
		job->cancelled = true;
		job->completed_at = at;
	}
}

static int free_mapped_job(void *ctx, const void *key, size_t len, void *value)
{
	(void)ctx, (void)key, (void)len;
	free_job(value);
	return 0;
}

static void drop_all(struct jobs *jobs)
{
	map_each(jobs->by_id, free_mapped_job, NULL);
	map_free(jobs->by_id, NULL);
	map_free(jobs->by_track, free_places);
	jobs->by_id = map_new();
	jobs->by_track = map_new();
	jobs->count = 0;
}

/* Kinds of later versions are skipped. */
static void apply_line(void *ctx, const struct json *v)
{
	struct jobs *jobs = ctx;
	const char *kind = json_get_string(v, "kind");
	struct job *job;

	jobs->lines++;
	if (kind == NULL)
		return;
	if (strcmp(kind, "tracks") == 0) {
		apply_tracks(jobs, v);
	} else if (strcmp(kind, "queued") == 0) {
		apply_queued(jobs, v);
	} else if (strcmp(kind, "completed") == 0 ||
	    strcmp(kind, "failed") == 0) {
		apply_track_end(jobs, v, kind);
	} else if (strcmp(kind, "cleared") == 0) {
		drop_all(jobs);
	} else {
		job = job_of_line(jobs, v);
		if (job != NULL && job->created_at != 0)
			apply_job_event(job, kind, json_get_int(v, "at", 0));
	}
}

/* ---- writing lines ---- */

static struct json_writer *begin_line(const char *kind, const char *member,
    const char *value)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "kind", kind);
	json_put_string_if(w, member, value);
	return w;
}

static enum outcome put_event(struct jobs *jobs, const char *kind,
    const char *id, struct error *error)
{
	struct json_writer *w = begin_line(kind, "job", id);

	json_put_int(w, "at", clock_wall());
	return journal_put(jobs->journal, w, error);
}

static void put_track(struct json_writer *w, const struct job_track *t,
    bool with_state)
{
	json_open_object(w, NULL);
	json_put_string(w, "key", t->track.key);
	track_to_json(&t->track, w, "track");
	if (with_state && t->state != JOB_WAITING) {
		json_put_string(w, "state", t->state == JOB_COMPLETED ?
		    "completed" : "failed");
		json_put_string_if(w, "reason", t->reason);
		json_put_int(w, "at", t->at);
	}
	json_close(w);
}

/* The line with the tracks from i on; the caller closes its object. */
static struct json_writer *tracks_line(const struct job *job, size_t i,
    bool with_state)
{
	struct json_writer *w = begin_line("tracks", "job", job->id);

	json_open_array(w, "tracks");
	for (size_t n = 0; n < TRACKS_A_LINE && i + n < job->count; n++)
		put_track(w, &job->tracks[i + n], with_state);
	json_close(w);
	return w;
}

static struct json_writer *queued_line(const struct job *job, bool with_state)
{
	struct json_writer *w = begin_line("queued", "job", job->id);

	json_put_string_if(w, "name", job->name);
	json_put_string_if(w, "link", job->link);
	json_put_string_if(w, "by", job->by);
	json_put_int(w, "at", job->created_at);
	if (!with_state)
		return w;
	json_put_int(w, "started_at", job->started_at);
	if (job->cancelled) {
		json_put_bool(w, "cancelled", true);
		json_put_int(w, "completed_at", job->completed_at);
	}
	if (job->announced)
		json_put_bool(w, "announced", true);
	return w;
}

static void append_line(struct buf *text, struct json_writer *w)
{
	size_t len;
	char *line;

	json_close(w);
	line = json_writer_end(w, &len);
	buf_append(text, line, len);
	buf_putc(text, '\n');
	free(line);
}

/* ---- opening ---- */

static size_t lines_of(const struct job *job)
{
	return job->count / TRACKS_A_LINE + 2;
}

static bool is_kept(const struct job *job, int64_t now)
{
	return !job_has_ended(job) || job->completed_at > now - KEEP_ENDED_S;
}

/* Rewrites the journal if less than half of its lines say anything. */
static enum outcome shorten(struct jobs *jobs, struct error *error)
{
	struct buf text = BUF_INIT;
	int64_t now = clock_wall();
	size_t needed = 0;
	int failed;

	for (size_t i = 0; i < jobs->count; i++)
		if (is_kept(jobs->items[i], now))
			needed += lines_of(jobs->items[i]);
	if (jobs->lines < SHORTEN_FROM || jobs->lines < 2 * needed)
		return DONE;
	for (size_t i = 0; i < jobs->count; i++) {
		const struct job *job = jobs->items[i];

		if (!is_kept(job, now))
			continue;
		for (size_t t = 0; t < job->count; t += TRACKS_A_LINE)
			append_line(&text, tracks_line(job, t, true));
		append_line(&text, queued_line(job, true));
	}
	log_debug("jobs: %zu lines shortened to about %zu", jobs->lines,
	    needed);
	failed = journal_rewrite(jobs->journal, buf_str(&text), text.len,
	    error);
	buf_free(&text);
	return failed ? RUN_FAILED : DONE;
}

static struct jobs *jobs_new(void)
{
	struct jobs *jobs = xcalloc(1, sizeof(*jobs));

	jobs->by_id = map_new();
	jobs->by_track = map_new();
	return jobs;
}

enum outcome jobs_open(const char *path, struct jobs **out,
    struct error *error)
{
	struct jobs *jobs = jobs_new();
	enum outcome o = RUN_FAILED;

	jobs->journal = journal_open(path, NULL, apply_line, jobs, error);
	if (jobs->journal != NULL)
		o = shorten(jobs, error);
	*out = o == DONE ? jobs : NULL;
	if (o != DONE)
		jobs_close(jobs);
	return o;
}

enum outcome jobs_read(const char *path, struct jobs **out,
    struct error *error)
{
	struct jobs *jobs = jobs_new();
	enum outcome o = journal_read(path, apply_line, jobs, error);

	*out = o == DONE ? jobs : NULL;
	if (o != DONE)
		jobs_close(jobs);
	return o;
}

static void preview_request(void *ctx, const struct json *request)
{
	jobs_apply_request(ctx, request, NULL);
}

enum outcome jobs_read_all(const char *state_dir, struct jobs **out,
    struct error *error)
{
	char *path = path_join(state_dir, STATE_JOBS);
	enum outcome o = jobs_read(path, out, error);

	if (o == DONE)
		requests_each(state_dir, preview_request, *out);
	free(path);
	return o;
}

void jobs_close(struct jobs *jobs)
{
	if (jobs == NULL)
		return;
	drop_all(jobs);
	map_free(jobs->by_id, NULL);
	map_free(jobs->by_track, NULL);
	journal_close(jobs->journal);
	free(jobs->items);
	free(jobs);
}

/* ---- changes ---- */

/* Closes the object of w, and frees it. */
static bool is_short(struct json_writer *w)
{
	size_t len;

	json_close(w);
	free(json_writer_end(w, &len));
	return len <= JOB_MAX_TEXT;
}

enum outcome job_check(const struct job *job, struct error *error)
{
	if (job->count == 0 || job->count > JOB_MAX_TRACKS)
		return error_set(error, ITEM_FAILED, "a job of %zu tracks: 1 "
		    "to %d are allowed", job->count, JOB_MAX_TRACKS);
	if (!is_short(queued_line(job, false)))
		return error_set(error, ITEM_FAILED, "the names of the list "
		    "are longer than %d bytes", JOB_MAX_TEXT);
	for (size_t i = 0; i < job->count; i++) {
		const struct track *t = &job->tracks[i].track;
		struct json_writer *w = begin_line("tracks", "key", t->key);

		track_to_json(t, w, "track");
		if (!is_short(w))
			return error_set(error, ITEM_FAILED, "track %zu of the "
			    "job: its names are longer than %d bytes", i + 1,
			    JOB_MAX_TEXT);
	}
	return DONE;
}

enum outcome jobs_add(struct jobs *jobs, const struct job *job,
    struct error *error)
{
	enum outcome o = job_check(job, error);

	if (o != DONE)
		return o;
	if (jobs_find(jobs, job->id) != NULL)
		return DONE;
	for (size_t i = 0; i < job->count && o == DONE; i += TRACKS_A_LINE)
		o = journal_put(jobs->journal, tracks_line(job, i, false),
		    error);
	if (o == DONE)
		o = journal_put(jobs->journal, queued_line(job, false), error);
	return o;
}

static bool waits_at(const struct place *p)
{
	return p->job->created_at != 0 && !p->job->cancelled &&
	    p->job->tracks[p->index].state == JOB_WAITING;
}

enum outcome jobs_start(struct jobs *jobs, const char *key,
    struct error *error)
{
	const struct places *places = map_get_str(jobs->by_track, key);
	enum outcome o = DONE;

	for (size_t i = 0; places != NULL && i < places->count && o == DONE;
	    i++)
		if (waits_at(&places->items[i]) &&
		    places->items[i].job->started_at == 0)
			o = put_event(jobs, "started",
			    places->items[i].job->id, error);
	return o;
}

enum outcome jobs_end_track(struct jobs *jobs, const char *key,
    const char *reason, struct error *error)
{
	struct json_writer *w;

	if (!jobs_want(jobs, key))
		return DONE;
	w = begin_line(reason != NULL ? "failed" : "completed", "track", key);
	if (reason != NULL)
		json_put_string(w, "reason", reason);
	json_put_int(w, "at", clock_wall());
	return journal_put(jobs->journal, w, error);
}

enum outcome jobs_cancel(struct jobs *jobs, const char *id,
    struct error *error)
{
	const struct job *job = jobs_find(jobs, id);

	if (job == NULL)
		return error_set(error, ITEM_FAILED, "job %s: there is no such "
		    "job", id);
	if (job_has_ended(job))
		return error_set(error, ITEM_FAILED, "job %s: it is %s already",
		    id, job_status_name(job_status(job)));
	return put_event(jobs, "cancelled", id, error);
}

enum outcome jobs_announced(struct jobs *jobs, const char *id,
    struct error *error)
{
	const struct job *job = jobs_find(jobs, id);

	return job == NULL || job->announced ? DONE :
	    put_event(jobs, "announced", id, error);
}

/* ---- requests ---- */

struct json_writer *job_to_request(const struct job *job)
{
	struct json_writer *w = queued_line(job, false);

	json_put_string(w, "action", "queue");
	json_open_array(w, "tracks");
	for (size_t i = 0; i < job->count; i++)
		put_track(w, &job->tracks[i], false);
	json_close(w);
	return w;
}

struct json_writer *job_cancel_request(const char *id)
{
	struct json_writer *w = begin_line("cancelled", "job", id);

	json_put_string(w, "action", "cancel");
	json_put_int(w, "at", clock_wall());
	return w;
}

void jobs_preview(struct jobs *jobs, const struct tracks *tracks)
{
	struct job job = { .created_at = clock_wall(),
		.count = tracks->count };
	struct json_writer *w;
	struct json *v;
	size_t len;
	char *text;

	jobs_id_for(jobs, tracks, job.id);
	job.tracks = xcalloc(tracks->count + 1, sizeof(*job.tracks));
	for (size_t i = 0; i < tracks->count; i++)
		job.tracks[i].track = tracks->items[i];
	w = job_to_request(&job);
	json_close(w);
	text = json_writer_end(w, &len);
	v = json_parse(text, len, NULL);
	apply_tracks(jobs, v);
	apply_queued(jobs, v);
	json_free(v);
	free(text);
	free(job.tracks);
}

static enum outcome add_requested(struct jobs *jobs, const struct json *v,
    struct error *error)
{
	struct jobs *one = jobs->journal == NULL ? jobs : jobs_new();
	size_t before = one->count;
	enum outcome o = DONE;

	if (json_count(json_get(v, "tracks")) > JOB_MAX_TRACKS) {
		o = error_set(error, ITEM_FAILED, "a job of more than %d "
		    "tracks", JOB_MAX_TRACKS);
		if (one != jobs)
			jobs_close(one);
		return o;
	}
	apply_tracks(one, v);
	apply_queued(one, v);
	if (one != jobs) {
		o = one->count == before ? error_set(error, ITEM_FAILED,
		    "no job with tracks") : jobs_add(jobs, one->items[before],
		    error);
		jobs_close(one);
	}
	return o;
}

enum outcome jobs_apply_request(struct jobs *jobs, const struct json *v,
    struct error *error)
{
	const char *action = json_get_string(v, "action");
	const char *id = json_get_string(v, "job");
	const struct job *job;

	if (action == NULL || id == NULL || !job_id_is_valid(id))
		return error_set(error, ITEM_FAILED, "not a request for a job");
	if (strcmp(action, "queue") == 0)
		return add_requested(jobs, v, error);
	if (strcmp(action, "cancel") != 0)
		return error_set(error, ITEM_FAILED, "%s: an unknown action",
		    action);
	job = jobs_find(jobs, id);
	if (jobs->journal == NULL)
		apply_line(jobs, v);
	else if (job == NULL || !job_has_ended(job))
		return jobs_cancel(jobs, id, error);
	return DONE;
}

enum outcome jobs_clear(struct jobs *jobs, struct error *error)
{
	return jobs->count == 0 ? DONE :
	    put_event(jobs, "cleared", NULL, error);
}

/* ---- queries ---- */

size_t jobs_count(const struct jobs *jobs)
{
	return jobs->count;
}

const struct job *jobs_at(const struct jobs *jobs, size_t i)
{
	return jobs->items[i];
}

const struct job *jobs_find(const struct jobs *jobs, const char *id)
{
	const struct job *job = map_get_str(jobs->by_id, id);

	return job != NULL && job->created_at != 0 ? job : NULL;
}

const struct job *jobs_first_of(const struct jobs *jobs, const char *key)
{
	const struct places *places = map_get_str(jobs->by_track, key);

	for (size_t i = 0; places != NULL && i < places->count; i++)
		if (waits_at(&places->items[i]))
			return places->items[i].job;
	return NULL;
}

bool jobs_want(const struct jobs *jobs, const char *key)
{
	return jobs_first_of(jobs, key) != NULL;
}

void jobs_count_open(const struct jobs *jobs, size_t *open, size_t *tracks)
{
	*open = *tracks = 0;
	for (size_t i = 0; i < jobs->count; i++) {
		if (job_has_ended(jobs->items[i]))
			continue;
		(*open)++;
		*tracks += jobs_waiting(jobs->items[i]);
	}
}
