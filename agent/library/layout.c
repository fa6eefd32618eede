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

#define MAX_NESTED 8		/* conditions within one another */

enum field {
	ARTIST, ARTISTS, ALBUMARTIST, TITLE, ALBUM, YEAR, TRACK, DISC,
	PLAYLIST, N_FIELDS
};

static const char *const field_names[N_FIELDS] = { "artist", "artists",
	"albumartist", "title", "album", "year", "track", "disc", "playlist" };

/* ---- fields and conditions ---- */

/* {field}, or {field?text|other}: text if the field is known, else other. */
struct braces {
	enum field field;
	bool is_condition;
	const char *text, *text_end;
	const char *other, *other_end;	/* NULL: there is none */
	const char *end;		/* behind the braces */
};

/* The | or } that ends the text of a condition, or the layout's end. */
static const char *find_end(const char *p)
{
	for (int depth = 0; *p != '\0'; p++) {
		if (depth == 0 && (*p == '|' || *p == '}'))
			return p;
		depth += (*p == '{') - (*p == '}');
	}
	return p;
}

/* What p, at its {, begins with. NULL, or what is wrong. */
static const char *parse_braces(const char *p, struct braces *b)
{
	size_t len = strcspn(++p, "{}?|/");
	int f = 0;

	memset(b, 0, sizeof(*b));
	while (f < N_FIELDS && (strlen(field_names[f]) != len ||
	    strncmp(p, field_names[f], len) != 0))
		f++;
	b->field = (enum field)f;
	b->end = p + len + 1;
	if (f == N_FIELDS || (p[len] != '}' && p[len] != '?'))
		return "has an unknown field: the fields are {artist} "
		    "{artists} {albumartist} {title} {album} {year} {track} "
		    "{disc} {playlist}";
	b->is_condition = p[len] == '?';
	if (!b->is_condition)
		return NULL;
	b->text = b->end;
	b->text_end = b->end = find_end(b->text);
	if (*b->end == '|') {
		b->other = b->end + 1;
		b->other_end = b->end = find_end(b->other);
	}
	return *b->end++ == '}' ? NULL : "has a condition that is not closed: "
	    "it is {field?text} or {field?text|other}";
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

static const char *check_text(const char *p, const char *end, int depth)
{
	const char *wrong = depth > MAX_NESTED ? "has more than 8 conditions "
	    "within one another" : NULL;

	while (p < end && wrong == NULL) {
		struct braces b;

		if (*p != '{' && *p != '}') {
			p++;
			continue;
		}
		wrong = *p == '}' ? "has a } without a {" :
		    parse_braces(p, &b);
		if (wrong == NULL && b.is_condition)
			wrong = check_text(b.text, b.text_end, depth + 1);
		if (wrong == NULL && b.other != NULL)
			wrong = check_text(b.other, b.other_end, depth + 1);
		p = wrong == NULL ? b.end : end;
	}
	return wrong;
}

const char *layout_check(const char *layout)
{
	if (*layout == '\0')
		return "is empty";
	if (*layout == '/')
		return "begins with a slash: it is relative to the library";
	if (layout[strlen(layout) - 1] == '/')
		return "ends with a slash: the file name is missing";
	if (has_bad_component(layout))
		return "has a folder that is empty, . or ..";
	return check_text(layout, layout + strlen(layout), 0);
}

/* ---- values ---- */

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

/* What a layout is expanded for. */
struct expansion {
	const struct track *track;
	const char *playlist;	/* or NULL */
	struct buf out;		/* the components before the current one */
	struct buf name;	/* that one */
	bool gap;		/* an unknown value has just been left out */
};

static bool is_text(const char *text)
{
	return text != NULL && text[strspn(text, " ")] != '\0';
}

static bool is_known(const struct expansion *e, enum field f)
{
	const struct track *t = e->track;

	switch (f) {
	case ARTIST:
	case ARTISTS:
		return t->n_artists > 0 && is_text(t->artists[0]);
	case ALBUMARTIST:
		return is_text(t->album_artist);
	case TITLE:
		return is_text(t->title);
	case ALBUM:
		return is_text(t->album);
	case YEAR:
		/* YYYY, YYYY-MM or YYYY-MM-DD */
		return t->release_date != NULL && strspn(t->release_date,
		    "0123456789") >= 4 &&
		    strncmp(t->release_date, "0000", 4) != 0;
	case TRACK:
		return t->track_number > 0;
	case DISC:
		return t->disc_number > 0;
	case PLAYLIST:
		return is_text(e->playlist);
	case N_FIELDS:
		break;
	}
	return false;
}

static void append_artist(struct expansion *e)
{
	const struct track *t = e->track;

	append_text(&e->name, t->n_artists > 0 ? t->artists[0] : NULL,
	    "Unknown Artist");
}

/* A known one, or a name. */
static void append_field(struct expansion *e, enum field f)
{
	const struct track *t = e->track;
	struct buf *b = &e->name;
	char *artists;

	switch (f) {
	case ARTIST:
		append_artist(e);
		break;
	case ARTISTS:
		artists = track_artists_text(t);
		append_text(b, artists, "Unknown Artist");
		free(artists);
		break;
	case ALBUMARTIST:
		if (is_known(e, f))
			append_text(b, t->album_artist, "");
		else
			append_artist(e);
		break;
	case TITLE:
		append_text(b, t->title, "Unknown Title");
		break;
	case ALBUM:
		append_text(b, t->album, "Unknown Album");
		break;
	case YEAR:
		buf_append(b, t->release_date, 4);
		break;
	case TRACK:
		buf_printf(b, "%02d", t->track_number);
		break;
	case DISC:
		buf_printf(b, "%d", t->disc_number);
		break;
	case PLAYLIST:
		append_text(b, e->playlist, "");
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

/* ---- expansion ---- */

/* What is left out with its separator if it is unknown: "{track} - {title}"
 * becomes the title alone. Others have a name then. */
static bool can_be_absent(enum field f)
{
	return f == YEAR || f == TRACK || f == DISC || f == PLAYLIST;
}

static void strip_end(struct buf *name)
{
	size_t len = name->len;

	while (len > 0 && strchr(SEPARATORS, name->data[len - 1]) != NULL)
		len--;
	buf_cut(name, len);
}

/* How much of the literal after an unknown value is left out. */
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

/* Ends the current component. A folder without a name, of unknown values
 * alone, is left out. */
static void end_component(struct expansion *e)
{
	if (e->gap)
		strip_end(&e->name);
	e->gap = false;
	if (e->name.len == 0)
		return;
	append_component(&e->out, buf_str(&e->name), 0);
	buf_putc(&e->out, '/');
	buf_clear(&e->name);
}

/* Appends what p begins with, up to the next field or folder; returns where
 * that is. */
static const char *expand_literal(struct expansion *e, const char *p,
    const char *end)
{
	size_t len = 1 + strcspn(p + 1, "{/"), skip = 0;

	if (len > (size_t)(end - p))
		len = (size_t)(end - p);
	if (e->gap)
		skip = close_gap(&e->name, p, len);
	append_literal(&e->name, p + skip, len - skip);
	e->gap = e->gap && skip == len;
	return p + len;
}

static void expand(struct expansion *e, const char *p, const char *end)
{
	while (p < end) {
		struct braces b;

		if (*p == '/') {
			end_component(e);
			p++;
		} else if (*p != '{' || parse_braces(p, &b) != NULL) {
			p = expand_literal(e, p, end);
		} else {
			bool known = is_known(e, b.field);

			if (b.is_condition && known)
				expand(e, b.text, b.text_end);
			else if (b.is_condition && b.other != NULL)
				expand(e, b.other, b.other_end);
			else if (!b.is_condition && !known &&
			    can_be_absent(b.field))
				e->gap = true;
			else if (!b.is_condition) {
				append_field(e, b.field);
				e->gap = false;
			}
			p = b.end;
		}
	}
}

char *layout_path(const char *layout, const struct track *t,
    const char *playlist, const char *extension)
{
	struct expansion e = { .track = t, .playlist = playlist,
		.out = BUF_INIT, .name = BUF_INIT };
	struct buf tail = BUF_INIT;
	size_t len = strspn(extension, ALPHANUMERIC);

	/* The extension may come from a hostile file. */
	if (len == 0 || len > MAX_EXTENSION || extension[len] != '\0')
		extension = "bin";
	buf_printf(&tail, ".%s", extension);
	expand(&e, layout, layout + strlen(layout));
	if (e.gap)
		strip_end(&e.name);
	append_component(&e.out, buf_str(&e.name), tail.len + SPARE);
	buf_puts(&e.out, buf_str(&tail));
	buf_free(&e.name);
	buf_free(&tail);
	return buf_take(&e.out);
}
