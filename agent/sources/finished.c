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
#include "types/members.h"

#define FOLDER_PREFIX "get-"
#define MARKER_SUFFIX ".json"
#define MAX_MARKER (64u << 10)	/* usually some hundred bytes */
#define MAX_KEPT 256		/* a run ends with as many as it fetched at a
				   time */

struct kept {
	char *folder;		/* its path */
	char *track;		/* key */
	char *source;
	char *file, *cover;	/* names in the folder; cover may be NULL */
	int64_t bytes;		/* of the file */
	bool pinned;		/* fetched because of a pin */
	bool keep_tags;
	bool taken;
	struct candidate candidate;
	double score;
	char *reason;		/* of the match */
};

static const struct member members[] = {
	MEMBER("track", TEXT, kept, track),
	MEMBER("source", TEXT, kept, source),
	MEMBER("pinned", BOOL, kept, pinned, .always = true),
	MEMBER("file", TEXT, kept, file),
	MEMBER("bytes", INT64, kept, bytes, .fallback = -1),
	MEMBER("cover", TEXT, kept, cover),
	MEMBER("keep_tags", BOOL, kept, keep_tags, .always = true),
	MEMBER("score", DOUBLE, kept, score, .decimals = 6),
	MEMBER("why", TEXT, kept, reason, .always = true),
	MEMBERS_END
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
	members_free(members, k);
	candidate_free(&k->candidate);
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
	const struct kept k = {	/* borrows all texts */
		.track = job->track->key,
		.source = (char *)(uintptr_t)job->source,
		.file = (char *)(uintptr_t)path_base(d->path),
		.cover = d->cover != NULL ?
		    (char *)(uintptr_t)path_base(d->cover) : NULL,
		.bytes = bytes, .pinned = job->pinned != NULL,
		.keep_tags = d->keep_tags, .score = job->match_result.score,
		.reason = (char *)(uintptr_t)job->match_result.reason };

	json_open_object(w, NULL);
	members_write(members, &k, w);
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

/* The size of a regular file directly in the folder, or -1. */
static int64_t size_in(const char *folder, const char *name)
{
	char *path;
	struct stat st;
	int64_t size = -1;

	if (name == NULL || strchr(name, '/') != NULL)
		return -1;
	path = path_join(folder, name);
	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		size = st.st_size;
	free(path);
	return size;
}

/* Adds the download in the folder if its marker is complete and fits it. */
static void add_kept(struct finished *f, const char *folder)
{
	char *marker = marker_of(folder);
	struct json *v = json_read(marker, MAX_MARKER);
	struct kept k = { .folder = xstrdup(folder) };

	members_read(members, &k, v);
	if (f->count < MAX_KEPT && k.track != NULL && k.source != NULL &&
	    k.bytes >= 0 && size_in(folder, k.file) == k.bytes &&
	    candidate_get(&k.candidate, json_get(v, "candidate")) == 0 &&
	    !finished_has(f, k.track)) {
		f->items = grow(f->items, &f->cap, f->count,
		    sizeof(*f->items));
		f->items[f->count++] = k;
	} else {
		free_kept(&k);
	}
	json_free(v);
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
	job->delivery = (struct delivery){ .keep_tags = k->keep_tags,
		.path = path_join(k->folder, k->file),
		.cover = size_in(k->folder, k->cover) >= 0 ?
		    path_join(k->folder, k->cover) : NULL };
	job->match_result = (struct match_result){ .score = k->score };
	snprintf(job->match_result.reason, sizeof(job->match_result.reason),
	    "%s", k->reason);
	*source = xstrdup(k->source);
	return true;
}

void finished_free(struct finished *f, bool discard)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++) {
		struct kept *k = &f->items[i];

		if (discard && !k->taken) {
			char *marker = marker_of(k->folder);

			unlink(marker);
			folder_remove(k->folder);
			free(marker);
		}
		free_kept(k);
	}
	free(f->items);
	free(f);
}
