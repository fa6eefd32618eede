/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"

static int values[8];

static void what_was_put_is_got(void **state)
{
	struct map *m = map_new();

	(void)state;
	assert_null(map_put_str(m, "one", &values[1]));
	assert_null(map_put_str(m, "two", &values[2]));
	assert_ptr_equal(map_get_str(m, "one"), &values[1]);
	assert_ptr_equal(map_get_str(m, "two"), &values[2]);
	assert_null(map_get_str(m, "three"));
	assert_false(map_has_str(m, "on"));
	assert_int_equal(map_count(m), 2);
	map_free(m, NULL);
}

static void a_second_put_replaces_and_returns_the_first(void **state)
{
	struct map *m = map_new();

	(void)state;
	map_put_str(m, "key", &values[1]);
	assert_ptr_equal(map_put_str(m, "key", &values[2]), &values[1]);
	assert_ptr_equal(map_get_str(m, "key"), &values[2]);
	assert_int_equal(map_count(m), 1);
	map_free(m, NULL);
}

static void an_empty_map_can_be_asked(void **state)
{
	struct map *m = map_new();

	(void)state;
	assert_int_equal(map_count(m), 0);
	assert_null(map_get_str(m, "x"));
	assert_null(map_remove(m, "x", 1));
	map_free(m, free);
	map_free(NULL, free);
}

static void keys_are_bytes_and_not_strings(void **state)
{
	struct map *m = map_new();

	(void)state;
	map_put(m, "a\0b", 3, &values[1]);
	map_put(m, "a\0c", 3, &values[2]);
	map_put(m, "a", 1, &values[3]);
	map_put(m, "", 0, &values[4]);
	assert_int_equal(map_count(m), 4);
	assert_ptr_equal(map_get(m, "a\0b", 3), &values[1]);
	assert_ptr_equal(map_get(m, "a\0c", 3), &values[2]);
	assert_ptr_equal(map_get_str(m, "a"), &values[3]);
	assert_ptr_equal(map_get_str(m, ""), &values[4]);
	map_free(m, NULL);
}

static void keys_are_copied(void **state)
{
	struct map *m = map_new();
	char key[] = "key";

	(void)state;
	map_put_str(m, key, &values[1]);
	key[0] = 'K';
	assert_true(map_has_str(m, "key"));
	assert_false(map_has_str(m, "Key"));
	map_free(m, NULL);
}

static void a_key_without_a_value_is_there_all_the_same(void **state)
{
	struct map *m = map_new();

	(void)state;
	map_put_str(m, "seen", NULL);
	assert_true(map_has_str(m, "seen"));
	assert_null(map_get_str(m, "seen"));
	assert_false(map_has_str(m, "unseen"));
	map_free(m, NULL);
}

static void what_is_removed_is_gone_and_returned(void **state)
{
	struct map *m = map_new();

	(void)state;
	map_put_str(m, "one", &values[1]);
	map_put_str(m, "two", &values[2]);
	assert_ptr_equal(map_remove(m, "one", 3), &values[1]);
	assert_false(map_has_str(m, "one"));
	assert_null(map_remove(m, "one", 3));
	assert_ptr_equal(map_remove(m, "two", 3), &values[2]);
	assert_int_equal(map_count(m), 0);
	map_put_str(m, "one", &values[3]);
	assert_ptr_equal(map_get_str(m, "one"), &values[3]);
	map_free(m, NULL);
}

static int write_down(void *ctx, const void *key, size_t len, void *value)
{
	(void)value;
	buf_append(ctx, key, len);
	buf_putc(ctx, ' ');
	return 0;
}

static void iteration_is_in_the_order_of_insertion(void **state)
{
	struct map *m = map_new();
	struct buf b = BUF_INIT;

	(void)state;
	for (const char *c = "zyxabcmn"; *c != '\0'; c++)
		map_put(m, c, 1, &values[0]);
	map_remove(m, "a", 1);
	map_put(m, "x", 1, &values[1]);	/* replaced: keeps its place */
	map_put(m, "a", 1, &values[2]);
	assert_int_equal(map_each(m, write_down, &b), 0);
	assert_string_equal(buf_str(&b), "z y x b c m n a ");
	buf_free(&b);
	map_free(m, NULL);
}

static int until_the_third(void *ctx, const void *key, size_t len, void *value)
{
	(void)key;
	(void)len;
	(void)value;
	return ++*(int *)ctx == 3 ? 42 : 0;
}

static void iteration_ends_at_the_first_that_says_so(void **state)
{
	struct map *m = map_new();
	int calls = 0;

	(void)state;
	for (const char *c = "abcdef"; *c != '\0'; c++)
		map_put(m, c, 1, NULL);
	assert_int_equal(map_each(m, until_the_third, &calls), 42);
	assert_int_equal(calls, 3);
	map_free(m, NULL);
}

/* As many as a large library has, with values that freeing must reach. */
static void forty_thousand_keys_are_found_again(void **state)
{
	struct map *m = map_new();
	char key[32];

	(void)state;
	for (int i = 0; i < 40000; i++) {
		snprintf(key, sizeof(key), "track %d", i);
		assert_null(map_put_str(m, key, xasprintf("%d", i)));
	}
	assert_int_equal(map_count(m), 40000);
	for (int i = 0; i < 40000; i++) {
		snprintf(key, sizeof(key), "track %d", i);
		assert_int_equal(atoi(map_get_str(m, key)), i);
	}
	map_free(m, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_got),
		cmocka_unit_test(a_second_put_replaces_and_returns_the_first),
		cmocka_unit_test(an_empty_map_can_be_asked),
		cmocka_unit_test(keys_are_bytes_and_not_strings),
		cmocka_unit_test(keys_are_copied),
		cmocka_unit_test(a_key_without_a_value_is_there_all_the_same),
		cmocka_unit_test(what_is_removed_is_gone_and_returned),
		cmocka_unit_test(iteration_is_in_the_order_of_insertion),
		cmocka_unit_test(iteration_ends_at_the_first_that_says_so),
		cmocka_unit_test(forty_thousand_keys_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
