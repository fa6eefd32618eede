/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * page: the report, one HTML page that needs nothing but itself: style and
 * script are in it, and its policy forbids it to load anything. However large
 * the library is, the page stays small: files are counted as they come, and
 * lists are cut at a length that it then tells.
 *
 * page_new; page_add_... in any order, but runs oldest first and missing
 * tracks newest first; page_render; page_free.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/file.h"
#include "types/track.h"
#include "records/runs.h"

struct json;
struct page;

/* How it stands now: what `status --json` says, under the same names. */
struct page_head {
	const char *library;		/* its path */
	int64_t made;			/* now; Unix time */
	size_t liked, in_library, missing, library_files;
	double disk_percent;		/* -1: unknown */
	uint64_t disk_free_bytes;
	int64_t last_success;		/* 0: never */
	int64_t authorization_expires_at;	/* 0: none */
	const struct counters *counters;
	char (*concerns)[ERROR_MAX];	/* n_concerns sentences */
	size_t n_concerns;
	int per_hour, per_day;		/* the caps */
	int max_disk_usage;		/* percent; 0: no limit */
};

struct page *page_new(void);
void page_free(struct page *p);

/* A run's summary, as the journal has it. */
void page_add_run(struct page *p, const struct json *run);
/* a NULL: it has no analysis yet. */
void page_add_file(struct page *p, const struct file *f,
    const struct analysis *a);
/* nearest: what came nearest and why that was not it; NULL: nothing did. */
void page_add_missing(struct page *p, const struct track *t, const char *reason,
    const char *best_rejected, int attempts, int64_t next_attempt);

/* The page's text; caller frees. */
char *page_render(const struct page *p, const struct page_head *head,
    size_t *len);

#endif
