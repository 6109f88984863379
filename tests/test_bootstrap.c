/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/autocorrelation.h>
#include <viz/bootstrap.h>
#include <viz/describe.h>
#include <viz/random.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define REPLICATES 4000

struct drawn {
    double mean[REPLICATES];
    double quantile[VIZ_BOOTSTRAP_QUANTILES][REPLICATES];
};

static struct drawn *draw(const double *x, size_t n, double block, uint64_t seed)
{
    struct drawn *drawn = calloc(1, sizeof(*drawn));
    const struct viz_bootstrap_params params = {
        .block = block,
        .replicates = REPLICATES,
        .seed = seed,
        .p = {0.5, 0.95, 0.99},
    };
    double *quantile[] = {drawn->quantile[0], drawn->quantile[1], drawn->quantile[2]};
    viz_bootstrap(x, n, &params, drawn->mean, quantile);
    return drawn;
}

static void fill_normal(double *x, size_t n, double ar, uint64_t seed)
{
    struct viz_random random;
    double a = 0;
    viz_random_seed(&random, seed);
    for (size_t i = 0; i < n; i++)
        x[i] = 100 + (a = ar * a + viz_random_normal(&random));
}

Test(bootstrap, of_one_value_is_that_value)
{
    double x = 3.25;
    struct drawn *drawn = draw(&x, 1, 1, 1);
    for (int i = 0; i < REPLICATES; i++) {
        cr_assert_eq(drawn->mean[i], 3.25);
        cr_assert_eq(drawn->quantile[0][i], 3.25);
        cr_assert_eq(drawn->quantile[2][i], 3.25);
    }
    free(drawn);
}

/* Two values, independent: both low 1/4, one each 1/2, both high 1/4. */
Test(bootstrap, of_two_values_has_the_three_means_in_their_shares)
{
    double x[] = {10, 20};
    struct drawn *drawn = draw(x, 2, 1, 7);
    int low = 0, middle = 0, high = 0;
    for (int i = 0; i < REPLICATES; i++) {
        low += drawn->mean[i] == 10;
        middle += drawn->mean[i] == 15;
        high += drawn->mean[i] == 20;
        cr_assert_eq(drawn->quantile[0][i], drawn->mean[i]);
    }
    cr_assert_eq(low + middle + high, REPLICATES);
    cr_assert_float_eq(low, REPLICATES / 4.0, 5 * sqrt(REPLICATES * 3 / 16.0));
    cr_assert_float_eq(middle, REPLICATES / 2.0, 5 * sqrt(REPLICATES / 4.0));
    free(drawn);
}

Test(bootstrap, quantiles_are_those_of_a_drawn_sample_sorted)
{
    /* Whole numbers: the mean says the sum, and the three quantiles must be of type 7
     * among values that occur, so that with n = 5 the median is one of them. */
    double x[] = {1, 10, 100, 1000, 10000};
    struct drawn *drawn = draw(x, 5, 2, 3);
    for (int i = 0; i < REPLICATES; i++) {
        long sum = lrint(drawn->mean[i] * 5), left = sum;
        double sample[5];
        int n = 0;
        for (int k = 4; k >= 0; k--)
            for (; left >= (long)x[k] && n < 5; n++, left -= (long)x[k])
                sample[n] = x[k];
        cr_assert_eq(left, 0);
        double *sorted = viz_sorted(sample, 5);
        cr_assert_float_eq(drawn->quantile[0][i], viz_quantile(sorted, 5, 0.5, 7),
                           1e-9);
        cr_assert_float_eq(drawn->quantile[1][i], viz_quantile(sorted, 5, 0.95, 7),
                           1e-9);
        cr_assert_float_eq(drawn->quantile[2][i], viz_quantile(sorted, 5, 0.99, 7),
                           1e-9);
        free(sorted);
    }
    free(drawn);
}

/* The next replicate as docs have it: stretches from anywhere, going round. */
static void draw_sample(struct viz_random *random, const double *x, size_t n,
                        double block, double *out, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t at = viz_random_below(random, n), stretch = 1;
        if (block > 1)
            stretch += (size_t)(log(viz_random_unit(random)) / log1p(-1 / block));
        for (; stretch && i < length; stretch--, at++)
            out[i++] = x[at % n];
    }
}

/* All of the series is looked at, or few. */
Test(bootstrap, replicates_may_be_shorter_than_the_series)
{
    static const size_t length[] = {1, 2, 10, 101, 250, 251, 1000};
    static const double block[] = {1, 1.25, 7.5, 400};
    double x[1000], sample[1000], mean[20], out[3][20];
    double *quantile[] = {out[0], out[1], out[2]};
    fill_normal(x, 1000, 0, 5);
    for (int l = 0; l < 7 * 4; l++) {
        size_t n = length[l % 7];
        const struct viz_bootstrap_params params = {
            block[l / 7], 20, n, (uint64_t)l, {0.5, 0.95, 0.99}, NULL};
        struct viz_random random;
        viz_random_seed(&random, (uint64_t)l);
        viz_bootstrap(x, 1000, &params, mean, quantile);
        for (int i = 0; i < 20; i++) {
            draw_sample(&random, x, 1000, block[l / 7], sample, n);
            double *sorted = viz_sorted(sample, n);
            cr_assert_float_eq(mean[i], viz_mean(sample, n), 1e-9);
            for (int q = 0; q < 3; q++)
                cr_assert_float_eq(out[q][i], viz_quantile(sorted, n, params.p[q], 7),
                                   1e-9);
            free(sorted);
        }
    }
}

Test(bootstrap, few_of_equal_values_are_that_value)
{
    double x[1000], mean[5], out[3][5], *quantile[] = {out[0], out[1], out[2]};
    const struct viz_bootstrap_params params = {3, 5, 100, 1, {0.5, 0.95, 0.99}, NULL};
    for (size_t i = 0; i < 1000; i++)
        x[i] = 0.1;
    viz_bootstrap(x, 1000, &params, mean, quantile);
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(mean[i], 0.1);
        for (int q = 0; q < 3; q++)
            cr_assert_eq(out[q][i], 0.1);
    }
}

Test(bootstrap, variance_of_the_means_is_the_one_that_is_known_exactly)
{
    double x[300];
    fill_normal(x, 300, 0.6, 5);
    static const double block[] = {1, 4, 20};
    for (int i = 0; i < 3; i++) {
        struct drawn *drawn = draw(x, 300, block[i], 11 + i);
        double exact = viz_bootstrap_variance(x, 300, block[i]) / 300;
        double got = viz_variance(drawn->mean, REPLICATES);
        cr_assert_float_eq(got / exact, 1, 5 * sqrt(2.0 / REPLICATES), "block %g: %g",
                           block[i], got / exact);
        free(drawn);
    }
}

Test(bootstrap, same_seed_same_replicates_other_seed_others)
{
    double x[50];
    fill_normal(x, 50, 0, 5);
    struct drawn *a = draw(x, 50, 3, 9), *b = draw(x, 50, 3, 9),
                 *c = draw(x, 50, 3, 10);
    cr_assert_arr_eq(a->mean, b->mean, sizeof(a->mean));
    cr_assert_arr_eq(a->quantile[1], b->quantile[1], sizeof(a->quantile[1]));
    cr_assert_arr_neq(a->mean, c->mean, sizeof(a->mean));
    free(a);
    free(b);
    free(c);
}

Test(bootstrap, a_constant_of_any_size_stays_itself)
{
    static const double constant[] = {0, -1e300, 1e-300, 123456.789};
    for (int i = 0; i < 4; i++) {
        double x[] = {constant[i], constant[i], constant[i]};
        struct drawn *drawn = draw(x, 3, 2, 1);
        cr_assert_eq(drawn->mean[0], constant[i]);
        cr_assert_eq(drawn->quantile[2][REPLICATES - 1], constant[i]);
        free(drawn);
    }
}

Test(bootstrap, moves_with_shift_and_scale)
{
    double x[40], y[40];
    fill_normal(x, 40, 0.3, 2);
    for (int i = 0; i < 40; i++)
        y[i] = 7 + 4 * x[i];
    struct drawn *a = draw(x, 40, 3, 1), *b = draw(y, 40, 3, 1);
    for (int i = 0; i < REPLICATES; i++) {
        cr_assert_float_eq(b->mean[i], 7 + 4 * a->mean[i], 1e-9);
        cr_assert_float_eq(b->quantile[1][i], 7 + 4 * a->quantile[1][i], 1e-9);
    }
    free(a);
    free(b);
}
