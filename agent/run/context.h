/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hand: what a run holds while it works, and the steps that run/run.c strings
 * together. Private to the run; the steps stand in one file each.
 */
#ifndef RUN_CONTEXT_H
#define RUN_CONTEXT_H

#include "config/config.h"
#include "records/ledger.h"
#include "sources/fetcher.h"
#include "index/index.h"
#include "records/pins.h"
#include "records/provenance.h"
#include "types/services.h"
#include "run/plan.h"
#include "types/summary.h"
#include "media/workers.h"
#include "records/runs.h"
#include "report/alerts.h"
#include "run/run.h"

#define NOTE_SEEN "document.seen"	/* how a run left the document */

struct run_context {
	const struct config *cfg;
	const struct run_options *opt;
	struct summary *sum;

	int lock_fd;			/* the run lock; -1: not held */
	struct library_lock *library_lock;
	struct running running;		/* what it says of this run */
	char *scratch;			/* dry run: a copy of the index */
	struct index *index;
	struct provenance *provenance;
	struct pins *pins;
	struct workers *workers;
	struct media_service media_service;
	struct matcher matcher;
	struct ledger *ledger;
	struct alerts alerts;		/* what a person was told lately */

	struct tracks wanted;		/* the liked songs, newest first */
	struct track_state *state;	/* parallel to them */
	struct plan plan;
};

/*
 * The steps. Each notes its own failures (note_outcome) and returns DONE when
 * the run may go on, also after a failure that leaves the next steps their
 * work; anything else ends the run.
 */

/* open.c: takes the lock and opens what every step needs. RUN_LATER: another
 * run holds the lock, or has the library. hand_close is called whatever hand_open returned. */
enum outcome run_context_open(struct run_context *run);
void run_context_close(struct run_context *run);
/* Says in the lock what the run is doing, for `likesync status`. */
void run_context_set_activity(struct run_context *run, const char *doing);

/* likes.c: Liked Songs, from Spotify or a file, into the index. */
enum outcome pull_likes(struct run_context *run);

/* shelves.c: the library folder into the index. */
enum outcome scan_library(struct run_context *run);

/* diff.c: which of the wanted songs does the library hold, and what is to be
 * done with the others? Fills wanted, state and plan. */
enum outcome make_diff(struct run_context *run);

/* acquire.c: gets what the plan says, has it placed, remembers the rest. */
enum outcome acquire_missing(struct run_context *run);

/* placing.c: gives what came its place in the library, or has the song held by
 * what sounds the same and is there already. TRACK_FAILED: it can't be. */
enum outcome place_download(struct run_context *run,
    const struct fetch_job *job, struct error *error);

/* original.c: removes the file that a song was moved from, if that is still
 * right, and records that nothing is left to be done. copy: the song's file,
 * below the library. */
enum outcome finish_move(struct run_context *run, const struct origin *o,
    const char *copy, struct error *error);
/* Ends what a killed run left half done: originals to be removed. */
enum outcome finish_interrupted(struct run_context *run);

/* recall.c: what the document knows of files that the index does not. */
enum outcome recover_analyses(struct run_context *run);

/* twins.c: is a recording that sounds like this in the library already? found
 * is initialized by this. */
bool find_duplicate(struct run_context *run, const struct track *track,
    const struct fingerprint *sound, struct file *found);
/* How the files sound that were rejected for a track, by the list of
 * word_rejected and by what the user said; the caller frees each and all. */
struct fingerprint *rejected_fingerprints(struct run_context *run,
    const char *key, const char *const *rejected, size_t *count);

/* backlog.c: analyzes files that have no analysis yet. */
enum outcome analyze_backlog(struct run_context *run);

/* health.c: notes one file and what is known of how it sounds; r is all zero
 * if that is nothing. */
void count_health(struct run_context *run, const struct file *f,
    const struct analysis_record *r);

/* publish.c: brings the analysis document up to date. */
enum outcome publish_document(struct run_context *run);
/* The numbers of the library, disk, caps and grant. */
void collect_statistics(struct run_context *run);

/* hooks.c: tells the watchdog that a run began. */
void hooks_at_start(const struct run_context *run);
/* Tells it how the run ended, and runs the commands that are due. A failure
 * is logged and never the run's; returns how many there were. */
size_t hooks_at_end(const struct run_context *run);

/* Notes o, if it is worse than what happened before, as the run's outcome
 * and logs it; returns whether the run may go on to its next step. */
bool note_outcome(struct run_context *run, enum outcome o,
    const struct error *error);

#endif
