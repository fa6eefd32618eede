/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/swap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

#define HEX (2 * FAST_HASH_LEN)	/* a hash in a file name */
#define MAX_LINKS 16		/* symbolic links to follow by hand */
#define MAX_KEPT 1000		/* files set aside in one second */
#define HASH_BLOCK (256 << 10)

void (*document_test_hook)(enum merge_step m);

void document_reached(enum merge_step m)
{
	if (document_test_hook != NULL)
		document_test_hook(m);
}

/* ---- names ---- */

/* The target of path, even if no file is there yet. */
static char *follow_links(const char *path)
{
	char *at = realpath(path, NULL);
	char target[PATH_MAX];

	if (at != NULL)
		return at;
	at = xstrdup(path);
	for (int i = 0; i < MAX_LINKS; i++) {
		ssize_t n = readlink(at, target, sizeof(target) - 1);
		char *folder, *next;

		if (n < 0)
			break;
		target[n] = '\0';
		folder = path_dir(at);
		next = target[0] == '/' ? xstrdup(target) :
		    path_join(folder, target);
		free(folder);
		free(at);
		at = next;
	}
	return at;
}

void swap_init(struct swap *s, const char *path)
{
	memset(s, 0, sizeof(*s));
	s->path = follow_links(path);
	s->folder = path_dir(s->path);
	s->stem = xasprintf(".%s.likesync-", path_base(s->path));
	s->work = xasprintf("%s/%stmp", s->folder, s->stem);
	s->guard = xasprintf("%s/%sseen", s->folder, s->stem);
}

void swap_free(struct swap *s)
{
	free(s->path);
	free(s->folder);
	free(s->stem);
	free(s->work);
	free(s->guard);
}

void outgoing_free(struct outgoing *out)
{
	free(out->path);
	out->path = NULL;
}

static void name_outgoing(const struct swap *s, const uint8_t *old,
    const uint8_t *new, struct outgoing *out)
{
	char before[HEX + 1], after[HEX + 1];

	memcpy(out->old, old, FAST_HASH_LEN);
	memcpy(out->new, new, FAST_HASH_LEN);
	hex_encode(old, FAST_HASH_LEN, before);
	hex_encode(new, FAST_HASH_LEN, after);
	out->path = xasprintf("%s/%s%s-%s", s->folder, s->stem, before,
	    after);
}

static bool parse_outgoing(const struct swap *s, const char *name,
    struct outgoing *out)
{
	size_t n = strlen(s->stem);
	char hex[HEX + 1] = "";

	if (strncmp(name, s->stem, n) != 0 ||
	    strlen(name) != n + 2 * HEX + 1 || name[n + HEX] != '-')
		return false;
	memcpy(hex, name + n, HEX);
	if (hex_decode(hex, out->old, FAST_HASH_LEN) != 0 ||
	    hex_decode(name + n + HEX + 1, out->new, FAST_HASH_LEN) != 0)
		return false;
	out->path = path_join(s->folder, name);
	return true;
}

size_t swap_list_interrupted(const struct swap *s, struct outgoing **list)
{
	DIR *folder = opendir(s->folder);
	const struct dirent *d;
	size_t count = 0, cap = 0;
	struct outgoing out = { .path = NULL };

	*list = NULL;
	unlink(s->work);
	while (folder != NULL && (d = readdir(folder)) != NULL) {
		if (!parse_outgoing(s, d->d_name, &out))
			continue;
		*list = grow(*list, &cap, count, sizeof(**list));
		(*list)[count++] = out;
	}
	if (folder != NULL)
		closedir(folder);
	return count;
}

/* ---- inspecting a file ---- */

int swap_hash(const char *path, uint8_t hash[FAST_HASH_LEN])
{
	int fd = file_open(path);
	struct fast_hash *digest;
	char *block;
	ssize_t n;

	if (fd < 0)
		return -1;
	digest = fast_hash_new();
	block = xmalloc(HASH_BLOCK);
	while ((n = read(fd, block, HASH_BLOCK)) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			fast_hash_add(digest, block, (size_t)n);
	}
	fast_hash_end(digest, hash);
	free(block);
	close(fd);
	return n == 0 ? 0 : -1;
}

/* ---- the exchange ---- */

/* Removes the file of a swap that failed; keeps errno. */
static enum swapped abandon(const char *path, enum swapped how)
{
	int error = errno;

	unlink(path);
	errno = error;
	return how;
}

static bool is_unsupported(int error)
{
	return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP;
}

/* Renames without replacing a file, on any file system. */
static int rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (!is_unsupported(errno) || link(from, to) != 0)
		return -1;
	return unlink(from);
}

/* For the first document: it must not replace one that is created meanwhile. */
static enum swapped place_new(const struct swap *s)
{
	if (rename_new(s->work, s->path) != 0)
		return abandon(s->work, errno == EEXIST ? SWAP_RACED :
		    SWAP_FAILED);
	return file_sync_dir_of(s->path) == 0 ? SWAP_DONE : SWAP_FAILED;
}

static bool has_hash(const char *path, const uint8_t expected[FAST_HASH_LEN])
{
	uint8_t hash[FAST_HASH_LEN];

	return swap_hash(path, hash) == 0 &&
	    memcmp(hash, expected, FAST_HASH_LEN) == 0;
}

/* Without an exchange: the old file gets a second name, so that later writes to
 * it are still detected, and is replaced. A document that another program puts
 * there between the check and the rename is lost. */
static enum swapped replace(struct swap *s, struct outgoing *out)
{
	if (!s->no_exchange)
		log_warning("%s: its file system can't exchange two files: "
		    "a document that another program writes at the same "
		    "moment may be lost", s->path);
	s->no_exchange = true;
	if (!has_hash(s->path, out->old))
		return abandon(s->work, SWAP_RACED);
	if (link(s->path, out->path) != 0) {
		if (errno == ENOENT || errno == EEXIST)
			return abandon(s->work, SWAP_RACED);
		outgoing_free(out);	/* no hard links either */
	}
	if (rename(s->work, s->path) == 0)
		return SWAP_DONE;
	if (out->path != NULL)
		abandon(out->path, SWAP_FAILED);
	return abandon(s->work, SWAP_FAILED);
}

/* The new file gets its name first: see the top of swap.h. */
static enum swapped exchange(struct swap *s, struct outgoing *out)
{
	if (s->no_exchange)
		return replace(s, out);
	if (renameat2(AT_FDCWD, s->work, AT_FDCWD, out->path,
	    RENAME_NOREPLACE) != 0)
		return is_unsupported(errno)
			   ? replace(s, out)
			   : abandon(s->work,
				 errno == EEXIST ? SWAP_RACED : SWAP_FAILED);
	document_reached(BEFORE_EXCHANGE);
	if (renameat2(AT_FDCWD, out->path, AT_FDCWD, s->path,
	    RENAME_EXCHANGE) == 0)
		return SWAP_DONE;
	if (!is_unsupported(errno))
		return abandon(out->path, errno == ENOENT ? SWAP_RACED :
		    SWAP_FAILED);
	if (rename(out->path, s->work) != 0)
		return abandon(out->path, SWAP_FAILED);
	return replace(s, out);
}

enum swapped swap_in(struct swap *s, const uint8_t *old, const uint8_t *new,
    struct outgoing *out)
{
	enum swapped how;

	out->path = NULL;
	if (old == NULL)
		return place_new(s);
	name_outgoing(s, old, new, out);
	how = exchange(s, out);
	if (how == SWAP_DONE && file_sync_dir_of(s->path) != 0)
		how = SWAP_FAILED;
	if (how != SWAP_DONE)
		outgoing_free(out);
	return how;
}

enum swapped swap_back(struct swap *s, const struct outgoing *out)
{
	int failed;

	if (access(s->path, F_OK) != 0 && errno == ENOENT)
		return rename_new(out->path, s->path) == 0 ? SWAP_DONE :
		    SWAP_FAILED;
	if (!has_hash(s->path, out->new))
		return SWAP_RACED;
	document_reached(BEFORE_SWAP_BACK);
	failed = renameat2(AT_FDCWD, out->path, AT_FDCWD, s->path,
	    RENAME_EXCHANGE);
	if (failed && is_unsupported(errno))
		failed = rename(out->path, s->path);
	if (failed)
		return SWAP_FAILED;
	document_reached(AFTER_SWAP_BACK);
	return file_sync_dir_of(s->path) == 0 ? SWAP_DONE : SWAP_FAILED;
}

/* ---- setting aside ---- */

/* X.kept-20261119T201542Z.json for X.json. */
static char *kept_name(const struct swap *s, int n)
{
	const char *dot = strrchr(path_base(s->path), '.');
	size_t stem = dot != NULL && dot != path_base(s->path) ?
	    (size_t)(dot - s->path) : strlen(s->path);
	char now[ISO_TIME_LEN], number[16] = "";
	char *to = now;

	time_to_iso(clock_wall(), now);
	for (const char *from = now; *from != '\0'; from++)
		if (*from != '-' && *from != ':')
			*to++ = *from;
	*to = '\0';
	if (n > 0)
		snprintf(number, sizeof(number), "-%d", n);
	return xasprintf("%.*s.kept-%s%s%s", (int)stem, s->path, now, number,
	    s->path + stem);
}

void swap_keep_aside(const struct swap *s, const char *path,
    const char *what)
{
	int failed = -1;

	for (int n = 0; failed && n < MAX_KEPT; n++) {
		char *name = kept_name(s, n);

		failed = rename_new(path, name);
		if (!failed)
			log_act("%s: %s: kept as %s: compare it with the "
			    "document, then remove it", s->path, what, name);
		free(name);
		if (failed && errno != EEXIST)
			break;
	}
	if (failed)
		log_act("%s: %s: left as %s: compare it with the document, "
		    "then remove it", s->path, what, path);
	file_sync_dir_of(s->path);
}
