/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/track.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "types/members.h"

#define MAX_ARTISTS 100	/* an orchestra's album names about thirty */

static const struct member members[] = {
	MEMBER("id", TEXT, track, id),
	MEMBER("isrc", TEXT, track, isrc),
	MEMBER("title", TEXT, track, title, .always = true),
	MEMBER("album", TEXT, track, album),
	MEMBER("album_artist", TEXT, track, album_artist),
	MEMBER("release_date", TEXT, track, release_date),
	MEMBER("cover_url", TEXT, track, cover_url),
	MEMBER("duration_ms", INT64, track, duration_ms),
	MEMBER("disc_number", INT, track, disc_number, .high = 99999),
	MEMBER("track_number", INT, track, track_number, .high = 99999),
	MEMBER("explicit", BOOL, track, is_explicit),
	MEMBER("local", BOOL, track, is_local),
	MEMBER("added_at", TIME, track, added_at),
	MEMBERS_END
};

void track_init(struct track *t)
{
	memset(t, 0, sizeof(*t));
}

void track_free(struct track *t)
{
	members_free(members, t);
	free(t->key);
	for (size_t i = 0; i < t->n_artists; i++)
		free(t->artists[i]);
	free(t->artists);
	track_init(t);
}

void track_copy(struct track *to, const struct track *from)
{
	struct track copy = *from;

	members_own(members, &copy);
	copy.key = xstrdup(from->key);
	copy.artists = NULL;
	copy.n_artists = 0;
	for (size_t i = 0; i < from->n_artists; i++)
		track_add_artist(&copy, from->artists[i]);
	*to = copy;
}

void track_add_artist(struct track *t, const char *name)
{
	if (name == NULL || *name == '\0' || t->n_artists >= MAX_ARTISTS)
		return;
	t->artists = xrealloc(t->artists,
	    (t->n_artists + 1) * sizeof(*t->artists));
	t->artists[t->n_artists++] = xstrdup(name);
}

/* Appends text with ASCII case and runs of white space evened out, which is
 * as much as a key may fold: two keys for one track cost a look-up, one key for
 * two tracks would lose one. */
static void append_folded(struct buf *b, const char *text)
{
	bool space = false;

	for (const char *p = text; *p != '\0'; p++) {
		if (isspace((unsigned char)*p)) {
			space = b->len > 0;
			continue;
		}
		if (space)
			buf_putc(b, ' ');
		space = false;
		buf_putc(b, (char)tolower((unsigned char)*p));
	}
}

void track_set_key(struct track *t)
{
	struct buf name = BUF_INIT;
	uint8_t digest[SHA256_LEN];
	char hex[33];

	free(t->key);
	if (t->id != NULL) {
		t->key = xstrdup(t->id);
		return;
	}
	for (size_t i = 0; i < t->n_artists; i++) {
		append_folded(&name, t->artists[i]);
		buf_putc(&name, '\n');
	}
	append_folded(&name, t->title != NULL ? t->title : "");
	sha256_of(buf_str(&name), name.len, digest);
	hex_encode(digest, 16, hex);
	t->key = xasprintf("~%s", hex);
	buf_free(&name);
}

char *track_artists_text(const struct track *t)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < t->n_artists; i++) {
		if (i > 0)
			buf_puts(&b, i + 1 < t->n_artists ? ", " : " & ");
		buf_puts(&b, t->artists[i]);
	}
	return buf_take(&b);
}

char *track_label(const struct track *t)
{
	char *artists = track_artists_text(t);
	const char *title = t->title != NULL ? t->title : "";
	char *label;

	if (*artists == '\0' && *title == '\0')
		label = xstrdup(t->key != NULL ? t->key : "(no name)");
	else
		label = xasprintf("%s - %s", artists, title);
	free(artists);
	return label;
}

bool track_has_name(const struct track *t)
{
	return t->n_artists > 0 && t->title != NULL && *t->title != '\0';
}

void track_to_json(const struct track *t, struct json_writer *w,
    const char *key)
{
	json_open_object(w, key);
	json_open_array(w, "artists");
	for (size_t i = 0; i < t->n_artists; i++)
		json_put_string(w, NULL, t->artists[i]);
	json_close(w);
	members_write(members, t, w);
	json_close(w);
}

int track_from_json(struct track *t, const struct json *v)
{
	const struct json *artists = json_get(v, "artists");
	char isrc[ISRC_LEN + 1];

	track_init(t);
	members_read(members, t, v);
	if (t->id != NULL && !spotify_id_is_valid(t->id))
		str_replace(&t->id, NULL);
	if (t->isrc != NULL)
		str_replace(&t->isrc,
		    isrc_parse(t->isrc, isrc) == 0 ? isrc : NULL);
	for (size_t i = 0; i < json_count(artists); i++)
		track_add_artist(t, json_string(json_at(artists, i)));
	track_set_key(t);
	return t->id != NULL || track_has_name(t) ? 0 : -1;
}

static size_t base62_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]))
		n++;
	return n;
}

bool spotify_id_is_valid(const char *id)
{
	return base62_length(id) == SPOTIFY_ID_LEN &&
	    id[SPOTIFY_ID_LEN] == '\0';
}

int spotify_id_parse(const char *text, char out[SPOTIFY_ID_LEN + 1])
{
	static const char *const marks[] = { "spotify:track:", "/track/" };
	const char *id = text;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *found = strstr(text, marks[i]);

		if (found != NULL)
			id = found + strlen(marks[i]);
	}
	if (base62_length(id) != SPOTIFY_ID_LEN)
		return -1;
	memcpy(out, id, SPOTIFY_ID_LEN);
	out[SPOTIFY_ID_LEN] = '\0';
	return 0;
}

int isrc_parse(const char *text, char out[ISRC_LEN + 1])
{
	size_t n = 0;

	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '-' || c == ' ')
			continue;
		if (n == ISRC_LEN || !(isalpha(c) || isdigit(c)))
			return -1;
		/* Two letters of the country, three letters or digits of
		 * the registrant, then year and number (ISO 3901). */
		if ((n < 2 && !isalpha(c)) || (n >= 5 && !isdigit(c)))
			return -1;
		out[n++] = (char)toupper(c);
	}
	out[n] = '\0';
	return n == ISRC_LEN ? 0 : -1;
}

struct track *tracks_add(struct tracks *list)
{
	return array_add(&list->items, &list->cap, &list->count,
	    sizeof(*list->items));
}

void tracks_free(struct tracks *list)
{
	for (size_t i = 0; i < list->count; i++)
		track_free(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}
