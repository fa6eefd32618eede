/* SPDX-License-Identifier: GPL-3.0-or-later */
/* encoding: the encodings of lists of tracks. Private to imports/. */
#ifndef IMPORTS_ENCODING_H
#define IMPORTS_ENCODING_H

#include "base/buf.h"
#include "base/outcome.h"

/* Converts text to UTF-8 without a byte order mark, in place: from UTF-16 and
 * UTF-32 by their mark, and from Windows-1252 each line that is not UTF-8. path
 * is the file's, for errors. RUN_CONFIG: the encoding is unknown, or a line is
 * neither. */
enum outcome export_text(const char *path, struct buf *text,
    struct error *error);

#endif
