/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/integer.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

int int_prefix(const char **text, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(*text, &end, 10);
	if (end == *text)
		return -1;
	*text = end;
	*out = n < min ? min : n > max ? max : n;
	return *out != n || errno == ERANGE;
}

bool int_parse(const char *text, int64_t min, int64_t max, int64_t *out)
{
	int64_t n;

	if (!isdigit((unsigned char)text[text[0] == '-']) ||
	    int_prefix(&text, min, max, &n) != 0 || *text != '\0')
		return false;
	*out = n;
	return true;
}
