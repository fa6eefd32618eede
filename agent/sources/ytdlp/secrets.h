/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secrets: the passwords, keys and cookies in [source.NAME] args. */
#ifndef SOURCES_YTDLP_SECRETS_H
#define SOURCES_YTDLP_SECRETS_H

/* Registers each (base/secret.h), also those in a file of cookies. args is
 * split at blanks, as for the command line; NULL allowed. yt-dlp itself reports
 * a file that can't be read. */
void ytdlp_register_secrets(const char *args);

#endif
