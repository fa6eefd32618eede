/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "report/html.h"
#include "report/svg.h"

/* Of lines and columns. */
#define HEIGHT 200
#define LEFT 46.0
#define RIGHT 350.0
#define TOP 12.0
#define BOTTOM 172.0
#define GAP 0.18		/* of a column, to the next */

/* Of the wheel. */
#define WHEEL_HEIGHT 330
#define CENTRE_X 180.0
#define CENTRE_Y 165.0
static const double radius[] = { 160, 110, 58 };	/* outside to inside */
#define FAINTEST 0.05
#define STRONGEST 0.6		/* labels stay readable on it */

struct range {
	double min, max;
};

static size_t series_of(const struct chart *c)
{
	size_t n = 0;

	while (n < CHART_SERIES && c->series[n].name != NULL)
		n++;
	return n;
}

/* False: there is nothing to draw. fmin and fmax pass over NAN. */
static bool find_range(const struct chart *c, struct range *r)
{
	bool lines = c->kind == CHART_LINES;

	*r = (struct range){ lines ? HUGE_VAL : 0, lines ? -HUGE_VAL : 0 };
	for (size_t i = 0; i < c->n; i++) {
		double sum = 0;

		for (size_t k = 0; k < series_of(c); k++) {
			double v = c->series[k].values[i];

			sum += v;
			r->min = fmin(r->min, v);
			r->max = fmax(r->max, c->kind == CHART_COLUMNS ? sum :
			    v);
		}
	}
	return lines ? r->max >= r->min : r->max > 0;
}

/* The horizontal lines; fills y. */
static void draw_frame(struct buf *out, const struct chart *c,
    const struct range *r, struct scale *y)
{
	*y = (struct scale){ .at_low = BOTTOM, .at_high = TOP };
	scale_round(y, r->min, c->limit > 0 ? fmax(r->max, c->limit) : r->max);
	svg_steps(out, y, LEFT, RIGHT);
	if (c->limit > 0)
		svg_line(out, "limit", LEFT, scale_at(y, c->limit), RIGHT,
		    scale_at(y, c->limit));
}

/* ---- lines ---- */

static void draw_line(struct buf *out, const struct chart *c,
    const struct scale *x, const struct scale *y, size_t k)
{
	const double *values = c->series[k].values;
	double at_x = 0, at_y = 0;
	bool pen_down = false, drawn = false;

	buf_printf(out, "<path class=\"l%zu\" d=\"", k + 1);
	for (size_t i = 0; i < c->n; i++) {
		if (isnan(values[i])) {
			pen_down = false;
			continue;
		}
		at_x = scale_at(x, (double)c->times[i]);
		at_y = scale_at(y, values[i]);
		buf_printf(out, "%c%.1f %.1f", pen_down ? 'L' : 'M', at_x,
		    at_y);
		pen_down = drawn = true;
	}
	buf_puts(out, "\"/>\n");
	/* The last value is also visible where it is the only one. */
	if (drawn)
		buf_printf(out, "<circle class=\"s%zu\" cx=\"%.1f\" "
		    "cy=\"%.1f\" r=\"3\"/>\n", k + 1, at_x, at_y);
}

static void draw_lines(struct buf *out, const struct chart *c,
    const struct range *r)
{
	double begin = (double)c->times[0], end = (double)c->times[c->n - 1];
	const struct scale x = { .low = begin, .high = fmax(end, begin + 1),
		.at_low = LEFT, .at_high = RIGHT };
	struct scale y;

	draw_frame(out, c, r, &y);
	for (size_t k = 0; k < series_of(c); k++)
		draw_line(out, c, &x, &y, k);
	svg_label(out, LEFT, BOTTOM + 16, ANCHOR_START, c->labels[0]);
	svg_label(out, RIGHT, BOTTOM + 16, ANCHOR_END, c->labels[c->n - 1]);
}

/* ---- columns ---- */

static void draw_column(struct buf *out, const struct chart *c,
    const struct scale *y, size_t i)
{
	double pitch = (RIGHT - LEFT) / (double)c->n, below = 0;
	struct buf tip = BUF_INIT, parts = BUF_INIT;

	for (size_t k = 0; k < series_of(c); k++) {
		double v = c->series[k].values[i];

		buf_puts(&tip, k == 0 ? ": " : ", ");
		html_count(&tip, v);
		html(&tip, " ", c->series[k].name);
		if (v > 0)
			buf_printf(&parts, "<rect class=\"s%zu\" x=\"%.1f\" "
			    "y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
			    k + 1, LEFT + pitch * ((double)i + GAP / 2),
			    scale_at(y, below + v), pitch * (1 - GAP),
			    scale_at(y, below) - scale_at(y, below + v));
		below += v;
	}
	html(out, "<g><title>", c->labels[i]);
	buf_printf(out, "%s</title>%s</g>\n", buf_str(&tip), buf_str(&parts));
	buf_free(&tip);
	buf_free(&parts);
}

static void draw_columns(struct buf *out, const struct chart *c,
    const struct range *r)
{
	double pitch = (RIGHT - LEFT) / (double)c->n;
	struct scale y;

	draw_frame(out, c, r, &y);
	for (size_t i = 0; i < c->n; i++) {
		draw_column(out, c, &y, i);
		/* In the middle, the first would touch the numbers. */
		if (i == 0)
			svg_label(out, LEFT, BOTTOM + 13, ANCHOR_START,
			    c->labels[i]);
		else if (i % c->label_every == 0)
			svg_label(out, LEFT + pitch * ((double)i + 0.5),
			    BOTTOM + 13, ANCHOR_MIDDLE, c->labels[i]);
	}
	svg_label(out, (LEFT + RIGHT) / 2, HEIGHT - 2, ANCHOR_MIDDLE, c->axis);
}

/* ---- the wheel ---- */

/* The point on a ray at so many twelfths of a turn from the top. */
static void put_point(struct buf *out, const char *command, double distance,
    double twelfths)
{
	double angle = twelfths * M_PI / 6;

	buf_printf(out, "%s%.1f %.1f", command,
	    CENTRE_X + distance * sin(angle), CENTRE_Y - distance * cos(angle));
}

static void draw_segment(struct buf *out, const struct chart *c, double max,
    size_t ring, int hour)
{
	double outer = radius[ring], inner = radius[ring + 1];
	double middle = (outer + inner) / 2, angle = hour * M_PI / 6;
	double x = CENTRE_X + middle * sin(angle);
	double y = CENTRE_Y - middle * cos(angle);
	double v = c->series[ring].values[hour - 1];
	char name[16], arc[2][32];
	struct buf count = BUF_INIT;

	snprintf(name, sizeof(name), "%d%c", hour, ring == 0 ? 'B' : 'A');
	snprintf(arc[0], sizeof(arc[0]), "A%.1f %.1f 0 0 1 ", outer, outer);
	snprintf(arc[1], sizeof(arc[1]), "A%.1f %.1f 0 0 0 ", inner, inner);
	html_count(&count, v);
	buf_printf(out, "<g><title>%s: %s</title><path class=\"cell s%zu\" "
	    "fill-opacity=\"%.2f\" d=\"", name, buf_str(&count), ring + 1,
	    v <= 0 ? FAINTEST : FAINTEST + (STRONGEST - FAINTEST) *
	    (0.15 + 0.85 * v / max));
	put_point(out, "M", outer, hour - 0.5);
	put_point(out, arc[0], outer, hour + 0.5);
	put_point(out, "L", inner, hour + 0.5);
	put_point(out, arc[1], inner, hour - 0.5);
	buf_puts(out, "Z\"/>");
	svg_label(out, x, y - 1, ANCHOR_MIDDLE, name);
	svg_label(out, x, y + 11, ANCHOR_MIDDLE, buf_str(&count));
	buf_puts(out, "</g>\n");
	buf_free(&count);
}

static void draw_wheel(struct buf *out, const struct chart *c,
    const struct range *r)
{
	for (size_t ring = 0; ring < 2; ring++)
		for (int hour = 1; hour <= 12; hour++)
			draw_segment(out, c, r->max, ring, hour);
}

/* ---- the figure ---- */

/* One series alone needs no key. */
static void put_legend(struct buf *out, const struct chart *c)
{
	size_t n = series_of(c);

	if (n == 1 && c->limit <= 0)
		return;
	buf_puts(out, "<ul class=\"legend\">");
	for (size_t k = 0; k < n; k++) {
		buf_printf(out, "<li><i class=\"key k%zu\"></i>", k + 1);
		html(out, "", c->series[k].name, "</li>");
	}
	if (c->limit > 0)
		html(out, "<li><i class=\"key limit0\"></i>", c->limit_name,
		    "</li>");
	buf_puts(out, "</ul>\n");
}

static void put_table(struct buf *out, const struct chart *c)
{
	const char *columns[CHART_SERIES + 2] = { c->axis };
	size_t n = series_of(c);

	for (size_t k = 0; k < n; k++)
		columns[k + 1] = c->series[k].name;
	buf_puts(out, "<details><summary>As a table</summary>"
	    "<div class=\"scroll\"><table>");
	html_table_head(out, columns, 1, n);
	for (size_t i = 0; i < c->n; i++) {
		html(out, "<tr><th scope=\"row\">", c->labels[i], "</th>");
		for (size_t k = 0; k < n; k++)
			html_number_cell(out, c->series[k].values[i], c->unit);
		buf_puts(out, "</tr>\n");
	}
	buf_puts(out, "</tbody></table></div></details>");
}

void chart_put(struct buf *out, const struct chart *c)
{
	static void (*const draw[])(struct buf *out, const struct chart *c,
	    const struct range *r) = {
		draw_lines, draw_columns, draw_wheel,
	};
	struct range r;

	html(out, "<figure id=\"", c->id, "\"><figcaption><h3>", c->title,
	    "</h3><p>", c->note, "</p></figcaption>\n");
	if (find_range(c, &r)) {
		svg_open(out, c->id, c->kind == CHART_WHEEL ? WHEEL_HEIGHT :
		    HEIGHT, c->title, c->note);
		draw[c->kind](out, c, &r);
		svg_close(out);
		put_legend(out, c);
		put_table(out, c);
	} else {
		buf_puts(out, "<p class=\"empty\">No data yet.</p>");
	}
	buf_puts(out, "</figure>\n");
}
