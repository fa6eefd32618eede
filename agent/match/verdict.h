/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verdict: is this offer the recording? Gates, in this order: title, artist,
 * version, what else its name says, length. What passes them all gets a score
 * by which the best of several is known; what does not says why.
 */
#ifndef MATCH_VERDICT_H
#define MATCH_VERDICT_H

#include "base/outcome.h"
#include "match/reading.h"

/* How far an offer came. */
enum gate {
	GATE_TITLE, GATE_ARTIST, GATE_VERSION, GATE_NAME, GATE_LENGTH,
	GATE_PASSED
};

struct verdict {
	enum gate stopped;	/* GATE_PASSED: it is the recording */
	double score;		/* 0.5..1 if it passed, else below */
	double apart;		/* seconds; -1: unknown */
	struct error error;		/* the reasons, for people */
};

#define ACCEPTED 0.5
/* The score of a rejected offer that is worth naming to a person: it has the
 * title, or more than half of its words. */
#define NEAR 0.05

void verdict_of(struct verdict *v, const struct subject *s,
    const struct offer *o);

#endif
