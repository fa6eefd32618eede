/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sandbox.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/landlock.h"
#include "base/mem.h"
#include "base/process.h"

#define FIRST_LINE 256		/* the kernel reads as much of it */

/* Programs and libraries, wherever a distribution has them. */
static const char *const programs[] = { "/usr", "/bin", "/sbin", "/lib",
	"/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store" };

/* What they read: libraries' and names' lookup, certificates, time. */
static const char *const settings[] = { "/etc/ld.so.cache",
	"/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload",
	"/etc/alternatives", "/etc/resolv.conf", "/etc/hosts",
	"/etc/host.conf", "/etc/gai.conf", "/etc/nsswitch.conf",
	"/etc/services", "/etc/protocols", "/etc/passwd", "/etc/group",
	"/etc/localtime", "/etc/timezone", "/etc/locale.conf",
	"/etc/mime.types", "/etc/os-release", "/etc/ssl/certs",
	"/etc/ssl/cert.pem", "/etc/ssl/openssl.cnf", "/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/certs", "/etc/pki/tls/cert.pem",
	"/etc/pki/tls/openssl.cnf", "/etc/pki/tls/openssl.d",
	"/etc/pki/ca-trust", "/etc/ca-certificates",
	"/etc/crypto-policies", "/var/lib/ca-certificates",
	"/sys/devices/system/cpu", "/dev/zero", "/dev/random",
	"/dev/urandom" };

/* Is path the folder itself, or below it? Both as realpath has them. */
static bool holds(const char *folder, const char *path)
{
	size_t len = strlen(folder);

	if (len == 1)
		return true;
	return strncmp(folder, path, len) == 0 &&
	    (path[len] == '/' || path[len] == '\0');
}

static void allow_folder(struct landlock *l, const char *folder,
    const char *const *closed)
{
	char *real = realpath(folder, NULL);
	bool may = real != NULL;

	for (; may && *closed != NULL; closed++) {
		char *kept_shut = realpath(*closed, NULL);

		may = kept_shut == NULL || !holds(real, kept_shut);
		free(kept_shut);
	}
	if (may)
		landlock_allow(l, real, LANDLOCK_RUN);
	free(real);
}

/* A program, and what it is part of: its bin's virtual environment, or the
 * whole folder above the bin of an interpreter, or what a bundled program keeps
 * beside itself. */
static void allow_program(struct landlock *l, const char *path,
    bool interpreter, const char *const *closed)
{
	char *folder = path_dir(path), *above = path_dir(folder);
	char *mark = path_join(above, "pyvenv.cfg");
	char *bundle = path_join(folder, "_internal");

	landlock_allow(l, path, LANDLOCK_RUN);
	landlock_allow(l, bundle, LANDLOCK_RUN);
	if (strcmp(path_base(folder), "bin") == 0 &&
	    (interpreter || access(mark, F_OK) == 0))
		allow_folder(l, above, closed);
	free(folder);
	free(above);
	free(mark);
	free(bundle);
}

/* The interpreter in "#!/path argument" (caller frees), or NULL. That of
 * "#!/usr/bin/env name" is found as env finds it. */
static char *interpreter_of(const char *program)
{
	char line[FIRST_LINE + 1];
	int fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd >= 0 ? read(fd, line, FIRST_LINE) : -1;
	char *rest = line + 2, *path, *argument;

	if (fd >= 0)
		close(fd);
	if (n < 3 || strncmp(line, "#!", 2) != 0)
		return NULL;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	rest += strspn(rest, " \t");
	path = strsep(&rest, " \t");
	argument = strsep(&rest, " \t");
	if (argument != NULL && strcmp(path_base(path), "env") == 0)
		return process_find(argument);
	return path[0] == '/' ? xstrdup(path) : NULL;
}

static void allow_interpreter(struct landlock *l, const char *program,
    const char *const *closed)
{
	char *path = interpreter_of(program);
	char *real = path != NULL ? realpath(path, NULL) : NULL;

	if (path != NULL)
		allow_program(l, path, false, closed);
	if (real != NULL)	/* its library lies beside its bin */
		allow_program(l, real, true, closed);
	free(path);
	free(real);
}

struct landlock *sandbox_new(const char *program, const char *const *closed)
{
	struct landlock *l = landlock_new();
	char *real;

	if (l == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		landlock_allow(l, programs[i], LANDLOCK_RUN);
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		landlock_allow(l, settings[i], LANDLOCK_READ);
	landlock_allow(l, getenv("SSL_CERT_FILE"), LANDLOCK_READ);
	landlock_allow(l, getenv("SSL_CERT_DIR"), LANDLOCK_READ);
	landlock_allow(l, "/dev/null", LANDLOCK_UPDATE);
	real = realpath(program, NULL);
	if (real != NULL) {
		allow_program(l, real, false, closed);
		allow_interpreter(l, real, closed);
	}
	free(real);
	return l;
}
