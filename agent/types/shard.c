/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/shard.h"

#include <stddef.h>
#include <string.h>

#include "base/fast_hash.h"
#include "base/integer.h"

bool shard_parse(const char *text, struct shard *out)
{
	const char *slash = strchr(text, '/');
	char number[8];
	size_t len = slash != NULL ? (size_t)(slash - text) : 0;
	int64_t k, n;

	if (slash == NULL || len >= sizeof(number))
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	if (!int_parse(slash + 1, 1, SHARD_MAX, &n) ||
	    !int_parse(number, 1, n, &k))
		return false;
	out->number = (uint32_t)k;
	out->count = (uint32_t)n;
	return true;
}

bool shard_has(const struct shard *s, const char *path)
{
	return s == NULL ||
	    fast_hash64(path, strlen(path)) % s->count == s->number - 1;
}
