/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts as files, and the slices that they are of. */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "index/part.h"

static void a_shard_is_k_of_n(void **state)
{
	static const char *const wrong[] = { "", "1", "/", "1/", "/2", "0/2",
		"3/2", "-1/2", "1/0", "1/10001", "1/2/3", " 1/2", "1/2 ",
		"+1/2", "12345678/2", "1e1/20" };
	struct shard s;

	(void)state;
	assert_true(shard_parse("3/8", &s));
	assert_int_equal(s.number, 3);
	assert_int_equal(s.count, 8);
	assert_true(shard_parse("10000/10000", &s));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(shard_parse(wrong[i], &s));
}

/* The hash is fixed: machines with other versions must agree. */
static void every_path_is_in_one_slice_for_ever(void **state)
{
	size_t in[8] = { 0 };
	char path[32];

	(void)state;
	for (int i = 0; i < 4000; i++) {
		int found = 0;

		snprintf(path, sizeof(path), "folder/%d.mp3", i);
		for (uint32_t k = 1; k <= 8; k++) {
			const struct shard s = { k, 8 };

			found += shard_has(&s, path);
			in[k - 1] += shard_has(&s, path);
		}
		assert_int_equal(found, 1);
		assert_true(shard_has(NULL, path));
	}
	for (int k = 0; k < 8; k++)
		assert_in_range(in[k], 400, 600);
	assert_true(shard_has(&(struct shard){ 3, 8 }, "a.mp3"));
	assert_true(shard_has(&(struct shard){ 3, 8 }, "b/\xc3\xa9.mp3"));
}

static void fill(struct part_record *r, char digit)
{
	struct analysis *a = &r->analysis.analysis;

	memset(r, 0, sizeof(*r));
	memset(r->identity, digit, IDENTITY_LEN);
	r->analysis.analyzed = r->analysis.complete = true;
	r->analysis.analyzed_at = 1700000000;
	snprintf(r->analysis.version, sizeof(r->analysis.version),
	    ANALYZER_VERSION);
	a->bpm = 123.4567;
	a->duration = 200.123456;
	key_parse("8A", a->key, a->camelot);
	a->has_grid = true;
	a->beats_per_bar = 4;
	a->n_anchors = 2;
	a->anchors = xcalloc(2, sizeof(*a->anchors));
	a->anchors[0] = (struct beat_anchor){ 0.5, 120 };
	a->anchors[1] = (struct beat_anchor){ 60.25, 124.5 };
	r->fingerprint.count = 3;
	r->fingerprint.duration = 200;
	r->fingerprint.items = xcalloc(3, sizeof(uint32_t));
	r->fingerprint.items[2] = 0xfedcba98;
}

static enum outcome compare(void *ctx, const struct part_record *r,
    struct error *error)
{
	struct part_record expected;
	const struct analysis *a = &r->analysis.analysis;

	(void)error;
	fill(&expected, (char)('a' + (*(int *)ctx)++));
	assert_string_equal(r->identity, expected.identity);
	assert_string_equal(r->analysis.version, ANALYZER_VERSION);
	assert_true(a->bpm > 123.4566 && a->bpm < 123.4568);
	assert_string_equal(a->key, "A minor");
	assert_int_equal(a->n_anchors, 2);
	assert_true(a->anchors[1].bpm > 124.4 && a->anchors[1].bpm < 124.6);
	assert_int_equal(r->fingerprint.count, 3);
	assert_int_equal(r->fingerprint.items[2], 0xfedcba98);
	part_record_free(&expected);
	return DONE;
}

static void write_part(const char *path, int count, bool complete)
{
	const struct shard s = { 2, 4 };
	struct part_writer *w;
	struct error error;

	assert_int_equal(part_create(path, &s, &w, &error), DONE);
	for (int i = 0; i < count; i++) {
		struct part_record r;

		fill(&r, (char)('a' + i));
		assert_int_equal(part_add(w, &r, &error), DONE);
		part_record_free(&r);
	}
	assert_int_equal(part_finish(w, complete, &error), DONE);
	part_close(w);
}

static void a_part_reads_as_it_was_written(void **state)
{
	char *path = path_join(*state, "part");
	struct part_info info;
	struct error error;
	int count = 0;

	for (int complete = 0; complete < 2; complete++) {
		write_part(path, 6 * complete, complete);
		assert_int_equal(part_read(path, &info, compare, &count,
		    &error), DONE);
		assert_true(info.is_part);
		assert_int_equal(info.shard.number, 2);
		assert_int_equal(info.shard.count, 4);
		assert_int_equal(info.complete, complete);
		assert_int_equal(info.records, 6 * complete);
		assert_int_equal(count, info.records);
	}
	unlink(path);
	free(path);
}

static enum outcome must_not_come(void *ctx, const struct part_record *r,
    struct error *error)
{
	(void)ctx, (void)r, (void)error;
	fail_msg("a record of a damaged part");
	return DONE;
}

/* Of a part that is cut anywhere, or has any byte changed, nothing is used. */
static void no_damage_goes_unnoticed(void **state)
{
	char *path = path_join(*state, "part");
	struct buf whole = BUF_INIT;
	struct part_info info;
	struct error error;

	write_part(path, 2, true);
	assert_int_equal(file_read(path, 1 << 20, &whole), 0);
	for (size_t i = 0; i < whole.len; i += under_valgrind_every(10)) {
		assert_int_equal(file_write(path, whole.data, i, 0600), 0);
		assert_int_equal(part_read(path, &info, must_not_come, NULL,
		    &error), RUN_FAILED);
		whole.data[i] ^= 1;
		assert_int_equal(file_write(path, whole.data, whole.len, 0600),
		    0);
		assert_int_not_equal(part_read(path, &info, must_not_come,
		    NULL, &error), DONE);
		whole.data[i] ^= 1;
	}
	buf_free(&whole);
	unlink(path);
	free(path);
}

static void two_writers_do_not_meet(void **state)
{
	char *path = path_join(*state, "part");
	char *new = path_join(*state, "part.new");
	const struct shard s = { 1, 1 };
	struct part_writer *first, *second;
	struct error error;

	assert_int_equal(part_create(path, &s, &first, &error), DONE);
	assert_int_equal(part_create(path, &s, &second, &error), RUN_LATER);
	part_close(second);
	assert_int_equal(access(new, F_OK), 0);
	/* What is not finished leaves nothing. */
	part_close(first);
	assert_int_not_equal(access(new, F_OK), 0);
	assert_int_not_equal(access(path, F_OK), 0);
	/* What a kill left is written over. */
	assert_int_equal(file_write(new, "rest of an older one", 20, 0600), 0);
	write_part(path, 0, true);
	assert_int_not_equal(access(new, F_OK), 0);
	unlink(path);
	free(new);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shard_is_k_of_n),
		cmocka_unit_test(every_path_is_in_one_slice_for_ever),
		cmocka_unit_test(a_part_reads_as_it_was_written),
		cmocka_unit_test(no_damage_goes_unnoticed),
		cmocka_unit_test(two_writers_do_not_meet),
	};

	return cmocka_run_group_tests_name("part", tests, make_folder,
	    remove_folder);
}
