/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/own_playlists.h"

#include <stdlib.h>

#include "base/json.h"
#include "commands/commands.h"
#include "commands/terminal.h"
#include "spotify/link.h"
#include "spotify/own.h"
#include "spotify/session.h"

static void print_playlist(const struct own_playlist *p,
    struct json_writer *w)
{
	const struct spotify_link link = { .kind = LINK_PLAYLIST,
		.id = p->id };
	char *url = spotify_link_url(&link);

	if (w == NULL) {
		print_part("%s", p->name != NULL ? p->name : p->id);
		if (p->tracks >= 0)
			print_part(" (%lld)", (long long)p->tracks);
		print_text(stdout, "\n");
		print_line("    %s", url);
	} else {
		json_open_object(w, NULL);
		json_put_string(w, "id", p->id);
		json_put_string(w, "name", p->name);
		json_put_string(w, "link", url);
		if (p->tracks >= 0)
			json_put_int(w, "tracks", p->tracks);
		json_close(w);
	}
	free(url);
}

static int print_all(const struct own_playlists *all, bool json)
{
	struct json_writer *w = json ? command_json("playlists") : NULL;

	for (size_t i = 0; i < all->count; i++)
		print_playlist(&all->items[i], w);
	if (json)
		return command_print_json(w);
	if (all->count == 0)
		print_line("no playlists of your own");
	return print_end();
}

int own_playlists_print(const struct invocation *v, bool json)
{
	struct session *s = session_new(v->cfg);
	struct own_playlists all = { .count = 0 };
	struct error error;
	enum outcome o = session_refresh(s, &error);
	int status;

	if (o == DONE)
		o = own_playlists_read(s, &all, &error);
	session_free(s);
	status = o == DONE ? print_all(&all, json) :
	    command_failed(v, o, &error, json);
	own_playlists_free(&all);
	return status;
}
