/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a page of Spotify's, in two pieces: rows that are tracks or
 * counted as none, and the same wherever the cut is; or a reason. */
#include "fuzz.h"

#include "spotify/list_page.h"

static void is_sound(const struct list_page *p)
{
	must(p->tracks.count + p->episodes + p->unusable == p->rows);
	for (size_t i = 0; i < p->tracks.count; i++) {
		const struct track *t = &p->tracks.items[i];

		must(t->title != NULL && t->key != NULL);
		must(t->id != NULL || track_has_name(t));
		must(t->id == NULL || spotify_id_is_valid(t->id));
		must(t->duration_ms >= 0);
	}
}

static int read_entries(struct list_page *p, const char *data, size_t size,
    size_t cut)
{
	list_page_begin(p);
	if (list_page_feed(p, data, cut) != 0 ||
	    list_page_feed(p, data + cut, size - cut) != 0 ||
	    list_page_finish(p) != 0) {
		must(p->error.text[0] != '\0');
		return -1;
	}
	is_sound(p);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct list_page p = { .stream = NULL };
	const char *text = (const char *)data;
	int whole = read_entries(&p, text, size, size);
	size_t count = p.tracks.count;

	must(read_entries(&p, text, size, size / 3) == whole);
	must(p.tracks.count == count);
	list_page_free(&p);
	return 0;
}
