/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a SQLite store, as the steps that lead from one version to the next.
 * A step that was released is never changed: a new version is a new step. */
#ifndef VIZ_STORE_SCHEMA_H
#define VIZ_STORE_SCHEMA_H

/* "vizr": in the header of every store, so that neither viz nor file(1) takes it for
 * another program's database. */
#define VIZ_STORE_APPLICATION_ID 0x76697a72

/* SQL that brings a store of version @from to @from + 1. */
const char *viz_schema_step(int from);

/* The time now in nanoseconds since 1970, to the millisecond, as SQL. */
#define VIZ_SQL_NOW_NS                                                                 \
    "(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000000)"

/* The state of a row of run, as SQL: a recording whose writer has not been seen for ten
 * seconds was interrupted. One that was seen later than now: so was the time of day. */
#define VIZ_SQL_STATE                                                                  \
    "CASE WHEN run.state = 'recording' AND run.seen_ns NOT BETWEEN " VIZ_SQL_NOW_NS    \
    " - 10000000000 AND " VIZ_SQL_NOW_NS                                               \
    " + 10000000000 THEN 'interrupted' ELSE run.state END"

#endif
