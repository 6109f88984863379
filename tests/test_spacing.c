/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rows came too late for their neighbours. */
#include <viz/spacing.h>

#include <criterion/criterion.h>

#define MS INT64_C(1000000)

/* @rows rows, 5 ms apart, behind what was there. */
static void go_on(struct viz_spacing *spacing, int rows)
{
    for (int i = 0; i < rows; i++)
        cr_assert_not(viz_spacing_stamp(spacing, spacing->newest_ns + 5 * MS), "%d", i);
}

Test(spacing, what_is_longer_than_three_times_the_median_is_a_gap)
{
    struct viz_spacing spacing = {0};
    go_on(&spacing, 100);
    cr_expect_not(viz_spacing_stamp(&spacing, spacing.newest_ns + 14 * MS));
    go_on(&spacing, 20);
    cr_expect(viz_spacing_stamp(&spacing, spacing.newest_ns + 500 * MS));
    go_on(&spacing, 1); /* one gap does not teach it another rate */
    cr_expect(viz_spacing_stamp(&spacing, spacing.newest_ns + 25 * MS));
}

Test(spacing, the_first_33_rows_only_teach)
{
    struct viz_spacing spacing = {0};
    go_on(&spacing, 32);
    cr_expect_not(viz_spacing_knows(&spacing));
    cr_expect_not(viz_spacing_stamp(&spacing, spacing.newest_ns + 500 * MS));
    cr_expect(viz_spacing_knows(&spacing));
}

Test(spacing, what_is_not_stamped_or_out_of_order_says_nothing)
{
    struct viz_spacing spacing = {0};
    for (int i = 0; i < 100; i++)
        cr_assert_not(viz_spacing_stamp(&spacing, INT64_MIN));
    cr_expect_not(viz_spacing_knows(&spacing));
    go_on(&spacing, 100);
    int64_t newest_ns = spacing.newest_ns;
    cr_expect_not(viz_spacing_stamp(&spacing, newest_ns - 999 * MS));
    cr_expect_not(viz_spacing_stamp(&spacing, newest_ns));
    cr_expect_not(viz_spacing_stamp(&spacing, newest_ns + 5 * MS));
}

Test(spacing, a_clock_that_was_set_back_is_a_gap_and_a_restart_is_none)
{
    struct viz_spacing spacing = {0};
    go_on(&spacing, 1000);
    cr_expect(viz_spacing_stamp(&spacing, spacing.newest_ns - 1000 * MS));
    go_on(&spacing, 10);
    viz_spacing_restart(&spacing);
    cr_expect_not(viz_spacing_stamp(&spacing, 0));
    go_on(&spacing, 10);
    cr_expect(viz_spacing_stamp(&spacing, INT64_MAX));
    cr_expect(viz_spacing_stamp(&spacing, INT64_MIN + 1));
}

Test(spacing, a_pause_that_is_no_longer_than_the_least_is_no_gap)
{
    struct viz_spacing spacing = {0};
    for (int i = 0; i < 100; i++)
        cr_assert_not(viz_spacing_take(&spacing, 5e6, 5e8));
    cr_expect_not(viz_spacing_take(&spacing, 5e8, 5e8));
    cr_expect(viz_spacing_take(&spacing, 5.1e8, 5e8));
}
