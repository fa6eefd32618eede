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

#define BLOCK CEILING_FRAMES	/* frames that are worked on at once */
#define LOOKS_APART 10		/* blocks: a second */
#define MOST_RATE 384000
#define MOST_HALVINGS 5		/* 384 kHz to 12 kHz */
#define ONSET_RATE 30000	/* at most */
#define KEY_RATE 15000

/* What is fed is cut into blocks of one size first: the result is the same to
 * the bit however the caller's pieces fall. */
struct analyzer {
	int rate, channels;
	uint64_t frames;
	size_t in_library;		/* frames in block */
	float *block;		/* interleaved, clamped */
	float mono[BLOCK];
	struct decimator *halvers[MOST_HALVINGS];
	int onset_halvings, key_halvings;
	struct onsets *onsets;
	struct chroma *chroma;
	struct loudness *loudness;
	struct ceiling *ceiling;
	size_t blocks;
};

static int halvings(int rate, int most)
{
	int n = 0;

	while ((rate >> n) > most)
		n++;
	return n;
}

struct analyzer *analyzer_new(int rate, int channels)
{
	struct analyzer *l;

	if (rate < 4000 || rate > MOST_RATE || channels < 1 || channels > 16)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->rate = rate;
	l->channels = channels;
	l->block = xcalloc(BLOCK * (size_t)channels, sizeof(*l->block));
	l->onset_halvings = halvings(rate, ONSET_RATE);
	l->key_halvings = halvings(rate, KEY_RATE);
	for (int i = 0; i < l->key_halvings; i++)
		l->halvers[i] = decimator_new((size_t)BLOCK >> i);
	l->onsets = onsets_new(ldexp(rate, -l->onset_halvings));
	l->chroma = chroma_new(ldexp(rate, -l->key_halvings));
	l->loudness = loudness_new(rate, channels);
	l->ceiling = cutoff_new(rate);
	return l;
}

/* The mean of all channels; written so that one channel costs nothing. */
static void mix_down(struct analyzer *l, size_t frames)
{
	size_t channels = (size_t)l->channels;
	float share = 1 / (float)channels;
	const float *in = l->block;

	for (size_t i = 0; i < frames; i++, in += channels) {
		float sum = in[0];

		for (size_t c = 1; c < channels; c++)
			sum += in[c];
		l->mono[i] = sum * share;
	}
}

/* Works on the block: loudness at the full rate, onsets and key each at the
 * first rate that is low enough for it. */
static void process_block(struct analyzer *l)
{
	size_t n = l->in_library;

	l->frames += n;
	l->in_library = 0;
	loudness_feed(l->loudness, l->block, n);
	mix_down(l, n);
	if (n == BLOCK && l->blocks++ % LOOKS_APART == 0)
		cutoff_process(l->ceiling, l->mono);
	for (int i = 0;; i++) {
		if (i == l->onset_halvings)
			onsets_feed(l->onsets, l->mono, n);
		if (i == l->key_halvings)
			break;
		n = decimator_run(l->halvers[i], l->mono, n);
	}
	chroma_feed(l->chroma, l->mono, n);
}

/* Decoders of lossy formats overshoot full scale, and a hostile file holds
 * anything: NaN becomes 0. */
static void copy_clamped(float *to, const float *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float x = from[i];

		x = x == x ? x : 0;
		x = x > 1 ? 1 : x;
		to[i] = x < -1 ? -1 : x;
	}
}

void analyzer_feed(struct analyzer *l, const float *samples, size_t frames)
{
	size_t channels = (size_t)l->channels;

	while (frames > 0) {
		size_t take = BLOCK - l->in_library < frames ? BLOCK - l->in_library
						       : frames;

		copy_clamped(l->block + l->in_library * channels, samples,
		    take * channels);
		l->in_library += take;
		samples += take * channels;
		frames -= take;
		if (l->in_library == BLOCK)
			process_block(l);
	}
}

static void tell_key(const struct chroma_series *s, const struct meter *m,
    struct analysis *a)
{
	struct key key;

	key_find(s, m, &a->structure, &key);
	if (!key.known)
		return;
	key_name(key.tonic, key.minor, a->key, a->camelot);
	a->key_confidence = key.confidence;
}

/* Tempo and beats, what is built of them, and the key, which that tells. */
static void tell(const struct onset_envelope *e, const struct chroma_series *s,
    struct analysis *a)
{
	struct tempo tempo;
	struct meter meter;
	bool found;

	tempo_find(e, &tempo);
	found = meter_find(e, s, &tempo, &meter);
	a->bpm = tempo.bpm;
	a->bpm_confidence = tempo.confidence;
	a->constant = tempo.constant;
	if (found)
		meter_write(&meter, a);
	structure_find(e, found ? &meter : NULL, a);
	tell_key(s, found ? &meter : NULL, a);
	meter_free(&meter);
}

void analyzer_end(struct analyzer *l, struct analysis *a)
{
	struct onset_envelope onsets;
	struct chroma_series chroma;

	if (l->in_library > 0)
		process_block(l);
	memset(a, 0, sizeof(*a));
	a->duration = (double)l->frames / l->rate;
	a->ceiling = cutoff_end(l->ceiling);
	a->energy = loudness_energy(l->loudness);
	a->has_loudness = loudness_integrated(l->loudness, &a->loudness);
	onsets_end(l->onsets, &onsets);
	chroma_end(l->chroma, &chroma);
	tell(&onsets, &chroma, a);
	silence_find(&onsets, a);
	onset_envelope_free(&onsets);
	chroma_series_free(&chroma);
	l->onsets = NULL;
	l->chroma = NULL;
	l->ceiling = NULL;
	analyzer_free(l);
}

void analyzer_free(struct analyzer *l)
{
	if (l == NULL)
		return;
	for (int i = 0; i < MOST_HALVINGS; i++)
		decimator_free(l->halvers[i]);
	onsets_free(l->onsets);
	chroma_free(l->chroma);
	loudness_free(l->loudness);
	cutoff_end(l->ceiling);
	free(l->block);
	free(l);
}
