/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rig.h"

#include <criterion/criterion.h>
#include <math.h>

#define MS 1000000LL
#define PERIOD (2 * MS)

/* A stream at 500 Hz whose device clock is the fake clock itself. */
struct bench {
    struct rig rig;
    int64_t left_ns, right_ns; /* what the next frame shows */
    bool frozen;
    struct viz_trace *trace;
};

static void init(struct bench *bench, uint32_t channels, uint64_t history_rows)
{
    *bench = (struct bench){.left_ns = INT64_MIN, .right_ns = INT64_MAX};
    rig_init(&bench->rig,
             &(struct rig_params){.channels = channels, .sequenced = true});
    rig_read(&bench->rig, history_rows);
    bench->trace = viz_zalloc(sizeof(*bench->trace));
}

static void finish(struct bench *bench)
{
    rig_finish(&bench->rig);
    free(bench->trace);
}

static void produce(struct bench *bench, int rows)
{
    for (int i = 0; i < rows; i++) {
        rig_row(&bench->rig, viz_clock_now(bench->rig.clock), (float)i);
        viz_clock_advance(bench->rig.clock, PERIOD);
    }
    viz_stream_commit(bench->rig.stream);
}

static uint64_t frame(struct bench *bench)
{
    uint64_t rows = viz_reader_drain(bench->rig.reader);
    int64_t now_ns = viz_clock_now(bench->rig.clock);
    struct viz_frame_stamps stamps = {now_ns, now_ns, now_ns, now_ns + MS};
    viz_reader_presented(bench->rig.reader, bench->left_ns, bench->right_ns, &stamps,
                         !bench->frozen, bench->trace);
    return rows;
}

static struct viz_ledger ledger_of(const struct bench *bench)
{
    struct viz_ledger ledger;
    viz_reader_ledger(bench->rig.reader, &ledger);
    cr_assert(viz_ledger_balances(&ledger));
    return ledger;
}

/* Show only the newest @rows rows. */
static void show_newest(struct bench *bench, int64_t rows)
{
    bench->right_ns = viz_clock_now(bench->rig.clock);
    bench->left_ns = bench->right_ns - rows * PERIOD;
}

Test(reader, before_the_first_row_nothing_is_known)
{
    struct bench bench;
    init(&bench, 2, 100);
    cr_expect_eq(frame(&bench), 0);
    struct viz_ledger ledger = ledger_of(&bench);
    cr_expect_eq(ledger.sent, 0);
    cr_expect(ledger.balanced);
    cr_expect_eq(viz_reader_newest_ns(bench.rig.reader), 0);
    cr_expect_eq(viz_reader_span(bench.rig.reader).rows, 0);
    cr_expect_eq(bench.trace->total.count, 0);
    viz_reader_destroy(NULL);
    finish(&bench);
}

Test(reader, a_live_frame_draws_and_traces_what_it_drained)
{
    struct bench bench;
    init(&bench, 3, 100);
    int64_t first_ns = viz_clock_now(bench.rig.clock);
    produce(&bench, 10);
    struct viz_ledger ledger = ledger_of(&bench);
    cr_expect_eq(ledger.in_flight, 30);
    cr_expect_eq(ledger.drawn, 0);
    cr_expect_eq(frame(&bench), 10);
    ledger = ledger_of(&bench);
    cr_expect_eq(ledger.drawn, 30);
    cr_expect_eq(ledger.in_flight, 0);
    cr_expect_eq(ledger.sent, 30);
    cr_expect_eq(bench.trace->total.count, 30);
    /* Ten rows, the first 20 ms old, presented 1 ms later. */
    cr_expect_eq(bench.trace->total.max_ns, 10 * PERIOD + MS);
    cr_expect_eq(bench.trace->total.min_ns, PERIOD + MS);
    struct viz_reader_span span = viz_reader_span(bench.rig.reader);
    cr_expect_eq(span.rows, 10);
    cr_expect_eq(viz_reader_newest_ns(bench.rig.reader), first_ns + 9 * PERIOD);
    frame(&bench);
    cr_expect_eq(bench.trace->total.count, 30); /* first shown once */
    cr_expect_eq(ledger_of(&bench).drawn, 30);
    finish(&bench);
}

Test(reader, frozen_rows_are_held_and_drawn_later_without_a_latency)
{
    struct bench bench;
    init(&bench, 1, 1000);
    produce(&bench, 10);
    frame(&bench);
    bench.frozen = true;
    bench.right_ns = viz_clock_now(bench.rig.clock);
    for (int i = 0; i < 5; i++) {
        produce(&bench, 10);
        frame(&bench);
    }
    cr_expect_eq(ledger_of(&bench).held, 50);
    cr_expect_eq(ledger_of(&bench).drawn, 10);
    bench.frozen = false;
    bench.right_ns = INT64_MAX;
    frame(&bench);
    cr_expect_eq(ledger_of(&bench).held, 0);
    cr_expect_eq(ledger_of(&bench).drawn, 60);
    cr_expect_eq(bench.trace->total.count, 10);
    finish(&bench);
}

/* What a frozen frame shows is drawn and not timed: it may be late by choice. */
Test(reader, a_frozen_frame_times_nothing)
{
    struct bench bench;
    init(&bench, 1, 1000);
    bench.frozen = true;
    produce(&bench, 10);
    frame(&bench);
    cr_expect_eq(ledger_of(&bench).drawn, 10);
    cr_expect_eq(bench.trace->total.count, 0);
    finish(&bench);
}

/* A window shorter than a stall: what scrolled past was never on the screen. */
Test(reader, scrolled_past_unseen_is_held_then_evicted)
{
    struct bench bench;
    init(&bench, 2, 256);
    produce(&bench, 200);
    show_newest(&bench, 50);
    frame(&bench);
    struct viz_ledger ledger = ledger_of(&bench);
    cr_expect_eq(ledger.drawn, 100);
    cr_expect_eq(ledger.held, 300);
    cr_expect_eq(ledger.evicted_unseen, 0);
    cr_expect_eq(bench.trace->total.count, 100);
    produce(&bench, 156); /* 256 rows are kept: the first 100 go, all of them unseen */
    show_newest(&bench, 156);
    frame(&bench);
    ledger = ledger_of(&bench);
    cr_expect_eq(ledger.drawn, 100 + 312);
    cr_expect_eq(ledger.evicted_unseen, 200);
    cr_expect_eq(ledger.held, 100);
    cr_expect(ledger.balanced);
    bench.left_ns = INT64_MIN; /* scroll back to what is still there */
    frame(&bench);
    ledger = ledger_of(&bench);
    cr_expect_eq(ledger.held, 0);
    cr_expect_eq(ledger.drawn, 512);
    finish(&bench);
}

/* More apart ranges than are kept: what is lost sight of stays held until it is really
 * pushed out. */
Test(reader, three_hundred_unseen_ranges_still_balance)
{
    struct bench bench;
    init(&bench, 1, 8192);
    for (int i = 0; i < 300; i++) {
        produce(&bench, 10);
        show_newest(&bench, 5);
        frame(&bench);
    }
    struct viz_ledger ledger = ledger_of(&bench);
    cr_expect_eq(ledger.drawn, 1500);
    cr_expect_eq(ledger.held, 1500);
    cr_expect_eq(ledger.evicted_unseen, 0);
    bench.left_ns = INT64_MIN;
    bench.right_ns = INT64_MAX;
    frame(&bench);
    ledger = ledger_of(&bench);
    uint64_t given_up = ledger.held;
    cr_expect_eq(given_up, (300 - 256) * 5, "the oldest ranges");
    cr_expect_eq(ledger.drawn, 3000 - given_up);
    for (int i = 0; i < 820; i++) {
        produce(&bench, 10);
        frame(&bench);
        cr_expect(ledger_of(&bench).balanced);
    }
    ledger = ledger_of(&bench);
    cr_expect_eq(ledger.held, 0);
    cr_expect_eq(ledger.evicted_unseen, given_up);
    cr_expect_eq(ledger.drawn, 3000 - given_up + 8200);
    finish(&bench);
}

/* Looking at small windows in the middle splits ranges until there is no room: drawn
 * may then be understated, never invented, and nothing is lost. */
Test(reader, split_ranges_balance_to_the_end)
{
    struct bench bench;
    init(&bench, 1, 8192);
    int64_t first_ns = viz_clock_now(bench.rig.clock);
    produce(&bench, 4000);
    show_newest(&bench, 10);
    frame(&bench);
    for (int i = 0; i < 600; i++) {
        bench.left_ns = first_ns + (6 * i + 2) * PERIOD;
        bench.right_ns = bench.left_ns + 2 * PERIOD;
        frame(&bench);
        cr_assert_leq(ledger_of(&bench).drawn, 10 + 2 * (uint64_t)(i + 1));
    }
    cr_expect_eq(ledger_of(&bench).evicted_unseen, 0);
    cr_expect_lt(ledger_of(&bench).drawn, 10 + 2 * 600); /* some had no room */
    produce(&bench, 10); /* there is room for new rows all the same */
    frame(&bench);
    cr_expect_eq(ledger_of(&bench).evicted_unseen, 0);
    bench.left_ns = INT64_MIN;
    bench.right_ns = INT64_MAX;
    frame(&bench);
    cr_expect_eq(ledger_of(&bench).drawn, 4010);
    finish(&bench);
}

Test(reader, hidden_channels_are_hidden_not_drawn_nor_timed)
{
    struct bench bench;
    init(&bench, 3, 100);
    viz_reader_hide(bench.rig.reader, 1);
    cr_expect(viz_reader_hidden(bench.rig.reader, 1));
    cr_expect_not(viz_reader_hidden(bench.rig.reader, 0));
    cr_expect_not(viz_reader_hidden(bench.rig.reader, 1000));
    produce(&bench, 10);
    struct viz_arrival arrival = {1, 1};
    float values[3] = {1, viz_missing_value(), NAN};
    viz_stream_row(bench.rig.stream, &arrival, viz_clock_now(bench.rig.clock), values,
                   3);
    viz_stream_flush(bench.rig.stream);
    frame(&bench);
    struct viz_ledger ledger = ledger_of(&bench);
    cr_expect_eq(ledger.hidden, 10);
    cr_expect_eq(ledger.drawn, 22);
    cr_expect_eq(ledger.received, 32);
    cr_expect_eq(bench.trace->total.count, 22);
    cr_expect(ledger.balanced);
    finish(&bench);
}

/* A channel's number may change, and with it whether it is shown. */
Test(reader, hidden_channel_is_taken_in_again)
{
    struct bench bench;
    init(&bench, 2, 100);
    viz_reader_hide(bench.rig.reader, 0);
    produce(&bench, 10);
    frame(&bench);
    viz_reader_show(bench.rig.reader, 0);
    viz_reader_hide(bench.rig.reader, 1);
    cr_expect_not(viz_reader_hidden(bench.rig.reader, 0));
    produce(&bench, 5);
    viz_reader_show(bench.rig.reader, 1);
    frame(&bench); /* decided when they are drained */
    struct viz_ledger ledger = ledger_of(&bench);
    cr_expect_eq(ledger.hidden, 10);
    cr_expect_eq(ledger.drawn, 20);
    cr_expect(ledger.balanced);
    finish(&bench);
}

/* The render thread stands still until the pool is exhausted, then goes on. */
Test(reader, overflow_is_named_and_recovery_balances)
{
    struct bench bench;
    init(&bench, 2, 100000);
    const struct viz_stream_counts *counts = &bench.rig.stream->counts;
    for (int round = 0; round < 3; round++) {
        uint64_t overflow = rig_count(&counts->overflow);
        while (rig_count(&counts->overflow) == overflow)
            produce(&bench, 100);
        frame(&bench);
        cr_expect(ledger_of(&bench).balanced);
        produce(&bench, 10);
        uint64_t end = viz_series_end(viz_reader_series(bench.rig.reader));
        frame(&bench);
        cr_expect(viz_series_break(viz_reader_series(bench.rig.reader), end));
        struct viz_ledger ledger = ledger_of(&bench);
        cr_expect(ledger.balanced);
        cr_expect_eq(ledger.overflow, rig_count(&counts->overflow));
        cr_expect_eq(ledger.drawn + ledger.overflow, ledger.sent);
    }
    cr_expect_eq(rig_count(&counts->gaps), 3);
    finish(&bench);
}

/* A feed may hold more than the history: each row is drawn or evicted, in blocks larger
 * than the whole history as well. */
Test(reader, a_history_shorter_than_one_drain)
{
    struct bench bench;
    init(&bench, 1, 1);
    for (int i = 0; i < 20; i++)
        produce(&bench, 500);
    cr_expect_eq(frame(&bench), 10000);
    struct viz_ledger ledger = ledger_of(&bench);
    cr_expect_eq(ledger.drawn,
                 viz_series_capacity(viz_reader_series(bench.rig.reader)));
    cr_expect_eq(ledger.drawn + ledger.evicted_unseen, 10000);
    cr_expect_eq(bench.trace->total.count, ledger.drawn);
    finish(&bench);
}

Test(reader, missing_and_late_are_part_of_sent)
{
    struct bench bench;
    init(&bench, 2, 100);
    produce(&bench, 2);
    viz_stream_break(bench.rig.stream, 8);
    produce(&bench, 1);
    rig_row(&bench.rig, viz_clock_now(bench.rig.clock) - 10 * PERIOD, 1);
    viz_stream_flush(bench.rig.stream);
    frame(&bench);
    struct viz_ledger ledger = ledger_of(&bench);
    cr_expect_eq(ledger.missing, 8);
    cr_expect_eq(ledger.late, 2);
    cr_expect_eq(ledger.received, 6);
    cr_expect_eq(ledger.sent, 16);
    cr_expect(ledger.balanced);
    finish(&bench);
}

/* A drain takes what was there when it began, a frame at a time. */
Test(reader, blocks_go_back_when_the_frame_is_presented)
{
    struct bench bench;
    init(&bench, 1, 100);
    struct viz_feed *feed = bench.rig.stream->feed;
    uint32_t spare = 0;
    produce(&bench, 1);
    produce(&bench, 1);
    cr_expect_eq(viz_reader_drain(bench.rig.reader), 2);
    produce(&bench, 1);
    cr_expect_eq(viz_reader_drain(bench.rig.reader), 1);
    while (viz_feed_take(feed))
        spare++;
    cr_expect_eq(spare, viz_feed_blocks(feed) - 3);
    frame(&bench);
    for (spare = 0; viz_feed_take(feed);)
        spare++;
    cr_expect_eq(spare, 3);
    cr_expect_eq(ledger_of(&bench).drawn, 3);
    finish(&bench);
}

/* Each way in which a block may lie about what came before it. */
static bool balanced_after(int tamper)
{
    struct bench bench;
    init(&bench, 2, 100);
    struct viz_feed *feed = bench.rig.stream->feed;
    produce(&bench, 5);
    frame(&bench);
    produce(&bench, 5);
    struct viz_block *block = viz_feed_drain(feed);
    if (tamper == 1)
        block->samples--; /* a sample that nobody names: seen by the next block */
    else if (tamper == 2)
        block->before.received++;
    else if (tamper == 3)
        block->before.overflow++;
    viz_feed_publish(feed, block);
    produce(&bench, 5);
    frame(&bench);
    struct viz_ledger ledger;
    viz_reader_ledger(bench.rig.reader, &ledger);
    finish(&bench);
    return ledger.balanced;
}

Test(reader, tampering_is_noticed)
{
    cr_expect(balanced_after(0));
    cr_expect_not(balanced_after(1));
    cr_expect_not(balanced_after(2));
    cr_expect_not(balanced_after(3));
}

/* Samples drained that were never counted as received. */
Test(reader, more_drained_than_received_does_not_balance)
{
    struct bench bench;
    init(&bench, 1, 100);
    produce(&bench, 5);
    struct viz_block *block = viz_feed_drain(bench.rig.stream->feed);
    block->samples += 3;
    viz_feed_publish(bench.rig.stream->feed, block);
    frame(&bench);
    struct viz_ledger ledger;
    viz_reader_ledger(bench.rig.reader, &ledger);
    cr_expect_not(ledger.balanced);
    finish(&bench);
}

Test(reader, the_first_row_of_the_coming_frame_has_waited_longest)
{
    struct bench bench;
    init(&bench, 1, 100);
    cr_expect_eq(viz_reader_waiting_since_ns(bench.rig.reader), INT64_MIN);
    int64_t first_ns = viz_clock_now(bench.rig.clock);
    produce(&bench, 3);
    produce(&bench, 1);
    viz_reader_drain(bench.rig.reader);
    produce(&bench, 1);
    viz_reader_drain(bench.rig.reader);
    cr_expect_eq(viz_reader_waiting_since_ns(bench.rig.reader), first_ns);
    frame(&bench);
    cr_expect_eq(viz_reader_waiting_since_ns(bench.rig.reader), INT64_MIN);
    finish(&bench);
}
