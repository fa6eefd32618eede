/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/filename.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "types/file.h"

#define VIDEO_ID_LEN 11

static bool is_video_id(const char *p)
{
	size_t n = 0;
	bool mixed = false;

	for (; isalnum((unsigned char)p[n]) || p[n] == '-' || p[n] == '_'; n++)
		mixed = mixed || isdigit((unsigned char)p[n]) ||
		    (n > 0 && isupper((unsigned char)p[n]));
	return n == VIDEO_ID_LEN && mixed;
}

/* "Title [pAgnJDJN4VA]", and "Title-pAgnJDJN4VA", the older form. */
static void cut_video_id(char *name)
{
	size_t len = strlen(name);

	if (len > VIDEO_ID_LEN + 2 && name[len - 1] == ']' &&
	    name[len - VIDEO_ID_LEN - 2] == '[' &&
	    is_video_id(name + len - VIDEO_ID_LEN - 1))
		name[len - VIDEO_ID_LEN - 2] = '\0';
	else if (len > VIDEO_ID_LEN + 1 &&
	    name[len - VIDEO_ID_LEN - 1] == '-' &&
	    strpbrk(name + len - VIDEO_ID_LEN, "0123456789") != NULL &&
	    is_video_id(name + len - VIDEO_ID_LEN))
		name[len - VIDEO_ID_LEN - 1] = '\0';
}

/* "01-artist-title-group": names without a blank that begin with a number have
 * hyphens in place of dashes, and end in the name of a release group. */
static char *spread_hyphens(char *name)
{
	struct buf b = BUF_INIT;
	char *last = strrchr(name, '-');

	if (strchr(name, ' ') != NULL || last == NULL ||
	    !isdigit((unsigned char)name[0]) || strchr(name, '-') == last)
		return name;
	if (strlen(last) <= 7 && strcspn(name, "-") != (size_t)(last - name))
		*last = '\0';
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '-')
			buf_puts(&b, " - ");
		else
			buf_putc(&b, *p);
	}
	free(name);
	return buf_take(&b);
}

static void cut_extension(char *name)
{
	char *dot = strrchr(name, '.');

	if (dot != NULL && dot != name)
		*dot = '\0';
}

/* "Title.webm" of "Title.webm.opus": converters add theirs. */
static bool ends_in_extension(const char *name)
{
	static const char *const video[] = { ".webm", ".mp4", ".mkv", ".avi" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(video) / sizeof(*video);
	    i++)
		if (strcasecmp(dot, video[i]) == 0)
			return true;
	return file_name_is_audio(name);
}

char *filename_title(const char *path)
{
	char *name = xstrdup(path_base(path)), *rate;

	cut_extension(name);
	if (ends_in_extension(name))
		cut_extension(name);
	cut_video_id(name);
	/* "Title-128kbps", "Title (320 kbps)" */
	rate = strstr(name, "kbps");
	while (rate != NULL && rate > name &&
	    strchr("0123456789 -([", rate[-1]) != NULL)
		rate--;
	if (rate != NULL)
		*rate = '\0';
	name = spread_hyphens(name);
	for (char *p = name; *p != '\0'; p++)
		*p = *p == '_' ? ' ' : *p;
	return name;
}

char *filename_folders(const char *path)
{
	const char *base = path_base(path);
	struct buf b = BUF_INIT;

	for (const char *p = path; p < base; p++) {
		if (*p == '/' && p + 1 < base)
			buf_puts(&b, " - ");
		else if (*p != '/')
			buf_putc(&b, *p == '_' ? ' ' : *p);
	}
	return buf_take(&b);
}
