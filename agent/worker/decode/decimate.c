/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/decode/decimate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define REACH 15	/* taps either side of the middle one */
#define SIDE 8		/* that are not zero: those at odd distances */
#define LANES 8		/* outputs that are computed side by side */

/* Even and odd samples wait in lines of their own: an output is one even
 * sample and eight odd ones to either side, all without gaps. */
struct decimator {
	float middle, side[SIDE];
	bool odd_next;
	size_t n_even, n_odd;
	float *even, *odd;
};

/* A windowed sinc (Hamming): -50 dB from 0.31 of the old rate on. */
static void design(struct decimator *h)
{
	double taps[SIDE], sum = 0.5;

	for (int i = 0; i < SIDE; i++) {
		int k = 2 * i + 1;
		double sinc = sin(M_PI * k / 2) / (M_PI * k);

		taps[i] = sinc * (0.54 + 0.46 * cos(M_PI * k / (REACH + 1)));
		sum += 2 * taps[i];
	}
	for (int i = 0; i < SIDE; i++)
		h->side[i] = (float)(taps[i] / sum);
	h->middle = (float)(0.5 / sum);
}

struct decimator *decimator_new(size_t most)
{
	struct decimator *h = xcalloc(1, sizeof(*h));
	size_t room = most / 2 + 1 + 2 * SIDE + LANES;

	design(h);
	h->even = xcalloc(room, sizeof(*h->even));
	h->odd = xcalloc(room, sizeof(*h->odd));
	h->n_odd = SIDE;	/* silence before the first sample */
	return h;
}

static void sort_in(struct decimator *h, const float *samples, size_t n)
{
	for (size_t i = h->odd_next; i < n; i += 2)
		h->even[h->n_even++] = samples[i];
	for (size_t i = !h->odd_next; i < n; i += 2)
		h->odd[h->n_odd++] = samples[i];
	h->odd_next ^= n % 2;
}

/* Written for a compiler that makes vectors of loops of a constant length. */
static void filter(const struct decimator *h, size_t at, float out[LANES])
{
	const float *even = h->even + at, *odd = h->odd + at;

	for (int j = 0; j < LANES; j++)
		out[j] = h->middle * even[j];
	for (int i = 0; i < SIDE; i++) {
		const float *left = odd + SIDE - 1 - i, *right = odd + SIDE + i;
		float tap = h->side[i];

		for (int j = 0; j < LANES; j++)
			out[j] += tap * (left[j] + right[j]);
	}
}

size_t decimator_run(struct decimator *h, float *samples, size_t n)
{
	size_t ready;

	sort_in(h, samples, n);
	ready = h->n_odd >= 2 * SIDE ? h->n_odd - 2 * SIDE + 1 : 0;
	if (ready > h->n_even)
		ready = h->n_even;
	for (size_t at = 0; at < ready; at += LANES) {
		float out[LANES];

		filter(h, at, out);
		memcpy(samples + at, out, sizeof(*out) *
		    (ready - at < LANES ? ready - at : LANES));
	}
	h->n_even -= ready;
	h->n_odd -= ready;
	memmove(h->even, h->even + ready, h->n_even * sizeof(*h->even));
	memmove(h->odd, h->odd + ready, h->n_odd * sizeof(*h->odd));
	return ready;
}

void decimator_free(struct decimator *h)
{
	if (h == NULL)
		return;
	free(h->even);
	free(h->odd);
	free(h);
}
