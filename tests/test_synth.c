/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rig.h"

#include <viz/synth.h>

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define SECOND 1000000000LL
#define START 5000000000LL

/* rate = rate_micro / 10^6, each exact. */
static const struct {
    double hz;
    uint64_t micro;
} rates[] = {
    {144, 144000000},        {333.3, 333300000},    {500, 500000000},
    {1e6, 1000000000000},    {0.1, 100000},         {59.94, 59940000},
    {999.999999, 999999999}, {1e7, 10000000000000},
};
#define RATES (sizeof(rates) / sizeof(rates[0]))

static int64_t exact_time(uint64_t row, uint64_t micro)
{
    return START + (int64_t)((__int128)row * SECOND * 1000000 / micro);
}

Test(synth, rows_are_due_on_the_exact_grid)
{
    const uint64_t firsts[] = {0, 1, 997, 1000000, 123456789, 1ULL << 33};
    for (size_t r = 0; r < RATES; r++) {
        struct viz_schedule schedule = viz_schedule_at(START, rates[r].hz);
        for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
            for (uint64_t row = firsts[i]; row < firsts[i] + 1000; row++)
                cr_assert_eq(viz_schedule_time(&schedule, row),
                             exact_time(row, rates[r].micro), "%g Hz row %llu",
                             rates[r].hz, (unsigned long long)row);
    }
}

Test(synth, due_is_the_inverse_of_time)
{
    for (size_t r = 0; r < RATES; r++) {
        struct viz_schedule schedule = viz_schedule_at(START, rates[r].hz);
        cr_expect_eq(viz_schedule_due(&schedule, START - 1), 0);
        cr_expect_eq(viz_schedule_due(&schedule, START), 1);
        cr_expect_eq(viz_schedule_due(&schedule, 0), 0);
        uint64_t rows = (uint64_t)(9e9 * rates[r].hz); /* as far as 63 bits reach */
        for (uint64_t row = 1; row < rows; row += 1 + row / 3) {
            int64_t at_ns = viz_schedule_time(&schedule, row);
            cr_assert_eq(viz_schedule_due(&schedule, at_ns), row + 1);
            cr_assert_eq(viz_schedule_due(&schedule, at_ns - 1), row);
        }
    }
}

Test(synth, a_rate_too_small_for_a_millionth_is_still_a_rate)
{
    struct viz_schedule schedule = viz_schedule_at(0, 1e-9);
    cr_expect_eq(viz_schedule_due(&schedule, 0), 1);
    cr_expect_gt(viz_schedule_time(&schedule, 1), 0);
}

/* As the header describes them: a sine of 0.7 + 0.1 c Hz with noise of +-0.1. */
Test(synth, values_are_the_described_sine)
{
    struct viz_synth_params params = {.channels = 18, .rate_hz = 333.3, .seed = 1};
    double sum = 0, least = 1, most = -1;
    for (uint32_t c = 0; c < 18; c++)
        for (uint64_t row = 0; row < 3000; row++) {
            double turn = 0.08 * c + (0.7 + 0.1 * c) * (double)row / 333.3;
            double noise =
                (double)viz_synth_value(&params, c, row) - sin(2 * M_PI * turn);
            cr_assert_leq(fabs(noise), 0.1 + 1e-5, "channel %u row %llu", c,
                          (unsigned long long)row);
            sum += noise;
            least = noise < least ? noise : least;
            most = noise > most ? noise : most;
        }
    cr_expect_lt(fabs(sum / 54000), 0.001);
    cr_expect_lt(least, -0.099);
    cr_expect_gt(most, 0.099);
}

Test(synth, filling_is_valuing_to_the_last_bit)
{
    float values[5][300];
    const uint64_t firsts[] = {0, 1, 490, 123456789, (1ULL << 32) - 150};
    for (unsigned pattern = 0; pattern < 4; pattern++)
        for (size_t r = 0; r < RATES; r++)
            for (size_t i = 0; i < 5; i++) {
                struct viz_synth_params params = {.channels = 5,
                                                  .rate_hz = rates[r].hz,
                                                  .seed = 77,
                                                  .pattern = pattern};
                viz_synth_fill(&params, firsts[i], 299, values[0], 300);
                for (uint32_t c = 0; c < 5; c++)
                    for (uint32_t k = 0; k < 299; k++) {
                        float one = viz_synth_value(&params, c, firsts[i] + k);
                        cr_assert_eq(memcmp(&values[c][k], &one, sizeof(one)), 0);
                    }
            }
}

Test(synth, seeds_decide_every_byte)
{
    struct viz_synth_params params = {.channels = 2, .rate_hz = 500, .seed = 1};
    float a[2][256], b[2][256];
    viz_synth_fill(&params, 0, 256, a[0], 256);
    viz_synth_fill(&params, 0, 256, b[0], 256);
    cr_expect_arr_eq(a, b, sizeof(a));
    const uint64_t others[] = {0, 2, 1ULL << 32 | 1, 1ULL << 63 | 1};
    for (int i = 0; i < 4; i++) {
        params.seed = others[i];
        viz_synth_fill(&params, 0, 256, b[0], 256);
        cr_expect_neq(memcmp(a, b, sizeof(a)), 0);
    }
}

Test(synth, spikes_are_one_row_in_997)
{
    struct viz_synth_params plain = {.channels = 3, .rate_hz = 500, .seed = 9};
    struct viz_synth_params spiky = plain;
    spiky.pattern = VIZ_PATTERN_SPIKE;
    uint64_t last = 0, spikes = 0;
    for (uint64_t row = 0; row < 10 * 997; row++) {
        float extra = viz_synth_value(&spiky, 2, row) - viz_synth_value(&plain, 2, row);
        if (extra == 0)
            continue;
        cr_assert_float_eq(extra, 5, 1e-5);
        if (spikes++)
            cr_assert_eq(row - last, 997);
        last = row;
    }
    cr_expect_eq(spikes, 10);
}

Test(synth, steps_last_every_other_half_second)
{
    struct viz_synth_params plain = {.channels = 1, .rate_hz = 500, .seed = 9};
    struct viz_synth_params both = plain;
    both.pattern = VIZ_PATTERN_STEP | VIZ_PATTERN_SPIKE;
    for (uint64_t row = 0; row < 5000; row++) {
        float extra = viz_synth_value(&both, 0, row) - viz_synth_value(&plain, 0, row);
        float step = row / 250 % 2 ? 3 : 0, spike = row % 997 == 498 ? 5 : 0;
        cr_assert_float_eq(extra, step + spike, 1e-5);
    }
}

struct bench {
    struct viz_clock *clock;
    struct viz_streams *streams;
    struct viz_synth_params params;
    struct viz_synth *synth;
    struct viz_feed *feed;
    uint64_t rows;
};

static void init(struct bench *bench, double rate_hz)
{
    *bench = (struct bench){.clock = viz_clock_create_fake(START)};
    bench->params =
        (struct viz_synth_params){.channels = 3, .rate_hz = rate_hz, .seed = 4};
    bench->streams = viz_zalloc(sizeof(*bench->streams));
    bench->synth =
        viz_synth_create(&bench->params, bench->streams, 2, bench->clock, START);
    bench->feed = viz_streams_at(bench->streams, 0)->feed;
}

static void finish(struct bench *bench)
{
    viz_synth_destroy(bench->synth);
    viz_streams_finish(bench->streams);
    free(bench->streams);
    viz_clock_destroy(bench->clock);
}

/* Take what was published, row by row against the definition. */
static void check_blocks(struct bench *bench, uint64_t micro)
{
    struct viz_block *block;
    while ((block = viz_feed_drain(bench->feed))) {
        cr_assert_eq(block->first_row, bench->rows);
        cr_assert_eq(block->samples, 3 * (uint64_t)block->rows);
        for (uint32_t i = 0; i < block->rows; i++, bench->rows++) {
            int64_t due_ns = exact_time(bench->rows, micro);
            cr_assert_eq(block->row[i].time_ns, due_ns);
            cr_assert_eq(block->row[i].origin_ns, due_ns);
            cr_assert_geq(block->row[i].received_ns, due_ns);
            cr_assert_eq(block->row[i].samples, 3);
            cr_assert_eq(block->row[i].flags, 0);
            for (uint32_t c = 0; c < 3; c++)
                cr_assert_eq(viz_block_channel(block, c)[i],
                             viz_synth_value(&bench->params, c, bench->rows));
        }
        viz_feed_return(bench->feed, block);
    }
}

Test(synth, every_due_row_is_made_once_on_its_time)
{
    for (size_t r = 0; r < 6; r++) {
        struct bench bench;
        uint64_t random = 362436069;
        init(&bench, rates[r].hz);
        for (int step = 0; step < 200; step++) {
            int64_t next_ns = viz_synth_step(bench.synth);
            cr_assert_gt(next_ns, viz_clock_now(bench.clock));
            check_blocks(&bench, rates[r].micro);
            viz_clock_advance(bench.clock, (int64_t)rig_below(&random, 3000000));
        }
        viz_synth_step(bench.synth);
        viz_synth_finish(bench.synth);
        check_blocks(&bench, rates[r].micro);
        struct viz_schedule schedule = viz_schedule_at(START, rates[r].hz);
        uint64_t due = viz_schedule_due(&schedule, viz_clock_now(bench.clock));
        cr_expect_eq(bench.rows, due);
        cr_expect_eq(viz_synth_offered(bench.synth), due);
        cr_expect_eq(viz_synth_achieved(bench.synth), due);
        finish(&bench);
    }
}

/* Ten seconds asleep, with a consumer that has room for less: nothing due is left out,
 * and what found no room is named. */
Test(synth, ten_seconds_late_owes_and_names_every_row)
{
    struct bench bench;
    init(&bench, 10000);
    struct viz_stream *stream = viz_streams_at(bench.streams, 0);
    viz_synth_step(bench.synth);
    viz_clock_advance(bench.clock, 10 * SECOND);
    viz_synth_step(bench.synth);
    uint64_t lost = rig_count(&stream->counts.overflow);
    cr_expect_eq(viz_synth_offered(bench.synth), 100001);
    cr_expect_eq(rig_count(&stream->counts.rows), 100001);
    cr_expect_eq(rig_count(&stream->counts.received), 300003);
    cr_expect_gt(lost, 0);
    check_blocks(&bench, 10000000000);
    cr_expect_eq(3 * bench.rows + lost, 300003);
    cr_expect_eq(rig_count(&stream->counts.gaps), 0); /* nothing came behind it yet */
    viz_clock_advance(bench.clock, SECOND / 1000);
    viz_synth_step(bench.synth);
    viz_synth_finish(bench.synth);
    cr_expect_eq(rig_count(&stream->counts.gaps), 1);
    struct viz_block *block = viz_feed_drain(bench.feed);
    cr_expect_eq(block->row[0].flags, VIZ_ROW_BREAK);
    cr_expect_eq(block->row[0].time_ns, exact_time(100001, 10000000000));
    finish(&bench);
}

Test(synth, asleep_within_its_room_it_loses_nothing)
{
    struct bench bench;
    init(&bench, 500);
    viz_synth_step(bench.synth);
    viz_clock_advance(bench.clock, 10 * SECOND);
    viz_synth_step(bench.synth);
    viz_synth_finish(bench.synth);
    check_blocks(&bench, 500000000);
    cr_expect_eq(bench.rows, 5001);
    finish(&bench);
}

Test(synth, wakes_no_more_than_once_a_millisecond)
{
    struct bench bench;
    init(&bench, 50000);
    cr_expect_eq(viz_synth_step(bench.synth), START + 1000000);
    finish(&bench);
    init(&bench, 144);
    cr_expect_eq(viz_synth_step(bench.synth), exact_time(1, 144000000));
    finish(&bench);
}

Test(synth, a_clock_that_runs_backwards_owes_nothing_twice)
{
    struct bench bench;
    init(&bench, 500);
    viz_clock_advance(bench.clock, SECOND);
    viz_synth_step(bench.synth);
    viz_clock_advance(bench.clock, -SECOND / 2);
    viz_synth_step(bench.synth);
    cr_expect_eq(viz_synth_offered(bench.synth), 501);
    cr_expect_eq(viz_synth_achieved(bench.synth), 501);
    viz_clock_advance(bench.clock, SECOND);
    viz_synth_step(bench.synth);
    cr_expect_eq(viz_synth_offered(bench.synth), 751);
    viz_synth_finish(bench.synth);
    check_blocks(&bench, 500000000);
    cr_expect_eq(bench.rows, 751);
    finish(&bench);
}

/* What is due is owed whether or not the thread wakes up for it. */
Test(synth, a_source_that_sleeps_to_the_end_owes_its_rows)
{
    struct bench bench;
    init(&bench, 500);
    viz_synth_step(bench.synth);
    viz_clock_advance(bench.clock, 2 * SECOND);
    cr_expect_eq(viz_synth_offered(bench.synth), 1001, "no step was needed");
    cr_expect_eq(viz_synth_achieved(bench.synth), 1);
    cr_expect_eq(viz_synth_unmade(bench.synth), 0, "not before the end");
    viz_synth_finish(bench.synth);
    check_blocks(&bench, 500000000);
    cr_expect_eq(bench.rows, 1001, "the end makes up for them");
    cr_expect_eq(viz_synth_unmade(bench.synth), 0);
    viz_clock_advance(bench.clock, SECOND);
    cr_expect_eq(viz_synth_offered(bench.synth), 1001, "and is the end");
    finish(&bench);
}

Test(synth, a_full_table_makes_none)
{
    struct viz_clock *clock = viz_clock_create_fake(0);
    struct viz_streams *streams = viz_zalloc(sizeof(*streams));
    struct viz_synth_params params = {.channels = 1, .rate_hz = 1};
    for (uint32_t i = 0; i < VIZ_MAX_STREAMS; i++)
        viz_synth_destroy(viz_synth_create(&params, streams, 0, clock, 0));
    cr_expect_eq(viz_streams_count(streams), VIZ_MAX_STREAMS);
    cr_expect_null(viz_synth_create(&params, streams, 0, clock, 0));
    cr_expect_eq(rig_count(&streams->refused), 1);
    viz_streams_finish(streams);
    free(streams);
    viz_clock_destroy(clock);
}
