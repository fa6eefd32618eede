/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/utf8.h"

static void a_character_is_told_from_bytes(void **state)
{
	uint32_t code = 0;

	(void)state;
	assert_int_equal(utf8_decode("\xe2\x80\xae", 3, &code), 3);
	assert_int_equal(code, 0x202e);
	assert_int_equal(utf8_decode("\xf0\x9f\x8e\xb5", 4, &code), 4);
	assert_int_equal(code, 0x1f3b5);
	assert_int_equal(utf8_length("\xc0\x8a", 2), 0);	/* overlong */
	assert_int_equal(utf8_length("\xed\xa0\x80", 3), 0);	/* surrogate */
	assert_int_equal(utf8_length("\xe2\x99", 2), 0);	/* torn */
	assert_int_equal(utf8_length("", 0), 0);
}

/* Both sides of each limit of RFC 3629. */
static void only_shortest_forms_of_characters_are_valid(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{ "\x7f", 1 }, { "\x80", 0 }, { "\xbf\x80", 0 },
		{ "\xc1\xbf", 0 }, { "\xc2\x80", 2 }, { "\xdf\xbf", 2 },
		{ "\xe0\x9f\xbf", 0 }, { "\xe0\xa0\x80", 3 },
		{ "\xed\x9f\xbf", 3 }, { "\xed\xa0\x80", 0 },
		{ "\xed\xbf\xbf", 0 }, { "\xee\x80\x80", 3 },
		{ "\xef\xbf\xbf", 3 }, { "\xf0\x8f\xbf\xbf", 0 },
		{ "\xf0\x90\x80\x80", 4 }, { "\xf4\x8f\xbf\xbf", 4 },
		{ "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 },
		{ "\xe2\x28\xa1", 0 }, { "\xf0\x90\x28\xbc", 0 },
		{ "\xf8\x88\x80\x80\x80", 0 }, { "\xff", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (utf8_length(cases[i].bytes, strlen(cases[i].bytes)) !=
		    cases[i].len)
			fail_msg("case %zu", i);
}

/* Each range from both of its ends. */
static void what_commands_a_terminal_is_not_printable(void **state)
{
	static const char *const commands[] = {
		"\x01", "\n", "\x1b", "\x1f", "\x7f", "\xc2\x80",
		"\xc2\x9b", "\xc2\x9f", "\xd8\x9c", "\xe2\x80\x8e",
		"\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9",
		"\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6",
		"\xe2\x81\xa9", "\xff", "\x9b",
	};
	static const char *const text[] = {
		" ", "~", "\xc2\xa0", "\xd8\x9b", "\xd8\x9d",
		"\xe2\x80\x8d",		/* joins emoji */
		"\xe2\x80\x90", "\xe2\x80\xa7", "\xe2\x80\xaf",
		"\xe2\x81\xa5", "\xe2\x81\xaa", "\xe3\x81\x82",
		"\xf0\x9f\x8e\xb5",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		assert_int_equal(utf8_printable(commands[i],
		    strlen(commands[i])), 0);
	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++)
		assert_int_equal(utf8_printable(text[i], strlen(text[i])),
		    strlen(text[i]));
}

static void what_is_not_printable_is_escaped_byte_by_byte(void **state)
{
	const char *given = "a\x1b[2J\xe2\x80\xae\xff\xc3\xb6";
	char out[64];

	(void)state;
	assert_int_equal(utf8_escape(given, strlen(given), out, sizeof(out)),
	    strlen(given));
	assert_string_equal(out, "a\\x1b[2J\\xe2\\x80\\xae\\xff\xc3\xb6");
}

static void a_long_text_is_escaped_in_pieces(void **state)
{
	const char *given = "one\x1b""two\xc2\x9b\xf0\x9f\x8e\xb5";
	char whole[64] = "", piece[UTF8_ESCAPED + 1];
	size_t len = strlen(given), used;

	(void)state;
	for (size_t at = 0; at < len; at += used) {
		used = utf8_escape(given + at, len - at, piece,
		    sizeof(piece));
		assert_in_range(used, 1, UTF8_ESCAPED);
		strcat(whole, piece);
	}
	assert_string_equal(whole, "one\\x1btwo\\xc2\\x9b\xf0\x9f\x8e\xb5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_character_is_told_from_bytes),
		cmocka_unit_test(only_shortest_forms_of_characters_are_valid),
		cmocka_unit_test(what_commands_a_terminal_is_not_printable),
		cmocka_unit_test(
		    what_is_not_printable_is_escaped_byte_by_byte),
		cmocka_unit_test(a_long_text_is_escaped_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
