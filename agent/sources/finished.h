/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * finished: downloads that a run completed and did not get to place, because
 * it was killed, stopped or had no room in the library. The next run takes them
 * over instead of downloading anew: nothing is reserved, and the file is
 * verified like any other.
 *
 *   tmp/get-XXXXXX/	what a source delivered
 *   tmp/get-XXXXXX.json	its marker: for which track, from where
 *
 * The marker is written once the source has ended with success, after the
 * files are on stable storage, and is the first to be removed. What has no
 * marker that fits it is unfinished and is removed when a run begins.
 *
 * Order: finished_clean, finished_load, finished_take from any thread,
 * finished_free.
 */
#ifndef SOURCES_FINISHED_H
#define SOURCES_FINISHED_H

#include <stdbool.h>

#include "base/outcome.h"

struct fetch_job;
struct finished;

/* Removes what is unfinished. For the holder of the run lock only. */
void finished_clean(const char *state_dir);

/* Marks what job->delivery and its candidate say as finished; sets
 * job->finished. What can't be marked is logged: it is only lost if the run
 * ends before it is placed. */
void finished_mark(struct fetch_job *job);
/* Before anything in job->folder is removed. */
void finished_unmark(struct fetch_job *job);

struct finished *finished_load(const char *state_dir);
bool finished_has(const struct finished *f, const char *track_key);
/* Fills job's folder, candidate, judgement and delivery, and *source with the
 * name of the source (the caller frees); the folder is the job's from then on.
 * False: there is none for this track and what is pinned. A track is taken
 * once. */
bool finished_take(struct finished *f, struct fetch_job *job, char **source);
/* discard: removes those that no track asked for. NULL allowed. */
void finished_free(struct finished *f, bool discard);

#endif
