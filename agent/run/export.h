/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * export: from the index to a file that DJ software reads. Make a list
 * (export_list.h), have analyzed what export_unanalyzed names, write it in any
 * number of formats.
 * Reads only, so it works beside a run.
 */
#ifndef RUN_EXPORT_H
#define RUN_EXPORT_H

#include "base/outcome.h"
#include "run/export_list.h"

struct export_target {
	enum export_format format;
	const char *path;	/* the file to write; "-": standard output */
	const char *root;	/* the library's folder for the reader; NULL:
				   the one here, in an M3U8 file relative to
				   path */
	const char *volume;	/* of Traktor; NULL: none */
};

struct export_result {
	size_t files;		/* that it has */
	size_t left_out;	/* files with a name that it can't have */
	char *example;		/* one of those; owned, or NULL */
};

/* Replaces the file atomically, unless it has the same content. RUN_ACT,
 * RUN_CONFIG with error: it can't be written. The caller frees
 * result->example. */
enum outcome export_to_file(const struct export_source *from,
    const struct export_list *list, const struct export_target *to,
    struct export_result *result, struct error *error);

#endif
