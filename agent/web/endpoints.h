/* SPDX-License-Identifier: GPL-3.0-or-later */
/* endpoints: the addresses that the web program answers, what each needs, and
 * how likesync's answers become those of HTTP. docs/api.md describes them. */
#ifndef WEB_ENDPOINTS_H
#define WEB_ENDPOINTS_H

#include <stdbool.h>

#include "web/calls.h"

/* Checks host, right, origin, address, method and type, in this order, reads
 * the body, and answers. A refused request starts no program. */
void endpoints_answer(struct web *w);

/* Is text an address that `likesync playlist` takes for a link and never for
 * the path of a file? */
bool endpoints_is_link(const char *text);

#endif
