/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/pacer.h>

#include <criterion/criterion.h>
#include <stdlib.h>

#define SECOND 1000000000LL

/* start + k / hz, rounded, in whole numbers; @centi is hz * 100. */
static int64_t grid(int64_t start_ns, uint64_t k, uint64_t centi)
{
    __int128 twice = 2 * (__int128)k * 100 * SECOND;
    return start_ns + (int64_t)((twice / (int64_t)centi + 1) / 2);
}

static void check_grid(double hz, uint64_t centi)
{
    struct viz_pacer pacer;
    int64_t start_ns = 123456789012345;
    viz_pacer_init(&pacer, hz, start_ns);
    for (uint64_t k = 0; k < 1000000; k++) {
        int64_t deadline_ns = viz_pacer_deadline(&pacer, 0);
        if (llabs(deadline_ns - grid(start_ns, k, centi)) > 1)
            cr_assert_fail("%g Hz: deadline %llu is off the grid", hz,
                           (unsigned long long)k);
        viz_pacer_serve(&pacer, deadline_ns);
    }
    cr_expect_eq(pacer.served, 1000000);
    cr_expect_eq(pacer.skipped, 0);
}

Test(pacer, a_million_deadlines_stay_on_the_grid)
{
    check_grid(59.94, 5994);
    check_grid(60, 6000);
    check_grid(144, 14400);
}

Test(pacer, the_first_deadline_is_now)
{
    struct viz_pacer pacer;
    viz_pacer_init(&pacer, 60, 5000);
    cr_expect_eq(viz_pacer_deadline(&pacer, 5000), 5000);
    viz_pacer_serve(&pacer, 5000);
    cr_expect_eq(viz_pacer_deadline(&pacer, 5000), 5000 + 16666667);
}

/* A little late is served and moves nothing. */
Test(pacer, lateness_does_not_add_up)
{
    struct viz_pacer pacer;
    viz_pacer_init(&pacer, 100, 0);
    for (int64_t k = 0; k < 1000; k++)
        viz_pacer_serve(&pacer, k * 10000000 + 9999999);
    cr_expect_eq(pacer.served, 1000);
    cr_expect_eq(pacer.skipped, 0);
    cr_expect_eq(viz_pacer_deadline(&pacer, 0), 10 * SECOND);
}

Test(pacer, what_passed_is_skipped_and_counted_once)
{
    struct viz_pacer pacer;
    viz_pacer_init(&pacer, 100, 0);
    viz_pacer_serve(&pacer, 0);
    viz_pacer_serve(&pacer, 35 * SECOND / 1000); /* 10 and 20 ms passed, 30 is served */
    cr_expect_eq(pacer.served, 2);
    cr_expect_eq(pacer.skipped, 2);
    cr_expect_eq(viz_pacer_deadline(&pacer, 0), 40 * SECOND / 1000);
    viz_pacer_serve(&pacer, 40 * SECOND / 1000);
    cr_expect_eq(pacer.skipped, 2);
}

/* Exactly at a later deadline, that one is due: at rates whose periods are no whole
 * nanoseconds as well. */
Test(pacer, serves_the_newest_that_is_due_to_the_nanosecond)
{
    const double rates[] = {59.94, 60, 75, 90, 120, 143.856, 144, 165, 240, 333.3};
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        for (uint64_t k = 1; k < 2000; k++) {
            struct viz_pacer at, pacer;
            viz_pacer_init(&pacer, rates[i], 77);
            at = pacer;
            at.next = k;
            int64_t deadline_ns = viz_pacer_deadline(&at, 0);
            viz_pacer_serve(&pacer, deadline_ns);
            cr_assert_eq(pacer.next, k + 1, "%g Hz, deadline %llu", rates[i],
                         (unsigned long long)k);
            cr_assert_eq(pacer.skipped, k);
            viz_pacer_init(&pacer, rates[i], 77);
            viz_pacer_serve(&pacer, deadline_ns - 1);
            cr_assert_eq(pacer.next, k, "%g Hz, just before %llu", rates[i],
                         (unsigned long long)k);
        }
    }
}

Test(pacer, hours_of_sleep_are_one_jump)
{
    struct viz_pacer pacer;
    viz_pacer_init(&pacer, 60, 0);
    viz_pacer_serve(&pacer, 0);
    viz_pacer_serve(&pacer, 10 * 3600 * SECOND);
    cr_expect_eq(pacer.served, 2);
    cr_expect_eq(pacer.skipped, 60ULL * 36000 - 1);
    cr_expect_gt(viz_pacer_deadline(&pacer, 0), 10 * 3600 * SECOND);
}

Test(pacer, served_and_skipped_are_all_deadlines)
{
    struct viz_pacer pacer;
    int64_t now_ns = 0;
    viz_pacer_init(&pacer, 59.94, 0);
    for (int i = 0; i < 10000; i++) {
        int64_t deadline_ns = viz_pacer_deadline(&pacer, now_ns);
        now_ns = deadline_ns > now_ns ? deadline_ns : now_ns;
        viz_pacer_serve(&pacer, now_ns);
        now_ns += i * 7919LL * 10007 % 60000000;
        cr_assert_eq(pacer.served + pacer.skipped, pacer.next);
    }
    cr_expect_gt(pacer.skipped, 0);
}

Test(pacer, rate_zero_waits_for_nothing)
{
    struct viz_pacer pacer;
    viz_pacer_init(&pacer, 0, 100);
    cr_expect_eq(viz_pacer_deadline(&pacer, 12345), 12345);
    viz_pacer_serve(&pacer, 12345);
    viz_pacer_serve(&pacer, 99 * SECOND);
    cr_expect_eq(pacer.served, 2);
    cr_expect_eq(pacer.skipped, 0);
    cr_expect_eq(viz_pacer_deadline(&pacer, 777), 777);
}

Test(pacer, a_clock_behind_the_start_serves_the_first)
{
    struct viz_pacer pacer;
    viz_pacer_init(&pacer, 60, SECOND);
    viz_pacer_serve(&pacer, 0);
    cr_expect_eq(pacer.served, 1);
    cr_expect_eq(pacer.skipped, 0);
    cr_expect_eq(pacer.next, 1);
}
