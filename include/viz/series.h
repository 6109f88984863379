/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A series: what is held of one stream. Per channel a ring of raw values and a pyramid
 * of minima and maxima over 16, 256, 4096, ... rows, built as rows arrive; one ring of
 * times for all channels. Cost of a question follows the width of the answer, never the
 * number of rows held. Memory is mapped for the whole capacity and touched only as rows
 * come.
 *
 * Rows are numbered from 0 in order of arrival and held as [begin, end). Times never
 * run backwards (streams see to that). Render thread only. */
#ifndef VIZ_SERIES_H
#define VIZ_SERIES_H

#include <viz/block.h>

#include <stdbool.h>
#include <stdint.h>

#define VIZ_SERIES_STEP                                                                \
    16 /* rows of one entry of the first pyramid level; and the ratio                  \
          between levels */

struct viz_series;

/* @capacity_rows: a power of two, at least VIZ_SERIES_STEP. */
struct viz_series *viz_series_create(uint32_t max_channels, uint64_t capacity_rows);
void viz_series_destroy(struct viz_series *series);

/* Append a block's rows (its channels may be more than before: the earlier rows of a
 * new channel are missing). Returns how many old rows were pushed out. */
uint64_t viz_series_append(struct viz_series *series, struct viz_block *block);

uint64_t viz_series_begin(const struct viz_series *series);
uint64_t viz_series_end(const struct viz_series *series);
uint64_t viz_series_capacity(const struct viz_series *series);
uint32_t viz_series_channels(const struct viz_series *series);

/* Of a held row. */
int64_t viz_series_time(const struct viz_series *series, uint64_t row);
float viz_series_value(const struct viz_series *series, uint32_t channel, uint64_t row);
bool viz_series_break(const struct viz_series *series, uint64_t row);
uint32_t viz_series_samples(const struct viz_series *series, uint64_t row);

/* The first held row at or after @time_ns, or end. By bisection. */
uint64_t viz_series_find(const struct viz_series *series, int64_t time_ns);

struct viz_span {
    float min, max; /* over the values that are numbers; min > max when there is none */
    float first, last; /* the first and last of them; NaN when there is none */
};

/* Exact minimum and maximum of rows [from, to), which are clipped to what is held. The
 * pyramid is used for the inner part, raw rows for the edges. NaN and missing values do
 * not take part. */
struct viz_span viz_series_span(const struct viz_series *series, uint32_t channel,
                                uint64_t from, uint64_t to);

/* True when a row of [from, to) begins after a break. */
bool viz_series_broken(const struct viz_series *series, uint64_t from, uint64_t to);

#endif
