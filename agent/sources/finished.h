/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * finished: complete downloads that a run did not place because it was killed,
 * stopped or had no room in the library. The next run verifies and places them
 * without a new download or reservation.
 *
 *   tmp/get-XXXXXX/	the delivered files
 *   tmp/get-XXXXXX.json	the marker: track, source, candidate
 *
 * The marker is written after the files are on stable storage, and removed
 * before them. A folder without a matching marker is unfinished and removed at
 * the start of a run.
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

/* Removes unfinished downloads. Requires the run lock. */
void finished_clean(const char *state_dir);

/* Writes the marker and sets job->finished. A failure is logged only: then the
 * download is lost if the run ends before it is placed. */
void finished_mark(struct fetch_job *job);
/* Before anything in job->folder is removed. */
void finished_unmark(struct fetch_job *job);

struct finished *finished_load(const char *state_dir);
bool finished_has(const struct finished *f, const char *track_key);
/* Fills the job's folder, candidate, match result and delivery, and *source
 * with the source's name (caller frees); the job owns the folder. False:
 * there is no download for this track and pin, or it was taken already. */
bool finished_take(struct finished *f, struct fetch_job *job, char **source);
/* discard: removes the folders of downloads that were not taken. NULL
 * allowed. */
void finished_free(struct finished *f, bool discard);

#endif
