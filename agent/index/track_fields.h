/* SPDX-License-Identifier: GPL-3.0-or-later */
/* track_fields: a track as fields with the tags 1 to 15, within the record of a
 * song or a list. Private to index/. */
#ifndef INDEX_TRACK_FIELDS_H
#define INDEX_TRACK_FIELDS_H

#include <stdbool.h>

#include "index/fields.h"
#include "types/track.h"

void track_put_fields(const struct track *t, struct buf *b);
/* False if it is no field of a track. */
bool track_take_field(struct track *t, const struct field *f);
/* After the last one: sets what must not be NULL. */
void track_complete(struct track *t);

#endif
