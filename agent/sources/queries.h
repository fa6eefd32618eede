/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queries: the ways to ask a search for a track, the most telling first: all
 * artists with the title as it is, version included; the first artist with the
 * title alone, without what is said of a version or of guests; the title as
 * it is, without artists; the ISRC. Each is on one line, none is twice there.
 */
#ifndef SOURCES_QUERIES_H
#define SOURCES_QUERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "types/track.h"

#define QUERIES_MAX 4

struct queries {
	char *text[QUERIES_MAX];	/* owned */
	size_t count;
};

void queries_make(const struct track *t, bool by_isrc, struct queries *q);
void queries_free(struct queries *q);

#endif
