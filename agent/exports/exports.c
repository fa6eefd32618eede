/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exports/exports.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/integer.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "exports/formats.h"

static const struct {
	const char *name;
	bool names_paths;
	void (*write)(const struct export_input *in, struct buf *out);
} formats[N_EXPORT_FORMATS] = {
	[EXPORT_M3U8] = { "m3u8", true, write_m3u8 },
	[EXPORT_REKORDBOX] = { "rekordbox", true, write_rekordbox },
	[EXPORT_TRAKTOR] = { "traktor", true, write_traktor },
	[EXPORT_MATCHED_TRACKS] = { "matched-tracks", false,
	    write_matched_tracks },
	[EXPORT_CSV] = { "csv", true, write_csv },
};

const char *export_format_name(enum export_format f)
{
	return formats[f].name;
}

bool export_format_parse(const char *text, enum export_format *out)
{
	for (int f = 0; f < N_EXPORT_FORMATS; f++)
		if (strcmp(formats[f].name, text) == 0) {
			*out = (enum export_format)f;
			return true;
		}
	return false;
}

bool export_names_paths(enum export_format f)
{
	return formats[f].names_paths;
}

void export_write(enum export_format f, const struct export_input *in,
    struct buf *out)
{
	formats[f].write(in, out);
}

/* ---- text and paths ---- */

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

bool export_can_name(const char *path)
{
	size_t len = strlen(path), n;
	uint32_t c;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(path + i, len - i, &c);
		if (n == 0 || is_control(c) || c == 0xfffe || c == 0xffff)
			return false;
	}
	return true;
}

void append_clean(struct buf *b, const char *s)
{
	size_t len = s != NULL ? strlen(s) : 0, n;
	uint32_t c;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(s + i, len - i, &c);
		if (n == 0 || c == 0xfffe || c == 0xffff)
			buf_puts(b, "\xef\xbf\xbd");	/* U+FFFD */
		else if (is_control(c))
			buf_putc(b, ' ');
		else
			buf_append(b, s + i, n);
		n += n == 0;
	}
}

char *clean_text(const char *s)
{
	struct buf b = BUF_INIT;

	append_clean(&b, s);
	return buf_take(&b);
}

char *export_root(const char *text)
{
	char *root = xstrdup(text);
	size_t len = strlen(root);

	for (char *p = root; *root != '/' && *p != '\0'; p++)
		if (*p == '\\')
			*p = '/';
	while (len > 1 && root[len - 1] == '/')
		root[--len] = '\0';
	return root;
}

char *exported_path(const struct export_input *in, const char *path)
{
	return *in->root != '\0' ? path_join(in->root, path) : xstrdup(path);
}

char *export_relative(const char *from, const char *to)
{
	struct buf b = BUF_INIT;
	size_t common = 0, i = 0;

	/* common: after the last slash up to which they are the same. */
	for (; from[i] != '\0' && from[i] == to[i]; i++)
		if (from[i] == '/')
			common = i + 1;
	if ((from[i] == '\0' || from[i] == '/') &&
	    (to[i] == '\0' || to[i] == '/'))
		common = i + (from[i] == '/' || to[i] == '/');
	if (common < strlen(from))
		for (const char *p = from + common; p != NULL;
		    p = strchr(p + 1, '/'))
			buf_puts(&b, b.len > 0 ? "/.." : "..");
	if (common < strlen(to))
		buf_printf(&b, "%s%s", b.len > 0 ? "/" : "", to + common);
	return buf_take(&b);
}

/* ---- what is known of a file ---- */

double item_duration(const struct export_item *item)
{
	const struct analysis *a = &item->entry->analysis;

	return a->duration > 0 ? a->duration :
	    (double)item->media->duration_ms / 1000;
}

const char *item_album(const struct export_item *item)
{
	const char *tag = item->entry->tags.album;

	return tag != NULL || item->track == NULL ? tag : item->track->album;
}

const char *item_date(const struct export_item *item)
{
	const char *tag = item->entry->tags.date;

	return tag != NULL || item->track == NULL ? tag :
	    item->track->release_date;
}

int item_year(const struct export_item *item)
{
	const char *date = item_date(item);
	int64_t year;

	return date != NULL && int_prefix(&date, 1000, 9999, &year) == 0 ?
	    (int)year : 0;
}

int item_track_number(const struct export_item *item)
{
	int tag = item->entry->tags.track_number;

	return tag > 0 || item->track == NULL ? tag :
	    item->track->track_number;
}

int item_disc_number(const struct export_item *item)
{
	int tag = item->entry->tags.disc_number;

	return tag > 0 || item->track == NULL ? tag : item->track->disc_number;
}
