/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv: both families of Exportify's files. Private to imports/. */
#ifndef IMPORTS_CSV_H
#define IMPORTS_CSV_H

#include <stddef.h>

#include "base/outcome.h"
#include "types/track_list.h"

/* Finds columns by name or, in a translated header, by place. text is UTF-8
 * without a byte order mark. Tracks may stand twice and have no name.
 * RUN_CONFIG: not such a file, or one that was cut short. */
enum outcome csv_read(const char *path, const char *text, size_t len,
    struct track_list *out, struct error *error);

#endif
