/* SPDX-License-Identifier: GPL-3.0-or-later */
/* traktor: its collection, NML version 19. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fast_hash.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "exports/formats.h"
#include "exports/xml.h"
#include "types/written_tags.h"

enum cue_type { CUE = 0, CUE_GRID = 4 };	/* of Traktor's six */

/* A file as Traktor names it: in D:/Music/a/b.mp3 the volume D:, the folder
 * /:Music/:a/: and the name b.mp3. */
struct place {
	char *volume, *folder, *name;
};

static void place_of(const struct export_input *in, const char *path,
    struct place *out)
{
	char *whole = exported_path(in, path);
	size_t drive = *whole != '/' ? strcspn(whole, "/") : 0;
	struct buf folder = BUF_INIT;

	out->volume = in->volume != NULL ? xstrdup(in->volume) :
	    xstrndup(whole, drive);
	out->name = xstrdup(path_base(whole));
	for (const char *p = whole + drive; p != path_base(whole); p++) {
		buf_putc(&folder, *p);
		if (*p == '/')
			buf_putc(&folder, ':');
	}
	out->folder = buf_take(&folder);
	free(whole);
}

static void place_free(struct place *p)
{
	free(p->volume);
	free(p->folder);
	free(p->name);
}

/* As Traktor writes dates: without zeros in front. */
static void put_date(struct xml *x, const char *name, int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	if (at > 0 && gmtime_r(&t, &tm) != NULL)
		xml_printf(x, name, "%d/%d/%d", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday);
}

static void put_location(struct xml *x, const struct export_input *in,
    const char *path)
{
	struct place p;

	place_of(in, path, &p);
	xml_open(x, "LOCATION");
	xml_put(x, "DIR", p.folder);
	xml_put(x, "FILE", p.name);
	xml_put(x, "VOLUME", p.volume);
	xml_put(x, "VOLUMEID", p.volume);
	xml_close(x);
	place_free(&p);
}

static void put_info(struct xml *x, const struct export_item *item)
{
	const struct entry *e = item->entry;
	const struct media *m = item->media;
	double duration = item_duration(item);
	int year = item_year(item);
	char key[8];

	key_spell(&e->analysis, KEY_MUSICAL, key);
	xml_open(x, "INFO");
	if (m->bitrate > 0)
		xml_printf(x, "BITRATE", "%lld", (long long)m->bitrate);
	xml_put(x, "GENRE", e->tags.genre);
	if (e->analysis.energy > 0)
		xml_printf(x, "COMMENT", "Energy %d", e->analysis.energy);
	xml_put(x, "KEY", key);
	if (duration > 0) {
		xml_printf(x, "PLAYTIME", "%ld", lround(duration));
		xml_printf(x, "PLAYTIME_FLOAT", "%.6f", duration);
	}
	put_date(x, "IMPORT_DATE", e->added_at);
	if (year > 0)
		xml_printf(x, "RELEASE_DATE", "%d/1/1", year);
	xml_printf(x, "FILESIZE", "%lld", (long long)e->size / 1024);
	xml_close(x);
}

static void open_cue(struct xml *x, const char *name, enum cue_type type,
    double time, int hot)
{
	xml_open(x, "CUE_V2");
	xml_put(x, "NAME", name);
	xml_put(x, "DISPL_ORDER", "0");
	xml_printf(x, "TYPE", "%d", (int)type);
	xml_printf(x, "START", "%.6f", time * 1000);
	xml_put(x, "LEN", "0.000000");
	xml_put(x, "REPEATS", "-1");
	xml_printf(x, "HOTCUE", "%d", hot);
}

/* Traktor takes out no delay of an encoder, and plays the frame of a header as
 * if it were music. */
static void put_analysis(struct xml *x, const struct export_item *item)
{
	const struct analysis *a = &item->entry->analysis;
	double delay = player_delay(item->media,
	    item->media->header != MP3_BARE);
	struct grid_point *points;
	struct cue cues[MAX_CUES];
	size_t n;

	if (a->bpm > 0) {
		xml_open(x, "TEMPO");
		xml_printf(x, "BPM", "%.6f", a->bpm);
		xml_put(x, "BPM_QUALITY", "100.000000");
		xml_close(x);
	}
	if (key_number(a) >= 0) {
		xml_open(x, "MUSICAL_KEY");
		xml_printf(x, "VALUE", "%d", key_number(a));
		xml_close(x);
	}
	n = grid_points(a, &points);
	for (size_t i = 0; i < n; i++) {
		open_cue(x, "AutoGrid", CUE_GRID, points[i].time + delay,
		    -1);
		xml_open(x, "GRID");
		xml_printf(x, "BPM", "%.6f", points[i].bpm);
		xml_close(x);
		xml_close(x);
	}
	free(points);
	n = find_cues(a, cues);
	for (size_t i = 0; i < n; i++) {
		open_cue(x, cues[i].name, CUE, cues[i].time + delay,
		    cues[i].hot);
		xml_close(x);
	}
}

static void put_entry(struct xml *x, const struct export_input *in, size_t i)
{
	const struct export_item *item = in->get(in->ctx, i);
	const struct entry *e = item->entry;

	xml_open(x, "ENTRY");
	put_date(x, "MODIFIED_DATE", e->analyzed_at);
	if (e->analyzed_at > 0)
		xml_printf(x, "MODIFIED_TIME", "%d",
		    (int)(e->analyzed_at % 86400));
	xml_put(x, "TITLE", e->title);
	xml_put(x, "ARTIST", e->artist);
	put_location(x, in, e->path);
	if (item_album(item) != NULL) {
		xml_open(x, "ALBUM");
		if (item_track_number(item) > 0)
			xml_printf(x, "TRACK", "%d", item_track_number(item));
		xml_put(x, "TITLE", item_album(item));
		xml_close(x);
	}
	put_info(x, item);
	put_analysis(x, item);
	xml_close(x);
}

/* The same for the same name, so that an import replaces the list. */
static void put_uuid(struct xml *x, const char *name)
{
	struct fast_hash *h = fast_hash_new();
	uint8_t bytes[FAST_HASH_LEN];
	char hex[2 * FAST_HASH_LEN + 1];

	fast_hash_add(h, name, strlen(name));
	fast_hash_end(h, bytes);
	hex_encode(bytes, sizeof(bytes), hex);
	xml_put(x, "UUID", hex);
}

static void put_playlist(struct xml *x, const struct export_input *in,
    const struct export_playlist *l)
{
	xml_open(x, "NODE");
	xml_put(x, "TYPE", "PLAYLIST");
	xml_put(x, "NAME", l->name);
	xml_open(x, "PLAYLIST");
	xml_printf(x, "ENTRIES", "%zu", l->count);
	xml_put(x, "TYPE", "LIST");
	put_uuid(x, l->name);
	for (size_t i = 0; i < l->count; i++) {
		const struct export_item *item = in->get(in->ctx,
		    l->items[i]);
		struct place p;

		place_of(in, item->entry->path, &p);
		xml_open(x, "ENTRY");
		xml_open(x, "PRIMARYKEY");
		xml_put(x, "TYPE", "TRACK");
		xml_printf(x, "KEY", "%s%s%s", p.volume, p.folder, p.name);
		xml_close(x);
		xml_close(x);
		place_free(&p);
	}
	xml_close(x);
	xml_close(x);
}

void write_traktor(const struct export_input *in, struct buf *out)
{
	struct xml *x = xml_new(out);

	xml_open(x, "NML");
	xml_put(x, "VERSION", "19");
	xml_open(x, "HEAD");
	xml_put(x, "COMPANY", "www.native-instruments.com");
	xml_put(x, "PROGRAM", "Traktor");
	xml_close(x);
	xml_open(x, "COLLECTION");
	xml_printf(x, "ENTRIES", "%zu", in->count);
	for (size_t i = 0; i < in->count; i++)
		put_entry(x, in, i);
	xml_close(x);
	xml_open(x, "PLAYLISTS");
	xml_open(x, "NODE");
	xml_put(x, "TYPE", "FOLDER");
	xml_put(x, "NAME", "$ROOT");
	xml_open(x, "SUBNODES");
	xml_printf(x, "COUNT", "%zu", in->n_playlists);
	for (size_t i = 0; i < in->n_playlists; i++)
		put_playlist(x, in, &in->playlists[i]);
	xml_end(x);
}
