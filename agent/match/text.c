/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"

/* Letters that carry a stroke or are two in one: Unicode does not decompose
 * them, keyboards and file names do. */
static const struct {
	utf8proc_int32_t letter;
	const char *plain;
} plain_letters[] = {
	{ 0x00e6, "ae" }, { 0x00f0, "d" }, { 0x00f8, "o" }, { 0x00fe, "th" },
	{ 0x0111, "d" }, { 0x0127, "h" }, { 0x0131, "i" }, { 0x0142, "l" },
	{ 0x0153, "oe" }, { 0x0167, "t" }, { '$', "s" }, { '&', " and " },
};

/* Signs inside a word that people leave out: don't, R.E.M. */
static bool joins(utf8proc_int32_t c)
{
	return c == '\'' || c == '.' || c == 0x2019 || c == 0x2018 ||
	    c == 0x00b4 || c == '`' || c == 0x02bc;
}

static bool is_wordly(utf8proc_int32_t c)
{
	utf8proc_category_t k = utf8proc_category(c);

	return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO) ||
	    (k >= UTF8PROC_CATEGORY_MN && k <= UTF8PROC_CATEGORY_ME) ||
	    (k >= UTF8PROC_CATEGORY_ND && k <= UTF8PROC_CATEGORY_NO);
}

/* utf8proc's map of valid text; invalid bytes are left out first. */
static char *map_text(const char *name, utf8proc_option_t options)
{
	struct buf valid = BUF_INIT;
	size_t len = strlen(name);
	utf8proc_uint8_t *out = NULL;
	utf8proc_ssize_t n;

	for (size_t i = 0; i < len;) {
		size_t step = utf8_length(name + i, len - i);

		if (step > 0)
			buf_append(&valid, name + i, step);
		else
			buf_putc(&valid, ' ');
		i += step > 0 ? step : 1;
	}
	n = utf8proc_map((const utf8proc_uint8_t *)buf_str(&valid),
	    (utf8proc_ssize_t)valid.len, &out,
	    options | UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_IGNORE);
	if (n < 0)
		out = NULL;
	if (out == NULL)
		return buf_take(&valid);
	buf_free(&valid);
	return (char *)out;
}

char *text_normalize(const char *name)
{
	return map_text(name, UTF8PROC_COMPOSE);
}

static void append_folded(struct buf *b, utf8proc_int32_t c)
{
	utf8proc_uint8_t bytes[4];

	for (size_t i = 0; i < sizeof(plain_letters) /
	    sizeof(plain_letters[0]); i++) {
		if (plain_letters[i].letter == c) {
			buf_puts(b, plain_letters[i].plain);
			return;
		}
	}
	if (joins(c))
		return;
	if (is_wordly(c))
		buf_append(b, bytes, (size_t)utf8proc_encode_char(c, bytes));
	else
		buf_putc(b, ' ');
}

static bool is_blank(const struct buf *b)
{
	return strspn(buf_str(b), " ") == b->len;
}

static void split(struct words *w)
{
	char *rest = w->text, *word;

	while (w->count < MAX_WORDS &&
	    (word = strsep(&rest, " ")) != NULL)
		if (*word != '\0')
			w->word[w->count++] = word;
}

void words_fold(struct words *w, const char *name)
{
	char *mapped = map_text(name, UTF8PROC_DECOMPOSE |
	    UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)mapped;
	struct buf b = BUF_INIT;
	utf8proc_int32_t c;
	utf8proc_ssize_t n;

	memset(w, 0, sizeof(*w));
	while (*p != 0 && (n = utf8proc_iterate(p, -1, &c)) > 0) {
		append_folded(&b, c);
		p += n;
	}
	if (is_blank(&b)) {	/* "+++", "?": the signs are the name */
		buf_clear(&b);
		buf_puts(&b, mapped);
	}
	free(mapped);
	w->text = buf_take(&b);
	split(w);
}

void words_free(struct words *w)
{
	free(w->text);
	memset(w, 0, sizeof(*w));
}

bool words_has(const struct words *w, const char *word)
{
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->word[i], word) == 0)
			return true;
	return false;
}

bool words_are_signs(const struct words *w)
{
	for (const char *p = w->text; *p != '\0'; p++)
		if (isalnum((unsigned char)*p) || (unsigned char)*p >= 0x80)
			return false;
	return w->count > 0;
}

/* "01 - ", "8A - 7 - ", "A1. ", "[ABC123] ": what programs and shops put
 * before the names; returns what is behind. */
static const char *skip_prefixes(const char *name)
{
	for (;;) {
		size_t n = strspn(name, "0123456789");

		if (n > 0 && n <= 3 && (name[n] == 'A' || name[n] == 'B') &&
		    strncmp(name + n + 1, " - ", 3) == 0)
			name += n + 4;
		else if (n > 0 && n <= 3 && strncmp(name + n, " - ", 3) == 0)
			name += n + 3;
		else if (n > 0 && n <= 3 && (name[n] == '.' ||
		    name[n] == '-' || name[n] == ')') && name[n + 1] == ' ')
			name += n + 2;
		else
			return name;
	}
}

/* A file's name as a title: no extension, no prefixes, no bit rate. */
char *text_of_path(const char *path)
{
	char *name = xstrdup(path_base(path)), *dot, *out, *rate;

	dot = strrchr(name, '.');
	if (dot != NULL && dot != name)
		*dot = '\0';
	for (char *p = name; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	rate = strstr(name, "kbps");
	if (rate != NULL) {
		while (rate > name && strchr("0123456789 -(", rate[-1]) !=
		    NULL)
			rate--;
		*rate = '\0';
	}
	out = xstrdup(skip_prefixes(name));
	free(name);
	return out;
}
