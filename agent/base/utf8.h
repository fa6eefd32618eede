/* SPDX-License-Identifier: GPL-3.0-or-later */
/* utf8: telling valid UTF-8 from bytes, for what is printed or cut. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* The length of the valid sequence that s (len bytes) begins with, by RFC
 * 3629; 0 if it begins with none. */
size_t utf8_length(const char *s, size_t len);

/* The longest prefix of s of at most max bytes that does not cut a
 * character. */
size_t utf8_cut(const char *s, size_t len, size_t max);

#endif
