/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/fingerprinter.h"

#include <chromaprint.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/decode/decimate.h"
#include "base/mem.h"
#include "types/fingerprint.h"

#define BLOCK 4096		/* frames processed at once */
/* A rate is halved to this or less, and so never below Chromaprint's own 11025
 * Hz; it analyzes up to 3.5 kHz. */
#define MAX_RATE (2 * 11025 - 1)

/* Chromaprint is fed one channel, decimated as far as possible, because its
 * own resampler is slower. */
struct fingerprinter {
	ChromaprintContext *context;
	size_t channels;
	size_t left;		/* frames that are still wanted */
	struct decimator *decimator;
	float mono[BLOCK];
	int16_t block[BLOCK];
};

static void fingerprinter_free(struct fingerprinter *p)
{
	if (p->context != NULL)
		chromaprint_free(p->context);
	decimator_free(p->decimator);
	free(p);
}

struct fingerprinter *fingerprinter_new(int rate, int channels)
{
	struct fingerprinter *p = xcalloc(1, sizeof(*p));
	int stages = decimator_stages(rate, MAX_RATE);

	p->channels = (size_t)channels;
	p->left = (size_t)rate * FINGERPRINT_SECONDS;
	p->decimator = decimator_new(stages, BLOCK);
	p->context = chromaprint_new(CHROMAPRINT_ALGORITHM_DEFAULT);
	if (p->context != NULL &&
	    chromaprint_start(p->context, rate >> stages, 1))
		return p;
	fingerprinter_free(p);
	return NULL;
}

void fingerprinter_feed(struct fingerprinter *p, const float *samples,
    size_t frames)
{
	frames = frames < p->left ? frames : p->left;
	p->left -= frames;
	while (frames > 0) {
		size_t take = frames < BLOCK ? frames : BLOCK, n;

		mix_down(samples, p->mono, take, p->channels);
		n = decimator_run(p->decimator, p->mono, take);
		for (size_t i = 0; i < n; i++) {
			float x = p->mono[i] == p->mono[i] ? p->mono[i] : 0;

			x = x > 1 ? 1 : x < -1 ? -1 : x;
			p->block[i] = (int16_t)lrintf(x * 32767);
		}
		chromaprint_feed(p->context, p->block, (int)n);
		samples += take * p->channels;
		frames -= take;
	}
}

void fingerprinter_end(struct fingerprinter *p, struct fingerprint *out)
{
	uint32_t *items;
	char *code;
	int count;

	memset(out, 0, sizeof(*out));
	if (p == NULL)
		return;
	if (chromaprint_finish(p->context) &&
	    chromaprint_get_raw_fingerprint(p->context, &items, &count)) {
		if (count > 0 && count <= FINGERPRINT_MAX) {
			out->count = (size_t)count;
			out->items = xcalloc(out->count, sizeof(*items));
			memcpy(out->items, items, out->count * sizeof(*items));
		}
		chromaprint_dealloc(items);
	}
	if (out->count > 0 && chromaprint_get_fingerprint(p->context, &code)) {
		out->code = xstrdup(code);
		chromaprint_dealloc(code);
	}
	fingerprinter_free(p);
}
