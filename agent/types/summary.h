/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary: what one run did, for its last line, --json, history, metrics. */
#ifndef TYPES_SUMMARY_H
#define TYPES_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/health.h"

struct json_writer;

#define RUN_ID_LEN 12
#define MAX_SOURCES 16

enum stage {
	STAGE_LIKED, STAGE_SCAN, STAGE_DIFF, STAGE_FETCH, STAGE_ANALYZE,
	STAGE_DOCUMENT, STAGE_COUNT
};

struct source_summary {
	const char *name;		/* borrowed from the configuration */
	size_t got, not_found, failed;	/* tracks whose search ended there */
	size_t downloads;		/* remote ones that were started */
	int64_t ms;
	char fault[ERROR_MAX];		/* why unavailable in this run; "" */
	bool must_act;			/* until a person does something */
	int64_t since, until;		/* unavailable; Unix time, 0: it is
					   not, or may be asked at once */
};

struct summary {
	char run[RUN_ID_LEN + 1];
	bool dry_run;
	int64_t started, ended;		/* Unix time */
	enum outcome outcome;		/* the worst of all steps */
	struct error error;		/* of that */
	const char *stopped;		/* "deadline", "SIGTERM"; or NULL */
	bool cut_short;			/* stopped before the likes were read */
	int64_t stage_ms[STAGE_COUNT];

	size_t liked;		/* wanted: liked, or in a followed playlist */
	size_t new_likes, unliked;
	size_t playlists;	/* followed */
	size_t listed;		/* wanted tracks that are not liked */
	size_t in_library, to_fetch, waiting, skipped;	/* the plan */
	size_t got, not_found, failed, defer;	/* tracks searched for */
	size_t rejected;				/* candidates */
	size_t downloads;				/* remote, started */
	size_t searches;				/* remote, made */
	size_t upscaled;				/* downloads */
	int64_t fetch_ms;			/* summed over tracks */
	struct source_summary source[MAX_SOURCES];
	size_t n_sources;

	size_t files_added, files_changed, files_moved, files_removed;
	size_t files_unreadable;
	bool removal_refused;
	size_t analyzed, analysis_failed, backlog;	/* backlog: left */
	size_t reanalyzed;		/* of those analyzed */
	size_t parts_merged, parts_refused;
	size_t analyses_merged;		/* better than those that were known */
	struct health health;
	bool document_written;
	bool document_current;		/* holds what the index knows */
	size_t document_entries, document_ours;
	uint64_t document_bytes;

	size_t library_files;
	uint64_t library_bytes;
	double disk_percent;		/* -1: unknown */
	uint64_t disk_free;
	int cap_hour, cap_day;		/* fetches left; -1: unknown */
	size_t queue;			/* wanted tracks, not in library */
	int64_t queue_wait_s;		/* of the one that waits longest */
	size_t jobs, job_tracks;	/* that have not ended; that wait */
	int64_t authorization_expires_at;	/* 0: none */
	int64_t not_before;		/* Spotify's; 0: none */
};

const char *stage_name(enum stage s);
const char *stage_text(enum stage s);	/* "reading the library", for people */
/* Its members, into an open object; or as an object of their own. */
void summary_put(const struct summary *s, struct json_writer *w);
void summary_to_json(const struct summary *s, struct json_writer *w,
    const char *key);
/* One line for people: "12 new likes, 10 fetched, ...". Caller frees. */
char *summary_text(const struct summary *s);

#endif
