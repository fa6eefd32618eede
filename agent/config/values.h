/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * values: the text of a value to its field and back, by the type in the table
 * of keys. base is the struct that the key's offset is in. Private to config/.
 */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

#include <stdbool.h>

#include "base/buf.h"
#include "config/keys.h"

/* Parses text into the field; false, with the field unchanged, if the key does
 * not accept it. Empty text leaves a key without default unset. */
bool value_parse(const struct key *k, const char *text, void *base);
/* What the key accepts, to follow "expected ". */
void value_describe(const struct key *k, struct buf *out);
/* As it would be written in a file, without quotes; false if not set. */
bool value_print(const struct key *k, const void *base, struct buf *out);
void value_free(const struct key *k, void *base);

/* A source's name, which is part of section names and log lines. */
bool value_is_name(const char *text);

#endif
