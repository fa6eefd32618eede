/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * edges: what is at the two ends of a recording, before the music as it is in
 * its midst begins and after it has ended: silence, and next to that sound
 * that lacks its bass, as an announcement or a card does. So do quiet intros:
 * this alone proves nothing.
 */
#ifndef WORKER_LOUDNESS_SILENCE_H
#define WORKER_LOUDNESS_SILENCE_H

struct analysis;
struct onset_envelope;

/* Fills silence and idle of a, whose duration is known. */
void silence_find(const struct onset_envelope *e, struct analysis *a);

#endif
