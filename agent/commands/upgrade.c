/* SPDX-License-Identifier: GPL-3.0-or-later */
/* upgrade: better files for what likesync fetched, and doubts about it. */
#include "commands/commands.h"

#include <stdlib.h>

#include "base/integer.h"
#include "base/json.h"
#include "base/mem.h"
#include "commands/terminal.h"
#include "run/upgrade.h"

#define MAX_LIMIT 1000000

static void put_quality(struct json_writer *w, const char *key,
    const struct quality *q)
{
	json_open_object(w, key);
	json_put_string(w, "codec", q->codec);
	json_put_int(w, "bitrate", q->bitrate);
	json_put_bool(w, "lossless", q->lossless);
	json_close(w);
}

static void put_upgrade(struct json_writer *w, const struct upgraded_file *f)
{
	json_open_object(w, NULL);
	json_put_string(w, "track", f->track);
	json_put_string(w, "path", f->path);
	put_quality(w, "from", &f->from);
	put_quality(w, "to", &f->to);
	json_put_string(w, "source", f->source);
	json_put_string(w, "ref", f->ref);
	json_put_bool(w, "replaced", f->new_path != NULL && f->error == NULL);
	json_put_string_if(w, "new_path", f->new_path);
	json_put_string_if(w, "reason", f->error);
	json_close(w);
}

static int print_report_json(const struct upgrade_report *r, bool apply)
{
	struct json_writer *w = command_json("upgrades");

	for (size_t i = 0; i < r->count; i++)
		put_upgrade(w, &r->files[i]);
	json_close(w);
	json_open_array(w, "suspects");
	for (size_t i = 0; i < r->n_suspects; i++) {
		json_open_object(w, NULL);
		json_put_string(w, "track", r->suspects[i].track);
		json_put_string(w, "path", r->suspects[i].path);
		json_put_string(w, "reason", r->suspects[i].reason);
		json_close(w);
	}
	json_close(w);
	json_put_bool(w, "applied", apply);
	json_put_int(w, "checked", (int64_t)r->checked);
	json_put_int(w, "replaced", (int64_t)r->replaced);
	json_put_int(w, "failed", (int64_t)r->failed);
	return command_print_json(w);
}

/* "flac, lossless" or "mp3, 128 kbit/s". Caller frees. */
static char *describe(const struct quality *q)
{
	return q->lossless ? xasprintf("%s, lossless", q->codec) :
	    xasprintf("%s, %lld kbit/s", q->codec,
	    (long long)(q->bitrate + 500) / 1000);
}

static void print_upgrade(const struct upgraded_file *f)
{
	char *from = describe(&f->from), *to = describe(&f->to);

	if (f->error != NULL)
		print_line("%s (%s): not replaced by %s (%s): %s", f->path,
		    from, f->ref, to, f->error);
	else
		print_line("%s (%s) -> %s (%s)", f->path, from,
		    f->new_path != NULL ? f->new_path : f->ref, to);
	free(from);
	free(to);
}

static int print_report(const struct upgrade_report *r,
    const struct upgrade_options *opt)
{
	for (size_t i = 0; i < r->count; i++)
		print_upgrade(&r->files[i]);
	for (size_t i = 0; i < r->n_suspects; i++)
		print_line("%s: %s (%s)", r->suspects[i].path,
		    r->suspects[i].reason, r->suspects[i].track);
	if (opt->audit)
		print_line("%zu of %zu fetched files are doubtful%s",
		    r->n_suspects, r->checked, r->n_suspects > 0 ?
		    "; `likesync reject TRACK FILE` has one fetched again" :
		    "");
	else if (opt->apply)
		print_line("%zu replaced, %zu failed, of %zu fetched files",
		    r->replaced, r->failed, r->checked);
	else
		print_line("%zu of %zu fetched files can be replaced%s",
		    r->count, r->checked, r->count > 0 ? " with --apply" : "");
	return print_end();
}

/* EX_USAGE, told, or 0. */
static int check_usage(const struct invocation *v,
    struct upgrade_options *opt, const char *limit)
{
	int64_t n;

	if (opt->audit && (opt->apply || opt->remote || limit != NULL))
		return command_usage(v, "--audit only lists: leave out the "
		    "other options");
	if (opt->remote && !opt->apply)
		return command_usage(v, "--remote downloads, so it needs "
		    "--apply");
	if (limit != NULL && !int_parse(limit, 1, MAX_LIMIT, &n))
		return command_usage(v, "--limit: %s is not a number from 1",
		    limit);
	if (limit != NULL)
		opt->limit = (int)n;
	return 0;
}

int cmd_upgrade(struct invocation *v)
{
	struct upgrade_options opt = { .apply = false };
	const char *limit = NULL;
	bool json = false;
	const struct command_option options[] = {
		{ "apply", NULL, "replace the files", &opt.apply, NULL },
		{ "remote", NULL, "with --apply: also download lossless files",
		    &opt.remote, NULL },
		{ "audit", NULL, "list fetched files that may be wrong",
		    &opt.audit, NULL },
		{ "limit", "N", "replace at most N files", NULL, &limit },
		OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v, "likesync upgrade [--apply [--remote]] "
	    "[--limit N] | --audit", options, 0);
	struct upgrade_report report;
	struct error error;
	enum outcome o;

	if (status >= 0)
		return status;
	status = check_usage(v, &opt, limit);
	if (status != 0)
		return status;
	o = run_upgrade(v->cfg, &opt, &report, &error);
	if (o != DONE && o != STOPPED) {
		status = error.text[0] == '\0' ? outcome_exit_status(o) :
		    command_failed(v, o, &error, json);
	} else {
		status = json ? print_report_json(&report, opt.apply) :
		    print_report(&report, &opt);
		if (status == 0 && report.failed > 0)
			status = 1;
		if (o == STOPPED)
			print_error("likesync upgrade: stopped: run it again "
			    "for the rest");
	}
	upgrade_report_free(&report);
	return status;
}
