/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/audio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/http.h"
#include "base/integer.h"
#include "types/file.h"

static const char *type_of(const char *name)
{
	static const struct {
		const char *extension, *type;
	} types[] = {
		{ "mp3", "audio/mpeg" }, { "m4a", "audio/mp4" },
		{ "m4b", "audio/mp4" }, { "mp4", "audio/mp4" },
		{ "aac", "audio/aac" }, { "flac", "audio/flac" },
		{ "ogg", "audio/ogg" }, { "oga", "audio/ogg" },
		{ "opus", "audio/ogg" }, { "wav", "audio/wav" },
		{ "webm", "audio/webm" },
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (dot != NULL && strcasecmp(dot + 1, types[i].extension) == 0)
			return types[i].type;
	return "application/octet-stream";
}

/* Digits, or none: *out stays. False: more than a file can have. */
static bool read_place(const char **text, int64_t *out)
{
	return **text < '0' || **text > '9' ||
	    int_prefix(text, 0, INT64_MAX - 1, out) == 0;
}

/* One range in bytes; other units and several ranges are not understood. */
int audio_range(const char *range, int64_t size, int64_t *from,
    int64_t *length)
{
	int64_t first = -1, last = -1;
	const char *p = range + strlen("bytes=");

	*from = 0;
	*length = size;
	if (strncmp(range, "bytes=", strlen("bytes=")) != 0)
		return 200;
	if (!read_place(&p, &first) || *p++ != '-' || !read_place(&p, &last) ||
	    *p != '\0' || (first < 0 && last < 0) ||
	    (first >= 0 && last >= 0 && last < first))
		return 200;
	if (first < 0) {		/* so many at the end */
		first = last < size ? size - last : 0;
		last = last > 0 ? size - 1 : -1;
	} else if (last < 0 || last >= size) {
		last = size - 1;
	}
	if (first > last)
		return 416;
	*from = first;
	*length = last - first + 1 < AUDIO_MAX_PART ? last - first + 1 :
	    AUDIO_MAX_PART;
	return 206;
}

/* Scans leave out hidden folders, such as that of files taken away. */
static bool is_hidden(const char *path)
{
	return *path == '.' || strstr(path, "/.") != NULL;
}

int audio_open(const struct config *cfg, const char *path)
{
	int root, fd;

	if (is_hidden(path) || !file_name_is_audio(path_base(path))) {
		errno = EINVAL;
		return -1;
	}
	root = open(cfg->library.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	fd = file_open_below(root, path, O_RDONLY);
	close(root);
	return fd;
}

void audio_answer(struct web *w)
{
	char *path = url_query_get(w->request->query, "file");
	int fd = path != NULL ? audio_open(w->cfg, path) : -1;
	struct answer *a = w->answer;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		answer_problem(a, 404, "the library has no such audio file");
	} else {
		a->status = audio_range(w->request->range, st.st_size,
		    &a->file.from, &a->file.length);
		a->type = type_of(path);
		a->file.open = a->status != 416;
		a->file.fd = fd;
		answer_header(a, "Accept-Ranges: bytes");
		if (a->status == 206)
			answer_header(a, "Content-Range: bytes %lld-%lld/%lld",
			    (long long)a->file.from, (long long)(a->file.from +
			    a->file.length - 1), (long long)st.st_size);
		else if (a->status == 416)
			answer_header(a, "Content-Range: bytes */%lld",
			    (long long)st.st_size);
		answer_header(a, "Content-Length: %lld", (long long)
		    (a->file.open ? a->file.length : 0));
	}
	if (fd >= 0 && !a->file.open)
		close(fd);
	free(path);
}
