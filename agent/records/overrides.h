/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * word: what the user's word comes to, laid beside what was placed. He
 * rejects a file: then the link that it came from is rejected with it, and
 * the other way about. He removes a file: then it is gone for good, unless he
 * has since said something else.
 *
 * pins and provenance may be NULL: then there is nothing in them.
 */
#ifndef RECORDS_OVERRIDES_H
#define RECORDS_OVERRIDES_H

#include <stdbool.h>

#include "records/pins.h"
#include "records/provenance.h"

/* May this file hold the track? Not if the user rejected it, nor if he pinned
 * the track to something else. */
bool overrides_allow(const struct pins *pins,
    const struct provenance *provenance, const char *key, const char *identity);

/* Of a track that no file holds: was one placed that the user wanted and then
 * removed? */
bool overrides_deleted_by_user(const struct pins *pins,
    const struct provenance *provenance, const char *key);

/* All that is not to be tried for the track: links as link_plain spells them,
 * paths, identities; said by the user or found out by a run. NULL-ended;
 * word_list_free. */
char **overrides_rejected(const struct pins *pins,
    const struct provenance *provenance, const char *key);
void overrides_list_free(char **list);	/* NULL allowed */

#endif
