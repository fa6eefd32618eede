/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lists: playlists as they were last read, so that an unchanged one is not read
 * again. */
#ifndef INDEX_LISTS_H
#define INDEX_LISTS_H

#include "index/index.h"
#include "types/track_list.h"

/* Under the list's id, which it must have. DONE also if the id is too long for
 * a key; it is then not stored. */
enum outcome index_put_list(struct index *x, const struct track_list *l,
    struct error *error);
/* ITEM_FAILED: there is none; nothing to free then. */
enum outcome index_get_list(struct index *x, const char *id,
    struct track_list *out);
/* The snapshot of the stored list; NULL: it has none, or there is no list. The
 * caller frees it. */
char *index_list_snapshot(struct index *x, const char *id);
enum outcome index_remove_list(struct index *x, const char *id,
    struct error *error);
/* Calls each with every list's id until it returns non-zero, which is
 * returned. Nothing may be changed meanwhile. */
int index_each_list(struct index *x, int (*each)(void *ctx, const char *id),
    void *ctx);

#endif
