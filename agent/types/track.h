/* SPDX-License-Identifier: GPL-3.0-or-later */
/* track: a recording as Spotify, or an export of it, names it. */
#ifndef TYPES_TRACK_H
#define TYPES_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;
struct json_writer;

#define SPOTIFY_ID_LEN 22
#define ISRC_LEN 12

struct track {
	char *key;		/* what everything files it under: the id, or
				   '~' and a hash of its name; track_set_key */
	char *id;		/* Spotify's, 22 characters base 62; or NULL */
	char *isrc;		/* 12 characters, upper case; or NULL */
	char **artists;		/* n_artists of them, main artist first */
	size_t n_artists;
	char *title;		/* "" where Spotify has none any more */
	char *album;		/* or NULL */
	char *album_artist;	/* the album's main artist; or NULL */
	char *release_date;	/* YYYY, YYYY-MM or YYYY-MM-DD; or NULL */
	char *cover_url;	/* or NULL */
	int64_t duration_ms;	/* 0: unknown */
	int disc_number;	/* 0: unknown */
	int track_number;	/* 0: unknown */
	bool is_explicit;
	bool is_local;		/* the user's own file inside Spotify */
	int64_t added_at;	/* when it was liked, Unix time; 0: unknown */
	unsigned position;	/* in the list that it was read from, from 1;
				   0: unknown, and never stored */
};

/* A growing list that owns its tracks. */
struct tracks {
	struct track *items;
	size_t count, cap;
};

void track_init(struct track *t);
void track_free(struct track *t);	/* what it holds; not t itself */
void track_copy(struct track *to, const struct track *from); /* to is init */
void track_add_artist(struct track *t, const char *name);

/* Sets key from id, else from artists and title. Two tracks without an id
 * that are named alike (case and white space aside) have one key. */
void track_set_key(struct track *t);
/* "A, B and C", for people and tags; caller frees. "" if there are none. */
char *track_artists_text(const struct track *t);
/* "A, B - Title", for messages; caller frees. */
char *track_label(const struct track *t);
bool track_has_name(const struct track *t);	/* an artist and a title */

/* As the index and --json outputs spell it. */
void track_to_json(const struct track *t, struct json_writer *w,
    const char *key);
/* Members that are absent or null stay empty. Returns -1 if there is neither
 * id nor name. t is initialized by this. */
int track_from_json(struct track *t, const struct json *v);

bool spotify_id_is_valid(const char *id);
/* The id in spotify:track:ID or https://open.spotify.com/track/ID?.. or a
 * bare id, copied to out; -1 if there is none. */
int spotify_id_parse(const char *text, char out[SPOTIFY_ID_LEN + 1]);
/* Dashes and case removed, copied to out; -1 if it is no ISRC. */
int isrc_parse(const char *text, char out[ISRC_LEN + 1]);

struct track *tracks_add(struct tracks *list);	/* a new, initialized one */
void tracks_free(struct tracks *list);

#endif
