/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "config/keys.h"
#include "config/reading.h"
#include "config/values.h"
#include "base/file.h"
#include "base/mem.h"

/* Several times the sample file. */
#define FILE_MAX ((size_t)64 * 1024)
/* Longer words are not typing errors. */
#define WORD_MAX 40

#define BLANKS " \t"

void reading_fail(struct reading *r, int line, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	r->errors = grow(r->errors, &r->cap_errors, r->n_errors,
	    sizeof(*r->errors));
	r->errors[r->n_errors] = (struct reading_error){
		.line = line, .index = r->n_errors, .text = buf_take(&text),
	};
	r->n_errors++;
}

/* By line, those without a line last; on one line in the order found. */
static int error_order(const void *a, const void *b)
{
	const struct reading_error *x = a, *y = b;

	if ((x->line == 0) != (y->line == 0))
		return x->line == 0 ? 1 : -1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void print_errors(struct reading *r, struct buf *out)
{
	if (r->n_errors > 0)
		qsort(r->errors, r->n_errors, sizeof(*r->errors), error_order);
	for (size_t i = 0; i < r->n_errors; i++) {
		const struct reading_error *e = &r->errors[i];

		if (e->line > 0)
			buf_printf(out, "%s:%d: %s\n", r->name, e->line,
			    e->text);
		else
			buf_printf(out, "%s: %s\n", r->name, e->text);
	}
}

/*
 * Did you mean ...?
 */

/* Levenshtein's distance, in one row. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], len = strlen(b);

	if (len > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			size_t best = corner + (a[i] != b[j]);

			if (best > row[j + 1] + 1)
				best = row[j + 1] + 1;
			if (best > row[j] + 1)
				best = row[j] + 1;
			corner = row[j + 1];
			row[j + 1] = best;
		}
	}
	return row[len];
}

/* A word that lacks only its end counts as one wrong letter. */
static size_t word_distance(const char *word, const char *candidate)
{
	size_t len = strlen(word);

	if (len >= 3 && strncmp(word, candidate, len) == 0)
		return 1;
	return distance(word, candidate);
}

/* A third of the letters may differ, but not all of them. */
const char *closer_word(const char *word, const char *best,
    const char *candidate)
{
	size_t len = strlen(word), far;

	if (len > WORD_MAX)
		return best;
	far = word_distance(word, candidate);
	if (far > 1 + len / 3 || far >= strlen(candidate))
		return best;
	return best == NULL || far < word_distance(word, best) ? candidate :
	    best;
}

static void fail_unknown_section(struct reading *r, const char *name)
{
	const char *near = NULL;

	for (size_t i = 0; i < config_n_sections; i++)
		near = closer_word(name, near, config_sections[i].name);
	if (near != NULL)
		reading_fail(r, r->line, "[%s]: unknown section, did you mean "
		    "[%s]?", name, near);
	else
		reading_fail(r, r->line, "[%s]: unknown section", name);
}

/*
 * Lines to settings.
 */

static bool is_comment(const char *s)
{
	return *s == ';' || *s == '#';
}

/* Nothing follows a finished line, or blanks and a comment. */
static bool is_end(const char *s)
{
	size_t blanks = strspn(s, BLANKS);

	return s[blanks] == '\0' || (blanks > 0 && is_comment(s + blanks));
}

/* The name that the user chose for a section; NULL: none of this kind. */
static const char *free_part(const char *section)
{
	static const char *const kinds[] = { SOURCE_PREFIX, PLAYLIST_PREFIX };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strncmp(section, kinds[i], strlen(kinds[i])) == 0)
			return section + strlen(kinds[i]);
	return NULL;
}

static void read_section(struct reading *r, const char *line)
{
	size_t len = strcspn(line + 1, "]");
	char *name = xstrndup(line + 1, len);
	bool closed = line[1 + len] == ']' && is_end(line + len + 2);

	str_replace(&r->section, name);
	r->skipping = true;
	if (!closed)
		reading_fail(r, r->line, "expected [section] and nothing "
		    "after it");
	else if (section_by_name(name) == NULL && free_part(name) == NULL)
		fail_unknown_section(r, name);
	else if (section_by_name(name) == NULL &&
	    !value_is_name(free_part(name)))
		reading_fail(r, r->line, "[%s]: expected a %s's name of "
		    "at most 32 letters a-z, digits, - and _", name,
		    *name == *SOURCE_PREFIX ? "source" : "playlist");
	else
		r->skipping = false;
	free(name);
}

static char *trimmed(const char *begin, const char *end)
{
	while (begin < end && strchr(BLANKS, *begin) != NULL)
		begin++;
	while (end > begin && strchr(BLANKS, end[-1]) != NULL)
		end--;
	return xstrndup(begin, (size_t)(end - begin));
}

/* The text between the quotes, from behind the first one; NULL with the error
 * noted. */
static char *quoted_value(struct reading *r, const char *key, const char *s)
{
	struct buf value = BUF_INIT;
	const char *wrong = NULL;

	for (; *s != '\0' && (*s != '"' || s[1] == '"'); s++) {
		buf_putc(&value, *s);
		s += *s == '"';
	}
	if (*s == '\0')
		wrong = "a closing \"";
	else if (!is_end(s + 1))
		wrong = "nothing after the closing \"";
	if (wrong == NULL)
		return buf_take(&value);
	reading_fail(r, r->line, "%s.%s: expected %s (a \" within the value is "
	    "written twice)", r->section, key, wrong);
	buf_free(&value);
	return NULL;
}

/* The value up to a comment; NULL with the error noted: a # after a blank may
 * be meant as a comment or as part of a name. */
static char *plain_value(struct reading *r, const char *key, const char *value)
{
	const char *end = value;

	for (; *end != '\0'; end++) {
		if (strchr(BLANKS, *end) == NULL)
			continue;
		if (end[1] == ';')
			break;
		if (end[1] == '#') {
			reading_fail(r, r->line, "%s.%s: expected ; before a "
			    "comment, or the value in double quotes if the # "
			    "is part of it", r->section, key);
			return NULL;
		}
	}
	return trimmed(value, end);
}

static void read_setting(struct reading *r, const char *line)
{
	const char *sep = line + strcspn(line, "=:;");
	char *key, *value;

	if (*sep == '\0' || *sep == ';' || sep == line) {
		reading_fail(r, r->line, "expected [section] or key = value");
		return;
	}
	if (r->section == NULL) {
		reading_fail(r, r->line, "expected a [section] before the "
		    "first key");
		return;
	}
	if (r->skipping)
		return;
	key = trimmed(line, sep++);
	value = sep[strspn(sep, BLANKS)] == '"' ?
	    quoted_value(r, key, strchr(sep, '"') + 1) :
	    plain_value(r, key, sep);
	r->settings = grow(r->settings, &r->cap, r->n, sizeof(*r->settings));
	r->settings[r->n++] = (struct setting){
		.section = xstrdup(r->section), .key = key,
		.value = value != NULL ? value : xstrdup(""),
		.line = r->line, .bad = value == NULL,
	};
}

static void read_line(struct reading *r, const char *line, size_t len)
{
	char *text;

	for (size_t i = 0; i < len; i++)
		if (line[i] != '\t' && iscntrl((unsigned char)line[i])) {
			reading_fail(r, r->line, "expected text, not control "
			    "characters");
			return;
		}
	text = trimmed(line, line + len);
	if (*text == '[')
		read_section(r, text);
	else if (*text != '\0' && !is_comment(text))
		read_setting(r, text);
	free(text);
}

static void read_lines(struct reading *r, const char *text, size_t len)
{
	const char *end = text + len;

	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	for (r->line = 1; text < end; r->line++) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		const char *next = eol != NULL ? eol + 1 : end;

		len = (size_t)((eol != NULL ? eol : end) - text);
		while (len > 0 && text[len - 1] != '\0' &&
		    strchr(BLANKS "\r", text[len - 1]) != NULL)
			len--;
		read_line(r, text, len);
		text = next;
	}
}

static void reading_free(struct reading *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->settings[i].section);
		free(r->settings[i].key);
		free(r->settings[i].value);
	}
	free(r->settings);
	for (size_t i = 0; i < r->n_errors; i++)
		free(r->errors[i].text);
	free(r->errors);
	free(r->section);
}

struct config *config_parse(const char *name, const char *text, size_t len,
    struct buf *errors)
{
	struct reading r = {
		.name = name,
		.config = xcalloc(1, sizeof(struct config)),
	};
	struct config *c = r.config;

	c->file = xstrdup(name);
	read_lines(&r, text, len);
	config_apply(&r);
	print_errors(&r, errors);
	if (r.n_errors > 0) {
		config_free(c);
		c = NULL;
	}
	reading_free(&r);
	return c;
}

struct config *config_load(const char *path, struct buf *errors)
{
	struct buf text = BUF_INIT;
	struct config *c = NULL;

	if (file_read(path, FILE_MAX, &text) == 0)
		c = config_parse(path, buf_str(&text), text.len, errors);
	else if (errno == EFBIG)
		buf_printf(errors, "%s: expected at most %zu KiB\n", path,
		    FILE_MAX / 1024);
	else
		buf_printf(errors, "%s: can't be read: %s%s\n", path,
		    file_strerror(errno), errno == ENOENT ? "; `likesync "
		    "config --sample` prints a sample" : "");
	buf_free(&text);
	return c;
}

void config_free(struct config *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < config_n_sections; i++) {
		const struct section *s = &config_sections[i];

		for (size_t k = 0; k < s->n_keys; k++) {
			if (s->source_type == NOT_A_SOURCE)
				value_free(&s->keys[k], c);
			for (size_t j = 0; j < c->n_source; j++)
				if (s->source_type >= 0)
					value_free(&s->keys[k], &c->source[j]);
			for (size_t j = 0; j < c->n_playlist; j++)
				if (s->source_type == A_PLAYLIST)
					value_free(&s->keys[k],
					    &c->playlist[j]);
		}
	}
	for (size_t j = 0; j < c->n_source; j++)
		free(c->source[j].name);
	for (size_t j = 0; j < c->n_playlist; j++)
		free(c->playlist[j].name);
	for (size_t j = 0; j < c->n_set; j++) {
		free(c->set[j].section);
		free(c->set[j].key);
	}
	free(c->set);
	free(c->source);
	free(c->playlist);
	free(c->file);
	free(c);
}

struct source_config *config_source(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_source; i++)
		if (strcmp(c->source[i].name, name) == 0)
			return &c->source[i];
	return NULL;
}

bool config_source_is_remote(const struct config *c, const char *name)
{
	const struct source_config *sc = config_source(c, name);

	return sc != NULL && sc->type != SOURCE_FOLDER;
}

bool config_is_system(void)
{
	uid_t uid = geteuid();
	const struct passwd *who = uid == 0 ? NULL : getpwuid(uid);

	return uid == 0 ||
	    (who != NULL && strcmp(who->pw_name, "likesync") == 0);
}

char *config_default_path(void)
{
	const char *named = getenv("LIKESYNC_CONFIG");

	if (named != NULL && *named != '\0')
		return path_expand(named);
	if (config_is_system())
		return xstrdup("/etc/likesync/likesync.conf");
	return path_expand("~/.config/likesync/likesync.conf");
}

bool config_fetches_links(const struct config *c)
{
	for (char **name = c->fetch.sources; *name != NULL; name++)
		if (config_source_is_remote(c, *name))
			return true;
	return false;
}
