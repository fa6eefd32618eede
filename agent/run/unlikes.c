/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/unlikes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stop.h"
#include "library/place.h"

#define NOTE_WANTED "wanted.count"	/* tracks, when they were last not
					   short */

bool unlikes_is_short(size_t before, size_t now)
{
	size_t lost = now < before ? before - now : 0;

	return (now == 0 && before > 0) || (lost > SHORT_BY &&
	    lost * 100 > before * SHORT_BY_PERCENT);
}

struct unlikes {
	struct run_context *run;
	struct map *wanted;	/* keys of the tracks that are */
	bool is_short;		/* then nothing leaves the library */
	int moved, waiting;
	enum outcome outcome;
	struct error error;
};

static int note_wanted(void *ctx, const struct liked_song *s)
{
	struct unlikes *u = ctx;

	map_put_str(u->wanted, s->key, u);
	return 0;
}

static bool is_wanted(const struct unlikes *u, const char *key)
{
	return map_has_str(u->wanted, key) || jobs_want(u->run->jobs, key);
}

static int is_wanted_song(void *ctx, const struct song *s)
{
	return is_wanted(ctx, s->track.key);
}

/* ---- one file to another folder ---- */

static bool has_same_bytes(int a, int b)
{
	char x[65536], y[sizeof(x)];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(a, x, sizeof(x), at)) > 0) {
		ssize_t m = pread(b, y, (size_t)n, at);

		if (m != n || memcmp(x, y, (size_t)n) != 0)
			return false;
		at += n;
	}
	return n == 0 && pread(b, y, 1, at) == 0;
}

struct transfer {
	int folder, fd;		/* of the file that moves */
	const char *name;	/* there */
	struct place place;	/* where it goes */
};

static enum outcome cannot_move(const struct transfer *t, int errnum,
    struct error *error)
{
	return error_set(error, ITEM_FAILED, "%s/%s: %s can't be moved there: "
	    "%s", t->place.root, t->place.wanted, t->name, strerror(errnum));
}

/* The name may be taken by a copy that a killed run made. */
static enum outcome drop_if_copied(struct transfer *t, struct error *error)
{
	int there = openat(t->place.folder, path_base(t->place.wanted),
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat a, b;
	bool same = there >= 0 && fstat(there, &a) == 0 &&
	    fstat(t->fd, &b) == 0 && S_ISREG(a.st_mode) &&
	    has_same_bytes(t->fd, there);
	enum outcome o = DONE;

	if (!same)
		o = cannot_move(t, EEXIST, error);
	else if (a.st_ino != b.st_ino || a.st_dev != b.st_dev)
		o = unlinkat(t->folder, t->name, 0) == 0 ? DONE :
		    cannot_move(t, errno, error);
	if (there >= 0)
		close(there);
	return o;
}

/* To another file system: the copy is complete and synced before the file is
 * removed. */
static enum outcome copy_over(struct transfer *t, struct error *error)
{
	struct place p;
	struct stat st;
	enum outcome o;

	/* Made by a run that was killed before it removed the file. */
	if (fstatat(t->place.folder, path_base(t->place.wanted), &st,
	    AT_SYMLINK_NOFOLLOW) == 0)
		return drop_if_copied(t, error);
	o = place_open(&p, t->place.root, t->place.wanted, error);
	if (o != DONE)
		return o;
	if (file_copy(t->fd, p.fd, -1, NULL) != 0)
		o = file_cant_write(p.root, errno, RUN_ACT, error);
	if (o == DONE)
		o = place_commit(&p, p.wanted, error);
	place_close(&p);
	return o == DONE ? drop_if_copied(t, error) : o;
}

/* rel: below root; ITEM_FAILED: it stays where it is. */
static enum outcome transfer(const char *from_root, const char *from,
    const char *root, const char *rel, struct error *error)
{
	char *dir = strchr(from, '/') != NULL ? path_dir(from) : NULL;
	int at = open(from_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct transfer t = { .fd = -1, .name = path_base(from) };
	enum outcome o = place_enter(&t.place, root, rel, error);

	t.folder = at >= 0 && dir != NULL ? file_open_below(at, dir,
	    O_PATH | O_DIRECTORY) : at;
	if (t.folder >= 0)
		t.fd = file_open_below(t.folder, t.name, O_RDONLY);
	if (o == DONE && t.fd < 0)
		o = error_set(error, ITEM_FAILED, "%s/%s: %s", from_root,
		    from, file_strerror(errno));
	if (o == DONE && renameat2(t.folder, t.name, t.place.folder,
	    path_base(t.place.wanted), RENAME_NOREPLACE) == 0)
		file_sync_folder(t.place.folder, ".");
	else if (o == DONE && errno == EEXIST)
		o = drop_if_copied(&t, error);
	else if (o == DONE && (errno == EXDEV || errno == EINVAL ||
	    errno == ENOSYS || errno == EOPNOTSUPP))
		o = copy_over(&t, error);
	else if (o == DONE)
		o = cannot_move(&t, errno, error);
	if (t.fd >= 0)
		close(t.fd);
	if (t.folder >= 0 && t.folder != at)
		close(t.folder);
	if (at >= 0)
		close(at);
	place_close(&t.place);
	free(dir);
	return o;
}

/* A free path for rel below root, whose folders are made; NULL with error. */
static char *reserve(const char *root, const char *rel, struct error *error,
    enum outcome *o)
{
	struct place p;
	char *name = NULL;

	*o = place_enter(&p, root, rel, error);
	if (*o == DONE)
		name = place_free_name(&p);
	/* The folder is missing, or its disk is not mounted. */
	else if (*o == RUN_FAILED)
		*o = RUN_ACT;
	place_close(&p);
	return name;
}

/* ---- to the cold folder ---- */

static bool exists(const char *root, const char *rel)
{
	char *path = path_join(root, rel);
	struct stat st;
	bool is = lstat(path, &st) == 0;

	free(path);
	return is;
}

/* What is recorded in d is done, or nothing of it; a kill may have come at any
 * moment. */
static enum outcome finish_cooling(struct unlikes *u, const struct takedown *d)
{
	const char *library = u->run->cfg->library.path;
	char *dir = path_dir(d->cold);
	enum outcome o = DONE;

	if (exists(library, d->path))
		o = transfer(library, d->path, dir, path_base(d->cold),
		    &u->error);
	if (o == DONE)
		o = index_remove_file(u->run->index, d->path, &u->error);
	if (o == DONE)
		o = takedowns_end(u->run->takedowns, d->key, TAKEDOWN_COLD,
		    &u->error);
	if (o == DONE)
		log_info("moved %s to the cold folder: %s is no longer wanted",
		    d->path, d->label);
	free(dir);
	return o;
}

static enum outcome cool(struct unlikes *u, const struct song *s,
    const struct file *f)
{
	const char *root = u->run->cfg->library.cold;
	struct takedown d = { .key = s->track.key, .state = TAKEDOWN_COOLING,
		.label = track_label(&s->track),
		.identity = (char *)(uintptr_t)f->media.identity,
		.path = f->path, .doc_id = f->doc_id,
		.added_at = f->added_at };
	enum outcome o;
	char *rel = reserve(root, f->path, &u->error, &o);

	if (o == DONE) {
		d.cold = path_join(root, rel);
		o = takedowns_begin(u->run->takedowns, &d, &u->error);
	}
	if (o == DONE)
		o = finish_cooling(u, takedowns_of(u->run->takedowns,
		    d.key));
	u->moved += o == DONE;
	free(d.cold);
	free(d.label);
	free(rel);
	return o;
}

struct file_choice {
	struct file *file;
	bool found;
};

/* Only a file that likesync wrote itself: it says where it came from. */
static int choose_file(void *ctx, const struct file *f)
{
	struct file_choice *c = ctx;

	if (f->media.tags.source == NULL)
		return 0;
	c->file->path = xstrdup(f->path);
	c->file->doc_id = xstrdup(f->doc_id);
	c->file->added_at = f->added_at;
	memcpy(c->file->media.identity, f->media.identity,
	    sizeof(f->media.identity));
	c->found = true;
	return 1;
}

/* Since when it is unwanted is noted in the index: without it, the grace time
 * begins again. */
static enum outcome consider(struct unlikes *u, struct song *s,
    const struct origin *o)
{
	int64_t now = clock_wall();
	struct file f;
	struct file_choice c = { .file = &f };
	enum outcome r = DONE;

	file_init(&f);
	index_each_copy(u->run->index, o->identity, choose_file, &c);
	if (!c.found || pins_of(u->run->pins, o->key) != NULL ||
	    index_each_song_of(u->run->index, o->identity, is_wanted_song,
	    u) != 0) {
		;
	} else if (s->unwanted_since == 0 || s->unwanted_since > now) {
		s->unwanted_since = now;
		r = index_put_song(u->run->index, s, &u->error);
	} else if (now - s->unwanted_since <
	    u->run->cfg->library.unlike_grace) {
		;
	} else if (u->moved >= u->run->cfg->library.unlike_limit) {
		u->waiting++;
	} else {
		r = cool(u, s, &f);
	}
	file_free(&f);
	return r;
}

static int consider_origin(void *ctx, const struct origin *o)
{
	struct unlikes *u = ctx;
	const struct takedown *d = takedowns_of(u->run->takedowns, o->key);
	struct song s;

	/* One that could not be finished is tried again by the next run. */
	if (d != NULL && (d->state == TAKEDOWN_COOLING ||
	    d->state == TAKEDOWN_RETURNING))
		return 0;
	if (!o->placed || is_wanted(u, o->key) ||
	    provenance_of_track(u->run->provenance, o->key) != o ||
	    index_get_song(u->run->index, o->key, &s) != DONE)
		return 0;
	u->outcome = consider(u, &s, o);
	song_free(&s);
	if (u->outcome == ITEM_FAILED) {
		log_warning("%s", u->error.text);
		u->outcome = DONE;
	}
	return u->outcome != DONE || stop_requested();
}

/* ---- and back ---- */

static enum outcome index_returned(struct unlikes *u, const struct takedown *d)
{
	const struct media_service *e = &u->run->media_service;
	char *path = path_join(u->run->cfg->library.path, d->path);
	struct file f;
	struct stat st;
	int fd = file_open(path);
	enum outcome o;

	file_init(&f);
	o = fd >= 0 && fstat(fd, &st) == 0 ? e->probe(e->self, fd, &f.media,
	    &u->error) : ITEM_FAILED;
	if (o == DONE) {
		f.path = xstrdup(d->path);
		f.doc_id = xstrdup(d->doc_id);
		f.added_at = d->added_at;
		f.size = st.st_size;
		f.mtime_ns = st.st_mtim.tv_sec * 1000000000LL +
		    st.st_mtim.tv_nsec;
		f.inode = st.st_ino;
		o = index_put_file(u->run->index, &f, &u->error);
	} else if (o == ITEM_FAILED) {
		o = DONE;	/* the scan says why it can't be read */
	}
	if (fd >= 0)
		close(fd);
	file_free(&f);
	free(path);
	return o;
}

static enum outcome finish_return(struct unlikes *u, const struct takedown *d)
{
	const char *library = u->run->cfg->library.path;
	char *dir = path_dir(d->cold);
	enum outcome o = DONE;

	if (access(d->cold, F_OK) == 0)
		o = transfer(dir, path_base(d->cold), library, d->path,
		    &u->error);
	if (o == DONE)
		o = index_returned(u, d);
	if (o == DONE)
		o = takedowns_end(u->run->takedowns, d->key,
		    TAKEDOWN_RETURNED, &u->error);
	if (o == DONE)
		log_info("moved %s back to the library: %s is wanted again",
		    d->path, d->label);
	free(dir);
	return o;
}

static enum outcome begin_return(struct unlikes *u, const struct takedown *d)
{
	struct takedown back = *d;
	enum outcome o;

	/* It was removed there, or is in the library again. */
	if (access(d->cold, F_OK) != 0 || (d->identity != NULL &&
	    index_has_identity(u->run->index, d->identity)))
		return DONE;
	back.state = TAKEDOWN_RETURNING;
	back.key = xstrdup(d->key);
	back.path = reserve(u->run->cfg->library.path, d->path, &u->error, &o);
	if (o == DONE)
		o = takedowns_begin(u->run->takedowns, &back, &u->error);
	if (o == DONE)
		o = finish_return(u, takedowns_of(u->run->takedowns,
		    back.key));
	free(back.path);
	free(back.key);
	return o;
}

static int settle_takedown(void *ctx, const struct takedown *d)
{
	struct unlikes *u = ctx;

	u->outcome = DONE;
	if (d->state == TAKEDOWN_COOLING && is_wanted(u, d->key) &&
	    access(d->cold, F_OK) != 0 &&
	    exists(u->run->cfg->library.path, d->path))
		u->outcome = takedowns_end(u->run->takedowns, d->key,
		    TAKEDOWN_RETURNED, &u->error);
	else if (d->state == TAKEDOWN_COOLING)
		u->outcome = finish_cooling(u, d);
	else if (d->state == TAKEDOWN_RETURNING)
		u->outcome = finish_return(u, d);
	if (u->outcome == DONE && d->state == TAKEDOWN_COLD &&
	    is_wanted(u, d->key))
		u->outcome = begin_return(u, d);
	if (u->outcome == ITEM_FAILED) {
		log_warning("%s: the next run tries again", u->error.text);
		u->outcome = DONE;
	}
	return u->outcome != DONE;
}

/* ---- the step ---- */

/* Without its folder, what comes back would be fetched a second time. */
static enum outcome check_folder(struct unlikes *u)
{
	const char *cold = u->run->cfg->library.cold;

	if (access(cold, F_OK) != 0)
		return error_set(&u->error, RUN_CONFIG, "%s: the folder of "
		    "library.cold is not there: mount its disk or create it",
		    cold);
	return !file_is_within(cold, u->run->cfg->library.path) ? DONE :
	    error_set(&u->error, RUN_CONFIG, "%s: library.cold leads into the "
	    "library: choose a folder outside it", cold);
}

/* A person has to say whether that is right: told once a day. */
static void tell_short(struct run_context *run, size_t now, int64_t before)
{
	struct error error;

	error_set(&error, RUN_ACT, "%zu tracks are wanted, %lld were before: "
	    "no file is moved to the cold folder; if you unliked them, run "
	    "`likesync sync --accept-unlikes`", now, (long long)before);
	if (alerts_tell(&run->alerts, "unlikes", run->sum->started))
		note_outcome(run, RUN_ACT, &error);
	else
		log_warning("%s", error.text);
}

/* Whether the lists are short; else the number of wanted tracks is what later
 * ones are compared with. */
static enum outcome check_lists(struct unlikes *u)
{
	struct index *x = u->run->index;
	size_t now = map_count(u->wanted);
	int64_t before = index_get_note_int(x, NOTE_WANTED, 0);

	u->is_short = !u->run->opt->accept_unlikes && before > 0 &&
	    unlikes_is_short((size_t)before, now);
	if (u->is_short)
		tell_short(u->run, now, before);
	return u->is_short || (int64_t)now == before ? DONE :
	    index_put_note_int(x, NOTE_WANTED, (int64_t)now, &u->error);
}

enum outcome settle_unlikes(struct run_context *run)
{
	struct unlikes u = { .run = run, .wanted = map_new() };
	bool cold = run->cfg->library.on_unlike == UNLIKE_COLD;

	if (run->opt->dry_run || run->opt->scan_only) {
		map_free(u.wanted, NULL);
		return DONE;
	}
	index_each_liked(run->index, note_wanted, &u);
	if (cold)
		u.outcome = check_folder(&u);
	if (u.outcome == DONE)
		takedowns_each(run->takedowns, settle_takedown, &u);
	/* Only after all lists were read in this run. */
	if (u.outcome == DONE && cold && run->lists_read) {
		u.outcome = check_lists(&u);
		if (u.outcome == DONE && !u.is_short)
			provenance_each(run->provenance, consider_origin, &u);
	}
	if (u.waiting > 0)
		log_info("unliked: %d more files move to the cold folder in "
		    "later runs", u.waiting);
	map_free(u.wanted, NULL);
	return note_outcome(run, u.outcome, &u.error) ? DONE : u.outcome;
}
