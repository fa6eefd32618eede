/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * request: what a source program is asked, as docs/sources.md specifies it: one
 * line of JSON each, with its newline. Callers free.
 */
#ifndef SOURCES_EXEC_REQUEST_H
#define SOURCES_EXEC_REQUEST_H

#include <stdint.h>

struct track;

struct exec_hello {
	const char *source;	/* [source.NAME] */
	const char *state, *folder;	/* where it may write */
	uint64_t max_size;	/* bytes of a file */
	int parallel;		/* requests at once that may come */
};
char *exec_request_hello(int64_t id, const struct exec_hello *h);
char *exec_request_search(int64_t id, const char *query,
    const struct track *t);
/* ref NULL: by the track alone. folder: for the file. timeout: seconds. */
char *exec_request_fetch(int64_t id, const char *ref, const struct track *t,
    const char *folder, uint64_t max_size, int64_t timeout);
char *exec_request_cancel(int64_t id);	/* id: of the request to end */

#endif
