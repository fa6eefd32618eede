/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/decode/frames.h"

#include <complex.h>
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct frames {
	size_t size, hop, filled;
	float *line;		/* size samples, of which filled are valid */
	float *window, *windowed, *power;
	fftwf_complex *bins;
	fftwf_plan plan;
};

struct frames *frames_new(size_t size, size_t hop)
{
	struct frames *f = xcalloc(1, sizeof(*f));

	f->size = size;
	f->hop = hop;
	f->filled = size - hop;
	f->line = xcalloc(size, sizeof(*f->line));
	f->window = xcalloc(size, sizeof(*f->window));
	f->windowed = xcalloc(size, sizeof(*f->windowed));
	f->power = xcalloc(size / 2 + 1, sizeof(*f->power));
	f->bins = xcalloc(size / 2 + 1, sizeof(*f->bins));
	f->plan = fftwf_plan_dft_r2c_1d((int)size, f->windowed, f->bins,
	    FFTW_ESTIMATE);
	for (size_t i = 0; i < size; i++) {
		double turn = 2 * M_PI * (double)i / (double)size;

		/* Hann's mean is 1/2, a sine's energy is in two bins. */
		f->window[i] = (float)((1 - cos(turn)) * 2 / (double)size);
	}
	return f;
}

static void transform(struct frames *f)
{
	for (size_t i = 0; i < f->size; i++)
		f->windowed[i] = f->line[i] * f->window[i];
	fftwf_execute(f->plan);
	for (size_t i = 0; i <= f->size / 2; i++) {
		float re = crealf(f->bins[i]), im = cimagf(f->bins[i]);

		f->power[i] = re * re + im * im;
	}
}

void frames_feed(struct frames *f, const float *samples, size_t n,
    void (*each)(void *arg, const float *power), void *arg)
{
	while (n > 0) {
		size_t room = f->size - f->filled;
		size_t take = room < n ? room : n;

		memcpy(f->line + f->filled, samples, take * sizeof(*samples));
		f->filled += take;
		samples += take;
		n -= take;
		if (f->filled < f->size)
			return;
		transform(f);
		each(arg, f->power);
		f->filled -= f->hop;
		memmove(f->line, f->line + f->hop,
		    f->filled * sizeof(*f->line));
	}
}

void frames_free(struct frames *f)
{
	if (f == NULL)
		return;
	fftwf_destroy_plan(f->plan);
	free(f->line);
	free(f->window);
	free(f->windowed);
	free(f->power);
	free(f->bins);
	free(f);
}
