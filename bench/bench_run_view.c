/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A long run as a picture of 1000 bins, from its overview:
 *
 *   cold      all of it, by a store just opened, nothing of the file in memory
 *   open      all of it, by a store just opened
 *   zoom_p50  50 stretches of any length and place, one channel or all: the median,
 *   zoom_max  and the slowest
 *   read      all samples of the run read once, which is what it takes without
 *   noise     the percentiles of one channel, with intervals: of values that are unlike
 *   wave      their neighbours, of a slow sine, and of a line, which is the worst there is
 *   line      for their correlation reaches as far as the run
 *   picture   the distribution of the first of these
 *
 *     bench_run_view [RUNS [DIRECTORY [ROWS [STREAMS]]]]     5 runs, a folder of its own
 *                                                    in DIRECTORY (.), 10 M rows, 1 stream
 *
 * Rows are of three channels and come to the streams in turns; the run has not ended: it
 * is as if it were being recorded. One JSON line for writing it, one a run, one with the
 * spread, one with the most memory that it took. Times are milliseconds, those of
 * percentiles and distribution of the processor. */
#include "measure.h"

#include <viz/clock.h>
#include <viz/run_distribution.h>
#include <viz/run_percentiles.h>
#include <viz/run_view.h>
#include <viz/special.h>

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MAX_RUNS 100
#define ZOOMS 50
#define BATCH 4096
#define CHANNELS 3
#define PERIOD_NS 1000000LL

enum figure {
    COLD,
    OPEN,
    ZOOM_P50,
    ZOOM_MAX,
    READ,
    NOISE,
    WAVE,
    LINE,
    PICTURE,
    FIGURES
};
static const char *const figure_name[FIGURES] = {
    "cold", "open", "zoom_p50", "zoom_max", "read", "noise", "wave", "line", "picture"};

static void check(int ret, const struct viz_error *err)
{
    if (ret >= 0)
        return;
    fprintf(stderr, "bench_run_view: %s\n", err->text);
    exit(1);
}

struct bench {
    const struct viz_clock *clock;
    char path[4200];
    uint64_t rows;
    uint32_t streams;
    int64_t run, stream; /* which is looked at */
    uint64_t random;
};

static double since_ms(const struct bench *bench, int64_t begin)
{
    return (double)(viz_clock_now(bench->clock) - begin) / 1e6;
}

static double unit(struct bench *bench)
{
    bench->random = bench->random * 6364136223846793005U + 1442695040888963407U;
    return (double)(bench->random >> 33) / 2147483648.0;
}

/* ---- the run ---- */

static void add_streams(struct bench *bench, struct viz_store *store, int64_t *segment)
{
    static const struct viz_run_channel channel[CHANNELS] = {
        {"ax", "m/s\u00b2"}, {"ay", "m/s\u00b2"}, {"az", "m/s\u00b2"}};
    struct viz_error err;
    for (uint32_t i = 0; i < bench->streams; i++) {
        char name[16];
        snprintf(name, sizeof(name), "S%u", i + 1);
        check(viz_store_add_stream(store, bench->run,
                                   &(struct viz_run_stream){.name = name,
                                                            .form = VIZ_FORM_VALUES,
                                                            .channel = channel,
                                                            .channels = CHANNELS},
                                   &bench->stream, &err),
              &err);
        check(
            viz_store_add_segment(store, bench->stream, "start", 0, &segment[i], &err),
            &err);
    }
}

static void put_rows(struct bench *bench, struct viz_store *store,
                     const int64_t *segment)
{
    struct viz_error err;
    for (uint64_t row = 0; row < bench->rows; row++) {
        double value[CHANNELS] = {sin((double)row / 5e4), unit(bench), (double)row};
        if (row % BATCH == 0)
            check(viz_store_begin(store, &err), &err);
        const struct viz_run_sample sample = {
            .segment = segment[row % bench->streams],
            .seq = row,
            .host_ns = 1700000000000000000 + (int64_t)row * PERIOD_NS,
            .device_ns = (int64_t)row * PERIOD_NS,
            .frame = value,
            .size = sizeof(value),
        };
        check(viz_store_put(store, bench->run, &sample, &err), &err);
        if (row % BATCH == BATCH - 1 || row == bench->rows - 1)
            check(viz_store_commit(store, &err), &err);
    }
}

static void write_run(struct bench *bench)
{
    struct viz_error err;
    struct viz_store *store;
    int64_t *segment = calloc(bench->streams, sizeof(*segment));
    if (!segment)
        exit(1);
    check(viz_store_open(bench->path, VIZ_STORE_WRITE, &store, &err), &err);
    check(viz_store_begin_run(
              store,
              &(struct viz_run_new){.name = "bench", .started_ns = 1700000000000000000},
              &bench->run, &err),
          &err);
    add_streams(bench, store, segment);
    int64_t begin = viz_clock_now(bench->clock);
    put_rows(bench, store, segment);
    printf(
        "{\"bench\": \"run_view\", \"rows\": %llu, \"streams\": %u, \"written_per_s\": "
        "%.0f}\n",
        (unsigned long long)bench->rows, bench->streams,
        (double)bench->rows * 1e3 / since_ms(bench, begin));
    fflush(stdout);
    viz_store_close(store);
    free(segment);
}

/* ---- looking at it ---- */

static double look(struct bench *bench, struct viz_store *store, double from_s,
                   double to_s, const char *metrics)
{
    struct viz_error err;
    struct viz_run_view *view;
    char id[24];
    snprintf(id, sizeof(id), "%lld", (long long)bench->stream);
    const struct viz_run_view_params params = {
        .stream = id, .metrics = metrics, .from_s = from_s, .to_s = to_s, .px = 1000};
    int64_t begin = viz_clock_now(bench->clock);
    check(viz_run_view_create(store, bench->run, &params, &view, &err), &err);
    double ms = since_ms(bench, begin);
    if (view->bins > 1000 ||
        (isnan(from_s) && view->rows < bench->rows / bench->streams))
        exit(3);
    viz_run_view_destroy(view);
    return ms;
}

static double open_and_look(struct bench *bench, bool cold)
{
    struct viz_error err;
    struct viz_store *store;
    int fd = open(bench->path, O_RDONLY | O_CLOEXEC);
    if (cold && fd >= 0)
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
    int64_t begin = viz_clock_now(bench->clock);
    check(viz_store_open(bench->path, VIZ_STORE_READ, &store, &err), &err);
    look(bench, store, NAN, NAN, NULL);
    double ms = since_ms(bench, begin);
    viz_store_close(store);
    return ms;
}

static void zoom(struct bench *bench, double *figure)
{
    struct viz_error err;
    struct viz_store *store;
    double ms[ZOOMS], whole = (double)bench->rows * (double)PERIOD_NS / 1e9;
    check(viz_store_open(bench->path, VIZ_STORE_READ, &store, &err), &err);
    for (int i = 0; i < ZOOMS; i++) {
        double length = whole * pow(10, -5 * unit(bench));
        double from = (whole - length) * unit(bench);
        ms[i] = look(bench, store, from, from + length, i % 2 ? "ay" : NULL);
    }
    viz_store_close(store);
    qsort(ms, ZOOMS, sizeof(ms[0]), compare);
    figure[ZOOM_P50] = ms[ZOOMS / 2];
    figure[ZOOM_MAX] = ms[ZOOMS - 1];
}

static double read_all(struct bench *bench)
{
    struct viz_error err;
    struct viz_store *store;
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    int ret;
    check(viz_store_open(bench->path, VIZ_STORE_READ, &store, &err), &err);
    int64_t begin = viz_clock_now(bench->clock);
    check(viz_store_read(store, bench->run, 0, &cursor, &err), &err);
    while ((ret = viz_cursor_next(cursor, &sample, &err)) == 1)
        ;
    check(ret, &err);
    double ms = since_ms(bench, begin);
    viz_cursor_close(cursor);
    viz_store_close(store);
    return ms;
}

static double processor_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e3 + (double)used.tv_nsec / 1e6;
}

static double compute(struct bench *bench, const char *metric, bool picture)
{
    struct viz_error err;
    struct viz_store *store;
    char *text = NULL;
    const struct viz_run_percentiles_params percentiles = {
        .run = &bench->run, .runs = 1, .metrics = metric};
    const struct viz_run_distribution_params distribution = {
        .run = &bench->run, .runs = 1, .metric = metric};
    check(viz_store_open(bench->path, VIZ_STORE_READ, &store, &err), &err);
    double begin = processor_ms();
    check(picture ? viz_run_distribution_json(store, &distribution, &text, &err)
                  : viz_run_percentiles_json(store, &percentiles, &text, &err),
          &err);
    double ms = processor_ms() - begin;
    free(text);
    viz_store_close(store);
    return ms;
}

static void measure(struct bench *bench, double *figure)
{
    figure[COLD] = open_and_look(bench, true);
    figure[OPEN] = open_and_look(bench, false);
    zoom(bench, figure);
    figure[READ] = read_all(bench);
    figure[NOISE] = compute(bench, "ay", false);
    figure[WAVE] = compute(bench, "ax", false);
    figure[LINE] = compute(bench, "az", false);
    figure[PICTURE] = compute(bench, "ay", true);
}

static void print_spread(double figure[FIGURES][MAX_RUNS], int runs)
{
    printf("{\"bench\": \"run_view\", \"runs\": %d", runs);
    for (int f = 0; f < FIGURES; f++) {
        qsort(figure[f], (size_t)runs, sizeof(double), compare);
        printf(", \"%s_ms\": {\"min\": %.2f, \"median\": %.2f, \"max\": %.2f}",
               figure_name[f], figure[f][0], figure[f][runs / 2], figure[f][runs - 1]);
    }
    puts("}");
}

static double peak_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static void remove_store(const struct bench *bench, const char *folder)
{
    const char *const ending[] = {"", "-wal", "-shm"};
    char name[4300];
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s%s", bench->path, ending[i]);
        unlink(name);
    }
    rmdir(folder);
}

int main(int argc, char **argv)
{
    static double figure[FIGURES][MAX_RUNS];
    int runs = argc > 1 ? atoi(argv[1]) : 5;
    char folder[4100];
    struct bench bench = {.random = 1,
                          .rows = argc > 3 ? strtoull(argv[3], NULL, 10) : 10000000,
                          .streams = argc > 4 ? (uint32_t)atoi(argv[4]) : 1};
    snprintf(folder, sizeof(folder), "%s/bench_run_view_XXXXXX",
             argc > 2 ? argv[2] : ".");
    if (runs < 1 || runs > MAX_RUNS || !bench.rows || !bench.streams ||
        !mkdtemp(folder)) {
        fprintf(stderr, "usage: bench_run_view [RUNS [DIRECTORY [ROWS [STREAMS]]]]\n");
        return 2;
    }
    snprintf(bench.path, sizeof(bench.path), "%s/runs.db", folder);
    struct viz_clock *clock = viz_clock_create(true);
    bench.clock = clock;
    viz_special_start();
    write_run(&bench);
    for (int i = 0; i < runs; i++) {
        double one[FIGURES];
        measure(&bench, one);
        printf("{\"bench\": \"run_view\", \"run\": %d", i);
        for (int f = 0; f < FIGURES; f++) {
            figure[f][i] = one[f];
            printf(", \"%s_ms\": %.2f", figure_name[f], one[f]);
        }
        puts("}");
        fflush(stdout);
    }
    print_spread(figure, runs);
    printf("{\"bench\": \"run_view\", \"peak_mb\": %.0f}\n", peak_mb());
    viz_clock_destroy(clock);
    remove_store(&bench, folder);
    return 0;
}
