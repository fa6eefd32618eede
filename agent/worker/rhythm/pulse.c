/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/pulse.h"

#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "worker/numeric.h"
#include "worker/rhythm/onset.h"
#include "base/mem.h"

#define HARMONICS 3		/* the beat, its half and its quarter */
#define LANES 4			/* values processed at once */
#define OTHER_TEMPOS 61		/* tempos to compare with */
#define RELATED 0.05		/* by the logarithm of their ratio */
#define ELSEWHERE 1.2		/* times as much of another tempo */
#define SCAN 8			/* steps to either side */

/* The sums over one block. The phase continues from block to block, so that the
 * sum over two blocks is the sum of theirs. */
struct block {
	double complex at[HARMONICS];
};

/* Phasors of LANES consecutive values. They are independent of each other and
 * loops over them have a constant length, so that compilers vectorize them. */
struct phasors {
	double re[LANES], im[LANES];
};

static struct phasors phasors_at(double turn, double first, double step)
{
	struct phasors p;

	for (int l = 0; l < LANES; l++) {
		p.re[l] = cos(turn * (first + step * l));
		p.im[l] = -sin(turn * (first + step * l));
	}
	return p;
}

/* One phasor gives all harmonics: squaring it doubles the frequency. */
static void add_lanes(const float *o, struct phasors *now,
    const struct phasors *step, struct phasors sums[HARMONICS])
{
	struct phasors turned = *now;

	for (int h = 0; h < HARMONICS; h++) {
		for (int l = 0; l < LANES; l++) {
			double re = turned.re[l], im = turned.im[l];

			sums[h].re[l] += (double)o[l] * re;
			sums[h].im[l] += (double)o[l] * im;
			turned.re[l] = re * re - im * im;
			turned.im[l] = 2 * re * im;
		}
	}
	for (int l = 0; l < LANES; l++) {
		double re = now->re[l], im = now->im[l];

		now->re[l] = re * step->re[l] - im * step->im[l];
		now->im[l] = re * step->im[l] + im * step->re[l];
	}
}

static void sum_block(const float *o, size_t from, size_t to, double turn,
    struct block *b)
{
	struct phasors now = phasors_at(turn, (double)from, 1);
	struct phasors step = phasors_at(turn, LANES, 0);
	struct phasors sums[HARMONICS] = { 0 };
	float rest[LANES] = { 0 };
	size_t i = from;

	for (; i + LANES <= to; i += LANES)
		add_lanes(o + i, &now, &step, sums);
	memcpy(rest, o + i, (to - i) * sizeof(*rest));
	add_lanes(rest, &now, &step, sums);
	for (int h = 0; h < HARMONICS; h++) {
		b->at[h] = 0;
		for (int l = 0; l < LANES; l++)
			b->at[h] += sums[h].re[l] + I * sums[h].im[l];
	}
}

/* The sum over the blocks, coherent within groups of that many. */
static double total(const struct block *blocks, size_t n, size_t group)
{
	double all = 0;

	for (size_t b = 0; b < n; b += group) {
		for (int h = 0; h < HARMONICS; h++) {
			double complex sum = 0;

			for (size_t i = b; i < n && i < b + group; i++)
				sum += blocks[i].at[h];
			all += cabs(sum);
		}
	}
	return all;
}

/* The number of blocks, at least one; a shorter rest is part of the last. */
static size_t count_blocks(const struct onset_envelope *e)
{
	size_t n = (size_t)((double)e->len / (e->rate * PULSE_BLOCK));

	return n > 0 ? n : 1;
}

/* Fills n blocks and returns their total. */
static double sum_blocks(const struct onset_envelope *e, double hz,
    struct block *blocks, size_t n, size_t group)
{
	double turn = 2 * M_PI * hz / e->rate;

	for (size_t b = 0; b < n; b++)
		sum_block(e->sum, e->len * b / n, e->len * (b + 1) / n, turn,
		    &blocks[b]);
	return total(blocks, n, group);
}

/* The best of a few frequencies around hz, in steps of a sixteenth of the
 * resolution of a group of blocks. */
static double scan(const struct onset_envelope *e, double hz,
    struct block *blocks, size_t n, size_t group)
{
	double length = (double)e->len / e->rate;
	double step = (double)n / ((double)group * length * 2 * SCAN);
	double score[2 * SCAN + 1];
	int best = 0;

	for (int i = 0; i <= 2 * SCAN; i++) {
		score[i] = sum_blocks(e, hz + (i - SCAN) * step, blocks, n,
		    group);
		if (score[i] > score[best])
			best = i;
	}
	hz += (best - SCAN) * step;
	if (best > 0 && best < 2 * SCAN)
		hz += step * peak_offset(score[best] - score[best - 1],
		    score[best] - score[best + 1]);
	return hz;
}

/* Starts with single blocks, short enough that the first estimate is within
 * their resolution, and doubles the group: each step narrows the search. */
double pulse_sharpen(const struct onset_envelope *e, double hz)
{
	size_t n = count_blocks(e), group = 1;
	struct block *blocks = xcalloc(n, sizeof(*blocks));

	for (;;) {
		hz = scan(e, hz, blocks, n, group);
		if (group >= n)
			break;
		group *= 2;
	}
	free(blocks);
	return hz;
}

double pulse_presence(const struct onset_envelope *e, double hz)
{
	size_t n = count_blocks(e);
	struct block *blocks = xcalloc(n, sizeof(*blocks));
	double sum = sum_blocks(e, hz, blocks, n, 1);

	free(blocks);
	return sum;
}

/* Whether the ratio of two tempos is a simple one, so that they share beats. */
static bool is_related(double a, double b)
{
	static const double ratios[] = { 1, 4 / 3.0, 1.5, 2, 8 / 3.0, 3, 4 };
	double ratio = a > b ? a / b : b / a;

	for (size_t i = 0; i < sizeof(ratios) / sizeof(*ratios); i++) {
		if (fabs(log(ratio / ratios[i])) < RELATED)
			return true;
	}
	return false;
}

double pulse_clarity(const struct onset_envelope *e, double hz,
    double *coherence, double *elsewhere)
{
	size_t n = count_blocks(e);
	struct block *here = xcalloc(2 * n, sizeof(*here)), *there = here + n;
	/* the strongest unrelated tempo in each block */
	double others[OTHER_TEMPOS], *most = xcalloc(n, sizeof(*most));
	double sum = sum_blocks(e, hz, here, n, 1);

	for (int i = 0; i < OTHER_TEMPOS; i++) {
		/* over two octaves */
		double other = 0.8 * exp2(2.0 * i / OTHER_TEMPOS);

		others[i] = sum_blocks(e, other, there, n, 1);
		for (size_t b = 0; b < n && !is_related(hz, other); b++)
			most[b] = fmax(most[b], total(&there[b], 1, 1));
	}
	sort_values(others, OTHER_TEMPOS);
	*coherence = sum > 0 ? total(here, n, n) / sum : 0;
	*elsewhere = 0;
	for (size_t b = 0; b < n; b++)
		*elsewhere += most[b] > ELSEWHERE * total(&here[b], 1, 1);
	*elsewhere /= (double)n;
	free(most);
	free(here);
	return sum / fmax(others[OTHER_TEMPOS / 2], 1e-9);
}
