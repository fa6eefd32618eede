/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * export: Liked Songs from a file, for those without an account: the account
 * export's YourLibrary.json (of any year), an Exportify CSV of either family
 * in any of its languages, separated by commas, semicolons or tabs, or an M3U
 * playlist. Told apart by content; in UTF-8, or what export_text.h knows.
 * Always complete. RUN_CONFIG with why: no such file, or not one of these.
 */
#ifndef IMPORTS_LIST_FILE_H
#define IMPORTS_LIST_FILE_H

#include "base/outcome.h"
#include "types/track_list.h"

enum outcome list_file_read(const char *path, struct track_list *out,
    struct error *error);

#endif
