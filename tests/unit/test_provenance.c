/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "records/provenance.h"

#define TEXT(s) ((char *)(uintptr_t)(s))

static const char *journal_path(void **state)
{
	static char path[600];

	snprintf(path, sizeof(path), "%s/provenance.jsonl",
	    (const char *)*state);
	return path;
}

static struct provenance *open_it(void **state)
{
	struct provenance *p;
	struct error error = { .text = "" };

	if (provenance_open(journal_path(state), false, &p, &error) != DONE)
		fail_msg("%s", error.text);
	return p;
}

static struct provenance *reopen(void **state, struct provenance *p)
{
	provenance_close(p);
	return open_it(state);
}

static void place(struct provenance *p, const char *key,
    const char *identity, const char *path, const char *leftover)
{
	const struct origin o = {
		.key = TEXT(key), .identity = TEXT(identity),
		.path = TEXT(path), .source = TEXT("ytdlp"),
		.ref = TEXT("https://x/?a=%41&b"), .error = TEXT("same \"x\""),
		.run = TEXT("r1"), .at = 1700000000,
		.leftover = { .path = TEXT(leftover), .stamp = {
		    .device = 7, .inode = UINT64_MAX, .size = 5,
		    .mtime_ns = INT64_C(1700000000123456789),
		    .ctime_ns = INT64_C(1700000000123456790) } },
	};

	assert_int_equal(provenance_placing(p, &o, NULL), DONE);
}

static void an_origin_is_read_as_it_was_written(void **state)
{
	struct provenance *p = open_it(state);
	const struct origin *o;

	place(p, "k", "i", "a/b.m4a", "/home/x/\xff\xfe%41\n.m4a");
	for (int i = 0; i < 2; i++) {
		o = provenance_of_track(p, "k");
		assert_non_null(o);
		assert_ptr_equal(o, provenance_origin(p, "k", "i"));
		assert_string_equal(o->key, "k");
		assert_string_equal(o->identity, "i");
		assert_string_equal(o->path, "a/b.m4a");
		assert_string_equal(o->source, "ytdlp");
		assert_string_equal(o->ref, "https://x/?a=%41&b");
		assert_string_equal(o->error, "same \"x\"");
		assert_string_equal(o->run, "r1");
		assert_int_equal(o->at, 1700000000);
		assert_string_equal(o->leftover.path,
		    "/home/x/\xff\xfe%41\n.m4a");
		assert_int_equal(o->leftover.stamp.size, 5);
		assert_true(o->leftover.stamp.mtime_ns ==
		    INT64_C(1700000000123456789));
		assert_true(o->leftover.stamp.ctime_ns ==
		    INT64_C(1700000000123456790));
		assert_true(o->leftover.stamp.inode == UINT64_MAX);
		/* The next boot may number devices in another way. */
		assert_true(o->leftover.stamp.device == 0);
		assert_false(o->placed);
		assert_false(o->settled);
		p = reopen(state, p);
	}
	assert_null(provenance_of_track(p, "i"));
	assert_null(provenance_origin(p, "i", "k"));
	provenance_close(p);
}

static void each_step_of_a_placing_is_read_again(void **state)
{
	struct provenance *p = open_it(state);

	place(p, "k", "i", "p", "/left");
	p = reopen(state, p);
	assert_false(provenance_of_track(p, "k")->placed);
	assert_int_equal(provenance_placed(p, "k", "i", NULL), DONE);
	assert_true(provenance_of_track(p, "k")->placed);
	p = reopen(state, p);
	assert_true(provenance_of_track(p, "k")->placed);
	assert_false(provenance_of_track(p, "k")->settled);
	assert_int_equal(provenance_move_finished(p, "k", "i", NULL), DONE);
	p = reopen(state, p);
	assert_true(provenance_of_track(p, "k")->settled);
	assert_string_equal(provenance_of_track(p, "k")->leftover.path,
	    "/left");
	provenance_close(p);
}

static void without_an_original_there_is_no_move_to_finish(void **state)
{
	struct provenance *p = open_it(state);

	place(p, "k", "i", "p", NULL);
	p = reopen(state, p);
	assert_null(provenance_of_track(p, "k")->leftover.path);
	assert_true(provenance_of_track(p, "k")->settled);
	assert_false(provenance_of_track(p, "k")->placed);
	provenance_close(p);
}

static int list_origin(void *ctx, const struct origin *o)
{
	struct buf *b = ctx;

	buf_printf(b, "%s:%s:%s:%d ", o->key, o->identity, o->path,
	    o->placed);
	return strcmp(o->key, "stop") == 0 ? 9 : 0;
}

static void the_latest_origin_is_that_of_the_track(void **state)
{
	struct provenance *p = open_it(state);
	struct buf list = BUF_INIT;

	place(p, "k", "i1", "one", NULL);
	provenance_placed(p, "k", "i1", NULL);
	place(p, "k", "i2", "two", NULL);
	place(p, "l", "i1", "three", NULL);
	/* The name was taken in the meantime: the same, placed anew. */
	place(p, "k", "i2", "two (2)", NULL);
	provenance_placed(p, "k", "i2", NULL);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(provenance_of_track(p, "k")->path,
		    "two (2)");
		assert_string_equal(provenance_origin(p, "l", "i1")->path,
		    "three");
		buf_clear(&list);
		assert_int_equal(provenance_each(p, list_origin, &list), 0);
		assert_string_equal(buf_str(&list),
		    "k:i1:one:1 k:i2:two (2):1 l:i1:three:0 ");
		p = reopen(state, p);
	}
	place(p, "stop", "i", "x", NULL);
	place(p, "after", "i", "x", NULL);
	assert_int_equal(provenance_each(p, list_origin, &list), 9);
	assert_null(strstr(buf_str(&list), "after"));
	buf_free(&list);
	provenance_close(p);
}

static int list_rejection(void *ctx, const struct rejected *r)
{
	assert_true(r->at > 1600000000);
	buf_printf(ctx, "%s %s %s %s;", r->source, r->ref, r->reason,
	    r->identity != NULL ? r->identity : "");
	return 0;
}

static void reject(struct provenance *p, const char *source, const char *ref,
    const char *reason, const char *identity)
{
	const struct rejected what = { .source = TEXT(source),
		.ref = TEXT(ref), .reason = TEXT(reason),
		.identity = TEXT(identity) };

	assert_int_equal(provenance_reject(p, "k", &what, NULL), DONE);
}

static void a_rejection_is_kept(void **state)
{
	struct provenance *p = open_it(state);
	struct buf list = BUF_INIT;

	reject(p, "ytdlp", "r1", "live", NULL);
	reject(p, "inbox", "/a/\xff.mp3", "too long", "11");
	reject(p, "ytdlp", "r1", "again", NULL);
	p = reopen(state, p);
	assert_true(provenance_is_rejected(p, "k", "r1"));
	assert_true(provenance_is_rejected(p, "k", "/a/\xff.mp3"));
	assert_false(provenance_is_rejected(p, "k", "/a/\xfe.mp3"));
	assert_false(provenance_is_rejected(p, "l", "r1"));
	provenance_each_rejection(p, "k", list_rejection, &list);
	assert_string_equal(buf_str(&list),
	    "ytdlp r1 live ;inbox /a/\xff.mp3 too long 11;");
	buf_free(&list);
	provenance_close(p);
}

static void write_journal(void **state, const char *text)
{
	assert_int_equal(file_write(journal_path(state), text, strlen(text),
	    0600), 0);
}

static void lines_of_a_later_version_are_skipped(void **state)
{
	struct provenance *p;

	write_journal(state,
	    "{\"kind\":\"blessed\",\"track\":\"k\",\"identity\":\"i\"}\n"
	    "{\"kind\":\"placing\",\"track\":\"k\",\"identity\":\"i\","
	    "\"path\":\"p\",\"colour\":{\"deep\":[1]},\"at\":5}\n"
	    "{\"track\":\"k\"}\n"
	    "{\"kind\":\"placing\",\"track\":\"no identity\"}\n"
	    "{\"kind\":7,\"track\":[]}\n"
	    "{\"kind\":\"placed\",\"track\":\"k\",\"identity\":\"other\"}\n"
	    "{\"kind\":\"rejected\",\"track\":\"k\"}\n"
	    "{\"kind\":\"rejected\",\"track\":\"k\",\"ref_hex\":\"zz\"}\n");
	p = open_it(state);
	assert_string_equal(provenance_of_track(p, "k")->path, "p");
	assert_string_equal(provenance_of_track(p, "k")->source, "");
	assert_false(provenance_of_track(p, "k")->placed);
	assert_null(provenance_of_track(p, "no identity"));
	assert_false(provenance_is_rejected(p, "k", ""));
	provenance_close(p);
}

static void a_torn_line_loses_only_itself(void **state)
{
	struct provenance *p;

	write_journal(state,
	    "{\"kind\":\"placing\",\"track\":\"k\",\"identity\":\"i\","
	    "\"path\":\"p\"}\n{\"kind\":\"placed\",\"tra");
	p = open_it(state);
	assert_false(provenance_of_track(p, "k")->placed);
	provenance_placed(p, "k", "i", NULL);
	p = reopen(state, p);
	assert_true(provenance_of_track(p, "k")->placed);
	provenance_close(p);
}

static void a_journal_that_cannot_be_opened_is_an_error(void **state)
{
	struct provenance *p = (void *)1;
	struct error error = { .text = "" };
	char path[600];

	snprintf(path, sizeof(path), "%s/no/such/folder",
	    (const char *)*state);
	assert_int_equal(provenance_open(path, false, &p, &error), RUN_FAILED);
	assert_null(p);
	assert_non_null(strstr(error.text, path));
	provenance_close(NULL);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_origin_is_read_as_it_was_written),
		TEST(each_step_of_a_placing_is_read_again),
		TEST(without_an_original_there_is_no_move_to_finish),
		TEST(the_latest_origin_is_that_of_the_track),
		TEST(a_rejection_is_kept),
		TEST(lines_of_a_later_version_are_skipped),
		TEST(a_torn_line_loses_only_itself),
		TEST(a_journal_that_cannot_be_opened_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
