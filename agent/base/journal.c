/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#define LOCK_WAIT_MS 60000	/* who appends has the lock for one fsync */
#define MAX_LINE (1u << 20)	/* ours are a thousandth of that */

struct journal {
	char *path;
	int fd;
	size_t damaged;
	void (*each)(void *ctx, const struct json *line);
	void *ctx;
};

static enum outcome cant_write(const struct journal *j, struct error *error)
{
	if (errno == EWOULDBLOCK)
		return error_set(error, RUN_LATER, "%s: another process keeps "
		    "it locked", j->path);
	return file_cant_write(j->path, errno, RUN_FAILED, error);
}

static void warn_damaged(const struct journal *j)
{
	if (j->damaged > 0)
		log_warning("%s: %zu lines are damaged and were skipped",
		    j->path, j->damaged);
}

/* The line as a tree (json_free), or NULL if it is no object. */
static struct json *parse_line(const char *line, size_t len)
{
	struct json *v = len < MAX_LINE ? json_parse(line, len, NULL) : NULL;

	if (json_type(v) == JSON_OBJECT)
		return v;
	json_free(v);
	return NULL;
}

static void take_line(struct journal *j, const char *line, size_t len)
{
	struct json *v = parse_line(line, len);

	if (v == NULL)
		j->damaged++;
	else if (j->each != NULL)
		j->each(j->ctx, v);
	json_free(v);
}

/* Can this have been left by an append that a crash ended? */
static bool is_torn(const char *line, size_t len)
{
	return line[0] == '{' && memchr(line, '\0', len) == NULL;
}

size_t journal_filter(const char *text, size_t len, const char *mark,
    struct buf *out)
{
	size_t damaged = 0;

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end != NULL ? (size_t)(end - text) : len;
		struct json *v = NULL;

		if (end == NULL && is_torn(text, n))
			break;
		if (end != NULL)
			v = parse_line(text, n);
		if (v != NULL) {
			buf_append(out, text, n + 1);
		} else {
			damaged++;
			buf_puts(out, mark != NULL ? mark : "");
		}
		json_free(v);
		text += n + (end != NULL);
		len -= n + (end != NULL);
	}
	return damaged;
}

/* Reads all lines. *whole is set to the length of those that have their
 * newline, *torn to whether bytes follow them. */
static int read_lines(struct journal *j, off_t *whole, bool *torn)
{
	FILE *f = fdopen(dup(j->fd), "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int failed;

	if (f == NULL)
		return -1;
	rewind(f);
	*whole = 0;
	while ((n = getline(&line, &cap, f)) > 0) {
		if (line[n - 1] != '\n') {
			j->damaged += !is_torn(line, (size_t)n);
			break;
		}
		take_line(j, line, (size_t)n - 1);
		*whole += n;
	}
	*torn = n > 0;
	failed = ferror(f);
	free(line);
	fclose(f);
	return failed ? -1 : 0;
}

enum outcome journal_read(const char *path,
    void (*each)(void *ctx, const struct json *line), void *ctx,
    struct error *error)
{
	struct journal j = { .path = (char *)(uintptr_t)path, .each = each,
		.ctx = ctx, .fd = file_open(path) };
	bool missing = j.fd < 0 && errno == ENOENT, failed, torn;
	off_t whole;

	if (missing)
		return DONE;
	failed = j.fd < 0 || read_lines(&j, &whole, &torn) != 0;
	if (failed)
		error_set(error, RUN_FAILED, "%s: can't be read: %s", path,
		    file_strerror(errno));
	if (j.fd >= 0)
		close(j.fd);
	warn_damaged(&j);
	return failed ? RUN_FAILED : DONE;
}

struct journal *journal_open(const char *path, bool *existed,
    void (*each)(void *ctx, const struct json *line), void *ctx,
    struct error *error)
{
	struct journal *j = xcalloc(1, sizeof(*j));
	bool is_new = access(path, F_OK) != 0, torn = false;
	off_t whole = 0;
	int failed;

	j->path = xstrdup(path);
	j->each = each;
	j->ctx = ctx;
	if (existed != NULL)
		*existed = !is_new;
	j->fd = file_open_at(AT_FDCWD, path, O_RDWR | O_APPEND | O_CREAT);
	failed = j->fd < 0 || file_flock(j->fd, LOCK_WAIT_MS) != 0 ||
	    (is_new && file_sync_dir_of(path) != 0) ||
	    read_lines(j, &whole, &torn) != 0;
	/* What a crash left behind the last newline is cut off, so that the
	 * next line begins on its own. */
	if (!failed && torn)
		failed = ftruncate(j->fd, whole) != 0;
	if (failed) {
		cant_write(j, error);
		journal_close(j);
		return NULL;
	}
	flock(j->fd, LOCK_UN);
	warn_damaged(j);
	return j;
}

/* Appends under the lock; a part that was written is removed again. */
static int append(struct journal *j, const char *text, size_t len)
{
	off_t end = lseek(j->fd, 0, SEEK_END);
	int errnum;

	if (end >= 0 && file_write_all(j->fd, text, len) == 0 &&
	    fdatasync(j->fd) == 0)
		return 0;
	errnum = errno;
	if (end >= 0 && ftruncate(j->fd, end) != 0)
		log_error("%s: an incomplete line stays at its end: %s",
		    j->path, strerror(errno));
	errno = errnum;
	return -1;
}

int journal_append(struct journal *j, const char *line, size_t len,
    struct error *error)
{
	char *text = xmalloc(len + 1);
	int failed;

	memcpy(text, line, len);
	text[len] = '\n';
	failed = file_flock(j->fd, LOCK_WAIT_MS);
	if (!failed)
		failed = append(j, text, len + 1);
	if (failed)
		cant_write(j, error);
	flock(j->fd, LOCK_UN);
	free(text);
	return failed ? -1 : 0;
}

enum outcome journal_put(struct journal *j, struct json_writer *w,
    struct error *error)
{
	enum outcome o = RUN_FAILED;
	size_t len;
	char *line;

	json_close(w);
	line = json_writer_end(w, &len);
	if (journal_append(j, line, len, error) == 0) {
		take_line(j, line, len);
		o = DONE;
	}
	free(line);
	return o;
}

int journal_rewrite(struct journal *j, const char *lines, size_t len,
    struct error *error)
{
	int fd = -1;

	if (file_write(j->path, lines, len, 0600) == 0)
		fd = file_open_at(AT_FDCWD, j->path, O_RDWR | O_APPEND);
	if (fd < 0) {
		cant_write(j, error);
		return -1;
	}
	close(j->fd);
	j->fd = fd;
	return 0;
}

size_t journal_damaged(const struct journal *j)
{
	return j->damaged;
}

void journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->fd >= 0)
		close(j->fd);
	free(j->path);
	free(j);
}
