/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/playlist.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/secret.h"
#include "spotify/list_page.h"
#include "spotify/session.h"

#define MAX_PAGES 400		/* 20,000 entries; Spotify allows 10,000 */
#define MAX_READINGS 3		/* of a playlist that changes meanwhile */

/* What a person can do where Spotify gives no contents. */
#define OTHER_WAYS "copy its tracks to a playlist of your own, or give a " \
	"file: a CSV of Exportify, or Playlist1.json of an account export"

struct reading {
	struct session *s;
	const struct spotify_link *link;
	char *id;		/* for a path */
	struct track_list *out;
	struct map *met;	/* keys: each track counts once */
	struct list_page page;
	int64_t rows;		/* entries read so far */
	bool endless;		/* that were too many */
	const struct json *album;	/* of its tracks; NULL: a playlist */
};

static enum outcome get_object(struct reading *r, const char *query,
    struct json **out, struct error *error)
{
	char *url = xasprintf("%ss/%s%s", link_kind_name(r->link->kind), r->id,
	    query);
	enum outcome o = session_get_json(r->s, url, out, error);

	r->out->pages++;
	free(url);
	return o;
}

static void replace_name(char **slot, const char *name)
{
	free(*slot);
	*slot = name != NULL ? secret_hide_copy(name) : NULL;
}

/* ---- entries ---- */

/* Tracks of an album come without it. */
static void set_album(struct track *t, const struct json *album)
{
	const char *name = json_get_string(album, "name");
	const char *artist = json_get_string(json_at(json_get(album,
	    "artists"), 0), "name");

	if (t->album_artist == NULL && artist != NULL)
		t->album_artist = secret_hide_copy(artist);
	if (t->album == NULL && name != NULL)
		t->album = secret_hide_copy(name);
	if (t->release_date == NULL)
		t->release_date = xstrdup(json_get_string(album,
		    "release_date"));
	if (t->cover_url == NULL)
		t->cover_url = xstrdup(json_get_string(json_at(json_get(album,
		    "images"), 0), "url"));
}

static void take_page(struct reading *r)
{
	struct list_page *p = &r->page;

	for (size_t i = 0; i < p->tracks.count; i++) {
		struct track *t = &p->tracks.items[i];

		if (r->album != NULL)
			set_album(t, r->album);
		if (t->is_local)
			r->out->local++;
		else
			track_list_take(r->out, r->met, t);
	}
	r->out->episodes += p->episodes;
	r->out->unusable += p->unusable;
	r->rows += p->rows;
	r->out->rows = r->rows;
	r->out->complete = r->rows == p->total;
}

static enum outcome refuse_endless(const char *what, struct error *error)
{
	return error_set(error, ITEM_FAILED, "%s: not read: it has no end after "
	    "%d entries, and a list of Spotify has 10,000 at most", what,
	    MAX_PAGES * LIST_PAGE_LIMIT);
}

/* Reads the pages of the path's `part` from the current entry to the end. */
static enum outcome read_pages(struct reading *r, const char *part,
    struct error *error)
{
	const char *kind = link_kind_name(r->link->kind);
	char *path = xasprintf("%ss/%s/%s", kind, r->id, part);
	char *what = xasprintf("%s %s", kind, r->link->id);
	enum outcome o = DONE;

	for (int n = 0; o == DONE; n++) {
		r->endless = n == MAX_PAGES;
		if (r->endless) {
			o = refuse_endless(what, error);
			break;
		}
		o = list_page_get(r->s, what, path, r->rows, &r->page, error);
		if (o != DONE)
			break;
		if (n == 0)
			progress_begin("reading the list",
			    (unsigned long)r->page.total);
		r->out->pages++;
		take_page(r);
		progress_step((unsigned long)r->rows);
		if (r->rows >= r->page.total || r->page.rows == 0)
			break;
	}
	progress_end();
	free(what);
	free(path);
	return o;
}

/* Some apps get the entries only inside of the playlist itself. ITEM_FAILED:
 * there are none either. */
static enum outcome read_inside(struct reading *r, struct error *error)
{
	struct json *v;
	enum outcome o = get_object(r, "", &v, error);
	bool found;

	if (o != DONE)
		return o;
	found = list_page_take_object(&r->page, json_get(v, "items")) ||
	    list_page_take_object(&r->page, json_get(v, "tracks"));
	json_free(v);
	if (!found || (r->page.rows == 0 && r->page.total > 0))
		return ITEM_FAILED;
	take_page(r);
	return r->out->complete ? DONE : read_pages(r, "tracks", error);
}

static enum outcome explain_refusal(const struct reading *r,
    struct error *error)
{
	const struct track_list *l = r->out;

	return error_set(error, ITEM_FAILED, "playlist \"%.80s\" by %.60s: "
	    "Spotify gives its tracks to its owner and collaborators only: "
	    OTHER_WAYS, l->name != NULL ? l->name : r->link->id,
	    l->owner != NULL ? l->owner : "somebody else");
}

/* Newer apps have "items", older ones "tracks". */
static enum outcome read_entries(struct reading *r, struct error *error)
{
	enum outcome o = read_pages(r, "items", error);
	long status = session_status(r->s);

	/* RUN_LATER: a refusal without a reason that concerns the app. */
	if (o == SERVICE_FAILED && status == 404 && r->rows == 0)
		o = read_pages(r, "tracks", error);
	else if (o == RUN_LATER && status == 403 && r->rows == 0)
		o = read_inside(r, error);
	status = session_status(r->s);
	if (r->endless)
		return o;
	if (o == ITEM_FAILED || (o == SERVICE_FAILED && status == 404) ||
	    (o == RUN_LATER && status == 403))
		return explain_refusal(r, error);
	return o;
}

static void start_over(struct reading *r)
{
	map_free(r->met, NULL);
	r->met = map_new();
	tracks_free(&r->out->tracks);
	r->out->episodes = r->out->local = r->out->unusable = 0;
	r->rows = 0;
}

/* ---- the three kinds ---- */

/* An id that Spotify does not know is no failure of the service. */
static enum outcome explain_absence(const struct reading *r, enum outcome o,
    struct error *error)
{
	long status = session_status(r->s);
	const char *kind = link_kind_name(r->link->kind);

	if (o == RUN_LATER && status == 403)
		return error_set(error, ITEM_FAILED, "%s %s: Spotify refuses "
		    "it (403): " OTHER_WAYS, kind, r->link->id);
	if (o != SERVICE_FAILED || (status != 404 && status != 400))
		return o;
	if (r->link->kind != LINK_PLAYLIST)
		return error_set(error, ITEM_FAILED, "%s %s: Spotify has no "
		    "such %s (%ld)", kind, r->link->id, kind, status);
	return error_set(error, ITEM_FAILED, "playlist %s: Spotify does not "
	    "give it (%ld): it was deleted, or is private, or is made by "
	    "Spotify itself (mixes, editorial lists): " OTHER_WAYS,
	    r->link->id, status);
}

static enum outcome read_head(struct reading *r, struct error *error)
{
	struct track_list *l = r->out;
	const struct json *owner;
	const char *name;
	struct json *v;
	enum outcome o = get_object(r, "?fields=id,name,snapshot_id,"
	    "owner(id,display_name)", &v, error);

	if (o != DONE)
		return explain_absence(r, o, error);
	owner = json_get(v, "owner");
	name = json_get_string(owner, "display_name");
	replace_name(&l->name, json_get_string(v, "name"));
	replace_name(&l->owner, name != NULL ? name :
	    json_get_string(owner, "id"));
	str_replace(&l->snapshot, json_get_string(v, "snapshot_id"));
	json_free(v);
	return DONE;
}

/* A playlist of one page can't change between its pages. */
static enum outcome read_playlist(struct reading *r, const char *known,
    bool *unchanged, struct error *error)
{
	enum outcome o = read_head(r, error);
	bool changed = false;

	*unchanged = o == DONE && known != NULL && r->out->snapshot != NULL &&
	    strcmp(known, r->out->snapshot) == 0;
	for (int i = 0; i < MAX_READINGS && o == DONE && !*unchanged; i++) {
		char *before = xstrdup(r->out->snapshot);

		start_over(r);
		o = read_entries(r, error);
		if (o == DONE && r->rows > LIST_PAGE_LIMIT)
			o = read_head(r, error);
		changed = o == DONE && before != NULL &&
		    (r->out->snapshot == NULL ||
		    strcmp(before, r->out->snapshot) != 0);
		free(before);
		if (!changed)
			break;
	}
	if (changed) {
		str_replace(&r->out->snapshot, NULL);
		r->out->complete = false;
	}
	return o;
}

static char *artists_text(const struct json *v)
{
	const struct json *artists = json_get(v, "artists");
	struct track t;
	char *text;

	track_init(&t);
	for (size_t i = 0; i < json_count(artists); i++)
		track_add_artist(&t, json_get_string(json_at(artists, i),
		    "name"));
	text = track_artists_text(&t);
	track_free(&t);
	return text;
}

/* An album, whose first page of tracks comes with it, or a track. */
static enum outcome read_other(struct reading *r, struct error *error)
{
	struct json *v;
	enum outcome o = get_object(r, "", &v, error);
	char *artists;

	if (o != DONE)
		return explain_absence(r, o, error);
	artists = artists_text(v);
	replace_name(&r->out->name, json_get_string(v, "name"));
	replace_name(&r->out->owner, artists);
	free(artists);
	start_over(r);
	if (r->link->kind == LINK_TRACK) {
		list_page_begin(&r->page);
		r->page.total = 1;
		list_page_add(&r->page, v);
		take_page(r);
	} else {
		r->album = v;
		if (list_page_take_object(&r->page, json_get(v, "tracks")))
			take_page(r);
		if (!r->out->complete)
			o = read_pages(r, "tracks", error);
	}
	json_free(v);
	return o;
}

enum outcome playlist_read(struct session *s, const struct spotify_link *link,
    const char *known, struct track_list *out, bool *unchanged,
    struct error *error)
{
	struct reading r = { .s = s, .link = link, .out = out,
		.id = url_encode(link->id), .met = map_new() };
	enum outcome o;

	memset(out, 0, sizeof(*out));
	out->id = xstrdup(link->id);
	out->kind = xstrdup(link_kind_name(link->kind));
	*unchanged = false;
	o = link->kind == LINK_PLAYLIST ?
	    read_playlist(&r, known, unchanged, error) : read_other(&r, error);
	list_page_free(&r.page);
	map_free(r.met, NULL);
	free(r.id);
	if (o != DONE)
		track_list_free(out);
	return o;
}
