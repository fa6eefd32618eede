/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * LMDB does not check its file: a truncated or overwritten page causes SIGBUS,
 * SIGSEGV or a failed assertion, which would kill a later run without a
 * message. So a child process reads every page first and crashes instead.
 */
#include "index/kv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* A crash leaves no trace: no core, nothing on stderr, no signal handler. */
static void __attribute__((noreturn)) run_child(const char *dir)
{
	static const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
	static const int crashes[] = { SIGBUS, SIGSEGV, SIGABRT, SIGFPE,
		SIGILL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++)
		signal(crashes[i], SIG_DFL);
	if (null >= 0)
		dup2(null, STDERR_FILENO);
	_exit(is_readable(dir) ? 0 : 1);
}

bool kv_is_whole(const char *dir)
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
