/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame.h"

#include <viz/encode.h>
#include <viz/sample.h>

#include <stdio.h>

#define PAYLOAD_BYTES 1400 /* fits into one Ethernet packet, tunnels included */

static uint32_t rows_per_packet(uint32_t channels)
{
    uint32_t rows = (PAYLOAD_BYTES - VIZ_FRAME_DATA_HEADER) /
                    (channels * (uint32_t)sizeof(float) + (uint32_t)sizeof(int64_t));
    return rows ? rows : 1;
}

static void put_common(uint8_t *out, enum viz_frame_type type, uint16_t header,
                       uint32_t length, uint32_t stream)
{
    memcpy(out, VIZ_FRAME_MAGIC, VIZ_FRAME_AT_VERSION);
    out[VIZ_FRAME_AT_VERSION] = VIZ_FRAME_VERSION;
    out[VIZ_FRAME_AT_TYPE] = (uint8_t)type;
    viz_frame_put_u16(out + VIZ_FRAME_AT_HEADER, header);
    viz_frame_put_u32(out + VIZ_FRAME_AT_LENGTH, length);
    viz_frame_put_u32(out + VIZ_FRAME_AT_STREAM, stream);
}

static size_t put_string(uint8_t *out, const char *prefix, uint32_t number)
{
    char text[16];
    int size = snprintf(text, sizeof(text), "%s%u", prefix, number);
    out[0] = (uint8_t)size;
    memcpy(out + 1, text, (size_t)size);
    return 1 + (size_t)size;
}

/* Every name takes 1 + 5 bytes at most ("ch256"), every unit 1. */
static size_t describe(uint32_t stream, uint32_t channels, double rate_hz, uint8_t *out,
                       size_t room)
{
    size_t at = VIZ_FRAME_DESCRIPTION_HEADER;
    if (room < at + 16 + (size_t)channels * 7)
        return 0;
    uint64_t bits;
    memcpy(&bits, &rate_hz, sizeof(bits));
    at += put_string(out + at, "S", stream + 1);
    for (uint32_t i = 0; i < channels; i++) {
        at += put_string(out + at, "ch", i + 1);
        out[at++] = 0;
    }
    put_common(out, VIZ_FRAME_DESCRIPTION, VIZ_FRAME_DESCRIPTION_HEADER, (uint32_t)at,
               stream);
    viz_frame_put_u64(out + VIZ_FRAME_AT_RATE, bits);
    viz_frame_put_u16(out + VIZ_FRAME_AT_COUNT, (uint16_t)channels);
    viz_frame_put_u16(out + VIZ_FRAME_AT_ZERO, 0);
    return at;
}

static size_t begin(uint32_t streams, uint32_t channels, double rate_hz, uint8_t *out,
                    size_t room)
{
    size_t used = 0;
    for (uint32_t stream = 0; stream < streams && channels; stream++) {
        uint32_t some = channels < VIZ_MAX_CHANNELS ? channels : VIZ_MAX_CHANNELS;
        size_t size = describe(stream, some, rate_hz, out + used, room - used);
        if (!size)
            return 0;
        used += size;
        channels -= some;
    }
    return used;
}

/* The distance of the rows where it is the same all over, else 0. */
static uint64_t period_of(const struct viz_encode_rows *rows)
{
    if (rows->rows == 1)
        return 1; /* has no meaning, and is not 0 */
    int64_t period = rows->time_ns[1] - rows->time_ns[0];
    for (uint32_t i = 2; i < rows->rows; i++)
        if (rows->time_ns[i] - rows->time_ns[i - 1] != period)
            return 0;
    return period > 0 ? (uint64_t)period : 0;
}

static size_t encode(const struct viz_encode_rows *rows, uint8_t *out, size_t room)
{
    if (!rows->rows || rows->rows > UINT16_MAX || rows->channels > VIZ_MAX_CHANNELS)
        return 0;
    uint64_t period = period_of(rows);
    size_t at = VIZ_FRAME_DATA_HEADER;
    size_t length = at + (period ? 0 : (size_t)rows->rows * sizeof(int64_t)) +
                    (size_t)rows->rows * rows->channels * sizeof(float);
    if (length > room || length > VIZ_MAX_PACKET)
        return 0;
    put_common(out, VIZ_FRAME_DATA, VIZ_FRAME_DATA_HEADER, (uint32_t)length,
               rows->stream);
    viz_frame_put_u32(out + VIZ_FRAME_AT_SEQUENCE, (uint32_t)rows->first_row);
    viz_frame_put_u16(out + VIZ_FRAME_AT_ROWS, (uint16_t)rows->rows);
    viz_frame_put_u16(out + VIZ_FRAME_AT_CHANNELS, (uint16_t)rows->channels);
    viz_frame_put_u64(out + VIZ_FRAME_AT_TIME, (uint64_t)rows->time_ns[0]);
    viz_frame_put_u64(out + VIZ_FRAME_AT_PERIOD, period);
    viz_frame_put_u32(out + VIZ_FRAME_AT_RUN, rows->run);
    for (uint32_t i = 0; !period && i < rows->rows; i++, at += sizeof(int64_t))
        viz_frame_put_u64(out + at, (uint64_t)rows->time_ns[i]);
    viz_frame_put_floats(out + at, rows->value, rows->rows * rows->channels);
    return length;
}

extern const struct viz_encode viz_encode_viz;
const struct viz_encode viz_encode_viz = {
    .repeat = true,
    .rows_per_packet = rows_per_packet,
    .channels_per_stream = VIZ_MAX_CHANNELS,
    .begin = begin,
    .rows = encode,
};
