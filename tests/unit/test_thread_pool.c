/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/thread_pool.h"
#include "base/stop.h"

#define JOBS 500

struct job {
	int begun, done;
	pthread_t worked_by;
};

/* What the pool is run on; only the atomics are touched by work. */
struct bench {
	struct job jobs[JOBS];
	int n_jobs, given, taken_back;
	int out, most_out;
	int more_after;		/* jobs that appear when this many are done */
	int more;
	bool foreign_thread;	/* next or done ran elsewhere */
	pthread_t caller;
	atomic_int at_work, most_at_work;
	atomic_bool signal_open;
	atomic_int ticks;
	pthread_barrier_t together;
};

static void note_thread(struct bench *b)
{
	if (!pthread_equal(pthread_self(), b->caller))
		b->foreign_thread = true;
}

static void *next(void *ctx)
{
	struct bench *b = ctx;

	note_thread(b);
	if (b->given == b->n_jobs)
		return NULL;
	if (++b->out > b->most_out)
		b->most_out = b->out;
	return &b->jobs[b->given++];
}

static void work(void *ctx, void *job)
{
	struct bench *b = ctx;
	struct job *j = job;
	int now = atomic_fetch_add(&b->at_work, 1) + 1;
	int most = atomic_load(&b->most_at_work);
	sigset_t mask;

	while (now > most && !atomic_compare_exchange_weak(&b->most_at_work,
	    &most, now))
		;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	if (!sigismember(&mask, SIGTERM) || !sigismember(&mask, SIGINT))
		atomic_store(&b->signal_open, true);
	j->begun++;
	j->worked_by = pthread_self();
	atomic_fetch_sub(&b->at_work, 1);
}

static void done(void *ctx, void *job)
{
	struct bench *b = ctx;
	struct job *j = job;

	note_thread(b);
	j->done++;
	b->out--;
	if (++b->taken_back == b->more_after)
		b->n_jobs += b->more;
}

static void work_together(void *ctx, void *job)
{
	struct bench *b = ctx;

	pthread_barrier_wait(&b->together);
	work(ctx, job);
}

static void run(struct bench *b, int threads,
    void (*how)(void *ctx, void *job))
{
	struct thread_pool thread_pool = {
		.threads = threads, .ctx = b, .next = next, .work = how,
		.done = done,
	};

	b->caller = pthread_self();
	thread_pool_run(&thread_pool);
}

static void assert_each_done_once(const struct bench *b)
{
	assert_int_equal(b->taken_back, b->n_jobs);
	assert_int_equal(b->out, 0);
	for (int i = 0; i < b->n_jobs; i++) {
		assert_int_equal(b->jobs[i].begun, 1);
		assert_int_equal(b->jobs[i].done, 1);
	}
	assert_false(b->foreign_thread);
}

static void every_job_is_worked_and_taken_back_once(void **state)
{
	static const int threads[] = { 1, 3, 64, 0, 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		struct bench b = { .n_jobs = JOBS };
		int most = threads[i] < 1 ? 1 : threads[i] > 64 ? 64 :
		    threads[i];

		run(&b, threads[i], work);
		assert_each_done_once(&b);
		assert_true(b.most_out <= most);
		assert_true(b.most_at_work <= most);
	}
}

static void no_job_at_all_is_fine(void **state)
{
	struct bench b = { .n_jobs = 0 };

	(void)state;
	run(&b, 4, work);
	assert_int_equal(b.taken_back, 0);
}

/* Four jobs that wait for each other end only if four threads have them. */
static void jobs_are_worked_at_the_same_time(void **state)
{
	struct bench b = { .n_jobs = 40 };

	(void)state;
	pthread_barrier_init(&b.together, NULL, 4);
	run(&b, 4, work_together);
	pthread_barrier_destroy(&b.together);
	assert_each_done_once(&b);
	assert_false(pthread_equal(b.jobs[0].worked_by, b.caller));
}

static void next_is_asked_again_after_a_done(void **state)
{
	struct bench b = { .n_jobs = 3, .more_after = 3, .more = 5 };

	(void)state;
	run(&b, 8, work);
	assert_int_equal(b.n_jobs, 8);
	assert_each_done_once(&b);
}

static void a_finished_job_is_taken_back_before_the_next_is_asked_for(
    void **state)
{
	struct bench b = { .n_jobs = JOBS };

	(void)state;
	run(&b, 1, work);
	assert_int_equal(b.most_out, 1);
	assert_each_done_once(&b);
}

static void signals_are_left_to_the_calling_thread(void **state)
{
	struct bench b = { .n_jobs = 20 };
	sigset_t mask;

	(void)state;
	run(&b, 4, work);
	assert_false(atomic_load(&b.signal_open));
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	assert_false(sigismember(&mask, SIGTERM));
}

static void done_and_stop(void *ctx, void *job)
{
	struct bench *b = ctx;

	done(ctx, job);
	if (b->taken_back == 10)
		stop_now(SIGTERM);
}

/* In a process of its own: a stop stays set. */
static int stop_after_ten(void)
{
	struct bench b = { .n_jobs = JOBS };
	struct thread_pool thread_pool = {
		.threads = 4, .ctx = &b, .next = next, .work = work,
		.done = done_and_stop,
	};

	b.caller = pthread_self();
	stop_install();
	thread_pool_run(&thread_pool);
	if (b.given < 10 || b.given > 13)
		return 1;
	if (b.taken_back != b.given || b.out != 0)
		return 2;
	thread_pool_run(&thread_pool);
	return b.given <= 13 ? 0 : 3;
}

static void after_a_stop_only_what_was_begun_is_finished(void **state)
{
	int status = -1;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(stop_after_ten());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Adds a job at the second tick; until then the first one is out. */
static void tick(void *ctx)
{
	struct bench *b = ctx;

	note_thread(b);
	if (atomic_fetch_add(&b->ticks, 1) + 1 == 2)
		b->n_jobs++;
}

static void work_until_two_ticks(void *ctx, void *job)
{
	struct bench *b = ctx;

	while (atomic_load(&b->ticks) < 2)
		usleep(1000);
	work(ctx, job);
}

static void a_job_that_appears_while_others_are_out_is_done(void **state)
{
	static struct bench b;
	struct thread_pool pool = { .threads = 2, .ctx = &b, .next = next,
		.work = work_until_two_ticks, .done = done, .tick = tick,
		.tick_ms = 5 };

	(void)state;
	b = (struct bench){ .n_jobs = 1, .caller = pthread_self() };
	alarm(60);
	thread_pool_run(&pool);
	alarm(0);
	assert_int_equal(b.n_jobs, 2);
	assert_each_done_once(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_job_that_appears_while_others_are_out_is_done),
		cmocka_unit_test(every_job_is_worked_and_taken_back_once),
		cmocka_unit_test(no_job_at_all_is_fine),
		cmocka_unit_test(jobs_are_worked_at_the_same_time),
		cmocka_unit_test(next_is_asked_again_after_a_done),
		cmocka_unit_test(
		    a_finished_job_is_taken_back_before_the_next_is_asked_for),
		cmocka_unit_test(signals_are_left_to_the_calling_thread),
		cmocka_unit_test(after_a_stop_only_what_was_begun_is_finished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
