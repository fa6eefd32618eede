/* SPDX-License-Identifier: GPL-3.0-or-later */
/* problem_files: the library's files that failed or were partly analyzed. */
#ifndef COMMANDS_PROBLEM_FILES_H
#define COMMANDS_PROBLEM_FILES_H

#include "config/config.h"
#include "commands/state_reader.h"

/* For messages that only count them. */
#define PROBLEM_FILES_HINT "`likesync status --problems` lists them"

/* Lists each with its reason, or as one JSON object; exit status. */
int problem_files_print(const struct config *cfg, const struct state_reader *v,
    bool json);

/* "37 failed or partly analyzed: 12 not-audio, 25 truncated", as of the last
 * run; NULL if there are none. Caller frees. */
char *problem_files_text(const struct config *cfg);

#endif
