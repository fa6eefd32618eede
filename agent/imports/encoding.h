/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_text: the encodings that lists of tracks come in. Private to the
 * room. */
#ifndef IMPORTS_ENCODING_H
#define IMPORTS_ENCODING_H

#include "base/buf.h"
#include "base/outcome.h"

/* Makes UTF-8 without a byte order mark of text, in place: of UTF-16 and
 * UTF-32, which a mark tells, and of Windows-1252, line by line where a line is
 * no UTF-8. path names the file in errors. RUN_CONFIG with why: the encoding is
 * not known, or a line is neither; why says what to save it as. */
enum outcome export_text(const char *path, struct buf *text,
    struct error *error);

#endif
