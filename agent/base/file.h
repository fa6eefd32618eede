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

/* For main, before all else: opens descriptors 0, 1 and 2 if they are closed,
 * so that no file gets one of these numbers and receives output. Writing to
 * them fails as if they were closed. */
void file_open_standard(void);

/* Opens a regular file without ever blocking. A folder is EISDIR; a FIFO,
 * socket or device is ENXIO. For every path that a user, a folder or another
 * program names. */
int file_open(const char *path);		/* for reading */
/* The same with flags (O_RDWR, O_CREAT, O_NOFOLLOW, ...), path being relative
 * to the folder dir or AT_FDCWD; a new file is 0600. */
int file_open_at(int dir, const char *path, int flags);
/* The same for a path below the folder root. Links in it, also as its last
 * part, are ELOOP or ENOTDIR; an empty, "." or ".." part is EINVAL. flags may
 * be O_PATH | O_DIRECTORY, for a folder. */
int file_open_below(int root, const char *path, int flags);
/* strerror, with the text of ENXIO that fits file_open. */
const char *file_strerror(int errnum);

/* Reads a regular file of at most the limit; a larger one is EFBIG. */
int file_read(const char *path, size_t limit, struct buf *out);

/* Replaces path atomically and durably: temporary beside it, write, fsync,
 * close, rename, fsync the folder. mode is not changed by the umask. A symbolic
 * link is followed if it is ours or root's in a folder that others can't write;
 * any other link is replaced itself. EISDIR, ENXIO: path is a folder, or
 * another kind of non-file. */
int file_write(const char *path, const void *data, size_t len, mode_t mode);

int file_write_all(int fd, const void *data, size_t len);  /* EINTR, short */
int file_sync_dir_of(const char *path);	/* fsync the folder that holds path */
int file_sync_folder(int dir, const char *folder);	/* relative to dir */
int file_make_dirs(const char *path, mode_t mode);	/* mkdir -p, synced */
/* Is path the folder, or below it, once all links are followed? Not if one of
 * them does not exist. */
bool file_is_within(const char *path, const char *folder);

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

/* 0 if path can be replaced by a rename: nothing, a file, or a link to a
 * file or to nothing. A link to something else, or into /proc, may be the
 * system's, as /dev/stdout is: -1 with EISDIR or ENXIO. */
int file_check_replaceable(const char *path);

/* Takes an exclusive flock on fd, waiting for at most wait_ms (0: try once),
 * less if a stop is requested. -1: EWOULDBLOCK if another process holds it. */
int file_flock(int fd, int wait_ms);
/* The same on path, which is created (0600) if missing, and never truncated or
 * followed as a link. Returns the descriptor (closing it unlocks)
 * or -1. */
int file_lock(const char *path, int wait_ms, const char *holder_text);
/* Writes into a held lock who holds it: at most FILE_HOLDER_MAX bytes,
 * replacing the previous text. */
#define FILE_HOLDER_MAX 160
int file_lock_note(int fd, const char *holder_text);
/* True if a process holds the lock at path now. Does not wait; a process that
 * tries for the lock at the same moment may fail once. */
bool file_lock_is_held(const char *path);
/* The text that the last holder of the lock at path wrote; false: none. */
bool file_lock_holder(const char *path, struct buf *out);

/* True if it belongs to this user or to root. */
bool file_is_ours(const struct stat *st);

bool file_disk_is_full(int errnum);	/* or the user's quota */
/* Fills error for a file that could not be written. RUN_ACT if the disk or the
 * user's quota is full, else `otherwise`. */
enum outcome file_cant_write(const char *path, int errnum,
    enum outcome otherwise, struct error *error);

char *path_join(const char *folder, const char *name);	/* caller frees */
const char *path_base(const char *path);	/* after the last slash */
char *path_dir(const char *path);		/* caller frees; "." if none */

/* The file to read a configured secret from: that of path's last part in
 * $CREDENTIALS_DIRECTORY if there is one (systemd's LoadCredential), else path.
 * Caller frees. */
char *path_of_secret(const char *path);
/* ~ and ~/x with $HOME or the password database; else a copy. */
char *path_expand(const char *path);

#endif
