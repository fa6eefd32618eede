/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/file.h"
#include "records/takedowns.h"

#define TEXT(s) ((char *)(uintptr_t)(s))

static struct takedowns *open_takedowns(void **state, bool read_only)
{
	char *path = path_join(*state, "takedowns.jsonl");
	struct takedowns *t;

	assert_int_equal(takedowns_open(path, read_only, &t, NULL), DONE);
	free(path);
	return t;
}

static void begin(struct takedowns *t, enum takedown_state s, const char *key,
    const char *identity, uint32_t sound)
{
	uint32_t items[400];
	struct takedown d = { .key = TEXT(key), .state = s,
		.label = TEXT("A - B"), .identity = TEXT(identity),
		.sound = { .items = items, .count = sound != 0 ? 400 : 0,
		.duration = 60 }, .path = TEXT("x/\xff.mp3"),
		.cold = TEXT("/cold/\xff.mp3"), .doc_id = TEXT("id"),
		.added_at = 7 };

	for (uint32_t i = 0; i < 400; i++)
		items[i] = sound * 2654435761u * (i + 1);
	assert_int_equal(takedowns_begin(t, &d, NULL), DONE);
}

static const struct takedown *match(const struct takedowns *t,
    const char *identity, uint32_t sound)
{
	uint32_t items[400];
	struct fingerprint f = { .items = items, .count = 400,
		.duration = 60 };

	for (uint32_t i = 0; i < 400; i++)
		items[i] = sound * 2654435761u * (i + 1);
	return takedowns_match(t, identity, &f);
}

static void a_forgotten_track_is_known_by_key_file_and_sound(void **state)
{
	struct takedowns *t = open_takedowns(state, false);

	assert_null(match(t, "11", 5));
	begin(t, TAKEDOWN_FORGETTING, "k", "11", 5);
	assert_true(takedowns_forbid(t, "k"));
	takedowns_close(t);
	t = open_takedowns(state, false);
	assert_true(takedowns_forbid(t, "k"));
	assert_int_equal(takedowns_end(t, "k", TAKEDOWN_FORGOTTEN, NULL),
	    DONE);
	takedowns_close(t);
	t = open_takedowns(state, true);
	assert_true(takedowns_forbid(t, "k"));
	assert_false(takedowns_forbid(t, "l"));
	assert_string_equal(match(t, "11", 77)->label, "A - B");
	assert_string_equal(match(t, "22", 5)->key, "k");
	assert_null(match(t, "22", 77));
	assert_false(takedowns_is_cold(t, "k"));
	takedowns_close(t);
}

static void what_is_allowed_again_is_not_matched(void **state)
{
	struct takedowns *t = open_takedowns(state, false);

	begin(t, TAKEDOWN_FORGETTING, "k", "11", 5);
	takedowns_end(t, "k", TAKEDOWN_FORGOTTEN, NULL);
	takedowns_end(t, "k", TAKEDOWN_REMEMBERED, NULL);
	assert_false(takedowns_forbid(t, "k"));
	assert_null(match(t, "11", 5));
	/* Without a sound only the file itself is known. */
	begin(t, TAKEDOWN_FORGETTING, "l", "33", 0);
	assert_null(match(t, "22", 5));
	assert_non_null(match(t, "33", 5));
	takedowns_close(t);
}

static void a_cold_file_is_not_forgotten(void **state)
{
	struct takedowns *t = open_takedowns(state, false);
	const struct takedown *d;

	begin(t, TAKEDOWN_COOLING, "k", "11", 5);
	assert_true(takedowns_is_cold(t, "k"));
	takedowns_end(t, "k", TAKEDOWN_COLD, NULL);
	takedowns_close(t);
	t = open_takedowns(state, false);
	d = takedowns_of(t, "k");
	assert_int_equal(d->state, TAKEDOWN_COLD);
	assert_string_equal(d->path, "x/\xff.mp3");
	assert_string_equal(d->cold, "/cold/\xff.mp3");
	assert_string_equal(d->doc_id, "id");
	assert_int_equal(d->added_at, 7);
	assert_null(match(t, "11", 5));
	assert_false(takedowns_forbid(t, "k"));
	takedowns_end(t, "k", TAKEDOWN_RETURNED, NULL);
	assert_false(takedowns_is_cold(t, "k"));
	takedowns_close(t);
}

static void without_a_journal_nothing_is_taken_down(void **state)
{
	struct takedowns *t = open_takedowns(state, true);

	assert_null(takedowns_of(t, "k"));
	assert_null(match(NULL, "11", 5));
	assert_false(takedowns_forbid(NULL, "k"));
	assert_false(takedowns_is_cold(t, "k"));
	takedowns_close(t);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    a_forgotten_track_is_known_by_key_file_and_sound),
		TEST(what_is_allowed_again_is_not_matched),
		TEST(a_cold_file_is_not_forgotten),
		TEST(without_a_journal_nothing_is_taken_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
