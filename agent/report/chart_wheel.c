/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "report/svg.h"

#define FAINTEST 0.05
#define STRONGEST 0.6	/* letters are still to be read on it */

#define WHEEL_HEIGHT 330.0
#define WHEEL_X 180.0
#define WHEEL_Y 165.0
#define RING_OUT 160.0
#define RING_BETWEEN 110.0
#define RING_IN 58.0

static double strength(double value, double max)
{
	if (value <= 0)
		return FAINTEST;
	return FAINTEST + (STRONGEST - FAINTEST) * (0.15 + 0.85 * value / max);
}

/* Where the ray at so many twelfths of a turn from the top meets a circle. */
static void put_point(struct buf *out, char command, double radius,
    double twelfths)
{
	double angle = twelfths * M_PI / 6;

	buf_printf(out, "%c%.1f %.1f", command,
	    WHEEL_X + radius * sin(angle), WHEEL_Y - radius * cos(angle));
}

static void put_arc(struct buf *out, double radius, int clockwise,
    double twelfths)
{
	double angle = twelfths * M_PI / 6;

	buf_printf(out, "A%.1f %.1f 0 0 %d %.1f %.1f", radius, radius,
	    clockwise, WHEEL_X + radius * sin(angle),
	    WHEEL_Y - radius * cos(angle));
}

static void draw_segment(struct buf *out, int number, bool minor,
    double count, double max)
{
	double outer = minor ? RING_BETWEEN : RING_OUT;
	double inner = minor ? RING_IN : RING_BETWEEN;
	double middle = (outer + inner) / 2, angle = number * M_PI / 6;
	double x = WHEEL_X + middle * sin(angle);
	double y = WHEEL_Y - middle * cos(angle);
	char name[COLUMN_NAME];
	struct buf text = BUF_INIT;

	snprintf(name, sizeof(name), "%d%c", number, minor ? 'A' : 'B');
	html_count(&text, count);
	buf_printf(out, "<g><title>%s: %s</title><path class=\"cell %s\" "
	    "fill-opacity=\"%.2f\" d=\"", name, buf_str(&text), minor ? "s2" :
	    "s1", strength(count, max));
	put_point(out, 'M', outer, number - 0.5);
	put_arc(out, outer, 1, number + 0.5);
	put_point(out, 'L', inner, number + 0.5);
	put_arc(out, inner, 0, number - 0.5);
	buf_puts(out, "Z\"/>");
	svg_label(out, x, y - 1, ANCHOR_MIDDLE, name);
	svg_label(out, x, y + 11, ANCHOR_MIDDLE, buf_str(&text));
	buf_puts(out, "</g>\n");
	buf_free(&text);
}

static double wheel_max(const struct wheel_chart *c)
{
	double max = 0;

	for (int i = 0; i < 12; i++)
		max = fmax(max, fmax(c->minor[i], c->major[i]));
	return max;
}

void chart_wheel(struct buf *out, const struct wheel_chart *c)
{
	static const char *const columns[] = { "Minor (A)", "Major (B)",
		NULL };
	double max = wheel_max(c);

	figure_open(out, &c->figure);
	if (max <= 0) {
		figure_empty(out, "No key is known yet.");
		return;
	}
	svg_open(out, c->figure.id, WHEEL_HEIGHT, c->figure.title,
	    c->figure.note);
	for (int i = 0; i < 12; i++) {
		draw_segment(out, i + 1, true, c->minor[i], max);
		draw_segment(out, i + 1, false, c->major[i], max);
	}
	svg_close(out);
	figure_table(out, "Camelot", columns);
	for (int i = 0; i < 12; i++) {
		char name[COLUMN_NAME];

		snprintf(name, sizeof(name), "%d", i + 1);
		figure_row(out, name);
		figure_cell(out, c->minor[i], "");
		figure_cell(out, c->major[i], "");
		figure_row_end(out);
	}
	figure_close(out);
}
