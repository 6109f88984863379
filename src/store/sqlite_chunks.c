/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The overview, read. Stores from before version 3 have none. */
#include "overview.h"

#include <errno.h>
#include <inttypes.h>

#define SINCE_VERSION 3

int viz_sqlite_overview_end(struct viz_store *store, int64_t run, uint64_t *seq,
                            struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    sqlite3_stmt *stmt;
    *seq = 0;
    if (s->version < SINCE_VERSION)
        return 0;
    int ret =
        viz_sqlite_prepare(s, "SELECT seq FROM overview_end WHERE run = ?", &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    ret = viz_sqlite_step(s, stmt, err);
    if (ret == 1)
        *seq = (uint64_t)sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return ret < 0 ? ret : 0;
}

static bool is_there(sqlite3_stmt *stmt, int column)
{
    return sqlite3_column_type(stmt, column) != SQLITE_NULL;
}

void viz_sqlite_fill_chunk(sqlite3_stmt *stmt, struct viz_overview_chunk *out)
{
    *out = (struct viz_overview_chunk){
        .row = (uint64_t)sqlite3_column_int64(stmt, 0),
        .rows = (uint32_t)sqlite3_column_int64(stmt, 1),
        .first_seq = (uint64_t)sqlite3_column_int64(stmt, 2),
        .last_seq = (uint64_t)sqlite3_column_int64(stmt, 3),
        .begin_ns = sqlite3_column_int64(stmt, 4),
        .end_ns = sqlite3_column_int64(stmt, 5),
        .timed = (uint32_t)sqlite3_column_int64(stmt, 6),
        .device_begin_ns = sqlite3_column_int64(stmt, 7),
        .device_end_ns = sqlite3_column_int64(stmt, 8),
        .clock = {.begun = true,
                  .segment = sqlite3_column_int64(stmt, 9),
                  .placed = is_there(stmt, 10),
                  .shift_ns = sqlite3_column_int64(stmt, 10),
                  .timed = is_there(stmt, 11),
                  .newest_ns = sqlite3_column_int64(stmt, 11),
                  .received_ns = sqlite3_column_int64(stmt, 12)},
    };
}

int viz_sqlite_overview(struct viz_store *store, int64_t run, int64_t stream,
                        viz_chunk_callback *each, void *context, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    struct viz_overview_chunk chunk;
    sqlite3_stmt *stmt;
    if (s->version < SINCE_VERSION)
        return 0;
    int ret = viz_sqlite_prepare(s,
                                 "SELECT " VIZ_SQLITE_CHUNK
                                 " FROM overview WHERE run = ? AND stream = ?"
                                 " ORDER BY row",
                                 &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    sqlite3_bind_int64(stmt, 2, stream);
    while ((ret = viz_sqlite_step(s, stmt, err)) == 1) {
        viz_sqlite_fill_chunk(stmt, &chunk);
        ret = each(context, &chunk);
        if (ret)
            break;
    }
    sqlite3_finalize(stmt);
    return ret;
}

static int damaged(struct viz_sqlite *s, int64_t run, struct viz_error *err)
{
    return viz_fail(err, -EBADMSG, "%s: the overview of run %" PRId64 " is damaged",
                    s->path, run);
}

/* The coarsest that is there. */
static int prepare_entries(struct viz_sqlite *s, sqlite3_stmt **out,
                           struct viz_error *err)
{
    return viz_sqlite_prepare(s,
                              "SELECT level, entries FROM overview_entries"
                              " WHERE run = ? AND stream = ? AND row = ?"
                              " AND level <= ? ORDER BY level DESC LIMIT 1",
                              out, err);
}

int viz_sqlite_overview_entries(struct viz_store *store, int64_t run, int64_t stream,
                                uint64_t row, unsigned *level, const uint32_t *channel,
                                struct viz_pyramid_level *out, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    sqlite3_stmt *stmt;
    int ret = prepare_entries(s, &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    sqlite3_bind_int64(stmt, 2, stream);
    sqlite3_bind_int64(stmt, 3, (int64_t)row);
    sqlite3_bind_int64(stmt, 4, *level);
    ret = viz_sqlite_step(s, stmt, err);
    if (ret == 1) {
        *level = (unsigned)sqlite3_column_int64(stmt, 0);
        ret = viz_pyramid_decode(sqlite3_column_blob(stmt, 1),
                                 (size_t)sqlite3_column_bytes(stmt, 1), channel, out)
                  ? 0
                  : damaged(s, run, err);
    } else if (!ret) {
        ret = damaged(s, run, err);
    }
    sqlite3_finalize(stmt);
    return ret;
}
