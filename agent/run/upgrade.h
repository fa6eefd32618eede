/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * upgrade: better files for what likesync fetched, and doubts about it, under
 * the run lock. A file is better if it is lossless and the other one is not, or
 * if its bit rate, as its spectrum shows, is a quarter higher; it must sound the
 * same, and is verified as any download.
 */
#ifndef RUN_UPGRADE_H
#define RUN_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"

struct config;

struct upgrade_options {
	bool apply;		/* replace; else only say what would be */
	bool audit;		/* look for doubtful files instead */
	bool remote;		/* with apply: download lossless files, too */
	int limit;		/* at most so many replacements; 0: all */
};

struct quality {
	char codec[16];
	int64_t bitrate;	/* bit/s, as the spectrum shows */
	bool lossless;		/* and not made from a lossy file */
};

struct upgraded_file {
	char *track;		/* "Artist - Title" */
	char *path;		/* of the file that is fetched already */
	struct quality from, to;
	char *source, *ref;	/* of the better file */
	char *new_path;		/* once it is placed; or NULL */
	char *error;		/* why it was not placed; or NULL */
};

struct suspect_file {
	char *track, *path;
	char *reason;
};

struct upgrade_report {
	struct upgraded_file *files;
	size_t count, cap;
	struct suspect_file *suspects;
	size_t n_suspects, cap_suspects;
	size_t checked;		/* fetched files that were looked at */
	size_t replaced, failed;
};

/* STOPPED: a signal ended it; what was replaced until then is in index and
 * document. error->text is "" if the failure was logged. upgrade_report_free also
 * after a failure. */
enum outcome run_upgrade(const struct config *cfg,
    const struct upgrade_options *opt, struct upgrade_report *r,
    struct error *error);
void upgrade_report_free(struct upgrade_report *r);

#endif
