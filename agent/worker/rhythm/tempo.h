/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tempo: how many beats a minute, from an onset envelope.
 */
#ifndef WORKER_RHYTHM_TEMPO_H
#define WORKER_RHYTHM_TEMPO_H

#include <stdbool.h>

struct onset_envelope;

struct tempo {
	double bpm;		/* 0: there is no beat, or none that is sure */
	double confidence;	/* 0..1 */
	bool constant;		/* one tempo and one grid hold throughout */
};

/* Only a tempo that holds throughout is found here; for others see meter.h. */
void tempo_find(const struct onset_envelope *e, struct tempo *t);

#endif
