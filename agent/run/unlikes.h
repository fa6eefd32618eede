/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unlikes: with [library] on_unlike = cold, what happens to files whose track is
 * wanted no longer: neither liked, nor in a followed playlist, nor in a job.
 * After a grace time the file moves to the cold folder; if the track is wanted
 * again, it moves back. Only files that likesync placed and tagged, which are no
 * other wanted track and not pinned, and never while the lists are short.
 *
 * takedowns.jsonl says what is about to be moved and where to, so that the next
 * run finishes what a kill interrupted.
 */
#ifndef RUN_UNLIKES_H
#define RUN_UNLIKES_H

#include <stdbool.h>
#include <stddef.h>

#include "run/context.h"

#define SHORT_BY 10		/* tracks, and */
#define SHORT_BY_PERCENT 10	/* of the tracks before */

/* Are so many fewer tracks wanted that the lists may be incomplete? If there are
 * none although there were, or if both limits are exceeded. */
bool unlikes_is_short(size_t before, size_t now);

#endif
