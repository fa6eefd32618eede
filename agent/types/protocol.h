/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * protocol: the messages of agent and worker on the worker's stdin, a
 * SOCK_SEQPACKET socket. One request, one answer, then the next.
 *
 * The agent sends a request with the media's descriptor attached
 * (SCM_RIGHTS). For WORKER_TAG the tags follow as JSON, and a cover, in a
 * second attached descriptor, a memfd. The worker answers with one header,
 * and then the JSON text in packets of at most WORKER_PACKET bytes.
 */
#ifndef TYPES_PROTOCOL_H
#define TYPES_PROTOCOL_H

#include <stdint.h>

#define WORKER_MAGIC 0x6c6b7731u	/* "lkw1": changes with the format */
#define WORKER_PACKET 32768u
#define WORKER_MAX_ANSWER (1u << 20)	/* a thousand times a usual one */
#define WORKER_MAX_COVER (32u << 20)	/* a photograph in print quality */

/* WORKER_VERSION comes without a descriptor; its text says which version the
 * worker is and what its sandbox lacks: {"version": "...", "gaps": "..."}. */
enum worker_op {
	WORKER_VERSION, WORKER_PROBE, WORKER_DECODE, WORKER_TAG, WORKER_PROVE,
	/* With an empty file as its second descriptor; its text is
	 * {"moved": true or false}: is the audio in there now? */
	WORKER_REMUX
};

struct worker_request {
	uint32_t magic;
	uint32_t op;
	uint64_t memory;	/* bytes that the child may map on top of the
				   libraries; 0: unlimited */
	uint32_t timeout_ms;	/* wall and CPU time of the child */
	uint32_t extra_len;	/* bytes in the memfd: JSON, NUL, cover */
};

/* How the child ended. */
enum worker_status {
	WORKER_OK,		/* the text is the answer */
	WORKER_REFUSED,		/* the text is {"why": "...", "reason": "..."}:
				   words, and a name of types/reason.h */
	WORKER_CRASHED,		/* detail: the signal; 0: it gave up */
	WORKER_TIMED_OUT,
	WORKER_OVER_LIMIT	/* memory, or an answer too long */
};

struct worker_answer {
	uint32_t magic;
	uint32_t status;
	uint32_t detail;
	uint32_t len;		/* of the text that follows */
};

#endif
