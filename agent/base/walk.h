/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * walk: lists every name in a folder and below it. One folder is open at a
 * time and nothing recurses, so depth and path length are limited by the file
 * system only. Dot folders and links to folders are not entered.
 */
#ifndef BASE_WALK_H
#define BASE_WALK_H

struct walk_name {
	int folder;		/* descriptor of the folder that holds it */
	const char *name;
	const char *path;	/* relative to the root */
	unsigned char type;	/* DT_REG, DT_LNK and so on; never DT_DIR */
};

struct walk {
	const char *root;
	void *ctx;
	void (*on_name)(void *ctx, const struct walk_name *n);
	/* Before the first name of a folder, and after its last one if all of
	 * them could be read. Either may be NULL. */
	void (*on_enter)(void *ctx, const char *path);
	void (*on_leave)(void *ctx, int folder);
	/* This path can't be read, nor any below it; "": the root. May be
	 * NULL. */
	void (*on_error)(void *ctx, const char *path, int error);
};

/* 0, or -1 with errno if root can't be opened. Returns early when the run is
 * to stop. */
int walk_folders(const struct walk *w);

/* openat for a path that may be longer than PATH_MAX. */
int walk_open(int root, const char *path, int flags);

#endif
