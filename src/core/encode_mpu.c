/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "encode_text.h"

#include <viz/encode.h>
#include <viz/sample.h>

#define AXES 6
#define ROW_BYTES 240 /* the longest line: three numbers and six axes */

static uint32_t rows_per_packet(uint32_t channels)
{
    (void)channels;
    return VIZ_ENCODE_PAYLOAD / ROW_BYTES;
}

static size_t begin(uint32_t streams, uint32_t channels, double rate_hz, uint8_t *out,
                    size_t room)
{
    (void)channels;
    struct viz_encode_out text = {.text = (char *)out, .room = room};
    viz_encode_put_string(&text,
                          "{\"meta\": \"mpu6050_stream_config\", \"sensor_ids\": [");
    for (uint32_t i = 0; i < streams; i++) {
        viz_encode_put_string(&text, i ? ", " : "");
        viz_encode_put_int64(&text, i + 1);
    }
    viz_encode_put_string(&text, "], \"pi_device_sample_rate_hz\": ");
    viz_encode_put_float(&text, (float)rate_hz);
    viz_encode_put_string(&text,
                          ", \"pi_stream_decimation\": 1, \"pi_stream_rate_hz\": ");
    viz_encode_put_float(&text, (float)rate_hz);
    viz_encode_put_string(&text, "}\n");
    return viz_encode_size(&text);
}

/* Nanoseconds as seconds, all nine decimals. */
static void put_seconds(struct viz_encode_out *text, int64_t ns)
{
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    char digits[20], decimals[9];
    uint64_t rest = magnitude % 1000000000;
    for (int i = 8; i >= 0; i--, rest /= 10)
        decimals[i] = (char)('0' + rest % 10);
    viz_encode_put(text, "-", ns < 0);
    viz_encode_put(text, digits,
                   viz_number_format_int64((int64_t)(magnitude / 1000000000), digits));
    viz_encode_put(text, ".", 1);
    viz_encode_put(text, decimals, sizeof(decimals));
}

static size_t encode(const struct viz_encode_rows *rows, uint8_t *out, size_t room)
{
    static const char *const keys[AXES] = {
        ",\"ax\":", ",\"ay\":", ",\"az\":", ",\"gx\":", ",\"gy\":", ",\"gz\":"};
    struct viz_encode_out text = {.text = (char *)out, .room = room};
    const float *value = rows->value;
    if (rows->channels > AXES)
        return 0;
    for (uint32_t i = 0; i < rows->rows; i++) {
        viz_encode_put_string(&text, "{\"timestamp_ns\":");
        viz_encode_put_int64(&text, rows->time_ns[i]);
        viz_encode_put_string(&text, ",\"t_s\":");
        put_seconds(&text, rows->time_ns[i]);
        viz_encode_put_string(&text, ",\"sensor_id\":");
        viz_encode_put_int64(&text, (int64_t)rows->stream + 1);
        for (uint32_t k = 0; k < rows->channels; k++, value++) {
            if (viz_missing(*value))
                continue;
            viz_encode_put(&text, keys[k], 6);
            viz_encode_put_float(&text, *value);
        }
        viz_encode_put(&text, "}\n", 2);
    }
    return viz_encode_size(&text);
}

extern const struct viz_encode viz_encode_mpu;
const struct viz_encode viz_encode_mpu = {
    .repeat = false,
    .rows_per_packet = rows_per_packet,
    .channels_per_stream = AXES,
    .begin = begin,
    .rows = encode,
};
