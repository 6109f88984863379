/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rig.h"

#include <viz/series.h>

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <string.h>

/* The same rows kept plainly, and every question answered by looking at all of them. */
struct oracle {
    struct viz_series *series;
    uint32_t channels;
    uint64_t rows, capacity, room;
    int64_t *time;
    bool *broken;
    float *value; /* [row * 4 + channel] */
    uint64_t random;
};

#define CHANNELS 4

static void init(struct oracle *oracle, uint64_t capacity, uint64_t room)
{
    *oracle = (struct oracle){.capacity = capacity, .room = room};
    oracle->series = viz_series_create(CHANNELS, capacity);
    oracle->time = viz_zalloc(room * sizeof(int64_t));
    oracle->broken = viz_zalloc(room * sizeof(bool));
    oracle->value = viz_zalloc(room * CHANNELS * sizeof(float));
    oracle->random = 88172645463325252ULL + capacity;
    oracle->channels = 1;
}

static void finish(struct oracle *oracle)
{
    viz_series_destroy(oracle->series);
    free(oracle->time);
    free(oracle->broken);
    free(oracle->value);
}

/* Far from 0, which is what memory holds where nothing was written. */
static float any_value(uint64_t *random)
{
    uint64_t kind = rig_below(random, 6000);
    if (kind < 2)
        return kind ? INFINITY : -INFINITY;
    if (kind < 500)
        return NAN;
    if (kind < 1000)
        return viz_missing_value();
    return (float)rig_below(random, 20001) / 10 + 1000;
}

/* Append @rows rows; long runs of nothing in channel 1, breaks every now and then. */
static void append(struct oracle *oracle, uint32_t rows)
{
    struct viz_block *block = rig_block_create(rows, oracle->channels);
    uint64_t begin = viz_series_begin(oracle->series);
    cr_assert_leq(oracle->rows + rows, oracle->room);
    block->rows = rows;
    for (uint32_t i = 0; i < rows; i++) {
        uint64_t row = oracle->rows + i;
        int64_t before = row ? oracle->time[row - 1] : -50;
        oracle->time[row] = before + (int64_t)rig_below(&oracle->random, 3);
        oracle->broken[row] = rig_below(&oracle->random, 90) == 0;
        block->row[i] = (struct viz_row){
            .time_ns = oracle->time[row],
            .samples = (uint16_t)(row % 5),
            .flags = oracle->broken[row] ? VIZ_ROW_BREAK : 0,
        };
        for (uint32_t c = 0; c < CHANNELS; c++) {
            float value = any_value(&oracle->random);
            if (c >= oracle->channels ||
                (c == 1 && row / (oracle->capacity / 3 + 41) % 2))
                value = viz_missing_value();
            oracle->value[row * CHANNELS + c] = value;
            if (c < oracle->channels)
                viz_block_channel(block, c)[i] = value;
        }
    }
    oracle->rows += rows;
    uint64_t evicted = viz_series_append(oracle->series, block);
    cr_assert_eq(evicted, viz_series_begin(oracle->series) - begin);
    rig_block_destroy(block);
}

static uint64_t oldest(const struct oracle *oracle)
{
    return oracle->rows > oracle->capacity ? oracle->rows - oracle->capacity : 0;
}

static struct viz_span naive_span(const struct oracle *oracle, uint32_t channel,
                                  uint64_t from, uint64_t to)
{
    struct viz_span span = {INFINITY, -INFINITY, NAN, NAN};
    for (uint64_t row = from; row < to && row < oracle->rows; row++) {
        if (row < oldest(oracle))
            continue;
        float value = oracle->value[row * CHANNELS + channel];
        if (isnan(value))
            continue;
        span.min = value < span.min ? value : span.min;
        span.max = value > span.max ? value : span.max;
        span.first = isnan(span.first) ? value : span.first;
        span.last = value;
    }
    return span;
}

static bool same(float a, float b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void check_range(const struct oracle *oracle, uint64_t from, uint64_t to)
{
    for (uint32_t c = 0; c < CHANNELS; c++) {
        struct viz_span is = viz_series_span(oracle->series, c, from, to);
        struct viz_span expected = naive_span(oracle, c, from, to);
        cr_assert(
            same(is.min, expected.min) && same(is.max, expected.max) &&
                same(is.first, expected.first) && same(is.last, expected.last),
            "channel %u of [%llu, %llu): %g..%g (%g, %g), expected %g..%g (%g, %g)", c,
            (unsigned long long)from, (unsigned long long)to, is.min, is.max, is.first,
            is.last, expected.min, expected.max, expected.first, expected.last);
    }
    bool broken = false;
    for (uint64_t row = from; row < to && row < oracle->rows; row++)
        broken = broken || (row >= oldest(oracle) && oracle->broken[row]);
    cr_assert_eq(viz_series_broken(oracle->series, from, to), broken);
}

static void check_rows(const struct oracle *oracle)
{
    cr_assert_eq(viz_series_begin(oracle->series), oldest(oracle));
    cr_assert_eq(viz_series_end(oracle->series), oracle->rows);
    for (uint64_t row = oldest(oracle); row < oracle->rows; row++) {
        cr_assert_eq(viz_series_time(oracle->series, row), oracle->time[row]);
        cr_assert_eq(viz_series_break(oracle->series, row), oracle->broken[row]);
        cr_assert_eq(viz_series_samples(oracle->series, row), row % 5);
        for (uint32_t c = 0; c < CHANNELS; c++) {
            float is = viz_series_value(oracle->series, c, row);
            float expected = oracle->value[row * CHANNELS + c];
            cr_assert_eq(viz_missing(is), viz_missing(expected));
            cr_assert(same(is, expected));
        }
    }
}

static void check_find(struct oracle *oracle)
{
    int64_t last = oracle->rows ? oracle->time[oracle->rows - 1] : 0;
    for (int i = 0; i < 200; i++) {
        int64_t at = (int64_t)rig_below(&oracle->random, (uint64_t)last + 100) - 70;
        uint64_t expected = oldest(oracle);
        while (expected < oracle->rows && oracle->time[expected] < at)
            expected++;
        cr_assert_eq(viz_series_find(oracle->series, at), expected);
    }
}

Test(series, empty_answers_everything)
{
    struct viz_series *series = viz_series_create(1, 16);
    struct viz_span span = viz_series_span(series, 0, 0, 100);
    cr_expect_eq(viz_series_begin(series), 0);
    cr_expect_eq(viz_series_end(series), 0);
    cr_expect_eq(viz_series_capacity(series), 16);
    cr_expect_eq(viz_series_channels(series), 0);
    cr_expect_eq(viz_series_find(series, INT64_MIN), 0);
    cr_expect_gt(span.min, span.max);
    cr_expect(isnan(span.first) && isnan(span.last));
    cr_expect_not(viz_series_broken(series, 0, UINT64_MAX));
    struct viz_block *block = rig_block_create(1, 1);
    cr_expect_eq(viz_series_append(series, block), 0);
    cr_expect_eq(viz_series_end(series), 0);
    rig_block_destroy(block);
    viz_series_destroy(series);
    viz_series_destroy(NULL);
}

Test(series, a_capacity_that_is_no_power_of_two_is_a_mistake, .signal = SIGABRT)
{
    viz_series_create(1, 48);
}

Test(series, a_block_larger_than_the_ring_is_a_mistake, .signal = SIGABRT)
{
    struct viz_block *block = rig_block_create(17, 1);
    block->rows = 17;
    viz_series_append(viz_series_create(1, 16), block);
}

/* Exactly full, one more, and a block as large as the whole ring, across the seam. */
Test(series, full_and_one_more)
{
    struct oracle oracle;
    init(&oracle, 64, 300);
    append(&oracle, 60);
    append(&oracle, 4);
    check_rows(&oracle);
    check_range(&oracle, 0, 64);
    append(&oracle, 1);
    cr_expect_eq(viz_series_begin(oracle.series), 1);
    check_rows(&oracle);
    check_range(&oracle, 0, 65);
    append(&oracle, 64);
    check_rows(&oracle);
    for (uint64_t from = 60; from < 135; from++)
        for (uint64_t to = from; to < 135; to++)
            check_range(&oracle, from, to);
    finish(&oracle);
}

/* Ranges anywhere, held, evicted and to come, over rings with one to four levels;
 * channels begin later, in the middle of a group. */
static void check_pyramid(uint64_t capacity, uint64_t rows, uint32_t block_rows)
{
    struct oracle oracle;
    init(&oracle, capacity, rows + block_rows);
    while (oracle.rows < rows) {
        append(&oracle, 1 + (uint32_t)rig_below(&oracle.random, block_rows));
        if (oracle.channels < CHANNELS && oracle.rows > rows * oracle.channels / 5)
            oracle.channels++;
        for (int i = 0; i < 6; i++) {
            uint64_t from = rig_below(&oracle.random, oracle.rows + 20);
            uint64_t length =
                rig_below(&oracle.random, 2ULL << rig_below(&oracle.random, 13));
            check_range(&oracle, from, from + length);
        }
    }
    check_range(&oracle, 0, UINT64_MAX);
    check_range(&oracle, 5, 5);
    check_range(&oracle, 9, 3);
    check_rows(&oracle);
    check_find(&oracle);
    cr_expect_eq(oracle.channels, CHANNELS);
    finish(&oracle);
}

Test(series, pyramid_equals_looking_at_every_row)
{
    check_pyramid(16, 800, 7);
    check_pyramid(32, 2000, 16);
    check_pyramid(256, 5000, 100);
    check_pyramid(512, 9000, 130);
    check_pyramid(4096, 30000, 300);
    check_pyramid(8192, 30000, 900);
}

/* 65536 rows: a fourth level, asked where groups of every level begin and end. */
Test(series, edges_of_every_level)
{
    struct oracle oracle;
    init(&oracle, 65536, 140000);
    oracle.channels = CHANNELS;
    while (oracle.rows < 139000)
        append(&oracle, 1000);
    for (int shift = 4; shift <= 16; shift += 4) {
        uint64_t from = ((oldest(&oracle) >> shift) + 1) << shift;
        for (int a = -1; a <= 1; a++)
            for (int b = -1; b <= 1; b++)
                check_range(&oracle, from + (uint64_t)a,
                            from + (1ULL << shift) + (uint64_t)b);
    }
    check_range(&oracle, 0, oracle.rows);
    finish(&oracle);
}

/* A single break is found from either side of every word and summary word, and only
 * there, also when it lies behind the seam. */
Test(series, breaks_across_words_and_seams)
{
    enum { CAPACITY = 16384 };
    const uint64_t at[] = {0,    1,    63,   64,    65,    4095,
                           4096, 8191, 8192, 16383, 16384, 20000};
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        struct viz_series *series = viz_series_create(1, CAPACITY);
        struct viz_block *block = rig_block_create(500, 1);
        uint64_t end = 0;
        for (; end < 20500; end += 500) {
            for (uint32_t r = 0; r < 500; r++)
                block->row[r].flags = end + r == at[i] ? VIZ_ROW_BREAK : 0;
            block->rows = 500;
            viz_series_append(series, block);
        }
        bool held = at[i] >= end - CAPACITY;
        cr_expect_eq(viz_series_broken(series, 0, end), held);
        cr_expect_eq(viz_series_broken(series, at[i], at[i] + 1), held);
        cr_expect_eq(viz_series_broken(series, end - CAPACITY, at[i] + 1), held);
        cr_expect_not(viz_series_broken(series, 0, at[i]));
        cr_expect_not(viz_series_broken(series, at[i] + 1, end));
        rig_block_destroy(block);
        viz_series_destroy(series);
    }
}

Test(series, the_first_of_equal_times_is_found)
{
    struct viz_series *series = viz_series_create(1, 64);
    struct viz_block *block = rig_block_create(60, 1);
    for (int i = 0; i < 60; i++)
        block->row[i].time_ns = i / 20 * 10;
    block->rows = 60;
    viz_series_append(series, block);
    cr_expect_eq(viz_series_find(series, INT64_MIN), 0);
    cr_expect_eq(viz_series_find(series, 0), 0);
    cr_expect_eq(viz_series_find(series, 1), 20);
    cr_expect_eq(viz_series_find(series, 10), 20);
    cr_expect_eq(viz_series_find(series, 20), 40);
    cr_expect_eq(viz_series_find(series, 21), 60);
    cr_expect_eq(viz_series_find(series, INT64_MAX), 60);
    rig_block_destroy(block);
    viz_series_destroy(series);
}

Test(series, a_channel_that_is_not_there_is_missing)
{
    struct oracle oracle;
    init(&oracle, 64, 100);
    append(&oracle, 10);
    cr_expect(viz_missing(viz_series_value(oracle.series, 3, 5)));
    struct viz_span span = viz_series_span(oracle.series, 3, 0, 10);
    cr_expect_gt(span.min, span.max);
    finish(&oracle);
}
