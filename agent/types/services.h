/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * desk: what one room may ask of another without knowing it. run/run.c lays these
 * on the table: whoever opens media (the analysis room's workers) and whoever
 * judges (the match room), for the rooms that scan and fetch.
 *
 * Both are safe to call from several threads at once.
 */
#ifndef TYPES_SERVICES_H
#define TYPES_SERVICES_H

#include "base/outcome.h"
#include "types/candidate.h"
#include "types/media.h"
#include "types/track.h"

/*
 * Opens media in a boxed worker. fd is a descriptor of the file, at any
 * position; it is not closed. TRACK_FAILED with why: the bytes are no audio,
 * or broke the worker or its limits. SERVICE_FAILED: the worker program itself
 * can't be run. STOPPED.
 */
struct media_service {
	void *self;
	/* Identity, form and tags; no decoding. */
	enum outcome (*probe)(void *self, int fd, struct media *out,
	    struct error *error);
	/* All of that, and one decode to the end. */
	enum outcome (*examine)(void *self, int fd, struct examination *out,
	    struct error *error);
	/* What probe tells, and the hash over every audio packet: a file is
	 * whole if this is the stream that examine told of its original. */
	enum outcome (*prove)(void *self, int fd, struct media *out,
	    char stream[STREAM_LEN + 1], struct error *error);
	/* Writes tags into the file behind fd (open for reading and writing),
	 * without re-encoding. Empty tags are left as they are in the file.
	 * cover: a JPEG or PNG image, or NULL; any other is left out. */
	enum outcome (*tag)(void *self, int fd, const struct tags *tags,
	    const void *cover, size_t cover_len, struct error *error);
	/* Writes fd's audio, not encoded anew, into the empty file to, if its
	 * container is one that holds no tags or that players do not know:
	 * *moved. */
	enum outcome (*remux)(void *self, int fd, int to, bool *moved,
	    struct error *error);
};

/* Decides whether candidates are the recording. Pure. */
struct matcher {
	void *self;
	/* Which of these is the track? Sets j->pick and the reasons. */
	void (*choose)(void *self, const struct track *t,
	    const struct candidate *list, size_t count, struct match_result *j);
	/* Is what a source delivered the track, by its decoded length and its
	 * own tags? pick 0: yes, -1: no. trusted: chosen by the user himself
	 * or from his own folder with matching tags. */
	void (*accept)(void *self, const struct track *t,
	    const struct candidate *delivered, struct match_result *j);
};

#endif
