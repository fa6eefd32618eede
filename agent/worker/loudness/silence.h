/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * silence: silence at both ends of a recording, and next to it sound without
 * the bass of the music, as announcements and title cards have. Quiet intros
 * lack bass as well: this alone proves nothing.
 */
#ifndef WORKER_LOUDNESS_SILENCE_H
#define WORKER_LOUDNESS_SILENCE_H

struct analysis;
struct onset_envelope;

/* Fills silence and non_music of a, whose duration is known. */
void silence_find(const struct onset_envelope *e, struct analysis *a);

#endif
