/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sender's side of a wire format: rows in, bytes out. Used by viz send, and by
 * tests that must know what was really sent. */
#ifndef VIZ_ENCODE_H
#define VIZ_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_encode_rows {
    uint32_t stream;        /* number of the stream, from 0; mpu: the sensor */
    uint32_t run;           /* tells one start of the sender from another; 0: unknown */
    uint64_t first_row;     /* number of the first row: the sequence number */
    uint32_t rows;          /* how many */
    uint32_t channels;      /* values a row */
    const int64_t *time_ns; /* [rows] device time */
    const float
        *value; /* [rows * channels], row by row; viz_missing_value() is left out */
};

struct viz_encode {
    /* Whether begin() may be sent again at any time: over UDP about once a second, so
     * that who joins late or lost it learns it too. */
    bool repeat;
    /* Rows that go into one datagram or line at most, given the number of channels. */
    uint32_t (*rows_per_packet)(uint32_t channels);
    /* Channels of one stream at most: 18 channels become 3 streams where this is 6. */
    uint32_t channels_per_stream;
    /* What goes first (a meta line, a header, descriptions) for @channels in all, dealt
     * out to @streams of channels_per_stream each, the last one taking the rest.
     * Returns the length, or 0 when @room is too small (VIZ_MAX_PACKET is enough for 16
     * streams) or the format cannot carry so much. */
    size_t (*begin)(uint32_t streams, uint32_t channels, double rate_hz, uint8_t *out,
                    size_t room);
    /* Encode @rows; returns the length, or 0 when @room is too small (VIZ_MAX_PACKET is
     * always enough for rows_per_packet rows). */
    size_t (*rows)(const struct viz_encode_rows *rows, uint8_t *out, size_t room);
};

#endif
