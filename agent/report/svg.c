/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/svg.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

#define STEPS 4		/* about so many between the ends of a scale */

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_text(struct buf *out, const char *text)
{
	size_t left = text != NULL ? strlen(text) : 0;

	while (left > 0) {
		const char *entity = entity_of(*text);
		size_t n = utf8_length(text, left);
		size_t step = n > 0 ? n : 1;

		if (entity != NULL)
			buf_puts(out, entity);
		else if (n == 0 || (*text >= 0 && *text < ' '))
			buf_puts(out, "\xef\xbf\xbd");
		else
			buf_append(out, text, n);
		text += step;
		left -= step;
	}
}

void html_count(struct buf *out, double n)
{
	uint64_t whole = n > 0 ? (uint64_t)llround(n) : 0;
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, whole);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_putc(out, ',');
		buf_putc(out, digits[i]);
	}
}

void html_number(struct buf *out, double v, const char *unit)
{
	double tenths = round(v * 10);

	if (fmod(tenths, 10) == 0 && v >= 0)
		html_count(out, v);
	else if (fmod(tenths, 10) == 0)
		buf_printf(out, "%.0f", v);
	else
		buf_printf(out, "%.1f", v);
	html_text(out, unit);
}

void day_text(int64_t unix_seconds, char out[DAY_TEXT_LEN])
{
	char iso[ISO_TIME_LEN];

	time_to_iso(unix_seconds, iso);
	snprintf(out, DAY_TEXT_LEN, "%.10s", iso);
}

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

void scale_round(struct scale *s, double min, double max, int from_zero)
{
	if (from_zero || (min >= 0 && max - min > max / 2))
		min = min < 0 ? min : 0;
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
	html_text(out, description);
	buf_puts(out, "</desc>\n");
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
	html_text(out, text);
	buf_puts(out, "</text>\n");
}

void svg_line(struct buf *out, const char *css, double x1, double y1,
    double x2, double y2)
{
	buf_printf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" "
	    "x2=\"%.1f\" y2=\"%.1f\"/>\n", css, x1, y1, x2, y2);
}

void svg_rect(struct buf *out, const char *css, double x, double y, double w,
    double h, double opacity)
{
	buf_printf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" "
	    "width=\"%.1f\" height=\"%.1f\"", css, x, y, w, h);
	if (opacity < 1)
		buf_printf(out, " fill-opacity=\"%.2f\"", opacity);
	buf_puts(out, "/>");
}

void svg_steps(struct buf *out, const struct scale *y, double x1, double x2)
{
	int n = (int)lround((y->high - y->low) / y->step);

	for (int i = 0; i <= n; i++) {
		double value = y->low + i * y->step;
		struct buf text = BUF_INIT;

		html_number(&text, value, "");
		svg_line(out, i == 0 ? "axis" : "grid", x1,
		    scale_at(y, value), x2, scale_at(y, value));
		svg_label(out, x1 - 4, scale_at(y, value) + 3.5, ANCHOR_END,
		    buf_str(&text));
		buf_free(&text);
	}
}
