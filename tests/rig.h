/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What several tests of the core need: random numbers, blocks outside any feed, and a
 * stream with its reader on a fake clock. */
#ifndef VIZ_TESTS_RIG_H
#define VIZ_TESTS_RIG_H

#include <viz/alloc.h>
#include <viz/block.h>
#include <viz/clock.h>
#include <viz/reader.h>
#include <viz/stream.h>

#include <stdio.h>
#include <stdlib.h>

/* A test plays every thread in turn. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

static inline uint64_t rig_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline uint64_t rig_below(uint64_t *state, uint64_t limit)
{
    return (rig_random(state) >> 20) % limit;
}

static inline struct viz_block *rig_block_create(uint32_t capacity, uint32_t channels)
{
    struct viz_block *block = viz_zalloc(sizeof(*block));
    block->capacity = capacity;
    block->channels = channels;
    block->row = viz_zalloc(capacity * sizeof(block->row[0]));
    block->value = viz_zalloc((size_t)capacity * channels * sizeof(float));
    return block;
}

static inline void rig_block_destroy(struct viz_block *block)
{
    free(block->row);
    free(block->value);
    free(block);
}

/* One stream on a clock that stands still, and the reader of its rows. */
struct rig {
    struct viz_clock *clock;
    struct viz_streams *streams;
    struct viz_timeline *timeline;
    struct viz_stream *stream;
    struct viz_reader *reader; /* NULL until rig_read() */
};

struct rig_params {
    uint32_t channels; /* named c0, c1, ... at once */
    uint32_t max_channels;
    double sizing_hz;
    bool no_timeline, sequenced;
};

static inline void rig_init(struct rig *rig, const struct rig_params *params)
{
    *rig = (struct rig){.clock = viz_clock_create_fake(1000000000)};
    rig->streams = viz_zalloc(sizeof(*rig->streams));
    rig->timeline = viz_zalloc(sizeof(*rig->timeline));
    rig->stream = viz_stream_open(
        rig->streams, &(struct viz_stream_params){
                          .name = "rig",
                          .format = "test",
                          .max_channels = params->max_channels ? params->max_channels
                                                               : params->channels,
                          .sizing_hz = params->sizing_hz,
                          .clock = rig->clock,
                          .timeline = params->no_timeline ? NULL : rig->timeline,
                          .sequenced = params->sequenced,
                      });
    for (uint32_t i = 0; i < params->channels; i++) {
        char name[16];
        snprintf(name, sizeof(name), "c%u", i);
        viz_stream_channel(rig->stream, name, "V");
    }
}

static inline struct rig rig_start(uint32_t channels)
{
    struct rig rig;
    rig_init(&rig, &(struct rig_params){.channels = channels});
    return rig;
}

static inline void rig_read(struct rig *rig, uint64_t history_rows)
{
    rig->reader = viz_reader_create(rig->stream, history_rows);
}

static inline void rig_finish(struct rig *rig)
{
    viz_reader_destroy(rig->reader);
    viz_streams_finish(rig->streams);
    free(rig->streams);
    free(rig->timeline);
    viz_clock_destroy(rig->clock);
}

/* One row at device time @time_ns that arrives now; every channel has @value. */
static inline void rig_row(struct rig *rig, int64_t time_ns, float value)
{
    float values[VIZ_MAX_CHANNELS];
    uint32_t channels = atomic_load(&rig->stream->channels);
    int64_t now_ns = viz_clock_now(rig->clock);
    for (uint32_t i = 0; i < channels; i++)
        values[i] = value;
    viz_stream_row(rig->stream,
                   &(struct viz_arrival){.origin_ns = now_ns, .received_ns = now_ns},
                   time_ns, values, channels);
}

static inline uint64_t rig_count(const struct viz_counter *counter)
{
    return viz_counted(counter);
}

#endif
