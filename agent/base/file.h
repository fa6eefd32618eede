/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file: reading whole small files, writing files so that they are never seen
 * half-written, and locks. Every descriptor made here is close-on-exec.
 * Functions return 0, or -1 with errno set, unless they say otherwise.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/outcome.h"

struct stat;

/* For main, before all else: descriptors 0, 1 and 2 that were closed at the
 * start are taken, so that no file gets one of these numbers and then what is
 * meant for a terminal. What is written to one fails as to a closed one. */
void file_open_standard(void);

/* Opens a regular file and nothing else, without ever waiting: in the place of
 * a file that somebody named there may be a FIFO that nobody writes to, a
 * terminal, a device. A folder is EISDIR, all else ENXIO. Whatever the user, a
 * folder or another program names is opened by these. */
int file_open(const char *path);		/* for reading */
/* The same with flags (O_RDWR, O_CREAT, O_NOFOLLOW, ...), path being relative
 * to the folder dir or AT_FDCWD; a file that is made is 0600. */
int file_open_at(int dir, const char *path, int flags);
/* The same for a path below the folder root that leads through no link, not
 * even at its end, and has no empty, "." or ".." part in it: ELOOP or ENOTDIR,
 * EINVAL. flags may be O_PATH | O_DIRECTORY, for a folder. */
int file_open_below(int root, const char *path, int flags);
/* strerror, but says of ENXIO what it means for a file. */
const char *file_strerror(int errnum);

/* Reads at most ceiling bytes of a regular file; a larger file is EFBIG. */
int file_read(const char *path, size_t ceiling, struct buf *out);

/* Replaces path atomically and durably: temporary beside it, write, fsync,
 * close, rename, fsync the folder. mode is the new file's, exactly. A symbolic
 * link there stays, and what it leads to is replaced, only if nobody else can
 * have made it: it is ours or root's, in a folder that others can't write.
 * Any other link is replaced itself. EISDIR, ENXIO: there is a folder, or
 * something else that is no file. */
int file_write(const char *path, const void *data, size_t len, mode_t mode);

int file_write_all(int fd, const void *data, size_t len);  /* EINTR, short */
int file_sync_dir_of(const char *path);	/* fsync the folder that holds path */
int file_sync_folder(int dir, const char *folder);	/* relative to dir */
int file_make_dirs(const char *path, mode_t mode);	/* mkdir -p, synced */

/* Copies len bytes (-1: to the end) at the descriptors' positions, sharing
 * extents where the file system can; *copied may be NULL. */
int file_copy(int from, int to, off_t len, off_t *copied);

/* Opens a new file in folder that has no name (O_TMPFILE), or a dotfile
 * ".likesync-XXXXXX.tmp" where the file system has no such thing; then *name
 * is its path (caller frees), else NULL. Returns the descriptor or -1. */
int file_open_unnamed(const char *folder, mode_t mode, char **name);
/* Gives that file its name. Never overwrites: EEXIST if path is taken. name
 * is what file_open_unnamed stored and is removed once path exists. Syncs the
 * file before and the folder after. */
int file_link_unnamed(int fd, const char *name, const char *path);
/* The same with folder, path and name relative to the folder dir. */
int file_open_unnamed_at(int dir, const char *folder, mode_t mode,
    char **name);
int file_link_unnamed_at(int fd, const char *name, int dir, const char *path);

/* May path be replaced by a rename: is there nothing, a file, or a link to a
 * file or to nothing? A link to something else, or into /proc, may be the
 * system's, as /dev/stdout is: -1 with EISDIR or ENXIO. */
int file_check_replaceable(const char *path);

/* Takes an exclusive flock on fd, waiting for wait_ms at most (0: try once); a
 * stop shortens that to a moment. -1: EWOULDBLOCK if another process holds
 * it. */
int file_flock(int fd, int wait_ms);
/* The same on path, which is made (0600) if it is missing, never truncated and
 * never followed if it is a link. Returns the descriptor (closing it unlocks)
 * or -1. */
int file_lock(const char *path, int wait_ms, const char *holder_text);
/* Says in a lock that is held who holds it, for people: at most
 * FILE_HOLDER_MAX bytes, over what was said before. */
#define FILE_HOLDER_MAX 160
int file_lock_note(int fd, const char *holder_text);
/* Does somebody hold the lock at path now? Asks without waiting; whoever takes
 * it in that very moment has to try twice. */
bool file_lock_is_held(const char *path);
/* The text that the last holder of the lock at path wrote; false: none. */
bool file_lock_holder(const char *path, struct buf *out);

/* Does it belong to this user or to root? */
bool file_is_ours(const struct stat *st);

bool file_disk_is_full(int errnum);	/* or the user's quota */
/* Fills why for what could not be written. RUN_ACT where the disk or the
 * user's quota is full, else `otherwise`. */
enum outcome file_cant_write(const char *path, int errnum,
    enum outcome otherwise, struct error *error);

char *path_join(const char *folder, const char *name);	/* caller frees */
const char *path_base(const char *path);	/* after the last slash */
char *path_dir(const char *path);		/* caller frees; "." if none */

/* Where the secret that the configuration calls path is to be read: a service
 * of systemd gets it, under path's last name, in a folder of its own
 * (LoadCredential, $CREDENTIALS_DIRECTORY), and may not read path itself.
 * Without one there, path. Caller frees. */
char *path_of_secret(const char *path);
/* ~ and ~/x with $HOME or the password database; else a copy. */
char *path_expand(const char *path);

#endif
