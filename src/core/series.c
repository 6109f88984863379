/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/series.h>

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/minmax.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP VIZ_SERIES_STEP
#define STEP_BITS 4
#define MAX_LEVELS 9

struct channel {
    float *value;                         /* [capacity] */
    struct viz_minmax *level[MAX_LEVELS]; /* [k]: entries of STEP^(k+1) rows */
    uint64_t first_row;                   /* rows before it are missing */
};

struct viz_series {
    uint64_t capacity, mask, begin, end;
    uint32_t channels, max_channels;
    unsigned levels;
    int64_t *time;           /* [capacity] */
    uint16_t *samples;       /* [capacity] */
    uint64_t *breaks;        /* a bit a row */
    uint64_t *break_words;   /* a bit for each word of breaks that is not 0 */
    struct channel *channel; /* [max_channels] */
};

static uint64_t level_entries(const struct viz_series *series, unsigned level)
{
    return series->capacity >> (STEP_BITS * (level + 1));
}

static uint64_t words_for(uint64_t bits)
{
    return (bits + 63) / 64;
}

static void create_channel(struct viz_series *series, struct channel *channel)
{
    channel->value = viz_map(series->capacity * sizeof(float));
    for (unsigned k = 0; k < series->levels; k++)
        channel->level[k] =
            viz_map(level_entries(series, k) * sizeof(struct viz_minmax));
}

struct viz_series *viz_series_create(uint32_t max_channels, uint64_t capacity_rows)
{
    viz_assert(capacity_rows >= STEP && !(capacity_rows & (capacity_rows - 1)));
    viz_assert(max_channels >= 1 && max_channels <= VIZ_MAX_CHANNELS);
    struct viz_series *series = viz_zalloc(sizeof(*series));
    series->capacity = capacity_rows;
    series->mask = capacity_rows - 1;
    series->max_channels = max_channels;
    while (series->levels < MAX_LEVELS && level_entries(series, series->levels) > 0)
        series->levels++;
    series->time = viz_map(capacity_rows * sizeof(series->time[0]));
    series->samples = viz_map(capacity_rows * sizeof(series->samples[0]));
    series->breaks = viz_map(words_for(capacity_rows) * 8);
    series->break_words = viz_map(words_for(words_for(capacity_rows)) * 8);
    series->channel = viz_zalloc(max_channels * sizeof(series->channel[0]));
    for (uint32_t i = 0; i < max_channels; i++)
        create_channel(series, &series->channel[i]);
    return series;
}

void viz_series_destroy(struct viz_series *series)
{
    if (!series)
        return;
    for (uint32_t i = 0; i < series->max_channels; i++) {
        struct channel *channel = &series->channel[i];
        viz_unmap(channel->value, series->capacity * sizeof(float));
        for (unsigned k = 0; k < series->levels; k++)
            viz_unmap(channel->level[k],
                      level_entries(series, k) * sizeof(struct viz_minmax));
    }
    viz_unmap(series->time, series->capacity * sizeof(series->time[0]));
    viz_unmap(series->samples, series->capacity * sizeof(series->samples[0]));
    viz_unmap(series->breaks, words_for(series->capacity) * 8);
    viz_unmap(series->break_words, words_for(words_for(series->capacity)) * 8);
    free(series->channel);
    free(series);
}

static void set_break(struct viz_series *series, uint64_t row, bool broken)
{
    uint64_t at = row & series->mask, word = at / 64;
    if (broken)
        series->breaks[word] |= 1ULL << (at % 64);
    else
        series->breaks[word] &= ~(1ULL << (at % 64));
    if (series->breaks[word])
        series->break_words[word / 64] |= 1ULL << (word % 64);
    else
        series->break_words[word / 64] &= ~(1ULL << (word % 64));
}

static void append_rows(struct viz_series *series, const struct viz_block *block)
{
    for (uint32_t i = 0; i < block->rows; i++) {
        uint64_t row = series->end + i;
        series->time[row & series->mask] = block->row[i].time_ns;
        series->samples[row & series->mask] = block->row[i].samples;
        set_break(series, row, block->row[i].flags & VIZ_ROW_BREAK);
    }
}

/* Take rows [from, to) of the ring into @into; they may wrap. */
static void scan_ring(const struct viz_series *series, const float *value,
                      uint64_t from, uint64_t to, struct viz_minmax *into)
{
    while (from < to) {
        uint64_t at = from & series->mask, run = series->capacity - at;
        if (run > to - from)
            run = to - from;
        viz_minmax_scan(into, value + at, run);
        from += run;
    }
}

static void merge_entries(const struct viz_series *series,
                          const struct channel *channel, unsigned level, uint64_t from,
                          uint64_t to, struct viz_minmax *into)
{
    uint64_t mask = level_entries(series, level) - 1;
    for (; from < to; from++)
        viz_minmax_merge(into, channel->level[level][from & mask]);
}

/* The newest group may be unfinished: it covers the rows so far and grows with them. A
 * group that begins before the channel does covers rows that nobody wrote: neither is
 * ever asked for, since questions are clipped first. */
static void build_levels(const struct viz_series *series, struct channel *channel,
                         uint64_t from, uint64_t to)
{
    for (unsigned k = 0; k < series->levels; k++) {
        unsigned shift = STEP_BITS * (k + 1);
        uint64_t mask = level_entries(series, k) - 1;
        for (uint64_t group = from >> shift; group <= (to - 1) >> shift; group++) {
            struct viz_minmax sum = viz_minmax_none();
            uint64_t first = group << shift, last = (group + 1) << shift;
            if (last > to)
                last = to;
            if (k == 0)
                scan_ring(series, channel->value, first, last, &sum);
            else
                merge_entries(series, channel, k - 1, first >> (shift - STEP_BITS),
                              ((last - 1) >> (shift - STEP_BITS)) + 1, &sum);
            channel->level[k][group & mask] = sum;
        }
    }
}

static void append_values(struct viz_series *series, struct channel *channel,
                          const float *value, uint32_t rows)
{
    uint64_t at = series->end & series->mask, run = series->capacity - at;
    if (run > rows)
        run = rows;
    memcpy(channel->value + at, value, run * sizeof(float));
    memcpy(channel->value, value + run, (rows - run) * sizeof(float));
}

uint64_t viz_series_append(struct viz_series *series, struct viz_block *block)
{
    viz_assert(block->channels <= series->max_channels);
    viz_assert(block->channels >= series->channels && block->rows <= series->capacity);
    if (!block->rows)
        return 0;
    for (; series->channels < block->channels; series->channels++)
        series->channel[series->channels].first_row = series->end;

    append_rows(series, block);
    uint64_t end = series->end + block->rows;
    for (uint32_t i = 0; i < series->channels; i++) {
        struct channel *channel = &series->channel[i];
        append_values(series, channel, viz_block_channel(block, i), block->rows);
        build_levels(series, channel, series->end, end);
    }
    series->end = end;
    uint64_t begin = end > series->capacity ? end - series->capacity : 0;
    uint64_t evicted = begin - series->begin;
    series->begin = begin;
    return evicted;
}

uint64_t viz_series_begin(const struct viz_series *series)
{
    return series->begin;
}

uint64_t viz_series_end(const struct viz_series *series)
{
    return series->end;
}

uint64_t viz_series_capacity(const struct viz_series *series)
{
    return series->capacity;
}

uint32_t viz_series_channels(const struct viz_series *series)
{
    return series->channels;
}

int64_t viz_series_time(const struct viz_series *series, uint64_t row)
{
    return series->time[row & series->mask];
}

float viz_series_value(const struct viz_series *series, uint32_t channel, uint64_t row)
{
    const struct channel *from = &series->channel[channel];
    if (channel >= series->channels || row < from->first_row)
        return viz_missing_value();
    return from->value[row & series->mask];
}

bool viz_series_break(const struct viz_series *series, uint64_t row)
{
    uint64_t at = row & series->mask;
    return series->breaks[at / 64] >> (at % 64) & 1;
}

uint32_t viz_series_samples(const struct viz_series *series, uint64_t row)
{
    return series->samples[row & series->mask];
}

uint64_t viz_series_find(const struct viz_series *series, int64_t time_ns)
{
    uint64_t low = series->begin, high = series->end;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (series->time[middle & series->mask] < time_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint64_t align_up(uint64_t value, uint64_t limit)
{
    uint64_t up = (value + STEP - 1) & ~(uint64_t)(STEP - 1);
    return up < limit ? up : limit;
}

/* Up the pyramid: at each level the edges that do not fill a group of the next one. */
static struct viz_minmax range_of(const struct viz_series *series,
                                  const struct channel *channel, uint64_t from,
                                  uint64_t to)
{
    struct viz_minmax sum = viz_minmax_none();
    uint64_t up = align_up(from, to), down = to & ~(uint64_t)(STEP - 1);
    scan_ring(series, channel->value, from, up, &sum);
    if (down < up)
        down = up;
    scan_ring(series, channel->value, down, to, &sum);
    from = up / STEP;
    to = down / STEP;
    for (unsigned k = 0; k < series->levels && up < down; k++) {
        if (k + 1 == series->levels) {
            merge_entries(series, channel, k, from, to, &sum);
            break;
        }
        up = align_up(from, to);
        down = to & ~(uint64_t)(STEP - 1);
        if (down < up)
            down = up;
        merge_entries(series, channel, k, from, up, &sum);
        merge_entries(series, channel, k, down, to, &sum);
        from = up / STEP;
        to = down / STEP;
    }
    return sum;
}

static bool is_number(float value)
{
    return value == value;
}

/* Rows that one empty group covers, ahead of @edge or behind it, @room at most; 0: none.
 * What is empty at one level may be part of something empty at the next. */
static uint64_t empty_run(const struct viz_series *series,
                          const struct channel *channel, uint64_t edge, uint64_t room,
                          bool ahead)
{
    uint64_t run = 0;
    for (unsigned k = 0; k < series->levels; k++) {
        unsigned shift = STEP_BITS * (k + 1);
        uint64_t rows = 1ULL << shift, mask = level_entries(series, k) - 1;
        if (edge % rows || rows > room)
            break;
        uint64_t group = (ahead ? edge : edge - rows) >> shift;
        struct viz_minmax entry = channel->level[k][group & mask];
        if (entry.min <= entry.max)
            break;
        run = rows;
    }
    return run;
}

static float first_number(const struct viz_series *series,
                          const struct channel *channel, uint64_t from, uint64_t to)
{
    while (from < to) {
        float value = channel->value[from & series->mask];
        if (is_number(value))
            return value;
        uint64_t run = empty_run(series, channel, from, to - from, true);
        from += run ? run : 1;
    }
    return NAN;
}

static float last_number(const struct viz_series *series, const struct channel *channel,
                         uint64_t from, uint64_t to)
{
    while (from < to) {
        float value = channel->value[(to - 1) & series->mask];
        if (is_number(value))
            return value;
        uint64_t run = empty_run(series, channel, to, to - from, false);
        to -= run ? run : 1;
    }
    return NAN;
}

struct viz_span viz_series_span(const struct viz_series *series, uint32_t channel,
                                uint64_t from, uint64_t to)
{
    struct viz_span span = {INFINITY, -INFINITY, NAN, NAN};
    if (channel >= series->channels)
        return span;
    const struct channel *of = &series->channel[channel];
    if (from < series->begin)
        from = series->begin;
    if (from < of->first_row)
        from = of->first_row;
    if (to > series->end)
        to = series->end;
    if (from >= to)
        return span;
    struct viz_minmax range = range_of(series, of, from, to);
    span.min = range.min;
    span.max = range.max;
    if (range.min > range.max)
        return span;
    span.first = first_number(series, of, from, to);
    span.last = last_number(series, of, from, to);
    return span;
}

/* Whether a bit of [from, to) is set, all within one lap of the ring. */
static bool any_break(const struct viz_series *series, uint64_t from, uint64_t to)
{
    while (from < to) {
        uint64_t word = from / 64, bit = from % 64;
        if (bit == 0 && to - from >= 64 && word % 64 == 0 &&
            !series->break_words[word / 64] && to - from >= 4096) {
            from += 4096;
            continue;
        }
        uint64_t run = 64 - bit < to - from ? 64 - bit : to - from;
        uint64_t bits = series->breaks[word] >> bit;
        if (run < 64)
            bits &= (1ULL << run) - 1;
        if (bits)
            return true;
        from += run;
    }
    return false;
}

bool viz_series_broken(const struct viz_series *series, uint64_t from, uint64_t to)
{
    if (from < series->begin)
        from = series->begin;
    if (to > series->end)
        to = series->end;
    if (from >= to)
        return false;
    uint64_t at = from & series->mask, run = series->capacity - at;
    if (run >= to - from)
        return any_break(series, at, at + (to - from));
    return any_break(series, at, series->capacity) ||
           any_break(series, 0, to - from - run);
}
