/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holding rows costs: appending one sample, and asking for minimum and maximum of a
 * 1280th of what is held, as a picture 1280 pixels wide does, by rows held.
 *
 *     bench_series [RUNS]     5 runs
 *
 * A question may cost more edges and cache misses over more rows, and must cost far less
 * than the rows themselves. One JSON line a size. */
#include "measure.h"

#include <viz/alloc.h>
#include <viz/clock.h>
#include <viz/series.h>

#include <stdio.h>
#include <stdlib.h>

#define CHANNELS 18
#define PIXELS 1280
#define BLOCK 256
#define MAX_RUNS 100

struct cost {
    double append_ns, span_ns;
    float sink; /* keeps the answers from being optimised away */
};

static struct viz_block *create_block(void)
{
    struct viz_block *block = viz_zalloc(sizeof(*block));
    block->capacity = block->rows = BLOCK;
    block->channels = CHANNELS;
    block->row = viz_zalloc(BLOCK * sizeof(block->row[0]));
    block->value = viz_zalloc((size_t)BLOCK * CHANNELS * sizeof(float));
    for (uint32_t i = 0; i < BLOCK * CHANNELS; i++)
        block->value[i] = (float)(i * 2654435761U >> 8);
    return block;
}

static void append_for(struct viz_series *series, struct viz_block *block,
                       uint64_t rows)
{
    for (uint64_t row = 0; row < rows; row += BLOCK) {
        for (uint32_t i = 0; i < BLOCK; i++)
            block->row[i].time_ns++;
        viz_series_append(series, block);
    }
}

static float ask(const struct viz_series *series)
{
    uint64_t begin = viz_series_begin(series), rows = viz_series_end(series) - begin;
    float sum = 0;
    for (uint32_t c = 0; c < CHANNELS; c++)
        for (uint64_t pixel = 0; pixel < PIXELS; pixel++) {
            struct viz_span span =
                viz_series_span(series, c, begin + pixel * rows / PIXELS,
                                begin + (pixel + 1) * rows / PIXELS);
            sum += span.max - span.min;
        }
    return sum;
}

/* A ring that has gone round once, so that its memory is there. */
static struct cost measure(const struct viz_clock *clock, uint64_t held)
{
    struct viz_series *series = viz_series_create(CHANNELS, held);
    struct viz_block *block = create_block();
    struct cost cost;
    append_for(series, block, held + BLOCK);
    uint64_t rows = held < 1 << 18 ? 1 << 18 : held;
    int64_t before = viz_clock_now(clock);
    append_for(series, block, rows);
    int64_t after = viz_clock_now(clock);
    cost.append_ns = (double)(after - before) / (double)(rows * CHANNELS);
    cost.sink = ask(series);
    before = viz_clock_now(clock);
    for (int i = 0; i < 20; i++)
        cost.sink += ask(series);
    after = viz_clock_now(clock);
    cost.span_ns = (double)(after - before) / (20.0 * PIXELS * CHANNELS);
    free(block->row);
    free(block->value);
    free(block);
    viz_series_destroy(series);
    return cost;
}

static void print_spread(const char *name, double *value, int runs, const char *end)
{
    qsort(value, (size_t)runs, sizeof(value[0]), compare);
    printf("\"%s\": {\"min\": %.2f, \"median\": %.2f, \"max\": %.2f}%s", name, value[0],
           value[runs / 2], value[runs - 1], end);
}

int main(int argc, char **argv)
{
    const uint64_t sizes[] = {1 << 13, 1 << 16, 1 << 19, 1 << 20};
    struct viz_clock *clock = viz_clock_create(true);
    int runs = argc > 1 ? atoi(argv[1]) : 5;
    volatile float sink = 0;
    if (runs < 1 || runs > MAX_RUNS) {
        fprintf(stderr, "usage: bench_series [RUNS]\n");
        return 2;
    }
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        double append[MAX_RUNS], span[MAX_RUNS];
        for (int i = 0; i < runs; i++) {
            struct cost cost = measure(clock, sizes[s]);
            append[i] = cost.append_ns;
            span[i] = cost.span_ns;
            sink = sink + cost.sink;
        }
        printf("{\"bench\": \"series\", \"channels\": %d, \"rows_held\": %llu, "
               "\"questions\": %d, \"runs\": %d, ",
               CHANNELS, (unsigned long long)sizes[s], PIXELS, runs);
        print_spread("append_ns_per_sample", append, runs, ", ");
        print_spread("span_ns", span, runs, "}\n");
        fflush(stdout);
    }
    viz_clock_destroy(clock);
    return 0;
}
