/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/landlock.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/landlock.h>

#include "base/mem.h"

/* What headers older than the kernel do not know yet. */
#define FS_TRUNCATE (1ull << 14)
#define FS_IOCTL_DEV (1ull << 15)
#define SCOPE_ABSTRACT_SOCKET (1ull << 0)
#define SCOPE_SIGNAL (1ull << 1)

#define FS_VERSION_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define FS_OF_A_FILE (LANDLOCK_ACCESS_FS_EXECUTE | \
	LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | \
	FS_TRUNCATE)

/* The kernel's struct landlock_ruleset_attr, as long as it has become. An
 * older kernel takes it if what it does not know is 0. */
struct ruleset {
	uint64_t handled_fs, handled_net, scoped;
};

struct landlock {
	int fd;
	uint64_t handled;
};

static const uint64_t rights[] = {
	[LANDLOCK_READ] = LANDLOCK_ACCESS_FS_READ_FILE |
	    LANDLOCK_ACCESS_FS_READ_DIR,
	[LANDLOCK_RUN] = LANDLOCK_ACCESS_FS_READ_FILE |
	    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE,
	[LANDLOCK_UPDATE] = LANDLOCK_ACCESS_FS_READ_FILE |
	    LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE,
	[LANDLOCK_WORK] = LANDLOCK_ACCESS_FS_READ_FILE |
	    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE |
	    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
	    FS_TRUNCATE,
};

int landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

struct landlock *landlock_new(void)
{
	int version = landlock_version();
	struct ruleset r = { .handled_fs = FS_VERSION_1 };
	struct landlock *l;

	if (version == 0)
		return NULL;
	if (version >= 3)
		r.handled_fs |= FS_TRUNCATE;
	if (version >= 5)
		r.handled_fs |= FS_IOCTL_DEV;
	if (version >= 6)
		r.scoped = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL;
	l = xcalloc(1, sizeof(*l));
	l->handled = r.handled_fs;
	l->fd = (int)syscall(SYS_landlock_create_ruleset, &r, sizeof(r), 0);
	if (l->fd >= 0)
		return l;
	free(l);
	return NULL;
}

void landlock_allow(struct landlock *l, const char *path,
    enum landlock_right right)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = rights[right] & l->handled };
	struct stat st;

	rule.parent_fd = path != NULL ? open(path, O_PATH | O_CLOEXEC) : -1;
	if (rule.parent_fd < 0)
		return;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_OF_A_FILE;
	/* What is refused here stays shut. */
	(void)syscall(SYS_landlock_add_rule, l->fd,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
}

void landlock_free(struct landlock *l)
{
	if (l == NULL)
		return;
	close(l->fd);
	free(l);
}

int landlock_enter(const struct landlock *l)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return (int)syscall(SYS_landlock_restrict_self, l->fd, 0);
}
