/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <sysexits.h>

#include "commands/preview.h"
#include "run/run.h"

int cmd_sync(struct invocation *v)
{
	bool dry_run = false, accept = false, json = false;
	const char *limit = NULL, *runtime = NULL;
	const struct command_option options[] = {
		{ "dry-run", NULL, "print what would be fetched, and why",
		    &dry_run, NULL },
		{ "limit", "N", "fetch at most N tracks", NULL, &limit },
		{ "max-runtime", "TIME", "end the run after this time, such as "
		    "45m", NULL, &runtime },
		{ "accept-unlikes", NULL, "accept that many tracks are liked "
		    "no longer", &accept, NULL },
		OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v, "likesync sync [OPTION ...]",
	    options, 0);
	struct run_options opt = { 0 };
	long long seconds = 0;
	long n = 0;

	if (status >= 0)
		return status;
	if (command_number(v, "--limit", limit, 1, 1000000, &n) != 0 ||
	    command_duration(v, "--max-runtime", runtime, &seconds) != 0)
		return EX_USAGE;
	opt.limit = (int)n;
	opt.max_runtime = seconds;
	opt.accept_unlikes = accept;
	return dry_run ? preview_run(v, opt, json) : command_run(v, &opt, json);
}
