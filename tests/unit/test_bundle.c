/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/bundle.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"

static char *in(const char *folder, const char *name)
{
	return path_join(folder, name);
}

/* A bundle with a text and a file in it. */
static char *make(const char *folder)
{
	char *path = in(folder, "b.tar.zst"), *file = in(folder, "file");
	struct bundle *b;
	struct error error;
	int fd;

	assert_int_equal(file_write(file, "some bytes", 10, 0600), 0);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	assert_int_equal(bundle_create(path, &b, &error), DONE);
	json_put_int(bundle_facts(b), "format", 1);
	json_put_string(bundle_facts(b), "fact", "it is so");
	assert_int_equal(bundle_add_text(b, "top", "text", 4, &error), DONE);
	assert_int_equal(bundle_add_file(b, "sub/file", fd, &error), DONE);
	assert_int_equal(bundle_add_text(b, "sub/none", "", 0, &error), DONE);
	assert_int_equal(bundle_seal(b, &error), DONE);
	bundle_close(b);
	close(fd);
	free(file);
	return path;
}

/* Into a fresh folder, which is left when it went well. */
static enum outcome unpack(const char *folder, const char *path,
    struct json **seal, struct error *error)
{
	char *to = in(folder, "to");
	enum outcome o;

	folder_remove(to);
	assert_int_equal(mkdir(to, 0700), 0);
	o = bundle_unpack(path, to, seal, error);
	free(to);
	return o;
}

static void assert_holds(const char *folder, const char *name,
    const char *text)
{
	char *path = in(folder, name);
	struct buf found = BUF_INIT;

	assert_int_equal(file_read(path, 1000, &found), 0);
	assert_string_equal(buf_str(&found), text);
	buf_free(&found);
	free(path);
}

static void what_was_put_in_comes_out_with_the_facts(void **state)
{
	char *path = make(*state);
	struct json *seal;
	struct error error;

	assert_int_equal(unpack(*state, path, &seal, &error), DONE);
	assert_string_equal(json_get_string(seal, "fact"), "it is so");
	assert_int_equal(json_count(json_get(seal, "members")), 3);
	assert_holds(*state, "to/top", "text");
	assert_holds(*state, "to/sub/file", "some bytes");
	assert_holds(*state, "to/sub/none", "");
	json_free(seal);
	free(path);
}

static void one_that_is_not_sealed_leaves_the_older_one(void **state)
{
	char *path = make(*state);
	struct stat before, after;
	struct bundle *b;
	struct error error;

	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(bundle_create(path, &b, &error), DONE);
	assert_int_equal(bundle_add_text(b, "top", "new", 3, &error), DONE);
	bundle_close(b);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_size, after.st_size);
	free(path);
}

static void every_byte_that_is_lost_or_changed_is_noticed(void **state)
{
	char *path = make(*state), *bad = in(*state, "bad");
	struct buf whole = BUF_INIT;
	struct json *seal;
	struct error error;

	assert_int_equal(file_read(path, 1 << 20, &whole), 0);
	for (size_t i = 0; i < whole.len; i += 7) {
		whole.data[i] = (char)(whole.data[i] ^ 0x10);
		assert_int_equal(file_write(bad, whole.data, whole.len, 0600),
		    0);
		/* Some bits of a compressed stream say nothing. */
		if (unpack(*state, bad, &seal, &error) == DONE) {
			assert_holds(*state, "to/top", "text");
			assert_holds(*state, "to/sub/file", "some bytes");
		}
		json_free(seal);
		whole.data[i] = (char)(whole.data[i] ^ 0x10);
		assert_int_equal(file_write(bad, whole.data, i, 0600), 0);
		assert_int_equal(unpack(*state, bad, &seal, &error),
		    RUN_FAILED);
		assert_non_null(strstr(error.text, "bad: not a complete backup"));
		json_free(seal);
	}
	buf_free(&whole);
	free(bad);
	free(path);
}

static void a_folder_that_can_not_be_written_is_told(void **state)
{
	char *path = in(*state, "none/b.tar.zst");
	struct bundle *b;
	struct error error;

	assert_int_equal(bundle_create(path, &b, &error), RUN_FAILED);
	assert_non_null(strstr(error.text, "/none: No such file"));
	bundle_close(b);
	free(path);
}

static void a_folder_is_no_place_for_a_backup(void **state)
{
	struct bundle *b;
	struct error error;

	assert_int_equal(bundle_create(*state, &b, &error), RUN_FAILED);
	assert_non_null(strstr(error.text, "is a folder"));
	bundle_close(b);
	/* Descriptors that were never opened are not closed. */
	assert_int_not_equal(fcntl(0, F_GETFD), -1);
}

/* A bundle with size zeros under that name, as somebody could make it. */
static enum outcome pack_zeros(const char *folder, const char *name,
    off_t size, char **path)
{
	char *file = in(folder, "zeros");
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct bundle *b;
	enum outcome o;
	struct error error;

	*path = in(folder, "zeros.tar.zst");
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(bundle_create(*path, &b, &error), DONE);
	json_put_int(bundle_facts(b), "format", 1);
	o = bundle_add_file(b, name, fd, &error);
	if (o == DONE)
		o = bundle_seal(b, &error);
	bundle_close(b);
	close(fd);
	free(file);
	return o;
}

static void what_unpacks_to_far_more_is_not_unpacked(void **state)
{
	static const off_t from = (off_t)BUNDLE_RATIO_FROM;
	struct json *seal;
	struct error error;
	struct stat st;
	char *path, *out = in(*state, "to/document.json");

	/* With its seal it is just below. */
	assert_int_equal(pack_zeros(*state, MEMBER_DOCUMENT, from - 4096,
	    &path), DONE);
	assert_int_equal(unpack(*state, path, &seal, &error), DONE);
	json_free(seal);
	free(path);
	assert_int_equal(pack_zeros(*state, MEMBER_DOCUMENT, 4 * from, &path),
	    DONE);
	assert_int_equal(unpack(*state, path, &seal, &error), RUN_FAILED);
	assert_non_null(strstr(error.text, "unpacks to far more"));
	assert_int_equal(stat(out, &st), 0);
	assert_true(st.st_size <= from);
	json_free(seal);
	free(path);
	free(out);
}

static void a_member_has_its_limit_on_both_ways(void **state)
{
	static const off_t small = (off_t)BUNDLE_MAX_SMALL;
	struct json *seal;
	struct error error;
	char *path;

	assert_int_equal(pack_zeros(*state, MEMBER_CONFIG, small, &path), DONE);
	assert_int_equal(unpack(*state, path, &seal, &error), DONE);
	json_free(seal);
	free(path);
	assert_int_equal(pack_zeros(*state, MEMBER_CONFIG, small + 1, &path),
	    RUN_FAILED);
	free(path);
	assert_int_equal(pack_zeros(*state, MEMBER_KEEP "x",
	    (off_t)BUNDLE_MAX_RECORD + 1, &path), RUN_FAILED);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_in_comes_out_with_the_facts),
		cmocka_unit_test(one_that_is_not_sealed_leaves_the_older_one),
		cmocka_unit_test(
		    every_byte_that_is_lost_or_changed_is_noticed),
		cmocka_unit_test(a_folder_that_can_not_be_written_is_told),
		cmocka_unit_test(a_folder_is_no_place_for_a_backup),
		cmocka_unit_test(what_unpacks_to_far_more_is_not_unpacked),
		cmocka_unit_test(a_member_has_its_limit_on_both_ways),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
