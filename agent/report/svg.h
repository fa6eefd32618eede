/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * svg: what charts are drawn with: text that is safe in HTML, numbers for
 * people, scales, and the few shapes of SVG that are needed. Coordinates are
 * those of the view box, which is SVG_WIDTH wide: as wide as a phone, so that
 * letters keep their size there and grow with the picture elsewhere. Colours
 * are classes, so that the page's style decides for light and dark.
 */
#ifndef REPORT_SVG_H
#define REPORT_SVG_H

#include <stdint.h>

#include "base/buf.h"

#define SVG_WIDTH 360
#define DAY_TEXT_LEN 12

/* With the five characters replaced that mean something in HTML, and what is
 * no UTF-8 by U+FFFD. NULL writes nothing. */
void html_text(struct buf *out, const char *text);
/* 12,345; whole numbers only. */
void html_count(struct buf *out, double n);
/* With its unit and at most one decimal: "85.2%", "-9.4 LUFS". */
void html_number(struct buf *out, double v, const char *unit);
void day_text(int64_t unix_seconds, char out[DAY_TEXT_LEN]); /* 2026-11-19 */

/* From values to a coordinate. at_low may be larger than at_high, as it is
 * upwards. */
struct scale {
	double low, high;		/* values, low < high */
	double at_low, at_high;		/* coordinates */
	double step;			/* between round values; 0: not set */
};

/* Begins and ends at round values around min and max, a few steps apart;
 * from 0 unless the values lie far above it, or zero is set. */
void scale_round(struct scale *s, double min, double max, int from_zero);
double scale_at(const struct scale *s, double value);

enum anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };

/* A picture that says what it shows: title and description are read aloud in
 * its place. id is unique on the page. */
void svg_open(struct buf *out, const char *id, double height,
    const char *title, const char *description);
void svg_close(struct buf *out);
void svg_label(struct buf *out, double x, double y, enum anchor a,
    const char *text);
void svg_line(struct buf *out, const char *css, double x1, double y1,
    double x2, double y2);
void svg_rect(struct buf *out, const char *css, double x, double y, double w,
    double h, double opacity);
/* Horizontal lines at the steps of an upward scale, with their values. */
void svg_steps(struct buf *out, const struct scale *y, double x1, double x2);

#endif
