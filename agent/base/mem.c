/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* Allocates nothing itself, so that the line gets out. */
static void __attribute__((noreturn)) out_of_memory(void)
{
	static const char text[] = "likesync: out of memory\n";

	syslog(LOG_ERR, "out of memory");
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	_exit(1);
}

static void *checked(void *p)
{
	if (p == NULL)
		out_of_memory();
	return p;
}

void *xmalloc(size_t size)
{
	return checked(malloc(size > 0 ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return checked(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *xrealloc(void *old, size_t size)
{
	return checked(realloc(old, size > 0 ? size : 1));
}

char *xstrdup(const char *s)
{
	return s != NULL ? checked(strdup(s)) : NULL;
}

char *xstrndup(const char *s, size_t len)
{
	return checked(strndup(s, len));
}

char *xasprintf(const char *fmt, ...)
{
	char *out = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&out, fmt, ap);
	va_end(ap);
	return checked(n >= 0 ? out : NULL);
}

bool str_ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

bool str_equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

void str_replace(char **slot, const char *s)
{
	char *copy = xstrdup(s);

	free(*slot);
	*slot = copy;
}

void *grow(void *items, size_t *cap, size_t count, size_t item_size)
{
	if (items != NULL && count < *cap)
		return items;
	if (*cap > SIZE_MAX / item_size / 2)
		out_of_memory();
	*cap = *cap > 0 ? *cap * 2 : 8;
	return xrealloc(items, *cap * item_size);
}

void *array_add(void *array, size_t *cap, size_t *count, size_t item_size)
{
	char *items;

	memcpy(&items, array, sizeof(items));
	items = grow(items, cap, *count, item_size);
	memcpy(array, &items, sizeof(items));
	return memset(items + (*count)++ * item_size, 0, item_size);
}
