/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file_key: where the index keeps a file, and what its value begins with.
 * Private to index/. */
#ifndef INDEX_FILE_KEY_H
#define INDEX_FILE_KEY_H

#include "index/kv.h"

#define FILE_KEY_NAME 400	/* longer names are cut and hashed */

/* The folder's number, and the name. */
struct file_key {
	uint8_t bytes[KV_NUMBER_LEN + FILE_KEY_NAME];
	size_t len;
};

/* The file's record follows. */
struct file_head {
	int64_t size, mtime_ns;
	uint64_t inode;
	uint32_t number, unused;
};

/* A folder's number; 0: the index has no file in it. */
uint32_t file_folder(struct index *x, const char *folder);
struct file_key file_key_in(uint32_t folder, const char *name);
/* False: the value is damaged. */
bool file_get_head(const MDB_val *value, struct file_head *h);
/* Is the record behind the head as it was written? */
bool file_is_whole(const MDB_val *value);
/* The name of the file with that key; caller frees; NULL: a long name whose
 * record is damaged. */
char *file_name(const MDB_val *key, const MDB_val *value);

#endif
