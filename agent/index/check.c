/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/check.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/stamp.h"

#define NOTE "checked"
#define NOTE_MAX 160
#define MAX_TABLES 64		/* a later version may have more */
#define MAX_NAME 64
#define PAGE 4096
#define FREE_LIST 0		/* LMDB's own table of free pages */

/* Reads one byte of each page of v. */
static void read_pages(const MDB_val *v)
{
	const volatile unsigned char *bytes = v->mv_data;

	for (size_t i = 0; i < v->mv_size; i += PAGE)
		(void)bytes[i];
	if (v->mv_size > 0)
		(void)bytes[v->mv_size - 1];
}

static int read_table(MDB_txn *txn, MDB_dbi dbi)
{
	MDB_cursor *cursor;
	MDB_stat st;
	MDB_val k, v;
	size_t seen = 0;
	int rc = mdb_stat(txn, dbi, &st);

	if (rc == 0)
		rc = mdb_cursor_open(txn, dbi, &cursor);
	if (rc != 0)
		return rc;
	/* The count ends a loop of pages. */
	while (seen <= st.ms_entries &&
	    (rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0) {
		read_pages(&k);
		read_pages(&v);
		seen++;
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND && seen == st.ms_entries ? 0 : MDB_CORRUPTED;
}

/* k is a name in the unnamed table. */
static int read_named_table(MDB_txn *txn, const MDB_val *k)
{
	char name[MAX_NAME] = "";
	MDB_dbi dbi;

	if (k->mv_size >= sizeof(name))
		return MDB_CORRUPTED;
	memcpy(name, k->mv_data, k->mv_size);
	if (mdb_dbi_open(txn, name, 0, &dbi) != 0)
		return MDB_CORRUPTED;
	return read_table(txn, dbi);
}

static int read_named_tables(MDB_txn *txn, MDB_dbi names)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc = mdb_cursor_open(txn, names, &cursor), bad = 0;

	if (rc != 0)
		return rc;
	while (bad == 0 &&
	    (rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0)
		bad = read_named_table(txn, &k);
	mdb_cursor_close(cursor);
	return bad;
}

static bool is_readable(const char *dir)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi names;
	int rc;

	if (mdb_env_create(&env) != 0 ||
	    mdb_env_set_maxdbs(env, MAX_TABLES) != 0 ||
	    mdb_env_open(env, dir, MDB_RDONLY | MDB_NOTLS, 0600) != 0 ||
	    mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) != 0)
		return true;
	rc = read_table(txn, FREE_LIST);
	if (rc == 0)
		rc = mdb_dbi_open(txn, NULL, 0, &names);
	if (rc == 0)
		rc = read_table(txn, names);
	if (rc == 0)
		rc = read_named_tables(txn, names);
	/* Frees its entry in the reader table. */
	mdb_txn_abort(txn);
	mdb_env_close(env);
	return rc == 0;
}

static const int crashes[] = { SIGBUS, SIGSEGV, SIGABRT, SIGFPE, SIGILL };
#define N_CRASHES (sizeof(crashes) / sizeof(*crashes))

/* A crash leaves no trace: no core, nothing on stderr, no signal handler. */
static void __attribute__((noreturn)) run_child(const char *dir)
{
	static const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
	for (size_t i = 0; i < N_CRASHES; i++)
		signal(crashes[i], SIG_DFL);
	if (null >= 0)
		dup2(null, STDERR_FILENO);
	_exit(is_readable(dir) ? 0 : 1);
}

static bool read_in_child(const char *dir)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		run_child(dir);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	/* A child that was killed from outside is inconclusive. */
	if (child < 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
		return true;
	return status == 0;
}

/* ---- the note ---- */

/* What data.mdb looks like now; false: there is none. */
static bool describe(const char *dir, struct stat *st, char out[NOTE_MAX])
{
	char *path = path_join(dir, "data.mdb");
	bool there = stat(path, st) == 0;
	const struct stamp s = there ? stamp_of(st) : (struct stamp){ 0 };

	free(path);
	snprintf(out, NOTE_MAX, "%llu %lld %lld %lld\n",
	    (unsigned long long)s.inode, (long long)s.size,
	    (long long)s.mtime_ns, (long long)s.ctime_ns);
	return there;
}

static bool is_noted(const char *dir, const char *text)
{
	char *path = path_join(dir, NOTE);
	struct buf b = BUF_INIT;
	bool same = file_read(path, NOTE_MAX, &b) == 0 &&
	    strcmp(buf_str(&b), text) == 0;

	buf_free(&b);
	free(path);
	return same;
}

/* A change after now must give the file another time: where the kernel's clock
 * has not moved since the last one, waits until it does, some 4 ms. */
static void pass_tick(const struct stat *st)
{
	const struct timespec *changed = &st->st_ctim;
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct timespec now;

	for (int i = 0; i < 20; i++) {
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		if (now.tv_sec != changed->tv_sec ||
		    now.tv_nsec > changed->tv_nsec)
			break;
		nanosleep(&pause, NULL);
	}
}

static void write_note(const char *dir)
{
	char text[NOTE_MAX], *path;
	struct stat st;

	if (!describe(dir, &st, text) || is_noted(dir, text))
		return;
	pass_tick(&st);
	path = path_join(dir, NOTE);
	/* Without the note the next check reads everything. */
	file_write(path, text, strlen(text), 0600);
	free(path);
}

bool check_is_whole(const char *dir)
{
	char text[NOTE_MAX];
	struct stat st;

	if (!describe(dir, &st, text) || is_noted(dir, text))
		return true;
	return read_in_child(dir);
}

/* ---- crashes ---- */

static char *guarded;			/* path of the note; or NULL */
static struct sigaction before[N_CRASHES];

static void on_crash(int signal)
{
	static const char text[] = "likesync: the index may be damaged: the "
	    "next command checks it\n";

	if (guarded != NULL && unlink(guarded) == 0 &&
	    write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	raise(signal);			/* by its default action */
}

void check_guard(const char *dir)
{
	const struct sigaction action = { .sa_handler = on_crash,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER) };

	free(guarded);
	guarded = path_join(dir, NOTE);
	for (size_t i = 0; i < N_CRASHES; i++) {
		sigaction(crashes[i], NULL, &before[i]);
		/* Somebody else's handler, a sanitizer's, is left alone. */
		if (before[i].sa_handler == SIG_DFL)
			sigaction(crashes[i], &action, NULL);
	}
}

void check_unguard(const char *dir, bool whole, bool read_only)
{
	if (guarded == NULL)
		return;
	for (size_t i = 0; i < N_CRASHES; i++)
		if (before[i].sa_handler == SIG_DFL)
			sigaction(crashes[i], &before[i], NULL);
	if (!whole)
		unlink(guarded);
	free(guarded);
	guarded = NULL;
	if (whole && !read_only)
		write_note(dir);
}
