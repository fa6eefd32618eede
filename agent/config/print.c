/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/keys.h"
#include "config/values.h"
#include "base/mem.h"

#define WIDTH 78
#define ORIGIN_COLUMN 47

static const char sample_head[] =
	"# likesync.conf: configuration of likesync, see likesync.conf(5).\n"
	"#\n"
	"# This file lists every key. To change a default, remove the # before "
	    "the\n"
	"# key and edit the value. The only required key is path in [library], "
	    "plus\n"
	"# client_id in [spotify] unless Liked Songs are read from a file. To "
	    "check\n"
	"# the result, run `likesync doctor`.\n"
	"#\n"
	"# Syntax\n"
	"#\n"
	"#   One \"key = value\" per line, below its [section].\n"
	"#   Lines that begin with # or ; are comments. After a value, a space "
	    "and\n"
	"#   a semicolon start a comment.\n"
	"#\n"
	"#   A value in double quotes is used literally, including leading "
	    "and\n"
	"#   trailing spaces, ; and #. Write a double quote inside it twice:\n"
	"#   \"the \"\"best\"\" ; of\". A value that does not begin with a "
	    "double quote\n"
	"#   may contain double quotes, but not a space followed by #.\n"
	"#\n"
	"#   Paths are absolute or begin with ~/, your home folder.\n"
	"#   Times: 90s, 45m, 6h, 7d, 1h30m; a plain number is in seconds.\n"
	"#   Sizes: 500K, 200M, 2G, 1T. Bit rates: 112k. Switches: yes or "
	    "no.\n";

/*
 * Text for people.
 */

/* How a paragraph is set. */
struct style {
	const char *prefix;	/* of each line */
	bool mdoc;		/* a sentence per line, and escaped */
};

/* Characters that roff would interpret or replace. */
static void put_escaped(struct buf *out, const char *s, size_t len)
{
	static const struct {
		char plain;
		const char *escape;
	} table[] = {
		{ '\\', "\\e" }, { '"', "\\(dq" }, { '~', "\\(ti" },
		{ '^', "\\(ha" }, { '`', "\\(ga" },
	};

	for (size_t i = 0; i < len; i++) {
		const char *escape = NULL;

		for (size_t t = 0; t < sizeof(table) / sizeof(table[0]); t++) {
			if (s[i] == table[t].plain)
				escape = table[t].escape;
		}
		if (escape != NULL)
			buf_puts(out, escape);
		else
			buf_putc(out, s[i]);
	}
}

/* A macro's arguments. mdoc would print a bracket or colon at the end as
 * punctuation after them. */
static void put_arguments(struct buf *out, const char *s)
{
	size_t len = strlen(s);

	put_escaped(out, s, len);
	if (len > 0 && strchr(".,:;()[]?!", s[len - 1]) != NULL)
		buf_puts(out, "\\&");
	buf_putc(out, '\n');
}

static void put_word(struct buf *out, const struct style *style,
    const char *word, size_t len, bool first)
{
	buf_puts(out, first ? style->prefix : " ");
	if (!style->mdoc) {
		buf_append(out, word, len);
		return;
	}
	/* Would begin a roff request. */
	if (first && (*word == '.' || *word == '\''))
		buf_puts(out, "\\&");
	put_escaped(out, word, len);
}

/* Breaks text at spaces into lines of WIDTH. */
static void put_paragraph(struct buf *out, const struct style *style,
    const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		bool ends = style->mdoc && text[len - 1] == '.';

		if (column > 0 && column + 1 + len > WIDTH) {
			buf_putc(out, '\n');
			column = 0;
		}
		put_word(out, style, text, len, column == 0);
		column += len + (column == 0 ? strlen(style->prefix) : 1);
		text += len + strspn(text + len, " ");
		if (ends && *text != '\0') {
			buf_putc(out, '\n');
			column = 0;
		}
	}
	buf_putc(out, '\n');
}

/*
 * Values as the reader accepts them.
 */

static bool needs_quotes(const char *s)
{
	size_t len = strlen(s);

	if (len == 0)
		return false;
	return *s == '"' || strchr(" \t;#", *s) != NULL ||
	    strchr(" \t", s[len - 1]) != NULL || strstr(s, " ;") != NULL ||
	    strstr(s, "\t;") != NULL || strstr(s, " #") != NULL ||
	    strstr(s, "\t#") != NULL;
}

static void put_setting(struct buf *out, const char *key, const char *value)
{
	bool quotes = needs_quotes(value);

	buf_printf(out, "%s =%s%s", key, *value != '\0' ? " " : "",
	    quotes ? "\"" : "");
	for (const char *s = value; *s != '\0'; s++) {
		if (quotes && *s == '"')
			buf_putc(out, '"');
		buf_putc(out, *s);
	}
	buf_puts(out, quotes ? "\"" : "");
}

/*
 * The sample file.
 */

/* The default in full, else the example. */
static void example_of(const struct key *k, struct buf *out)
{
	if (k->below != NULL) {
		example_of(key_below(k), out);
		buf_putc(out, '/');
	}
	buf_puts(out, k->initial != NULL ? k->initial : k->example);
}

static void print_sample_key(const struct key *k, struct buf *out)
{
	const struct style remark = { .prefix = "# " };
	struct buf help = BUF_INIT, value = BUF_INIT;

	buf_printf(&help, "%s%s", k->help, k->initial != NULL ? "" :
	    k->required ? " For example:" :
	    " Not set by default; for example:");
	example_of(k, &value);
	buf_putc(out, '\n');
	put_paragraph(out, &remark, buf_str(&help));
	buf_putc(out, '#');
	put_setting(out, k->name, buf_str(&value));
	buf_putc(out, '\n');
	buf_free(&help);
	buf_free(&value);
}

void config_print_sample(struct buf *out)
{
	const struct style remark = { .prefix = "# " };

	buf_puts(out, sample_head);
	for (size_t i = 0; i < config_n_sections; i++) {
		const struct section *s = &config_sections[i];

		buf_printf(out, "\n\n[%s]\n", s->name);
		put_paragraph(out, &remark, s->help);
		for (size_t k = 0; k < s->n_keys; k++)
			print_sample_key(&s->keys[k], out);
	}
}

/*
 * The manual.
 */

static void print_manual_key(const struct key *k, struct buf *out)
{
	const struct style prose = { .prefix = "", .mdoc = true };
	struct buf line = BUF_INIT;

	buf_puts(&line, k->name);
	if (k->initial != NULL)
		buf_puts(&line, " =");
	if (k->below != NULL)
		buf_printf(&line, " {%s}/%s", k->below, k->initial);
	else if (k->initial != NULL && *k->initial != '\0')
		buf_printf(&line, " %s", k->initial);
	buf_puts(out, ".It Ic ");
	put_arguments(out, buf_str(&line));
	put_paragraph(out, &prose, k->help);
	buf_free(&line);
}

void config_print_manual(struct buf *out)
{
	const struct style prose = { .prefix = "", .mdoc = true };

	for (size_t i = 0; i < config_n_sections; i++) {
		const struct section *s = &config_sections[i];

		buf_puts(out, ".Ss ");
		put_arguments(out, s->title);
		put_paragraph(out, &prose, s->help);
		buf_puts(out, ".Bl -tag -width Ds\n");
		for (size_t k = 0; k < s->n_keys; k++)
			print_manual_key(&s->keys[k], out);
		buf_puts(out, ".El\n");
	}
}

/*
 * The effective configuration.
 */

static int line_of_key(const struct config *c, const char *section,
    const char *key)
{
	for (size_t i = 0; i < c->n_set; i++)
		if (strcmp(c->set[i].section, section) == 0 &&
		    strcmp(c->set[i].key, key) == 0)
			return c->set[i].line;
	return 0;
}

static void print_section(const struct config *c, const struct section *s,
    const char *name, const void *base, bool origins, struct buf *out)
{
	struct buf line = BUF_INIT, value = BUF_INIT;

	buf_printf(out, "[%s]\n", name);
	for (size_t i = 0; i < s->n_keys; i++) {
		int number = line_of_key(c, name, s->keys[i].name);
		bool set;

		buf_clear(&line);
		buf_clear(&value);
		set = value_print(&s->keys[i], base, &value);
		put_setting(&line, s->keys[i].name, buf_str(&value));
		buf_printf(out, "%s%s", set ? "" : "#", buf_str(&line));
		if (origins)
			buf_printf(out, "%*s ; ", line.len < ORIGIN_COLUMN ?
			    (int)(ORIGIN_COLUMN - line.len) : 0, "");
		if (origins && number > 0)
			buf_printf(out, "line %d", number);
		else if (origins)
			buf_puts(out, set ? "default" : "not set");
		buf_putc(out, '\n');
	}
	buf_free(&line);
	buf_free(&value);
}

void config_print(const struct config *c, bool origins, struct buf *out)
{
	if (origins)
		buf_printf(out, "# Effective configuration. Each value is from "
		    "a line of %s, or the default.\n\n", c->file);
	for (size_t i = 0; i < config_n_sections; i++) {
		const struct section *s = &config_sections[i];

		if (s->source_type != NOT_A_SOURCE)
			continue;
		print_section(c, s, s->name, c, origins, out);
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < c->n_source; i++) {
		const struct source_config *source = &c->source[i];
		char *name = xasprintf(SOURCE_PREFIX "%s", source->name);

		print_section(c, section_of_source(source->type), name, source,
		    origins, out);
		buf_puts(out, i + 1 < c->n_source ? "\n" : "");
		free(name);
	}
}
