/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ytdlp_messages: what yt-dlp's error lines mean, and how far they reach. Only
 * what is known to be about one video is: an unknown message is an outage, so
 * that nothing is held against a video that may be the right one.
 */
#ifndef SOURCES_YTDLP_MESSAGES_H
#define SOURCES_YTDLP_MESSAGES_H

#include <stdbool.h>

enum ytdlp_class {
	YTDLP_OUTAGE,	/* network or service: for now */
	YTDLP_REFUSED,	/* the service takes us for a robot, or the like: an
			   outage that a person may end */
	YTDLP_GONE,	/* this video can't be had: try the next one */
	YTDLP_STALE,	/* yt-dlp did not understand the service: a fresh
			   start may help, else an update */
	YTDLP_TOOL,	/* yt-dlp can't work until a person acts */
	YTDLP_DISK	/* the disk is full */
};

struct ytdlp_message {
	enum ytdlp_class reach;
	const char *meaning;	/* for people; NULL: an unknown message */
	int retry_after;	/* seconds, as the service says; 0: unknown */
};

/* The meaning of what yt-dlp wrote to stderr: of its errors, and of its
 * warnings where they explain an error. A search is about no video: YTDLP_GONE
 * is no answer to one. */
struct ytdlp_message ytdlp_classify(const char *stderr_text, bool searching);

#endif
