/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chart: a figure of the report page: heading, picture, legend, and the same
 * numbers as a table for screen readers. Colours are the classes s1 to s4
 * (areas) and l1, l2 (lines) of page.css.
 */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define CHART_SERIES 4
#define CHART_LABEL 24

enum chart_kind {
	CHART_LINES,	/* values over time */
	CHART_COLUMNS,	/* side by side; the series stand on each other */
	CHART_WHEEL	/* Camelot: 12 values, at the hours of a clock; the
			   first series (B, major) outside, the second (A,
			   minor) inside */
};

struct chart {
	enum chart_kind kind;
	const char *id;		/* unique on the page, fit for an attribute */
	const char *title;
	const char *note;	/* what it shows, in a sentence or two */
	const char *axis;	/* what the labels are: "BPM" */
	const char *unit;	/* after a number: "%", "" */
	double limit;		/* drawn across, as a cap is; 0: none */
	const char *limit_name;
	size_t label_every;	/* columns: so many have one label below */
	struct series {
		const char *name;	/* NULL: there are no more */
		const double *values;	/* n; NAN: unknown, of lines only */
	} series[CHART_SERIES];
	char (*labels)[CHART_LABEL];	/* n */
	const int64_t *times;	/* lines: n, not falling */
	size_t n;
};

void chart_put(struct buf *out, const struct chart *c);

#endif
