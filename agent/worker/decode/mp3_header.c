/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/decode/mp3_header.h"

#include <string.h>

#define FRAME_HEAD 4
#define TAG_HEAD 8		/* "Xing" or "Info", and what follows */
#define LAME_CRC 34		/* from the encoder's name to the checksum */

/* CRC-16 by ANSI, from 0, the low bit first. */
static unsigned crc16(const uint8_t *data, size_t len)
{
	unsigned crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
	}
	return crc;
}

/* Where the tag begins: after the side information, whose length depends on
 * version and channels. 0: this is no frame of layer III. */
static size_t tag_offset(const uint8_t *frame)
{
	int version = frame[1] >> 3 & 3;	/* 3: MPEG 1, 1: reserved */
	bool mono = frame[3] >> 6 == 3;

	if (frame[0] != 0xff || (frame[1] & 0xe6) != 0xe2 || version == 1)
		return 0;
	if (version == 3)
		return FRAME_HEAD + (mono ? 17 : 32);
	return FRAME_HEAD + (mono ? 9 : 17);
}

enum mp3_header mp3_header_parse(const uint8_t *frame, size_t len)
{
	/* Each flag says that a field is there. */
	static const size_t fields[] = { 4, 4, 100, 4 };
	size_t tag = len >= FRAME_HEAD ? tag_offset(frame) : 0;
	size_t name = tag + TAG_HEAD, crc;

	if (tag == 0 || name > len || (memcmp(frame + tag, "Xing", 4) != 0 &&
	    memcmp(frame + tag, "Info", 4) != 0))
		return MP3_BARE;
	for (int i = 0; i < 4; i++)
		if (frame[tag + 7] & 1 << i)
			name += fields[i];
	crc = name + LAME_CRC;
	if (crc + 2 > len || memcmp(frame + name, "LAME", 4) != 0 ||
	    crc16(frame, crc) != (unsigned)(frame[crc] << 8 | frame[crc + 1]))
		return MP3_XING;
	return MP3_LAME;
}
