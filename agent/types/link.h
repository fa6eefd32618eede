/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link: one spelling for the many addresses of a video, so that a pin or
 * rejection of one of them holds for all.
 */
#ifndef TYPES_LINK_H
#define TYPES_LINK_H

#include <stdbool.h>

bool link_is_web(const char *text);	/* http:// or https:// */

/* The one spelling of a link: scheme and host in lower case, without a
 * fragment; every address of a YouTube video as its watch page's. Other text,
 * such as a path, is returned unchanged. Caller frees. */
char *link_plain(const char *text);

/* Has text the form of a YouTube video's id? A file name may have it too. */
bool link_is_video_id(const char *text);
char *link_of_video_id(const char *id);		/* caller frees */

#endif
