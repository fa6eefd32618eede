/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mem: allocation that never returns NULL: without memory the process logs one
 * line and exits 1. Sizes from outside are bounded before they get here.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);	/* zeroed, overflow-checked */
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *s);			/* NULL gives NULL */
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

bool str_ends_with(const char *s, const char *end);

/* NULL equals NULL only. */
bool str_equal(const char *a, const char *b);

/* Replaces *slot by a copy of s (NULL allowed), freeing what was there. */
void str_replace(char **slot, const char *s);

/* Makes room for one more item in a growing array: returns items, perhaps
 * moved, with *cap > count. Use: a = grow(a, &cap, count, sizeof(*a)). */
void *grow(void *items, size_t *cap, size_t count, size_t item_size);

/* Adds a zeroed item to a growing array and returns it; array is the address of
 * the pointer to the items. Use:
 * new = array_add(&list->items, &list->cap, &list->count, sizeof(*new)). */
void *array_add(void *array, size_t *cap, size_t *count, size_t item_size);

#endif
