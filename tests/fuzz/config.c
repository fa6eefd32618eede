/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a configuration: values in their ranges, which print as a
 * configuration that says the same; or errors in words. */
#include "fuzz.h"

#include "config/config.h"

static void print(const struct config *c, struct buf *out)
{
	config_print(CONFIG_EFFECTIVE, c, out);
	must(out->len > 0);
}

/* What is printed of c, read again. */
static struct config *reread(const struct config *c, struct buf *text)
{
	struct buf errors = BUF_INIT;
	struct config *again;

	print(c, text);
	again = config_parse("again", text->data, text->len, &errors);
	if (again == NULL)
		fputs(buf_str(&errors), stderr);
	must(again != NULL && errors.len == 0);
	buf_free(&errors);
	return again;
}

/* The first text names the lines of the input. */
static void says_the_same(const struct config *c)
{
	struct buf first = BUF_INIT, second = BUF_INIT, third = BUF_INIT;
	struct config *again = reread(c, &first);
	struct config *once_more = reread(again, &second);

	print(once_more, &third);
	must(strcmp(buf_str(&second), buf_str(&third)) == 0);
	config_free(once_more);
	config_free(again);
	buf_free(&first);
	buf_free(&second);
	buf_free(&third);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf errors = BUF_INIT;
	struct config *c = config_parse("input", (const char *)data, size,
	    &errors);

	must((c == NULL) == (errors.len > 0));
	if (c != NULL)
		says_the_same(c);
	config_free(c);
	buf_free(&errors);
	return 0;
}
