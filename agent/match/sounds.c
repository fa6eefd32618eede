/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/sounds.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/buf.h"
#include "base/mem.h"
#include "match/letters.h"

/* Two choices in which spellings of Greek names differ. */
#define CHI_IS_H 1		/* Χάρις: Haris or Charis */
#define AS_SPOKEN 2		/* Μπουζούκι: Bouzouki or Mpouzouki */
#define STYLES 4

#define CHI 0x03c7

/* Letters of Greek with a sound of their own, before the next letter or at the
 * beginning of a word. */
static const struct {
	int32_t first, second;
	const char *latin;
} digraphs[] = {
	{ 0x03bc, 0x03c0, "b" }, { 0x03bd, 0x03c4, "d" },
	{ 0x03b3, 0x03ba, "g" }, { 0x03b3, 0x03b3, "ng" },
	{ 0x03b1, 0x03c5, "af" }, { 0x03b5, 0x03c5, "ef" },
	{ 0x03bf, 0x03c5, "ou" },
};

static const char *digraph(int32_t first, int32_t second)
{
	for (size_t i = 0; i < sizeof(digraphs) / sizeof(*digraphs); i++)
		if (digraphs[i].first == first && digraphs[i].second == second)
			return digraphs[i].latin;
	return NULL;
}

/* "Alexis" and "Aleksis" */
static void add_letter(struct buf *out, char c)
{
	if (c == 'x')
		buf_puts(out, "ks");
	else
		buf_putc(out, c);
}

/* Appends the transliteration of a word; false if there is none. */
static bool append_latin(struct buf *out, const char *text, int style)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
	utf8proc_int32_t c, next;
	utf8proc_ssize_t n;

	while (*p != 0 && (n = utf8proc_iterate(p, -1, &c)) > 0) {
		const char *latin = c == CHI && style & CHI_IS_H ? "h" :
		    letter_latin(c), *two = NULL;

		p += n;
		if (c < 0x80) {
			add_letter(out, (char)c);
			continue;
		}
		n = style & AS_SPOKEN ? utf8proc_iterate(p, -1, &next) : 0;
		if (n > 0)
			two = digraph(c, next);
		if (two == NULL && latin == NULL)
			return false;
		for (latin = two != NULL ? two : latin; *latin != '\0';
		    latin++)
			add_letter(out, *latin);
		p += two != NULL ? n : 0;
	}
	return true;
}

/* One spelling of sounds that have several: "y" and "i", "ou" and "u", double
 * letters. */
static void unify_spelling(char *text)
{
	char *out = text;

	for (const char *p = text; *p != '\0'; p++) {
		char c = *p == 'y' ? 'i' : *p == 'v' || *p == 'w' ? 'f' : *p;

		if ((c == 'o' && p[1] == 'u') || (out > text && out[-1] == c))
			continue;
		*out++ = c;
	}
	*out = '\0';
}

/* Keeps the consonants, similar ones unified: these survive transliteration. */
static void keep_consonants(char *text)
{
	static const char from[] = "cqzfv", to[] = "kkspb";
	char *out = text;

	for (const char *p = text; *p != '\0'; p++) {
		const char *like = strchr(from, *p);
		char c = like != NULL ? to[like - from] : *p;

		if (strchr("aeiouyhwj", *p) == NULL &&
		    (out == text || out[-1] != c))
			*out++ = c;
	}
	*out = '\0';
}

/* The transliteration of a span; NULL if there is none. Caller frees. */
static char *latin_of(struct span s, int style)
{
	struct buf out = BUF_INIT;

	for (size_t i = s.from; i < s.to; i++)
		if (!append_latin(&out, s.w->word[i].text, style)) {
			buf_free(&out);
			return NULL;
		}
	return buf_take(&out);
}

static bool same_in_style(struct span a, struct span b, size_t min, int style)
{
	char *x = latin_of(a, style), *y = latin_of(b, style);
	char *u = xstrdup(x), *v = xstrdup(y);
	bool same = false;

	if (u != NULL && v != NULL) {
		unify_spelling(u);
		unify_spelling(v);
		keep_consonants(x);
		keep_consonants(y);
		same = (strlen(u) >= MIN_LATIN && strcmp(u, v) == 0) ||
		    (strlen(x) >= min && strcmp(x, y) == 0);
	}
	free(x);
	free(y);
	free(u);
	free(v);
	return same;
}

bool sounds_same(struct span a, struct span b, size_t min)
{
	enum script ours = words_script(a.w, a.from, a.to);
	enum script theirs = words_script(b.w, b.from, b.to);
	int styles = ours == SCRIPT_GREEK || theirs == SCRIPT_GREEK ? STYLES :
	    1;

	if (ours == theirs || ours == SCRIPT_NONE || theirs == SCRIPT_NONE)
		return false;
	for (int style = 0; style < styles; style++)
		if (same_in_style(a, b, min, style))
			return true;
	return false;
}
