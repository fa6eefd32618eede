/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every unit test includes: cmocka in the order that it wants, and a
 * folder of the test's own. */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* For group setup and teardown: *state is the path of a fresh folder. */
static inline int make_folder(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char path[512];

	snprintf(path, sizeof(path), "%s/likesync-test-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(path) == NULL)
		return -1;
	*state = strdup(path);
	return 0;
}

static inline int remove_folder(void **state)
{
	char command[600];
	int failed;

	snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
	failed = system(command);
	free(*state);
	return failed;
}

/* The step through many inputs of one kind: 1, and n under valgrind, which takes
 * fifty times as long. It is there for bytes that nobody wrote, which a few
 * inputs show; the sanitizers see all of them. */
static inline unsigned under_valgrind_every(unsigned n)
{
	return getenv("UNDER_VALGRIND") != NULL ? n : 1;
}

#endif
