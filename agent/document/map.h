/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * map: where the entries of the document are and which state of their files
 * they have, kept in a file from one merge to the next. While it fits, the
 * document need not be parsed: entries whose file has not changed are known to
 * be right. Private to document/.
 *
 * It fits if the document is the file that it was made of (inode, size, mtime,
 * ctime), the library is in the same folder, and the program has the same
 * version. When the document is copied, its hash must be that of the map, too.
 * A map that does not fit, or that a crash left half written (it has a hash of
 * itself), is as good as none: the document is read instead. So it is written
 * without a sync and may be removed at any time.
 */
#ifndef DOCUMENT_MAP_H
#define DOCUMENT_MAP_H

#include <sys/stat.h>

struct file_table;
struct reading;

/* Fills r, whose fd and st are set, but for each slot's file and action. -1: no
 * map that fits. */
int map_load(const char *path, const struct file_table *files,
    struct reading *r);

/* Replaces the map by one of r, which describes the document that fd is open on
 * as long as its size and mtime are those of `then`. Says nothing if that fails:
 * the next merge reads the document. */
void map_save(const char *path, const struct file_table *files,
    const struct reading *r, int fd, const struct stat *then);

#endif
