/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/context.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/http.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/state.h"

#define STOPPED_TIMEOUT_S 30	/* systemd kills after 90 s, init sooner */
#define MAX_OUTPUT (64u << 10)	/* the last line is logged */
#define MAX_FILE (8ull << 30)	/* over any song; a log that runs wild ends */
#define PING_TIMEOUT_MS 10000
#define MAX_PING_ANSWER (64u << 10)
#define MAX_ENV 24

/* Passed on to hooks: programs that upload need their keys and configuration in
 * the home folder, and the proxy. */
static const char *const passed[] = { "HOME", "http_proxy", "https_proxy",
	"no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE",
	"SSL_CERT_DIR" };

struct environment {
	char *words[MAX_ENV + 1];	/* NULL-ended */
	size_t n;
};

static void set(struct environment *e, const char *name, const char *value)
{
	if (value != NULL && e->n < MAX_ENV)
		e->words[e->n++] = xasprintf("%s=%s", name, value);
}

static void make_environment(struct environment *e,
    const struct run_context *run, const char *name, const char *folder)
{
	const struct config *cfg = run->cfg;
	const char *path = getenv("PATH");
	/* May be relative to the folder that likesync was started in. */
	char *file = cfg->file != NULL ? realpath(cfg->file, NULL) : NULL;

	set(e, "PATH", path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
	set(e, "LANG", "C.UTF-8");
	set(e, "TMPDIR", folder);
	for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		set(e, passed[i], getenv(passed[i]));
	set(e, "LIKESYNC_HOOK", name);
	set(e, "LIKESYNC_RUN", run->sum->run);
	set(e, "LIKESYNC_CONFIG", file);
	set(e, "LIKESYNC_LIBRARY", cfg->library.path);
	set(e, "LIKESYNC_DOCUMENT", cfg->library.document);
	free(file);
}

static int64_t timeout_of(const struct run_context *run)
{
	int64_t limit = run->cfg->hooks.timeout;
	bool stopping = run->sum->stopped != NULL &&
	    strcmp(run->sum->stopped, "deadline") != 0;

	return stopping && limit > STOPPED_TIMEOUT_S ? STOPPED_TIMEOUT_S :
	    limit;
}

/* A folder below tmp/; NULL if the disk is full. The hook runs without it:
 * it may be there to report that. */
static char *make_hook_folder(const struct run_context *run)
{
	char *tmp = path_join(run->cfg->state.dir, STATE_TMP);
	char *folder = path_join(tmp, "hook");

	free(tmp);
	if (mkdir(folder, 0700) != 0) {
		free(folder);
		return NULL;
	}
	return folder;
}

/* Logs the key and not the command, which may contain secrets. Returns whether
 * the hook succeeded. */
static bool log_end(const char *name, const struct process_result *r)
{
	const struct buf *output = r->err.len > 0 ? &r->err : &r->out;
	char *line = process_last_line(output);

	if (r->timed_out)
		log_warning("[hooks] %s: took longer than [hooks] timeout and "
		    "was killed", name);
	else if (r->exit_code != 0)
		log_warning("[hooks] %s: ended with %s %d: %s", name,
		    r->exit_code < 0 ? "signal" : "status",
		    r->exit_code < 0 ? r->signal : r->exit_code,
		    line != NULL && *line != '\0' ? line : "no output");
	free(line);
	return !r->timed_out && r->exit_code == 0;
}

bool run_hook(const struct run_context *run, const char *name,
    const char *command, struct json_writer *w)
{
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	struct environment env = { .n = 0 };
	struct process_result r = { .exit_code = -1 };
	int64_t seconds = timeout_of(run);
	char *folder = make_hook_folder(run);
	struct process p = { .argv = argv, .folder = folder,
		.timeout_ms = seconds * 1000, .max_cpu_s = (uint64_t)seconds,
		.max_output = MAX_OUTPUT, .max_file_size = MAX_FILE,
		.max_tasks = PROCESS_MAX_TASKS,
		.ignore_stop = true };
	struct error error;
	char *text;
	bool ok;

	text = json_writer_end(w, &p.input_len);
	p.input = text;
	make_environment(&env, run, name, folder);
	p.env = (const char *const *)env.words;
	ok = process_run(&p, &r, &error) == DONE;
	if (!ok)
		log_warning("[hooks] %s: %s", name, error.text);
	else
		ok = log_end(name, &r);
	process_result_free(&r);
	for (size_t i = 0; i < env.n; i++)
		free(env.words[i]);
	if (folder != NULL)
		folder_remove(folder);
	free(folder);
	free(text);
	return ok;
}

/* Returns whether the request succeeded, or there is none. text: NULL
 * allowed. */
static bool ping(const struct run_context *run, const char *suffix,
    const char *text)
{
	const char *base = run->cfg->hooks.ping_url;
	struct http_request q = { .label = "[hooks] ping_url", .form = text,
		.timeout_ms = PING_TIMEOUT_MS, .max_body = MAX_PING_ANSWER,
		.ignore_stop = true };
	struct http_response r;
	struct http *http;
	struct error error;
	char *url;
	bool ok;

	if (base == NULL || run->opt->scan_only || run->opt->dry_run)
		return true;
	url = xasprintf("%s%s", base, suffix);
	q.url = url;
	http = http_new();
	ok = http_perform(http, &q, &r, &error) == DONE;
	if (!ok)
		log_warning("%s", error.text);
	else if (r.status < 200 || r.status > 299)
		log_warning("%s: the watchdog answered with status %ld",
		    q.label, r.status);
	ok = ok && r.status >= 200 && r.status <= 299;
	http_response_free(&r);
	http_free(http);
	free(url);
	return ok;
}

void hooks_at_start(const struct run_context *run)
{
	ping(run, "/start", NULL);
}

size_t hooks_at_end(const struct run_context *run)
{
	const struct summary *s = run->sum;
	bool failed = outcome_exit_status(s->outcome) != 0;
	bool changed = s->got > 0 || s->document_written;
	const struct {
		const char *name, *command;
		bool due;
	} hooks[] = {
		{ "on_failure", run->cfg->hooks.on_failure, failed },
		{ "on_change", run->cfg->hooks.on_change, changed },
	};
	char *text = failed ? xstrdup(s->error.text) : summary_text(s);
	size_t bad = !ping(run, failed ? "/fail" : "", text);

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		struct json_writer *w;

		if (!hooks[i].due || hooks[i].command == NULL)
			continue;
		w = json_writer_new(false);
		summary_to_json(s, w, NULL);
		bad += !run_hook(run, hooks[i].name, hooks[i].command, w);
	}
	free(text);
	return bad;
}
