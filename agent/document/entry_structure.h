/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entry_structure: the fields of an entry that are objects or lists: the beat
 * grid and the structure of the recording. Private to document/.
 */
#ifndef DOCUMENT_ENTRY_STRUCTURE_H
#define DOCUMENT_ENTRY_STRUCTURE_H

struct analysis;
struct json_writer;

/* Writes one field of an analysis that has it. */
typedef void put_field(struct json_writer *w, const char *key,
    const struct analysis *a);

put_field put_beat_grid, put_mix_points, put_segments, put_energy_curve,
    put_transition_hints;

#endif
