/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One input, fed to a decoder whole, byte by byte, in pieces, and as datagrams. However a
 * stream of bytes is cut, the same rows and the same counts must come out; and every call
 * must leave figures that make sense.
 *
 * The first byte chooses the size of the pieces. */
#ifndef VIZ_WIRE_TARGET_H
#define VIZ_WIRE_TARGET_H

#include "../wire_rig.h"

#include <viz/error.h>

#define MAX_INPUT 4096

/* What came out of one way of feeding. */
struct result {
    uint64_t rows[VIZ_MAX_STREAMS]; /* digest of all rows of a stream, in order */
    uint64_t streams;
    char *counts;
};

static void digest(uint64_t *sum, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        *sum = (*sum ^ at[i]) * UINT64_C(1099511628211);
}

static void digest_block(uint64_t *sum, const struct viz_block *block)
{
    viz_assert(block->rows <= block->capacity);
    for (uint32_t i = 0; i < block->rows; i++) {
        digest(sum, &block->row[i].time_ns, sizeof(block->row[i].time_ns));
        digest(sum, &block->row[i].flags, sizeof(block->row[i].flags));
        digest(sum, &block->row[i].samples, sizeof(block->row[i].samples));
        for (uint32_t k = 0; k < block->channels; k++)
            digest(sum, &block->value[(size_t)k * block->capacity + i], sizeof(float));
    }
}

static void drain(struct wire_rig *rig, struct result *result)
{
    viz_role_assume_source();
    for (uint32_t i = 0; i < viz_streams_count(&rig->streams); i++) {
        struct viz_stream *stream = viz_streams_at(&rig->streams, i);
        struct viz_block *block;
        viz_stream_flush(stream);
        while ((block = viz_feed_drain(stream->feed))) {
            digest_block(&result->rows[i], block);
            viz_feed_return(stream->feed, block);
        }
    }
}

static void check_streams(struct wire_rig *rig, struct result *result)
{
    result->streams = viz_streams_count(&rig->streams);
    for (uint32_t i = 0; i < result->streams; i++) {
        const struct viz_stream *stream = viz_streams_at(&rig->streams, i);
        const struct viz_stream_counts *counts = &stream->counts;
        viz_assert(stream->channels <= stream->max_channels);
        viz_assert(viz_counted(&counts->overflow) == 0);
        viz_assert(viz_counted(&counts->missing) < UINT64_C(1) << 45);
        digest(&result->rows[i], stream->name, strlen(stream->name));
        digest(&result->rows[i], counts, sizeof(*counts));
    }
}

static void feed(const char *format, const uint8_t *bytes, size_t size, size_t piece,
                 bool datagram, struct result *result)
{
    struct wire_rig rig;
    memset(result, 0, sizeof(*result));
    wire_rig_init(&rig, format);
    for (size_t at = 0; at < size; at += piece) {
        size_t part = size - at < piece ? size - at : piece;
        wire_rig_take(&rig, bytes + at, part, datagram);
        drain(&rig, result);
    }
    wire_rig_end(&rig);
    drain(&rig, result);
    check_streams(&rig, result);
    viz_assert(viz_counted(&rig.counts.bytes) == size);
    result->counts = wire_rig_counts(&rig);
    wire_rig_finish(&rig);
}

static void check_same(const struct result *a, const struct result *b)
{
    viz_assert(!strcmp(a->counts, b->counts));
    viz_assert(a->streams == b->streams);
    viz_assert(!memcmp(a->rows, b->rows, sizeof(a->rows)));
}

static void run_target(const char *format, const uint8_t *data, size_t size)
{
    struct result whole, other;
    if (!size || size > MAX_INPUT)
        return;
    size_t piece = data[0] % 64 + 2;
    data++;
    size--;
    viz_wire_probe(data, size, piece % 2);
    feed(format, data, size, MAX_INPUT, false, &whole);
    feed(format, data, size, 1, false, &other);
    check_same(&whole, &other);
    free(other.counts);
    feed(format, data, size, piece, false, &other);
    check_same(&whole, &other);
    free(other.counts);
    free(whole.counts);
    feed(format, data, size, piece * 16, true, &other);
    free(other.counts);
}

#endif
