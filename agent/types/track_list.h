/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * track_list: the tracks that a service or a file named as wanted, in its
 * order.
 */
#ifndef TYPES_TRACK_LIST_H
#define TYPES_TRACK_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "types/track.h"

struct track_list {
	struct tracks tracks;	/* without duplicates, null rows left out */
	bool complete;		/* these are all of them: others were unliked */
	int64_t rows;		/* the service's total, of whatever kind */
	unsigned pages;		/* requests that it took */
	unsigned unusable;	/* rows with no track or no name in them */
};

void track_list_free(struct track_list *l);

#endif
