/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ytdlp_sandbox: the files that yt-dlp can reach. Part of
 * sources/ytdlp/ytdlp.c. */
#ifndef SOURCES_YTDLP_SANDBOX_H
#define SOURCES_YTDLP_SANDBOX_H

struct config;
struct source_config;

/* For one start of command: it works in home and folder, and reads the
 * system's files, its own, the plugins that the configuration wants, and what
 * [source] args names by an absolute path; the file of --cookies it keeps up
 * to date. NULL if the kernel has no Landlock. landlock_free. */
struct landlock *ytdlp_sandbox(const struct config *cfg,
    const struct source_config *sc, const char *command, const char *home,
    const char *folder);

#endif
