/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/tracecost.h>

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/reader.h>
#include <viz/stream.h>
#include <viz/trace.h>

#include <stdlib.h>

#define ROUNDS 101
#define BLOCKS 16
#define STAMPS 2000

struct bench {
    const struct viz_clock *clock;
    struct viz_streams *streams;
    struct viz_stream *stream;
    struct viz_reader *reader;
    struct viz_trace *trace;
    uint32_t channels, rows;
    int64_t time_ns;
};

static void fill(struct bench *bench) VIZ_ON(source)
{
    for (int i = 0; i < BLOCKS; i++) {
        int64_t now_ns = viz_clock_now(bench->clock);
        struct viz_block *block = viz_stream_block(bench->stream);
        uint32_t rows = bench->rows < block->capacity ? bench->rows : block->capacity;
        for (uint32_t k = 0; k < rows; k++)
            block->row[k] = (struct viz_row){
                .time_ns = bench->time_ns++,
                .origin_ns = now_ns - k * 1000,
                .received_ns = now_ns,
                .samples = (uint16_t)bench->channels,
            };
        block->rows = rows;
        block->samples = (uint64_t)rows * bench->channels;
        viz_stream_filled(bench->stream, rows, block->samples);
        viz_stream_flush(bench->stream);
    }
}

/* One round: nanoseconds a row that accounting took. */
static double round_ns(struct bench *bench, bool traced) VIZ_ON(source) VIZ_ON(render)
{
    fill(bench);
    uint64_t rows = viz_reader_drain(bench->reader);
    int64_t now_ns = viz_clock_now(bench->clock);
    struct viz_frame_stamps frame = {now_ns, now_ns, now_ns, now_ns};
    uint64_t expected = bench->trace->total.count + rows * bench->channels;
    int64_t before = viz_clock_now(bench->clock);
    viz_reader_presented(bench->reader, INT64_MIN, INT64_MAX, &frame, true,
                         traced ? bench->trace : NULL);
    int64_t took_ns = viz_clock_now(bench->clock) - before;
    /* A figure of rows that were skipped would flatter. */
    viz_assert(!traced || bench->trace->total.count == expected);
    return (double)took_ns / (double)rows;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof(values[0]), compare);
    return values[count / 2];
}

static double stamp_cost(const struct viz_clock *clock)
{
    int64_t before = viz_clock_now(clock), after = before;
    for (int i = 0; i < STAMPS; i++)
        after = viz_clock_now(clock);
    return (double)(after - before) / STAMPS;
}

void viz_trace_cost_measure(const struct viz_clock *clock, uint32_t channels,
                            uint32_t rows, struct viz_trace_cost *out)
{
    double on[ROUNDS], off[ROUNDS];
    struct bench bench = {.clock = clock, .channels = channels, .rows = rows};
    viz_role_assume_source();
    viz_role_assume_render();
    bench.streams = viz_zalloc(sizeof(*bench.streams));
    bench.trace = viz_zalloc(sizeof(*bench.trace));
    bench.stream = viz_stream_open(bench.streams, &(struct viz_stream_params){
                                                      .name = "cost",
                                                      .format = "cost",
                                                      .max_channels = channels,
                                                      .sizing_hz = 250.0 * rows,
                                                      .clock = clock,
                                                      .sequenced = true,
                                                  });
    bench.reader = viz_reader_create(bench.stream, (uint64_t)BLOCKS * rows);
    for (int i = 0; i < ROUNDS; i++) {
        on[i] = round_ns(&bench, true);
        off[i] = round_ns(&bench, false);
    }
    out->on_ns_per_row = median(on, ROUNDS);
    out->off_ns_per_row = median(off, ROUNDS);
    out->stamp_ns = stamp_cost(clock);
    viz_reader_destroy(bench.reader);
    viz_streams_finish(bench.streams);
    free(bench.trace);
    free(bench.streams);
}
