/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pins: which file or link is a track, and which is not, by the user. A journal
 * apart from the index, because it can't be rebuilt. The most recent pin or
 * rejection of a file or link applies; a track has at most one pin.
 */
#ifndef RECORDS_PINS_H
#define RECORDS_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/fingerprint.h"

struct json;
struct pins;

/* A pin or a rejection. */
struct pin {
	char *key;		/* the track's */
	char *label;		/* its name at that time, for people */
	char *ref;		/* a link as link_plain spells it, or an
				   absolute path */
	char *identity;		/* of the file; NULL: a link */
	struct fingerprint sound;	/* of a rejected file; or empty */
	int64_t at;		/* Unix time */
};

/* read_only: see keyed_journal.h. RUN_FAILED with error: the journal can't be
 * read. */
enum outcome pins_open(const char *path, bool read_only, struct pins **out,
    struct error *error);
/* For those who don't hold the run lock: changes become requests in state_dir,
 * and are not seen by the queries below before the run has applied them. */
enum outcome pins_open_beside_run(const char *path, const char *state_dir,
    struct pins **out, struct error *error);
void pins_close(struct pins *p);	/* NULL allowed */

/* DONE when it is on stable storage, with the current time. Borrows what. */
enum outcome pins_pin(struct pins *p, const struct pin *what,
    struct error *error);
enum outcome pins_reject(struct pins *p, const struct pin *what,
    struct error *error);
/* Removes a pin or rejection. ITEM_FAILED with error: there is none. ref NULL:
 * all rejections for the track. */
enum outcome pins_unpin(struct pins *p, const char *key, struct error *error);
enum outcome pins_unreject(struct pins *p, const char *key, const char *ref,
    struct error *error);

/* Applies such a request; applied twice it changes nothing. ITEM_FAILED with error: it is
 * none. */
enum outcome pins_apply_request(struct pins *p, const struct json *request,
    struct error *error);

/* NULL: the track is not pinned. Borrowed, until the next change for it. */
const struct pin *pins_of(const struct pins *p, const char *key);
/* Is this link (as link_plain returns it), path or identity rejected? */
bool pins_rejects(const struct pins *p, const char *key, const char *what);
/* Is the file with this identity rejected for any track? */
bool pins_reject_file(const struct pins *p, const char *identity);
/* When pin or rejections of the track last changed; 0: never. */
int64_t pins_changed_at(const struct pins *p, const char *key);

/* In the order of the tracks' first lines, until each returns non-zero,
 * which is returned. key NULL: of all tracks. */
typedef int pins_each(void *ctx, const struct pin *pin);
int pins_each_pin(const struct pins *p, pins_each *each, void *ctx);
int pins_each_rejection(const struct pins *p, const char *key,
    pins_each *each, void *ctx);

#endif
