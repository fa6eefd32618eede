/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/terminal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

#define NARROWEST 20	/* columns; less is taken as unknown */

static void put_escaped(FILE *to, const char *text, size_t len)
{
	char block[1024];

	while (len > 0) {
		size_t used = utf8_escape(text, len, block, sizeof(block));

		fputs(block, to);
		text += used;
		len -= used;
	}
}

static void put_formatted(FILE *to, const char *fmt, va_list ap)
{
	struct buf text = BUF_INIT;

	buf_vprintf(&text, fmt, ap);
	put_escaped(to, buf_str(&text), text.len);
	buf_free(&text);
}

void print_part(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_formatted(stdout, fmt, ap);
	va_end(ap);
}

void print_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_formatted(stdout, fmt, ap);
	va_end(ap);
	putc('\n', stdout);
}

void print_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_formatted(stderr, fmt, ap);
	va_end(ap);
	putc('\n', stderr);
}

void print_text(FILE *to, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n\t");

		put_escaped(to, text, len);
		text += len;
		if (*text != '\0')
			putc(*text++, to);
	}
}

void print_json(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t code = 0xfffd;
		size_t n = utf8_decode(text + i, len - i, &code);

		n = n > 0 ? n : 1;
		/* Outside strings JSON is ASCII, and all unprintable
		 * characters are below U+10000. */
		if (utf8_printable(text + i, len - i) == 0 && code != '\n')
			printf("\\u%04x", (unsigned)code);
		else
			fwrite(text + i, 1, n, stdout);
		i += n;
	}
	putc('\n', stdout);
}

int print_end(void)
{
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? EX_OK : EX_IOERR;
}

static bool has_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

void print_ink(enum ink i)
{
	static const char *const escapes[] = { "\033[0m", "\033[32m",
		"\033[31m", "\033[2m" };

	if (has_colours())
		fputs(escapes[i], stdout);
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

	/* A byte of the form 10xxxxxx continues a character. */
	for (; text[i] != '\0' && n >= 0; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80 && --n < 0)
			break;
	return i;
}

static void cut_line(const char *text, int room)
{
	size_t all = strlen(text);

	if (room <= 3 || first_characters(text, room) == all)
		puts(text);
	else
		printf("%.*s...\n", (int)first_characters(text, room - 3),
		    text);
}

void print_cut(const char *text, int before)
{
	size_t len = strlen(text), size = UTF8_ESCAPED * len + UTF8_ESCAPED + 1;
	char *safe = xmalloc(size);

	utf8_escape(text, len, safe, size);
	cut_line(safe, width() - before);
	free(safe);
}
