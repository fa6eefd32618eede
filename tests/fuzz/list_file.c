/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an export of Liked Songs: a complete list of tracks that can be
 * asked for, each once; or a reason. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/map.h"
#include "imports/list_file.h"

static void is_sound(const struct track_list *l)
{
	struct map *met = map_new();

	must(l->complete);
	for (size_t i = 0; i < l->tracks.count; i++) {
		const struct track *t = &l->tracks.items[i];

		must(t->title != NULL && t->key != NULL);
		must(t->id != NULL || track_has_name(t));
		must(t->id == NULL || spotify_id_is_valid(t->id));
		must(t->duration_ms >= 0);
		must(!map_has_str(met, t->key));
		map_put_str(met, t->key, met);
	}
	map_free(met, NULL);
}

static void are_in_order(const struct track_list *l)
{
	unsigned last = 0;

	for (size_t i = 0; i < l->tracks.count; i++) {
		must(!l->tracks.items[i].is_local);
		must(l->tracks.items[i].position > last);
		last = l->tracks.items[i].position;
	}
	must(last <= l->rows);
	must(l->tracks.count + track_list_skipped(l) <= (size_t)l->rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("export", MFD_CLOEXEC);
	struct track_list l;
	struct error error = { .text = "" };
	char path[64];

	must(fd >= 0 && file_write_all(fd, data, size) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (list_file_read(path, "loved", &l, &error) == DONE) {
		is_sound(&l);
		track_list_free(&l);
	} else {
		must(error.text[0] != '\0');
	}
	error.text[0] = '\0';
	if (list_file_read_playlist(path, NULL, &l, &error) == DONE) {
		is_sound(&l);
		are_in_order(&l);
		track_list_free(&l);
	} else {
		must(error.text[0] != '\0');
	}
	close(fd);
	return 0;
}
