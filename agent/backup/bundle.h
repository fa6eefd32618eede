/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bundle: the door to libarchive for backups: a tar, compressed by zstd, that
 * any tar can open. Its last member is the seal, JSON that names every other
 * member with its size and SHA-256; so a bundle that was cut off, or changed
 * since, is known before anything of it is used.
 *
 * Writing: bundle_create, bundle_add..., bundle_seal; the file gets its name
 * with the seal, in the place of an older one, or not at all.
 */
#ifndef BACKUP_BUNDLE_H
#define BACKUP_BUNDLE_H

#include <stddef.h>

#include "base/outcome.h"

#define BUNDLE_SEAL "likesync-backup.json"

/* What backup puts in and restore looks for. */
#define MEMBER_INDEX "index/data.mdb"
#define MEMBER_KEEP "keep/"		/* and the file's own name */
#define MEMBER_DOCUMENT "document.json"
#define MEMBER_CONFIG "likesync.conf"
#define MEMBER_TOKEN "secrets/token.json"
#define MEMBER_CLIENT_SECRET "secrets/client_secret"

struct bundle;
struct json;
struct json_writer;

/* RUN_FAILED with error: the folder can't be written. Readable by its owner
 * only. */
enum outcome bundle_create(const char *path, struct bundle **out,
    struct error *error);
/* From the file's start to the length that it has now. RUN_LATER with error: it
 * was changed meanwhile. Position of fd is moved. */
enum outcome bundle_add_file(struct bundle *b, const char *name, int fd,
    struct error *error);
enum outcome bundle_add_text(struct bundle *b, const char *name,
    const void *data, size_t len, struct error *error);
/* What else the seal says, to be written before the first member; borrowed, an
 * object is open in it. */
struct json_writer *bundle_facts(struct bundle *b);
/* Something was damaged where it was taken from: the seal says so. */
void bundle_tell_damage(struct bundle *b, const char *text);
enum outcome bundle_seal(struct bundle *b, struct error *error);
/* Leaves nothing behind unless it was sealed. NULL allowed. */
void bundle_close(struct bundle *b);

/* Limits of what is unpacked, told by what a member is: a run never makes
 * records over a few megabytes, a document of 200,000 entries has 400. All of
 * it together is at most BUNDLE_MAX_RATIO times as large as what was read of
 * the backup, once it is over BUNDLE_RATIO_FROM: what we pack shrinks to a
 * tenth or a fiftieth. What is over the limits is not packed either. */
#define BUNDLE_MAX_MEMBERS 200	/* there are about ten */
#define BUNDLE_MAX_SMALL (1ull << 20)	/* configuration, secrets, seal */
#define BUNDLE_MAX_RECORD (256ull << 20)	/* each file of keep/ */
#define BUNDLE_MAX_LARGE (16ull << 30)	/* index, document */
#define BUNDLE_MAX_RATIO 500
#define BUNDLE_RATIO_FROM (64ull << 20)

/* Unpacks all of it below folder, which is there and empty, and compares it
 * with the seal, which the caller frees. RUN_FAILED with error: it is no
 * backup, is incomplete, or is over a limit; what was unpacked stays.
 * STOPPED. */
enum outcome bundle_unpack(const char *path, const char *folder,
    struct json **seal, struct error *error);

#endif
