/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples one after the other. */
#include "overview.h"

#include <viz/alloc.h>

#include <stdlib.h>
#include <string.h>

#define COLUMNS " segment, seq, host_ns, device_ns, marks, missing, frame"

/* Either one statement hands out all, or it is asked for one seq after the other. */
struct sqlite_cursor {
    struct viz_cursor cursor;
    struct viz_sqlite *s;
    sqlite3_stmt *stmt;
    bool single; /* one after the other: */
    uint64_t *seq;
    size_t seqs, at;
};

void viz_sqlite_fill_sample(sqlite3_stmt *stmt, struct viz_run_sample *out)
{
    *out = (struct viz_run_sample){
        .stream = sqlite3_column_int64(stmt, 0),
        .segment = sqlite3_column_int64(stmt, 1),
        .seq = (uint64_t)sqlite3_column_int64(stmt, 2),
        .host_ns = sqlite3_column_int64(stmt, 3),
        .device_ns = sqlite3_column_type(stmt, 4) == SQLITE_NULL
                         ? INT64_MIN
                         : sqlite3_column_int64(stmt, 4),
        .marks = (uint32_t)sqlite3_column_int64(stmt, 5),
        .missing = (uint32_t)sqlite3_column_int64(stmt, 6),
        .frame = sqlite3_column_blob(stmt, 7),
        .size = (uint32_t)sqlite3_column_bytes(stmt, 7),
    };
}

static struct sqlite_cursor *make_cursor(struct viz_sqlite *s, sqlite3_stmt *stmt)
{
    struct sqlite_cursor *cursor = viz_zalloc(sizeof(*cursor));
    *cursor = (struct sqlite_cursor){
        .cursor = {s->store.backend, s->store.cancelled}, .s = s, .stmt = stmt};
    return cursor;
}

static int no_more(void *context, const struct viz_run *run)
{
    (void)context;
    (void)run;
    return 0;
}

int viz_sqlite_read(struct viz_store *store, int64_t run, int64_t stream,
                    struct viz_cursor **out, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    sqlite3_stmt *stmt;
    int ret = viz_sqlite_run(store, run, no_more, NULL, err);
    if (!ret)
        ret = viz_sqlite_prepare(
            s,
            "SELECT segment.stream," COLUMNS
            " FROM sample CROSS JOIN segment ON segment.id = sample.segment"
            " WHERE run = ? AND (?2 = 0 OR segment.stream = ?2) ORDER BY seq",
            &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    sqlite3_bind_int64(stmt, 2, stream);
    *out = &make_cursor(s, stmt)->cursor;
    return 0;
}

static void keep_seqs(struct sqlite_cursor *cursor, sqlite3_stmt *stmt, uint64_t first,
                      uint64_t last)
{
    const uint8_t *bytes = sqlite3_column_blob(stmt, 0);
    size_t size = (size_t)sqlite3_column_bytes(stmt, 0), at = 0;
    uint64_t seq = 0;
    uint64_t *all = viz_zalloc((cursor->seqs + size) * sizeof(*all));
    if (cursor->seqs)
        memcpy(all, cursor->seq, cursor->seqs * sizeof(*all));
    free(cursor->seq);
    cursor->seq = all;
    while (viz_pyramid_next_seq(bytes, size, &at, &seq))
        if (seq >= first && seq <= last)
            all[cursor->seqs++] = seq;
}

/* Whether the overview has the numbers of all samples there; then they are kept. */
static int find_seqs(struct sqlite_cursor *cursor, int64_t run, int64_t stream,
                     uint64_t first, uint64_t last, struct viz_error *err)
{
    sqlite3_stmt *stmt;
    bool all = true;
    uint64_t end = 0;
    int ret = viz_sqlite_overview_end(&cursor->s->store, run, &end, err);
    if (ret < 0 || last >= end)
        return ret;
    ret = viz_sqlite_prepare(cursor->s,
                             "SELECT seqs FROM overview WHERE run = ? AND stream = ?"
                             " AND last_seq >= ? AND first_seq <= ? ORDER BY row",
                             &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run);
    sqlite3_bind_int64(stmt, 2, stream);
    sqlite3_bind_int64(stmt, 3, (int64_t)first);
    sqlite3_bind_int64(stmt, 4, (int64_t)last);
    while (all && (ret = viz_sqlite_step(cursor->s, stmt, err)) == 1) {
        all = sqlite3_column_bytes(stmt, 0) > 0;
        keep_seqs(cursor, stmt, first, last);
    }
    sqlite3_finalize(stmt);
    cursor->single = all && ret == 0;
    return ret < 0 ? ret : 0;
}

static int prepare_between(struct sqlite_cursor *cursor, int64_t run, int64_t stream,
                           uint64_t first, uint64_t last, struct viz_error *err)
{
    static const char one[] =
        "SELECT ?2," COLUMNS " FROM sample WHERE run = ?1 AND seq = ?3";
    static const char many[] =
        "SELECT segment.stream," COLUMNS
        " FROM sample CROSS JOIN segment ON segment.id = sample.segment"
        " WHERE run = ?1 AND seq BETWEEN ?3 AND ?4 AND segment.stream = ?2 ORDER BY "
        "seq";
    int ret =
        viz_sqlite_prepare(cursor->s, cursor->single ? one : many, &cursor->stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(cursor->stmt, 1, run);
    sqlite3_bind_int64(cursor->stmt, 2, stream);
    if (!cursor->single) {
        sqlite3_bind_int64(cursor->stmt, 3, (int64_t)first);
        sqlite3_bind_int64(cursor->stmt, 4,
                           last > INT64_MAX ? INT64_MAX : (int64_t)last);
    }
    return 0;
}

int viz_sqlite_read_between(struct viz_store *store, int64_t run, int64_t stream,
                            uint64_t first, uint64_t last, struct viz_cursor **out,
                            struct viz_error *err)
{
    struct sqlite_cursor *cursor = make_cursor(viz_sqlite_of(store), NULL);
    int ret = find_seqs(cursor, run, stream, first, last, err);
    if (!ret)
        ret = prepare_between(cursor, run, stream, first, last, err);
    if (ret < 0)
        viz_sqlite_end(&cursor->cursor);
    else
        *out = &cursor->cursor;
    return ret;
}

int viz_sqlite_next(struct viz_cursor *cursor, struct viz_run_sample *out,
                    struct viz_error *err)
{
    struct sqlite_cursor *c = (struct sqlite_cursor *)cursor;
    if (c->single) {
        sqlite3_reset(c->stmt);
        if (c->at == c->seqs)
            return 0;
        sqlite3_bind_int64(c->stmt, 3, (int64_t)c->seq[c->at++]);
    }
    int ret = viz_sqlite_step(c->s, c->stmt, err);
    if (ret == 1)
        viz_sqlite_fill_sample(c->stmt, out);
    return ret;
}

void viz_sqlite_end(struct viz_cursor *cursor)
{
    struct sqlite_cursor *c = (struct sqlite_cursor *)cursor;
    sqlite3_finalize(c->stmt);
    free(c->seq);
    free(c);
}
