/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <signal.h>

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/stop.h"
#include "sources/archive.h"

#define LARGEST (1u << 20)

struct seen {
	int members;
	bool stops;		/* with the first */
};

static int see(void *ctx, struct archive_walk *w, const char *member)
{
	struct seen *s = ctx;

	(void)w, (void)member;
	s->members++;
	if (s->stops)
		stop_now(SIGTERM);
	return 0;
}

static enum outcome walk(const char *path, struct seen *s)
{
	struct error error = { .text = "" };
	enum outcome o = archive_each_audio(path, LARGEST, see, s, &error);

	assert_int_equal(o == DONE, error.text[0] == '\0');
	return o;
}

/* A zip with these many songs, and something before each. */
static char *make_zip(const char *folder, int songs)
{
	char *path = path_join(folder, "a.zip");
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	static const char data[70000];

	archive_write_set_format_zip(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (int i = 0; i < 2 * songs; i++) {
		archive_entry_clear(e);
		archive_entry_set_pathname(e, i % 2 == 0 ? "x.txt" : "x.mp3");
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e, 0644);
		/* Its length is not known before its end. */
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		assert_true(archive_write_data(a, data, sizeof(data)) > 0);
	}
	archive_entry_free(e);
	archive_write_close(a);
	archive_write_free(a);
	return path;
}

/* The place of the first record of the directory. */
static off_t directory_of(const char *path)
{
	struct buf b = BUF_INIT;
	char *at;
	off_t place;

	assert_int_equal(file_read(path, 1 << 24, &b), 0);
	at = memmem(b.data, b.len, "PK\1\2", 4);
	assert_non_null(at);
	place = at - b.data;
	buf_free(&b);
	return place;
}

static void a_zip_is_walked_by_its_directory(void **state)
{
	struct seen s = { .members = 0 };
	char *path = make_zip(*state, 3);

	assert_int_equal(walk(path, &s), DONE);
	assert_int_equal(s.members, 3);
	free(path);
}

/* To find the second member of such a one is to unpack the first. */
static void a_zip_without_its_directory_is_not_walked(void **state)
{
	struct seen s = { .members = 0 };
	char *path = make_zip(*state, 3);

	assert_int_equal(truncate(path, directory_of(path)), 0);
	assert_int_equal(walk(path, &s), ITEM_FAILED);
	assert_int_equal(s.members, 0);
	free(path);
}

static void a_stop_ends_the_walk(void **state)
{
	struct seen s = { .stops = true };
	char *path = make_zip(*state, 3);

	assert_int_equal(walk(path, &s), STOPPED);
	assert_int_equal(s.members, 1);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zip_is_walked_by_its_directory),
		cmocka_unit_test(a_zip_without_its_directory_is_not_walked),
		cmocka_unit_test(a_stop_ends_the_walk),	/* the last: for good */
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
