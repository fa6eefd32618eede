/* SPDX-License-Identifier: GPL-3.0-or-later */
/* autocorrelation: of a series of any length, by FFTW. */
#ifndef WORKER_RHYTHM_AUTOCORRELATION_H
#define WORKER_RHYTHM_AUTOCORRELATION_H

#include <stddef.h>

struct fftwf_plan_s;

struct autocorrelation {
	size_t size;		/* a power of two */
	float *values;		/* size of them, owned */
	/* private */
	float (*bins)[2];
	struct fftwf_plan_s *forward, *inverse;
};

/* min: the length of the series plus the largest lag. All values are 0. */
void autocorrelation_init(struct autocorrelation *a, size_t min);
/* values is a series followed by zeros, and then for each lag the sum of
 * products, times size. */
void autocorrelation_run(struct autocorrelation *a);
void autocorrelation_free(struct autocorrelation *a);	/* what it holds */

#endif
