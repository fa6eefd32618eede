/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/html.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/utf8.h"

void html_put(struct buf *out, const char *markup, ...)
{
	bool is_text = true;
	const char *next;
	va_list ap;

	buf_puts(out, markup);
	va_start(ap, markup);
	while ((next = va_arg(ap, const char *)) != NULL) {
		(is_text ? html_text : buf_puts)(out, next);
		is_text = !is_text;
	}
	va_end(ap);
}

static const char *entity_of(char c)
{
	static const struct {
		char c;
		const char *entity;
	} table[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&#39;" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].c == c)
			return table[i].entity;
	return NULL;
}

void html_text(struct buf *out, const char *text)
{
	size_t left = text != NULL ? strlen(text) : 0;

	while (left > 0) {
		const char *entity = entity_of(*text);
		size_t n = utf8_length(text, left);
		size_t step = n > 0 ? n : 1;

		if (entity != NULL)
			buf_puts(out, entity);
		else if (n == 0 || (*text >= 0 && *text < ' '))
			buf_puts(out, "\xef\xbf\xbd");
		else
			buf_append(out, text, n);
		text += step;
		left -= step;
	}
}

void html_count(struct buf *out, double n)
{
	uint64_t whole = n > 0 ? (uint64_t)llround(n) : 0;
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, whole);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_putc(out, ',');
		buf_putc(out, digits[i]);
	}
}

void html_number(struct buf *out, double v, const char *unit)
{
	double tenths = round(v * 10);

	if (fmod(tenths, 10) == 0 && v >= 0)
		html_count(out, v);
	else
		buf_printf(out, fmod(tenths, 10) == 0 ? "%.0f" : "%.1f", v);
	html_text(out, unit);
}

void html_number_cell(struct buf *out, double v, const char *unit)
{
	buf_puts(out, "<td class=\"n\">");
	if (!isnan(v))
		html_number(out, v, unit);
	buf_puts(out, "</td>");
}

void html_table_head(struct buf *out, const char *const *columns,
    size_t first_number, size_t last_number)
{
	buf_puts(out, "<thead><tr>");
	for (size_t i = 0; columns[i] != NULL; i++)
		html(out, i >= first_number && i <= last_number ?
		    "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">",
		    columns[i], "</th>");
	buf_puts(out, "</tr></thead><tbody>\n");
}

void html_policy(struct buf *out, const char *directive, const char *text)
{
	uint8_t digest[SHA256_LEN];
	char *hash;

	sha256_of(text, strlen(text), digest);
	hash = base64(digest, sizeof(digest));
	buf_printf(out, "; %s 'sha256-%s'", directive, hash);
	free(hash);
}

void day_text(int64_t unix_seconds, char out[DAY_TEXT_LEN])
{
	char iso[ISO_TIME_LEN];

	time_to_iso(unix_seconds, iso);
	snprintf(out, DAY_TEXT_LEN, "%.10s", iso);
}
