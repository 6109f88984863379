/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/collector_db.h>

#include "header.h"

#include <viz/alloc.h>

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BUSY_MS 10000

struct viz_collector_db {
    sqlite3 *sqlite;
    char *path;
};

bool viz_collector_db_is_sqlite(const char *path)
{
    uint8_t header[VIZ_SQLITE_HEADER];
    sqlite3 *file = NULL;
    struct stat found;
    if (stat(path, &found) || !S_ISREG(found.st_mode)) /* a pipe is read once only */
        return false;
    bool is = sqlite3_open_v2(path, &file, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
              viz_sqlite_is_header(header, viz_sqlite_header(file, header));
    sqlite3_close(file);
    return is;
}

static int fail(const struct viz_collector_db *db, struct viz_error *err)
{
    int code = sqlite3_errcode(db->sqlite) & 0xff;
    int number = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? -EBADMSG
                 : code == SQLITE_BUSY                           ? -EBUSY
                                                                 : -EIO;
    return viz_fail(err, number, "%s cannot be read: %s", db->path,
                    sqlite3_errmsg(db->sqlite));
}

static int prepare(struct viz_collector_db *db, const char *sql, sqlite3_stmt **out,
                   struct viz_error *err)
{
    return sqlite3_prepare_v2(db->sqlite, sql, -1, out, NULL) == SQLITE_OK
               ? 0
               : fail(db, err);
}

static int check_tables(struct viz_collector_db *db, struct viz_error *err)
{
    sqlite3_stmt *found;
    int ret =
        prepare(db,
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name "
                "IN ('benchmark_runs', 'benchmark_samples')",
                &found, err);
    if (ret < 0)
        return ret;
    if (sqlite3_step(found) != SQLITE_ROW)
        ret = fail(db, err);
    else if (sqlite3_column_int(found, 0) != 2)
        ret = viz_fail(err, -EPROTO,
                       "%s is a database, but not of the Python collector: it has no "
                       "tables benchmark_runs and benchmark_samples",
                       db->path);
    sqlite3_finalize(found);
    return ret;
}

int viz_collector_db_open(const char *path, struct viz_collector_db **out,
                          struct viz_error *err)
{
    struct viz_collector_db *db = viz_zalloc(sizeof(*db));
    int ret = 0;
    db->path = strdup(path);
    if (sqlite3_open_v2(path, &db->sqlite, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        ret = fail(db, err);
    if (ret == 0) {
        sqlite3_busy_timeout(db->sqlite, BUSY_MS);
        ret = check_tables(db, err);
    }
    if (ret < 0)
        viz_collector_db_close(db);
    else
        *out = db;
    return ret;
}

void viz_collector_db_close(struct viz_collector_db *db)
{
    if (!db)
        return;
    sqlite3_close(db->sqlite);
    free(db->path);
    free(db);
}

static const char *text(sqlite3_stmt *row, int column)
{
    const char *value = (const char *)sqlite3_column_text(row, column);
    return value ? value : "";
}

int viz_collector_db_runs(struct viz_collector_db *db,
                          int (*each)(void *context,
                                      const struct viz_collector_run *run),
                          void *context, struct viz_error *err)
{
    sqlite3_stmt *row;
    int step = SQLITE_DONE;
    int ret = prepare(db,
                      "SELECT id, name, description, started_at, completed_at, host, "
                      "firmware_version, tags FROM benchmark_runs ORDER BY started_at, "
                      "rowid",
                      &row, err);
    while (ret == 0 && (step = sqlite3_step(row)) == SQLITE_ROW) {
        const struct viz_collector_run run = {
            .id = text(row, 0),
            .name = text(row, 1),
            .description = text(row, 2),
            .started_at = text(row, 3),
            .completed_at = text(row, 4),
            .host = text(row, 5),
            .firmware = text(row, 6),
            .tags = text(row, 7),
        };
        ret = each(context, &run);
    }
    if (ret == 0 && step != SQLITE_DONE)
        ret = fail(db, err);
    sqlite3_finalize(row);
    return ret;
}

/* The columns of a sample behind its number and time, in the order of the query. */
enum column {
    TIMESTAMP_MS = 2,
    AVG_TOTAL,
    AVG_GOERTZEL,
    PEAK_TOTAL,
    PEAK_GOERTZEL,
    CPU_LOAD,
    HOP_COUNT,
    GOERTZEL_COUNT,
    FLAGS,
};

/* They outlive the statement, whose own do not. */
static const char *const names[] = {
    [TIMESTAMP_MS] = "timestamp_ms",
    [AVG_TOTAL] = "avg_total_us",
    [AVG_GOERTZEL] = "avg_goertzel_us",
    [PEAK_TOTAL] = "peak_total_us",
    [PEAK_GOERTZEL] = "peak_goertzel_us",
    [CPU_LOAD] = "cpu_load_percent",
    [HOP_COUNT] = "hop_count",
    [GOERTZEL_COUNT] = "goertzel_count",
    [FLAGS] = "flags",
};

static uint32_t whole(sqlite3_stmt *row, int column, uint32_t high, const char **wrong)
{
    int64_t value = sqlite3_column_int64(row, column);
    if (sqlite3_column_type(row, column) != SQLITE_INTEGER || value < 0 ||
        value > high) {
        *wrong = names[column];
        return 0;
    }
    return (uint32_t)value;
}

static float real(sqlite3_stmt *row, int column, struct viz_collector_row *out)
{
    int type = sqlite3_column_type(row, column);
    double value = sqlite3_column_double(row, column);
    if (type == SQLITE_NULL) /* what SQLite makes of NaN */
        return NAN;
    if (type != SQLITE_FLOAT && type != SQLITE_INTEGER)
        out->wrong = names[column];
    out->rounded += (double)(float)value != value;
    return (float)value;
}

static void read_row(sqlite3_stmt *row, struct viz_collector_row *out)
{
    *out = (struct viz_collector_row){
        .number = (uint64_t)sqlite3_column_int64(row, 0),
        .timestamp_utc = text(row, 1),
    };
    out->frame.timestamp_ms = whole(row, TIMESTAMP_MS, UINT32_MAX, &out->wrong);
    out->frame.avg_total_us = real(row, AVG_TOTAL, out);
    out->frame.avg_goertzel_us = real(row, AVG_GOERTZEL, out);
    out->frame.cpu_load_percent = real(row, CPU_LOAD, out);
    out->frame.peak_total_us =
        (uint16_t)whole(row, PEAK_TOTAL, UINT16_MAX, &out->wrong);
    out->frame.peak_goertzel_us =
        (uint16_t)whole(row, PEAK_GOERTZEL, UINT16_MAX, &out->wrong);
    out->frame.hop_count = whole(row, HOP_COUNT, UINT32_MAX, &out->wrong);
    out->frame.goertzel_count =
        (uint16_t)whole(row, GOERTZEL_COUNT, UINT16_MAX, &out->wrong);
    out->frame.flags = (uint8_t)whole(row, FLAGS, UINT8_MAX, &out->wrong);
}

int viz_collector_db_rows(struct viz_collector_db *db, const char *run,
                          int (*each)(void *context,
                                      const struct viz_collector_row *row),
                          void *context, struct viz_error *err)
{
    sqlite3_stmt *row;
    int step = SQLITE_DONE;
    int ret = prepare(db,
                      "SELECT rowid, timestamp_utc, timestamp_ms, avg_total_us, "
                      "avg_goertzel_us, peak_total_us, peak_goertzel_us, "
                      "cpu_load_percent, hop_count, goertzel_count, flags FROM "
                      "benchmark_samples WHERE run_id = ? ORDER BY rowid",
                      &row, err);
    if (ret == 0 && sqlite3_bind_text(row, 1, run, -1, SQLITE_TRANSIENT) != SQLITE_OK)
        ret = fail(db, err);
    while (ret == 0 && (step = sqlite3_step(row)) == SQLITE_ROW) {
        struct viz_collector_row out;
        read_row(row, &out);
        ret = each(context, &out);
    }
    if (ret == 0 && step != SQLITE_DONE)
        ret = fail(db, err);
    sqlite3_finalize(row);
    return ret;
}
