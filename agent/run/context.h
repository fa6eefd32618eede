/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * context: everything that a run has open, and the steps of run/run.c. Private
 * to run/.
 */
#ifndef RUN_CONTEXT_H
#define RUN_CONTEXT_H

#include "config/config.h"
#include "records/ledger.h"
#include "sources/fetcher.h"
#include "index/index.h"
#include "records/jobs.h"
#include "records/pins.h"
#include "records/provenance.h"
#include "records/takedowns.h"
#include "types/services.h"
#include "run/move_library.h"
#include "run/plan.h"
#include "types/summary.h"
#include "media/workers.h"
#include "records/runs.h"
#include "report/alerts.h"
#include "run/run.h"
#include "run/upgrade.h"

#define NOTE_SEEN "document.seen"	/* the document after the last merge */
#define NOTE_MARKED "lists.marked"	/* 1: the tracks of followed playlists are
					   marked as listed */
#define NOTE_SCANNED "library.scanned"	/* when all of the library was first in
					   the index */

struct fetch_job;
struct json_writer;
struct layouts;
struct map;
struct session;

struct run_context {
	const struct config *cfg;
	const struct run_options *opt;
	struct summary *sum;

	int lock_fd;			/* the run lock; -1: not held */
	struct library_lock *library_lock;
	struct running running;		/* content of the lock file */
	char *scratch;			/* dry run: a copy of the index */
	struct index *index;
	struct provenance *provenance;
	struct pins *pins;
	struct takedowns *takedowns;
	struct workers *workers;
	struct media_service media_service;
	struct matcher matcher;
	struct ledger *ledger;
	struct session *session;	/* Spotify's; see run_session */
	struct alerts alerts;		/* when each alert was last raised */
	struct jobs *jobs;

	struct layouts *layouts;	/* see run_layouts */
	bool lists_read;		/* likes and followed playlists, all of
					   them, in this run */
	bool unsettled;			/* the next run must look at all files
					   again; see settled.c */

	struct map *turns;		/* tracks of jobs -> turn; jobs.c */
	bool replan;			/* a request changed what is wanted */
	const struct map *only;		/* identities of the files that
					   analyze_backlog analyzes; NULL: all
					   that need it */
	size_t likes_to_fetch;		/* as far as caps allow, and not tried */

	size_t n_linked;		/* liked tracks in the library, which
					   nothing has to be done for */
	struct tracks wanted;		/* the other liked tracks, newest
					   first, then those of jobs */
	size_t n_liked;			/* of these */
	struct track_state *state;	/* parallel to them */
	struct plan plan;
};

/* run.c: an id, an empty summary, the deadline, and progress that goes into the
 * lock file; ended by progress_watch(NULL, NULL). */
void run_begin(struct run_context *run);
void run_log_summary(const struct summary *sum);
/* One step, and how long it took. */
enum outcome run_timed(struct run_context *run, enum stage stage,
    enum outcome (*step)(struct run_context *run));

/*
 * The steps. Each notes its own failures (note_outcome) and returns DONE when
 * the run may go on, also after a failure that leaves the next steps their
 * work; anything else ends the run.
 */

/* context.c: takes the run lock; logs nothing. The state folder must exist.
 * RUN_LATER: another run has it. */
enum outcome run_context_lock(struct run_context *run, struct error *error);
/* Takes the locks (the run lock unless it is held) and opens what the steps
 * need. RUN_LATER: another run has one of the locks. Call run_context_close
 * whatever it returned. */
enum outcome run_context_open(struct run_context *run);
void run_context_close(struct run_context *run);
/* Writes the current activity into the lock file, for `likesync status`. */
void run_context_set_activity(struct run_context *run, const char *doing);

/* likes.c: Liked Songs, from Spotify or a file, into the index. */
enum outcome pull_likes(struct run_context *run);
/* Spotify's session with a fresh access token, made once a run: *out is NULL
 * unless DONE. RUN_LATER, RUN_AUTH, RUN_CONFIG. */
enum outcome run_session(struct run_context *run, struct session **out,
    struct error *error);

/* followed.c: the playlists that are followed, into the index. */
enum outcome pull_playlists(struct run_context *run);

/* unlikes.c: files of unwanted tracks to the cold folder, and back. */
enum outcome settle_unlikes(struct run_context *run);

/* scan.c: the library folder into the index. */
enum outcome scan_library(struct run_context *run);

/* diff.c: which liked tracks are in the library, and what to do with the
 * others. Fills wanted, state and plan. */
enum outcome make_diff(struct run_context *run);

/* jobs.c: the lists that somebody asked for. */
enum outcome open_jobs(struct run_context *run, struct error *error);
/* Applies the requests that wait; sets replan if there were any. Cheap where
 * there is none: called between tracks, and while downloads go on. */
enum outcome take_requests(struct run_context *run);
#define REQUEST_POLL_MS 2000	/* a request is taken within 5 s */
/* Appends the tracks of jobs that wait and are not liked. */
void add_job_songs(struct run_context *run, struct songs *songs);
/* The track's place among those of its job that wait, from 1; 0: no job that
 * this run serves waits for it. */
unsigned job_turn(const struct run_context *run, const char *key);
/* Records that an attempt begins, and how it ended. */
enum outcome start_track(struct run_context *run, const char *key,
    struct error *error);
enum outcome end_track(struct run_context *run, const struct fetch_job *job,
    struct error *error);
/* The same for tracks that the plan found in the library, or skips. */
enum outcome end_planned_tracks(struct run_context *run, struct error *error);
/* Runs [hooks] on_job for each job that has ended since; returns the number of
 * hooks that failed. */
size_t announce_jobs(struct run_context *run);
/* Counts what waits, and writes when it can be tried, for `queue run` and
 * `queue`. repeat_hooks: an [hooks] on_job failed, and is to be run again. */
void note_queue(struct run_context *run, bool repeat_hooks);

/* acquire.c: fetches what the plan says, places it, records failures. */
enum outcome acquire_missing(struct run_context *run);
/* A job for one track, and its parts, for others that fetch. remote: may remote
 * sources be used? pin: or NULL; borrowed, as track is. */
struct fetch_job *new_fetch_job(struct run_context *run,
    const struct track *track, bool remote, const struct pin *pin);
void free_fetch_job(struct fetch_job *job);
/* Its rejected candidates into the records, and their fingerprints. */
enum outcome remember_rejections(struct run_context *run,
    const struct fetch_job *job, struct error *error);
/* A fetcher_env's disk_room; ctx is the run. */
enum outcome check_disk_room(void *run, uint64_t need, bool download,
    struct error *error);

/* placing.c: places a downloaded file in the library, unless a file with the
 * same audio is there: then links the track to that. ITEM_FAILED: it can't
 * be placed. */
enum outcome place_download(struct run_context *run,
    const struct fetch_job *job, struct error *error);

/* placing.c: places a downloaded file instead of the library's file old, which
 * goes to the cold folder; *path: the new one's, owned. ITEM_FAILED: it can't be
 * placed. */
enum outcome replace_file(struct run_context *run,
    const struct fetch_job *job, const struct file *old, char **path,
    struct error *error);
/* replacing.c: what follows the placing of a file that replaces another. DONE
 * also if it was not placed. */
enum outcome finish_replacing(struct run_context *run,
    const struct origin *origin, struct error *error);

/* placing.c: where files belong, read once a run. RUN_CONFIG with error. */
enum outcome run_layouts(struct run_context *run, struct layouts **out,
    struct error *error);

/* original.c: with action = move, removes the original if it is safe to, and
 * records that the move is finished. copy: the file's path in the library. */
enum outcome finish_move(struct run_context *run, const struct origin *o,
    const char *copy, struct error *error);
/* Finishes moves that an earlier run was killed in. */
enum outcome finish_interrupted(struct run_context *run);

/* forget.c: removes the files of tracks whose forgetting was interrupted. */
void finish_forgetting(struct run_context *run);
/* See run_forget; run is open. */
enum outcome forget_track(struct run_context *run, const char *key,
    const char *label, const char *identity, size_t *removed,
    struct error *error);

/* upgrade.c: see run_upgrade; run is open. */
enum outcome upgrade_library(struct run_context *run,
    const struct upgrade_options *opt, struct upgrade_report *report,
    struct error *error);

/* recover.c: with a new index, takes analyses from the document. */
enum outcome recover_analyses(struct run_context *run);

/* duplicates.c: is a recording with this fingerprint in the library? Always
 * initializes found. */
bool find_duplicate(struct run_context *run, const struct track *track,
    const struct fingerprint *sound, struct file *found);
/* The fingerprints of files that were rejected for a track, by a run
 * (overrides_rejected) or by the user. The caller frees each, and the array. */
struct fingerprint *rejected_fingerprints(struct run_context *run,
    const char *key, const char *const *rejected, size_t *count);

/* backlog.c: analyzes files that have no analysis yet. */
enum outcome analyze_backlog(struct run_context *run);

/* merge.c: opt->parts into the index. Each that is refused is noted. */
enum outcome merge_parts(struct run_context *run);

/* analysis_tags.c: writes tempo, key and energy into files that were fetched, if
 * configured. */
enum outcome write_analysis_tags(struct run_context *run);

/* health.c: counts one file; r is all zero if it has no analysis. */
void count_health(struct run_context *run, const struct file *f,
    const struct analysis_record *r);

/* settled.c: is all as note_settled found it? Then no file needs an analysis,
 * and no entry of the document changes. */
bool is_settled(struct run_context *run);
/* Else: does the index know which files have changed since? */
bool knows_changes(struct run_context *run);
/* Calls each for these, for none if nothing has changed, and for all files if
 * they are not known, until it returns non-zero, which is returned. */
int each_unsettled_file(struct run_context *run,
    int (*each)(void *ctx, const struct file *f), void *ctx);
/* Within the run's last transaction. */
enum outcome note_settled(struct run_context *run, struct error *error);
/* Fills sum->health as it was then. */
void read_settled_health(struct run_context *run);

/* publish.c: brings the analysis document up to date. */
enum outcome publish_document(struct run_context *run);

/* export.c: writes the files of [export] if they would change. */
enum outcome write_exports(struct run_context *run);
/* scan.c: disk usage, remaining caps, expiry of the authorization. */
void collect_statistics(struct run_context *run);

/* move_library.c: see there; run is open. */
enum outcome move_library(struct run_context *run, enum move_which which,
    bool apply, struct move_report *report, struct error *error);

/* hooks.c: requests [hooks] ping_url with /start added. */
void hooks_at_start(const struct run_context *run);
/* Requests it again, with /fail added after a failure, and runs the commands.
 * Failures are logged and do not fail the run; returns their number. */
size_t hooks_at_end(const struct run_context *run);

/* Runs one hook with the object w, which it frees, on stdin; returns whether it
 * succeeded. */
bool run_hook(const struct run_context *run, const char *name,
    const char *command, struct json_writer *w);

/* Logs o, and makes it the run's outcome if it is worse than that; returns
 * whether the run may go on to its next step. */
bool note_outcome(struct run_context *run, enum outcome o,
    const struct error *error);

#endif
