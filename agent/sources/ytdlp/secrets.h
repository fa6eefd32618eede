/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ytdlp_secrets: the passwords, keys and cookies that [source.NAME] args hands
 * to yt-dlp. Private to the room. */
#ifndef SOURCES_YTDLP_SECRETS_H
#define SOURCES_YTDLP_SECRETS_H

/* Registers each (base/secret.h), those in a file of cookies too. args is
 * split at blanks, as for the command line; NULL allowed. A file that can't be
 * read is yt-dlp's to tell of. */
void ytdlp_register_secrets(const char *args);

#endif
