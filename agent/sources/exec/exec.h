/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exec: how a session is set up for a section of the configuration. */
#ifndef SOURCES_EXEC_EXEC_H
#define SOURCES_EXEC_EXEC_H

#include "sources/exec/session.h"

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

#endif
