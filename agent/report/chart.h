/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chart: the figures of the report page. Each is a heading, a picture in SVG,
 * a legend, and the same numbers as a table for screen readers. Colours are the
 * classes s1 to s4 (areas) and l1, l2 (lines) of the page's style.
 */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define CHART_MAX_PARTS 4
#define COLUMN_NAME 24

/* What every figure has. */
struct figure {
	const char *id;		/* unique on the page, fit for an attribute */
	const char *title;
	const char *note;	/* what is to be seen, a sentence or two */
};

/* A limit that is drawn across, such as a cap. */
struct limit {
	double value;		/* 0: none */
	const char *name;
};

/* Values over time. */
struct line_chart {
	struct figure figure;
	const int64_t *times;	/* n of them, not falling */
	size_t n;
	struct line {
		const char *name;
		const double *values;	/* n of them; NAN: not known */
	} lines[CHART_MAX_PARTS];
	size_t n_lines;
	const char *unit;	/* after a number: "%", "" */
	struct limit limit;
};
void chart_lines(struct buf *out, const struct line_chart *c);

/* Columns side by side, each of parts one above the other. */
struct column_chart {
	struct figure figure;
	const char *axis;		/* what the columns are: "BPM" */
	char (*names)[COLUMN_NAME];	/* n of them */
	size_t n;
	size_t name_every;		/* so many columns have a name below */
	struct part {
		const char *name;
		const double *values;	/* n of them, not negative */
	} parts[CHART_MAX_PARTS];
	size_t n_parts;
	struct limit limit;
};
void chart_columns(struct buf *out, const struct column_chart *c);

/* The Camelot wheel: majors (B) outside, minors (A) inside, 12 at the top. */
struct wheel_chart {
	struct figure figure;
	double minor[12], major[12];	/* of 1A to 12A, of 1B to 12B */
};
void chart_wheel(struct buf *out, const struct wheel_chart *c);

/*
 * What the figures share.
 */

void figure_open(struct buf *out, const struct figure *f);
/* A key to the colours; names NULL-ended. One alone needs no key. */
void figure_legend(struct buf *out, const char *const *names,
    const struct limit *limit);
/* The table: figure_table, then for each row its header cell and numbers,
 * then figure_close. */
void figure_table(struct buf *out, const char *first,
    const char *const *columns);
void figure_row(struct buf *out, const char *name);
void figure_cell(struct buf *out, double value, const char *unit);
void figure_row_end(struct buf *out);
void figure_close(struct buf *out);
/* In the place of a picture, where there is nothing to be drawn. */
void figure_empty(struct buf *out, const char *text);

#endif
