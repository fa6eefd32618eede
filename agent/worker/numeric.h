/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numeric: the small mathematics that several measurements share. */
#ifndef WORKER_NUMERIC_H
#define WORKER_NUMERIC_H

#include <stddef.h>

void sort_values(double *values, size_t n);	/* rising */
/* The value of a series between two of its values; index at + 1 exists. */
double interpolate(const float *series, double at);
/* Where the parabola through three values has its peak, in steps from the
 * middle one, -0.5..0.5, given by how much that exceeds its neighbours; 0 if it
 * does not. */
double peak_offset(double left, double right);

#endif
