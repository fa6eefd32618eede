/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/technical.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "match/keys.h"
#include "match/title.h"
#include "types/track.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define MIN_ID 7	/* digits of a site's id; a shorter number may be a
			   word of the title */
#define MAX_CAMELOT 12

static bool is_any(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, list[i]) == 0)
			return true;
	return false;
}

static bool ends_at(const struct words *w, size_t i, size_t count)
{
	return i + count > w->count ||
	    w->word[i + count - 1].segment != w->word[i].segment;
}

/* ---- single words ---- */

/* "8A", "11b": a key in Camelot's notation, or "4m", "12d" in Open Key's. But
 * "8D" is a version. */
static bool is_camelot(const struct words *w, size_t i)
{
	const char *key = w->word[i].key;
	size_t len, n = strspn(key, "0123456789");

	if (phrase_at(w, i, true, &len) != NULL || n < 1 || n > 2 || key[n] == '\0' || key[n + 1] != '\0')
		return false;
	return key[n] == 'a' || key[n] == 'b' || ((key[n] == 'm' ||
	    key[n] == 'd') && atoi(key) >= 1 && atoi(key) <= MAX_CAMELOT);
}

/* "abc123": letters and digits, a catalogue number. */
static bool is_catalogue(const char *key)
{
	size_t digits = 0, len = strlen(key);

	for (const char *p = key; *p != '\0'; p++) {
		if ((unsigned char)*p >= 0x80)
			return false;
		digits += isdigit((unsigned char)*p) != 0;
	}
	return len >= 5 && digits >= 2 && digits < len;
}

/* "124bpm", "7mb": a number with its unit. */
static bool has_unit(const char *text, const char *unit)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && strcmp(text + n, unit) == 0;
}

/* ---- key, tempo, energy ---- */

/* The number of words of a musical key with its mode at word i: "Am", "Bbmin",
 * "F sharp minor". */
static size_t key_length(const struct words *w, size_t i)
{
	static const char *const modes[] = { "m", "min", "minor", "maj",
		"major", "moll", "dur" };
	const char *text = w->word[i].text;
	size_t len = 1;

	if (text[0] < 'a' || text[0] > 'g')
		return 0;
	text++;
	if (text[0] == 'b')
		text++;
	if (*text != '\0')
		return is_any(text, modes, COUNT(modes)) ? len : 0;
	if (!ends_at(w, i, len + 1) && (strcmp(w->word[i + 1].text,
	    "sharp") == 0 || strcmp(w->word[i + 1].text, "flat") == 0))
		len++;
	return !ends_at(w, i, len + 1) && is_any(w->word[i + len].text, modes,
	    COUNT(modes)) ? len + 1 : 0;
}

/* The number of words of what a DJ's program writes at word i; *evident: it is
 * more than a number. */
static size_t token_length(const struct words *w, size_t i, bool *evident)
{
	static const char *const labels[] = { "energy", "key", "bpm", "tempo",
		"nrg" };
	const char *text = w->word[i].text;
	size_t len = key_length(w, i);

	if (len == 0 && is_any(text, labels, COUNT(labels)))
		len = 1;
	else if (len == 0 && (is_camelot(w, i) || has_unit(text, "bpm")))
		len = 1;
	*evident = *evident || len > 0;
	return len > 0 ? len : word_is_number(text);
}

/* Whether the words from to to - 1 are such tokens and nothing else, and at
 * least one a number or key. "Energy" alone is a title. */
static bool is_dj_segment(const struct words *w, size_t from, size_t to)
{
	bool evident = false, digits = false;

	for (size_t i = from, len; i < to; i += len) {
		len = token_length(w, i, &evident);
		if (len == 0 || i + len > to)
			return false;
		digits = digits || key_length(w, i) > 0 ||
		    isdigit((unsigned char)w->word[i].text[0]);
	}
	return evident && digits;
}

/* The words at the end of a file's title that are such tokens, one of them a
 * Camelot key or a tempo: "Title 8A 124". */
static size_t trailing_tokens(const struct words *w, size_t from, size_t to)
{
	size_t first = to;
	bool evident = false;

	for (size_t i = to; i > from; i--) {
		const char *text = w->word[i - 1].text;
		bool strong = is_camelot(w, i - 1) || has_unit(text, "bpm") ||
		    strcmp(text, "bpm") == 0;

		if (!strong && !word_is_number(text))
			break;
		evident = evident || strong;
		first = i - 1;
	}
	return evident ? first : to;
}

/* The number of words of a track number: "03", "1-07", "A2", a side of a
 * record, or "08A 124". A single digit may belong to the title. */
static size_t leading_numbers(const struct words *w, size_t from)
{
	size_t i, digits = 0, end = words_segment_end(w, from);

	for (i = from; i < end; i++) {
		const char *key = w->word[i].key;

		if (!word_is_number(key) && !is_camelot(w, i) &&
		    !has_unit(key, "bpm") && !(key[0] >= 'a' &&
		    key[0] <= 'f' && isdigit((unsigned char)key[1]) &&
		    key[2] == '\0'))
			break;
		digits += strlen(w->word[i].text);
	}
	return digits >= 2 ? i - from : 0;
}

/* ---- ids, dates, lengths, sizes, sites ---- */

static bool is_number_of(const struct words *w, size_t i, size_t digits)
{
	return word_is_number(w->word[i].text) &&
	    strlen(w->word[i].text) == digits;
}

/* The number of words of an id, or of a date with a time, at word i. A date
 * alone may be a concert's. */
static size_t stamp_length(const struct words *w, size_t i)
{
	size_t n = 0, digits = strlen(w->word[i].text);

	if (!word_is_number(w->word[i].text))
		return 0;
	if (digits == 8 && !ends_at(w, i, 2) && is_number_of(w, i + 1, 6))
		return 2;
	if (digits >= MIN_ID && (digits != 8 ||
	    (strncmp(w->word[i].text, "19", 2) != 0 &&
	    strncmp(w->word[i].text, "20", 2) != 0)))
		return 1;
	if (year_of(w->word[i].text) == 0)
		return 0;
	while (!ends_at(w, i, n + 2) && is_number_of(w, i + n + 1, 2))
		n++;
	if (n < 4)	/* month, day, hour, minute */
		return 0;
	return n + 1 + (!ends_at(w, i, n + 2) &&
	    strcmp(w->word[i + n + 1].text, "utc") == 0);
}

/* "3:11", "1:03:11" */
static size_t clock_length(const struct words *w, size_t i)
{
	size_t n = 1;

	if (!word_is_number(w->word[i].text) || strlen(w->word[i].text) > 2)
		return 0;
	while (!ends_at(w, i, n + 1) && w->word[i + n].sign == ':' &&
	    w->word[i + n].glued && is_number_of(w, i + n, 2))
		n++;
	return n > 1 ? n : 0;
}

/* "7.3 MB": a dot in a number is dropped. */
static size_t size_length(const struct words *w, size_t i)
{
	static const char *const units[] = { "kb", "mb", "mib", "gb", "кб",
		"мб" };

	for (size_t u = 0; u < COUNT(units); u++) {
		size_t n = word_is_number(w->word[i].text);

		/* "12.6" */
		if (n > 0 && !ends_at(w, i, 2) && w->word[i + 1].glued &&
		    w->word[i + 1].sign == '.' &&
		    isdigit((unsigned char)w->word[i + 1].text[0]))
			n += word_is_number(w->word[i + 1].text);
		if (!ends_at(w, i, n + 1) &&
		    (has_unit(w->word[i + n].text, units[u]) || (n > 0 &&
		    strcmp(w->word[i + n].text, units[u]) == 0)))
			return n + 1;
	}
	return 0;
}

/* "www.site.com", "@somebot" */
static size_t site_length(const struct words *w, size_t i)
{
	static const char *const domains[] = { "com", "net", "org", "ru", "su",
		"ua", "by", "kz", "biz", "info", "xyz", "app", "io", "cc",
		"fm", "tv", "co", "pw", "ws", "eu", "de", "pl", "nu", "site",
		"online" };
	size_t n = 1;

	if (w->word[i].sign == '@' && w->word[i].glued)
		return 1;
	while (!ends_at(w, i, n + 1) && w->word[i + n].sign == '.' &&
	    w->word[i + n].glued)
		n++;
	return n > 1 && is_any(w->word[i + n - 1].text, domains,
	    COUNT(domains)) ? n : 0;
}

/* "GB-XYZ-19-00123" */
static size_t isrc_length(const struct words *w, size_t i)
{
	char text[ISRC_LEN + 1] = "", isrc[ISRC_LEN + 1];
	size_t n = 0, len = 0;

	while (!ends_at(w, i, n + 1) && len + strlen(w->word[i + n].text) <=
	    ISRC_LEN) {
		strcpy(text + len, w->word[i + n].text);
		len += strlen(w->word[i + n].text);
		n++;
	}
	return isrc_parse(text, isrc) == 0 ? n : 0;
}

/* ---- together ---- */

static void mark(uint8_t *role, size_t from, size_t count)
{
	for (size_t i = from; i < from + count; i++)
		if (role[i] == ROLE_OPEN)
			role[i] = ROLE_NUMBER;
}

/* What is recognized wherever it stands. */
static size_t length_anywhere(const struct words *w, size_t i)
{
	static size_t (*const lengths[])(const struct words *w, size_t i) = {
		stamp_length, clock_length, size_length, site_length,
		isrc_length };
	size_t len = 0;

	for (size_t k = 0; k < COUNT(lengths) && len == 0; k++)
		len = lengths[k](w, i);
	return len;
}

static void mark_segment(const struct words *w, uint8_t *role, size_t from,
    size_t to, bool beside, bool is_file)
{
	bool bracket = w->segment[w->word[from].segment].bracket;
	size_t head = is_file ? from + leading_numbers(w, from) : from;
	size_t len;

	for (size_t i = from; i < to; i++)
		if (role[i] == ROLE_OPEN && phrase_at(w, i, true, &len) == NULL)
			mark(role, i, length_anywhere(w, i));
	/* "NRD012 - Artist - Title", "02. Artist - Title" */
	if (is_file && from == 0 && to == 1 && !beside &&
	    is_catalogue(w->word[0].key))
		head = 1;
	if (from == 0 && to > 1 && word_is_number(w->word[0].text) &&
	    w->word[1].sign == '.' && !w->word[1].glued)
		head = head > 1 ? head : 1;
	mark(role, from, head - from);
	if (!beside && is_dj_segment(w, from, to))
		mark(role, from, to - from);
	if (is_file) {
		size_t tail = trailing_tokens(w, head, to);

		mark(role, tail, to - tail);
	}
	for (size_t i = from; i < to; i++) {
		const char *key = w->word[i].key;

		if (role[i] != ROLE_OPEN || phrase_at(w, i, true, &len) != NULL)
			continue;
		if ((year_of(key) != 0 && i > 0 &&
		    role[i - 1] != ROLE_TITLE) || (!beside && (
		    word_is_number(key) || is_camelot(w, i) ||
		    (bracket && is_catalogue(key)))))
			role[i] = ROLE_NUMBER;
	}
}

void technical_mark(const struct words *w, uint8_t *role,
    size_t title_segment, bool is_file)
{
	for (size_t from = 0, to; from < w->count; from = to) {
		to = words_segment_end(w, from);
		mark_segment(w, role, from, to,
		    w->word[from].segment == title_segment, is_file);
	}
}
