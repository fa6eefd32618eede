/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/queries.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

#define MAX_ARTISTS 3	/* more make a search find less */

/* The title up to where a version or guests begin: "Light - Live",
 * "Light (feat. Bo)", "Light [Remix]". */
static size_t core_length(const char *title)
{
	static const char *const ends[] = { " - ", " (", " [" };
	size_t len = strlen(title);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const char *at = strstr(title, ends[i]);

		if (at != NULL && at > title && (size_t)(at - title) < len)
			len = (size_t)(at - title);
	}
	return len;
}

/* Takes text over. */
static void add(struct queries *q, char *text)
{
	bool known = *text == '\0' || q->count == QUERIES_MAX;

	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20)
			*p = ' ';
	for (size_t i = 0; i < q->count; i++)
		known |= strcasecmp(q->text[i], text) == 0;
	if (known)
		free(text);
	else
		q->text[q->count++] = text;
}

static char *by_artists(const struct track *t, size_t most, size_t title_len)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < t->n_artists && i < most; i++)
		buf_printf(&b, "%s ", t->artists[i]);
	buf_append(&b, t->title, title_len);
	return buf_take(&b);
}

void queries_make(const struct track *t, bool by_isrc, struct queries *q)
{
	size_t all = strlen(t->title);

	memset(q, 0, sizeof(*q));
	add(q, by_artists(t, MAX_ARTISTS, all));
	add(q, by_artists(t, 1, core_length(t->title)));
	add(q, xstrdup(t->title));
	if (by_isrc && t->isrc != NULL)
		add(q, xstrdup(t->isrc));
}

void queries_free(struct queries *q)
{
	for (size_t i = 0; i < q->count; i++)
		free(q->text[i]);
	memset(q, 0, sizeof(*q));
}
