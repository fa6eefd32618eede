/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay FOLDER: a fuzzer without libFuzzer. Hands each file of the folder to
 * it, and the beginnings of each file too, for a reader must stand being cut
 * off. Says how many inputs there were, fails if none; a fault ends the
 * program, with the file's name as the last line.
 */
#include "fuzz.h"

#include <dirent.h>
#include <err.h>

#define MAX_BYTES (1 << 20)
#define CUTS 16		/* beginnings of a file, evenly spaced */

static size_t read_file(const char *path, uint8_t *bytes, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		err(1, "%s", path);
	n = fread(bytes, 1, size, f);
	fclose(f);
	return n;
}

/* A copy of exactly the input's size, so that reading past it is noticed. */
static void hand_over(const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size > 0 ? size : 1);

	must(exact != NULL);
	memcpy(exact, bytes, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static void replay(const char *path, uint8_t *bytes)
{
	size_t size = read_file(path, bytes, MAX_BYTES);

	fprintf(stderr, "%s\n", path);
	for (size_t i = 0; i < CUTS; i++)
		hand_over(bytes, size * i / CUTS);
	hand_over(bytes, size);
}

int main(int argc, char **argv)
{
	static uint8_t bytes[MAX_BYTES];
	struct dirent *entry;
	unsigned int count = 0;
	char path[4096];
	DIR *folder;

	if (argc != 2)
		errx(64, "usage: replay FOLDER");
	folder = opendir(argv[1]);
	if (folder == NULL)
		err(1, "%s", argv[1]);
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		replay(path, bytes);
		count++;
	}
	closedir(folder);
	if (count == 0)
		errx(1, "%s: no inputs", argv[1]);
	printf("%u inputs replayed\n", count);
	return 0;
}
