/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/svg.h"

#include <math.h>

#include "report/html.h"

#define STEPS 4		/* about so many between the ends of a scale */

/* 1, 2 or 5 times a power of ten, not below v. */
static double round_step(double v)
{
	static const double factors[] = { 1, 2, 5, 10 };
	double power = pow(10, floor(log10(v)));

	for (size_t i = 0; i < sizeof(factors) / sizeof(*factors); i++)
		if (factors[i] * power >= v * (1 - 1e-9))
			return factors[i] * power;
	return 10 * power;
}

void scale_round(struct scale *s, double min, double max)
{
	if (min >= 0 && max - min > max / 2)
		min = 0;
	if (!(max > min))
		max = min + 1;
	s->step = round_step((max - min) / STEPS);
	/* Counts have no halves. */
	if (s->step < 1)
		s->step = 1;
	s->low = floor(min / s->step) * s->step;
	s->high = ceil(max / s->step) * s->step;
}

double scale_at(const struct scale *s, double value)
{
	return s->at_low + (value - s->low) / (s->high - s->low) *
	    (s->at_high - s->at_low);
}

void svg_open(struct buf *out, const char *id, double height,
    const char *title, const char *description)
{
	buf_printf(out, "<svg viewBox=\"0 0 %d %.0f\" role=\"img\" "
	    "aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">", SVG_WIDTH,
	    height, id, id, id);
	html_text(out, title);
	buf_printf(out, "</title><desc id=\"%s-d\">", id);
	html(out, "", description, "</desc>\n");
}

void svg_close(struct buf *out)
{
	buf_puts(out, "</svg>\n");
}

void svg_label(struct buf *out, double x, double y, enum anchor a,
    const char *text)
{
	static const char *const anchors[] = { "start", "middle", "end" };

	buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x,
	    y, anchors[a]);
	html(out, "", text, "</text>\n");
}

void svg_line(struct buf *out, const char *css, double x1, double y1,
    double x2, double y2)
{
	buf_printf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" "
	    "x2=\"%.1f\" y2=\"%.1f\"/>\n", css, x1, y1, x2, y2);
}

void svg_steps(struct buf *out, const struct scale *y, double x1, double x2)
{
	int n = (int)lround((y->high - y->low) / y->step);

	for (int i = 0; i <= n; i++) {
		double value = y->low + i * y->step, at = scale_at(y, value);
		struct buf text = BUF_INIT;

		html_number(&text, value, "");
		svg_line(out, i == 0 ? "axis" : "grid", x1, at, x2, at);
		svg_label(out, x1 - 4, at + 3.5, ANCHOR_END, buf_str(&text));
		buf_free(&text);
	}
}
