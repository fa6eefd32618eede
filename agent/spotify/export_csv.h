/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_csv: both families of Exportify's files. Private to the room. */
#ifndef SPOTIFY_EXPORT_CSV_H
#define SPOTIFY_EXPORT_CSV_H

#include "base/buf.h"
#include "base/outcome.h"
#include "spotify/liked.h"

/* Columns are found by their header's name; in a translated header, by their
 * place. RUN_CONFIG with why: not such a file. */
enum outcome export_csv(const char *path, const struct buf *text,
    struct liked *out, struct why *why);

#endif
