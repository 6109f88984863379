/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/clock.h>

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND 1000000000LL

static int64_t system_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

Test(clock, fake_stands_still_until_told)
{
    struct viz_clock *clock = viz_clock_create_fake(42);
    cr_expect_eq(viz_clock_now(clock), 42);
    cr_expect_eq(viz_clock_now(clock), 42);
    viz_clock_advance(clock, 8);
    cr_expect_eq(viz_clock_now(clock), 50);
    viz_clock_advance(clock, -100);
    cr_expect_eq(viz_clock_now(clock), -50);
    viz_clock_refine(clock);
    cr_expect_eq(viz_clock_now(clock), -50);
    cr_expect_eq(viz_clock_kind(clock), VIZ_CLOCK_FAKE);
    cr_expect_eq(viz_clock_hz(clock), 1e9);
    viz_clock_destroy(clock);
    viz_clock_destroy(NULL);
}

Test(clock, only_a_fake_moves_when_told, .signal = SIGABRT)
{
    viz_clock_advance(viz_clock_create(false), 1);
}

/* Forward through many calibrations, and never far from the kernel's own clock. */
static void check_forward(struct viz_clock *clock)
{
    int64_t before = viz_clock_now(clock);
    int64_t distance = before - system_ns(CLOCK_MONOTONIC_RAW);
    for (int i = 0; i < 20000; i++) {
        int64_t now_ns = viz_clock_now(clock);
        cr_assert_geq(now_ns, before);
        before = now_ns;
        if (i % 200 == 0)
            viz_clock_refine(clock);
    }
    int64_t raw_before = system_ns(CLOCK_MONOTONIC_RAW);
    int64_t now_ns = viz_clock_now(clock);
    int64_t raw_after = system_ns(CLOCK_MONOTONIC_RAW);
    cr_expect_geq(now_ns - distance, raw_before - SECOND / 1000);
    cr_expect_leq(now_ns - distance, raw_after + SECOND / 1000);
}

Test(clock, counter_goes_forward_with_the_kernels)
{
    struct viz_clock *clock = viz_clock_create(true);
    check_forward(clock);
    viz_clock_destroy(clock);
}

Test(clock, fallback_goes_forward_with_the_kernels)
{
    struct viz_clock *clock = viz_clock_create(false);
    cr_expect_eq(viz_clock_kind(clock), VIZ_CLOCK_RAW);
    cr_expect_eq(viz_clock_hz(clock), 1e9);
    check_forward(clock);
    viz_clock_destroy(clock);
}

Test(clock, says_what_it_is_and_why)
{
    char text[128];
    struct viz_clock *best = viz_clock_create(true), *raw = viz_clock_create(false);
    viz_clock_describe(raw, text, sizeof(text));
    cr_expect_str_eq(text, "CLOCK_MONOTONIC_RAW (asked for)");
    viz_clock_describe(best, text, sizeof(text));
    switch (viz_clock_kind(best)) {
    case VIZ_CLOCK_TSC:
        cr_expect_eq(strncmp(text, "tsc, ", 5), 0);
        cr_expect_gt(viz_clock_hz(best), 1e8);
        break;
    case VIZ_CLOCK_CNTVCT:
        cr_expect_eq(strncmp(text, "cntvct, ", 8), 0);
        cr_expect_gt(viz_clock_hz(best), 1e6);
        break;
    case VIZ_CLOCK_RAW:
        cr_expect_eq(strncmp(text, "CLOCK_MONOTONIC_RAW (the ", 25), 0);
        break;
    case VIZ_CLOCK_FAKE:
        cr_expect_fail("a fake clock was made unasked");
    }
    viz_clock_describe(best, text, 4);
    cr_expect_eq(strlen(text), 3);
    viz_clock_destroy(best);
    viz_clock_destroy(raw);
}

/* A fake clock's REALTIME distance is 0, so that the limits can be met exactly. */
Test(clock, kernel_stamps_are_believed_within_ten_seconds)
{
    struct viz_clock *clock = viz_clock_create_fake(100 * SECOND);
    cr_expect_eq(viz_clock_from_realtime(clock, 100 * SECOND, -1), 100 * SECOND);
    cr_expect_eq(viz_clock_from_realtime(clock, 100 * SECOND + 1, -1), -1);
    cr_expect_eq(viz_clock_from_realtime(clock, 90 * SECOND, -1), 90 * SECOND);
    cr_expect_eq(viz_clock_from_realtime(clock, 90 * SECOND - 1, -1), -1);
    viz_clock_destroy(clock);
}

/* No stamp, and nonsense, are the caller's time and never undefined. */
Test(clock, senseless_stamps_fall_back)
{
    struct viz_clock *clock = viz_clock_create(true);
    cr_expect_eq(viz_clock_from_realtime(clock, 0, 7), 7);
    cr_expect_eq(viz_clock_from_realtime(clock, INT64_MIN, 7), 7);
    cr_expect_eq(viz_clock_from_realtime(clock, INT64_MAX, 7), 7);
    viz_clock_destroy(clock);
}

static void check_realtime(struct viz_clock *clock)
{
    int64_t before = viz_clock_now(clock);
    int64_t realtime = system_ns(CLOCK_REALTIME);
    int64_t after = viz_clock_now(clock);
    /* A millisecond for what NTP may bend and what the pair of both is wide. */
    int64_t ns = viz_clock_from_realtime(clock, realtime - 5000000, -1) + 5000000;
    cr_expect_geq(ns, before - 1000000);
    cr_expect_leq(ns, after + 1000000);
}

Test(clock, kernel_stamps_land_where_they_were_taken)
{
    struct viz_clock *best = viz_clock_create(true), *raw = viz_clock_create(false);
    check_realtime(best);
    check_realtime(raw);
    viz_clock_refine(best);
    check_realtime(best);
    viz_clock_destroy(best);
    viz_clock_destroy(raw);
}

Test(clock, deadlines_for_the_kernel_are_as_far_away_as_here)
{
    struct viz_clock *clock = viz_clock_create(true);
    int64_t kernel_before = system_ns(CLOCK_MONOTONIC);
    int64_t now_ns = viz_clock_now(clock);
    int64_t at = viz_clock_to_monotonic(clock, now_ns + SECOND);
    int64_t kernel_after = system_ns(CLOCK_MONOTONIC);
    /* Whatever time passed between the readings lies within these two. */
    cr_expect_geq(at, kernel_before + SECOND - (kernel_after - kernel_before));
    cr_expect_leq(at, kernel_after + SECOND);
    viz_clock_destroy(clock);
}
