/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[REASON_COUNT] = {
	[REASON_NONE] = "",
	[REASON_NOT_AUDIO] = "not-audio",
	[REASON_NO_AUDIO] = "no-audio",
	[REASON_UNSUPPORTED] = "unsupported",
	[REASON_DAMAGED] = "damaged",
	[REASON_UNREADABLE] = "unreadable",
	[REASON_TIMEOUT] = "timeout",
	[REASON_MEMORY] = "memory",
	[REASON_CRASHED] = "crashed",
	[REASON_TRUNCATED] = "truncated",
	[REASON_ERRORS] = "errors",
	[REASON_MIXED] = "mixed",
};

enum outcome reason_set(struct error *error, enum reason r, const char *fmt,
    ...)
{
	char text[ERROR_MAX];
	va_list ap;

	if (error == NULL)
		return ITEM_FAILED;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	error_set(error, ITEM_FAILED, "%s", text);
	error->reason = (int)r;
	return ITEM_FAILED;
}

enum reason reason_of(const struct error *error)
{
	return error->reason > REASON_NONE && error->reason < REASON_COUNT ?
	    (enum reason)error->reason : REASON_DAMAGED;
}

const char *reason_name(enum reason r)
{
	return names[r];
}

enum reason reason_parse(const char *name)
{
	for (int r = REASON_NONE + 1; name != NULL && r < REASON_COUNT; r++)
		if (strcmp(name, names[r]) == 0)
			return (enum reason)r;
	return REASON_NONE;
}

bool reason_is_partial(enum reason r)
{
	return r >= REASON_TRUNCATED;
}
