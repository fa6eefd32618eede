/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tempo: the constant tempo of an onset envelope, if it has one.
 */
#ifndef WORKER_RHYTHM_TEMPO_H
#define WORKER_RHYTHM_TEMPO_H

#include <stdbool.h>

struct onset_envelope;

struct tempo {
	double bpm;		/* 0: unknown */
	double confidence;	/* 0..1 */
	bool constant;		/* one tempo and one grid throughout */
};

/* Finds only a constant tempo; for changing ones see meter.h. */
void tempo_find(const struct onset_envelope *e, struct tempo *t);
/* How usual a tapped tempo is, 0..1: a Gaussian on a logarithmic scale
 * (Moelants 2002; Ellis 2007), centred on dance music. spread: octaves. */
double tempo_prior(double bpm, double spread);

#endif
