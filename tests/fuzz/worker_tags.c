/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what a file's tags say, lines of NAME=VALUE, and as Serato's
 * objects: what comes of them is plausible, or absent. */
#include "fuzz.h"

#include <strings.h>

#include "worker/tags/serato.h"
#include "worker/tags/tags.h"
#include "base/utf8.h"
#include "types/media.h"

/* The value behind the first line that begins with NAME and "="; it ends with
 * its line. */
static const char *find_line(void *ctx, const char *name)
{
	size_t len = strlen(name);
	char **lines = ctx;

	for (; *lines != NULL; lines++)
		if (strncasecmp(*lines, name, len) == 0 &&
		    (*lines)[len] == '=')
			return *lines + len + 1;
	return NULL;
}

static char **split(char *text)
{
	size_t n = 1;
	char **lines;

	for (const char *s = text; *s != '\0'; s++)
		n += *s == '\n';
	lines = calloc(n + 1, sizeof(*lines));
	must(lines != NULL);
	n = 0;
	for (char *s = strtok(text, "\n"); s != NULL; s = strtok(NULL, "\n"))
		lines[n++] = s;
	return lines;
}

static void is_text(const char *s)
{
	size_t len = s != NULL ? strlen(s) : 0;

	must(len <= TAG_MAX && (s == NULL || len > 0));
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_length(s + i, len - i);
		must(n > 0 && (unsigned char)s[i] >= 0x20);
	}
}

static void is_plausible(const struct tags *t)
{
	const char *const texts[] = { t->artist, t->title, t->album,
		t->album_artist, t->date, t->genre, t->source, t->key };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		is_text(texts[i]);
	must(t->bpm == 0 || (t->bpm >= 20 && t->bpm <= 400));
	must(t->energy >= 0 && t->energy <= 10);
	must(t->track_number >= 0 && t->disc_number >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct analysis a = { .bpm = 100 };
	struct tags t;
	char **lines;

	(void)serato_autotags_bpm(data, size);
	(void)serato_beatgrid_bpm(data, size);
	(void)serato_base64_bpm(text);
	lines = split(text);
	tags_read(&t, find_line, lines);
	is_plausible(&t);
	analysis_apply_tags(&a, &t);
	must(a.bpm >= 40 && a.bpm <= 260);
	tags_free(&t);
	free(lines);
	free(text);
	return 0;
}
