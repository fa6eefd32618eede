/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "report/svg.h"

/*
 * Arrivals.
 */

static void arrival_free(struct arrival *a)
{
	free(a->artist);
	free(a->title);
}

/* As many points as fit, each the mean of its stretch. */
static void thin_curve(struct arrival *to, const struct structure *o)
{
	size_t n = o->n_curve < CURVE_POINTS ? o->n_curve : CURVE_POINTS;

	for (size_t i = 0; i < n; i++) {
		size_t from = i * o->n_curve / n;
		size_t end = (i + 1) * o->n_curve / n;
		unsigned sum = 0;

		for (size_t k = from; k < end; k++)
			sum += o->curve[k];
		to->curve[i] = (uint8_t)(sum / (unsigned)(end - from));
	}
	to->n_curve = n;
}

static void fill(struct arrival *to, const struct file *f,
    const struct analysis *a)
{
	const struct tags *t = &f->media.tags;

	*to = (struct arrival){ .at = f->added_at, .analyzed = a != NULL,
		.artist = xstrdup(t->artist),
		.title = xstrdup(t->title != NULL ? t->title :
		    path_base(f->path)),
		.duration = (double)f->media.duration_ms / 1000 };
	if (a == NULL)
		return;
	to->bpm = a->bpm;
	to->energy = a->energy;
	to->has_loudness = a->has_loudness;
	to->loudness = a->loudness;
	memcpy(to->camelot, a->camelot, sizeof(to->camelot));
	memcpy(to->key, a->key, sizeof(to->key));
	if (a->duration > 0)
		to->duration = a->duration;
	thin_curve(to, &a->structure);
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
		arrival_free(&p->arrivals[--p->n_arrivals]);
	memmove(&p->arrivals[at + 1], &p->arrivals[at],
	    (p->n_arrivals - at) * sizeof(p->arrivals[0]));
	fill(&p->arrivals[at], f, a);
	p->n_arrivals++;
}

static void put_curve(struct buf *out, const struct arrival *a)
{
	if (a->n_curve < 2)
		return;
	buf_puts(out, "<svg class=\"spark\" viewBox=\"0 0 96 24\" "
	    "preserveAspectRatio=\"none\" aria-hidden=\"true\">"
	    "<path class=\"s1\" d=\"M0 24");
	for (size_t i = 0; i < a->n_curve; i++)
		buf_printf(out, "L%.1f %.1f", (double)i * 96 /
		    (double)(a->n_curve - 1), 23 - a->curve[i] * 0.22);
	buf_puts(out, "L96 24Z\"/></svg>");
}

static void put_fact(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "<div><dt>%s</dt><dd>", name);
	html_text(out, text);
	buf_puts(out, "</dd></div>");
}

static void put_facts(struct buf *out, const struct arrival *a)
{
	char text[64];

	buf_puts(out, "<dl>");
	if (a->bpm > 0) {
		snprintf(text, sizeof(text), "%.1f", a->bpm);
		put_fact(out, "BPM", text);
	}
	if (a->camelot[0] != '\0') {
		snprintf(text, sizeof(text), "%s (%s)", a->camelot, a->key);
		put_fact(out, "Key", text);
	}
	if (a->energy > 0) {
		snprintf(text, sizeof(text), "%d", a->energy);
		put_fact(out, "Energy", text);
	}
	if (a->has_loudness) {
		snprintf(text, sizeof(text), "%.1f LUFS", a->loudness);
		put_fact(out, "Loudness", text);
	}
	if (a->duration > 0) {
		snprintf(text, sizeof(text), "%.0f:%02.0f",
		    floor(a->duration / 60),
		    floor(fmod(a->duration, 60)));
		put_fact(out, "Length", text);
	}
	buf_puts(out, "</dl>");
}

static void put_arrival(struct buf *out, const struct arrival *a)
{
	char day[DAY_TEXT_LEN];

	day_text(a->at, day);
	buf_puts(out, "<li><div class=\"name\"><b>");
	html_text(out, a->title);
	buf_puts(out, "</b> <span>");
	html_text(out, a->artist);
	buf_printf(out, "</span> <time datetime=\"%s\">%s</time></div>", day,
	    day);
	put_facts(out, a);
	put_curve(out, a);
	if (!a->analyzed)
		buf_puts(out, "<p class=\"empty\">not analyzed yet</p>");
	buf_puts(out, "</li>\n");
}

void section_arrivals(struct buf *out, const struct page *p)
{
	buf_puts(out, "<section aria-labelledby=\"h-new\">"
	    "<h2 id=\"h-new\">Newest arrivals</h2>\n");
	if (p->n_arrivals == 0)
		buf_puts(out, "<p class=\"empty\">The library is empty, or no "
		    "run has looked at it yet.</p>\n");
	buf_puts(out, "<ol id=\"arrivals\" class=\"arrivals\">\n");
	for (size_t i = 0; i < p->n_arrivals; i++)
		put_arrival(out, &p->arrivals[i]);
	buf_puts(out, "</ol></section>\n");
}

/*
 * What is missing.
 */

static void put_day_cell(struct buf *out, int64_t t)
{
	char day[DAY_TEXT_LEN] = "";

	if (t > 0)
		day_text(t, day);
	buf_printf(out, "<td class=\"day\">%s</td>", day);
}

static void put_missing(struct buf *out, const struct missing_row *m)
{
	buf_puts(out, "<tr><th scope=\"row\">");
	html_text(out, m->label);
	buf_puts(out, "</th><td>");
	html_text(out, m->reason);
	if (m->best_rejected != NULL) {
		buf_puts(out, "<small>best rejected: ");
		html_text(out, m->best_rejected);
		buf_puts(out, "</small>");
	}
	buf_printf(out, "</td><td class=\"n\">%d</td>", m->attempts);
	put_day_cell(out, m->next_attempt);
	put_day_cell(out, m->liked_at);
	buf_puts(out, "</tr>\n");
}

void section_missing(struct buf *out, const struct page *p,
    const struct page_head *head)
{
	buf_puts(out, "<section aria-labelledby=\"h-missing\">"
	    "<h2 id=\"h-missing\">What is missing, and why</h2>\n");
	if (head->missing == 0) {
		buf_puts(out, "<p class=\"empty\">Every liked song is in the "
		    "library.</p></section>\n");
		return;
	}
	if (p->n_missing < head->missing) {
		buf_puts(out, "<p>The newest ");
		html_count(out, (double)p->n_missing);
		buf_puts(out, " of ");
		html_count(out, (double)head->missing);
		buf_puts(out, "; <code>likesync missing</code> lists all."
		    "</p>\n");
	}
	/* Without a script there is nothing that could search. */
	buf_puts(out, "<p id=\"search\" hidden><label>Search "
	    "<input type=\"search\" id=\"words\" autocomplete=\"off\"></label> "
	    "<output id=\"found\" for=\"words\"></output></p>\n"
	    "<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" "
	    "aria-labelledby=\"h-missing\"><table id=\"missing-rows\"><thead>"
	    "<tr><th scope=\"col\">Song</th><th scope=\"col\">Why</th>"
	    "<th scope=\"col\" class=\"n\">Tried</th>"
	    "<th scope=\"col\">Next try</th><th scope=\"col\">Liked</th></tr>"
	    "</thead><tbody>\n");
	for (size_t i = 0; i < p->n_missing; i++)
		put_missing(out, &p->missing[i]);
	buf_puts(out, "</tbody></table></div></section>\n");
}
