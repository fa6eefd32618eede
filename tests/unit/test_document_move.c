/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <sys/mman.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "document/move.h"

static int file_of(const char *text)
{
	int fd = memfd_create("document", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	return fd;
}

static char *text_of(int fd)
{
	off_t len = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)len + 1);

	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)len, 0), len);
	return text;
}

/* From /old to /new; what it says then, or NULL with why. */
static char *moved(const char *text, struct document_moved *m,
    struct error *error)
{
	int from = file_of(text), to = file_of("");
	char *out = NULL;

	if (document_move("doc", from, to, "/old", "/new/place", m, error) ==
	    DONE)
		out = text_of(to);
	close(from);
	close(to);
	return out;
}

static void only_paths_below_the_library_are_rewritten(void **state)
{
	static const char before[] = "\n{ \"m\" : 1.50,\"tracks\""
	    ":[ {\"filePath\" : \"/old/a.mp3\",\"x\":[{\"filePath\":\"/old/"
	    "deep\"}]},\n\t{\"filePath\":\"/older/b.mp3\"}, 7, null,"
	    "{\"id\":\"/old/c\"},{\"filePath\":\"/old\"},"
	    "{\"filePath\":\"\\/old\\/d.mp3\"}],\"filePath\":\"/old/top\"}\n ";
	static const char after[] = "\n{ \"m\" : 1.50,\"tracks\""
	    ":[ {\"filePath\" : \"/new/place/a.mp3\",\"x\":[{\"filePath\":"
	    "\"/old/deep\"}]},\n\t{\"filePath\":\"/older/b.mp3\"}, 7, null,"
	    "{\"id\":\"/old/c\"},{\"filePath\":\"/old\"},"
	    "{\"filePath\":\"/new/place/d.mp3\"}],\"filePath\":\"/old/top\"}"
	    "\n ";
	struct document_moved m;
	struct error error;
	char *out = moved(before, &m, &error);

	(void)state;
	assert_string_equal(out, after);
	assert_int_equal(m.entries, 7);
	assert_int_equal(m.moved, 2);
	free(out);
}

static void paths_that_are_not_utf8_keep_their_bytes(void **state)
{
	struct document_moved m;
	struct error error;
	char *out = moved("{\"tracks\":[{\"filePath\":\"/old/\\udce9\\\"\\u0001"
	    "\\u00e9.mp3\"}]}", &m, &error);

	(void)state;
	assert_string_equal(out, "{\"tracks\":[{\"filePath\":\"/new/place/"
	    "\\udce9\\\"\\u0001\xc3\xa9.mp3\"}]}");
	free(out);
}

static void an_incomplete_document_is_not_moved(void **state)
{
	static const char *const bad[] = { "", "{", "{\"tracks\":[", "[]",
		"{\"tracks\":7}", "{\"tracks\":[],\"tracks\":[]}",
		"{\"tracks\":[],\"tracks\":7}", "{\"other\":[]}", "{\"tracks\":[]} x",
		"{\"tracks\":[{\"filePath\":\"/old/a\"}}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct document_moved m;
		struct error error = { .text = "" };

		assert_null(moved(bad[i], &m, &error));
		assert_memory_equal(error.text, "doc: ", 5);
	}
}

static void counting_writes_nothing(void **state)
{
	int from = file_of("{\"tracks\":[{\"filePath\":\"/old/a\"},{}]}");
	struct document_moved m;
	struct error error;

	(void)state;
	assert_int_equal(document_move("doc", from, -1, NULL, NULL, &m, &error),
	    DONE);
	assert_int_equal(m.entries, 2);
	assert_int_equal(m.moved, 0);
	close(from);
}

static void thousands_of_entries_keep_their_order(void **state)
{
	struct buf text = BUF_INIT, wanted = BUF_INIT;
	struct document_moved m;
	struct error error;
	char *out;

	(void)state;
	buf_puts(&text, "{\"tracks\": [");
	buf_puts(&wanted, "{\"tracks\": [");
	for (int i = 0; i < 20000; i++) {
		bool moves = i % 3 != 0;

		buf_printf(&text, "%s{\"filePath\": \"%s/%d.mp3\", \"n\": %d}",
		    i > 0 ? ", " : "", moves ? "/old" : "/else", i, i);
		buf_printf(&wanted, "%s{\"filePath\": \"%s/%d.mp3\", "
		    "\"n\": %d}", i > 0 ? ", " : "",
		    moves ? "/new/place" : "/else", i, i);
	}
	buf_puts(&text, "]}");
	buf_puts(&wanted, "]}");
	out = moved(buf_str(&text), &m, &error);
	assert_string_equal(out, buf_str(&wanted));
	free(out);
	buf_free(&text);
	buf_free(&wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    only_paths_below_the_library_are_rewritten),
		cmocka_unit_test(paths_that_are_not_utf8_keep_their_bytes),
		cmocka_unit_test(an_incomplete_document_is_not_moved),
		cmocka_unit_test(counting_writes_nothing),
		cmocka_unit_test(thousands_of_entries_keep_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
