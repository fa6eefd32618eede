/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arrivals: which files are new in the library. What the first scan found was
 * there before, also if it is the first scan of an index that is made anew. */
#ifndef COMMANDS_ARRIVALS_H
#define COMMANDS_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "types/file.h"

#define ARRIVALS_DAYS 7

struct json_writer;
struct map;
struct state_reader;

struct arrivals {
	int64_t since;		/* Unix time */
	int64_t first_scan;	/* when it was complete; 0: it is not yet */
	struct map *placed;	/* identities of what likesync placed */
};

/* Of the last days before now. r has an index, or none: then nothing is new. */
void arrivals_open(struct arrivals *a, const struct state_reader *r,
    int64_t now);
void arrivals_close(struct arrivals *a);
bool arrivals_has(const struct arrivals *a, const struct file *f);

/* The newest ones, as an array under key. */
void arrivals_to_json(const struct state_reader *r, int64_t now,
    const char *key, struct json_writer *w);

#endif
