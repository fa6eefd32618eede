/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * thread_pool: does jobs in parallel threads and returns each to the caller's.
 * next, done and tick run on the calling thread only, so that what they touch
 * (index, document, counters) needs no lock; work runs on the pool's threads
 * and touches only its job and what is documented as thread-safe.
 */
#ifndef BASE_THREAD_POOL_H
#define BASE_THREAD_POOL_H

struct thread_pool {
	int threads;			/* 1 .. 64 */
	void *ctx;
	/* The next job, or NULL when there is none (it may be asked again
	 * after a done or a tick). Not called once a stop is requested. */
	void *(*next)(void *ctx);
	void (*work)(void *ctx, void *job);
	/* Takes the job back; called once for every job that next gave. */
	void (*done)(void *ctx, void *job);
	/* Called about every tick_ms while jobs are out; NULL: never. */
	void (*tick)(void *ctx);
	int tick_ms;
};

/* Returns when next has no more, or a stop was requested, and every job that
 * was begun is done. At most `threads` jobs are out at any time. */
void thread_pool_run(const struct thread_pool *thread_pool);

#endif
