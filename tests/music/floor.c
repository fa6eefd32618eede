/* SPDX-License-Identifier: GPL-3.0-or-later */
/* floor FILE: decodes and measures loudness, and nothing else: what analysis
 * can cost at the least. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/decode/decode.h"
#include "worker/loudness/loudness.h"

static void begin(void *ctx, int rate, int channels)
{
	struct loudness **l = ctx;

	*l = loudness_new(rate, channels);
}

static void samples(void *ctx, const float *data, size_t frames)
{
	struct loudness **l = ctx;

	loudness_feed(*l, data, frames);
}

int main(int argc, char **argv)
{
	struct loudness *l = NULL;
	const struct decode_sink sink = { .ctx = &l, .begin = begin,
		.samples = samples };
	struct decoder *d = NULL;
	struct decoded decoded;
	struct stat st;
	struct error error;
	double lufs;
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 || fstat(fd, &st) != 0)
		return 1;
	decoder_setup();
	d = decoder_open(fd, st.st_size, &error);
	if (d == NULL)
		return 1;
	decoder_run(d, &sink, &decoded);
	if (loudness_integrated(l, &lufs))
		printf("%.2f\n", lufs);
	loudness_free(l);
	decoder_free(d);
	close(fd);
	return 0;
}
