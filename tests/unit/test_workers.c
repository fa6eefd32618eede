/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The agent's side, with the real worker: $LIKESYNC_WORKER is the one that
 * was built. What goes wrong in a worker is brought about from outside: files
 * that are hostile, limits that are narrow, and kill.
 */
#include "audio.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "media/workers.h"
#include "base/stop.h"

static char *folder;
static const char *worker_program;

static struct workers *start(struct workers_config cfg)
{
	struct workers *w = NULL;
	struct error error = { .text = "" };

	if (cfg.timeout_ms == 0)
		cfg.timeout_ms = 60000;
	if (workers_start(&cfg, &w, &error) != DONE)
		fail_msg("%s", error.text);
	return w;
}

/* Hours of silence that need no room: a header and a hole. */
static void make_endless(const char *name)
{
	static const unsigned char head[44] = "RIFF\xf0\xff\xff\x7fWAVEfmt "
	    "\x10\0\0\0\1\0\2\0\x80\xbb\0\0\0\xee\2\0\4\0\x10\0"
	    "data\xcc\xff\xff\x7f";
	int fd;

	append_bytes(folder, name, head, sizeof(head));
	fd = open_in(folder, name, O_RDWR, NULL);
	assert_int_equal(ftruncate(fd, 0x7ffffff8), 0);
	close(fd);
}

/* The child of parent, waiting until there is one. */
static pid_t child_of(pid_t parent)
{
	for (;;) {
		DIR *d = opendir("/proc");
		struct dirent *e;

		while ((e = readdir(d)) != NULL) {
			char path[300], name[64];
			pid_t pid, its_parent;
			char state;
			FILE *f;
			int n;

			snprintf(path, sizeof(path), "/proc/%s/stat",
			    e->d_name);
			f = fopen(path, "re");
			if (f == NULL)
				continue;
			n = fscanf(f, "%d (%63[^)]) %c %d", &pid, name, &state,
			    &its_parent);
			fclose(f);
			if (n == 4 && its_parent == parent && state != 'Z') {
				closedir(d);
				return pid;
			}
		}
		closedir(d);
		sched_yield();
	}
}

static void probe_and_decode_describe_a_file(void **state)
{
	struct workers *w = start((struct workers_config){ .count = 1 });
	struct media_service e = workers_service(w);
	struct media m;
	struct decoded_media x;
	struct error error = { .text = "" };

	(void)state;
	make_sine(folder, "a.m4a", 440, 10, "-metadata artist=Röyksopp "
	    "-metadata title=Eple");
	int fd = open_in(folder, "a.m4a", O_RDONLY, NULL);
	assert_int_equal(e.probe(e.self, fd, &m, &error), DONE);
	assert_string_equal(m.codec, "aac");
	assert_string_equal(m.container, "mp4");
	assert_string_equal(m.tags.artist, "Röyksopp");
	assert_string_equal(m.tags.title, "Eple");
	assert_in_range(m.duration_ms, 9900, 10100);
	assert_int_equal(strlen(m.identity), IDENTITY_LEN);
	assert_int_equal(e.decode(e.self, fd, &x, &error), DONE);
	assert_true(x.complete);
	assert_true(x.analysis.duration > 9.9 && x.analysis.duration < 10.1);
	assert_true(x.analysis.has_loudness);
	assert_string_equal(x.media.identity, m.identity);
	media_free(&m);
	decoded_media_free(&x);
	close(fd);
	workers_stop(w);
}

static void a_cut_file_is_decoded_and_not_complete(void **state)
{
	struct workers *w = start((struct workers_config){ .count = 1 });
	struct media_service e = workers_service(w);
	struct decoded_media x;

	(void)state;
	make_sine(folder, "cut.flac", 440, 20, "");
	cut_file(folder, "cut.flac", 60);
	int fd = open_in(folder, "cut.flac", O_RDONLY, NULL);
	assert_int_equal(e.decode(e.self, fd, &x, NULL), DONE);
	assert_false(x.complete);
	assert_non_null(strstr(x.fault.text, "ends after"));
	decoded_media_free(&x);
	close(fd);
	workers_stop(w);
}

static void tags_are_written_through_a_worker(void **state)
{
	static char cover[200000] = "\xff\xd8\xff";
	const struct tags t = { .artist = (char *)"New \"Artist\"",
		.isrc = (char *)"GBAYK9700012", .track_number = 3 };
	struct workers *w = start((struct workers_config){ .count = 1 });
	struct media_service e = workers_service(w);
	struct error error = { .text = "" };
	struct media before, after;

	(void)state;
	make_sine(folder, "tag.mp3", 440, 5, "-metadata title=Kept");
	int fd = open_in(folder, "tag.mp3", O_RDWR, NULL);
	assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
	assert_int_equal(e.probe(e.self, fd, &before, &error), DONE);
	assert_false(before.has_cover);
	if (e.tag(e.self, fd, &t, cover, sizeof(cover), &error) != DONE)
		fail_msg("%s", error.text);
	assert_int_equal(e.probe(e.self, fd, &after, &error), DONE);
	assert_string_equal(after.tags.artist, "New \"Artist\"");
	assert_string_equal(after.tags.title, "Kept");
	assert_string_equal(after.tags.isrc, "GBAYK9700012");
	assert_int_equal(after.tags.track_number, 3);
	assert_true(after.has_cover);
	assert_string_equal(before.identity, after.identity);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 5);
	media_free(&before);
	media_free(&after);
	close(fd);
	workers_stop(w);
}

static void prove_file(const struct media_service *e, const char *name,
    char stream[STREAM_LEN + 1])
{
	struct error error = { .text = "" };
	struct media m;
	int fd = open_in(folder, name, O_RDONLY, NULL);

	if (e->prove(e->self, fd, &m, stream, &error) != DONE)
		fail_msg("%s: %s", name, error.text);
	assert_int_equal(strlen(m.identity), IDENTITY_LEN);
	assert_int_equal(strlen(stream), STREAM_LEN);
	media_free(&m);
	close(fd);
}

static void decode_file(const struct media_service *e, const char *name,
    char stream[STREAM_LEN + 1])
{
	struct error error = { .text = "" };
	struct decoded_media x;
	int fd = open_in(folder, name, O_RDONLY, NULL);

	if (e->decode(e->self, fd, &x, &error) != DONE)
		fail_msg("%s: %s", name, error.text);
	memcpy(stream, x.stream, sizeof(x.stream));
	decoded_media_free(&x);
	close(fd);
}

static void tags_do_not_change_the_stream_of_any_format(void **state)
{
	static const struct { const char *name, *options; } files[] = {
		{ "s.mp3", "-b:a 192k" }, { "s.m4a", "-c:a aac" },
		{ "alac.m4a", "-c:a alac" }, { "s.flac", "" },
		{ "s.ogg", "-c:a libvorbis" }, { "s.opus", "-c:a libopus" },
		{ "flac.ogg", "-c:a flac" }, { "s.wav", "" },
		{ "s.aiff", "" },
	};
	static char text[3000], cover[100000] = "\xff\xd8\xff";
	struct tags t = { .artist = text };
	struct workers *w = start((struct workers_config){ .count = 1 });
	struct media_service e = workers_service(w);

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < COUNT(files); i++) {
		char decoded[STREAM_LEN + 1], tagged[STREAM_LEN + 1];
		int fd;

		make_sine(folder, files[i].name, 440, 10, files[i].options);
		decode_file(&e, files[i].name, decoded);
		fd = open_in(folder, files[i].name, O_RDWR, NULL);
		assert_int_equal(e.tag(e.self, fd, &t, cover, sizeof(cover),
		    NULL), DONE);
		close(fd);
		prove_file(&e, files[i].name, tagged);
		assert_string_equal(decoded, tagged);
	}
	workers_stop(w);
}

/* Far behind what the identity is made of. */
static void one_byte_of_audio_changes_the_stream(void **state)
{
	struct workers *w = start((struct workers_config){ .count = 1 });
	struct media_service e = workers_service(w);
	char before[STREAM_LEN + 1], after[STREAM_LEN + 1];
	int64_t size;
	int fd;

	(void)state;
	make_sine(folder, "byte.wav", 440, 10, "");
	prove_file(&e, "byte.wav", before);
	fd = open_in(folder, "byte.wav", O_RDWR, &size);
	assert_int_equal(pwrite(fd, "!", 1, size - 1), 1);
	close(fd);
	prove_file(&e, "byte.wav", after);
	assert_string_not_equal(before, after);
	make_sine(folder, "byte.wav", 440, 10, "");
	cut_file(folder, "byte.wav", 99);
	prove_file(&e, "byte.wav", after);
	assert_string_not_equal(before, after);
	workers_stop(w);
}

/* The setup of Vorbis lies between what tags change. */
static void one_byte_of_setup_changes_the_stream(void **state)
{
	struct workers *w = start((struct workers_config){ .count = 1 });
	struct media_service e = workers_service(w);
	char before[STREAM_LEN + 1], after[STREAM_LEN + 1];

	(void)state;
	make_sine(folder, "setup.ogg", 440, 2, "-c:a libvorbis -q:a 3");
	make_sine(folder, "other.ogg", 440, 2, "-c:a libvorbis -q:a 3 "
	    "-metadata title=Other");
	prove_file(&e, "setup.ogg", before);
	prove_file(&e, "other.ogg", after);
	assert_string_equal(before, after);
	make_sine(folder, "setup.ogg", 440, 2, "-c:a libvorbis -q:a 4");
	prove_file(&e, "setup.ogg", after);
	assert_string_not_equal(before, after);
	workers_stop(w);
}

static void a_file_open_for_reading_is_not_tagged(void **state)
{
	const struct tags t = { .artist = (char *)"New" };
	struct workers *w = start((struct workers_config){ .count = 1 });
	struct media_service e = workers_service(w);
	struct error error = { .text = "" };

	(void)state;
	make_sine(folder, "readonly.mp3", 440, 5, "");
	int fd = open_in(folder, "readonly.mp3", O_RDONLY, NULL);
	assert_int_equal(e.tag(e.self, fd, &t, NULL, 0, &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, "Bad file descriptor"));
	close(fd);
	workers_stop(w);
}

static void a_persons_tags_win_where_that_is_wanted(void **state)
{
	struct decoded_media x;

	(void)state;
	make_sine(folder, "mik.mp3", 440, 5, "-metadata TBPM=127.5 "
	    "-metadata TKEY=8A -metadata comment='8A - Energy 7'");
	int fd = open_in(folder, "mik.mp3", O_RDONLY, NULL);
	struct workers *w = start((struct workers_config){ .count = 1 });
	struct media_service e = workers_service(w);

	assert_int_equal(e.decode(e.self, fd, &x, NULL), DONE);
	assert_int_equal(x.media.tags.energy, 7);
	assert_true(x.media.tags.bpm > 127.4 && x.media.tags.bpm < 127.6);
	assert_true(x.analysis.bpm < 1);
	assert_string_equal(x.analysis.camelot, "");
	assert_true(analysis_apply_tags(&x.analysis, &x.media.tags));
	assert_true(x.analysis.bpm > 127.4 && x.analysis.bpm < 127.6);
	assert_string_equal(x.analysis.camelot, "8A");
	decoded_media_free(&x);
	workers_stop(w);
	close(fd);
}

static void hostile_files_are_refused_one_by_one(void **state)
{
	static const char *const names[] = { "absurd-rate.wav", "concat.mp3",
		"deep-atoms.m4a", "empty.mp3", "endless-atom.m4a",
		"lying-tag-size.mp3", "no-moov.m4a", "no-samples.wav",
		"picture.mp3", "playlist.mp3", "random.mp3",
		"seventeen-channels.wav", "tag-only.mp3", "text.mp3",
		"zero.m4a" };
	struct workers *w = start((struct workers_config){ .count = 1 });
	struct media_service e = workers_service(w);
	pid_t before = child_of(getpid());

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct error error = { .text = "" };
		struct media m;
		struct decoded_media x;
		int fd = open_in("data/media", names[i], O_RDONLY, NULL);

		if (e.probe(e.self, fd, &m, &error) != ITEM_FAILED)
			fail_msg("%s: probe", names[i]);
		assert_true(error.text[0] != '\0');
		if (e.decode(e.self, fd, &x, &error) != ITEM_FAILED)
			fail_msg("%s: decode", names[i]);
		close(fd);
	}
	/* And it is still the same worker. */
	assert_int_equal(child_of(getpid()), before);
	workers_stop(w);
}

static void a_folder_is_no_file(void **state)
{
	struct workers *w = start((struct workers_config){ .count = 1 });
	struct media_service e = workers_service(w);
	struct error error = { .text = "" };
	struct media m;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(e.probe(e.self, fd, &m, &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, "Is a directory"));
	close(fd);
	workers_stop(w);
}

static void what_takes_too_long_is_ended(void **state)
{
	struct workers *w = start((struct workers_config){ .count = 1,
	    .timeout_ms = 300 });
	struct media_service e = workers_service(w);
	struct decoded_media x;
	struct error error = { .text = "" };
	struct media m;

	(void)state;
	make_endless("endless.wav");
	int fd = open_in(folder, "endless.wav", O_RDONLY, NULL);
	assert_int_equal(e.decode(e.self, fd, &x, &error), ITEM_FAILED);
	assert_string_equal(error.text,
	    "takes longer than 0.3 s ([analysis] timeout)");
	close(fd);
	make_sine(folder, "quick.mp3", 440, 1, "");
	fd = open_in(folder, "quick.mp3", O_RDONLY, NULL);
	assert_int_equal(e.probe(e.self, fd, &m, &error), DONE);
	media_free(&m);
	close(fd);
	workers_stop(w);
}

static void memory_has_its_end(void **state)
{
	const struct tags t = { .artist = (char *)"New" };
	struct workers *w = start((struct workers_config){ .count = 1,
	    .memory = 4 << 20 });
	struct media_service e = workers_service(w);
	struct error error = { .text = "" };
	size_t len = 20 << 20;
	char *cover = calloc(1, len);
	enum outcome o;

	(void)state;
	memcpy(cover, "\xff\xd8\xff", 3);
	make_sine(folder, "memory.mp3", 440, 1, "");
	int fd = open_in(folder, "memory.mp3", O_RDWR, NULL);
	o = e.tag(e.self, fd, &t, cover, len, &error);
	/* A build with a sanitizer has no such limit, and says so. */
	if (strstr(workers_gaps(w), "memory") != NULL) {
		assert_int_equal(o, DONE);
	} else {
		assert_int_equal(o, ITEM_FAILED);
		assert_string_equal(error.text, "needs more memory than "
		    "[analysis] memory allows (4 MiB)");
	}
	free(cover);
	close(fd);
	workers_stop(w);
}

/* A decode in a thread of its own, of a file that does not end. */
struct asking {
	struct media_service media_service;
	int fd;
	enum outcome outcome;
	struct error error;
};

static void *ask(void *arg)
{
	struct asking *a = arg;
	struct decoded_media x;

	a->outcome = a->media_service.decode(a->media_service.self, a->fd, &x,
	    &a->error);
	decoded_media_free(&x);
	return NULL;
}

static void a_crash_costs_its_file_only(void **state)
{
	struct workers *w = start((struct workers_config){ .count = 1,
	    .memory = 1 << 30 });
	struct asking a = { .media_service = workers_service(w) };
	pid_t worker = child_of(getpid());
	struct media m;
	pthread_t thread;

	(void)state;
	make_endless("crash.wav");
	a.fd = open_in(folder, "crash.wav", O_RDONLY, NULL);
	pthread_create(&thread, NULL, ask, &a);
	assert_int_equal(kill(child_of(worker), SIGSEGV), 0);
	pthread_join(thread, NULL);
	assert_int_equal(a.outcome, ITEM_FAILED);
	/* A sanitizer makes an exit of it that looks like no memory. */
	assert_non_null(strstr(a.error.text, strstr(workers_gaps(w), "memory") ?
	    "memory" : "crashes the decoder (signal 11)"));
	close(a.fd);
	assert_int_equal(child_of(getpid()), worker);
	make_sine(folder, "after.mp3", 440, 1, "");
	a.fd = open_in(folder, "after.mp3", O_RDONLY, NULL);
	assert_int_equal(a.media_service.probe(a.media_service.self, a.fd, &m,
	    NULL), DONE);
	media_free(&m);
	close(a.fd);
	workers_stop(w);
}

static void an_idle_worker_that_died_is_replaced(void **state)
{
	struct workers *w = start((struct workers_config){ .count = 1 });
	struct media_service e = workers_service(w);
	pid_t worker = child_of(getpid());
	struct error error = { .text = "" };
	siginfo_t info;
	struct media m;

	(void)state;
	make_sine(folder, "again.mp3", 440, 1, "");
	int fd = open_in(folder, "again.mp3", O_RDONLY, NULL);
	kill(worker, SIGKILL);
	waitid(P_PID, (id_t)worker, &info, WEXITED | WNOWAIT);
	if (e.probe(e.self, fd, &m, &error) != DONE)
		fail_msg("%s", error.text);
	media_free(&m);
	assert_int_not_equal(child_of(getpid()), worker);
	close(fd);
	workers_stop(w);
}

static void a_worker_killed_at_work_gets_one_more_try(void **state)
{
	struct workers *w = start((struct workers_config){ .count = 1,
	    .timeout_ms = 5000 });
	struct asking a = { .media_service = workers_service(w) };
	pid_t first = child_of(getpid()), second;
	pthread_t thread;

	(void)state;
	make_endless("twice.wav");
	a.fd = open_in(folder, "twice.wav", O_RDONLY, NULL);
	pthread_create(&thread, NULL, ask, &a);
	child_of(first);
	kill(first, SIGKILL);
	do
		second = child_of(getpid());
	while (second == first);
	/* Its first child is for the greeting, and soon gone. */
	while (kill(child_of(second), SIGSTOP) != 0)
		continue;
	kill(second, SIGKILL);
	pthread_join(thread, NULL);
	assert_true(a.outcome == ITEM_FAILED || a.outcome == SERVICE_FAILED);
	/* A child that was stopped before its box closed holds the socket. */
	if (strstr(a.error.text, "died") == NULL &&
	    strstr(a.error.text, "does not answer") == NULL)
		fail_msg("%s", a.error.text);
	close(a.fd);
	workers_stop(w);
}

struct many {
	struct media_service media_service;
	const char *name;
	int done;
};

static void *probe_often(void *arg)
{
	struct many *m = arg;

	for (int i = 0; i < 20; i++) {
		int fd = open_in(folder, m->name, O_RDONLY, NULL);
		struct media media;

		if (m->media_service.probe(m->media_service.self, fd, &media,
		    NULL) == DONE && strcmp(media.tags.title, m->name) == 0)
			m->done++;
		media_free(&media);
		close(fd);
	}
	return NULL;
}

static void many_threads_share_few_workers(void **state)
{
	static const char *const names[] = { "0.mp3", "1.flac", "2.m4a",
		"3.ogg", "4.wav" };
	struct workers *w = start((struct workers_config){ .count = 2 });
	struct many m[COUNT(names)];
	pthread_t thread[COUNT(names)];
	char options[64];

	(void)state;
	assert_int_equal(workers_count(w), 2);
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(options, sizeof(options), "-metadata title=%s",
		    names[i]);
		make_sine(folder, names[i], 440, 1, options);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		m[i] = (struct many){ .media_service = workers_service(w),
			.name = names[i] };
		pthread_create(&thread[i], NULL, probe_often, &m[i]);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(m[i].done, 20);
	}
	workers_stop(w);
}

static void a_program_that_is_not_there_is_told(void **state)
{
	struct workers_config cfg = { .program = "/nonexistent/worker" };
	struct workers *w;
	struct error error = { .text = "" };

	(void)state;
	unsetenv("LIKESYNC_WORKER");
	assert_int_equal(workers_start(&cfg, &w, &error), SERVICE_FAILED);
	assert_null(w);
	assert_non_null(strstr(error.text, "/nonexistent/worker: can't be "
	    "started: No such file"));
	setenv("LIKESYNC_WORKER", worker_program, 1);
}

static void a_program_that_dies_is_told_with_its_last_words(void **state)
{
	static const char script[] = "#!/bin/sh\n"
	    "echo 'libavformat.so.59: cannot open' >&2\nexit 127\n";
	struct workers_config cfg = { .program = NULL };
	char path[512];
	struct workers *w;
	struct error error = { .text = "" };

	(void)state;
	append_bytes(folder, "dies", script, sizeof(script) - 1);
	snprintf(path, sizeof(path), "%s/dies", folder);
	assert_int_equal(chmod(path, 0700), 0);
	setenv("LIKESYNC_WORKER", path, 1);
	assert_int_equal(workers_start(&cfg, &w, &error), SERVICE_FAILED);
	assert_non_null(strstr(error.text, "libavformat.so.59: cannot open"));
	setenv("LIKESYNC_WORKER", worker_program, 1);
}

static int run_program(const char *arguments)
{
	char command[1024];

	snprintf(command, sizeof(command), "'%s' %s >'%s/out' 2>&1",
	    worker_program, arguments, folder);
	int status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void by_hand_it_tells_its_version_and_nothing_else(void **state)
{
	char text[256] = "";

	(void)state;
	assert_int_equal(run_program("--version </dev/null"), 0);
	int fd = open_in(folder, "out", O_RDONLY, NULL);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_string_equal(text, "likesync-worker " LIKESYNC_VERSION "\n");
	assert_int_equal(run_program("</dev/null"), 64);
	assert_int_equal(run_program("--help </dev/null"), 64);
}

static void the_box_is_whole(void **state)
{
	struct workers *w = start((struct workers_config){ .count = 1,
	    .memory = 1 << 30 });

	(void)state;
	/* All that a sanitizer's build may lack. */
	if (strcmp(workers_gaps(w), "memory (not with this build)") != 0)
		assert_string_equal(workers_gaps(w), "");
	workers_stop(w);
}

/* In a process of its own: once set, a stop stays. */
static void play_a_stopped_agent(void)
{
	struct workers_config cfg = { .count = 1, .timeout_ms = 60000 };
	struct asking a = { .fd = open_in(folder, "stop.wav", O_RDONLY,
	    NULL) };
	struct workers *w;
	struct media m;
	pthread_t thread;

	stop_install();
	if (workers_start(&cfg, &w, NULL) != DONE)
		_exit(1);
	a.media_service = workers_service(w);
	pthread_create(&thread, NULL, ask, &a);
	child_of(child_of(getpid()));
	stop_now(SIGTERM);
	pthread_join(thread, NULL);
	if (a.outcome != STOPPED || a.error.text[0] == '\0')
		_exit(2);
	if (a.media_service.probe(a.media_service.self, a.fd, &m,
	    NULL) != STOPPED)
		_exit(3);
	workers_stop(w);
	_exit(0);
}

static void a_stop_ends_the_work_at_once(void **state)
{
	int status;
	pid_t agent;

	(void)state;
	make_endless("stop.wav");
	agent = fork();
	if (agent == 0)
		play_a_stopped_agent();
	assert_int_equal(waitpid(agent, &status, 0), agent);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void play_an_agent_that_is_killed(int to_us)
{
	struct workers_config cfg = { .count = 1, .timeout_ms = 60000 };
	struct asking a = { .fd = open_in(folder, "orphan.wav", O_RDONLY,
	    NULL) };
	struct workers *w;
	pthread_t thread;
	pid_t pids[2];

	if (workers_start(&cfg, &w, NULL) != DONE)
		_exit(1);
	a.media_service = workers_service(w);
	pids[0] = child_of(getpid());
	pthread_create(&thread, NULL, ask, &a);
	pids[1] = child_of(pids[0]);
	if (write(to_us, pids, sizeof(pids)) != sizeof(pids))
		_exit(1);
	raise(SIGKILL);
}

static void nothing_outlives_an_agent_that_is_killed(void **state)
{
	int to_us[2], status;
	pid_t agent, pids[2];

	(void)state;
	make_endless("orphan.wav");
	/* Orphans come to us, so that their end can be waited for. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe2(to_us, O_CLOEXEC), 0);
	agent = fork();
	if (agent == 0)
		play_an_agent_that_is_killed(to_us[1]);
	assert_int_equal(read(to_us[0], pids, sizeof(pids)), sizeof(pids));
	assert_int_equal(waitpid(agent, &status, 0), agent);
	assert_int_equal(waitpid(pids[0], &status, 0), pids[0]);
	/* The worker ended by itself, having ended its child. */
	assert_true(WIFEXITED(status));
	assert_int_equal(kill(pids[1], 0), -1);
	assert_int_equal(errno, ESRCH);
	close(to_us[0]);
	close(to_us[1]);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static int set_up(void **state)
{
	worker_program = getenv("LIKESYNC_WORKER");
	if (worker_program == NULL) {
		fputs("LIKESYNC_WORKER: is not set; to build/likesync-worker, "
		    "for one\n", stderr);
		return -1;
	}
	worker_program = strdup(worker_program);
	if (make_folder(state) != 0)
		return -1;
	folder = *state;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probe_and_decode_describe_a_file),
		cmocka_unit_test(a_cut_file_is_decoded_and_not_complete),
		cmocka_unit_test(tags_are_written_through_a_worker),
		cmocka_unit_test(tags_do_not_change_the_stream_of_any_format),
		cmocka_unit_test(one_byte_of_audio_changes_the_stream),
		cmocka_unit_test(one_byte_of_setup_changes_the_stream),
		cmocka_unit_test(a_file_open_for_reading_is_not_tagged),
		cmocka_unit_test(a_persons_tags_win_where_that_is_wanted),
		cmocka_unit_test(hostile_files_are_refused_one_by_one),
		cmocka_unit_test(a_folder_is_no_file),
		cmocka_unit_test(what_takes_too_long_is_ended),
		cmocka_unit_test(memory_has_its_end),
		cmocka_unit_test(a_crash_costs_its_file_only),
		cmocka_unit_test(an_idle_worker_that_died_is_replaced),
		cmocka_unit_test(a_worker_killed_at_work_gets_one_more_try),
		cmocka_unit_test(many_threads_share_few_workers),
		cmocka_unit_test(a_program_that_is_not_there_is_told),
		cmocka_unit_test(
		    a_program_that_dies_is_told_with_its_last_words),
		cmocka_unit_test(
		    by_hand_it_tells_its_version_and_nothing_else),
		cmocka_unit_test(the_box_is_whole),
		cmocka_unit_test(a_stop_ends_the_work_at_once),
		cmocka_unit_test(nothing_outlives_an_agent_that_is_killed),
	};

	return cmocka_run_group_tests(tests, set_up, remove_folder);
}
