/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every fuzzer includes. A fuzzer is one file that defines the function
 * below: it hands any bytes to one reader of outside bytes, checks what must
 * hold of the result, and returns 0. libFuzzer calls it with what it makes up
 * (`make fuzz`); replay.c with the committed inputs (`make check`).
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input; not assert(), which NDEBUG removes. */
#define must(condition) do { \
	if (!(condition)) { \
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
		    #condition); \
		abort(); \
	} \
} while (0)

/* The input as a string, cut at its first NUL; free it. */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	must(s != NULL);
	if (size > 0)
		memcpy(s, data, size);
	s[size] = '\0';
	return s;
}

#endif
