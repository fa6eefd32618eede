/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

void file_init(struct file *f)
{
	memset(f, 0, sizeof(*f));
}

void file_free(struct file *f)
{
	free(f->path);
	free(f->doc_id);
	media_free(&f->media);
	file_init(f);
}

struct file *files_add(struct files *list)
{
	return array_add(&list->items, &list->cap, &list->count,
	    sizeof(*list->items));
}

void files_free(struct files *list)
{
	for (size_t i = 0; i < list->count; i++)
		file_free(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

bool file_name_is_audio(const char *name)
{
	static const char *const extensions[] = {
		"mp3", "m4a", "m4b", "mp4", "aac", "flac", "ogg", "oga",
		"opus", "wav", "aif", "aiff", "aifc", "wma", "wv", "ape",
		"alac", "mka", "webm", "mp2", "w64", "ac3", "eac3", "tta",
		"caf", "mpc",
	};
	const char *dot = strrchr(name, '.');

	if (name[0] == '.' || dot == NULL)
		return false;
	for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++)
		if (strcasecmp(dot + 1, extensions[i]) == 0)
			return true;
	return false;
}
