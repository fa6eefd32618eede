/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/problem_files.h"

#include <stdlib.h>
#include <sysexits.h>

#include "base/json.h"
#include "base/mem.h"
#include "commands/commands.h"
#include "commands/terminal.h"
#include "records/runs.h"

struct listing {
	const struct state_reader *state_reader;
	struct json_writer *w;		/* NULL: text */
	size_t count;
};

static void list_one(struct listing *l, const char *path, enum reason reason,
    const char *text)
{
	l->count++;
	if (l->w == NULL) {
		print_line("%-11s %s: %s%s", reason_name(reason), path, text,
		    reason_is_partial(reason) ?
		    "; partly analyzed" : "");
		return;
	}
	json_open_object(l->w, NULL);
	json_put_string(l->w, "path", path);
	json_put_string(l->w, "reason", reason_name(reason));
	json_put_string(l->w, "why", text);
	json_put_bool(l->w, "analyzed", reason_is_partial(reason));
	json_close(l->w);
}

static int list_file(void *ctx, const struct file *f)
{
	struct listing *l = ctx;
	struct analysis_record r;

	if (f->reason != REASON_NONE) {
		list_one(l, f->path, f->reason, f->fault);
	} else if (index_get_analysis(l->state_reader->index, f->media.identity,
	    &r) == DONE) {
		if (r.reason != REASON_NONE)
			list_one(l, f->path, r.reason, r.fault);
		analysis_record_free(&r);
	}
	return 0;
}

int problem_files_print(const struct config *cfg, const struct state_reader *v,
    bool json)
{
	struct listing l = { .state_reader = v,
		.w = json ? command_json("problems") : NULL };

	if (v->index != NULL)
		index_each_file(v->index, list_file, &l);
	if (json)
		return command_print_json(l.w);
	print_line("%zu files in %s failed or were partly analyzed", l.count,
	    cfg->library.path);
	return print_end();
}

char *problem_files_text(const struct config *cfg)
{
	struct health h;
	char *reasons, *text;

	runs_health(cfg->state.dir, &h);
	if (health_problems(&h) == 0)
		return NULL;
	reasons = health_text(&h);
	text = xasprintf("%zu failed or partly analyzed: %s",
	    health_problems(&h), reasons);
	free(reasons);
	return text;
}
