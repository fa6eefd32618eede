/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * buf: bytes that grow. Start with BUF_INIT, end with buf_free. The data is
 * always followed by a NUL that len does not count, so that text can be used
 * as a string; an untouched buf holds the empty string.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;	/* owned; never NULL after the first append */
	size_t len;
	size_t cap;
};

#define BUF_INIT { .data = NULL, .len = 0, .cap = 0 }

void buf_append(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);

/* Appends up to the limit of the whole buf; false if some bytes did not fit.
 * For data from outside: a body, a program's output. */
bool buf_append_limited(struct buf *b, const void *data, size_t len,
    size_t limit);

const char *buf_str(const struct buf *b);	/* never NULL */
void buf_cut(struct buf *b, size_t len);	/* to len bytes or fewer */
void buf_clear(struct buf *b);			/* empty, memory kept */
void buf_free(struct buf *b);			/* memory freed, reusable */
char *buf_take(struct buf *b);			/* caller frees; b is empty */

#endif
