/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/buf.h"
#include "sources/queries.h"
#include "index/index.h"
#include "types/search.h"

static char *ask(const char *const *artists, const char *title,
    const char *isrc, bool by_isrc)
{
	struct buf all = BUF_INIT;
	struct queries q;
	struct track t;

	track_init(&t);
	for (; *artists != NULL; artists++)
		track_add_artist(&t, *artists);
	t.title = strdup(title);
	t.isrc = isrc != NULL ? strdup(isrc) : NULL;
	queries_make(&t, by_isrc, &q);
	for (size_t i = 0; i < q.count; i++)
		buf_printf(&all, "%s|", q.text[i]);
	queries_free(&q);
	track_free(&t);
	return buf_take(&all);
}

#define ASK(title, isrc, by_isrc, ...) \
	ask((const char *const[]){ __VA_ARGS__, NULL }, title, isrc, by_isrc)

static void assert_asked(char *asked, const char *wanted)
{
	assert_string_equal(asked, wanted);
	free(asked);
}

static void the_most_specific_query_comes_first_and_none_twice(void **state)
{
	(void)state;
	assert_asked(ASK("Light", NULL, true, "Ada"), "Ada Light|Light|");
	assert_asked(ASK("Light (feat. Bo) - Cy Remix", "XX1", true, "Ada",
	    "Bo", "Cy", "Dee"), "Ada Bo Cy Light (feat. Bo) - Cy Remix|"
	    "Ada Light|Light (feat. Bo) - Cy Remix|XX1|");
	assert_asked(ASK("Light [Live]", "XX1", false, "Ada"),
	    "Ada Light [Live]|Ada Light|Light [Live]|");
	assert_asked(ASK(" (Intro)", NULL, false, "Ada"),
	    "Ada  (Intro)| (Intro)|");
	assert_asked(ASK("a\nb", NULL, false, "Ada\t"), "Ada  a b|a b|");
	assert_asked(ASK("", NULL, true, NULL), "");
}

static struct candidates found(const char *ref)
{
	struct candidates list = { .count = 0 };
	struct candidate *c = candidates_add(&list);

	c->ref = strdup(ref);
	c->title = strdup("Light");
	c->channel = strdup("Ada - Topic");
	c->duration_s = 200.5;
	c->views = 7;
	c->verified = true;
	return list;
}

static void a_search_is_known_until_it_expires(void **state)
{
	struct searches s = { .count = 0 };
	struct candidates one = found("r1"), two = found("r2");
	const struct past_search *p;

	(void)state;
	searches_keep(&s, "y", "q", 1000, &one);
	assert_null(searches_find(&s, "y", "Q", 1000, 60));
	assert_null(searches_find(&s, "z", "q", 1000, 60));
	assert_null(searches_find(&s, "y", "q", 1060, 60));
	assert_null(searches_find(&s, "y", "q", 999, 60));
	assert_null(searches_find(&s, "y", "q", 1000, 0));
	p = searches_find(&s, "y", "q", 1059, 60);
	assert_string_equal(p->found.items[0].ref, "r1");
	searches_keep(&s, "y", "q", 2000, &two);
	p = searches_find(&s, "y", "q", 2000, 60);
	assert_int_equal(p->found.count, 1);
	assert_string_equal(p->found.items[0].ref, "r2");
	assert_int_equal(s.count, 1);
	searches_free(&s);
	candidates_free(&one);
	candidates_free(&two);
}

static void only_fresh_searches_are_stored(void **state)
{
	struct searches s = { .count = 0 }, back;
	struct candidates one = found("r1"), none = { .count = 0 };
	const struct candidate *c;
	struct index *x;
	size_t len;
	char *text;

	searches_keep(&s, "y", "old", 1000, &one);
	searches_keep(&s, "y", "new", 2000, &one);
	searches_keep(&s, "y", "in vain", 2000, &none);
	text = searches_to_text(&s, 2001, 60, &len);
	assert_int_equal(index_open(*state, false, &x, NULL), DONE);
	assert_int_equal(index_put_searches(x, "k", text, len, NULL), DONE);
	index_get_searches(x, "k", &back);
	assert_int_equal(back.count, 2);
	assert_null(searches_find(&back, "y", "old", 1001, 60));
	assert_non_null(searches_find(&back, "y", "in vain", 2001, 60));
	c = searches_find(&back, "y", "new", 2001, 60)->found.items;
	assert_string_equal(c->ref, "r1");
	assert_string_equal(c->channel, "Ada - Topic");
	assert_null(c->artist);
	assert_true(c->views == 7 && c->verified && c->duration_s > 200.4);
	searches_free(&back);
	index_put_searches(x, "k", NULL, 0, NULL);
	index_get_searches(x, "k", &back);
	assert_int_equal(back.count, 0);
	index_put_searches(x, "k", "[7,{},{\"source\":\"y\"},", 22, NULL);
	index_get_searches(x, "k", &back);
	assert_int_equal(back.count, 0);
	index_close(x);
	free(text);
	searches_free(&s);
	candidates_free(&one);
}

/* ---- what could not be had ---- */

#define NOW 1800000000LL
#define DAY 86400

static struct searches next_run(struct searches *s, int64_t now)
{
	struct searches back;
	size_t len;
	char *text = searches_to_text(s, now, 60, &len);

	searches_from_text(&back, text, len);
	free(text);
	searches_free(s);
	return back;
}

static void a_candidate_that_is_gone_is_passed_over_for_seven_days(
    void **state)
{
	struct searches s = { .count = 0 };

	(void)state;
	searches_skip(&s, "y", "a", "is private", NOW, SKIP_S);
	assert_true(s.changed);
	s = next_run(&s, NOW + 1);
	assert_false(s.changed);
	assert_true(searches_passes_over(&s, "y", "a", NOW + 7 * DAY - 1));
	assert_false(searches_passes_over(&s, "y", "a", NOW + 7 * DAY));
	assert_false(searches_passes_over(&s, "y", "b", NOW));
	assert_false(searches_passes_over(&s, "z", "a", NOW));
	/* By a clock that was ahead: it is not waited for. */
	assert_false(searches_passes_over(&s, "y", "a", NOW - 1));
	s = next_run(&s, NOW + 7 * DAY);
	assert_int_equal(s.n_skipped, 0);
	searches_free(&s);
}

static void candidates_skipped_for_one_run_are_not_stored(void **state)
{
	struct searches s = { .count = 0 };

	(void)state;
	searches_skip(&s, "y", "a", "still written", NOW, 0);
	assert_true(searches_passes_over(&s, "y", "a", NOW));
	assert_false(s.changed);
	s = next_run(&s, NOW);
	assert_int_equal(s.n_skipped, 0);
	searches_free(&s);
}

static void an_outage_is_held_against_a_candidate_when_others_could_be_had(
    void **state)
{
	struct searches s = { .count = 0 };

	(void)state;
	/* Nothing was delivered between these: one long outage. */
	for (int run = 0; run < 10; run++) {
		searches_note_outage(&s, "y", "a", "403", NOW + run, NOW - 1);
		assert_true(searches_passes_over(&s, "y", "a", NOW + run));
		s = next_run(&s, NOW + run);
		assert_false(searches_passes_over(&s, "y", "a", NOW + run));
	}
	searches_note_outage(&s, "y", "a", "403", NOW + 20, NOW + 15);
	s = next_run(&s, NOW + 20);
	assert_false(searches_passes_over(&s, "y", "a", NOW + 21));
	searches_note_outage(&s, "y", "a", "403", NOW + 30, NOW + 25);
	s = next_run(&s, NOW + 30);
	assert_true(searches_passes_over(&s, "y", "a", NOW + 31));
	assert_false(searches_passes_over(&s, "y", "a", NOW + 30 + 7 * DAY));
	searches_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_most_specific_query_comes_first_and_none_twice),
		cmocka_unit_test(a_search_is_known_until_it_expires),
		cmocka_unit_test_setup_teardown(only_fresh_searches_are_stored,
		    make_folder, remove_folder),
		cmocka_unit_test(
		    a_candidate_that_is_gone_is_passed_over_for_seven_days),
		cmocka_unit_test(
		    candidates_skipped_for_one_run_are_not_stored),
		cmocka_unit_test(
		    an_outage_is_held_against_a_candidate_when_others_could_be_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
