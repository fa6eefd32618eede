/* SPDX-License-Identifier: GPL-3.0-or-later */
/* preview: a dry run, and what it would do and cost, printed. */
#ifndef COMMANDS_PREVIEW_H
#define COMMANDS_PREVIEW_H

#include <stdbool.h>

#include "commands/commands.h"
#include "run/run.h"

/* Makes a run with opt and dry_run, and prints its plan, as one JSON object if
 * json. With opt.queue_only only tracks of jobs are printed. Returns the exit
 * status. */
int preview_run(const struct invocation *v, struct run_options opt, bool json);

#endif
