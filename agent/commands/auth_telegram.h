/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auth_telegram: the account of a source of type telegram. */
#ifndef COMMANDS_AUTH_TELEGRAM_H
#define COMMANDS_AUTH_TELEGRAM_H

#include <stdbool.h>

struct config;
struct invocation;
struct json_writer;

/* `likesync auth telegram`. */
int auth_telegram(struct invocation *v);

/* A line, or with w a member of the array "telegram", for each such source.
 * Whether a person has to log in to any. */
bool auth_telegram_status(const struct config *cfg, struct json_writer *w);

#endif
