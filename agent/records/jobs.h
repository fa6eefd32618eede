/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jobs: the lists of tracks that somebody asked for, and how far each is. A
 * journal, because it can't be rebuilt. The holder of the run lock writes it
 * (jobs_open); anyone may read it meanwhile (jobs_read).
 *
 * A track counts as completed when it is in the library, and as failed after
 * one full attempt that found no candidate or only rejected ones. What a cap,
 * an outage or a kill kept from being tried waits. A change is on stable
 * storage when its function returns DONE, and made twice changes nothing.
 */
#ifndef RECORDS_JOBS_H
#define RECORDS_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/track.h"

#define JOB_ID_LEN 16		/* hex digits */
#define JOB_MAX_TRACKS 20000	/* Spotify's lists end at 10,000 */
#define JOB_MAX_TEXT 16384	/* bytes of a track, or of the names of a job */

struct json;
struct json_writer;
struct jobs;

enum job_status {
	JOB_PENDING,		/* nothing of it was tried yet */
	JOB_PROCESSING,		/* something was; some tracks wait */
	JOB_COMPLETE,		/* no track waits */
	JOB_FAILED,		/* all tracks failed */
	JOB_CANCELLED
};

enum job_track_state { JOB_WAITING, JOB_COMPLETED, JOB_TRACK_FAILED };

struct job_track {
	struct track track;
	enum job_track_state state;
	char *reason;		/* why it failed; or NULL */
	int64_t at;		/* when it was completed or failed, Unix time */
};

struct job {
	char id[JOB_ID_LEN + 1];
	char *name;		/* the list's, for people; or NULL */
	char *link;		/* where the list came from; or NULL */
	char *by;		/* who asked: "terminal", "web", ... */
	int64_t created_at;	/* Unix time; so are the others, or 0 */
	int64_t started_at;	/* the first attempt */
	int64_t completed_at;	/* the last track's end, or the cancel */
	bool cancelled;
	bool announced;		/* [hooks] on_job succeeded */
	struct job_track *tracks;	/* no key twice */
	size_t count, completed, failed;
};

/* The id of a job for these tracks: a hash of their keys, in any order, and of
 * how many jobs for the same tracks have ended before (generation). */
void job_make_id(const struct tracks *tracks, unsigned generation,
    char out[JOB_ID_LEN + 1]);
/* The id for a new request: of the job that has the same tracks and has not
 * ended, else a new one. */
void jobs_id_for(const struct jobs *jobs, const struct tracks *tracks,
    char out[JOB_ID_LEN + 1]);
bool job_id_is_valid(const char *id);

enum job_status job_status(const struct job *job);
const char *job_status_name(enum job_status s);	/* "pending", ... */
bool job_has_ended(const struct job *job);

/* Opens the journal for changes, and shortens it if most of its lines are
 * outdated; jobs that ended long ago are dropped then. */
enum outcome jobs_open(const char *path, struct jobs **out,
    struct error *error);
/* Reads it without creating or locking anything; a missing file has no jobs.
 * The changes below are not allowed then. */
enum outcome jobs_read(const char *path, struct jobs **out,
    struct error *error);
/* The same of a state folder, with the requests that wait applied: what a
 * reader shows. */
enum outcome jobs_read_all(const char *state_dir, struct jobs **out,
    struct error *error);
void jobs_close(struct jobs *jobs);		/* NULL allowed */

/* Can it be added? ITEM_FAILED with error: it has no tracks, or more than
 * JOB_MAX_TRACKS, or texts that are longer than JOB_MAX_TEXT. */
enum outcome job_check(const struct job *job, struct error *error);
/* Adds a job; job is borrowed, and its states are taken as waiting. DONE also
 * if a job with this id is there. ITEM_FAILED: see job_check. RUN_FAILED: it
 * can't be written. */
enum outcome jobs_add(struct jobs *jobs, const struct job *job,
    struct error *error);
/* The first attempt for the track begins: in all jobs in which it waits. */
enum outcome jobs_start(struct jobs *jobs, const char *key,
    struct error *error);
/* The track is in the library (reason NULL), or an attempt failed: in all jobs
 * in which it waits. */
enum outcome jobs_end_track(struct jobs *jobs, const char *key,
    const char *reason, struct error *error);
/* ITEM_FAILED with error: there is no such job, or it has ended. */
enum outcome jobs_cancel(struct jobs *jobs, const char *id,
    struct error *error);
enum outcome jobs_announced(struct jobs *jobs, const char *id,
    struct error *error);

/* The text of a request (records/requests.h) to add the job; the caller gives
 * it to request_write. */
struct json_writer *job_to_request(const struct job *job);
struct json_writer *job_cancel_request(const char *id);
/* Applies such a request: to the journal, or after jobs_read to memory only, so
 * that a reader sees what the next run will. ITEM_FAILED with error: it is no
 * such request, or can't be applied. */
enum outcome jobs_apply_request(struct jobs *jobs, const struct json *request,
    struct error *error);

/* After jobs_read: as if a job of these tracks had been queued. */
void jobs_preview(struct jobs *jobs, const struct tracks *tracks);

/* Forgets all jobs. */
enum outcome jobs_clear(struct jobs *jobs, struct error *error);

/* In the order in which they were added. Borrowed until the next change. */
size_t jobs_count(const struct jobs *jobs);
const struct job *jobs_at(const struct jobs *jobs, size_t i);
const struct job *jobs_find(const struct jobs *jobs, const char *id); /* NULL */
/* Does the track wait in a job? */
bool jobs_want(const struct jobs *jobs, const char *key);
/* The first job in which it waits; NULL: none. */
const struct job *jobs_first_of(const struct jobs *jobs, const char *key);
size_t jobs_waiting(const struct job *job);	/* its waiting tracks */
/* The jobs that have not ended, and the tracks that wait in them. */
void jobs_count_open(const struct jobs *jobs, size_t *open, size_t *tracks);

#endif
