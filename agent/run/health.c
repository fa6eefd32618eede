/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * health: counts problem files, and where tags disagree with the analysis.
 * publish.c calls it for each file.
 */
#include "run/context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A tempo that is further off disagrees, also by an octave: the user chose the
 * octave. Energies one step apart may be rounded differently. */
#define SAME_TEMPO 0.01
#define SAME_ENERGY 1

static void compare(struct health *h, enum tagged t, bool differ)
{
	h->tagged[t]++;
	h->disagree[t] += differ;
}

static void compare_tags(struct health *h, const struct tags *t,
    const struct analysis *a)
{
	char key[12], camelot[4];

	/* The analysis was taken from tags. */
	if (a->bpm_confidence >= 1)
		return;
	if (t->bpm > 0 && a->bpm > 0)
		compare(h, TAGGED_TEMPO,
		    fabs(t->bpm - a->bpm) > SAME_TEMPO * t->bpm);
	if (t->key != NULL && a->camelot[0] != '\0' &&
	    key_parse(t->key, key, camelot) == 0)
		compare(h, TAGGED_KEY, strcmp(camelot, a->camelot) != 0);
	if (t->energy > 0 && a->energy > 0)
		compare(h, TAGGED_ENERGY,
		    abs(t->energy - a->energy) > SAME_ENERGY);
}

void count_health(struct run_context *run_context, const struct file *f,
    const struct analysis_record *r)
{
	struct health *h = &run_context->sum->health;

	if (f->reason != REASON_NONE || r->reason != REASON_NONE)
		h->problems[f->reason != REASON_NONE ? f->reason : r->reason]++;
	if (!r->analyzed)
		return;
	h->outdated += analyzer_is_older(r->version);
	compare_tags(h, &f->media.tags, &r->analysis);
}
