/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "report/chart.h"
#include "report/svg.h"

#define TIMELINE_RUNS 60	/* two weeks at four a day */
#define LISTED_RUNS 20
#define LINE_POINTS 120		/* more are not visible on a phone */
#define DAYS 30
#define DAY INT64_C(86400)

/* The runs that a line is drawn through: evenly spaced, the last included. */
struct sample {
	int64_t times[LINE_POINTS];
	size_t runs[LINE_POINTS];
	size_t n;
};

static void take_sample(struct sample *s, const struct page *p)
{
	size_t step = (p->n_runs + LINE_POINTS - 1) / LINE_POINTS;

	s->n = 0;
	for (size_t i = p->n_runs == 0 ? 0 : (p->n_runs - 1) % step;
	    i < p->n_runs; i += step) {
		s->runs[s->n] = i;
		s->times[s->n] = p->runs[i].at;
		s->n++;
	}
}

/* The values of one member of the points at the sampled runs. */
static void pick(const struct sample *s, const struct page *p, size_t member,
    double values[LINE_POINTS])
{
	for (size_t i = 0; i < s->n; i++)
		memcpy(&values[i], (const char *)&p->runs[s->runs[i]] + member,
		    sizeof(values[i]));
}

/* The charts over time: their texts, and the members that they show. */
struct time_chart {
	struct figure figure;
	const char *unit;
	struct {
		const char *name;
		size_t member;
	} lines[2];
	size_t n_lines;
};

#define POINT(member) offsetof(struct run_point, member)

static const struct time_chart growth_chart = {
	{ "growth", "Library", "Audio files in the library, after each run." },
	"", { { "files", POINT(files) } }, 1,
};
static const struct time_chart likes_chart = {
	{ "likes", "Likes", "Liked Songs, and how many of them are in the "
	    "library." }, "", { { "liked", POINT(liked) }, { "in library",
	    POINT(in_library) } }, 2, };
static const struct time_chart caps_chart = {
	{ "caps", "Caps", "Downloads that remained of the daily and the "
	    "hourly cap when a run ended." },
	"", { { "remaining of the day", POINT(cap_day) },
	    { "remaining of the hour", POINT(cap_hour) } }, 2,
};
static const struct time_chart disk_chart = {
	{ "disk", "Disk", "How full the library's file system is." },
	"%", { { "used", POINT(disk_percent) } }, 1,
};

static void draw_over_time(struct buf *out, const struct page *p,
    const struct sample *s, const struct time_chart *t,
    const struct limit *limit)
{
	double values[2][LINE_POINTS];
	struct line_chart c = { .figure = t->figure, .times = s->times,
		.n = s->n, .n_lines = t->n_lines, .unit = t->unit,
		.limit = *limit };

	for (size_t k = 0; k < t->n_lines; k++) {
		pick(s, p, t->lines[k].member, values[k]);
		c.lines[k].name = t->lines[k].name;
		c.lines[k].values = values[k];
	}
	chart_lines(out, &c);
}

static void draw_timeline(struct buf *out, const struct page *p)
{
	size_t n = p->n_runs < TIMELINE_RUNS ? p->n_runs : TIMELINE_RUNS;
	char names[TIMELINE_RUNS][COLUMN_NAME];
	double values[3][TIMELINE_RUNS], failed[TIMELINE_RUNS];
	const struct column_chart c = {
		.figure = { "timeline", "Results of runs", "Tracks that each of the last "
		    "runs fetched, did not find, or failed to fetch; a run "
		    "that failed itself counts as one more." },
		.axis = "runs, oldest first", .names = names, .n = n,
		.name_every = n > 4 ? n / 3 : n > 0 ? n : 1,
		.parts = { { "fetched", values[0] },
		    { "not found", values[1] }, { "failed", values[2] },
		    { "run failed", failed } }, .n_parts = 4,
	};

	for (size_t i = 0; i < n; i++) {
		const struct run_point *r = &p->runs[p->n_runs - n + i];

		day_text(r->at, names[i]);
		values[0][i] = r->fetched;
		values[1][i] = r->not_found;
		values[2][i] = r->failed;
		failed[i] = r->exit_status != 0;
	}
	chart_columns(out, &c);
}

static void draw_downloads(struct buf *out, const struct page *p,
    const struct page_head *head)
{
	char names[DAYS][COLUMN_NAME];
	double values[DAYS] = { 0 };
	int64_t first = head->made / DAY - (DAYS - 1);
	const struct column_chart c = {
		.figure = { "downloads", "Downloads a day", "Remote downloads "
		    "that were started in the last 30 days, by the day on "
		    "which their run ended (UTC)." },
		.axis = "days", .names = names, .n = DAYS, .name_every = 10,
		.parts = { { "downloads", values } }, .n_parts = 1,
		.limit = { head->per_day, "cap a day" },
	};

	for (size_t i = 0; i < DAYS; i++)
		day_text((first + (int64_t)i) * DAY, names[i]);
	for (size_t i = 0; i < p->n_runs; i++) {
		int64_t day = p->runs[i].at / DAY - first;

		if (day >= 0 && day < DAYS)
			values[day] += p->runs[i].downloads;
	}
	chart_columns(out, &c);
}

static void draw_sources(struct buf *out, const struct counters *counters)
{
	char names[MAX_SOURCES][COLUMN_NAME];
	double values[3][MAX_SOURCES];
	const struct column_chart c = {
		.figure = { "sources", "Results by source", "How the search "
		    "for a track ended, by source, since the first run." },
		.axis = "source", .names = names, .n = counters->n_sources,
		.name_every = 1, .parts = { { "fetched", values[0] },
		    { "not found", values[1] }, { "failed", values[2] } },
		.n_parts = 3,
	};

	for (size_t i = 0; i < counters->n_sources; i++) {
		const struct source_counters *s = &counters->source[i];

		snprintf(names[i], COLUMN_NAME, "%.*s", COLUMN_NAME - 1,
		    s->name);
		values[0][i] = (double)s->got;
		values[1][i] = (double)s->not_found;
		values[2][i] = (double)s->failed;
	}
	chart_columns(out, &c);
}

static void put_run(struct buf *out, const struct run_point *r)
{
	const double numbers[] = { r->fetched, r->not_found, r->failed,
		r->analyzed };
	char when[ISO_TIME_LEN], took[32];

	time_to_iso(r->at, when);
	duration_to_text((int64_t)r->seconds, took, sizeof(took));
	buf_printf(out, "<tr><th scope=\"row\"><time datetime=\"%s\">%.10s "
	    "%.5s</time></th><td class=\"%s\">", when, when, when + 11,
	    r->exit_status == 0 ? "good" : "bad");
	html_text(out, r->outcome);
	buf_puts(out, "</td>");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		buf_puts(out, "<td class=\"n\">");
		html_count(out, numbers[i]);
		buf_puts(out, "</td>");
	}
	buf_printf(out, "<td>%s</td><td>", took);
	html_text(out, r->error);
	buf_puts(out, "</td></tr>\n");
}

static void put_runs(struct buf *out, const struct page *p)
{
	size_t n = p->n_runs < LISTED_RUNS ? p->n_runs : LISTED_RUNS;

	if (n == 0)
		return;
	buf_printf(out, "<h3>The last %zu</h3><div class=\"scroll tall\" "
	    "tabindex=\"0\" role=\"region\" aria-label=\"The last "
	    "runs\"><table id=\"run-rows\"><thead><tr><th scope=\"col\">Ended "
	    "(UTC)</th><th scope=\"col\">Outcome</th><th scope=\"col\" "
	    "class=\"n\">Fetched</th><th scope=\"col\" class=\"n\">Not "
	    "found</th><th scope=\"col\" class=\"n\">Failed</th><th "
	    "scope=\"col\" class=\"n\">Analyzed</th><th "
	    "scope=\"col\">Took</th><th "
	    "scope=\"col\">Why</th></tr></thead><tbody>\n", n);
	for (size_t i = 0; i < n; i++)
		put_run(out, &p->runs[p->n_runs - 1 - i]);
	buf_puts(out, "</tbody></table></div>\n");
}

void section_runs(struct buf *out, const struct page *p,
    const struct page_head *head)
{
	const struct limit none = { 0, NULL }, full = { head->max_disk_usage,
		"no fetching above this" };
	struct sample s;

	take_sample(&s, p);
	buf_puts(out, "<section aria-labelledby=\"h-runs\">"
	    "<h2 id=\"h-runs\">Runs</h2>\n<div class=\"grid\">\n");
	draw_timeline(out, p);
	draw_over_time(out, p, &s, &growth_chart, &none);
	draw_over_time(out, p, &s, &likes_chart, &none);
	draw_sources(out, head->counters);
	draw_downloads(out, p, head);
	draw_over_time(out, p, &s, &caps_chart, &none);
	draw_over_time(out, p, &s, &disk_chart, &full);
	buf_puts(out, "</div>\n");
	put_runs(out, p);
	buf_puts(out, "</section>\n");
}
