/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mapped.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

#define FIRST_SIZE (64u << 10)
#define MAX_MEMORY (1u << 20)

void mapped_open(struct mapped *m, const char *folder)
{
	*m = (struct mapped){ .folder = folder, .fd = -1 };
}

static int open_unnamed(const char *folder)
{
	char *name = NULL;
	int fd = file_open_unnamed(folder, 0600, &name);

	if (name != NULL)
		unlink(name);
	free(name);
	return fd;
}

/* Of fd, or of memory if that is -1; never returns NULL. */
static char *map_bytes(int fd, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, fd >= 0 ?
	    MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);

	if (p == MAP_FAILED) {
		log_error("out of memory");
		exit(1);
	}
	return p;
}

/* The file's room is allotted before it is mapped: a full disk would otherwise
 * be a signal at some later write. */
static void grow_to(struct mapped *m, size_t size)
{
	int fd = m->fd >= 0 || m->folder == NULL || size <= MAX_MEMORY ?
	    m->fd : open_unnamed(m->folder);
	bool in_file = fd >= 0 && posix_fallocate(fd, 0, (off_t)size) == 0;
	char *data = map_bytes(in_file ? fd : -1, size);

	if (m->used > 0 && (!in_file || m->fd < 0))
		memcpy(data, m->data, m->used);
	if (m->data != NULL)
		munmap(m->data, m->size);
	if (!in_file && fd >= 0) {
		close(fd);
		fd = -1;
		m->folder = NULL;
	}
	m->fd = fd;
	m->data = data;
	m->size = size;
}

void *mapped_add(struct mapped *m, size_t n)
{
	size_t size = m->size > 0 ? m->size : FIRST_SIZE;

	while (size - m->used < n)
		size *= 2;
	if (size > m->size)
		grow_to(m, size);
	m->used += n;
	return m->data + m->used - n;
}

void mapped_release(const struct mapped *m)
{
	if (m->fd >= 0 && m->data != NULL)
		madvise(m->data, m->size, MADV_DONTNEED);
}

void mapped_close(struct mapped *m)
{
	if (m->data != NULL)
		munmap(m->data, m->size);
	if (m->fd >= 0)
		close(m->fd);
	*m = (struct mapped){ .fd = -1 };
}
