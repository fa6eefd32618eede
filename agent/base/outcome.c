/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/secret.h"
#include "base/utf8.h"

/* Replaces unprintable characters in place. */
static void make_printable(char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		size_t n = utf8_printable(text + i, len - i);

		if (n == 0) {
			n = utf8_length(text + i, len - i);
			n = n > 0 ? n : 1;
			memset(text + i, '?', n);
		}
		i += n;
	}
}

enum outcome error_set(struct error *error, enum outcome o, const char *fmt,
    ...)
{
	char text[2 * ERROR_MAX];
	va_list ap;
	size_t len;
	int n;

	if (error == NULL)
		return o;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Written only now: error->text may be an argument of fmt. */
	len = secret_hide(text, strlen(text), n >= (int)sizeof(text));
	len = utf8_cut(text, len, ERROR_MAX - 1);
	memcpy(error->text, text, len);
	error->text[len] = '\0';
	error->reason = 0;
	error->retry_after = 0;
	make_printable(error->text);
	return o;
}

static const struct {
	const char *name;
	int exit_status;
} outcomes[] = {
	[DONE] = { "done", 0 },
	[ITEM_FAILED] = { "track", 1 },
	[SERVICE_FAILED] = { "service", EX_TEMPFAIL },
	[STOPPED] = { "stopped", 0 },
	[RUN_LATER] = { "later", EX_TEMPFAIL },
	[RUN_ACT] = { "action", EX_CONFIG },
	[RUN_AUTH] = { "authorize", EX_NOPERM },
	[RUN_CONFIG] = { "configuration", EX_CONFIG },
	[RUN_FAILED] = { "failed", 1 },
};

int outcome_exit_status(enum outcome o)
{
	return outcomes[o].exit_status;
}

const char *outcome_name(enum outcome o)
{
	return outcomes[o].name;
}
