/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "commands/match_line.h"
#include "commands/terminal.h"

#define MAX_LINE (4u << 20)	/* bytes; a hundred candidates need far less */

static int match_one(const char *line, size_t len, unsigned long number)
{
	struct error error;
	char *answer = match_line(line, len, &error);

	if (answer == NULL) {
		log_error("line %lu: %s", number, error.text);
		return -1;
	}
	print_json(answer);
	free(answer);
	return 0;
}

int cmd_match(struct invocation *v)
{
	int status = command_options(v, "likesync match < CASES.jsonl", NULL,
	    0);
	unsigned long number = 0;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (status >= 0)
		return status;
	status = EX_OK;
	while ((n = getline(&line, &cap, stdin)) > 0) {
		number++;
		if ((size_t)n > MAX_LINE) {
			log_error("line %lu: longer than %u bytes", number,
			    MAX_LINE);
			status = EX_DATAERR;
		} else if (strspn(line, " \t\r\n") != (size_t)n &&
		    match_one(line, (size_t)n, number) != 0) {
			status = EX_DATAERR;
		}
	}
	free(line);
	return fflush(stdout) == 0 ? status : EX_IOERR;
}
