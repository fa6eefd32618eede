/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/json_path.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

static char *hex_name(const char *name)
{
	return xasprintf("%s_hex", name);
}

void json_path_put(struct json_writer *w, const char *name, const char *bytes)
{
	size_t len = strlen(bytes), i = 0, n = 1;
	char *hex, *other;

	while (i < len && (n = utf8_length(bytes + i, len - i)) > 0)
		i += n;
	if (i == len) {
		json_put_string(w, name, bytes);
		return;
	}
	other = hex_name(name);
	hex = xmalloc(2 * len + 1);
	hex_encode((const uint8_t *)bytes, len, hex);
	json_put_string(w, other, hex);
	free(hex);
	free(other);
}

char *json_path_get(const struct json *v, const char *name)
{
	char *other = hex_name(name), *bytes;
	const char *hex = json_get_string(v, other);
	size_t len = hex != NULL ? strlen(hex) / 2 : 0;

	free(other);
	if (hex == NULL)
		return xstrdup(json_get_string(v, name));
	bytes = xcalloc(1, len + 1);
	if (hex_decode(hex, (uint8_t *)bytes, len) == 0)
		return bytes;
	free(bytes);
	return NULL;
}
