/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/document_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"

#define CHUNK (256 << 10)

const char *const image_top_names[3] = { "generatedAt", "totalFiles",
	"analyzedTracks" };

struct reading {
	const struct known *k;
	struct image *img;
};

/* The file that the entry speaks of: by its path; or, if it is not there any
 * more, by the id that the document gave it. */
static const struct entry *find_entry(const struct known *k,
    const struct json *v, const char *path)
{
	const struct entry *e = path != NULL ? map_get_str(k->by_path, path) :
	    NULL;
	const char *id = json_get_string(v, "id");

	if (e != NULL || id == NULL)
		return e;
	return map_get_str(k->by_id, id);
}

/* Only of a file below the library that is really not there. */
static bool is_gone(const struct known *k, const char *path)
{
	size_t len = strlen(k->d->root);
	struct stat st;

	return path != NULL && strncmp(path, k->d->root, len) == 0 &&
	    path[len] == '/' && lstat(path, &st) != 0 && errno == ENOENT;
}

static void judge(const struct known *k, struct image *img,
    const struct entry *e, const struct json *v, const char *path,
    struct piece *p)
{
	bool ours = entry_is_ours(v);

	p->fate = KEEP;
	if (e == NULL) {
		if (ours && is_gone(k, path)) {
			p->fate = DROP;
			img->dropped++;
		}
		return;
	}
	if (entry_is_mixed_in_key(v))
		return;
	if (ours)
		fields_for_ours(e, k->d->root, v, &p->set);
	else
		fields_for_theirs(e, k->d->root, v, &p->set);
	if (p->set.count == 0)
		return;
	p->fate = PATCH;
	if (strcmp(p->set.items[0].name, "filePath") == 0)
		img->moved++;
	else if (ours)
		img->updated++;
	else
		img->filled++;
}

static int take_element(void *ctx, const struct json *v, off_t begin,
    off_t end)
{
	struct reading *r = ctx;
	struct image *img = r->img;
	const char *id = json_get_string(v, "id");
	char *path = entry_path(v);
	const struct entry *e = find_entry(r->k, v, path);
	struct piece *p;

	img->pieces = grow(img->pieces, &img->cap, img->count,
	    sizeof(*img->pieces));
	p = &img->pieces[img->count++];
	memset(p, 0, sizeof(*p));
	p->begin = begin;
	p->end = end;
	if (json_type(v) == JSON_OBJECT)
		judge(r->k, img, e, v, path, p);
	if (e != NULL) {
		img->told[e - r->k->d->entries->items] = true;
		if (id != NULL && r->k->d->on_id != NULL)
			r->k->d->on_id(r->k->d->ctx, e, id);
	}
	if (p->fate != DROP) {
		img->ours += entry_is_ours(v);
		img->analyzed += json_get_string(v, "analyzedAt") != NULL;
	}
	free(path);
	return 0;
}

static int take_member(void *ctx, const char *key, const struct json *v,
    off_t begin, off_t end)
{
	struct reading *r = ctx;

	(void)v;
	for (int i = 0; i < 3; i++) {
		if (strcmp(key, image_top_names[i]) == 0) {
			r->img->top[i].begin = begin;
			r->img->top[i].end = end;
		}
	}
	return 0;
}

static int take_array(void *ctx, off_t begin, off_t end)
{
	struct reading *r = ctx;

	r->img->array_begin = begin;
	r->img->array_end = end;
	return 0;
}

static enum outcome stream(struct image *img, struct json_stream *s,
    struct why *why)
{
	struct sha256 *h = sha256_new();
	char *chunk = xmalloc(CHUNK);
	enum outcome o = DONE;
	off_t at = 0;
	ssize_t n;

	while (o == DONE && (n = pread(img->fd, chunk, CHUNK, at)) != 0) {
		if (n < 0) {
			o = why_set(why, TRACK_FAILED, "%s", strerror(errno));
			break;
		}
		sha256_add(h, chunk, (size_t)n);
		if (json_stream_feed(s, chunk, (size_t)n, why) != 0)
			o = TRACK_FAILED;
		at += n;
	}
	if (o == DONE && json_stream_finish(s, why) != 0)
		o = TRACK_FAILED;
	sha256_end(h, img->hash);
	free(chunk);
	return o;
}

enum outcome image_read(const char *path, const struct known *k,
    struct image *img, struct why *why)
{
	struct reading r = { .k = k, .img = img };
	const struct json_stream_handler h = { .array = "tracks",
		.keep_depth = 1, .on_element = take_element,
		.on_member = take_member, .on_array = take_array, .ctx = &r };
	struct json_stream *s;
	enum outcome o;

	memset(img, 0, sizeof(*img));
	img->told = xcalloc(k->d->entries->count, sizeof(*img->told));
	img->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (img->fd < 0 && errno == ENOENT)
		return DONE;
	if (img->fd < 0 || fstat(img->fd, &img->st) != 0)
		return why_set(why, RUN_CONFIG, "%s: can't be read: %s", path,
		    strerror(errno));
	s = json_stream_new(&h);
	o = stream(img, s, why);
	json_stream_free(s);
	if (o == DONE && img->array_end == 0)
		o = why_set(why, TRACK_FAILED, "has no list of tracks");
	return o;
}

void image_free(struct image *img)
{
	for (size_t i = 0; i < img->count; i++)
		fields_free(&img->pieces[i].set);
	free(img->pieces);
	free(img->told);
	if (img->fd >= 0)
		close(img->fd);
	memset(img, 0, sizeof(*img));
	img->fd = -1;
}

bool image_needs_writing(const struct image *img, size_t n_new)
{
	return n_new + img->dropped + img->updated + img->filled +
	    img->moved > 0;
}
