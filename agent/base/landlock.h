/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * landlock: restricts a process to listed files, by the kernel's Landlock. For
 * the worker's child, which keeps none, and for programs that are started.
 *
 *	struct landlock *l = landlock_new();	before the fork
 *	landlock_allow(l, "/usr", LANDLOCK_RUN);
 *	landlock_enter(l);			in the child
 *	landlock_free(l);			in the parent
 *
 * What was open before stays usable. A process that entered can trace no
 * process outside and, on newer kernels, send it no signal and reach it by no
 * abstract socket. It can use the network.
 */
#ifndef BASE_LANDLOCK_H
#define BASE_LANDLOCK_H

struct landlock;

enum landlock_right {
	LANDLOCK_READ,		/* read a file, or all below a folder */
	LANDLOCK_RUN,		/* the same, and start programs */
	LANDLOCK_UPDATE,	/* read and overwrite: a device, a file that a
				   program keeps up to date */
	LANDLOCK_WORK		/* make and remove files and folders below it;
				   no link, no device, nothing is started */
};

/* The version of the kernel's Landlock; 0: it has none, or does not allow it,
 * and errno says why. */
int landlock_version(void);

/* A list without a file. NULL if the kernel has no Landlock (errno). */
struct landlock *landlock_new(void);
/* Adds a file, or a folder with all that is below it, where links lead to. A
 * path that does not exist, or NULL, adds nothing. */
void landlock_allow(struct landlock *l, const char *path,
    enum landlock_right right);
void landlock_free(struct landlock *l);	/* NULL allowed */

/* Confines this thread, and what it starts, for good; it can gain no
 * privileges from then on. Async-signal-safe. 0, or -1 with errno. */
int landlock_enter(const struct landlock *l);

#endif
