/* SPDX-License-Identifier: GPL-3.0-or-later */
/* layout: a track's path, valid on every file system. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "library/place.h"

#define MAX_COMPONENT 255	/* bytes, on every file system of Linux */
#define SPARE 6			/* for " (99)" before the extension */
#define MAX_EXTENSION 16
#define SEPARATORS " -_.,"	/* between a number and its neighbours */
#define ALPHANUMERIC "0123456789abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum field { ARTIST, ARTISTS, TITLE, ALBUM, YEAR, TRACK, DISC, N_FIELDS };

static const char *const field_names[N_FIELDS] = { "artist", "artists",
	"title", "album", "year", "track", "disc" };

/* The field that text begins with, and its length with the braces. */
static enum field find_field(const char *text, size_t *len)
{
	for (int f = 0; f < N_FIELDS; f++) {
		size_t n = strlen(field_names[f]);

		if (strncmp(text + 1, field_names[f], n) == 0 &&
		    text[1 + n] == '}') {
			*len = n + 2;
			return (enum field)f;
		}
	}
	return N_FIELDS;
}

/* Is a component "", "." or ".."? */
static bool has_bad_component(const char *layout)
{
	for (const char *p = layout; p != NULL; p = strchr(p, '/')) {
		size_t len;

		p += *p == '/';
		len = strcspn(p, "/");
		if (len <= 2 && strspn(p, ".") == len)
			return true;
	}
	return false;
}

const char *layout_check(const char *layout)
{
	size_t len;

	if (*layout == '\0')
		return "is empty";
	if (*layout == '/')
		return "begins with a slash: it is relative to the library";
	if (layout[strlen(layout) - 1] == '/')
		return "ends with a slash: the file name is missing";
	if (has_bad_component(layout))
		return "has a folder that is empty, . or ..";
	for (const char *p = layout; *p != '\0'; p += len) {
		len = 1;
		if (*p == '}' || (*p == '{' &&
		    find_field(p, &len) == N_FIELDS))
			return "has an unknown field: the fields are "
			    "{artist} {artists} {title} {album} {year} "
			    "{track} {disc}";
	}
	return NULL;
}

/* Appends text, replacing characters that some file system refuses: a slash by
 * U+2215, others by _. */
static void append_legal(struct buf *b, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)text[i];
		size_t n = utf8_length(text + i, len - i);

		if (c == '/')
			buf_puts(b, "\xe2\x88\x95");	/* U+2215 */
		else if (n == 0 || c < 0x20 || c == 0x7f ||
		    strchr("\\:*?\"<>|", c) != NULL)
			buf_putc(b, '_');
		else
			buf_append(b, text + i, n);
		i += n > 0 ? n : 1;
	}
}

/* A text of dots alone would be trimmed to "", so they are replaced. */
static void append_text(struct buf *b, const char *text, const char *absent)
{
	if (text == NULL || text[strspn(text, " ")] == '\0')
		text = absent;
	if (text[strspn(text, ". ")] != '\0') {
		append_legal(b, text);
		return;
	}
	for (; *text != '\0'; text++)
		buf_putc(b, '_');
}

/* Of YYYY, YYYY-MM or YYYY-MM-DD. */
static void append_year(struct buf *b, const char *date)
{
	if (date != NULL && strspn(date, "0123456789") >= 4)
		buf_append(b, date, 4);
	else
		buf_puts(b, "0000");
}

static void append_field(struct buf *b, enum field f, const struct track *t)
{
	char *artists;

	switch (f) {
	case ARTIST:
		append_text(b, t->n_artists > 0 ? t->artists[0] : NULL,
		    "Unknown Artist");
		break;
	case ARTISTS:
		artists = track_artists_text(t);
		append_text(b, artists, "Unknown Artist");
		free(artists);
		break;
	case TITLE:
		append_text(b, t->title, "Unknown Title");
		break;
	case ALBUM:
		append_text(b, t->album, "Unknown Album");
		break;
	case YEAR:
		append_year(b, t->release_date);
		break;
	case TRACK:
		if (t->track_number > 0)
			buf_printf(b, "%02d", t->track_number);
		break;
	case DISC:
		if (t->disc_number > 0)
			buf_printf(b, "%d", t->disc_number);
		break;
	case N_FIELDS:
		break;
	}
}

/* CON, NUL, COM1 ...: devices on Windows, with any extension. */
static bool is_reserved(const char *name)
{
	static const char *const devices[] = { "con", "prn", "aux", "nul" };
	size_t len = strcspn(name, ".");

	while (len > 0 && name[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++)
		if (len == 3 && strncasecmp(name, devices[i], 3) == 0)
			return true;
	return len == 4 && (strncasecmp(name, "com", 3) == 0 ||
	    strncasecmp(name, "lpt", 3) == 0) && name[3] >= '1' &&
	    name[3] <= '9';
}

/* Appends one component without dots or blanks at its ends, no device name,
 * short enough for `more` bytes to follow. */
static void append_component(struct buf *out, const char *name, size_t more)
{
	size_t len;
	char *copy;
	bool mark;

	name += strspn(name, ". ");
	mark = *name == '\0' || is_reserved(name);
	len = utf8_cut(name, strlen(name), MAX_COMPONENT - more - mark);
	while (len > 0 && (name[len - 1] == '.' || name[len - 1] == ' '))
		len--;
	copy = xstrndup(name, len);
	if (mark)
		buf_putc(out, '_');
	buf_puts(out, copy);
	free(copy);
}

/* Text between fields. */
static void append_literal(struct buf *b, const char *text, size_t len)
{
	char *copy = xstrndup(text, len);

	append_legal(b, copy);
	free(copy);
}

/* An unknown number is left out with its separator: "{track} - {title}" becomes
 * the title alone. */
static bool is_unknown(enum field f, const struct track *t)
{
	return (f == TRACK && t->track_number <= 0) ||
	    (f == DISC && t->disc_number <= 0);
}

static void strip_end(struct buf *name)
{
	size_t len = name->len;

	while (len > 0 && strchr(SEPARATORS, name->data[len - 1]) != NULL)
		len--;
	buf_cut(name, len);
}

/* How much of the literal after an unknown number is left out. */
static size_t close_gap(struct buf *name, const char *literal, size_t len)
{
	char before = name->len > 0 ? name->data[name->len - 1] : ' ';
	size_t n = strspn(literal, SEPARATORS);

	if ((before == '(' && *literal == ')') ||
	    (before == '[' && *literal == ']')) {
		buf_cut(name, name->len - 1);
		strip_end(name);
		return 1;
	}
	if (strchr(SEPARATORS, before) == NULL)
		return 0;
	return n < len ? n : len;
}

/* Ends the current component. A folder of unknown numbers alone is left out. */
static void end_component(struct buf *out, struct buf *name, bool gap)
{
	if (gap)
		strip_end(name);
	if (gap && name->len == 0)
		return;
	append_component(out, buf_str(name), 0);
	buf_putc(out, '/');
	buf_clear(name);
}

/* Expands the layout; name is the current component, out those before it. */
static void expand(const char *layout, const struct track *t,
    struct buf *out, struct buf *name)
{
	bool gap = false;	/* a number has just been left out */

	for (const char *p = layout; *p != '\0';) {
		size_t len = 1, skip = 0;
		enum field f = *p == '{' ? find_field(p, &len) : N_FIELDS;

		if (f != N_FIELDS) {
			append_field(name, f, t);
			gap = is_unknown(f, t);
		} else if (*p == '/') {
			end_component(out, name, gap);
			gap = false;
		} else {
			len = 1 + strcspn(p + 1, "{/");
			if (gap)
				skip = close_gap(name, p, len);
			append_literal(name, p + skip, len - skip);
			gap = gap && skip == len;
		}
		p += len;
	}
	if (gap)
		strip_end(name);
}

char *layout_path(const char *layout, const struct track *t,
    const char *extension)
{
	struct buf out = BUF_INIT, name = BUF_INIT, tail = BUF_INIT;
	size_t len = strspn(extension, ALPHANUMERIC);

	/* The extension may come from a hostile file. */
	if (len == 0 || len > MAX_EXTENSION || extension[len] != '\0')
		extension = "bin";
	buf_printf(&tail, ".%s", extension);
	expand(layout, t, &out, &name);
	append_component(&out, buf_str(&name), tail.len + SPARE);
	buf_puts(&out, buf_str(&tail));
	buf_free(&name);
	buf_free(&tail);
	return buf_take(&out);
}
