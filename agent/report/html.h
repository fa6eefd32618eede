/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html: text and numbers in markup. What comes from outside passes html_text,
 * by html() or by itself. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define DAY_TEXT_LEN 12

/* Markup, which is written as it is, and text, which html_text escapes, in
 * turns. Text is never NULL: "" writes nothing. */
#define html(out, ...) html_put((out), __VA_ARGS__, (const char *)NULL)
void html_put(struct buf *out, const char *markup, ...)
	__attribute__((sentinel));
/* Escapes the five characters that mean something in HTML; what is not UTF-8 or
 * printable becomes U+FFFD. NULL writes nothing. */
void html_text(struct buf *out, const char *text);
/* 12,345; whole numbers only. */
void html_count(struct buf *out, double n);
/* With its unit and at most one decimal: "85.2%", "-9.4 LUFS". */
void html_number(struct buf *out, double v, const char *unit);
/* A table's cell with that; NAN: an empty one. */
void html_number_cell(struct buf *out, double v, const char *unit);
/* A table's first row; columns NULL-ended. Those from first_number to
 * last_number, counted from 0, hold numbers. */
void html_table_head(struct buf *out, const char *const *columns,
    size_t first_number, size_t last_number);
/* "; style-src 'sha256-...'": a content security policy that allows this text
 * only. */
void html_policy(struct buf *out, const char *directive, const char *text);
void day_text(int64_t unix_seconds, char out[DAY_TEXT_LEN]); /* 2026-11-19 */

#endif
