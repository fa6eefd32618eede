/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <stdlib.h>

#include "commands/terminal.h"
#include "run.h"

/* A dry run's plan, a line a track, for whoever wants to know why. */
static void print_plan(void *ctx, const struct plan *plan)
{
	(void)ctx;
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_item *item = &plan->items[i];
		char *label;

		if (item->verdict == PLAN_HELD)
			continue;
		label = track_label(item->track);
		print_line("%-5s  %s%s%s", verdict_name(item->verdict), label,
		    item->why[0] != '\0' ? ": " : "", item->why);
		free(label);
	}
	print_line("%zu held, %zu to fetch, %zu wait, %zu skipped", plan->held,
	    plan->fetch + plan->place, plan->local, plan->skip);
}

int cmd_sync(struct invocation *v)
{
	bool dry_run = false, json = false;
	const char *limit = NULL, *runtime = NULL;
	const struct command_option options[] = {
		{ "dry-run", NULL, "say what would be done, and why; search "
		    "and fetch nothing", &dry_run, NULL },
		{ "limit", "N", "fetch at most N tracks", NULL, &limit },
		{ "max-runtime", "TIME", "end after this, such as 45m", NULL,
		    &runtime },
		{ "json", NULL, "print the run's summary as JSON", &json,
		    NULL },
		{ 0 },
	};
	int status = command_options(v, "likesync sync [OPTION ...]",
	    options, 0);
	struct run_options opt = { 0 };
	struct summary sum;
	long long seconds = 0;
	long n = 0;

	if (status >= 0)
		return status;
	if (limit != NULL &&
	    command_number(v, "--limit", limit, 1, 1000000, &n) != 0)
		return 64;
	if (runtime != NULL &&
	    command_duration(v, "--max-runtime", runtime, &seconds) != 0)
		return 64;
	opt.dry_run = dry_run;
	opt.limit = (int)n;
	opt.max_runtime = seconds;
	if (dry_run && !json)
		opt.on_plan = print_plan;
	run(v->cfg, &opt, &sum);
	if (json && command_print_summary(&sum) != 0)
		return 1;
	return outcome_exit_status(sum.outcome);
}
