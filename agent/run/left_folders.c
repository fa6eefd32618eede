/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/left_folders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "index/index.h"
#include "records/json_path.h"
#include "types/file.h"

#define NOTE_LEFT "place.left"

struct folder {
	size_t files, leaving;	/* audio files in it, and those that move to
				   another folder */
	char *to;		/* the one folder that they move to; or NULL */
	bool is_noted;		/* by an earlier call */
	bool is_read, has_cue;
};

struct left_folders {
	int root;
	struct index *index;
	struct map *folders;	/* path, "" for the library -> struct folder */
	bool is_noted;
};

static void free_folder(void *value)
{
	struct folder *f = value;

	free(f->to);
	free(f);
}

static struct folder *get(struct left_folders *l, const char *path)
{
	struct folder *f = map_get_str(l->folders, path);

	if (f == NULL) {
		f = xcalloc(1, sizeof(*f));
		map_put_str(l->folders, path, f);
	}
	return f;
}

/* "" for the library itself. */
static char *folder_of(const char *path)
{
	return strchr(path, '/') != NULL ? path_dir(path) : xstrdup("");
}

struct left_folders *left_folders_open(int root, struct index *x)
{
	struct left_folders *l = xcalloc(1, sizeof(*l));
	char *text = index_get_note(x, NOTE_LEFT);
	struct json *list = text != NULL ? json_parse(text, strlen(text),
	    NULL) : NULL;

	*l = (struct left_folders){ .root = root, .index = x,
		.folders = map_new() };
	for (size_t i = 0; i < json_count(list); i++) {
		char *path = json_path_get(json_at(list, i), "folder");
		struct folder *f = path != NULL ? get(l, path) : NULL;

		if (f != NULL && !f->is_noted) {
			f->to = json_path_get(json_at(list, i), "to");
			f->is_noted = l->is_noted = true;
		}
		free(path);
	}
	json_free(list);
	free(text);
	return l;
}

void left_folders_free(struct left_folders *l)
{
	if (l == NULL)
		return;
	map_free(l->folders, free_folder);
	free(l);
}

/* ---- which folders ---- */

void left_folders_add(struct left_folders *l, const char *path)
{
	char *folder = folder_of(path);

	get(l, folder)->files++;
	free(folder);
}

/* The target of a folder is that of all its files; of one from which some moved
 * before, that of the others too. */
void left_folders_move(struct left_folders *l, const char *from,
    const char *to)
{
	char *folder = folder_of(from), *target = to != NULL ? folder_of(to) :
	    NULL;
	struct folder *f = get(l, folder);

	if (target != NULL && strcmp(folder, target) != 0) {
		if (f->to == NULL && f->leaving == 0 && !f->is_noted)
			f->to = xstrdup(target);
		else if (f->to != NULL && strcmp(f->to, target) != 0)
			str_replace(&f->to, NULL);
		f->leaving++;
	}
	free(target);
	free(folder);
}

static DIR *open_folder(const struct left_folders *l, const char *path)
{
	int fd = *path != '\0' ? file_open_below(l->root, path,
	    O_PATH | O_DIRECTORY) : dup(l->root);
	int real = fd >= 0 ? openat(fd, ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC) : -1;
	DIR *d = real >= 0 ? fdopendir(real) : NULL;

	if (fd >= 0)
		close(fd);
	if (d == NULL && real >= 0)
		close(real);
	return d;
}

static bool has_extension(const char *name, const char *const *extensions)
{
	const char *dot = strrchr(name, '.');

	for (; dot != NULL && dot != name && *extensions != NULL; extensions++)
		if (strcasecmp(dot + 1, *extensions) == 0)
			return true;
	return false;
}

bool left_folders_has_cue(struct left_folders *l, const char *path)
{
	static const char *const cue[] = { "cue", NULL };
	char *folder = folder_of(path);
	struct folder *f = get(l, folder);
	DIR *d = f->is_read ? NULL : open_folder(l, folder);
	struct dirent *e;

	f->is_read = true;
	while (d != NULL && (e = readdir(d)) != NULL)
		f->has_cue = f->has_cue || has_extension(e->d_name, cue);
	if (d != NULL)
		closedir(d);
	free(folder);
	return f->has_cue;
}

char *left_folders_lyrics(const char *path)
{
	const char *dot = strrchr(path_base(path), '.');

	return dot == NULL ? NULL : xasprintf("%.*s.lrc", (int)(dot - path),
	    path);
}

/* ---- the note ---- */

static bool is_left(const struct folder *f)
{
	return f->leaving > 0 || f->is_noted;
}

static int put_folder(void *ctx, const void *path, size_t len, void *value)
{
	const struct folder *f = value;

	(void)len;
	if (!is_left(f))
		return 0;
	json_open_object(ctx, NULL);
	json_path_put(ctx, "folder", path);
	if (f->to != NULL && f->leaving == f->files)
		json_path_put(ctx, "to", f->to);
	json_close(ctx);
	return 0;
}

static int any_left(void *ctx, const void *path, size_t len, void *value)
{
	(void)ctx, (void)path, (void)len;
	return is_left(value);
}

enum outcome left_folders_store(struct left_folders *l, struct error *error)
{
	struct json_writer *w;
	enum outcome o;
	char *text;

	if (map_each(l->folders, any_left, NULL) == 0)
		return DONE;
	w = json_writer_new(false);
	json_open_array(w, NULL);
	map_each(l->folders, put_folder, w);
	text = json_writer_end(w, NULL);
	o = index_put_note(l->index, NOTE_LEFT, text, error);
	l->is_noted = true;
	free(text);
	return o;
}

/* ---- afterwards ---- */

/* Is there audio left? Also if the folder can't be read. */
static bool has_audio(DIR *d)
{
	struct dirent *e;
	bool has = false;

	while (!has && (e = readdir(d)) != NULL)
		has = file_name_is_audio(e->d_name);
	rewinddir(d);
	return has;
}

/* What has the name there is kept, and the file stays where it is. */
static size_t move_others(const struct left_folders *l, DIR *d,
    const char *to)
{
	static const char *const kinds[] = { "jpg", "jpeg", "png", "gif",
		"webp", "bmp", "tif", "tiff", "pdf", "txt", "nfo", "log",
		"lrc", NULL };
	int target = *to != '\0' ? file_open_below(l->root, to,
	    O_PATH | O_DIRECTORY) : dup(l->root);
	struct dirent *e;
	size_t moved = 0;

	while (target >= 0 && (e = readdir(d)) != NULL) {
		struct stat st;

		if (e->d_name[0] == '.' || !has_extension(e->d_name, kinds) ||
		    fstatat(dirfd(d), e->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
			continue;
		moved += renameat2(dirfd(d), e->d_name, target, e->d_name,
		    RENAME_NOREPLACE) == 0;
	}
	if (target >= 0)
		close(target);
	return moved;
}

/* Removes the folder and those above it, as far as they are empty. */
static void remove_empty(const struct left_folders *l, const char *path)
{
	char *folder = xstrdup(path), *slash;
	bool removed = *folder != '\0';

	while (removed) {
		char *above = folder_of(folder);
		int fd = *above != '\0' ? file_open_below(l->root, above,
		    O_PATH | O_DIRECTORY) : dup(l->root);

		removed = fd >= 0 && unlinkat(fd, path_base(folder),
		    AT_REMOVEDIR) == 0;
		/* One that is gone was removed before a kill. */
		removed = removed || (fd >= 0 && errno == ENOENT) ||
		    (fd < 0 && errno == ENOENT);
		if (fd >= 0)
			close(fd);
		free(above);
		slash = strrchr(folder, '/');
		removed = removed && slash != NULL;
		if (removed)
			*slash = '\0';
	}
	free(folder);
}

struct clearing {
	const struct left_folders *l;
	size_t moved;
};

static int clear_folder(void *ctx, const void *path, size_t len, void *value)
{
	struct clearing *c = ctx;
	const struct folder *f = value;
	DIR *d = is_left(f) ? open_folder(c->l, path) : NULL;

	(void)len;
	if (d != NULL && f->to != NULL && *(const char *)path != '\0' &&
	    !has_audio(d))
		c->moved += move_others(c->l, d, f->to);
	if (d != NULL)
		closedir(d);
	if (is_left(f))
		remove_empty(c->l, path);
	return 0;
}

enum outcome left_folders_clear(struct left_folders *l, size_t *moved,
    struct error *error)
{
	struct clearing c = { .l = l };

	map_each(l->folders, clear_folder, &c);
	*moved += c.moved;
	return l->is_noted ? index_put_note(l->index, NOTE_LEFT, "", error) :
	    DONE;
}
