/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/tags/serato.h"

#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HEAD 2			/* bytes before the data */
#define MAX_OBJECT 4096		/* bytes; one grid marker needs 15 */

double serato_autotags_bpm(const void *data, size_t len)
{
	char text[16] = "";
	const char *bytes = data;
	size_t n = len > HEAD ? strnlen(bytes + HEAD, len - HEAD) : 0;

	if (n == 0 || n >= sizeof(text))
		return 0;
	memcpy(text, bytes + HEAD, n);
	return strtod(text, NULL);
}

/* A head, the number of markers, then for each its time and, for the last one,
 * the tempo from there on. */
double serato_beatgrid_bpm(const void *data, size_t len)
{
	const uint8_t *b = data;
	uint32_t bits;
	float bpm;

	if (len < HEAD + 4 + 8 || memcmp(b + HEAD, "\0\0\0\1", 4) != 0)
		return 0;
	memcpy(&bits, b + HEAD + 8, sizeof(bits));
	bits = be32toh(bits);
	memcpy(&bpm, &bits, sizeof(bpm));
	return (double)bpm;
}

/* There may be line breaks anywhere, and padding may be missing. */
static size_t decode_base64(const char *text, uint8_t out[MAX_OBJECT])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	unsigned pending = 0;
	size_t n = 0;

	for (; *text != '\0' && *text != '=' && n < MAX_OBJECT; text++) {
		const char *digit = strchr(digits, *text);

		if (digit == NULL)
			continue;
		bits = bits << 6 | (uint32_t)(digit - digits);
		pending += 6;
		if (pending >= 8) {
			pending -= 8;
			out[n++] = (uint8_t)(bits >> pending);
		}
	}
	return n;
}

double serato_base64_bpm(const char *text)
{
	/* The type, an empty name, the object's own name. */
	static const char head[] = "application/octet-stream\0\0"
	    "Serato BeatGrid";
	uint8_t data[MAX_OBJECT];
	size_t len = decode_base64(text, data);

	if (len <= sizeof(head) || memcmp(data, head, sizeof(head)) != 0)
		return 0;
	return serato_beatgrid_bpm(data + sizeof(head), len - sizeof(head));
}
