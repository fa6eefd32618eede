/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * integer: decimal integers in text, within bounds. strtol alone has no bounds,
 * accepts blanks, and hides an overflow in errno.
 */
#ifndef BASE_INTEGER_H
#define BASE_INTEGER_H

#include <stdbool.h>
#include <stdint.h>

/* Is text, from its first to its last byte, an integer within min..max? Sets
 * *out if so. No blanks, no '+'. */
bool int_parse(const char *text, int64_t min, int64_t max, int64_t *out);

/* Reads the integer at the beginning of *text, where blanks and a '+' may
 * precede it, and moves *text behind it. 0; 1 if it is outside min..max: then
 * *out is the nearer bound; -1 if there is none: then nothing changes. */
int int_prefix(const char **text, int64_t min, int64_t max, int64_t *out);

#endif
