/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * state_reader: the recorded state, opened read-only by commands that show it.
 * A run may be under way.
 */
#ifndef COMMANDS_STATE_READER_H
#define COMMANDS_STATE_READER_H

#include "config/config.h"
#include "base/outcome.h"
#include "index/index.h"
#include "records/pins.h"
#include "records/provenance.h"
#include "records/takedowns.h"
#include "types/availability.h"

struct json_writer;

struct state_reader {
	struct index *index;		/* NULL: there is none yet */
	struct provenance *provenance;
	struct pins *pins;
	struct takedowns *takedowns;
	size_t liked;			/* tracks */
	struct songs songs;		/* those of them that are missing, or
					   all, newest first */
	const char *library;		/* borrowed from the configuration */
};

/* Returns -1 to go on; else the exit status, after a message: something exists
 * and can't be read. To be closed only after -1. */
int state_reader_open(const struct config *cfg, struct state_reader *r);
/* The same with all liked tracks in r->songs. */
int state_reader_open_all(const struct config *cfg, struct state_reader *r);
/* The same without the liked tracks: r->songs stays empty. */
int state_reader_open_index(const struct config *cfg, struct state_reader *r);
void state_reader_close(struct state_reader *r);

/* The track that a user names by its id, link or key, or by words that occur
 * in the name of one liked track only. An id or link may be of a track that is
 * not liked. The caller frees key and label. ITEM_FAILED with error: none, or
 * more than one. */
enum outcome state_reader_find_track(const struct state_reader *r,
    const char *text, char **key, char **label, struct error *error);

/* The path below the library of the file that is this track, as of the last
 * scan, pins and rejections; NULL: none. Caller frees. */
char *state_reader_file(const struct state_reader *r, const struct song *s);
/* The track was placed, and the user has deleted its file. */
bool state_reader_was_deleted(const struct state_reader *r,
    const struct song *s);
/* Why the track is not in the library, in words. Borrowed. */
const char *state_reader_reason(const struct state_reader *r,
    const struct song *s);

/* Calls each for every source of [fetch] sources that is unavailable now. */
void each_unavailable_source(const struct config *cfg, void (*each)(void *ctx,
    const struct availability *a, const char *text), void *ctx);
/* The same as an array "unavailable". */
void put_unavailable_sources(const struct config *cfg, struct json_writer *w);

/* Prints "tried once" or "tried 3 times". */
void print_attempts(int attempts);
/* Prints the best candidate and the best file that were rejected, and why. */
void print_best_rejected(int indent, int attempts,
    const struct best_rejected *at_sources,
    const struct best_rejected *in_library);

#endif
