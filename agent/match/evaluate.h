/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evaluate: compares one offer with a track in a series of gates: title,
 * artist, version, unexplained words, length. An offer that passes all gets a
 * score for choosing among several; the others get the reason of their
 * rejection.
 */
#ifndef MATCH_EVALUATE_H
#define MATCH_EVALUATE_H

#include "base/outcome.h"
#include "match/reading.h"

/* Where an offer was rejected, in order. */
enum gate {
	GATE_TITLE, GATE_ARTIST, GATE_VERSION, GATE_WORDS, GATE_LENGTH,
	GATE_PASSED
};

struct evaluation {
	enum gate gate;		/* GATE_PASSED: it is the recording */
	double score;		/* 0.5..1 if it passed, else below */
	double difference;	/* of lengths in seconds; -1: unknown */
	struct error error;	/* the reasons, for people */
};

#define ACCEPTED 0.5
/* Rejected offers with a higher score are worth reporting: they have the title,
 * or more than half of its words. */
#define NEAR 0.05

void evaluate_offer(struct evaluation *v, const struct subject *s,
    const struct offer *o);

#endif
