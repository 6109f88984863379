/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the store need: a folder of its own, a store in it, a run. */
#ifndef VIZ_TESTS_STORE_RIG_H
#define VIZ_TESTS_STORE_RIG_H

#include "../src/store/schema.h"
#include "../src/store/sqlite.h"

#include <viz/lightwave.h>
#include <viz/store.h>

#include <criterion/criterion.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct store_rig {
    char folder[64];
    char path[80];
    struct viz_error err;
    struct viz_store *store;
};

/* A folder, and the name of a store in it that is not there yet. */
static inline void store_rig_folder(struct store_rig *rig)
{
    *rig = (struct store_rig){.folder = "/tmp/viz_store_XXXXXX"};
    cr_assert(mkdtemp(rig->folder));
    snprintf(rig->path, sizeof(rig->path), "%s/runs.db", rig->folder);
}

static inline void store_rig_open(struct store_rig *rig, enum viz_store_mode mode)
{
    int ret = viz_store_open(rig->path, mode, &rig->store, &rig->err);
    cr_assert_eq(ret, 0, "%s", rig->err.text);
}

static inline void store_rig_close(struct store_rig *rig)
{
    viz_store_close(rig->store);
    rig->store = NULL;
}

static inline void store_rig_init(struct store_rig *rig)
{
    store_rig_folder(rig);
    store_rig_open(rig, VIZ_STORE_WRITE);
}

static inline int store_rig_remove(const char *path, const struct stat *stat, int kind,
                                   struct FTW *at)
{
    (void)stat;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void store_rig_finish(struct store_rig *rig)
{
    store_rig_close(rig);
    nftw(rig->folder, store_rig_remove, 16, FTW_DEPTH | FTW_PHYS);
}

#define STORE_OK(rig, call)                                                            \
    do {                                                                               \
        int ok_ret = (call);                                                           \
        cr_assert_eq(ok_ret, 0, "%s: %d %s", #call, ok_ret, (rig)->err.text);          \
    } while (0)

static inline void store_rig_make_overview(struct store_rig *rig, int64_t run)
{
    int more;
    while ((more = viz_store_make_overview(rig->store, run, &rig->err)) == 1)
        ;
    cr_assert_eq(more, 0, "%s", rig->err.text);
}

static inline int64_t store_rig_run(struct store_rig *rig, const char *name,
                                    int64_t started_ns)
{
    int64_t id;
    STORE_OK(rig, viz_store_begin_run(
                      rig->store,
                      &(struct viz_run_new){.name = name, .started_ns = started_ns},
                      &id, &rig->err));
    return id;
}

/* A stream of values, for a run that wants one. */
static const struct viz_run_channel store_rig_channels[] = {{"x", "m/s\u00b2"},
                                                            {"y", ""}};
static const struct viz_run_stream store_rig_values = {.name = "S1",
                                                       .source = "udp://:1",
                                                       .form = VIZ_FORM_VALUES,
                                                       .requested_hz = 500,
                                                       .channel = store_rig_channels,
                                                       .channels = 2};

/* A stream of @run with one segment. */
struct store_place {
    int64_t run, stream, segment;
};

static inline struct store_place store_rig_place(struct store_rig *rig, int64_t run,
                                                 const struct viz_run_stream *stream)
{
    struct store_place place = {.run = run};
    STORE_OK(rig,
             viz_store_add_stream(rig->store, run, stream, &place.stream, &rig->err));
    STORE_OK(rig, viz_store_add_segment(rig->store, place.stream, "start", 0,
                                        &place.segment, &rig->err));
    return place;
}

static inline int store_rig_put(struct store_rig *rig, const struct store_place *place,
                                uint64_t seq, const void *frame, uint32_t size)
{
    return viz_store_put(rig->store, place->run,
                         &(struct viz_run_sample){.stream = place->stream,
                                                  .segment = place->segment,
                                                  .seq = seq,
                                                  .host_ns = 1000 + (int64_t)seq,
                                                  .device_ns = INT64_MIN,
                                                  .frame = frame,
                                                  .size = size},
                         &rig->err);
}

/* @count samples from @first on in one transaction; the frame is the number itself. */
static inline int store_rig_fill(struct store_rig *rig, const struct store_place *place,
                                 uint64_t first, uint64_t count)
{
    int ret = viz_store_begin(rig->store, &rig->err);
    for (uint64_t i = first; !ret && i < first + count; i++)
        ret = store_rig_put(rig, place, i, &i, sizeof(i));
    return ret ? ret : viz_store_commit(rig->store, &rig->err);
}

/* SQL beside the store's own functions. */
static inline sqlite3 *store_rig_db(struct store_rig *rig)
{
    return viz_sqlite_of(rig->store)->db;
}

static inline void store_rig_sql(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &message), SQLITE_OK, "%s: %s", sql,
                 message);
}

static inline sqlite3_stmt *store_rig_query(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK, "%s: %s", sql,
                 sqlite3_errmsg(db));
    return stmt;
}

static inline int64_t store_rig_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = store_rig_query(db, sql);
    cr_assert_eq(sqlite3_step(stmt), SQLITE_ROW, "%s", sql);
    int64_t number = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return number;
}

static inline void store_rig_text(sqlite3 *db, const char *sql, char *out, size_t size)
{
    sqlite3_stmt *stmt = store_rig_query(db, sql);
    cr_assert_eq(sqlite3_step(stmt), SQLITE_ROW, "%s", sql);
    snprintf(out, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
}

#endif
