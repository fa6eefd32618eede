/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/finished.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "sources/fetcher.h"

#define FOLDER_PREFIX "get-"
#define MARKER_SUFFIX ".json"
#define MAX_MARKER (64u << 10)	/* usually some hundred bytes */
#define MAX_KEPT 256		/* a run ends with as many as it fetched at a
				   time */

struct kept {
	char *folder;		/* its path */
	char *track;		/* key */
	char *source;
	char *file, *cover;	/* paths; cover may be NULL */
	bool pinned;		/* fetched because of a pin */
	bool keep_tags;
	bool taken;
	struct candidate candidate;
	double score;
	char *error;
};

struct finished {
	struct kept *items;
	size_t count, cap;
};

static char *marker_of(const char *folder)
{
	return xasprintf("%s%s", folder, MARKER_SUFFIX);
}

static void free_kept(struct kept *k)
{
	free(k->folder);
	free(k->track);
	free(k->source);
	free(k->file);
	free(k->cover);
	free(k->error);
	candidate_free(&k->candidate);
}

static void remove_kept(const char *folder)
{
	char *marker = marker_of(folder);

	unlink(marker);
	folder_remove(folder);
	free(marker);
}

/* ---- writing ---- */

static int sync_file(const char *path)
{
	int fd = path != NULL ? file_open(path) : -1;
	int failed = path != NULL && (fd < 0 || fsync(fd) != 0);

	if (fd >= 0)
		close(fd);
	return failed ? -1 : 0;
}

static char *marker_text(const struct fetch_job *job, off_t bytes,
    size_t *len)
{
	struct json_writer *w = json_writer_new(false);
	const struct delivery *d = &job->delivery;

	json_open_object(w, NULL);
	json_put_string(w, "track", job->track->key);
	json_put_string(w, "source", job->source);
	json_put_bool(w, "pinned", job->pinned != NULL);
	json_put_string(w, "file", path_base(d->path));
	json_put_int(w, "bytes", bytes);
	if (d->cover != NULL)
		json_put_string(w, "cover", path_base(d->cover));
	json_put_bool(w, "keep_tags", d->keep_tags);
	json_put_double(w, "score", job->match_result.score, 6);
	json_put_string(w, "why", job->match_result.reason);
	candidate_put(&job->candidate, w, "candidate");
	json_close(w);
	return json_writer_end(w, len);
}

void finished_mark(struct fetch_job *job)
{
	char *marker = marker_of(job->folder), *text = NULL;
	const struct delivery *d = &job->delivery;
	struct stat st;
	size_t len;
	int failed = lstat(d->path, &st) != 0 || sync_file(d->path) != 0 ||
	    sync_file(d->cover) != 0 || file_sync_dir_of(d->path) != 0;

	if (!failed) {
		text = marker_text(job, st.st_size, &len);
		failed = file_write(marker, text, len, 0600) != 0;
	}
	if (failed)
		log_warning("%s: can't be marked as finished: %s", d->path,
		    file_strerror(errno));
	job->finished = !failed;
	free(text);
	free(marker);
}

void finished_unmark(struct fetch_job *job)
{
	char *marker;

	if (!job->finished)
		return;
	marker = marker_of(job->folder);
	unlink(marker);
	free(marker);
	job->finished = false;
}

/* ---- reading ---- */

/* The path of a regular file directly in the folder, or NULL. */
static char *file_in(const char *folder, const char *name, struct stat *st)
{
	char *path;

	if (name == NULL || strchr(name, '/') != NULL)
		return NULL;
	path = path_join(folder, name);
	if (lstat(path, st) == 0 && S_ISREG(st->st_mode))
		return path;
	free(path);
	return NULL;
}

/* False if the marker is incomplete or does not fit the file. */
static bool read_kept(struct kept *k, const char *folder,
    const struct json *v)
{
	struct stat st, ignored;

	memset(k, 0, sizeof(*k));
	if (candidate_get(&k->candidate, json_get(v, "candidate")) != 0)
		return false;
	k->folder = xstrdup(folder);
	k->track = xstrdup(json_get_string(v, "track"));
	k->source = xstrdup(json_get_string(v, "source"));
	k->file = file_in(folder, json_get_string(v, "file"), &st);
	k->cover = file_in(folder, json_get_string(v, "cover"), &ignored);
	k->pinned = json_get_bool(v, "pinned", false);
	k->keep_tags = json_get_bool(v, "keep_tags", false);
	k->score = json_get_double(v, "score", 0);
	k->error = xstrdup(json_get_string(v, "why"));
	return k->track != NULL && k->source != NULL && k->file != NULL &&
	    k->error != NULL && st.st_size == json_get_int(v, "bytes", -1);
}

static void add_kept(struct finished *f, const char *folder)
{
	char *marker = marker_of(folder);
	struct buf text = BUF_INIT;
	struct json *v = NULL;
	struct kept k = { .track = NULL };

	if (file_read(marker, MAX_MARKER, &text) == 0)
		v = json_parse(buf_str(&text), text.len, NULL);
	if (f->count < MAX_KEPT && v != NULL && read_kept(&k, folder, v) &&
	    !finished_has(f, k.track)) {
		f->items = grow(f->items, &f->cap, f->count,
		    sizeof(*f->items));
		f->items[f->count++] = k;
	} else {
		free_kept(&k);
	}
	json_free(v);
	buf_free(&text);
	free(marker);
}

struct finished *finished_load(const char *state_dir)
{
	struct finished *f = xcalloc(1, sizeof(*f));
	char *tmp = path_join(state_dir, STATE_TMP);
	DIR *d = opendir(tmp);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char *folder;

		if (strncmp(e->d_name, FOLDER_PREFIX,
		    strlen(FOLDER_PREFIX)) != 0 ||
		    strchr(e->d_name, '.') != NULL)
			continue;
		folder = path_join(tmp, e->d_name);
		add_kept(f, folder);
		free(folder);
	}
	if (d != NULL)
		closedir(d);
	free(tmp);
	return f;
}

/* Is this the folder of a finished download, or its marker? */
static bool is_kept(void *ctx, const char *name)
{
	const struct finished *f = ctx;

	for (size_t i = 0; i < f->count; i++) {
		const char *folder = path_base(f->items[i].folder);
		size_t len = strlen(folder);

		if (strncmp(name, folder, len) == 0 && (name[len] == '\0' ||
		    strcmp(name + len, MARKER_SUFFIX) == 0))
			return true;
	}
	return false;
}

void finished_clean(const char *state_dir)
{
	struct finished *f = finished_load(state_dir);

	state_clean_tmp(state_dir, is_kept, f);
	finished_free(f, false);
}

bool finished_has(const struct finished *f, const char *track_key)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->items[i].track, track_key) == 0)
			return true;
	return false;
}

/* Was it fetched under the same pin, or none? */
static bool fits(const struct kept *k, const struct fetch_job *job)
{
	if (job->pinned == NULL)
		return !k->pinned;
	return job->pinned_identity == NULL &&
	    strcmp(job->pinned, k->candidate.ref) == 0;
}

bool finished_take(struct finished *f, struct fetch_job *job, char **source)
{
	struct kept *k = NULL;

	for (size_t i = 0; i < f->count && k == NULL; i++)
		if (strcmp(f->items[i].track, job->track->key) == 0)
			k = &f->items[i];
	if (k == NULL || k->taken || !fits(k, job))
		return false;
	k->taken = true;
	job->finished = true;
	job->folder = xstrdup(k->folder);
	candidate_copy(&job->candidate, &k->candidate);
	job->delivery = (struct delivery){ .path = xstrdup(k->file),
		.cover = xstrdup(k->cover), .keep_tags = k->keep_tags };
	job->match_result = (struct match_result){ .score = k->score };
	snprintf(job->match_result.reason, sizeof(job->match_result.reason),
	    "%s", k->error);
	*source = xstrdup(k->source);
	return true;
}

void finished_free(struct finished *f, bool discard)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++) {
		struct kept *k = &f->items[i];

		if (discard && !k->taken)
			remove_kept(k->folder);
		free_kept(k);
	}
	free(f->items);
	free(f);
}
