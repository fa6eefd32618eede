/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/link.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define VIDEO_ID_LEN 11

bool link_is_web(const char *text)
{
	return strncasecmp(text, "https://", 8) == 0 ||
	    strncasecmp(text, "http://", 7) == 0;
}

static size_t video_id_len(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) || text[n] == '-' ||
	    text[n] == '_')
		n++;
	return n;
}

bool link_is_video_id(const char *text)
{
	return video_id_len(text) == VIDEO_ID_LEN &&
	    text[VIDEO_ID_LEN] == '\0';
}

char *link_of_video_id(const char *id)
{
	return xasprintf("https://www.youtube.com/watch?v=%.*s", VIDEO_ID_LEN,
	    id);
}

/* Where the id begins in what follows the host; NULL: it names no video. */
static const char *video_in(const char *host, size_t len, const char *rest)
{
	static const char *const hosts[] = { "youtube.com", "www.youtube.com",
		"m.youtube.com", "music.youtube.com", "youtube-nocookie.com",
		"www.youtube-nocookie.com" };
	static const char *const folders[] = { "/shorts/", "/embed/",
		"/live/", "/v/" };
	bool known = false;

	if (len == 8 && strncasecmp(host, "youtu.be", len) == 0)
		return *rest == '/' ? rest + 1 : NULL;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
		known |= strlen(hosts[i]) == len &&
		    strncasecmp(host, hosts[i], len) == 0;
	if (!known)
		return NULL;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (strncmp(rest, folders[i], strlen(folders[i])) == 0)
			return rest + strlen(folders[i]);
	if (strncmp(rest, "/watch?", 7) != 0)
		return NULL;
	for (rest += 6; rest != NULL && *rest != '\0';
	    rest = strchr(rest + 1, '&'))
		if (strncmp(rest + 1, "v=", 2) == 0)
			return rest + 3;
	return NULL;
}

char *link_plain(const char *text)
{
	const char *host, *id;
	size_t len;
	char *plain;

	if (!link_is_web(text))
		return xstrdup(text);
	host = strchr(text, ':') + 3;
	len = strcspn(host, "/?#");
	id = video_in(host, len, host + len);
	if (id != NULL && video_id_len(id) == VIDEO_ID_LEN)
		return link_of_video_id(id);
	plain = xstrndup(text, strcspn(text, "#"));
	for (size_t i = 0; i < (size_t)(host - text) + len; i++)
		plain[i] = (char)tolower((unsigned char)plain[i]);
	return plain;
}
