/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/config.h"
#include "config/values.h"
#include "base/file.h"
#include "base/http.h"
#include "base/integer.h"
#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME_LEN_MAX 32

/* How numbers of a type are written: the largest unit first. The unit without
 * a name, which stands for a number alone, ends the list. */
struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit no_units[] = { { "", 1 } };

static const struct unit percent_units[] = { { "%", 1 }, { "", 1 } };

static const struct unit duration_units[] = {
	{ "d", 86400 }, { "h", 3600 }, { "m", 60 }, { "s", 1 }, { "", 1 },
};

static const struct unit bitrate_units[] = {
	{ "M", 1000000 }, { "k", 1000 }, { "", 1 },
};

static const struct unit size_units[] = {
	{ "T", INT64_C(1) << 40 }, { "G", 1 << 30 }, { "M", 1 << 20 },
	{ "K", 1 << 10 }, { "", 1 },
};

/* A row for each value_type; see the table below. */
struct type {
	const char *what;		/* is expected; NULL: one of the words */
	bool (*parse)(const struct key *k, const char *text, void *base);
	bool (*print)(const struct key *k, const void *base, struct buf *out);
	const struct unit *units;	/* of a number */
};
static const struct type types[VALUE_SIZE + 1];

static const struct word truths[] = {
	{ "yes", true }, { "no", false }, { "true", true }, { "false", false },
	{ "on", true }, { "off", false }, { "1", true }, { "0", false },
	{ NULL, 0 },
};

static char *field(const struct key *k, void *base)
{
	return (char *)base + k->at;
}

static const char *field_const(const struct key *k, const void *base)
{
	return (const char *)base + k->at;
}

/* The field of a text. A key that holds none has a field of another type. */
static char **text_field(const struct key *k, void *base)
{
	return (char **)(void *)field(k, base);
}

/* ---- numbers ---- */

static bool take_digits(const char **s, int64_t *n)
{
	return isdigit((unsigned char)**s) &&
	    int_prefix(s, 0, INT64_MAX, n) == 0;
}

/* Sizes are often written as 2GB or 2GiB; all mean powers of 1024 here. */
static void skip_bytes_suffix(const char **s)
{
	if ((*s)[0] == 'i' && (*s)[1] == 'B')
		*s += 2;
	else if ((*s)[0] == 'B')
		*s += 1;
}

/* One term or several: 90, 45m, 1h30m. Each unit comes once, the larger one
 * first; a number alone stands alone, since 1h30 could mean either. */
static bool number_parse(const struct unit *units, const char *text,
    int64_t *total)
{
	bool is_size = units == size_units;
	const char *s = text;

	*total = 0;
	do {
		bool first = s == text;
		int64_t n;

		if (!take_digits(&s, &n))
			return false;
		while (*units->name != '\0' && tolower((unsigned char)*s) !=
		    tolower((unsigned char)*units->name))
			units++;
		if (*units->name == '\0' && (*s != '\0' || !first))
			return false;
		if (__builtin_mul_overflow(n, units->factor, &n) ||
		    __builtin_add_overflow(*total, n, total))
			return false;
		if (*s != '\0') {
			s++;
			units++;
			if (is_size)
				skip_bytes_suffix(&s);
		}
	} while (*s != '\0');
	return true;
}

/* In the largest unit that leaves no rest. */
static void number_print(const struct unit *units, int64_t n, struct buf *out)
{
	while (n != 0 && n % units->factor != 0)
		units++;
	buf_printf(out, "%" PRId64 "%s", n / units->factor,
	    n != 0 ? units->name : "");
}

bool config_duration(const char *text, int64_t *seconds)
{
	int64_t n;

	if (!number_parse(duration_units, text, &n) || n <= 0 ||
	    n > CONFIG_DURATION_MAX)
		return false;
	*seconds = n;
	return true;
}

static bool parse_number(const struct key *k, const char *text, void *base)
{
	char *to = field(k, base);
	int64_t n;
	int as_int;

	if (!number_parse(types[k->type].units, text, &n) ||
	    ((n < k->min || n > k->max) && (n != 0 || !k->or_zero)))
		return false;
	if (k->type == VALUE_INT || k->type == VALUE_PERCENT) {
		as_int = (int)n;
		memcpy(to, &as_int, sizeof(as_int));
	} else {
		/* uint64_t and int64_t look the same: n is not negative. */
		memcpy(to, &n, sizeof(n));
	}
	return true;
}

static bool print_number(const struct key *k, const void *base,
    struct buf *out)
{
	bool is_int = k->type == VALUE_INT || k->type == VALUE_PERCENT;
	int as_int;
	int64_t n;

	memcpy(is_int ? (void *)&as_int : (void *)&n, field_const(k, base),
	    is_int ? sizeof(as_int) : sizeof(n));
	number_print(types[k->type].units, is_int ? as_int : n, out);
	return true;
}

/* ---- words ---- */

static const struct word *word_find(const struct word *words, const char *text)
{
	for (; words != NULL && words->name != NULL; words++)
		if (strcasecmp(words->name, text) == 0)
			return words;
	return NULL;
}

static bool parse_word(const struct key *k, const char *text, void *base)
{
	const struct word *w = word_find(k->words, text);

	if (w == NULL)
		return false;
	memcpy(field(k, base), &w->value, sizeof(w->value));
	return true;
}

static bool parse_bool(const struct key *k, const char *text, void *base)
{
	const struct word *w = word_find(truths, text);
	bool truth;

	if (w == NULL)
		return false;
	truth = w->value != 0;
	memcpy(field(k, base), &truth, sizeof(truth));
	return true;
}

static bool print_word(const struct key *k, const void *base, struct buf *out)
{
	int value;

	memcpy(&value, field_const(k, base), sizeof(value));
	for (const struct word *w = k->words; w->name != NULL; w++)
		if (w->value == value)
			buf_puts(out, w->name);
	return true;
}

static bool print_bool(const struct key *k, const void *base, struct buf *out)
{
	bool truth;

	memcpy(&truth, field_const(k, base), sizeof(truth));
	buf_puts(out, truth ? "yes" : "no");
	return true;
}

/* ---- texts ---- */

static bool parse_text(const struct key *k, const char *text, void *base)
{
	str_replace(text_field(k, base), text);
	return true;
}

static bool print_text(const struct key *k, const void *base, struct buf *out)
{
	const char *text;

	memcpy(&text, field_const(k, base), sizeof(text));
	buf_puts(out, text != NULL ? text : "");
	return text != NULL;
}

/* Expanded and without slashes at its end; NULL if it is not absolute. From
 * cron a relative path would mean another file than at a terminal. */
static char *absolute_path(const char *text)
{
	char *path = path_expand(text);
	size_t len;

	if (path == NULL || path[0] != '/') {
		free(path);
		return NULL;
	}
	len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	return path;
}

static bool parse_path(const struct key *k, const char *text, void *base)
{
	const struct word *w = word_find(k->words, text);
	char *path = w != NULL ? xstrdup(w->name) : absolute_path(text);

	if (path == NULL)
		return false;
	free(*text_field(k, base));
	*text_field(k, base) = path;
	return true;
}

static bool parse_program(const struct key *k, const char *text, void *base)
{
	if (strchr(text, '/') != NULL)
		return parse_path(k, text, base);
	return parse_text(k, text, base);
}

static bool parse_url(const struct key *k, const char *text, void *base)
{
	size_t len = strlen(text);

	/* Users, queries and fragments have no place in a base address. */
	if (strpbrk(text, " \t@?#\\\"") != NULL || !url_is_allowed(text))
		return false;
	while (text[len - 1] == '/')
		len--;
	free(*text_field(k, base));
	*text_field(k, base) = xstrndup(text, len);
	return true;
}

/* ---- lists of names ---- */

bool value_is_name(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= NAME_LEN_MAX &&
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

static void names_free(char **names)
{
	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
}

static bool names_have(char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* The next name in the list, trimmed; *s goes past its comma, or to NULL. */
static char *take_name(const char **s)
{
	const char *begin = *s + strspn(*s, " \t");
	const char *end = begin + strcspn(begin, ",");

	*s = *end == ',' ? end + 1 : NULL;
	while (end > begin && isblank((unsigned char)end[-1]))
		end--;
	return xstrndup(begin, (size_t)(end - begin));
}

/* Every name once: a second time would mean nothing. NULL: refused. */
static char **names_of(const char *text)
{
	size_t n = 0, cap = 0;
	char **names = grow(NULL, &cap, n, sizeof(*names));

	names[0] = NULL;
	for (const char *s = *text != '\0' ? text : NULL; s != NULL; ) {
		char *name = take_name(&s);

		names = grow(names, &cap, n + 1, sizeof(*names));
		if (!value_is_name(name) || names_have(names, n, name)) {
			free(name);
			names_free(names);
			return NULL;
		}
		names[n++] = name;
		names[n] = NULL;
	}
	return names;
}

static void set_names(const struct key *k, void *base, char **names)
{
	char ***to = (char ***)(void *)field(k, base);

	names_free(*to);
	*to = names;
}

static bool parse_names(const struct key *k, const char *text, void *base)
{
	char **names = names_of(text);

	if (names != NULL)
		set_names(k, base, names);
	return names != NULL;
}

static bool print_names(const struct key *k, const void *base, struct buf *out)
{
	char **names;

	memcpy(&names, field_const(k, base), sizeof(names));
	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", names[i]);
	return names != NULL;
}

/* ---- all types ---- */

static const struct type types[VALUE_SIZE + 1] = {
	[VALUE_TEXT] = { "some text", parse_text, print_text, NULL },
	[VALUE_PATH] = { "a path that begins with / or ~/", parse_path,
	    print_text, NULL },
	[VALUE_PROGRAM] = { "a program's name, or its path from / or ~/",
	    parse_program, print_text, NULL },
	[VALUE_URL] = { "an https:// address (http:// only for this machine, "
	    "such as http://127.0.0.1:8080)", parse_url, print_text, NULL },
	[VALUE_NAMES] = { "different names of a-z, 0-9, - and _, with commas "
	    "between them", parse_names, print_names, NULL },
	[VALUE_BOOL] = { "yes or no", parse_bool, print_bool, NULL },
	[VALUE_WORD] = { NULL, parse_word, print_word, NULL },
	[VALUE_INT] = { "a number", parse_number, print_number, no_units },
	[VALUE_PERCENT] = { "a percentage such as 85%", parse_number,
	    print_number, percent_units },
	[VALUE_DURATION] = { "a time such as 90s, 45m or 1h30m", parse_number,
	    print_number, duration_units },
	[VALUE_BITRATE] = { "a bit rate such as 112k", parse_number,
	    print_number, bitrate_units },
	[VALUE_SIZE] = { "a size such as 200M or 2G", parse_number,
	    print_number, size_units },
};

static bool is_text(const struct key *k)
{
	return k->type <= VALUE_URL;
}

bool value_parse(const struct key *k, const char *text, void *base)
{
	if (is_text(k) && *text == '\0') {
		bool may_be_absent = k->initial == NULL || *k->initial == '\0';

		return may_be_absent && parse_text(k, k->initial, base);
	}
	return types[k->type].parse(k, text, base);
}

void value_describe(const struct key *k, struct buf *out)
{
	const struct type *type = &types[k->type];

	if (type->what != NULL)
		buf_printf(out, "%s%s%s", k->words != NULL ? k->words->name :
		    "", k->words != NULL ? " or " : "", type->what);
	for (const struct word *w = k->words; type->what == NULL &&
	    w->name != NULL; w++)
		buf_printf(out, "%s%s", w == k->words ? "" :
		    w[1].name != NULL ? ", " : " or ", w->name);
	if (type->units == NULL)
		return;
	buf_puts(out, type->units == no_units ? " from " : ", from ");
	number_print(type->units, k->min, out);
	buf_puts(out, " to ");
	number_print(type->units, k->max, out);
	if (k->or_zero && k->min > 0)
		buf_puts(out, ", or 0");
}

bool value_print(const struct key *k, const void *base, struct buf *out)
{
	return types[k->type].print(k, base, out);
}

void value_free(const struct key *k, void *base)
{
	if (is_text(k))
		str_replace(text_field(k, base), NULL);
	else if (k->type == VALUE_NAMES)
		set_names(k, base, NULL);
}
