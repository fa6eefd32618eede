/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/playlist_copy.h"

#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/stop.h"
#include "commands/terminal.h"
#include "config/config.h"
#include "library/place.h"

static const struct {
	const char *name, *folder;
} ways[] = {
	{ "none", "" }, { "artist", "{artist}/" },
	{ "album", "{artist} - {album}/" }, { "year", "{year}/" },
};

/* NULL: there is no such way. */
static const char *folder_of(const char *way)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(ways[i].name, way != NULL ? way : "none") == 0)
			return ways[i].folder;
	return NULL;
}

static enum outcome make_folder(const char *folder, struct error *error)
{
	return file_make_dirs(folder, 0777) == 0 ? DONE :
	    error_set(error, RUN_FAILED, "%s: can't be made: %s", folder,
	    strerror(errno));
}

int playlist_copy_check(const struct invocation *v,
    const struct playlist_copy *what, bool make)
{
	struct error error;
	enum outcome o = DONE;

	if (what->folder == NULL &&
	    (what->organize != NULL || what->year_folders))
		return command_usage(v, "--organize-by and --year-folders need "
		    "--output-dir");
	if (folder_of(what->organize) == NULL)
		return command_usage(v, "--organize-by is artist, album, year "
		    "or none");
	if (what->folder != NULL && make)
		o = make_folder(what->folder, &error);
	if (o != DONE)
		print_error("likesync playlist: %s", error.text);
	return o == DONE ? EX_OK : outcome_exit_status(o);
}

static enum outcome cant_copy(const char *path, struct error *error)
{
	return error_set(error, ITEM_FAILED, "%s: can't be copied: %s", path,
	    file_strerror(errno));
}

static bool is_there(const char *folder, const char *wanted, int64_t size)
{
	char *path = path_join(folder, wanted);
	struct stat st;
	bool found = lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == size;

	free(path);
	return found;
}

/* Writes the open file to folder/wanted, or the next free name. */
static enum outcome write_copy(int from, const char *folder,
    const char *wanted, struct error *error)
{
	struct place p;
	enum outcome o = place_open(&p, folder, wanted, error);
	char *name;

	if (o != DONE)
		return o;
	if (file_copy(from, p.fd, -1, NULL) != 0)
		o = file_cant_write(folder, errno, RUN_FAILED, error);
	for (bool done = false; o == DONE && !done;) {
		name = place_free_name(&p);
		o = place_commit(&p, name, error);
		done = o == DONE;
		if (o == ITEM_FAILED)
			o = DONE;	/* taken by now: the next one */
		free(name);
	}
	place_close(&p);
	return o;
}

/* *copied: it was not there yet. */
static enum outcome copy_one(const struct config *cfg,
    const struct coverage_entry *e, const char *layout, const char *folder,
    bool *copied, struct error *error)
{
	char *path = path_join(cfg->library.path, e->file);
	const char *dot = strrchr(path_base(e->file), '.');
	char *wanted = layout_path(layout, e->track, NULL, dot != NULL ?
	    dot + 1 : "audio");
	int fd = file_open(path);
	enum outcome o = DONE;
	struct stat st;

	*copied = false;
	if (fd < 0 || fstat(fd, &st) != 0) {
		o = cant_copy(path, error);
	} else if (!is_there(folder, wanted, st.st_size)) {
		o = write_copy(fd, folder, wanted, error);
		*copied = o == DONE;
	}
	if (fd >= 0)
		close(fd);
	free(wanted);
	free(path);
	return o;
}

int playlist_copy(const struct invocation *v, const struct coverage *c,
    const struct playlist_copy *what)
{
	char *layout = xasprintf("%s%s{artist} - {title}",
	    what->year_folders ? "{year}/" : "", folder_of(what->organize));
	size_t copied = 0, there = 0, failed = 0;
	struct error error;
	enum outcome o = DONE;

	for (size_t i = 0; i < c->list.tracks.count && !stop_requested() &&
	    (o == DONE || o == ITEM_FAILED); i++) {
		bool is_new;

		if (c->entries[i].state != COVERAGE_IN_LIBRARY)
			continue;
		o = copy_one(v->cfg, &c->entries[i], layout, what->folder,
		    &is_new, &error);
		copied += o == DONE && is_new;
		there += o == DONE && !is_new;
		failed += o != DONE;
		if (o != DONE)
			print_error("likesync playlist: %s", error.text);
	}
	free(layout);
	if (!what->quiet)
		print_line("%s: %zu copied, %zu there already", what->folder,
		    copied, there);
	return o != DONE && o != ITEM_FAILED ? outcome_exit_status(o) :
	    failed > 0 ? 1 : print_end();
}
