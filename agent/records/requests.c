/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/requests.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

#define MAX_REQUEST (32u << 20)	/* a job of the most tracks takes 10 MB */
#define MAX_TAKEN 10000		/* at once; the others a moment later */
#define MAX_READ 1000000	/* by those who show the queue */
#define SUFFIX ".json"

struct request_file {
	char *path;
	struct timespec time;
};

struct request_files {
	struct request_file *items;
	size_t count, cap;
};

static bool name_is_valid(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-')
			return false;
	return len > 0 && len <= REQUEST_NAME_MAX;
}

/* ---- writing ---- */

static int write_file(const char *folder, const char *path, const char *text,
    size_t len)
{
	char *unnamed = NULL;
	int fd, failed;

	/* The same request, perhaps not synced yet. */
	if (access(path, F_OK) == 0)
		return file_sync_dir_of(path);
	fd = file_open_unnamed(folder, 0600, &unnamed);
	if (fd < 0)
		return -1;
	failed = file_write_all(fd, text, len) != 0 ||
	    (file_link_unnamed(fd, unnamed, path) != 0 &&
	    (errno != EEXIST || file_sync_dir_of(path) != 0));
	if (failed && unnamed != NULL)
		unlink(unnamed);
	close(fd);
	free(unnamed);
	return failed ? -1 : 0;
}

enum outcome request_write(const char *state_dir, const char *name,
    struct json_writer *request, struct error *error)
{
	char *folder = path_join(state_dir, STATE_REQUESTS);
	char *path = xasprintf("%s/%s" SUFFIX, folder, name);
	size_t len;
	char *text;
	enum outcome o = DONE;

	json_close(request);
	text = json_writer_end(request, &len);
	if (!name_is_valid(name))
		o = error_set(error, RUN_FAILED, "%s: not a request's name",
		    name);
	else if (file_make_dirs(folder, 0700) != 0 ||
	    write_file(folder, path, text, len) != 0)
		o = file_cant_write(path, errno, RUN_FAILED, error);
	free(text);
	free(path);
	free(folder);
	return o;
}

/* ---- taking ---- */

static bool is_request(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > strlen(SUFFIX) &&
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

bool requests_waiting(const char *state_dir)
{
	char *folder = path_join(state_dir, STATE_REQUESTS);
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	bool found = false;

	while (dir != NULL && !found && (entry = readdir(dir)) != NULL)
		found = is_request(entry->d_name);
	if (dir != NULL)
		closedir(dir);
	free(folder);
	return found;
}

static bool is_cancel(const struct request_file *f)
{
	return strncmp(path_base(f->path), "cancel-", strlen("cancel-")) == 0;
}

/* Cancels come last: if the clock was set back, theirs may be the earlier
 * time. */
static int by_time(const void *a, const void *b)
{
	const struct request_file *x = a, *y = b;

	if (is_cancel(x) != is_cancel(y))
		return is_cancel(x) ? 1 : -1;
	if (x->time.tv_sec != y->time.tv_sec)
		return x->time.tv_sec < y->time.tv_sec ? -1 : 1;
	if (x->time.tv_nsec != y->time.tv_nsec)
		return x->time.tv_nsec < y->time.tv_nsec ? -1 : 1;
	return strcmp(x->path, y->path);
}

static void list_requests(const char *folder, size_t max,
    struct request_files *out)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	struct stat st;

	while (dir != NULL && out->count < max &&
	    (entry = readdir(dir)) != NULL) {
		char *path;

		if (!is_request(entry->d_name))
			continue;
		path = path_join(folder, entry->d_name);
		if (lstat(path, &st) != 0) {
			free(path);
			continue;
		}
		out->items = grow(out->items, &out->cap, out->count,
		    sizeof(*out->items));
		out->items[out->count++] = (struct request_file){ path,
			st.st_mtim };
	}
	if (dir != NULL)
		closedir(dir);
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), by_time);
}

static void free_request_files(struct request_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i].path);
	free(files->items);
}

/* NULL with error: it can't be read, or is not a JSON object. */
static struct json *read_request(const char *path, struct error *error)
{
	struct buf text = BUF_INIT;
	struct json *v = NULL;

	if (file_read(path, MAX_REQUEST, &text) != 0)
		error_set(error, ITEM_FAILED, "%s", file_strerror(errno));
	else
		v = json_parse(buf_str(&text), text.len, error);
	buf_free(&text);
	if (v != NULL && json_type(v) != JSON_OBJECT) {
		error_set(error, ITEM_FAILED, "not a JSON object");
		json_free(v);
		v = NULL;
	}
	return v;
}

/* Out of the way of other requests, for a person to look at. */
static void refuse(const char *folder, const char *path, const char *reason)
{
	char *refused = path_join(folder, "refused");
	char *to = path_join(refused, path_base(path));

	log_warning("%s: the request was refused: %s; it is kept as %s", path,
	    reason, to);
	if (file_make_dirs(refused, 0700) != 0 || rename(path, to) != 0) {
		log_warning("%s: can't be moved to %s: %s; it was removed",
		    path, to, strerror(errno));
		unlink(path);
	}
	free(to);
	free(refused);
}

static enum outcome take_one(const char *folder, const char *path,
    request_apply *apply, void *ctx, struct error *error)
{
	struct json *v = read_request(path, error);
	enum outcome o = v != NULL ? apply(ctx, v, error) : ITEM_FAILED;

	json_free(v);
	if (o == ITEM_FAILED)
		refuse(folder, path, error->text);
	else if (o == DONE)
		unlink(path);
	return o;
}

enum outcome requests_take(const char *state_dir, request_apply *apply,
    void *ctx, size_t *taken, struct error *error)
{
	char *folder = path_join(state_dir, STATE_REQUESTS);
	struct request_files files = { .items = NULL };
	enum outcome o = DONE;

	*taken = 0;
	list_requests(folder, MAX_TAKEN, &files);
	for (size_t i = 0; i < files.count && (o == DONE || o == ITEM_FAILED);
	    i++) {
		o = take_one(folder, files.items[i].path, apply, ctx, error);
		*taken += o == DONE;
	}
	free_request_files(&files);
	free(folder);
	return o == ITEM_FAILED ? DONE : o;
}

void requests_each(const char *state_dir, void (*each)(void *ctx,
    const struct json *request), void *ctx)
{
	char *folder = path_join(state_dir, STATE_REQUESTS);
	struct request_files files = { .items = NULL };
	struct error error;

	list_requests(folder, MAX_READ, &files);
	for (size_t i = 0; i < files.count; i++) {
		struct json *v = read_request(files.items[i].path, &error);

		if (v != NULL)
			each(ctx, v);
		json_free(v);
	}
	free_request_files(&files);
	free(folder);
}
