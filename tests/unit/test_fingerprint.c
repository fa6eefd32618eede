/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <math.h>

#include "base/json.h"
#include "index/index.h"
#include "types/fingerprint.h"

#define COUNT 900

static uint32_t mixed(uint32_t x)
{
	x = (x ^ x >> 16) * 0x45d9f3bu;
	x = (x ^ x >> 16) * 0x45d9f3bu;
	return x ^ x >> 16;
}

/* Numbers as a hash would give them: no two sequences are alike. */
static struct fingerprint made(uint32_t seed, size_t count, double duration)
{
	struct fingerprint f = { .count = count, .duration = duration,
		.items = calloc(count, sizeof(uint32_t)) };

	for (size_t i = 0; i < count; i++)
		f.items[i] = mixed(seed + (uint32_t)i * 2654435761u);
	return f;
}

/* The same from another number on, with one bit in every so many turned. */
static struct fingerprint heard_again(const struct fingerprint *from,
    size_t later, unsigned one_in)
{
	struct fingerprint f = { .count = from->count - later,
		.duration = from->duration,
		.items = calloc(from->count, sizeof(uint32_t)) };

	for (size_t i = 0; i < f.count; i++)
		for (unsigned bit = 0; bit < 32; bit++)
			if (one_in > 0 && mixed((uint32_t)i * 32 + bit + 1) %
			    one_in == 0)
				f.items[i] ^= 1u << bit;
	for (size_t i = 0; i < f.count; i++)
		f.items[i] ^= from->items[i + later];
	return f;
}

static void a_recording_is_the_same_shifted_and_with_errors(void **state)
{
	struct fingerprint a = made(1, COUNT, 200);
	struct fingerprint late = heard_again(&a, 40, 0);
	struct fingerprint coarse = heard_again(&a, 7, 10);

	(void)state;
	assert_true(fingerprint_likeness(&a, &a) > 0.999);
	assert_true(fingerprint_likeness(&a, &late) > 0.999);
	assert_true(fingerprint_likeness(&late, &a) > 0.999);
	assert_true(fingerprint_same(&a, &coarse));
	assert_true(fingerprint_same(&coarse, &a));
	fingerprint_free(&a);
	fingerprint_free(&late);
	fingerprint_free(&coarse);
}

static void another_recording_is_not_the_same(void **state)
{
	struct fingerprint a = made(1, COUNT, 200), b = made(77, COUNT, 200);
	struct fingerprint noisy = heard_again(&a, 0, 4);
	struct fingerprint far = heard_again(&a, 200, 0);

	(void)state;
	assert_true(fingerprint_likeness(&a, &b) < 0.1);
	assert_false(fingerprint_same(&a, &noisy));
	assert_false(fingerprint_same(&a, &far));
	b.duration = a.duration = 0;
	assert_false(fingerprint_same(&a, &a));
	a.duration = 200;
	noisy.duration = 206;
	assert_false(fingerprint_same(&a, &noisy));
	fingerprint_free(&a);
	fingerprint_free(&b);
	fingerprint_free(&noisy);
	fingerprint_free(&far);
}

/* Silence, or a tone: few different numbers. */
static void monotonous_audio_proves_less(void **state)
{
	struct fingerprint varied = made(1, COUNT, 200), dull = made(1, COUNT,
	    200), brief = made(1, 20, 5), none = { .count = 0 };
	struct fingerprint varied_again, dull_again;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		dull.items[i] = dull.items[i % 4];
	varied_again = heard_again(&varied, 0, 12);
	dull_again = heard_again(&dull, 0, 12);
	assert_true(fingerprint_same(&varied, &varied_again));
	assert_false(fingerprint_same(&dull, &dull_again));
	assert_false(fingerprint_same(&brief, &brief));
	assert_false(fingerprint_same(&none, &none));
	assert_false(fingerprint_same(&varied, &none));
	fingerprint_free(&varied);
	fingerprint_free(&varied_again);
	fingerprint_free(&dull);
	fingerprint_free(&dull_again);
	fingerprint_free(&brief);
}

static void it_reads_back_from_its_json(void **state)
{
	static const char *const bad[] = { "null", "{}", "{\"items\":7}",
		"{\"items\":\"123\"}", "{\"items\":\"0123456g\"}",
		"{\"items\":\"0123456789\"}", "{\"items\":\"\"}" };
	struct fingerprint a = made(1, COUNT, 200.125), b;
	struct json_writer *w = json_writer_new(false);
	struct json *v;
	size_t len;
	char *text;

	(void)state;
	a.code = strdup("AQAD");
	fingerprint_to_json(&a, w, NULL);
	text = json_writer_end(w, &len);
	v = json_parse(text, len, NULL);
	fingerprint_from_json(&b, v);
	assert_int_equal(b.count, COUNT);
	assert_memory_equal(a.items, b.items, COUNT * sizeof(*a.items));
	assert_true(b.duration > 200.12 && b.duration < 200.13);
	assert_string_equal(b.code, "AQAD");
	fingerprint_free(&b);
	json_free(v);
	free(text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		v = json_parse(bad[i], strlen(bad[i]), NULL);
		fingerprint_from_json(&b, v);
		assert_int_equal(b.count, 0);
		fingerprint_free(&b);
		json_free(v);
	}
	fingerprint_free(&a);
}

/* ---- both sides of each threshold ---- */

/* No two of its numbers have the same upper bits, and none has those of a
 * number that differs in the lowest of them alone. */
static struct fingerprint spread(size_t count, double duration)
{
	struct fingerprint f = { .count = count, .duration = duration,
		.items = calloc(count, sizeof(uint32_t)) };

	for (size_t i = 0; i < count; i++)
		f.items[i] = (uint32_t)(2 * i) << 18 |
		    (mixed((uint32_t)i) & 0x3ffff);
	return f;
}

static struct fingerprint copy_of(const struct fingerprint *f)
{
	struct fingerprint copy;

	fingerprint_copy(&copy, f);
	return copy;
}

/* Turns so many of the lower bits, the same number in each number or one
 * more. */
static void turn_bits(struct fingerprint *f, size_t total)
{
	for (size_t n = 0; n < total; n++)
		f->items[n % f->count] ^= 1u << n / f->count;
}

static void recordings_are_the_same_from_seven_tenths_on(void **state)
{
	struct fingerprint a = spread(1000, 200), b = copy_of(&a),
	    c = copy_of(&a);

	(void)state;
	/* 15 % of 32,000 bits: half of them is chance. */
	turn_bits(&b, 4799);
	turn_bits(&c, 4801);
	assert_true(fingerprint_same(&a, &b));
	assert_false(fingerprint_same(&a, &c));
	assert_true(fabs(fingerprint_likeness(&a, &c) - (1 - 9602.0 / 32000)) <
	    1e-9);
	fingerprint_free(&a);
	fingerprint_free(&b);
	fingerprint_free(&c);
}

static void lengths_may_be_four_seconds_apart(void **state)
{
	struct fingerprint a = spread(900, 200), b = copy_of(&a);

	(void)state;
	b.duration = 204;
	assert_true(fingerprint_same(&a, &b));
	assert_true(fingerprint_same(&b, &a));
	b.duration = 204.01;
	assert_false(fingerprint_same(&a, &b));
	assert_false(fingerprint_same(&b, &a));
	fingerprint_free(&a);
	fingerprint_free(&b);
}

static void a_shift_of_up_to_eighty_numbers_is_found(void **state)
{
	struct fingerprint a = spread(900, 200),
	    most = heard_again(&a, 80, 0), more = heard_again(&a, 81, 0);

	(void)state;
	assert_true(fingerprint_likeness(&a, &most) > 0.999);
	assert_true(fingerprint_likeness(&most, &a) > 0.999);
	assert_true(fingerprint_likeness(&a, &more) <= 0);
	assert_true(fingerprint_likeness(&more, &a) <= 0);
	fingerprint_free(&a);
	fingerprint_free(&most);
	fingerprint_free(&more);
}

static void sixty_numbers_in_common_are_enough(void **state)
{
	struct fingerprint a = spread(60, 200), b = spread(59, 200),
	    c = spread(70, 200);
	struct fingerprint late = spread(70, 200), later = spread(71, 200);

	(void)state;
	assert_true(fingerprint_likeness(&a, &a) > 0.999);
	assert_true(fingerprint_likeness(&b, &b) <= 0);
	/* The last of one are the first of the other. */
	for (size_t i = 0; i < 60; i++)
		late.items[i] = c.items[i + 10];
	for (size_t i = 60; i < 70; i++)
		late.items[i] ^= 1u << 31;
	for (size_t i = 0; i < 59; i++)
		later.items[i] = c.items[i + 11];
	for (size_t i = 59; i < 71; i++)
		later.items[i] ^= 1u << 31;
	assert_true(fingerprint_likeness(&c, &late) > 0.999);
	assert_true(fingerprint_likeness(&c, &later) <= 0);
	fingerprint_free(&a);
	fingerprint_free(&b);
	fingerprint_free(&c);
	fingerprint_free(&late);
	fingerprint_free(&later);
}

/* The upper 14 bits say where two of them are to be laid together. */
static void fourteen_bits_find_the_place(void **state)
{
	struct fingerprint a = spread(900, 200), above = copy_of(&a),
	    below = copy_of(&a);

	(void)state;
	for (size_t i = 0; i < a.count; i++) {
		above.items[i] ^= 1u << 18;
		below.items[i] ^= 1u << 17;
	}
	assert_true(fingerprint_likeness(&a, &above) <= 0);
	assert_true(fingerprint_likeness(&a, &below) > 0.9);
	fingerprint_free(&a);
	fingerprint_free(&above);
	fingerprint_free(&below);
}

static void one_number_in_fifty_must_be_found_again(void **state)
{
	struct fingerprint a = spread(1000, 200), enough = copy_of(&a),
	    too_few;

	(void)state;
	for (size_t i = 20; i < a.count; i++)
		enough.items[i] ^= 1u << 31;
	too_few = copy_of(&enough);
	too_few.items[19] ^= 1u << 31;
	assert_true(fingerprint_likeness(&a, &enough) > 0.9);
	assert_true(fingerprint_likeness(&a, &too_few) <= 0);
	fingerprint_free(&a);
	fingerprint_free(&enough);
	fingerprint_free(&too_few);
}

/* 60 different ones of 200: (60 + 10) / 200 + 1/2 is the variety, and the
 * likeness is raised to the power of 8 - 7 times that. */
static void repetition_lowers_the_likeness_by_a_known_curve(void **state)
{
	struct fingerprint a = spread(200, 200), b;

	(void)state;
	for (size_t i = 60; i < a.count; i++)
		a.items[i] = a.items[i % 60];
	b = copy_of(&a);
	turn_bits(&b, 640);
	/* 0.8 to the power of 2.05. */
	assert_true(fabs(fingerprint_likeness(&a, &b) - 0.632899) < 1e-5);
	fingerprint_free(&a);
	fingerprint_free(&b);
}

static struct fingerprint read_back(const struct fingerprint *f,
    double duration)
{
	struct json_writer *w = json_writer_new(false);
	struct fingerprint out, in = *f;
	struct json *v;
	size_t len;
	char *text;

	in.duration = duration;
	fingerprint_to_json(&in, w, NULL);
	text = json_writer_end(w, &len);
	v = json_parse(text, len, NULL);
	fingerprint_from_json(&out, v);
	json_free(v);
	free(text);
	return out;
}

static void one_of_1024_numbers_is_the_longest(void **state)
{
	struct fingerprint a = spread(1024, 200), b = spread(1025, 200), back;

	(void)state;
	assert_true(fingerprint_likeness(&a, &a) > 0.999);
	assert_true(fingerprint_likeness(&b, &b) <= 0);
	back = read_back(&a, 200);
	assert_int_equal(back.count, 1024);
	fingerprint_free(&back);
	back = read_back(&b, 200);
	assert_int_equal(back.count, 0);
	fingerprint_free(&back);
	back = read_back(&a, 999999999);
	assert_true(back.duration > 999999998);
	fingerprint_free(&back);
	back = read_back(&a, 1e9);
	assert_true(back.duration <= 0);
	fingerprint_free(&back);
	fingerprint_free(&a);
	fingerprint_free(&b);
}

/* ---- in the index ---- */

static int count_alike(void *ctx, const char *identity,
    const struct fingerprint *f)
{
	char *list = ctx;

	assert_true(f->count > 0);
	strcat(list, (const char[]){ identity[31], '\0' });
	return 0;
}

#define ID(last) "0000000000000000000000000000000" last

static void the_index_finds_those_of_one_length(void **state)
{
	struct fingerprint a = made(1, COUNT, 200.9), b = made(2, 9, 203),
	    far = made(3, 9, 230), short_one = made(4, 9, 0.5), back;
	struct index *x;
	char list[16] = "";

	assert_int_equal(index_open(*state, false, &x, NULL), DONE);
	assert_int_equal(index_put_fingerprint(x, ID("a"), &a, NULL), DONE);
	assert_int_equal(index_put_fingerprint(x, ID("b"), &b, NULL), DONE);
	assert_int_equal(index_put_fingerprint(x, ID("c"), &far, NULL), DONE);
	assert_int_equal(index_put_fingerprint(x, ID("d"), &short_one, NULL), DONE);
	assert_int_equal(index_put_fingerprint(x, ID("a"), &a, NULL), DONE);
	index_each_alike(x, 200, count_alike, list);
	assert_string_equal(list, "ab");
	list[0] = '\0';
	index_each_alike(x, 1, count_alike, list);
	assert_string_equal(list, "d");
	assert_int_equal(index_get_fingerprint(x, ID("a"), &back), DONE);
	assert_memory_equal(a.items, back.items, COUNT * sizeof(*a.items));
	fingerprint_free(&back);
	assert_int_equal(index_get_fingerprint(x, ID("e"), &back), ITEM_FAILED);
	assert_int_equal(index_get_fingerprint(x, "/a/path", &back), ITEM_FAILED);
	index_close(x);
	fingerprint_free(&a);
	fingerprint_free(&b);
	fingerprint_free(&far);
	fingerprint_free(&short_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_recording_is_the_same_shifted_and_with_errors),
		cmocka_unit_test(another_recording_is_not_the_same),
		cmocka_unit_test(monotonous_audio_proves_less),
		cmocka_unit_test(it_reads_back_from_its_json),
		cmocka_unit_test(recordings_are_the_same_from_seven_tenths_on),
		cmocka_unit_test(lengths_may_be_four_seconds_apart),
		cmocka_unit_test(a_shift_of_up_to_eighty_numbers_is_found),
		cmocka_unit_test(sixty_numbers_in_common_are_enough),
		cmocka_unit_test(fourteen_bits_find_the_place),
		cmocka_unit_test(one_number_in_fifty_must_be_found_again),
		cmocka_unit_test(
		    repetition_lowers_the_likeness_by_a_known_curve),
		cmocka_unit_test(one_of_1024_numbers_is_the_longest),
		cmocka_unit_test_setup_teardown(
		    the_index_finds_those_of_one_length, make_folder,
		    remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
