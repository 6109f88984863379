/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/columns.h>

#include <viz/alloc.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define RING 64
#define ROWS 512

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)(random_next(state) >> 33) % limit;
}

static struct viz_block *block_create(uint32_t capacity, uint32_t channels)
{
    struct viz_block *block = viz_zalloc(sizeof(*block));
    block->capacity = capacity;
    block->channels = channels;
    block->row = viz_zalloc(capacity * sizeof(*block->row));
    block->value = viz_zalloc((size_t)capacity * channels * sizeof(float));
    return block;
}

static void block_destroy(struct viz_block *block)
{
    free(block->row);
    free(block->value);
    free(block);
}

/* Append one row with the same @value in every one of @channels channels. */
static void append(struct viz_series *series, uint32_t channels, int64_t time_ns,
                   float value, unsigned flags)
{
    struct viz_block *block = block_create(1, channels);
    block->rows = 1;
    block->row[0] = (struct viz_row){.time_ns = time_ns, .flags = (uint16_t)flags};
    for (uint32_t channel = 0; channel < channels; channel++)
        viz_block_channel(block, channel)[0] = value;
    viz_series_append(series, block);
    block_destroy(block);
}

/* What the header says, row by row, without pyramid, bisection or memory of before. */
static bool line_ends_at(const struct viz_series *series, uint32_t channel,
                         uint64_t row)
{
    return row > viz_series_begin(series) && !viz_series_break(series, row) &&
           isfinite(viz_series_value(series, channel, row - 1)) &&
           isfinite(viz_series_value(series, channel, row));
}

static float line(const struct viz_series *series, uint32_t channel, uint64_t row,
                  int64_t time_ns)
{
    double a = viz_series_value(series, channel, row - 1);
    double b = viz_series_value(series, channel, row);
    int64_t from = viz_series_time(series, row - 1), to = viz_series_time(series, row);
    return (float)(a + (b - a) * ((double)(time_ns - from) / (double)(to - from)));
}

static void include(struct viz_column *column, float value)
{
    column->min = fminf(column->min, value);
    column->max = fmaxf(column->max, value);
}

static struct viz_column oracle(const struct viz_series *series, uint32_t channel,
                                int64_t left, int64_t width)
{
    struct viz_column column = {INFINITY, -INFINITY, NAN, NAN};
    int64_t right = left + width;
    float first = NAN, last = NAN;
    for (uint64_t row = viz_series_begin(series); row < viz_series_end(series); row++) {
        int64_t time = viz_series_time(series, row);
        float value = viz_series_value(series, channel, row);
        bool inside = time >= left && time < right;
        if (inside && !isnan(value)) {
            include(&column, value);
            first = isnan(first) ? value : first;
            last = value;
        }
        if (!line_ends_at(series, channel, row))
            continue;
        int64_t before = viz_series_time(series, row - 1);
        if (before < left && time >= left)
            include(&column, column.enter = line(series, channel, row, left));
        if (before < right && time >= right)
            include(&column, column.leave = line(series, channel, row, right));
    }
    column.enter = isnan(column.enter) ? first : column.enter;
    column.leave = isnan(column.leave) ? last : column.leave;
    return column;
}

static bool same(float a, float b)
{
    return (isnan(a) && isnan(b)) || a == b || fabsf(a - b) <= 1e-5f;
}

static bool same_column(struct viz_column a, struct viz_column b)
{
    return same(a.min, b.min) && same(a.max, b.max) && same(a.enter, b.enter) &&
           same(a.leave, b.leave);
}

static struct viz_column column_of(const struct viz_columns *columns, uint32_t channel,
                                   int64_t bin)
{
    return viz_columns_at(columns, channel)[bin & (viz_columns_ring(columns) - 1)];
}

static void check_all(const struct viz_columns *columns,
                      const struct viz_series *series, int64_t bin_ns, int64_t first,
                      int64_t last)
{
    for (uint32_t channel = 0; channel < viz_series_channels(series); channel++)
        for (int64_t bin = first; bin <= last; bin++) {
            struct viz_column is = column_of(columns, channel, bin);
            struct viz_column want = oracle(series, channel, bin * bin_ns, bin_ns);
            cr_assert(same_column(is, want),
                      "channel %u bin %ld of %ld ns: %g %g %g %g, not %g %g %g %g",
                      channel, (long)bin, (long)bin_ns, (double)is.min, (double)is.max,
                      (double)is.enter, (double)is.leave, (double)want.min,
                      (double)want.max, (double)want.enter, (double)want.leave);
        }
}

Test(columns, empty_series)
{
    struct viz_series *series = viz_series_create(2, 16);
    struct viz_columns *columns = viz_columns_create(2, RING);
    float low, high;
    int64_t first, last;

    cr_assert(!viz_columns_range(columns, 0, 0, 10, &low, &high));
    cr_assert(!viz_columns_dirty(columns, &first, &last));
    viz_columns_update(columns, series, 100, 0, RING - 1);
    viz_columns_update(columns, series, 100, 1, RING);
    cr_assert(!viz_columns_range(columns, 0, 0, RING, &low, &high));
    viz_columns_destroy(columns);
    viz_columns_destroy(NULL);
    viz_series_destroy(series);
}

Test(columns, first_rows_after_nothing)
{
    struct viz_series *series = viz_series_create(1, 16);
    struct viz_columns *columns = viz_columns_create(1, RING);
    viz_columns_update(columns, series, 100, -20, -1);
    append(series, 1, -750, 3, 0);
    viz_columns_update(columns, series, 100, -20, -1);
    check_all(columns, series, 100, -20, -1);
    viz_columns_destroy(columns);
    viz_series_destroy(series);
}

Test(columns, another_series_is_another_picture)
{
    struct viz_series *one = viz_series_create(1, 16), *two = viz_series_create(1, 16);
    struct viz_columns *columns = viz_columns_create(1, RING);
    append(one, 1, 50, 1, 0);
    append(two, 1, 50, 2, 0);
    viz_columns_update(columns, one, 100, 0, 4);
    viz_columns_update(columns, two, 100, 0, 4);
    check_all(columns, two, 100, 0, 4);
    viz_columns_destroy(columns);
    viz_series_destroy(one);
    viz_series_destroy(two);
}

Test(columns, one_row_and_its_edges)
{
    struct viz_series *series = viz_series_create(1, 16);
    struct viz_columns *columns = viz_columns_create(1, RING);
    append(series, 1, 200, 7, 0); /* on an edge: belongs to the bin that begins there */
    viz_columns_update(columns, series, 100, 0, 4);
    check_all(columns, series, 100, 0, 4);
    cr_assert_float_eq(column_of(columns, 0, 2).enter, 7, 0);
    cr_assert_gt(column_of(columns, 0, 1).min, column_of(columns, 0, 1).max);
    float low, high;
    cr_assert(viz_columns_range(columns, 0, 0, 4, &low, &high));
    cr_assert(low == 7 && high == 7);
    cr_assert(!viz_columns_range(columns, 0, 3, 4, &low, &high));
    viz_columns_destroy(columns);
    viz_series_destroy(series);
}

Test(columns, sparse_rows_are_joined_by_a_line)
{
    struct viz_series *series = viz_series_create(1, 16);
    struct viz_columns *columns = viz_columns_create(1, RING);
    append(series, 1, 50, 0, 0);
    viz_columns_update(columns, series, 100, -2, 8);
    append(series, 1, 450, 4, 0);
    viz_columns_update(columns, series, 100, -2, 8);
    check_all(columns, series, 100, -2, 8);
    struct viz_column third = column_of(columns, 0, 2);
    cr_assert_float_eq(third.enter, 1.5, 1e-6);
    cr_assert_float_eq(third.leave, 2.5, 1e-6);
    cr_assert_float_eq(third.min, 1.5, 1e-6);
    int64_t first, last;
    cr_assert(viz_columns_dirty(columns, &first, &last));
    cr_assert(first == 0 && last == 8);
    viz_columns_destroy(columns);
    viz_series_destroy(series);
}

Test(columns, nothing_is_drawn_across_a_break_or_a_missing_value)
{
    const struct {
        float middle;
        unsigned flags;
    } cases[] = {{1, VIZ_ROW_BREAK}, {NAN, 0}, {viz_missing_value(), 0}, {INFINITY, 0}};
    for (size_t i = 0; i < 4; i++) {
        struct viz_series *series = viz_series_create(1, 16);
        struct viz_columns *columns = viz_columns_create(1, RING);
        append(series, 1, 50, 1, 0);
        append(series, 1, 450, cases[i].middle, cases[i].flags);
        append(series, 1, 850, 1, 0);
        viz_columns_update(columns, series, 100, 0, 9);
        check_all(columns, series, 100, 0, 9);
        cr_assert_gt(column_of(columns, 0, 2).min, column_of(columns, 0, 2).max);
        viz_columns_destroy(columns);
        viz_series_destroy(series);
    }
}

Test(columns, only_touched_bins_are_dirty)
{
    struct viz_series *series = viz_series_create(1, 256);
    struct viz_columns *columns = viz_columns_create(1, RING);
    int64_t first, last;
    for (int i = 0; i < 30; i++)
        append(series, 1, i * 100, (float)i, 0);
    viz_columns_update(columns, series, 100, 0, 40);
    viz_columns_update(columns, series, 100, 0, 40);
    cr_assert(!viz_columns_dirty(columns, &first, &last),
              "nothing new, nothing to upload");
    append(series, 1, 2950, 9, 0); /* late, into the newest bin */
    viz_columns_update(columns, series, 100, 0, 40);
    cr_assert(viz_columns_dirty(columns, &first, &last) && first == 29);
    check_all(columns, series, 100, 0, 40);
    viz_columns_update(columns, series, 100, 2, 42);
    cr_assert(viz_columns_dirty(columns, &first, &last) && first == 41 && last == 42);
    viz_columns_update(columns, series, 100, 1, 41);
    cr_assert(viz_columns_dirty(columns, &first, &last) && first == 1 && last == 1);
    viz_columns_update(columns, series, 50, 1, 41);
    cr_assert(viz_columns_dirty(columns, &first, &last) && first == 1 && last == 41);
    viz_columns_destroy(columns);
    viz_series_destroy(series);
}

Test(columns, series_exactly_full_then_one_more)
{
    struct viz_series *series = viz_series_create(1, 16);
    struct viz_columns *columns = viz_columns_create(1, RING);
    for (int i = 0; i < 16; i++)
        append(series, 1, i * 70, (float)(i % 5), 0);
    viz_columns_update(columns, series, 100, 0, 20);
    check_all(columns, series, 100, 0, 20);
    append(series, 1, 16 * 70, 3, 0);
    viz_columns_update(columns, series, 100, 0, 20);
    check_all(columns, series, 100, 0, 20);
    for (int i = 17; i < 60; i++)
        append(series, 1, i * 70, (float)(i % 5), 0); /* all rows of before are gone */
    viz_columns_update(columns, series, 100, 0, 50);
    check_all(columns, series, 100, 0, 50);
    viz_columns_destroy(columns);
    viz_series_destroy(series);
}

Test(columns, channel_that_appears_later)
{
    struct viz_series *series = viz_series_create(3, 64);
    struct viz_columns *columns = viz_columns_create(3, RING);
    for (int i = 0; i < 10; i++)
        append(series, 1, i * 90, (float)i, 0);
    viz_columns_update(columns, series, 100, 0, 30);
    for (int i = 10; i < 20; i++)
        append(series, 3, i * 90, (float)i, 0);
    viz_columns_update(columns, series, 100, 0, 30);
    check_all(columns, series, 100, 0, 30);
    cr_assert_gt(column_of(columns, 2, 5).min, column_of(columns, 2, 5).max);
    viz_columns_destroy(columns);
    viz_series_destroy(series);
}

Test(columns, range_ignores_infinities)
{
    struct viz_series *series = viz_series_create(1, 16);
    struct viz_columns *columns = viz_columns_create(1, RING);
    append(series, 1, 0, INFINITY, 0);
    append(series, 1, 100, 2, 0);
    append(series, 1, 200, -INFINITY, 0);
    append(series, 1, 300, 1, 0);
    viz_columns_update(columns, series, 100, 0, 5);
    float low, high;
    cr_assert(viz_columns_range(columns, 0, 0, 5, &low, &high));
    cr_assert(low == 1 && high == 2);
    viz_columns_destroy(columns);
    viz_series_destroy(series);
}

static float random_value(uint64_t *random)
{
    switch (below(random, 24)) {
    case 0:
        return NAN;
    case 1:
        return viz_missing_value();
    default:
        return (float)below(random, 2001) / 100 - 10;
    }
}

/* Rows at irregular distances: often several a bin, sometimes many bins apart. */
static void append_random(struct viz_series *series, uint32_t channels,
                          uint64_t *random, int64_t *time)
{
    uint32_t rows = below(random, 20);
    struct viz_block *block = block_create(32, channels);
    for (uint32_t i = 0; i < rows; i++) {
        *time += below(random, 10) ? below(random, 300) : below(random, 3000);
        block->row[i].time_ns = *time;
        block->row[i].flags = below(random, 40) ? 0 : VIZ_ROW_BREAK;
        for (uint32_t channel = 0; channel < channels; channel++)
            viz_block_channel(block, channel)[i] = random_value(random);
    }
    block->rows = rows;
    viz_series_append(series, block);
    block_destroy(block);
}

/* Any sequence of appending, following, panning and zooming leaves what a fresh object
 * computes in one go, and what the oracle says. */
static void walk(uint64_t seed)
{
    uint64_t random = seed * 0x9e3779b97f4a7c15 + 1;
    struct viz_series *series = viz_series_create(3, ROWS);
    struct viz_columns *columns = viz_columns_create(3, RING);
    int64_t time = (int64_t)below(&random, 100000) - 50000, bin_ns = 500;
    uint32_t channels = 1;
    int64_t behind = 0;
    for (int step = 0; step < 120; step++) {
        if (below(&random, 3))
            append_random(series, channels, &random, &time);
        if (!below(&random, 30) && channels < 3)
            channels++;
        if (!below(&random, 10))
            bin_ns = 1 + below(&random, 2000);
        if (!below(&random, 6))
            behind = below(&random, 40) - 5;
        int64_t last = time / bin_ns - behind;
        int64_t first = last - below(&random, RING);
        viz_columns_update(columns, series, bin_ns, first, last);
        check_all(columns, series, bin_ns, first, last);
    }
    viz_columns_destroy(columns);
    viz_series_destroy(series);
}

Test(columns, random_walks_match_the_oracle)
{
    for (uint64_t seed = 0; seed < 60; seed++)
        walk(seed);
}

/* A renderer's mirror that takes over dirty bins only ends up with every column. */
Test(columns, dirty_bins_are_all_that_changed)
{
    uint64_t random = 77;
    struct viz_series *series = viz_series_create(1, 128);
    struct viz_columns *columns = viz_columns_create(1, RING);
    struct viz_column mirror[RING];
    int64_t time = 0;
    for (int step = 0; step < 4000; step++) {
        if (below(&random, 2))
            append_random(series, 1, &random, &time);
        /* Panning within what is held and what was pushed out. */
        int64_t last = time / 400 + 4 - below(&random, 120), first = last - 50;
        viz_columns_update(columns, series, 400, first, last);
        int64_t from, to;
        if (viz_columns_dirty(columns, &from, &to))
            for (int64_t bin = from; bin <= to; bin++)
                mirror[bin & (RING - 1)] = column_of(columns, 0, bin);
        for (int64_t bin = first; bin <= last; bin++)
            cr_assert(
                same_column(mirror[bin & (RING - 1)], column_of(columns, 0, bin)));
    }
    viz_columns_destroy(columns);
    viz_series_destroy(series);
}
