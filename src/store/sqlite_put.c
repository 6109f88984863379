/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transactions of samples. */
#include "sqlite.h"

#include <viz/alloc.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64

static uint32_t home_of(int64_t segment, uint32_t room)
{
    return (uint32_t)((uint64_t)segment * 0x9e3779b97f4a7c15U >> 32) & (room - 1);
}

static struct viz_sqlite_count *slot_of(struct viz_sqlite_count *count, uint32_t room,
                                        int64_t segment)
{
    uint32_t at = home_of(segment, room);
    while (count[at].segment && count[at].segment != segment)
        at = (at + 1) & (room - 1);
    return &count[at];
}

static void grow_counts(struct viz_sqlite *s)
{
    uint32_t room = s->count_room ? 2 * s->count_room : FIRST_ROOM;
    struct viz_sqlite_count *count = viz_zalloc(room * sizeof(count[0]));
    for (uint32_t i = 0; i < s->count_room; i++)
        if (s->count[i].segment)
            *slot_of(count, room, s->count[i].segment) = s->count[i];
    free(s->count);
    s->count = count;
    s->count_room = room;
}

static void count_sample(struct viz_sqlite *s, int64_t segment)
{
    if (2 * s->counts >= s->count_room)
        grow_counts(s);
    struct viz_sqlite_count *slot = slot_of(s->count, s->count_room, segment);
    s->counts += !slot->segment;
    slot->segment = segment;
    slot->samples++;
    s->run_samples++;
}

static void forget_counts(struct viz_sqlite *s)
{
    if (s->count)
        memset(s->count, 0, s->count_room * sizeof(s->count[0]));
    s->counts = 0;
    s->run_samples = 0;
}

/* 1 where the row was there. */
static int update(struct viz_sqlite *s, sqlite3_stmt *stmt, struct viz_error *err)
{
    int ret = viz_sqlite_step(s, stmt, err);
    sqlite3_reset(stmt);
    return ret < 0 ? ret : sqlite3_changes(s->db);
}

static int write_segments(struct viz_sqlite *s, struct viz_error *err)
{
    for (uint32_t i = 0; i < s->count_room; i++) {
        if (!s->count[i].segment)
            continue;
        sqlite3_bind_int64(s->count_segment, 1, (int64_t)s->count[i].samples);
        sqlite3_bind_int64(s->count_segment, 2, s->count[i].segment);
        int ret = update(s, s->count_segment, err);
        if (!ret)
            ret = viz_fail(err, -ENOENT, "%s: there is no segment %" PRId64, s->path,
                           s->count[i].segment);
        if (ret < 0)
            return ret;
    }
    return 0;
}

static int gone(struct viz_sqlite *s, int64_t run, struct viz_error *err)
{
    return viz_fail(err, -ENOENT, "%s: there is no run %" PRId64, s->path, run);
}

static int write_run(struct viz_sqlite *s, struct viz_error *err)
{
    if (!s->run)
        return 0;
    sqlite3_bind_int64(s->count_run, 1, (int64_t)s->run_samples);
    sqlite3_bind_int64(s->count_run, 2, viz_sqlite_now_ns());
    sqlite3_bind_int64(s->count_run, 3, s->run);
    int ret = update(s, s->count_run, err);
    s->run_samples = 0;
    if (!ret)
        return gone(s, s->run, err);
    return ret < 0 ? ret : 0;
}

static int prepare_statements(struct viz_sqlite *s, struct viz_error *err)
{
    if (s->count_run)
        return 0;
    sqlite3_finalize(s->put);
    sqlite3_finalize(s->count_segment);
    int ret = viz_sqlite_prepare(
        s,
        "INSERT INTO sample (run, seq, segment, host_ns, device_ns, marks, missing,"
        " frame) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        &s->put, err);
    if (!ret)
        ret = viz_sqlite_prepare(
            s, "UPDATE segment SET samples = samples + ? WHERE id = ?",
            &s->count_segment, err);
    if (!ret)
        ret = viz_sqlite_prepare(s,
                                 "UPDATE run SET samples = samples + ?,"
                                 " seen_ns = ?"
                                 " WHERE id = ? AND state <> 'deleted'",
                                 &s->count_run, err);
    return ret;
}

static int open_already(struct viz_sqlite *s, struct viz_error *err)
{
    return viz_fail(err, -EINVAL, "%s: a transaction is open already", s->path);
}

int viz_sqlite_begin(struct viz_store *store, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    bool own;
    int ret = prepare_statements(s, err);
    if (!ret)
        ret = viz_sqlite_own(s, false, &own, err);
    return !ret && !own ? open_already(s, err) : ret;
}

/* The moment is that of the first statement. */
int viz_sqlite_begin_read(struct viz_store *store, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    if (!sqlite3_get_autocommit(s->db))
        return open_already(s, err);
    return viz_sqlite_exec(s, "BEGIN", err);
}

static int no_transaction(struct viz_sqlite *s, struct viz_error *err)
{
    return viz_fail(err, -EINVAL, "%s: no transaction is open", s->path);
}

static int explain_put(struct viz_sqlite *s, int64_t run,
                       const struct viz_run_sample *sample, struct viz_error *err)
{
    int ret = viz_sqlite_fail(s, err);
    if (ret == -ENOENT)
        return gone(s, run, err);
    if (ret == -EEXIST)
        return viz_fail(err, ret,
                        "%s: run %" PRId64 " has a sample %" PRIu64 " already", s->path,
                        run, sample->seq);
    return ret;
}

int viz_sqlite_put(struct viz_store *store, int64_t run,
                   const struct viz_run_sample *sample, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    if (sqlite3_get_autocommit(s->db))
        return no_transaction(s, err);
    if (run != s->run) {
        int ret = s->run_samples ? write_run(s, err) : 0;
        if (ret < 0)
            return viz_sqlite_done(s, true, ret, err);
        s->run = run;
    }
    sqlite3_bind_int64(s->put, 1, run);
    sqlite3_bind_int64(s->put, 2, (int64_t)sample->seq);
    sqlite3_bind_int64(s->put, 3, sample->segment);
    sqlite3_bind_int64(s->put, 4, sample->host_ns);
    if (sample->device_ns == INT64_MIN)
        sqlite3_bind_null(s->put, 5);
    else
        sqlite3_bind_int64(s->put, 5, sample->device_ns);
    sqlite3_bind_int64(s->put, 6, sample->marks);
    sqlite3_bind_int64(s->put, 7, sample->missing);
    sqlite3_bind_blob64(s->put, 8, sample->frame ? sample->frame : "", sample->size,
                        SQLITE_STATIC);
    int ret = 0;
    if (sqlite3_step(s->put) != SQLITE_DONE)
        ret = explain_put(s, run, sample, err);
    sqlite3_reset(s->put);
    if (!ret)
        ret = viz_sqlite_overview_put(s, run, sample, err);
    if (ret < 0)
        return viz_sqlite_done(s, true, ret, err);
    count_sample(s, sample->segment);
    return 0;
}

int viz_sqlite_commit(struct viz_store *store, struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    if (sqlite3_get_autocommit(s->db))
        return no_transaction(s, err);
    int ret = write_segments(s, err);
    if (!ret)
        ret = write_run(s, err);
    ret = viz_sqlite_done(s, true, ret, err);
    forget_counts(s);
    s->run_is_new = false;
    return ret;
}

void viz_sqlite_rollback(struct viz_store *store)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    forget_counts(s);
    viz_sqlite_overview_forget(s);
    if (s->run_is_new)
        s->run = 0;
    s->run_is_new = false;
}

void viz_sqlite_finish_writing(struct viz_sqlite *s)
{
    if (s->db)
        viz_sqlite_rollback(&s->store);
    sqlite3_finalize(s->put);
    sqlite3_finalize(s->count_segment);
    sqlite3_finalize(s->count_run);
    viz_sqlite_overview_finish(s);
    free(s->count);
}
