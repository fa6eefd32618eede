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
struct stage {
	bool odd_next;
	size_t n_even, n_odd;
	float *even, *odd;
};

struct decimator {
	float middle, side[SIDE];
	int stages;
	struct stage stage[];
};

int decimator_stages(int rate, int most)
{
	int n = 0;

	while ((rate >> n) > most)
		n++;
	return n;
}

/* The filter is a windowed sinc (Hamming): -50 dB from 0.31 of the old rate on.
 */
struct decimator *decimator_new(int stages, size_t max)
{
	struct decimator *d = xcalloc(1, sizeof(*d) +
	    (size_t)stages * sizeof(*d->stage));
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
	d->stages = stages;
	for (int i = 0; i < stages; i++) {
		size_t room = (max >> i) / 2 + 1 + 2 * SIDE + LANES;

		d->stage[i].even = xcalloc(room, sizeof(float));
		d->stage[i].odd = xcalloc(room, sizeof(float));
		/* silence before the first sample */
		d->stage[i].n_odd = SIDE;
	}
	return d;
}

/* The loops have constant lengths so that compilers vectorize them. */
static void filter(const struct decimator *d, const float *even,
    const float *odd, float out[LANES])
{
	for (int j = 0; j < LANES; j++)
		out[j] = d->middle * even[j];
	for (int i = 0; i < SIDE; i++) {
		const float *left = odd + SIDE - 1 - i, *right = odd + SIDE + i;
		float tap = d->side[i];

		for (int j = 0; j < LANES; j++)
			out[j] += tap * (left[j] + right[j]);
	}
}

static size_t run_stage(const struct decimator *d, struct stage *s,
    float *samples, size_t n)
{
	size_t ready;

	for (size_t i = s->odd_next; i < n; i += 2)
		s->even[s->n_even++] = samples[i];
	for (size_t i = !s->odd_next; i < n; i += 2)
		s->odd[s->n_odd++] = samples[i];
	s->odd_next ^= n % 2;
	ready = s->n_odd >= 2 * SIDE ? s->n_odd - 2 * SIDE + 1 : 0;
	if (ready > s->n_even)
		ready = s->n_even;
	for (size_t at = 0; at < ready; at += LANES) {
		float out[LANES];

		filter(d, s->even + at, s->odd + at, out);
		memcpy(samples + at, out, sizeof(*out) *
		    (ready - at < LANES ? ready - at : LANES));
	}
	s->n_even -= ready;
	s->n_odd -= ready;
	memmove(s->even, s->even + ready, s->n_even * sizeof(*s->even));
	memmove(s->odd, s->odd + ready, s->n_odd * sizeof(*s->odd));
	return ready;
}

size_t decimator_run(struct decimator *d, float *samples, size_t n)
{
	for (int i = 0; i < d->stages; i++)
		n = run_stage(d, &d->stage[i], samples, n);
	return n;
}

void decimator_free(struct decimator *d)
{
	for (int i = 0; d != NULL && i < d->stages; i++) {
		free(d->stage[i].even);
		free(d->stage[i].odd);
	}
	free(d);
}
