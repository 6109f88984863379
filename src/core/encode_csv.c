/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "encode_text.h"

#include <viz/encode.h>
#include <viz/sample.h>

static uint32_t rows_per_packet(uint32_t channels)
{
    uint32_t rows = VIZ_ENCODE_PAYLOAD / (20 + channels * (VIZ_NUMBER_TEXT + 1));
    return rows ? rows : 1;
}

/* Without a column for the sensor a table is one stream. */
static size_t begin(uint32_t streams, uint32_t channels, double rate_hz, uint8_t *out,
                    size_t room)
{
    (void)rate_hz;
    struct viz_encode_out text = {.text = (char *)out, .room = room};
    if (streams != 1 || channels > VIZ_MAX_CHANNELS)
        return 0;
    viz_encode_put_string(&text, "timestamp_ns");
    for (uint32_t i = 0; i < channels; i++) {
        viz_encode_put_string(&text, ",ch");
        viz_encode_put_int64(&text, i + 1);
    }
    viz_encode_put(&text, "\n", 1);
    return viz_encode_size(&text);
}

static size_t encode(const struct viz_encode_rows *rows, uint8_t *out, size_t room)
{
    struct viz_encode_out text = {.text = (char *)out, .room = room};
    const float *value = rows->value;
    for (uint32_t i = 0; i < rows->rows; i++) {
        viz_encode_put_int64(&text, rows->time_ns[i]);
        for (uint32_t k = 0; k < rows->channels; k++, value++) {
            viz_encode_put(&text, ",", 1);
            if (!viz_missing(*value))
                viz_encode_put_float(&text, *value);
        }
        viz_encode_put(&text, "\n", 1);
    }
    return viz_encode_size(&text);
}

extern const struct viz_encode viz_encode_csv;
const struct viz_encode viz_encode_csv = {
    .rows_per_packet = rows_per_packet,
    .channels_per_stream = VIZ_MAX_CHANNELS,
    .begin = begin,
    .rows = encode,
};
