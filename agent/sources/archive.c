/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/archive.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/file.h"
#include "base/stop.h"
#include "types/file.h"

#define BLOCK (64 << 10)

struct archive_walk {
	struct archive *a;
	const char *path;
	uint64_t packed;	/* the archive's own size */
	uint64_t unpacked;	/* read of it so far */
	uint64_t max_member;
};

bool archive_name_is_one(const char *name)
{
	static const char *const endings[] = { ".zip", ".tar", ".tar.gz",
		".tgz", ".tar.zst", ".tar.xz", ".7z", ".rar" };
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strcasecmp(name + len - n, endings[i]) == 0)
			return true;
	}
	return false;
}

static enum outcome damaged(const struct archive_walk *w, struct error *error)
{
	const char *text = archive_error_string(w->a);

	return error_set(error, ITEM_FAILED, "%s: can't be read as an archive "
	    "(%s): download or copy it again", w->path,
	    text != NULL ? text : "unknown reason");
}

/* Counts what is unpacked, skipped members included. */
static enum outcome count_unpacked(struct archive_walk *w, la_ssize_t n,
    struct error *error)
{
	w->unpacked += (uint64_t)n;
	if (w->unpacked > ARCHIVE_MAX_TOTAL ||
	    (w->unpacked > ARCHIVE_RATIO_FROM &&
	    w->unpacked / ARCHIVE_MAX_RATIO > w->packed))
		return error_set(error, ITEM_FAILED, "%s: unpacks to far more "
		    "than music can: not opened", w->path);
	if (stop_requested())
		return error_set(error, STOPPED, "the run was stopped");
	return DONE;
}

enum outcome archive_extract_current(struct archive_walk *w, int fd,
    struct error *error)
{
	char block[BLOCK];
	uint64_t size = 0;
	la_ssize_t n;
	enum outcome o;

	while ((n = archive_read_data(w->a, block, sizeof(block))) > 0) {
		size += (uint64_t)n;
		if (size > w->max_member)
			return error_set(error, ITEM_FAILED, "%s: a member is "
			    "over max_size", w->path);
		if ((o = count_unpacked(w, n, error)) != DONE)
			return o;
		if (file_write_all(fd, block, (size_t)n) != 0)
			return error_set(error, file_disk_is_full(errno) ?
			    RUN_ACT : RUN_LATER, "%s: can't be unpacked: %s",
			    w->path, strerror(errno));
	}
	return n == 0 ? DONE : damaged(w, error);
}

/* In a compressed stream, skipping a member unpacks it: done here, so that
 * it is counted. Damage is found by the next header. */
static enum outcome skip_rest(struct archive_walk *w, struct error *error)
{
	int format = archive_format(w->a);
	char block[BLOCK];
	enum outcome o = DONE;
	la_ssize_t n;

	if (stop_requested())
		return error_set(error, STOPPED, "the run was stopped");
	if (archive_filter_count(w->a) == 1 &&
	    format != ARCHIVE_FORMAT_7ZIP && format != ARCHIVE_FORMAT_RAR_V5)
		return DONE;
	while (o == DONE &&
	    (n = archive_read_data(w->a, block, sizeof(block))) > 0)
		o = count_unpacked(w, n, error);
	return o;
}

/* Not all formats: for some libarchive would start a program. */
static struct archive *open_archive(int fd)
{
	struct archive *a = archive_read_new();

	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	/* Zip files by their directory only, so that members are skipped
	 * without unpacking them; a truncated file has none. */
	archive_read_support_format_zip_seekable(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_7zip(a);
	archive_read_support_format_rar(a);
	archive_read_support_format_rar5(a);
	archive_read_open_fd(a, fd, BLOCK);
	return a;
}

static bool is_audio_member(struct archive_entry *e, const char *name)
{
	return archive_entry_filetype(e) == AE_IFREG && name != NULL &&
	    strncmp(name, "__MACOSX/", 9) != 0 &&
	    file_name_is_audio(path_base(name));
}

static enum outcome walk_members(struct archive_walk *w, archive_each *each,
    void *ctx, struct error *error)
{
	struct archive_entry *e;
	enum outcome o;
	int rc;

	for (int members = 0; (rc = archive_read_next_header(w->a, &e)) ==
	    ARCHIVE_OK || rc == ARCHIVE_WARN; members++) {
		const char *name = archive_entry_pathname(e);

		if (members == ARCHIVE_MAX_MEMBERS)
			return error_set(error, ITEM_FAILED, "%s: has over %d "
			    "members: not opened", w->path,
			    ARCHIVE_MAX_MEMBERS);
		if (is_audio_member(e, name)) {
			if (archive_entry_is_encrypted(e))
				return error_set(error, ITEM_FAILED, "%s: is "
				    "encrypted: unpack it yourself", w->path);
			if (each(ctx, w, name) != 0)
				return DONE;
		}
		if ((o = skip_rest(w, error)) != DONE)
			return o;
	}
	return rc == ARCHIVE_EOF ? DONE : damaged(w, error);
}

enum outcome archive_each_audio(const char *path, uint64_t max_member,
    archive_each *each, void *ctx, struct error *error)
{
	struct archive_walk w = { .path = path, .max_member = max_member };
	int fd = file_open(path);
	enum outcome o;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		o = error_set(error, ITEM_FAILED, "%s: %s", path,
		    file_strerror(errno));
	} else {
		w.packed = (uint64_t)st.st_size;
		w.a = open_archive(fd);
		o = walk_members(&w, each, ctx, error);
		archive_read_free(w.a);
	}
	if (fd >= 0)
		close(fd);
	return o;
}
