/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "track_rig.h"

#include <math.h>

Test(track, the_first_frame_begins_the_first_segment)
{
    struct track_rig rig;
    track_rig_init(&rig, 123456, 789);
    track_rig_take(&rig);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.device_ms, 123456);
    cr_expect_eq(rig.point.hops, 789);
    cr_expect_eq(rig.point.goertzels, 789);
    cr_expect_eq(rig.point.missing, 0);
    cr_expect_eq(track_rig_counts(&rig)->frames, 1);
    cr_expect_eq(track_rig_counts(&rig)->boots, 1);
    track_rig_finish(&rig);
}

Test(track, frames_in_step_have_no_marks)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    for (int i = 1; i <= 1000; i++) {
        track_rig_step(&rig, 100 + i % 7, 100 + i % 5);
        cr_assert_eq(rig.point.marks, 0, "frame %d: %x", i, rig.point.marks);
    }
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.hops, rig.frame.hop_count);
    cr_expect_eq(rig.point.device_ms, rig.frame.timestamp_ms);
    cr_expect_eq(track_rig_counts(&rig)->missing, 0);
    track_rig_finish(&rig);
}

Test(track, a_stamp_that_wraps_goes_on)
{
    struct track_rig rig;
    track_rig_init(&rig, UINT32_MAX - 250, 1000);
    track_rig_take(&rig);
    track_rig_run(&rig, 10, 100);
    cr_expect_eq(rig.point.device_ms, (int64_t)UINT32_MAX - 250 + 1000);
    cr_expect_eq(track_rig_counts(&rig)->boots, 1);
    cr_expect_eq(track_rig_counts(&rig)->gaps, 0);
    track_rig_finish(&rig);
}

Test(track, a_wrap_in_the_middle_of_a_gap_goes_on)
{
    struct track_rig rig;
    track_rig_init(&rig, (uint32_t)(WRAP - 10000), 1000);
    track_rig_take(&rig);
    track_rig_run(&rig, 20, 100);
    track_rig_step(&rig, HOUR_MS, HOUR_MS + 300);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.device_ms, WRAP - 10000 + 2000 + HOUR_MS);
    cr_expect_eq(rig.point.missing, HOUR_MS / 100 - 1);
    cr_expect_eq(rig.point.hops, 1000 + (2000 + HOUR_MS) / 20);
    track_rig_finish(&rig);
}

Test(track, a_wrap_that_was_held_back_is_no_boot)
{
    struct track_rig rig;
    track_rig_init(&rig, (uint32_t)(WRAP - 1030), 1000);
    track_rig_take(&rig);
    track_rig_run(&rig, 10, 100);
    track_rig_step(&rig, 100,
                   90000); /* the host stood still: the newest stamp is 70 ms */
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.device_ms, WRAP + 70);
    track_rig_finish(&rig);
}

Test(track, several_wraps_in_one_gap_are_counted_by_our_clock)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    track_rig_step(&rig, 120 * DAY_MS, 120 * DAY_MS + 5000);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.device_ms, 1000 + 120 * DAY_MS);
    track_rig_finish(&rig);
}

Test(track, counters_wrap)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, UINT32_MAX - 3);
    track_rig_take(&rig);
    track_rig_run(&rig, 2, 100);
    cr_expect_eq(rig.point.hops, UINT64_C(0xfffffffc) + 10);
    cr_expect_eq(rig.point.goertzels, 0xfffc + 10);
    cr_expect_eq(track_rig_counts(&rig)->resets, 0);
    track_rig_finish(&rig);
}

Test(track, goertzel_hops_over_a_long_gap_are_told_from_the_number_of_hops)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    for (int i = 0; i < 200; i++) { /* two thirds of the hops */
        track_rig_pass(&rig, 120, 120);
        rig.frame.goertzel_count = (uint16_t)(50 + 4 * (i + 1));
        track_rig_take(&rig);
    }
    uint64_t before = rig.point.goertzels;
    cr_assert_eq(before, 850);
    rig.frame.timestamp_ms += 10000000; /* 500 000 hops, 333 333 Goertzel */
    rig.frame.hop_count += 500000;
    rig.frame.goertzel_count = (uint16_t)(before + 333333);
    rig.now_ms += 10000000;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.goertzels, before + 333333);
    track_rig_finish(&rig);
}

Test(track, goertzel_hops_are_never_more_than_hops)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    track_rig_pass(&rig, 1400000, 1400000); /* 70 000 hops, all with Goertzel */
    rig.frame.goertzel_count = 50 + 5000;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.goertzels, 5050);
    track_rig_finish(&rig);
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    track_rig_pass(&rig, 2800000,
                   2800000); /* 140 000: two wraps would be nearest to all of them */
    rig.frame.goertzel_count = 50 + 10000;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.goertzels, 50 + 10000 + 65536);
    track_rig_finish(&rig);
}

Test(track, an_extended_frame_tells_all_bits)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 100000);
    track_rig_take(&rig);
    rig.frame.extended = true;
    track_rig_pass(&rig, 100, 100);
    rig.frame.goertzel_count_full = 90000;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.goertzels, 90000);
    track_rig_pass(&rig, 100, 100);
    rig.frame.goertzel_count_full = 90004;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.goertzels, 90004);
    track_rig_pass(&rig, 100, 100);
    rig.frame.goertzel_count_full = 3; /* 32 bits wrap as well */
    track_rig_take(&rig);
    cr_expect_eq(rig.point.goertzels, WRAP + 3);
    track_rig_finish(&rig);
}

Test(track, missing_frames_are_estimated_by_the_usual_period)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    for (int i = 0; i < 60; i++)
        track_rig_step(&rig, 100 + i % 4, 102); /* 101.5 ms on average */
    track_rig_step(&rig, 203, 203);
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.missing, 1);
    track_rig_step(&rig, 20300, 20300);
    cr_expect_eq(rig.point.missing, 199);
    track_rig_step(&rig, 150, 150);
    cr_expect_eq(rig.point.marks, 0);
    cr_expect_eq(track_rig_counts(&rig)->gaps, 2);
    cr_expect_eq(track_rig_counts(&rig)->missing, 200);
    track_rig_finish(&rig);
}

Test(track, a_gap_is_more_than_one_and_a_half_periods)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    track_rig_step(&rig, 150, 150);
    cr_expect_eq(rig.point.marks, 0);
    track_rig_step(&rig, 151, 151);
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.missing, 1);
    track_rig_finish(&rig);
}

Test(track, another_period_is_learnt)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    track_rig_run(&rig, 50, 1000);
    uint64_t gaps = track_rig_counts(&rig)->gaps;
    cr_expect_leq(gaps, 5);
    track_rig_run(&rig, 50, 1000);
    cr_expect_eq(track_rig_counts(&rig)->gaps, gaps);
    track_rig_step(&rig, 5000, 5000);
    cr_expect_eq(rig.point.missing, 4);
    track_rig_finish(&rig);
}

/* @share of 100 frames are lost, in no order; the sum of what is missing is exact. */
static void lose(uint32_t share)
{
    struct track_rig rig;
    uint32_t state = 1;
    uint64_t lost = 0;
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    for (int i = 0; i < 5000; i++) {
        track_rig_pass(&rig, 100 + i % 3, 100);
        state = state * 1664525 + 1013904223;
        if (i > 10 && i < 4999 && (state >> 16) % 100 < share)
            lost++;
        else
            track_rig_take(&rig);
    }
    cr_expect_eq(track_rig_counts(&rig)->missing, lost, "%u %%: %llu of %llu", share,
                 (unsigned long long)track_rig_counts(&rig)->missing,
                 (unsigned long long)lost);
    track_rig_finish(&rig);
}

Test(track, what_is_lost_is_told_to_the_frame)
{
    lose(1);
    lose(25);
    lose(60);
}

Test(track, a_frame_without_news_is_a_repeat_and_not_a_copy)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    rig.frame.timestamp_ms += 100;
    rig.now_ms += 100;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_REPEAT);
    cr_expect_eq(rig.point.device_ms, 1100);
    cr_expect_eq(track_rig_counts(&rig)->repeats, 1);
    cr_expect_eq(track_rig_counts(&rig)->copies, 0);
    track_rig_finish(&rig);
}

Test(track, all_bytes_the_same_are_a_copy)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 50);
    rig.frame.avg_total_us = NAN; /* is the same as itself here */
    track_rig_take(&rig);
    track_rig_take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_COPY | VIZ_MARK_REPEAT | VIZ_MARK_NAN);
    cr_expect_eq(rig.point.device_ms, 1000);
    rig.frame.peak_total_us++; /* the same instant, and another value */
    track_rig_take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_REPEAT | VIZ_MARK_NAN);
    cr_expect_eq(track_rig_counts(&rig)->copies, 1);
    cr_expect_eq(track_rig_counts(&rig)->repeats, 2);
    cr_expect_eq(track_rig_counts(&rig)->not_finite, 3);
    track_rig_finish(&rig);
}

Test(track, compact_and_extended_are_no_copies_of_each_other)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    rig.frame.extended = true;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_REPEAT);
    track_rig_finish(&rig);
}

Test(track, what_is_not_finite_is_marked_and_kept)
{
    struct track_rig rig;
    track_rig_init(&rig, 1000, 50);
    track_rig_take(&rig);
    rig.frame.cpu_load_percent = -INFINITY;
    track_rig_step(&rig, 100, 100);
    cr_expect_eq(rig.point.marks, VIZ_MARK_NAN);
    cr_expect_eq(rig.point.hops, 55);
    track_rig_finish(&rig);
}

Test(track, after_a_new_connection_a_gap_is_marked_and_nothing_is_missing)
{
    struct track_rig rig;
    track_rig_init(&rig, 600000, 30000);
    track_rig_take(&rig);
    track_rig_run(&rig, 10, 100);
    viz_track_reconnected(rig.track);
    track_rig_step(&rig, 7000, 7000);
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.missing, 0);
    track_rig_step(&rig, 7000, 7000); /* on the same connection */
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.missing, 69);
    track_rig_finish(&rig);
}

Test(track, a_new_connection_without_a_gap_marks_nothing)
{
    struct track_rig rig;
    track_rig_init(&rig, 600000, 30000);
    viz_track_reconnected(rig.track); /* before any frame, too */
    track_rig_take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    viz_track_reconnected(rig.track);
    track_rig_step(&rig, 100, 100);
    cr_expect_eq(rig.point.marks, 0);
    track_rig_finish(&rig);
}

Test(track, a_datagram_that_was_overtaken_stands_in_its_place)
{
    struct track_rig rig;
    track_rig_init(&rig, 600000, 30000);
    track_rig_take(&rig);
    track_rig_run(&rig, 10, 100);
    struct viz_lw_frame late = rig.frame;
    track_rig_run(&rig, 1, 200);
    struct viz_lw_frame newest = rig.frame;
    late.timestamp_ms += 100;
    late.hop_count += 5;
    late.goertzel_count = (uint16_t)(late.goertzel_count + 5);
    rig.frame = late;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.marks, 0);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.device_ms, 601100);
    cr_expect_eq(rig.point.hops, 30055);
    cr_expect_eq(rig.point.goertzels, 30055);
    rig.frame = newest;
    track_rig_step(&rig, 100, 100);
    cr_expect_eq(rig.point.marks, 0);
    cr_expect_eq(rig.point.device_ms, 601300);
    cr_expect_eq(rig.point.hops, 30065);
    track_rig_finish(&rig);
}

Test(track, destroy_takes_null)
{
    viz_track_destroy(NULL);
}
