/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/buf.h"
#include "base/file.h"
#include "records/pins.h"
#include "records/overrides.h"
#include "records/requests.h"

#define TEXT(s) ((char *)(uintptr_t)(s))

static char *path_of(void **state, const char *name)
{
	return path_join(*state, name);
}

static struct pins *open_pins(void **state)
{
	char *path = path_of(state, "pins.jsonl");
	struct pins *p;

	assert_int_equal(pins_open(path, false, &p, NULL), DONE);
	free(path);
	return p;
}

static struct pins *reopen(void **state, struct pins *p)
{
	pins_close(p);
	return open_pins(state);
}

static struct pin pin(const char *key, const char *ref, const char *identity)
{
	return (struct pin){ .key = TEXT(key), .label = TEXT("A - B"),
		.ref = TEXT(ref), .identity = TEXT(identity) };
}

static void say(enum outcome (*how)(struct pins *p, const struct pin *what,
    struct error *error), struct pins *p, const char *key, const char *ref,
    const char *identity)
{
	struct pin what = pin(key, ref, identity);

	assert_int_equal(how(p, &what, NULL), DONE);
}

static void a_pin_and_a_rejection_outlast_the_process(void **state)
{
	struct pins *p = open_pins(state);

	say(pins_pin, p, "k", "/m/\xff.mp3", "11");
	say(pins_reject, p, "k", "https://x/1", NULL);
	say(pins_reject, p, "l", "/m/b.mp3", "22");
	p = reopen(state, p);
	assert_string_equal(pins_of(p, "k")->ref, "/m/\xff.mp3");
	assert_string_equal(pins_of(p, "k")->identity, "11");
	assert_string_equal(pins_of(p, "k")->label, "A - B");
	assert_null(pins_of(p, "l"));
	assert_true(pins_rejects(p, "k", "https://x/1"));
	assert_true(pins_rejects(p, "l", "22"));
	assert_false(pins_rejects(p, "l", "11"));
	assert_true(pins_reject_file(p, "22"));
	assert_false(pins_reject_file(p, "11"));
	assert_true(pins_changed_at(p, "k") > 1600000000);
	assert_int_equal(pins_changed_at(p, "m"), 0);
	pins_close(p);
}

static int list(void *ctx, const struct pin *what)
{
	buf_printf(ctx, "%s=%s;", what->key, what->ref);
	return 0;
}

static void the_latest_pin_or_rejection_of_a_file_applies(void **state)
{
	struct pins *p = open_pins(state);
	struct buf text = BUF_INIT;

	say(pins_reject, p, "k", "/a", "11");
	say(pins_pin, p, "k", "/renamed", "11");
	assert_false(pins_rejects(p, "k", "11"));
	say(pins_reject, p, "k", "/again", "11");
	assert_null(pins_of(p, "k"));
	say(pins_reject, p, "k", "/once more", "11");
	say(pins_pin, p, "k", "https://x/1", NULL);
	say(pins_pin, p, "k", "https://x/2", NULL);
	p = reopen(state, p);
	pins_each_pin(p, list, &text);
	pins_each_rejection(p, NULL, list, &text);
	assert_string_equal(buf_str(&text), "k=https://x/2;k=/once more;");
	buf_free(&text);
	pins_close(p);
}

static void a_pin_and_a_rejection_can_be_removed(void **state)
{
	struct pins *p = open_pins(state);
	struct error error;

	assert_int_equal(pins_unpin(p, "k", &error), ITEM_FAILED);
	assert_int_equal(pins_unreject(p, "k", NULL, &error), ITEM_FAILED);
	say(pins_pin, p, "k", "/a", "11");
	say(pins_reject, p, "k", "/b", "22");
	say(pins_reject, p, "k", "/c", "33");
	assert_int_equal(pins_unreject(p, "k", "/d", &error), ITEM_FAILED);
	assert_int_equal(pins_unpin(p, "k", &error), DONE);
	assert_int_equal(pins_unreject(p, "k", "22", &error), DONE);
	p = reopen(state, p);
	assert_null(pins_of(p, "k"));
	assert_false(pins_rejects(p, "k", "/b"));
	assert_true(pins_rejects(p, "k", "/c"));
	assert_int_equal(pins_unreject(p, "k", NULL, &error), DONE);
	assert_false(pins_rejects(p, "k", "/c"));
	pins_close(p);
}

static void lines_of_a_later_version_are_skipped(void **state)
{
	static const char lines[] =
	    "{\"kind\":\"blessed\",\"track\":\"k\",\"ref\":\"/x\",\"at\":1}\n"
	    "{\"kind\":\"pinned\",\"track\":\"k\"}\n"
	    "{\"kind\":\"pinned\",\"ref\":\"/x\"}\n"
	    "{\"kind\":7,\"track\":[]}\nnonsense\n"
	    "{\"kind\":\"pinned\",\"track\":\"k\",\"ref\":\"/y\",\"at\":2}\n"
	    "{\"kind\":\"pinned\",\"track\":\"k\",\"ref\":\"/to";
	char *path = path_of(state, "pins.jsonl");
	struct pins *p;

	assert_int_equal(file_write(path, lines, strlen(lines), 0600), 0);
	p = open_pins(state);
	assert_string_equal(pins_of(p, "k")->ref, "/y");
	assert_string_equal(pins_of(p, "k")->label, "k");
	pins_close(p);
	free(path);
}

/* ---- beside what was placed ---- */

static struct provenance *open_provenance(void **state)
{
	char *path = path_of(state, "provenance.jsonl");
	struct provenance *p;

	assert_int_equal(provenance_open(path, false, &p, NULL), DONE);
	free(path);
	return p;
}

static void place(struct provenance *p, const char *key,
    const char *identity, const char *ref, int64_t at)
{
	const struct origin o = { .key = TEXT(key), .identity = TEXT(identity),
		.path = TEXT("a.m4a"), .source = TEXT("ytdlp"),
		.ref = TEXT(ref), .at = at };

	assert_int_equal(provenance_placing(p, &o, NULL), DONE);
	assert_int_equal(provenance_placed(p, key, identity, NULL), DONE);
}

static void rejecting_a_link_rejects_its_file(void **state)
{
	struct pins *p = open_pins(state);
	struct provenance *v = open_provenance(state);
	char **refs;

	place(v, "k", "11", "https://youtu.be/abcDEF_-123", 100);
	assert_true(overrides_allow(p, v, "k", "11"));
	assert_true(overrides_deleted_by_user(p, v, "k"));
	say(pins_reject, p, "k", "https://www.youtube.com/watch?v=abcDEF_-123",
	    NULL);
	assert_false(overrides_allow(p, v, "k", "11"));
	assert_true(overrides_allow(p, v, "k", "22"));
	assert_true(overrides_allow(p, v, "l", "11"));
	assert_false(overrides_deleted_by_user(p, v, "k"));
	pins_unreject(p, "k", NULL, NULL);
	say(pins_reject, p, "k", "/lib/a.m4a", "11");
	refs = overrides_rejected(p, v, "k");
	assert_string_equal(refs[0], "11");
	assert_string_equal(refs[1],
	    "https://www.youtube.com/watch?v=abcDEF_-123");
	assert_null(refs[2]);
	overrides_list_free(refs);
	provenance_close(v);
	pins_close(p);
}

static void a_pin_allows_no_other_file(void **state)
{
	struct pins *p = open_pins(state);
	struct provenance *v = open_provenance(state);

	say(pins_pin, p, "k", "/m/a.mp3", "11");
	assert_true(overrides_allow(p, v, "k", "11"));
	assert_false(overrides_allow(p, v, "k", "22"));
	say(pins_pin, p, "k", "https://x/1", NULL);
	place(v, "k", "22", "https://x/2", 100);
	place(v, "l", "33", "https://x/1", 100);
	assert_false(overrides_allow(p, v, "k", "22"));
	assert_false(overrides_allow(p, v, "k", "33"));
	place(v, "k", "44", "https://x/1", 100);
	assert_true(overrides_allow(p, v, "k", "44"));
	provenance_close(v);
	pins_close(p);
}

static void a_deleted_file_stays_deleted_until_a_later_pin(void **state)
{
	struct pins *p = open_pins(state);
	struct provenance *v = open_provenance(state);

	assert_false(overrides_deleted_by_user(p, v, "k"));
	assert_false(overrides_deleted_by_user(NULL, NULL, "k"));
	place(v, "k", "11", "https://x/1", 100);
	assert_true(overrides_deleted_by_user(NULL, v, "k"));
	say(pins_pin, p, "k", "https://x/1", NULL);
	assert_false(overrides_deleted_by_user(p, v, "k"));
	place(v, "k", "11", "https://x/1", INT64_C(9000000000));
	assert_true(overrides_deleted_by_user(p, v, "k"));
	provenance_close(v);
	pins_close(p);
}

static enum outcome apply(void *ctx, const struct json *request,
    struct error *error)
{
	return pins_apply_request(ctx, request, error);
}

static void a_change_beside_a_run_is_applied_by_the_run(void **state)
{
	char *path = path_of(state, "pins.jsonl");
	struct pins *p = open_pins(state), *beside;
	struct error error;
	size_t taken;

	assert_int_equal(pins_open_beside_run(path, *state, &beside, NULL),
	    DONE);
	say(pins_pin, beside, "k", "/m/\xff.mp3", "11");
	say(pins_reject, beside, "l", "https://x/1", NULL);
	assert_null(pins_of(p, "k"));
	assert_int_equal(requests_take(*state, apply, p, &taken, &error),
	    DONE);
	assert_int_equal(taken, 2);
	assert_string_equal(pins_of(p, "k")->ref, "/m/\xff.mp3");
	assert_true(pins_rejects(p, "l", "https://x/1"));
	pins_close(beside);
	p = reopen(state, p);
	assert_string_equal(pins_of(p, "k")->identity, "11");
	pins_close(p);
	free(path);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pin_and_a_rejection_outlast_the_process),
		TEST(the_latest_pin_or_rejection_of_a_file_applies),
		TEST(a_pin_and_a_rejection_can_be_removed),
		TEST(a_change_beside_a_run_is_applied_by_the_run),
		TEST(lines_of_a_later_version_are_skipped),
		TEST(rejecting_a_link_rejects_its_file),
		TEST(a_pin_allows_no_other_file),
		TEST(a_deleted_file_stays_deleted_until_a_later_pin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
