/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * state: the names of what lies in [state] dir, and which of it matters.
 *
 *   keep/	cannot be rebuilt: journals and counters, small and synced
 *   index/	LMDB; comes back from the library, the document and Spotify
 *   tmp/	downloads; unfinished ones are removed at the start of a run
 *   requests/	what others ask the next run to record; see records/requests.h
 *   *.json	what a service or a folder last answered; losing it costs time
 */
#ifndef BASE_STATE_H
#define BASE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"

#define STATE_INDEX "index"
#define STATE_TMP "tmp"
#define STATE_REQUESTS "requests"
#define STATE_SHARDS "shards"	/* of each shard a state of its own */
#define STATE_QUEUE "queue.json"
#define STATE_RUN_LOCK "run.lock"
#define STATE_QUEUE_LOCK "queue.lock"
#define STATE_TOKEN_LOCK "token.lock"
#define STATE_SERVICE "spotify.json"
#define STATE_SOURCES "sources.json"
#define STATE_ALERTS "alerts.json"
#define STATE_LEDGER "keep/ledger.jsonl"
#define STATE_PROVENANCE "keep/provenance.jsonl"
#define STATE_PINS "keep/pins.jsonl"
#define STATE_TAKEDOWNS "keep/takedowns.jsonl"
#define STATE_RUNS "keep/runs.jsonl"
#define STATE_JOBS "keep/jobs.jsonl"
#define STATE_COUNTERS "keep/counters.json"
#define STATE_DOCUMENT_MAP "index/document.map"
#define STATE_LAST_GOOD "document.last-good"
#define STATE_REPORT "report.html"

/* Makes dir and its folders (0700) where they are missing. RUN_CONFIG with
 * error if that can't be done, or if others than this user and root can read or
 * write one of them: they hold a token, and decide what is removed. */
enum outcome state_prepare(const char *dir, struct error *error);

/* What a run writes besides downloads: journals, counters, and the pages that
 * a commit of the index takes before it gives old ones back. */
#define STATE_ROOM (8u << 20)

/* May `need` more bytes be written below dir? They are allotted and given back
 * at once, so that a quota counts as well. DONE, or RUN_ACT with error. */
enum outcome state_room(const char *dir, uint64_t need, struct error *error);

/* RUN_CONFIG with error, which has the command that fixes it, if others than
 * this user and root can read or write the folder or file; or if it is not
 * there. */
enum outcome private_check(const char *path, struct error *error);

/* Removes from dir/tmp all that keep (NULL: nothing) does not claim by its
 * name, except folders that another process, which needs no run lock, has
 * locked (flock). For the holder of the run lock only. */
void state_clean_tmp(const char *dir, bool (*keep)(void *ctx,
    const char *name), void *ctx);

/* Removes a folder of ours and all that is in it, following no link. */
void folder_remove(const char *path);

#endif
