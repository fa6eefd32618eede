/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * autocorrelation: how alike a series is to itself some values later, as the
 * transform of its power spectrum (Wiener and Khinchin).
 */
#ifndef WORKER_RHYTHM_AUTOCORRELATION_H
#define WORKER_RHYTHM_AUTOCORRELATION_H

#include <stddef.h>

struct autocorrelation;

/* For series and lags that together are least values or fewer. */
struct autocorrelation *autocorrelation_new(size_t least);
size_t autocorrelation_size(const struct autocorrelation *a);
/* Room for as many values as the size, where the series is written, zeros
 * after it; owned by a. */
float *autocorrelation_values(struct autocorrelation *a);
/* Puts sums of products, times the size, by lag in place of the series. */
void autocorrelation_run(struct autocorrelation *a);
void autocorrelation_free(struct autocorrelation *a);

#endif
