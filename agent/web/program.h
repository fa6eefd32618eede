/* SPDX-License-Identifier: GPL-3.0-or-later */
/* program: starts likesync, which does all work of a request, with an
 * environment and descriptors of our making. */
#ifndef WEB_PROGRAM_H
#define WEB_PROGRAM_H

#include <stdbool.h>

#include "base/process.h"

#define PROGRAM_MAX_ARGS 8

struct program;

/* Finds likesync beside this program, or where it was installed. config is the
 * configuration file that it reads. NULL with error: there is none. */
struct program *program_find(const char *config, struct error *error);
void program_free(struct program *p);		/* NULL allowed */

/* Runs `likesync -q ARGS` to its end; args is NULL-ended, input (may be NULL)
 * what it reads. As process_run. */
enum outcome program_run(const struct program *p, const char *const *args,
    const char *input, struct process_result *r, struct error *error);
/* Starts it and leaves it to itself. False with errno. */
bool program_detach(const struct program *p, const char *const *args);

#endif
