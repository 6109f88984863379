/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/estimate.h>
#include <viz/random.h>
#include <viz/special.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static const struct viz_estimate_params standard = {
    .confidence = 0.95,
    .replicates = 1000,
    .seed = 1,
    .ignore = 0.01,
};

static void fill_normal(double *x, size_t n, double ar, uint64_t seed)
{
    struct viz_random random;
    double a = 0;
    viz_random_seed(&random, seed);
    for (size_t i = 0; i < n; i++)
        x[i] = 100 + (a = ar * a + viz_random_normal(&random));
}

static void estimate(struct viz_estimate *out, const double *x, size_t n)
{
    viz_special_start();
    viz_estimate_init(out, x, n, &standard);
}

Test(estimate, of_nothing_says_nothing)
{
    struct viz_estimate e;
    estimate(&e, NULL, 0);
    cr_assert_eq(e.n, 0);
    cr_assert(isnan(e.mean) && isnan(e.sd) && isnan(e.min) && isnan(e.max));
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        cr_assert(isnan(e.of[i].value));
        cr_assert_not(e.of[i].enough);
    }
    viz_estimate_finish(&e);
}

Test(estimate, of_one_value_has_a_mean_and_no_error)
{
    double x = 5;
    struct viz_estimate e;
    estimate(&e, &x, 1);
    cr_assert_eq(e.of[VIZ_STATISTIC_MEAN].value, 5);
    cr_assert(e.of[VIZ_STATISTIC_MEAN].enough);
    cr_assert(isnan(e.of[VIZ_STATISTIC_MEAN].se));
    cr_assert_not(e.of[VIZ_STATISTIC_MEDIAN].enough);
    viz_estimate_finish(&e);
}

Test(estimate, of_equal_values_has_no_error_at_all)
{
    double x[500];
    struct viz_estimate e;
    for (int i = 0; i < 500; i++)
        x[i] = 7;
    estimate(&e, x, 500);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        cr_assert_eq(e.of[i].value, 7);
        cr_assert_eq(e.of[i].se, 0);
        cr_assert(e.of[i].enough);
    }
    cr_assert(e.steadiness.steady);
    viz_estimate_finish(&e);
}

Test(estimate, quantiles_need_as_many_effective_values_as_their_tails_ask_for)
{
    double x[1000];
    struct viz_estimate e;
    fill_normal(x, 1000, 0, 3);
    viz_special_start();
    static const struct {
        size_t n;
        bool median, p95, p99;
    } row[] = {{5, false, false, false}, {6, true, false, false},
               {60, true, false, false}, {150, true, true, false},
               {300, true, true, false}, {600, true, true, true}};
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        /* white: what Geyer's sum takes off is noise, and small */
        viz_estimate_init(&e, x, row[i].n, &standard);
        cr_assert_eq(e.of[VIZ_STATISTIC_P99].needs, 368);
        cr_assert_eq(e.of[VIZ_STATISTIC_P95].needs, 72);
        cr_assert_eq(e.of[VIZ_STATISTIC_P99].enough, row[i].p99, "%zu", row[i].n);
        cr_assert_eq(e.of[VIZ_STATISTIC_P95].enough, row[i].p95, "%zu", row[i].n);
        viz_estimate_finish(&e);
    }
}

/* Of 600 values that are as alike as this, 155 are left: too few for a 99th percentile. */
Test(estimate, correlated_values_count_for_less)
{
    double x[600], all = 0, error = 0;
    struct viz_estimate e;
    for (int i = 0; i < 20; i++) {
        fill_normal(x, 600, 0.59, 100 + i);
        estimate(&e, x, 600);
        all += e.effective.n_eff / 20;
        cr_assert_not(e.of[VIZ_STATISTIC_P99].enough);
        error += e.of[VIZ_STATISTIC_MEAN].se / (e.sd / sqrt(e.effective.n_eff)) / 20;
        viz_estimate_finish(&e);
    }
    cr_assert_float_eq(all, 155, 20, "%g", all);
    cr_assert_float_eq(error, 1, 0.1, "%g", error);
}

/* Median of normal data: sd sqrt(pi / 2 / n). */
Test(estimate, error_of_the_median_is_that_of_theory)
{
    double x[2000], mean = 0;
    struct viz_estimate e;
    for (int i = 0; i < 10; i++) {
        fill_normal(x, 2000, 0, 200 + i);
        estimate(&e, x, 2000);
        mean += e.of[VIZ_STATISTIC_MEDIAN].se / 10;
        viz_estimate_finish(&e);
    }
    cr_assert_float_eq(mean / sqrt(M_PI / 2 / 2000), 1, 0.15, "%g", mean);
}

Test(estimate, without_replicates_quantiles_have_values_and_no_errors)
{
    double x[100];
    struct viz_estimate_params params = standard;
    struct viz_estimate e;
    params.replicates = 0;
    fill_normal(x, 100, 0, 1);
    viz_special_start();
    viz_estimate_init(&e, x, 100, &params);
    cr_assert(isfinite(e.of[VIZ_STATISTIC_MEDIAN].value));
    cr_assert(isnan(e.of[VIZ_STATISTIC_MEDIAN].se));
    cr_assert(isfinite(e.of[VIZ_STATISTIC_MEAN].se));
    cr_assert_null(e.of[VIZ_STATISTIC_MEDIAN].replicate);
    viz_estimate_finish(&e);
}

/* 40 000 values, replicates of 20 000 drawn together: the error is that of 40 000. */
Test(estimate, of_a_long_run_draws_less_and_errs_no_more)
{
    static double x[2 * VIZ_ESTIMATE_DRAWN];
    const size_t n = 2 * VIZ_ESTIMATE_DRAWN;
    struct viz_estimate e;
    fill_normal(x, n, 0.5, 77);
    estimate(&e, x, n);
    cr_assert_eq(e.drawn, VIZ_ESTIMATE_DRAWN);
    double error = viz_sd(e.of[VIZ_STATISTIC_MEAN].replicate, e.replicates);
    cr_assert_float_eq(error / e.of[VIZ_STATISTIC_MEAN].se, 1, 0.15, "%g", error);
    cr_assert_float_eq(viz_mean(e.of[VIZ_STATISTIC_P99].replicate, e.replicates),
                       e.of[VIZ_STATISTIC_P99].value, 3 * e.of[VIZ_STATISTIC_P99].se);
    viz_estimate_finish(&e);
}

Test(estimate, replicates_are_many_for_short_runs_and_fewer_for_long_ones)
{
    cr_assert_eq(viz_estimate_replicates(600, 2), 10000);
    cr_assert_eq(viz_estimate_replicates(600, 10), 2000);
    cr_assert_eq(viz_estimate_replicates(100000, 2), 2000);
    cr_assert_eq(viz_estimate_replicates(0, 2), 10000);
}

Test(estimate, that_was_called_off_can_be_finished)
{
    atomic_bool cancelled = true;
    struct viz_estimate_params params = standard;
    struct viz_estimate e;
    double x[100];
    fill_normal(x, 100, 0, 3);
    params.cancelled = &cancelled;
    viz_estimate_init(&e, x, 100, &params);
    cr_assert_eq(e.replicates, 0);
    cr_assert_null(e.of[VIZ_STATISTIC_MEDIAN].replicate);
    viz_estimate_finish(&e);
}
