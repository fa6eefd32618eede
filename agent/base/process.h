/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * process: runs a program to its end, confined: its own process group,
 * nothing inherited but what is named here, limits on time, size and output.
 * It dies with us (PR_SET_PDEATHSIG). When it ends, at the time-out or on a
 * stop request, the rest of its group is killed; if it is supervised,
 * everything that it started. Safe to call from several threads.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"

struct landlock;

/* For a program that is talked with while it runs. */
struct process_talk {
	int input;		/* its stdin, in place of struct process's
				   input; above 2, stays open here */
	int end;		/* readable: end it now, as at the time-out */
	/* Gets each piece of its stdout as it comes, also after it has ended;
	 * max_output does not apply. False: end the program. */
	bool (*output)(void *ctx, const char *data, size_t len);
	void *ctx;
};

/* No program that we start needs more; it stops endless forking. The kernel
 * counts all processes of the user. */
#define PROCESS_MAX_TASKS 8192

struct process {
	const char *const *argv;	/* NULL-ended; argv[0] is looked up in
					   $PATH if it has no slash */
	const char *const *env;		/* NULL-ended, the whole environment;
					   NULL: PATH, HOME, LANG only */
	const char *folder;		/* to start in; NULL: / */
	const void *input;		/* for stdin; NULL: /dev/null */
	size_t input_len;
	const struct process_talk *talk;	/* or NULL */
	int64_t timeout_ms;		/* wall time; 0: none */
	size_t max_output;		/* limit for stdout and for stderr; more
					   is read and discarded */
	uint64_t max_file_size;		/* RLIMIT_FSIZE; 0: unlimited */
	uint64_t max_memory;		/* RLIMIT_DATA: writable memory only,
					   since JavaScript runtimes reserve
					   far more; 0: unlimited */
	uint64_t max_cpu_s;		/* RLIMIT_CPU; 0: unlimited */
	uint64_t max_tasks;		/* RLIMIT_NPROC; 0: unlimited */
	bool ignore_stop;		/* for hooks: let it finish */
	bool supervised;		/* when it has ended, everything that it
					   started is killed: supervise.h */
	const struct landlock *sandbox;	/* the files that it can reach; NULL:
					   as we can */
};

struct process_result {
	int exit_code;		/* 0..255, or -1 if it did not exit */
	int signal;		/* that ended it, or 0 */
	bool timed_out;
	bool stopped;		/* by us, because the run was told to stop */
	bool truncated;		/* one of the outputs met its limit */
	struct buf out, err;	/* process_result_free; secrets in err are
				   hidden (base/secret.h) */
};

/* DONE when the program ran, however it ended. ITEM_FAILED with error filled
 * when it could not be started (not found, not executable). */
enum outcome process_run(const struct process *p, struct process_result *r,
    struct error *error);
void process_result_free(struct process_result *r);

/* Starts argv (env as above) and leaves it: in a session of its own, with
 * /dev/null as its standard descriptors and no others. argv[0] is a full path.
 * 0, or -1 with errno if it could not even be forked. For programs of one
 * thread only. */
int process_detach(const char *const *argv, const char *const *env);

/* The first of places that is a program, each relative to the folder of the
 * running program; NULL-ended. NULL: none. Caller frees. */
char *process_find_beside(const char *const *places);

/* The full path of name as the PATH would find it (caller frees). NULL with
 * errno: EACCES if the only files of that name are not executable, ENOENT if
 * there is none. */
char *process_find(const char *name);

/* Last non-empty line of text, without its newline: what a program said
 * before it failed. Points into a static-free copy; caller frees. */
char *process_last_line(const struct buf *text);

#endif
