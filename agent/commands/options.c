/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/integer.h"
#include "base/json.h"
#include "commands/terminal.h"
#include "config/config.h"
#include "run/run.h"

#define MAX_OPTIONS 32	/* below every letter */
#define HELP 1000	/* getopt's value for --help */

int command_usage(const struct invocation *v, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	print_error("likesync %s: %s; see likesync %s --help", v->argv[0],
	    buf_str(&text), v->argv[0]);
	buf_free(&text);
	return EX_USAGE;
}

static bool is_short(const struct command_option *o)
{
	return o->name[1] == '\0';
}

static void print_help(const char *usage,
    const struct command_option *options)
{
	print_line("usage: %s", usage);
	for (; options != NULL && options->name != NULL; options++)
		print_line("  %s%s%s%-*s  %s", is_short(options) ? "-" : "--",
		    options->name, options->value != NULL ? " " : "",
		    18 + is_short(options) + (options->value == NULL) -
		    (int)strlen(options->name),
		    options->value != NULL ? options->value : "",
		    options->help);
}

/* c as getopt returned it: a letter, or an index of the table plus 1. */
static const struct command_option *option_of(
    const struct command_option *options, int c)
{
	if (c <= MAX_OPTIONS)
		return &options[c - 1];
	while (!is_short(options) || options->name[0] != c)
		options++;
	return options;
}

int command_options(struct invocation *v, const char *usage,
    const struct command_option *options, int max_operands)
{
	struct option table[MAX_OPTIONS + 2] = { 0 };
	char letters[3 + 2 * MAX_OPTIONS] = ":h";
	const struct command_option *o;
	int n = 0, c;

	for (; options != NULL && options[n].name != NULL; n++) {
		table[n] = (struct option){ options[n].name,
			options[n].value != NULL, NULL, n + 1 };
		if (is_short(&options[n])) {
			strcat(letters, options[n].name);
			strcat(letters, options[n].value != NULL ? ":" : "");
		}
	}
	table[n] = (struct option){ "help", 0, NULL, HELP };
	optind = 0;	/* GNU: start over */
	opterr = 0;
	while ((c = getopt_long(v->argc, v->argv, letters, table, NULL)) !=
	    -1) {
		if (c == HELP || c == 'h') {
			print_help(usage, options);
			return print_end();
		}
		if (c == ':' || c == '?')
			return command_usage(v, c == ':' ? "%s needs a value" :
			    "%s: unknown option", v->argv[optind - 1]);
		o = option_of(options, c);
		if (o->flag != NULL)
			*o->flag = true;
		if (o->text != NULL)
			*o->text = optarg;
	}
	if (max_operands >= 0 && v->argc - optind > max_operands)
		return command_usage(v, "%s: unexpected argument",
		    v->argv[optind + max_operands]);
	/* getopt has moved the operands to the end, where a NULL is. */
	memmove(v->argv + 1, v->argv + optind,
	    (size_t)(v->argc - optind + 1) * sizeof(*v->argv));
	v->argc = v->argc - optind + 1;
	return v->start(v);
}

int command_number(const struct invocation *v, const char *option,
    const char *text, long low, long high, long *out)
{
	int64_t n = *out;

	if (text != NULL && !int_parse(text, low, high, &n)) {
		command_usage(v, "%s: %s is not a whole number from %ld to "
		    "%ld", option, text, low, high);
		return -1;
	}
	*out = (long)n;
	return 0;
}

int command_duration(const struct invocation *v, const char *option,
    const char *text, long long *out)
{
	int64_t seconds = *out;

	if (text != NULL && !config_duration(text, &seconds)) {
		command_usage(v, "%s: %s is not a duration such as 45m or 6h",
		    option, text);
		return -1;
	}
	*out = seconds;
	return 0;
}

struct json_writer *command_json(const char *array)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	if (array != NULL)
		json_open_array(w, array);
	return w;
}

int command_print_json(struct json_writer *w)
{
	char *text = json_writer_end(w, NULL);

	print_json(text);
	free(text);
	return print_end();
}

void command_print_failure(enum outcome o, const struct error *error)
{
	struct json_writer *w = command_json(NULL);

	json_open_object(w, "error");
	json_put_string(w, "scope", o == ITEM_FAILED ? "item" :
	    o == SERVICE_FAILED ? "service" : "run");
	json_put_string(w, "text", error->text);
	if (error->retry_after > 0)
		json_put_int(w, "retryAfter", error->retry_after);
	command_print_json(w);
}

int command_failed(const struct invocation *v, enum outcome o,
    const struct error *error, bool json)
{
	print_error("likesync %s: %s", v->argv[0], error->text);
	if (json)
		command_print_failure(o, error);
	return outcome_exit_status(o);
}

int command_run(const struct invocation *v, const struct run_options *opt,
    bool json)
{
	struct summary s;
	int status = EX_OK;

	if (opt->shard != NULL)
		run_shard(v->cfg, opt, &s);
	else
		run(v->cfg, opt, &s);
	if (json) {
		struct json_writer *w = command_json(NULL);

		summary_put(&s, w);
		status = command_print_json(w);
	}
	return status != EX_OK ? status : outcome_exit_status(s.outcome);
}
