/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/integer.h"
#include "report/chart.h"
#include "report/html.h"

#define TIMELINE_RUNS 60	/* two weeks at four a day */
#define LINE_POINTS 120		/* more are not visible on a phone */

/* ---- runs ---- */

#define POINT(member) offsetof(struct run_point, member)

/* A chart of runs, with the members of struct run_point that it shows. */
struct run_chart {
	struct chart chart;
	size_t members[2];
};

static const struct run_chart over_time[] = {
	{ { .id = "growth", .title = "Library", .note = "Audio files in the "
	    "library, after each run.", .series = { { .name = "files" } } },
	    { POINT(files) } },
	{ { .id = "likes", .title = "Likes", .note = "Liked tracks, and how "
	    "many of them are in the library.", .series = {
	    { .name = "liked" }, { .name = "in library" } } },
	    { POINT(liked), POINT(in_library) } },
	{ { .id = "caps", .title = "Caps", .note = "Downloads that remained "
	    "of the daily and the hourly cap when a run ended.", .series = {
	    { .name = "remaining of the day" },
	    { .name = "remaining of the hour" } } },
	    { POINT(cap_day), POINT(cap_hour) } },
	{ { .id = "disk", .title = "Disk", .note = "How full the library's "
	    "file system is.", .unit = "%", .limit_name = "nothing is fetched "
	    "above this", .series = { { .name = "used" } } },
	    { POINT(disk_percent) } },
};

/* Through evenly spaced runs, the last included. */
static void put_over_time(struct buf *out, const struct page *p,
    const struct run_chart *t, double limit)
{
	size_t step = (p->n_runs + LINE_POINTS - 1) / LINE_POINTS;
	size_t from = p->n_runs > 0 ? (p->n_runs - 1) % step : 0;
	char labels[LINE_POINTS][CHART_LABEL];
	double values[2][LINE_POINTS];
	int64_t times[LINE_POINTS];
	struct chart c = t->chart;

	c.kind = CHART_LINES;
	c.axis = "Day";
	c.limit = t->chart.limit_name != NULL ? limit : 0;
	c.labels = labels;
	c.times = times;
	for (size_t i = from; i < p->n_runs; i += step) {
		times[c.n] = p->runs[i].at;
		day_text(times[c.n], labels[c.n]);
		for (size_t k = 0; k < 2; k++)
			memcpy(&values[k][c.n], (const char *)&p->runs[i] +
			    t->members[k], sizeof(double));
		c.n++;
	}
	for (size_t k = 0; c.series[k].name != NULL; k++)
		c.series[k].values = values[k];
	chart_put(out, &c);
}

static void put_timeline(struct buf *out, const struct page *p)
{
	size_t n = p->n_runs < TIMELINE_RUNS ? p->n_runs : TIMELINE_RUNS;
	char labels[TIMELINE_RUNS][CHART_LABEL];
	double values[4][TIMELINE_RUNS];
	const struct chart c = { .kind = CHART_COLUMNS,
		.id = "timeline", .title = "Results of runs",
		.note = "Tracks that each of the last runs fetched, did not "
		    "find, or failed to fetch; a run that itself failed counts "
		    "as one more.",
		.axis = "runs, oldest first", .labels = labels, .n = n,
		.label_every = n > 4 ? n / 3 : n > 0 ? n : 1,
		.series = { { "fetched", values[0] },
		    { "not found", values[1] }, { "failed", values[2] },
		    { "run failed", values[3] } },
	};

	for (size_t i = 0; i < n; i++) {
		const struct run_point *r = &p->runs[p->n_runs - n + i];

		day_text(r->at, labels[i]);
		values[0][i] = r->fetched;
		values[1][i] = r->not_found;
		values[2][i] = r->failed;
		values[3][i] = r->exit_status != 0;
	}
	chart_put(out, &c);
}

void put_run_charts(struct buf *out, const struct page *p,
    const struct page_head *head)
{
	buf_puts(out, "<div class=\"grid of-runs\">\n");
	put_timeline(out, p);
	for (size_t i = 0; i < sizeof(over_time) / sizeof(*over_time); i++)
		put_over_time(out, p, &over_time[i], head->max_disk_usage);
	buf_puts(out, "</div>\n");
}

/* ---- music ---- */

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

/* Each column is labelled with its lower end. */
static void put_histogram(struct buf *out, struct chart c, int low, int step)
{
	char labels[TEMPO_BINS][CHART_LABEL];

	c.labels = labels;
	for (size_t i = 0; i < c.n; i++)
		snprintf(labels[i], CHART_LABEL, "%d", low + (int)i * step);
	chart_put(out, &c);
}

void put_music_charts(struct buf *out, const struct music *m)
{
	const struct chart tempo = { .kind = CHART_COLUMNS, .id = "tempo",
		.title = "Tempo", .note = "Files by tempo, in steps of 5 BPM; "
		    "the first and last hold all slower and faster ones.",
		.axis = "BPM", .n = TEMPO_BINS, .label_every = 4,
		.series = { { "files", m->tempo } } };
	const struct chart wheel = { .kind = CHART_WHEEL, .id = "wheel",
		.title = "Camelot wheel", .note = "Files by key: majors "
		    "outside, minors inside. Neighbours mix well.",
		.axis = "Camelot", .n = 12, .series = {
		    { "major (B)", m->major }, { "minor (A)", m->minor } } };
	const struct chart energy = { .kind = CHART_COLUMNS, .id = "energy",
		.title = "Energy", .note = "Files by energy, 1 to 10.",
		.axis = "Energy", .n = ENERGY_BINS, .label_every = 1,
		.series = { { "files", m->energy } } };
	const struct chart loudness = { .kind = CHART_COLUMNS,
		.id = "loudness", .title = "Loudness", .note = "Files by "
		    "integrated loudness (EBU R128), in steps of 1 LUFS.",
		.axis = "LUFS", .n = LOUDNESS_BINS, .label_every = 4,
		.series = { { "files", m->loudness } } };

	buf_puts(out, "<div class=\"grid of-music\">\n");
	put_histogram(out, tempo, TEMPO_LOW, TEMPO_STEP);
	put_histogram(out, wheel, 1, 1);
	put_histogram(out, energy, 1, 1);
	put_histogram(out, loudness, LOUDNESS_LOW, 1);
	buf_puts(out, "</div>\n");
}
