/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/fingerprint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"

#define MAX_SHIFT 80		/* numbers: 10 s of another beginning */
#define MIN_OVERLAP 60		/* numbers: 7 s, or it says nothing */
#define UPPER_BITS 14
#define MIN_AGREEING 0.02	/* of the different ones, at the best shift */
#define SAME 0.7		/* likeness from which it is one recording */
#define SLACK_S 4.0		/* lengths further apart are never one */

void fingerprint_free(struct fingerprint *f)
{
	free(f->items);
	free(f->code);
	memset(f, 0, sizeof(*f));
}

void fingerprint_copy(struct fingerprint *to, const struct fingerprint *from)
{
	*to = *from;
	to->code = xstrdup(from->code);
	to->items = NULL;
	if (from->count == 0)
		return;
	to->items = xcalloc(from->count, sizeof(*to->items));
	memcpy(to->items, from->items, from->count * sizeof(*to->items));
}

/* ---- as text: eight hex digits a number, most significant first ---- */

void fingerprint_to_json(const struct fingerprint *f, struct json_writer *w,
    const char *key)
{
	uint8_t *bytes;
	char *hex;

	if (f->count == 0)
		return;
	bytes = xmalloc(4 * f->count);
	hex = xmalloc(8 * f->count + 1);
	for (size_t i = 0; i < 4 * f->count; i++)
		bytes[i] = (uint8_t)(f->items[i / 4] >> (24 - 8 * (i % 4)));
	hex_encode(bytes, 4 * f->count, hex);
	json_open_object(w, key);
	json_put_double(w, "duration", f->duration, 3);
	json_put_string(w, "items", hex);
	json_put_string_if(w, "code", f->code);
	json_close(w);
	free(hex);
	free(bytes);
}

void fingerprint_from_json(struct fingerprint *f, const struct json *v)
{
	const char *hex = json_get_string(v, "items");
	size_t count = hex != NULL ? strlen(hex) / 8 : 0;
	uint8_t bytes[4 * FINGERPRINT_MAX];

	memset(f, 0, sizeof(*f));
	if (count == 0 || count > FINGERPRINT_MAX ||
	    hex_decode(hex, bytes, 4 * count) != 0)
		return;
	f->duration = json_get_double(v, "duration", 0);
	if (!(f->duration >= 0 && f->duration < 1e9))
		f->duration = 0;
	f->code = xstrdup(json_get_string(v, "code"));
	f->count = count;
	f->items = xcalloc(count, sizeof(*f->items));
	for (size_t i = 0; i < 4 * count; i++)
		f->items[i / 4] = f->items[i / 4] << 8 | bytes[i];
}

/* ---- comparing ---- */

/* Where in a fingerprint each value of the upper bits stands last. */
struct places {
	uint16_t at[1 << UPPER_BITS];	/* position + 1; 0: nowhere */
	size_t different;		/* values that stand anywhere */
};

static void find_places(const struct fingerprint *f, struct places *p)
{
	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < f->count; i++) {
		uint16_t *at = &p->at[f->items[i] >> (32 - UPPER_BITS)];

		p->different += *at == 0;
		*at = (uint16_t)(i + 1);
	}
}

/* By how much b is late against a, so that most agrees; how much in *top. */
static int best_shift(const struct places *a, const struct places *b,
    size_t *top)
{
	size_t agreeing[2 * MAX_SHIFT + 1] = { 0 };
	int best = 0;

	*top = 0;
	for (size_t v = 0; v < sizeof(a->at) / sizeof(*a->at); v++) {
		int shift = b->at[v] - a->at[v];

		if (a->at[v] == 0 || b->at[v] == 0 ||
		    shift < -MAX_SHIFT || shift > MAX_SHIFT)
			continue;
		if (++agreeing[shift + MAX_SHIFT] > *top) {
			*top = agreeing[shift + MAX_SHIFT];
			best = shift;
		}
	}
	return best;
}

/* The share of bits that agree, on a scale where chance is 0. */
static double agreement(const struct fingerprint *a,
    const struct fingerprint *b, int shift, size_t *overlap)
{
	size_t i = shift < 0 ? (size_t)-shift : 0;
	size_t j = shift > 0 ? (size_t)shift : 0;
	int wrong = 0;

	for (*overlap = 0; i < a->count && j < b->count; i++, j++) {
		wrong += __builtin_popcount(a->items[i] ^ b->items[j]);
		++*overlap;
	}
	if (*overlap < MIN_OVERLAP)
		return 0;
	return fmax(1 - 2 * (double)wrong / (32 * (double)*overlap), 0);
}

double fingerprint_likeness(const struct fingerprint *a,
    const struct fingerprint *b)
{
	struct places in_a, in_b;
	size_t top, overlap, different;
	double likeness, variety;
	int shift;

	if (a->count < MIN_OVERLAP || b->count < MIN_OVERLAP ||
	    a->count > FINGERPRINT_MAX || b->count > FINGERPRINT_MAX)
		return 0;
	find_places(a, &in_a);
	find_places(b, &in_b);
	shift = best_shift(&in_a, &in_b, &top);
	different = in_a.different < in_b.different ? in_a.different :
	    in_b.different;
	if ((double)top < MIN_AGREEING * (double)different)
		return 0;
	likeness = agreement(a, b, shift, &overlap);
	variety = overlap == 0 ? 0 : (double)(different + 10) /
	    (double)overlap + 0.5;
	return variety < 1 ? pow(likeness, 8 - 7 * variety) : likeness;
}

bool fingerprint_same(const struct fingerprint *a,
    const struct fingerprint *b)
{
	return a->duration > 0 && b->duration > 0 &&
	    fabs(a->duration - b->duration) <= SLACK_S &&
	    fingerprint_likeness(a, b) >= SAME;
}
