/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * restore: replaces this machine's state by that of a backup. Nothing is
 * replaced before all of it was unpacked, compared with its seal and opened as
 * a run would; the old state is kept aside.
 */
#include "commands/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "backup/bundle.h"
#include "base/clock.h"
#include "config/config.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/journal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/state.h"
#include "commands/terminal.h"
#include "document/move.h"
#include "index/index.h"
#include "library/lock.h"

#define STAGE "restore.tmp"
#define MAX_JOURNAL (256u << 20)

struct restore {
	const struct config *cfg;
	const char *path;		/* the backup */
	int lock;
	struct library_lock *library_lock;
	char *stage;			/* folder of what was unpacked */
	char *kept;			/* folder of the old state */
	struct json *seal;
	const char *old_root;		/* the backup's library; borrowed */
	bool has_index;
	char *new_document;		/* beside the current one */
	struct document_moved moved;
};

/* For the system call that has just failed. */
static enum outcome failed(const char *path, struct error *error)
{
	return error_set(error, RUN_FAILED, "%s: %s", path, strerror(errno));
}

static char *staged(const struct restore *r, const char *name)
{
	return path_join(r->stage, name);
}

static enum outcome take_lock(struct restore *r, struct error *error)
{
	char *path = path_join(r->cfg->state.dir, STATE_RUN_LOCK);
	char *holder = xasprintf("pid %ld, restore", (long)getpid());
	enum outcome o = DONE;

	r->lock = file_lock(path, 0, holder);
	if (r->lock < 0)
		o = errno == EWOULDBLOCK ? error_set(error, RUN_LATER, "%s: a "
		    "run is active: try again when it has ended", path) :
		    error_set(error, RUN_CONFIG, "%s: %s", path,
		    strerror(errno));
	free(holder);
	free(path);
	if (o == DONE)
		o = library_lock(r->cfg->library.path,
		    library_is_remote(r->cfg->library.path),
		    &r->library_lock, error);
	return o;
}

/* Without a library its disk may not be mounted, and the document would be
 * written to the folder beneath. */
static enum outcome check_here(const struct restore *r, struct error *error)
{
	char *folder = path_dir(r->cfg->library.document);
	enum outcome o = DONE;

	if (access(r->cfg->library.path, R_OK | X_OK) != 0)
		o = error_set(error, RUN_CONFIG, "%s: %s; mount or make the "
		    "library first", r->cfg->library.path, strerror(errno));
	else if (access(folder, W_OK | X_OK) != 0)
		o = error_set(error, RUN_CONFIG, "%s: %s", folder,
		    strerror(errno));
	free(folder);
	return o;
}

static enum outcome unpack(struct restore *r, struct error *error)
{
	enum outcome o;

	/* Left by a killed restore. */
	folder_remove(r->stage);
	if (mkdir(r->stage, 0700) != 0)
		return failed(r->stage, error);
	o = bundle_unpack(r->path, r->stage, &r->seal, error);
	if (o != DONE)
		return o;
	r->old_root = json_get_string(r->seal, "library");
	if (r->old_root == NULL || r->old_root[0] != '/')
		return error_set(error, RUN_FAILED, "%s: does not name its "
		    "library folder", r->path);
	return DONE;
}

/* ---- paths of the library ---- */

static bool is_moved(const struct restore *r)
{
	return strcmp(r->old_root, r->cfg->library.path) != 0;
}

/* Root and slash at the beginning of a JSON string. */
static char *quoted_root(const char *root)
{
	struct json_writer *w = json_writer_new(false);
	char *text;
	size_t len;

	json_put_string(w, NULL, root);
	text = json_writer_end(w, &len);
	text[len - 1] = '/';
	return text;
}

static void replace_roots(const char *text, const char *from, const char *to,
    struct buf *out)
{
	const char *at;

	while ((at = strstr(text, from)) != NULL) {
		/* After a backslash the quote is part of some text. */
		bool begins = at == text || at[-1] != '\\';

		buf_append(out, text, (size_t)(at - text));
		buf_puts(out, begins ? to : from);
		text = at + strlen(from);
	}
	buf_puts(out, text);
}

static enum outcome move_journal(const struct restore *r, const char *path,
    struct error *error)
{
	char *from = quoted_root(r->old_root);
	char *to = quoted_root(r->cfg->library.path);
	struct buf text = BUF_INIT, out = BUF_INIT;
	enum outcome o = DONE;

	if (file_read(path, MAX_JOURNAL, &text) == 0 && text.len > 0) {
		replace_roots(buf_str(&text), from, to, &out);
		if (file_write(path, out.data, out.len, 0600) != 0)
			o = failed(path, error);
	}
	buf_free(&text);
	buf_free(&out);
	free(to);
	free(from);
	return o;
}

/* ---- what a run would refuse ---- */

static enum outcome check_index(struct restore *r, struct error *error)
{
	char *dir = staged(r, STATE_INDEX), *member = staged(r, MEMBER_INDEX);
	struct index *x = NULL;
	enum outcome o = DONE;

	r->has_index = access(member, F_OK) == 0;
	if (r->has_index)
		o = index_open(dir, false, &x, error);
	index_close(x);
	free(member);
	free(dir);
	return o;
}

static enum outcome check_journal(const struct restore *r, const char *path,
    struct error *error)
{
	struct journal *j = journal_open(path, NULL, NULL, NULL, error);
	enum outcome o = j != NULL ? DONE : RUN_FAILED;

	if (j != NULL && journal_damaged(j) > 0)
		o = error_set(error, RUN_FAILED, "%s: %s has damaged lines",
		    r->path, path_base(path));
	journal_close(j);
	return o;
}

/* All of them are opened as a run would; in those with paths of the library,
 * the paths are changed. */
static enum outcome prepare_journals(struct restore *r, struct error *error)
{
	static const struct {
		const char *name;
		bool has_paths;
	} journals[] = {
		{ STATE_LEDGER, false }, { STATE_RUNS, false },
		{ STATE_JOBS, false },
		{ STATE_PROVENANCE, true }, { STATE_PINS, true },
		{ STATE_TAKEDOWNS, false },
	};
	enum outcome o = DONE;

	for (size_t i = 0; i < sizeof(journals) / sizeof(*journals); i++) {
		char *path = staged(r, journals[i].name);
		bool there = access(path, F_OK) == 0;

		if (there && o == DONE)
			o = check_journal(r, path, error);
		if (there && o == DONE && journals[i].has_paths && is_moved(r))
			o = move_journal(r, path, error);
		free(path);
	}
	return o;
}

/* Written beside the current one, to be renamed later. */
static enum outcome prepare_document(struct restore *r, struct error *error)
{
	const char *path = r->cfg->library.document;
	char *from_path = staged(r, MEMBER_DOCUMENT);
	int from = file_open(from_path), to;
	struct stat st = { .st_mode = 0644 };
	enum outcome o = DONE;

	free(from_path);
	if (from < 0)
		return DONE;	/* none in the backup */
	r->new_document = xasprintf("%s.restore-new", path);
	unlink(r->new_document);
	to = open(r->new_document, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	if (to < 0)
		o = failed(r->new_document, error);
	else
		o = document_move(path, from, to, is_moved(r) ? r->old_root :
		    NULL, r->cfg->library.path, &r->moved, error);
	/* The same owner and mode as the current one. */
	if (o == DONE && stat(path, &st) == 0 &&
	    fchown(to, st.st_uid, st.st_gid) != 0)
		log_warning("%s: can't keep its owner: %s", path,
		    strerror(errno));
	if (o == DONE && (fchmod(to, st.st_mode & 0777) != 0 ||
	    fsync(to) != 0))
		o = failed(r->new_document, error);
	if (to >= 0)
		close(to);
	close(from);
	return o;
}

/* ---- replacing ---- */

static void add_lines(struct map *seen, const char *text, struct buf *out)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len > 0 && !map_has(seen, text, len)) {
			map_put(seen, text, len, out);
			buf_append(out, text, len);
			buf_putc(out, '\n');
		}
		text += len + (text[len] == '\n');
	}
}

/* Downloads started here since the backup still count: a restore does not
 * renew the caps. Nor does it bring back what was forgotten. */
static enum outcome merge_record(struct restore *r, const char *name,
    struct error *error)
{
	char *here = path_join(r->cfg->state.dir, name);
	char *there = staged(r, name);
	struct buf ours = BUF_INIT, theirs = BUF_INIT, out = BUF_INIT;
	struct map *seen = map_new();
	enum outcome o = DONE;

	if (file_read(here, MAX_JOURNAL, &ours) == 0) {
		if (file_read(there, MAX_JOURNAL, &theirs) != 0)
			buf_clear(&theirs);
		add_lines(seen, buf_str(&theirs), &out);
		add_lines(seen, buf_str(&ours), &out);
		if (file_write(there, buf_str(&out), out.len, 0600) != 0)
			o = failed(there, error);
	}
	map_free(seen, NULL);
	buf_free(&ours);
	buf_free(&theirs);
	buf_free(&out);
	free(there);
	free(here);
	return o;
}

/* In one step: a kill leaves the old or the new. */
static enum outcome exchange(const struct restore *r, const char *name,
    struct error *error)
{
	char *here = path_join(r->cfg->state.dir, name);
	char *there = path_join(r->kept, name);
	enum outcome o = DONE;

	if (access(there, F_OK) == 0 &&
	    renameat2(AT_FDCWD, there, AT_FDCWD, here, RENAME_EXCHANGE) != 0)
		o = error_set(error, RUN_FAILED, "%s: can't be replaced: %s",
		    here, strerror(errno));
	free(there);
	free(here);
	return o;
}

/* The old document, beside the new one. */
static char *kept_document(const struct restore *r)
{
	return xasprintf("%s.%s", r->cfg->library.document,
	    path_base(r->kept));
}

/* A free name: two restores may run within a second. */
static void name_kept(struct restore *r)
{
	char now[ISO_TIME_LEN];
	bool taken = true;

	time_to_iso(clock_wall(), now);
	for (int i = 1; taken; i++) {
		char *document;

		free(r->kept);
		r->kept = xasprintf("%s/before-restore-%s-%d",
		    r->cfg->state.dir, now, i);
		document = kept_document(r);
		taken = access(r->kept, F_OK) == 0 ||
		    access(document, F_OK) == 0;
		free(document);
	}
}

static enum outcome place_document(const struct restore *r, struct error *error)
{
	const char *path = r->cfg->library.document;
	char *kept = kept_document(r);
	enum outcome o = DONE;

	if (r->new_document != NULL &&
	    ((link(path, kept) != 0 && errno != ENOENT) ||
	    rename(r->new_document, path) != 0)) {
		o = failed(path, error);
		unlink(kept);
	}
	free(kept);
	return o;
}

/* An existing token is never replaced: the backup's may have been rotated
 * since, and using a rotated token ends the authorization. */
static void place_secret(const struct restore *r, const char *name,
    const char *to)
{
	char *from = path_join(r->kept, name);
	struct buf text = BUF_INIT;

	if (to != NULL && file_read(from, 1 << 20, &text) == 0) {
		if (access(to, F_OK) == 0)
			log_info("%s: kept, not replaced", to);
		else if (file_write(to, text.data, text.len, 0600) != 0)
			log_warning("%s: %s", to, strerror(errno));
	}
	if (text.len > 0)
		explicit_bzero(text.data, text.len);
	buf_free(&text);
	unlink(from);
	free(from);
	from = path_join(r->kept, "secrets");
	rmdir(from);
	free(from);
}

static bool undo(const struct restore *r, const char *name,
    struct error *error)
{
	struct error first = *error;

	if (exchange(r, name, NULL) == DONE)
		return true;
	error_set(error, RUN_FAILED, "%s/%s: the old state could not be put "
	    "back and is in %s: move it back before the next run; cause: %s",
	    r->cfg->state.dir, name, r->kept, first.text);
	return false;
}

/* All or nothing: on failure the replaced folders are put back; *undone: that
 * succeeded. */
static enum outcome replace_all(const struct restore *r, bool *undone,
    struct error *error)
{
	static const char *const folders[] = { "keep", STATE_INDEX };
	const size_t n = sizeof(folders) / sizeof(*folders);
	enum outcome o = DONE;
	size_t done = 0;

	while (o == DONE && done < n) {
		o = exchange(r, folders[done], error);
		done += o == DONE;
	}
	if (o == DONE)
		o = place_document(r, error);
	for (*undone = true; o != DONE && done > 0; done--)
		*undone = undo(r, folders[done - 1], error) && *undone;
	/* Too late to fail. */
	if (file_sync_dir_of(r->kept) != 0 ||
	    file_sync_dir_of(r->cfg->library.document) != 0)
		log_warning("%s: can't be synced: %s", r->kept,
		    strerror(errno));
	return o;
}

static enum outcome replace(struct restore *r, struct error *error)
{
	static const char *const spent[] = { MEMBER_DOCUMENT, MEMBER_CONFIG };
	enum outcome o = merge_record(r, STATE_LEDGER, error);
	bool undone;

	if (o == DONE)
		o = merge_record(r, STATE_TAKEDOWNS, error);
	name_kept(r);
	if (o == DONE && rename(r->stage, r->kept) != 0)
		o = failed(r->kept, error);
	if (o != DONE)
		return o;
	o = replace_all(r, &undone, error);
	if (o != DONE) {
		if (undone)
			folder_remove(r->kept);
		return o;
	}
	place_secret(r, MEMBER_TOKEN, r->cfg->spotify.token_file);
	place_secret(r, MEMBER_CLIENT_SECRET,
	    r->cfg->spotify.client_secret_file);
	/* Leaves only the old state there. */
	for (size_t i = 0; i < sizeof(spent) / sizeof(*spent); i++) {
		char *path = path_join(r->kept, spent[i]);

		unlink(path);
		free(path);
	}
	return DONE;
}

/* ---- the command ---- */

static void print_summary(const struct restore *r, bool dry)
{
	const char *created = json_get_string(r->seal, "created");
	const struct json *damaged = json_get(r->seal, "damaged");

	print_line("backup     of %s, library %s",
	    created != NULL ? created : "unknown date", r->old_root);
	print_line("index      %s", r->has_index ? "valid" :
	    "none; the next run makes one");
	if (r->new_document != NULL)
		print_line("document   %zu entries, %zu of them moved to %s",
		    r->moved.entries, r->moved.moved,
		    r->cfg->library.path);
	else
		print_line("document   none; the current one stays");
	for (size_t i = 0; i < json_count(damaged); i++) {
		const char *what = json_string(json_at(damaged, i));

		print_line("damaged    when it was made: %s",
		    what != NULL ? what : "unknown");
	}
	if (dry)
		print_line("dry run: nothing was replaced");
	else
		print_line("kept       the old state is in %s", r->kept);
}

static enum outcome prepare(struct restore *r, struct error *error)
{
	static enum outcome (*const steps[])(struct restore *,
	    struct error *) = {
		take_lock, unpack, check_index, prepare_journals,
		prepare_document,
	};
	enum outcome o = check_here(r, error);

	if (o == DONE)
		o = state_prepare(r->cfg->state.dir, error);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (o == DONE)
			o = steps[i](r, error);
	return o;
}

static void restore_free(struct restore *r)
{
	/* They are another restore's without the lock. */
	if (r->lock >= 0) {
		folder_remove(r->stage);
		if (r->new_document != NULL)
			unlink(r->new_document);
		close(r->lock);
	}
	library_unlock(r->library_lock);
	json_free(r->seal);
	free(r->new_document);
	free(r->stage);
	free(r->kept);
}

int cmd_restore(struct invocation *v)
{
	bool dry = false;
	const struct command_option options[] = {
		{ "dry-run", NULL, "check the backup and replace nothing",
		    &dry, NULL }, { 0 },
	};
	int status = command_options(v, "likesync restore [--dry-run] FILE",
	    options, 1);
	struct restore r = { .lock = -1 };
	enum outcome o;
	struct error error;

	if (status >= 0)
		return status;
	if (v->argc != 2)
		return command_usage(v, "name the backup");
	r.cfg = v->cfg;
	r.path = v->argv[1];
	r.stage = path_join(v->cfg->state.dir, STAGE);
	o = prepare(&r, &error);
	if (o == DONE && !dry)
		o = replace(&r, &error);
	if (o == DONE)
		print_summary(&r, dry);
	else
		log_act("%s", error.text);
	restore_free(&r);
	if (o == STOPPED)
		return EX_TEMPFAIL;
	return fflush(stdout) == 0 ? outcome_exit_status(o) : EX_IOERR;
}
