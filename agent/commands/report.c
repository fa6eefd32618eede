/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report: one HTML page about the library and the runs. */
#include "commands/commands.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "commands/arrivals.h"
#include "commands/status_summary.h"
#include "commands/terminal.h"
#include "report/page.h"

struct collection {
	struct page *page;
	struct index *index;
	struct arrivals arrivals;
};

static int collect_file(void *ctx, const struct file *f)
{
	struct collection *c = ctx;
	bool is_new = arrivals_has(&c->arrivals, f);
	struct analysis_record r;

	if (index_get_analysis(c->index, f->media.identity, &r) != DONE) {
		page_add_file(c->page, f, NULL, is_new);
		return 0;
	}
	page_add_file(c->page, f, r.analyzed ? &r.analysis : NULL, is_new);
	analysis_record_free(&r);
	return 0;
}

static void collect_run(void *ctx, const struct json *run)
{
	page_add_run(ctx, run);
}

static void collect_missing(struct page *page, const struct state_reader *v,
    const struct song *song)
{
	const struct best_rejected *n = &song->best_rejected;
	char *best_rejected = n->ref != NULL ? xasprintf("%s: %s", n->name,
	    n->reason) : NULL;

	page_add_missing(page, &song->track, state_reader_reason(v, song),
	    best_rejected, song->attempts, song->next_attempt);
	free(best_rejected);
}

static char *make_page(const struct config *cfg, struct status_summary *s,
    size_t *len)
{
	const struct page_head head = {
		.library = cfg->library.path, .made = clock_wall(),
		.liked = s->state_reader.liked,
		.in_library = s->in_library,
		.missing = s->missing, .library_files = s->files,
		.disk_percent = s->disk_percent,
		.disk_free_bytes = s->disk_free,
		.last_success = s->counters.last_success,
		.needs_authorization = s->needs_authorization,
		.authorization_expires_at = s->authorization_ends,
		.counters = &s->counters, .n_warnings = s->n_warnings,
		.warnings = (const char (*)[ERROR_MAX])s->warnings,
		.max_disk_usage = cfg->library.max_disk_usage,
	};
	const struct state_reader *v = &s->state_reader;
	struct page *page = page_new();
	struct collection c = { .page = page, .index = v->index };
	char *text;

	runs_each(cfg->state.dir, SIZE_MAX, collect_run, page);
	arrivals_open(&c.arrivals, v, head.made);
	if (v->index != NULL)
		index_each_file(v->index, collect_file, &c);
	for (size_t i = 0; i < v->songs.count; i++)
		collect_missing(page, v, &v->songs.items[i]);
	arrivals_close(&c.arrivals);
	text = page_render(page, &head, len);
	page_free(page);
	return text;
}

/* World-readable: nothing on it is secret; its folder can restrict access. */
static int write_page(const char *path, const char *text, size_t len)
{
	if (strcmp(path, "-") == 0) {
		fwrite(text, 1, len, stdout);
		return print_end();
	}
	if (file_write(path, text, len, 0644) != 0) {
		log_error("%s: can't be written: %s; use -o FILE with a "
		    "folder that this user can write", path,
		    file_strerror(errno));
		return EX_CANTCREAT;
	}
	return EX_OK;
}

/* Without one, xdg-open tries every browser and reports each as missing. */
static bool has_desktop(void)
{
	static const char *const names[] = { "DISPLAY", "WAYLAND_DISPLAY",
		"BROWSER" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value != '\0')
			return true;
	}
	return false;
}

/* Replaces this process by the desktop's opener: the browser outlives it and has
 * the user's signals and privileges. Returns only if there is none. */
static int open_in_browser(const char *path)
{
	const char *wrong = "no desktop";

	if (has_desktop()) {
		signal(SIGPIPE, SIG_DFL);
		execlp("xdg-open", "xdg-open", path, (char *)NULL);
		wrong = errno == ENOENT ? "xdg-open is not installed" :
		    "xdg-open can't be started";
	}
	log_error("%s: can't be opened: %s; open the file in a browser", path,
	    wrong);
	return EX_UNAVAILABLE;
}

int cmd_report(struct invocation *v)
{
	static bool open_it;	/* read when the command is started, too */
	const char *out = NULL;
	const struct command_option options[] = {
		{ "o", "FILE", "write to FILE; - is standard output",
		    NULL, &out },
		{ "open", NULL, "open the page in the browser",
		    &open_it, NULL },
		{ 0 },
	};
	struct status_summary s;
	struct error error;
	char *path, *text;
	int status;
	size_t len;

	v->for_desktop = &open_it;
	status = command_options(v, "likesync report [-o FILE] [--open]",
	    options, 0);
	if (status >= 0)
		return status;
	if (out != NULL && strcmp(out, "-") == 0 && open_it)
		return command_usage(v, "--open needs a file, not -");
	if (state_prepare(v->cfg->state.dir, &error) != DONE) {
		log_error("%s", error.text);
		return EX_CONFIG;
	}
	status = status_summary_open(v->cfg, &s);
	if (status >= 0)
		return status;
	text = make_page(v->cfg, &s, &len);
	status_summary_close(&s);
	path = out != NULL ? xstrdup(out) :
	    path_join(v->cfg->state.dir, STATE_REPORT);
	status = write_page(path, text, len);
	if (status == EX_OK && open_it)
		status = open_in_browser(path);
	else if (status == EX_OK && strcmp(path, "-") != 0 && !v->quiet)
		print_line("%s", path);
	free(text);
	free(path);
	return status;
}
