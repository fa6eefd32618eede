/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/decode/decimate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define TAPS 15	/* taps on either side of the middle one */
#define SIDE 8		/* of them not zero: those at odd distances */
#define LANES 8		/* outputs computed at once */

void mix_down(const float *in, float *out, size_t frames, size_t channels)
{
	float share = 1 / (float)channels;

	for (size_t i = 0; i < frames; i++, in += channels) {
		float sum = in[0];

		for (size_t c = 1; c < channels; c++)
			sum += in[c];
		out[i] = sum * share;
	}
}

/* Even and odd samples are stored apart: an output needs one even sample and
 * eight odd ones on either side, contiguous in each array. */
struct decimator {
	float middle, side[SIDE];
	bool odd_next;
	size_t n_even, n_odd;
	float *even, *odd;
};

/* A windowed sinc (Hamming): -50 dB from 0.31 of the old rate on. */
static void design(struct decimator *d)
{
	double taps[SIDE], sum = 0.5;

	for (int i = 0; i < SIDE; i++) {
		int k = 2 * i + 1;
		double sinc = sin(M_PI * k / 2) / (M_PI * k);

		taps[i] = sinc * (0.54 + 0.46 * cos(M_PI * k / (TAPS + 1)));
		sum += 2 * taps[i];
	}
	for (int i = 0; i < SIDE; i++)
		d->side[i] = (float)(taps[i] / sum);
	d->middle = (float)(0.5 / sum);
}

struct decimator *decimator_new(size_t max)
{
	struct decimator *d = xcalloc(1, sizeof(*d));
	size_t room = max / 2 + 1 + 2 * SIDE + LANES;

	design(d);
	d->even = xcalloc(room, sizeof(*d->even));
	d->odd = xcalloc(room, sizeof(*d->odd));
	d->n_odd = SIDE;	/* silence before the first sample */
	return d;
}

static void split_samples(struct decimator *d, const float *samples, size_t n)
{
	for (size_t i = d->odd_next; i < n; i += 2)
		d->even[d->n_even++] = samples[i];
	for (size_t i = !d->odd_next; i < n; i += 2)
		d->odd[d->n_odd++] = samples[i];
	d->odd_next ^= n % 2;
}

/* The loops have constant lengths so that compilers vectorize them. */
static void filter(const struct decimator *d, size_t at, float out[LANES])
{
	const float *even = d->even + at, *odd = d->odd + at;

	for (int j = 0; j < LANES; j++)
		out[j] = d->middle * even[j];
	for (int i = 0; i < SIDE; i++) {
		const float *left = odd + SIDE - 1 - i, *right = odd + SIDE + i;
		float tap = d->side[i];

		for (int j = 0; j < LANES; j++)
			out[j] += tap * (left[j] + right[j]);
	}
}

size_t decimator_run(struct decimator *d, float *samples, size_t n)
{
	size_t ready;

	split_samples(d, samples, n);
	ready = d->n_odd >= 2 * SIDE ? d->n_odd - 2 * SIDE + 1 : 0;
	if (ready > d->n_even)
		ready = d->n_even;
	for (size_t at = 0; at < ready; at += LANES) {
		float out[LANES];

		filter(d, at, out);
		memcpy(samples + at, out, sizeof(*out) *
		    (ready - at < LANES ? ready - at : LANES));
	}
	d->n_even -= ready;
	d->n_odd -= ready;
	memmove(d->even, d->even + ready, d->n_even * sizeof(*d->even));
	memmove(d->odd, d->odd + ready, d->n_odd * sizeof(*d->odd));
	return ready;
}

void decimator_free(struct decimator *d)
{
	if (d == NULL)
		return;
	free(d->even);
	free(d->odd);
	free(d);
}
