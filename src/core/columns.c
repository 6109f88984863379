/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/columns.h>

#include <viz/alloc.h>
#include <viz/error.h>

#include <math.h>
#include <stdlib.h>

struct viz_columns {
    uint32_t max_channels, ring;
    struct viz_column *column; /* [max_channels * ring], channel-major */
    uint64_t *first_row; /* [ring + 1] scratch: the first row of each bin, and end */

    /* What the columns were computed from; bin_ns 0: nothing yet. */
    const struct viz_series *series;
    int64_t bin_ns;
    int64_t first, last; /* bins that hold columns */
    uint32_t channels;
    uint64_t begin_row, end_row;
    int64_t begin_bin, end_bin; /* bins of the oldest and the newest row, if any */

    bool dirty;
    int64_t dirty_first, dirty_last;
};

/* One bin of one channel, as it is computed. */
struct bin {
    const struct viz_series *series;
    uint32_t channel;
    int64_t left_ns, bin_ns;
    uint64_t from, to; /* rows */
};

struct viz_columns *viz_columns_create(uint32_t max_channels, uint32_t ring)
{
    viz_assert(max_channels && ring && !(ring & (ring - 1)));
    struct viz_columns *columns = viz_zalloc(sizeof(*columns));
    columns->max_channels = max_channels;
    columns->ring = ring;
    columns->column = viz_map((size_t)max_channels * ring * sizeof(*columns->column));
    columns->first_row = viz_zalloc(((size_t)ring + 1) * sizeof(*columns->first_row));
    return columns;
}

void viz_columns_destroy(struct viz_columns *columns)
{
    if (!columns)
        return;
    viz_unmap(columns->column,
              (size_t)columns->max_channels * columns->ring * sizeof(*columns->column));
    free(columns->first_row);
    free(columns);
}

static int64_t bin_of(int64_t time_ns, int64_t bin_ns)
{
    int64_t bin = time_ns / bin_ns;
    return bin - (time_ns % bin_ns < 0);
}

/* Whether a line is drawn from the row before @row to @row: both hold a number and
 * nothing is missing between them. */
static bool joined(const struct viz_series *series, uint32_t channel, uint64_t row)
{
    if (row <= viz_series_begin(series) || row >= viz_series_end(series))
        return false;
    return !viz_series_break(series, row) &&
           isfinite(viz_series_value(series, channel, row - 1)) &&
           isfinite(viz_series_value(series, channel, row));
}

/* The line from the row before @row to @row, at @time_ns between them. */
static float line_at(const struct bin *bin, uint64_t row, int64_t time_ns)
{
    double from = viz_series_value(bin->series, bin->channel, row - 1);
    double to = viz_series_value(bin->series, bin->channel, row);
    int64_t from_ns = viz_series_time(bin->series, row - 1);
    int64_t to_ns = viz_series_time(bin->series, row);
    double share = (double)(time_ns - from_ns) / (double)(to_ns - from_ns);
    return (float)(from + (to - from) * share);
}

static void reach(struct viz_column *column, float value)
{
    if (value < column->min)
        column->min = value;
    if (value > column->max)
        column->max = value;
}

/* The curve at the edges of the bin, where a line crosses them. */
static struct viz_column join(const struct bin *bin, struct viz_column column)
{
    if (joined(bin->series, bin->channel, bin->from)) {
        column.enter = line_at(bin, bin->from, bin->left_ns);
        reach(&column, column.enter);
    }
    if (joined(bin->series, bin->channel, bin->to)) {
        column.leave = line_at(bin, bin->to, bin->left_ns + bin->bin_ns);
        reach(&column, column.leave);
    }
    return column;
}

static struct viz_column reduce(const struct bin *bin)
{
    if (bin->from == bin->to) /* a piece of the line across it, or nothing */
        return join(bin, (struct viz_column){INFINITY, -INFINITY, NAN, NAN});
    struct viz_span span =
        viz_series_span(bin->series, bin->channel, bin->from, bin->to);
    return join(bin, (struct viz_column){span.min, span.max, span.first, span.last});
}

/* The rows of each bin, once for all channels. Edges only rise, so that all behind the
 * newest row are known with the first. */
static void find_rows(struct viz_columns *columns, int64_t first, int64_t last)
{
    uint64_t end = viz_series_end(columns->series);
    uint64_t row = 0;
    for (int64_t bin = first; bin <= last + 1; bin++) {
        if (row != end || bin == first)
            row = viz_series_find(columns->series, bin * columns->bin_ns);
        columns->first_row[bin - first] = row;
    }
}

static void compute(struct viz_columns *columns, int64_t first, int64_t last)
{
    if (first < columns->first)
        first = columns->first;
    if (last > columns->last)
        last = columns->last;
    if (first > last)
        return;
    find_rows(columns, first, last);
    for (uint32_t channel = 0; channel < columns->channels; channel++) {
        struct viz_column *ring = columns->column + (size_t)channel * columns->ring;
        struct bin bin = {columns->series, channel, first * columns->bin_ns,
                          columns->bin_ns, 0,       0};
        for (int64_t i = first; i <= last; i++, bin.left_ns += bin.bin_ns) {
            bin.from = columns->first_row[i - first];
            bin.to = columns->first_row[i - first + 1];
            ring[i & (columns->ring - 1)] = reduce(&bin);
        }
    }
    columns->dirty_first =
        columns->dirty && columns->dirty_first < first ? columns->dirty_first : first;
    columns->dirty_last =
        columns->dirty && columns->dirty_last > last ? columns->dirty_last : last;
    columns->dirty = true;
}

/* Bins whose rows came or went since the last update. A bin of the line from the newest
 * row to the next one could not be known before; so new rows begin at the newest row's
 * bin. */
static void compute_changed(struct viz_columns *columns)
{
    uint64_t begin = viz_series_begin(columns->series);
    uint64_t end = viz_series_end(columns->series);
    if (begin != columns->begin_row) {
        int64_t begin_bin =
            bin_of(viz_series_time(columns->series, begin), columns->bin_ns);
        compute(columns, columns->begin_bin, begin_bin);
    }
    if (end != columns->end_row)
        compute(columns, columns->end_bin, columns->last);
}

/* Columns of the last update are of use: the same bins of the same rows, or some of them. */
static bool keeps(const struct viz_columns *columns, const struct viz_series *series,
                  int64_t bin_ns)
{
    return columns->bin_ns == bin_ns && columns->series == series &&
           columns->channels == viz_series_channels(series) &&
           columns->begin_row != columns->end_row;
}

static void remember_rows(struct viz_columns *columns)
{
    const struct viz_series *series = columns->series;
    columns->begin_row = viz_series_begin(series);
    columns->end_row = viz_series_end(series);
    if (columns->begin_row == columns->end_row)
        return;
    columns->begin_bin =
        bin_of(viz_series_time(series, columns->begin_row), columns->bin_ns);
    columns->end_bin =
        bin_of(viz_series_time(series, columns->end_row - 1), columns->bin_ns);
}

void viz_columns_update(struct viz_columns *columns, const struct viz_series *series,
                        int64_t bin_ns, int64_t first_bin, int64_t last_bin)
{
    viz_assert(bin_ns > 0 && first_bin <= last_bin &&
               last_bin - first_bin < (int64_t)columns->ring &&
               viz_series_channels(series) <= columns->max_channels);
    bool keep = keeps(columns, series, bin_ns);
    int64_t old_first = columns->first, old_last = columns->last;
    columns->series = series;
    columns->bin_ns = bin_ns;
    columns->channels = viz_series_channels(series);
    columns->first = first_bin;
    columns->last = last_bin;
    columns->dirty = false;
    if (keep) {
        compute(columns, first_bin, old_first - 1);
        compute_changed(columns);
        compute(columns, old_last + 1, last_bin);
    } else {
        compute(columns, first_bin, last_bin);
    }
    remember_rows(columns);
}

const struct viz_column *viz_columns_at(const struct viz_columns *columns,
                                        uint32_t channel)
{
    viz_assert(channel < columns->max_channels);
    return columns->column + (size_t)channel * columns->ring;
}

uint32_t viz_columns_ring(const struct viz_columns *columns)
{
    return columns->ring;
}

bool viz_columns_dirty(const struct viz_columns *columns, int64_t *first_bin,
                       int64_t *last_bin)
{
    *first_bin = columns->dirty_first;
    *last_bin = columns->dirty_last;
    return columns->dirty;
}

bool viz_columns_range(const struct viz_columns *columns, uint32_t channel,
                       int64_t first_bin, int64_t last_bin, float *low, float *high)
{
    if (!columns->bin_ns || channel >= columns->channels)
        return false;
    if (first_bin < columns->first)
        first_bin = columns->first;
    if (last_bin > columns->last)
        last_bin = columns->last;
    const struct viz_column *ring = viz_columns_at(columns, channel);
    float min = INFINITY, max = -INFINITY;
    for (int64_t bin = first_bin; bin <= last_bin; bin++) {
        const struct viz_column *column = &ring[bin & (columns->ring - 1)];
        min = column->min < min && column->min > -INFINITY ? column->min : min;
        max = column->max > max && column->max < INFINITY ? column->max : max;
    }
    *low = min;
    *high = max;
    return min <= max;
}
