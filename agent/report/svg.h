/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * svg: scales, and the shapes that charts are drawn with. Coordinates are those
 * of the view box, which is SVG_WIDTH wide, as a phone is: letters keep their
 * size there and grow with the picture elsewhere. Colours are classes: the
 * page's style sets them for light and dark.
 */
#ifndef REPORT_SVG_H
#define REPORT_SVG_H

#include "base/buf.h"

#define SVG_WIDTH 360

/* From values to coordinates. at_low may be larger than at_high: upwards. */
struct scale {
	double low, high;		/* values, low < high */
	double at_low, at_high;		/* coordinates */
	double step;			/* between round values; 0: not set */
};

/* Begins and ends at round values around min and max, a few steps apart;
 * from 0 unless the values lie far above it. */
void scale_round(struct scale *s, double min, double max);
double scale_at(const struct scale *s, double value);

enum anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };

/* A picture; title and description are read aloud instead of it. id is unique
 * on the page. */
void svg_open(struct buf *out, const char *id, double height,
    const char *title, const char *description);
void svg_close(struct buf *out);
void svg_label(struct buf *out, double x, double y, enum anchor a,
    const char *text);
void svg_line(struct buf *out, const char *css, double x1, double y1,
    double x2, double y2);
/* Horizontal lines at the steps of an upward scale, with their values. */
void svg_steps(struct buf *out, const struct scale *y, double x1, double x2);

#endif
