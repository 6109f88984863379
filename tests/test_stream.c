/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rig.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>

#define SECOND 1000000000LL
#define MS 1000000LL

/* @rows rows @step_ns apart on both clocks. Returns the device time behind them. */
static int64_t steady(struct rig *rig, int64_t device_ns, int64_t step_ns, int rows)
{
    for (int i = 0; i < rows; i++, device_ns += step_ns) {
        rig_row(rig, device_ns, 1);
        viz_clock_advance(rig->clock, step_ns);
    }
    return device_ns;
}

/* The last row that was published or is open, by flushing and draining everything. */
static struct viz_row last_row(struct rig *rig)
{
    struct viz_row row = {0};
    struct viz_block *block;
    viz_stream_flush(rig->stream);
    while ((block = viz_feed_drain(rig->stream->feed))) {
        row = block->row[block->rows - 1];
        viz_feed_return(rig->stream->feed, block);
    }
    return row;
}

static uint64_t gaps(const struct rig *rig)
{
    return rig_count(&rig->stream->counts.gaps);
}

static uint64_t steps(const struct rig *rig)
{
    return rig_count(&rig->stream->counts.clock_steps);
}

static uint64_t late(const struct rig *rig)
{
    return rig_count(&rig->stream->counts.late);
}

Test(stream, the_table_holds_64_and_counts_the_refused)
{
    struct rig rig = rig_start(1);
    struct viz_stream_params params = {
        .name = "x", .format = "y", .max_channels = 1, .clock = rig.clock};
    for (uint32_t i = 1; i < VIZ_MAX_STREAMS; i++) {
        struct viz_stream *stream = viz_stream_open(rig.streams, &params);
        cr_assert_eq(stream->index, i);
        cr_assert_eq(viz_streams_at(rig.streams, i), stream);
    }
    cr_expect_null(viz_stream_open(rig.streams, &params));
    cr_expect_eq(viz_streams_count(rig.streams), VIZ_MAX_STREAMS);
    cr_expect_eq(rig_count(&rig.streams->refused), 1);
    cr_expect_null(viz_streams_at(rig.streams, VIZ_MAX_STREAMS));
    rig_finish(&rig);
}

Test(stream, channels_are_found_by_name_and_limited)
{
    struct rig rig;
    rig_init(&rig, &(struct rig_params){.channels = 1, .max_channels = 3});
    cr_expect_eq(viz_stream_channel(rig.stream, "c0", "V"), 0);
    cr_expect_eq(viz_stream_channel(rig.stream, "temp", NULL), 1);
    cr_expect_str_eq(rig.stream->channel[1].unit, "");
    cr_expect_eq(viz_stream_channel(rig.stream, "", "V"), 2);
    cr_expect_eq(viz_stream_channel(rig.stream, "more", "V"), -1);
    cr_expect_eq(viz_stream_channel(rig.stream, "temp", "K"), 1);
    cr_expect_eq(atomic_load(&rig.stream->channels), 3);
    rig_finish(&rig);
}

/* A reader that took the old labels may keep using them. */
Test(stream, labels_are_replaced_a_limited_number_of_times)
{
    struct rig rig = rig_start(2);
    struct viz_channel channel[3] = {{"ax", "g"}, {"ay", "g"}, {"none", ""}};
    const char *old_name = rig.stream->name, *old_channel = rig.stream->channel[0].name;
    cr_expect(viz_stream_relabel(rig.stream, "imu", channel, 3));
    cr_expect_str_eq(rig.stream->name, "imu");
    cr_expect_str_eq(rig.stream->channel[1].name, "ay");
    cr_expect_str_eq(rig.stream->channel[1].unit, "g");
    cr_expect_eq(atomic_load(&rig.stream->channels), 2, "no channel comes by a label");
    cr_expect_not(viz_stream_relabel(rig.stream, "imu", channel, 2), "nothing new");
    cr_expect_str_neq(old_name, "imu");
    cr_expect_str_neq(old_channel, "ax");
    for (int i = 0; i < VIZ_MAX_RELABELS - 1; i++)
        cr_expect(viz_stream_relabel(rig.stream, i % 2 ? "a" : "b", channel, 2));
    cr_expect_not(viz_stream_relabel(rig.stream, "c", channel, 2), "the limit");
    rig_finish(&rig);
}

Test(stream, rows_wider_than_the_channels_are_a_mistake, .signal = SIGABRT)
{
    struct rig rig = rig_start(1);
    struct viz_arrival arrival = {0};
    float values[2] = {0};
    viz_stream_row(rig.stream, &arrival, 0, values, 2);
}

/* Two devices on one port: each keeps its own time, and is placed where it arrived. */
Test(stream, another_device_does_not_share_the_clock)
{
    struct rig rig = rig_start(1);
    struct viz_timeline timeline = {0};
    struct viz_stream *stream[2];
    float value = 1;
    for (int i = 0; i < 2; i++) {
        stream[i] = viz_stream_open(rig.streams, &(struct viz_stream_params){
                                                     .name = i ? "b" : "a",
                                                     .format = "test",
                                                     .max_channels = 1,
                                                     .clock = rig.clock,
                                                     .timeline = &timeline,
                                                 });
        viz_stream_channel(stream[i], "c", "");
    }
    int64_t now_ns = viz_clock_now(rig.clock);
    for (int row = 0; row < 3; row++) {
        for (int i = 0; i < 2; i++) {
            struct viz_arrival arrival = {now_ns + row * 2000000,
                                          now_ns + row * 2000000};
            int64_t year_ns = 31536000LL * SECOND;
            viz_stream_row(stream[i], &arrival, i * year_ns + row * 2000000, &value, 1);
            viz_stream_commit(stream[i]);
            struct viz_block *block = viz_feed_drain(stream[i]->feed);
            cr_assert_not_null(block);
            cr_expect_eq(block->row[0].time_ns, now_ns + row * 2000000);
            viz_feed_return(stream[i]->feed, block);
        }
    }
    cr_expect_eq(rig_count(&stream[0]->counts.clock_steps), 0);
    cr_expect_eq(rig_count(&stream[1]->counts.clock_steps), 0);
    rig_finish(&rig);
}

/* The first row lies where it arrived; distances are the device's from there on. */
Test(stream, device_time_is_mapped_by_a_constant)
{
    struct rig rig = rig_start(1);
    int64_t arrived_ns = viz_clock_now(rig.clock);
    rig_row(&rig, -77 * SECOND, 1);
    viz_clock_advance(rig.clock, 40 * MS); /* a late packet: the device says 2 ms */
    rig_row(&rig, -77 * SECOND + 2 * MS, 1);
    viz_stream_flush(rig.stream);
    struct viz_block *block = viz_feed_drain(rig.stream->feed);
    cr_expect_eq(block->rows, 2);
    cr_expect_eq(block->row[0].time_ns, arrived_ns);
    cr_expect_eq(block->row[1].time_ns, arrived_ns + 2 * MS);
    cr_expect_eq(block->row[1].origin_ns, arrived_ns + 40 * MS);
    cr_expect_eq(block->row[0].flags, 0);
    rig_finish(&rig);
}

Test(stream, streams_of_one_device_share_its_constant)
{
    struct rig rig = rig_start(1);
    struct viz_stream *other = viz_stream_open(
        rig.streams, &(struct viz_stream_params){.name = "other",
                                                 .format = "test",
                                                 .max_channels = 1,
                                                 .clock = rig.clock,
                                                 .timeline = rig.timeline});
    viz_stream_channel(other, "x", "");
    int64_t arrived_ns = viz_clock_now(rig.clock);
    rig_row(&rig, 50 * SECOND, 1);
    viz_clock_advance(rig.clock, 300 * MS);
    float value = 1;
    struct viz_arrival arrival = {viz_clock_now(rig.clock), viz_clock_now(rig.clock)};
    viz_stream_row(other, &arrival, 50 * SECOND + MS, &value, 1);
    viz_stream_flush(other);
    cr_expect_eq(viz_feed_drain(other->feed)->row[0].time_ns, arrived_ns + MS);
    rig_finish(&rig);
}

/* Time that needs no mapping is kept, but never runs backwards. */
Test(stream, without_a_timeline_time_is_the_clocks)
{
    struct rig rig;
    rig_init(&rig, &(struct rig_params){.channels = 1, .no_timeline = true});
    rig_row(&rig, 500, 1);
    rig_row(&rig, 400, 1);
    viz_stream_flush(rig.stream);
    struct viz_block *block = viz_feed_drain(rig.stream->feed);
    cr_expect_eq(block->row[0].time_ns, 500);
    cr_expect_eq(block->row[1].time_ns, 500);
    cr_expect_eq(steps(&rig), 0);
    rig_finish(&rig);
}

Test(stream, a_device_that_starts_again_goes_on_behind_a_break)
{
    struct rig rig = rig_start(1);
    steady(&rig, 3600 * SECOND, 2 * MS, 100);
    int64_t held_ns = last_row(&rig).time_ns;
    viz_clock_advance(rig.clock, 3 * SECOND);
    int64_t arrived_ns = viz_clock_now(rig.clock);
    rig_row(&rig, 0, 1);
    struct viz_row row = last_row(&rig);
    cr_expect_eq(row.time_ns, arrived_ns);
    cr_expect_gt(row.time_ns, held_ns);
    cr_expect_eq(row.flags, VIZ_ROW_BREAK);
    cr_expect_eq(steps(&rig), 1);
    cr_expect_eq(gaps(&rig), 1);
    cr_expect_eq(late(&rig), 0);
    rig_finish(&rig);
}

/* Just less than a second back is disorder, a second is a step. */
Test(stream, a_second_back_parts_disorder_from_steps)
{
    struct rig rig = rig_start(2);
    int64_t next = steady(&rig, 100 * SECOND, 2 * MS, 10);
    rig_row(&rig, next - 2 * MS - SECOND + 1, 1);
    cr_expect_eq(late(&rig), 2);
    cr_expect_eq(steps(&rig), 0);
    cr_expect_eq(rig_count(&rig.stream->counts.received), 20);
    rig_row(&rig, next - 2 * MS - SECOND, 1);
    cr_expect_eq(late(&rig), 2);
    cr_expect_eq(steps(&rig), 1);
    cr_expect_eq(rig_count(&rig.stream->counts.received), 22);
    rig_finish(&rig);
}

Test(stream, equal_times_are_in_order)
{
    struct rig rig = rig_start(1);
    for (int i = 0; i < 100; i++)
        rig_row(&rig, 5 * SECOND, 1);
    cr_expect_eq(rig_count(&rig.stream->counts.rows), 100);
    cr_expect_eq(late(&rig), 0);
    cr_expect_eq(gaps(&rig), 0);
    rig_finish(&rig);
}

/* 31 late rows are late, however often; the 32nd in a row is a clock that was set. */
Test(stream, thirty_two_late_rows_in_a_row_are_a_step)
{
    struct rig rig = rig_start(1);
    int64_t next = steady(&rig, 100 * SECOND, 2 * MS, 50);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 31; i++)
            rig_row(&rig, next - 500 * MS + i, 1);
        next = steady(&rig, next, 2 * MS, 1);
    }
    cr_expect_eq(late(&rig), 93);
    cr_expect_eq(steps(&rig), 0);
    for (int i = 0; i < 32; i++)
        rig_row(&rig, next - 500 * MS + i * MS, 1);
    cr_expect_eq(late(&rig), 93 + 31);
    cr_expect_eq(steps(&rig), 1);
    cr_expect_eq(last_row(&rig).flags, VIZ_ROW_BREAK);
    steady(&rig, next - 400 * MS, 2 * MS, 10);
    cr_expect_eq(late(&rig), 93 + 31);
    cr_expect_eq(steps(&rig), 1);
    rig_finish(&rig);
}

/* More than 10 s ahead and more than ten times what passed here. */
Test(stream, leaps_are_steps_and_pauses_are_not)
{
    struct rig rig = rig_start(1);
    int64_t next = steady(&rig, 0, 10 * MS, 50);
    viz_clock_advance(rig.clock, 60 * SECOND);
    rig_row(&rig, next += 60 * SECOND, 1); /* a pause of a minute on both clocks */
    cr_expect_eq(steps(&rig), 0);
    cr_expect_eq(gaps(&rig), 1);
    rig_row(&rig, next += 10 * SECOND, 1); /* at once, but not more than 10 s */
    cr_expect_eq(steps(&rig), 0);
    viz_clock_advance(rig.clock, 2 * SECOND);
    rig_row(&rig, next += 20 * SECOND, 1); /* ten times, not more */
    cr_expect_eq(steps(&rig), 0);
    int64_t here_ns = viz_clock_now(rig.clock);
    rig_row(&rig, next += 5 * 3600 * SECOND, 1);
    cr_expect_eq(steps(&rig), 1);
    /* Re-fixed at its arrival, or right behind what is held already. */
    cr_expect_geq(last_row(&rig).time_ns, here_ns);
    cr_expect_lt(last_row(&rig).time_ns, here_ns + 3600 * SECOND);
    rig_finish(&rig);
}

Test(stream, device_times_of_any_size_do_no_harm)
{
    const int64_t times[] = {INT64_MAX, INT64_MIN, 0, INT64_MAX - 1, -1, INT64_MIN + 1};
    struct rig rig = rig_start(1);
    int64_t before = INT64_MIN;
    for (int i = 0; i < 600; i++) {
        rig_row(&rig, times[i % 6] + (times[i % 6] > 0 ? -i : i), 1);
        viz_clock_advance(rig.clock, MS);
    }
    viz_stream_flush(rig.stream);
    struct viz_block *block;
    while ((block = viz_feed_drain(rig.stream->feed)))
        for (uint32_t i = 0; i < block->rows; i++) {
            cr_assert_geq(block->row[i].time_ns, before);
            before = block->row[i].time_ns;
        }
    rig_finish(&rig);
}

Test(stream, arrival_clocks_that_run_backwards_move_no_row_back)
{
    struct rig rig = rig_start(1);
    steady(&rig, 100 * SECOND, 2 * MS, 10);
    int64_t held_ns = last_row(&rig).time_ns;
    viz_clock_advance(rig.clock, -5 * SECOND);
    rig_row(&rig, 0, 1); /* and the device starts again as well */
    cr_expect_geq(last_row(&rig).time_ns, held_ns);
    rig_finish(&rig);
}

/* Three times the median, once 32 distances are known: not before, not at three. */
Test(stream, gaps_show_in_times_alone)
{
    struct rig rig = rig_start(1);
    int64_t next = steady(&rig, 0, 2 * MS, 20);
    next = steady(&rig, next + 50 * MS, 2 * MS, 200);
    cr_expect_eq(gaps(&rig), 0); /* too early to tell */
    next = steady(&rig, next + 2 * MS, 2 * MS, 100);
    cr_expect_eq(gaps(&rig), 0); /* one row lost: twice the distance */
    next = steady(&rig, next + 8 * MS, 2 * MS, 100);
    cr_expect_eq(gaps(&rig), 1); /* five times */
    next = steady(&rig, next + 60 * SECOND, 2 * MS, 1);
    cr_expect_eq(last_row(&rig).flags, VIZ_ROW_BREAK);
    next = steady(&rig, next, 2 * MS, 1);
    cr_expect_eq(last_row(&rig).flags, 0);
    cr_expect_eq(gaps(&rig), 2);
    cr_expect_eq(rig_count(&rig.stream->counts.missing), 0); /* cannot be known */
    rig_finish(&rig);
}

/* Jitter of half a period either way is no gap, at any rate. */
Test(stream, jitter_is_no_gap)
{
    const int64_t periods[] = {100000, 2 * MS, 10 * MS, SECOND};
    for (int p = 0; p < 4; p++) {
        struct rig rig = rig_start(1);
        uint64_t random = 123456789;
        for (int64_t i = 0; i < 5000; i++) {
            int64_t half = (int64_t)rig_below(&random, (uint64_t)periods[p]) / 2;
            rig_row(&rig, i * periods[p] + half, 1);
            viz_clock_advance(rig.clock, periods[p]);
            last_row(&rig);
        }
        cr_expect_eq(gaps(&rig), 0);
        rig_finish(&rig);
    }
}

/* @bursts of @rows rows that arrive together, @step_ns apart. */
static void arrive(struct rig *rig, int bursts, int rows, int64_t step_ns)
{
    for (int burst = 0; burst < bursts; burst++) {
        viz_clock_advance(rig->clock, step_ns);
        for (int i = 0; i < rows; i++)
            rig_row(rig, viz_clock_now(rig->clock) + i, 1);
    }
}

/* Without a device time there are only arrivals: a pipe brings rows in bursts. */
Test(stream, bursts_are_no_gaps_where_rows_have_no_time)
{
    struct rig rig;
    rig_init(&rig, &(struct rig_params){.channels = 1, .no_timeline = true});
    arrive(&rig, 1, 100, MS);
    arrive(&rig, 100, 1, 3 * MS);
    arrive(&rig, 1, 1, 50 * MS); /* the scheduler was busy */
    cr_expect_eq(gaps(&rig), 0);
    arrive(&rig, 1, 1, SECOND);
    cr_expect_eq(gaps(&rig), 1);
    arrive(&rig, 100, 1, 3 * MS);
    cr_expect_eq(gaps(&rig), 1);
    rig_finish(&rig);

    rig_init(&rig, &(struct rig_params){.channels = 1, .no_timeline = true});
    arrive(&rig, 50, 200, 2 * SECOND); /* a pipe's buffer, whenever it is full */
    cr_expect_eq(gaps(&rig), 0);
    arrive(&rig, 1, 200, 10 * SECOND);
    cr_expect_eq(gaps(&rig), 1);
    rig_finish(&rig);
}

/* The distance across a clock step says nothing about the rate: gaps are found again
 * as soon as 32 rows came. */
Test(stream, gaps_are_found_soon_after_a_step)
{
    struct rig rig = rig_start(1);
    steady(&rig, 5 * 3600 * SECOND, 2 * MS, 100);
    viz_clock_advance(rig.clock, 300 * SECOND);
    int64_t next = steady(&rig, 0, 2 * MS, 40);
    cr_expect_eq(steps(&rig), 1);
    cr_expect_eq(gaps(&rig), 1);
    steady(&rig, next + 100 * MS, 2 * MS, 1);
    cr_expect_eq(gaps(&rig), 2);
    rig_finish(&rig);
}

Test(stream, a_sequenced_stream_tells_its_gaps_itself)
{
    struct rig rig;
    rig_init(&rig, &(struct rig_params){.channels = 3, .sequenced = true});
    viz_stream_break(rig.stream, 0); /* before the first row: nothing to part */
    int64_t next = steady(&rig, 0, 2 * MS, 100);
    next = steady(&rig, next + SECOND, 2 * MS, 1);
    cr_expect_eq(gaps(&rig), 0);
    viz_stream_break(rig.stream, 6);
    viz_stream_break(rig.stream, 3);
    cr_expect_eq(gaps(&rig), 0); /* nothing came behind it yet */
    steady(&rig, next, 2 * MS, 1);
    cr_expect_eq(gaps(&rig), 1);
    cr_expect_eq(last_row(&rig).flags, VIZ_ROW_BREAK);
    cr_expect_eq(rig_count(&rig.stream->counts.missing), 9);
    rig_finish(&rig);
}

/* What was not delivered is no sample; what was delivered and is no number is one. */
Test(stream, missing_values_weigh_nothing_and_nan_does)
{
    struct rig rig = rig_start(4);
    float values[3] = {viz_missing_value(), NAN, INFINITY};
    struct viz_arrival arrival = {1, 2};
    viz_stream_row(rig.stream, &arrival, 0, values, 3);
    viz_stream_flush(rig.stream);
    struct viz_block *block = viz_feed_drain(rig.stream->feed);
    cr_expect_eq(block->row[0].samples, 2);
    cr_expect_eq(block->samples, 2);
    cr_expect(viz_missing(viz_block_channel(block, 0)[0]));
    cr_expect_not(viz_missing(viz_block_channel(block, 1)[0]));
    cr_expect(isnan(viz_block_channel(block, 1)[0]));
    cr_expect_eq(viz_block_channel(block, 2)[0], INFINITY);
    cr_expect(viz_missing(viz_block_channel(block, 3)[0]));
    cr_expect_eq(rig_count(&rig.stream->counts.received), 2);
    rig_finish(&rig);
}

/* A channel that appears while a block is open ends that block. */
Test(stream, all_rows_of_a_block_have_the_same_channels)
{
    struct rig rig;
    rig_init(&rig, &(struct rig_params){.channels = 1, .max_channels = 2});
    steady(&rig, 0, MS, 3);
    viz_stream_channel(rig.stream, "c1", "V");
    steady(&rig, 3 * MS, MS, 2);
    viz_stream_flush(rig.stream);
    struct viz_block *first = viz_feed_drain(rig.stream->feed);
    struct viz_block *second = viz_feed_drain(rig.stream->feed);
    cr_expect_eq(first->channels, 1);
    cr_expect_eq(first->rows, 3);
    cr_expect_eq(second->channels, 2);
    cr_expect_eq(second->rows, 2);
    cr_expect_eq(second->first_row, 3);
    cr_expect_eq(second->before.received, 3);
    rig_finish(&rig);
}
