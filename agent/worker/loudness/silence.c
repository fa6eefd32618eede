/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/loudness/silence.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "worker/numeric.h"
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

/* Measures silence at one end of the recording, and from there on blocks before
 * the music, which has bass. */
static void measure_end(const struct block *blocks, size_t count, double bass,
    int end, struct analysis *a)
{
	size_t silent = 0, start;

#define AT(i) (&blocks[end == 0 ? (i) : count - 1 - (i)])
	while (silent < count && AT(silent)->loudest < SILENT_DB)
		silent++;
	for (start = silent; start < count; start++) {
		int music = 0;

		for (size_t i = start; i < start + CHECKED_BLOCKS && i < count;
		     i++)
			music += AT(i)->bass >= bass;
		if (music >= MUSIC_BLOCKS && AT(start)->bass >= bass)
			break;
	}
#undef AT
	a->silence[end] = (double)silent * BLOCK_S;
	a->non_music[end] = start == count ? 0 :
	    (double)(start - silent) * BLOCK_S;
}

void silence_find(const struct onset_envelope *e, struct analysis *a)
{
	size_t size = (size_t)(BLOCK_S * e->rate);
	size_t count = size > 0 ? e->len / size : 0, middle = count / 2;
	struct block *blocks;
	double *bass;

	if (count < MIN_BLOCKS)
		return;
	blocks = xcalloc(count, sizeof(*blocks));
	for (size_t i = 0; i < count; i++)
		blocks[i] = measure(e, i * size, (i + 1) * size);
	/* The median of the middle half, without intro and outro. */
	bass = xcalloc(middle, sizeof(*bass));
	for (size_t i = 0; i < middle; i++)
		bass[i] = blocks[count / 4 + i].bass;
	sort_values(bass, middle);
	for (int end = 0; end < 2; end++)
		measure_end(blocks, count, bass[middle / 2] - BASS_DROP_DB,
		    end, a);
	free(bass);
	free(blocks);
}
