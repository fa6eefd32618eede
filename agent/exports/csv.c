/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv: RFC 4180, a row a file, for spreadsheets and scripts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exports/formats.h"

/* A spreadsheet would take a text that begins like this for a formula, which
 * may send data to an address: an apostrophe makes it a text. */
#define FORMULA "=+-@"

static void put_text(struct buf *out, const char *text)
{
	char *clean = clean_text(text);

	buf_puts(out, ",\"");
	if (*clean != '\0' && strchr(FORMULA, *clean) != NULL)
		buf_putc(out, '\'');
	for (const char *p = clean; *p != '\0'; p++) {
		if (*p == '"')
			buf_putc(out, '"');
		buf_putc(out, *p);
	}
	buf_putc(out, '"');
	free(clean);
}

/* An unknown number is empty. */
static void put_number(struct buf *out, bool known, int decimals, double v)
{
	buf_putc(out, ',');
	if (known)
		buf_printf(out, "%.*f", decimals, v);
}

static void put_row(struct buf *out, const struct export_input *in, size_t i)
{
	const struct export_item *item = in->get(in->ctx, i);
	const struct entry *e = item->entry;
	const struct analysis *a = &e->analysis;
	const struct structure *s = &a->structure;
	double duration = item_duration(item);
	int year = item_year(item);
	bool known = key_number(a) >= 0;
	char *path = exported_path(in, e->path);

	buf_printf(out, "%zu", i + 1);
	put_text(out, e->artist);
	put_text(out, e->title);
	put_text(out, item_album(item));
	put_number(out, year > 0, 0, year);
	put_text(out, e->tags.genre);
	put_number(out, duration > 0, 1, duration);
	put_number(out, a->bpm > 0, 2, a->bpm);
	put_text(out, known ? a->key : NULL);
	put_text(out, known ? a->camelot : NULL);
	put_number(out, a->energy > 0, 0, a->energy);
	put_number(out, a->has_loudness, 1, a->loudness);
	put_number(out, s->mix_out > 0, 2, s->mix_in);
	put_number(out, s->mix_out > 0, 2, s->mix_out);
	put_text(out, e->isrc);
	put_text(out, e->spotify_id);
	put_text(out, path);
	buf_puts(out, "\r\n");
	free(path);
}

void write_csv(const struct export_input *in, struct buf *out)
{
	buf_puts(out, "number,artist,title,album,year,genre,duration,bpm,key,"
	    "camelot,energy,loudness,mix_in,mix_out,isrc,spotify_id,path\r\n");
	for (size_t i = 0; i < in->count; i++)
		put_row(out, in, i);
}
