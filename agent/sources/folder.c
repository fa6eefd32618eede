/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * folder: a folder of the user's purchases: audio files, and archives of them.
 * What a file or archive contains, or why it can't be read, is cached by path,
 * size, time and inode, so that an unchanged folder needs only readdir and
 * stat.
 */
#include "sources/source.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/walk.h"
#include "sources/archive.h"
#include "types/file.h"

#define MAX_FILES 100000	/* an inbox, not a library */
#define MAX_CACHE (256u << 20)

/* A file, or a member of an archive. */
struct offered_file {
	char *ref;		/* path, or "purchases.zip!/album/01.flac" */
	char *archive;		/* NULL: a file */
	char *member;
	struct media media;
};

struct folder {
	const struct source_config *sc;
	struct source_env env;
	struct offered_file *items;
	size_t count, cap;
	struct map *cache;	/* stamp of a file -> struct json, borrowed */
	struct json *cached;
	struct json_writer *new_cache;	/* the cache that is written */
	size_t files;		/* and archives */
	enum outcome outcome;	/* of the walk: not DONE ends it */
};

/* member may be NULL. Caller frees. */
static char *ref_of(const char *path, const char *member)
{
	return member != NULL ? xasprintf("%s!/%s", path, member) :
	    xstrdup(path);
}

/* ---- the cache ---- */

static char *cache_key(const char *path, const struct stat *st)
{
	return xasprintf("%s\n%lld %lld.%09ld %llu", path,
	    (long long)st->st_size, (long long)st->st_mtim.tv_sec,
	    st->st_mtim.tv_nsec, (unsigned long long)st->st_ino);
}

static char *cache_path(const struct source_config *sc,
    const char *state_dir)
{
	char *name = xasprintf("source-%s.json", sc->name);
	char *path = path_join(state_dir, name);

	free(name);
	return path;
}

static void load_cache(struct folder *f)
{
	char *path = cache_path(f->sc, f->env.state_dir);

	f->cache = map_new();
	f->cached = json_read(path, MAX_CACHE);
	free(path);
	for (size_t i = 0; i < json_count(f->cached); i++)
		map_put_str(f->cache, json_key_at(f->cached, i),
		    (void *)(uintptr_t)json_value_at(f->cached, i));
	f->new_cache = json_writer_new(false);
	json_open_object(f->new_cache, NULL);
}

static bool is_stored(const char *path, const char *text, size_t len)
{
	struct buf b = BUF_INIT;
	bool same = file_read(path, MAX_CACHE, &b) == 0 && b.len == len &&
	    memcmp(buf_str(&b), text, len) == 0;

	buf_free(&b);
	return same;
}

static void save_cache(struct folder *f)
{
	char *path = cache_path(f->sc, f->env.state_dir), *text;
	size_t len;

	json_close(f->new_cache);
	text = json_writer_end(f->new_cache, &len);
	f->new_cache = NULL;
	if (!is_stored(path, text, len) &&
	    file_write(path, text, len, 0600) != 0)
		log_warning("%s: %s", path, strerror(errno));
	free(text);
	free(path);
	map_free(f->cache, NULL);
	json_free(f->cached);
	f->cache = NULL;
	f->cached = NULL;
}

/* ---- reading the folder ---- */

/* What a cached file or archive held: an array of {member, media}, and of
 * {error} for what could not be read. */
static void add_cached(struct folder *f, const char *path,
    const struct json *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		const char *member = json_get_string(v, "member");
		struct media media;

		if (media_from_json(&media, json_get(v, "media")) != 0)
			continue;
		f->items = grow(f->items, &f->cap, f->count,
		    sizeof(*f->items));
		f->items[f->count++] = (struct offered_file){ .media = media,
			.archive = member != NULL ? xstrdup(path) : NULL,
			.member = xstrdup(member),
			.ref = ref_of(path, member) };
	}
}

/* Adds what the file in fd is to list, in the form of add_cached. ITEM_FAILED
 * with error: it is no audio. */
static enum outcome probe(struct folder *f, int fd, const char *path,
    const char *member, struct json_writer *list, struct error *error)
{
	const struct media_service *e = f->env.media_service;
	struct media m = { .identity = "" };
	struct error reason;
	enum outcome o = e->probe(e->self, fd, &m, &reason);

	if (o == DONE) {
		json_open_object(list, NULL);
		json_put_string_if(list, "member", member);
		media_to_json(&m, list, "media");
		json_close(list);
	} else {
		char *ref = ref_of(path, member);

		error_set(error, o, "%s: %s", ref, reason.text);
		free(ref);
	}
	media_free(&m);
	return o;
}

/* Logs it once and caches it. */
static void record_unreadable(struct json_writer *list,
    const struct error *error)
{
	log_warning("%s", error->text);
	json_open_object(list, NULL);
	json_put_string(list, "error", error->text);
	json_close(list);
}

struct unpacking {
	struct folder *f;
	struct json_writer *list;
	const char *path;
	char *tmp;
	enum outcome outcome;
	struct error *error;
};

static int read_member(void *ctx, struct archive_walk *w, const char *member)
{
	struct unpacking *u = ctx;
	char *name;
	int fd = file_open_unnamed(u->tmp, 0600, &name);

	if (fd < 0) {
		u->outcome = file_cant_write(u->tmp, errno, RUN_LATER,
		    u->error);
		return 1;
	}
	u->outcome = archive_extract_current(w, fd, u->error);
	if (u->outcome == DONE) {
		u->outcome = probe(u->f, fd, u->path, member, u->list,
		    u->error);
		if (u->outcome == ITEM_FAILED) {
			record_unreadable(u->list, u->error);
			u->outcome = DONE;
		}
	}
	close(fd);
	if (name != NULL)
		unlink(name);
	free(name);
	return u->outcome != DONE;
}

static enum outcome read_archive(struct folder *f, const char *path,
    struct json_writer *list, struct error *error)
{
	struct unpacking u = { .f = f, .list = list, .path = path,
		.tmp = path_join(f->env.state_dir, STATE_TMP),
		.error = error };
	enum outcome o = archive_each_audio(path, f->env.cfg->fetch.max_size,
	    read_member, &u, error);

	free(u.tmp);
	return o == DONE ? u.outcome : o;
}

/* What the file or archive holds, as a list for the cache (caller frees). */
static enum outcome read_contents(struct folder *f, const char *path,
    bool is_archive, char **text, size_t *len)
{
	struct json_writer *list = json_writer_new(false);
	struct error error;
	enum outcome o = DONE;
	int fd;

	json_open_array(list, NULL);
	if (is_archive) {
		o = read_archive(f, path, list, &error);
	} else if ((fd = file_open(path)) >= 0) {
		o = probe(f, fd, path, NULL, list, &error);
		close(fd);
	}
	if (o == ITEM_FAILED)
		record_unreadable(list, &error);
	else if (o != DONE && o != STOPPED)
		log_warning("%s", error.text);
	json_close(list);
	*text = json_writer_end(list, len);
	return o == ITEM_FAILED ? DONE : o;
}

/* Adds the contents of a file or archive, read or from the cache, to the offers
 * and to the new cache. */
static enum outcome read_or_reuse(struct folder *f, const char *path,
    const struct stat *st, bool is_archive)
{
	char *stamp = cache_key(path, st), *text = NULL, *later = NULL;
	const struct json *known = map_get_str(f->cache, stamp);
	struct json *contents;
	struct stat after;
	enum outcome o = DONE;
	size_t len;

	if (known != NULL) {
		add_cached(f, path, known);
		json_put_tree(f->new_cache, stamp, known);
		free(stamp);
		return DONE;
	}
	o = read_contents(f, path, is_archive, &text, &len);
	/* A file that changed meanwhile is left for the next run. */
	if (o == DONE && lstat(path, &after) == 0) {
		later = cache_key(path, &after);
		if (strcmp(stamp, later) == 0) {
			contents = json_parse(text, len, NULL);
			add_cached(f, path, contents);
			json_free(contents);
			json_put_raw(f->new_cache, stamp, text, len);
		}
	}
	free(later);
	free(text);
	free(stamp);
	return o;
}

static void on_name(void *ctx, const struct walk_name *n)
{
	struct folder *f = ctx;
	bool is_archive = f->sc->archives && archive_name_is_one(n->name);
	struct stat st;
	char *path;

	if (f->outcome != DONE || *n->name == '.' ||
	    (!is_archive && !file_name_is_audio(n->name)) ||
	    fstatat(n->folder, n->name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode) || st.st_size == 0 ||
	    f->files++ >= MAX_FILES)
		return;
	path = path_join(f->sc->path, n->path);
	f->outcome = read_or_reuse(f, path, &st, is_archive);
	free(path);
}

static void on_error(void *ctx, const char *path, int error)
{
	const struct folder *f = ctx;

	log_warning("%s/%s: %s", f->sc->path, path, strerror(error));
}

/* ---- as a source ---- */

static void offer_as_candidate(const struct offered_file *o,
    struct candidate *c)
{
	const struct tags *t = &o->media.tags;
	const char *name = path_base(o->member != NULL ? o->member : o->ref);
	const char *dot = strrchr(name, '.');

	c->ref = xstrdup(o->ref);
	/* Without tags the file name has artist and title. */
	c->title = t->title != NULL ? xstrdup(t->title) : xstrndup(name,
	    dot != NULL ? (size_t)(dot - name) : strlen(name));
	c->artist = t->title != NULL ? xstrdup(t->artist) : NULL;
	c->album = xstrdup(t->album);
	c->isrc = xstrdup(t->isrc);
	/* Encoders pad: ignore fractions of a second. */
	c->duration_s = ceil((double)o->media.duration_ms / 1000 - 0.5);
	c->lossless = o->media.lossless;
}

static enum outcome folder_search(void *self, const struct track *t,
    const char *query, struct candidates *out, struct error *error)
{
	const struct folder *f = self;

	(void)t, (void)query, (void)error;
	for (size_t i = 0; i < f->count; i++)
		offer_as_candidate(&f->items[i], candidates_add(out));
	return DONE;
}

static const struct offered_file *find_offer(const struct folder *f,
    const char *ref)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->items[i].ref, ref) == 0)
			return &f->items[i];
	return NULL;
}

struct wanted_member {
	const char *member;
	int fd;
	enum outcome outcome;
	struct error *error;
};

static int extract_wanted(void *ctx, struct archive_walk *w,
    const char *member)
{
	struct wanted_member *want = ctx;

	if (strcmp(member, want->member) != 0)
		return 0;
	want->outcome = archive_extract_current(w, want->fd, want->error);
	return 1;
}

static enum outcome get_member(const struct folder *f,
    const struct offered_file *o, int fd, struct error *error)
{
	struct wanted_member want = { .member = o->member, .fd = fd,
		.error = error };
	enum outcome r;

	want.outcome = error_set(error, ITEM_FAILED, "%s: no longer exists",
	    o->ref);
	r = archive_each_audio(o->archive, f->env.cfg->fetch.max_size,
	    extract_wanted, &want, error);
	return r != DONE ? r : want.outcome;
}

static enum outcome defer_file(const struct offered_file *o, const char *what,
    struct error *error)
{
	error_set(error, ITEM_FAILED, "%s: %s: the next run tries again",
	    o->ref, what);
	error->reason = SOURCE_NOT_NOW;
	return ITEM_FAILED;
}

/* Copies a file that nobody writes to meanwhile; fills stamp. */
static enum outcome get_copy(const struct offered_file *o, int fd,
    struct stamp *stamp, struct error *error)
{
	int from = file_open_at(AT_FDCWD, o->ref, O_RDONLY | O_NOFOLLOW);
	struct stamp after;
	enum outcome r = DONE;

	if (from < 0)
		return error_set(error, ITEM_FAILED, "%s: can't be copied: %s",
		    o->ref, file_strerror(errno));
	if (stamp_take(from, stamp) != 0 ||
	    file_copy(from, fd, -1, NULL) != 0 ||
	    stamp_take(from, &after) != 0)
		r = error_set(error, RUN_LATER, "%s: can't be copied: %s",
		    o->ref, strerror(errno));
	else if (stamp_has_writer(from))
		r = defer_file(o, "another program is writing to it", error);
	else if (!stamp_equal(stamp, &after))
		r = defer_file(o, "changed while it was copied", error);
	close(from);
	return r;
}

static enum outcome folder_get(void *self, const struct track *t,
    const struct candidate *c, const char *folder, struct delivery *out,
    struct error *error)
{
	const struct folder *f = self;
	const struct offered_file *o = find_offer(f, c->ref);
	enum outcome r;
	int fd;

	(void)t;
	memset(out, 0, sizeof(*out));
	if (o == NULL)
		return error_set(error, ITEM_FAILED, "%s: no longer exists",
		    c->ref);
	out->keep_tags = true;
	if (f->sc->action == FOLDER_LINK && o->archive == NULL) {
		out->path = xstrdup(o->ref);
		out->as_is = true;
		return DONE;
	}
	out->path = path_join(folder, "purchase");
	fd = open(out->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_cant_write(out->path, errno, RUN_LATER, error);
	r = o->archive != NULL ? get_member(f, o, fd, error) :
	    get_copy(o, fd, &out->stamp, error);
	close(fd);
	if (r == DONE && f->sc->action == FOLDER_MOVE && o->archive == NULL)
		out->original = xstrdup(o->ref);
	return r;
}

static enum outcome folder_check(void *self, char *version, size_t size,
    struct error *error)
{
	const struct folder *f = self;

	(void)error;
	snprintf(version, size, "%zu files in %s", f->count,
	    f->sc->path);
	return DONE;
}

static void folder_free(void *self)
{
	struct folder *f = self;

	for (size_t i = 0; i < f->count; i++) {
		free(f->items[i].ref);
		free(f->items[i].archive);
		free(f->items[i].member);
		media_free(&f->items[i].media);
	}
	free(f->items);
	free(f);
}

/* Of equal matches the matcher takes the first. */
static int better_first(const void *a, const void *b)
{
	const struct offered_file *x = a, *y = b;
	const struct media *p = &x->media, *q = &y->media;

	if (p->lossless != q->lossless)
		return p->lossless ? -1 : 1;
	if (p->bitrate != q->bitrate)
		return p->bitrate > q->bitrate ? -1 : 1;
	return strcmp(x->ref, y->ref);
}

enum outcome folder_source(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error)
{
	struct folder *f;
	struct walk walk = { .root = sc->path, .on_name = on_name,
		.on_error = on_error };
	struct stat st;

	if (sc->path == NULL || stat(sc->path, &st) != 0 ||
	    !S_ISDIR(st.st_mode))
		return error_set(error, SERVICE_FAILED, "%s: no such folder: "
		    "create it, or set [source.%s] path", sc->path != NULL ?
		    sc->path : "(no path)", sc->name);
	walk.ctx = f = xcalloc(1, sizeof(*f));
	f->sc = sc;
	f->env = *env;
	load_cache(f);
	if (walk_folders(&walk) != 0)
		on_error(f, "", errno);
	save_cache(f);
	if (f->count > 0)
		qsort(f->items, f->count, sizeof(*f->items), better_first);
	*s = (struct source){ .name = sc->name, .remote = false, .self = f,
		.lossless = true,
		.search = folder_search, .get = folder_get,
		.check = folder_check, .free = folder_free };
	if (f->outcome == DONE || f->outcome == STOPPED)
		return DONE;
	folder_free(f);
	return error_set(error, SERVICE_FAILED, "%s: can't be read completely",
	    sc->path);
}

void folder_each_unreadable(const struct source_config *sc,
    const char *state_dir, folder_unreadable *each, void *ctx)
{
	char *path_of_cache = cache_path(sc, state_dir);
	struct json *cache = json_read(path_of_cache, MAX_CACHE);

	for (size_t i = 0; i < json_count(cache); i++) {
		const char *key = json_key_at(cache, i);
		const struct json *list = json_value_at(cache, i);
		char *path = xstrndup(key, strcspn(key, "\n")), *now = NULL;
		struct stat st;

		/* A file that changed since may be readable now. */
		if (lstat(path, &st) == 0)
			now = cache_key(path, &st);
		for (size_t k = 0; now != NULL && strcmp(now, key) == 0 &&
		    k < json_count(list); k++) {
			const char *text = json_get_string(json_at(list, k),
			    "error");

			if (text != NULL)
				each(ctx, sc->name, path, text);
		}
		free(now);
		free(path);
	}
	json_free(cache);
	free(path_of_cache);
}
