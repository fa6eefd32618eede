/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an archive of purchases: members within their ceiling and with
 * names of audio files, or a reason. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "sources/archive.h"
#include "types/file.h"

#define MAX_MEMBER (1 << 20)

static int take(void *ctx, struct archive_walk *w, const char *member)
{
	int fd = memfd_create("member", MFD_CLOEXEC);
	enum outcome *o = ctx;
	struct error error = { .text = "" };

	must(fd >= 0);
	must(file_name_is_audio(path_base(member)));
	*o = archive_extract_current(w, fd, &error);
	must(*o == DONE || error.text[0] != '\0');
	must(lseek(fd, 0, SEEK_END) <= MAX_MEMBER);
	close(fd);
	return *o != DONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);
	enum outcome member = DONE;
	struct error error = { .text = "" };
	char path[64];

	must(fd >= 0 && file_write_all(fd, data, size) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (archive_each_audio(path, MAX_MEMBER, take, &member, &error) != DONE)
		must(error.text[0] != '\0');
	close(fd);
	return 0;
}
