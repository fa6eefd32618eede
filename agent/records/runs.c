/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/journal.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"
#include "types/members.h"

#define MAX_COUNTERS_FILE (1u << 20)
#define HEALTH_RUNS 100		/* older counts are outdated */

static const struct member totals[] = {
	MEMBER("runs", INT64, counters, runs, .always = true),
	MEMBER("runs_failed", INT64, counters, runs_failed, .always = true),
	MEMBER("fetched", INT64, counters, fetched, .always = true),
	MEMBER("not_found", INT64, counters, not_found, .always = true),
	MEMBER("failed", INT64, counters, failed, .always = true),
	MEMBER("rejected", INT64, counters, rejected, .always = true),
	MEMBER("searches", INT64, counters, searches, .always = true),
	MEMBER("upscaled", INT64, counters, upscaled, .always = true),
	MEMBER("downloads", INT64, counters, downloads, .always = true),
	MEMBER("analyzed", INT64, counters, analyzed, .always = true),
	MEMBER("analysis_failed", INT64, counters, analysis_failed, .always = true),
	MEMBER("reanalyzed", INT64, counters, reanalyzed, .always = true),
	MEMBER("hooks_failed", INT64, counters, hooks_failed, .always = true),
	MEMBER("last_success", INT64, counters, last_success, .always = true),
	MEMBER("document_current", INT64, counters, document_current, .always = true),
	MEMBER("fetch_seconds", DOUBLE, counters, fetch_seconds, .always = true,
	    .decimals = 3),
	MEMBERS_END
};

static const struct member by_source[] = {
	MEMBER("fetched", INT64, source_counters, got, .always = true),
	MEMBER("not_found", INT64, source_counters, not_found, .always = true),
	MEMBER("failed", INT64, source_counters, failed, .always = true),
	MEMBER("downloads", INT64, source_counters, downloads, .always = true),
	MEMBER("seconds", DOUBLE, source_counters, seconds, .always = true,
	    .decimals = 3),
	MEMBERS_END
};

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

void counters_load(const char *state_dir, struct counters *c)
{
	char *path = path_join(state_dir, STATE_COUNTERS);
	struct json *v = json_read(path, MAX_COUNTERS_FILE);
	const struct json *sources = json_get(v, "sources");

	memset(c, 0, sizeof(*c));
	members_read(totals, c, v);
	for (size_t i = 0; i < json_count(sources); i++) {
		const struct json *source = json_at(sources, i);
		const char *name = json_get_string(source, "name");
		struct source_counters *to = name != NULL ?
		    source_of(c, name) : NULL;

		if (to != NULL)
			members_read(by_source, to, source);
	}
	json_free(v);
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

enum outcome counters_save(const char *state_dir, const struct counters *c,
    struct error *error)
{
	char *path = path_join(state_dir, STATE_COUNTERS);
	struct json_writer *w = json_writer_new(true);
	enum outcome o;

	json_open_object(w, NULL);
	members_write(totals, c, w);
	json_open_array(w, "sources");
	for (size_t i = 0; i < c->n_sources; i++) {
		json_open_object(w, NULL);
		json_put_string(w, "name", c->source[i].name);
		members_write(by_source, &c->source[i], w);
		json_close(w);
	}
	o = json_write(w, path, error);
	free(path);
	return o;
}

enum outcome runs_append(const char *state_dir, const struct summary *s,
    struct error *error)
{
	char *path = path_join(state_dir, STATE_RUNS);
	struct journal *j = journal_open(path, NULL, NULL, NULL, error);
	struct json_writer *w;
	enum outcome o;

	free(path);
	if (j == NULL)
		return RUN_FAILED;
	w = json_writer_new(false);
	json_open_object(w, NULL);
	summary_put(s, w);
	o = journal_put(j, w, error);
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
