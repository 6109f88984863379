/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first bytes of a database, read without a query and through SQLite's own
 * descriptor: whoever opens and closes the file beside it takes all of the process's locks
 * on it away, those of other connections too, so that another process may remove the log
 * they work with. */
#ifndef VIZ_STORE_HEADER_H
#define VIZ_STORE_HEADER_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#define VIZ_SQLITE_HEADER 100

/* Of the file that @db has just opened. Its size; or negative: it cannot be read. */
int64_t viz_sqlite_header(sqlite3 *db, uint8_t out[VIZ_SQLITE_HEADER]);

/* A file of @size that begins so is a database. */
bool viz_sqlite_is_header(const uint8_t header[VIZ_SQLITE_HEADER], int64_t size);

#endif
