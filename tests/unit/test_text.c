/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "match/filename.h"
#include "match/sounds.h"
#include "match/text.h"

/* The folded words with blanks between them. */
static const char *folded(const char *name)
{
	static char out[2048];
	struct words w;

	out[0] = '\0';
	words_fold(&w, name);
	for (size_t i = 0; i < w.count; i++) {
		if (i > 0)
			strcat(out, " ");
		strcat(out, w.word[i].text);
	}
	words_free(&w);
	return out;
}

static bool same(const char *a, const char *b)
{
	struct piece p, q;

	piece_of(&p, a);
	piece_of(&q, b);
	return piece_same(&p, &q);
}

static void letters_are_folded_in_every_form(void **state)
{
	(void)state;
	assert_string_equal(folded("BJÖRK"), "bjork");
	assert_string_equal(folded("Bjo\xcc\x88rk"), "bjork");
	assert_string_equal(folded("Łódź Øre Þing Straße"),
	    "lodz ore thing strasse");
	assert_string_equal(folded("𝙎𝙥𝙮 Ｆｕｌｌ"), "spy full");
	assert_string_equal(folded("ꜱʟᴏᴡᴇᴅ 🅽🅴🅾🅽"), "slowed neon");
	assert_string_equal(folded("İstanbul'da Işık"), "istanbulda isik");
	assert_string_equal(folded("Ёлка"), "елка");
	assert_string_equal(folded("Song™ ©2020"), "song 2020");
}

static void look_alikes_take_the_script_of_their_word(void **state)
{
	(void)state;
	/* Latin with Cyrillic letters in it, and the other way round. */
	assert_string_equal(folded("Меtаlliса"), "metallica");
	assert_string_equal(folded("Kинo"), "кино");
	assert_string_equal(folded("CHVRCHΞS"), "chvrches");
	/* A word of one script stays what it is. */
	assert_string_equal(folded("ВЕК"), "век");
}

static void signs_in_place_of_letters_are_letters(void **state)
{
	(void)state;
	assert_string_equal(folded("A$AP Ke$ha P!nk"), "asap kesha pink");
	assert_string_equal(folded("Don't stop, won’t"), "dont stop wont");
	assert_string_equal(folded("R.E.M. and N.W.A"), "rem and nwa");
	assert_string_equal(folded("feat.Drake Vol.2"), "feat drake vol 2");
	assert_true(same("F**k You", "Fuck You"));
	assert_false(same("F**k You", "Fork Yo"));
}

static void one_word_has_several_spellings(void **state)
{
	static const char *const alike[][2] = {
		{ "Müller", "Mueller" }, { "Lovin'", "Loving" },
		{ "Salt & Pine", "Salt and Pine" }, { "The xx", "xx" },
		{ "Seven", "7" }, { "Pt. 2", "Part II" },
		{ "Part One", "Pt. I" }, { "Vol. 3", "Volume Three" },
		{ "Mambo No. 5", "Mambo Number Five" },
		{ "Sun Flower", "Sunflower" }, { "Mc Knight", "McKnight" },
		{ "blink-182", "Blink 182" }, { "AC/DC", "ACDC" },
		{ "часть 2", "ч. 2" }, { "Rock 'n' Roll", "Rock and Roll" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(alike) / sizeof(*alike); i++)
		if (!same(alike[i][0], alike[i][1]))
			fail_msg("%s, %s", alike[i][0], alike[i][1]);
	assert_false(same("Part 1", "Part 2"));
	assert_false(same("i", "1"));
	assert_false(same("Time", "In Time"));
}

static void no_name_is_empty_after_folding(void **state)
{
	static const char *const names[] = { "+++", "?", "!!!", "...", "÷",
		"爱", "ก", "अ", "ა", "ⵣ", "𐌰", "The", "And", "The The", "🎄",
		"ـ ", "\xcc\x81x", "ー", "々", "(?)", "☃ [☃]" };
	struct words w;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct piece p;

		words_fold(&w, names[i]);
		if (w.count == 0 && i != 15)
			fail_msg("%s", names[i]);
		words_free(&w);
		piece_of(&p, names[i]);
		assert_true(p.key[0] != '\0' || i == 15);
	}
	assert_false(same("+++", "???"));
	assert_false(same("The The", "And"));
}

static void brackets_and_dashes_separate_segments(void **state)
{
	struct words w;

	(void)state;
	words_fold(&w, "Artist – Title (feat. X) [Live] end");
	assert_int_equal(w.segments, 4);
	assert_int_equal(w.word[0].segment, 0);
	assert_int_equal(w.word[1].segment, 1);
	assert_true(w.segment[w.word[2].segment].bracket);
	assert_false(w.segment[w.word[2].segment].square);
	assert_true(w.segment[w.word[4].segment].square);
	/* What a bracket interrupts goes on behind it. */
	assert_int_equal(w.word[5].segment, 1);
	words_free(&w);
	words_fold(&w, "no-dash here, a joint");
	assert_int_equal(w.segments, 1);
	assert_true(w.word[3].joint);
	assert_false(w.word[4].joint);
	words_free(&w);
}

static void scripts_without_blanks_have_a_word_a_character(void **state)
{
	(void)state;
	assert_string_equal(folded("爱爱爱"), "爱 爱 爱");
	assert_string_equal(folded("ハ\u3099ナナ"), "バ ナ ナ");
	assert_string_equal(folded("バナナ"), "バ ナ ナ");
	assert_true(same("바다", "바다"));
	assert_false(same("바다", "바람"));
}

static bool sound_alike(const char *a, const char *b)
{
	struct words ours, theirs;
	bool same;

	words_fold(&ours, a);
	words_fold(&theirs, b);
	same = sounds_same((struct span){ &ours, 0, ours.count },
	    (struct span){ &theirs, 0, theirs.count }, MIN_SOUND);
	words_free(&ours);
	words_free(&theirs);
	return same;
}

static void names_in_two_scripts_sound_alike(void **state)
{
	static const char *const alike[][2] = {
		{ "Звери", "Zveri" }, { "Потап", "Potap" },
		{ "אורטגה", "Ortega" }, { "Ραλλία", "Rallia" },
		{ "ピースサイン", "Pisu Sain" },
		{ "Χάρις", "Haris" }, { "Χάρις", "Charis" },
		{ "Μπουζούκι", "Bouzouki" }, { "Μπουζούκι", "Mpouzouki" },
		{ "Νταλακάς", "Dalakas" }, { "Ευτυχία", "Eftychia" },
		{ "Σταύρος", "Stavros" }, { "Θάλασσα", "Thalassa" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(alike) / sizeof(*alike); i++)
		if (!sound_alike(alike[i][0], alike[i][1]))
			fail_msg("%s, %s", alike[i][0], alike[i][1]);
	assert_false(sound_alike("紅蓮華", "Gurenge"));
	assert_false(sound_alike("Zveri", "Zveri"));
	assert_false(sound_alike("Χάρις", "Maris"));
	/* Two consonants are too few, four equal letters are enough. */
	assert_false(sound_alike("Ната", "Neto"));
	assert_true(sound_alike("Ната", "Nata"));
	assert_false(sound_alike("Али", "Ali"));
}

static void a_run_of_words_is_found_with_any_spacing(void **state)
{
	struct words w;
	struct piece p;

	(void)state;
	words_fold(&w, "the sun flower and the day");
	piece_of(&p, "Sunflower");
	assert_int_equal(words_run(&w, 1, &p), 2);
	assert_int_equal(words_run(&w, 0, &p), 3);	/* with its article */
	assert_int_equal(words_run(&w, 2, &p), 0);
	piece_of(&p, "Flower Day");
	assert_int_equal(words_run(&w, 2, &p), 4);
	piece_of(&p, "");
	assert_int_equal(words_run(&w, 0, &p), 0);
	words_free(&w);
}

/* Bytes that are the same on every run. */
static unsigned int next_number(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 16;
}

static void any_bytes_fold_to_what_folds_to_itself(void **state)
{
	static const char *const bits[] = { "a", "É", "ß", " ", "-", " - ",
		"(", ")", "[", "live", "ｆ", "\xff", "\xc3", "ж", "ハ\u3099",
		"爱", "$", "*", "!", "'", ".", "&", "+", "pt", "ii", "2", "ک",
		"\u0301", "『", "』", "\xf0\x9f\x8e\x84" };
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char name[256] = "", first[2048], spelt[2048] = "";
		unsigned int n = next_number(&seed) % 24;
		struct words w;

		for (; n > 0; n--)
			strcat(name, bits[next_number(&seed) %
			    (sizeof(bits) / sizeof(*bits))]);
		strcpy(first, folded(name));
		words_fold(&w, name);
		for (size_t i = 0; i < w.count; i++) {
			if (i > 0)
				strcat(spelt, w.word[i].segment !=
				    w.word[i - 1].segment ? " | " : " ");
			strcat(spelt, w.word[i].text);
		}
		words_free(&w);
		if (strcmp(first, folded(spelt)) != 0)
			fail_msg("\"%s\": \"%s\", then \"%s\"", name, first,
			    folded(spelt));
	}
}

/* n times the same, in a row. */
static const char *repeated(const char *text, int n)
{
	static char out[4096];

	out[0] = '\0';
	for (int i = 0; i < n; i++)
		strcat(out, text);
	return out;
}

static void a_long_name_is_cut(void **state)
{
	struct words w;

	(void)state;
	words_fold(&w, repeated("word ", 96));
	assert_int_equal(w.count, 96);
	words_free(&w);
	words_fold(&w, repeated("word ", 97));
	assert_int_equal(w.count, 96);
	words_free(&w);
	words_fold(&w, repeated("word - ", 24));
	assert_int_equal(w.segments, 24);
	assert_int_equal(w.word[23].segment, 23);
	assert_false(w.word[23].joint);
	words_free(&w);
	/* More are one. */
	words_fold(&w, repeated("word - ", 25));
	assert_int_equal(w.segments, 24);
	assert_int_equal(w.word[24].segment, 23);
	assert_true(w.word[24].joint);
	words_free(&w);
}

static void a_word_of_64_letters_is_one_and_a_longer_one_two(void **state)
{
	struct words w;

	(void)state;
	words_fold(&w, repeated("x", 64));
	assert_int_equal(w.count, 1);
	words_free(&w);
	words_fold(&w, repeated("x", 65));
	assert_int_equal(w.count, 2);
	assert_int_equal(strlen(w.word[0].text), 64);
	words_free(&w);
}

static void of_a_name_of_signs_only_sixteen_count(void **state)
{
	(void)state;
	assert_true(same(repeated("+", 15), repeated("+", 15)));
	assert_false(same(repeated("+", 16), "+++++++++++++++"));
	assert_true(same(repeated("+", 17), "++++++++++++++++"));
	assert_int_equal(strlen(folded(repeated("+", 17))), 16);
}

/* What closes a bracket closes the last one that was counted. */
static void brackets_are_counted_eight_deep(void **state)
{
	struct words w;

	(void)state;
	words_fold(&w, "a ((((((((b)))))))) c");
	assert_int_equal(w.word[2].segment, 0);
	words_free(&w);
	words_fold(&w, "a (((((((((b)))))))) c");
	assert_int_equal(w.word[2].segment, 0);
	words_free(&w);
	words_fold(&w, "a (((((((b))))))) c");
	assert_int_equal(w.word[2].segment, 0);
	words_free(&w);
	/* One is still open. */
	words_fold(&w, "a ((((((((b))))))) c");
	assert_int_not_equal(w.word[2].segment, 0);
	words_free(&w);
}

static void assert_title_of(const char *path, const char *title)
{
	char *t = filename_title(path);

	assert_string_equal(t, title);
	free(t);
}

static void additions_of_programs_are_cut_from_file_names(void **state)
{
	char *folders = filename_folders("A_B/2011 - C/x.mp3");

	(void)state;
	assert_title_of("a/b/Ada - Light.mp3", "Ada - Light");
	assert_title_of("Ada_-_Light-128kbps.mp3", "Ada - Light");
	assert_title_of("Ada - Light (320 kbps).mp3", "Ada - Light");
	assert_title_of("Ada - Light [pAgnJDJN4VA].m4a", "Ada - Light ");
	assert_title_of("Ada - Light-pAgnJDJN4V1.m4a", "Ada - Light");
	assert_title_of("Ada - Californians.m4a", "Ada - Californians");
	assert_title_of("07-ada_b-light-xyz.mp3", "07 - ada b - light");
	assert_title_of("blink-182 - Dammit.mp3", "blink-182 - Dammit");
	assert_title_of("", "");
	assert_string_equal(folders, "A B - 2011 - C");
	free(folders);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    letters_are_folded_in_every_form),
		cmocka_unit_test(look_alikes_take_the_script_of_their_word),
		cmocka_unit_test(signs_in_place_of_letters_are_letters),
		cmocka_unit_test(one_word_has_several_spellings),
		cmocka_unit_test(no_name_is_empty_after_folding),
		cmocka_unit_test(
		    brackets_and_dashes_separate_segments),
		cmocka_unit_test(
		    scripts_without_blanks_have_a_word_a_character),
		cmocka_unit_test(names_in_two_scripts_sound_alike),
		cmocka_unit_test(a_run_of_words_is_found_with_any_spacing),
		cmocka_unit_test(any_bytes_fold_to_what_folds_to_itself),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(
		    a_word_of_64_letters_is_one_and_a_longer_one_two),
		cmocka_unit_test(of_a_name_of_signs_only_sixteen_count),
		cmocka_unit_test(brackets_are_counted_eight_deep),
		cmocka_unit_test(additions_of_programs_are_cut_from_file_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
