/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/written_tags.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/integer.h"
#include "base/mem.h"

void key_spell(const struct analysis *a, enum key_notation n, char out[8])
{
	const char *code = a->camelot;
	size_t tonic = strcspn(a->key, " ");
	int64_t number;

	out[0] = '\0';
	if (int_prefix(&code, 1, 12, &number) != 0)
		return;
	if (n == KEY_CAMELOT)
		snprintf(out, 8, "%s", a->camelot);
	else if (n == KEY_OPEN)
		/* Open Key counts from A minor and C major, Camelot's 8. */
		snprintf(out, 8, "%d%c", (int)(number + 4) % 12 + 1,
		    *code == 'A' ? 'm' : 'd');
	else if (n == KEY_MUSICAL)
		snprintf(out, 8, "%.*s%s", (int)tonic, a->key,
		    strcmp(a->key + tonic, " minor") == 0 ? "m" : "");
}

void written_tags_choose(const struct analysis *a, enum key_notation n,
    const struct tags *t, struct written_tags *out)
{
	memset(out, 0, sizeof(*out));
	if (t->bpm <= 0)
		out->bpm = a->bpm;
	if (t->key == NULL)
		key_spell(a, n, out->key);
	if (t->energy == 0)
		out->energy = a->energy;
}

char *written_tags_text(const struct written_tags *w)
{
	struct buf b = BUF_INIT;
	char *text;

	if (w->bpm > 0)
		buf_printf(&b, " bpm=%.2f", w->bpm);
	if (w->key[0] != '\0')
		buf_printf(&b, " key=%s", w->key);
	if (w->energy > 0)
		buf_printf(&b, " energy=%d", w->energy);
	text = xstrdup(b.len > 0 ? buf_str(&b) + 1 : "");
	buf_free(&b);
	return text;
}

/* The value of "name=" in text, up to a blank; "" if there is none. */
static void find_value(const char *text, const char *name, char out[16])
{
	const char *at = strstr(text, name);
	size_t len = at != NULL ? strcspn(at + strlen(name), " ") : 0;

	snprintf(out, 16, "%.*s", (int)(len < 15 ? len : 15),
	    at != NULL ? at + strlen(name) : "");
}

void written_tags_remove(struct tags *t)
{
	char bpm[16], key[16], energy[16];
	int64_t level;

	if (t->analysis == NULL)
		return;
	find_value(t->analysis, "bpm=", bpm);
	find_value(t->analysis, "key=", key);
	find_value(t->analysis, "energy=", energy);
	/* MP4 holds whole numbers only. */
	if (bpm[0] != '\0' && fabs(strtod(bpm, NULL) - t->bpm) < 0.51)
		t->bpm = 0;
	if (t->key != NULL && strcmp(t->key, key) == 0)
		str_replace(&t->key, NULL);
	if (int_parse(energy, 1, 10, &level) && level == t->energy)
		t->energy = 0;
}
