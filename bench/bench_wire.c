/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast each wire format is written and read, in values a second of processor time of
 * one core. One JSON line for each format, packet size and direction: the minimum, median
 * and maximum of the runs. Reading includes handing the rows to a feed and draining it.
 *
 *     bench_wire [RUNS] [VALUES]     (7 runs, of 4 million values each) */
#include "measure.h"

#include <viz/encode.h>
#include <viz/wire.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_RUNS 99
#define RATE_HZ 500.0

struct load {
    const struct viz_wire *wire;
    uint32_t channels; /* of one stream */
    uint32_t rows_per_packet, packets;
    uint8_t *bytes;
    size_t *end; /* [packets] of each packet in bytes */
};

static void print(const struct load *load, const char *what, double *rate, int runs)
{
    size_t bytes = load->end[load->packets - 1];
    double values =
        (double)load->packets * load->rows_per_packet * (double)load->channels;
    qsort(rate, (size_t)runs, sizeof(*rate), compare);
    printf("{\"bench\":\"wire\",\"format\":\"%s\",\"what\":\"%s\",\"channels\":%u,"
           "\"rows_per_packet\":%u,\"bytes_per_value\":%.2f,\"runs\":%d,"
           "\"unit\":\"values/s\",\"min\":%.4g,\"median\":%.4g,\"max\":%.4g}\n",
           load->wire->name, what, load->channels, load->rows_per_packet,
           (double)bytes / values, runs, rate[0], rate[runs / 2], rate[runs - 1]);
    fflush(stdout);
}

static void fill(const struct load *load, int64_t *time_ns, float *value)
{
    uint32_t rows = load->rows_per_packet * load->packets;
    for (uint32_t i = 0; i < rows; i++)
        time_ns[i] = 1700000000000000000 + (int64_t)((double)i * 1e9 / RATE_HZ);
    for (uint32_t i = 0; i < rows * load->channels; i++)
        value[i] = (float)sin((double)i * 0.01) * 9.81f;
}

/* Write all packets one after the other; the seconds that took. */
static double encode_all(struct load *load, const int64_t *time_ns, const float *value)
{
    uint32_t rows = load->rows_per_packet;
    size_t used = 0;
    double start = spent_s();
    for (uint32_t packet = 0; packet < load->packets; packet++) {
        size_t first = (size_t)packet * rows;
        const struct viz_encode_rows what = {.rows = rows,
                                             .first_row = first,
                                             .channels = load->channels,
                                             .time_ns = time_ns + first,
                                             .value = value + first * load->channels};
        used += load->wire->encode->rows(&what, load->bytes + used, VIZ_MAX_PACKET);
        load->end[packet] = used;
    }
    return spent_s() - start;
}

/* Take everything that is published away again, as the render thread would. */
static uint64_t drain(struct viz_streams *streams)
{
    uint64_t samples = 0;
    for (uint32_t i = 0; i < viz_streams_count(streams); i++) {
        struct viz_stream *stream = viz_streams_at(streams, i);
        struct viz_block *block;
        while ((block = viz_feed_drain(stream->feed))) {
            samples += block->samples;
            viz_feed_return(stream->feed, block);
        }
    }
    return samples;
}

/* Read all packets; the seconds that took. Exits when a value was lost. */
static double decode_all(const struct load *load, struct viz_clock *clock)
{
    static struct viz_streams streams;
    static struct viz_wire_counts counts;
    memset(&streams, 0, sizeof(streams));
    memset(&counts, 0, sizeof(counts));
    struct viz_intake intake = {
        .streams = &streams, .source_name = "bench", .clock = clock, .counts = &counts};
    struct viz_decoder *decoder = load->wire->create(&intake);
    uint64_t samples = 0, want = (uint64_t)load->packets * load->rows_per_packet;
    size_t at = 0;
    double start = spent_s();
    for (uint32_t packet = 0; packet < load->packets; at = load->end[packet++]) {
        int64_t now_ns = viz_clock_now(clock);
        struct viz_arrival arrival = {.origin_ns = now_ns, .received_ns = now_ns};
        load->wire->decode(decoder, &arrival, load->bytes + at, load->end[packet] - at,
                           true);
        if (packet % 64 == 63)
            samples += drain(&streams);
    }
    double spent = spent_s() - start;
    struct viz_arrival last = {.origin_ns = 0, .received_ns = 0};
    load->wire->finish(decoder, &last);
    for (uint32_t i = 0; i < viz_streams_count(&streams); i++)
        viz_stream_flush(viz_streams_at(&streams, i));
    samples += drain(&streams);
    load->wire->destroy(decoder);
    viz_streams_finish(&streams);
    if (samples != want * load->channels) {
        fprintf(stderr, "bench_wire: %s: %llu values came out of %llu\n",
                load->wire->name, (unsigned long long)samples,
                (unsigned long long)(want * load->channels));
        exit(1);
    }
    return spent;
}

static void measure(const struct viz_wire *wire, uint32_t channels, uint32_t rows,
                    int runs, double values)
{
    struct load load = {.wire = wire, .channels = channels, .rows_per_packet = rows};
    double rate[MAX_RUNS];
    load.packets = (uint32_t)ceil(values / (rows * channels));
    size_t most = 80 + (size_t)channels * 24;
    load.bytes = malloc((size_t)load.packets * rows * most + VIZ_MAX_PACKET);
    load.end = malloc(sizeof(*load.end) * load.packets);
    size_t count = (size_t)load.packets * rows;
    int64_t *time_ns = malloc(sizeof(*time_ns) * count);
    float *value = malloc(sizeof(*value) * count * channels);
    fill(&load, time_ns, value);
    double exact = (double)load.packets * rows * channels;
    for (int i = 0; i < runs; i++)
        rate[i] = exact / encode_all(&load, time_ns, value);
    print(&load, "encode", rate, runs);
    struct viz_clock *clock = viz_clock_create(true);
    for (int i = 0; i < runs; i++)
        rate[i] = exact / decode_all(&load, clock);
    print(&load, "decode", rate, runs);
    viz_clock_destroy(clock);
    free(time_ns);
    free(value);
    free(load.bytes);
    free(load.end);
}

int main(int argc, char **argv)
{
    int runs = argc > 1 ? atoi(argv[1]) : 7;
    double values = argc > 2 ? atof(argv[2]) : 4e6;
    if (runs < 1 || runs > MAX_RUNS || values < 1 || values > 1e8) {
        fprintf(stderr, "usage: bench_wire [RUNS 1..%d] [VALUES 1..1e8]\n", MAX_RUNS);
        return 2;
    }
    for (const struct viz_wire *const *wire = viz_wires; *wire; wire++) {
        if (!(*wire)->encode)
            continue; /* bench_lightwave */
        uint32_t most = (*wire)->encode->channels_per_stream;
        uint32_t channels = most < 18 ? most : 18;
        measure(*wire, channels, 1, runs, values);
        measure(*wire, channels, (*wire)->encode->rows_per_packet(channels), runs,
                values);
    }
    return 0;
}
