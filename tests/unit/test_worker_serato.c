/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audio.h"

#include <math.h>

#include "worker/tags/serato.h"

static size_t load(const char *name, char *out, size_t size)
{
	int fd = open_in("data/serato", name, O_RDONLY, NULL);
	ssize_t n = read(fd, out, size - 1);

	close(fd);
	assert_true(n > 0);
	out[n] = '\0';
	return (size_t)n;
}

static void the_tempo_is_read_from_each_object(void **state)
{
	char data[256];
	size_t len = load("autotags", data, sizeof(data));

	(void)state;
	assert_true(serato_autotags_bpm(data, len) == 115);
	len = load("beatgrid", data, sizeof(data));
	assert_true(serato_beatgrid_bpm(data, len) == 115);
	load("base64", data, sizeof(data));
	assert_true(serato_base64_bpm(data) == 115);
}

static void a_grid_with_several_tempos_has_none(void **state)
{
	char data[256];
	size_t len = load("beatgrid-bent", data, sizeof(data));

	(void)state;
	assert_true(serato_beatgrid_bpm(data, len) == 0);
}

static void broken_objects_have_no_tempo(void **state)
{
	char data[256];
	size_t len;

	(void)state;
	len = load("beatgrid-lying-count", data, sizeof(data));
	assert_true(serato_beatgrid_bpm(data, len) == 0);
	len = load("beatgrid-cut", data, sizeof(data));
	assert_true(serato_beatgrid_bpm(data, len) == 0);
	len = load("beatgrid-nan", data, sizeof(data));
	assert_false(serato_beatgrid_bpm(data, len) > 0);
	len = load("autotags-unended", data, sizeof(data));
	assert_true(serato_autotags_bpm(data, len) == 0);
	len = load("autotags-words", data, sizeof(data));
	assert_true(serato_autotags_bpm(data, len) == 0);
	load("base64-other-object", data, sizeof(data));
	assert_true(serato_base64_bpm(data) == 0);
	load("base64-rubbish", data, sizeof(data));
	assert_true(serato_base64_bpm(data) == 0);
	assert_true(serato_base64_bpm("") == 0);
	assert_true(serato_autotags_bpm(NULL, 0) == 0);
	assert_true(serato_beatgrid_bpm(NULL, 0) == 0);
}

/* Read to the last byte and no further, whatever the length. */
static void every_length_is_bounded(void **state)
{
	static const char *const names[] = { "autotags", "beatgrid",
		"beatgrid-bent" };
	char data[256];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		size_t len = load(names[i], data, sizeof(data));

		for (size_t n = 0; n <= len; n++) {
			char *copy = malloc(n > 0 ? n : 1);

			memcpy(copy, data, n);
			(void)serato_autotags_bpm(copy, n);
			(void)serato_beatgrid_bpm(copy, n);
			free(copy);
		}
	}
}

static void more_than_an_object_may_hold_is_cut_off(void **state)
{
	static char text[100000];

	(void)state;
	memset(text, 'A', sizeof(text) - 1);
	assert_true(serato_base64_bpm(text) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tempo_is_read_from_each_object),
		cmocka_unit_test(a_grid_with_several_tempos_has_none),
		cmocka_unit_test(broken_objects_have_no_tempo),
		cmocka_unit_test(every_length_is_bounded),
		cmocka_unit_test(more_than_an_object_may_hold_is_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
