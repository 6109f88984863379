/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expected numbers were computed with Python's fractions and statistics modules:
 * exact but for the last rounding. */
#include <viz/summary.h>

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

#define SAME(got, expected, relative)                                                  \
    do {                                                                               \
        double is_ = (got), should_ = (expected);                                      \
        cr_expect(fabs(is_ - should_) <= fabs(should_) * (relative),                   \
                  "%s is %.17g, not %.17g", #got, is_, should_);                       \
    } while (0)

static struct viz_summary *of(const double *value, size_t count)
{
    struct viz_summary *summary = viz_summary_create(0.2);
    for (size_t i = 0; i < count; i++)
        viz_summary_add(summary, value[i]);
    return summary;
}

Test(summary, nothing_gives_no_figure)
{
    struct viz_summary *summary = viz_summary_create(0.2);
    uint64_t bins[3] = {1, 1, 1};
    cr_expect_eq(viz_summary_count(summary), 0u);
    cr_expect_eq(viz_summary_changes(summary), 0u);
    cr_expect_eq(viz_summary_distinct(summary), 0u);
    cr_expect(isnan(viz_summary_mean(summary)));
    cr_expect(isnan(viz_summary_sd(summary)));
    cr_expect(isnan(viz_summary_min(summary)));
    cr_expect(isnan(viz_summary_max(summary)));
    cr_expect(isnan(viz_summary_ema(summary)));
    cr_expect(isnan(viz_summary_percentile(summary, 50)));
    viz_summary_histogram(summary, 3, bins);
    cr_expect_eq(bins[0] + bins[1] + bins[2], 0u);
    viz_summary_destroy(summary);
    viz_summary_destroy(NULL);
}

Test(summary, one_value_is_its_own_mean_and_has_no_spread)
{
    const double value[] = {-3.5};
    struct viz_summary *summary = of(value, 1);
    uint64_t bins[4];
    cr_expect_eq(viz_summary_mean(summary), -3.5);
    cr_expect(isnan(viz_summary_sd(summary)), "never 0");
    cr_expect_eq(viz_summary_percentile(summary, 0), -3.5);
    cr_expect_eq(viz_summary_percentile(summary, 99), -3.5);
    cr_expect_eq(viz_summary_ema(summary), -3.5);
    cr_expect_eq(viz_summary_distinct(summary), 1u);
    viz_summary_histogram(summary, 4, bins);
    cr_expect_eq(bins[0], 1u);
    cr_expect_eq(bins[1] + bins[2] + bins[3], 0u);
    viz_summary_destroy(summary);
}

Test(summary, equal_values_have_no_spread_and_one_bin)
{
    struct viz_summary *summary = viz_summary_create(1);
    uint64_t bins[5];
    for (unsigned i = 0; i < 1000; i++)
        viz_summary_add(summary, 0.1);
    cr_expect_eq(viz_summary_mean(summary), 0.1);
    cr_expect_eq(viz_summary_sd(summary), 0);
    cr_expect_eq(viz_summary_percentile(summary, 95), 0.1);
    cr_expect_eq(viz_summary_changes(summary), 1u);
    cr_expect_eq(viz_summary_distinct(summary), 1u);
    viz_summary_histogram(summary, 5, bins);
    cr_expect_eq(bins[0], 1000u);
    viz_summary_destroy(summary);
}

Test(summary, percentiles_are_type_7)
{
    const double ten[] = {7, 3, 10, 1, 5, 2, 9, 8, 4, 6};
    struct viz_summary *summary = of(ten, 10);
    SAME(viz_summary_mean(summary), 5.5, 1e-15);
    SAME(viz_summary_sd(summary), 3.0276503540974917, 1e-15);
    cr_expect_eq(viz_summary_percentile(summary, 0), 1);
    SAME(viz_summary_percentile(summary, 25), 3.25, 1e-15);
    SAME(viz_summary_percentile(summary, 50), 5.5, 1e-15);
    SAME(viz_summary_percentile(summary, 95), 9.55, 1e-15);
    SAME(viz_summary_percentile(summary, 99), 9.91, 1e-15);
    cr_expect_eq(viz_summary_percentile(summary, 100), 10);
    viz_summary_destroy(summary);
}

static const double mixed[] = {3.5, -1.25, 7.0, 2.0, 2.0, 9.75, 0.5, 4.125};

static void expect_mixed(struct viz_summary *summary)
{
    cr_expect_eq(viz_summary_count(summary), 8u);
    SAME(viz_summary_mean(summary), 3.453125, 1e-15);
    SAME(viz_summary_sd(summary), 3.540541663059078, 1e-15);
    SAME(viz_summary_ema(summary), 3.6488592, 1e-15);
    cr_expect_eq(viz_summary_min(summary), -1.25);
    cr_expect_eq(viz_summary_max(summary), 9.75);
    SAME(viz_summary_percentile(summary, 25), 1.625, 1e-15);
    SAME(viz_summary_percentile(summary, 50), 2.75, 1e-15);
    SAME(viz_summary_percentile(summary, 95), 8.7875, 1e-15);
    SAME(viz_summary_percentile(summary, 99), 9.5575, 1e-15);
    cr_expect_eq(viz_summary_distinct(summary), 7u);
    cr_expect_eq(viz_summary_changes(summary), 7u);
}

Test(summary, signs_and_fractions_sort_as_numbers_do)
{
    struct viz_summary *summary = of(mixed, 8);
    expect_mixed(summary);
    viz_summary_destroy(summary);
}

Test(summary, what_is_not_finite_is_counted_and_left_out)
{
    struct viz_summary *summary = viz_summary_create(0.2);
    viz_summary_add(summary, NAN);
    for (unsigned i = 0; i < 8; i++) {
        viz_summary_add(summary, mixed[i]);
        viz_summary_add(summary, i % 2 ? INFINITY : -INFINITY);
    }
    expect_mixed(summary);
    cr_expect_eq(viz_summary_not_finite(summary), 9u);
    viz_summary_destroy(summary);
}

Test(summary, only_values_that_are_not_finite_give_no_figure)
{
    const double value[] = {NAN, INFINITY};
    struct viz_summary *summary = of(value, 2);
    cr_expect_eq(viz_summary_count(summary), 0u);
    cr_expect(isnan(viz_summary_mean(summary)));
    cr_expect(isnan(viz_summary_max(summary)));
    cr_expect(isnan(viz_summary_percentile(summary, 50)));
    viz_summary_destroy(summary);
}

Test(summary, values_may_follow_a_percentile)
{
    struct viz_summary *summary = of(mixed, 5);
    SAME(viz_summary_percentile(summary, 50), 2.0, 0);
    for (unsigned i = 5; i < 8; i++)
        viz_summary_add(summary, mixed[i]);
    expect_mixed(summary);
    viz_summary_destroy(summary);
}

Test(summary, changes_follow_the_order_and_distinct_does_not)
{
    const double value[] = {1, 1, 2, 2, 1, 1, 0.0, -0.0};
    struct viz_summary *summary = of(value, 8);
    cr_expect_eq(viz_summary_changes(summary), 4u);
    cr_expect_eq(viz_summary_distinct(summary), 3u, "both zeros are one");
    viz_summary_destroy(summary);
}

Test(summary, a_large_offset_costs_no_digits)
{
    const double value[] = {1e9 + 0.1, 1e9 + 0.3, 1e9 + 0.2,
                            1e9 + 0.4, 1e9 + 0.1, 1e9 + 0.5};
    struct viz_summary *summary = of(value, 6);
    SAME(viz_summary_mean(summary), 1000000000.2666667, 1e-15);
    SAME(viz_summary_sd(summary), 0.16329929671875235, 1e-7);
    SAME(viz_summary_percentile(summary, 95), 1000000000.475, 1e-15);
    viz_summary_destroy(summary);
}

/* NumAcc3 and NumAcc4 of NIST's reference data sets: one value, then pairs about it. */
static void expect_pairs(double first, double low, double high, double sd_relative)
{
    struct viz_summary *summary = viz_summary_create(0.2);
    viz_summary_add(summary, first);
    for (unsigned i = 0; i < 500; i++) {
        viz_summary_add(summary, low);
        viz_summary_add(summary, high);
    }
    SAME(viz_summary_mean(summary), first, 1e-15);
    SAME(viz_summary_sd(summary), 0.1, sd_relative);
    SAME(viz_summary_percentile(summary, 50), first, 1e-15);
    viz_summary_destroy(summary);
}

Test(summary, hard_reference_sets_keep_their_certified_spread)
{
    expect_pairs(1.2, 1.1, 1.3, 1e-13);
    expect_pairs(1000000.2, 1000000.1, 1000000.3, 1e-9);
    expect_pairs(10000000.2, 10000000.1, 10000000.3, 1e-8);
}

Test(summary, a_sum_of_large_and_small_is_compensated)
{
    const double value[] = {1, 1e100, 1, -1e100};
    struct viz_summary *summary = of(value, 4);
    cr_expect_eq(viz_summary_mean(summary), 0.5);
    viz_summary_destroy(summary);
}

Test(summary, a_long_series_agrees_with_exact_arithmetic)
{
    static const uint64_t expected[10] = {10147, 9926,  10095, 9839, 9903,
                                          10062, 10030, 10100, 9929, 9969};
    struct viz_summary *summary = viz_summary_create(0.2);
    uint64_t bins[10];
    uint32_t state = 12345;
    for (unsigned i = 0; i < 100000; i++) {
        state = state * 1664525 + 1013904223;
        viz_summary_add(summary, (state >> 8) / 1000.0 - 4000);
    }
    SAME(viz_summary_mean(summary), 4382.67649511, 1e-14);
    SAME(viz_summary_sd(summary), 4846.02094908631, 1e-13);
    SAME(viz_summary_percentile(summary, 25), 186.04424999999992, 1e-13);
    SAME(viz_summary_percentile(summary, 50), 4405.2345, 1e-14);
    SAME(viz_summary_percentile(summary, 95), 11931.4982, 1e-14);
    SAME(viz_summary_percentile(summary, 99), 12617.75232, 1e-14);
    cr_expect_eq(viz_summary_distinct(summary), 99708u);
    viz_summary_histogram(summary, 10, bins);
    cr_expect_arr_eq(bins, expected, sizeof(bins));
    viz_summary_destroy(summary);
}

Test(summary, both_ends_of_the_range_are_in_the_histogram)
{
    const double value[] = {0, 1, 2, 3, 4};
    struct viz_summary *summary = of(value, 5);
    uint64_t bins[4], one[1];
    const uint64_t expected[4] = {1, 1, 1, 2};
    viz_summary_histogram(summary, 4, bins);
    cr_expect_arr_eq(bins, expected, sizeof(bins));
    viz_summary_histogram(summary, 1, one);
    cr_expect_eq(one[0], 5u);
    viz_summary_destroy(summary);
}

Test(summary, the_largest_numbers_give_a_figure_or_none)
{
    const double value[] = {-1.7e308, 1.7e308, 1.7e308, 1.7e308};
    struct viz_summary *summary = of(value, 4);
    uint64_t bins[2];
    cr_expect(isnan(viz_summary_mean(summary)), "the sum is beyond double");
    cr_expect(isnan(viz_summary_sd(summary)));
    cr_expect_eq(viz_summary_percentile(summary, 50), 1.7e308);
    cr_expect(isfinite(viz_summary_percentile(summary, 10)));
    viz_summary_histogram(summary, 2, bins);
    cr_expect_eq(bins[0], 1u);
    cr_expect_eq(bins[1], 3u);
    viz_summary_destroy(summary);
}

Test(summary, alpha_is_the_weight_of_the_newest)
{
    struct viz_summary *all = viz_summary_create(1), *half = viz_summary_create(0.5);
    for (unsigned i = 0; i < 3; i++) {
        viz_summary_add(all, i * 8);
        viz_summary_add(half, i * 8);
    }
    cr_expect_eq(viz_summary_ema(all), 16);
    cr_expect_eq(viz_summary_ema(half), 10);
    viz_summary_destroy(all);
    viz_summary_destroy(half);
}
