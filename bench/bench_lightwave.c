/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many benchmark frames a second one core reads, in processor time: one JSON line for
 * each way, with the minimum, median and maximum of the runs, and the median's ratio to
 * copying the same frames and putting every field together byte by byte ("bytewise",
 * the baseline).
 *
 *     bench_lightwave [RUNS] [FRAMES]     (7 runs, of 5 million frames each)
 *
 * decode: viz_lw_decode(). track: and viz_track_frame(). encode: viz_lw_encode().
 * wire: the wire format "lightwave", each frame a message, up to the rows of a stream
 * that is drained. */
#include "measure.h"

#include <viz/lightwave.h>
#include <viz/track.h>
#include <viz/wire.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_RUNS 99
#define FRAMES 4096 /* in memory, read again and again */
#define PERIOD_NS 100000000

struct load {
    size_t size; /* of a frame */
    uint64_t frames;
    uint8_t bytes[FRAMES * VIZ_LW_EXTENDED_BYTES];
    struct viz_lw_frame frame[FRAMES];
};

struct way {
    const char *name;
    /* Something that depends on every frame. */
    uint64_t (*run)(const struct load *load);
};

static void fill(struct load *load, bool extended)
{
    for (uint32_t i = 0; i < FRAMES; i++) {
        load->frame[i] = (struct viz_lw_frame){
            .timestamp_ms = 1000 + 100 * i,
            .avg_total_us = 1500 + (float)(i % 100),
            .avg_goertzel_us = 700,
            .cpu_load_percent = 7.5f,
            .peak_total_us = 2000,
            .peak_goertzel_us = 900,
            .hop_count = 50 + 5 * i,
            .goertzel_count = (uint16_t)(5 * i),
            .flags = 3,
            .extended = extended,
        };
        load->size = viz_lw_encode(&load->frame[i],
                                   load->bytes + i * (extended ? VIZ_LW_EXTENDED_BYTES
                                                               : VIZ_LW_COMPACT_BYTES));
    }
}

static const uint8_t *frame_at(const struct load *load, uint64_t i)
{
    return load->bytes + i % FRAMES * load->size;
}

static uint64_t sum_of(const struct viz_lw_frame *frame)
{
    return frame->timestamp_ms + frame->hop_count + frame->goertzel_count +
           frame->peak_total_us + frame->flags + (uint64_t)frame->avg_total_us;
}

static uint32_t byte_by_byte(const uint8_t *at, int bytes)
{
    uint32_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

static float float_at(const uint8_t *at)
{
    uint32_t bits = byte_by_byte(at, 4);
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint64_t run_bytewise(const struct load *load)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < load->frames; i++) {
        uint8_t copy[VIZ_LW_EXTENDED_BYTES];
        memcpy(copy, frame_at(load, i), load->size);
        struct viz_lw_frame frame = {
            .timestamp_ms = byte_by_byte(copy + 4, 4),
            .avg_total_us = float_at(copy + 8),
            .avg_goertzel_us = float_at(copy + 12),
            .cpu_load_percent = float_at(copy + 16),
            .peak_total_us = (uint16_t)byte_by_byte(copy + 20, 2),
            .peak_goertzel_us = (uint16_t)byte_by_byte(copy + 22, 2),
            .hop_count = byte_by_byte(copy + 24, 4),
            .goertzel_count = (uint16_t)byte_by_byte(copy + 28, 2),
            .flags = copy[30],
            .reserved = copy[31],
        };
        if (load->size == VIZ_LW_EXTENDED_BYTES) {
            frame.extended = true;
            frame.avg_dc_agc_us = float_at(copy + 32);
            frame.avg_chroma_us = float_at(copy + 36);
            frame.goertzel_count_full = byte_by_byte(copy + 40, 4);
            for (int k = 0; k < VIZ_LW_HISTOGRAM; k++)
                frame.histogram[k] = (uint16_t)byte_by_byte(copy + 48 + k * 2, 2);
        }
        __asm__ volatile(""
                         :
                         : "r"(&frame)
                         : "memory"); /* all of it, not the sum's part */
        sum += sum_of(&frame);
    }
    return sum;
}

static uint64_t run_decode(const struct load *load)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < load->frames; i++) {
        struct viz_lw_frame frame;
        if (viz_lw_decode(frame_at(load, i), load->size, &frame))
            sum += sum_of(&frame);
    }
    return sum;
}

static uint64_t run_track(const struct load *load)
{
    struct viz_track *track = viz_track_create();
    struct viz_track_point point;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < load->frames; i++) {
        struct viz_lw_frame frame;
        if (i % FRAMES == 0)
            viz_track_reconnected(track);
        if (viz_lw_decode(frame_at(load, i), load->size, &frame))
            sum += sum_of(&frame);
        viz_track_frame(track, &frame, (int64_t)i * PERIOD_NS, &point);
    }
    viz_track_destroy(track);
    return sum;
}

static uint64_t run_encode(const struct load *load)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < load->frames; i++) {
        const struct viz_lw_frame *frame = &load->frame[i % FRAMES];
        uint8_t out[VIZ_LW_EXTENDED_BYTES];
        viz_lw_encode(frame, out);
        __asm__ volatile("" : : "r"(out) : "memory");
        sum += sum_of(frame);
    }
    return sum;
}

/* Take away what is published, as the render thread would. */
static void drain(struct viz_streams *streams)
{
    for (uint32_t i = 0; i < viz_streams_count(streams); i++) {
        struct viz_stream *stream = viz_streams_at(streams, i);
        struct viz_block *block;
        while ((block = viz_feed_drain(stream->feed)))
            viz_feed_return(stream->feed, block);
    }
}

static uint64_t run_wire(const struct load *load)
{
    static struct viz_streams streams;
    static struct viz_wire_counts counts;
    memset(&counts, 0, sizeof(counts));
    struct viz_clock *clock = viz_clock_create(true);
    struct viz_intake intake = {
        .streams = &streams, .source_name = "bench", .clock = clock, .counts = &counts};
    const struct viz_wire *wire = viz_wire_find("lightwave");
    struct viz_decoder *decoder = wire->create(&intake);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < load->frames; i++) {
        int64_t now_ns = (int64_t)i * PERIOD_NS;
        struct viz_arrival arrival = {.origin_ns = now_ns, .received_ns = now_ns};
        wire->decode(decoder, &arrival, frame_at(load, i), load->size, true);
        sum += sum_of(&load->frame[i % FRAMES]);
        if (i % 64 == 63)
            drain(&streams);
    }
    if (viz_counted(&counts.lines) != load->frames)
        sum = 0;
    wire->destroy(decoder);
    viz_streams_finish(&streams);
    viz_clock_destroy(clock);
    return sum;
}

/* The median of the runs. @want is the sum that must come out. */
static double measure(const struct load *load, const struct way *way, int runs,
                      double baseline, uint64_t want)
{
    double rate[MAX_RUNS];
    for (int i = 0; i < runs; i++) {
        double start = spent_s();
        if (way->run(load) != want) {
            fprintf(stderr, "bench_lightwave: %s: a frame was lost\n", way->name);
            exit(1);
        }
        rate[i] = (double)load->frames / (spent_s() - start);
    }
    qsort(rate, (size_t)runs, sizeof(*rate), compare);
    double median = rate[runs / 2];
    printf("{\"bench\":\"lightwave\",\"what\":\"%s\",\"frame_bytes\":%zu,\"runs\":%d,"
           "\"unit\":\"frames/s\",\"min\":%.4g,\"median\":%.4g,\"max\":%.4g,"
           "\"ratio_to_bytewise\":%.2f}\n",
           way->name, load->size, runs, rate[0], median, rate[runs - 1],
           baseline > 0 ? median / baseline : 1);
    fflush(stdout);
    return median;
}

int main(int argc, char **argv)
{
    static const struct way ways[] = {
        {"bytewise", run_bytewise}, {"decode", run_decode}, {"track", run_track},
        {"encode", run_encode},     {"wire", run_wire},
    };
    static struct load load;
    int runs = argc > 1 ? atoi(argv[1]) : 7;
    double frames = argc > 2 ? atof(argv[2]) : 5e6;
    if (runs < 1 || runs > MAX_RUNS || frames < 1 || frames > 1e9) {
        fprintf(stderr, "usage: bench_lightwave [RUNS 1..%d] [FRAMES 1..1e9]\n",
                MAX_RUNS);
        return 2;
    }
    for (int extended = 0; extended < 2; extended++) {
        fill(&load, extended);
        load.frames = (uint64_t)frames;
        uint64_t want = run_bytewise(&load);
        double baseline = 0;
        for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
            double median = measure(&load, &ways[i], runs, baseline, want);
            baseline = i ? baseline : median;
        }
    }
    return 0;
}
