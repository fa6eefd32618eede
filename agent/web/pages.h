/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pages: what a browser shows. Each page is one document with its style and
 * script in it; the policy of the answer allows these by their hashes, and
 * nothing else.
 *
 * The script of the main page asks the addresses under /api. Without it, the
 * page is for reading: a form, a list or the queue in the query make the
 * server write the coverage, the own playlists or the jobs into the page
 * (pages_reading.c).
 */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include "web/calls.h"

void pages_main(struct web *w);		/* GET / */
void pages_report(struct web *w);	/* GET /report */
/* The form that takes a token; message: what is wrong, or NULL. */
void pages_login(struct web *w, int status, const char *message);

/* What the query asks to read, as markup: nothing if it asks for nothing. */
void pages_put_reading(struct web *w, struct buf *out);

#endif
