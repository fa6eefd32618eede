/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * autocorrelation: of a series, as the inverse transform of its power spectrum
 * (Wiener and Khinchin).
 */
#ifndef WORKER_RHYTHM_AUTOCORRELATION_H
#define WORKER_RHYTHM_AUTOCORRELATION_H

#include <stddef.h>

struct autocorrelation;

/* min: length of the series plus the longest lag. */
struct autocorrelation *autocorrelation_new(size_t min);
size_t autocorrelation_size(const struct autocorrelation *a);
/* A buffer of autocorrelation_size values for the series, followed by zeros;
 * owned by a. */
float *autocorrelation_values(struct autocorrelation *a);
/* Replaces the series by the sums of products for each lag, times the size. */
void autocorrelation_run(struct autocorrelation *a);
void autocorrelation_free(struct autocorrelation *a);

#endif
