/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk over the Liked Songs, with a service in place of the session that
 * can shift, lie and stammer. */
#include "test.h"

#include "base/buf.h"
#include "spotify/liked.h"
#include "spotify/session.h"

#define ALL 1000000

/* Likes are numbered: row 0 is the newest, number n - 1. */
struct session {
	int n;			/* likes that there are */
	int64_t lie;		/* the total that is told; 0: the true one */
	int empty_from;		/* rows from here on are not given */
	int grow_every;		/* a like is added before every so many */
	int garbled;		/* so many answers are cut */
	const char *garbage;	/* what they are then; NULL: half a page */
	const char *page;	/* the one page that is given */
	enum outcome outcome;	/* of every request */
	int requests;
};

static void add_row(struct buf *b, int number, bool first)
{
	buf_printf(b, "%s{\"added_at\":\"2026-11-19T20:15:42Z\",\"track\":{"
	    "\"id\":\"%022d\",\"name\":\"Song %d\",\"artists\":[{\"name\":"
	    "\"Ada\"}]}}", first ? "" : ",", number, number);
}

static void make_page(const struct session *s, long offset, struct buf *b)
{
	long end = offset + 50 < s->n ? offset + 50 : s->n;

	if (s->page != NULL) {
		buf_puts(b, s->page);
		return;
	}
	if (end > s->empty_from)
		end = s->empty_from;
	buf_puts(b, "{\"next\":\"https://elsewhere.example/\",\"items\":[");
	for (long i = offset; i < end; i++)
		add_row(b, (int)(s->n - 1 - i), i == offset);
	buf_printf(b, "],\"total\":%lld}",
	    s->lie != 0 ? (long long)s->lie : (long long)s->n);
}

/* In place of the session: answers in pieces, as a network does. */
enum outcome session_get(struct session *s, const char *url,
    const struct session_sink *sink, struct error *error)
{
	struct buf b = BUF_INIT;
	long offset = -1;
	int failed = 0;

	if (s->outcome != DONE)
		return error_set(error, s->outcome, "the service is out");
	if (++s->requests > 1 && s->grow_every > 0 &&
	    s->requests % s->grow_every == 0)
		s->n++;
	assert_int_equal(sscanf(url, "me/tracks?limit=50&offset=%ld",
	    &offset), 1);
	sink->on_restart(sink->ctx);
	make_page(s, offset, &b);
	if (s->garbled > 0) {
		s->garbled--;
		if (s->garbage != NULL) {
			buf_clear(&b);
			buf_puts(&b, s->garbage);
		} else {
			b.len /= 2;
		}
	}
	for (size_t i = 0; i < b.len && !failed; i += 7)
		failed = sink->on_body(sink->ctx, b.data + i,
		    b.len - i < 7 ? b.len - i : 7);
	buf_free(&b);
	return failed ? ITEM_FAILED : DONE;
}

/* Knows what is numbered below *ctx. */
static bool knows(void *ctx, const char *key)
{
	return strtol(key, NULL, 10) < *(int *)ctx;
}

static enum outcome pull(struct session *s, int known, int64_t known_rows,
    bool full, struct track_list *l)
{
	const struct liked_query q = { .knows = knows, .ctx = &known,
		.known_rows = known_rows, .full_walk = full };
	struct error error = { .text = "" };
	enum outcome o;

	if (s->empty_from == 0)
		s->empty_from = ALL;
	o = liked_pull(s, &q, l, &error);
	if (o != DONE)
		assert_true(error.text[0] != '\0');
	return o;
}

static void the_first_time_all_pages_are_read(void **state)
{
	struct session s = { .n = 123 };
	struct track_list l;

	(void)state;
	assert_int_equal(pull(&s, 0, -1, true, &l), DONE);
	assert_int_equal(l.tracks.count, 123);
	assert_string_equal(l.tracks.items[0].title, "Song 122");
	assert_string_equal(l.tracks.items[122].title, "Song 0");
	assert_true(l.complete);
	assert_int_equal(l.rows, 123);
	assert_int_equal(s.requests, 3);
	assert_int_equal(l.pages, 3);
	track_list_free(&l);
}

static void a_usual_run_costs_one_request(void **state)
{
	struct session s = { .n = 1000 };
	struct track_list l;

	(void)state;
	assert_int_equal(pull(&s, 1000, 1000, false, &l), DONE);
	assert_int_equal(s.requests, 1);
	assert_false(l.complete);
	assert_int_equal(l.rows, 1000);
	track_list_free(&l);
}

static void new_likes_are_read_up_to_what_is_known(void **state)
{
	struct session s = { .n = 1060 };
	struct track_list l;

	(void)state;
	assert_int_equal(pull(&s, 1000, 1000, false, &l), DONE);
	assert_int_equal(s.requests, 3);
	assert_int_equal(l.tracks.count, 150);
	assert_false(l.complete);
	track_list_free(&l);
}

static void a_total_that_disagrees_reads_all(void **state)
{
	struct session s = { .n = 200 };
	struct track_list l;

	(void)state;
	assert_int_equal(pull(&s, 200, 203, false, &l), DONE);
	assert_int_equal(l.tracks.count, 200);
	assert_true(l.complete);
	track_list_free(&l);
}

static void a_full_walk_reads_what_is_known(void **state)
{
	struct session s = { .n = 200 };
	struct track_list l;

	(void)state;
	assert_int_equal(pull(&s, 200, 200, true, &l), DONE);
	assert_int_equal(s.requests, 4);
	assert_true(l.complete);
	track_list_free(&l);
}

static void nobody_who_likes_nothing_is_an_error(void **state)
{
	struct session s = { .n = 0 };
	struct track_list l;

	(void)state;
	assert_int_equal(pull(&s, 0, -1, true, &l), DONE);
	assert_int_equal(l.tracks.count, 0);
	assert_true(l.complete);
	assert_int_equal(s.requests, 1);
	track_list_free(&l);
}

/* The like shifts every row by one: page 3 begins with page 2's last. */
static void a_total_that_changes_begins_the_walk_anew(void **state)
{
	struct session s = { .n = 120, .grow_every = 3 };
	struct track_list l;

	(void)state;
	assert_int_equal(pull(&s, 0, -1, true, &l), DONE);
	/* 3 that broke off, 3 that broke off, and the last to the end. */
	assert_int_equal(s.requests, 9);
	assert_int_equal(l.rows, 123);
	assert_false(l.complete);
	for (size_t i = 1; i < l.tracks.count; i++)
		assert_true(strcmp(l.tracks.items[i - 1].id,
		    l.tracks.items[i].id) > 0);
	/* Known are all but the one that came last, on top. */
	assert_int_equal(l.tracks.count, 122);
	track_list_free(&l);
}

static void one_like_on_the_way_costs_one_walk_more(void **state)
{
	struct session s = { .n = 100, .grow_every = 2 };
	struct track_list l;

	(void)state;
	/* Two pages: the second request of the first walk sees the change;
	 * then the walk is 101 rows long and meets it again, and again. */
	assert_int_equal(pull(&s, 0, -1, true, &l), DONE);
	assert_false(l.complete);
	assert_true(s.requests <= 8);
	track_list_free(&l);
}

static void a_total_that_lies_ends_and_makes_nothing_unliked(void **state)
{
	static const int64_t lies[] = { 1, 10, 119, 121, 1000000,
		INT64_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		struct session s = { .n = 120, .lie = lies[i] };
		struct track_list l;

		assert_int_equal(pull(&s, 0, -1, true, &l), DONE);
		assert_false(l.complete);
		assert_true(s.requests <= 4);
		track_list_free(&l);
	}
}

static void pages_that_end_early_are_not_all(void **state)
{
	struct session s = { .n = 120, .empty_from = 70 };
	struct track_list l;

	(void)state;
	assert_int_equal(pull(&s, 0, -1, true, &l), DONE);
	assert_int_equal(l.tracks.count, 70);
	assert_false(l.complete);
	track_list_free(&l);
}

static void a_page_has_no_more_rows_than_were_asked_for(void **state)
{
	(void)state;
	for (int rows = 49; rows <= 52; rows++) {
		struct buf page = BUF_INIT;
		struct session s = { .n = rows };
		struct track_list l;
		enum outcome o;

		buf_puts(&page, "{\"items\":[");
		for (int i = 0; i < rows; i++)
			buf_puts(&page, i == 0 ? "{}" : ",{}");
		buf_printf(&page, "],\"total\":%d}", rows);
		s.page = buf_str(&page);
		o = pull(&s, 0, -1, true, &l);
		assert_int_equal(o, rows <= 50 ? DONE : RUN_LATER);
		assert_int_equal(l.unusable, rows <= 50 ? rows : 0);
		assert_int_equal(s.requests, rows <= 50 ? 1 : 2);
		track_list_free(&l);
		buf_free(&page);
	}
}

static void a_service_without_end_is_left_after_a_while(void **state)
{
	struct session s = { .lie = INT64_MAX, .page = "{\"items\":[{\"track\":"
	    "{\"id\":\"3eSyMBd7ERw68NVB3jlRmW\",\"name\":\"x\"}}],"
	    "\"total\":9000000000}" };
	struct track_list l;

	(void)state;
	assert_int_equal(pull(&s, 0, -1, true, &l), DONE);
	assert_int_equal(l.tracks.count, 1);
	assert_int_equal(s.requests, 2000);
	assert_false(l.complete);
	track_list_free(&l);
}

static void rows_of_every_kind_are_read(void **state)
{
	struct session s = { .page = "{\"total\":6,\"items\":["
	    "{\"added_at\":\"2026-11-19T20:15:42Z\",\"track\":{"
	    "\"album\":{\"name\":\"A\",\"release_date\":\"1981-12\","
	    "\"images\":[{\"url\":\"u\"},{\"url\":\"v\"}]},\"artists\":["
	    "{\"name\":\"Ada\"},{\"name\":null},{\"name\":\"Bo\"}],"
	    "\"disc_number\":1,\"duration_ms\":215000,\"explicit\":true,"
	    "\"external_ids\":{\"isrc\":\"us-sm1-12-05438\"},"
	    "\"id\":\"3eSyMBd7ERw68NVB3jlRmW\",\"name\":\"Light\","
	    "\"track_number\":3}},"
	    "{\"added_at\":null,\"track\":null},"
	    "{\"track\":{\"id\":null,\"name\":null,\"artists\":null}},"
	    "{\"track\":{\"id\":null,\"is_local\":true,\"name\":\"Tape\","
	    "\"artists\":[{\"name\":\"Me\"}],\"external_ids\":{},"
	    "\"album\":{\"images\":null,\"release_date\":null}}},"
	    "{\"item\":{\"id\":\"1eSyMBd7ERw68NVB3jlRmW\",\"name\":\"\"}},"
	    "{\"track\":{\"id\":\"3eSyMBd7ERw68NVB3jlRmW\",\"name\":"
	    "\"Light\"}}]}" };
	struct track_list l;
	const struct track *t;

	(void)state;
	assert_int_equal(pull(&s, 0, -1, true, &l), DONE);
	assert_int_equal(l.tracks.count, 3);
	assert_int_equal(l.unusable, 2);
	assert_true(l.complete);
	t = &l.tracks.items[0];
	assert_string_equal(t->isrc, "USSM11205438");
	assert_int_equal(t->n_artists, 2);
	assert_string_equal(t->release_date, "1981-12");
	assert_string_equal(t->cover_url, "u");
	assert_int_equal(t->duration_ms, 215000);
	assert_int_equal(t->added_at, 1795119342);
	assert_true(l.tracks.items[1].is_local);
	assert_int_equal(l.tracks.items[1].key[0], '~');
	assert_string_equal(l.tracks.items[2].title, "");
	track_list_free(&l);
}

static void a_page_that_comes_broken_is_asked_for_once_more(void **state)
{
	static const char *const garbage[] = { NULL, "", "<html>", "[]",
		"{}", "{\"items\":[]}", "{\"items\":[],\"total\":1}}" };

	(void)state;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(*garbage); i++) {
		struct session once = { .n = 120, .garbled = 1,
			.garbage = garbage[i] };
		struct session always = { .n = 120, .garbled = ALL,
			.garbage = garbage[i] };
		struct track_list l;

		assert_int_equal(pull(&once, 0, -1, true, &l), DONE);
		assert_int_equal(l.tracks.count, 120);
		assert_int_equal(once.requests, 4);
		assert_true(l.complete);
		track_list_free(&l);
		assert_int_equal(pull(&always, 0, -1, true, &l), RUN_LATER);
		assert_int_equal(always.requests, 2);
		track_list_free(&l);
	}
}

static void what_the_session_says_is_passed_on(void **state)
{
	static const enum outcome outcomes[] = { RUN_LATER, RUN_AUTH, STOPPED,
		SERVICE_FAILED };

	(void)state;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++) {
		struct session s = { .outcome = outcomes[i] };
		struct track_list l;

		assert_int_equal(pull(&s, 0, -1, true, &l), outcomes[i]);
		assert_false(l.complete);
		track_list_free(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_time_all_pages_are_read),
		cmocka_unit_test(a_usual_run_costs_one_request),
		cmocka_unit_test(new_likes_are_read_up_to_what_is_known),
		cmocka_unit_test(a_total_that_disagrees_reads_all),
		cmocka_unit_test(a_full_walk_reads_what_is_known),
		cmocka_unit_test(nobody_who_likes_nothing_is_an_error),
		cmocka_unit_test(a_total_that_changes_begins_the_walk_anew),
		cmocka_unit_test(one_like_on_the_way_costs_one_walk_more),
		cmocka_unit_test(
		    a_total_that_lies_ends_and_makes_nothing_unliked),
		cmocka_unit_test(pages_that_end_early_are_not_all),
		cmocka_unit_test(a_page_has_no_more_rows_than_were_asked_for),
		cmocka_unit_test(a_service_without_end_is_left_after_a_while),
		cmocka_unit_test(rows_of_every_kind_are_read),
		cmocka_unit_test(
		    a_page_that_comes_broken_is_asked_for_once_more),
		cmocka_unit_test(what_the_session_says_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
