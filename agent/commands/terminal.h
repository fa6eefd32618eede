/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * terminal: safe output. All that a command prints goes through here: titles,
 * file names and messages come from outside, so characters that control a
 * terminal or imitate another line are printed as \xNN (utf8_escape), in JSON
 * as \uNNNN. Colours and cut lines are for terminals only. NO_COLOR
 * (no-color.org) and TERM=dumb are respected.
 *
 * Only print_end reports failures to write; call it once, at the end.
 */
#ifndef COMMANDS_TERMINAL_H
#define COMMANDS_TERMINAL_H

#include <stdio.h>

/* One line to standard output, or to standard error; newlines in the text are
 * escaped too. */
void print_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void print_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A part of a line, to standard output. */
void print_part(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A text of several lines; newlines and tabs are kept. */
void print_text(FILE *to, const char *text);

/* A finished JSON text as one line on standard output. */
void print_json(const char *text);

/* EX_OK, or EX_IOERR if something could not be written. */
int print_end(void);

enum ink { INK_PLAIN, INK_GOOD, INK_BAD, INK_FAINT };

/* Switches the colour, with INK_PLAIN back; does nothing without colours. */
void print_ink(enum ink i);

/* Prints text and a newline, cut with "..." at the terminal's width; `before`
 * columns are printed already. */
void print_cut(const char *text, int before);

#endif
