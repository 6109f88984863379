/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SQLite database of the old Python collector, to be read and never written. One
 * object belongs to one thread. */
#ifndef VIZ_COLLECTOR_DB_H
#define VIZ_COLLECTOR_DB_H

#include <viz/error.h>
#include <viz/lightwave.h>

#include <stdbool.h>
#include <stdint.h>

struct viz_collector_db;

/* Whether @path begins as SQLite's files do. */
bool viz_collector_db_is_sqlite(const char *path);

/* -EPROTO: some other database. */
int viz_collector_db_open(const char *path, struct viz_collector_db **out,
                          struct viz_error *err);
void viz_collector_db_close(struct viz_collector_db *db);

/* Texts as they are stored, "" where there is none; valid during the call. */
struct viz_collector_run {
    const char *id, *name, *description;
    const char *started_at, *completed_at; /* ISO 8601, UTC without saying so */
    const char *host, *firmware, *tags;    /* "a,b" */
};
/* Oldest first. A callback that returns non-zero ends it and that is returned. */
int viz_collector_db_runs(struct viz_collector_db *db,
                          int (*each)(void *context,
                                      const struct viz_collector_run *run),
                          void *context, struct viz_error *err);

struct viz_collector_row {
    uint64_t number;   /* of the row in its table */
    const char *wrong; /* NULL, or the column that no frame can hold; stays */
    const char *timestamp_utc;
    unsigned rounded; /* floats that came from no float32: the nearest was taken */
    struct viz_lw_frame frame;
};
/* In the order in which they were stored. A read error in the middle is -EBADMSG or
 * -EIO. */
int viz_collector_db_rows(struct viz_collector_db *db, const char *run,
                          int (*each)(void *context,
                                      const struct viz_collector_row *row),
                          void *context, struct viz_error *err);

#endif
