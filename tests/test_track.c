/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/track.h>

#include <criterion/criterion.h>
#include <math.h>

#define WRAP (INT64_C(1) << 32)
#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

/* A device that makes 50 hops a second and publishes them at once, and our clock. */
struct rig {
    struct viz_track *track;
    struct viz_lw_frame frame;
    int64_t now_ms;
    struct viz_track_point point; /* of the newest frame */
};

static void init(struct rig *rig, uint32_t timestamp_ms, uint32_t hops)
{
    *rig = (struct rig){.track = viz_track_create(), .now_ms = 5000};
    rig->frame.timestamp_ms = timestamp_ms;
    rig->frame.hop_count = hops;
    rig->frame.goertzel_count = (uint16_t)hops;
}

static void take(struct rig *rig)
{
    viz_track_frame(rig->track, &rig->frame, rig->now_ms * 1000000, &rig->point);
}

/* The device and our clock go on. */
static void pass(struct rig *rig, int64_t device_ms, int64_t host_ms)
{
    uint32_t hops = (uint32_t)(device_ms / 20);
    rig->frame.timestamp_ms += (uint32_t)device_ms;
    rig->frame.hop_count += hops;
    rig->frame.goertzel_count = (uint16_t)(rig->frame.goertzel_count + hops);
    rig->now_ms += host_ms;
}

static void step(struct rig *rig, int64_t device_ms, int64_t host_ms)
{
    pass(rig, device_ms, host_ms);
    take(rig);
}

/* Several frames at the usual distance: the period is learnt. */
static void run(struct rig *rig, int frames, int64_t period_ms)
{
    for (int i = 0; i < frames; i++)
        step(rig, period_ms, period_ms);
}

/* The device has been up for @up_ms, after @away_ms by our clock. */
static void boot(struct rig *rig, uint32_t up_ms, int64_t away_ms)
{
    rig->frame.timestamp_ms = up_ms;
    rig->frame.hop_count = up_ms / 20;
    rig->frame.goertzel_count = (uint16_t)(up_ms / 20);
    rig->now_ms += away_ms;
    take(rig);
}

static const struct viz_track_counts *counts(const struct rig *rig)
{
    return viz_track_counts(rig->track);
}

static void finish(struct rig *rig)
{
    viz_track_destroy(rig->track);
}

Test(track, the_first_frame_begins_the_first_segment)
{
    struct rig rig;
    init(&rig, 123456, 789);
    take(&rig);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.device_ms, 123456);
    cr_expect_eq(rig.point.hops, 789);
    cr_expect_eq(rig.point.goertzels, 789);
    cr_expect_eq(rig.point.missing, 0);
    cr_expect_eq(counts(&rig)->frames, 1);
    cr_expect_eq(counts(&rig)->boots, 1);
    finish(&rig);
}

Test(track, frames_in_step_have_no_marks)
{
    struct rig rig;
    init(&rig, 1000, 50);
    take(&rig);
    for (int i = 1; i <= 1000; i++) {
        step(&rig, 100 + i % 7, 100 + i % 5);
        cr_assert_eq(rig.point.marks, 0, "frame %d: %x", i, rig.point.marks);
    }
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.hops, rig.frame.hop_count);
    cr_expect_eq(rig.point.device_ms, rig.frame.timestamp_ms);
    cr_expect_eq(counts(&rig)->missing, 0);
    finish(&rig);
}

Test(track, a_stamp_that_wraps_goes_on)
{
    struct rig rig;
    init(&rig, UINT32_MAX - 250, 1000);
    take(&rig);
    run(&rig, 10, 100);
    cr_expect_eq(rig.point.device_ms, (int64_t)UINT32_MAX - 250 + 1000);
    cr_expect_eq(counts(&rig)->boots, 1);
    cr_expect_eq(counts(&rig)->gaps, 0);
    finish(&rig);
}

Test(track, a_wrap_in_the_middle_of_a_gap_goes_on)
{
    struct rig rig;
    init(&rig, (uint32_t)(WRAP - 10000), 1000);
    take(&rig);
    run(&rig, 20, 100);
    step(&rig, HOUR_MS, HOUR_MS + 300);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.device_ms, WRAP - 10000 + 2000 + HOUR_MS);
    cr_expect_eq(rig.point.missing, HOUR_MS / 100 - 1);
    cr_expect_eq(rig.point.hops, 1000 + (2000 + HOUR_MS) / 20);
    finish(&rig);
}

Test(track, a_wrap_that_was_held_back_is_no_boot)
{
    struct rig rig;
    init(&rig, (uint32_t)(WRAP - 1030), 1000);
    take(&rig);
    run(&rig, 10, 100);
    step(&rig, 100, 90000); /* the host stood still: the newest stamp is 70 ms */
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.device_ms, WRAP + 70);
    finish(&rig);
}

Test(track, several_wraps_in_one_gap_are_counted_by_our_clock)
{
    struct rig rig;
    init(&rig, 1000, 50);
    take(&rig);
    step(&rig, 120 * DAY_MS, 120 * DAY_MS + 5000);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.device_ms, 1000 + 120 * DAY_MS);
    finish(&rig);
}

Test(track, counters_wrap)
{
    struct rig rig;
    init(&rig, 1000, UINT32_MAX - 3);
    take(&rig);
    run(&rig, 2, 100);
    cr_expect_eq(rig.point.hops, UINT64_C(0xfffffffc) + 10);
    cr_expect_eq(rig.point.goertzels, 0xfffc + 10);
    cr_expect_eq(counts(&rig)->resets, 0);
    finish(&rig);
}

Test(track, goertzel_hops_over_a_long_gap_are_told_from_the_number_of_hops)
{
    struct rig rig;
    init(&rig, 1000, 50);
    take(&rig);
    for (int i = 0; i < 200; i++) { /* two thirds of the hops */
        pass(&rig, 120, 120);
        rig.frame.goertzel_count = (uint16_t)(50 + 4 * (i + 1));
        take(&rig);
    }
    uint64_t before = rig.point.goertzels;
    cr_assert_eq(before, 850);
    rig.frame.timestamp_ms += 10000000; /* 500 000 hops, 333 333 Goertzel */
    rig.frame.hop_count += 500000;
    rig.frame.goertzel_count = (uint16_t)(before + 333333);
    rig.now_ms += 10000000;
    take(&rig);
    cr_expect_eq(rig.point.goertzels, before + 333333);
    finish(&rig);
}

Test(track, goertzel_hops_are_never_more_than_hops)
{
    struct rig rig;
    init(&rig, 1000, 50);
    take(&rig);
    pass(&rig, 1400000, 1400000); /* 70 000 hops, all with Goertzel */
    rig.frame.goertzel_count = 50 + 5000;
    take(&rig);
    cr_expect_eq(rig.point.goertzels, 5050);
    finish(&rig);
    init(&rig, 1000, 50);
    take(&rig);
    pass(&rig, 2800000,
         2800000); /* 140 000: two wraps would be nearest to all of them */
    rig.frame.goertzel_count = 50 + 10000;
    take(&rig);
    cr_expect_eq(rig.point.goertzels, 50 + 10000 + 65536);
    finish(&rig);
}

Test(track, an_extended_frame_tells_all_bits)
{
    struct rig rig;
    init(&rig, 1000, 100000);
    take(&rig);
    rig.frame.extended = true;
    pass(&rig, 100, 100);
    rig.frame.goertzel_count_full = 90000;
    take(&rig);
    cr_expect_eq(rig.point.goertzels, 90000);
    pass(&rig, 100, 100);
    rig.frame.goertzel_count_full = 90004;
    take(&rig);
    cr_expect_eq(rig.point.goertzels, 90004);
    pass(&rig, 100, 100);
    rig.frame.goertzel_count_full = 3; /* 32 bits wrap as well */
    take(&rig);
    cr_expect_eq(rig.point.goertzels, WRAP + 3);
    finish(&rig);
}

Test(track, missing_frames_are_estimated_by_the_usual_period)
{
    struct rig rig;
    init(&rig, 1000, 50);
    take(&rig);
    for (int i = 0; i < 60; i++)
        step(&rig, 100 + i % 4, 102); /* 101.5 ms on average */
    step(&rig, 203, 203);
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.missing, 1);
    step(&rig, 20300, 20300);
    cr_expect_eq(rig.point.missing, 199);
    step(&rig, 150, 150);
    cr_expect_eq(rig.point.marks, 0);
    cr_expect_eq(counts(&rig)->gaps, 2);
    cr_expect_eq(counts(&rig)->missing, 200);
    finish(&rig);
}

Test(track, a_gap_is_more_than_one_and_a_half_periods)
{
    struct rig rig;
    init(&rig, 1000, 50);
    take(&rig);
    step(&rig, 150, 150);
    cr_expect_eq(rig.point.marks, 0);
    step(&rig, 151, 151);
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.missing, 1);
    finish(&rig);
}

Test(track, another_period_is_learnt)
{
    struct rig rig;
    init(&rig, 1000, 50);
    take(&rig);
    run(&rig, 50, 1000);
    uint64_t gaps = counts(&rig)->gaps;
    cr_expect_leq(gaps, 5);
    run(&rig, 50, 1000);
    cr_expect_eq(counts(&rig)->gaps, gaps);
    step(&rig, 5000, 5000);
    cr_expect_eq(rig.point.missing, 4);
    finish(&rig);
}

/* @share of 100 frames are lost, in no order; the sum of what is missing is exact. */
static void lose(uint32_t share)
{
    struct rig rig;
    uint32_t state = 1;
    uint64_t lost = 0;
    init(&rig, 1000, 50);
    take(&rig);
    for (int i = 0; i < 5000; i++) {
        pass(&rig, 100 + i % 3, 100);
        state = state * 1664525 + 1013904223;
        if (i > 10 && i < 4999 && (state >> 16) % 100 < share)
            lost++;
        else
            take(&rig);
    }
    cr_expect_eq(counts(&rig)->missing, lost, "%u %%: %llu of %llu", share,
                 (unsigned long long)counts(&rig)->missing, (unsigned long long)lost);
    finish(&rig);
}

Test(track, what_is_lost_is_told_to_the_frame)
{
    lose(1);
    lose(25);
    lose(60);
}

Test(track, a_frame_without_news_is_a_repeat_and_not_a_copy)
{
    struct rig rig;
    init(&rig, 1000, 50);
    take(&rig);
    rig.frame.timestamp_ms += 100;
    rig.now_ms += 100;
    take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_REPEAT);
    cr_expect_eq(rig.point.device_ms, 1100);
    cr_expect_eq(counts(&rig)->repeats, 1);
    cr_expect_eq(counts(&rig)->copies, 0);
    finish(&rig);
}

Test(track, all_bytes_the_same_are_a_copy)
{
    struct rig rig;
    init(&rig, 1000, 50);
    rig.frame.avg_total_us = NAN; /* is the same as itself here */
    take(&rig);
    take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_COPY | VIZ_MARK_REPEAT | VIZ_MARK_NAN);
    cr_expect_eq(rig.point.device_ms, 1000);
    rig.frame.peak_total_us++; /* the same instant, and another value */
    take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_REPEAT | VIZ_MARK_NAN);
    cr_expect_eq(counts(&rig)->copies, 1);
    cr_expect_eq(counts(&rig)->repeats, 2);
    cr_expect_eq(counts(&rig)->not_finite, 3);
    finish(&rig);
}

Test(track, compact_and_extended_are_no_copies_of_each_other)
{
    struct rig rig;
    init(&rig, 1000, 50);
    take(&rig);
    rig.frame.extended = true;
    take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_REPEAT);
    finish(&rig);
}

Test(track, what_is_not_finite_is_marked_and_kept)
{
    struct rig rig;
    init(&rig, 1000, 50);
    take(&rig);
    rig.frame.cpu_load_percent = -INFINITY;
    step(&rig, 100, 100);
    cr_expect_eq(rig.point.marks, VIZ_MARK_NAN);
    cr_expect_eq(rig.point.hops, 55);
    finish(&rig);
}

Test(track, statistics_that_begin_anew_are_a_reset_in_the_same_segment)
{
    struct rig rig;
    init(&rig, 600000, 30000);
    take(&rig);
    run(&rig, 10, 100);
    pass(&rig, 100, 100);
    rig.frame.hop_count = 2;
    rig.frame.goertzel_count = 2;
    take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_RESET);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.device_ms, 601100);
    cr_expect_eq(rig.point.hops, 2);
    cr_expect_eq(rig.point.goertzels, 2);
    step(&rig, 100, 100);
    cr_expect_eq(rig.point.hops, 7);
    cr_expect_eq(counts(&rig)->resets, 1);
    finish(&rig);
}

Test(track, a_reset_far_beyond_half_of_the_counter_is_still_one)
{
    struct rig rig;
    init(&rig, 600000, 3000000000);
    take(&rig);
    pass(&rig, 100, 100);
    rig.frame.hop_count = 1;
    take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_RESET);
    cr_expect_eq(rig.point.hops, 1);
    finish(&rig);
}

Test(track, a_smaller_stamp_is_a_boot)
{
    struct rig rig;
    init(&rig, 600000, 30000);
    take(&rig);
    run(&rig, 10, 100);
    boot(&rig, 2500, 3000);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.segment, 1);
    cr_expect_eq(rig.point.device_ms, 2500);
    cr_expect_eq(rig.point.hops, 125);
    cr_expect_eq(rig.point.missing, 0);
    step(&rig, 100, 100);
    cr_expect_eq(rig.point.segment, 1);
    cr_expect_eq(rig.point.marks, 0);
    finish(&rig);
}

Test(track, a_smaller_stamp_is_a_boot_even_if_our_clock_stands_still)
{
    struct rig rig;
    init(&rig, 600000, 30000);
    take(&rig);
    boot(&rig, 2500, 0);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    finish(&rig);
}

Test(track, a_boot_shortly_before_the_wrap_is_not_taken_for_it)
{
    struct rig rig;
    init(&rig, (uint32_t)(WRAP - 8000), 1000000);
    take(&rig);
    run(&rig, 30, 100);
    viz_track_reconnected(rig.track);
    boot(&rig, 2000, 2100);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.device_ms, 2000);
    finish(&rig);
}

Test(track, a_device_without_hops_that_boots_is_seen_by_its_stamp)
{
    struct rig rig;
    init(&rig, 36000000, 0);
    take(&rig);
    rig.frame.timestamp_ms = 5000;
    rig.now_ms += 6000;
    take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    finish(&rig);
}

/* Its statistics were reset shortly before, so that hop_count seems to go on. */
Test(track, hops_that_are_too_few_for_a_wrap_do_not_hide_a_boot)
{
    struct rig rig;
    init(&rig, 36000000, 100);
    take(&rig);
    boot(&rig, 60000, 61000);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.hops, 3000);
    finish(&rig);
}

Test(track, the_same_bytes_after_a_boot_are_no_copy)
{
    struct rig rig;
    init(&rig, 2000, 100);
    take(&rig);
    viz_track_reconnected(rig.track);
    rig.now_ms += 5000;
    take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.segment, 1);
    finish(&rig);
}

/* Up for ten minutes, then off for three hours and up for two. */
Test(track, a_larger_stamp_that_disagrees_with_our_clock_is_a_boot)
{
    struct rig rig;
    init(&rig, 600000, 30000);
    take(&rig);
    run(&rig, 10, 100);
    boot(&rig, (uint32_t)(2 * HOUR_MS), 5 * HOUR_MS);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.segment, 1);
    cr_expect_eq(rig.point.device_ms, 2 * HOUR_MS);
    finish(&rig);
}

Test(track, after_a_new_connection_a_short_absence_is_enough_for_a_boot)
{
    struct rig rig;
    for (int again = 0; again < 2; again++) {
        init(&rig, 900, 45);
        take(&rig);
        if (again)
            viz_track_reconnected(rig.track);
        boot(&rig, 2500, 2600);
        cr_expect_eq(rig.point.marks & VIZ_MARK_BOOT, again ? VIZ_MARK_BOOT : 0);
        finish(&rig);
    }
}

/* An ordinary stall: the device was up all the time and its frames come late. */
Test(track, frames_that_come_late_are_no_boot)
{
    struct rig rig;
    init(&rig, 600000, 30000);
    take(&rig);
    run(&rig, 10, 100);
    step(&rig, 100, 25000);
    cr_expect_eq(rig.point.marks, 0);
    for (int i = 0; i < 249; i++) { /* all at once */
        step(&rig, 100, 0);
        cr_assert_eq(rig.point.marks, 0);
    }
    cr_expect_eq(rig.point.device_ms, 601000 + 25000);
    finish(&rig);
}

Test(track, a_clock_of_ours_that_leaps_is_no_boot)
{
    struct rig rig;
    init(&rig, (uint32_t)(10 * HOUR_MS), 1800000);
    take(&rig);
    run(&rig, 10, 100);
    step(&rig, 100, 5 * HOUR_MS);
    cr_expect_eq(rig.point.marks, 0);
    step(&rig, 100, -5 * HOUR_MS);
    cr_expect_eq(rig.point.marks, 0);
    cr_expect_eq(rig.point.segment, 0);
    finish(&rig);
}

Test(track, a_clock_of_ours_that_went_back_and_came_again_is_no_boot)
{
    struct rig rig;
    init(&rig, 20000, 1000);
    rig.now_ms = 2 * HOUR_MS;
    take(&rig);
    step(&rig, 100, -HOUR_MS);
    step(&rig, 100, HOUR_MS);
    cr_expect_eq(rig.point.marks, 0);
    cr_expect_eq(rig.point.segment, 0);
    finish(&rig);
}

Test(track, a_clock_of_ours_that_stood_still_is_no_boot)
{
    struct rig rig;
    init(&rig, 600000, 30000);
    take(&rig);
    run(&rig, 10, 100);
    step(&rig, HOUR_MS, 0);
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.missing, HOUR_MS / 100 - 1);
    finish(&rig);
}

Test(track, clocks_that_drift_apart_over_days_are_no_boot)
{
    struct rig rig;
    init(&rig, 20000, 1000);
    take(&rig);
    viz_track_reconnected(rig.track);
    step(&rig, 10 * DAY_MS, 10 * DAY_MS + 86000); /* 100 ppm */
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.device_ms, 20000 + 10 * DAY_MS);
    finish(&rig);
}

Test(track, after_a_new_connection_a_gap_is_marked_and_nothing_is_missing)
{
    struct rig rig;
    init(&rig, 600000, 30000);
    take(&rig);
    run(&rig, 10, 100);
    viz_track_reconnected(rig.track);
    step(&rig, 7000, 7000);
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.missing, 0);
    step(&rig, 7000, 7000); /* on the same connection */
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.missing, 69);
    finish(&rig);
}

Test(track, a_new_connection_without_a_gap_marks_nothing)
{
    struct rig rig;
    init(&rig, 600000, 30000);
    viz_track_reconnected(rig.track); /* before any frame, too */
    take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    viz_track_reconnected(rig.track);
    step(&rig, 100, 100);
    cr_expect_eq(rig.point.marks, 0);
    finish(&rig);
}

Test(track, a_datagram_that_was_overtaken_stands_in_its_place)
{
    struct rig rig;
    init(&rig, 600000, 30000);
    take(&rig);
    run(&rig, 10, 100);
    struct viz_lw_frame late = rig.frame;
    run(&rig, 1, 200);
    struct viz_lw_frame newest = rig.frame;
    late.timestamp_ms += 100;
    late.hop_count += 5;
    late.goertzel_count = (uint16_t)(late.goertzel_count + 5);
    rig.frame = late;
    take(&rig);
    cr_expect_eq(rig.point.marks, 0);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.device_ms, 601100);
    cr_expect_eq(rig.point.hops, 30055);
    cr_expect_eq(rig.point.goertzels, 30055);
    rig.frame = newest;
    step(&rig, 100, 100);
    cr_expect_eq(rig.point.marks, 0);
    cr_expect_eq(rig.point.device_ms, 601300);
    cr_expect_eq(rig.point.hops, 30065);
    finish(&rig);
}

Test(track, many_boots_are_many_segments)
{
    struct rig rig;
    init(&rig, 5000, 250);
    take(&rig);
    for (uint32_t i = 1; i <= 100; i++) {
        run(&rig, 20, 100);
        boot(&rig, 1000, 1500);
        cr_assert_eq(rig.point.segment, i);
    }
    cr_expect_eq(counts(&rig)->boots, 101);
    cr_expect_eq(counts(&rig)->frames, 2101);
    finish(&rig);
}

Test(track, destroy_takes_null)
{
    viz_track_destroy(NULL);
}
