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

int cmd_match(struct invocation *v)
{
	int status = command_options(v, "likesync match < CASES.jsonl", NULL,
	    0);
	unsigned long number = 0;
	char *line = NULL, *answer;
	struct error error;
	size_t cap = 0;
	ssize_t n;

	if (status >= 0)
		return status;
	status = EX_OK;
	while ((n = getline(&line, &cap, stdin)) > 0) {
		number++;
		if (strspn(line, " \t\r\n") == (size_t)n)
			continue;
		answer = (size_t)n > MAX_LINE ? NULL :
		    match_line(line, (size_t)n, &error);
		if (answer != NULL) {
			print_json(answer);
			free(answer);
			continue;
		}
		status = EX_DATAERR;
		if ((size_t)n > MAX_LINE)
			log_error("line %lu: longer than %u bytes", number,
			    MAX_LINE);
		else
			log_error("line %lu: %s", number, error.text);
	}
	free(line);
	return fflush(stdout) == 0 ? status : EX_IOERR;
}
