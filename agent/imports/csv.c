/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <csv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/integer.h"
#include "base/mem.h"

#define MAX_COLUMNS 64		/* both families have less than 40 */
#define MAX_NUMBER 99999999	/* a duration in ms: a day is 86400000 */

enum column {
	URI, TITLE, ARTISTS, ALBUM, DATE, DURATION, ISRC, ADDED, DISC, NUMBER,
	EXPLICIT, N_COLUMNS
};

/* Their names in both families, in all years. */
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

/* exportify.app translates its header; the order stays the same. */
static const int app_places[N_COLUMNS] = {
	[URI] = 0, [TITLE] = 1, [ARTISTS] = 3, [ALBUM] = 5, [DATE] = 8,
	[DURATION] = 12, [ISRC] = 16, [ADDED] = 18, [DISC] = 10,
	[NUMBER] = 11, [EXPLICIT] = 14,
};

struct table {
	struct track_list *out;
	int place[N_COLUMNS];	/* -1: there is no such column */
	char *cell[MAX_COLUMNS];
	int cells;
	char mark;		/* between artists; 0: see end_artists */
	bool header_read;
	bool by_place;		/* the header is translated */
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

	/* exportify.net writes this for what is missing. */
	return text == NULL || *text == '\0' ||
	    strcmp(text, "undefined") == 0 ? NULL : text;
}

static bool is_named(const char *header, enum column c)
{
	for (int i = 0; i < 4 && names[c][i] != NULL; i++)
		if (strcasecmp(header, names[c][i]) == 0)
			return true;
	return false;
}

/* The separator of artists, if the header shows it: exportify.app has the first
 * column, exportify.net had the second until 2025. */
static char mark_of(const struct table *t)
{
	for (int i = 0; i < t->cells; i++)
		if (strcasecmp(t->cell[i], "Track Duration (ms)") == 0 ||
		    strcasecmp(t->cell[i], "Spotify ID") == 0)
			return ',';
	return '\0';
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
	if (t->place[TITLE] >= 0 && t->place[ARTISTS] >= 0) {
		t->mark = mark_of(t);
		return;
	}
	/* "ISRC" is the same in every language. */
	t->by_place = true;
	t->mark = ',';
	t->is_none = t->cells <= app_places[ADDED] ||
	    strcmp(t->cell[app_places[ISRC]], "ISRC") != 0;
	memcpy(t->place, app_places, sizeof(t->place));
}

/* One cell has all artists; "\," is a comma inside a name. */
static void split_artists(struct track *track, char mark)
{
	struct buf name = BUF_INIT;
	char *text;

	if (track->n_artists == 0)
		return;
	text = track->artists[0];
	track->n_artists = 0;
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
	free(text);
}

/* exportify.net separates artists by semicolons since July 2025, by commas
 * before. In a file with semicolons a comma is part of a name. */
static void end_artists(const struct table *t)
{
	struct tracks *list = &t->out->tracks;
	char mark = t->mark;

	for (size_t i = 0; i < list->count && mark == '\0'; i++)
		if (list->items[i].n_artists > 0 &&
		    strchr(list->items[i].artists[0], ';') != NULL)
			mark = ';';
	for (size_t i = 0; i < list->count; i++) {
		split_artists(&list->items[i], mark != '\0' ? mark : ',');
		track_set_key(&list->items[i]);
	}
}

static int number(const struct table *t, enum column c)
{
	const char *text = cell(t, c);
	int64_t n;

	return text != NULL && int_prefix(&text, 1, MAX_NUMBER, &n) == 0 ?
	    (int)n : 0;
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
	track_add_artist(track, cell(t, ARTISTS));	/* see end_artists */
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
}

static void take_row(struct table *t)
{
	const char *uri = cell(t, URI);
	struct track *track;

	/* An unknown header was taken for a translated one: check that the
	 * first row fits. */
	if (t->by_place && t->out->rows == 0 &&
	    (uri == NULL || strncmp(uri, "spotify:", 8) != 0)) {
		t->is_none = true;
		return;
	}
	t->out->rows++;
	if (uri != NULL && strncmp(uri, "spotify:episode:", 16) == 0) {
		t->out->episodes++;
		return;
	}
	track = tracks_add(&t->out->tracks);
	track->position = (unsigned)t->out->rows;
	read_track(t, track);
}

static void end_row(int end, void *ctx)
{
	struct table *t = ctx;

	(void)end;
	if (!t->header_read)
		read_header(t);
	else if (!t->is_none && t->cells > 1)
		take_row(t);
	for (int i = 0; i < t->cells; i++)
		free(t->cell[i]);
	t->cells = 0;
}

/* The one that the header has most often outside of quotes: spreadsheets save
 * with the separator of their language, or tabs. */
static unsigned char separator_of(const char *text, size_t len)
{
	static const char separators[] = ",;\t";
	size_t counts[3] = { 0 }, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < len && (quoted || text[i] != '\n'); i++) {
		const char *found = strchr(separators, text[i]);

		quoted ^= text[i] == '"';
		if (!quoted && found != NULL && *found != '\0')
			counts[found - separators]++;
	}
	for (size_t i = 1; i < 3; i++)
		if (counts[i] > counts[best])
			best = i;
	return (unsigned char)separators[best];
}

/* Spreadsheets write a line "sep=;" before the header. */
static size_t hint_length(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);

	return end != NULL && strncasecmp(text, "sep=", 4) == 0 ?
	    (size_t)(end - text) + 1 : 0;
}

enum outcome csv_read(const char *path, const char *text, size_t len,
    struct track_list *out, struct error *error)
{
	struct table t = { .out = out };
	struct csv_parser parser;
	size_t hint = hint_length(text, len);
	bool failed, cut_short;

	if (csv_init(&parser, 0) != 0)
		return error_set(error, RUN_FAILED, "csv: can't be parsed");
	text += hint;
	len -= hint;
	csv_set_delim(&parser, separator_of(text, len));
	failed = csv_parse(&parser, text, len, take_cell, end_row, &t) != len;
	/* Strict at the end only: a quote that is still open there means that
	 * rows are missing, which would look like unliked tracks. */
	csv_set_opts(&parser, CSV_STRICT | CSV_STRICT_FINI);
	cut_short = csv_fini(&parser, take_cell, end_row, &t) != 0;
	csv_free(&parser);
	for (int i = 0; i < t.cells; i++)
		free(t.cell[i]);
	if (failed || !t.header_read || t.is_none)
		return error_set(error, RUN_CONFIG, "%s: unknown format: give "
		    "YourLibrary.json, an Exportify CSV with the columns "
		    "\"Track Name\" and \"Artist Name(s)\", or an M3U", path);
	if (cut_short)
		return error_set(error, RUN_CONFIG, "%s: ends within a row: "
		    "download the export again", path);
	end_artists(&t);
	return DONE;
}
