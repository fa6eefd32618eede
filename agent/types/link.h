/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link: where a candidate is got from, in one spelling. A video has many
 * addresses; what was said of one of them holds for all.
 */
#ifndef TYPES_LINK_H
#define TYPES_LINK_H

#include <stdbool.h>

bool link_is_web(const char *text);	/* http:// or https:// */

/* The one spelling of a link: scheme and host in small letters, without a
 * fragment; every address of a YouTube video as its watch page's. What is no
 * link of the web, such as a path, is given back as it is. Caller frees. */
char *link_plain(const char *text);

/* Is text the id of a YouTube video, and could be nothing else but a name? */
bool link_is_video_id(const char *text);
char *link_of_video_id(const char *id);		/* caller frees */

#endif
