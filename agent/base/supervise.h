/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * supervise: a process between us and a program, which kills everything that
 * the program started once it has ended, also what has left its process group
 * and session. It is the parent of all that lose theirs
 * (PR_SET_CHILD_SUBREAPER), so it knows exactly which processes these are.
 */
#ifndef BASE_SUPERVISE_H
#define BASE_SUPERVISE_H

#include <signal.h>

/* Sent to the supervisor: kill the program and all others now. It ignores all
 * other signals that can be ignored. */
#define SUPERVISE_KILL SIGUSR1

/* For a child that was forked with all signals blocked and is going to be the
 * program: forks the program off and returns in that, a child of the
 * supervisor. The supervisor never returns: it closes all descriptors and ends
 * as the program ends. -1 with errno: neither exists. Async-signal-safe. */
int supervise(void);

#endif
