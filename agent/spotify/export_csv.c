/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/export_csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <csv.h>

#include "base/clock.h"
#include "base/mem.h"

#define MAX_COLUMNS 64		/* both families have under 40 */

enum column {
	URI, TITLE, ARTISTS, ALBUM, DATE, DURATION, ISRC, ADDED, DISC, NUMBER,
	EXPLICIT, N_COLUMNS
};

/* What the families call them, through the years. */
static const char *const names[N_COLUMNS][4] = {
	[URI] = { "Track URI", "Spotify URI", "Spotify ID" },
	[TITLE] = { "Track Name" },
	[ARTISTS] = { "Artist Name(s)", "Artist Name" },
	[ALBUM] = { "Album Name" },
	[DATE] = { "Album Release Date", "Release Date" },
	[DURATION] = { "Track Duration (ms)", "Duration (ms)" },
	[ISRC] = { "ISRC" },
	[ADDED] = { "Added At" },
	[DISC] = { "Disc Number" },
	[NUMBER] = { "Track Number" },
	[EXPLICIT] = { "Explicit" },
};

/* exportify.app translates its headers; the order is the same in all. */
static const int app_places[N_COLUMNS] = {
	[URI] = 0, [TITLE] = 1, [ARTISTS] = 3, [ALBUM] = 5, [DATE] = 8,
	[DURATION] = 12, [ISRC] = 16, [ADDED] = 18, [DISC] = 10,
	[NUMBER] = 11, [EXPLICIT] = 14,
};

struct table {
	struct liked *out;
	int place[N_COLUMNS];	/* -1: there is no such column */
	char *cell[MAX_COLUMNS];
	int cells;
	bool header_read;
	bool is_none;		/* not a table of tracks */
};

static void take_cell(void *data, size_t len, void *ctx)
{
	struct table *t = ctx;

	if (t->cells < MAX_COLUMNS)
		t->cell[t->cells++] = xstrndup(data, len);
}

static const char *cell(const struct table *t, enum column c)
{
	int i = t->place[c];
	const char *text = i >= 0 && i < t->cells ? t->cell[i] : NULL;

	/* exportify.net prints a missing row so. */
	return text == NULL || *text == '\0' ||
	    strcmp(text, "undefined") == 0 ? NULL : text;
}

static bool is_named(const char *header, enum column c)
{
	if (strncmp(header, "\xef\xbb\xbf", 3) == 0)
		header += 3;
	for (int i = 0; i < 4 && names[c][i] != NULL; i++)
		if (strcasecmp(header, names[c][i]) == 0)
			return true;
	return false;
}

static void read_header(struct table *t)
{
	for (int c = 0; c < N_COLUMNS; c++) {
		t->place[c] = -1;
		for (int i = t->cells; i > 0; i--)
			if (is_named(t->cell[i - 1], (enum column)c))
				t->place[c] = i - 1;
	}
	t->header_read = true;
	if (t->place[TITLE] >= 0 && t->place[ARTISTS] >= 0)
		return;
	/* ISRC is called so in every language. */
	t->is_none = t->cells <= app_places[ADDED] ||
	    strcmp(t->cell[app_places[ISRC]], "ISRC") != 0;
	memcpy(t->place, app_places, sizeof(t->place));
}

/* Artists stand in one cell: split at semicolons (exportify.net) or at
 * commas, of which "\," is one inside a name (exportify.app). */
static void add_artists(struct track *track, const char *text)
{
	char mark = strchr(text, ';') != NULL ? ';' : ',';
	struct buf name = BUF_INIT;

	for (const char *p = text;; p++) {
		if (*p == '\\' && p[1] == ',') {
			buf_putc(&name, *++p);
		} else if (*p == mark || *p == '\0') {
			const char *s = buf_str(&name);

			track_add_artist(track, s + strspn(s, " "));
			buf_clear(&name);
			if (*p == '\0')
				break;
		} else {
			buf_putc(&name, *p);
		}
	}
	buf_free(&name);
}

static int number(const struct table *t, enum column c)
{
	const char *text = cell(t, c);
	long n = text != NULL ? strtol(text, NULL, 10) : 0;

	return n > 0 && n < 100000000 ? (int)n : 0;
}

static void read_track(const struct table *t, struct track *track)
{
	const char *uri = cell(t, URI), *isrc = cell(t, ISRC);
	const char *added = cell(t, ADDED), *explicit = cell(t, EXPLICIT);
	char id[SPOTIFY_ID_LEN + 1], code[ISRC_LEN + 1];

	if (uri != NULL && spotify_id_parse(uri, id) == 0)
		track->id = xstrdup(id);
	track->is_local = uri != NULL &&
	    strncmp(uri, "spotify:local:", 14) == 0;
	track->title = xstrdup(cell(t, TITLE) != NULL ? cell(t, TITLE) : "");
	if (cell(t, ARTISTS) != NULL)
		add_artists(track, cell(t, ARTISTS));
	track->album = xstrdup(cell(t, ALBUM));
	track->release_date = xstrdup(cell(t, DATE));
	track->duration_ms = number(t, DURATION);
	if (isrc != NULL && isrc_parse(isrc, code) == 0)
		track->isrc = xstrdup(code);
	if (added == NULL || time_from_iso(added, &track->added_at) != 0)
		track->added_at = 0;
	track->disc_number = number(t, DISC);
	track->track_number = number(t, NUMBER);
	track->is_explicit = explicit != NULL &&
	    strcasecmp(explicit, "true") == 0;
	track_set_key(track);
}

static void end_row(int end, void *ctx)
{
	struct table *t = ctx;
	struct track *track;

	(void)end;
	if (!t->header_read) {
		read_header(t);
	} else if (!t->is_none && t->cells > 1) {
		track = tracks_add(&t->out->tracks);
		read_track(t, track);
		t->out->rows++;
		if (track->id == NULL && !track_has_name(track)) {
			track_free(track);
			t->out->tracks.count--;
			t->out->unusable++;
		}
	}
	for (int i = 0; i < t->cells; i++)
		free(t->cell[i]);
	t->cells = 0;
}

enum outcome export_csv(const char *path, const struct buf *text,
    struct liked *out, struct why *why)
{
	struct table t = { .out = out };
	struct csv_parser parser;
	bool failed;

	if (csv_init(&parser, 0) != 0)
		return why_set(why, RUN_FAILED, "csv: can't be begun");
	failed = csv_parse(&parser, buf_str(text), text->len, take_cell,
	    end_row, &t) != text->len;
	failed |= csv_fini(&parser, take_cell, end_row, &t) != 0;
	csv_free(&parser);
	for (int i = 0; i < t.cells; i++)
		free(t.cell[i]);
	if (!failed && t.header_read && !t.is_none)
		return DONE;
	return why_set(why, RUN_CONFIG, "%s: is none of the files that are "
	    "known: YourLibrary.json, a CSV of Exportify, or an M3U", path);
}
