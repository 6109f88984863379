/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames into the store, beside the ways that a collector could have written them:
 *
 *   collector   the tables, indexes and statements of the collector that the devices'
 *               owners have: for each frame INSERT, UPDATE and COMMIT, default journal,
 *               texts of 36 characters for keys
 *   batched     the same, with one COMMIT for 1000 frames
 *   store_1000  viz_store_put(), one commit for 1000 frames
 *   store_4096  viz_store_put(), one commit for 4096 frames
 *   read        viz_cursor_next() over what store_4096 wrote
 *
 *     bench_store [RUNS [DIRECTORY]]     5 runs, a folder of its own in DIRECTORY (.)
 *
 * DIRECTORY should be on the disk that would hold the store. All ways take turns within
 * a run. One JSON line a run, one with the spread. */
#include "measure.h"

#include <viz/alloc.h>
#include <viz/clock.h>
#include <viz/lightwave.h>
#include <viz/store.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_RUNS 100
#define COLLECTOR_ROWS 500 /* as many as take seconds */
#define BATCHED_ROWS 200000
#define STORE_ROWS 1000000
#define PERIOD_NS 100000000LL

enum way { COLLECTOR, BATCHED, STORE_1000, STORE_4096, READ, WAYS };
static const char *const way_name[WAYS] = {"collector", "batched", "store_1000",
                                           "store_4096", "read"};

static void check(int ret, const struct viz_error *err)
{
    if (ret >= 0)
        return;
    fprintf(stderr, "bench_store: %s\n", err->text);
    exit(1);
}

static void check_sql(sqlite3 *db, int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE)
        return;
    fprintf(stderr, "bench_store: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static void make_frame(uint64_t row, struct viz_lw_frame *frame)
{
    uint64_t hop = row * 5 / 62 * 62;
    *frame = (struct viz_lw_frame){
        .timestamp_ms = (uint32_t)(row * 100),
        .avg_total_us = 5000 + (float)(hop * 2654435761U % 1000),
        .avg_goertzel_us = 2000 + (float)(hop * 40503U % 400),
        .cpu_load_percent = 25,
        .peak_total_us = 9000,
        .peak_goertzel_us = 3000,
        .hop_count = (uint32_t)hop,
        .goertzel_count = (uint16_t)hop,
        .flags = 3,
    };
}

static void remove_database(const char *path)
{
    const char *const ending[] = {"", "-wal", "-shm", "-journal"};
    char name[4200];
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), "%s%s", path, ending[i]);
        unlink(name);
    }
}

static const char collector_tables[] =
    "CREATE TABLE benchmark_runs (id TEXT PRIMARY KEY, name TEXT NOT NULL,"
    " description TEXT, started_at TEXT NOT NULL, completed_at TEXT,"
    " duration_seconds REAL, host TEXT NOT NULL, sample_count INTEGER DEFAULT 0,"
    " firmware_version TEXT, device_uptime_ms INTEGER, avg_total_us_mean REAL,"
    " avg_total_us_p50 REAL, avg_total_us_p95 REAL, avg_total_us_p99 REAL,"
    " cpu_load_mean REAL, cpu_load_p95 REAL, hop_count INTEGER,"
    " goertzel_count INTEGER, tags TEXT);"
    "CREATE TABLE benchmark_samples (id TEXT PRIMARY KEY,"
    " run_id TEXT NOT NULL REFERENCES benchmark_runs (id),"
    " timestamp_utc TEXT NOT NULL, timestamp_ms INTEGER NOT NULL,"
    " avg_total_us REAL NOT NULL, avg_goertzel_us REAL NOT NULL,"
    " peak_total_us INTEGER NOT NULL, peak_goertzel_us INTEGER NOT NULL,"
    " cpu_load_percent REAL NOT NULL, hop_count INTEGER NOT NULL,"
    " goertzel_count INTEGER NOT NULL, flags INTEGER NOT NULL);"
    "CREATE INDEX samples_run ON benchmark_samples (run_id);"
    "CREATE INDEX samples_time ON benchmark_samples (timestamp_utc);"
    "CREATE INDEX runs_start ON benchmark_runs (started_at);"
    "INSERT INTO benchmark_runs (id, name, started_at, host) VALUES"
    " ('4f1d7d1e-8c3a-4a52-9d39-2f6f2f0f7a11', 'bench', '2026-01-01T00:00:00',"
    "  'localhost');";

#define RUN_ID "4f1d7d1e-8c3a-4a52-9d39-2f6f2f0f7a11"

/* Keys as random as UUIDs are: the index over them is what they cost. */
static void make_key(uint64_t row, char out[37])
{
    uint64_t a = (row + 1) * 0x9e3779b97f4a7c15U, b;
    a = (a ^ a >> 32) * 0xd6e8feb86659fd93U;
    b = (a ^ a >> 29) * 0xbf58476d1ce4e5b9U;
    snprintf(out, 37, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(a >> 32),
             (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff), (unsigned)(b >> 52),
             (unsigned long long)(b & 0xffffffffffffULL));
}

static void insert_collector(sqlite3_stmt *insert, uint64_t row)
{
    struct viz_lw_frame frame;
    char key[37], time[40];
    make_frame(row, &frame);
    make_key(row, key);
    snprintf(time, sizeof(time), "2026-01-%02uT%02u:%02u:%02u.%06u",
             (unsigned)(row / 864000 % 28 + 1), (unsigned)(row / 36000 % 24),
             (unsigned)(row / 600 % 60), (unsigned)(row / 10 % 60),
             (unsigned)(row % 10 * 100000));
    sqlite3_bind_text(insert, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, RUN_ID, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 3, time, -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 4, frame.timestamp_ms);
    sqlite3_bind_double(insert, 5, (double)frame.avg_total_us);
    sqlite3_bind_double(insert, 6, (double)frame.avg_goertzel_us);
    sqlite3_bind_int64(insert, 7, frame.peak_total_us);
    sqlite3_bind_int64(insert, 8, frame.peak_goertzel_us);
    sqlite3_bind_double(insert, 9, (double)frame.cpu_load_percent);
    sqlite3_bind_int64(insert, 10, frame.hop_count);
    sqlite3_bind_int64(insert, 11, frame.goertzel_count);
    sqlite3_bind_int64(insert, 12, frame.flags);
    check_sql(sqlite3_db_handle(insert), sqlite3_step(insert));
    sqlite3_reset(insert);
}

static double write_collector(const struct viz_clock *clock, const char *path,
                              uint64_t rows, uint64_t batch)
{
    sqlite3 *db;
    sqlite3_stmt *insert, *update;
    check_sql(NULL, sqlite3_open(path, &db));
    check_sql(db, sqlite3_exec(db, collector_tables, NULL, NULL, NULL));
    check_sql(db, sqlite3_prepare_v2(db,
                                     "INSERT INTO benchmark_samples VALUES"
                                     " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                     -1, &insert, NULL));
    check_sql(db, sqlite3_prepare_v2(db,
                                     "UPDATE benchmark_runs SET sample_count ="
                                     " sample_count + 1 WHERE id = '" RUN_ID "'",
                                     -1, &update, NULL));
    int64_t before = viz_clock_now(clock);
    for (uint64_t row = 0; row < rows; row++) {
        if (row % batch == 0)
            check_sql(db, sqlite3_exec(db, "BEGIN", NULL, NULL, NULL));
        insert_collector(insert, row);
        check_sql(db, sqlite3_step(update));
        sqlite3_reset(update);
        if (row % batch == batch - 1 || row == rows - 1)
            check_sql(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
    }
    int64_t after = viz_clock_now(clock);
    sqlite3_finalize(insert);
    sqlite3_finalize(update);
    sqlite3_close(db);
    return (double)rows * 1e9 / (double)(after - before);
}

/* The end of the run, which goes to the disk, is part of the time. */
static double write_store(const struct viz_clock *clock, const char *path,
                          uint64_t rows, uint64_t batch)
{
    struct viz_error err;
    struct viz_store *store;
    int64_t run, stream, segment;
    check(viz_store_open(path, VIZ_STORE_WRITE, &store, &err), &err);
    int64_t before = viz_clock_now(clock);
    check(
        viz_store_begin_run(store, &(struct viz_run_new){.name = "bench"}, &run, &err),
        &err);
    check(viz_store_add_stream(store, run, &(struct viz_run_stream){.name = "device"},
                               &stream, &err),
          &err);
    check(viz_store_add_segment(store, stream, "start", 0, &segment, &err), &err);
    for (uint64_t row = 0; row < rows; row++) {
        struct viz_lw_frame frame;
        uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
        if (row % batch == 0)
            check(viz_store_begin(store, &err), &err);
        make_frame(row, &frame);

        struct viz_run_sample sample = {
            .stream = stream,
            .segment = segment,
            .seq = row,
            .host_ns = 1700000000000000000 + (int64_t)row * PERIOD_NS,
            .device_ns = (int64_t)row * PERIOD_NS,
            .marks = row % 12 != 0,
            .frame = bytes,
            .size = (uint32_t)viz_lw_encode(&frame, bytes),
        };
        check(viz_store_put(store, run, &sample, &err), &err);
        if (row % batch == batch - 1 || row == rows - 1)
            check(viz_store_commit(store, &err), &err);
    }
    check(viz_store_end_run(store, run, VIZ_RUN_COMPLETE, 1, "", &err), &err);
    int64_t after = viz_clock_now(clock);
    viz_store_close(store);
    return (double)rows * 1e9 / (double)(after - before);
}

static double read_store(const struct viz_clock *clock, const char *path, uint64_t rows)
{
    struct viz_error err;
    struct viz_store *store;
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    uint64_t seen = 0;
    int ret;
    check(viz_store_open(path, VIZ_STORE_READ, &store, &err), &err);
    int64_t before = viz_clock_now(clock);
    check(viz_store_read(store, 1, 0, &cursor, &err), &err);
    while ((ret = viz_cursor_next(cursor, &sample, &err)) == 1)
        seen += sample.seq == seen && sample.size == VIZ_LW_COMPACT_BYTES;
    check(ret, &err);
    viz_cursor_close(cursor);
    int64_t after = viz_clock_now(clock);
    viz_store_close(store);
    if (seen != rows) {
        fprintf(stderr, "bench_store: wrote %llu rows, read %llu\n",
                (unsigned long long)rows, (unsigned long long)seen);
        exit(1);
    }
    return (double)rows * 1e9 / (double)(after - before);
}

static void measure(const struct viz_clock *clock, const char *path, double rate[WAYS],
                    double *bytes_a_row)
{
    struct stat stat_of;
    remove_database(path);
    rate[COLLECTOR] = write_collector(clock, path, COLLECTOR_ROWS, 1);
    remove_database(path);
    rate[BATCHED] = write_collector(clock, path, BATCHED_ROWS, 1000);
    remove_database(path);
    rate[STORE_1000] = write_store(clock, path, STORE_ROWS, 1000);
    remove_database(path);
    rate[STORE_4096] = write_store(clock, path, STORE_ROWS, 4096);
    *bytes_a_row = stat(path, &stat_of) ? 0 : (double)stat_of.st_size / STORE_ROWS;
    rate[READ] = read_store(clock, path, STORE_ROWS);
    remove_database(path);
}

static void print_spread(const char *name, const char *unit, double *value, int runs,
                         const char *end)
{
    qsort(value, (size_t)runs, sizeof(value[0]), compare);
    printf("\"%s%s\": {\"min\": %.1f, \"median\": %.1f, \"max\": %.1f}%s", name, unit,
           value[0], value[runs / 2], value[runs - 1], end);
}

int main(int argc, char **argv)
{
    static double rate[WAYS][MAX_RUNS], beside_collector[MAX_RUNS],
        beside_batched[MAX_RUNS];
    int runs = argc > 1 ? atoi(argv[1]) : 5;
    char folder[4000], path[4100];
    double bytes_a_row = 0;
    snprintf(folder, sizeof(folder), "%s/bench_store_XXXXXX", argc > 2 ? argv[2] : ".");
    if (runs < 1 || runs > MAX_RUNS || !mkdtemp(folder)) {
        fprintf(stderr, "usage: bench_store [RUNS [DIRECTORY]]\n");
        return 2;
    }
    snprintf(path, sizeof(path), "%s/runs.db", folder);
    struct viz_clock *clock = viz_clock_create(true);
    for (int i = 0; i < runs; i++) {
        double one[WAYS];
        measure(clock, path, one, &bytes_a_row);
        printf("{\"bench\": \"store\", \"run\": %d", i);
        for (int way = 0; way < WAYS; way++) {
            rate[way][i] = one[way];
            printf(", \"%s_rows_per_s\": %.0f", way_name[way], one[way]);
        }
        printf("}\n");
        fflush(stdout);
        beside_collector[i] = one[STORE_1000] / one[COLLECTOR];
        beside_batched[i] = one[STORE_1000] / one[BATCHED];
    }
    printf("{\"bench\": \"store\", \"runs\": %d, \"bytes_a_row\": %.1f, ", runs,
           bytes_a_row);
    for (int way = 0; way < WAYS; way++)
        print_spread(way_name[way], "_rows_per_s", rate[way], runs, ", ");
    print_spread("store_1000_beside_collector", "", beside_collector, runs, ", ");
    print_spread("store_1000_beside_batched", "", beside_batched, runs, "}\n");
    viz_clock_destroy(clock);
    rmdir(folder);
    return 0;
}
