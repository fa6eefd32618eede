/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * part: the analyses that one machine made of its slice of a library, as a file
 * that `likesync merge` brings into the index of another. JSON lines:
 *
 *   {"likesync":"part","format":1,"analyzer":"likesync/1","shard":"3/8",...}
 *   {"identity":"...","version":"likesync/1","analyzed":true,...}   one a file
 *   {"end":true,"complete":true,"records":N,"sha256":"..."}
 *
 * The checksum is over all that is before it, from the first byte to its comma:
 * it finds what was cut off or damaged, and proves nothing of who wrote it. So every value of a record is
 * checked as one from outside. A part names recordings by identity: it holds no
 * path, and no file's name or tags.
 */
#ifndef INDEX_PART_H
#define INDEX_PART_H

#include "index/index.h"
#include "types/shard.h"

#define PART_FORMAT 1
#define PART_MAX_LINE (1u << 20)	/* as the worker's answer, of which an
					   analysis and a fingerprint are made */
#define PART_MAX_RECORDS 10000000	/* ten libraries of a million files */

struct part_record {
	char identity[IDENTITY_LEN + 1];
	struct analysis_record analysis;
	struct fingerprint fingerprint;	/* count 0: unknown */
};
void part_record_free(struct part_record *r);	/* what it holds */

/*
 * Writing: part_create, part_add for each record, part_finish; part_close
 * whatever these returned. The file has its name, in place of an older one,
 * once it is whole and on stable storage; until then it is PATH.new.
 */
struct part_writer;
/* RUN_LATER: another process is writing it. RUN_CONFIG: the folder can't be
 * written. RUN_ACT: the disk is full. */
enum outcome part_create(const char *path, const struct shard *shard,
    struct part_writer **out, struct error *error);
enum outcome part_add(struct part_writer *w, const struct part_record *r,
    struct error *error);
/* complete: all files of the slice are in it. */
enum outcome part_finish(struct part_writer *w, bool complete,
    struct error *error);
void part_close(struct part_writer *w);		/* NULL allowed */

/* What a part says of itself. */
struct part_info {
	bool is_part;		/* it begins as one, whatever follows */
	struct shard shard;
	bool complete;
	size_t records;
};

/*
 * Reads all of the part twice: first to check it, then to call each (NULL
 * allowed) for every record; so nothing is used of a part that is damaged.
 * RUN_FAILED with error: it can't be read, is no part, is damaged, cut off or
 * over a limit. RUN_CONFIG: a newer likesync wrote it. STOPPED. What each
 * returns, if that is not DONE, ends the reading. info is always filled.
 */
typedef enum outcome part_each(void *ctx, const struct part_record *r,
    struct error *error);
enum outcome part_read(const char *path, struct part_info *info,
    part_each *each, void *ctx, struct error *error);

/*
 * Stores what the record says, if it is better than what the index has of that
 * recording: of a higher analyzer version; else analyzed, not failed; else
 * complete; else later; else of higher bytes. That is a total order, so the
 * result is the same in whatever order records come, and however often. *taken
 * is set to whether it was.
 */
enum outcome part_store(struct index *x, const struct part_record *r,
    bool *taken, struct error *error);

#endif
