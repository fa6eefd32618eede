/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/buf.h"
#include "config/config.h"
#include "commands/terminal.h"

static int print(struct buf *text)
{
	print_text(stdout, buf_str(text));
	buf_free(text);
	return print_end();
}

/* The default file is read here: this command needs no configuration. */
static int print_effective(struct invocation *v)
{
	char *path = v->cfg == NULL ? config_default_path() : NULL;
	struct buf text = BUF_INIT;
	struct config *own = path != NULL ? config_load(path, &text) : NULL;
	const struct config *cfg = v->cfg != NULL ? v->cfg : own;

	free(path);
	if (cfg == NULL) {
		print_text(stderr, buf_str(&text));
		buf_free(&text);
		return EX_CONFIG;
	}
	config_print(cfg, true, &text);
	config_free(own);
	return print(&text);
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
	if (sample)
		config_print_sample(&text);
	else if (manual)
		config_print_manual(&text);
	else
		return print_effective(v);
	return print(&text);
}
