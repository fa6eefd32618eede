/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * changes: what files.c, tracks.c and analyses.c note for index_each_change,
 * within the transaction of the change itself. Private to index/.
 */
#ifndef INDEX_CHANGES_H
#define INDEX_CHANGES_H

#include "index/index.h"

/* The file at path has changed. */
enum outcome change_note(struct index *x, const char *path,
    enum file_change change, struct error *error);
/* All files with the identity have; it may be "". */
enum outcome change_note_copies(struct index *x, const char *identity,
    enum file_change change, struct error *error);

#endif
