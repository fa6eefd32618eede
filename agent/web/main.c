/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * likesync-web: a CGI program. It reads one request, checks who may, starts
 * likesync and passes its answer on. It reads the configuration, the files of
 * tokens and audio files of the library, and nothing else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/state.h"
#include "base/stop.h"
#include "web/endpoints.h"

extern char **environ;

/* No core files: they would hold tokens. */
static void harden(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* What is wrong is for the log of the web server, not for strangers. */
static struct config *load_config(void)
{
	char *path = config_default_path();
	struct buf errors = BUF_INIT;
	struct config *cfg = config_load(path, &errors);
	char *rest = NULL;

	if (cfg == NULL && errors.len > 0)
		for (char *line = strtok_r(errors.data, "\n", &rest);
		    line != NULL; line = strtok_r(NULL, "\n", &rest))
			log_error("%s", line);
	buf_free(&errors);
	free(path);
	return cfg;
}

/* Leaves *out NULL if path is. False: the token must not be used, and that is
 * logged. */
static bool load_token(const char *path, const char *key, char **out)
{
	struct error error;

	*out = NULL;
	if (path == NULL)
		return true;
	if (private_check(path, &error) == DONE)
		*out = secret_read(path, key, &error);
	if (*out == NULL) {
		log_error("%s", error.text);
		return false;
	}
	if (strlen(*out) >= CONFIG_MIN_WEB_TOKEN)
		return true;
	log_error("%s: %s: shorter than %d characters; `openssl rand -hex 32` "
	    "prints one", path, key, CONFIG_MIN_WEB_TOKEN);
	return false;
}

static void answer_with(const struct config *cfg, struct web_request *request,
    struct answer *answer)
{
	struct web web = { .cfg = cfg, .request = request, .answer = answer,
		.body_fd = STDIN_FILENO };
	char *token = NULL, *read_token = NULL;

	if (!cfg->web.enabled) {
		answer_problem(answer, 404, "[web] enabled is no");
		return;
	}
	if (load_token(cfg->web.token_file, "[web] token_file", &token) &&
	    load_token(cfg->web.read_token_file, "[web] read_token_file",
	    &read_token)) {
		web.access = (struct web_access){ .origin = cfg->web.origin,
			.token = token, .read_token = read_token,
			.server_login = cfg->web.server_login };
		endpoints_answer(&web);
	} else {
		answer_problem(answer, 503, "the configuration is wrong; the "
		    "log of the web server says how");
	}
	free(token);
	free(read_token);
}

int main(void)
{
	struct web_request request;
	struct answer answer = { .status = 0 };
	struct config *cfg = NULL;
	struct error error;
	int status, rc;

	file_open_standard();
	harden();
	stop_install();
	log_open(LOG_TO_STDERR, LOG_USER, LOG_INFO, false);
	status = request_parse(environ, &request, &error);
	if (status != 0)
		answer_problem(&answer, status, error.text);
	else if ((cfg = load_config()) != NULL)
		answer_with(cfg, &request, &answer);
	else
		answer_problem(&answer, 503, "the configuration is wrong; the "
		    "log of the web server says how");
	rc = answer_send(&answer, strcmp(request.method, "HEAD") == 0,
	    STDOUT_FILENO);
	close(STDOUT_FILENO);
	if (answer.status != 408)
		request_discard_body(STDIN_FILENO, &request);
	answer_free(&answer);
	request_free(&request);
	config_free(cfg);
	secret_forget_all();
	return rc == 0 ? EX_OK : EX_IOERR;
}
