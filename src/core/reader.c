/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/reader.h>

#include <viz/alloc.h>
#include <viz/error.h>

#include <stdlib.h>
#include <string.h>

#define MAX_UNSEEN 256
#define GIVEN_UP_GROUPS 32
#define MAX_GIVEN_UP (GIVEN_UP_GROUPS + 4)

/* Rows [from, to) that were in no presented frame yet. */
struct range {
    uint64_t from, to;
};

/* Samples of unseen rows before @to that are no longer told apart. */
struct given_up {
    uint64_t to, samples;
};

struct viz_reader {
    struct viz_stream *stream;
    struct viz_series *series;
    struct viz_block *held, **held_tail; /* drained for the coming frame */

    struct range unseen[MAX_UNSEEN]; /* in order, apart from each other */
    uint32_t unseen_count;
    struct given_up given_up[MAX_GIVEN_UP]; /* oldest first */
    uint32_t given_up_count;

    bool any_hidden;
    bool hide[VIZ_MAX_CHANNELS];

    uint64_t drained; /* samples taken from the feed, hidden ones included */
    uint64_t drawn, hidden, evicted_unseen;
    bool balanced;
    struct viz_reader_span span;
};

static uint64_t power_of_two(uint64_t rows)
{
    uint64_t size = VIZ_SERIES_STEP;
    while (size < rows)
        size *= 2;
    return size;
}

struct viz_reader *viz_reader_create(struct viz_stream *stream, uint64_t history_rows)
{
    struct viz_reader *reader = viz_zalloc(sizeof(*reader));
    uint32_t block_rows = viz_feed_rows(stream->feed);
    reader->stream = stream;
    reader->series = viz_series_create(
        stream->max_channels,
        power_of_two(history_rows > block_rows ? history_rows : block_rows));
    reader->held_tail = &reader->held;
    reader->balanced = true;
    return reader;
}

void viz_reader_destroy(struct viz_reader *reader)
{
    if (!reader)
        return;
    viz_series_destroy(reader->series);
    free(reader);
}

void viz_reader_hide(struct viz_reader *reader, uint32_t channel)
{
    viz_assert(channel < VIZ_MAX_CHANNELS);
    reader->hide[channel] = true;
    reader->any_hidden = true;
}

void viz_reader_show(struct viz_reader *reader, uint32_t channel)
{
    viz_assert(channel < VIZ_MAX_CHANNELS);
    reader->hide[channel] = false;
}

bool viz_reader_hidden(const struct viz_reader *reader, uint32_t channel)
{
    return channel < VIZ_MAX_CHANNELS && reader->hide[channel];
}

/* Take hidden samples out of the rows' weights, so that from here on only shown samples
 * count. */
static void take_out_hidden(struct viz_reader *reader, struct viz_block *block)
{
    for (uint32_t c = 0; c < block->channels; c++) {
        if (!reader->hide[c])
            continue;
        const float *value = viz_block_channel(block, c);
        for (uint32_t i = 0; i < block->rows; i++) {
            if (viz_missing(value[i]))
                continue;
            block->row[i].samples--;
            reader->hidden++;
        }
    }
}

static uint64_t samples_in(const struct viz_reader *reader, uint64_t from, uint64_t to)
{
    uint64_t samples = 0;
    for (; from < to; from++)
        samples += viz_series_samples(reader->series, from);
    return samples;
}

static void remove_range(struct viz_reader *reader, uint32_t index)
{
    reader->unseen_count--;
    memmove(&reader->unseen[index], &reader->unseen[index + 1],
            (reader->unseen_count - index) * sizeof(reader->unseen[0]));
}

/* Remember the samples of rows up to @to as unseen for good, by coarse groups of rows:
 * they stay held until the series lets go of them. */
static void give_up(struct viz_reader *reader, uint64_t to, uint64_t samples)
{
    uint64_t size = viz_series_capacity(reader->series) / GIVEN_UP_GROUPS + 1;
    struct given_up *last = reader->given_up + reader->given_up_count - 1;
    if (!reader->given_up_count || last->to / size != to / size) {
        viz_assert(reader->given_up_count < MAX_GIVEN_UP);
        last = &reader->given_up[reader->given_up_count++];
        *last = (struct given_up){0};
    }
    last->to = to;
    last->samples += samples;
}

/* The series no longer holds rows before @begin. */
static void evict_given_up(struct viz_reader *reader, uint64_t begin)
{
    uint32_t gone = 0;
    while (gone < reader->given_up_count && reader->given_up[gone].to <= begin)
        reader->evicted_unseen += reader->given_up[gone++].samples;
    reader->given_up_count -= gone;
    memmove(reader->given_up, reader->given_up + gone,
            reader->given_up_count * sizeof(reader->given_up[0]));
}

/* New rows are unseen. Where there is no room for one more range, the oldest is given up:
 * should it be seen after all, it is not counted as drawn any more. */
static void add_unseen(struct viz_reader *reader, uint64_t from, uint64_t to)
{
    if (reader->unseen_count && reader->unseen[reader->unseen_count - 1].to == from) {
        reader->unseen[reader->unseen_count - 1].to = to;
        return;
    }
    if (reader->unseen_count == MAX_UNSEEN) {
        struct range oldest = reader->unseen[0];
        give_up(reader, oldest.to, samples_in(reader, oldest.from, oldest.to));
        remove_range(reader, 0);
    }
    reader->unseen[reader->unseen_count++] = (struct range){from, to};
}

/* Cut [from, to) out of the unseen rows and return how many samples that were. A cut
 * that would need one more range than there is room for is not made: these samples stay
 * held, which understates drawn and never invents it. One range is kept free for new
 * rows. */
static uint64_t cut_unseen(struct viz_reader *reader, uint64_t from, uint64_t to)
{
    uint64_t samples = 0;
    for (uint32_t i = 0; i < reader->unseen_count;) {
        struct range *range = &reader->unseen[i];
        uint64_t low = range->from > from ? range->from : from;
        uint64_t high = range->to < to ? range->to : to;
        if (low >= high) {
            i++;
            continue;
        }
        bool splits = low > range->from && high < range->to;
        if (splits && reader->unseen_count >= MAX_UNSEEN - 1)
            return samples;
        samples += samples_in(reader, low, high);
        if (splits) {
            memmove(range + 1, range,
                    (reader->unseen_count - i) * sizeof(reader->unseen[0]));
            reader->unseen_count++;
            range[0].to = low;
            range[1].from = high;
            return samples;
        }
        if (low > range->from)
            range->to = low;
        else if (high < range->to)
            range->from = high;
        else {
            remove_range(reader, i);
            continue;
        }
        i++;
    }
    return samples;
}

/* Before the series lets go of them: rows that the coming block pushes out unseen. */
static void evict_for(struct viz_reader *reader, uint32_t rows)
{
    uint64_t end = viz_series_end(reader->series) + rows;
    uint64_t capacity = viz_series_capacity(reader->series);
    if (end <= capacity)
        return;
    reader->evicted_unseen += cut_unseen(reader, 0, end - capacity);
    evict_given_up(reader, end - capacity);
}

static void check_tally(struct viz_reader *reader, const struct viz_block *block)
{
    if (block->before.received != reader->drained + block->before.overflow)
        reader->balanced = false;
}

static int64_t rate_time(const struct viz_reader *reader, const struct viz_row *row)
{
    return reader->stream->scheduled ? row->decoded_ns : row->time_ns;
}

static void take_block(struct viz_reader *reader, struct viz_block *block)
{
    uint64_t end = viz_series_end(reader->series);
    viz_assert(block->first_row == end && block->rows > 0);
    check_tally(reader, block);
    reader->drained += block->samples;
    if (reader->any_hidden)
        take_out_hidden(reader, block);
    evict_for(reader, block->rows);
    viz_series_append(reader->series, block);
    add_unseen(reader, end, end + block->rows);

    if (!reader->span.rows)
        reader->span.first_ns = rate_time(reader, &block->row[0]);
    reader->span.rows += block->rows;
    reader->span.last_ns = rate_time(reader, &block->row[block->rows - 1]);
}

uint64_t viz_reader_drain(struct viz_reader *reader)
{
    struct viz_feed *feed = reader->stream->feed;
    uint64_t rows = 0;
    for (uint32_t left = viz_feed_depth(feed); left > 0; left--) {
        struct viz_block *block = viz_feed_drain(feed);
        if (!block)
            break;
        block->drained_ns = viz_clock_now(reader->stream->clock);
        take_block(reader, block);
        rows += block->rows;
        *reader->held_tail = block;
        reader->held_tail = &block->next;
    }
    return rows;
}

/* Rows of [from, to) that @block has, as its own row numbers. */
static struct range rows_of_block(const struct viz_block *block, uint64_t from,
                                  uint64_t to)
{
    uint64_t first = block->first_row, last = first + block->rows;
    uint64_t low = from > first ? from : first, high = to < last ? to : last;
    return low < high ? (struct range){low - first, high - first}
                      : (struct range){0, 0};
}

void viz_reader_presented(struct viz_reader *reader, int64_t left_ns, int64_t right_ns,
                          const struct viz_frame_stamps *frame, bool live,
                          struct viz_trace *trace)
{
    uint64_t from = viz_series_find(reader->series, left_ns);
    uint64_t to = viz_series_find(reader->series, right_ns);
    struct viz_block *block = reader->held;
    while (block) {
        struct viz_block *next = block->next;
        struct range rows = rows_of_block(block, from, to);
        if (live && trace && rows.to > rows.from)
            viz_trace_block(trace, block, (uint32_t)rows.from, (uint32_t)rows.to,
                            frame);
        viz_feed_return(reader->stream->feed, block);
        block = next;
    }
    reader->held = NULL;
    reader->held_tail = &reader->held;
    reader->drawn += cut_unseen(reader, from, to);
}

const struct viz_series *viz_reader_series(const struct viz_reader *reader)
{
    return reader->series;
}

struct viz_stream *viz_reader_stream(const struct viz_reader *reader)
{
    return reader->stream;
}

int64_t viz_reader_newest_ns(const struct viz_reader *reader)
{
    uint64_t end = viz_series_end(reader->series);
    return end ? viz_series_time(reader->series, end - 1) : 0;
}

struct viz_reader_span viz_reader_span(const struct viz_reader *reader)
{
    return reader->span;
}

int64_t viz_reader_waiting_since_ns(const struct viz_reader *reader)
{
    return reader->held ? reader->held->row[0].origin_ns : INT64_MIN;
}

void viz_reader_ledger(const struct viz_reader *reader, struct viz_ledger *out)
{
    const struct viz_stream_counts *counts = &reader->stream->counts;
    *out = (struct viz_ledger){
        /* overflow before received: a row counted in between looks in flight, not lost
         */
        .overflow = viz_counted_acquire(&counts->overflow),
        .drawn = reader->drawn,
        .hidden = reader->hidden,
        .evicted_unseen = reader->evicted_unseen,
        .missing = viz_counted(&counts->missing),
        .late = viz_counted(&counts->late),
        .duplicate = viz_counted(&counts->duplicate),
    };
    out->received = viz_counted(&counts->received);
    out->held =
        reader->drained - reader->drawn - reader->hidden - reader->evicted_unseen;
    uint64_t accounted = reader->drained + out->overflow;
    out->in_flight = out->received > accounted ? out->received - accounted : 0;
    out->sent = out->received + out->missing + out->late;
    out->balanced = reader->balanced && viz_ledger_balances(out);
}
