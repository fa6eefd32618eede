/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/calls.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/json.h"
#include "base/utf8.h"
#include "web/program.h"

#define MAX_DETAIL 512

/* How an end of likesync is told. */
static int status_of_exit(int exit_code, const struct json *error)
{
	const char *scope = json_get_string(error, "scope");

	if (exit_code == EX_USAGE)
		return 422;
	if (scope != NULL && strcmp(scope, "item") == 0)
		return 404;
	return exit_code == EX_TEMPFAIL || exit_code == EX_NOPERM ||
	    exit_code == EX_CONFIG ? 503 : 500;
}

/* A failure with the sentence that likesync has for it: in the object that it
 * printed, else in the last line of its messages. */
static void answer_failure(struct web *w, const struct process_result *r)
{
	struct json *v = json_parse(buf_str(&r->out), r->out.len, NULL);
	const struct json *error = json_get(v, "error");
	const char *text = json_get_string(error, "text");
	int status = status_of_exit(r->exit_code, error);
	char *line = process_last_line(&r->err);

	if (text == NULL && status != 500)
		text = line;
	if (text != NULL && utf8_cut(text, strlen(text), MAX_DETAIL) <
	    strlen(text))
		text = NULL;
	answer_problem(w->answer, r->timed_out ? 504 : status,
	    r->timed_out ? "it took too long; try again later" : text);
	w->answer->retry_after = json_get_int(error, "retryAfter", 0);
	log_error("likesync ended with %d: %s", r->exit_code, line);
	free(line);
	json_free(v);
}

/* Runs likesync. True: it ended well, and r has what it printed. False: that
 * is answered. The caller frees r either way. */
static bool run(struct web *w, const char *const *args, const char *input,
    struct process_result *r)
{
	struct error error;
	struct program *p = program_find(w->cfg->file, &error);
	bool well = false;

	*r = (struct process_result){ .exit_code = -1 };
	if (p == NULL || program_run(p, args, input, r, &error) != DONE) {
		log_error("%s", error.text);
		answer_problem(w->answer, 500, NULL);
	} else if (r->exit_code != 0) {
		answer_failure(w, r);
	} else if (r->truncated) {
		log_error("likesync: printed more than is passed on");
		answer_problem(w->answer, 500, NULL);
	} else {
		well = true;
	}
	program_free(p);
	return well;
}

struct json *call_likesync(struct web *w, const char *const *args,
    const char *input)
{
	struct process_result r;
	struct json *v = NULL;

	if (run(w, args, input, &r)) {
		v = json_parse(buf_str(&r.out), r.out.len, NULL);
		if (v == NULL) {
			log_error("likesync: not the JSON that was expected");
			answer_problem(w->answer, 500, NULL);
		}
	}
	process_result_free(&r);
	return v;
}

bool call_pass_on(struct web *w, const char *const *args, const char *type)
{
	struct process_result r;
	bool well = run(w, args, NULL, &r);

	if (well)
		answer_text(w->answer, 200, type, buf_str(&r.out), r.out.len);
	process_result_free(&r);
	return well;
}

void call_answer(struct web *w, int status, struct json *v)
{
	struct json_writer *writer;

	if (v == NULL)
		return;
	writer = json_writer_new(false);
	json_put_tree(writer, NULL, v);
	answer_json(w->answer, status, writer);
	json_free(v);
}
