/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * walk: every name in a folder and below it. One folder is open at a time and
 * nothing recurses, so that a tree may be as deep, and a path as long, as a
 * file system allows. Dot folders and links to folders are not entered.
 */
#ifndef LIBRARY_WALK_H
#define LIBRARY_WALK_H

struct walk_name {
	int folder;		/* descriptor of the folder that holds it */
	const char *name;
	const char *path;	/* of the name, relative to the root */
	unsigned char type;	/* DT_REG, DT_LNK and so on; never DT_DIR */
};

struct walk {
	const char *root;
	void *ctx;
	void (*meet)(void *ctx, const struct walk_name *n);
	/* What is at this path and below it can't be told; "": anywhere.
	 * May be NULL. */
	void (*blind)(void *ctx, const char *path, int error);
};

/* 0, or -1 with errno if root can't be opened. Ends early when the run is told
 * to stop. */
int walk_folders(const struct walk *w);

/* openat for a path that may be longer than PATH_MAX. */
int walk_open(int root, const char *path, int flags);

#endif
