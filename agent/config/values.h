/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config_values: from the text of a value to its field and back, by the type
 * that the table of keys names. base is the struct that the key's offset is
 * in. Private to config*.c.
 */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

#include <stdbool.h>

#include "base/buf.h"
#include "config/keys.h"

/* Stores what text means; false if it is not what the key takes, with the
 * field as it was. Empty text leaves a key without default unset. */
bool value_parse(const struct key *k, const char *text, void *base);
/* What it takes, to follow "expected ". */
void value_describe(const struct key *k, struct buf *out);
/* As it would be written in a file, without quotes; false if not set. */
bool value_print(const struct key *k, const void *base, struct buf *out);
void value_free(const struct key *k, void *base);

/* A source's name: it is part of a section's and of log lines. */
bool value_is_name(const char *text);

#endif
