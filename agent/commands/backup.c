/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backup: writes all records, and what takes long to rebuild, to one file. */
#include "commands/commands.h"

#include <dirent.h>
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
#include "base/journal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "commands/terminal.h"
#include "document/move.h"
#include "index/index.h"

#define MAX_CONFIG (1u << 20)

struct backup {
	const struct config *cfg;
	struct bundle *bundle;
	const char *path;
	bool secrets;
	struct buf parts;	/* its contents, for the last message */
	struct buf lost;	/* what it lacks and no run can rebuild */
};

static void note_part(struct backup *b, const char *what)
{
	if (strstr(buf_str(&b->parts), what) == NULL)
		buf_printf(&b->parts, "%s%s", b->parts.len > 0 ? ", " : "",
		    what);
}

/* A file that need not exist: *fd is -1 then. */
static enum outcome open_if_there(const char *path, int *fd,
    struct error *error)
{
	*fd = file_open(path);
	if (*fd >= 0 || errno == ENOENT)
		return DONE;
	return error_set(error, RUN_CONFIG, "%s: %s", path,
	    file_strerror(errno));
}

static enum outcome add_path(struct backup *b, const char *name,
    const char *path, const char *what, struct error *error)
{
	int fd;
	enum outcome o = open_if_there(path, &fd, error);

	if (fd < 0)
		return o;
	o = bundle_add_file(b->bundle, name, fd, error);
	note_part(b, what);
	close(fd);
	return o;
}

/* The rest is still backed up; what restore would refuse is left out. */
static void note_damage(struct backup *b, const struct error *error)
{
	bundle_tell_damage(b->bundle, error->text);
	log_warning("%s", error->text);
}

static void note_loss(struct backup *b, const struct error *error)
{
	bundle_tell_damage(b->bundle, error->text);
	buf_printf(&b->lost, "%s%s", b->lost.len > 0 ? "; " : "", error->text);
}

/* As last committed, also during a run. The copy is an unnamed file beside the
 * backup, where there is room. */
static enum outcome add_index(struct backup *b, struct error *error)
{
	char *dir = path_join(b->cfg->state.dir, STATE_INDEX);
	char *folder = path_dir(b->path), *name = NULL;
	struct index *x = NULL;
	enum outcome o = index_open(dir, true, &x, error);
	int fd = -1;

	if (o == DONE) {
		fd = file_open_unnamed(folder, 0600, &name);
		o = fd >= 0 ? index_copy(x, fd, error) : error_set(error,
		    RUN_FAILED, "%s: %s", folder, strerror(errno));
	} else if (o == ITEM_FAILED) {
		o = DONE;	/* no run has made one */
	} else if (o == RUN_FAILED) {
		note_damage(b, error);
		o = DONE;	/* a run rebuilds it */
	}
	if (o == DONE && fd >= 0) {
		o = bundle_add_file(b->bundle, MEMBER_INDEX, fd, error);
		note_part(b, "index");
	}
	if (fd >= 0)
		close(fd);
	if (name != NULL)
		unlink(name);
	index_close(x);
	free(name);
	free(folder);
	free(dir);
	return o;
}

/* The valid part of a record, in out. DONE; ITEM_FAILED with error: damaged
 * lines were left out; RUN_FAILED with error: nothing is left. A ledger that
 * lost lines gets a line that says so, and a run takes its caps as used up. */
static enum outcome read_record(const char *name, const char *path,
    struct buf *out, struct error *error)
{
	const char *mark = str_ends_with(name, STATE_LEDGER) ?
	    "{\"damaged\":true}\n" : NULL;
	struct buf text = BUF_INIT;
	enum outcome o = DONE;
	struct json *v = NULL;
	size_t damaged;

	if (file_read(path, BUNDLE_MAX_RECORD, &text) != 0) {
		buf_puts(out, mark != NULL ? mark : "");
		o = error_set(error, mark != NULL ? ITEM_FAILED : RUN_FAILED,
		    "%s: left out: %s", path, file_strerror(errno));
	} else if (str_ends_with(name, ".jsonl")) {
		damaged = journal_filter(text.data, text.len, mark, out);
		if (damaged > 0)
			o = error_set(error, ITEM_FAILED, "%s: %zu damaged "
			    "lines were left out", path, damaged);
	} else if (str_ends_with(name, ".json") && json_type(v =
	    json_parse(text.data, text.len, NULL)) != JSON_OBJECT) {
		o = error_set(error, RUN_FAILED, "%s: damaged, left out", path);
	} else {
		buf_append(out, buf_str(&text), text.len);
	}
	json_free(v);
	buf_free(&text);
	return o;
}

static enum outcome add_record(struct backup *b, const char *file,
    struct error *error)
{
	char *dir = path_join(b->cfg->state.dir, "keep");
	char *path = path_join(dir, file);
	char *name = xasprintf(MEMBER_KEEP "%s", file);
	struct buf text = BUF_INIT;
	enum outcome o = read_record(name, path, &text, error);

	if (o != DONE)
		note_loss(b, error);
	o = o == RUN_FAILED ? DONE : bundle_add_text(b->bundle, name,
	    buf_str(&text), text.len, error);
	note_part(b, "records");
	buf_free(&text);
	free(name);
	free(path);
	free(dir);
	return o;
}

/* After the index: journals ahead of it are what a killed run leaves, and the
 * next run continues from there. */
static enum outcome add_keep(struct backup *b, struct error *error)
{
	char *dir = path_join(b->cfg->state.dir, "keep");
	DIR *d = opendir(dir);
	const struct dirent *e;
	enum outcome o = DONE;

	/* Dotfiles are writes under way. */
	while (d != NULL && o == DONE && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			o = add_record(b, e->d_name, error);
	if (d != NULL)
		closedir(d);
	free(dir);
	return o;
}

/* Opens the document if it is complete. DONE with *fd -1: there is none.
 * RUN_FAILED, RUN_CONFIG with error: it is damaged, or can't be opened. */
static enum outcome open_document(const char *path, int *fd,
    struct error *error)
{
	struct document_moved m;
	enum outcome o = open_if_there(path, fd, error);

	if (o == DONE && *fd >= 0)
		o = document_move(path, *fd, -1, NULL, NULL, &m, error);
	if (o != DONE && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return o;
}

/* The last good copy replaces a document that is incomplete. */
static enum outcome add_document(struct backup *b, struct error *error)
{
	char *last_good = path_join(b->cfg->state.dir, STATE_LAST_GOOD);
	struct error first;
	int fd;
	enum outcome o = open_document(b->cfg->library.document, &fd, &first);

	if (o == RUN_FAILED || o == RUN_CONFIG) {
		o = open_document(last_good, &fd, error) == STOPPED ? STOPPED :
		    DONE;
		error_set(error, o, "%s; %s", first.text, fd >= 0 ?
		    "its last good copy was used" : "it was left out");
		(fd >= 0 ? note_damage : note_loss)(b, error);
	} else if (o != DONE) {
		*error = first;
	}
	free(last_good);
	if (o == DONE && fd >= 0) {
		o = bundle_add_file(b->bundle, MEMBER_DOCUMENT, fd, error);
		note_part(b, "analysis document");
		close(fd);
	}
	return o;
}

/* The watchdog's address is a secret: it lets anyone report success. */
static void leave_out_secrets(const char *text, struct buf *out)
{
	static const char key[] = "ping_url";

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		const char *word = text + strspn(text, " \t");

		if (strncmp(word, key, sizeof(key) - 1) == 0)
			buf_printf(out, "# %s was left out: secret",
			    key);
		else
			buf_append(out, text, len);
		text += len;
		if (*text == '\n')
			buf_putc(out, *text++);
	}
}

static enum outcome add_config(struct backup *b, struct error *error)
{
	const char *path = b->cfg->file;
	struct buf text = BUF_INIT, kept = BUF_INIT;
	enum outcome o;

	if (path == NULL)
		return DONE;
	if (file_read(path, MAX_CONFIG, &text) != 0) {
		o = error_set(error, RUN_CONFIG, "%s: %s", path,
		    file_strerror(errno));
	} else {
		if (b->secrets)
			buf_append(&kept, text.data, text.len);
		else
			leave_out_secrets(buf_str(&text), &kept);
		o = bundle_add_text(b->bundle, MEMBER_CONFIG, buf_str(&kept),
		    kept.len, error);
		note_part(b, "configuration");
	}
	buf_free(&text);
	buf_free(&kept);
	return o;
}

static enum outcome add_secrets(struct backup *b, struct error *error)
{
	const char *client = b->cfg->spotify.client_secret_file;
	enum outcome o = DONE;

	if (!b->secrets)
		return DONE;
	o = add_path(b, MEMBER_TOKEN, b->cfg->spotify.token_file,
	    "authorization", error);
	if (o == DONE && client != NULL)
		o = add_path(b, MEMBER_CLIENT_SECRET, client,
		    "client secret", error);
	return o;
}

static void put_facts(struct backup *b)
{
	struct json_writer *w = bundle_facts(b->bundle);
	char now[ISO_TIME_LEN];

	time_to_iso(clock_wall(), now);
	json_put_int(w, "format", 1);
	json_put_string(w, "likesync", LIKESYNC_VERSION);
	json_put_string(w, "created", now);
	json_put_bool(w, "secrets", b->secrets);
	json_put_string(w, "library", b->cfg->library.path);
	json_put_string(w, "document", b->cfg->library.document);
}

static enum outcome make(struct backup *b, struct error *error)
{
	static enum outcome (*const steps[])(struct backup *b,
	    struct error *error) = {
		add_config, add_index, add_keep, add_document, add_secrets,
	};
	enum outcome o = bundle_create(b->path, &b->bundle, error);

	if (o == DONE)
		put_facts(b);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (o == DONE)
			o = steps[i](b, error);
	return o == DONE ? bundle_seal(b->bundle, error) : o;
}

static void print_contents(const struct backup *b)
{
	struct stat st;

	if (stat(b->path, &st) != 0)
		st.st_size = 0;
	print_line("%s: %.1f MB: %s", b->path, (double)st.st_size / 1e6,
	    buf_str(&b->parts));
	if (!b->secrets)
		print_line("without the authorization: run `likesync auth "
		    "login` after a restore, or use --secrets");
}

int cmd_backup(struct invocation *v)
{
	bool secrets = false;
	const struct command_option options[] = {
		{ "secrets", NULL, "include the authorization and the "
		    "client secret", &secrets, NULL }, { 0 },
	};
	int status = command_options(v, "likesync backup [--secrets] FILE",
	    options, 1);
	struct backup b = { .cfg = v->cfg };
	enum outcome o;
	struct error error;

	if (status >= 0)
		return status;
	if (v->argc != 2)
		return command_usage(v, "name the file to write");
	b.path = v->argv[1];
	b.secrets = secrets;
	o = make(&b, &error);
	bundle_close(b.bundle);
	if (o == DONE && !v->quiet)
		print_contents(&b);
	if (o != DONE) {
		log_act("%s", error.text);
	} else if (b.lost.len > 0) {
		log_act("%s: incomplete: %s: restore an older backup, or "
		    "restore this one to continue without what was lost",
		    b.path, buf_str(&b.lost));
		o = RUN_ACT;
	}
	buf_free(&b.parts);
	buf_free(&b.lost);
	if (o == DONE)
		return print_end();
	return o == STOPPED ? EX_TEMPFAIL : outcome_exit_status(o);
}
