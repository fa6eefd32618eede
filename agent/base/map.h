/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * map: from bytes to a pointer, by uthash. Keys are copied; values belong to
 * the caller. Iteration is in the order of insertion.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct map;

struct map *map_new(void);
/* free_value is called on each value, if not NULL. */
void map_free(struct map *m, void (*free_value)(void *));

/* Sets key to value and returns what was there before (NULL if nothing). */
void *map_put(struct map *m, const void *key, size_t len, void *value);
void *map_get(const struct map *m, const void *key, size_t len);
bool map_has(const struct map *m, const void *key, size_t len);
void *map_remove(struct map *m, const void *key, size_t len);
size_t map_count(const struct map *m);

/* Calls each(ctx, key, len, value) until it returns non-zero, which is then
 * returned. The map must not be changed meanwhile. */
int map_each(const struct map *m, int (*each)(void *ctx, const void *key,
    size_t len, void *value), void *ctx);

/* The same for strings. */
void *map_put_str(struct map *m, const char *key, void *value);
void *map_get_str(const struct map *m, const char *key);
bool map_has_str(const struct map *m, const char *key);

#endif
