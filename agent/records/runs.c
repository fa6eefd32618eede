/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/runs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/journal.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"

#define MAX_COUNTERS_FILE (1u << 20)
#define HEALTH_RUNS 100		/* older counts are outdated */

/* The counters that are whole numbers, with the names in the file. */
static const struct {
	const char *name;
	size_t offset;
} totals[] = {
	{ "runs", offsetof(struct counters, runs) },
	{ "runs_failed", offsetof(struct counters, runs_failed) },
	{ "fetched", offsetof(struct counters, fetched) },
	{ "not_found", offsetof(struct counters, not_found) },
	{ "failed", offsetof(struct counters, failed) },
	{ "rejected", offsetof(struct counters, rejected) },
	{ "searches", offsetof(struct counters, searches) },
	{ "upscaled", offsetof(struct counters, upscaled) },
	{ "downloads", offsetof(struct counters, downloads) },
	{ "analyzed", offsetof(struct counters, analyzed) },
	{ "analysis_failed", offsetof(struct counters, analysis_failed) },
	{ "reanalyzed", offsetof(struct counters, reanalyzed) },
	{ "hooks_failed", offsetof(struct counters, hooks_failed) },
};

#define N_TOTALS (sizeof(totals) / sizeof(totals[0]))

static uint64_t unsigned_of(const struct json *v, const char *key)
{
	int64_t n = json_get_int(v, key, 0);

	return n > 0 ? (uint64_t)n : 0;
}

static struct source_counters *source_of(struct counters *c,
    const char *name)
{
	struct source_counters *s;

	for (size_t i = 0; i < c->n_sources; i++)
		if (strcmp(c->source[i].name, name) == 0)
			return &c->source[i];
	if (c->n_sources == MAX_SOURCES || strlen(name) >= sizeof(s->name))
		return NULL;
	s = &c->source[c->n_sources++];
	memcpy(s->name, name, strlen(name) + 1);
	return s;
}

static void load_source(struct counters *c, const struct json *v)
{
	const char *name = json_get_string(v, "name");
	struct source_counters *s = name != NULL ? source_of(c, name) : NULL;

	if (s == NULL)
		return;
	s->got = unsigned_of(v, "fetched");
	s->not_found = unsigned_of(v, "not_found");
	s->failed = unsigned_of(v, "failed");
	s->downloads = unsigned_of(v, "downloads");
	s->seconds = json_get_double(v, "seconds", 0);
}

void counters_load(const char *state_dir, struct counters *c)
{
	char *path = path_join(state_dir, STATE_COUNTERS);
	struct buf text = BUF_INIT;
	struct json *v = NULL;
	const struct json *sources;

	memset(c, 0, sizeof(*c));
	if (file_read(path, MAX_COUNTERS_FILE, &text) == 0)
		v = json_parse(buf_str(&text), text.len, NULL);
	for (size_t i = 0; i < N_TOTALS; i++) {
		uint64_t n = unsigned_of(v, totals[i].name);

		memcpy((char *)c + totals[i].offset, &n, sizeof(n));
	}
	c->fetch_seconds = json_get_double(v, "fetch_seconds", 0);
	c->last_success = json_get_int(v, "last_success", 0);
	c->document_current = json_get_int(v, "document_current", 0);
	sources = json_get(v, "sources");
	for (size_t i = 0; i < json_count(sources); i++)
		load_source(c, json_at(sources, i));
	json_free(v);
	buf_free(&text);
	free(path);
}

void counters_add(struct counters *c, const struct summary *s)
{
	bool failed = outcome_exit_status(s->outcome) != 0;

	c->runs++;
	c->runs_failed += failed;
	c->fetched += s->got;
	c->not_found += s->not_found;
	c->failed += s->failed;
	c->rejected += s->rejected;
	c->searches += s->searches;
	c->upscaled += s->upscaled;
	c->downloads += s->downloads;
	c->fetch_seconds += (double)s->fetch_ms / 1000;
	c->analyzed += s->analyzed;
	c->analysis_failed += s->analysis_failed;
	c->reanalyzed += s->reanalyzed;
	if (!failed && !s->cut_short)
		c->last_success = s->ended;
	if (s->document_current)
		c->document_current = s->ended;
	for (size_t i = 0; i < s->n_sources; i++) {
		const struct source_summary *x = &s->source[i];
		struct source_counters *to = source_of(c, x->name);

		if (to == NULL)
			continue;
		to->got += x->got;
		to->not_found += x->not_found;
		to->failed += x->failed;
		to->downloads += x->downloads;
		to->seconds += (double)x->ms / 1000;
	}
}

static char *counters_text(const struct counters *c, size_t *len)
{
	struct json_writer *w = json_writer_new(true);

	json_open_object(w, NULL);
	for (size_t i = 0; i < N_TOTALS; i++) {
		uint64_t n;

		memcpy(&n, (const char *)c + totals[i].offset, sizeof(n));
		json_put_int(w, totals[i].name, (int64_t)n);
	}
	json_put_double(w, "fetch_seconds", c->fetch_seconds, 3);
	json_put_int(w, "last_success", c->last_success);
	json_put_int(w, "document_current", c->document_current);
	json_open_array(w, "sources");
	for (size_t i = 0; i < c->n_sources; i++) {
		const struct source_counters *s = &c->source[i];

		json_open_object(w, NULL);
		json_put_string(w, "name", s->name);
		json_put_int(w, "fetched", (int64_t)s->got);
		json_put_int(w, "not_found", (int64_t)s->not_found);
		json_put_int(w, "failed", (int64_t)s->failed);
		json_put_int(w, "downloads", (int64_t)s->downloads);
		json_put_double(w, "seconds", s->seconds, 3);
		json_close(w);
	}
	json_close(w);
	json_close(w);
	return json_writer_end(w, len);
}

enum outcome counters_save(const char *state_dir, const struct counters *c,
    struct error *error)
{
	char *path = path_join(state_dir, STATE_COUNTERS);
	size_t len;
	char *text = counters_text(c, &len);
	enum outcome o = DONE;

	if (file_write(path, text, len, 0600) != 0)
		o = error_set(error, RUN_FAILED, "%s: %s", path,
		    strerror(errno));
	free(text);
	free(path);
	return o;
}

enum outcome runs_append(const char *state_dir, const struct summary *s,
    struct error *error)
{
	char *path = path_join(state_dir, STATE_RUNS);
	struct journal *j = journal_open(path, NULL, NULL, NULL, error);
	struct json_writer *w;
	enum outcome o = RUN_FAILED;
	size_t len;
	char *line;

	free(path);
	if (j == NULL)
		return RUN_FAILED;
	w = json_writer_new(false);
	summary_to_json(s, w, NULL);
	line = json_writer_end(w, &len);
	if (journal_append(j, line, len, error) == 0)
		o = DONE;
	free(line);
	journal_close(j);
	return o;
}

void running_print(const struct running *r, char *out, size_t size)
{
	char since[ISO_TIME_LEN];

	time_to_iso(r->since, since);
	snprintf(out, size, "pid %ld, run %s, since %s: %s", r->pid, r->run,
	    since, r->doing);
}

/* Text in another form is taken as the activity. */
static void running_read(const char *text, struct running *r)
{
	char since[ISO_TIME_LEN] = "";
	int n = 0;

	memset(r, 0, sizeof(*r));
	if (sscanf(text, "pid %ld, run %12[0-9a-f], since %20[0-9TZ:-]: %n",
	    &r->pid, r->run, since, &n) < 3 || n == 0) {
		r->run[0] = '\0';
		n = 0;
		if (sscanf(text, "pid %ld, %n", &r->pid, &n) < 1)
			n = 0;
	}
	if (since[0] != '\0' && time_from_iso(since, &r->since) != 0)
		r->since = 0;
	snprintf(r->doing, sizeof(r->doing), "%s", text + n);
}

bool runs_now(const char *state_dir, struct running *r)
{
	char *path = path_join(state_dir, STATE_RUN_LOCK);
	struct buf text = BUF_INIT;
	bool now = file_lock_is_held(path);

	if (now) {
		file_lock_holder(path, &text);
		running_read(buf_str(&text), r);
	}
	buf_free(&text);
	free(path);
	return now;
}

/* The journal is read twice rather than kept in memory: first to count. */
struct window {
	size_t seen, skip;
	void (*each)(void *ctx, const struct json *run);
	void *ctx;
};

static void count_run(void *ctx, const struct json *line)
{
	struct window *w = ctx;

	(void)line;
	w->seen++;
}

static void visit_run(void *ctx, const struct json *line)
{
	struct window *w = ctx;

	if (w->skip > 0)
		w->skip--;
	else
		w->each(w->ctx, line);
}

void runs_each(const char *state_dir, size_t last,
    void (*each)(void *ctx, const struct json *run), void *ctx)
{
	char *path = path_join(state_dir, STATE_RUNS);
	struct window w = { .each = each, .ctx = ctx };

	if (journal_read(path, count_run, &w, NULL) == DONE) {
		w.skip = w.seen > last ? w.seen - last : 0;
		journal_read(path, visit_run, &w, NULL);
	}
	free(path);
}

static void read_health(void *ctx, const struct json *run)
{
	const struct json *counted = json_get(run, "health");

	if (counted != NULL)
		health_from_json(ctx, counted);
}

void runs_health(const char *state_dir, struct health *h)
{
	memset(h, 0, sizeof(*h));
	runs_each(state_dir, HEALTH_RUNS, read_health, h);
}
