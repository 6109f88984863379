/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of a benchmark frame as channels: names, units, numbers. Pure, any thread. */
#ifndef VIZ_LIGHTWAVE_FIELDS_H
#define VIZ_LIGHTWAVE_FIELDS_H

#include <viz/lightwave.h>

#include <stdbool.h>
#include <stddef.h>

#define VIZ_LW_FIELDS 20

struct viz_lw_field {
    const char *name, *unit;
    double (*value)(const struct viz_lw_frame *frame);
    bool extended; /* only frames of 64 bytes have it */
    bool measured; /* of hops: 0 until the first are measured; the others are shown when
                      they are asked for */
};
extern const struct viz_lw_field viz_lw_fields[VIZ_LW_FIELDS];

/* All of them; NaN where the frame has none. False, and only NaN: it is no frame. */
bool viz_lw_values(const uint8_t *bytes, size_t size, double out[VIZ_LW_FIELDS]);

#endif
