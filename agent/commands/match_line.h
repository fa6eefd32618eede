/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * match_line: one line of `likesync match`: a case as JSON in, the match result
 * as JSON out. Pure.
 */
#ifndef COMMANDS_MATCH_LINE_H
#define COMMANDS_MATCH_LINE_H

#include <stddef.h>

#include "base/outcome.h"

/* The result, without a line break; caller frees. NULL with error if the line
 * is not a case. */
char *match_line(const char *line, size_t len, struct error *error);

#endif
