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

/* ---- help texts ---- */

/* How a paragraph is set. */
struct style {
	const char *prefix;	/* of each line */
	bool mdoc;		/* a sentence per line, and escaped */
};

static const struct style remark = { .prefix = "# " };
static const struct style prose = { .prefix = "", .mdoc = true };

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
		const size_t n = sizeof(table) / sizeof(table[0]);
		size_t t = 0;

		while (t < n && s[i] != table[t].plain)
			t++;
		if (t < n)
			buf_puts(out, table[t].escape);
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

/* ---- settings ---- */

/* Where the reader would take a part of the value for a comment, or drop it. */
static bool needs_quotes(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && (strchr("\" \t", *s) != NULL ||
	    strchr(" \t", s[len - 1]) != NULL || strpbrk(s, ";#") != NULL);
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

/* ---- one key in each form ---- */

/* The default in full, else the example. */
static void example_of(const struct key *k, struct buf *out)
{
	if (k->below != NULL) {
		example_of(key_below(k), out);
		buf_putc(out, '/');
	}
	buf_puts(out, k->initial != NULL ? k->initial : k->example);
}

static void sample_key(const struct key *k, struct buf *out)
{
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

static void manual_key(const struct key *k, struct buf *out)
{
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

/* line: where the file sets it; 0: it does not. */
static void effective_key(const struct key *k, const void *base, int line,
    struct buf *out)
{
	struct buf setting = BUF_INIT, value = BUF_INIT;
	bool set = value_print(k, base, &value);

	buf_puts(&setting, set ? "" : "#");
	put_setting(&setting, k->name, buf_str(&value));
	buf_printf(out, "%-*s ; ", ORIGIN_COLUMN, buf_str(&setting));
	if (line > 0)
		buf_printf(out, "line %d\n", line);
	else
		buf_puts(out, set ? "default\n" : "not set\n");
	buf_free(&setting);
	buf_free(&value);
}

/* ---- sections ready for use ---- */

static void sample_preset(const struct preset *p, struct buf *out)
{
	buf_printf(out, "\n\n[%s]\n", p->name);
	put_paragraph(out, &remark, p->help);
	buf_putc(out, '\n');
	for (const char *const *s = p->settings; *s != NULL; s += 2) {
		buf_putc(out, '#');
		put_setting(out, s[0], s[1]);
		buf_putc(out, '\n');
	}
}

/* ---- the table ---- */

static int line_of_key(const struct config *c, const char *section,
    const char *key)
{
	for (size_t i = 0; i < c->n_set; i++)
		if (strcmp(c->set[i].section, section) == 0 &&
		    strcmp(c->set[i].key, key) == 0)
			return c->set[i].line;
	return 0;
}

/* c and base, the struct with the values, are for the effective form. */
static void print_section(enum config_form form, const struct section *s,
    const char *name, const struct config *c, const void *base,
    struct buf *out)
{
	if (form == CONFIG_MANUAL) {
		buf_puts(out, ".Ss ");
		put_arguments(out, s->title);
		put_paragraph(out, &prose, s->help);
		buf_puts(out, ".Bl -tag -width Ds\n");
	} else {
		buf_printf(out, "%s\n[%s]\n", form == CONFIG_SAMPLE ? "\n" :
		    "", name);
	}
	if (form == CONFIG_SAMPLE)
		put_paragraph(out, &remark, s->help);
	for (const struct key *k = s->keys; k < s->keys + s->n_keys; k++) {
		if (form == CONFIG_SAMPLE)
			sample_key(k, out);
		else if (form == CONFIG_MANUAL)
			manual_key(k, out);
		else if (c != NULL)
			effective_key(k, base, line_of_key(c, name, k->name),
			    out);
	}
	if (form == CONFIG_MANUAL)
		buf_puts(out, ".El\n");
}

void config_print(enum config_form form, const struct config *c,
    struct buf *out)
{
	if (form == CONFIG_SAMPLE)
		buf_puts(out, sample_head);
	else if (form == CONFIG_EFFECTIVE)
		buf_printf(out, "# Effective configuration. Each value is from "
		    "a line of %s, or the default.\n", c->file);
	for (size_t i = 0; i < config_n_sections; i++) {
		const struct section *s = &config_sections[i];

		if (c == NULL || s->source_type == NOT_A_SOURCE)
			print_section(form, s, s->name, c, c, out);
		/* After the sources of each type. */
		for (size_t n = 0; form == CONFIG_SAMPLE && n <
		    config_n_presets && s->source_type == SOURCE_TELEGRAM; n++)
			sample_preset(&config_presets[n], out);
	}
	for (size_t i = 0; c != NULL && i < c->n_playlist; i++) {
		const struct playlist_config *playlist = &c->playlist[i];
		char *name = xasprintf(PLAYLIST_PREFIX "%s", playlist->name);

		print_section(form, section_of_source(A_PLAYLIST), name, c,
		    playlist, out);
		free(name);
	}
	for (size_t i = 0; c != NULL && i < c->n_source; i++) {
		const struct source_config *source = &c->source[i];
		char *name = xasprintf(SOURCE_PREFIX "%s", source->name);

		print_section(form, section_of_source(source->type), name, c,
		    source, out);
		free(name);
	}
}
