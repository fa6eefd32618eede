/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/encoding.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

#define BLOCK 4096
#define SAVE_AS "save it as UTF-8"

/* Longer marks first: UTF-16's is the beginning of UTF-32's. */
static const struct {
	const char *mark;
	size_t len;
	const char *encoding;
} marks[] = {
	{ "\xef\xbb\xbf", 3, "UTF-8" },
	{ "\xff\xfe\0\0", 4, "UTF-32LE" }, { "\0\0\xfe\xff", 4, "UTF-32BE" },
	{ "\xff\xfe", 2, "UTF-16LE" }, { "\xfe\xff", 2, "UTF-16BE" },
};

/* Appends the len bytes of text as UTF-8. -1 with errno: EILSEQ, EINVAL (cut
 * within a character). */
static int append_converted(iconv_t cd, const char *text, size_t len,
    struct buf *out)
{
	char block[BLOCK], *in = (char *)(uintptr_t)text;

	while (len > 0) {
		char *to = block;
		size_t room = sizeof(block);
		size_t n = iconv(cd, &in, &len, &to, &room);

		buf_append(out, block, sizeof(block) - room);
		if (n == (size_t)-1 && errno != E2BIG)
			return -1;
	}
	return 0;
}

static enum outcome explain_unknown(const char *path, const char *encoding,
    struct error *error)
{
	return error_set(error, RUN_CONFIG, "%s: this system can't convert %s: "
	    SAVE_AS, path, encoding);
}

static enum outcome convert(const char *path, const char *encoding,
    struct buf *text, size_t mark, struct error *error)
{
	iconv_t cd = iconv_open("UTF-8", encoding);
	struct buf out = BUF_INIT;
	int failed;

	if (cd == (iconv_t)-1)
		return explain_unknown(path, encoding, error);
	failed = append_converted(cd, text->data + mark, text->len - mark,
	    &out);
	iconv_close(cd);
	if (failed) {
		buf_free(&out);
		return error_set(error, RUN_CONFIG, "%s: begins like %s but "
		    "is not: download it again, or " SAVE_AS, path, encoding);
	}
	buf_free(text);
	*text = out;
	return DONE;
}

/* ---- without a mark ---- */

enum spelling { IS_UTF8, IS_BYTES, IS_MIXED };

/* A valid character of several bytes is hardly ever a coincidence: a line that
 * has one and also invalid bytes is damaged, not in another encoding. */
static enum spelling spelling_of(const char *s, size_t len)
{
	bool several = false, bytes = false;

	for (size_t i = 0; i < len;) {
		size_t n = utf8_length(s + i, len - i);

		several |= n > 1;
		bytes |= n == 0;
		i += n > 0 ? n : 1;
	}
	return !bytes ? IS_UTF8 : several ? IS_MIXED : IS_BYTES;
}

static enum outcome convert_line(const char *path, size_t number,
    iconv_t cd, const char *line, size_t len, struct buf *out,
    struct error *error)
{
	enum spelling s = spelling_of(line, len);

	if (s == IS_UTF8)
		buf_append(out, line, len);
	else if (s == IS_MIXED ||
	    append_converted(cd, line, len, out) != 0)
		return error_set(error, RUN_CONFIG, "%s: line %zu is neither "
		    "UTF-8 nor Windows-1252: " SAVE_AS, path, number);
	return DONE;
}

static enum outcome convert_lines(const char *path, struct buf *text,
    struct error *error)
{
	iconv_t cd = iconv_open("UTF-8", "WINDOWS-1252");
	const char *at = text->data, *end = text->data + text->len;
	struct buf out = BUF_INIT;
	enum outcome o = DONE;

	if (cd == (iconv_t)-1)
		return explain_unknown(path, "Windows-1252", error);
	for (size_t number = 1; at < end && o == DONE; number++) {
		const char *line = at;

		at = memchr(line, '\n', (size_t)(end - line));
		at = at != NULL ? at + 1 : end;
		o = convert_line(path, number, cd, line, (size_t)(at - line),
		    &out, error);
	}
	iconv_close(cd);
	if (o == DONE) {
		buf_free(text);
		*text = out;
	} else {
		buf_free(&out);
	}
	return o;
}

enum outcome export_text(const char *path, struct buf *text,
    struct error *error)
{
	enum outcome o = DONE;

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (text->len < marks[i].len ||
		    memcmp(text->data, marks[i].mark, marks[i].len) != 0)
			continue;
		o = convert(path, marks[i].encoding, text, marks[i].len, error);
		break;
	}
	/* Also UTF-16 without a mark. */
	if (o == DONE && text->len > 0 &&
	    memchr(text->data, '\0', text->len) != NULL)
		return error_set(error, RUN_CONFIG, "%s: contains NUL bytes: "
		    "no text, or UTF-16 without its mark: " SAVE_AS,
		    path);
	if (o == DONE && spelling_of(buf_str(text), text->len) != IS_UTF8)
		o = convert_lines(path, text, error);
	return o;
}
