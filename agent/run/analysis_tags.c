/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * analysis_tags: on request, tempo, key and energy as tags of the files that
 * likesync itself fetched. Provenance and the file's own SOURCE tag must both
 * say that it is one; a file with another name (a hard link) is none.
 *
 * A file is never written to: a copy without a name is tagged and proved to have
 * all audio packets of the file; it gets a temporary name, and the two exchange
 * their names in one step. What was at the name is removed after it is seen to
 * be the file that was copied, and put back if it is not. After a kill the file
 * is the old or the new one, whole, and the scan removes the other.
 */
#include "run/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "base/stop.h"
#include "library/place.h"
#include "types/written_tags.h"

/* A file that is tagged. */
struct retagging {
	struct run_context *run;
	const char *name;	/* in its folder */
	int folder, fd;		/* fd: of the file, read-only */
	struct stamp before;	/* of the file */
	mode_t mode;
	uid_t owner;
	gid_t group;
	int copy;		/* descriptor of the tagged copy; -1: none */
	char *temporary;	/* its name in folder; NULL: none yet */
};

static enum outcome open_file(struct retagging *r, const struct file *f,
    struct error *error)
{
	const char *library = r->run->cfg->library.path;
	int root = open(library, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *folder = strchr(f->path, '/') != NULL ? path_dir(f->path) : NULL;
	struct stat st;

	r->name = path_base(f->path);
	r->folder = root >= 0 && folder != NULL ? file_open_below(root,
	    folder, O_PATH | O_DIRECTORY) : root;
	if (folder != NULL && root >= 0)
		close(root);
	free(folder);
	if (r->folder >= 0)
		r->fd = file_open_below(r->folder, r->name, O_RDONLY);
	if (r->fd < 0 || fstat(r->fd, &st) != 0)
		return error_set(error, ITEM_FAILED, "%s",
		    file_strerror(errno));
	r->before = stamp_of(&st);
	r->mode = st.st_mode & 07777;
	r->owner = st.st_uid;
	r->group = st.st_gid;
	if (st.st_nlink != 1)
		return error_set(error, ITEM_FAILED, "it has another name, "
		    "too (a hard link)");
	if (r->before.size != f->size || r->before.mtime_ns != f->mtime_ns ||
	    stamp_has_writer(r->fd))
		return error_set(error, ITEM_FAILED, "another program is "
		    "writing to it");
	return disk_room(library, r->run->cfg->library.max_disk_usage,
	    r->run->cfg->library.min_free, (uint64_t)st.st_size, error);
}

/* Fills r->copy with the file, tagged, and media with what it is then. */
static enum outcome make_copy(struct retagging *r, const struct tags *tags,
    struct media *media, struct error *error)
{
	const struct media_service *e = &r->run->media_service;
	char ours[STREAM_LEN + 1], theirs[STREAM_LEN + 1];
	struct media old = { .identity = "" };
	enum outcome o;

	r->copy = file_open_unnamed_at(r->folder, ".", 0600, &r->temporary);
	if (r->copy < 0 || file_copy(r->fd, r->copy, -1, NULL) != 0)
		return file_cant_write(r->run->cfg->library.path, errno,
		    RUN_LATER, error);
	o = e->prove(e->self, r->fd, &old, theirs, error);
	if (o == DONE)
		o = e->tag(e->self, r->copy, tags, NULL, 0, error);
	if (o == DONE)
		o = e->prove(e->self, r->copy, media, ours, error);
	if (o == DONE && (strcmp(ours, theirs) != 0 ||
	    strcmp(old.identity, media->identity) != 0))
		o = error_set(error, ITEM_FAILED, "tags would change its "
		    "audio");
	media_free(&old);
	/* The owner stays where the system lets us. */
	if (o == DONE && (fchown(r->copy, r->owner, r->group) != 0 ||
	    fchmod(r->copy, r->mode) != 0) && fchmod(r->copy, r->mode) != 0)
		o = error_set(error, ITEM_FAILED, "%s", strerror(errno));
	return o;
}

/* Is what has that name the file that was copied, and was nothing written to
 * it? Renaming changes ctime. */
static bool is_the_file(const struct retagging *r, const char *name)
{
	struct stamp named, opened, copied = r->before;
	struct stat st;

	if (fstatat(r->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    stamp_take(r->fd, &opened) != 0)
		return false;
	named = stamp_of(&st);
	copied.ctime_ns = opened.ctime_ns;
	return stamp_equal(&named, &opened) && stamp_equal(&copied, &opened) &&
	    !stamp_has_writer(r->fd);
}

static int exchange(const struct retagging *r)
{
	return renameat2(r->folder, r->temporary, r->folder, r->name,
	    RENAME_EXCHANGE);
}

/* Gives the copy the file's name. */
static enum outcome swap(struct retagging *r, struct error *error)
{
	uint8_t random[3];
	char hex[2 * sizeof(random) + 1];

	if (r->temporary == NULL) {
		char *name;

		random_bytes(random, sizeof(random));
		hex_encode(random, sizeof(random), hex);
		name = xasprintf(".likesync-%s.tmp", hex);
		if (file_link_unnamed_at(r->copy, NULL, r->folder, name) != 0) {
			free(name);
			return error_set(error, ITEM_FAILED, "%s",
			    strerror(errno));
		}
		r->temporary = name;
	} else if (fsync(r->copy) != 0) {
		return file_cant_write(r->name, errno, RUN_LATER, error);
	}
	if (!is_the_file(r, r->name))
		return error_set(error, ITEM_FAILED, "it has changed since");
	if (exchange(r) != 0)
		return error_set(error, ITEM_FAILED, "its file system can't "
		    "exchange two files: %s", strerror(errno));
	if (is_the_file(r, r->temporary)) {
		file_sync_folder(r->folder, ".");
		return DONE;
	}
	if (exchange(r) == 0)
		return error_set(error, ITEM_FAILED, "it has changed since");
	/* What another program wrote is not removed. */
	error_set(error, ITEM_FAILED, "it has changed since, and is %s now",
	    r->temporary);
	free(r->temporary);
	r->temporary = NULL;
	return ITEM_FAILED;
}

static void close_file(struct retagging *r)
{
	/* The other one of the two; never what another program wrote. */
	if (r->temporary != NULL)
		unlinkat(r->folder, r->temporary, 0);
	free(r->temporary);
	if (r->copy >= 0)
		close(r->copy);
	if (r->fd >= 0)
		close(r->fd);
	if (r->folder >= 0)
		close(r->folder);
}

/* The scan finds what the index has, so it does not open the file again. */
static enum outcome note_file(struct retagging *r, const struct file *f,
    const struct media *media, struct error *error)
{
	struct index *x = r->run->index;
	struct file now = *f;
	struct stat st;
	enum outcome o;

	if (fstat(r->copy, &st) != 0)
		return DONE;	/* the scan finds it changed */
	now.media = *media;
	now.size = st.st_size;
	now.mtime_ns = stamp_of(&st).mtime_ns;
	now.inode = st.st_ino;
	o = index_begin(x, error);
	if (o != DONE)
		return o;
	o = index_put_file(x, &now, error);
	if (o == DONE)
		return index_commit(x, error);
	index_abort(x);
	return o;
}

static enum outcome retag(struct run_context *run, const struct file *f,
    const struct written_tags *values, char *text, struct error *error)
{
	struct retagging r = { .run = run, .folder = -1, .fd = -1,
		.copy = -1 };
	char key[sizeof(values->key)];
	struct tags tags = { .bpm = values->bpm, .energy = values->energy,
		.key = values->key[0] != '\0' ? key : NULL,
		.analysis = text };
	struct media media = { .identity = "" };
	enum outcome o = open_file(&r, f, error);

	memcpy(key, values->key, sizeof(key));
	if (o == DONE)
		o = make_copy(&r, &tags, &media, error);
	if (o == DONE)
		o = swap(&r, error);
	if (o == DONE)
		o = note_file(&r, f, &media, error);
	media_free(&media);
	close_file(&r);
	return o;
}

/* ---- which files ---- */

struct tagging {
	struct run_context *run;
	size_t written;
	enum outcome outcome;	/* of what ends the step */
	struct error error;
};

/* Is it the file that was placed? One that only has the same audio is the
 * user's. */
static bool is_fetched(const struct origin *o, const struct file *f)
{
	const char *source = f->media.tags.source;
	char *ours = xasprintf("%s %s", o->source, o->ref);
	bool is = o->placed && source != NULL && strcmp(source, ours) == 0;

	free(ours);
	return is;
}

static void tag_file(struct tagging *t, const struct file *f)
{
	const struct config *cfg = t->run->cfg;
	struct analysis_record r = { .analyzed = false };
	struct written_tags values;
	struct error error;
	char *text;
	enum outcome o = DONE;

	index_get_analysis(t->run->index, f->media.identity, &r);
	analysis_set_octave(&r.analysis, cfg->analysis.lowest_tempo);
	written_tags_choose(&r.analysis,
	    (enum key_notation)cfg->analysis.write_tags, &f->media.tags,
	    &values);
	text = written_tags_text(&values);
	if (*text != '\0' && (f->media.tags.analysis == NULL ||
	    strcmp(text, f->media.tags.analysis) != 0)) {
		o = retag(t->run, f, &values, text, &error);
		t->written += o == DONE;
	}
	if (o == ITEM_FAILED)
		log_warning("%s: its analysis is not written as tags: %s",
		    f->path, error.text);
	else if (o != DONE) {
		t->outcome = o;
		t->error = error;
	}
	free(text);
	analysis_record_free(&r);
}

static int tag_placed(void *ctx, const struct origin *o)
{
	struct tagging *t = ctx;
	struct index *x = t->run->index;
	struct file f;

	if (t->outcome != DONE || stop_requested())
		return 1;
	if (o->path != NULL && index_get_file(x, o->path, &f) == DONE &&
	    strcmp(f.media.identity, o->identity) == 0) {
		if (is_fetched(o, &f))
			tag_file(t, &f);
	} else {
		/* Moved since. */
		file_free(&f);
		if (index_find_identity(x, o->identity, &f) == DONE &&
		    is_fetched(o, &f))
			tag_file(t, &f);
	}
	file_free(&f);
	return 0;
}

enum outcome write_analysis_tags(struct run_context *run)
{
	struct tagging t = { .run = run, .outcome = DONE };

	if (run->cfg->analysis.write_tags == KEY_NOT_WRITTEN ||
	    is_settled(run))
		return DONE;
	provenance_each(run->provenance, tag_placed, &t);
	if (t.written > 0)
		log_info("tags: tempo, key and energy written to %zu files",
		    t.written);
	return note_outcome(run, t.outcome, &t.error) ? DONE : t.outcome;
}
