/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expected figures are NumPy's and SciPy's: histogram, histogram_bin_edges("fd"),
 * gaussian_kde(...).integrate_box_1d(). */
#include <viz/distribution.h>

#include <viz/alloc.h>
#include <viz/describe.h>
#include <viz/random.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double ten[] = {1, 1.5, 2, 2, 2.5, 3, 3.5, 4.5, 7, 12};
#define TEN (sizeof(ten) / sizeof(ten[0]))

static void near(double value, double expected, double tolerance)
{
    cr_assert(fabs(value - expected) <= tolerance * (1 + fabs(expected)),
              "%.17g is not %.17g", value, expected);
}

/* @n values with a long tail, ascending. */
static double *skewed(size_t n)
{
    struct viz_random random;
    double *out = viz_zalloc(n * sizeof(*out));
    viz_random_seed(&random, 7);
    for (size_t i = 0; i < n; i++)
        out[i] = exp((double)viz_random_below(&random, 1000000) / 1e5);
    viz_sort(out, n);
    return out;
}

/* ---- bins ---- */

Test(distribution, freedman_and_diaconis_choose_as_many_bins_as_in_numpy)
{
    const char *rule;
    cr_assert_eq(viz_bins_suiting(ten, TEN, &rule), 6);
    cr_assert_str_eq(rule, "freedman-diaconis");
}

Test(distribution, where_the_middle_half_is_the_same_sturges_chooses)
{
    const double x[] = {1, 5, 5, 5, 5, 5, 5, 9};
    const char *rule;
    cr_assert_eq(viz_bins_suiting(x, 8, &rule), 4);
    cr_assert_str_eq(rule, "sturges");
}

Test(distribution, one_wild_value_does_not_ask_for_a_million_bins)
{
    const double x[] = {1, 2, 3, 4, 1e9};
    const char *rule;
    cr_assert_eq(viz_bins_suiting(x, 5, &rule), VIZ_MOST_BINS);
}

Test(distribution, no_values_one_and_equal_ones_get_one_bin)
{
    const double x[] = {3, 3, 3};
    const char *rule;
    cr_assert_eq(viz_bins_suiting(x, 0, &rule), 1);
    cr_assert_str_eq(rule, "one");
    cr_assert_eq(viz_bins_suiting(x, 1, &rule), 1);
    cr_assert_eq(viz_bins_suiting(x, 3, &rule), 1);
}

Test(distribution, counts_and_edges_are_those_of_numpy)
{
    const double edges[] = {1, 3.75, 6.5, 9.25, 12};
    const uint64_t counts[] = {7, 1, 1, 1};
    double edge[5];
    uint64_t count[4];
    viz_bins_edges(1, 12, 4, edge);
    viz_bins_count(ten, TEN, edge, 4, count);
    for (int i = 0; i < 5; i++)
        near(edge[i], edges[i], 0);
    cr_assert_arr_eq(count, counts, sizeof(counts));
}

Test(distribution, a_value_on_an_edge_is_in_the_bin_above_and_the_largest_in_the_last)
{
    const double x[] = {0, 1, 1, 2};
    const uint64_t counts[] = {1, 3};
    double edge[3];
    uint64_t count[2];
    viz_bins_edges(0, 2, 2, edge);
    viz_bins_count(x, 4, edge, 2, count);
    cr_assert_arr_eq(count, counts, sizeof(counts));
}

Test(distribution, what_is_outside_the_edges_is_in_no_bin)
{
    double edge[3];
    uint64_t count[2];
    viz_bins_edges(2, 3, 2, edge);
    viz_bins_count(ten, TEN, edge, 2, count);
    cr_assert_eq(count[0], 2); /* 2, 2 */
    cr_assert_eq(count[1], 2); /* 2.5, 3 */
}

Test(distribution, equal_values_are_in_the_middle_of_edges_that_differ)
{
    const double x[] = {-40, -40};
    double edge[5];
    uint64_t count[4];
    viz_bins_edges(-40, -40, 4, edge);
    near(edge[0], -40.4, 1e-15);
    near(edge[4], -39.6, 1e-15);
    viz_bins_count(x, 2, edge, 4, count);
    cr_assert_eq(count[2], 2);
    viz_bins_edges(0, 0, 1, edge);
    near(edge[0], -0.5, 0);
    near(edge[1], 0.5, 0);
}

Test(distribution, every_value_is_in_one_bin)
{
    for (uint32_t bins = 1; bins <= 97; bins += 8) {
        double *x = skewed(5000), edge[98];
        uint64_t count[97], sum = 0;
        viz_bins_edges(x[0], x[4999], bins, edge);
        viz_bins_count(x, 5000, edge, bins, count);
        for (uint32_t i = 0; i < bins; i++)
            sum += count[i];
        cr_assert_eq(sum, 5000);
        free(x);
    }
}

/* ---- the distribution function ---- */

Test(distribution, few_values_are_all_points_each_once)
{
    const double x[] = {1, 1.5, 2, 2.5, 3, 3.5, 4.5, 7, 12};
    const double p[] = {.1, .2, .4, .5, .6, .7, .8, .9, 1};
    double at[TEN], part[TEN];
    cr_assert_eq(viz_ecdf(ten, TEN, 512, at, part), 9);
    for (size_t i = 0; i < 9; i++) {
        near(at[i], x[i], 0);
        near(part[i], p[i], 1e-15);
    }
}

Test(distribution, of_many_values_the_points_are_exact_and_hold_both_ends)
{
    enum { N = 30011, MOST = 64 };
    double *x = skewed(N), at[MOST], part[MOST];
    size_t points = viz_ecdf(x, N, MOST, at, part);
    cr_assert_leq(points, MOST);
    cr_assert_gt(points, MOST / 2);
    near(at[0], x[0], 0);
    near(at[points - 1], x[N - 1], 0);
    near(part[points - 1], 1, 0);
    for (size_t i = 0; i < points; i++) {
        size_t count = 0;
        for (size_t j = 0; j < N; j++)
            count += x[j] <= at[i];
        near(part[i], (double)count / N, 0);
        cr_assert(!i || at[i] > at[i - 1]);
    }
    free(x);
}

Test(distribution, no_values_one_value_and_equal_values)
{
    const double x[] = {4, 4, 4};
    double at[4], part[4];
    cr_assert_eq(viz_ecdf(x, 0, 4, at, part), 0);
    cr_assert_eq(viz_ecdf(x, 1, 4, at, part), 1);
    near(part[0], 1, 0);
    cr_assert_eq(viz_ecdf(x, 3, 2, at, part), 1);
    near(at[0], 4, 0);
    near(part[0], 1, 0);
}

/* ---- density ---- */

Test(distribution, a_density_is_the_mean_of_scipys_over_each_cell)
{
    const double middle[] = {-0.81543480168099, 1.27468942737072, 3.36481365642243,
                             5.45493788547414,  7.54506211452586, 9.63518634357757,
                             11.7253105726293,  13.815434801681};
    const double density[] = {0.0178670624704558, 0.162252184075002,
                              0.163833668893553,  0.0521695978388764,
                              0.0321227865982585, 0.00624986776841313,
                              0.0338416862919002, 0.00996169691217002};
    double x[8], y[8];
    near(viz_density(ten, TEN, 8, x, y), 0.95349897206894874, 1e-14);
    for (int i = 0; i < 8; i++) {
        near(x[i], middle[i], 1e-13);
        near(y[i], density[i], 1e-12);
    }
}

Test(distribution, a_narrow_peak_beside_a_wild_value_is_not_lost)
{
    enum { N = 10000 };
    double *sorted = viz_zalloc(N * sizeof(*sorted)), x[128], y[128], mass = 0;
    for (size_t i = 0; i < N; i++)
        sorted[i] = 1 + 1e-4 * (double)i / N;
    sorted[N - 1] = 1000;
    cr_assert(viz_density(sorted, N, 128, x, y) < 1e-4);
    for (int i = 0; i < 128; i++)
        mass += y[i] * (x[1] - x[0]);
    near(mass, 1, 1e-3);
    cr_assert_gt(y[0] * (x[1] - x[0]), 0.99);
    free(sorted);
}

/* Part of the estimate of all values that is below @at. */
static double mass_below(const double *x, size_t n, double bandwidth, double at)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += 0.5 * erfc((x[i] - at) / bandwidth / sqrt(2));
    return sum / (double)n;
}

Test(distribution, order_statistics_stand_for_more_values_than_are_afforded)
{
    enum { N = 60007, CELLS = 16 };
    double *all = skewed(N), x[CELLS], y[CELLS];
    double bandwidth = viz_density(all, N, CELLS, x, y), width = x[1] - x[0];
    for (int i = 0; i < CELLS; i++) {
        double expected = mass_below(all, N, bandwidth, x[i] + width / 2) -
                          mass_below(all, N, bandwidth, x[i] - width / 2);
        cr_assert_lt(fabs(y[i] * width - expected), 1.0 / 20000);
    }
    free(all);
}

Test(distribution, without_spread_there_is_no_density)
{
    const double x[] = {2, 2, 2};
    double at[4], y[4];
    cr_assert(isnan(viz_density(x, 0, 4, at, y)));
    cr_assert(isnan(viz_density(x, 1, 4, at, y)));
    cr_assert(isnan(viz_density(x, 3, 4, at, y)));
}

Test(distribution, equal_quartiles_leave_the_width_to_the_standard_deviation)
{
    const double x[] = {1, 5, 5, 5, 5, 5, 5, 9};
    double at[4], y[4];
    near(viz_density(x, 8, 4, at, y), 0.9 * viz_sd(x, 8) * pow(8, -0.2), 1e-14);
}

/* ---- the tail ---- */

Test(distribution, the_tail_goes_as_far_as_there_are_values)
{
    double p[VIZ_TAIL_PERCENTS];
    cr_assert_eq(viz_tail_percents(0, p), 0);
    cr_assert_eq(viz_tail_percents(1, p), 1);
    near(p[0], 0, 0);
    cr_assert_eq(viz_tail_percents(10, p), 5); /* 0, 25, 50, 75, 90 */
    near(p[4], 90, 0);
    cr_assert_eq(viz_tail_percents(99, p), 7); /* 99 would say more than is there */
    cr_assert_eq(viz_tail_percents(100, p), 8);
    near(p[5], 95, 0);
    near(p[6], 97.5, 0);
    near(p[7], 99, 0);
    cr_assert_eq(viz_tail_percents(10000000, p), 23);
    near(p[22], 99.99999, 1e-15);
    cr_assert_eq(viz_tail_percents(SIZE_MAX, p), VIZ_TAIL_PERCENTS);
}
