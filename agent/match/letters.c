/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/letters.h"

#include <stddef.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Blocks of Unicode, in order. */
static const struct {
	int32_t first, last;
	enum script script;
} blocks[] = {
	{ 0x0041, 0x024f, SCRIPT_LATIN }, { 0x0250, 0x02af, SCRIPT_LATIN },
	{ 0x0370, 0x03ff, SCRIPT_GREEK }, { 0x0400, 0x052f, SCRIPT_CYRILLIC },
	{ 0x0590, 0x05ff, SCRIPT_HEBREW }, { 0x0600, 0x077f, SCRIPT_ARABIC },
	{ 0x1100, 0x11ff, SCRIPT_HANGUL }, { 0x1d00, 0x1dbf, SCRIPT_LATIN },
	{ 0x1e00, 0x1eff, SCRIPT_LATIN }, { 0x1f00, 0x1fff, SCRIPT_GREEK },
	{ 0x2c60, 0x2c7f, SCRIPT_LATIN }, { 0x3005, 0x3007, SCRIPT_CJK },
	{ 0x3041, 0x30ff, SCRIPT_CJK }, { 0x3400, 0x4dbf, SCRIPT_CJK },
	{ 0x4e00, 0x9fff, SCRIPT_CJK }, { 0xa720, 0xa7ff, SCRIPT_LATIN },
	{ 0xac00, 0xd7a3, SCRIPT_HANGUL }, { 0xf900, 0xfaff, SCRIPT_CJK },
	{ 0x20000, 0x323af, SCRIPT_CJK },
};

enum script letter_script(int32_t c)
{
	if (c < 'A')
		return SCRIPT_NONE;
	for (size_t i = 0; i < COUNT(blocks); i++)
		if (c >= blocks[i].first && c <= blocks[i].last)
			return blocks[i].script;
	return SCRIPT_OTHER;
}

/* Letters with a stroke, ligatures and small capitals, which Unicode does not
 * decompose. */
static const struct {
	int32_t letter;
	const char *plain;
} plain_letters[] = {
	{ 0x00e6, "ae" }, { 0x00f0, "d" }, { 0x00f8, "o" }, { 0x00fe, "th" },
	{ 0x0111, "d" }, { 0x0127, "h" }, { 0x0131, "i" }, { 0x0138, "k" },
	{ 0x0142, "l" }, { 0x014b, "n" }, { 0x0153, "oe" }, { 0x0167, "t" },
	{ 0x0180, "b" }, { 0x0188, "c" }, { 0x0199, "k" }, { 0x01b6, "z" },
	{ 0x01dd, "e" }, { 0x023c, "c" }, { 0x0247, "e" }, { 0x0253, "b" },
	{ 0x0256, "d" }, { 0x0259, "e" }, { 0x025b, "e" }, { 0x0261, "g" },
	{ 0x0262, "g" }, { 0x0268, "i" }, { 0x026a, "i" }, { 0x026b, "l" },
	{ 0x0272, "n" }, { 0x0274, "n" }, { 0x0275, "o" }, { 0x0280, "r" },
	{ 0x0289, "u" }, { 0x028f, "y" }, { 0x0299, "b" }, { 0x029c, "h" },
	{ 0x029f, "l" }, { 0x1d00, "a" }, { 0x1d04, "c" }, { 0x1d05, "d" },
	{ 0x1d07, "e" }, { 0x1d0a, "j" }, { 0x1d0b, "k" }, { 0x1d0d, "m" },
	{ 0x1d0f, "o" }, { 0x1d18, "p" }, { 0x1d1b, "t" }, { 0x1d1c, "u" },
	{ 0x1d20, "v" }, { 0x1d21, "w" }, { 0x1d22, "z" }, { 0xa730, "f" },
	{ 0xa731, "s" },
};

/* White letters on black or in circles, A to Z, without a compatibility
 * decomposition. */
static const int32_t plain_alphabets[] = { 0x1f150, 0x1f170 };

const char *letter_plain(int32_t c)
{
	static const char alphabet[] = "a\0b\0c\0d\0e\0f\0g\0h\0i\0j\0k\0l\0m\0"
	    "n\0o\0p\0q\0r\0s\0t\0u\0v\0w\0x\0y\0z";

	if (c < 0x80)
		return NULL;
	for (size_t i = 0; i < COUNT(plain_letters); i++)
		if (plain_letters[i].letter == c)
			return plain_letters[i].plain;
	for (size_t i = 0; i < COUNT(plain_alphabets); i++)
		if (c >= plain_alphabets[i] && c < plain_alphabets[i] + 26)
			return alphabet + 2 * (c - plain_alphabets[i]);
	return NULL;
}

/* Lower case, though some look alike in upper case only. */
static const struct {
	int32_t other;
	char latin;
} alikes[] = {
	{ 0x0430, 'a' }, { 0x0432, 'b' }, { 0x0435, 'e' }, { 0x043a, 'k' },
	{ 0x043c, 'm' }, { 0x043d, 'h' }, { 0x043e, 'o' }, { 0x0440, 'p' },
	{ 0x0441, 'c' }, { 0x0442, 't' }, { 0x0443, 'y' }, { 0x0445, 'x' },
	{ 0x0455, 's' }, { 0x0456, 'i' }, { 0x0458, 'j' }, { 0x0501, 'd' },
	{ 0x051b, 'q' }, { 0x051d, 'w' }, { 0x04bb, 'h' },
	{ 0x03b1, 'a' }, { 0x03b2, 'b' }, { 0x03b5, 'e' }, { 0x03b6, 'z' },
	{ 0x03b7, 'h' }, { 0x03b9, 'i' }, { 0x03ba, 'k' }, { 0x03bb, 'a' },
	{ 0x03bc, 'm' }, { 0x03bd, 'n' }, { 0x03be, 'e' }, { 0x03bf, 'o' },
	{ 0x03c1, 'p' }, { 0x03c3, 'e' }, { 0x03c4, 't' }, { 0x03c5, 'y' },
	{ 0x03c7, 'x' }, { 0x03c9, 'w' }, { 0x03b4, 'a' },
};

int32_t letter_alike(int32_t c, enum script script)
{
	for (size_t i = 0; i < COUNT(alikes); i++) {
		if (script == SCRIPT_LATIN && alikes[i].other == c)
			return alikes[i].latin;
		if (script != SCRIPT_LATIN && alikes[i].latin == c &&
		    letter_script(alikes[i].other) == script)
			return alikes[i].other;
	}
	return 0;
}

/* Transliteration: close to BGN/PCGN for Cyrillic, ISO 843 for Greek, revised
 * romanization for Hangul (by its jamo), Hepburn for kana. Hebrew and Arabic
 * write consonants only. */
static const struct {
	int32_t first;
	const char *latin[32];
} spellings[] = {
	{ 0x0430, { "a", "b", "v", "g", "d", "e", "zh", "z", "i", "i", "k",
	    "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh", "ts", "ch",
	    "sh", "shch", "", "y", "", "e", "yu", "ya" } },
	{ 0x0450, { "e", "e", "d", "g", "e", "s", "i", "i", "j", "l", "n", "c",
	    "k", "i", "u", "d" } },
	{ 0x03b1, { "a", "v", "g", "d", "e", "z", "i", "th", "i", "k", "l",
	    "m", "n", "x", "o", "p", "r", "s", "s", "t", "y", "f", "ch", "ps",
	    "o" } },
	{ 0x05d0, { "", "b", "g", "d", "", "", "z", "h", "t", "", "k", "k",
	    "l", "m", "m", "n", "n", "s", "", "p", "p", "ts", "ts", "k", "r",
	    "sh", "t" } },
	{ 0x0627, { "a", "b", "a", "t", "th", "j", "h", "kh", "d", "dh", "r",
	    "z", "s", "sh", "s", "d", "t", "z", "", "gh" } },
	{ 0x0641, { "f", "q", "k", "l", "m", "n", "h", "w", "a", "y" } },
	{ 0x1100, { "g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss",
	    "", "j", "jj", "ch", "k", "t", "p", "h" } },
	{ 0x1161, { "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa",
	    "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i" } },
	{ 0x11a8, { "k", "k", "ks", "n", "nj", "nh", "t", "l", "lk", "lm", "lp",
	    "ls", "lt", "lp", "lh", "m", "p", "ps", "t", "t", "ng", "t", "t",
	    "k", "t", "p", "t" } },
	{ 0x3041, { "a", "a", "i", "i", "u", "u", "e", "e", "o", "o", "ka",
	    "ga", "ki", "gi", "ku", "gu", "ke", "ge", "ko", "go", "sa", "za",
	    "shi", "ji", "su", "zu", "se", "ze", "so", "zo", "ta", "da" } },
	{ 0x3061, { "chi", "ji", "", "tsu", "zu", "te", "de", "to", "do", "na",
	    "ni", "nu", "ne", "no", "ha", "ba", "pa", "hi", "bi", "pi", "fu",
	    "bu", "pu", "he", "be", "pe", "ho", "bo", "po", "ma", "mi",
	    "mu" } },
	{ 0x3081, { "me", "mo", "ya", "ya", "yu", "yu", "yo", "yo", "ra", "ri",
	    "ru", "re", "ro", "wa", "wa", "i", "e", "o", "n", "vu" } },
};

#define KATAKANA 0x30a1
#define HIRAGANA 0x3041
#define KANA_COUNT 86

const char *letter_latin(int32_t c)
{
	if (c == 0x30fc || c == 0x3099 || c == 0x309a)
		return "";		/* a long vowel, a voiced sound */
	if (c >= KATAKANA && c < KATAKANA + KANA_COUNT)
		c += HIRAGANA - KATAKANA;
	for (size_t i = 0; i < COUNT(spellings); i++)
		if (c >= spellings[i].first && c < spellings[i].first + 32 &&
		    spellings[i].latin[c - spellings[i].first] != NULL)
			return spellings[i].latin[c - spellings[i].first];
	return NULL;
}
