/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text into bounded memory, for the text formats: what does not fit is not written, and
 * said at the end. */
#ifndef VIZ_ENCODE_TEXT_H
#define VIZ_ENCODE_TEXT_H

#include <viz/number.h>

#include <stdbool.h>
#include <string.h>

#define VIZ_ENCODE_PAYLOAD 1400 /* fits into one Ethernet packet, tunnels included */

struct viz_encode_out {
    char *text;
    size_t used, room;
    bool full;
};

static inline void viz_encode_put(struct viz_encode_out *out, const char *text,
                                  size_t size)
{
    out->full |= size > out->room - out->used;
    if (out->full)
        return;
    memcpy(out->text + out->used, text, size);
    out->used += size;
}

static inline void viz_encode_put_string(struct viz_encode_out *out, const char *text)
{
    viz_encode_put(out, text, strlen(text));
}

static inline void viz_encode_put_int64(struct viz_encode_out *out, int64_t value)
{
    char digits[20];
    viz_encode_put(out, digits, viz_number_format_int64(value, digits));
}

static inline void viz_encode_put_float(struct viz_encode_out *out, float value)
{
    char digits[VIZ_NUMBER_TEXT];
    viz_encode_put(out, digits, viz_number_format(value, digits));
}

/* Bytes written, 0 when the room was too small. */
static inline size_t viz_encode_size(const struct viz_encode_out *out)
{
    return out->full ? 0 : out->used;
}

#endif
