/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <sysexits.h>

#include "run/run.h"
#include "types/shard.h"

int cmd_scan(struct invocation *v)
{
	bool accept = false, json = false;
	struct run_options opt = { .scan_only = true };
	struct shard slice;
	const char *limit = NULL, *runtime = NULL, *workers = NULL;
	const char *shard = NULL;
	const struct command_option options[] = {
		{ "limit", "N", "analyze at most N files", NULL, &limit },
		{ "max-runtime", "TIME", "end the run after this time, such as "
		    "45m", NULL, &runtime },
		{ "workers", "N", "analyze N files in parallel", NULL,
		    &workers },
		{ "accept-removals", NULL, "accept that many files were "
		    "removed", &accept, NULL },
		{ "shard", "K/N", "analyze slice K of N only, for --out; "
		    "changes no index and no document", NULL, &shard },
		{ "out", "PART", "the file to write what --shard analyzed to",
		    NULL, &opt.part },
		OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v, "likesync scan [OPTION ...]",
	    options, 0);
	long long seconds = 0;
	long n = 0, k = 0;

	if (status >= 0)
		return status;
	if ((shard != NULL) != (opt.part != NULL))
		return command_usage(v, "--shard and --out belong together");
	if (shard != NULL && !shard_parse(shard, &slice))
		return command_usage(v, "--shard: %s is not K/N with K from 1 "
		    "to N, and N at most %d", shard, SHARD_MAX);
	if (command_number(v, "--limit", limit, 1, 100000000, &n) != 0 ||
	    command_number(v, "--workers", workers, 1, 64, &k) != 0 ||
	    command_duration(v, "--max-runtime", runtime, &seconds) != 0)
		return EX_USAGE;
	opt.limit = (int)n;
	opt.workers = (int)k;
	opt.max_runtime = seconds;
	opt.accept_removals = accept;
	opt.shard = shard != NULL ? &slice : NULL;
	return command_run(v, &opt, json);
}
