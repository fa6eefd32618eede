/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pin, reject: the user decides which file or link is a track, and which is
 * not. These commands only record it; runs apply it.
 */
#include "commands/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "media/workers.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "commands/terminal.h"
#include "commands/state_reader.h"
#include "types/link.h"

/* What differs between the two commands. */
struct override {
	const char *usage, *list, *none, *which;
	enum outcome (*record)(struct pins *p, const struct pin *what,
	    struct error *error);
	const char *effect;	/* after recording, with the file or link */
};

static const struct override pinning = {
	"likesync pin [--json] [TRACK FILE | TRACK LINK | --forget TRACK]",
	"pins", "nothing is pinned",
	"name the file or link that it is", pins_pin,
	"is pinned: runs use only this for the track",
};

static const struct override rejecting = {
	"likesync reject [--json] [TRACK FILE | TRACK LINK | --forget TRACK "
	    "[FILE | LINK]]",
	"rejections", "nothing is rejected",
	"name the file or link that it is not; `likesync history` shows its "
	    "file", pins_reject,
	"is rejected: no run uses it for the track again",
};

/* ---- the list ---- */

struct listing {
	struct json_writer *w;	/* NULL: text */
	size_t count;
};

static int list_pin(void *ctx, const struct pin *pin)
{
	struct listing *l = ctx;
	char when[ISO_TIME_LEN];

	l->count++;
	if (l->w == NULL) {
		time_to_iso(pin->at, when);
		print_line("%s", pin->label);
		print_line("    %s  %s", when, pin->ref);
		return 0;
	}
	json_open_object(l->w, NULL);
	json_put_string(l->w, "key", pin->key);
	json_put_string(l->w, "name", pin->label);
	json_put_string(l->w, "ref", pin->ref);
	json_put_string_if(l->w, "identity", pin->identity);
	json_put_time(l->w, "at", pin->at);
	json_close(l->w);
	return 0;
}

static int list(const struct override *s, const struct pins *pins, bool json)
{
	struct listing l = { .w = json ? command_json(s->list) : NULL };

	if (s == &pinning)
		pins_each_pin(pins, list_pin, &l);
	else
		pins_each_rejection(pins, NULL, list_pin, &l);
	if (json)
		return command_print_json(l.w);
	if (l.count == 0)
		print_line("%s", s->none);
	return print_end();
}

/* ---- which file or link ---- */

/* The file's identity, which stays when it is renamed or retagged, and its
 * fingerprint, which stays when it is converted. */
static enum outcome identify(const struct config *cfg, const char *path,
    struct pin *pin, struct error *error)
{
	const struct workers_config wc = { .count = 1,
		.memory = cfg->analysis.memory,
		.timeout_ms = cfg->analysis.timeout * 1000 };
	struct workers *workers = NULL;
	struct media_service e;
	struct decoded_media x = { .complete = false };
	int fd = file_open(path);
	enum outcome o = DONE;

	if (fd < 0)
		return error_set(error, ITEM_FAILED, "%s: %s", path,
		    file_strerror(errno));
	o = workers_start(&wc, &workers, error);
	if (o == DONE) {
		e = workers_service(workers);
		o = e.decode(e.self, fd, &x, error);
	}
	close(fd);
	workers_stop(workers);
	if (o == ITEM_FAILED) {
		struct error reason = *error;

		error_set(error, o, "%s: %s", path, reason.text);
	}
	if (o == DONE) {
		pin->identity = xstrdup(x.media.identity);
		fingerprint_copy(&pin->sound, &x.fingerprint);
		str_replace(&pin->sound.code, NULL);
	}
	decoded_media_free(&x);
	return o;
}

/* The file of that path, from here or below the library; NULL. */
static char *find_file(const struct config *cfg, const char *text)
{
	char *below = path_join(cfg->library.path, text);
	char *path = realpath(text, NULL);
	struct stat st;

	if (path == NULL && *text != '/')
		path = realpath(below, NULL);
	free(below);
	if (path != NULL && (stat(path, &st) != 0 || !S_ISREG(st.st_mode))) {
		free(path);
		path = NULL;
	}
	return path;
}

static enum outcome find_file_or_link(const struct config *cfg,
    const char *text, struct pin *pin, struct error *error)
{
	if (link_is_web(text)) {
		pin->ref = link_plain(text);
		return DONE;
	}
	pin->ref = find_file(cfg, text);
	if (pin->ref != NULL)
		return identify(cfg, pin->ref, pin, error);
	if (link_is_video_id(text)) {
		pin->ref = link_of_video_id(text);
		return DONE;
	}
	return error_set(error, ITEM_FAILED, "%s: not a file here or in the "
	    "library, and not a link", text);
}

/* ---- recording and forgetting ---- */

static enum outcome record(const struct override *s, const struct config *cfg,
    struct pins *pins, struct pin *pin, const char *text, struct error *error)
{
	enum outcome o = find_file_or_link(cfg, text, pin, error);

	/* A pin that no source can fetch would keep the track missing. */
	if (o == DONE && s == &pinning && link_is_web(pin->ref) &&
	    !config_fetches_links(cfg))
		o = error_set(error, RUN_CONFIG, "%s: no configured source "
		    "fetches links: add one such as ytdlp to [fetch] sources, "
		    "or pin a file", pin->ref);
	return o == DONE ? s->record(pins, pin, error) : o;
}

/* A file that is gone is found by the path that was recorded. */
static enum outcome forget(const struct override *s, const struct config *cfg,
    struct pins *pins, struct pin *pin, const char *text, struct error *error)
{
	enum outcome o = DONE;
	const char *what = text;

	if (s == &pinning) {
		o = pins_unpin(pins, pin->key, error);
	} else {
		if (text != NULL && !pins_rejects(pins, pin->key, text)) {
			o = find_file_or_link(cfg, text, pin, error);
			what = pin->identity != NULL ? pin->identity :
			    pin->ref;
		}
		if (o == DONE)
			o = pins_unreject(pins, pin->key, what, error);
	}
	if (o == ITEM_FAILED) {
		struct error reason = *error;

		error_set(error, o, "%s: %s", pin->label, reason.text);
	}
	return o;
}

/* For the journal if no run is active, else for the run's requests. *lock: to
 * be closed after the change, unless it is -1. */
static enum outcome open_for_change(const struct config *cfg, struct pins **out,
    int *lock, struct error *error)
{
	char *journal = path_join(cfg->state.dir, STATE_PINS);
	char *path = path_join(cfg->state.dir, STATE_RUN_LOCK);
	enum outcome o = state_prepare(cfg->state.dir, error);

	if (o == DONE) {
		*lock = file_lock(path, 0, NULL);
		o = *lock >= 0 ? pins_open(journal, false, out, error) :
		    pins_open_beside_run(journal, cfg->state.dir, out, error);
	}
	free(path);
	free(journal);
	return o;
}

static int print_change(const struct override *s, const struct pin *pin,
    bool forgets, bool json)
{
	struct json_writer *w;

	if (!json) {
		print_line("%s", pin->label);
		if (forgets)
			print_line("    forgotten: the next run tries it again");
		else
			print_line("    %s %s", pin->ref, s->effect);
		return print_end();
	}
	w = command_json(NULL);
	json_put_string(w, "key", pin->key);
	json_put_string(w, "name", pin->label);
	json_put_string_if(w, "ref", pin->ref);
	json_put_bool(w, "forgotten", forgets);
	return command_print_json(w);
}

static int change(const struct override *s, struct invocation *v,
    const struct state_reader *state_reader, bool forgets, bool json)
{
	const char *text = v->argc > 2 ? v->argv[2] : NULL;
	struct pin pin = { .key = NULL };
	struct pins *pins = NULL;
	int lock = -1, status;
	struct error error;
	enum outcome o = state_reader_find_track(state_reader, v->argv[1],
	    &pin.key, &pin.label, &error);

	if (o == DONE)
		o = open_for_change(v->cfg, &pins, &lock, &error);
	if (o == DONE)
		o = (forgets ? forget : record)(s, v->cfg, pins, &pin, text,
		    &error);
	pins_close(pins);
	if (lock >= 0)
		close(lock);
	status = o == DONE ? print_change(s, &pin, forgets, json) :
	    command_failed(v, o, &error, json);
	free(pin.key);
	free(pin.label);
	free(pin.ref);
	free(pin.identity);
	fingerprint_free(&pin.sound);
	return status;
}

static int pin_or_reject(const struct override *s, struct invocation *v)
{
	bool json = false, forgets = false;
	const struct command_option options[] = {
		{ "forget", NULL, "forget the pin or rejection", &forgets,
		    NULL },
		{ "json", NULL, "print one JSON object", &json,
		    NULL }, { 0 },
	};
	int status = command_options(v, s->usage, options, 2);
	struct state_reader state_reader;

	if (status >= 0)
		return status;
	if (v->argc == 1 && forgets)
		return command_usage(v, "--forget needs a track");
	if (v->argc == 2 && !forgets)
		return command_usage(v, "%s: %s", v->argv[1], s->which);
	if (v->argc == 3 && forgets && s == &pinning)
		return command_usage(v, "%s: unexpected argument", v->argv[2]);
	status = state_reader_open_all(v->cfg, &state_reader);
	if (status >= 0)
		return status;
	status = v->argc == 1 ? list(s, state_reader.pins, json) :
	    change(s, v, &state_reader, forgets, json);
	state_reader_close(&state_reader);
	return status;
}

int cmd_pin(struct invocation *v)
{
	return pin_or_reject(&pinning, v);
}

int cmd_reject(struct invocation *v)
{
	return pin_or_reject(&rejecting, v);
}
