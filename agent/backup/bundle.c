/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backup/bundle.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stop.h"

#define BLOCK (256u << 10)

struct bundle {
	struct archive *a;
	int fd;
	char *path, *folder;
	char *name;		/* of the file while it has not its own */
	struct json_writer *seal;
	bool members_open;	/* the list in the seal has begun */
	struct buf damage;	/* texts, each ended by NUL */
};

static enum outcome cant_write(const struct bundle *b, struct error *error)
{
	const char *text = archive_error_string(b->a);

	return error_set(error, RUN_FAILED, "%s: can't be written: %s", b->path,
	    text != NULL ? text : strerror(errno));
}

enum outcome bundle_create(const char *path, struct bundle **out,
    struct error *error)
{
	struct bundle *b = xcalloc(1, sizeof(*b));
	struct stat st;

	*out = b;
	b->fd = -1;
	b->path = xstrdup(path);
	b->folder = path_dir(path);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return error_set(error, RUN_FAILED, "%s: is a folder; name the "
		    "file to write the backup to", path);
	if (file_check_replaceable(path) != 0)
		return error_set(error, RUN_FAILED, "%s: %s; name the file "
		    "to write the backup to", path, file_strerror(errno));
	b->fd = file_open_unnamed(b->folder, 0600, &b->name);
	if (b->fd < 0)
		return error_set(error, RUN_FAILED, "%s: %s; name a file in a "
		    "folder that this user may write", b->folder,
		    strerror(errno));
	b->a = archive_write_new();
	b->seal = json_writer_new(true);
	json_open_object(b->seal, NULL);
	if (archive_write_set_format_pax_restricted(b->a) != ARCHIVE_OK ||
	    archive_write_add_filter_zstd(b->a) != ARCHIVE_OK ||
	    archive_write_open_fd(b->a, b->fd) != ARCHIVE_OK)
		return cant_write(b, error);
	return DONE;
}

struct json_writer *bundle_facts(struct bundle *b)
{
	return b->seal;
}

static uint64_t limit_of(const char *name)
{
	if (strcmp(name, MEMBER_INDEX) == 0 ||
	    strcmp(name, MEMBER_DOCUMENT) == 0)
		return BUNDLE_MAX_LARGE;
	if (strncmp(name, MEMBER_KEEP, strlen(MEMBER_KEEP)) == 0)
		return BUNDLE_MAX_RECORD;
	return BUNDLE_MAX_SMALL;
}

static enum outcome put_header(struct bundle *b, const char *name,
    int64_t size, struct error *error)
{
	struct archive_entry *e;
	int rc;

	if ((uint64_t)size > limit_of(name))
		return error_set(error, RUN_FAILED, "%s: is larger than "
		    "restore accepts", name);
	e = archive_entry_new();
	archive_entry_set_pathname(e, name);
	archive_entry_set_size(e, size);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0600);
	archive_entry_set_mtime(e, clock_wall(), 0);
	rc = archive_write_header(b->a, e);
	archive_entry_free(e);
	return rc == ARCHIVE_OK ? DONE : cant_write(b, error);
}

static enum outcome put_data(struct bundle *b, const void *data, size_t len,
    struct error *error)
{
	return len == 0 || archive_write_data(b->a, data, len) ==
	    (la_ssize_t)len ? DONE : cant_write(b, error);
}

/* Ends h and lists the member in the seal. */
static void note_member(struct bundle *b, const char *name, int64_t size,
    struct sha256 *h)
{
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	sha256_end(h, digest);
	hex_encode(digest, SHA256_LEN, hex);
	if (!b->members_open)
		json_open_array(b->seal, "members");
	b->members_open = true;
	json_open_object(b->seal, NULL);
	json_put_string(b->seal, "name", name);
	json_put_int(b->seal, "size", size);
	json_put_string(b->seal, "sha256", hex);
	json_close(b->seal);
}

enum outcome bundle_add_text(struct bundle *b, const char *name,
    const void *data, size_t len, struct error *error)
{
	struct sha256 *h = sha256_new();
	enum outcome o = put_header(b, name, (int64_t)len, error);

	if (o == DONE)
		o = put_data(b, data, len, error);
	sha256_add(h, data, len);
	note_member(b, name, (int64_t)len, h);
	return o;
}

/* Exactly size bytes, as the header says. */
static enum outcome put_file(struct bundle *b, int fd, int64_t size,
    struct sha256 *h, struct error *error)
{
	char *block = xmalloc(BLOCK);
	enum outcome o = DONE;

	while (size > 0 && o == DONE) {
		size_t want = size < BLOCK ? (size_t)size : BLOCK;
		ssize_t n = read(fd, block, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			o = error_set(error, RUN_LATER, "%s: a file changed "
			    "while it was backed up: try again", b->path);
			break;
		}
		sha256_add(h, block, (size_t)n);
		o = put_data(b, block, (size_t)n, error);
		size -= n;
		if (stop_requested())
			o = error_set(error, STOPPED, "%s: stopped before it "
			    "was complete", b->path);
	}
	free(block);
	return o;
}

enum outcome bundle_add_file(struct bundle *b, const char *name, int fd,
    struct error *error)
{
	struct sha256 *h;
	struct stat st;
	enum outcome o;

	if (fstat(fd, &st) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		return error_set(error, RUN_FAILED, "%s: %s", name,
		    strerror(errno));
	o = put_header(b, name, st.st_size, error);
	if (o != DONE)
		return o;
	h = sha256_new();
	o = put_file(b, fd, st.st_size, h, error);
	note_member(b, name, st.st_size, h);
	return o;
}

/* Linked under a name of its own first, since a link never replaces. */
static enum outcome give_name(struct bundle *b, struct error *error)
{
	char *new = xasprintf("%s.new", b->path);
	int failed;

	unlink(new);
	failed = file_link_unnamed(b->fd, b->name, new) != 0 ||
	    rename(new, b->path) != 0 || file_sync_dir_of(b->path) != 0;
	if (failed) {
		error_set(error, RUN_FAILED, "%s: %s", b->path,
		    strerror(errno));
		unlink(new);
	} else {
		str_replace(&b->name, NULL);
	}
	free(new);
	return failed ? RUN_FAILED : DONE;
}

void bundle_tell_damage(struct bundle *b, const char *text)
{
	buf_append(&b->damage, text, strlen(text) + 1);
}

enum outcome bundle_seal(struct bundle *b, struct error *error)
{
	enum outcome o;
	size_t len;
	char *text;

	if (b->members_open)
		json_close(b->seal);
	if (b->damage.len > 0)
		json_open_array(b->seal, "damaged");
	for (size_t at = 0; at < b->damage.len;
	    at += strlen(b->damage.data + at) + 1)
		json_put_string(b->seal, NULL, b->damage.data + at);
	if (b->damage.len > 0)
		json_close(b->seal);
	json_close(b->seal);
	text = json_writer_end(b->seal, &len);
	b->seal = NULL;
	o = put_header(b, BUNDLE_SEAL, (int64_t)len, error);
	if (o == DONE)
		o = put_data(b, text, len, error);
	if (o == DONE && archive_write_close(b->a) != ARCHIVE_OK)
		o = cant_write(b, error);
	free(text);
	return o == DONE ? give_name(b, error) : o;
}

void bundle_close(struct bundle *b)
{
	if (b == NULL)
		return;
	if (b->seal != NULL)
		free(json_writer_end(b->seal, NULL));
	archive_write_free(b->a);
	if (b->fd >= 0)
		close(b->fd);
	if (b->name != NULL)
		unlink(b->name);
	free(b->name);
	buf_free(&b->damage);
	free(b->folder);
	free(b->path);
	free(b);
}

/*
 * Reading.
 */

struct unpacking {
	struct archive *a;
	const char *path, *folder;
	struct map *digests;	/* name -> its SHA-256 in hex */
	struct buf seal;
	uint64_t unpacked;	/* bytes of all members so far */
};

static enum outcome damaged(const struct unpacking *u, const char *what,
    struct error *error)
{
	return error_set(error, RUN_FAILED, "%s: not a complete backup by "
	    "likesync: %s", u->path, what);
}

static const char *reason(const struct unpacking *u)
{
	const char *text = archive_error_string(u->a);

	return text != NULL ? text : "unknown reason";
}

/* One or two plain words with a slash between: nothing that leads out. */
static bool is_member_name(const char *name)
{
	int slashes = 0;

	for (const char *p = name; *p != '\0'; p++) {
		bool begins = p == name || p[-1] == '/';

		if (*p == '/' && !begins && p[1] != '\0')
			slashes++;
		else if (!isalnum((unsigned char)*p) &&
		    (begins || strchr("-_.", *p) == NULL))
			return false;
	}
	return *name != '\0' && slashes <= 1;
}

/* n more bytes came of a member that may have *left. What a header says of the
 * size is not asked: holes in a member are read as zeros. */
static enum outcome count(struct unpacking *u, uint64_t n, uint64_t *left,
    struct error *error)
{
	uint64_t packed = (uint64_t)archive_filter_bytes(u->a, -1);

	u->unpacked += n;
	if (n > *left)
		return damaged(u, "a file in it is larger than in any backup",
		    error);
	*left -= n;
	if (u->unpacked > BUNDLE_RATIO_FROM &&
	    u->unpacked / BUNDLE_MAX_RATIO > packed)
		return damaged(u, "it unpacks to far more than any backup",
		    error);
	return DONE;
}

/* Copies the current member to fd, or into the seal if fd is -1. */
static enum outcome copy_member(struct unpacking *u, int fd, uint64_t left,
    struct sha256 *h, struct error *error)
{
	char *block = xmalloc(BLOCK);
	enum outcome o = DONE;
	la_ssize_t n = 0;

	while (o == DONE &&
	    (n = archive_read_data(u->a, block, BLOCK)) > 0) {
		o = count(u, (uint64_t)n, &left, error);
		if (o != DONE)
			break;
		sha256_add(h, block, (size_t)n);
		if (fd < 0)
			buf_append(&u->seal, block, (size_t)n);
		else if (file_write_all(fd, block, (size_t)n) != 0)
			o = error_set(error, RUN_FAILED, "%s: %s", u->folder,
			    strerror(errno));
		if (stop_requested())
			o = error_set(error, STOPPED, "%s: stopped before it "
			    "was read", u->path);
	}
	if (o == DONE && n < 0)
		o = damaged(u, reason(u), error);
	free(block);
	return o;
}

static enum outcome take_member(struct unpacking *u, const char *name,
    struct error *error)
{
	bool is_seal = strcmp(name, BUNDLE_SEAL) == 0;
	char *path = path_join(u->folder, name), *folder = path_dir(path);
	char hex[2 * SHA256_LEN + 1];
	uint8_t digest[SHA256_LEN];
	struct sha256 *h = sha256_new();
	enum outcome o = DONE;
	int fd = -1;

	if (!is_seal && (file_make_dirs(folder, 0700) != 0 ||
	    (fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600)) < 0))
		o = error_set(error, RUN_FAILED, "%s: %s", path,
		    strerror(errno));
	if (o == DONE)
		o = copy_member(u, fd, limit_of(name), h, error);
	if (fd >= 0 && (fsync(fd) != 0 || close(fd) != 0) && o == DONE)
		o = error_set(error, RUN_FAILED, "%s: %s", path,
		    strerror(errno));
	sha256_end(h, digest);
	hex_encode(digest, sizeof(digest), hex);
	if (!is_seal)
		free(map_put_str(u->digests, name, xstrdup(hex)));
	free(folder);
	free(path);
	return o;
}

static enum outcome take_members(struct unpacking *u, struct error *error)
{
	struct archive_entry *e;
	enum outcome o = DONE;
	int rc = ARCHIVE_OK;

	for (int i = 0; o == DONE && u->seal.len == 0; i++) {
		const char *name;

		rc = archive_read_next_header(u->a, &e);
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			break;
		name = archive_entry_pathname(e);
		if (i == BUNDLE_MAX_MEMBERS || name == NULL ||
		    archive_entry_filetype(e) != AE_IFREG ||
		    !is_member_name(name))
			return damaged(u, "it contains other files", error);
		o = take_member(u, name, error);
	}
	if (o == DONE && u->seal.len == 0)
		o = damaged(u, rc == ARCHIVE_EOF ? "its end is missing" :
		    reason(u), error);
	return o;
}

/* Is everything that the seal names there, as it was, and nothing else? */
static enum outcome check_seal(const struct unpacking *u,
    const struct json *seal, struct error *error)
{
	const struct json *members = json_get(seal, "members");

	if (json_get_int(seal, "format", 0) != 1)
		return damaged(u, "its format is that of another version",
		    error);
	if (json_count(members) != map_count(u->digests))
		return damaged(u, "its list of files does not match", error);
	for (size_t i = 0; i < json_count(members); i++) {
		const struct json *m = json_at(members, i);
		const char *name = json_get_string(m, "name");
		const char *wanted = json_get_string(m, "sha256");
		const char *found = name != NULL ? map_get_str(u->digests,
		    name) : NULL;

		if (found == NULL || wanted == NULL ||
		    strcmp(found, wanted) != 0)
			return damaged(u, "a checksum does not match", error);
	}
	return DONE;
}

enum outcome bundle_unpack(const char *path, const char *folder,
    struct json **seal, struct error *error)
{
	struct unpacking u = { .path = path, .folder = folder };
	int fd = file_open(path);
	enum outcome o;

	*seal = NULL;
	u.a = archive_read_new();
	u.digests = map_new();
	archive_read_support_filter_zstd(u.a);
	archive_read_support_format_tar(u.a);
	if (fd < 0)
		o = error_set(error, RUN_FAILED, "%s: %s", path,
		    file_strerror(errno));
	else if (archive_read_open_fd(u.a, fd, BLOCK) != ARCHIVE_OK)
		o = damaged(&u, reason(&u), error);
	else
		o = take_members(&u, error);
	if (o == DONE) {
		*seal = json_parse(u.seal.data, u.seal.len, NULL);
		o = check_seal(&u, *seal, error);
	}
	archive_read_free(u.a);
	if (fd >= 0)
		close(fd);
	map_free(u.digests, free);
	buf_free(&u.seal);
	return o;
}
