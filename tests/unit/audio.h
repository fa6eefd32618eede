/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of media need: sound made by ffmpeg in the test's folder. */
#ifndef TEST_AUDIO_H
#define TEST_AUDIO_H

#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Runs ffmpeg in folder with these arguments. */
static inline void ffmpeg(const char *folder, const char *arguments)
{
	char command[2048];

	snprintf(command, sizeof(command),
	    "cd '%s' && ffmpeg -nostdin -v error -y %s", folder, arguments);
	if (system(command) != 0)
		fail_msg("%s", command);
}

/* A sine of hz in stereo, of which options say how it is encoded. */
static inline void make_sine(const char *folder, const char *name, int hz,
    int seconds, const char *options)
{
	char arguments[1024];

	snprintf(arguments, sizeof(arguments), "-f lavfi -i "
	    "sine=frequency=%d:duration=%d:sample_rate=48000 -ac 2 %s '%s'",
	    hz, seconds, options, name);
	ffmpeg(folder, arguments);
}

static inline int open_in(const char *folder, const char *name, int flags,
    int64_t *size)
{
	char path[1024];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st) != 0)
		fail_msg("%s", path);
	if (size != NULL)
		*size = st.st_size;
	return fd;
}

static inline void copy_file(const char *from_folder, const char *from,
    const char *to_folder, const char *to)
{
	char block[65536];
	ssize_t n;
	int in = open_in(from_folder, from, O_RDONLY, NULL);
	int out = open_in(to_folder, to, O_WRONLY | O_CREAT | O_TRUNC, NULL);

	while ((n = read(in, block, sizeof(block))) > 0)
		assert_int_equal(write(out, block, (size_t)n), n);
	close(in);
	close(out);
}

/* Leaves the first percent of a file. */
static inline void cut_file(const char *folder, const char *name, int percent)
{
	int64_t size;
	int fd = open_in(folder, name, O_RDWR, &size);

	assert_int_equal(ftruncate(fd, size * percent / 100), 0);
	close(fd);
}

static inline void append_bytes(const char *folder, const char *name,
    const void *data, size_t len)
{
	int fd = open_in(folder, name, O_WRONLY | O_APPEND | O_CREAT, NULL);

	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
