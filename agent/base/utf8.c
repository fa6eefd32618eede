/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#include <utf8proc.h>

size_t utf8_decode(const char *s, size_t len, uint32_t *code)
{
	utf8proc_int32_t value = 0;
	utf8proc_ssize_t n;

	/* Most bytes are ASCII. */
	if (len > 0 && (unsigned char)*s < 0x80) {
		*code = (unsigned char)*s;
		return 1;
	}
	n = utf8proc_iterate((const utf8proc_uint8_t *)s,
	    (utf8proc_ssize_t)len, &value);
	if (n <= 0)
		return 0;
	*code = (uint32_t)value;
	return (size_t)n;
}

size_t utf8_length(const char *s, size_t len)
{
	uint32_t code;

	return utf8_decode(s, len, &code);
}

/* What moves a cursor, ends a line, or turns the order of the text around it
 * so that it reads as something else. In rising order. */
static const struct {
	uint32_t first, last;
} commands[] = {
	{ 0x00, 0x1f },		/* C0 */
	{ 0x7f, 0x9f },		/* DEL and C1: U+009B is ESC [ in one */
	{ 0x061c, 0x061c },	/* Arabic letter mark */
	{ 0x200e, 0x200f },	/* left-to-right and right-to-left marks */
	{ 0x2028, 0x202e },	/* line, paragraph; embeddings, overrides */
	{ 0x2066, 0x2069 },	/* isolates */
};

size_t utf8_printable(const char *s, size_t len)
{
	uint32_t code;
	size_t n = utf8_decode(s, len, &code);

	for (size_t i = 0; n > 0 && i < sizeof(commands) / sizeof(*commands);
	    i++)
		if (code >= commands[i].first && code <= commands[i].last)
			return 0;
	return n;
}

size_t utf8_escape(const char *text, size_t len, char *out, size_t size)
{
	size_t i = 0, o = 0;

	while (i < len && o + UTF8_ESCAPED < size) {
		size_t n = utf8_printable(text + i, len - i);

		if (n > 0) {
			memcpy(out + o, text + i, n);
			o += n;
			i += n;
		} else {
			o += (size_t)snprintf(out + o, size - o, "\\x%02x",
			    (unsigned char)text[i++]);
		}
	}
	out[o] = '\0';
	return i;
}

size_t utf8_cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}
