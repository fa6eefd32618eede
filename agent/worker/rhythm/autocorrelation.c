/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/autocorrelation.h"

#include <fftw3.h>
#include <stdlib.h>

#include "base/mem.h"

void autocorrelation_init(struct autocorrelation *a, size_t min)
{
	for (a->size = 1; a->size < min;)
		a->size *= 2;
	a->values = xcalloc(a->size, sizeof(*a->values));
	a->bins = xcalloc(a->size / 2 + 1, sizeof(*a->bins));
	a->forward = fftwf_plan_dft_r2c_1d((int)a->size, a->values, a->bins,
	    FFTW_ESTIMATE);
	a->inverse = fftwf_plan_dft_c2r_1d((int)a->size, a->bins, a->values,
	    FFTW_ESTIMATE);
}

void autocorrelation_run(struct autocorrelation *a)
{
	fftwf_execute(a->forward);
	for (size_t i = 0; i <= a->size / 2; i++) {
		float re = a->bins[i][0], im = a->bins[i][1];

		a->bins[i][0] = re * re + im * im;
		a->bins[i][1] = 0;
	}
	fftwf_execute(a->inverse);
}

void autocorrelation_free(struct autocorrelation *a)
{
	fftwf_destroy_plan(a->forward);
	fftwf_destroy_plan(a->inverse);
	free(a->values);
	free(a->bins);
}
