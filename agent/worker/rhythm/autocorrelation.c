/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/autocorrelation.h"

#include <complex.h>
#include <fftw3.h>
#include <stdlib.h>

#include "base/mem.h"

struct autocorrelation {
	size_t size;
	float *x;
	fftwf_complex *bins;
	fftwf_plan forward, inverse;
};

struct autocorrelation *autocorrelation_new(size_t min)
{
	struct autocorrelation *a = xcalloc(1, sizeof(*a));

	for (a->size = 1; a->size < min;)
		a->size *= 2;
	a->x = xcalloc(a->size, sizeof(*a->x));
	a->bins = xcalloc(a->size / 2 + 1, sizeof(*a->bins));
	a->forward = fftwf_plan_dft_r2c_1d((int)a->size, a->x, a->bins,
	    FFTW_ESTIMATE);
	a->inverse = fftwf_plan_dft_c2r_1d((int)a->size, a->bins, a->x,
	    FFTW_ESTIMATE);
	return a;
}

size_t autocorrelation_size(const struct autocorrelation *a)
{
	return a->size;
}

float *autocorrelation_values(struct autocorrelation *a)
{
	return a->x;
}

void autocorrelation_run(struct autocorrelation *a)
{
	fftwf_execute(a->forward);
	for (size_t i = 0; i <= a->size / 2; i++) {
		float re = crealf(a->bins[i]), im = cimagf(a->bins[i]);

		a->bins[i] = re * re + im * im;
	}
	fftwf_execute(a->inverse);
}

void autocorrelation_free(struct autocorrelation *a)
{
	fftwf_destroy_plan(a->forward);
	fftwf_destroy_plan(a->inverse);
	free(a->x);
	free(a->bins);
	free(a);
}
