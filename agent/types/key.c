/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spellings of a musical key, and its place on the Camelot wheel. */
#include "types/media.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/integer.h"

/* The contract's spelling: sharps or flats by what Mixed In Key writes. */
static const char *const major_names[12] = { "C", "Db", "D", "Eb", "E", "F",
	"F#", "G", "Ab", "A", "Bb", "B" };
static const char *const minor_names[12] = { "C", "C#", "D", "D#", "E", "F",
	"F#", "G", "G#", "A", "Bb", "B" };

void key_name(int tonic, bool minor, char key[12], char camelot[4])
{
	/* Steps round the circle of fifths, of seven semitones each. Camelot
	 * counts from A minor and C major as 8, Open Key from them as 1. */
	unsigned major = (unsigned)(minor ? tonic + 3 : tonic) % 12;

	snprintf(key, 12, "%s %s", minor ? minor_names[tonic] :
	    major_names[tonic], minor ? "minor" : "major");
	snprintf(camelot, 4, "%u%c", (major * 7 + 7) % 12 + 1,
	    minor ? 'A' : 'B');
}

/* "8A", "08a", and Open Key's "1m", "12d". */
static int parse_wheel(const char *s, char key[12], char camelot[4])
{
	int64_t n;
	int letter, major;
	bool open, minor;

	if (int_prefix(&s, 1, 12, &n) != 0 || s[0] == '\0' || s[1] != '\0')
		return -1;
	letter = tolower((unsigned char)*s);
	if (strchr("abmd", letter) == NULL)
		return -1;
	open = letter == 'm' || letter == 'd';
	minor = letter == 'a' || letter == 'm';
	/* Seven fifths up from the number of C major. */
	major = 7 * ((int)n - (open ? 1 : 8) + 12) % 12;
	key_name(minor ? (major + 9) % 12 : major, minor, key, camelot);
	return 0;
}

/* After the tonic: nothing or a word. 0 major, 1 minor, -1 neither. */
static int parse_mode(const char *s)
{
	static const char *const minor[] = { "m", "min", "minor", "-", "mol" };
	static const char *const major[] = { "", "maj", "major", "dur" };

	while (*s == ' ')
		s++;
	if (strcmp(s, "M") == 0)
		return 0;
	for (size_t i = 0; i < sizeof(minor) / sizeof(*minor); i++)
		if (strcasecmp(s, minor[i]) == 0)
			return 1;
	for (size_t i = 0; i < sizeof(major) / sizeof(*major); i++)
		if (strcasecmp(s, major[i]) == 0)
			return 0;
	return -1;
}

int key_parse(const char *text, char key[12], char camelot[4])
{
	static const int tonics[] = { 9, 11, 0, 2, 4, 5, 7 };	/* A .. G */
	static const char *const accidentals[] = { "#", "b",
		"\xe2\x99\xaf", "\xe2\x99\xad" };	/* U+266F, U+266D */
	int letter, tonic, mode;

	while (*text == ' ')
		text++;
	if (isdigit((unsigned char)*text))
		return parse_wheel(text, key, camelot);
	letter = toupper((unsigned char)*text);
	if (letter < 'A' || letter > 'G')
		return -1;
	tonic = tonics[letter - 'A'];
	text++;
	for (size_t i = 0; i < sizeof(accidentals) / sizeof(*accidentals); i++)
		if (strncmp(text, accidentals[i], strlen(accidentals[i])) ==
		    0) {
			tonic = (tonic + (i % 2 == 0 ? 1 : 11)) % 12;
			text += strlen(accidentals[i]);
			break;
		}
	mode = parse_mode(text);
	if (mode < 0)
		return -1;
	key_name(tonic, mode == 1, key, camelot);
	return 0;
}
