/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is a boot or a reset, and what only looks like one. */
#include "track_rig.h"

Test(track_boots, statistics_that_begin_anew_are_a_reset_in_the_same_segment)
{
    struct track_rig rig;
    track_rig_init(&rig, 600000, 30000);
    track_rig_take(&rig);
    track_rig_run(&rig, 10, 100);
    track_rig_pass(&rig, 100, 100);
    rig.frame.hop_count = 2;
    rig.frame.goertzel_count = 2;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_RESET);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.device_ms, 601100);
    cr_expect_eq(rig.point.hops, 2);
    cr_expect_eq(rig.point.goertzels, 2);
    track_rig_step(&rig, 100, 100);
    cr_expect_eq(rig.point.hops, 7);
    cr_expect_eq(track_rig_counts(&rig)->resets, 1);
    track_rig_finish(&rig);
}

Test(track_boots, a_reset_far_beyond_half_of_the_counter_is_still_one)
{
    struct track_rig rig;
    track_rig_init(&rig, 600000, 3000000000);
    track_rig_take(&rig);
    track_rig_pass(&rig, 100, 100);
    rig.frame.hop_count = 1;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_RESET);
    cr_expect_eq(rig.point.hops, 1);
    track_rig_finish(&rig);
}

Test(track_boots, a_smaller_stamp_is_a_boot)
{
    struct track_rig rig;
    track_rig_init(&rig, 600000, 30000);
    track_rig_take(&rig);
    track_rig_run(&rig, 10, 100);
    track_rig_boot(&rig, 2500, 3000);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.segment, 1);
    cr_expect_eq(rig.point.device_ms, 2500);
    cr_expect_eq(rig.point.hops, 125);
    cr_expect_eq(rig.point.missing, 0);
    track_rig_step(&rig, 100, 100);
    cr_expect_eq(rig.point.segment, 1);
    cr_expect_eq(rig.point.marks, 0);
    track_rig_finish(&rig);
}

Test(track_boots, a_smaller_stamp_is_a_boot_even_if_our_clock_stands_still)
{
    struct track_rig rig;
    track_rig_init(&rig, 600000, 30000);
    track_rig_take(&rig);
    track_rig_boot(&rig, 2500, 0);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    track_rig_finish(&rig);
}

Test(track_boots, a_boot_shortly_before_the_wrap_is_not_taken_for_it)
{
    struct track_rig rig;
    track_rig_init(&rig, (uint32_t)(WRAP - 8000), 1000000);
    track_rig_take(&rig);
    track_rig_run(&rig, 30, 100);
    viz_track_reconnected(rig.track);
    track_rig_boot(&rig, 2000, 2100);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.device_ms, 2000);
    track_rig_finish(&rig);
}

Test(track_boots, a_device_without_hops_that_boots_is_seen_by_its_stamp)
{
    struct track_rig rig;
    track_rig_init(&rig, 36000000, 0);
    track_rig_take(&rig);
    rig.frame.timestamp_ms = 5000;
    rig.now_ms += 6000;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    track_rig_finish(&rig);
}

/* Its statistics were reset shortly before, so that hop_count seems to go on. */
Test(track_boots, hops_that_are_too_few_for_a_wrap_do_not_hide_a_boot)
{
    struct track_rig rig;
    track_rig_init(&rig, 36000000, 100);
    track_rig_take(&rig);
    track_rig_boot(&rig, 60000, 61000);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.hops, 3000);
    track_rig_finish(&rig);
}

Test(track_boots, the_same_bytes_after_a_boot_are_no_copy)
{
    struct track_rig rig;
    track_rig_init(&rig, 2000, 100);
    track_rig_take(&rig);
    viz_track_reconnected(rig.track);
    rig.now_ms += 5000;
    track_rig_take(&rig);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.segment, 1);
    track_rig_finish(&rig);
}

/* Up for ten minutes, then off for three hours and up for two. */
Test(track_boots, a_larger_stamp_that_disagrees_with_our_clock_is_a_boot)
{
    struct track_rig rig;
    track_rig_init(&rig, 600000, 30000);
    track_rig_take(&rig);
    track_rig_run(&rig, 10, 100);
    track_rig_boot(&rig, (uint32_t)(2 * HOUR_MS), 5 * HOUR_MS);
    cr_expect_eq(rig.point.marks, VIZ_MARK_BOOT);
    cr_expect_eq(rig.point.segment, 1);
    cr_expect_eq(rig.point.device_ms, 2 * HOUR_MS);
    track_rig_finish(&rig);
}

Test(track_boots, after_a_new_connection_a_short_absence_is_enough_for_a_boot)
{
    struct track_rig rig;
    for (int again = 0; again < 2; again++) {
        track_rig_init(&rig, 900, 45);
        track_rig_take(&rig);
        if (again)
            viz_track_reconnected(rig.track);
        track_rig_boot(&rig, 2500, 2600);
        cr_expect_eq(rig.point.marks & VIZ_MARK_BOOT, again ? VIZ_MARK_BOOT : 0);
        track_rig_finish(&rig);
    }
}

/* An ordinary stall: the device was up all the time and its frames come late. */
Test(track_boots, frames_that_come_late_are_no_boot)
{
    struct track_rig rig;
    track_rig_init(&rig, 600000, 30000);
    track_rig_take(&rig);
    track_rig_run(&rig, 10, 100);
    track_rig_step(&rig, 100, 25000);
    cr_expect_eq(rig.point.marks, 0);
    for (int i = 0; i < 249; i++) { /* all at once */
        track_rig_step(&rig, 100, 0);
        cr_assert_eq(rig.point.marks, 0);
    }
    cr_expect_eq(rig.point.device_ms, 601000 + 25000);
    track_rig_finish(&rig);
}

Test(track_boots, a_clock_of_ours_that_leaps_is_no_boot)
{
    struct track_rig rig;
    track_rig_init(&rig, (uint32_t)(10 * HOUR_MS), 1800000);
    track_rig_take(&rig);
    track_rig_run(&rig, 10, 100);
    track_rig_step(&rig, 100, 5 * HOUR_MS);
    cr_expect_eq(rig.point.marks, 0);
    track_rig_step(&rig, 100, -5 * HOUR_MS);
    cr_expect_eq(rig.point.marks, 0);
    cr_expect_eq(rig.point.segment, 0);
    track_rig_finish(&rig);
}

Test(track_boots, a_clock_of_ours_that_went_back_and_came_again_is_no_boot)
{
    struct track_rig rig;
    track_rig_init(&rig, 20000, 1000);
    rig.now_ms = 2 * HOUR_MS;
    track_rig_take(&rig);
    track_rig_step(&rig, 100, -HOUR_MS);
    track_rig_step(&rig, 100, HOUR_MS);
    cr_expect_eq(rig.point.marks, 0);
    cr_expect_eq(rig.point.segment, 0);
    track_rig_finish(&rig);
}

Test(track_boots, a_clock_of_ours_that_stood_still_is_no_boot)
{
    struct track_rig rig;
    track_rig_init(&rig, 600000, 30000);
    track_rig_take(&rig);
    track_rig_run(&rig, 10, 100);
    track_rig_step(&rig, HOUR_MS, 0);
    cr_expect_eq(rig.point.marks, VIZ_MARK_GAP);
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.missing, HOUR_MS / 100 - 1);
    track_rig_finish(&rig);
}

Test(track_boots, clocks_that_drift_apart_over_days_are_no_boot)
{
    struct track_rig rig;
    track_rig_init(&rig, 20000, 1000);
    track_rig_take(&rig);
    viz_track_reconnected(rig.track);
    track_rig_step(&rig, 10 * DAY_MS, 10 * DAY_MS + 86000); /* 100 ppm */
    cr_expect_eq(rig.point.segment, 0);
    cr_expect_eq(rig.point.device_ms, 20000 + 10 * DAY_MS);
    track_rig_finish(&rig);
}

Test(track_boots, many_boots_are_many_segments)
{
    struct track_rig rig;
    track_rig_init(&rig, 5000, 250);
    track_rig_take(&rig);
    for (uint32_t i = 1; i <= 100; i++) {
        track_rig_run(&rig, 20, 100);
        track_rig_boot(&rig, 1000, 1500);
        cr_assert_eq(rig.point.segment, i);
    }
    cr_expect_eq(track_rig_counts(&rig)->boots, 101);
    cr_expect_eq(track_rig_counts(&rig)->frames, 2101);
    track_rig_finish(&rig);
}
