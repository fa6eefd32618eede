/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/identity.h"

#include <stdio.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "base/hash.h"

int identity_of(struct media_file *m, char out[IDENTITY_LEN + 1])
{
	struct sha256 *h = sha256_new();
	AVPacket *packet = av_packet_alloc();
	uint8_t digest[SHA256_LEN];
	size_t left = IDENTITY_STRETCH;
	struct media form;
	char head[96];

	media_file_describe(m, &form);
	snprintf(head, sizeof(head), "1 %s %lld\n", form.codec,
	    (long long)(m->exact_length ? form.duration_ms : 0));
	sha256_add(h, head, strlen(head));
	while (left > 0 && packet != NULL &&
	    av_read_frame(m->format, packet) >= 0) {
		size_t n = packet->size > 0 ? (size_t)packet->size : 0;

		if (packet->stream_index == m->stream->index) {
			n = n < left ? n : left;
			sha256_add(h, packet->data, n);
			left -= n;
		}
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
	sha256_end(h, digest);
	hex_encode(digest, IDENTITY_LEN / 2, out);
	return left < IDENTITY_STRETCH ? 0 : -1;
}
