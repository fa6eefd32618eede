/* SPDX-License-Identifier: GPL-3.0-or-later */
/* place: moves the library's files to where the layouts put them. */
#include "commands/commands.h"

#include <string.h>
#include <sysexits.h>

#include "base/json.h"
#include "commands/terminal.h"
#include "run/move_library.h"

static int parse_which(const struct invocation *v, const char *text,
    enum move_which *out)
{
	static const char *const names[] = { [MOVE_PLACED] = "placed",
		[MOVE_KNOWN] = "known", [MOVE_ALL] = "all" };

	for (int i = 0; text != NULL && i <= MOVE_ALL; i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum move_which)i;
			return 0;
		}
	if (text == NULL)
		return 0;
	command_usage(v, "--files: %s is not placed, known or all", text);
	return -1;
}

static int print_report_json(const struct move_report *r, bool apply)
{
	struct json_writer *w = command_json("moves");

	for (size_t i = 0; i < r->count; i++) {
		json_open_object(w, NULL);
		json_put_string(w, "from", r->files[i].from);
		json_put_string(w, "to", r->files[i].to);
		json_put_bool(w, "moved", r->files[i].moved);
		json_put_string_if(w, "reason", r->files[i].error);
		json_close(w);
	}
	json_close(w);
	json_open_array(w, "kept");
	for (size_t i = 0; i < r->n_kept; i++) {
		json_open_object(w, NULL);
		json_put_string(w, "path", r->kept[i].path);
		json_put_string(w, "reason", r->kept[i].reason);
		json_close(w);
	}
	json_close(w);
	json_put_bool(w, "applied", apply);
	json_put_int(w, "in_place", (int64_t)r->in_place);
	json_put_int(w, "moved", (int64_t)r->moved);
	json_put_int(w, "failed", (int64_t)r->failed);
	json_put_int(w, "others", (int64_t)r->others);
	return command_print_json(w);
}

static int print_report(const struct move_report *r, bool apply)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct moved_file *f = &r->files[i];

		if (f->error != NULL)
			print_line("%s: not moved: %s", f->from, f->error);
		else if (f->moved || !apply)
			print_line("%s -> %s", f->from, f->to);
	}
	for (size_t i = 0; i < r->n_kept; i++)
		print_line("%s: stays: %s", r->kept[i].path,
		    r->kept[i].reason);
	if (apply)
		print_line("%zu moved, %zu failed, %zu in place, %zu stay, "
		    "%zu other files moved with them", r->moved, r->failed,
		    r->in_place, r->n_kept, r->others);
	else
		print_line("%zu to move, %zu in place, %zu stay", r->count,
		    r->in_place, r->n_kept);
	return print_end();
}

int cmd_place(struct invocation *v)
{
	bool plan = false, apply = false, json = false;
	const char *files = NULL;
	const struct command_option options[] = {
		{ "dry-run", NULL, "print what would be moved", &plan, NULL },
		{ "apply", NULL, "move the files", &apply, NULL },
		{ "files", "WHICH", "placed (by likesync), known (also others "
		    "whose track is known) or all", NULL, &files },
		OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v, "likesync place --dry-run | --apply "
	    "[--files placed|known|all]", options, 0);
	enum move_which which = MOVE_KNOWN;
	struct move_report report;
	struct error error;
	enum outcome o;

	if (status >= 0)
		return status;
	if (plan == apply)
		return command_usage(v, "say --dry-run or --apply");
	if (parse_which(v, files, &which) != 0)
		return EX_USAGE;
	o = run_move_library(v->cfg, which, apply, &report, &error);
	if (o != DONE && o != STOPPED) {
		status = error.text[0] == '\0' ? outcome_exit_status(o) :
		    command_failed(v, o, &error, json);
	} else {
		status = json ? print_report_json(&report, apply) :
		    print_report(&report, apply);
		if (status == 0 && report.failed > 0)
			status = 1;
		if (o == STOPPED)
			print_error("likesync place: stopped: run it again to "
			    "move the rest");
	}
	move_report_free(&report);
	return status;
}
