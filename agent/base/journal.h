/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * journal: an append-only file of JSON lines, each on stable storage before
 * journal_append returns. For records that cannot be rebuilt (see records in
 * docs/architecture.md).
 *
 * A crash can leave a last line without its newline: journal_open cuts it off.
 * Any other line that is not JSON, and a last one that does not begin as an
 * object (NULs of blocks that were never written), is damage: it is skipped,
 * counted in journal_damaged and logged.
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

/* Calls each for every whole line, in order, without creating, locking or
 * changing the file: beside a writer. A missing file has no lines. RUN_FAILED
 * with error if it can't be read. */
enum outcome journal_read(const char *path,
    void (*each)(void *ctx, const struct json *line), void *ctx,
    struct error *error);

/* line is one JSON object without a newline. 0, or -1 with error filled: then
 * nothing of it is in the file. */
int journal_append(struct journal *j, const char *line, size_t len,
    struct error *error);

/* Closes the open object of line, appends it and passes it to the each of
 * journal_open, so that memory has what the file has. line is freed. DONE, or
 * RUN_FAILED with error. */
enum outcome journal_put(struct journal *j, struct json_writer *line,
    struct error *error);

/* Replaces the whole file atomically by these lines (each ended by \n). */
int journal_rewrite(struct journal *j, const char *lines, size_t len,
    struct error *error);

size_t journal_damaged(const struct journal *j);
/* Appends the valid lines of a journal's text to out, and mark (may be NULL)
 * for each damaged one. An unfinished last line is dropped. Returns the number
 * of damaged lines. */
size_t journal_filter(const char *text, size_t len, const char *mark,
    struct buf *out);
void journal_close(struct journal *j);	/* NULL allowed */

#endif
