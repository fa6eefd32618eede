/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keyed_journal: a journal (base/journal.h) of what happened to tracks, or to
 * other keys, and the state of each, to which its lines add up. A line names
 * its kind and its key, and has members of that kind:
 *
 *   {"kind": "pinned", "track": "KEY", "ref": ...}
 *
 * Every line that is read or appended is applied to the state of its key, in
 * order, so that memory is always what the file says. Lines of kinds that are
 * not listed (a later version's) and lines without a key are skipped. Not
 * thread-safe; other processes' lines are seen when the journal is opened.
 */
#ifndef RECORDS_KEYED_JOURNAL_H
#define RECORDS_KEYED_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"

struct json;
struct json_writer;
struct keyed_journal;

/* How lines are read; borrowed while the journal is open. */
struct keyed_journal_type {
	const char *key;	/* the member that holds the key: "track" */
	const char *const *kinds;	/* NULL-ended; a kind is its index */
	size_t state_size;	/* of a key's state, which starts as zeros */
	void (*apply)(void *state, int kind, const char *key,
	    const struct json *line);
	void (*free_state)(void *state);	/* and what it holds */
};

/* read_only: a snapshot for those beside a run; nothing is locked or created,
 * and a missing file has no lines. DONE, or RUN_FAILED with error and *out
 * NULL. */
enum outcome keyed_journal_open(const char *path,
    const struct keyed_journal_type *type, bool read_only,
    struct keyed_journal **out, struct error *error);
void keyed_journal_close(struct keyed_journal *j);	/* NULL allowed */

/* NULL: no line has this key. Valid until the journal is closed. */
void *keyed_journal_state(const struct keyed_journal *j, const char *key);
/* In the order of the keys' first lines, until each returns non-zero, which is
 * returned. each may append lines for existing keys only. */
typedef int keyed_journal_visit(void *ctx, const char *key, void *state);
int keyed_journal_each(const struct keyed_journal *j,
    keyed_journal_visit *each, void *ctx);

/* Begins a line with kind and key; after further members, keyed_journal_put
 * frees it. DONE: it is on stable storage and applied. RUN_FAILED with error:
 * neither. Not after read_only. */
struct json_writer *keyed_journal_line(const struct keyed_journal *j, int kind,
    const char *key);
enum outcome keyed_journal_put(struct keyed_journal *j,
    struct json_writer *line, struct error *error);

#endif
