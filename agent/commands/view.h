/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view: what the commands that only look share: the index and the provenance
 * opened beside a run, and the songs sorted as a run would have them.
 */
#ifndef COMMANDS_VIEW_H
#define COMMANDS_VIEW_H

#include "base/config.h"
#include "base/outcome.h"
#include "library/index.h"
#include "library/provenance.h"

struct view {
	struct index *index;		/* NULL: there is none yet */
	struct provenance *provenance;
	struct songs songs;		/* liked ones, newest first */
};

/* RUN_FAILED with why: the index is there and can't be read. */
enum outcome view_open(const struct config *cfg, struct view *v,
    struct why *why);
void view_close(struct view *v);

/* Is a file that holds the song there, as far as the last scan knows? */
bool view_is_held(const struct view *v, const struct song *s);
/* Was it placed, and is gone? */
bool view_is_removed(const struct view *v, const struct song *s);

#endif
