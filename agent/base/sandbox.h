/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox: the files that any program needs to start and to use the network:
 * the system's folders, name resolution, certificates, /dev/null, and what
 * belongs to the program itself. Not all of /etc (it holds other programs'
 * secrets), nothing of /home, /proc or /run. Whoever starts the program adds
 * what it works on (base/landlock.h) and lays it into struct process.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

struct landlock;

/*
 * program: its full path. Its own files are found by where it lies and by the
 * interpreter that its first line names: a virtual environment, an interpreter
 * of the user's own, a bundle. Such a folder is left out if one of closed
 * (NULL-ended; what does not exist is passed over) lies in it. NULL if the
 * kernel has no Landlock. landlock_free.
 */
struct landlock *sandbox_new(const char *program, const char *const *closed);

#endif
