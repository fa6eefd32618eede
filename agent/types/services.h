/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * services: interfaces to the media workers and the matcher, for library/ and
 * sources/, which must not include media/ and match/. run/run.c sets them up.
 * Both are safe to call from several threads at once.
 */
#ifndef TYPES_SERVICES_H
#define TYPES_SERVICES_H

#include "base/outcome.h"
#include "types/candidate.h"
#include "types/media.h"
#include "types/track.h"

/*
 * Opens media in a sandboxed worker. fd is a descriptor of the file, at any
 * position; it is not closed. ITEM_FAILED with error: the bytes are no audio,
 * crashed the worker or exceeded its limits. SERVICE_FAILED: the worker can't
 * be run. STOPPED.
 */
struct media_service {
	void *self;
	/* Identity, form and tags; no decoding. */
	enum outcome (*probe)(void *self, int fd, struct media *out,
	    struct error *error);
	/* All of that, and one decode to the end. */
	enum outcome (*decode)(void *self, int fd, struct decoded_media *out,
	    struct error *error);
	/* Probe, and the hash over every audio packet: a copy is whole if its
	 * stream is the one that decode returned for the original. */
	enum outcome (*prove)(void *self, int fd, struct media *out,
	    char stream[STREAM_LEN + 1], struct error *error);
	/* Writes tags into the file fd (open for reading and writing) without
	 * re-encoding. Tags that are empty here are not changed. cover: a JPEG
	 * or PNG image, others are ignored; or NULL. */
	enum outcome (*tag)(void *self, int fd, const struct tags *tags,
	    const void *cover, size_t cover_len, struct error *error);
	/* Copies fd's audio without re-encoding into the empty file `to`, if
	 * its container can't have tags or is unknown to players; *moved says
	 * so. */
	enum outcome (*remux)(void *self, int fd, int to, bool *moved,
	    struct error *error);
};

/* Decides whether candidates are the wanted recording. Pure. */
struct matcher {
	void *self;
	/* Picks the candidate that is the track; fills j. */
	void (*choose)(void *self, const struct track *t,
	    const struct candidate *list, size_t count, struct match_result *j);
	/* Is a delivered file the track, by its decoded length and its tags?
	 * pick 0: yes, -1: no. */
	void (*accept)(void *self, const struct track *t,
	    const struct candidate *delivered, struct match_result *j);
};

#endif
