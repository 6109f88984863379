/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ranks_rig.h"

#include <viz/alloc.h>
#include <viz/special.h>

#include <criterion/criterion.h>
#include <float.h>
#include <stdlib.h>

TestSuite(ranks_shift, .init = viz_special_start);

static int compare_numbers(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Ascending; free() it. */
static double *all_differences(const double *x, size_t m, const double *y, size_t n)
{
    double *all = viz_zalloc(m * n * sizeof(*all));
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            all[i * n + j] = y[j] - x[i];
    qsort(all, m * n, sizeof(*all), compare_numbers);
    return all;
}

static double middle_of(const double *sorted, size_t n)
{
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

Test(ranks_shift, shift_follows_shift_and_scale)
{
    struct viz_random random;
    viz_random_seed(&random, 5);
    for (int round = 0; round < 100; round++) {
        double x[20], y[2][25], by = (double)viz_random_below(&random, 1000);
        fill(&random, x, 20, 0);
        fill(&random, y[0], 25, 0);
        for (int i = 0; i < 25; i++)
            y[1][i] = y[0][i] + by;
        struct viz_hodges_lehmann plain = shift_of(x, 20, y[0], 25);
        struct viz_hodges_lehmann moved = shift_of(x, 20, y[1], 25);
        cr_expect_float_eq(moved.delta, plain.delta + by, 1e-11);
        cr_expect_float_eq(moved.low, plain.low + by, 1e-11);
        cr_expect_float_eq(moved.high, plain.high + by, 1e-11);
        double p = test_of(x, 20, y[0], 25).p;
        for (int i = 0; i < 20; i++)
            x[i] *= 0x1p40;
        for (int i = 0; i < 25; i++)
            y[0][i] *= 0x1p40;
        struct viz_hodges_lehmann scaled = shift_of(x, 20, y[0], 25);
        cr_expect_eq(scaled.delta, plain.delta * 0x1p40);
        cr_expect_eq(scaled.low, plain.low * 0x1p40);
        cr_expect_eq(test_of(x, 20, y[0], 25).p, p);
    }
}

Test(ranks_shift, hollander_and_wolfe_shift_as_r_says)
{
    struct viz_hodges_lehmann shift = shift_of(hollander_x, 10, hollander_y, 5);
    expect_near(shift.delta, -0.305);
    expect_near(shift.low, -0.76);
    expect_near(shift.high, 0.15);
    shift = shift_of(sleep_a, 10, sleep_b, 10);
    expect_near(shift.delta, 1.35);
    expect_near(viz_cliff(sleep_a, 10, sleep_b, 10), 0.49);
}

Test(ranks_shift, shift_is_the_middle_of_all_differences)
{
    struct viz_random random;
    viz_random_seed(&random, 6);
    for (int round = 0; round < 400; round++) {
        double x[40], y[40];
        size_t m = 1 + viz_random_below(&random, 40);
        size_t n = 1 + viz_random_below(&random, 40);
        uint64_t values = round % 2 ? 0 : 1 + viz_random_below(&random, 50);
        fill(&random, x, m, values);
        fill(&random, y, n, values);
        double *all = all_differences(x, m, y, n);
        struct viz_hodges_lehmann shift = shift_of(x, m, y, n);
        cr_expect_eq(shift.delta, middle_of(all, m * n));
        size_t rank = viz_wilcoxon_quantile(0.025, m, n);
        rank = rank ? rank : 1;
        if (viz_smallest_p(m, n) > 0.05) {
            expect_nan(shift.low);
            expect_nan(shift.high);
        } else {
            cr_expect_eq(shift.low, all[rank - 1]);
            cr_expect_eq(shift.high, all[m * n - rank]);
        }
        free(all);
    }
}

Test(ranks_shift, interval_excludes_zero_where_the_test_finds_something)
{
    struct viz_random random;
    viz_random_seed(&random, 7);
    int found = 0;
    for (int round = 0; round < 500; round++) {
        double x[15], y[12];
        fill(&random, x, 15, 0);
        fill(&random, y, 12, 0);
        for (int i = 0; i < 12; i++)
            y[i] += 0.8;
        struct viz_hodges_lehmann shift = shift_of(x, 15, y, 12);
        bool differs = test_of(x, 15, y, 12).p <= 0.05;
        cr_expect_eq(differs, shift.low > 0 || shift.high < 0);
        found += differs;
    }
    cr_expect(found > 50 && found < 450, "%d", found);
}

Test(ranks_shift, interval_covers_the_shift_as_often_as_said)
{
    const size_t sizes[][2] = {{5, 5}, {10, 7}, {60, 60}};
    struct viz_random random;
    viz_random_seed(&random, 8);
    for (size_t k = 0; k < count_of(sizes); k++) {
        int covered = 0;
        for (int round = 0; round < 1000; round++) {
            double x[60], y[60];
            fill(&random, x, sizes[k][0], 0);
            fill(&random, y, sizes[k][1], 0);
            struct viz_hodges_lehmann shift = shift_of(x, sizes[k][0], y, sizes[k][1]);
            covered += shift.low <= 0 && shift.high >= 0;
        }
        cr_expect(covered > 922 && covered < 995, "%zu: %d", sizes[k][0], covered);
    }
}

Test(ranks_shift, interval_is_there_from_the_sizes_that_can_reach_alpha)
{
    const double x[] = {1, 2, 3, 4, 5}, y[] = {11, 12.5, 13.25, 14.125, 15.0625};
    struct viz_hodges_lehmann shift = shift_of(x, 3, y, 3);
    cr_expect_eq(shift.delta, 10.25);
    expect_nan(shift.low);
    expect_nan(shift.high);
    viz_hodges_lehmann(x, 3, y, 3, 0.1, &shift); /* reached to the digit */
    cr_expect_eq(shift.low, 8);
    cr_expect_eq(shift.high, 12.25);
    shift = shift_of(x, 4, y, 4);
    cr_expect_eq(shift.low, 7);
    cr_expect_eq(shift.high, 13.125);
}

Test(ranks_shift, hundred_thousand_a_side_have_the_shift_that_was_put_in)
{
    size_t n = 100000;
    double *x = viz_zalloc(n * sizeof(*x)), *y = viz_zalloc(n * sizeof(*y));
    struct viz_random random;
    viz_random_seed(&random, 9);
    fill(&random, x, n, 0);
    for (size_t i = 0; i < n; i++)
        y[n - 1 - i] = x[i] + 0.25; /* differences come in pairs about 0.25 */
    struct viz_hodges_lehmann shift = shift_of(x, n, y, n);
    cr_expect_float_eq(shift.delta, 0.25, 1e-12);
    /* Normal: 1.96 sqrt(1 / n + 1 / n) / 0.977 to either side. */
    cr_expect_float_eq(shift.low, 0.25 - 0.00897, 2e-4);
    cr_expect_float_eq(shift.high, 0.25 + 0.00897, 2e-4);
    struct viz_mann_whitney test = test_of(x, n, y, n);
    cr_expect_not(test.exact);
    cr_expect_float_eq(test.above, viz_normal_below(-0.25 / sqrt(2)), 0.005);
    cr_expect(test.p < 1e-100 && test.p_greater == 1);
    free(x);
    free(y);
}

Test(ranks_shift, huge_and_tiny_values_give_numbers_or_nan)
{
    const double x[] = {-1e300, 1e300, 5e-324, -5e-324, DBL_MAX, 0};
    const double y[] = {1e300, 1e-310, -DBL_MAX, -0.0, 5e-324, 1};
    struct viz_mann_whitney test = test_of(x, 6, y, 6);
    cr_expect_eq(test.u, count_u(x, 6, y, 6));
    struct viz_hodges_lehmann shift = shift_of(x, 6, y, 6);
    double *all = all_differences(x, 6, y, 6);
    cr_expect_eq(shift.delta, middle_of(all, 36));
    cr_expect_not(isinf(shift.low) || isinf(shift.high));
    free(all);

    const double low[] = {-DBL_MAX, -DBL_MAX}, high[] = {DBL_MAX, DBL_MAX, DBL_MAX};
    expect_nan(shift_of(low, 2, high, 3).delta);
    const double ends[] = {-DBL_MAX, DBL_MAX}, middle[] = {0, 0};
    cr_expect_eq(shift_of(ends, 2, middle, 2).delta, 0);
    const double half[] = {DBL_MAX, DBL_MAX};
    cr_expect_eq(shift_of(middle, 2, half, 2).delta, DBL_MAX);
    const double minus[] = {-0.0};
    cr_expect_not(signbit(shift_of(middle, 1, minus, 1).delta));
}
