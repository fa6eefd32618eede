/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * match_line: what `likesync match` does with one line: a case of JSON in, a
 * judgement of JSON out. Reads and writes nothing but these texts.
 */
#ifndef COMMANDS_MATCH_LINE_H
#define COMMANDS_MATCH_LINE_H

#include <stddef.h>

#include "base/outcome.h"

/* The answer, without a line break; caller frees. NULL with why filled if the
 * line is no case. */
char *match_line(const char *line, size_t len, struct error *error);

#endif
