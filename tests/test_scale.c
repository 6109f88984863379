/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/scale.h>

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

#define SECOND 1000000000LL

Test(scale, nothing_is_set_before_the_first_number)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, INFINITY, -INFINITY, SECOND);
    viz_scale_update(&scale, NAN, NAN, SECOND);
    viz_scale_update(&scale, -INFINITY, 3, SECOND);
    viz_scale_update(&scale, 2, 1, SECOND);
    cr_assert(!scale.set);
}

Test(scale, first_data_is_framed_with_a_little_room)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, -1, 1, SECOND);
    cr_assert(scale.set);
    cr_assert_float_eq(scale.low, -1.1, 1e-6);
    cr_assert_float_eq(scale.high, 1.1, 1e-6);
}

Test(scale, constant_signals_get_a_range_around_them)
{
    const float values[] = {0,       5,        -5,      1e-30f, 1e30f,
                            FLT_MAX, -FLT_MAX, FLT_MIN, 1e-45f, 101325};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct viz_scale scale = {0};
        viz_scale_update(&scale, values[i], values[i], SECOND);
        cr_assert_lt(scale.low, scale.high, "%g", (double)values[i]);
        cr_assert(scale.low <= values[i] && values[i] <= scale.high);
        cr_assert(isfinite(scale.low) && isfinite(scale.high));
    }
    struct viz_scale zero = {0};
    viz_scale_update(&zero, 0, 0, SECOND);
    cr_assert(zero.low == -1 && zero.high == 1);
}

Test(scale, small_changes_of_a_large_value_are_not_flat)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, 101324.5f, 101325.5f, SECOND);
    cr_assert_lt(scale.high - scale.low, 2);
}

Test(scale, the_rounding_of_a_float_is_not_magnified)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, 1e6f, nextafterf(1e6f, INFINITY), SECOND);
    cr_assert_gt(scale.high - scale.low, 1000);
}

Test(scale, the_widest_range_stays_finite)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, -FLT_MAX, FLT_MAX, SECOND);
    cr_assert(scale.low == -FLT_MAX && scale.high == FLT_MAX);
}

Test(scale, grows_at_once_and_by_a_tenth_or_more)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, 0, 10, SECOND);
    struct viz_scale before = scale;
    float just_above = nextafterf(before.high, INFINITY);
    viz_scale_update(&scale, 0, just_above, SECOND + 1);
    cr_assert_geq(scale.high, before.high + 0.0999f * (before.high - before.low));
    cr_assert_eq(scale.low, before.low, "the other side stays");
    viz_scale_update(&scale, -1000, 10, SECOND + 2);
    cr_assert_lt(scale.low, -1000);
    before = scale;
    viz_scale_update(&scale, nextafterf(before.low, -INFINITY), 10, SECOND + 3);
    cr_assert_leq(scale.low, before.low - 0.0999f * (before.high - before.low));
    cr_assert_eq(scale.high, before.high, "the other side stays");
}

Test(scale, data_on_the_edge_does_not_move_it)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, 0, 10, SECOND);
    struct viz_scale before = scale;
    viz_scale_update(&scale, before.low, before.high, SECOND + 1);
    cr_assert(scale.low == before.low && scale.high == before.high);
}

Test(scale, shrinks_only_after_two_loose_seconds)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, 0, 100, SECOND);
    float high = scale.high;
    viz_scale_update(&scale, 0, 20, 2 * SECOND);
    viz_scale_update(&scale, 0, 20, 4 * SECOND - 1);
    cr_assert_eq(scale.high, high);
    viz_scale_update(&scale, 0, 20, 4 * SECOND);
    cr_assert_float_eq(scale.high, 21, 1e-5);
    cr_assert_float_eq(scale.low, -1, 1e-5);
}

Test(scale, half_filled_is_not_loose)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, 0, 100, SECOND);
    float high = scale.high;
    for (int second = 2; second < 60; second++)
        viz_scale_update(&scale, 0, 56, second * SECOND);
    cr_assert_eq(scale.high, high);
}

Test(scale, one_wide_frame_starts_the_wait_again)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, 0, 100, SECOND);
    float high = scale.high;
    viz_scale_update(&scale, 0, 20, 2 * SECOND);
    viz_scale_update(&scale, 0, 90, 3 * SECOND);
    viz_scale_update(&scale, 0, 20, 4 * SECOND);
    viz_scale_update(&scale, 0, 20, 5 * SECOND);
    cr_assert_eq(scale.high, high);
    viz_scale_update(&scale, 0, 20, 6 * SECOND);
    cr_assert_lt(scale.high, high);
}

Test(scale, a_clock_that_runs_backwards_starts_the_wait_again)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, 0, 100, 10 * SECOND);
    float high = scale.high;
    viz_scale_update(&scale, 0, 20, 10 * SECOND);
    viz_scale_update(&scale, 0, 20, 5 * SECOND);
    viz_scale_update(&scale, 0, 20, 6 * SECOND);
    cr_assert_eq(scale.high, high);
    viz_scale_update(&scale, 0, 20, 7 * SECOND);
    cr_assert_lt(scale.high, high);
}

Test(scale, a_constant_signal_does_not_move_its_axis_for_ever)
{
    struct viz_scale scale = {0};
    viz_scale_update(&scale, 5, 5, SECOND);
    struct viz_scale first = scale;
    for (int second = 2; second < 20; second++)
        viz_scale_update(&scale, 5, 5, second * SECOND);
    cr_assert(scale.low == first.low && scale.high == first.high);
}

static bool is_round(double step)
{
    double mantissa = step / pow(10, floor(log10(step) + 1e-9));
    return fabs(mantissa - 1) < 1e-6 || fabs(mantissa - 2) < 1e-6 ||
           fabs(mantissa - 5) < 1e-6;
}

Test(scale, ticks_are_round_and_few)
{
    const struct {
        double low, high;
    } ranges[] = {{-1.1, 1.1},  {0, 1},        {0.3, 0.7}, {-1e9, 3e9},
                  {1e-9, 3e-9}, {99.9, 100.1}, {-50, -3},  {-FLT_MAX, FLT_MAX}};
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        for (unsigned most = 2; most < 12; most++) {
            double first, low = ranges[i].low, high = ranges[i].high;
            double step = viz_scale_ticks(low, high, most, &first);
            cr_assert(is_round(step), "%g", step);
            cr_assert_geq(first, low - 1e-6 * step);
            cr_assert_lt(first - step, low);
            unsigned ticks = 0;
            for (double tick = first; tick <= high + 1e-6 * step; tick += step)
                ticks++;
            cr_assert_leq(ticks, most);
            cr_assert_geq(ticks * 5, most > 3 ? most - 3 : 0, "not too few either");
        }
}

Test(scale, ticks_of_known_axes)
{
    double first;
    cr_assert_float_eq(viz_scale_ticks(0, 1, 11, &first), 0.1, 1e-12);
    cr_assert_eq(first, 0);
    cr_assert_float_eq(viz_scale_ticks(-1.1, 1.1, 5, &first), 0.5, 1e-12);
    cr_assert_float_eq(first, -1, 1e-12);
    cr_assert_float_eq(viz_scale_ticks(3 * 0.1, 1.3, 11, &first), 0.1, 1e-12);
    cr_assert_float_eq(first, 0.3, 1e-12, "3 * 0.1 is a little more than 0.3");
    cr_assert_eq(viz_scale_ticks(1, 1, 5, &first), 0);
    cr_assert_eq(viz_scale_ticks(0, INFINITY, 5, &first), 0);
    cr_assert_eq(viz_scale_ticks(NAN, 1, 5, &first), 0);
    cr_assert_eq(viz_scale_ticks(0, 1, 0, &first), 0);
}

Test(scale, time_ticks)
{
    cr_assert_eq(viz_scale_time_ticks(10 * SECOND, 11), SECOND);
    cr_assert_eq(viz_scale_time_ticks(10 * SECOND, 10), 2 * SECOND);
    cr_assert_eq(viz_scale_time_ticks(60 * SECOND, 7), 10 * SECOND);
    cr_assert_eq(viz_scale_time_ticks(60 * SECOND, 5), 15 * SECOND);
    cr_assert_eq(viz_scale_time_ticks(1000000, 11), 100000);
    cr_assert_eq(viz_scale_time_ticks(7 * 86400 * SECOND, 8), 86400 * SECOND);
    cr_assert_eq(viz_scale_time_ticks(3600 * SECOND, 7), 600 * SECOND);
    for (unsigned most = 2; most < 20; most++)
        for (int64_t window = 1; window < 7 * 86400 * SECOND; window = window * 3 + 1)
            cr_assert_leq(window / viz_scale_time_ticks(window, most) + 1, most);
    cr_assert_gt(viz_scale_time_ticks(0, 0), 0);
}
