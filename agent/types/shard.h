/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shard: the slice of a library that one of several machines analyzes. It is
 * chosen by a hash of the path relative to the library, not by the identity: so
 * a machine opens the files of its own slice only, and need not even stat the
 * others. The hash is the same on every machine and in every version.
 */
#ifndef TYPES_SHARD_H
#define TYPES_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#define SHARD_MAX 10000		/* machines and processes */

struct shard {
	uint32_t number, count;	/* 1..count; count 1..SHARD_MAX */
};

/* "3/8"; false: it is no shard. */
bool shard_parse(const char *text, struct shard *out);
/* Is the file with this path in the slice? shard NULL: every one is. */
bool shard_has(const struct shard *s, const char *path);

#endif
