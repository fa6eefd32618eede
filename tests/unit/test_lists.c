/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists in a real index. */
#include "test.h"

#include "base/mem.h"
#include "index/lists.h"

static struct index *open_index(void **state)
{
	struct index *x;
	struct error error;

	assert_int_equal(index_open(*state, false, &x, &error), DONE);
	return x;
}

static void fill(struct track_list *l, const char *id, size_t count)
{
	memset(l, 0, sizeof(*l));
	l->id = xstrdup(id);
	l->kind = xstrdup("playlist");
	l->name = xstrdup("Night");
	l->owner = xstrdup("Ada");
	l->snapshot = xstrdup("s1");
	l->rows = (int64_t)count * 2;
	l->episodes = 1;
	l->local = 2;
	l->unusable = 3;
	for (size_t i = 0; i < count; i++) {
		struct track *t = tracks_add(&l->tracks);

		t->id = xasprintf("%022zu", i);
		t->title = xasprintf("T %zu", i);
		track_add_artist(t, "Ada");
		t->position = (unsigned)i * 2 + 1;
		track_set_key(t);
	}
}

static void a_list_comes_back_as_it_was_stored(void **state)
{
	struct index *x = open_index(state);
	struct track_list l, back;
	struct error error;

	fill(&l, "abc", 1000);
	assert_int_equal(index_put_list(x, &l, &error), DONE);
	assert_int_equal(index_get_list(x, "abc", &back), DONE);
	assert_string_equal(back.id, "abc");
	assert_string_equal(back.kind, "playlist");
	assert_string_equal(back.name, "Night");
	assert_string_equal(back.owner, "Ada");
	assert_string_equal(back.snapshot, "s1");
	assert_int_equal(back.rows, 2000);
	assert_int_equal(back.episodes, 1);
	assert_int_equal(back.local, 2);
	assert_int_equal(back.unusable, 3);
	assert_true(back.complete);
	assert_int_equal(back.tracks.count, 1000);
	for (size_t i = 0; i < 1000; i++) {
		assert_string_equal(back.tracks.items[i].key,
		    l.tracks.items[i].key);
		assert_int_equal(back.tracks.items[i].position, i * 2 + 1);
	}
	track_list_free(&back);
	track_list_free(&l);
	fill(&l, "abc", 0);
	assert_int_equal(index_put_list(x, &l, &error), DONE);
	assert_int_equal(index_get_list(x, "abc", &back), DONE);
	assert_int_equal(back.tracks.count, 0);
	track_list_free(&back);
	track_list_free(&l);
	index_close(x);
}

static int count_id(void *ctx, const char *id)
{
	assert_true(strcmp(id, "abc") == 0 || strcmp(id, "def") == 0);
	++*(int *)ctx;
	return 0;
}

static void lists_are_counted_and_removed(void **state)
{
	struct index *x = open_index(state);
	struct track_list l;
	struct error error;
	int n = 0;

	fill(&l, "abc", 1);
	assert_int_equal(index_put_list(x, &l, &error), DONE);
	track_list_free(&l);
	fill(&l, "def", 1);
	assert_int_equal(index_put_list(x, &l, &error), DONE);
	assert_int_equal(index_each_list(x, count_id, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(index_remove_list(x, "abc", &error), DONE);
	assert_int_equal(index_remove_list(x, "abc", &error), DONE);
	track_list_free(&l);
	assert_int_equal(index_get_list(x, "abc", &l), ITEM_FAILED);
	assert_int_equal(index_get_list(x, "def", &l), DONE);
	track_list_free(&l);
	index_close(x);
}

static void an_id_that_is_no_key_is_not_stored(void **state)
{
	struct index *x = open_index(state);
	static const size_t lengths[] = { 0, 500, 501, 5000 };

	for (size_t i = 0; i < 4; i++) {
		char id[5001];
		struct track_list l;
		struct error error;

		memset(id, 'x', lengths[i]);
		id[lengths[i]] = '\0';
		fill(&l, id, 1);
		assert_int_equal(index_put_list(x, &l, &error), DONE);
		track_list_free(&l);
		assert_int_equal(index_get_list(x, id, &l),
		    lengths[i] == 500 ? DONE : ITEM_FAILED);
		if (lengths[i] == 500)
			track_list_free(&l);
	}
	index_close(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_list_comes_back_as_it_was_stored, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(lists_are_counted_and_removed,
		    make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    an_id_that_is_no_key_is_not_stored, make_folder,
		    remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
