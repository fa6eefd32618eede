/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * terminal: standard output as a person sees it. Colours and cut lines are for
 * terminals only: what is piped is plain and whole. NO_COLOR (no-color.org)
 * and TERM=dumb are heeded.
 */
#ifndef COMMANDS_TERMINAL_H
#define COMMANDS_TERMINAL_H

enum ink { INK_PLAIN, INK_GOOD, INK_BAD, INK_FAINT };

/* What switches to the ink, and INK_PLAIN back from it; "" without colours. */
const char *ink(enum ink i);

/* Prints text and a newline, cut with "..." at the terminal's width after
 * `before` columns that are printed already. */
void print_cut(const char *text, int before);

#endif
