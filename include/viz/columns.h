/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns: a series reduced to one {min, max, enter, leave} for each pixel column of one
 * lane, kept up to date as rows arrive.
 *
 * Columns are bins of device time with edges at whole multiples of bin_ns, counted from
 * the clock's zero: a bin holds the same rows wherever the view stands, so scrolling moves
 * finished columns and changes only the newest ones (nothing shimmers). A ring of columns
 * a channel, addressed by bin number modulo its size; the renderer mirrors it on the GPU
 * and uploads only the bins of viz_columns_dirty().
 *
 * enter and leave are the curve at the column's edges: a line from the last row of one bin
 * to the first of the next leaves the one where it enters the other. Where a break ends the
 * curve inside a bin they are the bin's own first and last values. A bin without rows that
 * lies between two joined rows is filled with the line between them; a bin in a gap is
 * empty: min > max. Render thread only. */
#ifndef VIZ_COLUMNS_H
#define VIZ_COLUMNS_H

#include <viz/series.h>

#include <stdbool.h>
#include <stdint.h>

/* As uploaded: four float32, RGBA32F texel. Empty: min = +inf, max = -inf. min and max hold
 * enter and leave as well: a column is drawn without looking at any other. */
struct viz_column {
    float min, max, enter, leave;
};

struct viz_columns;

/* @ring: columns a channel, a power of two, at least the widest window in pixels + 2. */
struct viz_columns *viz_columns_create(uint32_t max_channels, uint32_t ring);
void viz_columns_destroy(struct viz_columns *columns);

/* Show bins of @bin_ns from @first_bin to @last_bin inclusive (at most ring of them) of
 * @series. Computes what is new since the last call: only the bins that new rows touched
 * when bin_ns is unchanged and the bins move on, everything after a zoom or a jump. */
void viz_columns_update(struct viz_columns *columns, const struct viz_series *series,
                        int64_t bin_ns, int64_t first_bin, int64_t last_bin);

/* The ring of @channel: viz_columns_at(c, ch)[bin & (ring - 1)]. */
const struct viz_column *viz_columns_at(const struct viz_columns *columns,
                                        uint32_t channel);
uint32_t viz_columns_ring(const struct viz_columns *columns);

/* Bins changed by the last update, inclusive; false when none were. */
bool viz_columns_dirty(const struct viz_columns *columns, int64_t *first_bin,
                       int64_t *last_bin);

/* Lowest and highest value over [first_bin, last_bin] of the last update; false when the
 * channel has no number there. */
bool viz_columns_range(const struct viz_columns *columns, uint32_t channel,
                       int64_t first_bin, int64_t last_bin, float *low, float *high);

#endif
