/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exec: how a session is set up for a section of the configuration, and a
 * source that is one.
 */
#ifndef SOURCES_EXEC_EXEC_H
#define SOURCES_EXEC_EXEC_H

#include "sources/exec/session.h"

struct arguments;
struct source;
struct source_config;
struct source_env;

struct exec_folders {
	char *state, *tmp;	/* owned */
};

/* All is borrowed: folders too has to stay while the settings are used. */
void exec_settings_make(const struct source_config *sc,
    const struct source_env *env, struct exec_folders *folders,
    struct exec_settings *settings);
void exec_folders_free(struct exec_folders *folders);

/* As exec_source, with words after the section's args. Takes what they hold. */
enum outcome exec_source_of(const struct source_config *sc,
    const struct source_env *env, const struct arguments *words,
    struct source *s, struct error *error);

#endif
