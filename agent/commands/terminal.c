/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/terminal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NARROWEST 20	/* whoever says less has no idea of it */

static bool has_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

const char *ink(enum ink i)
{
	static const char *const escapes[] = { "\033[0m", "\033[32m",
		"\033[31m", "\033[2m" };

	return has_colours() ? escapes[i] : "";
}

/* Columns; 0: not a terminal. */
static int width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col >= NARROWEST ? size.ws_col : 0;
}

/* The bytes of the first n characters. */
static size_t first_characters(const char *text, int n)
{
	size_t i = 0;

	/* A byte of the form 10xxxxxx goes on with the character before. */
	for (; text[i] != '\0' && n >= 0; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80 && --n < 0)
			break;
	return i;
}

void print_cut(const char *text, int before)
{
	int room = width() - before;
	size_t all = strlen(text), fits;

	if (room <= 3) {
		puts(text);
		return;
	}
	fits = first_characters(text, room);
	if (fits == all)
		puts(text);
	else
		printf("%.*s...\n", (int)first_characters(text, room - 3),
		    text);
}
