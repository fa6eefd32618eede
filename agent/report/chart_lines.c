/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "report/svg.h"

#define HEIGHT 200
#define LEFT 46.0
#define RIGHT 350.0
#define TOP 12.0
#define BOTTOM 176.0

struct plane {
	struct scale x, y;
};

/* The least and the greatest of all that is known; false if nothing is. */
static bool find_range(const struct line_chart *c, double *min, double *max)
{
	*min = HUGE_VAL;
	*max = -HUGE_VAL;
	for (size_t k = 0; k < c->n_lines; k++) {
		for (size_t i = 0; i < c->n; i++) {
			double v = c->lines[k].values[i];

			if (isnan(v))
				continue;
			*min = fmin(*min, v);
			*max = fmax(*max, v);
		}
	}
	if (c->limit.value > 0 && *max >= *min)
		*max = fmax(*max, c->limit.value);
	return *max >= *min;
}

static void draw_line(struct buf *out, const struct line_chart *c,
    const struct plane *p, size_t k)
{
	const double *values = c->lines[k].values;
	double x = 0, y = 0;
	bool pen_down = false, drawn = false;

	buf_printf(out, "<path class=\"l%zu\" d=\"", k + 1);
	for (size_t i = 0; i < c->n; i++) {
		if (isnan(values[i])) {
			pen_down = false;
			continue;
		}
		x = scale_at(&p->x, (double)c->times[i]);
		y = scale_at(&p->y, values[i]);
		buf_printf(out, "%c%.1f %.1f", pen_down ? 'L' : 'M', x, y);
		pen_down = drawn = true;
	}
	buf_puts(out, "\"/>\n");
	/* Its last value, also where it is the only one. */
	if (drawn)
		buf_printf(out, "<circle class=\"s%zu\" cx=\"%.1f\" "
		    "cy=\"%.1f\" r=\"3\"/>\n", k + 1, x, y);
}

static void draw_days(struct buf *out, const struct line_chart *c)
{
	char first[DAY_TEXT_LEN], last[DAY_TEXT_LEN];

	day_text(c->times[0], first);
	day_text(c->times[c->n - 1], last);
	svg_label(out, LEFT, BOTTOM + 16, ANCHOR_START, first);
	svg_label(out, RIGHT, BOTTOM + 16, ANCHOR_END, last);
}

static void draw(struct buf *out, const struct line_chart *c, double min,
    double max)
{
	double end = (double)c->times[c->n - 1], begin = (double)c->times[0];
	struct plane p = {
		.x = { .low = begin, .high = end > begin ? end : begin + 1,
		    .at_low = LEFT, .at_high = RIGHT },
		.y = { .at_low = BOTTOM, .at_high = TOP },
	};

	scale_round(&p.y, min, max, 0);
	svg_open(out, c->figure.id, HEIGHT, c->figure.title, c->figure.note);
	svg_steps(out, &p.y, LEFT, RIGHT);
	if (c->limit.value > 0)
		svg_line(out, "limit", LEFT, scale_at(&p.y, c->limit.value),
		    RIGHT, scale_at(&p.y, c->limit.value));
	for (size_t k = 0; k < c->n_lines; k++)
		draw_line(out, c, &p, k);
	draw_days(out, c);
	svg_close(out);
}

static void put_table(struct buf *out, const struct line_chart *c,
    const char *const *names)
{
	char day[DAY_TEXT_LEN];

	figure_table(out, "Day", names);
	for (size_t i = 0; i < c->n; i++) {
		day_text(c->times[i], day);
		figure_row(out, day);
		for (size_t k = 0; k < c->n_lines; k++)
			figure_cell(out, c->lines[k].values[i], c->unit);
		figure_row_end(out);
	}
}

void chart_lines(struct buf *out, const struct line_chart *c)
{
	const char *names[CHART_MAX_PARTS + 1] = { NULL };
	double min, max;

	figure_open(out, &c->figure);
	if (c->n == 0 || !find_range(c, &min, &max)) {
		figure_empty(out, "No run has told of this yet.");
		return;
	}
	for (size_t k = 0; k < c->n_lines; k++)
		names[k] = c->lines[k].name;
	draw(out, c, min, max);
	figure_legend(out, names, &c->limit);
	put_table(out, c, names);
	figure_close(out);
}
