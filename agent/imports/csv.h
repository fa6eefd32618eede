/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_csv: both families of Exportify's files. Private to the room. */
#ifndef IMPORTS_CSV_H
#define IMPORTS_CSV_H

#include <stddef.h>

#include "base/outcome.h"
#include "types/track_list.h"

/* Columns are found by their header's name; in a translated header, by their
 * place. text is without a byte order mark. RUN_CONFIG with why: not such a
 * file, or one that was cut short. */
enum outcome csv_read(const char *path, const char *text, size_t len,
    struct track_list *out, struct error *error);

#endif
