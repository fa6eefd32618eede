/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/integer.h"
#include "report/chart.h"
#include "report/svg.h"

/* The bin of a value; values outside the range are in the first or last. */
static size_t bin_of(double value, double low, double step, size_t n)
{
	double i = floor((value - low) / step);

	if (!(i > 0))
		return 0;
	return i >= (double)n ? n - 1 : (size_t)i;
}

static void count_key(struct music *m, const char *camelot)
{
	int64_t number;

	if (int_prefix(&camelot, 1, 12, &number) != 0)
		return;
	if (*camelot == 'A')
		m->minor[number - 1]++;
	else if (*camelot == 'B')
		m->major[number - 1]++;
}

void music_count(struct music *m, const struct analysis *a)
{
	m->files++;
	if (a == NULL)
		return;
	m->analyzed++;
	count_key(m, a->camelot);
	if (a->bpm > 0)
		m->tempo[bin_of(a->bpm, TEMPO_LOW, TEMPO_STEP, TEMPO_BINS)]++;
	if (a->has_loudness)
		m->loudness[bin_of(a->loudness, LOUDNESS_LOW, 1,
		    LOUDNESS_BINS)]++;
	if (a->energy >= 1 && a->energy <= ENERGY_BINS)
		m->energy[a->energy - 1]++;
}

/* Each bin is named by its lower end. */
static void name_bins(char (*names)[COLUMN_NAME], size_t n, int low, int step)
{
	for (size_t i = 0; i < n; i++)
		snprintf(names[i], COLUMN_NAME, "%d", low + (int)i * step);
}

static void tempo_chart(struct buf *out, const struct music *m)
{
	char names[TEMPO_BINS][COLUMN_NAME];
	const struct column_chart c = {
		.figure = { "tempo", "Tempo", "Files by their tempo, in steps "
		    "of 5 BPM; the first and last hold all slower and faster ones." },
		.axis = "BPM", .names = names, .n = TEMPO_BINS,
		.name_every = 4, .parts = { { "files", m->tempo } },
		.n_parts = 1,
	};

	name_bins(names, TEMPO_BINS, TEMPO_LOW, TEMPO_STEP);
	chart_columns(out, &c);
}

static void loudness_chart(struct buf *out, const struct music *m)
{
	char names[LOUDNESS_BINS][COLUMN_NAME];
	const struct column_chart c = {
		.figure = { "loudness", "Loudness", "Files by integrated "
		    "loudness (EBU R128), in steps of 1 LUFS." },
		.axis = "LUFS", .names = names, .n = LOUDNESS_BINS,
		.name_every = 4, .parts = { { "files", m->loudness } },
		.n_parts = 1,
	};

	name_bins(names, LOUDNESS_BINS, LOUDNESS_LOW, 1);
	chart_columns(out, &c);
}

static void energy_chart(struct buf *out, const struct music *m)
{
	char names[ENERGY_BINS][COLUMN_NAME];
	const struct column_chart c = {
		.figure = { "energy", "Energy", "Files by their energy, 1 to "
		    "10." },
		.axis = "Energy", .names = names, .n = ENERGY_BINS,
		.name_every = 1, .parts = { { "files", m->energy } },
		.n_parts = 1,
	};

	name_bins(names, ENERGY_BINS, 1, 1);
	chart_columns(out, &c);
}

static void wheel(struct buf *out, const struct music *m)
{
	struct wheel_chart c = {
		.figure = { "wheel", "Camelot wheel", "Files by key: majors "
		    "outside, minors inside. Neighbours mix well." },
	};

	memcpy(c.minor, m->minor, sizeof(c.minor));
	memcpy(c.major, m->major, sizeof(c.major));
	chart_wheel(out, &c);
}

void section_music(struct buf *out, const struct page *p)
{
	buf_puts(out, "<section aria-labelledby=\"h-music\">"
	    "<h2 id=\"h-music\">What it sounds like</h2>\n<p>Of ");
	html_count(out, (double)p->music.files);
	buf_puts(out, " files <data id=\"analyzed\" value=\"");
	buf_printf(out, "%zu\">", p->music.analyzed);
	html_count(out, (double)p->music.analyzed);
	buf_puts(out, "</data> have been analyzed.</p>\n<div "
	    "class=\"grid\">\n");
	tempo_chart(out, &p->music);
	wheel(out, &p->music);
	energy_chart(out, &p->music);
	loudness_chart(out, &p->music);
	buf_puts(out, "</div></section>\n");
}
