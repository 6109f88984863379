/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sample is, and every limit that loops over input rely on.
 *
 * A row is one instant of one stream: a time and one value for each channel. A sample
 * is one value of one row. Values are float32. Two kinds of "no number" are kept apart:
 * a value that was delivered and is not a number (any NaN: it is a sample, drawn as a
 * gap), and a value that was not delivered at all (the one NaN below: not a sample). */
#ifndef VIZ_SAMPLE_H
#define VIZ_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define VIZ_MAX_CHANNELS 256    /* in one stream */
#define VIZ_MAX_STREAMS 64      /* in one session */
#define VIZ_MAX_SOURCES 32      /* in one session */
#define VIZ_MAX_NAME 48         /* bytes of a stream's or channel's name, with the 0 */
#define VIZ_MAX_UNIT 16         /* bytes of a unit, with the 0 */
#define VIZ_MAX_LINE 16384      /* bytes of one line of text input */
#define VIZ_MAX_PACKET 65535    /* bytes of one datagram */
#define VIZ_MAX_RATE 10000000.0 /* rows a second of one stream */

/* A quiet NaN with a payload of its own. Compare with viz_missing(), never with ==. */
#define VIZ_MISSING_BITS 0x7fc0dead

static inline float viz_missing_value(void)
{
    uint32_t bits = VIZ_MISSING_BITS;
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline bool viz_missing(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits == VIZ_MISSING_BITS;
}

#endif
