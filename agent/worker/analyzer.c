/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/analyzer.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/loudness/cutoff.h"
#include "worker/harmony/chroma.h"
#include "worker/loudness/silence.h"
#include "worker/decode/decimate.h"
#include "worker/harmony/key.h"
#include "worker/loudness/loudness.h"
#include "worker/rhythm/meter.h"
#include "worker/rhythm/onset.h"
#include "worker/structure/structure.h"
#include "worker/rhythm/tempo.h"
#include "base/mem.h"
#include "types/media.h"

#define BLOCK CUTOFF_FRAMES	/* frames processed at once */
#define CUTOFF_INTERVAL 10	/* blocks: about a second */
#define MAX_RATE 384000
#define MAX_ONSET_RATE 30000	/* at most */
#define MAX_KEY_RATE 15000

/* Input is collected into blocks of one size, so that the result is the same
 * to the bit however the caller cuts its calls. */
struct analyzer {
	int rate, channels;
	uint64_t frames;
	size_t filled;		/* frames in block */
	float *block;		/* interleaved, clamped */
	float mono[BLOCK];
	struct decimator *to_onsets, *to_key;	/* one after the other */
	struct onsets *onsets;
	struct chroma *chroma;
	struct loudness *loudness;
	struct cutoff *cutoff;
	size_t blocks;
};

struct analyzer *analyzer_new(int rate, int channels)
{
	int to_onsets, to_key;
	struct analyzer *l;

	if (rate < 4000 || rate > MAX_RATE || channels < 1 || channels > 16)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->rate = rate;
	l->channels = channels;
	l->block = xcalloc(BLOCK * (size_t)channels, sizeof(*l->block));
	to_onsets = decimator_stages(rate, MAX_ONSET_RATE);
	to_key = decimator_stages(rate, MAX_KEY_RATE);
	l->to_onsets = decimator_new(to_onsets, BLOCK);
	l->to_key = decimator_new(to_key - to_onsets, BLOCK >> to_onsets);
	l->onsets = onsets_new(ldexp(rate, -to_onsets));
	l->chroma = chroma_new(ldexp(rate, -to_key));
	l->loudness = loudness_new(rate, channels);
	l->cutoff = cutoff_new(rate);
	return l;
}

/* Loudness is measured at the full rate, onsets and chroma each at the first
 * halved rate that is low enough for them. */
static void process_block(struct analyzer *l)
{
	size_t n = l->filled;

	l->frames += n;
	l->filled = 0;
	loudness_feed(l->loudness, l->block, n);
	mix_down(l->block, l->mono, n, (size_t)l->channels);
	if (n == BLOCK && l->blocks++ % CUTOFF_INTERVAL == 0)
		cutoff_process(l->cutoff, l->mono);
	n = decimator_run(l->to_onsets, l->mono, n);
	onsets_feed(l->onsets, l->mono, n);
	n = decimator_run(l->to_key, l->mono, n);
	chroma_feed(l->chroma, l->mono, n);
}

/* Lossy decoders overshoot full scale, and a hostile file may hold any value:
 * NaN becomes 0. */
void analyzer_feed(struct analyzer *l, const float *samples, size_t frames)
{
	size_t channels = (size_t)l->channels;

	while (frames > 0) {
		size_t room = BLOCK - l->filled;
		size_t take = room < frames ? room : frames;
		float *to = l->block + l->filled * channels;

		for (size_t i = 0; i < take * channels; i++) {
			float x = samples[i];

			x = x == x ? x : 0;
			x = x > 1 ? 1 : x;
			to[i] = x < -1 ? -1 : x;
		}
		l->filled += take;
		samples += take * channels;
		frames -= take;
		if (l->filled == BLOCK)
			process_block(l);
	}
}

/* Tempo and beats, the structure built on them, and the key, which is
 * weighted by the structure. */
static void analyze_series(const struct onset_envelope *e,
    const struct chroma_series *s, struct analysis *a)
{
	struct tempo tempo;
	struct meter meter;
	struct key key;
	bool found;

	tempo_find(e, &tempo);
	found = meter_find(e, s, &tempo, &meter);
	a->bpm = tempo.bpm;
	a->bpm_confidence = tempo.confidence;
	a->constant = tempo.constant;
	if (found)
		meter_write(&meter, a);
	structure_find(e, found ? &meter : NULL, a);
	key_find(s, found ? &meter : NULL, &a->structure, &key);
	if (key.known) {
		key_name(key.tonic, key.minor, a->key, a->camelot);
		a->key_confidence = key.confidence;
	}
	meter_free(&meter);
}

void analyzer_end(struct analyzer *l, struct analysis *a)
{
	struct onset_envelope onsets;
	struct chroma_series chroma;

	if (l->filled > 0)
		process_block(l);
	memset(a, 0, sizeof(*a));
	a->duration = (double)l->frames / l->rate;
	a->cutoff = cutoff_end(l->cutoff);
	a->energy = loudness_energy(l->loudness);
	a->has_loudness = loudness_integrated(l->loudness, &a->loudness);
	onsets_end(l->onsets, &onsets);
	chroma_end(l->chroma, &chroma);
	analyze_series(&onsets, &chroma, a);
	silence_find(&onsets, a);
	onset_envelope_free(&onsets);
	chroma_series_free(&chroma);
	decimator_free(l->to_onsets);
	decimator_free(l->to_key);
	loudness_free(l->loudness);
	free(l->block);
	free(l);
}
