/* SPDX-License-Identifier: GPL-3.0-or-later */
/* buf, and the allocation underneath it. */
#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

static void an_untouched_buf_is_the_empty_string(void **state)
{
	struct buf b = BUF_INIT;
	char *taken;

	(void)state;
	assert_string_equal(buf_str(&b), "");
	buf_clear(&b);
	buf_free(&b);
	taken = buf_take(&b);
	assert_string_equal(taken, "");
	free(taken);
}

static void even_an_empty_append_makes_data(void **state)
{
	struct buf appended = BUF_INIT, printed = BUF_INIT;

	(void)state;
	buf_append(&appended, NULL, 0);
	assert_non_null(appended.data);
	buf_printf(&printed, "%s", "");
	assert_non_null(printed.data);
	assert_string_equal(printed.data, "");
	assert_int_equal(printed.len, 0);
	buf_free(&appended);
	buf_free(&printed);
}

static void what_is_appended_stands_in_order(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_puts(&b, "one");
	buf_putc(&b, ' ');
	buf_append(&b, "two!", 3);
	buf_printf(&b, " %d%s", 3, "...");
	assert_string_equal(buf_str(&b), "one two 3...");
	assert_int_equal(b.len, 12);
	buf_free(&b);
}

static void bytes_after_a_nul_are_kept(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_append(&b, "a\0b", 3);
	buf_putc(&b, '\0');
	buf_puts(&b, "c");
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "a\0b\0c", 6);
	buf_free(&b);
}

/* One byte at a time over many sizes, so that each growth is crossed with the
 * NUL in the last place. */
static void the_end_is_always_a_nul(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		buf_putc(&b, (char)('a' + i % 26));
		assert_int_equal(b.len, i + 1);
		assert_true(b.cap > b.len);
		assert_int_equal(b.data[b.len], '\0');
	}
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_free(&b);
}

static void a_long_text_can_be_printed(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_printf(&b, "<%10000d>", 7);
	assert_int_equal(b.len, 10002);
	assert_string_equal(b.data + 9998, "  7>");
	buf_free(&b);
}

static void a_ceiling_cuts_and_says_so(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_true(buf_append_limited(&b, "abc", 3, 5));
	assert_true(buf_append_limited(&b, "de", 2, 5));
	assert_true(buf_append_limited(&b, "", 0, 5));
	assert_false(buf_append_limited(&b, "f", 1, 5));
	assert_string_equal(buf_str(&b), "abcde");
	buf_clear(&b);
	assert_false(buf_append_limited(&b, "abcdefgh", 8, 5));
	assert_string_equal(buf_str(&b), "abcde");
	/* A ceiling that was passed already is no reason to wrap around. */
	assert_false(buf_append_limited(&b, "x", 1, 2));
	assert_string_equal(buf_str(&b), "abcde");
	buf_free(&b);
}

static void clearing_keeps_the_memory_and_freeing_does_not(void **state)
{
	struct buf b = BUF_INIT;
	char *was;

	(void)state;
	buf_puts(&b, "something");
	was = b.data;
	buf_clear(&b);
	assert_ptr_equal(b.data, was);
	assert_string_equal(buf_str(&b), "");
	buf_puts(&b, "else");
	assert_string_equal(buf_str(&b), "else");
	buf_free(&b);
	assert_null(b.data);
	buf_puts(&b, "again");
	assert_string_equal(buf_str(&b), "again");
	buf_free(&b);
}

static void what_is_taken_belongs_to_the_taker(void **state)
{
	struct buf b = BUF_INIT;
	char *taken;

	(void)state;
	buf_puts(&b, "mine");
	taken = buf_take(&b);
	assert_string_equal(taken, "mine");
	assert_null(b.data);
	buf_puts(&b, "other");
	assert_string_equal(taken, "mine");
	free(taken);
	buf_free(&b);
}

static void copies_of_nothing_are_nothing(void **state)
{
	char *slot = NULL, *part = xstrndup("abcdef", 3);

	(void)state;
	assert_null(xstrdup(NULL));
	assert_string_equal(part, "abc");
	free(part);
	str_replace(&slot, "one");
	assert_string_equal(slot, "one");
	str_replace(&slot, slot);
	assert_string_equal(slot, "one");
	str_replace(&slot, NULL);
	assert_null(slot);
}

static void an_allocation_of_nothing_is_not_null(void **state)
{
	void *all[] = { xmalloc(0), xcalloc(0, 8), xcalloc(8, 0),
		xrealloc(NULL, 0) };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		assert_non_null(all[i]);
		free(all[i]);
	}
}

static void a_growing_array_keeps_its_items(void **state)
{
	size_t cap = 0, *items = NULL;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		items = grow(items, &cap, i, sizeof(*items));
		assert_true(cap > i);
		items[i] = i * i;
	}
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(items[i], i * i);
	free(items);
}

/* In a child, as it is its end; what it says is read back from a pipe. */
static void without_memory_the_process_says_so_and_exits_1(void **state)
{
	char said[128] = "", item;
	size_t cap = SIZE_MAX / 2 + 1;
	int ends[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		grow(&item, &cap, cap, sizeof(item));
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_true(read(ends[0], said, sizeof(said) - 1) > 0);
	assert_string_equal(said, "likesync: out of memory\n");
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_untouched_buf_is_the_empty_string),
		cmocka_unit_test(even_an_empty_append_makes_data),
		cmocka_unit_test(what_is_appended_stands_in_order),
		cmocka_unit_test(bytes_after_a_nul_are_kept),
		cmocka_unit_test(the_end_is_always_a_nul),
		cmocka_unit_test(a_long_text_can_be_printed),
		cmocka_unit_test(a_ceiling_cuts_and_says_so),
		cmocka_unit_test(
		    clearing_keeps_the_memory_and_freeing_does_not),
		cmocka_unit_test(what_is_taken_belongs_to_the_taker),
		cmocka_unit_test(copies_of_nothing_are_nothing),
		cmocka_unit_test(an_allocation_of_nothing_is_not_null),
		cmocka_unit_test(a_growing_array_keeps_its_items),
		cmocka_unit_test(
		    without_memory_the_process_says_so_and_exits_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
