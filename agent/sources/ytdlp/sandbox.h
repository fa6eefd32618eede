/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox: the files that yt-dlp can reach. */
#ifndef SOURCES_YTDLP_SANDBOX_H
#define SOURCES_YTDLP_SANDBOX_H

struct config;
struct source_config;

/* For one start of command: it can write to home and folder, and read system
 * files, its own, configured plugins, and the absolute paths in [source] args;
 * it can update the file of --cookies. NULL if the kernel has no Landlock.
 * landlock_free. */
struct landlock *ytdlp_sandbox(const struct config *cfg,
    const struct source_config *sc, const char *command, const char *home,
    const char *folder);

#endif
