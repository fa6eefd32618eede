/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what a source program says, in pieces whose size the first byte
 * gives: messages within the protocol's limits, or one error. */
#include "fuzz.h"

#include "sources/exec/reader.h"
#include "sources/source.h"

static bool check(void *ctx, struct exec_message *m)
{
	(void)ctx;
	must(m->id > 0);
	must(m->type != EXEC_HELLO || (m->name != NULL && m->version != NULL &&
	    m->parallel >= 1 && m->parallel <= EXEC_MAX_PARALLEL &&
	    (m->search || m->link || m->track)));
	must(m->type != EXEC_DONE || (m->file != NULL && *m->file != '\0'));
	must(m->retry_after >= 0 && m->retry_after <= EXEC_MAX_RETRY_AFTER);
	must(m->candidates.count <= SOURCE_MAX_CANDIDATES);
	for (size_t i = 0; i < m->candidates.count; i++) {
		const struct candidate *c = &m->candidates.items[i];

		must(c->title != NULL && c->duration_s >= 0);
		must(*c->ref != '\0' && strlen(c->ref) <= EXEC_MAX_REF);
		must(strpbrk(c->ref, "\n\r\t\x1b") == NULL);
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct exec_reader r = { .unasked = 0 };
	struct error error = { .text = "" };
	size_t step = size > 0 ? data[0] + 1u : 1;
	enum outcome o = DONE;

	for (size_t i = 1; o == DONE && i < size; i += step)
		o = exec_reader_feed(&r, (const char *)data + i,
		    size - i < step ? size - i : step, check, NULL, &error);
	must(o == DONE || (o == SERVICE_FAILED && error.text[0] != '\0'));
	exec_reader_free(&r);
	return 0;
}
