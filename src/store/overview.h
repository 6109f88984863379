/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The overview in a SQLite store: sqlite_overview.c writes it, sqlite_chunks.c reads it. */
#ifndef VIZ_STORE_OVERVIEW_H
#define VIZ_STORE_OVERVIEW_H

#include "sqlite.h"

/* In the order in which viz_sqlite_fill_chunk() takes them. */
#define VIZ_SQLITE_CHUNK                                                               \
    "row, rows, first_seq, last_seq, begin_ns, end_ns, timed, device_begin_ns,"        \
    " device_end_ns, segment, shift_ns, newest_ns, received_ns"
void viz_sqlite_fill_chunk(sqlite3_stmt *stmt, struct viz_overview_chunk *out);

/* stream, segment, seq, host_ns, device_ns, marks, missing, frame. */
void viz_sqlite_fill_sample(sqlite3_stmt *stmt, struct viz_run_sample *out);

#endif
