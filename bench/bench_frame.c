/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a frame costs on the processor before anything is drawn: appending its new rows to
 * the series and bringing the columns up to date, with 500 000 rows held against 5 000, at
 * the same rate of new rows and the same window of 1200 columns.
 *
 *     bench_frame [CHANNELS [ROWS_PER_FRAME]]     (18 and 833: 50 kHz at 60 frames a second)
 *
 * JSON lines: one for each run, alternating, then the ratio of the medians; then what a
 * whole recomputation costs, as after a zoom. */
#include <viz/alloc.h>
#include <viz/columns.h>
#include <viz/synth.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RUNS 7
#define FRAMES 300
#define WIDTH 1200
#define RING 2048
#define MANY 500000
#define FEW 5000

struct setup {
    struct viz_series *series;
    struct viz_columns *columns;
    struct viz_block *block;
    struct viz_synth_params synth;
    struct viz_schedule schedule;
    uint64_t row;
    int64_t bin_ns;
};

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static struct viz_block *block_create(uint32_t channels, uint32_t rows)
{
    struct viz_block *block = viz_zalloc(sizeof(*block));
    block->capacity = rows;
    block->channels = channels;
    block->row = viz_zalloc(rows * sizeof(*block->row));
    block->value = viz_zalloc((size_t)rows * channels * sizeof(float));
    return block;
}

/* The next @rows rows, as the source thread would hand them over: not part of the cost. */
static void fill(struct setup *setup, uint32_t rows)
{
    struct viz_block *block = setup->block;
    for (uint32_t i = 0; i < rows; i++)
        block->row[i] = (struct viz_row){
            .time_ns = viz_schedule_time(&setup->schedule, setup->row + i),
            .samples = (uint16_t)block->channels,
        };
    viz_synth_fill(&setup->synth, setup->row, rows, block->value, block->capacity);
    block->rows = rows;
    setup->row += rows;
}

static void update(struct setup *setup)
{
    int64_t newest_ns =
        viz_series_time(setup->series, viz_series_end(setup->series) - 1);
    int64_t last = newest_ns / setup->bin_ns;
    viz_columns_update(setup->columns, setup->series, setup->bin_ns, last - WIDTH + 1,
                       last);
}

/* The ring's size: what is held stays near @held while rows come and go. */
static uint64_t capacity_for(uint64_t held)
{
    uint64_t capacity = VIZ_SERIES_STEP;
    while (capacity < held)
        capacity *= 2;
    return capacity;
}

/* @held rows are shown: the window is as long as they are. */
static struct setup setup_create(uint32_t channels, uint32_t rows_per_frame,
                                 uint64_t held)
{
    struct setup setup = {
        .series = viz_series_create(channels, capacity_for(held)),
        .columns = viz_columns_create(channels, RING),
        .block = block_create(channels, rows_per_frame),
        .synth = {.channels = channels, .rate_hz = 50000, .seed = 1},
        .schedule = viz_schedule_at(1000000000, 50000),
    };
    setup.bin_ns = (int64_t)held * 20000 / WIDTH;
    while (setup.row < held) {
        fill(&setup, rows_per_frame);
        viz_series_append(setup.series, setup.block);
    }
    update(&setup);
    return setup;
}

static void setup_finish(struct setup *setup)
{
    viz_series_destroy(setup->series);
    viz_columns_destroy(setup->columns);
    free(setup->block->row);
    free(setup->block->value);
    free(setup->block);
}

static double frames_us(struct setup *setup, uint32_t rows)
{
    double spent_us = 0;
    for (int frame = 0; frame < FRAMES; frame++) {
        fill(setup, rows);
        double from = now_us();
        viz_series_append(setup->series, setup->block);
        update(setup);
        spent_us += now_us() - from;
    }
    return spent_us / FRAMES;
}

/* All columns anew, as when the bins change their width. */
static double zoom_us(struct setup *setup)
{
    double from = now_us();
    setup->bin_ns++;
    update(setup);
    return now_us() - from;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, RUNS, sizeof(*values), ascending);
    return values[RUNS / 2];
}

static unsigned argument(int argc, char **argv, int at, unsigned standard,
                         unsigned most)
{
    unsigned long value = argc > at ? strtoul(argv[at], NULL, 10) : standard;
    return value >= 1 && value <= most ? (unsigned)value : standard;
}

int main(int argc, char **argv)
{
    uint32_t channels = argument(argc, argv, 1, 18, VIZ_MAX_CHANNELS);
    uint32_t rows = argument(argc, argv, 2, 833, FEW);
    double many_us[RUNS], few_us[RUNS], zooms_us[RUNS];

    for (int run = 0; run < RUNS; run++) {
        struct setup many = setup_create(channels, rows, MANY);
        struct setup few = setup_create(channels, rows, FEW);
        many_us[run] = frames_us(&many, rows);
        few_us[run] = frames_us(&few, rows);
        zooms_us[run] = zoom_us(&many);
        printf(
            "{\"bench\": \"frame\", \"run\": %d, \"channels\": %u, \"rows_per_frame\": "
            "%u, \"held_%d_us\": %.2f, \"held_%d_us\": %.2f, \"zoom_us\": %.1f}\n",
            run, channels, rows, MANY, many_us[run], FEW, few_us[run], zooms_us[run]);
        setup_finish(&many);
        setup_finish(&few);
    }
    double many = median(many_us), few = median(few_us), zoom = median(zooms_us);
    printf("{\"bench\": \"frame\", \"median\": true, \"held_%d_us\": %.2f, "
           "\"held_%d_us\": "
           "%.2f, \"ratio\": %.3f, \"zoom_us\": %.1f, \"zoom_min_us\": %.1f, "
           "\"zoom_max_us\": %.1f}\n",
           MANY, many, FEW, few, many / few, zoom, zooms_us[0], zooms_us[RUNS - 1]);
    return 0;
}
