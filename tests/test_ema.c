/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../src/app/selftest_data.h"

#include <viz/ema.h>
#include <viz/random.h>

#include <criterion/criterion.h>
#include <math.h>

#define N 2000

static void close_to(double is, double should, double relative)
{
    cr_expect(fabs(is - should) <= relative * fabs(should), "%.17g, not %.17g", is,
              should);
}

static void draw(double *x, size_t n)
{
    struct viz_random random;

    viz_random_seed(&random, 11);
    for (size_t i = 0; i < n; i++)
        x[i] = 1500 * exp(0.2 * viz_random_normal(&random));
}

Test(ema, of_the_nile)
{
    double out[100];

    viz_ema(nile, 100, 0.2, out);
    cr_expect_eq(out[0], 1120);
    cr_expect_float_eq(out[1], 1128, 1e-12);
    close_to(out[99], 821.316976183897, 1e-14);
}

Test(ema, of_none_and_one)
{
    double x = 7, out = -1;

    viz_ema(&x, 0, 0.1, &out);
    cr_expect_eq(out, -1);
    viz_ema(&x, 1, 0.1, &out);
    cr_expect_eq(out, 7);
}

Test(ema, with_alpha_1_is_the_series)
{
    double x[N], out[N];

    draw(x, N);
    viz_ema(x, N, 1, out);
    for (size_t i = 0; i < N; i++)
        cr_expect_eq(out[i], x[i]);
    cr_expect_eq(viz_ema_invert(5, 9, 1, 1), 9);
    cr_expect_eq(viz_ema_worth(1, 1), 1);
    cr_expect_eq(viz_ema_worth(1, 12), 1);
}

Test(ema, undone_at_every_step_is_the_series)
{
    const double alphas[] = {0.01, 0.1, 0.2, 0.5, 0.9, 1};
    double x[N], out[N];

    draw(x, N);
    for (size_t a = 0; a < sizeof(alphas) / sizeof(alphas[0]); a++) {
        viz_ema(x, N, alphas[a], out);
        for (size_t i = 1; i < N; i++)
            close_to(viz_ema_invert(out[i - 1], out[i], alphas[a], 1), x[i],
                     4e-16 / alphas[a] + 4e-16);
    }
}

Test(ema, undone_is_a_weighted_mean_of_what_is_new)
{
    double x[N], out[N];

    draw(x, N);
    viz_ema(x, N, 0.1, out);
    for (size_t k = 2; k < 200; k += k / 3 + 1)
        for (size_t i = k; i < N; i += k) {
            double sum = 0, weights = 0, weight = 1;
            for (size_t j = 0; j < k; j++, weight *= 0.9) {
                sum += weight * x[i - j];
                weights += weight;
            }
            close_to(viz_ema_invert(out[i - k], out[i], 0.1, k), sum / weights, 1e-14);
        }
}

Test(ema, undone_has_nothing_of_before)
{
    double x[40], out[40], u;

    draw(x, 40);
    viz_ema(x, 40, 0.1, out);
    u = viz_ema_invert(out[29], out[34], 0.1, 5);
    for (size_t i = 0; i < 30; i++)
        x[i] = 1e5;
    viz_ema(x, 40, 0.1, out);
    close_to(viz_ema_invert(out[29], out[34], 0.1, 5), u, 1e-13);
}

Test(ema, of_long_ago_is_forgotten)
{
    cr_expect_eq(viz_ema_invert(100, 250, 0.1, 100000), 250);
    cr_expect_eq(viz_ema_invert(100, 250, 0.1, UINT64_MAX), 250);
    close_to(viz_ema_worth(0.1, 100000), 19, 1e-15);
    close_to(viz_ema_worth(0.1, UINT64_MAX), 19, 1e-15);
}

Test(ema, of_no_number_is_none)
{
    cr_expect(isnan(viz_ema_invert(NAN, 1, 0.1, 5)));
    cr_expect(isnan(viz_ema_invert(1, NAN, 0.1, 5)));
}

Test(ema, worth_is_one_by_the_sum_of_squared_weights)
{
    const double alphas[] = {1e-6, 0.01, 0.1, 0.5, 0.99};

    close_to(viz_ema_worth(0.1, 5), 4.89, 1e-3);
    for (size_t a = 0; a < sizeof(alphas) / sizeof(alphas[0]); a++)
        for (uint64_t k = 1; k < 300; k += k / 2 + 1) {
            double sum = 0, squares = 0, weight = 1;
            for (uint64_t j = 0; j < k; j++, weight *= 1 - alphas[a]) {
                sum += weight;
                squares += weight * weight;
            }
            close_to(viz_ema_worth(alphas[a], k), sum * sum / squares, 1e-13);
            cr_expect_leq(viz_ema_worth(alphas[a], k), (double)k * (1 + 1e-15));
        }
}

Test(ema, alpha_of_uneven_steps_adds_up)
{
    double one = 1 - viz_ema_alpha(0.3, 2), other = 1 - viz_ema_alpha(0.5, 2);

    close_to(1 - viz_ema_alpha(0.8, 2), one * other, 1e-15);
    close_to(viz_ema_alpha(1e-12, 1), 1e-12, 1e-11);
    cr_expect_eq(viz_ema_alpha(0, 1), 0);
    cr_expect_eq(viz_ema_alpha(INFINITY, 1), 1);
}
