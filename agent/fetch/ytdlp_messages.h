/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ytdlp_messages: what yt-dlp's error lines mean, and how far they reach. */
#ifndef FETCH_YTDLP_MESSAGES_H
#define FETCH_YTDLP_MESSAGES_H

#include "base/outcome.h"

enum ytdlp_class {
	YTDLP_CANDIDATE,	/* this video only: try the next one */
	YTDLP_BLOCKED,		/* the service refuses us: stop for this run */
	YTDLP_STALE,		/* once more, then advise an update */
	YTDLP_NETWORK,		/* transient; several in a row: stop */
	YTDLP_TOOL		/* yt-dlp itself is in no order to work */
};

struct ytdlp_message {
	enum ytdlp_class reach;
	const char *meaning;	/* for people; what to do */
};

/* The first known message in what yt-dlp wrote to stderr; for an unknown one
 * a YTDLP_CANDIDATE whose meaning is NULL. */
struct ytdlp_message ytdlp_classify(const char *stderr_text);

#endif
