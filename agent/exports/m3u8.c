/* SPDX-License-Identifier: GPL-3.0-or-later */
/* m3u8: UTF-8 without a byte order mark, lines that end in LF. */
#include <math.h>
#include <stdlib.h>

#include "exports/formats.h"

void write_m3u8(const struct export_input *in, struct buf *out)
{
	buf_puts(out, "#EXTM3U\n");
	if (in->name != NULL) {
		buf_puts(out, "#PLAYLIST:");
		append_clean(out, in->name);
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < in->count; i++) {
		const struct export_item *item = in->get(in->ctx, i);
		double duration = item_duration(item);
		char *path = exported_path(in, item->entry->path);

		/* -1: unknown. */
		buf_printf(out, "#EXTINF:%ld,", duration > 0 ?
		    lround(duration) : -1);
		append_clean(out, item->entry->artist);
		buf_puts(out, " - ");
		append_clean(out, item->entry->title);
		/* A line that begins with # is a comment. */
		buf_printf(out, "\n%s%s\n", *path == '#' ? "./" : "", path);
		free(path);
	}
}
