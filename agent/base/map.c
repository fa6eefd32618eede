/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* uthash's way to say that there is no memory: die as mem.c does. */
#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

struct node {
	UT_hash_handle hh;
	void *value;
	size_t len;
	char key[];
};

struct map {
	struct node *head;
};

struct map *map_new(void)
{
	return xcalloc(1, sizeof(struct map));
}

void map_free(struct map *m, void (*free_value)(void *))
{
	struct node *n, *next;

	if (m == NULL)
		return;
	n = m->head;
	HASH_CLEAR(hh, m->head);
	for (; n != NULL; n = next) {
		next = n->hh.next;
		if (free_value != NULL)
			free_value(n->value);
		free(n);
	}
	free(m);
}

static struct node *find(const struct map *m, const void *key, size_t len)
{
	struct node *n;

	HASH_FIND(hh, m->head, key, len, n);
	return n;
}

void *map_put(struct map *m, const void *key, size_t len, void *value)
{
	struct node *n = find(m, key, len);
	void *old = NULL;

	if (n != NULL) {
		old = n->value;
		n->value = value;
		return old;
	}
	n = xcalloc(1, sizeof(*n) + len + 1);
	memcpy(n->key, key, len);
	n->len = len;
	n->value = value;
	HASH_ADD_KEYPTR(hh, m->head, n->key, (unsigned)len, n);
	return old;
}

void *map_get(const struct map *m, const void *key, size_t len)
{
	struct node *n = find(m, key, len);

	return n != NULL ? n->value : NULL;
}

bool map_has(const struct map *m, const void *key, size_t len)
{
	return find(m, key, len) != NULL;
}

void *map_remove(struct map *m, const void *key, size_t len)
{
	struct node *n = find(m, key, len);
	void *value;

	if (n == NULL)
		return NULL;
	value = n->value;
	HASH_DEL(m->head, n);
	free(n);
	return value;
}

size_t map_count(const struct map *m)
{
	return HASH_COUNT(m->head);
}

int map_each(const struct map *m, int (*each)(void *ctx, const void *key,
    size_t len, void *value), void *ctx)
{
	for (struct node *n = m->head; n != NULL; n = n->hh.next) {
		int r = each(ctx, n->key, n->len, n->value);

		if (r != 0)
			return r;
	}
	return 0;
}

void *map_put_str(struct map *m, const char *key, void *value)
{
	return map_put(m, key, strlen(key), value);
}

void *map_get_str(const struct map *m, const char *key)
{
	return map_get(m, key, strlen(key));
}

bool map_has_str(const struct map *m, const char *key)
{
	return map_has(m, key, strlen(key));
}
