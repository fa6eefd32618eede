/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "media/workers.h"
#include "base/buf.h"
#include "config/config.h"
#include "base/thread_pool.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/walk.h"
#include "commands/terminal.h"
#include "document/document.h"
#include "types/file.h"
#include "types/quality.h"
#include "types/reason.h"

/* Without a configuration: the defaults of the sample file. */
#define DEFAULT_MEMORY (1ull << 30)
#define DEFAULT_TIMEOUT_MS 120000

struct analyzing {
	char **files;			/* folders expanded; owned */
	size_t count, cap;
	struct media_service media_service;
	bool json, beats, prefer_tags;
	double lowest_tempo;
	size_t next;
	int failed;
};

/* ---- which files ---- */

static void add_file(struct analyzing *a, char *path)
{
	a->files = grow(a->files, &a->cap, a->count, sizeof(*a->files));
	a->files[a->count++] = path;
}

struct search {
	struct analyzing *a;
	const char *folder;
};

static void add_if_audio(void *ctx, const struct walk_name *n)
{
	struct search *s = ctx;

	if (n->type == DT_REG && file_name_is_audio(n->name))
		add_file(s->a, path_join(s->folder, n->path));
}

static void report_unreadable(void *ctx, const char *path, int errnum)
{
	struct search *s = ctx;

	s->a->failed++;
	log_error("%s%s%s: %s", s->folder, *path != '\0' ? "/" : "", path,
	    strerror(errnum));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All audio files in and below it, sorted by name. */
static void add_folder(struct analyzing *a, const char *folder)
{
	struct search s = { .a = a, .folder = folder };
	const struct walk w = { .root = folder, .ctx = &s,
		.on_name = add_if_audio, .on_error = report_unreadable };
	size_t before = a->count;
	int failed = a->failed;

	if (walk_folders(&w) != 0)
		report_unreadable(&s, "", errno);
	if (a->count == before && a->failed == failed) {
		a->failed++;
		log_error("%s: no audio files", folder);
	}
	if (a->count > before)
		qsort(a->files + before, a->count - before, sizeof(*a->files),
		    by_name);
}

static void collect_files(struct analyzing *a, char **operands, int n)
{
	for (int i = 0; i < n; i++) {
		struct stat st;

		if (stat(operands[i], &st) == 0 && S_ISDIR(st.st_mode))
			add_folder(a, operands[i]);
		else
			add_file(a, xstrdup(operands[i]));
	}
}

static void free_files(struct analyzing *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->files[i]);
	free(a->files);
}

/* ---- analyzing ---- */

struct result {
	const char *path;
	int64_t size;
	enum outcome outcome;
	struct decoded_media decoded;
	struct error error;
};

static void *next_file(void *ctx)
{
	struct analyzing *a = ctx;
	struct result *r;

	if (a->next >= a->count)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->path = a->files[a->next++];
	return r;
}

static void analyze_file(void *ctx, void *job)
{
	struct analyzing *a = ctx;
	struct result *r = job;
	struct stat st;
	int fd = file_open(r->path);

	if (fd < 0 || fstat(fd, &st) != 0) {
		r->outcome = reason_set(&r->error, REASON_UNREADABLE, "%s",
		    file_strerror(errno));
	} else {
		r->size = st.st_size;
		r->outcome = a->media_service.decode(a->media_service.self, fd,
		    &r->decoded, &r->error);
	}
	if (fd >= 0)
		close(fd);
}

static void print_result(const struct result *r)
{
	const struct analysis *a = &r->decoded.analysis;

	print_part("%s:", r->path);
	if (a->bpm > 0)
		print_part(" %.2f BPM (%.0f%%)", a->bpm,
		    a->bpm_confidence * 100);
	else
		print_part(" no tempo");
	if (a->key[0] != '\0')
		print_part(", %s %s", a->key, a->camelot);
	else
		print_part(", no key");
	if (a->energy > 0)
		print_part(", energy %d", a->energy);
	if (a->has_loudness)
		print_part(", %.1f LUFS", a->loudness);
	if (quality_is_upscaled(&r->decoded.media, a))
		print_part(", made from about %lld kbit/s",
		    (long long)quality_bitrate(&r->decoded.media, a) /
		    1000);
	print_line(", %.1f s%s%s", a->duration,
	    r->decoded.complete ? "" : ", ",
	    r->decoded.complete ? "" : r->decoded.fault.text);
}

static void print_entry(struct result *r, bool beats)
{
	struct buf line = BUF_INIT;
	char *full = realpath(r->path, NULL);

	if (r->outcome != DONE)
		r->decoded.fault = r->error;
	document_print(full != NULL ? full : r->path, r->size,
	    &r->decoded, beats, &line);
	print_json(buf_str(&line));
	free(full);
	buf_free(&line);
}

static void finish_file(void *ctx, void *job)
{
	struct analyzing *a = ctx;
	struct result *r = job;

	if (r->outcome != DONE) {
		a->failed++;
		log_error("%s: %s", r->path, r->error.text);
	} else {
		analysis_set_octave(&r->decoded.analysis, a->lowest_tempo);
		if (a->prefer_tags)
			analysis_apply_tags(&r->decoded.analysis,
			    &r->decoded.media.tags);
	}
	if (a->json && (r->outcome == DONE || r->outcome == ITEM_FAILED))
		print_entry(r, a->beats);
	else if (r->outcome == DONE)
		print_result(r);
	fflush(stdout);
	decoded_media_free(&r->decoded);
	free(r);
}

int cmd_analyze(struct invocation *v)
{
	struct analyzing a = { .prefer_tags = true };
	const struct command_option options[] = {
		{ "json", NULL, "print one JSON object per file", &a.json, NULL
		    },
		{ "beats", NULL, "with --json: every beat, in seconds",
		    &a.beats, NULL },
		{ 0 },
	};
	int status = command_options(v, "likesync analyze [--json [--beats]] "
	    "FILE | FOLDER ...", options, -1);
	struct workers_config wc = { .memory = DEFAULT_MEMORY,
		.timeout_ms = DEFAULT_TIMEOUT_MS };
	struct thread_pool thread_pool = { .ctx = &a, .next = next_file,
		.work = analyze_file, .done = finish_file };
	struct workers *workers;
	struct error error;

	if (status >= 0)
		return status;
	if (v->argc < 2)
		return command_usage(v, "name files or folders");
	if (a.beats && !a.json)
		return command_usage(v, "--beats needs --json");
	if (v->cfg != NULL) {
		wc.memory = v->cfg->analysis.memory;
		wc.timeout_ms = v->cfg->analysis.timeout * 1000;
		a.prefer_tags = v->cfg->analysis.prefer_tags;
		a.lowest_tempo = v->cfg->analysis.lowest_tempo;
		wc.count = v->cfg->analysis.workers;
	}
	if (workers_start(&wc, &workers, &error) != DONE) {
		log_error("%s", error.text);
		return EX_SOFTWARE;
	}
	collect_files(&a, v->argv + 1, v->argc - 1);
	a.media_service = workers_service(workers);
	thread_pool.threads = workers_count(workers);
	thread_pool_run(&thread_pool);
	workers_stop(workers);
	free_files(&a);
	return a.failed > 0 ? 1 : 0;
}
