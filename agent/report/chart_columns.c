/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart.h"

#include <math.h>

#include "report/svg.h"

#define HEIGHT 200
#define LEFT 46.0
#define RIGHT 350.0
#define TOP 12.0
#define BOTTOM 172.0
#define GAP 0.18		/* of a column, to the next */

static double sum_of(const struct part *parts, size_t n_parts, size_t i)
{
	double sum = 0;

	for (size_t k = 0; k < n_parts; k++)
		sum += parts[k].values[i];
	return sum;
}

static double highest(const struct part *parts, size_t n_parts, size_t n)
{
	double max = 0;

	for (size_t i = 0; i < n; i++)
		max = fmax(max, sum_of(parts, n_parts, i));
	return max;
}

static void list_names(const struct part *parts, size_t n_parts,
    const char *names[CHART_MAX_PARTS + 1])
{
	for (size_t k = 0; k < n_parts; k++)
		names[k] = parts[k].name;
	names[n_parts] = NULL;
}

/* What a pointer that rests on it is told. */
static void put_tip(struct buf *out, const char *name,
    const struct part *parts, size_t n_parts, size_t i)
{
	buf_puts(out, "<title>");
	html_text(out, name);
	for (size_t k = 0; k < n_parts; k++) {
		buf_puts(out, k == 0 ? ": " : ", ");
		html_count(out, parts[k].values[i]);
		buf_putc(out, ' ');
		html_text(out, parts[k].name);
	}
	buf_puts(out, "</title>");
}

static void put_rows(struct buf *out, const struct part *parts,
    size_t n_parts, size_t i)
{
	for (size_t k = 0; k < n_parts; k++)
		figure_cell(out, parts[k].values[i], "");
	figure_row_end(out);
}

static void draw_column(struct buf *out, const struct column_chart *c,
    const struct scale *y, size_t i)
{
	double pitch = (RIGHT - LEFT) / (double)c->n;
	double x = LEFT + pitch * ((double)i + GAP / 2);
	double below = 0;

	buf_puts(out, "<g>");
	put_tip(out, c->names[i], c->parts, c->n_parts, i);
	for (size_t k = 0; k < c->n_parts; k++) {
		double v = c->parts[k].values[i];
		char css[] = { 's', (char)('1' + k), '\0' };

		if (v <= 0)
			continue;
		svg_rect(out, css, x, scale_at(y, below + v),
		    pitch * (1 - GAP), scale_at(y, below) -
		    scale_at(y, below + v), 1);
		below += v;
	}
	buf_puts(out, "</g>\n");
}

static void draw_columns(struct buf *out, const struct column_chart *c,
    double max)
{
	struct scale y = { .at_low = BOTTOM, .at_high = TOP };
	double pitch = (RIGHT - LEFT) / (double)c->n;

	scale_round(&y, 0, fmax(max, c->limit.value), 1);
	svg_open(out, c->figure.id, HEIGHT, c->figure.title, c->figure.note);
	svg_steps(out, &y, LEFT, RIGHT);
	for (size_t i = 0; i < c->n; i++) {
		draw_column(out, c, &y, i);
		/* The first would run into the numbers on the left. */
		if (i == 0)
			svg_label(out, LEFT, BOTTOM + 13, ANCHOR_START,
			    c->names[i]);
		else if (i % c->name_every == 0)
			svg_label(out, LEFT + pitch * ((double)i + 0.5),
			    BOTTOM + 13, ANCHOR_MIDDLE, c->names[i]);
	}
	if (c->limit.value > 0)
		svg_line(out, "limit", LEFT, scale_at(&y, c->limit.value),
		    RIGHT, scale_at(&y, c->limit.value));
	svg_label(out, (LEFT + RIGHT) / 2, HEIGHT - 2, ANCHOR_MIDDLE, c->axis);
	svg_close(out);
}

void chart_columns(struct buf *out, const struct column_chart *c)
{
	const char *names[CHART_MAX_PARTS + 1];
	double max = highest(c->parts, c->n_parts, c->n);

	figure_open(out, &c->figure);
	if (max <= 0) {
		figure_empty(out, "There is nothing to show yet.");
		return;
	}
	list_names(c->parts, c->n_parts, names);
	draw_columns(out, c, max);
	figure_legend(out, names, &c->limit);
	figure_table(out, c->axis, names);
	for (size_t i = 0; i < c->n; i++) {
		figure_row(out, c->names[i]);
		put_rows(out, c->parts, c->n_parts, i);
	}
	figure_close(out);
}
