/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <stdlib.h>
#include <sysexits.h>

#include "base/file.h"
#include "base/log.h"
#include "base/state.h"
#include "commands/terminal.h"
#include "config/config.h"
#include "index/index.h"

static void print_one(void *ctx, const char *json)
{
	(void)ctx;
	print_json(json);
}

int cmd_dump(struct invocation *v)
{
	const struct command_option options[] = { { 0 } };
	int status = command_options(v, "likesync dump [TABLE]", options, 1);
	struct index *x;
	struct error error;
	enum outcome o;
	char *dir;

	if (status >= 0)
		return status;
	dir = path_join(v->cfg->state.dir, STATE_INDEX);
	o = index_open(dir, true, &x, &error);
	free(dir);
	if (o != DONE) {
		log_error("%s", error.text);
		return 1;
	}
	if (index_dump(x, v->argc > 1 ? v->argv[1] : NULL, print_one, NULL))
		status = print_end();
	else
		status = command_usage(v, "%s: no such table: tracks, liked, "
		    "files, analyses, lists, searches, words, identities, "
		    "numbers, folders, folder_paths, tracks_of, sounds, "
		    "lengths or notes", v->argv[1]);
	index_close(x);
	return status;
}
