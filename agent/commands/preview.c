/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/preview.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/json.h"
#include "commands/terminal.h"
#include "config/config.h"
#include "types/availability.h"

/* What a dry run prints. */
struct preview {
	const struct config *cfg;
	struct availabilities known;
	struct json_writer *w;		/* NULL: text */
	size_t downloads;		/* of all tracks, at least */
	bool of_jobs;			/* tracks of jobs only */
};

/* The sources that are searched for a track, and the downloads that it takes if
 * no folder has it and the first candidate matches. */
struct searched {
	const char *name[MAX_SOURCES];
	size_t count, downloads;
};

static bool is_cooling(const struct preview *p, const char *name)
{
	const struct availability *a = availability_of(&p->known, name);

	return a != NULL && availability_state(a, clock_wall()) ==
	    SOURCE_COOLING;
}

/* A pinned link goes to the first source that fetches links, a pinned file to
 * none. Waiting tracks are searched for in folders only. */
static void list_searched(const struct preview *p, const struct plan_item *item,
    struct searched *out)
{
	bool fetch = item->action == PLAN_FETCH;

	memset(out, 0, sizeof(*out));
	for (char **name = p->cfg->fetch.sources; *name != NULL &&
	    out->count < MAX_SOURCES; name++) {
		bool remote = config_source_is_remote(p->cfg, *name);

		if ((remote && !fetch) || (!remote && item->pinned) ||
		    (!fetch && item->action != PLAN_WAIT) ||
		    is_cooling(p, *name))
			continue;
		out->name[out->count++] = *name;
		if (remote)
			out->downloads = 1;
		if (item->pinned)
			break;
	}
}

static void print_item(const struct plan_item *item, const struct searched *a)
{
	char *label = track_label(item->track);

	print_part("%-5s  %s", plan_action_name(item->action), label);
	if (item->reason[0] != '\0')
		print_part(": %s", item->reason);
	for (size_t i = 0; i < a->count; i++)
		print_part("%s%s", i == 0 ? "; searches " : ", ", a->name[i]);
	if (item->action != PLAN_SKIP)
		print_part("; %s", a->downloads > 0 ? "1 download" :
		    "no download");
	print_text(stdout, "\n");
	free(label);
}

static void put_item(struct json_writer *w, const struct plan_item *item,
    const struct searched *a)
{
	json_open_object(w, NULL);
	track_to_json(item->track, w, "track");
	json_put_string(w, "action", plan_action_name(item->action));
	json_put_string_if(w, "why", item->reason);
	json_open_array(w, "sources");
	for (size_t i = 0; i < a->count; i++)
		json_put_string(w, NULL, a->name[i]);
	json_close(w);
	json_put_int(w, "downloads", (int64_t)a->downloads);
	json_close(w);
}

static void show_plan(void *ctx, const struct plan *plan)
{
	struct preview *p = ctx;

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_item *item = &plan->items[i];
		struct searched searched;

		if (item->action == PLAN_IN_LIBRARY ||
		    (p->of_jobs && item->turn == 0))
			continue;
		list_searched(p, item, &searched);
		p->downloads += searched.downloads;
		if (p->w != NULL)
			put_item(p->w, item, &searched);
		else
			print_item(item, &searched);
	}
	if (p->w == NULL && !p->of_jobs)
		print_line("%zu in library, %zu to fetch, %zu waiting, %zu "
		    "skipped", plan->in_library, plan->fetch + plan->place,
		    plan->wait, plan->skip);
}

/* After the run, which counts what the caps leave. */
static void show_cost(const struct preview *p, const struct summary *sum)
{
	if (sum->cap_hour < 0)
		return;
	print_line("cost: %zu download%s, plus one for each rejected "
	    "candidate; remaining: %d this hour, %d today",
	    p->downloads, p->downloads == 1 ? "" : "s", sum->cap_hour,
	    sum->cap_day);
}

int preview_run(const struct invocation *v, struct run_options opt, bool json)
{
	struct preview p = { .cfg = v->cfg, .of_jobs = opt.queue_only };
	struct summary sum;
	int status;

	availability_load(v->cfg->state.dir, &p.known);
	if (json)
		p.w = command_json("plan");
	opt.dry_run = true;
	opt.on_plan = show_plan;
	opt.ctx = &p;
	run(v->cfg, &opt, &sum);
	if (json) {
		json_close(p.w);
		summary_put(&sum, p.w);
		status = command_print_json(p.w);
	} else {
		show_cost(&p, &sum);
		status = print_end();
	}
	availabilities_free(&p.known);
	return status != EX_OK ? status : outcome_exit_status(sum.outcome);
}
