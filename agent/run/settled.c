/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settled: whether a run finds everything as an earlier one left it after all
 * files were analyzed and the document was written: the index by the number of
 * its last transaction, pins and provenance by their files, and the settings
 * that entries depend on. Then neither files nor analyses are read again. If
 * only the index has changed since, it knows which files have.
 */
#include "run/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/integer.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "base/state.h"

#define NOTE_SETTLED "run.settled"
#define NOTE_HEALTH "run.health"
#define EDITION 2	/* raised when entries are made in another way */

static struct stamp stamp_of_record(const struct run_context *run,
    const char *name)
{
	char *path = path_join(run->cfg->state.dir, name);
	struct stamp s = { .size = 0 };
	struct stat st;

	if (stat(path, &st) == 0)
		s = stamp_of(&st);
	free(path);
	return s;
}

/* Everything besides the index that must be the same; caller frees. */
static char *describe(const struct run_context *run)
{
	const struct stamp pins = stamp_of_record(run, STATE_PINS);
	const struct stamp origins = stamp_of_record(run, STATE_PROVENANCE);

	return xasprintf("%d %s %lld %lld %lld %lld %d %d %d %s", EDITION,
	    ANALYZER_VERSION, (long long)pins.size, (long long)pins.mtime_ns,
	    (long long)origins.size, (long long)origins.mtime_ns,
	    run->cfg->analysis.lowest_tempo, run->cfg->analysis.prefer_tags,
	    run->cfg->analysis.write_tags,
	    run->cfg->library.document);
}

/* NOTE_SETTLED: "VERSION DESCRIPTION". Says whether the description fits; the
 * version of the index, which is then known, into *version. */
static bool read_note(const struct run_context *run, int64_t *version)
{
	char *note = index_get_note(run->index, NOTE_SETTLED);
	char *now = describe(run), *space = note != NULL ?
	    strchr(note, ' ') : NULL;
	bool fits = space != NULL && strcmp(space + 1, now) == 0;

	if (fits) {
		*space = '\0';
		fits = int_parse(note, 1, INT64_MAX, version);
	}
	free(now);
	free(note);
	return fits;
}

bool is_settled(struct run_context *run)
{
	int64_t version;

	return read_note(run, &version) &&
	    version == index_version(run->index);
}

bool knows_changes(struct run_context *run)
{
	int64_t version;

	return index_knows_changes(run->index) && read_note(run, &version);
}

struct file_visit {
	struct run_context *run;
	int (*each)(void *ctx, const struct file *f);
	void *ctx;
};

static int visit_changed(void *ctx, const char *path, enum file_change change)
{
	struct file_visit *visit = ctx;
	struct file f;
	int stop = 0;

	(void)change;
	if (index_get_file(visit->run->index, path, &f) == DONE)
		stop = visit->each(visit->ctx, &f);
	file_free(&f);
	return stop;
}

int each_unsettled_file(struct run_context *run,
    int (*each)(void *ctx, const struct file *f), void *ctx)
{
	struct file_visit visit = { run, each, ctx };

	if (is_settled(run))
		return 0;
	return knows_changes(run) ?
	    index_each_change(run->index, visit_changed, &visit) :
	    index_each_file(run->index, each, ctx);
}

enum outcome note_settled(struct run_context *run, struct error *error)
{
	struct json_writer *w = json_writer_new(false);
	char *what = describe(run), *text, *health;
	enum outcome o;

	json_open_object(w, NULL);
	health_to_json(&run->sum->health, w, "health");
	health = json_writer_end(w, NULL);
	text = xasprintf("%lld %s", (long long)index_version(run->index), what);
	o = index_forget_changes(run->index, error);
	if (o == DONE)
		o = index_put_note(run->index, NOTE_HEALTH, health, error);
	if (o == DONE)
		o = index_put_note(run->index, NOTE_SETTLED, text, error);
	free(text);
	free(what);
	free(health);
	return o;
}

void read_settled_health(struct run_context *run)
{
	char *text = index_get_note(run->index, NOTE_HEALTH);
	struct json *v = text != NULL ?
	    json_parse(text, strlen(text), NULL) : NULL;

	health_from_json(&run->sum->health, json_get(v, "health"));
	run->sum->health.known = true;
	json_free(v);
	free(text);
}
