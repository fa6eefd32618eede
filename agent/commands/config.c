/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/buf.h"
#include "config/config.h"
#include "commands/terminal.h"

/* The default file is read here: this command needs no configuration. */
static int print_effective(const struct invocation *v, struct buf *text)
{
	char *path = v->cfg == NULL ? config_default_path() : NULL;
	struct config *own = path != NULL ? config_load(path, text) : NULL;
	const struct config *cfg = v->cfg != NULL ? v->cfg : own;

	free(path);
	if (cfg == NULL) {
		print_text(stderr, buf_str(text));
		return EX_CONFIG;
	}
	config_print(CONFIG_EFFECTIVE, cfg, text);
	config_free(own);
	return EX_OK;
}

int cmd_config(struct invocation *v)
{
	bool sample = false, manual = false;
	const struct command_option options[] = {
		{ "sample", NULL, "print the sample file: every key with its "
		    "default", &sample, NULL },
		{ "manual", NULL, "print the keys for likesync.conf(5)",
		    &manual, NULL },
		{ 0 },
	};
	int status = command_options(v,
	    "likesync config [--sample | --manual]", options, 0);
	struct buf text = BUF_INIT;

	if (status >= 0)
		return status;
	status = EX_OK;
	if (sample || manual)
		config_print(sample ? CONFIG_SAMPLE : CONFIG_MANUAL, NULL,
		    &text);
	else
		status = print_effective(v, &text);
	if (status == EX_OK) {
		print_text(stdout, buf_str(&text));
		status = print_end();
	}
	buf_free(&text);
	return status;
}
