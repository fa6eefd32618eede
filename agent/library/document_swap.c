/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/document_swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#define LEASE_STEP_MS 50

void swap_init(struct swap *s, const struct document *d)
{
	char *real = realpath(d->path, NULL), *folder, *name;

	s->path = real != NULL ? real : xstrdup(d->path);
	folder = path_dir(s->path);
	name = xasprintf(".%s.likesync-new", path_base(s->path));
	s->temporary = path_join(folder, name);
	s->ours = 0;
	s->note = xasprintf("%s.swap", d->last_good);
	free(folder);
	free(name);
}

void swap_free(struct swap *s)
{
	free(s->path);
	free(s->temporary);
	free(s->note);
}

enum outcome swap_check(const struct swap *s, const struct document *d,
    struct why *why)
{
	char *folder = path_dir(s->path);
	enum outcome o = DONE;

	if (access(folder, W_OK | X_OK) != 0)
		o = why_set(why, RUN_CONFIG, "%s: the folder of the analysis "
		    "document can't be written by this user (%s): make it "
		    "group-writable, or set [library] document", folder,
		    strerror(errno));
	else if (access(s->path, F_OK) == 0 && access(s->path, W_OK) != 0)
		o = why_set(why, RUN_CONFIG, "%s: can't be written by this "
		    "user (%s): make it group-writable", d->path,
		    strerror(errno));
	free(folder);
	return o;
}

static int hash_file(const char *path, uint8_t out[SHA256_LEN])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct sha256 *h;
	char block[65536];
	ssize_t n;

	if (fd < 0)
		return -1;
	h = sha256_new();
	while ((n = read(fd, block, sizeof(block))) > 0)
		sha256_add(h, block, (size_t)n);
	sha256_end(h, out);
	close(fd);
	return n < 0 ? -1 : 0;
}

static bool has_hash(const char *path, const uint8_t hash[SHA256_LEN])
{
	uint8_t there[SHA256_LEN];

	return hash_file(path, there) == 0 &&
	    memcmp(there, hash, SHA256_LEN) == 0;
}

char *swap_keep_aside(const struct swap *s)
{
	char when[ISO_TIME_LEN];
	char *name;

	time_to_iso(clock_wall(), when);
	name = xasprintf("%s.conflict-%s-%06u", s->path, when,
	    random_below(1000000));
	if (rename(s->temporary, name) != 0)
		str_replace(&name, s->temporary);
	return name;
}

/* The note: which inode is ours, and the hash of what it was made from. */
static int write_note(const struct swap *s, int fd, const struct image *base)
{
	struct json_writer *w = json_writer_new(false);
	char hash[2 * SHA256_LEN + 1], *text;
	struct stat st;
	size_t len;
	int failed;

	hex_encode(base->hash, SHA256_LEN, hash);
	json_open_object(w, NULL);
	json_put_int(w, "inode", fstat(fd, &st) == 0 ? (int64_t)st.st_ino :
	    0);
	json_put_string(w, "base", hash);
	json_close(w);
	text = json_writer_end(w, &len);
	failed = file_write(s->note, text, len, 0600);
	free(text);
	return failed;
}

void swap_recover(const struct swap *s)
{
	struct buf text = BUF_INIT;
	struct json *v = NULL;
	uint8_t base[SHA256_LEN];
	const char *hash;
	struct stat st;
	char *kept;

	if (lstat(s->temporary, &st) != 0) {
		unlink(s->note);
		return;
	}
	if (file_read(s->note, 4096, &text) == 0)
		v = json_parse(buf_str(&text), text.len, NULL);
	hash = json_get_string(v, "base");
	if (hash == NULL || hex_decode(hash, base, SHA256_LEN) != 0 ||
	    (uint64_t)json_get_int(v, "inode", 0) == st.st_ino ||
	    has_hash(s->temporary, base)) {
		unlink(s->temporary);
	} else {
		kept = swap_keep_aside(s);
		log_act("%s: another program wrote the analysis document "
		    "while likesync was killed; its version was kept as %s",
		    s->path, kept);
		free(kept);
	}
	unlink(s->note);
	json_free(v);
	buf_free(&text);
}

int swap_create(const struct swap *s, const struct image *base)
{
	mode_t mode = base->fd >= 0 ? base->st.st_mode & 07777 : 0664;
	int fd;

	unlink(s->temporary);
	fd = open(s->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	/* Not everybody may give files away; the mode is what counts. */
	if (base->fd >= 0 && fchown(fd, base->st.st_uid, base->st.st_gid) &&
	    fchown(fd, (uid_t)-1, base->st.st_gid))
		log_debug("%s: owner not kept: %s", s->path, strerror(errno));
	if (fchmod(fd, mode) != 0) {
		close(fd);
		unlink(s->temporary);
		return -1;
	}
	return fd;
}

/* Waits until nobody has the file open for writing any more. The kernel tells
 * only its owner; others are taken at their word after the exchange. */
static void await_writers(const char *path, int patience_ms)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int64_t ends = clock_mono_ms() + patience_ms;

	if (fd < 0)
		return;
	while (fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN &&
	    clock_mono_ms() < ends && clock_sleep_ms(LEASE_STEP_MS) == 0)
		continue;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	close(fd);
}

static bool is_as_read(const struct swap *s, const struct image *base)
{
	struct stat st;

	return stat(s->path, &st) == 0 && st.st_ino == base->st.st_ino &&
	    st.st_size == base->st.st_size &&
	    st.st_mtim.tv_sec == base->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == base->st.st_mtim.tv_nsec;
}

/* The first document: it must not be there yet. */
static enum outcome link_first(const struct swap *s, bool *came_out,
    struct why *why)
{
	int failed = link(s->temporary, s->path);

	*came_out = failed && errno == EEXIST;
	if (failed && !*came_out)
		return why_set(why, RUN_FAILED, "%s: %s", s->path,
		    strerror(errno));
	unlink(s->temporary);
	return DONE;
}

/* Where files can't be exchanged, a look before is the best there is. */
static enum outcome rename_over(const struct swap *s,
    const struct image *base, bool *came_out, struct why *why)
{
	*came_out = !is_as_read(s, base);
	if (!*came_out && rename(s->temporary, s->path) != 0)
		return why_set(why, RUN_FAILED, "%s: %s", s->path,
		    strerror(errno));
	if (*came_out)
		unlink(s->temporary);
	return DONE;
}

enum outcome swap_exchange(struct swap *s, int fd,
    const struct image *base, int patience_ms, bool *came_out,
    struct why *why)
{
	enum outcome o = DONE;
	struct stat st;

	*came_out = false;
	s->ours = fstat(fd, &st) == 0 ? st.st_ino : 0;
	if (fsync(fd) != 0 || write_note(s, fd, base) != 0)
		return why_set(why, RUN_FAILED, "%s: %s", s->temporary,
		    strerror(errno));
	if (base->fd < 0) {
		o = link_first(s, came_out, why);
	} else if (!is_as_read(s, base)) {
		/* Seen in time: nobody ever reads ours without his. */
		*came_out = true;
		unlink(s->temporary);
	} else if (renameat2(AT_FDCWD, s->temporary, AT_FDCWD, s->path,
	    RENAME_EXCHANGE) == 0) {
		await_writers(s->temporary, patience_ms);
		*came_out = !has_hash(s->temporary, base->hash);
		if (!*came_out)
			unlink(s->temporary);
	} else if (errno == EINVAL || errno == ENOSYS) {
		o = rename_over(s, base, came_out, why);
	} else if (errno == ENOENT) {
		*came_out = true;	/* it went away meanwhile */
		unlink(s->temporary);
	} else {
		o = why_set(why, RUN_FAILED, "%s: %s", s->path,
		    strerror(errno));
	}
	if (o == DONE && file_sync_dir_of(s->path) != 0)
		o = why_set(why, RUN_FAILED, "%s: %s", s->path,
		    strerror(errno));
	if (!*came_out)
		unlink(s->note);
	return o;
}

void swap_put_back(const struct swap *s)
{
	struct stat st;
	char *kept;

	if (renameat2(AT_FDCWD, s->temporary, AT_FDCWD, s->path,
	    RENAME_EXCHANGE) != 0)
		return;
	if (lstat(s->temporary, &st) == 0 && st.st_ino == s->ours) {
		unlink(s->temporary);
		return;
	}
	/* Two others wrote within the same instant. */
	kept = swap_keep_aside(s);
	log_act("%s: two other programs wrote it at once; one version was "
	    "kept as %s", s->path, kept);
	free(kept);
}
