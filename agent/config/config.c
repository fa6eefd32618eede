/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ini.h>

#include "config/config.h"
#include "config/keys.h"
#include "config/reading.h"
#include "config/values.h"
#include "base/file.h"
#include "base/mem.h"

/* Several times the sample file. */
#define FILE_MAX ((size_t)64 * 1024)
/* Stands for a ; in double quotes while the line is inih's. No line has it of
 * its own: control characters are refused. */
#define HIDDEN_SEMICOLON '\x01'
/* Longer words are no typing errors of ours. */
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

/* By line, what has none last; on the same line as they came. */
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

/* What only lacks its end is as near as one wrong letter. */
static size_t farness(const char *word, const char *candidate)
{
	size_t len = strlen(word);

	if (len >= 3 && strncmp(word, candidate, len) == 0)
		return 1;
	return distance(word, candidate);
}

/* A third of the letters may differ, but not all of them. */
const char *word_nearer(const char *word, const char *best,
    const char *candidate)
{
	size_t len = strlen(word), far;

	if (len > WORD_MAX)
		return best;
	far = farness(word, candidate);
	if (far > 1 + len / 3 || far >= strlen(candidate))
		return best;
	return best == NULL || far < farness(word, best) ? candidate : best;
}

static void fail_unknown_section(struct reading *r, const char *name)
{
	const char *near = NULL;

	for (size_t i = 0; i < config_n_sections; i++)
		near = word_nearer(name, near, config_sections[i].name);
	if (near != NULL)
		reading_fail(r, r->line, "[%s]: no such section, did you mean "
		    "[%s]?", name, near);
	else
		reading_fail(r, r->line, "[%s]: no such section", name);
}

/*
 * Lines to settings.
 */

static bool is_remark(const char *s)
{
	return *s == ';' || *s == '#';
}

/* The rest of a line that means something already: nothing, or a remark. */
static bool is_idle(const char *s)
{
	size_t blanks = strspn(s, BLANKS);

	return s[blanks] == '\0' || (blanks > 0 && is_remark(s + blanks));
}

static bool judge_section(struct reading *r, char *s)
{
	size_t len = strcspn(s + 1, "]");
	char *name = xstrndup(s + 1, len);
	bool closed = s[1 + len] == ']' && is_idle(s + len + 2);

	str_replace(&r->section, name);
	r->skipping = true;
	if (!closed)
		reading_fail(r, r->line, "expected [section] and nothing "
		    "after it");
	else if (strncmp(name, SOURCE_PREFIX, strlen(SOURCE_PREFIX)) != 0 &&
	    section_by_name(name) == NULL)
		fail_unknown_section(r, name);
	else if (section_by_name(name) == NULL &&
	    !value_is_name(name + strlen(SOURCE_PREFIX)))
		reading_fail(r, r->line, "[%s]: expected a source's name of "
		    "at most 32 letters a-z, digits, - and _", name);
	else
		r->skipping = false;
	free(name);
	return !r->skipping;
}

static void add_setting(struct reading *r, const char *key, const char *value,
    bool bad)
{
	r->settings = grow(r->settings, &r->cap, r->n, sizeof(*r->settings));
	r->settings[r->n++] = (struct setting){
		.section = xstrdup(r->section),
		.key = xstrdup(key),
		.value = xstrdup(value),
		.line = r->line,
		.bad = bad,
	};
}

/* Hides each ; between the quotes from inih, which would take it for the
 * beginning of a remark, and cuts off what comes after. */
static bool judge_quoted(struct reading *r, const char *key, char *opening)
{
	char *s = opening + 1;

	while (*s != '\0' && (*s != '"' || s[1] == '"')) {
		if (*s == ';')
			*s = HIDDEN_SEMICOLON;
		s += *s == '"' ? 2 : 1;
	}
	if (*s == '\0') {
		reading_fail(r, r->line, "%s.%s: expected a closing \" (a \" "
		    "within the value is written twice)", r->section, key);
		return false;
	}
	if (!is_idle(s + 1)) {
		reading_fail(r, r->line, "%s.%s: expected nothing after the "
		    "closing \" (a \" within the value is written twice)",
		    r->section, key);
		return false;
	}
	s[1] = '\0';
	return true;
}

/* A # after a value is a remark in most people's minds, and in some file
 * names: so it is neither without being asked for. */
static bool judge_unquoted(struct reading *r, const char *key,
    const char *value)
{
	for (const char *s = value; *s != '\0'; s++) {
		if (strchr(BLANKS, *s) == NULL)
			continue;
		if (s[1] == ';')
			return true;
		if (s[1] == '#') {
			reading_fail(r, r->line, "%s.%s: expected ; before a "
			    "remark, or the value in double quotes if the # "
			    "is part of it", r->section, key);
			return false;
		}
	}
	return true;
}

static char *trimmed(const char *begin, const char *end)
{
	while (end > begin && strchr(BLANKS, end[-1]) != NULL)
		end--;
	return xstrndup(begin, (size_t)(end - begin));
}

static bool judge_setting(struct reading *r, char *s)
{
	char *sep = s + strcspn(s, "=:;");
	char *value = sep + 1, *key;
	bool good;

	if (*sep == '\0' || *sep == ';' || sep == s) {
		reading_fail(r, r->line, "expected [section] or key = value");
		return false;
	}
	if (r->section == NULL) {
		reading_fail(r, r->line, "expected a [section] before the "
		    "first key");
		return false;
	}
	if (r->skipping)
		return false;
	value += strspn(value, BLANKS);
	key = trimmed(s, sep);
	good = *value == '"' ? judge_quoted(r, key, value) :
	    judge_unquoted(r, key, sep + 1);
	if (!good)
		add_setting(r, key, "", true);
	free(key);
	return good;
}

static bool has_control_character(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

/* Cuts the next line off what is left: without its end, and without the blanks
 * before it, which inih would take for a longer value above. */
static const char *cut_line(struct reading *r, size_t *len)
{
	const char *line = r->at;
	const char *eol = memchr(line, '\n', (size_t)(r->end - line));
	const char *end = eol != NULL ? eol : r->end;

	r->at = eol != NULL ? eol + 1 : r->end;
	r->line++;
	if (r->line == 1 && end - line >= 3 &&
	    memcmp(line, "\xEF\xBB\xBF", 3) == 0)
		line += 3;
	while (end > line && strchr(BLANKS "\r", end[-1]) != NULL &&
	    end[-1] != '\0')
		end--;
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	*len = (size_t)(end - line);
	return line;
}

/* Is inih's reader, and stands guard before it: a line that inih would split,
 * cut or misread is reported and handed on empty. */
static char *next_line(char *str, int size, void *ctx)
{
	struct reading *r = ctx;
	const char *line;
	size_t len;
	bool good = false;

	if (r->at == r->end)
		return NULL;
	line = cut_line(r, &len);
	str[0] = '\0';
	if (len == 0 || is_remark(line))
		return str;
	if (has_control_character(line, len)) {
		reading_fail(r, r->line, "expected text, not control "
		    "characters");
	} else if (len >= (size_t)size) {
		reading_fail(r, r->line, "expected at most %d bytes in a line, "
		    "this one has %zu", size - 1, len);
	} else {
		memcpy(str, line, len);
		str[len] = '\0';
		good = *str == '[' ? judge_section(r, str) :
		    judge_setting(r, str);
	}
	if (!good)
		str[0] = '\0';
	return str;
}

/* Takes the quotes off and gives hidden characters back. */
static char *plain_value(const char *value)
{
	char *plain = xstrdup(value), *to = plain;
	size_t len = strlen(value);

	if (*value != '"')
		return plain;
	for (size_t i = 1; i + 1 < len; i++) {
		*to++ = value[i] == HIDDEN_SEMICOLON ? ';' : value[i];
		if (value[i] == '"')
			i++;
	}
	*to = '\0';
	return plain;
}

/* The section is the one that we stand in: inih's copy may be cut. */
static int keep_setting(void *ctx, const char *section, const char *key,
    const char *value)
{
	char *plain = plain_value(value);

	(void)section;
	add_setting(ctx, key, plain, false);
	free(plain);
	return 1;
}

static void read_lines(struct reading *r)
{
	int line = ini_parse_stream(next_line, r, keep_setting, r);

	/* The guard should have seen it; inih has the last word. */
	if (line != 0 && r->n_errors == 0)
		reading_fail(r, line, "expected [section] or key = value");
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
		.name = name, .at = text, .end = text + len,
		.config = xcalloc(1, sizeof(struct config)),
	};
	struct config *c = r.config;

	c->file = xstrdup(name);
	read_lines(&r);
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
		buf_printf(errors, "%s: cannot be read: %s%s\n", path,
		    file_strerror(errno), errno == ENOENT ? "; `likesync "
		    "config --sample` prints one to begin with" : "");
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
			for (size_t j = 0; j < c->n_source; j++) {
				if (s->source_type != NOT_A_SOURCE)
					value_free(&s->keys[k], &c->source[j]);
			}
		}
	}
	for (size_t j = 0; j < c->n_source; j++)
		free(c->source[j].name);
	for (size_t j = 0; j < c->n_set; j++) {
		free(c->set[j].section);
		free(c->set[j].key);
	}
	free(c->set);
	free(c->source);
	free(c->file);
	free(c);
}

const struct source_config *config_source(const struct config *c,
    const char *name)
{
	for (size_t i = 0; i < c->n_source; i++) {
		if (strcmp(c->source[i].name, name) == 0)
			return &c->source[i];
	}
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
	for (char **name = c->fetch.sources; *name != NULL; name++) {
		const struct source_config *sc = config_source(c, *name);

		if (sc != NULL && sc->type != SOURCE_FOLDER)
			return true;
	}
	return false;
}
