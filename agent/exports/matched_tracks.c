/* SPDX-License-Identifier: GPL-3.0-or-later */
/* matched_tracks: what the playlist generator reads; the values are those of
 * the analysis document. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "exports/formats.h"

#define UNKNOWN_ENERGY 5	/* as in the analysis document */

/* Of a track that nobody liked or listed, a tag has the id. */
static void put_spotify_track(const struct export_item *item,
    struct json_writer *w)
{
	const struct track *t = item->track;
	const struct entry *e = item->entry;
	const char *id = t != NULL ? t->id : e->spotify_id;
	char uri[64];

	json_open_object(w, "spotifyTrack");
	json_put_string(w, "id", id);
	json_put_string(w, "name", t != NULL ? t->title : e->title);
	json_open_array(w, "artists");
	for (size_t i = 0; i < (t != NULL ? t->n_artists : 1); i++) {
		json_open_object(w, NULL);
		json_put_string(w, "name", t != NULL ? t->artists[i] :
		    e->artist);
		json_put_null(w, "id");
		json_close(w);
	}
	json_close(w);
	json_open_object(w, "album");
	json_put_string(w, "name", t != NULL && t->album != NULL ? t->album :
	    item_album(item) != NULL ? item_album(item) : "");
	json_close(w);
	json_put_int(w, "duration_ms", t != NULL && t->duration_ms > 0 ?
	    t->duration_ms : (int64_t)(item_duration(item) * 1000));
	snprintf(uri, sizeof(uri), "spotify:track:%.32s", id);
	json_put_string(w, "uri", uri);
	json_close(w);
}

static void put_analysis(const struct entry *e, struct json_writer *w)
{
	const struct analysis *a = &e->analysis;

	json_open_object(w, "mikData");
	json_put_string(w, "trackName", e->title);
	json_put_string(w, "artist", e->artist);
	json_put_string(w, "key", a->key[0] != '\0' ? a->key : "Unknown");
	json_put_string_if(w, "camelotKey", a->camelot);
	json_put_double(w, "bpm", a->bpm, 2);
	json_put_int(w, "energy", a->energy > 0 ? a->energy : UNKNOWN_ENERGY);
	json_close(w);
}

static bool has_id(const struct export_item *item)
{
	const char *id = item->track != NULL ? item->track->id :
	    item->entry->spotify_id;

	return id != NULL && *id != '\0';
}

void write_matched_tracks(const struct export_input *in, struct buf *out)
{
	struct json_writer *w = json_writer_new(false);
	size_t len;
	char *text;

	json_open_object(w, NULL);
	json_open_array(w, "tracks");
	for (size_t i = 0; i < in->count; i++) {
		const struct export_item *item = in->get(in->ctx, i);

		if (!has_id(item))
			continue;
		json_open_object(w, NULL);
		put_spotify_track(item, w);
		put_analysis(item->entry, w);
		json_close(w);
	}
	text = json_writer_end(w, &len);
	buf_append(out, text, len);
	buf_putc(out, '\n');
	free(text);
}
