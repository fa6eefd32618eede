/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view: what the commands that only look share: the index, the provenance and
 * the user's word opened beside a run, and the songs sorted as a run would
 * have them.
 */
#ifndef COMMANDS_STATE_READER_H
#define COMMANDS_STATE_READER_H

#include "config/config.h"
#include "base/outcome.h"
#include "index/index.h"
#include "records/pins.h"
#include "records/provenance.h"
#include "types/availability.h"

struct json_writer;

struct state_reader {
	struct index *index;		/* NULL: there is none yet */
	struct provenance *provenance;	/* NULL: likewise */
	struct pins *pins;		/* NULL: likewise */
	struct songs songs;		/* liked ones, newest first */
	const char *library;		/* borrowed of the configuration */
};

/* RUN_FAILED with why: the index is there and can't be read. */
enum outcome state_reader_open(const struct config *cfg, struct state_reader *v,
    struct error *error);
void state_reader_close(struct state_reader *v);

/* The track that a person means: by its id or link, its key, or words of its
 * name, which no other liked track may have. Any id will do, also that of a
 * track that is not liked yet. The caller frees key and label. TRACK_FAILED
 * with why. */
enum outcome state_reader_find_track(const struct state_reader *v,
    const char *text, char **key, char **label, struct error *error);

/* Is a file that holds the song there, as far as the last scan and the user
 * say? */
bool view_is_held(const struct state_reader *v, const struct song *s);
/* That file's path below the library; NULL: there is none. Caller frees. */
char *view_file(const struct state_reader *v, const struct song *s);
/* Those of [fetch] sources that are unavailable now, as "unavailable": one
 * object each. */
void view_put_sources(const struct config *cfg, struct json_writer *w);
/* The same, one call each, with its words. */
void view_each_unavailable(const struct config *cfg, void (*each)(void *ctx,
    const struct availability *a, const char *text), void *ctx);
/* "tried once", "tried 3 times". */
void view_print_attempts(int attempts);
/* The best of what the sources offered and the best of the library that do not
 * count as the track, and why; below a track's name. */
void view_print_nearest(const struct song *s);
/* Was it placed, and is gone? */
bool view_is_removed(const struct state_reader *v, const struct song *s);
/* Why a song that is not held is not there, in words. Borrowed. */
const char *view_reason(const struct state_reader *v, const struct song *s);

#endif
