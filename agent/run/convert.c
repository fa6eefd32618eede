/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/convert.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fast_hash.h"
#include "base/file.h"
#include "base/landlock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/stop.h"
#include "base/thread_pool.h"
#include "base/utf8.h"
#include "library/place.h"
#include "match/text.h"
#include "media/workers.h"
#include "run/entries.h"
#include "sources/program.h"

#define WORK_FOLDER ".likesync-convert"
#define TIMEOUT_MS (20 * 60 * 1000)
#define MAX_OUTPUT (64 * 1024)
#define MAX_FILE (8ULL << 30)
#define MAX_MEMORY (1ULL << 30)
#define FULL (4u << 20)		/* as much free space is a full disk */
#define ONE_LIST "{artist} - {title}"
#define WHOLE_LIBRARY "{artist}/{artist} - {title}"
#define MAX_ARGS 8
#define HASH 9			/* bytes of " (89abcd)" */

/* What ffmpeg is told. Audio that has the codec already is copied. */
static const struct format {
	const char *name, *extension, *muxer, *codec;
	const char *encoder[MAX_ARGS], *options[MAX_ARGS];
} formats[] = {
	{ "aac", "m4a", "ipod", "aac", { "aac", "-b:a", "256k" },
	    { "-movflags", "+faststart" } },
	{ "mp3", "mp3", "mp3", "mp3", { "libmp3lame", "-b:a", "320k" },
	    { "-id3v2_version", "4" } },
	{ "flac", "flac", "flac", "flac", { "flac" }, { NULL } },
	{ "aiff", "aiff", "aiff", "pcm_s16be", { "pcm_s16be" },
	    { "-write_id3v2", "1" } },
};

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

bool conversion_format_is_known(const char *name)
{
	return find_format(name) != NULL;
}

/* A copy to make. */
struct copy {
	const struct export_row *row;
	char *name;		/* below the folder; owned */
	struct file file;
	enum outcome outcome;
	struct error error;
	bool made;		/* and was not there yet */
};

struct converter {
	const struct export_source *from;
	const struct conversion *what;
	const struct format *format;
	char *ffmpeg, *work;	/* owned; work: the folder for ffmpeg */
	int lock;		/* descriptor of work; -1: none */
	struct workers *workers;
	struct media_service media;
	struct copy *copies;
	size_t count, next;
	struct conversion_result *result;
	enum outcome outcome;	/* of what ends all */
	struct error error;
};

/* ---- names ---- */

/* By the names that the file's entry has. Caller frees. */
static char *name_of(const struct converter *c, const struct copy *copy,
    bool whole)
{
	const struct entry_input in = { c->from->cfg, c->from->pins,
		c->from->provenance, clock_wall() };
	struct analysis_record r = { .analyzed = false };
	struct entry e;
	struct track t;
	char *name;

	entry_fill(&in, &copy->file, copy->row->track, &r, &e);
	track_init(&t);
	track_add_artist(&t, e.artist);
	str_replace(&t.title, e.title);
	name = layout_path(whole ? WHOLE_LIBRARY : ONE_LIST, &t,
	    NULL, c->format->extension);
	track_free(&t);
	entry_free(&e);
	return name;
}

/* What is the same for names that a file system may take for the same one,
 * whatever it does with capitals and accents. Caller frees. */
static char *folded(const char *name)
{
	struct piece p;

	piece_of(&p, name);
	return xstrdup(p.key[0] != '\0' ? p.key : name);
}

/* Files that would get one name have a hash of their path in it, so that a file
 * keeps its name whatever else is in the list. */
static void tell_apart(struct converter *c)
{
	struct map *met = map_new();

	for (size_t i = 0; i < c->count; i++) {
		char *key = folded(c->copies[i].name);
		uintptr_t n = (uintptr_t)map_get_str(met, key);

		map_put_str(met, key, (void *)(n + 1));
		free(key);
	}
	for (size_t i = 0; i < c->count; i++) {
		struct copy *copy = &c->copies[i];
		char *key = folded(copy->name);
		char *dot = strrchr(copy->name, '.');

		if ((uintptr_t)map_get_str(met, key) > 1) {
			uint64_t h = fast_hash64(copy->row->path,
			    strlen(copy->row->path));
			size_t base = (size_t)(path_base(copy->name) -
			    copy->name);
			size_t len = base + utf8_cut(copy->name + base,
			    (size_t)(dot - copy->name) - base,
			    NAME_MAX - HASH - strlen(dot));
			char *name = xasprintf("%.*s (%06x)%s", (int)len,
			    copy->name, (unsigned)(h & 0xffffff), dot);

			free(copy->name);
			copy->name = name;
		}
		free(key);
	}
	map_free(met, NULL);
}

/* Each file of the list once, with its name there. */
static void list_copies(struct converter *c, const struct export_list *list)
{
	struct map *met = map_new();

	c->copies = xcalloc(list->count, sizeof(*c->copies));
	for (size_t i = 0; i < list->count; i++) {
		struct copy *copy = &c->copies[c->count];

		if (map_has_str(met, list->rows[i].path))
			continue;
		map_put_str(met, list->rows[i].path, c);
		copy->row = &list->rows[i];
		if (index_get_file(c->from->index, copy->row->path,
		    &copy->file) != DONE) {
			file_free(&copy->file);
			continue;
		}
		copy->name = name_of(c, copy, list->name == NULL);
		c->count++;
	}
	map_free(met, NULL);
	tell_apart(c);
	c->result->files = c->count;
}

/* ---- one file, on a thread ---- */

static void add_words(struct arguments *w, const char *const *words)
{
	for (size_t i = 0; i < MAX_ARGS && words[i] != NULL; i++)
		arguments_add(w, words[i]);
}

/* ffmpeg's own names for a file begin with "file:", whatever is in a path. */
static void make_command(const struct converter *c, const struct copy *copy,
    const char *from, const char *to, bool cover, struct arguments *w)
{
	const struct media *m = &copy->file.media;
	bool ogg = strcmp(m->container, "ogg") == 0;
	static const char *const begin[] = { "-nostdin", "-hide_banner", "-v",
		"error", "-protocol_whitelist", "file", "-i", NULL };

	arguments_add(w, c->ffmpeg);
	arguments_add_all(w, begin);
	arguments_add_owned(w, xasprintf("file:%s", from));
	arguments_add(w, "-map");
	arguments_add(w, "0:a:0");
	arguments_add(w, "-map_metadata");
	arguments_add(w, ogg ? "0:s:a:0" : "0");
	if (cover) {
		static const char *const words[] = { "-map", "0:v:0", "-c:v",
			"copy", "-disposition:v", "attached_pic", NULL };

		arguments_add_all(w, words);
	}
	arguments_add(w, "-c:a");
	if (strcmp(m->codec, c->format->codec) == 0)
		arguments_add(w, "copy");
	else
		add_words(w, c->format->encoder);
	if (strcmp(c->format->name, "flac") == 0 && !m->lossless) {
		arguments_add(w, "-sample_fmt");
		arguments_add(w, "s16");
	}
	add_words(w, c->format->options);
	arguments_add(w, "-f");
	arguments_add(w, c->format->muxer);
	arguments_add_owned(w, xasprintf("file:%s", to));
}

static enum outcome run_ffmpeg(const struct converter *c,
    const struct copy *copy, const char *from, const char *to, bool cover,
    struct error *error)
{
	struct landlock *sandbox = program_sandbox(c->from->cfg, c->ffmpeg,
	    NULL, NULL);
	struct arguments w = { .n = 0 }, env = { .n = 0 };
	struct process p = { .argv = w.argv, .env = env.argv,
		.folder = c->work, .timeout_ms = TIMEOUT_MS,
		.max_output = MAX_OUTPUT, .max_file_size = MAX_FILE,
		.max_memory = MAX_MEMORY, .max_tasks = PROCESS_MAX_TASKS,
		.supervised = true, .sandbox = sandbox };
	struct process_result r = { .exit_code = -1 };
	enum outcome o;
	char *said;

	make_command(c, copy, from, to, cover, &w);
	program_env(&env, c->work, c->work);
	if (sandbox != NULL) {
		landlock_allow(sandbox, from, LANDLOCK_READ);
		landlock_allow(sandbox, c->work, LANDLOCK_WORK);
	}
	o = process_run(&p, &r, error);
	said = o == DONE ? process_last_line(&r.err) : NULL;
	if (o == DONE && r.stopped)
		o = STOPPED;
	else if (o == DONE && r.exit_code != 0)
		o = error_set(error, ITEM_FAILED, "ffmpeg %s%s%s",
		    r.timed_out ? "takes too long" : "failed",
		    said != NULL && *said != '\0' ? ": " : "",
		    said != NULL ? said : "");
	free(said);
	process_result_free(&r);
	landlock_free(sandbox);
	arguments_free(&w);
	arguments_free(&env);
	return o;
}

/* RUN_ACT: the disk has no room for need bytes more. */
static enum outcome check_room(const char *folder, uint64_t need,
    struct error *error)
{
	struct statvfs fs;

	return statvfs(folder, &fs) != 0 ||
	    (uint64_t)fs.f_bavail * fs.f_frsize >= need + FULL ? DONE :
	    error_set(error, RUN_ACT, "%s: its disk is full: make room, the "
	    "same command goes on where it was", folder);
}

/* Has the copy the length of the file? Encoders pad by less than a second. */
static enum outcome check_copy(const struct converter *c,
    const struct copy *copy, int fd, struct error *error)
{
	struct media m = { .codec = "" };
	const int64_t wanted = copy->file.media.duration_ms;
	enum outcome o = c->media.probe(c->media.self, fd, &m, error);
	int64_t off = m.duration_ms - wanted;

	if (o == DONE && wanted > 0 && m.duration_ms > 0 &&
	    (off < 0 ? -off : off) > 1000 + wanted / 100)
		o = error_set(error, ITEM_FAILED, "the copy has %lld s of "
		    "%lld s", (long long)m.duration_ms / 1000,
		    (long long)wanted / 1000);
	media_free(&m);
	return o;
}

/* What ffmpeg does not carry over is in the tags of the index. */
static enum outcome finish_copy(const struct converter *c,
    const struct copy *copy, const char *made, struct error *error)
{
	int fd = file_open_at(AT_FDCWD, made, O_RDWR | O_NOFOLLOW);
	enum outcome o;

	if (fd < 0)
		return error_set(error, ITEM_FAILED, "%s",
		    file_strerror(errno));
	o = c->media.tag(c->media.self, fd, &copy->file.media.tags, NULL, 0,
	    error);
	if (o == DONE)
		o = check_copy(c, copy, fd, error);
	if (o == DONE && fsync(fd) != 0)
		o = file_cant_write(c->what->folder, errno, RUN_FAILED, error);
	close(fd);
	return o;
}

static bool is_there(const struct converter *c, const struct copy *copy)
{
	char *path = path_join(c->what->folder, copy->name);
	struct stat st;
	bool is = lstat(path, &st) == 0;

	free(path);
	return is;
}

/* Some file systems of sticks can't rename without overwriting. */
static int rename_new(const char *from, const char *to)
{
	struct stat st;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return -1;
	if (lstat(to, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(from, to);
}

/* Is it this name that can't be there, whatever the state of the disk? */
static bool is_of_name(int errnum)
{
	return errnum == ENAMETOOLONG || errnum == ENOTDIR ||
	    errnum == EISDIR || errnum == EEXIST || errnum == ELOOP ||
	    errnum == EILSEQ || errnum == EINVAL;
}

/* Gives it its name. */
static enum outcome name_copy(const struct converter *c, struct copy *copy,
    const char *made, struct error *error)
{
	char *path = path_join(c->what->folder, copy->name);
	char *folder = path_dir(path);
	enum outcome o = DONE;

	if (file_make_dirs(folder, 0777) != 0 ||
	    (rename_new(made, path) != 0 && errno != EEXIST))
		o = file_cant_write(path, errno, is_of_name(errno) ?
		    ITEM_FAILED : RUN_FAILED, error);
	else
		file_sync_dir_of(path);
	copy->made = o == DONE;
	free(folder);
	free(path);
	return o;
}

static void convert(void *ctx, void *job)
{
	const struct converter *c = ctx;
	struct copy *copy = job;
	char *from, *made;
	enum outcome o;

	copy->outcome = DONE;
	if (is_there(c, copy))
		return;
	from = path_join(c->from->cfg->library.path, copy->row->path);
	made = xasprintf("%s/%zu.%s", c->work, (size_t)(copy - c->copies),
	    c->format->extension);
	o = check_room(c->what->folder, (uint64_t)copy->file.size,
	    &copy->error);
	if (o == DONE)
		o = run_ffmpeg(c, copy, from, made, copy->file.media.has_cover,
		    &copy->error);
	/* A cover that the format can't hold is no reason to have no copy. */
	if (o == ITEM_FAILED && copy->file.media.has_cover) {
		unlink(made);
		o = run_ffmpeg(c, copy, from, made, false, &copy->error);
	}
	if (o == DONE)
		o = finish_copy(c, copy, made, &copy->error);
	if (o == ITEM_FAILED &&
	    check_room(c->what->folder, 0, &copy->error) == RUN_ACT)
		o = RUN_ACT;
	if (o == DONE)
		o = name_copy(c, copy, made, &copy->error);
	unlink(made);
	copy->outcome = o;
	free(made);
	free(from);
}

/* ---- all of them ---- */

static void *next_copy(void *ctx)
{
	struct converter *c = ctx;

	return c->outcome == DONE && c->next < c->count ?
	    &c->copies[c->next++] : NULL;
}

static void take_back(void *ctx, void *job)
{
	struct converter *c = ctx;
	struct copy *copy = job;
	struct conversion_result *r = c->result;

	r->converted += copy->made;
	r->there += copy->outcome == DONE && !copy->made;
	if (copy->outcome == ITEM_FAILED) {
		r->failed++;
		log_warning("%s: not converted: %s", copy->row->path,
		    copy->error.text);
	} else if (copy->outcome != DONE && copy->outcome != STOPPED &&
	    c->outcome == DONE) {
		c->outcome = copy->outcome;
		c->error = copy->error;
	}
	progress_step(r->converted + r->there + r->failed);
}

/* Removes what a killed conversion left in the folder that we have locked. */
static void clean_work(const struct converter *c)
{
	DIR *dir = opendir(c->work);
	const struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir != NULL)
		closedir(dir);
}

/* Programs that make FAT writable to all may give it any owner: only its being
 * a folder counts. */
static enum outcome open_work(struct converter *c, struct error *error)
{
	const char *folder = c->what->folder;
	char *real;

	if (file_make_dirs(folder, 0777) != 0 ||
	    (real = realpath(folder, NULL)) == NULL)
		return error_set(error, RUN_CONFIG, "%s: can't be made: %s",
		    folder, strerror(errno));
	if (file_is_within(real, c->from->cfg->library.path)) {
		free(real);
		return error_set(error, RUN_CONFIG, "%s: is in the library, "
		    "where copies would count as music: choose a folder "
		    "outside it", folder);
	}
	c->work = path_join(real, WORK_FOLDER);
	free(real);
	if (mkdir(c->work, 0700) != 0 && errno != EEXIST)
		return file_cant_write(c->work, errno, RUN_CONFIG, error);
	c->lock = open(c->work, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (c->lock < 0)
		return error_set(error, RUN_CONFIG, "%s: %s", c->work,
		    strerror(errno));
	if (flock(c->lock, LOCK_EX | LOCK_NB) != 0) {
		/* What is in it is not ours to remove. */
		close(c->lock);
		c->lock = -1;
		return error_set(error, RUN_LATER, "%s: another conversion "
		    "works there", folder);
	}
	clean_work(c);
	return DONE;
}

static enum outcome open_converter(struct converter *c, struct error *error)
{
	const struct config *cfg = c->from->cfg;
	const struct workers_config wc = { .count = cfg->analysis.workers,
		.memory = cfg->analysis.memory,
		.timeout_ms = cfg->analysis.timeout * 1000 };

	c->ffmpeg = process_find("ffmpeg");
	if (c->ffmpeg == NULL)
		return error_set(error, RUN_ACT, "ffmpeg is not installed: "
		    "install its package to convert files");
	c->workers = workers_open(&wc);
	c->media = workers_service(c->workers);
	return open_work(c, error);
}

static void close_converter(struct converter *c)
{
	if (c->lock >= 0) {
		clean_work(c);
		rmdir(c->work);
		close(c->lock);
	}
	for (size_t i = 0; i < c->count; i++) {
		file_free(&c->copies[i].file);
		free(c->copies[i].name);
	}
	free(c->copies);
	workers_stop(c->workers);
	free(c->ffmpeg);
	free(c->work);
}

enum outcome convert_files(const struct export_source *from,
    const struct export_list *list, const struct conversion *what,
    struct conversion_result *r, struct error *error)
{
	struct converter c = { .from = from, .what = what,
		.format = find_format(what->format), .lock = -1, .result = r,
		.outcome = DONE };
	struct thread_pool pool = { .ctx = &c, .next = next_copy,
		.work = convert, .done = take_back };
	enum outcome o;

	memset(r, 0, sizeof(*r));
	o = open_converter(&c, error);
	if (o == DONE) {
		list_copies(&c, list);
		pool.threads = workers_count(c.workers);
		progress_begin("converting", c.count);
		thread_pool_run(&pool);
		progress_end();
		o = c.outcome;
		*error = c.error;
		if (o == DONE && stop_requested())
			o = STOPPED;
	}
	close_converter(&c);
	return o;
}
