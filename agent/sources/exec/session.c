/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/exec/session.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/landlock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/state.h"
#include "sources/exec/request.h"
#include "sources/program.h"
#include "sources/source.h"

#define HELLO_TIMEOUT_MS 30000
#define CANCEL_TIMEOUT_MS 10000	/* to answer a request that is cancelled */
#define END_TIMEOUT_MS 5000	/* to exit when its input is closed */
#define WRITE_TIMEOUT_MS 10000	/* to read a request */
#define LOOK_MS 1000		/* how often its folders are measured */
#define MAX_CPU_S 3600		/* of a run; it mostly waits */
#define MAX_MEMORY (1ull << 30)
#define FILE_SLACK (8u << 20)	/* over max_size, for covers */
#define FOLDER_SLACK (64u << 20)
#define MAX_STATE (1ull << 30)
#define MAX_FILES 10000		/* in each of its folders */
#define MAX_ERR 65536

/* A request that waits for its answer; on the stack of who asks. */
struct pending {
	struct pending *next;
	int64_t id;
	enum exec_type wanted;
	bool answered;
	struct exec_message answer;
};

struct exec_session {
	const struct exec_settings *set;
	char *command;		/* found by the path */
	char *work;		/* the folder that it may write to */
	int work_fd;		/* locks it: see ytdlp.c */
	int input[2];		/* the pipe to its stdin */
	int end;		/* eventfd: end it */
	struct exec_reader reader;	/* of its thread only */
	struct exec_message hello;
	pthread_t thread;
	bool started;

	pthread_mutex_t writing;	/* of input[1] */
	pthread_mutex_t lock;	/* of all below */
	pthread_cond_t changed;
	struct pending *pending;
	int n_pending, parallel;
	int64_t last_id;
	bool ended, stopped;
	char fault[ERROR_MAX];	/* why it is out of service; "" */
	int exit_code;
};

/* ---- out of service ---- */

/* With the lock held. The first reason counts. */
static void set_fault(struct exec_session *s, const char *text)
{
	const uint64_t one = 1;
	struct error error;

	if (s->fault[0] != '\0')
		return;
	error_set(&error, SERVICE_FAILED, "%s %s", path_base(s->command), text);
	memcpy(s->fault, error.text, sizeof(s->fault));
	if (write(s->end, &one, sizeof(one)) < 0)
		log_debug("%s: %s", s->command, strerror(errno));
	pthread_cond_broadcast(&s->changed);
}

/* With the lock held. */
static enum outcome out_of_service(const struct exec_session *s,
    struct error *error)
{
	if (s->stopped)
		return error_set(error, STOPPED, "the run was stopped");
	error_set(error, SERVICE_FAILED, "%s", s->fault);
	error->reason = SOURCE_UNUSABLE;
	error->retry_after = 0;
	return SERVICE_FAILED;
}

enum outcome exec_session_put_out(struct exec_session *s, const char *text,
    struct error *error)
{
	enum outcome o;

	pthread_mutex_lock(&s->lock);
	set_fault(s, text);
	o = out_of_service(s, error);
	pthread_mutex_unlock(&s->lock);
	return o;
}

/* ---- the program's thread ---- */

static struct pending *find_pending(struct exec_session *s, int64_t id)
{
	for (struct pending *p = s->pending; p != NULL; p = p->next)
		if (p->id == id)
			return p;
	return NULL;
}

/* With the lock held. Late answers to cancelled requests are ignored. */
static void dispatch(struct exec_session *s, struct exec_message *m)
{
	struct pending *p = find_pending(s, m->id);

	if (m->id > s->last_id) {
		set_fault(s, "answers a request that it was not sent");
	} else if (m->type == EXEC_PROGRESS) {
		log_debug("%s: %s", s->set->name, m->text != NULL ? m->text :
		    "progress");
	} else if (p == NULL || p->answered) {
		;
	} else if (m->type != p->wanted && m->type != EXEC_ERROR) {
		set_fault(s, "gives an answer that does not fit the request");
	} else {
		p->answer = *m;
		memset(m, 0, sizeof(*m));
		p->answered = true;
		s->reader.unasked = 0;
		pthread_cond_broadcast(&s->changed);
	}
}

static bool take_message(void *ctx, struct exec_message *m)
{
	struct exec_session *s = ctx;
	bool well;

	pthread_mutex_lock(&s->lock);
	dispatch(s, m);
	well = s->fault[0] == '\0';
	pthread_mutex_unlock(&s->lock);
	return well;
}

static bool take_output(void *ctx, const char *data, size_t len)
{
	struct exec_session *s = ctx;
	struct error error;
	bool well;

	/* Nothing may follow a failure. */
	pthread_mutex_lock(&s->lock);
	well = s->fault[0] == '\0';
	pthread_mutex_unlock(&s->lock);
	if (!well)
		return false;
	switch (exec_reader_feed(&s->reader, data, len, take_message, s,
	    &error)) {
	case DONE:
		return true;
	case STOPPED:
		return false;
	default:
		exec_session_put_out(s, error.text, &error);
		return false;
	}
}

/* Says how the program ended, if nobody wanted that. */
static void note_end(struct exec_session *s, enum outcome o,
    const struct process_result *r, const struct error *error)
{
	char *last = process_last_line(&r->err);
	struct error text;

	pthread_mutex_lock(&s->lock);
	if (o != DONE)
		error_set(&text, o, "%s", error->text);
	else if (r->signal != 0)
		error_set(&text, o, "was killed by signal %d%s%s", r->signal,
		    *last != '\0' ? ": " : "", last);
	else
		error_set(&text, o, "ended with status %d%s%s", r->exit_code,
		    *last != '\0' ? ": " : "", last);
	s->stopped = r->stopped;
	s->exit_code = r->exit_code;
	s->ended = true;
	set_fault(s, text.text);
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	free(last);
}

static struct landlock *make_sandbox(const struct exec_session *s)
{
	struct landlock *l = program_sandbox(s->set->cfg, s->command,
	    s->set->args, NULL);

	for (const char *const *w = s->set->words; l != NULL && w != NULL &&
	    *w != NULL; w++)
		if (**w == '/')
			landlock_allow(l, *w, LANDLOCK_READ);
	if (l != NULL) {
		landlock_allow(l, s->set->state, LANDLOCK_WORK);
		landlock_allow(l, s->work, LANDLOCK_WORK);
	}
	return l;
}

static void *run_program(void *ctx)
{
	struct exec_session *s = ctx;
	struct arguments args = { .n = 0 }, env = { .n = 0 };
	struct landlock *sandbox = make_sandbox(s);
	const struct process_talk talk = { .input = s->input[0],
		.end = s->end, .output = take_output, .ctx = s };
	const struct process p = { .argv = args.argv, .env = env.argv,
		.folder = s->work, .talk = &talk, .max_output = MAX_ERR,
		.max_cpu_s = MAX_CPU_S, .max_memory = MAX_MEMORY,
		.max_tasks = PROCESS_MAX_TASKS, .sandbox = sandbox,
		.supervised = true,
		.max_file_size = s->set->max_size + FILE_SLACK };
	struct process_result r = { .exit_code = -1 };
	struct error error;
	enum outcome o;

	arguments_add(&args, s->command);
	arguments_add_split(&args, s->set->args);
	if (s->set->words != NULL)
		arguments_add_all(&args, s->set->words);
	program_env(&env, s->set->state, s->work);
	o = process_run(&p, &r, &error);
	note_end(s, o, &r, &error);
	process_result_free(&r);
	landlock_free(sandbox);
	arguments_free(&args);
	arguments_free(&env);
	return NULL;
}

/* ---- what it writes to the disk ---- */

/* Does the folder hold more bytes or files than it may, or hides some? Folders
 * that are removed meanwhile hide none. */
static bool is_over(const char *folder, uint64_t bytes)
{
	char *const paths[] = { (char *)(uintptr_t)folder, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	uint64_t used = 0;
	size_t files = 0;
	FTSENT *e;

	while (walk != NULL && used <= bytes && files <= MAX_FILES &&
	    (e = fts_read(walk)) != NULL) {
		files += e->fts_info == FTS_DNR && e->fts_errno != ENOENT ?
		    MAX_FILES : 1;
		if (e->fts_info == FTS_F && e->fts_statp->st_blocks > 0)
			used += (uint64_t)e->fts_statp->st_blocks * 512;
	}
	if (walk != NULL)
		fts_close(walk);
	return used > bytes || files > MAX_FILES;
}

static void measure_folders(struct exec_session *s)
{
	struct error error;

	if (is_over(s->work, 2 * s->set->max_size * (uint64_t)s->parallel +
	    FOLDER_SLACK))
		exec_session_put_out(s, "writes too much to the folder that "
		    "it is handed", &error);
	else if (is_over(s->set->state, MAX_STATE))
		exec_session_put_out(s, "writes too much to its state folder",
		    &error);
}

/* ---- asking ---- */

/* Waits for a change, for at most ms. With the lock held. */
static void wait_for_change(struct exec_session *s, int64_t ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&s->changed, &s->lock, &at);
}

/* The program may be slow to read, or not read at all. */
static void send_line(struct exec_session *s, const char *line)
{
	int64_t until = clock_mono_ms() + WRITE_TIMEOUT_MS;
	size_t len = strlen(line), at = 0;
	struct error error;

	pthread_mutex_lock(&s->writing);
	while (at < len && clock_mono_ms() < until) {
		struct pollfd p = { .fd = s->input[1], .events = POLLOUT };
		ssize_t n = write(s->input[1], line + at, len - at);

		if (n > 0)
			at += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			break;	/* its end is noted by its thread */
		else
			poll(&p, 1, LOOK_MS);
	}
	pthread_mutex_unlock(&s->writing);
	if (at < len && clock_mono_ms() >= until)
		exec_session_put_out(s, "does not read its requests", &error);
}

static void add_pending(struct exec_session *s, struct pending *p)
{
	p->id = ++s->last_id;
	p->next = s->pending;
	s->pending = p;
	s->n_pending++;
}

static void remove_pending(struct exec_session *s, struct pending *p)
{
	struct pending **at = &s->pending;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	s->n_pending--;
	pthread_cond_broadcast(&s->changed);
}

/* Waits for the answer until then. With the lock held, which is open while the
 * program's folders are measured. */
static void wait_for_answer(struct exec_session *s, const struct pending *p,
    int64_t until)
{
	int64_t left;

	while (!p->answered && s->fault[0] == '\0' &&
	    (left = until - clock_mono_ms()) > 0) {
		wait_for_change(s, left < LOOK_MS ? left : LOOK_MS);
		pthread_mutex_unlock(&s->lock);
		measure_folders(s);
		pthread_mutex_lock(&s->lock);
	}
}

/* The answer, or none, to a request that was sent; with the lock held. */
static enum outcome await(struct exec_session *s, struct pending *p,
    int64_t timeout_ms, struct error *error)
{
	bool late;

	wait_for_answer(s, p, clock_mono_ms() + timeout_ms);
	late = !p->answered && s->fault[0] == '\0';
	if (late) {
		char *line = exec_request_cancel(p->id);

		pthread_mutex_unlock(&s->lock);
		send_line(s, line);
		pthread_mutex_lock(&s->lock);
		wait_for_answer(s, p, clock_mono_ms() + CANCEL_TIMEOUT_MS);
		free(line);
	}
	if (!p->answered && s->fault[0] == '\0')
		set_fault(s, "does not answer");
	if (!p->answered)
		return out_of_service(s, error);
	if (!late)
		return DONE;
	exec_message_free(&p->answer);
	error_set(error, SERVICE_FAILED, "%s took longer than %lld s",
	    path_base(s->command), (long long)timeout_ms / 1000);
	error->reason = SOURCE_OUTAGE;
	error->retry_after = 0;
	return SERVICE_FAILED;
}

enum outcome exec_session_ask(struct exec_session *s, exec_make_request *make,
    void *ctx, enum exec_type wanted, int64_t timeout_ms,
    struct exec_message *answer, struct error *error)
{
	struct pending p = { .wanted = wanted };
	enum outcome o;
	char *line;

	memset(answer, 0, sizeof(*answer));
	pthread_mutex_lock(&s->lock);
	while (s->fault[0] == '\0' && s->n_pending >= s->parallel)
		pthread_cond_wait(&s->changed, &s->lock);
	if (s->fault[0] != '\0') {
		o = out_of_service(s, error);
		pthread_mutex_unlock(&s->lock);
		return o;
	}
	add_pending(s, &p);
	pthread_mutex_unlock(&s->lock);
	line = make(ctx, p.id);
	send_line(s, line);
	free(line);
	pthread_mutex_lock(&s->lock);
	o = await(s, &p, timeout_ms, error);
	remove_pending(s, &p);
	pthread_mutex_unlock(&s->lock);
	if (o == DONE)
		*answer = p.answer;
	else if (p.answered)
		exec_message_free(&p.answer);
	return o;
}

/* ---- beginning and end ---- */

static char *make_hello(void *ctx, int64_t id)
{
	const struct exec_session *s = ctx;

	return exec_request_hello(id, &(struct exec_hello){
		.source = s->set->name, .state = s->set->state,
		.folder = s->work, .max_size = s->set->max_size,
		.parallel = s->set->parallel });
}

static enum outcome say_hello(struct exec_session *s, struct error *error)
{
	enum outcome o = exec_session_ask(s, make_hello, s, EXEC_HELLO,
	    HELLO_TIMEOUT_MS, &s->hello, error);

	if (o == DONE && s->hello.type == EXEC_ERROR) {
		error_set(error, SERVICE_FAILED, "%s: %s",
		    path_base(s->command), s->hello.text != NULL ?
		    s->hello.text : "refuses to start");
		error->reason = s->hello.code == EXEC_TEMPORARY ||
		    s->hello.code == EXEC_RATE_LIMITED ? SOURCE_OUTAGE :
		    SOURCE_UNUSABLE;
		error->retry_after = s->hello.retry_after;
		return SERVICE_FAILED;
	}
	s->parallel = s->hello.parallel < s->set->parallel ?
	    s->hello.parallel : s->set->parallel;
	return o;
}

static enum outcome cant_make(const char *path, struct error *error)
{
	error_set(error, SERVICE_FAILED, "%s: can't be made: %s", path,
	    strerror(errno));
	error->reason = SOURCE_UNUSABLE;
	return SERVICE_FAILED;
}

static enum outcome make_folders(struct exec_session *s, struct error *error)
{
	if (file_make_dirs(s->set->state, 0700) != 0)
		return cant_make(s->set->state, error);
	s->work = xasprintf("%s/exec-XXXXXX", s->set->tmp);
	if (mkdtemp(s->work) == NULL)
		return cant_make(s->work, error);
	s->work_fd = open(s->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->work_fd < 0 || file_flock(s->work_fd, 0) != 0)
		return cant_make(s->work, error);
	return DONE;
}

static enum outcome find_command(struct exec_session *s, struct error *error)
{
	s->command = program_find(s->set->command);
	if (s->command != NULL)
		return DONE;
	error_set(error, SERVICE_FAILED, errno == EACCES ? "%s: not "
	    "executable: chmod +x it, or set [source.%s] command" :
	    "%s: not found: install it, or set [source.%s] command",
	    s->set->command, s->set->name);
	error->reason = SOURCE_UNUSABLE;
	return SERVICE_FAILED;
}

static enum outcome start_thread(struct exec_session *s, struct error *error)
{
	int errnum;

	/* A program that has ended is known by its end, not by this. */
	signal(SIGPIPE, SIG_IGN);
	s->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->end < 0 || pipe2(s->input, O_CLOEXEC) != 0 ||
	    fcntl(s->input[1], F_SETFL, O_NONBLOCK) != 0)
		return cant_make("pipe", error);
	errnum = pthread_create(&s->thread, NULL, run_program, s);
	errno = errnum;
	if (errnum != 0)
		return cant_make("thread", error);
	s->started = true;
	return DONE;
}

enum outcome exec_session_start(const struct exec_settings *settings,
    struct exec_session **out, struct error *error)
{
	struct exec_session *s = xcalloc(1, sizeof(*s));
	pthread_condattr_t attr;
	struct error ignored;
	enum outcome o;

	s->set = settings;
	s->parallel = 1;
	s->end = s->work_fd = s->input[0] = s->input[1] = -1;
	pthread_mutex_init(&s->writing, NULL);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->changed, &attr);
	pthread_condattr_destroy(&attr);
	error->retry_after = 0;
	o = find_command(s, error);
	if (o == DONE)
		o = make_folders(s, error);
	if (o == DONE)
		o = start_thread(s, error);
	if (o == DONE)
		o = say_hello(s, error);
	if (o != DONE) {
		exec_session_end(s, &ignored);
		return o;
	}
	*out = s;
	return DONE;
}

const struct exec_message *exec_session_hello(const struct exec_session *s)
{
	return &s->hello;
}

const char *exec_session_folder(const struct exec_session *s)
{
	return s->work;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Waits for its end, which it is told by the end of its input. */
static bool end_program(struct exec_session *s, struct error *error)
{
	int64_t until = clock_mono_ms() + END_TIMEOUT_MS, left;
	bool well;

	close_fd(s->input[1]);
	s->input[1] = -1;
	pthread_mutex_lock(&s->lock);
	while (!s->ended && s->fault[0] == '\0' &&
	    (left = until - clock_mono_ms()) > 0)
		wait_for_change(s, left);
	well = s->ended;
	if (!well)
		set_fault(s, "does not exit when its input ends");
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	well = well && s->exit_code == 0;
	if (!well)
		error_set(error, SERVICE_FAILED, "%s", s->fault);
	return well;
}

bool exec_session_end(struct exec_session *s, struct error *error)
{
	bool well = true;

	if (s == NULL)
		return true;
	if (s->started)
		well = end_program(s, error);
	if (s->work != NULL)
		folder_remove(s->work);
	close_fd(s->work_fd);
	close_fd(s->input[0]);
	close_fd(s->input[1]);
	close_fd(s->end);
	exec_reader_free(&s->reader);
	exec_message_free(&s->hello);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->writing);
	free(s->command);
	free(s->work);
	free(s);
	return well;
}
