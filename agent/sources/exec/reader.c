/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/exec/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/secret.h"
#include "sources/source.h"

#define QUOTED 60	/* bytes of a bad line that an error repeats */

static const char *const types[] = {
	[EXEC_HELLO] = "hello", [EXEC_CANDIDATES] = "candidates",
	[EXEC_PROGRESS] = "progress", [EXEC_DONE] = "done",
	[EXEC_ERROR] = "error",
};

static const char *const codes[] = {
	[EXEC_NOT_FOUND] = "not_found", [EXEC_UNAVAILABLE] = "unavailable",
	[EXEC_RATE_LIMITED] = "rate_limited", [EXEC_AUTH] = "auth",
	[EXEC_TEMPORARY] = "temporary",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int index_of(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; word != NULL && i < count; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

/* One line of text that is not too long to be kept. */
static bool is_plain(const char *text)
{
	if (text == NULL || strlen(text) > EXEC_MAX_REF)
		return false;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

/* A copy of an optional member for people, without secrets; or NULL. */
static char *get_text(const struct json *v, const char *key)
{
	const char *text = json_get_string(v, key);

	return is_plain(text) && *text != '\0' ? secret_hide_copy(text) : NULL;
}

/* ---- the messages ---- */

static enum outcome read_hello(const struct json *v, struct exec_message *m,
    struct error *error)
{
	const struct json *can = json_get(v, "capabilities");
	int64_t parallel = json_get_int(v, "parallel", 1);

	if (json_get_int(v, "protocol", 0) != EXEC_PROTOCOL)
		return error_set(error, SERVICE_FAILED, "speaks protocol %lld, "
		    "this likesync only %d",
		    (long long)json_get_int(v, "protocol", 0), EXEC_PROTOCOL);
	for (size_t i = 0; i < json_count(can); i++) {
		const char *word = json_string(json_at(can, i));

		m->search |= word != NULL && strcmp(word, "search") == 0;
		m->isrc |= word != NULL && strcmp(word, "isrc") == 0;
		m->link |= word != NULL && strcmp(word, "link") == 0;
		m->track |= word != NULL && strcmp(word, "track") == 0;
		m->lossless |= word != NULL && strcmp(word, "lossless") == 0;
		m->counted |= word != NULL && strcmp(word, "counted") == 0;
	}
	if (!m->search && !m->track && !m->link)
		return error_set(error, SERVICE_FAILED, "names none of the "
		    "capabilities search, track and link");
	m->parallel = parallel < 1 ? 1 : parallel > EXEC_MAX_PARALLEL ?
	    EXEC_MAX_PARALLEL : (int)parallel;
	m->name = get_text(v, "name");
	m->version = get_text(v, "version");
	if (m->name == NULL)
		m->name = xstrdup("");
	if (m->version == NULL)
		m->version = xstrdup("");
	return DONE;
}

/* A reference is kept in records and can't be used with a part hidden. */
static bool has_secret(const char *ref)
{
	char *copy = secret_hide_copy(ref);
	bool has = strcmp(copy, ref) != 0;

	free(copy);
	return has;
}

static void read_candidate(const struct json *v, struct exec_message *m)
{
	const char *ref = json_whole_string(json_get(v, "ref"));
	const char *title = json_get_string(v, "title");
	double duration = json_get_double(v, "duration", 0);
	struct candidate *c;

	if (!is_plain(ref) || *ref == '\0' || !is_plain(title) ||
	    m->candidates.count >= SOURCE_MAX_CANDIDATES || has_secret(ref)) {
		m->dropped++;
		return;
	}
	c = candidates_add(&m->candidates);
	c->ref = xstrdup(ref);
	c->title = secret_hide_copy(title);
	c->artist = get_text(v, "artist");
	c->album = get_text(v, "album");
	c->channel = get_text(v, "channel");
	c->isrc = get_text(v, "isrc");
	c->duration_s = duration > 0 && duration < 86400 ? duration : 0;
	c->views = json_get_int(v, "views", -1);
	c->verified = json_get_bool(v, "verified", false);
	c->lossless = json_get_bool(v, "lossless", false);
}

static enum outcome read_candidates(const struct json *v,
    struct exec_message *m, struct error *error)
{
	const struct json *list = json_get(v, "candidates");

	if (json_type(list) != JSON_ARRAY)
		return error_set(error, SERVICE_FAILED, "sends no array "
		    "\"candidates\"");
	m->candidates.more = json_get_bool(v, "more", false);
	for (size_t i = 0; i < json_count(list); i++)
		read_candidate(json_at(list, i), m);
	return DONE;
}

static enum outcome read_done(const struct json *v, struct exec_message *m,
    struct error *error)
{
	const char *file = json_whole_string(json_get(v, "file"));

	if (file == NULL || *file == '\0')
		return error_set(error, SERVICE_FAILED, "sends done without "
		    "\"file\"");
	m->file = xstrdup(file);
	return DONE;
}

static enum outcome read_error(const struct json *v, struct exec_message *m,
    struct error *error)
{
	const char *word = json_get_string(v, "code");
	int code = index_of(codes, COUNT(codes), word);
	int64_t seconds = json_get_int(v, "retry_after", 0);

	if (code < 0)
		return error_set(error, SERVICE_FAILED, "sends an error with "
		    "the unknown code \"%.*s\"", QUOTED, word != NULL ? word :
		    "");
	m->code = (enum exec_code)code;
	m->text = get_text(v, "message");
	m->retry_after = seconds < 0 ? 0 : seconds > EXEC_MAX_RETRY_AFTER ?
	    EXEC_MAX_RETRY_AFTER : (int)seconds;
	return DONE;
}

static enum outcome read_members(const struct json *v, struct exec_message *m,
    struct error *error)
{
	switch (m->type) {
	case EXEC_HELLO:
		return read_hello(v, m, error);
	case EXEC_CANDIDATES:
		return read_candidates(v, m, error);
	case EXEC_DONE:
		return read_done(v, m, error);
	case EXEC_ERROR:
		return read_error(v, m, error);
	case EXEC_PROGRESS:
		m->text = get_text(v, "message");
		break;
	}
	return DONE;
}

enum outcome exec_message_parse(const char *line, size_t len,
    struct exec_message *m, struct error *error)
{
	struct json *v = json_parse(line, len, NULL);
	int type = index_of(types, COUNT(types), json_get_string(v, "type"));
	enum outcome o;

	memset(m, 0, sizeof(*m));
	m->id = json_get_int(v, "id", 0);
	if (v == NULL || type < 0 || m->id <= 0) {
		o = error_set(error, SERVICE_FAILED, "writes to standard "
		    "output what is no message of the protocol: %.*s%s",
		    len < QUOTED ? (int)len : QUOTED, line,
		    len > QUOTED ? "..." : "");
	} else {
		m->type = (enum exec_type)type;
		o = read_members(v, m, error);
	}
	json_free(v);
	if (o != DONE)
		exec_message_free(m);
	return o;
}

void exec_message_free(struct exec_message *m)
{
	free(m->name);
	free(m->version);
	free(m->file);
	free(m->text);
	candidates_free(&m->candidates);
	memset(m, 0, sizeof(*m));
}

/* ---- the stream ---- */

static enum outcome take_line(struct exec_reader *r,
    exec_on_message *on_message, void *ctx, struct error *error)
{
	struct exec_message m;
	size_t len = r->line.len;
	enum outcome o;
	bool more;

	if (len > 0 && r->line.data[len - 1] == '\r')
		len--;
	if (len == 0)
		return DONE;
	o = exec_message_parse(r->line.data, len, &m, error);
	if (o != DONE)
		return o;
	more = on_message(ctx, &m);
	exec_message_free(&m);
	return more ? DONE : STOPPED;
}

enum outcome exec_reader_feed(struct exec_reader *r, const char *data,
    size_t len, exec_on_message *on_message, void *ctx, struct error *error)
{
	const char *end;
	enum outcome o = DONE;

	while (o == DONE && len > 0) {
		size_t n;

		end = memchr(data, '\n', len);
		n = end != NULL ? (size_t)(end - data) : len;
		if (r->line.len + n > EXEC_MAX_LINE)
			return error_set(error, SERVICE_FAILED, "writes a line "
			    "of more than %u bytes", EXEC_MAX_LINE);
		buf_append(&r->line, data, n);
		n += end != NULL;
		data += n;
		len -= n;
		r->unasked += n;
		if (r->unasked > EXEC_MAX_UNASKED)
			return error_set(error, SERVICE_FAILED, "writes more "
			    "than %u MB without an answer",
			    EXEC_MAX_UNASKED >> 20);
		if (end != NULL) {
			o = take_line(r, on_message, ctx, error);
			buf_clear(&r->line);
		}
	}
	return o;
}

void exec_reader_free(struct exec_reader *r)
{
	buf_free(&r->line);
	r->unasked = 0;
}
