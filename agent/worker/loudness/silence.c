/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/loudness/silence.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "worker/rhythm/onset.h"
#include "base/mem.h"
#include "types/media.h"

#define BLOCK_S 0.5
#define SILENT_DB (-65.0)	/* in every band */
#define BASS_DROP_DB 12.0	/* less bass than in the middle: no music */
#define CHECKED_BLOCKS 4	/* music begins where of so many blocks ... */
#define MUSIC_BLOCKS 3		/* ... so many have bass */
#define MIN_BLOCKS 16

/* Mean levels of a stretch, in dB. */
struct block {
	double bass;
	double loudest;		/* of all bands */
};

struct blocks {
	struct block *items;
	size_t count;
	double bass;		/* median of the middle half */
};

static struct block measure(const struct onset_envelope *e, size_t from,
    size_t to)
{
	struct block b = { .loudest = LEVEL_FLOOR };

	for (int band = 0; band < LEVEL_BANDS; band++) {
		double sum = 0, mean;

		for (size_t i = from; i < to; i++)
			sum += e->levels[i][band];
		mean = sum / (double)(to - from) / LEVEL_STEPS + LEVEL_FLOOR;
		b.loudest = fmax(b.loudest, mean);
		if (band == 0)
			b.bass = mean;
	}
	return b;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Of the middle half, without intro and outro. */
static double median_bass(const struct blocks *b)
{
	size_t from = b->count / 4, n = b->count / 2;
	double *bass = xcalloc(n, sizeof(*bass)), median;

	for (size_t i = 0; i < n; i++)
		bass[i] = b->items[from + i].bass;
	qsort(bass, n, sizeof(*bass), by_value);
	median = bass[n / 2];
	free(bass);
	return median;
}

/* The i-th block from one end. */
static const struct block *block_at(const struct blocks *b, int end, size_t i)
{
	return &b->items[end == 0 ? i : b->count - 1 - i];
}

static bool is_music(const struct blocks *b, const struct block *x)
{
	return x->bass >= b->bass - BASS_DROP_DB;
}

/* Whether the music starts at block i from that end. */
static bool music_continues(const struct blocks *b, int end, size_t i)
{
	int n = 0;

	for (size_t k = i; k < i + CHECKED_BLOCKS && k < b->count; k++)
		n += is_music(b, block_at(b, end, k));
	return n >= MUSIC_BLOCKS && is_music(b, block_at(b, end, i));
}

void silence_find(const struct onset_envelope *e, struct analysis *a)
{
	size_t size = (size_t)(BLOCK_S * e->rate);
	struct blocks b = { .count = size > 0 ? e->len / size : 0 };

	if (b.count < MIN_BLOCKS)
		return;
	b.items = xcalloc(b.count, sizeof(*b.items));
	for (size_t i = 0; i < b.count; i++)
		b.items[i] = measure(e, i * size, (i + 1) * size);
	b.bass = median_bass(&b);
	for (int end = 0; end < 2; end++) {
		size_t silent = 0, start;

		while (silent < b.count &&
		    block_at(&b, end, silent)->loudest < SILENT_DB)
			silent++;
		start = silent;
		while (start < b.count && !music_continues(&b, end, start))
			start++;
		a->silence[end] = (double)silent * BLOCK_S;
		a->non_music[end] = start == b.count ? 0 :
		    (double)(start - silent) * BLOCK_S;
	}
	free(b.items);
}
