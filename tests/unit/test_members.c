/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "types/members.h"

struct sample {
	char *name, *label;
	char code[4], digits[5];
	bool yes;
	int number, views;
	int64_t big, at;
	size_t count;
	double level;
};

static const struct member members[] = {
	MEMBER("name", TEXT, sample, name),
	MEMBER("label", TEXT, sample, label, .always = true),
	MEMBER("code", CHARS, sample, code),
	MEMBER("digits", HEX, sample, digits),
	MEMBER("yes", BOOL, sample, yes),
	MEMBER("number", INT, sample, number, .low = 2, .high = 7),
	MEMBER("views", INT, sample, views, .fallback = -1),
	MEMBER("big", INT64, sample, big),
	MEMBER("at", TIME, sample, at),
	MEMBER("count", SIZE, sample, count, .always = true),
	MEMBER("level", DOUBLE, sample, level, .low = -5, .high = 5,
	    .decimals = 2),
	MEMBERS_END
};

static char *written(const struct sample *s)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	members_write(members, s, w);
	json_close(w);
	return json_writer_end(w, NULL);
}

static struct sample read_sample(const char *text)
{
	struct json *v = json_parse(text, strlen(text), NULL);
	struct sample s;

	assert_non_null(v);
	members_read(members, &s, v);
	json_free(v);
	return s;
}

static void members_read_back_as_they_were_written(void **state)
{
	static const char text[] = "{\"name\":\"Ada\",\"label\":\"x\","
	    "\"code\":\"8A\",\"digits\":\"00ff\",\"yes\":true,\"number\":7,"
	    "\"views\":0,\"big\":9007199254740993,"
	    "\"at\":\"2026-11-19T20:15:42Z\",\"count\":3,\"level\":-1.25}";
	struct sample s = read_sample(text);
	char *back = written(&s);

	(void)state;
	assert_string_equal(back, text);
	assert_string_equal(s.name, "Ada");
	assert_true(s.big == 9007199254740993);
	free(back);
	members_free(members, &s);
	assert_null(s.name);
}

static void a_member_that_is_its_fallback_is_not_written(void **state)
{
	struct sample s = read_sample("{}");
	char *text = written(&s);

	(void)state;
	assert_string_equal(text, "{\"label\":\"\",\"count\":0}");
	assert_int_equal(s.views, -1);
	free(text);
	members_free(members, &s);
}

static void what_does_not_fit_a_member_reads_as_its_fallback(void **state)
{
	static const char *const bad[] = {
		"{\"name\":1,\"code\":\"8AAA\",\"digits\":\"00f\","
		"\"yes\":\"x\",\"number\":8,\"views\":-2,\"big\":-1,"
		"\"at\":\"soon\",\"count\":-1,\"level\":5.01}",
		"{\"name\":\"\",\"code\":8,\"digits\":\"00fg\",\"number\":1,"
		"\"views\":2147483648,\"big\":1e30,\"at\":7,\"count\":[],"
		"\"level\":\"nan\"}",
		"{\"digits\":\"00ff0\",\"number\":1e99,\"level\":-5.01}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct sample s = read_sample(bad[i]);
		char *text = written(&s);

		assert_string_equal(text, "{\"label\":\"\",\"count\":0}");
		free(text);
		members_free(members, &s);
	}
}

static void a_copy_has_its_own_texts(void **state)
{
	struct sample a = read_sample("{\"name\":\"Ada\"}"), b = a;

	(void)state;
	members_own(members, &b);
	assert_ptr_not_equal(a.name, b.name);
	members_free(members, &a);
	assert_string_equal(b.name, "Ada");
	members_free(members, &b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_read_back_as_they_were_written),
		cmocka_unit_test(a_member_that_is_its_fallback_is_not_written),
		cmocka_unit_test(
		    what_does_not_fit_a_member_reads_as_its_fallback),
		cmocka_unit_test(a_copy_has_its_own_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
