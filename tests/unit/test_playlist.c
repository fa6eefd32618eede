/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Playlists, albums and tracks, with a service in place of the session that can
 * refuse, change and be of an older form. */
#include "test.h"

#include "base/buf.h"
#include "base/json.h"
#include "spotify/playlist.h"
#include "spotify/session.h"

#define ID "abcDEF"

struct session {
	int n;			/* entries of the list */
	int per_change;		/* the snapshot changes before every so many
				   requests; 0: never */
	int inside;		/* entries in the playlist itself; 0: none */
	long head_status, items_status, tracks_status;	/* 0: 200 */
	enum outcome refusal;	/* of a 403; 0: RUN_LATER */
	bool older;		/* "track" and "tracks" */
	const char *page;	/* any page's text; NULL: numbered tracks */
	const char *object;	/* of an album or track */
	int requests, changes;
	long status;
	char asked[20][96];
};

long session_status(const struct session *s)
{
	return s->status;
}

static enum outcome refuse(struct session *s, long status, struct error *error)
{
	enum outcome o = status != 403 ? SERVICE_FAILED :
	    s->refusal != DONE ? s->refusal : RUN_LATER;

	s->status = status;
	return error_set(error, o, "status %ld", status);
}

static void note_request(struct session *s, const char *url)
{
	if (s->requests < 20)
		snprintf(s->asked[s->requests], 96, "%s", url);
	if (++s->requests > 1 && s->per_change > 0 &&
	    s->requests % s->per_change == 0)
		s->changes++;
	s->status = 200;
}

static void add_entries(const struct session *s, long offset, long end,
    struct buf *b)
{
	const char *name = s->older ? "track" : "item";

	buf_puts(b, "\"items\":[");
	for (long i = offset; i < end && i < s->n; i++)
		buf_printf(b, "%s{\"%s\":{\"id\":\"%022ld\",\"name\":\"T %ld\","
		    "\"track\":true,\"type\":\"track\",\"artists\":[{\"name\":"
		    "\"Ada\"}]}}", i == offset ? "" : ",", name, i, i);
	buf_printf(b, "],\"total\":%d", s->n);
}

enum outcome session_get(struct session *s, const char *url,
    const struct session_sink *sink, struct error *error)
{
	bool items = strstr(url, "/items?") != NULL;
	const char *at = strstr(url, "offset=");
	struct buf b = BUF_INIT;
	long status;

	note_request(s, url);
	assert_non_null(strstr(url, "limit=50&"));
	assert_non_null(at);
	status = items ? s->items_status : s->tracks_status;
	if (status != 0)
		return refuse(s, status, error);
	sink->on_restart(sink->ctx);
	buf_puts(&b, "{");
	add_entries(s, atol(at + 7), atol(at + 7) + 50, &b);
	buf_puts(&b, "}");
	if (s->page != NULL) {
		buf_clear(&b);
		buf_puts(&b, s->page);
	}
	assert_int_equal(sink->on_body(sink->ctx, b.data, b.len), 0);
	buf_free(&b);
	return DONE;
}

enum outcome session_get_json(struct session *s, const char *url,
    struct json **out, struct error *error)
{
	struct buf b = BUF_INIT;

	note_request(s, url);
	*out = NULL;
	if (s->head_status != 0)
		return refuse(s, s->head_status, error);
	buf_printf(&b, "{\"id\":\"" ID "\",\"name\":\"Night %d\","
	    "\"snapshot_id\":\"s%d\",\"owner\":{\"id\":\"u\","
	    "\"display_name\":\"Ada\"}", s->changes, s->changes);
	if (s->inside > 0 && strchr(url, '?') == NULL) {
		buf_printf(&b, ",\"%s\":{", s->older ? "tracks" : "items");
		add_entries(s, 0, s->inside, &b);
		buf_puts(&b, "}");
	}
	buf_puts(&b, "}");
	if (s->object != NULL) {
		buf_clear(&b);
		buf_puts(&b, s->object);
	}
	*out = json_parse(b.data, b.len, NULL);
	buf_free(&b);
	assert_non_null(*out);
	return DONE;
}

static enum outcome read_list(struct session *s, enum link_kind kind,
    const char *known, struct track_list *l, bool *unchanged,
    struct error *error)
{
	char id[] = ID;
	const struct spotify_link link = { kind, id };
	enum outcome o;

	memset(error, 0, sizeof(*error));
	o = playlist_read(s, &link, known, l, unchanged, error);
	if (o != DONE)
		assert_true(error->text[0] != '\0');
	return o;
}

static void a_playlist_is_read_by_pages_of_50(void **state)
{
	static const int sizes[] = { 0, 1, 49, 50, 51, 100, 101 };
	static const int requests[] = { 2, 2, 2, 2, 4, 4, 5 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct session s = { .n = sizes[i] };
		struct track_list l;
		struct error error;
		bool unchanged;

		assert_int_equal(read_list(&s, LINK_PLAYLIST, NULL, &l,
		    &unchanged, &error), DONE);
		assert_false(unchanged);
		assert_int_equal(l.tracks.count, sizes[i]);
		assert_int_equal(l.rows, sizes[i]);
		assert_true(l.complete);
		assert_string_equal(l.name, "Night 0");
		assert_string_equal(l.owner, "Ada");
		assert_string_equal(l.snapshot, "s0");
		assert_string_equal(l.kind, "playlist");
		assert_string_equal(l.id, ID);
		for (int k = 0; k < sizes[i]; k++)
			assert_int_equal(l.tracks.items[k].position, k + 1);
		/* The head, the pages, and the head again if the list may have
		 * changed between two pages. */
		assert_int_equal(s.requests, requests[i]);
		track_list_free(&l);
	}
}

static void a_known_snapshot_costs_one_request(void **state)
{
	struct session s = { .n = 500 };
	struct track_list l;
	struct error error;
	bool unchanged;

	(void)state;
	assert_int_equal(read_list(&s, LINK_PLAYLIST, "s0", &l, &unchanged,
	    &error), DONE);
	assert_true(unchanged);
	assert_int_equal(s.requests, 1);
	assert_int_equal(l.tracks.count, 0);
	assert_string_equal(l.name, "Night 0");
	track_list_free(&l);
	assert_int_equal(read_list(&s, LINK_PLAYLIST, "s1", &l, &unchanged,
	    &error), DONE);
	assert_false(unchanged);
	assert_int_equal(l.tracks.count, 500);
	track_list_free(&l);
}

static void a_playlist_that_changes_is_read_again(void **state)
{
	/* The requests of one reading are 4: 2 pages between 2 heads. */
	struct session once = { .n = 60, .per_change = 4 };
	struct session always = { .n = 60, .per_change = 2 };
	struct track_list l;
	struct error error;
	bool unchanged;

	(void)state;
	assert_int_equal(read_list(&once, LINK_PLAYLIST, NULL, &l, &unchanged,
	    &error), DONE);
	assert_int_equal(once.requests, 7);
	assert_true(l.complete);
	assert_string_equal(l.snapshot, "s1");
	assert_string_equal(l.name, "Night 1");
	assert_int_equal(l.tracks.count, 60);
	assert_int_equal(l.rows, 60);
	track_list_free(&l);
	assert_int_equal(read_list(&always, LINK_PLAYLIST, NULL, &l, &unchanged,
	    &error), DONE);
	assert_int_equal(always.requests, 10);
	assert_false(l.complete);
	assert_null(l.snapshot);
	assert_int_equal(l.tracks.count, 60);
	track_list_free(&l);
}

static void entries_that_are_no_tracks_keep_their_positions(void **state)
{
	struct session s = { .page = "{\"items\":["
	    "{\"item\":{\"id\":\"e\",\"name\":\"Talk\",\"type\":\"episode\"}},"
	    "{\"item\":{\"id\":\"0000000000000000000001\",\"name\":\"One\"}},"
	    "{\"item\":null},"
	    "{\"is_local\":true,\"track\":{\"id\":null,\"is_local\":true,"
	    "\"name\":\"Tape\",\"artists\":[{\"name\":\"Me\"}]}},"
	    "{\"track\":{\"id\":\"0000000000000000000002\",\"name\":\"Two\"}},"
	    "{\"item\":{\"id\":\"0000000000000000000001\",\"name\":\"One\"}},"
	    "{\"item\":{\"id\":\"0000000000000000000003\",\"name\":\"Three\"}}"
	    "],\"total\":7}" };
	static const unsigned positions[] = { 2, 5, 7 };
	struct track_list l;
	struct error error;
	bool unchanged;

	(void)state;
	assert_int_equal(read_list(&s, LINK_PLAYLIST, NULL, &l, &unchanged,
	    &error), DONE);
	assert_int_equal(l.tracks.count, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(l.tracks.items[i].position, positions[i]);
	assert_int_equal(l.episodes, 1);
	assert_int_equal(l.local, 1);
	assert_int_equal(l.unusable, 1);
	assert_int_equal(track_list_skipped(&l), 3);
	assert_int_equal(l.rows, 7);
	track_list_free(&l);
}

static void older_forms_are_read(void **state)
{
	struct session names = { .n = 120, .older = true };
	struct session path = { .n = 120, .older = true,
		.items_status = 404 };
	struct track_list l;
	struct error error;
	bool unchanged;

	(void)state;
	assert_int_equal(read_list(&names, LINK_PLAYLIST, NULL, &l, &unchanged,
	    &error), DONE);
	assert_int_equal(l.tracks.count, 120);
	track_list_free(&l);
	assert_int_equal(read_list(&path, LINK_PLAYLIST, NULL, &l, &unchanged,
	    &error), DONE);
	assert_int_equal(l.tracks.count, 120);
	assert_string_equal(path.asked[2], "playlists/" ID
	    "/tracks?limit=50&offset=0");
	track_list_free(&l);
}

static void refused_pages_may_be_in_the_playlist_itself(void **state)
{
	for (int older = 0; older < 2; older++) {
		struct session s = { .n = 120, .items_status = 403,
			.inside = 100, .older = older };
		struct session all = { .n = 80, .items_status = 403,
			.tracks_status = 403, .inside = 100, .older = older };
		struct session some = { .n = 101, .items_status = 403,
			.tracks_status = 403, .inside = 100, .older = older };
		struct track_list l;
		struct error error;
		bool unchanged;

		(void)state;
		assert_int_equal(read_list(&s, LINK_PLAYLIST, NULL, &l,
		    &unchanged, &error), DONE);
		assert_int_equal(l.tracks.count, 120);
		for (int k = 0; k < 120; k++)
			assert_int_equal(l.tracks.items[k].position, k + 1);
		assert_true(l.complete);
		track_list_free(&l);
		assert_int_equal(read_list(&all, LINK_PLAYLIST, NULL, &l,
		    &unchanged, &error), DONE);
		assert_int_equal(l.tracks.count, 80);
		track_list_free(&l);
		assert_int_equal(read_list(&some, LINK_PLAYLIST, NULL, &l,
		    &unchanged, &error), ITEM_FAILED);
	}
}

static void a_refusal_names_the_ways_out(void **state)
{
	struct session others = { .n = 9, .items_status = 403 };
	struct session absent = { .head_status = 404 };
	struct session bad_id = { .head_status = 400 };
	struct session forbidden = { .head_status = 403 };
	struct track_list l;
	struct error error;
	bool unchanged;

	(void)state;
	assert_int_equal(read_list(&others, LINK_PLAYLIST, NULL, &l, &unchanged,
	    &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, "\"Night 0\" by Ada"));
	assert_non_null(strstr(error.text, "owner and collaborators"));
	assert_non_null(strstr(error.text, "Exportify"));
	assert_int_equal(read_list(&absent, LINK_PLAYLIST, NULL, &l, &unchanged,
	    &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, "editorial"));
	assert_non_null(strstr(error.text, "Playlist1.json of an account"));
	assert_int_equal(read_list(&bad_id, LINK_PLAYLIST, NULL, &l, &unchanged,
	    &error), ITEM_FAILED);
	assert_int_equal(read_list(&forbidden, LINK_PLAYLIST, NULL, &l,
	    &unchanged, &error), ITEM_FAILED);
	assert_int_equal(read_list(&absent, LINK_ALBUM, NULL, &l, &unchanged,
	    &error), ITEM_FAILED);
	assert_string_equal(error.text, "album " ID ": Spotify has no such "
	    "album (404)");
}

static void what_concerns_the_app_or_the_service_is_passed_on(void **state)
{
	static const struct {
		long head, items;
		enum outcome refusal, expected;
	} cases[] = {
		{ 403, 0, RUN_AUTH, RUN_AUTH }, { 0, 403, RUN_AUTH, RUN_AUTH },
		{ 0, 403, RUN_ACT, RUN_ACT },
		{ 410, 0, DONE, SERVICE_FAILED },
		{ 0, 410, DONE, SERVICE_FAILED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct session s = { .n = 1, .head_status = cases[i].head,
			.items_status = cases[i].items,
			.refusal = cases[i].refusal };
		struct track_list l;
		struct error error;
		bool unchanged;

		assert_int_equal(read_list(&s, LINK_PLAYLIST, NULL, &l,
		    &unchanged, &error), cases[i].expected);
	}
}

static void a_total_that_lies_ends(void **state)
{
	struct session s = { .page = "{\"items\":[],\"total\":9000000000}" };
	struct session more = { .page = "{\"items\":[{\"item\":{\"id\":"
	    "\"0000000000000000000001\",\"name\":\"One\"}}],"
	    "\"total\":9000000000}" };
	struct track_list l;
	struct error error;
	bool unchanged;

	(void)state;
	assert_int_equal(read_list(&s, LINK_PLAYLIST, NULL, &l, &unchanged,
	    &error), DONE);
	assert_false(l.complete);
	track_list_free(&l);
	assert_int_equal(read_list(&more, LINK_PLAYLIST, NULL, &l, &unchanged,
	    &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, "has no end after 20000 entries"));
	assert_int_equal(more.requests, 401);
}

static void an_album_gives_its_tracks_its_name(void **state)
{
	struct session s = { .n = 51, .object = "{\"name\":\"Kid\","
	    "\"artists\":[{\"name\":\"Ada\"},{\"name\":\"Bo\"}],"
	    "\"release_date\":\"2000-10\",\"images\":[{\"url\":\"u\"}],"
	    "\"tracks\":{\"total\":51,\"items\":["
	    "{\"id\":\"0000000000000000000090\",\"name\":\"First\","
	    "\"track_number\":1,\"artists\":[{\"name\":\"Ada\"}]}]}}" };
	struct track_list l;
	struct error error;
	bool unchanged;

	(void)state;
	assert_int_equal(read_list(&s, LINK_ALBUM, NULL, &l, &unchanged,
	    &error), DONE);
	assert_string_equal(s.asked[0], "albums/" ID);
	assert_string_equal(s.asked[1], "albums/" ID
	    "/tracks?limit=50&offset=1");
	assert_string_equal(l.name, "Kid");
	assert_string_equal(l.owner, "Ada & Bo");
	assert_int_equal(l.tracks.count, 51);
	assert_true(l.complete);
	for (int i = 0; i < 51; i++) {
		assert_string_equal(l.tracks.items[i].album, "Kid");
		assert_string_equal(l.tracks.items[i].release_date, "2000-10");
		assert_string_equal(l.tracks.items[i].cover_url, "u");
	}
	track_list_free(&l);
}

static void a_track_is_a_list_of_one(void **state)
{
	struct session s = { .object = "{\"id\":\"0000000000000000000090\","
	    "\"name\":\"First\",\"artists\":[{\"name\":\"Ada\"}],"
	    "\"album\":{\"name\":\"Kid\"}}" };
	struct track_list l;
	struct error error;
	bool unchanged;

	(void)state;
	assert_int_equal(read_list(&s, LINK_TRACK, NULL, &l, &unchanged,
	    &error), DONE);
	assert_string_equal(s.asked[0], "tracks/" ID);
	assert_int_equal(l.tracks.count, 1);
	assert_int_equal(l.tracks.items[0].position, 1);
	assert_string_equal(l.tracks.items[0].album, "Kid");
	assert_int_equal(l.rows, 1);
	assert_true(l.complete);
	track_list_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_playlist_is_read_by_pages_of_50),
		cmocka_unit_test(a_known_snapshot_costs_one_request),
		cmocka_unit_test(a_playlist_that_changes_is_read_again),
		cmocka_unit_test(
		    entries_that_are_no_tracks_keep_their_positions),
		cmocka_unit_test(older_forms_are_read),
		cmocka_unit_test(refused_pages_may_be_in_the_playlist_itself),
		cmocka_unit_test(a_refusal_names_the_ways_out),
		cmocka_unit_test(
		    what_concerns_the_app_or_the_service_is_passed_on),
		cmocka_unit_test(a_total_that_lies_ends),
		cmocka_unit_test(an_album_gives_its_tracks_its_name),
		cmocka_unit_test(a_track_is_a_list_of_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
