/* SPDX-License-Identifier: GPL-3.0-or-later */
/* faulty: the files of the library that can't be analyzed, or not whole. */
#ifndef COMMANDS_PROBLEM_FILES_H
#define COMMANDS_PROBLEM_FILES_H

#include "config/config.h"
#include "commands/state_reader.h"

/* How to see them; for those who only count them. */
#define FAULTY_HINT "`likesync status --problems` lists them"

/* Lists each with its reason, or as one JSON object: an exit status. */
int problem_files_print(const struct config *cfg, const struct state_reader *v,
    bool json);

/* "37 can't be analyzed, or not whole: 12 not-audio, 25 truncated", as the last
 * run counted; NULL if there are none. Caller frees. */
char *problem_files_text(const struct config *cfg);

#endif
