/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * journal: a file of JSON lines that is only ever appended to, each line on
 * stable storage before journal_append returns. It is where the agent keeps
 * what cannot be rebuilt (see "keep" in docs/architecture.md).
 *
 * A crash can leave a last line without its newline: journal_open cuts it
 * off. A line that is not JSON anywhere else, or a last one that is not even
 * the beginning of an object as text (NULs, where blocks were never written),
 * means that somebody or something damaged the file: it is skipped, counted in
 * journal_damaged and logged.
 * Appends are safe from several threads and processes (O_APPEND and flock).
 */
#ifndef BASE_JOURNAL_H
#define BASE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"

struct buf;
struct json;
struct json_writer;
struct journal;

/* Calls each for every line, in order, then stays open for appending. each
 * may be NULL; it and ctx are kept for journal_put. *existed (may be NULL):
 * the file was there. NULL with error filled if the file can't be opened, read
 * or created. */
struct journal *journal_open(const char *path, bool *existed,
    void (*each)(void *ctx, const struct json *line), void *ctx,
    struct error *error);

/* line is one JSON object without a newline. 0, or -1 with why filled: then
 * nothing of it is in the file. */
int journal_append(struct journal *j, const char *line, size_t len,
    struct error *error);

/* Closes the object that line has open, appends it, and hands it to the each of
 * journal_open: what is known is what is written. line is freed. DONE, or
 * RUN_FAILED with why. */
enum outcome journal_put(struct journal *j, struct json_writer *line,
    struct error *error);

/* Replaces the whole file atomically by these lines (each ended by \n). */
int journal_rewrite(struct journal *j, const char *lines, size_t len,
    struct error *error);

size_t journal_damaged(const struct journal *j);
/* Appends to out the lines of a journal's text that are whole, and mark, unless
 * it is NULL, in the place of each that is damaged. What an append left half
 * done at the end is dropped. Returns how many lines are damaged. */
size_t journal_filter(const char *text, size_t len, const char *mark,
    struct buf *out);
void journal_close(struct journal *j);	/* NULL allowed */

#endif
