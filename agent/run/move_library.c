/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/move_library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stop.h"
#include "library/moves.h"
#include "library/place.h"
#include "run/context.h"
#include "run/layouts.h"
#include "run/left_folders.h"

#define BATCH_FILES 256		/* in one transaction: each costs a sync */
#define BATCH_MS 1000		/* the most work that a kill can lose */

struct library_move {
	struct run_context *run;
	enum move_which which;
	struct move_report *report;
	struct layouts *layouts;
	struct map *keys;	/* identity -> key of the track that it was
				   placed for, owned */
	struct moves moves;
	struct left_folders *left;
	int root;		/* the library */
	struct place place;	/* the folder of the last step, if is_open */
	bool is_open;
	size_t batch;
	int64_t batch_began;
};

/* ---- the track of a file ---- */

static int note_placed(void *ctx, const struct origin *o)
{
	struct library_move *m = ctx;

	if (o->placed)
		free(map_put_str(m->keys, o->identity, xstrdup(o->key)));
	return 0;
}

static int copy_wanted(void *ctx, const struct song *s)
{
	struct track *t = ctx;
	bool is_wanted = s->liked || s->listed;

	if (t->key != NULL && !is_wanted)
		return 0;
	track_free(t);
	track_copy(t, &s->track);
	return is_wanted;
}

static bool track_of_tags(const struct tags *tags, struct track *t)
{
	if (tags->artist == NULL || tags->title == NULL)
		return false;
	track_add_artist(t, tags->artist);
	t->title = xstrdup(tags->title);
	t->album = xstrdup(tags->album);
	t->album_artist = xstrdup(tags->album_artist);
	t->release_date = xstrdup(tags->date);
	t->track_number = tags->track_number;
	t->disc_number = tags->disc_number;
	t->id = xstrdup(tags->spotify_id);
	track_set_key(t);
	return true;
}

/* The track that the file was placed for, else one that it is linked to, else
 * what its tags say, as far as these are wanted. */
static bool find_track(struct library_move *m, const struct file *f,
    struct track *t)
{
	const char *key = map_get_str(m->keys, f->media.identity);
	struct song s;
	bool known;

	/* A file that one of ours sounds like is linked to, and the user's. */
	if (m->which == MOVE_PLACED && f->media.tags.source == NULL)
		return false;
	known = key != NULL &&
	    index_get_song(m->run->index, key, &s) == DONE;

	if (known)
		track_copy(t, &s.track);
	if (key != NULL)
		song_free(&s);
	if (!known && (key != NULL || m->which >= MOVE_KNOWN))
		index_each_song_of(m->run->index, f->media.identity,
		    copy_wanted, t);
	if (t->key != NULL)
		return true;
	return (key != NULL || m->which == MOVE_ALL) &&
	    track_of_tags(&f->media.tags, t);
}

/* ---- what is to be done ---- */

static void keep(struct library_move *m, const char *path, const char *reason)
{
	struct kept_file *k = array_add(&m->report->kept, &m->report->cap_kept,
	    &m->report->n_kept, sizeof(*k));

	k->path = xstrdup(path);
	k->reason = xstrdup(reason);
}

static void add_file(struct library_move *m, const struct file *f,
    const struct track *t)
{
	const char *dot = strrchr(path_base(f->path), '.');
	const char *root = m->run->cfg->library.path;
	char *path = layouts_path(m->layouts, t, dot != NULL ? dot + 1 : "");
	char *wanted = place_resolve(root, path);
	struct stat st;

	if (wanted == NULL || fstatat(m->root, f->path, &st,
	    AT_SYMLINK_NOFOLLOW) != 0)
		;		/* gone, or out of reach */
	else if (strcmp(wanted, f->path) == 0)
		moves_add(&m->moves, f->path, wanted, f->media.identity,
		    f->added_at);
	else if (!S_ISREG(st.st_mode))
		keep(m, f->path, "a symbolic link");
	else if (left_folders_has_cue(m->left, f->path))
		keep(m, f->path, "a cue sheet in its folder may name it");
	else
		moves_add(&m->moves, f->path, wanted, f->media.identity,
		    f->added_at);
	free(wanted);
	free(path);
}

static int collect_file(void *ctx, const struct file *f)
{
	struct library_move *m = ctx;
	struct track t;

	left_folders_add(m->left, f->path);
	if (f->media.identity[0] == '\0')
		return 0;
	track_init(&t);
	if (find_track(m, f, &t))
		add_file(m, f, &t);
	else if (m->which == MOVE_ALL)
		keep(m, f->path, "no artist or title in its tags");
	track_free(&t);
	return stop_requested();
}

/* On a file system that takes names of different case for the same, the file
 * itself may have the name. */
static bool is_taken(void *ctx, const char *path, const char *by)
{
	const struct library_move *m = ctx;
	struct stat there, self;

	if (fstatat(m->root, path, &there, AT_SYMLINK_NOFOLLOW) != 0)
		return errno != ENOENT && errno != ENOTDIR;
	return fstatat(m->root, by, &self, AT_SYMLINK_NOFOLLOW) != 0 ||
	    self.st_ino != there.st_ino || self.st_dev != there.st_dev ||
	    self.st_nlink != 1;
}

static void report_plan(struct library_move *m)
{
	struct move_report *r = m->report;

	for (size_t i = 0; i < m->moves.count; i++) {
		const struct move *f = &m->moves.items[i];
		struct moved_file *file;

		if (f->original != NULL)
			keep(m, f->from, "the same recording as another file "
			    "of this path");
		else if (f->to == NULL)
			r->in_place++;
		file = array_add(&r->files, &r->cap, &r->count,
		    sizeof(*file));
		file->from = xstrdup(f->from);
		file->to = xstrdup(f->to);
		left_folders_move(m->left, f->from, f->to);
	}
}

static enum outcome make_plan(struct library_move *m, struct error *error)
{
	enum outcome o = run_layouts(m->run, &m->layouts, error);

	if (o != DONE)
		return o;
	m->root = open(m->run->cfg->library.path, O_PATH | O_DIRECTORY |
	    O_CLOEXEC);
	if (m->root < 0)
		return error_set(error, RUN_CONFIG, "%s: %s",
		    m->run->cfg->library.path, strerror(errno));
	m->left = left_folders_open(m->root, m->run->index);
	provenance_each(m->run->provenance, note_placed, m);
	if (index_each_file(m->run->index, collect_file, m) != 0)
		return STOPPED;
	moves_plan(&m->moves, is_taken, m);
	report_plan(m);
	return DONE;
}

/* ---- one step ---- */

static void close_place(struct library_move *m)
{
	if (m->is_open)
		place_close(&m->place);
	m->is_open = false;
}

/* Makes the folders of the path, or stays in the one that is open. */
static enum outcome enter(struct library_move *m, const char *to,
    struct error *error)
{
	char *folder = path_dir(to), *last = m->is_open ?
	    path_dir(m->place.wanted) : NULL;
	enum outcome o = DONE;

	if (last != NULL && strcmp(folder, last) == 0) {
		str_replace(&m->place.wanted, to);
	} else {
		close_place(m);
		o = place_enter(&m->place, m->run->cfg->library.path, to,
		    error);
		m->is_open = o == DONE;
	}
	free(last);
	free(folder);
	return o;
}

/* Not through links: what is behind them is not in the library. */
static enum outcome rename_file(struct library_move *m, const char *from,
    const char *to, struct error *error)
{
	char *folder = path_dir(from);
	int fd = strchr(from, '/') != NULL ? file_open_below(m->root, folder,
	    O_PATH | O_DIRECTORY) : dup(m->root);
	enum outcome o;

	if (fd < 0)
		o = error_set(error, ITEM_FAILED, "%s: %s", from,
		    strerror(errno));
	else
		o = enter(m, to, error);
	if (o == DONE)
		o = place_move(&m->place, fd, path_base(from), error);
	if (fd >= 0)
		close(fd);
	free(folder);
	return o;
}

/* Lyrics of the same name come first: when the audio is at its new path, all is
 * there. */
static void move_lyrics(struct library_move *m, const char *from,
    const char *to)
{
	char *old = left_folders_lyrics(from), *new = left_folders_lyrics(to);
	struct error error;
	struct stat st;

	if (old != NULL && new != NULL && fstatat(m->root, old, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    rename_file(m, old, new, &error) == DONE)
		m->report->others++;
	free(new);
	free(old);
}

static enum outcome move_record(struct library_move *m, const char *from,
    const char *to, struct error *error)
{
	struct index *x = m->run->index;
	struct file f;
	enum outcome o = index_get_file(x, from, &f);

	/* It is in the index, or the next scan finds it. */
	if (o == DONE) {
		str_replace(&f.path, to);
		o = index_remove_file(x, from, error);
		if (o == DONE)
			o = index_put_file(x, &f, error);
	} else {
		o = DONE;
	}
	file_free(&f);
	return o;
}

static enum outcome end_batch(struct library_move *m, struct error *error)
{
	m->batch = 0;
	return index_in_transaction(m->run->index) ?
	    index_commit(m->run->index, error) : DONE;
}

/* ITEM_FAILED: it stays where it is, and so does what waits for its name. */
static enum outcome make_step(struct library_move *m,
    const struct move_step *s, struct error *error)
{
	enum outcome o = DONE;

	if (!index_in_transaction(m->run->index)) {
		m->batch_began = clock_mono_ms();
		o = index_begin(m->run->index, error);
	}
	if (o != DONE)
		return o;
	move_lyrics(m, s->from, s->to);
	o = rename_file(m, s->from, s->to, error);
	if (o == DONE)
		o = move_record(m, s->from, m->place.wanted, error);
	if (o == DONE && (++m->batch >= BATCH_FILES ||
	    clock_mono_ms() - m->batch_began >= BATCH_MS))
		o = end_batch(m, error);
	return o;
}

static enum outcome make_steps(struct library_move *m, struct error *error)
{
	enum outcome o = DONE, last;

	for (size_t i = 0; i < m->moves.n_steps && o == DONE; i++) {
		const struct move_step *s = &m->moves.steps[i];
		struct moved_file *f = &m->report->files[s->move];

		if (stop_requested()) {
			o = STOPPED;
			break;
		}
		o = make_step(m, s, error);
		if (o == ITEM_FAILED) {
			str_replace(&f->error, error->text);
			o = DONE;
		} else if (o == DONE && strcmp(s->to, f->to) == 0) {
			f->moved = true;
			m->report->moved++;
		}
	}
	last = index_in_transaction(m->run->index) ? end_batch(m, o == DONE ?
	    error : NULL) : DONE;
	return o == DONE ? last : o;
}

/* ---- all of it ---- */

/* Entries of new files get their ids before the files move, so that the entries
 * follow: the document knows a moved file by them. */
static enum outcome prepare(struct run_context *run, bool apply)
{
	enum outcome o = scan_library(run);

	if (o == DONE && apply)
		o = finish_interrupted(run);
	if (o == DONE && apply)
		o = recover_analyses(run);
	if (o == DONE && apply)
		o = publish_document(run);
	if (o == DONE)
		o = run->sum->outcome;
	return o;
}

static enum outcome apply_moves(struct library_move *m, struct error *error)
{
	struct run_context *run = m->run;
	enum outcome o = left_folders_store(m->left, error);

	if (o == DONE)
		o = make_steps(m, error);
	if (o == DONE)
		o = left_folders_clear(m->left, &m->report->others, error);
	if (o != DONE && o != STOPPED)
		return o;
	error->text[0] = '\0';
	if (publish_document(run) == DONE)
		write_exports(run);
	return run->sum->outcome != DONE ? run->sum->outcome : o;
}

/* Entries that are only in place, or copies, are not listed as moves. */
static void drop_unmoved(struct move_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++) {
		struct moved_file f = r->files[i];

		r->failed += f.error != NULL;
		if (f.to == NULL)
			free(f.from);
		else
			r->files[n++] = f;
	}
	r->count = n;
}

enum outcome move_library(struct run_context *run, enum move_which which,
    bool apply, struct move_report *report, struct error *error)
{
	struct library_move m = { .run = run, .which = which, .report = report,
		.keys = map_new(), .root = -1 };
	enum outcome o = prepare(run, apply);

	if (o == DONE) {
		run_context_set_activity(run, "moving files");
		o = make_plan(&m, error);
		if (o == DONE && apply)
			o = apply_moves(&m, error);
		drop_unmoved(report);
	}
	close_place(&m);
	left_folders_free(m.left);
	moves_free(&m.moves);
	map_free(m.keys, free);
	if (m.root >= 0)
		close(m.root);
	return o;
}

void move_report_free(struct move_report *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->files[i].from);
		free(r->files[i].to);
		free(r->files[i].error);
	}
	for (size_t i = 0; i < r->n_kept; i++) {
		free(r->kept[i].path);
		free(r->kept[i].reason);
	}
	free(r->files);
	free(r->kept);
	memset(r, 0, sizeof(*r));
}
