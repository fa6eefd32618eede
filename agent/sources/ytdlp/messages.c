/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/ytdlp/messages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/integer.h"
#include "base/mem.h"

#define MAX_RETRY_AFTER 86400
#define HOUR_S 3600

/* In addition to the header's classes. */
enum {
	LIMITED = YTDLP_DISK + 1,	/* an outage of up to an hour */
	SYMPTOM		/* UNCLEAR, unless another line says that yt-dlp is
			   STALE */
};

struct known {
	const char *texts;	/* any of these, between '|'; in any case */
	int reach;
	const char *meaning;
};

/* Of several in one error the first in this table counts. Without apostrophes,
 * since yt-dlp writes them in ASCII and services as U+2019. */
static const struct known messages[] = {
	/* The service refuses every request, for now or until a person acts. */
	{ "not a bot", YTDLP_REFUSED, "the service takes this address for a "
	    "bot" },
	{ "rate-limited", LIMITED, "the service has limited this address for "
	    "up to an hour" },
	{ "rate limit", YTDLP_OUTAGE, "the service limits this address" },
	{ "captcha", YTDLP_REFUSED, "the service asks for a captcha" },
	{ "HTTP Error 429|Too Many Requests|HTTP Error 402", YTDLP_OUTAGE,
	    "the service says: too many requests" },
	{ "try again later", YTDLP_OUTAGE, "the service says: try again "
	    "later" },
	{ "Please sign in", YTDLP_REFUSED, "the service asks for an account" },
	{ "webpage has been blocked", YTDLP_REFUSED, "this network blocks the "
	    "service" },

	{ "no such option", YTDLP_TOOL, "unknown option: check [source] args, "
	    "or update yt-dlp" },
	{ "cookies database|cookies file", YTDLP_TOOL, "its cookies can't be "
	    "read: check [source] args" },
	{ "ModuleNotFoundError", YTDLP_TOOL, "its installation is broken: "
	    "reinstall it" },
	{ "Read-only file system", YTDLP_TOOL, "it can't write to the state "
	    "folder" },
	{ "No space left on device", YTDLP_DISK, "the disk of the state "
	    "folder is full: make room" },
	{ "Disk quota exceeded", YTDLP_DISK, "the quota of the state folder "
	    "is used up: make room" },

	/* About one video. */
	{ "not available on this app", YTDLP_STALE, "the service wants a "
	    "newer yt-dlp: update it" },
	{ "confirm your age|age-restricted|age restricted", YTDLP_GONE,
	    "needs an account with a verified age" },
	{ "Private video|is private", YTDLP_GONE, "is private" },
	{ "been removed|been deleted", YTDLP_GONE, "was removed" },
	{ "been terminated", YTDLP_GONE, "was removed with its account" },
	{ "no longer available", YTDLP_GONE, "is no longer available" },
	{ "in your country|geo restrict|geo-restrict|from your location|HTTP "
	    "Error 451", YTDLP_GONE, "is not available in this country" },
	{ "copyright", YTDLP_GONE, "is blocked for copyright" },
	{ "DRM protected|Unsupported DRM", YTDLP_GONE, "is DRM protected" },
	{ "members-only|Join this channel", YTDLP_GONE, "is for members "
	    "only" },
	{ "Premium members", YTDLP_GONE, "is for paying members only" },
	{ "requires payment", YTDLP_GONE, "has to be paid for" },
	{ "registered users|Login details are needed", YTDLP_GONE, "needs an "
	    "account" },
	{ "Premieres in", YTDLP_GONE, "is not published yet" },
	{ "live event", YTDLP_GONE, "is a live event" },
	{ "live stream", YTDLP_GONE, "is a live stream" },
	{ "Video unavailable|video is not available|video is unavailable",
	    YTDLP_UNCLEAR, "is not available" },
	{ "does not exist", YTDLP_UNCLEAR, "does not exist" },
	{ "Unsupported URL", YTDLP_GONE, "is a link that yt-dlp can't "
	    "download" },
	{ "is not a valid URL", YTDLP_GONE, "is not a link" },
	/* Its sandbox has no ffmpeg. */
	{ "is not installed", YTDLP_GONE, "needs another program" },
	{ "ffmpeg not found|ffmpeg could not be found", YTDLP_GONE, "needs "
	    "ffmpeg" },
	{ "File too large", YTDLP_GONE, "is over max_size" },
	{ "downloaded file is empty", YTDLP_UNCLEAR, "is empty" },
	{ "HTTP Error 404", YTDLP_UNCLEAR, "is not there" },
	{ "HTTP Error 410", YTDLP_GONE, "is gone" },

	{ "HTTP Error 403", YTDLP_STALE, "the download was refused; if this "
	    "persists, update yt-dlp" },
	{ "HTTP Error 400", YTDLP_STALE, "the service did not understand "
	    "yt-dlp: update it" },
	{ "HTTP Error 401", YTDLP_STALE, "the service did not accept yt-dlp: "
	    "update it" },
	{ "challenge solving failed", YTDLP_STALE, "the player could not be "
	    "parsed: update yt-dlp, and install a JavaScript runtime" },
	{ "nsig extraction failed|Signature extraction failed|Only images are "
	    "available", YTDLP_STALE, "the player could not be parsed: update "
	    "yt-dlp" },
	{ "page needs to be reloaded|Unable to extract|any player response|to "
	    "parse JSON", YTDLP_STALE, "the page could not be parsed: update "
	    "yt-dlp" },
	{ "report this issue", YTDLP_STALE, "yt-dlp failed; if this persists, "
	    "update it" },
	{ "Requested format is not available", SYMPTOM, "has no audio in the "
	    "wanted format" },
	{ "No video formats found", SYMPTOM, "has no audio" },

	{ "HTTP Error 5", YTDLP_OUTAGE, "the service reports an error" },
	{ "timed out", YTDLP_OUTAGE, "the service did not answer in time" },
	{ "name resolution|Name or service not known|Failed to resolve|No "
	    "address associated|is unreachable|No route to host",
	    YTDLP_OUTAGE, "there is no network" },
	{ "certificate verify failed", YTDLP_OUTAGE, "the service's "
	    "certificate could not be verified: check the clock and the "
	    "proxy" },
	{ "proxy", YTDLP_OUTAGE, "the proxy failed" },
	{ "Connection |closed connection|EOF occurred", YTDLP_OUTAGE, "the "
	    "connection was lost" },
	{ "IncompleteRead|bytes read|content too short|fragment",
	    YTDLP_OUTAGE, "the download was cut short" },
	{ "Incomplete data", YTDLP_OUTAGE, "the service's answer was cut "
	    "short" },
	{ "Unable to download", YTDLP_OUTAGE, "the service could not be "
	    "reached" },
};

/* "ERROR: [youtube] ...", and "yt-dlp: error: no such option". */
static bool is_error(const char *line)
{
	return strncmp(line, "ERROR:", 6) == 0 ||
	    strstr(line, ": error: ") != NULL;
}

/* Where a message itself begins: "ERROR: [youtube] ID: Video unavailable". The
 * id of a search may be its query. */
static const char *skip_prefix(const char *line, const char *query)
{
	size_t len = query != NULL ? strlen(query) : 0;
	const char *end;

	if (strncmp(line, "ERROR:", 6) == 0)
		line += 6;
	else if (strncmp(line, "WARNING:", 8) == 0)
		line += 8;
	line += strspn(line, " \r");
	end = *line == '[' ? strstr(line, "] ") : NULL;
	if (end == NULL)
		return line;
	line = end + 2;
	if (len > 0 && strncmp(line, query, len) == 0 && line[len] == ':')
		return line + len + 1;
	len = strcspn(line, " ");
	return len > 0 && line[len - 1] == ':' ? line + len : line;
}

/* The end of a quotation that begins at text and may hold others, or NULL if it
 * is an apostrophe. */
static const char *quote_end(const char *text)
{
	const char *last = NULL;
	int depth = 1;

	for (const char *p = text + 1; *p != '\0' && depth > 0; p++) {
		if (*p != *text)
			continue;
		if (strchr(" .,:;!?)", p[1]) != NULL) {
			last = p + 1;
			depth--;
		} else if (p[-1] == ' ') {
			depth++;
		}
	}
	return last;
}

/* Appends a line without prefix, quotations and links. */
static void add_own_words(const char *line, const char *query, struct buf *out)
{
	const char *p = skip_prefix(line, query);
	bool at_word = true, quotes[2] = { true, true };

	while (*p != '\0') {
		size_t len = strcspn(p, " ");
		bool *quote = *p == '"' ? &quotes[0] : *p == '\'' ? &quotes[1] :
		    NULL;
		const char *end = NULL;

		if (at_word && memmem(p, len, "://", 3) != NULL)
			end = p + len;
		else if (at_word && quote != NULL && *quote) {
			end = quote_end(p);
			/* Then there are none behind it either. */
			*quote = end != NULL;
		}
		at_word = end == NULL && strchr(" (", *p) != NULL;
		if (end == NULL)
			buf_putc(out, *p++);
		else
			p = end;
	}
	buf_putc(out, '\n');
}

/* Splits text into what yt-dlp itself says in its errors and in all lines. */
static void take_words(const char *text, const char *query, struct buf *errors,
    struct buf *all)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = xstrndup(text, len);

		if (is_error(line))
			add_own_words(line, query, errors);
		add_own_words(line, query, all);
		text += len + (text[len] == '\n');
		free(line);
	}
}

static bool holds_any(const char *text, const char *texts)
{
	char *copy = xstrdup(texts), *rest = copy, *one;
	bool holds = false;

	while (!holds && (one = strsep(&rest, "|")) != NULL)
		holds = strcasestr(text, one) != NULL;
	free(copy);
	return holds;
}

static const struct known *find(const char *text, bool stale_only)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if ((!stale_only || messages[i].reach == YTDLP_STALE) &&
		    holds_any(text, messages[i].texts))
			return &messages[i];
	return NULL;
}

/* "Retry-After: 120", "retry after 120 seconds". */
static int read_retry_after(const char *text)
{
	const char *at = strcasestr(text, "retry-after");
	int64_t seconds = 0;

	if (at == NULL)
		at = strcasestr(text, "retry after");
	if (at == NULL)
		return 0;
	at += strlen("retry-after");
	at += strspn(at, ":= '\"");
	int_prefix(&at, 0, MAX_RETRY_AFTER, &seconds);
	return (int)seconds;
}

/* SoundCloud answers 404 for each format of a protected track; yt-dlp then
 * believes that it has a fault. */
static const struct known withheld = { NULL, YTDLP_GONE, "has no format that "
	"is not DRM protected" };

static bool is_withheld(const char *errors, const char *all)
{
	return holds_any(errors, "No video formats found") &&
	    holds_any(all, "HTTP Error 404");
}

static struct ytdlp_message message_of(const struct known *found,
    const char *text)
{
	struct ytdlp_message m = { .reach = YTDLP_OUTAGE };

	if (found == NULL)
		return m;
	m.meaning = found->meaning;
	if (found->reach != LIMITED)
		m.reach = found->reach == SYMPTOM ? YTDLP_UNCLEAR :
		    (enum ytdlp_class)found->reach;
	if (m.reach == YTDLP_OUTAGE || m.reach == YTDLP_REFUSED)
		m.retry_after = read_retry_after(text);
	if (m.retry_after == 0 && found->reach == LIMITED)
		m.retry_after = HOUR_S;
	return m;
}

struct ytdlp_message ytdlp_classify(const char *stderr_text, const char *query)
{
	struct buf errors = BUF_INIT, all = BUF_INIT;
	const struct known *found, *cause = NULL;
	struct ytdlp_message m;

	take_words(stderr_text, query, &errors, &all);
	found = find(buf_str(errors.len > 0 ? &errors : &all), false);
	if (is_withheld(buf_str(&errors), buf_str(&all)))
		found = &withheld;
	else if (found == NULL || found->reach == SYMPTOM)
		cause = find(buf_str(&all), true);
	m = message_of(cause != NULL ? cause : found, buf_str(&all));
	buf_free(&errors);
	buf_free(&all);
	if (query == NULL || (m.reach != YTDLP_GONE &&
	    m.reach != YTDLP_UNCLEAR))
		return m;
	return (struct ytdlp_message){ .reach = YTDLP_STALE, .meaning = "the "
	    "search results could not be parsed; if this persists, update "
	    "yt-dlp" };
}
