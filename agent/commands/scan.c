/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include "run/run.h"

int cmd_scan(struct invocation *v)
{
	bool accept = false, json = false;
	const char *limit = NULL, *runtime = NULL, *workers = NULL;
	const struct command_option options[] = {
		{ "limit", "N", "analyze at most N files", NULL, &limit },
		{ "max-runtime", "TIME", "end the run after this time, such as "
		    "45m", NULL,
		    &runtime },
		{ "workers", "N", "analyze N files in parallel", NULL,
		    &workers },
		{ "accept-removals", NULL, "accept that many files were "
		    "removed", &accept, NULL },
		{ "json", NULL, "print the summary as JSON", &json, NULL },
		{ 0 },
	};
	int status = command_options(v, "likesync scan [OPTION ...]",
	    options, 0);
	struct run_options opt = { .scan_only = true };
	struct summary sum;
	long long seconds = 0;
	long n = 0, k = 0;

	if (status >= 0)
		return status;
	if ((limit != NULL &&
	    command_number(v, "--limit", limit, 1, 100000000, &n) != 0) ||
	    (workers != NULL &&
	    command_number(v, "--workers", workers, 1, 64, &k) != 0) ||
	    (runtime != NULL &&
	    command_duration(v, "--max-runtime", runtime, &seconds) != 0))
		return 64;
	opt.limit = (int)n;
	opt.workers = (int)k;
	opt.max_runtime = seconds;
	opt.accept_removals = accept;
	run(v->cfg, &opt, &sum);
	if (json && command_print_summary(&sum) != 0)
		return 1;
	return outcome_exit_status(sum.outcome);
}
