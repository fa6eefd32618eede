/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/utf8.h"
#include "types/members.h"
#include "types/reason.h"

#define BLOCK (1u << 16)		/* read and written at once */
#define MAX_TIME 253402300799		/* 9999-12-31, what ISO times can say */
#define SUM_BEGIN ",\"sha256\":\""	/* what the last line ends with */
#define SUM_END "\"}"
#define SUM_LEN (sizeof(SUM_BEGIN) - 1 + 2 * SHA256_LEN + sizeof(SUM_END) - 1)
#define AGAIN "copy it again, or run its shard again"

static const struct member record_members[] = {
	MEMBER("identity", HEX, part_record, identity),
	MEMBER("version", CHARS, part_record, analysis.version),
	MEMBER("analyzed", BOOL, part_record, analysis.analyzed,
	    .always = true),
	MEMBER("analyzed_at", INT64, part_record, analysis.analyzed_at,
	    .high = MAX_TIME),
	MEMBER("complete", BOOL, part_record, analysis.complete,
	    .always = true),
	MEMBERS_END
};

void part_record_free(struct part_record *r)
{
	analysis_record_free(&r->analysis);
	fingerprint_free(&r->fingerprint);
}

/* ---- writing ---- */

struct part_writer {
	char *path, *new;
	int fd;
	struct sha256 *hash;
	struct buf block;
	size_t records;
	bool finished;
};

static enum outcome cant_write(const struct part_writer *w,
    struct error *error)
{
	return file_cant_write(w->path, errno, RUN_CONFIG, error);
}

/* Locked, so that no two processes write one part: on some network file systems
 * between machines as well. */
static enum outcome open_new(struct part_writer *w, struct error *error)
{
	struct stat mine, named;

	w->fd = file_lock(w->new, 0, NULL);
	if (w->fd < 0 && errno != EWOULDBLOCK)
		return cant_write(w, error);
	/* Another may just have given it its name. */
	if (w->fd >= 0 && (fstat(w->fd, &mine) != 0 ||
	    stat(w->new, &named) != 0 || mine.st_ino != named.st_ino)) {
		close(w->fd);
		w->fd = -1;
	}
	if (w->fd < 0)
		return error_set(error, RUN_LATER, "%s: another process is "
		    "writing it", w->path);
	return ftruncate(w->fd, 0) == 0 ? DONE : cant_write(w, error);
}

static enum outcome flush(struct part_writer *w, struct error *error)
{
	if (file_write_all(w->fd, buf_str(&w->block), w->block.len) != 0)
		return cant_write(w, error);
	buf_clear(&w->block);
	return DONE;
}

/* Closes the object that is open in line, and frees it. */
static enum outcome put_line(struct part_writer *w, struct json_writer *line,
    struct error *error)
{
	size_t begin = w->block.len, len;
	char *text;

	json_close(line);
	text = json_writer_end(line, &len);
	buf_append(&w->block, text, len);
	buf_putc(&w->block, '\n');
	free(text);
	sha256_add(w->hash, w->block.data + begin, w->block.len - begin);
	return w->block.len >= BLOCK ? flush(w, error) : DONE;
}

static struct json_writer *new_line(void)
{
	struct json_writer *line = json_writer_new(false);

	json_open_object(line, NULL);
	return line;
}

enum outcome part_create(const char *path, const struct shard *shard,
    struct part_writer **out, struct error *error)
{
	struct part_writer *w = xcalloc(1, sizeof(*w));
	struct json_writer *head = new_line();
	char *text = xasprintf("%" PRIu32 "/%" PRIu32, shard->number,
	    shard->count);
	enum outcome o;

	*out = w;
	w->path = xstrdup(path);
	w->new = xasprintf("%s.new", path);
	w->hash = sha256_new();
	o = open_new(w, error);
	json_put_string(head, "likesync", "part");
	json_put_int(head, "format", PART_FORMAT);
	json_put_string(head, "analyzer", ANALYZER_VERSION);
	json_put_string(head, "shard", text);
	json_put_time(head, "written_at", clock_wall());
	free(text);
	if (o == DONE)
		return put_line(w, head, error);
	free(json_writer_end(head, NULL));
	return o;
}

enum outcome part_add(struct part_writer *w, const struct part_record *r,
    struct error *error)
{
	struct json_writer *line = new_line();

	members_write(record_members, r, line);
	json_put_string_if(line, "reason", reason_name(r->analysis.reason));
	json_put_string_if(line, "fault", r->analysis.fault);
	if (r->analysis.analyzed)
		analysis_to_json(&r->analysis.analysis, line, "analysis");
	fingerprint_to_json(&r->fingerprint, line, "fingerprint");
	w->records++;
	return put_line(w, line, error);
}

enum outcome part_finish(struct part_writer *w, bool complete,
    struct error *error)
{
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1], *end;
	enum outcome o;

	end = xasprintf("{\"end\":true,\"complete\":%s,\"records\":%zu",
	    complete ? "true" : "false", w->records);
	sha256_add(w->hash, end, strlen(end));
	sha256_end(w->hash, digest);
	w->hash = sha256_new();
	hex_encode(digest, sizeof(digest), hex);
	buf_printf(&w->block, "%s" SUM_BEGIN "%s" SUM_END "\n", end, hex);
	free(end);
	o = flush(w, error);
	if (o == DONE && (fsync(w->fd) != 0 || rename(w->new, w->path) != 0 ||
	    file_sync_dir_of(w->path) != 0))
		o = cant_write(w, error);
	w->finished = o == DONE;
	return o;
}

void part_close(struct part_writer *w)
{
	uint8_t digest[SHA256_LEN];

	if (w == NULL)
		return;
	sha256_end(w->hash, digest);
	/* While it is locked: after that it may be another process's. */
	if (w->fd >= 0 && !w->finished)
		unlink(w->new);
	if (w->fd >= 0)
		close(w->fd);
	buf_free(&w->block);
	free(w->new);
	free(w->path);
	free(w);
}

/* ---- reading ---- */

struct part_reader {
	const char *path;
	int fd;
	char *block;
	size_t at, len;		/* what of the block was not taken yet */
	struct buf line;	/* without its newline */
	size_t number;		/* of the line, from 1 */
	struct sha256 *hash;	/* of the lines before the last one */
	struct part_info *info;
	int64_t revision;	/* of the analyzer in its first line */
	struct error *error;
};

static enum outcome damaged(const struct part_reader *p, const char *what)
{
	return error_set(p->error, RUN_FAILED, "%s: line %zu %s: " AGAIN,
	    p->path, p->number, what);
}

/* The next block; 1, or 0 at the end, or -1. */
static int fill(struct part_reader *p)
{
	ssize_t n;

	do {
		n = read(p->fd, p->block, BLOCK);
	} while (n < 0 && errno == EINTR);
	p->at = 0;
	p->len = n > 0 ? (size_t)n : 0;
	return n > 0 ? 1 : (int)n;
}

/* The next line. ITEM_FAILED: there is none; what remains has no newline. */
static enum outcome next_line(struct part_reader *p)
{
	buf_clear(&p->line);
	p->number++;
	for (;;) {
		const char *from = p->block + p->at, *end;
		size_t n;
		int more;

		end = memchr(from, '\n', p->len - p->at);
		n = end != NULL ? (size_t)(end - from) : p->len - p->at;
		if (!buf_append_limited(&p->line, from, n, PART_MAX_LINE))
			return damaged(p, "is too long");
		p->at += n + (end != NULL);
		if (end != NULL)
			return DONE;
		more = fill(p);
		if (more < 0)
			return error_set(p->error, RUN_FAILED, "%s: can't be "
			    "read: %s", p->path, strerror(errno));
		if (more == 0)
			return ITEM_FAILED;
	}
}

static struct json *parse_line(const struct part_reader *p)
{
	struct json *v = json_parse(buf_str(&p->line), p->line.len, NULL);

	if (json_type(v) == JSON_OBJECT)
		return v;
	json_free(v);
	return NULL;
}

static void hash_line(struct part_reader *p)
{
	sha256_add(p->hash, buf_str(&p->line), p->line.len);
	sha256_add(p->hash, "\n", 1);
}

/* "likesync/2", and nothing else; else -1. */
static int64_t exact_revision(const char *version)
{
	int64_t revision = version != NULL ? analyzer_revision(version) : -1;
	char text[32];

	snprintf(text, sizeof(text), ANALYZER_PREFIX "%" PRId64, revision);
	return revision >= 0 && strcmp(text, version) == 0 ? revision : -1;
}

static enum outcome check_head(struct part_reader *p, const struct json *v)
{
	const char *kind = json_get_string(v, "likesync");
	const char *shard = json_get_string(v, "shard");
	int64_t format = json_get_int(v, "format", 0);

	if (kind == NULL || strcmp(kind, "part") != 0 || format < 1)
		return error_set(p->error, RUN_FAILED, "%s: is not a part "
		    "that `likesync scan --shard` wrote", p->path);
	p->info->is_part = true;
	if (format > PART_FORMAT)
		return error_set(p->error, RUN_CONFIG, "%s: has format "
		    "%" PRId64 " of a newer likesync: update likesync on this "
		    "machine", p->path, format);
	p->revision = exact_revision(json_get_string(v, "analyzer"));
	if (p->revision > analyzer_revision(ANALYZER_VERSION))
		return error_set(p->error, RUN_CONFIG, "%s: was analyzed by a "
		    "newer likesync (" ANALYZER_PREFIX "%" PRId64 ", this has "
		    ANALYZER_VERSION "): update likesync on this machine",
		    p->path, p->revision);
	if (p->revision < 0 || shard == NULL ||
	    !shard_parse(shard, &p->info->shard))
		return damaged(p, "is not the first line of a part");
	return DONE;
}

static enum outcome read_head(struct part_reader *p)
{
	enum outcome o = next_line(p);
	struct json *v;

	/* Whatever it is, it is no part. */
	if (o == RUN_FAILED && p->line.len == 0)
		return o;
	v = o == DONE ? parse_line(p) : NULL;
	o = check_head(p, v);
	json_free(v);
	hash_line(p);
	return o;
}

/* A key by which it is stored and shown: none, or one that we write. */
static bool key_is_ours(const struct analysis *a)
{
	char key[12], camelot[4];

	if (a->key[0] == '\0')
		return a->camelot[0] == '\0';
	return key_parse(a->key, key, camelot) == 0 &&
	    strcmp(key, a->key) == 0 && strcmp(camelot, a->camelot) == 0;
}

static void fault_from_json(struct analysis_record *r, const struct json *v)
{
	const char *fault = json_get_string(v, "fault");
	struct error error = { .text = "" };

	if (fault != NULL)
		error_set(&error, ITEM_FAILED, "%s", fault);
	snprintf(r->fault, sizeof(r->fault), "%.*s",
	    (int)utf8_cut(error.text, strlen(error.text),
	    sizeof(r->fault) - 1), error.text);
}

/* False: it is no record. To be freed in any case. */
static bool record_from_json(struct part_record *r, const struct json *v,
    int64_t newest)
{
	struct analysis_record *a = &r->analysis;
	const struct json *analysis = json_get(v, "analysis");
	int64_t revision;

	memset(r, 0, sizeof(*r));
	members_read(record_members, r, v);
	a->reason = reason_parse(json_get_string(v, "reason"));
	fault_from_json(a, v);
	if (a->analyzed && json_type(analysis) == JSON_OBJECT)
		analysis_from_json(&a->analysis, analysis);
	fingerprint_from_json(&r->fingerprint, json_get(v, "fingerprint"));
	revision = exact_revision(a->version);
	return r->identity[0] != '\0' && revision >= 0 && revision <= newest &&
	    a->analyzed_at > 0 && key_is_ours(&a->analysis) &&
	    a->analyzed == (json_type(analysis) == JSON_OBJECT) &&
	    a->complete == (a->reason == REASON_NONE) &&
	    (a->analyzed || !a->complete);
}

/* Also that nothing follows it. */
static enum outcome check_end(struct part_reader *p, const struct json *v)
{
	size_t before = p->line.len > SUM_LEN ? p->line.len - SUM_LEN : 0;
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1], expected[SUM_LEN + 1];
	enum outcome o;

	sha256_add(p->hash, buf_str(&p->line), before);
	sha256_end(p->hash, digest);
	p->hash = sha256_new();
	hex_encode(digest, sizeof(digest), hex);
	snprintf(expected, sizeof(expected), SUM_BEGIN "%s" SUM_END, hex);
	if (strcmp(buf_str(&p->line) + before, expected) != 0 ||
	    json_get_int(v, "records", -1) != (int64_t)p->info->records)
		return error_set(p->error, RUN_FAILED, "%s: is damaged (its "
		    "checksum is wrong): " AGAIN, p->path);
	p->info->complete = json_get_bool(v, "complete", false);
	o = next_line(p);
	if (o == ITEM_FAILED && p->line.len == 0)
		return DONE;
	return o == RUN_FAILED ? o : damaged(p, "follows its last line");
}

static enum outcome take_record(struct part_reader *p, const struct json *v,
    part_each *each, void *ctx)
{
	struct part_record r;
	enum outcome o = DONE;

	hash_line(p);
	if (!record_from_json(&r, v, p->revision))
		o = damaged(p, "is not the record of an analysis");
	else if (++p->info->records > PART_MAX_RECORDS)
		o = damaged(p, "is one record too many");
	else if (each != NULL)
		o = each(ctx, &r, p->error);
	part_record_free(&r);
	return o;
}

/* The whole file once. */
static enum outcome read_all(struct part_reader *p, part_each *each, void *ctx)
{
	enum outcome o = read_head(p);
	bool ended = false;

	p->info->records = 0;
	while (o == DONE && !ended) {
		struct json *v;

		o = next_line(p);
		if (o == ITEM_FAILED)
			return error_set(p->error, RUN_FAILED, "%s: is cut "
			    "off: " AGAIN, p->path);
		if (o != DONE)
			return o;
		v = parse_line(p);
		ended = json_get_bool(v, "end", false);
		if (v == NULL)
			o = damaged(p, "is not JSON");
		else if (ended)
			o = check_end(p, v);
		else
			o = take_record(p, v, each, ctx);
		json_free(v);
		if (o == DONE && stop_requested())
			o = STOPPED;
	}
	return o;
}

static void rewind_reader(struct part_reader *p)
{
	uint8_t digest[SHA256_LEN];

	sha256_end(p->hash, digest);
	p->hash = sha256_new();
	p->at = p->len = p->number = 0;
}

enum outcome part_read(const char *path, struct part_info *info,
    part_each *each, void *ctx, struct error *error)
{
	struct part_reader p = { .path = path, .fd = file_open(path),
		.info = info, .error = error };
	uint8_t digest[SHA256_LEN];
	enum outcome o;

	*info = (struct part_info){ .is_part = false };
	if (p.fd < 0)
		return error_set(error, RUN_FAILED, "%s: can't be read: %s",
		    path, file_strerror(errno));
	p.block = xmalloc(BLOCK);
	p.hash = sha256_new();
	o = read_all(&p, NULL, NULL);
	if (o == DONE && each != NULL) {
		rewind_reader(&p);
		o = lseek(p.fd, 0, SEEK_SET) == 0 ? read_all(&p, each, ctx) :
		    error_set(error, RUN_FAILED, "%s: can't be read: %s", path,
		    strerror(errno));
	}
	sha256_end(p.hash, digest);
	buf_free(&p.line);
	free(p.block);
	close(p.fd);
	return o;
}

/* ---- into the index ---- */

enum outcome part_store(struct index *x, const struct part_record *r,
    bool *taken, struct error *error)
{
	struct fingerprint known;
	bool has_sound = index_get_fingerprint(x, r->identity, &known) == DONE;
	enum outcome o = index_put_better_analysis(x, r->identity,
	    &r->analysis, taken, error);

	/* All of one identity are the same. */
	if (o == DONE && !has_sound)
		o = index_put_fingerprint(x, r->identity, &r->fingerprint,
		    error);
	fingerprint_free(&known);
	return o;
}
