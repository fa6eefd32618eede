/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/numeric.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void sort_values(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_value);
}

double interpolate(const float *series, double at)
{
	size_t before = (size_t)at;
	double part = at - (double)before;

	return (1 - part) * (double)series[before] +
	    part * (double)series[before + 1];
}

double peak_offset(double left, double right)
{
	if (left < 0 || right < 0 || left + right <= 0)
		return 0;
	return 0.5 * (left - right) / (left + right);
}
