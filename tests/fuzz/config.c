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

static void says_the_same(const struct config *c)
{
	struct buf once = BUF_INIT, twice = BUF_INIT, errors = BUF_INIT;
	struct config *again;

	print(c, &once);
	again = config_parse("again", once.data, once.len, &errors);
	if (again == NULL)
		fputs(buf_str(&errors), stderr);
	must(again != NULL && errors.len == 0);
	print(again, &twice);
	must(strcmp(buf_str(&once), buf_str(&twice)) == 0);
	config_free(again);
	buf_free(&once);
	buf_free(&twice);
	buf_free(&errors);
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
