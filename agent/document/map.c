/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/map.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "document/read.h"

#define MAGIC "likemap1"

struct map_header {
	char magic[8];
	uint64_t maker;		/* program and library */
	struct stamp stamp;	/* of the document */
	uint8_t hash[FAST_HASH_LEN];	/* likewise */
	uint64_t count, ours;	/* slots */
	struct place places[N_PLACES];
	uint64_t indented;
	uint64_t slots;		/* a hash of them */
	uint64_t header;	/* a hash of the members before */
};

/* What the facts in a map depend on besides the document. */
static uint64_t maker_of(const struct file_table *files)
{
	char *text = xasprintf("%s\n%s\n%s\n%zu", LIKESYNC_VERSION,
	    files->root, files->real_root != NULL ? files->real_root : "",
	    sizeof(struct slot));
	uint64_t hash = fast_hash64(text, strlen(text));

	free(text);
	return hash;
}

static uint64_t header_hash(const struct map_header *h)
{
	return fast_hash64(h, offsetof(struct map_header, header));
}

/* The device is left out: its number may change with the next boot. */
static struct stamp lasting_stamp(const struct stat *st)
{
	struct stamp stamp = stamp_of(st);

	stamp.device = 0;
	return stamp;
}

static bool header_fits(const struct map_header *h,
    const struct file_table *files, const struct reading *r)
{
	struct stamp now = lasting_stamp(&r->st);

	return memcmp(h->magic, MAGIC, sizeof(h->magic)) == 0 &&
	    h->header == header_hash(h) && h->maker == maker_of(files) &&
	    stamp_equal(&h->stamp, &now);
}

static bool read_whole(int fd, void *data, size_t len)
{
	for (char *to = data; len > 0;) {
		ssize_t n = read(fd, to, len);

		if (n <= 0)
			return false;
		to += n;
		len -= (size_t)n;
	}
	return true;
}

int map_load(const char *path, const struct file_table *files,
    struct reading *r)
{
	int fd = file_open(path);
	struct map_header h;
	struct stat st;
	size_t size;
	bool fits = fd >= 0 && fstat(fd, &st) == 0 &&
	    read_whole(fd, &h, sizeof(h)) && header_fits(&h, files, r) &&
	    (uint64_t)st.st_size == sizeof(h) + h.count * sizeof(struct slot);

	if (fits) {
		size = h.count * sizeof(struct slot);
		fits = read_whole(fd, mapped_add(&r->list, size), size) &&
		    fast_hash64(r->list.data, size) == h.slots;
	}
	if (fits) {
		r->state = READ_WHOLE;
		r->count = h.count;
		r->ours = h.ours;
		r->indented = h.indented != 0;
		memcpy(r->places, h.places, sizeof(r->places));
		memcpy(r->hash, h.hash, sizeof(r->hash));
	}
	if (fd >= 0)
		close(fd);
	return fits ? 0 : -1;
}

/* Only what outlasts this merge. */
static void tidy_slots(const struct reading *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct slot *s = reading_slot(r, i);

		s->file = 0;
		s->action = KEEP;
		s->moved = s->id_is_news = false;
	}
}

static int write_map(const char *path, const struct map_header *h,
    const struct reading *r)
{
	int fd = file_open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW);
	int failed = fd < 0 || file_write_all(fd, h, sizeof(*h)) != 0 ||
	    file_write_all(fd, r->list.data,
	    r->count * sizeof(struct slot)) != 0;

	if (fd >= 0 && close(fd) != 0)
		failed = 1;
	return failed ? -1 : 0;
}

void map_save(const char *path, const struct file_table *files,
    const struct reading *r, int fd, const struct stat *then)
{
	const struct stamp written = lasting_stamp(then);
	struct map_header h = { .maker = maker_of(files), .count = r->count,
		.ours = r->ours, .indented = r->indented };
	char *temporary = xasprintf("%s.tmp", path);
	struct stat st;
	bool same;

	tidy_slots(r);
	memcpy(h.magic, MAGIC, sizeof(h.magic));
	memcpy(h.hash, r->hash, sizeof(h.hash));
	memcpy(h.places, r->places, sizeof(h.places));
	h.slots = fast_hash64(r->list.data, r->count * sizeof(struct slot));
	same = fstat(fd, &st) == 0;
	if (same)
		h.stamp = lasting_stamp(&st);
	same = same && h.stamp.size == written.size &&
	    h.stamp.mtime_ns == written.mtime_ns;
	h.header = header_hash(&h);
	if (!same)
		unlink(path);
	else if (write_map(temporary, &h, r) != 0 || rename(temporary, path) != 0)
		unlink(temporary);
	free(temporary);
}
