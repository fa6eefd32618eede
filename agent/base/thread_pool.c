/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/thread_pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"

#define MAX_THREADS 64
/* What a program's main thread usually has; only touched pages cost. */
#define STACK_SIZE (8UL * 1024 * 1024)

/* Jobs in the order that they came. Never more are out than threads. */
struct queue {
	void *jobs[MAX_THREADS];
	int first, count;
};

/* What the threads and the caller share; all that follows lock is under it. */
struct shared {
	const struct thread_pool *pool;
	pthread_mutex_t lock;
	pthread_cond_t begun;		/* todo grew, or closing */
	pthread_cond_t ended;		/* finished grew */
	struct queue todo, finished;
	bool closing;
};

static void queue_put(struct queue *q, void *job)
{
	q->jobs[(q->first + q->count) % MAX_THREADS] = job;
	q->count++;
}

static void *queue_take(struct queue *q)
{
	void *job = q->jobs[q->first];

	q->first = (q->first + 1) % MAX_THREADS;
	q->count--;
	return job;
}

static void *worker(void *arg)
{
	struct shared *s = arg;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		void *job;

		while (s->todo.count == 0 && !s->closing)
			pthread_cond_wait(&s->begun, &s->lock);
		if (s->todo.count == 0)
			break;
		job = queue_take(&s->todo);
		pthread_mutex_unlock(&s->lock);
		s->pool->work(s->pool->ctx, job);
		pthread_mutex_lock(&s->lock);
		queue_put(&s->finished, job);
		pthread_cond_signal(&s->ended);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void hand_out(struct shared *s, void *job)
{
	pthread_mutex_lock(&s->lock);
	queue_put(&s->todo, job);
	pthread_cond_signal(&s->begun);
	pthread_mutex_unlock(&s->lock);
}

/* Waits until a job is finished, or for tick_ms. */
static void wait_for_job(struct shared *s)
{
	const struct thread_pool *pool = s->pool;
	struct timespec until;

	if (pool->tick == NULL) {
		pthread_cond_wait(&s->ended, &s->lock);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += pool->tick_ms / 1000;
	until.tv_nsec += pool->tick_ms % 1000 * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_cond_timedwait(&s->ended, &s->lock, &until);
}

/* A finished job; waits for one a while if asked to. NULL: there is none. */
static void *take_back(struct shared *s, bool wait)
{
	void *job = NULL;

	pthread_mutex_lock(&s->lock);
	if (wait && s->finished.count == 0)
		wait_for_job(s);
	if (s->finished.count > 0)
		job = queue_take(&s->finished);
	pthread_mutex_unlock(&s->lock);
	return job;
}

/* Calls tick if it is due; returns whether it was. */
static bool tick(const struct thread_pool *pool, int64_t *last)
{
	int64_t now = clock_mono_ms();

	if (pool->tick == NULL || now - *last < pool->tick_ms)
		return false;
	*last = now;
	pool->tick(pool->ctx);
	return true;
}

/* The caller's part. A finished job is taken back before the next one is asked
 * for, so that its result is stored early: after a kill it is not redone. */
static void supervise(struct shared *s, int threads)
{
	const struct thread_pool *pool = s->pool;
	int64_t last_tick = clock_mono_ms();
	bool more = true;
	int out = 0;

	for (;;) {
		bool ask = more && out < threads && !stop_requested();
		void *job;

		if (!ask && out == 0)
			return;
		job = take_back(s, !ask);
		if (job != NULL) {
			pool->done(pool->ctx, job);
			out--;
		}
		if (tick(pool, &last_tick) || job != NULL) {
			more = true;
			continue;
		}
		job = ask ? pool->next(pool->ctx) : NULL;
		more = more && (!ask || job != NULL);
		if (job != NULL) {
			hand_out(s, job);
			out++;
		}
	}
}

/* Signals are the main thread's: one that came to a worker would interrupt
 * work instead of the wait that looks for it. Faults stay where they are. */
static void block_signals(sigset_t *before)
{
	sigset_t set;

	sigfillset(&set);
	sigdelset(&set, SIGSEGV);
	sigdelset(&set, SIGBUS);
	sigdelset(&set, SIGFPE);
	sigdelset(&set, SIGILL);
	sigdelset(&set, SIGABRT);
	pthread_sigmask(SIG_SETMASK, &set, before);
}

/* Returns how many there are: fewer than asked for if the system has no
 * more. */
static int start_threads(struct shared *s, pthread_t *threads, int wanted)
{
	pthread_attr_t attr;
	sigset_t before;
	int n = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	block_signals(&before);
	while (n < wanted && pthread_create(&threads[n], &attr, worker, s) == 0)
		n++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (n < wanted)
		log_warning("threads: only %d of %d could be started", n,
		    wanted);
	return n;
}

static void end_threads(struct shared *s, const pthread_t *threads, int n)
{
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_cond_broadcast(&s->begun);
	pthread_mutex_unlock(&s->lock);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

void thread_pool_run(const struct thread_pool *pool)
{
	struct shared s = {
		.pool = pool,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.begun = PTHREAD_COND_INITIALIZER,
	};
	pthread_condattr_t monotonic;
	pthread_t threads[MAX_THREADS];
	int wanted = pool->threads, n;
	void *job;

	if (wanted < 1)
		wanted = 1;
	if (wanted > MAX_THREADS)
		wanted = MAX_THREADS;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s.ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	n = start_threads(&s, threads, wanted);
	if (n > 0)
		supervise(&s, n);
	/* Without a single thread the work is still done, job after job. */
	while (n == 0 && !stop_requested() &&
	    (job = pool->next(pool->ctx)) != NULL) {
		pool->work(pool->ctx, job);
		pool->done(pool->ctx, job);
	}
	end_threads(&s, threads, n);
	pthread_cond_destroy(&s.ended);
	pthread_cond_destroy(&s.begun);
	pthread_mutex_destroy(&s.lock);
}
