/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "sources/ytdlp/messages.h"

/* What yt-dlp says of a download, and what is remembered of it. The texts are
 * those of its source and of the services that it repeats. */
static const struct {
	const char *text;
	enum ytdlp_class reach;
	int retry_after;
} downloads[] = {
	/* An outage: nothing is held against the video. */
	{ "ERROR: [youtube] a1: Sign in to confirm you\xe2\x80\x99re not a "
	    "bot. Use --cookies-from-browser or --cookies for the "
	    "authentication.", YTDLP_REFUSED, 0 },
	{ "ERROR: [youtube] a1: Video unavailable. This content isn\xe2\x80"
	    "\x99t available, try again later. The current session has been "
	    "rate-limited by YouTube for up to an hour.", YTDLP_OUTAGE, 3600 },
	{ "ERROR: [youtube] a1: This content isn't available, try again "
	    "later.", YTDLP_OUTAGE, 0 },
	{ "ERROR: [youtube] a1: YouTube is requiring a captcha challenge "
	    "before playback", YTDLP_REFUSED, 0 },
	{ "ERROR: [youtube] a1: Unable to download API page: HTTP Error 429: "
	    "Too Many Requests (caused by <HTTPError 429: 'Too Many "
	    "Requests'>)", YTDLP_OUTAGE, 0 },
	{ "ERROR: [x] a1: HTTP Error 429: Too Many Requests; Retry-After: "
	    "120", YTDLP_OUTAGE, 120 },
	{ "ERROR: [x] a1: rate limit exceeded, retry after 30 seconds",
	    YTDLP_OUTAGE, 30 },
	{ "ERROR: [x] a1: HTTP Error 429; Retry-After: 99999999999999999999",
	    YTDLP_OUTAGE, 86400 },
	{ "ERROR: [x] a1: HTTP Error 429; Retry-After: -5", YTDLP_OUTAGE, 0 },
	{ "ERROR: [x] a1: HTTP Error 429; Retry-After: soon", YTDLP_OUTAGE,
	    0 },
	{ "ERROR: [youtube] a1: Please sign in. Use --cookies-from-browser "
	    "or --cookies for the authentication.", YTDLP_REFUSED, 0 },
	{ "ERROR: Access to this webpage has been blocked by decision of the "
	    "Russian government. Visit http://blocklist.rkn.gov.ru/ for a "
	    "block reason.", YTDLP_REFUSED, 0 },
	{ "ERROR: [generic] Unable to download webpage: <urlopen error "
	    "[Errno -3] Temporary failure in name resolution> (caused by "
	    "URLError(gaierror(-3, 'Temporary failure in name "
	    "resolution')))", YTDLP_OUTAGE, 0 },
	{ "ERROR: [youtube] a1: Unable to download API page: Failed to "
	    "resolve 'www.youtube.com' ([Errno -2] Name or service not "
	    "known)", YTDLP_OUTAGE, 0 },
	{ "ERROR: [generic] Unable to download webpage: <urlopen error "
	    "[Errno 101] Network is unreachable>", YTDLP_OUTAGE, 0 },
	{ "ERROR: unable to download video data: <urlopen error [Errno 111] "
	    "Connection refused>", YTDLP_OUTAGE, 0 },
	{ "ERROR: unable to download video data: HTTP Error 500: Internal "
	    "Server Error", YTDLP_OUTAGE, 0 },
	{ "ERROR: unable to download video data: HTTP Error 503: Service "
	    "Unavailable", YTDLP_OUTAGE, 0 },
	{ "ERROR: [generic] Unable to download webpage: The read operation "
	    "timed out", YTDLP_OUTAGE, 0 },
	{ "ERROR: [youtube] a1: Unable to download webpage: <urlopen error "
	    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
	    "certificate has expired (_ssl.c:992)>", YTDLP_OUTAGE, 0 },
	{ "ERROR: unable to download video data: EOF occurred in violation "
	    "of protocol (_ssl.c:2396)", YTDLP_OUTAGE, 0 },
	{ "ERROR: Unable to download webpage: Remote end closed connection "
	    "without response", YTDLP_OUTAGE, 0 },
	{ "ERROR: \r[download] Got error: 1000 bytes read, 4000 more "
	    "expected. Giving up after 3 retries", YTDLP_OUTAGE, 0 },
	{ "ERROR: content too short (expected 5000 bytes and served 1000)",
	    YTDLP_OUTAGE, 0 },
	{ "ERROR: fragment 3 not found, unable to continue", YTDLP_OUTAGE,
	    0 },
	{ "ERROR: [youtube] a1: Incomplete data received", YTDLP_OUTAGE, 0 },
	{ "ERROR: Unable to connect to proxy: Tunnel connection failed: 407 "
	    "Proxy Authentication Required", YTDLP_OUTAGE, 0 },
	/* What nobody knows may be an outage. */
	{ "ERROR: [youtube] a1: Something that was never said before",
	    YTDLP_OUTAGE, 0 },
	{ "", YTDLP_OUTAGE, 0 },
	{ "Killed", YTDLP_OUTAGE, 0 },

	/* yt-dlp is older than the service. */
	{ "ERROR: unable to download video data: HTTP Error 403: Forbidden",
	    YTDLP_STALE, 0 },
	{ "ERROR: [youtube] a1: Unable to extract uploader id; please report "
	    "this issue on  https://github.com/yt-dlp/yt-dlp/issues?q= , "
	    "filling out the appropriate issue template. Confirm you are on "
	    "the latest version using  yt-dlp -U", YTDLP_STALE, 0 },
	{ "ERROR: [youtube] a1: Unable to download API page: HTTP Error 400: "
	    "Bad Request (caused by <HTTPError 400: 'Bad Request'>)",
	    YTDLP_STALE, 0 },
	{ "ERROR: [soundcloud] Unable to download JSON metadata: HTTP Error "
	    "401: Unauthorized", YTDLP_STALE, 0 },
	{ "ERROR: [youtube] a1: The following content is not available on "
	    "this app.. Watch on the latest version of YouTube.", YTDLP_STALE,
	    0 },
	{ "ERROR: [youtube] a1: Failed to extract any player response; "
	    "please report this issue on  https://github.com/yt-dlp",
	    YTDLP_STALE, 0 },
	{ "ERROR: [youtube] a1: The page needs to be reloaded.", YTDLP_STALE,
	    0 },
	{ "ERROR: [x] a1: Failed to parse JSON (caused by JSONDecodeError)",
	    YTDLP_STALE, 0 },
	{ "WARNING: [youtube] a1: nsig extraction failed: Some formats may "
	    "be missing\nERROR: [youtube] a1: Requested format is not "
	    "available. Use --list-formats for a list of available formats",
	    YTDLP_STALE, 0 },
	{ "WARNING: Only images are available for download. Use "
	    "--list-formats to see them\nERROR: [youtube] a1: Requested "
	    "format is not available", YTDLP_STALE, 0 },
	{ "WARNING: [youtube] a1: n challenge solving failed: Some formats "
	    "may be missing.\nERROR: [youtube] a1: No video formats found!",
	    YTDLP_STALE, 0 },

	/* A person must act. */
	{ "Usage: yt-dlp [OPTIONS] URL [URL...]\n\nyt-dlp: error: no such "
	    "option: --nonsense", YTDLP_TOOL, 0 },
	{ "ERROR: could not find chrome cookies database in \"/root\"",
	    YTDLP_TOOL, 0 },
	{ "Traceback (most recent call last):\n  File \"/usr/bin/yt-dlp\", "
	    "line 5, in <module>\nModuleNotFoundError: No module named "
	    "'yt_dlp'", YTDLP_TOOL, 0 },
	{ "ERROR: unable to write data: [Errno 28] No space left on device",
	    YTDLP_DISK, 0 },
	{ "ERROR: unable to open for writing: [Errno 122] Disk quota "
	    "exceeded", YTDLP_DISK, 0 },

	/* This video, and no other. */
	{ "ERROR: [youtube] a1: Sign in to confirm your age. This video may "
	    "be inappropriate for some users.", YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: Private video. Sign in if you've been granted "
	    "access to this video", YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: Video unavailable", YTDLP_UNCLEAR, 0 },
	{ "ERROR: [youtube] a1: Video unavailable. This video is private",
	    YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: This video has been removed by the uploader",
	    YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: This video has been removed for violating "
	    "YouTube's Terms of Service", YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: Video unavailable. This video is no longer "
	    "available because the YouTube account associated with this video "
	    "has been terminated.", YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: Video unavailable. The uploader has not made "
	    "this video available in your country", YTDLP_GONE, 0 },
	{ "ERROR: [x] a1: This video is not available from your location due "
	    "to geo restriction", YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: Video unavailable. This video contains "
	    "content from UMG, who has blocked it in your country on "
	    "copyright grounds", YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: Video unavailable. This video contains "
	    "content from SME, who has blocked it on copyright grounds",
	    YTDLP_GONE, 0 },
	{ "ERROR: [x] a1: This video is DRM protected", YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: Join this channel to get access to "
	    "members-only content like this video", YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: This video is only available to Music "
	    "Premium members", YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: This video requires payment to watch.",
	    YTDLP_GONE, 0 },
	{ "ERROR: [x] a1: This video is only available for registered users. "
	    "Use --cookies", YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: Premieres in 3 hours", YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: This live event will begin in 2 days.",
	    YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: This live stream recording is not available.",
	    YTDLP_GONE, 0 },
	{ "ERROR: [youtube] a1: This video does not exist.", YTDLP_UNCLEAR, 0 },
	{ "ERROR: [youtube] a1: Requested format is not available. Use "
	    "--list-formats for a list of available formats", YTDLP_UNCLEAR, 0 },
	{ "ERROR: Unsupported URL: https://example.com/", YTDLP_GONE, 0 },
	{ "ERROR: unable to write data: [Errno 27] File too large",
	    YTDLP_GONE, 0 },
	{ "ERROR: The downloaded file is empty", YTDLP_UNCLEAR, 0 },
	{ "ERROR: [generic] Unable to download webpage: HTTP Error 404: Not "
	    "Found (caused by <HTTPError 404: 'Not Found'>)", YTDLP_UNCLEAR, 0 },
	{ "ERROR: unable to download video data: HTTP Error 410: Gone",
	    YTDLP_GONE, 0 },
	{ "ERROR: unable to download video data: HTTP Error 451: Unavailable "
	    "For Legal Reasons", YTDLP_GONE, 0 },
	/* They need ffmpeg, which is kept from yt-dlp. */
	{ "ERROR: You have requested merging of multiple formats but ffmpeg "
	    "is not installed. Aborting due to --abort-on-error", YTDLP_GONE,
	    0 },
	{ "ERROR: Postprocessing: ffprobe and ffmpeg not found. Please "
	    "install or provide the path using --ffmpeg-location", YTDLP_GONE,
	    0 },
	{ "ERROR: m3u8 download detected but ffmpeg could not be found. "
	    "Please install", YTDLP_GONE, 0 },
	/* A warning does not make an error another one. */
	{ "WARNING: ffmpeg not found. The downloaded format may not be the "
	    "best available.\nERROR: [youtube] a1: Private video", YTDLP_GONE,
	    0 },
	{ "WARNING: [youtube] a1: nsig extraction failed: Some formats may "
	    "be missing\nERROR: unable to download video data: HTTP Error "
	    "404: Not Found", YTDLP_UNCLEAR, 0 },
};

/* Titles, ids and links are not yt-dlp's words, whatever they say. */
static const struct {
	const char *text, *query;
	enum ytdlp_class reach;
} foreign[] = {
	{ "ERROR: [x] a1: \"I'm not a bot\": Video unavailable", NULL,
	    YTDLP_UNCLEAR },
	{ "ERROR: [x] a1: 'not a bot' does not exist", NULL, YTDLP_UNCLEAR },
	{ "ERROR: [x] a1: ('not a bot') does not exist", NULL, YTDLP_UNCLEAR },
	{ "ERROR: [x] a1: 'I'm not a bot', it doesn't work, isn't there",
	    NULL, YTDLP_OUTAGE },
	{ "ERROR: [x] a1: Title \"say \"not a bot\" to captcha\" is private",
	    NULL, YTDLP_GONE },
	{ "ERROR: [x] a1: 'Rock 'n' Roll captcha' is private", NULL,
	    YTDLP_GONE },
	{ "ERROR: [x] a1: 'I said 'cause captcha' is private", NULL,
	    YTDLP_GONE },
	{ "ERROR: [x] a1: \"captcha\"", NULL, YTDLP_OUTAGE },
	{ "ERROR: [x] captcha: Video unavailable", NULL, YTDLP_UNCLEAR },
	{ "ERROR: [x:captcha] a/captcha/b: Video unavailable", NULL,
	    YTDLP_UNCLEAR },
	{ "ERROR: Unsupported URL: https://example.com/captcha", NULL,
	    YTDLP_GONE },
	{ "WARNING: [x] a1: \"nsig extraction failed\" is long\n"
	    "ERROR: [x] a1: No video formats found!", NULL, YTDLP_UNCLEAR },
	{ "WARNING: [x] a1: captcha\nERROR: [x] a1: Private video", NULL,
	    YTDLP_GONE },
	{ "ERROR: [youtube:search] query \"I'm not a bot\" page 1: Failed to "
	    "parse JSON", "I'm not a bot", YTDLP_STALE },
	{ "ERROR: [soundcloud:search] not a bot: HTTP Error 503", "not a bot",
	    YTDLP_OUTAGE },
	/* And these are: */
	{ "ERROR: [x] a1: Sign in, you can't be \"A: B\", you're not a bot",
	    NULL, YTDLP_REFUSED },
	{ "ERROR: [x] a1: \"unfinished, you are not a bot", NULL,
	    YTDLP_REFUSED },
	{ "ERROR: [x] a1: the users' captcha", NULL, YTDLP_REFUSED },
	{ "ERROR: [x] a 1: captcha needed", NULL, YTDLP_REFUSED },
	{ "ERROR: captcha: needed", NULL, YTDLP_REFUSED },
	{ "ERROR: [soundcloud:search] Please sign in", "sign", YTDLP_REFUSED },
};

static void only_its_own_words_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
		struct ytdlp_message m = ytdlp_classify(foreign[i].text,
		    foreign[i].query);

		if (m.reach != foreign[i].reach)
			fail_msg("%d: %s", m.reach, foreign[i].text);
	}
}

static void each_message_has_its_reach(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(downloads) / sizeof(*downloads); i++) {
		struct ytdlp_message m = ytdlp_classify(downloads[i].text,
		    NULL);

		if (m.reach != downloads[i].reach ||
		    m.retry_after != downloads[i].retry_after)
			fail_msg("%d, retry %d: %s", m.reach, m.retry_after,
			    downloads[i].text);
	}
}

static void a_search_says_nothing_about_a_video(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(downloads) / sizeof(*downloads); i++) {
		struct ytdlp_message m = ytdlp_classify(downloads[i].text,
		    "a query");

		if (downloads[i].reach == YTDLP_GONE ||
		    downloads[i].reach == YTDLP_UNCLEAR)
			assert_int_equal(m.reach, YTDLP_STALE);
		else
			assert_int_equal(m.reach, downloads[i].reach);
	}
}

static void an_unknown_message_has_no_meaning(void **state)
{
	(void)state;
	assert_null(ytdlp_classify("ERROR: [x] a1: 42", NULL).meaning);
	assert_non_null(ytdlp_classify("ERROR: Private video", NULL).meaning);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_message_has_its_reach),
		cmocka_unit_test(only_its_own_words_are_read),
		cmocka_unit_test(a_search_says_nothing_about_a_video),
		cmocka_unit_test(an_unknown_message_has_no_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
