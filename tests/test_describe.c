/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../src/app/selftest_data.h"
#include "near_rig.h"

#include <viz/alloc.h>
#include <viz/describe.h>
#include <viz/random.h>
#include <viz/special.h>

#include <criterion/criterion.h>
#include <float.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

TestSuite(describe, .init = viz_special_start);

/* --- NIST's certified values --------------------------------------------------------- */

/* Digits that agree, as NIST counts them: the log of the relative error. */
static double digits_of(double is, double certified)
{
    double off = fabs(is - certified) / fabs(certified);
    return off == 0 ? 15 : fmin(15, -log10(off));
}

static void expect_certified(const char *name, const double *x, size_t n,
                             const double *certified, double digits)
{
    double mean = digits_of(viz_mean(x, n), certified[0]);
    double sd = digits_of(viz_sd(x, n), certified[1]);
    double lag1 = digits_of(viz_lag1(x, n), certified[2]);

    cr_expect_geq(mean, 14, "%s: %.1f digits of the mean", name, mean);
    cr_expect_geq(sd, digits, "%s: %.1f digits of the deviation", name, sd);
    cr_expect_geq(lag1, fmin(digits, 14) - 1, "%s: %.1f digits of the lag", name, lag1);
}

/* Rabinowitz and Wagon's spigot. A digit is held back, with the nines after it, until it
 * is certain that no carry changes it. */
static void digits_of_pi(double *out, size_t n)
{
    size_t length = 10 * n / 3 + 20, nines = 0, done = 0;
    uint32_t *state = viz_zalloc(length * sizeof(*state)), held = 0;

    for (size_t i = 0; i < length; i++)
        state[i] = 2;
    for (bool first = true; done < n; first = false) {
        uint32_t carry = 0;
        for (uint32_t i = (uint32_t)length; i > 0; i--) {
            uint32_t x = 10 * state[i - 1] + carry * i;
            state[i - 1] = i == 1 ? x % 10 : x % (2 * i - 1);
            carry = i == 1 ? x / 10 : x / (2 * i - 1);
        }
        if (carry == 9) {
            nines++;
            continue;
        }
        if (!first)
            out[done++] = held + carry / 10;
        for (; nines && done < n; nines--)
            out[done++] = carry == 10 ? 0 : 9;
        nines = 0;
        held = carry % 10;
    }
    free(state);
}

/* NIST's digits are those of pi but for one. */
Test(describe, pi_digits_are_as_certified)
{
    static const double certified[] = {4.5348, 2.86733906028871, -0.00355099287237972};
    double *x = viz_zalloc(5000 * sizeof(*x));

    digits_of_pi(x, 5000);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(x[i], "31415926535897932384"[i] - '0');
    expect_near(viz_mean(x, 5000), 4.5358);
    cr_expect_eq(x[956], 8);
    x[956] = 3;
    expect_certified("PiDigits", x, 5000, certified, 14);
    free(x);
}

Test(describe, lottery_and_the_speed_of_light_are_as_certified)
{
    static const double of_lottery[] = {518.958715596330, 291.699727470969,
                                        -0.120948622967393};
    static const double of_light[] = {299.8524, 0.0790105478190518, 0.535199668621283};

    expect_certified("Lottery", lottery, 218, of_lottery, 14);
    expect_certified("Michelso", michelso, 100, of_light, 13);
}

/* With binary64 input, 8.25 digits are what there is to reach for the last: 10000000.1 is
 * rounded before anybody computes. */
Test(describe, nearly_equal_numbers_are_as_certified)
{
    static const double three[] = {10000001, 10000003, 10000002};
    static const double of_three[] = {10000002, 1, -0.5};
    static const double base[] = {1, 1000000, 10000000}, digits[] = {14, 9.4, 8.2};
    double *x = viz_zalloc(1001 * sizeof(*x));

    expect_certified("NumAcc1", three, 3, of_three, 15);
    for (int set = 0; set < 3; set++) {
        /* Literals, as a sum of the two would round otherwise. */
        static const double low[] = {1.1, 1000000.1, 10000000.1};
        static const double high[] = {1.3, 1000000.3, 10000000.3};
        static const double middle[] = {1.2, 1000000.2, 10000000.2};
        double certified[] = {base[set] + 0.2, 0.1, -0.999};
        for (int i = 0; i < 1001; i++)
            x[i] = i == 0 ? middle[set] : i % 2 ? low[set] : high[set];
        expect_certified("NumAcc2 to 4", x, 1001, certified, digits[set]);
    }
    free(x);
}

/* --- Other programs ------------------------------------------------------------------ */

Test(describe, the_nile_is_as_in_r)
{
    double *sorted = viz_sorted(nile, 100);

    expect_near(viz_mean(nile, 100), 919.35);
    expect_near(viz_sd(nile, 100), 169.227500630651);
    expect_near(viz_lag1(nile, 100), 0.498408184133029);
    expect_near(viz_skewness(nile, 100), 0.322369681723753);
    expect_near(viz_kurtosis(nile, 100), 2.69509315497952);
    expect_near(viz_jarque_bera(nile, 100), 2.11940429549599);
    expect_near(viz_mad(sorted, 100), 179.3946);
    free(sorted);
}

Test(describe, quantiles_are_as_in_r)
{
    static const double at[] = {0.25, 0.5, 0.9, 0.95, 0.99};
    static const struct {
        int type;
        double wanted[5];
    } cases[] = {{1, {3, 5, 9, 10, 10}},
                 {6, {2.75, 5.5, 9.9, 10, 10}},
                 {7, {3.25, 5.5, 9.1, 9.55, 9.91}},
                 {8, {2 + 11 / 12., 5.5, 9 + 19 / 30., 10, 10}}};
    for (size_t i = 0; i < count_of(cases); i++)
        for (int j = 0; j < 5; j++)
            expect_near(viz_quantile(ten, 10, at[j], cases[i].type),
                        cases[i].wanted[j]);
    expect_near(viz_quantile(scores, 10, 0.25, 7), 7.25);
    expect_near(viz_quantile(scores, 10, 0.5, 7), 9);
    expect_near(viz_quantile(scores, 10, 0.75, 7), 14.5);
    expect_near(viz_quantile(scores, 10, 0.25, 6), 6.75);
    expect_near(viz_quantile(scores, 10, 0.75, 6), 15.25);
}

Test(describe, quantiles_of_the_nile_are_as_in_r)
{
    static const double at[] = {0.01, 0.05, 0.25, 0.5, 0.9, 0.99};
    static const int types[] = {1, 6, 7, 8};
    static const double wanted[][6] = {{456, 694, 797, 890, 1160, 1260},
                                       {457.93, 694.2, 797.5, 893.5, 1160, 1368.9},
                                       {647.07, 697.8, 798.5, 893.5, 1160, 1261.1},
                                       {520.97666666666669, 695.4, 797.83333333333326,
                                        893.5, 1160, 1332.9666666666676}};
    double *sorted = viz_sorted(nile, 100);

    for (int type = 0; type < 4; type++)
        for (int i = 0; i < 6; i++)
            expect_near(viz_quantile(sorted, 100, at[i], types[type]), wanted[type][i]);
    free(sorted);
}

/* 0.07 times 100 is more than 7 by rounding. */
Test(describe, rounding_does_not_move_an_inverted_quantile)
{
    double x[100];
    for (int i = 0; i < 100; i++)
        x[i] = i + 1;
    for (int i = 1; i <= 100; i++)
        cr_expect_eq(viz_quantile(x, 100, i / 100., 1), i);
}

Test(describe, harrell_and_davis_are_as_in_scipy)
{
    expect_within(viz_harrell_davis(scores, 10, 0.5), 9.85692290057, 1e-12);
    expect_within(viz_harrell_davis(scores, 10, 0.9), 18.2054481216, 1e-11);
    expect_within(viz_harrell_davis(scores, 10, 0.99), 19.9028155260, 1e-11);
}

Test(describe, ranks_around_the_median_are_as_published)
{
    static const struct {
        size_t n, low, high;
        double covers;
    } cases[] = {{6, 1, 6, 0.96875},
                 {10, 2, 9, 0.978516},
                 {20, 6, 15, 0.958611},
                 {50, 18, 33, 0.967161},
                 {100, 40, 61, 0.964800}};
    size_t low, high;

    for (size_t i = 0; i < count_of(cases); i++) {
        unsigned n = (unsigned)cases[i].n;
        cr_assert(viz_median_ranks(n, 0.95, &low, &high));
        cr_expect_eq(low, cases[i].low, "n %u: %zu", n, low);
        cr_expect_eq(high, cases[i].high, "n %u: %zu", n, high);
        expect_within(viz_binomial_below((unsigned)high - 1, n, 0.5) -
                          viz_binomial_below((unsigned)low - 1, n, 0.5),
                      cases[i].covers, 1e-6);
    }
    for (size_t n = 0; n < 6; n++)
        cr_expect_not(viz_median_ranks(n, 0.95, &low, &high));
    cr_expect(viz_median_ranks(5, 0.9, &low, &high) && low == 1 && high == 5);
    cr_expect_not(viz_median_ranks(100, 1, &low, &high));
    cr_expect_not(viz_median_ranks(100, NAN, &low, &high));
}

Test(describe, a_quantile_needs_so_many_values)
{
    cr_expect_eq(viz_quantile_needs(0.5, 0.95), 6);
    cr_expect_eq(viz_quantile_needs(0.95, 0.95), 72);
    cr_expect_eq(viz_quantile_needs(0.05, 0.95), 72);
    cr_expect_eq(viz_quantile_needs(0.99, 0.95), 368);
    cr_expect_eq(viz_quantile_needs(0.999, 0.95), 3688);
    cr_expect_eq(viz_quantile_needs(0, 0.95), SIZE_MAX);
    cr_expect_eq(viz_quantile_needs(1, 0.95), SIZE_MAX);
    cr_expect_eq(viz_quantile_needs(NAN, 0.95), SIZE_MAX);
    cr_expect_eq(viz_quantile_needs(0.5, 1), SIZE_MAX);
}

/* --- Outliers and spread ------------------------------------------------------------- */

Test(describe, outliers_are_counted_by_both_rules)
{
    /* Quartiles 0.4 and 2, median 1.1, MAD 0.9: fences -2 and 4.4, -4.4 and 6.8; by MAD
     * beyond 4.67 of the median. */
    static const double x[] = {-7.1, 0,   0.2, 0.4, 0.9, 1,  1.1,
                               1.3,  1.5, 2,   2.4, 5.1, 8.9};
    struct viz_outliers out;

    expect_near(viz_mad(x, count_of(x)), 1.33434);
    viz_outliers_count(x, count_of(x), &out);
    cr_expect_eq(out.mild, 1);
    cr_expect_eq(out.extreme, 2);
    cr_expect_eq(out.by_mad, 2);
    viz_outliers_count(nile, 0, &out);
    cr_expect(out.mild == 0 && out.extreme == 0 && out.by_mad == 0);
}

Test(describe, with_a_mad_of_zero_every_other_value_is_an_outlier)
{
    static const double x[] = {1, 5, 5, 5, 5, 5, 5, 9}, same[] = {5, 5, 5};
    struct viz_outliers out;

    cr_expect_eq(viz_mad(x, 8), 0);
    viz_outliers_count(x, 8, &out);
    cr_expect_eq(out.by_mad, 2);
    cr_expect_eq(out.extreme, 2);
    cr_expect_eq(out.mild, 0);
    viz_outliers_count(same, 3, &out);
    cr_expect(out.mild == 0 && out.extreme == 0 && out.by_mad == 0);
}

/* A fence is still inside. */
Test(describe, a_value_on_the_fence_is_no_outlier)
{
    static const double x[] = {-6, -1, -1, 0, 1, 1, 4}; /* quartiles -1 and 1 */
    struct viz_outliers out;

    viz_outliers_count(x, 7, &out);
    cr_expect_eq(out.mild, 1);
    cr_expect_eq(out.extreme, 0);
}

/* --- Edges --------------------------------------------------------------------------- */

Test(describe, too_few_values_are_nan)
{
    static const double one[] = {4}, same[] = {2, 2, 2};

    expect_nan(viz_mean(one, 0));
    expect_nan(viz_variance(one, 0));
    expect_nan(viz_variance(one, 1));
    expect_nan(viz_sd(one, 1));
    expect_nan(viz_lag1(one, 1));
    expect_nan(viz_lag1(same, 3));
    expect_nan(viz_skewness(one, 1));
    expect_nan(viz_kurtosis(same, 3));
    expect_nan(viz_jarque_bera(same, 3));
    expect_nan(viz_quantile(one, 0, 0.5, 7));
    expect_nan(viz_quantile(one, 1, 1.5, 7));
    expect_nan(viz_quantile(one, 1, NAN, 7));
    expect_nan(viz_harrell_davis(one, 0, 0.5));
    expect_nan(viz_harrell_davis(one, 1, -0.1));
    expect_nan(viz_mad(one, 0));
    cr_expect_eq(viz_mean(one, 1), 4);
    cr_expect_eq(viz_mad(one, 1), 0);
    cr_expect_eq(viz_variance(same, 3), 0);
    expect_near(viz_harrell_davis(one, 1, 0.3), 4);
    for (int type = 6; type <= 8; type++)
        cr_expect_eq(viz_quantile(one, 1, 0.3, type), 4);
}

Test(describe, the_largest_and_smallest_doubles_do_no_harm)
{
    static const double huge[] = {-DBL_MAX, 1, DBL_MAX},
                        large[] = {1e308, 1.5e308, 1.7e308};
    static const double tiny[] = {1e-300, 2e-300, 4e-300};
    static const double mirror[] = {1, 2, 4};

    cr_expect_lt(fabs(viz_mean(huge, 3)), 1e293);
    expect_near(viz_mean(large, 3), 1.4e308);
    expect_near(viz_quantile(huge, 3, 0.75, 7), DBL_MAX / 2);
    expect_near(viz_quantile(huge, 3, 0.25, 7), -DBL_MAX / 2);
    cr_expect_eq(viz_quantile(huge, 3, 1, 7), DBL_MAX);
    expect_near(viz_skewness(tiny, 3), viz_skewness(mirror, 3));
    expect_near(viz_kurtosis(tiny, 3), viz_kurtosis(mirror, 3));
}

/* --- Properties ---------------------------------------------------------------------- */

static double *random_values(struct viz_random *random, size_t n)
{
    double *x = viz_zalloc(n * sizeof(*x));
    for (size_t i = 0; i < n; i++)
        x[i] = exp(viz_random_normal(random));
    return x;
}

Test(describe, shift_and_scale_move_the_figures_along)
{
    struct viz_random random;
    viz_random_seed(&random, 11);
    for (int round = 0; round < 200; round++) {
        size_t n = 2 + viz_random_below(&random, 150);
        double *x = random_values(&random, n), *y = viz_zalloc(n * sizeof(*y));
        for (size_t i = 0; i < n; i++)
            y[i] = 3 * x[i] + 7;
        expect_within(viz_mean(y, n), 3 * viz_mean(x, n) + 7, 1e-13);
        expect_within(viz_sd(y, n), 3 * viz_sd(x, n), 1e-11);
        double *sx = viz_sorted(x, n), *sy = viz_sorted(y, n);
        expect_within(viz_mad(sy, n), 3 * viz_mad(sx, n), 1e-11);
        for (double p = 0; p <= 1; p += 0.125) {
            expect_within(viz_quantile(sy, n, p, 7), 3 * viz_quantile(sx, n, p, 7) + 7,
                          1e-13);
            expect_within(viz_harrell_davis(sy, n, p),
                          3 * viz_harrell_davis(sx, n, p) + 7, 1e-11);
        }
        free(x), free(y), free(sx), free(sy);
    }
}

Test(describe, quantiles_rise_from_the_least_to_the_greatest)
{
    static const int types[] = {1, 6, 7, 8};
    struct viz_random random;
    viz_random_seed(&random, 12);
    for (int round = 0; round < 100; round++) {
        size_t n = 1 + viz_random_below(&random, 60);
        double *x = random_values(&random, n), *sorted = viz_sorted(x, n);
        for (int type = 0; type < 4; type++) {
            double before = sorted[0];
            cr_expect_eq(viz_quantile(sorted, n, 0, types[type]), sorted[0]);
            cr_expect_eq(viz_quantile(sorted, n, 1, types[type]), sorted[n - 1]);
            for (double p = 0; p <= 1; p += 1 / 64.) {
                double at = viz_quantile(sorted, n, p, types[type]);
                cr_expect_geq(at, before);
                before = at;
            }
        }
        cr_expect_eq(viz_harrell_davis(sorted, n, 0), sorted[0]);
        cr_expect_eq(viz_harrell_davis(sorted, n, 1), sorted[n - 1]);
        free(x), free(sorted);
    }
}

/* The median absolute deviation by its definition. */
Test(describe, the_mad_is_the_median_of_deviations)
{
    struct viz_random random;
    viz_random_seed(&random, 13);
    for (int round = 0; round < 300; round++) {
        size_t n = 1 + viz_random_below(&random, 40);
        double *x = random_values(&random, n);
        for (size_t i = 0; round % 3 == 0 && i < n; i++)
            x[i] = floor(x[i]); /* ties */
        double *sorted = viz_sorted(x, n), median = viz_quantile(sorted, n, 0.5, 7);
        for (size_t i = 0; i < n; i++)
            x[i] = fabs(x[i] - median);
        double *away = viz_sorted(x, n);
        expect_near(viz_mad(sorted, n), 1.4826 * viz_quantile(away, n, 0.5, 7));
        free(x), free(sorted), free(away);
    }
}

/* All weights, also where most of them are left out as too small. */
Test(describe, harrell_and_davis_are_a_mean_with_weights_of_one_in_all)
{
    static const double ps[] = {0.001, 0.05, 0.5, 0.95, 0.999};
    const size_t n = 20000;
    double *ones = viz_zalloc(n * sizeof(*ones)),
           *ranks = viz_zalloc(n * sizeof(*ranks));

    for (size_t i = 0; i < n; i++)
        ones[i] = 1, ranks[i] = (double)i + 0.5;
    for (size_t i = 0; i < count_of(ps); i++) {
        expect_within(viz_harrell_davis(ones, n, ps[i]), 1, 1e-12);
        /* The mean of a beta distribution is p. */
        expect_within(viz_harrell_davis(ranks, n, ps[i]), ps[i] * (double)n, 1e-6);
    }
    free(ones), free(ranks);
}

Test(describe, sorting_leaves_the_original_alone)
{
    static const double x[] = {3, -1, 2, -1};
    double *sorted = viz_sorted(x, 4), *none = viz_sorted(NULL, 0);

    cr_expect(sorted[0] == -1 && sorted[1] == -1 && sorted[2] == 2 && sorted[3] == 3);
    cr_expect_eq(x[0], 3);
    cr_expect_not_null(none);
    free(sorted), free(none);
}

static int by_value(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

Test(describe, sorts_few_and_many_as_qsort_does)
{
    static const size_t sizes[] = {0, 1, 2, 255, 256, 257, 1000, 20000};
    static double x[20000], y[20000];
    struct viz_random random;
    viz_random_seed(&random, 3);
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        for (size_t i = 0; i < sizes[s]; i++) {
            double scale = pow(10, (double)viz_random_below(&random, 600) - 300);
            x[i] = viz_random_below(&random, 5) ? viz_random_normal(&random) * scale
                                                : (double)viz_random_below(&random, 3);
            y[i] = x[i];
        }
        qsort(y, sizes[s], sizeof(double), by_value);
        viz_sort(x, sizes[s]);
        for (size_t i = 0; i < sizes[s]; i++)
            cr_assert_eq(x[i], y[i], "%zu of %zu", i, sizes[s]);
    }
}

Test(describe, sorts_equal_values_extremes_and_both_zeros)
{
    static double x[1000];
    static const double some[] = {0.0, -0.0, 5e-324, -5e-324, 1.7e308, -1.7e308, 7};
    for (size_t i = 0; i < 1000; i++)
        x[i] = some[i % 7];
    viz_sort(x, 1000);
    for (size_t i = 1; i < 1000; i++)
        cr_assert(x[i - 1] <= x[i], "%zu", i);
    cr_assert_eq(x[0], -1.7e308);
    cr_assert_eq(x[999], 1.7e308);
    for (size_t i = 0; i < 1000; i++)
        x[i] = -3;
    viz_sort(x, 1000);
    cr_assert_eq(x[0], -3);
    cr_assert_eq(x[999], -3);
}

static double pattern(int kind, size_t i, size_t n, struct viz_random *random)
{
    switch (kind) {
    case 0:
        return 7;
    case 1:
        return (double)i;
    case 2:
        return -(double)i;
    case 3:
        return (double)(i < n / 2 ? i : n - i);
    case 4:
        return (double)(i % 2);
    case 5:
        return i % 3 ? DBL_MAX : -DBL_MAX;
    default:
        return viz_random_unit(random);
    }
}

Test(describe, selects_what_sorting_puts_there_and_parts_the_rest)
{
    static const size_t sizes[] = {1, 2, 3, 20, 257};
    double x[257], original[257];
    struct viz_random random;
    viz_random_seed(&random, 1);
    for (int kind = 0; kind < 7; kind++)
        for (size_t s = 0; s < 5; s++) {
            size_t n = sizes[s];
            for (size_t i = 0; i < n; i++)
                original[i] = pattern(kind, i, n, &random);
            double *sorted = viz_sorted(original, n);
            for (size_t k = 0; k < n; k++) {
                memcpy(x, original, sizeof(x));
                cr_assert_eq(viz_select(x, n, k), sorted[k], "%d: %zu of %zu", kind, k,
                             n);
                for (size_t i = 0; i < n; i++)
                    cr_assert(i < k ? x[i] <= x[k] : x[i] >= x[k]);
                viz_sort(x, n);
                cr_assert_arr_eq(x, sorted, n * sizeof(*x)); /* none was lost */
            }
            free(sorted);
        }
}
