/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * messages: what yt-dlp's error lines mean. Only known messages about one
 * video count against that video; an unknown message counts as an outage.
 */
#ifndef SOURCES_YTDLP_MESSAGES_H
#define SOURCES_YTDLP_MESSAGES_H

enum ytdlp_class {
	YTDLP_OUTAGE,	/* network or service: for now */
	YTDLP_REFUSED,	/* the service takes us for a bot, or similar: an
			   outage that a person may end */
	YTDLP_GONE,	/* this video can't be had: try the next one */
	YTDLP_UNCLEAR,	/* the same; or, if all videos fail in this way, an
			   outage */
	YTDLP_STALE,	/* yt-dlp can't parse the service's pages: start
			   again, else update it */
	YTDLP_TOOL,	/* yt-dlp can't work until a person acts */
	YTDLP_DISK	/* the disk is full */
};

struct ytdlp_message {
	enum ytdlp_class reach;
	const char *meaning;	/* for people; NULL: an unknown message */
	int retry_after;	/* seconds, as the service says; 0: unknown */
};

/* Classifies what yt-dlp wrote to stderr: errors, and warnings that explain
 * one, by their own words; titles, ids and links in them count for nothing.
 * query: of a search, which is never YTDLP_GONE or YTDLP_UNCLEAR, since it is
 * not about one video; NULL: a download. */
struct ytdlp_message ytdlp_classify(const char *stderr_text,
    const char *query);

#endif
