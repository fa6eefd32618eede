/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * export: the library, or a list of it, as a file for DJ software, or as copies
 * in another format. Works beside a run, unless files have to be analyzed first.
 */
#include "commands/commands.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "commands/list_coverage.h"
#include "commands/terminal.h"
#include "config/config.h"
#include "run/convert.h"
#include "run/export.h"
#include "run/single.h"

/* What the options ask for. */
struct request {
	enum export_format format;
	const char *out, *playlist, *name, *prefix, *volume;
	struct conversion copies;	/* folder NULL: none are made */
	bool liked, json, as_is;
	struct list_operand list;	/* with playlist */
	struct coverage coverage;	/* likewise */
	struct state_reader reader;
	struct export_source from;
	struct export_list rows;
	size_t unanalyzed;		/* files that are written so */
};

static int parse_options(struct invocation *v, struct request *q)
{
	const struct command_option options[] = {
		{ "o", "FILE", "the file to write; - is standard output", NULL,
		    &q->out },
		{ "to", "DIR", "convert copies of the files into this folder",
		    NULL, &q->copies.folder },
		{ "format", "FORMAT", "of these copies: aac, mp3, flac or "
		    "aiff", NULL, &q->copies.format },
		{ "playlist", "LIST", "the tracks of this list that are "
		    "in the library", NULL, &q->playlist },
		{ "name", "NAME", "the playlist of that name of Playlist1.json",
		    NULL, &q->name },
		{ "liked", NULL, "liked tracks", &q->liked, NULL },
		{ "prefix", "FOLDER", "the library's folder where the file is "
		    "read", NULL, &q->prefix },
		{ "volume", "NAME", "the disk of that folder, for Traktor on "
		    "macOS", NULL, &q->volume },
		{ "as-is", NULL, "analyze nothing first", &q->as_is, NULL },
		OPTION_JSON(&q->json), { 0 },
	};

	return command_options(v, "likesync export [OPTION ...] -o FILE "
	    "m3u8|rekordbox|traktor|matched-tracks|csv\n"
	    "       likesync export [OPTION ...] --to DIR --format "
	    "aac|mp3|flac|aiff", options, 1);
}

/* Of a file, or of copies. */
static int check_target(const struct invocation *v, struct request *q)
{
	const struct conversion *c = &q->copies;

	if (c->folder == NULL && c->format == NULL) {
		if (v->argc < 2 ||
		    !export_format_parse(v->argv[1], &q->format))
			return command_usage(v, "give a format: m3u8, "
			    "rekordbox, traktor, matched-tracks or csv");
		if (q->out == NULL || *q->out == '\0')
			return command_usage(v, "give the file to write: -o "
			    "FILE");
		return EX_OK;
	}
	if (v->argc > 1 || q->out != NULL || q->prefix != NULL ||
	    q->volume != NULL)
		return command_usage(v, "--to makes copies: no -o, --prefix, "
		    "--volume or form of a list fits");
	if (c->folder == NULL || *c->folder == '\0')
		return command_usage(v, "--format needs --to DIR");
	return c->format != NULL && conversion_format_is_known(c->format) ?
	    EX_OK : command_usage(v, "give --format aac, mp3, flac or aiff");
}

/* EX_OK, or EX_USAGE with a message. */
static int check_options(const struct invocation *v, struct request *q)
{
	int status = check_target(v, q);

	if (status != EX_OK)
		return status;
	if (q->playlist != NULL && q->liked)
		return command_usage(v, "choose --playlist or --liked");
	if (q->name != NULL && q->playlist == NULL)
		return command_usage(v, "--name needs --playlist");
	if (q->prefix != NULL && !config_is_folder(q->prefix))
		return command_usage(v, "--prefix: expected a folder such as "
		    "/Users/dj/Music or D:/Music, got %s", q->prefix);
	if (q->playlist != NULL)
		status = list_operand_parse(v, q->playlist, q->name, &q->list);
	q->list.json = q->json;
	return status;
}

static int open_library(const struct invocation *v, struct request *q)
{
	int status = list_open_library(v, &q->reader);

	q->from = (struct export_source){ v->cfg, q->reader.index,
		q->reader.provenance, q->reader.pins };
	return status;
}

static void make_list(struct request *q)
{
	if (q->playlist != NULL)
		export_list_coverage(&q->from, &q->coverage, &q->rows);
	else if (q->liked)
		export_list_liked(&q->from, &q->rows);
	else
		export_list_library(&q->from, &q->rows);
}

/* Analyzes what was not analyzed yet. EX_OK; EX_TEMPFAIL: another run has the
 * lock, and q->unanalyzed is not 0; else after a message. The index is closed
 * meanwhile. */
static int analyze_first(const struct invocation *v, struct request *q)
{
	struct map *missing = export_unanalyzed(&q->from, &q->rows);
	struct error error = { .text = "" };
	enum outcome o;
	int status;

	if (missing == NULL)
		return EX_OK;
	state_reader_close(&q->reader);
	o = run_analyze(v->cfg, missing, &error);
	status = open_library(v, q);
	if (o == RUN_LATER && status == EX_OK) {
		q->unanalyzed = map_count(missing);
		print_error("likesync export: %zu files are not analyzed yet "
		    "and are written without tempo, key and cues: %s",
		    q->unanalyzed, error.text);
		status = EX_TEMPFAIL;
	} else if (o != DONE && status == EX_OK) {
		if (o == STOPPED)
			print_error("likesync export: stopped, nothing is "
			    "written; what was analyzed is kept: run it "
			    "again");
		else if (error.text[0] != '\0')
			log_act("%s", error.text);
		status = o == STOPPED ? EX_TEMPFAIL : outcome_exit_status(o);
	}
	map_free(missing, NULL);
	return status;
}

static void print_left_out(const struct export_result *r)
{
	if (r->left_out > 0)
		print_error("likesync export: %zu file%s left out: the names "
		    "are not UTF-8 or have control characters, as in %s",
		    r->left_out, r->left_out == 1 ? "" : "s", r->example);
}

static int print_result(const struct request *q, const struct export_result *r)
{
	size_t missing = q->coverage.missing + q->coverage.waiting;
	struct json_writer *w;

	if (strcmp(q->out, "-") == 0)
		return print_end();
	if (!q->json) {
		print_part("%s: %zu file%s", q->out, r->files,
		    r->files == 1 ? "" : "s");
		if (missing > 0)
			print_part(", %zu track%s of the list not in the "
			    "library", missing, missing == 1 ? "" : "s");
		print_text(stdout, "\n");
		return print_end();
	}
	w = command_json(NULL);
	json_put_string(w, "format", export_format_name(q->format));
	json_put_string(w, "path", q->out);
	json_put_int(w, "files", (int64_t)r->files);
	json_put_int(w, "left_out", (int64_t)r->left_out);
	json_put_int(w, "not_analyzed", (int64_t)q->unanalyzed);
	json_put_int(w, "missing", (int64_t)missing);
	return command_print_json(w);
}

static int write_file(const struct invocation *v, const struct request *q)
{
	const struct export_target to = { q->format, q->out,
		q->prefix != NULL ? q->prefix : v->cfg->export.prefix,
		q->volume != NULL ? q->volume : v->cfg->export.volume };
	struct export_result result;
	struct error error;
	enum outcome o = export_to_file(&q->from, &q->rows, &to, &result,
	    &error);
	int status;

	if (o == DONE) {
		print_left_out(&result);
		status = print_result(q, &result);
	} else {
		/* A path of the command line is no configuration. */
		log_act("%s", error.text);
		status = o == RUN_CONFIG ? EXIT_FAILURE :
		    outcome_exit_status(o);
	}
	free(result.example);
	return status;
}

/* ---- copies ---- */

static int print_copies(const struct request *q,
    const struct conversion_result *r)
{
	size_t missing = q->coverage.missing + q->coverage.waiting;
	struct json_writer *w;

	if (!q->json) {
		print_part("%s: %zu converted, %zu there already",
		    q->copies.folder, r->converted, r->there);
		if (r->failed > 0)
			print_part(", %zu failed", r->failed);
		if (missing > 0)
			print_part(", %zu track%s of the list not in the "
			    "library", missing, missing == 1 ? "" : "s");
		print_text(stdout, "\n");
		return print_end();
	}
	w = command_json(NULL);
	json_put_string(w, "format", q->copies.format);
	json_put_string(w, "path", q->copies.folder);
	json_put_int(w, "files", (int64_t)r->files);
	json_put_int(w, "converted", (int64_t)r->converted);
	json_put_int(w, "there", (int64_t)r->there);
	json_put_int(w, "failed", (int64_t)r->failed);
	json_put_int(w, "missing", (int64_t)missing);
	return command_print_json(w);
}

static int make_copies(const struct invocation *v, struct request *q)
{
	struct conversion_result r;
	struct error error;
	enum outcome o = convert_files(&q->from, &q->rows, &q->copies, &r,
	    &error);
	int status;

	(void)v;
	if (o == STOPPED)
		print_error("likesync export: stopped; the same command goes "
		    "on where it was");
	else if (o != DONE)
		log_act("%s", error.text);
	status = print_copies(q, &r);
	if (o == STOPPED)
		return EX_TEMPFAIL;
	if (o != DONE)
		return o == RUN_CONFIG ? EXIT_FAILURE : outcome_exit_status(o);
	return status == EX_OK && r.failed > 0 ? EXIT_FAILURE : status;
}

static int export_list(const struct invocation *v, struct request *q)
{
	int status = open_library(v, q), analyzed;

	if (status != EX_OK)
		return status;
	make_list(q);
	if (q->copies.folder != NULL) {
		status = make_copies(v, q);
		export_list_free(&q->rows);
		state_reader_close(&q->reader);
		return status;
	}
	analyzed = q->as_is ? EX_OK : analyze_first(v, q);
	status = analyzed;
	if (analyzed == EX_OK || q->unanalyzed > 0) {
		status = write_file(v, q);
		if (status == EX_OK)
			status = analyzed;
	}
	export_list_free(&q->rows);
	state_reader_close(&q->reader);
	return status;
}

int cmd_export(struct invocation *v)
{
	struct request q = { .out = NULL };
	int status = parse_options(v, &q);

	if (status >= 0)
		return status;
	status = check_options(v, &q);
	if (status == EX_OK && q.playlist != NULL)
		status = list_coverage_make(v, &q.list, &q.coverage);
	if (status == EX_OK)
		status = export_list(v, &q);
	if (q.playlist != NULL)
		coverage_free(&q.coverage);
	list_operand_free(&q.list);
	return status;
}
