/* SPDX-License-Identifier: GPL-3.0-or-later */
/* layout: from a track to a name that every file system takes. */
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

const char *layout_check(const char *layout)
{
	size_t len;

	if (*layout == '\0')
		return "is empty";
	if (*layout == '/')
		return "begins with a slash: it is below the library";
	if (strstr(layout, "..") != NULL)
		return "has .. in it";
	if (layout[strlen(layout) - 1] == '/')
		return "ends with a slash: a file needs a name";
	for (const char *p = layout; *p != '\0'; p++) {
		if (*p != '{')
			continue;
		if (find_field(p, &len) == N_FIELDS)
			return "has a field that is none of {artist} "
			    "{artists} {title} {album} {year} {track} {disc}";
	}
	return NULL;
}

/* Appends text with what some file system does not take replaced: a slash by
 * its look-alike, other signs by _. */
static void append_legal(struct buf *b, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)text[i];
		size_t n = utf8_length(text + i, len - i);

		if (n == 0 || c < 0x20 || c == 0x7f)
			buf_putc(b, '_');
		else if (c == '/')
			buf_puts(b, "\xe2\x88\x95");	/* U+2215 */
		else if (strchr("\\:*?\"<>|", c) != NULL)
			buf_putc(b, '_');
		else
			buf_append(b, text + i, n);
		i += n > 0 ? n : 1;
	}
}

static void append_number(struct buf *b, int n)
{
	buf_printf(b, "%02d", n);
}

static void append_field(struct buf *b, enum field f, const struct track *t)
{
	char *artists;
	const char *album = t->album != NULL ? t->album : "Unknown Album";
	const char *title = t->title != NULL && *t->title != '\0' ?
	    t->title : "Unknown Title";

	switch (f) {
	case ARTIST:
		append_legal(b, t->n_artists > 0 ? t->artists[0] :
		    "Unknown Artist");
		break;
	case ARTISTS:
		artists = track_artists_text(t);
		append_legal(b, *artists != '\0' ? artists :
		    "Unknown Artist");
		free(artists);
		break;
	case TITLE:
		append_legal(b, title);
		break;
	case ALBUM:
		append_legal(b, album);
		break;
	case YEAR:
		buf_printf(b, "%.4s", t->release_date != NULL ?
		    t->release_date : "0000");
		break;
	case TRACK:
		append_number(b, t->track_number);
		break;
	case DISC:
	case N_FIELDS:
		append_number(b, t->disc_number);
		break;
	}
}

/* CON, NUL, COM1 ...: devices to Windows, whatever comes after a dot. */
static bool is_reserved(const char *name)
{
	static const char *const devices[] = { "con", "prn", "aux", "nul" };
	size_t len = strcspn(name, ".");

	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++)
		if (len == 3 && strncasecmp(name, devices[i], 3) == 0)
			return true;
	return len == 4 && (strncasecmp(name, "com", 3) == 0 ||
	    strncasecmp(name, "lpt", 3) == 0) && name[3] >= '1' &&
	    name[3] <= '9';
}

/* Appends one component: no dots or blanks at its ends, no device, no longer
 * than allowed with `more` bytes to come. */
static void append_component(struct buf *out, const char *name, size_t more)
{
	char *copy;
	size_t len;

	name += strspn(name, ". ");
	len = utf8_cut(name, strlen(name), MAX_COMPONENT - more);
	while (len > 0 && (name[len - 1] == '.' || name[len - 1] == ' '))
		len--;
	copy = xstrndup(name, len);
	if (*copy == '\0' || is_reserved(copy))
		buf_putc(out, '_');
	buf_puts(out, copy);
	free(copy);
}

char *layout_path(const char *layout, const struct track *t,
    const char *extension)
{
	struct buf out = BUF_INIT, component = BUF_INIT, tail = BUF_INIT;
	size_t len;

	buf_putc(&tail, '.');
	append_legal(&tail, extension);
	for (const char *p = layout; *p != '\0';) {
		if (*p == '/') {
			append_component(&out, buf_str(&component), 0);
			buf_putc(&out, '/');
			buf_clear(&component);
			p++;
		} else if (*p == '{') {
			enum field f = find_field(p, &len);

			append_field(&component, f, t);
			p += f != N_FIELDS ? len : strlen(p);
		} else {
			buf_putc(&component, *p++);
		}
	}
	append_component(&out, buf_str(&component), tail.len + SPARE);
	buf_puts(&out, buf_str(&tail));
	buf_free(&component);
	buf_free(&tail);
	return buf_take(&out);
}
