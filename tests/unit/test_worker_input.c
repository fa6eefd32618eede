/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audio.h"

#include <errno.h>

#include "worker/decode/input.h"

/* A file of these bytes, open. */
static struct input file_of(const char *folder, const void *data,
    size_t len)
{
	struct input b = { .fd = -1 };
	char path[512];

	snprintf(path, sizeof(path), "%s/bytes", folder);
	unlink(path);
	append_bytes(folder, "bytes", data, len);
	b.fd = open_in(folder, "bytes", O_RDONLY, &b.size);
	return b;
}

static void reading_moves_on_and_ends_at_the_end(void **state)
{
	struct input b = file_of(*state, "abcdef", 6);
	char out[4];

	assert_int_equal(input_read(&b, out, 4), 4);
	assert_memory_equal(out, "abcd", 4);
	assert_int_equal(input_read(&b, out, 4), 2);
	assert_int_equal(input_read(&b, out, 4), 0);
	assert_int_equal(input_read_at(&b, 1, out, 2), 2);
	assert_memory_equal(out, "bc", 2);
	assert_int_equal(b.at, 6);
	close(b.fd);
	assert_int_equal(input_read(&b, out, 4), -1);
	assert_int_equal(b.errnum, EBADF);
}

static void no_place_is_before_the_beginning_or_overflows(void **state)
{
	struct input b = file_of(*state, "abcdef", 6);

	assert_int_equal(input_seek(&b, -2, SEEK_END), 4);
	assert_int_equal(input_seek(&b, -4, SEEK_CUR), 0);
	assert_int_equal(input_seek(&b, 100, SEEK_SET), 100);
	assert_int_equal(input_seek(&b, -1, SEEK_SET), -1);
	assert_int_equal(input_seek(&b, -7, SEEK_END), -1);
	assert_int_equal(input_seek(&b, INT64_MAX, SEEK_CUR), -1);
	assert_int_equal(input_seek(&b, INT64_MIN, SEEK_CUR), -1);
	assert_int_equal(input_seek(&b, 0, 77), -1);
	assert_int_equal(b.at, 100);
	close(b.fd);
}

static void tags_before_the_media_are_passed_over(void **state)
{
	static const char two[] = "ID3\3\0\0\0\0\0\2xx" "ID3\4\0\x10\0\0\0\1x"
	    "3DI\4\0\x10\0\0\0\1" "media";
	struct input b = file_of(*state, two, sizeof(two) - 1);

	assert_int_equal(input_after_id3(&b), sizeof(two) - 1 - 5);
	assert_int_equal(b.begin, 0);
	close(b.fd);
	b = file_of(*state, "RIFFmedia", 9);
	assert_int_equal(input_after_id3(&b), 0);
	assert_int_equal(b.begin, 0);
	close(b.fd);
	b = file_of(*state, "ID3\3\0", 5);
	assert_int_equal(input_after_id3(&b), 0);
	close(b.fd);
}

static void a_tag_longer_than_the_file_is_not_skipped(void **state)
{
	static const char lying[] = "ID3\3\0\0\x7f\x7f\x7f\x7f" "media";
	struct input b = file_of(*state, lying, sizeof(lying) - 1);
	char out[8];

	assert_int_equal(input_after_id3(&b), 0);
	assert_int_equal(b.begin, 10);
	assert_int_equal(b.size, 5);
	assert_int_equal(input_read(&b, out, 8), 5);
	assert_memory_equal(out, "media", 5);
	close(b.fd);
}

static void the_last_page_of_ogg_is_marked(void **state)
{
	struct input b = file_of(*state, "xxOggS\0\4xx", 10);

	assert_true(input_end_ogg(&b));
	close(b.fd);
	b = file_of(*state, "OggS\0\4xOggS\0\0", 13);
	assert_false(input_end_ogg(&b));
	close(b.fd);
	b = file_of(*state, "OggS\0", 5);
	assert_false(input_end_ogg(&b));
	close(b.fd);
	b = file_of(*state, "", 0);
	assert_false(input_end_ogg(&b));
	close(b.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_moves_on_and_ends_at_the_end),
		cmocka_unit_test(no_place_is_before_the_beginning_or_overflows),
		cmocka_unit_test(tags_before_the_media_are_passed_over),
		cmocka_unit_test(a_tag_longer_than_the_file_is_not_skipped),
		cmocka_unit_test(the_last_page_of_ogg_is_marked),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
