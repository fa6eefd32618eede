/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pins: the user's own word on which file or link is a track, and which is
 * not. It outlasts everything but another word of his: a journal apart from
 * the index, because nobody else knows it. Of what he said about the same
 * file or link the last word counts; a track has one pin at most.
 */
#ifndef RECORDS_PINS_H
#define RECORDS_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/fingerprint.h"

struct pins;

/* What he said of one file or link. */
struct pin {
	char *key;		/* the track's */
	char *label;		/* its name at that time, for people */
	char *ref;		/* a link as link_plain spells it, or an
				   absolute path */
	char *identity;		/* of the file; NULL: a link */
	struct fingerprint sound;	/* of a file that was rejected: how it
				   sounds; or empty */
	int64_t at;		/* Unix time */
};

/* RUN_FAILED with why: the journal can't be read. */
enum outcome pins_open(const char *path, struct pins **out,
    struct error *error);
void pins_close(struct pins *p);	/* NULL allowed */

/* This is the track, or is not. DONE when it is on stable storage; borrows
 * what, whose time is set to now. */
enum outcome pins_pin(struct pins *p, const struct pin *what,
    struct error *error);
enum outcome pins_reject(struct pins *p, const struct pin *what,
    struct error *error);
/* Takes it back. TRACK_FAILED with why: it was never said. ref NULL: all that
 * was rejected for the track. */
enum outcome pins_unpin(struct pins *p, const char *key, struct error *error);
enum outcome pins_unreject(struct pins *p, const char *key, const char *ref,
    struct error *error);

/* NULL: the track is not pinned. Borrowed, until the next word on it. */
const struct pin *pins_of(const struct pins *p, const char *key);
/* Did he reject this link (as link_plain spells it), path or identity? */
bool pins_rejects(const struct pins *p, const char *key, const char *what);
/* Did he reject the file with this identity for any track? */
bool pins_reject_file(const struct pins *p, const char *identity);
/* When he last said something of the track, or took it back; 0: never. */
int64_t pins_changed_at(const struct pins *p, const char *key);

/* In the order in which tracks were first spoken of, until each returns
 * non-zero, which is returned. key NULL: of all tracks. */
typedef int pins_each(void *ctx, const struct pin *pin);
int pins_each_pin(const struct pins *p, pins_each *each, void *ctx);
int pins_each_rejection(const struct pins *p, const char *key,
    pins_each *each, void *ctx);

#endif
