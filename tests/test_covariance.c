/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long series in pieces, against sums written out and against one piece. */
#include "near_rig.h"

#include <viz/alloc.h>
#include <viz/autocorrelation.h>
#include <viz/describe.h>
#include <viz/random.h>
#include <viz/special.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define SHORTEST 4096 /* segment */

TestSuite(covariance, .init = viz_special_start, .timeout = 120);

/* Noise, of which @phi stays, on a rising line. */
static double *series(size_t n, double phi, double rise)
{
    struct viz_random random;
    double *x = viz_zalloc(n * sizeof(*x)), noise = 0;
    viz_random_seed(&random, n);
    for (size_t i = 0; i < n; i++) {
        noise = phi * noise + viz_random_unit(&random) - 0.5;
        x[i] = 1000 + noise + rise * (double)i / (double)n;
    }
    return x;
}

static double direct(const double *x, size_t n, size_t lag)
{
    double mean = viz_mean(x, n), sum = 0;
    for (size_t i = lag; i < n; i++)
        sum += (x[i] - mean) * (x[i - lag] - mean);
    return sum / (double)n;
}

static void expect_lags(size_t n, size_t lags)
{
    const size_t look[] = {0,        1,        2,        SHORTEST - 1, SHORTEST,
                           lags / 2, lags - 1, lags / 3, lags};
    double *x = series(n, 0.9, 3), *gamma = viz_zalloc((lags + 1) * sizeof(*gamma));
    viz_autocovariance(x, n, lags, gamma);
    for (size_t i = 0; i < sizeof(look) / sizeof(look[0]); i++)
        if (look[i] <= lags) {
            double off = gamma[look[i]] - direct(x, n, look[i]);
            cr_expect(fabs(off) <= 1e-12 * gamma[0], "n %zu, lag %zu of %zu: %g", n,
                      look[i], lags, off);
        }
    free(gamma);
    free(x);
}

Test(covariance, pieces_have_the_lags_of_the_whole)
{
    static const size_t cases[][2] = {
        {8192, 8191},  {8193, 8191},  {8193, 8192},  {12288, 4095},  {12288, 4096},
        {12289, 4096}, {16383, 1},    {16384, 1},    {20480, 4095},  {20481, 4095},
        {20479, 4096}, {65536, 8191}, {65537, 8192}, {40000, 39999}, {65536, 65535}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_lags(cases[i][0], cases[i][1]);
}

/* More lags than a piece is ever long. */
Test(covariance, pieces_that_lie_apart_have_the_lags_between_them)
{
    size_t longest = (size_t)1 << 20;
    expect_lags(2 * longest + 17, longest + 1);
    expect_lags(2 * longest + 17, 2 * longest + 16);
}

/* Geyer's sum as it is defined, over all lags. */
static double tau_of(const double *x, size_t n, size_t *pairs)
{
    double *gamma = viz_zalloc(n * sizeof(*gamma)), sum = 0, before = INFINITY;
    viz_autocovariance(x, n, n - 1, gamma);
    for (*pairs = 0; 2 * *pairs + 1 < n; ++*pairs) {
        double pair = (gamma[2 * *pairs] + gamma[2 * *pairs + 1]) / gamma[0];
        if (pair <= 0)
            break;
        before = fmin(before, pair);
        sum += before;
    }
    free(gamma);
    return 2 * sum - 1;
}

/* From noise, which ends after a few lags, to a line, which does after many. */
Test(covariance, effective_size_needs_no_more_lags_than_it_looks_at)
{
    static const size_t sizes[] = {8190, 8191, 8192, 16384, 16385, 70001};
    static const double rises[] = {0, 0.3, 100};
    for (size_t i = 0; i < 6 * 3; i++) {
        size_t n = sizes[i / 3], pairs;
        double *x = series(n, 0.5, rises[i % 3]);
        struct viz_effective out;
        viz_effective_size(x, n, &out);
        expect_near(out.raw_tau, tau_of(x, n, &pairs));
        cr_expect_eq(out.pairs, pairs, "%zu of %zu, not %zu", out.pairs, n, pairs);
        free(x);
    }
}

Test(covariance, what_is_computed_together_is_the_same)
{
    static const size_t sizes[] = {0, 1, 2, 3, 4, 9, 50, 4097, 8191, 30000};
    for (size_t i = 0; i < 10 * 3; i++) {
        size_t n = sizes[i / 3], lags = n > 50 ? 10 : n / 5;
        double *x = series(n ? n : 1, 0.7, i % 3 == 1), p;
        for (size_t k = 0; k < n && i % 3 == 2; k++)
            x[k] = 5;
        struct viz_dependence out;
        struct viz_effective alone;
        viz_dependence(x, n, lags, &out);
        viz_effective_size(x, n, &alone);
        viz_ljung_box(x, n, lags, &p);
        cr_expect_eq(out.effective.n_eff, alone.n_eff);
        cr_expect_eq(out.effective.pairs, alone.pairs);
        cr_expect(out.ljung_box_p == p || (isnan(out.ljung_box_p) && isnan(p)));
        cr_expect_eq(out.block, viz_block_length(x, n, false));
        free(x);
    }
}

/* By its definition, lag for lag; from 8191 values on it is computed without them. */
Test(covariance, the_bootstraps_variance_is_the_weighted_sum_of_all_lags)
{
    static const size_t sizes[] = {8190, 8191, 8192, 20001};
    static const double blocks[] = {1, 1.5, 40, 300, 1e6};
    for (size_t i = 0; i < 4 * 5; i++) {
        size_t n = sizes[i / 5];
        double *x = series(n, 0.8, (double)(i % 2)), block = blocks[i % 5];
        double *gamma = viz_zalloc(n * sizeof(*gamma)), stay = 1 - 1 / block;
        viz_autocovariance(x, n, n - 1, gamma);
        double sum = gamma[0];
        for (size_t k = 1; k < n; k++) {
            double part = (double)k / (double)n, other = (double)(n - k);
            sum += 2 * gamma[k] *
                   ((1 - part) * pow(stay, (double)k) + part * pow(stay, other));
        }
        double off = viz_bootstrap_variance(x, n, block) - sum;
        cr_expect(fabs(off) <= 1e-11 * fmax(sum, gamma[0]), "n %zu, block %g: %g of %g",
                  n, block, off, sum);
        free(gamma);
        free(x);
    }
}

Test(covariance, of_a_long_constant_series_is_zero)
{
    enum { N = 20000 };
    double *x = viz_zalloc(N * sizeof(*x)), gamma[20], p;
    struct viz_effective out;
    for (size_t i = 0; i < N; i++)
        x[i] = 0.1;
    viz_autocovariance(x, N, 19, gamma);
    for (size_t k = 0; k < 20; k++)
        cr_expect_eq(gamma[k], 0);
    viz_effective_size(x, N, &out);
    cr_expect_eq(out.n_eff, N);
    cr_expect_eq(viz_block_length(x, N, false), 1);
    cr_expect_eq(viz_bootstrap_variance(x, N, 5), 0);
    cr_expect(isnan(viz_ljung_box(x, N, 10, &p)));
    free(x);
}
