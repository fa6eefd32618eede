/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * completion: what a shell is to offer after `likesync`, written from main's
 * table of commands and from what each command tells of its own options, so
 * that it cannot lag behind them.
 */
#include "commands/commands.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "commands/terminal.h"

#define MAX_PLACES 48
#define MAX_OPTIONS 16

/* Where options can stand: behind a command, or behind its verb. */
struct place {
	const struct command *command;
	const char *verb;	/* "login"; NULL: the command has none */
	bool files;		/* operands are files */
	struct command_option option[MAX_OPTIONS];
	size_t n_options;
};

struct places {
	struct place place[MAX_PLACES];
	size_t n;
	const struct command *now;	/* who is being asked */
};

static const struct command_option global_options[] = {
	{ "help", NULL, "list the commands", NULL, NULL },
	{ "version", NULL, "print the version", NULL, NULL },
	{ 0 },
};

/* The texts are constants of the commands'; only the table is not. */
static void take_options(struct place *p, const struct command_option *o)
{
	for (; o != NULL && o->name != NULL && p->n_options < MAX_OPTIONS; o++)
		p->option[p->n_options++] = *o;
}

static void take_place(void *ctx, const char *verb, const char *usage,
    const struct command_option *options)
{
	struct places *all = ctx;
	struct place *p = &all->place[all->n];

	if (all->n == MAX_PLACES)
		return;
	*p = (struct place){ .command = all->now, .verb = verb,
		.files = strstr(usage, " FILE") != NULL };
	take_options(p, options);
	all->n++;
}

static void ask_commands(const struct invocation *v, struct places *all)
{
	for (size_t i = 0; i < v->n_commands; i++) {
		char *argv[] = { (char *)v->commands[i].name, NULL };
		struct invocation asked = { .argc = 1, .argv = argv,
			.commands = v->commands, .n_commands = v->n_commands,
			.describe = take_place, .describe_ctx = all };

		all->now = &v->commands[i];
		all->now->run(&asked);
	}
}

/* Its verbs follow each other. */
static bool is_first_of_command(const struct places *all, size_t i)
{
	return i == 0 || all->place[i - 1].command != all->place[i].command;
}

static void put_commands(const struct invocation *v, struct buf *out)
{
	for (size_t i = 0; i < v->n_commands; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : " ",
		    v->commands[i].name);
}

static void put_verbs(const struct places *all, const struct command *c,
    struct buf *out)
{
	const char *space = "";

	for (size_t i = 0; i < all->n; i++) {
		if (all->place[i].command != c)
			continue;
		buf_printf(out, "%s%s", space, all->place[i].verb);
		space = " ";
	}
}

/* Each of these characters with what the shell wants before it, and the quote
 * as a quoted word has it. */
static void put_escaped(struct buf *out, const char *text, const char *special,
    const char *quote)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'') {
			buf_puts(out, quote);
			continue;
		}
		if (strchr(special, *text) != NULL)
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
}

/*
 * bash
 */

static const char bash_head[] =
	"# bash completion for likesync, as `likesync completion bash` prints it.\n"
	"_likesync()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal place='' words='' values='' files='' i\n"
	"\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tcase ${COMP_WORDS[i]} in\n"
	"\t\t-c) ((i++)) ;;\n"
	"\t\t-*) ;;\n"
	"\t\t*) place+=\"${place:+ }${COMP_WORDS[i]}\" ;;\n"
	"\t\tesac\n"
	"\tdone\n";

static const char bash_foot[] =
	"\tesac\n"
	"\tCOMPREPLY=()\n"
	"\tif [[ $prev == -c || \" $files \" == *\" $prev \"* ||\n"
	"\t    ( \" $files \" == *\" operands \"* && $cur != -* ) ]]; then\n"
	"\t\tcompopt -o filenames 2> /dev/null\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"\telif [[ \" $values \" != *\" $prev \"* ]]; then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	"\tfi\n"
	"}\n"
	"complete -F _likesync likesync\n";

static bool wants_file(const struct command_option *o)
{
	return o->value != NULL && strcmp(o->value, "FILE") == 0;
}

static void bash_place(const struct place *p, struct buf *out)
{
	struct buf values = BUF_INIT, files = BUF_INIT, name = BUF_INIT;

	buf_printf(&name, "%s%s%s", p->command->name, p->verb != NULL ? " " :
	    "", p->verb != NULL ? p->verb : "");
	buf_printf(out, "\t'%s' | '%s '*)\n\t\twords='--help",
	    buf_str(&name), buf_str(&name));
	buf_free(&name);
	for (size_t i = 0; i < p->n_options; i++) {
		const struct command_option *o = &p->option[i];

		buf_printf(out, " %s%s", command_dashes(o), o->name);
		if (o->value != NULL)
			buf_printf(wants_file(o) ? &files : &values, "%s%s ",
			    command_dashes(o), o->name);
	}
	buf_printf(out, "'\n\t\tvalues='%s'\n\t\tfiles='%s%s' ;;\n",
	    buf_str(&values), buf_str(&files), p->files ? "operands" : "");
	buf_free(&values);
	buf_free(&files);
}

static void print_bash(const struct invocation *v, const struct places *all,
    struct buf *out)
{
	buf_puts(out, bash_head);
	buf_puts(out, "\tcase $place in\n\t'')\n\t\twords='");
	put_commands(v, out);
	for (const struct command_option *o = global_options; o->name != NULL;
	    o++)
		buf_printf(out, " --%s", o->name);
	buf_puts(out, " -c -q -v' ;;\n");
	for (size_t i = 0; i < all->n; i++)
		bash_place(&all->place[i], out);
	for (size_t i = 0; i < all->n; i++) {
		const struct place *p = &all->place[i];

		if (p->verb == NULL || !is_first_of_command(all, i))
			continue;
		buf_printf(out, "\t%s)\n\t\twords='", p->command->name);
		put_verbs(all, p->command, out);
		buf_puts(out, "' ;;\n");
	}
	buf_puts(out, bash_foot);
}

/*
 * zsh
 */

#define ZSH_QUOTE "'\\''"

static void zsh_options(const struct place *p, const char *indent,
    struct buf *out)
{
	buf_printf(out, "%s_arguments '--help[list the options]'", indent);
	for (size_t i = 0; i < p->n_options; i++) {
		const struct command_option *o = &p->option[i];

		buf_printf(out, " \\\n%s    '%s%s[", indent,
		    command_dashes(o), o->name);
		put_escaped(out, o->help, "[]:\\", ZSH_QUOTE);
		buf_puts(out, "]");
		if (o->value != NULL)
			buf_printf(out, ":%s:%s", o->value, wants_file(o) ?
			    "_files" : "");
		buf_puts(out, "'");
	}
	buf_printf(out, "%s ;;\n", p->files ? " '*:file:_files'" : "");
}

static void zsh_command(const struct places *all, size_t first,
    struct buf *out)
{
	const struct command *c = all->place[first].command;

	buf_printf(out, "\t%s)\n", c->name);
	if (all->place[first].verb == NULL) {
		zsh_options(&all->place[first], "\t\t", out);
		return;
	}
	buf_puts(out, "\t\t_arguments -C '1:verb:(");
	put_verbs(all, c, out);
	buf_puts(out, ")' '*::argument:->argument'\n\t\tcase $words[1] in\n");
	for (size_t i = first; i < all->n && all->place[i].command == c; i++) {
		buf_printf(out, "\t\t%s)\n", all->place[i].verb);
		zsh_options(&all->place[i], "\t\t\t", out);
	}
	buf_puts(out, "\t\tesac ;;\n");
}

static void print_zsh(const struct invocation *v, const struct places *all,
    struct buf *out)
{
	buf_puts(out, "#compdef likesync\n"
	    "# zsh completion for likesync, as `likesync completion zsh` "
	    "prints it.\n"
	    "_likesync()\n{\n"
	    "\tlocal curcontext=$curcontext state line\n"
	    "\tlocal -a commands\n\n"
	    "\tcommands=(\n");
	for (size_t i = 0; i < v->n_commands; i++) {
		buf_printf(out, "\t    '%s:", v->commands[i].name);
		put_escaped(out, v->commands[i].summary, ":\\", ZSH_QUOTE);
		buf_puts(out, "'\n");
	}
	buf_puts(out, "\t)\n\t_arguments -C");
	for (const struct command_option *o = global_options; o->name != NULL;
	    o++)
		buf_printf(out, " '(- *)--%s[%s]'", o->name, o->help);
	buf_puts(out, " \\\n\t    '-c[configuration file]:file:_files' \\\n"
	    "\t    '-q[only what a person must act on]' '-v[more detail]' \\\n"
	    "\t    '1:command:->command' '*::argument:->argument'\n"
	    "\tif [[ $state == command ]]; then\n"
	    "\t\t_describe command commands\n\t\treturn\n\tfi\n"
	    "\tcase $words[1] in\n");
	for (size_t i = 0; i < all->n; i++)
		if (is_first_of_command(all, i))
			zsh_command(all, i, out);
	buf_puts(out, "\tesac\n}\n\n"
	    "if [[ $funcstack[1] == _likesync ]]; then\n"
	    "\t_likesync \"$@\"\nelse\n"
	    "\tcompdef _likesync likesync\nfi\n");
}

/*
 * fish
 */

static const char fish_head[] =
	"# fish completion for likesync, as `likesync completion fish` prints it.\n"
	"\n"
	"# The words before the cursor that are no options.\n"
	"function __likesync_words\n"
	"\tset -l skip no\n"
	"\tfor word in (commandline -opc)[2..]\n"
	"\t\tif test $skip = yes\n"
	"\t\t\tset skip no\n"
	"\t\t\tcontinue\n"
	"\t\tend\n"
	"\t\tswitch $word\n"
	"\t\t\tcase -c\n"
	"\t\t\t\tset skip yes\n"
	"\t\t\tcase '-*'\n"
	"\t\t\tcase '*'\n"
	"\t\t\t\techo $word\n"
	"\t\tend\n"
	"\tend\n"
	"end\n"
	"\n"
	"# Are they these, and no more?\n"
	"function __likesync_at\n"
	"\tset -l words (__likesync_words)\n"
	"\ttest \"$words\" = \"$argv\"\n"
	"end\n"
	"\n"
	"# Are these the first of them?\n"
	"function __likesync_in\n"
	"\tset -l words (__likesync_words)\n"
	"\ttest \"$words[1..\"(count $argv)\"]\" = \"$argv\"\n"
	"end\n"
	"\n"
	"complete -c likesync -f\n"
	"complete -c likesync -n __likesync_at -s c -r -F -d 'configuration file'\n"
	"complete -c likesync -n __likesync_at -s q "
	    "-d 'only what a person must act on'\n"
	"complete -c likesync -n __likesync_at -s v -d 'more detail'\n";

#define FISH_QUOTE "\\'"

static void fish_option(const char *where, const struct command_option *o,
    struct buf *out)
{
	buf_printf(out, "complete -c likesync -n '%s' -%c %s%s -d '", where,
	    o->name[1] == '\0' ? 's' : 'l', o->name, o->value == NULL ? "" : wants_file(o) ? " -r -F" : " -x");
	put_escaped(out, o->help, "\\", FISH_QUOTE);
	buf_puts(out, "'\n");
}

static void fish_place(const struct place *p, struct buf *out)
{
	static const struct command_option help = { .name = "help",
		.help = "list the options" };
	struct buf where = BUF_INIT;

	if (p->verb != NULL)
		buf_printf(out, "complete -c likesync -n '__likesync_at %s' "
		    "-a %s\n", p->command->name, p->verb);
	buf_printf(&where, "__likesync_in %s%s%s", p->command->name,
	    p->verb != NULL ? " " : "", p->verb != NULL ? p->verb : "");
	fish_option(buf_str(&where), &help, out);
	for (size_t i = 0; i < p->n_options; i++)
		fish_option(buf_str(&where), &p->option[i], out);
	if (p->files)
		buf_printf(out, "complete -c likesync -n '%s' -F\n",
		    buf_str(&where));
	buf_free(&where);
}

static void print_fish(const struct invocation *v, const struct places *all,
    struct buf *out)
{
	buf_puts(out, fish_head);
	for (const struct command_option *o = global_options; o->name != NULL;
	    o++)
		fish_option("__likesync_at", o, out);
	for (size_t i = 0; i < v->n_commands; i++) {
		buf_printf(out, "complete -c likesync -n __likesync_at -a %s "
		    "-d '", v->commands[i].name);
		put_escaped(out, v->commands[i].summary, "\\", FISH_QUOTE);
		buf_puts(out, "'\n");
	}
	for (size_t i = 0; i < all->n; i++)
		fish_place(&all->place[i], out);
}

static const struct {
	const char *name;
	void (*print)(const struct invocation *v, const struct places *all,
	    struct buf *out);
} shells[] = {
	{ "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish },
};

#define N_SHELLS (sizeof(shells) / sizeof(shells[0]))

int cmd_completion(struct invocation *v)
{
	const char *usage = "likesync completion bash | zsh | fish";
	struct places all = { .n = 0 };
	struct buf out = BUF_INIT;
	int status = -1;

	for (size_t i = 0; i < N_SHELLS && v->describe != NULL; i++) {
		v->verb = shells[i].name;
		status = command_options(v, usage, NULL, 1);
	}
	if (status < 0)
		status = command_options(v, usage, NULL, 1);
	if (status >= 0)
		return status;
	for (size_t i = 0; i < N_SHELLS; i++) {
		if (v->argc < 2 || strcmp(v->argv[1], shells[i].name) != 0)
			continue;
		ask_commands(v, &all);
		shells[i].print(v, &all, &out);
		print_text(stdout, buf_str(&out));
		status = print_end();
		buf_free(&out);
		return status;
	}
	return command_usage(v, "bash, zsh or fish?");
}
