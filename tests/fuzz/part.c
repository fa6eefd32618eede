/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a part, and as the records of one whose checksum is right: what
 * is read is within its limits, and reads the same when it is written again. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "index/part.h"

#define HEAD "{\"likesync\":\"part\",\"format\":1,\"analyzer\":\"" \
	ANALYZER_VERSION "\",\"shard\":\"1/1\"}\n"

static enum outcome check_record(void *ctx, const struct part_record *r,
    struct error *error)
{
	const struct analysis *a = &r->analysis.analysis;
	struct part_writer *w = ctx;

	must(strlen(r->identity) == IDENTITY_LEN);
	must(a->n_anchors <= ANALYSIS_MAX_ANCHORS);
	must(r->fingerprint.count <= FINGERPRINT_MAX);
	must(r->analysis.analyzed || a->n_anchors == 0);
	return part_add(w, r, error);
}

/* Writes what it has as path, if it is a part. */
static bool write_again(const char *from, const char *path)
{
	const struct shard whole = { 1, 1 };
	struct part_writer *w;
	struct part_info info;
	struct error error;
	bool is_part;

	must(part_create(path, &whole, &w, &error) == DONE);
	is_part = part_read(from, &info, check_record, w, &error) == DONE;
	must(is_part || error.text[0] != '\0');
	if (is_part)
		must(part_finish(w, true, &error) == DONE);
	part_close(w);
	return is_part;
}

static enum outcome keep_record(void *ctx, const struct part_record *r,
    struct error *error)
{
	struct buf *b = ctx;

	(void)error;
	buf_append(b, r->identity, sizeof(r->identity));
	buf_append(b, &r->analysis.analysis.bpm,
	    sizeof(r->analysis.analysis.bpm));
	return DONE;
}

static void check(const struct buf *text)
{
	char top[] = "/tmp/likesync-fuzz-XXXXXX", from[64], path[2][64];
	int fd = memfd_create("part", MFD_CLOEXEC);
	struct buf seen[2] = { BUF_INIT, BUF_INIT };
	struct part_info info;

	must(mkdtemp(top) != NULL && fd >= 0);
	must(file_write_all(fd, buf_str(text), text->len) == 0);
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	for (int i = 0; i < 2; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%d", top, i);
	if (write_again(from, path[0])) {
		must(write_again(path[0], path[1]));
		for (int i = 0; i < 2; i++)
			must(part_read(path[i], &info, keep_record, &seen[i],
			    NULL) == DONE);
		must(seen[0].len == seen[1].len && (seen[0].len == 0 ||
		    memcmp(seen[0].data, seen[1].data, seen[0].len) == 0));
	}
	for (int i = 0; i < 2; i++) {
		buf_free(&seen[i]);
		unlink(path[i]);
	}
	close(fd);
	must(rmdir(top) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT;
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];
	size_t lines = 0;

	buf_append(&text, data, size);
	check(&text);
	buf_clear(&text);
	buf_puts(&text, HEAD);
	buf_append(&text, data, size);
	if (size == 0 || data[size - 1] != '\n')
		buf_putc(&text, '\n');
	for (size_t i = sizeof(HEAD) - 1; i < text.len; i++)
		lines += text.data[i] == '\n';
	buf_printf(&text, "{\"end\":true,\"complete\":true,\"records\":%zu",
	    lines);
	sha256_of(text.data, text.len, digest);
	hex_encode(digest, sizeof(digest), hex);
	buf_printf(&text, ",\"sha256\":\"%s\"}\n", hex);
	check(&text);
	buf_free(&text);
	return 0;
}
