/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exports/xml.h"

#include <libxml/xmlwriter.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "exports/formats.h"

struct xml {
	xmlTextWriterPtr writer;
	struct buf text;	/* of an attribute; reused */
};

/* All input is valid: what fails is an allocation. */
static void check(long result)
{
	if (result >= 0)
		return;
	log_error("libxml2: out of memory");
	exit(EXIT_FAILURE);
}

static int append(void *ctx, const char *data, int len)
{
	buf_append(ctx, data, (size_t)len);
	return len;
}

struct xml *xml_new(struct buf *out)
{
	struct xml *x = xcalloc(1, sizeof(*x));
	xmlOutputBufferPtr to = xmlOutputBufferCreateIO(append, NULL, out,
	    NULL);

	x->writer = to != NULL ? xmlNewTextWriter(to) : NULL;
	check(x->writer != NULL ? 0 : -1);
	check(xmlTextWriterSetIndent(x->writer, 1));
	check(xmlTextWriterSetIndentString(x->writer, BAD_CAST " "));
	check(xmlTextWriterStartDocument(x->writer, NULL, "UTF-8", NULL));
	return x;
}

void xml_open(struct xml *x, const char *name)
{
	check(xmlTextWriterStartElement(x->writer, BAD_CAST name));
}

void xml_close(struct xml *x)
{
	check(xmlTextWriterEndElement(x->writer));
}

void xml_put(struct xml *x, const char *name, const char *text)
{
	buf_clear(&x->text);
	append_clean(&x->text, text);
	if (x->text.len > 0)
		check(xmlTextWriterWriteAttribute(x->writer, BAD_CAST name,
		    BAD_CAST x->text.data));
}

void xml_printf(struct xml *x, const char *name, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	xml_put(x, name, buf_str(&text));
	buf_free(&text);
}

void xml_end(struct xml *x)
{
	check(xmlTextWriterEndDocument(x->writer));
	xmlFreeTextWriter(x->writer);
	buf_free(&x->text);
	free(x);
}
