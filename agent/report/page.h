/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * page: the report, one HTML page with its style and script in it; its policy
 * forbids it to load anything. It stays small however large the library is:
 * files are counted as they come, and lists are cut, with a note that says so.
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

struct buf;
struct json;
struct page;

/* The present state, under the names of `status --json`. */
struct page_head {
	const char *library;		/* its path */
	int64_t made;			/* now; Unix time */
	size_t liked, in_library, missing, library_files;
	double disk_percent;		/* -1: unknown */
	uint64_t disk_free_bytes;
	int64_t last_success;		/* 0: never */
	bool needs_authorization;	/* likes are read from the Web API */
	int64_t authorization_expires_at;	/* 0: none */
	const struct counters *counters;
	const char (*warnings)[ERROR_MAX];	/* n_warnings sentences */
	size_t n_warnings;
	int max_disk_usage;		/* percent; 0: no limit */
};

struct page *page_new(void);
void page_free(struct page *p);

/* A run's summary, as the journal has it. */
void page_add_run(struct page *p, const struct json *run);
/* a NULL: it has no analysis yet. is_new: it is among the new files. */
void page_add_file(struct page *p, const struct file *f,
    const struct analysis *a, bool is_new);
/* best_rejected: the best candidate and why it was rejected; NULL: none. */
void page_add_missing(struct page *p, const struct track *t, const char *reason,
    const char *best_rejected, int attempts, int64_t next_attempt);

/* What a content security policy must allow the page, for a server that sends
 * it: "; style-src ...; script-src ...". */
void page_policy(struct buf *out);

/* The page's text; caller frees. */
char *page_render(const struct page *p, const struct page_head *head,
    size_t *len);

#endif
