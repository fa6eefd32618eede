/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xml: libxml2's writer, into a buf. Private to exports/. */
#ifndef EXPORTS_XML_H
#define EXPORTS_XML_H

#include "base/buf.h"

struct xml;

/* Elements nest as they are opened and closed; attributes follow xml_open.
 * Without memory the process ends, as elsewhere. */
struct xml *xml_new(struct buf *out);
void xml_open(struct xml *x, const char *name);
void xml_close(struct xml *x);
/* text is cleaned (append_clean). NULL or "": no attribute. */
void xml_put(struct xml *x, const char *name, const char *text);
void xml_printf(struct xml *x, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Closes what is open, and frees x. */
void xml_end(struct xml *x);

#endif
