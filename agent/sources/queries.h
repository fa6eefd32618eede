/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queries: the search queries for a track, most specific first: all artists and
 * the full title; the first artist and the title without version and guests;
 * the full title alone; the ISRC. Single lines, without duplicates.
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
