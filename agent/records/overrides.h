/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * overrides: pins and rejections of the user, combined with provenance.
 * Rejecting a file rejects the link that it came from, and the reverse. A file
 * that the user deleted is not fetched again, unless pinned or rejected since.
 *
 * pins and provenance may be NULL: empty.
 */
#ifndef RECORDS_OVERRIDES_H
#define RECORDS_OVERRIDES_H

#include <stdbool.h>

#include "records/pins.h"
#include "records/provenance.h"

/* May this file count as the track? Not if the user rejected it, or pinned the
 * track to something else. */
bool overrides_allow(const struct pins *pins,
    const struct provenance *provenance, const char *key, const char *identity);

/* For a track that is not in the library: was a file placed, not rejected, and
 * then deleted? */
bool overrides_deleted_by_user(const struct pins *pins,
    const struct provenance *provenance, const char *key);

/* Everything that was rejected for the track, by the user or a run: links as
 * link_plain returns them, paths, identities. NULL-ended;
 * overrides_list_free. */
char **overrides_rejected(const struct pins *pins,
    const struct provenance *provenance, const char *key);
void overrides_list_free(char **list);	/* NULL allowed */

#endif
