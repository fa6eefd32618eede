/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "report/html.h"

#define LISTED_RUNS 20

/* ---- runs ---- */

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
	html(out, "", r->outcome, "</td>");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		html_number_cell(out, numbers[i], "");
	html(out, "<td class=\"took\">", took, "</td><td class=\"why\">",
	    r->error, "</td></tr>\n");
}

void put_runs(struct buf *out, const struct page *p)
{
	static const char *const columns[] = { "Ended (UTC)", "Outcome",
		"Fetched", "Not found", "Failed", "Analyzed", "Took", "Reason",
		NULL };
	size_t n = p->n_runs < LISTED_RUNS ? p->n_runs : LISTED_RUNS;

	if (n == 0)
		return;
	buf_printf(out, "<h3>The last %zu</h3><div class=\"scroll tall\" "
	    "tabindex=\"0\" role=\"region\" aria-label=\"The last "
	    "runs\"><table id=\"run-rows\">", n);
	html_table_head(out, columns, 2, 5);
	for (size_t i = 0; i < n; i++)
		put_run(out, &p->runs[p->n_runs - 1 - i]);
	buf_puts(out, "</tbody></table></div>\n");
}

/* ---- the newest files ---- */

/* The energy curve. As many points as fit, each the mean of its part. */
static void put_curve(struct buf *out, const struct structure *s)
{
	size_t n = s->n_curve < CURVE_POINTS ? s->n_curve : CURVE_POINTS;

	if (n < 2)
		return;
	buf_puts(out, "<svg class=\"spark\" viewBox=\"0 0 96 24\" "
	    "preserveAspectRatio=\"none\" aria-hidden=\"true\">"
	    "<path class=\"s1\" d=\"M0 24");
	for (size_t i = 0; i < n; i++) {
		size_t from = i * s->n_curve / n;
		size_t end = (i + 1) * s->n_curve / n;
		double sum = 0;

		for (size_t k = from; k < end; k++)
			sum += s->curve[k];
		buf_printf(out, "L%.1f %.1f", (double)i * 96 / (double)(n - 1),
		    23 - sum / (double)(end - from) * 0.22);
	}
	buf_puts(out, "L96 24Z\"/></svg>");
}

static void put_fact(struct buf *out, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put_fact(struct buf *out, const char *name, const char *fmt, ...)
{
	char text[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	html(out, "<div><dt>", name, "</dt><dd>", text, "</dd></div>");
}

static void put_facts(struct buf *out, const struct analysis *a,
    double duration)
{
	buf_puts(out, "<dl>");
	if (a != NULL && a->bpm > 0)
		put_fact(out, "BPM", "%.1f", a->bpm);
	if (a != NULL && a->camelot[0] != '\0')
		put_fact(out, "Key", "%s (%s)", a->camelot, a->key);
	if (a != NULL && a->energy > 0)
		put_fact(out, "Energy", "%d", a->energy);
	if (a != NULL && a->has_loudness)
		put_fact(out, "Loudness", "%.1f LUFS", a->loudness);
	if (duration > 0)
		put_fact(out, "Length", "%.0f:%02.0f", floor(duration / 60),
		    floor(fmod(duration, 60)));
	buf_puts(out, "</dl>");
}

static char *arrival_item(const struct file *f, const struct analysis *a)
{
	const struct tags *t = &f->media.tags;
	struct buf out = BUF_INIT;
	char day[DAY_TEXT_LEN];

	day_text(f->added_at, day);
	html(&out, "<li><div class=\"name\"><b>", t->title != NULL ? t->title :
	    path_base(f->path), "</b> <span>", t->artist != NULL ? t->artist :
	    "", "</span> <time datetime=\"", day, "\">", day,
	    "</time></div>");
	put_facts(&out, a, a != NULL && a->duration > 0 ? a->duration :
	    (double)f->media.duration_ms / 1000);
	if (a != NULL)
		put_curve(&out, &a->structure);
	else
		buf_puts(&out, "<p class=\"empty\">not analyzed yet</p>");
	buf_puts(&out, "</li>\n");
	return buf_take(&out);
}

/* Keeps the newest, by insertion: there are few, and most are older. */
void arrivals_offer(struct page *p, const struct file *f,
    const struct analysis *a)
{
	size_t at = p->n_arrivals;

	while (at > 0 && p->arrivals[at - 1].at < f->added_at)
		at--;
	if (at == MAX_ARRIVALS)
		return;
	if (p->n_arrivals == MAX_ARRIVALS)
		free(p->arrivals[--p->n_arrivals].item);
	memmove(&p->arrivals[at + 1], &p->arrivals[at],
	    (p->n_arrivals - at) * sizeof(p->arrivals[0]));
	p->arrivals[at] = (struct arrival){ f->added_at, arrival_item(f, a) };
	p->n_arrivals++;
}

void put_arrivals(struct buf *out, const struct page *p)
{
	if (p->n_arrivals == 0)
		buf_puts(out, "<p class=\"empty\">No file is new. What the first "
		    "scan finds does not count.</p>\n");
	buf_puts(out, "<ol id=\"arrivals\" class=\"arrivals\">\n");
	for (size_t i = 0; i < p->n_arrivals; i++)
		buf_puts(out, p->arrivals[i].item);
	buf_puts(out, "</ol>");
}

/* ---- missing tracks ---- */

static void put_day_cell(struct buf *out, int64_t t)
{
	char day[DAY_TEXT_LEN] = "";

	if (t > 0)
		day_text(t, day);
	buf_printf(out, "<td class=\"day\">%s</td>", day);
}

void page_add_missing(struct page *p, const struct track *t, const char *reason,
    const char *best_rejected, int attempts, int64_t next_attempt)
{
	struct buf *out = &p->missing;
	char *label;

	if (p->n_missing == MAX_MISSING)
		return;
	p->n_missing++;
	label = track_label(t);
	html(out, "<tr><th scope=\"row\">", label, "</th><td>", reason);
	if (best_rejected != NULL)
		html(out, "<small>best rejected: ", best_rejected, "</small>");
	buf_printf(out, "</td><td class=\"n\">%d</td>", attempts);
	put_day_cell(out, next_attempt);
	put_day_cell(out, t->added_at);
	buf_puts(out, "</tr>\n");
	free(label);
}

void put_missing(struct buf *out, const struct page *p, size_t missing)
{
	static const char *const columns[] = { "Track", "Reason", "Attempts",
		"Next attempt", "Liked", NULL };

	if (missing == 0) {
		buf_puts(out, "<p class=\"empty\">Every liked track is in the "
		    "library.</p>");
		return;
	}
	if (p->n_missing < missing) {
		buf_puts(out, "<p>The newest ");
		html_count(out, (double)p->n_missing);
		buf_puts(out, " of ");
		html_count(out, (double)missing);
		buf_puts(out, "; <code>likesync missing</code> lists all."
		    "</p>\n");
	}
	/* The script shows the search field: nothing else could search. */
	buf_puts(out, "<p id=\"search\" hidden><label>Search "
	    "<input type=\"search\" id=\"words\" autocomplete=\"off\"></label> "
	    "<output id=\"found\" for=\"words\"></output></p>\n"
	    "<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" "
	    "aria-labelledby=\"h-missing\"><table id=\"missing-rows\">");
	html_table_head(out, columns, 2, 2);
	buf_append(out, buf_str(&p->missing), p->missing.len);
	buf_puts(out, "</tbody></table></div>");
}
