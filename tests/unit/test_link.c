/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses of Spotify's lists, and short links with answers of the test. */
#include "test.h"

#include "base/mem.h"
#include "spotify/link.h"

#define ID "37i9dQZF1DXcBWIGoYBM5M"

static void is_link(const char *text, enum link_kind kind, const char *id)
{
	struct spotify_link l;

	if (spotify_link_parse(text, &l) != kind || l.kind != kind)
		fail_msg("%s: kind %d instead of %d", text, l.kind, kind);
	if (id == NULL)
		assert_null(l.id);
	else
		assert_string_equal(l.id, id);
	spotify_link_free(&l);
}

static void every_form_of_a_list_is_known(void **state)
{
	static const char *const playlists[] = {
		"spotify:playlist:" ID, "SPOTIFY:playlist:" ID,
		"spotify:user:ada:playlist:" ID, "spotify:playlist:" ID "?si=x",
		"https://open.spotify.com/playlist/" ID,
		"http://open.spotify.com/playlist/" ID,
		"HTTPS://Open.Spotify.com/playlist/" ID,
		"https://open.spotify.com:443/playlist/" ID,
		"open.spotify.com/playlist/" ID,
		"https://open.spotify.com/playlist/" ID "?si=abc&pt=def#x",
		"https://open.spotify.com/playlist/" ID "/",
		"https://open.spotify.com/intl-de/playlist/" ID,
		"https://open.spotify.com/intl-pt-br/playlist/" ID "?si=a",
		"https://open.spotify.com/embed/playlist/" ID,
		"https://open.spotify.com/intl-fr/embed/playlist/" ID,
		"https://open.spotify.com/user/ada/playlist/" ID,
		"https://open.spotify.com//user/ada/playlist/" ID,
		"https://play.spotify.com/user/ada/playlist/" ID,
		"https://embed.spotify.com/?uri=spotify%3Aplaylist%3A" ID,
		"https://open.spotify.com/embed?uri=spotify:playlist:" ID,
		"  https://open.spotify.com/playlist/" ID "\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(playlists) / sizeof(*playlists); i++)
		is_link(playlists[i], LINK_PLAYLIST, ID);
	is_link("spotify:album:" ID, LINK_ALBUM, ID);
	is_link("https://open.spotify.com/intl-es/album/" ID "?highlight="
	    "spotify:track:x", LINK_ALBUM, ID);
	is_link("spotify:track:" ID, LINK_TRACK, ID);
	is_link("https://open.spotify.com/track/" ID, LINK_TRACK, ID);
}

static void no_id_is_refused_by_its_look(void **state)
{
	(void)state;
	is_link("spotify:playlist:x", LINK_PLAYLIST, "x");
	is_link("https://open.spotify.com/playlist/%41-_.~!", LINK_PLAYLIST,
	    "%41-_.~!");
	is_link("spotify:album:" ID ID ID, LINK_ALBUM, ID ID ID);
}

static void links_of_other_things_are_named(void **state)
{
	(void)state;
	is_link("spotify:artist:" ID, LINK_OTHER, "artist");
	is_link("https://open.spotify.com/episode/" ID, LINK_OTHER, "episode");
	is_link("https://open.spotify.com/show/" ID, LINK_OTHER, "show");
	is_link("https://open.spotify.com/user/ada", LINK_OTHER, "user");
	is_link("https://open.spotify.com/collection/tracks", LINK_OTHER,
	    "collection");
	is_link("spotify:user:ada:collection", LINK_OTHER, "collection");
	is_link("spotify:local:Ada:Tape:Song:215", LINK_OTHER, "local");
}

static void anything_else_is_no_link(void **state)
{
	static const char *const none[] = { "", " ", "x", ID, "spotify",
		"spotify:", "spotify:playlist", "spotify:playlist:",
		"spotify::" ID, "spotify:thing:" ID, "playlist/" ID,
		"https://open.spotify.com", "https://open.spotify.com/",
		"https://open.spotify.com/playlist",
		"https://open.spotify.com/playlist/",
		"https://open.spotify.com/playlist/?si=x",
		"https://open.spotify.com/user/ada/playlist/",
		"https://open.spotify.com/playlist" ID,
		"https://open.spotify.com.evil.example/playlist/" ID,
		"https://evil.example/open.spotify.com/playlist/" ID,
		"https://open.spotify.com@evil.example/playlist/" ID,
		"https://open.spotify.com:8080/playlist/" ID,
		"https://evil.example/?uri=spotify:playlist:" ID,
		"ftp://open.spotify.com/playlist/" ID,
		"https://open.spotify.com/embed?uri=" ID,
		"https://spotify.link", "https://spotify.link/",
		"spotify:playlist:..", "spotify:track:.",
		"https://open.spotify.com/playlist/../me",
		"/home/ada/list.csv" };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		is_link(none[i], LINK_NONE, NULL);
	assert_true(spotify_link_is_address("https://example.com/a"));
	assert_true(spotify_link_is_address("spotify:x"));
	assert_true(spotify_link_is_address("spoti.fi/abc"));
	assert_false(spotify_link_is_address("spotify.csv"));
	assert_false(spotify_link_is_address("/tmp/list.m3u"));
}

static void an_address_is_made_of_a_link(void **state)
{
	struct spotify_link l = { LINK_ALBUM, (char *)(uintptr_t)"a/b" };
	char *url = spotify_link_url(&l);

	(void)state;
	assert_string_equal(url, "https://open.spotify.com/album/a%2Fb");
	free(url);
}

/* ---- short links ---- */

/* An answer to each request in turn. */
struct answers {
	struct {
		const char *url;	/* that is requested */
		enum outcome outcome;
		long status;
		const char *location, *body;
	} list[10];
	int asked;
	bool forever;			/* the first answer is given always */
};

static enum outcome answer(void *ctx, const struct http_request *q,
    struct http_response *r, struct error *error)
{
	struct answers *a = ctx;
	int i = a->forever ? 0 : a->asked;

	assert_true(i < 10 && a->list[i].url != NULL);
	assert_string_equal(q->url, a->list[i].url);
	assert_null(q->bearer);
	a->asked++;
	memset(r, 0, sizeof(*r));
	if (a->list[i].outcome != DONE)
		return error_set(error, a->list[i].outcome, "no network");
	r->status = a->list[i].status;
	r->location = xstrdup(a->list[i].location);
	if (a->list[i].body != NULL)
		buf_puts(&r->body, a->list[i].body);
	return DONE;
}

static enum outcome follow(struct answers *a, struct spotify_link *l,
    struct error *error)
{
	assert_int_equal(spotify_link_parse("http://Spotify.link/AbC?x=1#y", l),
	    LINK_SHORT);
	memset(error, 0, sizeof(*error));
	return spotify_link_follow_by(l, answer, a, error);
}

#define SHORT "https://Spotify.link/AbC?x=1"

static void a_short_link_leads_to_a_list(void **state)
{
	struct answers hops = { .list = {
		{ SHORT, DONE, 307, "https://spotify.app.link/d?e=f", NULL },
		{ "https://spotify.app.link/d?e=f", DONE, 301, "/g", NULL },
		{ "https://spotify.app.link/g", DONE, 302,
		    "https://open.spotify.com/playlist/" ID "?si=x", NULL } } };
	struct answers page = { .list = { { SHORT, DONE, 200, NULL,
		"<a href=\"https://open.spotify.com/\"><script>go('"
		"https://open.spotify.com/album/" ID "?a=b')" } } };
	struct spotify_link l;
	struct error error;

	(void)state;
	assert_int_equal(follow(&hops, &l, &error), DONE);
	assert_int_equal(l.kind, LINK_PLAYLIST);
	assert_string_equal(l.id, ID);
	assert_int_equal(hops.asked, 3);
	spotify_link_free(&l);
	assert_int_equal(follow(&page, &l, &error), DONE);
	assert_int_equal(l.kind, LINK_ALBUM);
	assert_string_equal(l.id, ID);
	spotify_link_free(&l);
}

static void a_short_link_is_followed_to_hosts_of_spotify_only(void **state)
{
	static const char *const targets[] = { "https://evil.example/x",
		"http://127.0.0.1:80/", "https://spotify.link@evil.example/",
		"//evil.example/x", "file:///etc/passwd", "", "/",
		"https://open.spotify.com/" };

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct answers a = { .list = { { SHORT, DONE, 302, targets[i],
			NULL } } };
		struct spotify_link l;
		struct error error;

		assert_int_equal(follow(&a, &l, &error), ITEM_FAILED);
		assert_non_null(strstr(error.text, "leads to"));
		assert_null(strstr(error.text, "to ,"));
		assert_int_equal(a.asked, 1);
		spotify_link_free(&l);
	}
}

static void a_short_link_ends(void **state)
{
	struct answers circle = { .forever = true, .list = { { SHORT, DONE, 302,
		"http://spotify.link/AbC?x=1", NULL } } };
	struct answers gone = { .list = { { SHORT, DONE, 404, NULL, "no" } } };
	struct answers busy = { .list = { { SHORT, DONE, 503, NULL, "" } } };
	struct answers dead = { .list = { { SHORT, SERVICE_FAILED, 0, NULL,
		NULL } } };
	struct answers artist = { .list = { { SHORT, DONE, 302,
		"https://open.spotify.com/artist/" ID, NULL } } };
	struct spotify_link l;
	struct error error;

	(void)state;
	circle.list[0].url = "https://spotify.link/AbC?x=1";
	assert_int_equal(spotify_link_parse("spotify.link/AbC?x=1", &l),
	    LINK_SHORT);
	assert_int_equal(spotify_link_follow_by(&l, answer, &circle, &error),
	    ITEM_FAILED);
	assert_int_equal(circle.asked, 8);
	spotify_link_free(&l);
	assert_int_equal(follow(&gone, &l, &error), ITEM_FAILED);
	spotify_link_free(&l);
	assert_int_equal(follow(&busy, &l, &error), RUN_LATER);
	spotify_link_free(&l);
	assert_int_equal(follow(&dead, &l, &error), RUN_LATER);
	spotify_link_free(&l);
	assert_int_equal(follow(&artist, &l, &error), DONE);
	assert_int_equal(l.kind, LINK_OTHER);
	spotify_link_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_a_list_is_known),
		cmocka_unit_test(no_id_is_refused_by_its_look),
		cmocka_unit_test(links_of_other_things_are_named),
		cmocka_unit_test(anything_else_is_no_link),
		cmocka_unit_test(an_address_is_made_of_a_link),
		cmocka_unit_test(a_short_link_leads_to_a_list),
		cmocka_unit_test(
		    a_short_link_is_followed_to_hosts_of_spotify_only),
		cmocka_unit_test(a_short_link_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
