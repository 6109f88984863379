/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/telemetry.h>

#include <viz/alloc.h>
#include <viz/counter.h>
#include <viz/ring.h>
#include <viz/text.h>
#include <viz/thread.h>

#include <errno.h>
#include <math.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 128
#define ROW_TEXT 2048

struct viz_telemetry {
    struct viz_telemetry_params params;
    struct viz_ring *full, *spare;
    struct viz_figures rows[ROWS];
    struct viz_figures last; /* posted after the last row: the end */
    struct viz_counter lost;
    struct viz_figures mark; /* everything pushed before it has been written */
    sem_t posted, marked;
    pthread_t thread;
    FILE *file;
    int failed; /* errno of the first failed write; the thread's own until it ends */
};

struct column {
    const char *name;
    int decimals;
};

static const struct column columns[] = {
#define X(name, decimals, help) {#name, decimals},
    VIZ_FIGURES(X)
#undef X
};

static void append(char *out, size_t size, const char *text)
{
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%s", text);
}

void viz_telemetry_header(char *out, size_t size)
{
    out[0] = 0;
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        if (i)
            append(out, size, ",");
        append(out, size, columns[i].name);
    }
}

void viz_telemetry_row(const struct viz_figures *row, char *out, size_t size)
{
    const double value[] = {
#define X(name, decimals, help) row->name,
        VIZ_FIGURES(X)
#undef X
    };
    out[0] = 0;
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        char field[64] = "";
        if (i)
            append(out, size, ",");
        if (isfinite(value[i]))
            snprintf(field, sizeof(field), "%.*f", columns[i].decimals, value[i]);
        append(out, size, field);
    }
}

/* A figure with its unit, or a dash where there is none. */
static const char *figure(char *out, size_t size, double value, int decimals)
{
    if (isfinite(value))
        snprintf(out, size, "%.*f", decimals, value);
    else
        snprintf(out, size, "–");
    return out;
}

void viz_telemetry_line(const struct viz_figures *row, char *out, size_t size)
{
    char f[11][32];
#define FIGURE(i, name, decimals) figure(f[i], sizeof(f[i]), row->name, decimals)
    snprintf(out, size,
             "t=%7s s  fps %s/%s  frame %s ms  latency p50 %s p99 %s max %s ms  "
             "dropped %s/s  cpu %s %%  in %s  lost %s",
             FIGURE(0, t, 1), FIGURE(1, fps, 1),
             row->target_fps == 0 ? "max" : FIGURE(2, target_fps, 1),
             FIGURE(3, avg_frame_ms, 2), FIGURE(4, p50_latency_ms, 2),
             FIGURE(5, p99_latency_ms, 2), FIGURE(6, max_latency_ms, 2),
             FIGURE(7, approx_dropped_fps, 1), FIGURE(8, cpu_percent, 1),
             FIGURE(9, samples_in, 0), FIGURE(10, lost, 0));
#undef FIGURE
}

static void write_row(struct viz_telemetry *telemetry, const struct viz_figures *row)
    VIZ_ON(telemetry)
{
    char text[ROW_TEXT];
    if (telemetry->params.line) {
        viz_telemetry_line(row, text, sizeof(text));
        telemetry->params.line(telemetry->params.context, text);
    }
    if (!telemetry->file)
        return;
    viz_telemetry_row(row, text, sizeof(text));
    /* Flushed row by row: a crash keeps what there was. */
    if ((fprintf(telemetry->file, "%s\n", text) < 0 || fflush(telemetry->file) != 0) &&
        !telemetry->failed)
        telemetry->failed = errno ? errno : EIO;
}

static void *run(void *argument)
{
    struct viz_telemetry *telemetry = argument;
    viz_role_assume_telemetry();
    for (;;) {
        while (sem_wait(&telemetry->posted) != 0 && errno == EINTR) {
        }
        struct viz_figures *row = viz_ring_pop(telemetry->full);
        if (!row || row == &telemetry->last)
            return NULL;
        if (row == &telemetry->mark) {
            sem_post(&telemetry->marked);
            continue;
        }
        write_row(telemetry, row);
        viz_ring_push(telemetry->spare, row);
    }
}

static int open_file(struct viz_telemetry *telemetry, struct viz_error *err)
{
    char header[ROW_TEXT];
    if (!telemetry->params.csv)
        return 0;
    telemetry->file = fopen(telemetry->params.csv, "we");
    if (!telemetry->file)
        return viz_fail(err, -errno, "cannot write %s: %s", telemetry->params.csv,
                        strerror(errno));
    viz_telemetry_header(header, sizeof(header));
    if (fprintf(telemetry->file, "%s\n", header) < 0 || fflush(telemetry->file) != 0)
        return viz_fail(err, -errno, "cannot write %s: %s", telemetry->params.csv,
                        strerror(errno));
    return 0;
}

static void destroy(struct viz_telemetry *telemetry)
{
    if (telemetry->file)
        fclose(telemetry->file);
    viz_ring_destroy(telemetry->full);
    viz_ring_destroy(telemetry->spare);
    sem_destroy(&telemetry->posted);
    sem_destroy(&telemetry->marked);
    free(telemetry);
}

int viz_telemetry_start(const struct viz_telemetry_params *params,
                        struct viz_telemetry **out, struct viz_error *err)
{
    struct viz_telemetry *telemetry = viz_zalloc(sizeof(*telemetry));
    telemetry->params = *params;
    telemetry->full = viz_ring_create(ROWS + 2); /* and the mark, and the end */
    telemetry->spare = viz_ring_create(ROWS);
    sem_init(&telemetry->posted, 0, 0);
    sem_init(&telemetry->marked, 0, 0);
    for (int i = 0; i < ROWS; i++)
        viz_ring_push(telemetry->spare, &telemetry->rows[i]);
    int ret = open_file(telemetry, err);
    if (ret == 0)
        ret =
            viz_thread_start(&telemetry->thread, "viz:telemetry", run, telemetry, err);
    if (ret < 0) {
        destroy(telemetry);
        return ret;
    }
    *out = telemetry;
    return 0;
}

bool viz_telemetry_push(struct viz_telemetry *telemetry, const struct viz_figures *row)
{
    struct viz_figures *slot = viz_ring_pop(telemetry->spare);
    if (!slot) {
        viz_count(&telemetry->lost, 1);
        return false;
    }
    *slot = *row;
    viz_ring_push(telemetry->full, slot);
    sem_post(&telemetry->posted);
    return true;
}

static void push_and_post(struct viz_telemetry *telemetry, struct viz_figures *row)
{
    viz_ring_push(telemetry->full, row);
    sem_post(&telemetry->posted);
}

void viz_telemetry_flush(struct viz_telemetry *telemetry)
{
    push_and_post(telemetry, &telemetry->mark);
    while (sem_wait(&telemetry->marked) != 0 && errno == EINTR) {
    }
}

int viz_telemetry_finish(struct viz_telemetry *telemetry, struct viz_error *err)
{
    if (!telemetry)
        return 0;
    push_and_post(telemetry, &telemetry->last);
    pthread_join(telemetry->thread, NULL);
    int ret = 0;
    uint64_t lost = viz_counted(&telemetry->lost);
    if (telemetry->failed)
        ret = viz_fail(err, -telemetry->failed, "cannot write %s: %s",
                       telemetry->params.csv, strerror(telemetry->failed));
    else if (lost)
        ret = viz_fail(err, -EOVERFLOW,
                       "%llu rows of the CSV file are lost: the disk was too slow",
                       (unsigned long long)lost);
    destroy(telemetry);
    return ret;
}
