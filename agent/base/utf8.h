/* SPDX-License-Identifier: GPL-3.0-or-later */
/* utf8: telling valid UTF-8 from bytes, for what is printed or cut. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length of the valid sequence that s (len bytes) begins with, by RFC
 * 3629; 0 if it begins with none. */
size_t utf8_length(const char *s, size_t len);
/* The same, with the character's code point in *code. */
size_t utf8_decode(const char *s, size_t len, uint32_t *code);

/* The same; 0 also before a character that must not reach a terminal, a log
 * or a page as it is: C0, DEL, C1, the marks that change the direction of
 * text, and the separators of lines and paragraphs. */
size_t utf8_printable(const char *s, size_t len);

/* Copies text (len bytes) into out, with a NUL, and every byte of what is not
 * printable as \xNN. Stops when size bytes may not hold the next character;
 * returns how many bytes of text were copied. size > UTF8_ESCAPED. */
#define UTF8_ESCAPED 4
size_t utf8_escape(const char *text, size_t len, char *out, size_t size);

/* The longest prefix of s of at most max bytes that does not cut a
 * character. */
size_t utf8_cut(const char *s, size_t len, size_t max);

#endif
