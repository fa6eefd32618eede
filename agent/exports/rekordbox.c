/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rekordbox: its XML, version 1.0.0, by the vendor's list of formats. Of all
 * attributes only Location is essential: it decides which file an entry is.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "exports/formats.h"
#include "exports/xml.h"
#include "types/written_tags.h"

/* file://localhost/ and the path, with every byte escaped that is not a letter,
 * digit, mark, slash or colon. */
static char *location(const struct export_input *in, const char *path)
{
	char *whole = exported_path(in, path);
	struct buf b = BUF_INIT;

	buf_puts(&b, "file://localhost");
	if (*whole != '/')
		buf_putc(&b, '/');
	for (const unsigned char *p = (const unsigned char *)whole; *p != '\0';
	    p++)
		if (*p < 0x80 && (isalnum(*p) || strchr("-_.~/:", *p) != NULL))
			buf_putc(&b, (char)*p);
		else
			buf_printf(&b, "%%%02X", *p);
	free(whole);
	return buf_take(&b);
}

/* "Mp3 File"; the name of a format is free text. */
static void put_kind(struct xml *x, const struct media *m)
{
	const char *extension = media_extension(m);
	char name[16] = "";

	for (size_t i = 0; extension != NULL && extension[i] != '\0' &&
	    i < sizeof(name) - 1; i++)
		name[i] = (char)toupper((unsigned char)extension[i]);
	if (name[0] != '\0')
		xml_printf(x, "Kind", "%s File", name);
}

static void put_number(struct xml *x, const char *name, long long v)
{
	if (v > 0)
		xml_printf(x, name, "%lld", v);
}

static void put_tags(struct xml *x, const struct export_item *item)
{
	const struct entry *e = item->entry;
	const struct analysis *a = &e->analysis;

	xml_put(x, "Name", e->title);
	xml_put(x, "Artist", e->artist);
	xml_put(x, "Album", item_album(item));
	xml_put(x, "Genre", e->tags.genre);
	put_kind(x, item->media);
	put_number(x, "Size", e->size);
	put_number(x, "TotalTime", (long long)(item_duration(item) + 0.5));
	put_number(x, "DiscNumber", item_disc_number(item));
	put_number(x, "TrackNumber", item_track_number(item));
	put_number(x, "Year", item_year(item));
	if (a->bpm > 0)
		xml_printf(x, "AverageBpm", "%.2f", a->bpm);
}

/* rekordbox takes out no delay of an encoder. It passes over the frame of a
 * header, except of the very one that would tell it the delay. */
static void put_analysis(struct xml *x, const struct export_item *item)
{
	const struct analysis *a = &item->entry->analysis;
	double delay = player_delay(item->media,
	    item->media->header == MP3_LAME);
	struct grid_point *points;
	struct cue cues[MAX_CUES];
	size_t n = grid_points(a, &points);

	for (size_t i = 0; i < n; i++) {
		xml_open(x, "TEMPO");
		xml_printf(x, "Inizio", "%.3f", points[i].time + delay);
		xml_printf(x, "Bpm", "%.2f", points[i].bpm);
		xml_printf(x, "Metro", "%d/4", a->beats_per_bar);
		xml_printf(x, "Battito", "%d", points[i].beat);
		xml_close(x);
	}
	free(points);
	n = find_cues(a, cues);
	for (size_t i = 0; i < n; i++) {
		xml_open(x, "POSITION_MARK");
		xml_put(x, "Name", cues[i].name);
		xml_put(x, "Type", "0");
		xml_printf(x, "Start", "%.3f", cues[i].time + delay);
		xml_printf(x, "Num", "%d", cues[i].hot);
		xml_close(x);
	}
}

static void put_track(struct xml *x, const struct export_input *in, size_t i)
{
	const struct export_item *item = in->get(in->ctx, i);
	const struct entry *e = item->entry;
	char *address = location(in, e->path), added[ISO_TIME_LEN], key[8];

	time_to_iso(e->added_at, added);
	key_spell(&e->analysis, KEY_MUSICAL, key);
	xml_open(x, "TRACK");
	xml_printf(x, "TrackID", "%zu", i + 1);
	put_tags(x, item);
	if (e->added_at > 0)
		xml_printf(x, "DateAdded", "%.10s", added);
	put_number(x, "BitRate", item->media->bitrate / 1000);
	put_number(x, "SampleRate", item->media->sample_rate);
	if (e->analysis.energy > 0)
		xml_printf(x, "Comments", "Energy %d", e->analysis.energy);
	xml_put(x, "Location", address);
	xml_put(x, "Tonality", key);
	put_analysis(x, item);
	xml_close(x);
	free(address);
}

static void put_playlist(struct xml *x, const struct export_playlist *l)
{
	xml_open(x, "NODE");
	xml_put(x, "Name", l->name);
	xml_put(x, "Type", "1");
	/* Without it the list appears empty; 1, by Location, is not reliable. */
	xml_put(x, "KeyType", "0");
	xml_printf(x, "Entries", "%zu", l->count);
	for (size_t i = 0; i < l->count; i++) {
		xml_open(x, "TRACK");
		xml_printf(x, "Key", "%zu", l->items[i] + 1);
		xml_close(x);
	}
	xml_close(x);
}

void write_rekordbox(const struct export_input *in, struct buf *out)
{
	struct xml *x = xml_new(out);

	xml_open(x, "DJ_PLAYLISTS");
	xml_put(x, "Version", "1.0.0");
	xml_open(x, "PRODUCT");
	xml_put(x, "Name", "likesync");
	xml_put(x, "Version", LIKESYNC_VERSION);
	xml_close(x);
	xml_open(x, "COLLECTION");
	xml_printf(x, "Entries", "%zu", in->count);
	for (size_t i = 0; i < in->count; i++)
		put_track(x, in, i);
	xml_close(x);
	xml_open(x, "PLAYLISTS");
	xml_open(x, "NODE");
	xml_put(x, "Type", "0");
	xml_put(x, "Name", "ROOT");
	xml_printf(x, "Count", "%zu", in->n_playlists);
	for (size_t i = 0; i < in->n_playlists; i++)
		put_playlist(x, &in->playlists[i]);
	xml_end(x);
}
