/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/lightwave_fields.h>

#include <math.h>

/* X(name, unit, value, extended, measured) */
#define FRAME_FIELDS(X)                                                                \
    X(avg_total_us, "µs", avg_total_us, false, true)                                   \
    X(avg_goertzel_us, "µs", avg_goertzel_us, false, true)                             \
    X(cpu_load_percent, "%", cpu_load_percent, false, true)                            \
    X(peak_total_us, "µs", peak_total_us, false, true)                                 \
    X(peak_goertzel_us, "µs", peak_goertzel_us, false, true)                           \
    X(avg_dc_agc_us, "µs", avg_dc_agc_us, true, true)                                  \
    X(avg_chroma_us, "µs", avg_chroma_us, true, true)                                  \
    X(timestamp_ms, "ms", timestamp_ms, false, false)                                  \
    X(hop_count, "", hop_count, false, false)                                          \
    X(goertzel_count, "", goertzel_count, false, false)                                \
    X(goertzel_count_full, "", goertzel_count_full, true, false)                       \
    X(flags, "", flags, false, false)                                                  \
    X(histogram_0, "", histogram[0], true, false)                                      \
    X(histogram_1, "", histogram[1], true, false)                                      \
    X(histogram_2, "", histogram[2], true, false)                                      \
    X(histogram_3, "", histogram[3], true, false)                                      \
    X(histogram_4, "", histogram[4], true, false)                                      \
    X(histogram_5, "", histogram[5], true, false)                                      \
    X(histogram_6, "", histogram[6], true, false)                                      \
    X(histogram_7, "", histogram[7], true, false)

#define X(name, unit, value, only_extended, measured)                                  \
    static double get_##name(const struct viz_lw_frame *frame)                         \
    {                                                                                  \
        return (double)frame->value;                                                   \
    }
FRAME_FIELDS(X)
#undef X

const struct viz_lw_field viz_lw_fields[VIZ_LW_FIELDS] = {
#define X(name, unit, value, only_extended, measured)                                  \
    {#name, unit, get_##name, only_extended, measured},
    FRAME_FIELDS(X)
#undef X
};

bool viz_lw_values(const uint8_t *bytes, size_t size, double out[VIZ_LW_FIELDS])
{
    struct viz_lw_frame frame;
    if (!viz_lw_decode(bytes, size, &frame)) {
        for (unsigned i = 0; i < VIZ_LW_FIELDS; i++)
            out[i] = NAN;
        return false;
    }
    double *at = out;
#define X(name, unit, value, only_extended, measured)                                  \
    *at++ = (only_extended) && !frame.extended ? NAN : (double)frame.value;
    FRAME_FIELDS(X)
#undef X
    return true;
}
