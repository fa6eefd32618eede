/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * secret: the secrets of this process, and the filter that removes them from
 * text that comes from outside. A service's refusal may repeat
 * what it was asked with, and so may a program that was given a password.
 *
 * A secret is registered once, where it is loaded, before it is sent anywhere.
 * It is then recognised as it is, in hex, in base64 (at any place of a longer
 * text, in both alphabets), percent-encoded, also in part or more than once, as
 * a JSON string writes it, and as entities of HTML. error_set and log_line
 * filter all that they are given; whoever shortens or keeps outside text
 * otherwise filters it first.
 *
 * Safe to call from any thread.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct error;

/* Shorter ones are not recognised: they are parts of ordinary words. */
#define SECRET_MIN 6

/* Registers a copy. NULL, short and known ones are ignored. */
void secret_add(const char *secret);
/* What an address hides: its password, and what in its path or query looks
 * like a key. NULL allowed. */
void secret_add_url(const char *url);
/* Each part of text, between any of the separators, that looks like a key:
 * long, with a digit or capitals in it. NULL allowed. */
void secret_add_keys(const char *text, const char *separators);

/* The secret in the first line of the file that the configuration calls path,
 * registered; key names the setting in errors. Caller frees. NULL with error
 * (RUN_CONFIG): it can't be read, or is empty. */
char *secret_read(const char *path, const char *key, struct error *error);

/* Replaces each secret in the len bytes of text by "***", in place; returns
 * the new length, never more than len. is_cut: text is the beginning of a
 * longer one, so that a secret may be cut off at its end. */
size_t secret_hide(char *text, size_t len, bool is_cut);
/* The same for a string and for a buf. */
void secret_hide_str(char *text);
void secret_hide_buf(struct buf *b, bool is_cut);
/* A copy of text without secrets, NULL of NULL; caller frees. */
char *secret_hide_copy(const char *text);

/* Overwrites a secret and frees it; NULL allowed. */
void secret_free(char *secret);
void secret_free_buf(struct buf *b);

/* Wipes and forgets all of them. */
void secret_forget_all(void);

#endif
