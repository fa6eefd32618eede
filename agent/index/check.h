/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check: is data.mdb as it was when it was last known to be whole? LMDB does
 * not check its file: a truncated or overwritten page causes SIGBUS, SIGSEGV or
 * a failed assertion. So its size, times and inode are noted in the file
 * "checked" beside it when an index that worked is closed; if it has others
 * (a killed run, a restored or damaged file), a child process reads every page
 * before we do, and crashes instead. Pages that go bad without a change of the
 * file crash one command, which removes the note. Private to index/.
 */
#ifndef INDEX_CHECK_H
#define INDEX_CHECK_H

#include <stdbool.h>

/* Can the environment in dir be read completely? True also if it can't be
 * opened at all: opening it then returns the error. */
bool check_is_whole(const char *dir);

/* While the environment in dir is open: after a crash the next check reads
 * everything. For one environment at a time. */
void check_guard(const char *dir);
/* Before it is closed; whole: nothing was wrong with it. Writes the note. */
void check_unguard(const char *dir, bool whole, bool read_only);

#endif
