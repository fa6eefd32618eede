/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * convert: copies of library files in another format, for a USB stick or a
 * player. ffmpeg writes each into a folder of its own within the target; when
 * the copy is tagged, has the length of the file and is synced, it gets its
 * name, which every file system can hold. So after a kill, or on a full disk,
 * no name has a partial file, and what has one need not be made again.
 * Nothing is overwritten, and the library is only read.
 */
#ifndef RUN_CONVERT_H
#define RUN_CONVERT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"
#include "run/export_list.h"

struct conversion {
	const char *folder;	/* is made if it is missing */
	const char *format;	/* "aac", "mp3", "flac", "aiff" */
};

struct conversion_result {
	size_t files;		/* that the list has */
	size_t converted, there, failed;
};

bool conversion_format_is_known(const char *name);

/* Logs what fails for one file. RUN_ACT, RUN_CONFIG, RUN_FAILED with error:
 * ffmpeg is missing, the disk is full, the folder can't be written. RUN_LATER:
 * another conversion works there. STOPPED. */
enum outcome convert_files(const struct export_source *from,
    const struct export_list *list, const struct conversion *c,
    struct conversion_result *r, struct error *error);

#endif
