/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * telegram: the program that asks Telegram bots, which stands beside this file
 * in Python, and how it is started: as a source of a run, which speaks the
 * protocol of docs/sources.md with it, and for a person who logs in.
 */
#ifndef SOURCES_TELEGRAM_TELEGRAM_H
#define SOURCES_TELEGRAM_TELEGRAM_H

struct arguments;
struct source_config;

/* Adds what the program is started with, but for its name. action: "serve",
 * "login" or "logout". */
void telegram_arguments(const struct source_config *sc, const char *action,
    struct arguments *out);

#endif
