/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/tracecost.h>

#include <criterion/criterion.h>
#include <math.h>

/* That every row was traced is asserted where it is measured, at every block size. */
Test(tracecost, is_measured_over_every_row)
{
    const uint32_t rows[] = {1, 16, 17, 200, 5000};
    struct viz_clock *clock = viz_clock_create(true);
    for (int i = 0; i < 5; i++) {
        struct viz_trace_cost cost = {NAN, NAN, NAN};
        viz_trace_cost_measure(clock, 18, rows[i], &cost);
        cr_expect(isfinite(cost.on_ns_per_row));
        cr_expect_gt(cost.on_ns_per_row, 0);
        cr_expect_geq(cost.off_ns_per_row, 0);
        cr_expect_gt(cost.stamp_ns, 0);
    }
    viz_clock_destroy(clock);
}

/* On a clock that stands still nothing takes any time. */
Test(tracecost, reads_the_clock_it_is_given)
{
    struct viz_clock *clock = viz_clock_create_fake(5);
    struct viz_trace_cost cost = {NAN, NAN, NAN};
    viz_trace_cost_measure(clock, 1, 4, &cost);
    cr_expect_eq(cost.on_ns_per_row, 0);
    cr_expect_eq(cost.off_ns_per_row, 0);
    cr_expect_eq(cost.stamp_ns, 0);
    viz_clock_destroy(clock);
}
