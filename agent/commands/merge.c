/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <sysexits.h>

#include "run/run.h"

int cmd_merge(struct invocation *v)
{
	bool accept = false, json = false;
	const struct command_option options[] = {
		{ "accept-removals", NULL, "accept that many files were "
		    "removed", &accept, NULL },
		OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v, "likesync merge [OPTION ...] PART...",
	    options, -1);
	struct run_options opt = { .scan_only = true };

	if (status >= 0)
		return status;
	if (v->argc < 2)
		return command_usage(v, "name the parts that `likesync scan "
		    "--shard` wrote");
	opt.accept_removals = accept;
	opt.parts = v->argv + 1;
	return command_run(v, &opt, json);
}
