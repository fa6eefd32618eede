/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/track_list.h"

#include <string.h>

void track_list_free(struct track_list *l)
{
	tracks_free(&l->tracks);
	memset(l, 0, sizeof(*l));
}
