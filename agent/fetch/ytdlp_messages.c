/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/ytdlp_messages.h"

#include <stddef.h>
#include <string.h>

/* In the order of their reach: a text may hold several. The apostrophes of
 * the service are U+2019, those of yt-dlp ASCII: neither is part of a key. */
static const struct {
	const char *text;
	enum ytdlp_class reach;
	const char *meaning;
} messages[] = {
	{ "not a bot", YTDLP_BLOCKED, "the service takes this address for a "
	    "robot's; it is left alone for this run" },
	{ "rate-limited", YTDLP_BLOCKED, "the service has limited this "
	    "address for up to an hour" },
	{ "captcha", YTDLP_BLOCKED, "the service asks for a captcha" },
	{ "HTTP Error 429", YTDLP_BLOCKED, "the service says: too many "
	    "requests" },
	{ "HTTP Error 402", YTDLP_BLOCKED, "the service says: too many "
	    "requests" },
	{ "no such option", YTDLP_TOOL, "it does not know an option; look at "
	    "[source] args and its version" },
	{ "is not installed", YTDLP_TOOL, "it misses a program that it "
	    "needs" },
	{ "ffmpeg not found", YTDLP_TOOL, "it misses ffmpeg: install it" },
	{ "No space left on device", YTDLP_TOOL, "the disk of the state "
	    "folder is full" },
	{ "confirm your age", YTDLP_CANDIDATE, "needs an account of age" },
	{ "HTTP Error 403", YTDLP_STALE, "the download was forbidden; if this "
	    "goes on, update yt-dlp" },
	{ "nsig extraction failed", YTDLP_STALE, "the player could not be "
	    "understood: update yt-dlp" },
	{ "Unable to extract", YTDLP_STALE, "the page could not be "
	    "understood: update yt-dlp" },
	{ "Video unavailable", YTDLP_CANDIDATE, "is not available" },
	{ "Private video", YTDLP_CANDIDATE, "is private" },
	{ "been removed", YTDLP_CANDIDATE, "was removed" },
	{ "in your country", YTDLP_CANDIDATE, "is not available in this "
	    "country" },
	{ "members-only", YTDLP_CANDIDATE, "is for members only" },
	{ "Requested format is not available", YTDLP_CANDIDATE, "has no "
	    "audio in the wanted format" },
	{ "File too large", YTDLP_CANDIDATE, "is over max_size" },
	{ "HTTP Error 404", YTDLP_CANDIDATE, "is not there" },
	{ "HTTP Error 410", YTDLP_CANDIDATE, "is gone" },
	{ "HTTP Error 5", YTDLP_NETWORK, "the service has an error" },
	{ "Unable to download", YTDLP_NETWORK, "could not be reached" },
	{ "timed out", YTDLP_NETWORK, "did not answer in time" },
	{ "Temporary failure in name resolution", YTDLP_NETWORK,
	    "there is no network" },
	{ "Name or service not known", YTDLP_NETWORK, "there is no network" },
	{ "Connection re", YTDLP_NETWORK, "the connection was lost" },
	{ "Network is unreachable", YTDLP_NETWORK, "there is no network" },
	{ "bytes read", YTDLP_NETWORK, "the download was cut short" },
};

struct ytdlp_message ytdlp_classify(const char *stderr_text)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (strstr(stderr_text, messages[i].text) != NULL)
			return (struct ytdlp_message){ messages[i].reach,
				messages[i].meaning };
	return (struct ytdlp_message){ YTDLP_CANDIDATE, NULL };
}
