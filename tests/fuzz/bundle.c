/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a backup: nothing is unpacked but below the folder, and what is
 * taken for whole has a seal. */
#include "fuzz.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/bundle.h"
#include "base/file.h"
#include "base/json.h"
#include "base/state.h"

/* The folder lies in one of its own, where nothing else may turn up. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char top[] = "/tmp/likesync-fuzz-XXXXXX", in[64], path[64];
	int fd = memfd_create("backup", MFD_CLOEXEC);
	struct json *seal;
	struct error error;

	must(mkdtemp(top) != NULL && fd >= 0);
	snprintf(in, sizeof(in), "%s/in", top);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(mkdir(in, 0700) == 0);
	must(file_write_all(fd, data, size) == 0);
	if (bundle_unpack(path, in, &seal, &error) == DONE)
		must(json_get_int(seal, "format", 0) == 1);
	json_free(seal);
	close(fd);
	folder_remove(in);
	must(rmdir(top) == 0);
	return 0;
}
