/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/keys.h"

#include <ctype.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *word, *key;
} keys[] = {
	{ "the", "" }, { "and", "" }, { "n", "" },
	{ "zero", "0" }, { "one", "1" }, { "two", "2" }, { "three", "3" },
	{ "four", "4" }, { "five", "5" }, { "six", "6" }, { "seven", "7" },
	{ "eight", "8" }, { "nine", "9" }, { "ten", "10" },
	{ "eleven", "11" }, { "twelve", "12" }, { "twenty", "20" },
	{ "first", "1st" }, { "second", "2nd" }, { "third", "3rd" },
	{ "ii", "2" }, { "iii", "3" }, { "iv", "4" }, { "vi", "6" },
	{ "vii", "7" }, { "viii", "8" }, { "ix", "9" },
};

/* Words before the number of a part. */
static const struct {
	const char *word, *key;
} parts[] = {
	{ "pt", "part" }, { "pts", "part" }, { "part", "part" },
	{ "parts", "part" }, { "parte", "part" }, { "partie", "part" },
	{ "teil", "part" }, { "часть", "part" }, { "ч", "part" },
	{ "частина", "part" }, { "czesc", "part" },
	{ "vol", "vol" }, { "volume", "vol" }, { "volumen", "vol" },
	{ "chapter", "chap" }, { "no", "no" }, { "nr", "no" },
	{ "number", "no" }, { "act", "act" }, { "book", "book" },
	{ "movement", "mov" }, { "episode", "ep" },
};

static const char *const romans[] = { "i", "ii", "iii", "iv", "v", "vi",
	"vii", "viii", "ix", "x", "xi", "xii" };

bool word_is_number(const char *word)
{
	return *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

/* Drops the e of "Mueller" (after a, o or u), the g of "loving" and leading
 * zeros. */
static void append_plain_key(struct buf *b, const char *word)
{
	size_t len = strlen(word);

	if (word_is_number(word))
		while (word[0] == '0' && word[1] != '\0')
			word++;
	if (len > 4 && strcmp(word + len - 3, "ing") == 0)
		len--;
	for (size_t i = 0; i < len && word[i] != '\0'; i++)
		if (word[i] != 'e' || i == 0 ||
		    strchr("aou", word[i - 1]) == NULL)
			buf_putc(b, word[i]);
}

void word_key(const char *word, bool *numbered, struct buf *out)
{
	for (size_t i = 0; *numbered && i < COUNT(romans); i++)
		if (strcmp(word, romans[i]) == 0) {
			buf_printf(out, "%zu", i + 1);
			return;
		}
	for (size_t i = 0; i < COUNT(parts); i++) {
		size_t n;

		if (word[0] != parts[i].word[0])
			continue;
		n = strlen(parts[i].word);
		if (strncmp(word, parts[i].word, n) == 0 &&
		    (word[n] == '\0' || isdigit((unsigned char)word[n]))) {
			*numbered = true;
			buf_printf(out, "%s%s", parts[i].key, word + n);
			return;
		}
	}
	*numbered = *numbered && word_is_number(word);
	for (size_t i = 0; i < COUNT(keys); i++)
		if (word[0] == keys[i].word[0] &&
		    strcmp(word, keys[i].word) == 0) {
			buf_puts(out, keys[i].key);
			return;
		}
	append_plain_key(out, word);
}
