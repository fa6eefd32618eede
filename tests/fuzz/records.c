/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as records of the index, behind a hash that is right: what comes
 * back is within its limits, is printed, and can be stored again. */
#include "fuzz.h"

#include <unistd.h>

#include "base/buf.h"
#include "index/fields.h"
#include "index/file_key.h"
#include "index/kv.h"

#define IDENTITY "00112233445566778899aabbccddeeff"

static struct index *open_index(void)
{
	static struct index *x;
	char dir[] = "/tmp/likesync-fuzz-XXXXXX";

	if (x != NULL)
		return x;
	must(mkdtemp(dir) != NULL);
	must(index_open(dir, false, &x, NULL) == DONE);
	for (int i = 0; i < 2; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/%s", dir, i == 0 ?
		    "data.mdb" : "lock.mdb");
		unlink(path);
	}
	rmdir(dir);
	return x;
}

static void put(struct index *x, enum kv_table t, const void *key, size_t len,
    const void *head, size_t head_len, const uint8_t *data, size_t size)
{
	struct buf b = BUF_INIT;
	size_t begin;

	buf_append(&b, head, head_len);
	begin = record_begin(&b);
	buf_append(&b, data, size);
	record_end(&b, begin);
	must(kv_put(x, t, key, len, b.data, b.len, NULL) == DONE);
	buf_free(&b);
}

static int put_song_again(void *ctx, const struct song *s)
{
	must(s->how < EVIDENCES && s->track.key != NULL);
	song_free(ctx);
	*(struct song *)ctx = (struct song){ .liked = true };
	track_copy(&((struct song *)ctx)->track, &s->track);
	return 1;
}

static void check_line(void *ctx, const char *json)
{
	(void)ctx;
	must(json[0] == '{' && strchr(json, '\n') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct index *x = open_index();
	const struct file_head head = { .number = 1 };
	struct file_key file = file_key_in(1, "name");
	uint8_t identity[KV_HASH_LEN];
	struct analysis_record r;
	struct song s;

	must(kv_identity(IDENTITY, identity) == 0);
	must(index_begin(x, NULL) == DONE);
	put(x, KV_TRACKS, "key", 3, NULL, 0, data, size);
	put(x, KV_LISTS, "list", 4, NULL, 0, data, size);
	put(x, KV_ANALYSES, identity, sizeof(identity), NULL, 0, data, size);
	put(x, KV_FILES, file.bytes, file.len, &head, sizeof(head), data, size);
	index_dump(x, NULL, check_line, NULL);
	if (index_get_analysis(x, IDENTITY, &r) == DONE) {
		must(r.analysis.n_anchors <= ANALYSIS_MAX_ANCHORS);
		must(index_put_analysis(x, IDENTITY, &r, NULL) == DONE);
	}
	analysis_record_free(&r);
	song_init(&s);
	if (index_each_song(x, put_song_again, &s) != 0)
		must(index_put_song(x, &s, NULL) == DONE);
	song_free(&s);
	index_abort(x);
	return 0;
}
