/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/ytdlp/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"

#define MAX_COOKIES (4u << 20)	/* a browser's whole jar is some 500 KB */

typedef void register_value(const char *value);

static void add_password(const char *value)
{
	secret_add(value);
}

/* "Cookie:name=value;name=value", "youtube:po_token=web.gvs+TOKEN" */
static void add_keys(const char *value)
{
	secret_add_keys(value, ":;,=+& ");
}

/* The last of seven columns is the value. Lines with '#' are comments, except
 * the prefix of cookies that scripts can't read. */
static void add_cookie(char *line)
{
	char *value = strrchr(line, '\t');

	if (value != NULL && (*line != '#' ||
	    strncmp(line, "#HttpOnly_", 10) == 0))
		secret_add_keys(value + 1, "=&|");
}

static void add_cookies(const char *path)
{
	struct buf text = BUF_INIT;

	if (file_read(path, MAX_COOKIES, &text) == 0) {
		char *rest = text.data, *line;

		while ((line = strsep(&rest, "\r\n")) != NULL)
			add_cookie(line);
		explicit_bzero(text.data, text.len);
	}
	buf_free(&text);
}

static const struct {
	const char *name;
	register_value *add;
} options[] = {
	{ "--password", add_password }, { "-p", add_password },
	{ "--twofactor", add_password }, { "-2", add_password },
	{ "--video-password", add_password },
	{ "--ap-password", add_password },
	{ "--client-certificate-password", add_password },
	{ "--add-headers", add_keys }, { "--add-header", add_keys },
	{ "--extractor-args", add_keys }, { "--proxy", secret_add_url },
	{ "--geo-verification-proxy", secret_add_url },
	{ "--cookies", add_cookies },
};

/* Registers the value after "=" in word. If the value is the next word, returns
 * how to register that. */
static register_value *take_word(const char *word)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		size_t n = strlen(options[i].name);

		if (strncmp(word, options[i].name, n) != 0)
			continue;
		if (word[n] == '\0')
			return options[i].add;
		if (word[n] == '=')
			options[i].add(word + n + 1);
	}
	return NULL;
}

void ytdlp_register_secrets(const char *args)
{
	char *copy = xstrdup(args), *rest = copy, *word;
	register_value *add = NULL;

	while ((word = strsep(&rest, " \t")) != NULL) {
		if (*word == '\0')
			continue;
		if (add != NULL) {
			add(word);
			add = NULL;
		} else {
			add = take_word(word);
		}
	}
	if (copy != NULL)
		explicit_bzero(copy, strlen(args));
	free(copy);
}
