/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as an address, and as what a short link's server answers: a list
 * with an id that can stand in a path, or a reason. */
#include "fuzz.h"

#include "base/mem.h"
#include "spotify/link.h"

/* Answers with the text as redirect, then as page. */
static enum outcome answer(void *ctx, const struct http_request *q,
    struct http_response *r, struct error *error)
{
	const char **text = ctx;

	(void)error;
	must(strncmp(q->url, "https://", 8) == 0 && url_is_allowed(q->url));
	memset(r, 0, sizeof(*r));
	r->status = *text != NULL ? 302 : 200;
	if (*text != NULL)
		r->location = xstrdup(*text);
	*text = NULL;
	return DONE;
}

static enum outcome answer_page(void *ctx, const struct http_request *q,
    struct http_response *r, struct error *error)
{
	(void)q, (void)error;
	memset(r, 0, sizeof(*r));
	r->status = 200;
	buf_puts(&r->body, ctx);
	return DONE;
}

static void is_sound(const struct spotify_link *l)
{
	char *url;

	must((l->kind == LINK_NONE) == (l->id == NULL));
	if (l->kind == LINK_NONE)
		return;
	must(*l->id != '\0' && strpbrk(l->id, " \r\n") == NULL);
	if (l->kind == LINK_SHORT || l->kind == LINK_OTHER)
		return;
	url = spotify_link_url(l);
	must(url_is_allowed(url));
	free(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	const char *redirect = text;
	struct spotify_link l;
	struct error error;

	spotify_link_parse(text, &l);
	is_sound(&l);
	must(l.kind == LINK_NONE || spotify_link_is_address(text));
	spotify_link_free(&l);
	spotify_link_parse("spotify.link/x", &l);
	if (spotify_link_follow_by(&l, answer, &redirect, &error) == DONE)
		must(l.kind != LINK_SHORT && l.kind != LINK_NONE);
	spotify_link_free(&l);
	spotify_link_parse("spotify.link/x", &l);
	if (spotify_link_follow_by(&l, answer_page, text, &error) == DONE)
		must(l.kind != LINK_SHORT && l.kind != LINK_NONE);
	is_sound(&l);
	spotify_link_free(&l);
	free(text);
	return 0;
}
