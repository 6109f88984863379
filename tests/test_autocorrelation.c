/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../src/app/selftest_data.h"

#include <viz/autocorrelation.h>
#include <viz/describe.h>
#include <viz/random.h>
#include <viz/special.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define YEARS 100
#define MOST 10000

static void close_to(double is, double should, double relative)
{
    cr_expect(fabs(is - should) <= relative * fabs(should), "%.17g, not %.17g", is,
              should);
}

/* First order autoregression that any other program can draw as well, bit by bit: steps
 * are the upper 53 bits of a congruential generator, less a half. */
static void draw(double *x, size_t n, double phi)
{
    uint64_t state = 12345;

    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        x[i] = (i ? phi * x[i - 1] : 0) + (double)(state >> 11) * 0x1p-53 - 0.5;
    }
}

static double direct(const double *x, size_t n, size_t lag)
{
    double mean = viz_mean(x, n), sum = 0;

    for (size_t i = lag; i < n; i++)
        sum += (x[i] - mean) * (x[i - lag] - mean);
    return sum / (double)n;
}

Test(autocorrelation, of_the_nile)
{
    const double acf[] = {1, .498408184133029, .384576903904873, .327860437522546,
                          .239191169941486};
    double gamma[5];

    viz_autocovariance(nile, YEARS, 4, gamma);
    close_to(gamma[0], 28351.5675, 1e-14);
    for (size_t k = 0; k < 5; k++)
        close_to(gamma[k] / gamma[0], acf[k], 1e-14);
}

Test(autocorrelation, by_fft_is_that_by_sums)
{
    const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100, 257};
    double x[257], gamma[257];

    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        size_t n = sizes[s];
        draw(x, n, 0.5);
        for (size_t lags = 0; lags < n; lags += n / 4 + 1) {
            viz_autocovariance(x, n, lags, gamma);
            for (size_t k = 0; k <= lags; k++)
                cr_expect_float_eq(gamma[k], direct(x, n, k), 1e-15, "%zu of %zu", k,
                                   n);
        }
    }
}

Test(autocorrelation, of_huge_and_tiny_values)
{
    const double scales[] = {0x1p-500, 0x1p-30, 0x1p30, 0x1p500};
    double x[300], scaled[300], gamma[10], is[10], p, q;
    struct viz_effective plain, out;

    draw(x, 300, 0.7);
    viz_autocovariance(x, 300, 9, gamma);
    viz_effective_size(x, 300, &plain);
    q = viz_ljung_box(x, 300, 10, &p);
    for (size_t s = 0; s < 4; s++) {
        for (size_t i = 0; i < 300; i++)
            scaled[i] = x[i] * scales[s];
        viz_autocovariance(scaled, 300, 9, is);
        for (size_t k = 0; k < 10; k++)
            cr_expect_eq(is[k], gamma[k] * scales[s] * scales[s]);
        viz_effective_size(scaled, 300, &out);
        cr_expect_eq(out.tau, plain.tau);
        cr_expect_eq(viz_ljung_box(scaled, 300, 10, &p), q);
        cr_expect_eq(viz_block_length(scaled, 300, false),
                     viz_block_length(x, 300, false));
    }
}

Test(autocorrelation, does_not_see_where_zero_is)
{
    double x[500], moved[500], gamma[20], is[20];

    draw(x, 500, 0.4);
    for (size_t i = 0; i < 500; i++)
        moved[i] = 1000 - x[i];
    viz_autocovariance(x, 500, 19, gamma);
    viz_autocovariance(moved, 500, 19, is);
    for (size_t k = 0; k < 20; k++)
        cr_expect_float_eq(is[k], gamma[k], 1e-13);
    close_to(viz_block_length(moved, 500, true), viz_block_length(x, 500, true), 1e-9);
    close_to(viz_effective_ar1(moved, 500), viz_effective_ar1(x, 500), 1e-9);
}

Test(autocorrelation, of_a_constant_is_none)
{
    struct viz_effective out;
    double x[50], gamma[50], p = 0;

    for (size_t i = 0; i < 50; i++)
        x[i] = 0.1;
    viz_autocovariance(x, 50, 49, gamma);
    for (size_t k = 0; k < 50; k++)
        cr_expect_eq(gamma[k], 0);
    viz_effective_size(x, 50, &out);
    cr_expect_eq(out.tau, 1);
    cr_expect_eq(out.raw_tau, 1);
    cr_expect_eq(out.n_eff, 50);
    cr_expect_eq(out.pairs, 0);
    cr_expect_eq(viz_effective_ar1(x, 50), 50);
    cr_expect(isnan(viz_ljung_box(x, 50, 10, &p)) && isnan(p));
    cr_expect_eq(viz_block_length(x, 50, false), 1);
    cr_expect_eq(viz_bootstrap_variance(x, 50, 5), 0);
}

Test(effective, size_of_the_nile)
{
    struct viz_effective out;

    viz_effective_size(nile, YEARS, &out);
    close_to(out.tau, 9.8623084737731, 1e-13);
    cr_expect_eq(out.raw_tau, out.tau);
    close_to(out.n_eff, 10.1396138912031, 1e-13);
    cr_expect_eq(out.pairs, 14);
    close_to(viz_effective_ar1(nile, YEARS), 33.4749783922989, 1e-13);
}

Test(effective, size_as_another_program_has_it)
{
    const struct {
        size_t n;
        double phi, raw_tau;
        size_t pairs;
    } cases[] = {
        {600, 0, 0.9557315343997488, 1},     {600, 0.5, 2.568420571701442, 3},
        {600, 0.9, 15.365174888699599, 15},  {120, 0.7, 4.7851204823338405, 4},
        {600, -0.6, 0.09718079446551964, 3}, {101, 0.3, 1.9444367355176224, 3},
    };
    struct viz_effective out;
    double x[600];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        draw(x, cases[i].n, cases[i].phi);
        viz_effective_size(x, cases[i].n, &out);
        close_to(out.raw_tau, cases[i].raw_tau, 1e-12);
        cr_expect_eq(out.tau, fmax(1, out.raw_tau));
        cr_expect_eq(out.n_eff, (double)cases[i].n / out.tau);
        cr_expect_eq(out.pairs, cases[i].pairs);
    }
}

Test(effective, size_of_few_values_is_their_number)
{
    const double x[] = {1, 5, 2, 5};
    struct viz_effective out;

    for (size_t n = 0; n < 4; n++) {
        viz_effective_size(x, n, &out);
        cr_expect_eq(out.tau, 1);
        cr_expect_eq(out.n_eff, (double)n);
    }
    viz_effective_size(x, 4, &out);
    cr_expect_eq(out.n_eff, 4, "neighbours that differ are no more than there are");
    cr_expect_lt(out.raw_tau, 0);
    cr_expect_eq(viz_effective_ar1(x, 1), 1);
}

Test(effective, sum_is_over_pairs_that_never_grow)
{
    /* rho = 1 1/4 -1/2 -1/4 ...: the second pair already ends the sum. */
    const double wave[] = {1, 1, -1, -1, 1, 1, -1, -1};
    struct viz_effective out;

    viz_effective_size(wave, 8, &out);
    cr_expect_eq(out.pairs, 1);
    close_to(out.raw_tau, 2 * (1 + 1. / 8) - 1, 1e-14);
}

Test(long_run, variance_as_another_program_has_it)
{
    const struct {
        size_t n;
        double phi, variance, df, n_eff;
    } cases[] = {
        {600, 0, 0.07375723957129683, 43, 667.9075417899147},
        {600, 0.5, 0.29216862849154396, 43, 216.5176857392736},
        {600, 0.9, 6.6331937036227755, 43, 33.20815718082501},
        {120, 0.7, 0.9844057092248085, 15, 21.361578878894115},
        {600, -0.6, 0.02891770952084682, 43, 2743.971612725918},
        {101, 0.3, 0.20732470106122905, 13, 49.55487043532649},
        {10, 0.5, 0.18883417889038845, 3, 4.5910625814857795},
        {9, 0.5, 0.09262685318032998, 8, 9},
        {4096, 0.9, 9.599195060097628, 154, 205.6864197782983},
        {4097, 0.9, 10.995518755314025, 97, 179.56626660937468},
        {10000, 0.5, 0.339136296497814, 134, 3295.317370379988},
    };
    static double x[MOST];
    struct viz_long_run out;

    viz_long_run(nile, YEARS, &out);
    close_to(out.variance, 109343.19920610868, 1e-11);
    cr_expect_eq(out.df, 13);
    close_to(out.n_eff, 26.190880802486205, 1e-11);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        draw(x, cases[i].n, cases[i].phi);
        viz_long_run(x, cases[i].n, &out);
        close_to(out.variance, cases[i].variance, 1e-10);
        cr_expect_eq(out.df, cases[i].df);
        close_to(out.n_eff, cases[i].n_eff, 1e-10);
    }
}

Test(long_run, variance_of_few_values_and_of_constants)
{
    const double x[] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4};
    struct viz_long_run out;

    for (size_t n = 0; n < 12; n++) {
        viz_long_run(x, n, &out);
        cr_expect(n < 2 ? isnan(out.variance) : out.variance == 0);
        cr_expect_eq(out.df, n ? (double)n - 1 : 0);
        cr_expect_eq(out.n_eff, (double)n);
    }
    viz_long_run(x + 9, 3, &out);
    close_to(out.variance, 1. / 3, 1e-15);
    viz_long_run(x, 12, &out);
    cr_expect(out.variance > 0 && isfinite(out.n_eff) && out.df == 3);
}

Test(long_run, variance_of_what_changes_within_batches_alone)
{
    static double x[MOST];
    struct viz_long_run out;

    for (size_t i = 0; i < MOST; i++)
        x[i] = i % 2 ? 1 : -1;
    viz_long_run(x, 8192, &out);
    close_to(out.variance, viz_variance(x, 8192), 1e-15);
    cr_expect_eq(out.n_eff, 8192);
    viz_long_run(x, 4096, &out);
    cr_expect(out.variance >= 0 && out.variance < 1e-3, "%g", out.variance);
}

Test(long_run, variance_knows_of_scale_and_not_of_zero)
{
    const double scales[] = {0x1p-500, -0x1p-30, 0x1p30, -0x1p500};
    double x[300], changed[300];
    struct viz_long_run plain, out;

    draw(x, 300, 0.7);
    viz_long_run(x, 300, &plain);
    for (size_t s = 0; s < 4; s++) {
        for (size_t i = 0; i < 300; i++)
            changed[i] = x[i] * scales[s];
        viz_long_run(changed, 300, &out);
        cr_expect_eq(out.variance, plain.variance * scales[s] * scales[s]);
        close_to(out.n_eff, plain.n_eff, 1e-12);
    }
    for (size_t i = 0; i < 300; i++)
        changed[i] = x[i] + 1000;
    viz_long_run(changed, 300, &out);
    close_to(out.variance, plain.variance, 1e-9);
    for (size_t i = 0; i < 300; i++)
        changed[i] = x[299 - i];
    viz_long_run(changed, 300, &out);
    close_to(out.variance, plain.variance, 1e-9);
}

/* How often of @times an interval of 95 % does not have the true mean, 0. */
static double misses(size_t n, double phi, int times)
{
    struct viz_random random;
    struct viz_long_run out;
    double x[600];
    int missed = 0;

    viz_random_seed(&random, 3);
    for (int t = 0; t < times; t++) {
        x[0] = viz_random_normal(&random) / sqrt(1 - phi * phi);
        for (size_t i = 1; i < n; i++)
            x[i] = phi * x[i - 1] + viz_random_normal(&random);
        viz_long_run(x, n, &out);
        double se = sqrt(out.variance / (double)n);
        missed += viz_t_two_sided(viz_mean(x, n) / se, out.df) < 0.05;
    }
    return (double)missed / times;
}

/* Of 4000, 0.0431 to 0.0569 are within two standard errors of 0.05; what is left is the
 * estimate itself, where there are few values that are much alike. */
Test(long_run, intervals_cover_what_they_say)
{
    const struct {
        size_t n;
        double phi;
    } cases[] = {{48, 0},    {48, 0.3},   {120, -0.3}, {120, 0},
                 {120, 0.3}, {120, 0.59}, {600, 0},    {600, 0.59}};

    viz_special_start();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double missed = misses(cases[i].n, cases[i].phi, 4000);
        cr_expect(missed > 0.04 && missed < 0.065, "%zu, %.2f: %.4f", cases[i].n,
                  cases[i].phi, missed);
    }
    /* Worth 12 values only: a little too short. */
    cr_expect_lt(misses(48, 0.59, 4000), 0.075);
}

Test(ljung_box, of_the_nile)
{
    double p, q;

    viz_special_start();
    q = viz_ljung_box(nile, YEARS, 10, &p);
    close_to(q, 88.1268715513, 1e-11);
    close_to(p, 1.2546e-14, 4e-3);
    cr_expect(isnan(viz_ljung_box(nile, YEARS, 0, &p)) && isnan(p));
    cr_expect(isnan(viz_ljung_box(nile, 10, 10, &p)) && isnan(p));
}

Test(block_length, as_another_program_has_it)
{
    const struct {
        size_t n;
        double phi, stationary, circular;
    } cases[] = {
        {600, 0, 1.0878176949154112, 1.2452404086712066},
        {600, 0.5, 7.454023874971185, 8.532727294012092},
        {600, 0.9, 29.539787831194893, 33.81461585237239},
        {120, 0.7, 6.506084039829017, 7.447607063641195},
        {600, -0.6, 17.91497868591818, 20.50753125680991},
        {101, 0.3, 2.3995480951022676, 2.7467968801552827},
    };
    double x[600];

    close_to(viz_block_length(nile, YEARS, false), 12.924696078431914, 1e-12);
    close_to(viz_block_length(nile, YEARS, true), 14.795083681654207, 1e-12);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        draw(x, cases[i].n, cases[i].phi);
        close_to(viz_block_length(x, cases[i].n, false), cases[i].stationary, 1e-11);
        close_to(viz_block_length(x, cases[i].n, true), cases[i].circular, 1e-11);
    }
}

Test(block_length, stays_within_its_limits)
{
    double x[2000];

    for (size_t n = 0; n <= 2000; n = n * 5 / 4 + 1)
        for (int kind = 0; kind < 4; kind++) {
            draw(x, n, 0.4 * kind - 0.3);
            for (size_t i = 0; kind == 3 && i < n; i++)
                x[i] = (double)i;
            double b = viz_block_length(x, n, kind & 1);
            double limit = fmin(3 * sqrt((double)n), (double)n / 3);
            cr_expect(b >= 1 && b <= fmax(1, limit), "%zu: %g", n, b);
            if (n < 9)
                cr_expect_eq(b, 1);
            if (kind == 3 && n >= 30)
                cr_expect_gt(b, 0.7 * limit, "a ramp of %zu: %g", n, b);
        }
}

/* Sum over all ways to go on from value @at, each as probable as @weight, of the squared
 * total. */
struct ways {
    const double *x;
    size_t n;
    double go_on; /* probability */
    double squares;
};

static void follow(struct ways *ways, size_t drawn, size_t at, double total,
                   double weight)
{
    total += ways->x[at];
    if (drawn == ways->n) {
        ways->squares += weight * total * total;
        return;
    }
    for (size_t next = 0; next < ways->n; next++)
        follow(ways, drawn + 1, next, total,
               weight * (1 - ways->go_on) / (double)ways->n);
    follow(ways, drawn + 1, (at + 1) % ways->n, total, weight * ways->go_on);
}

Test(bootstrap_variance, is_that_of_all_resamples)
{
    const double x[] = {3, -1, 4, -5, -1}; /* of mean 0 */
    const double blocks[] = {1, 1.25, 2, 3.7, 5, 1000};

    for (size_t b = 0; b < sizeof(blocks) / sizeof(blocks[0]); b++) {
        struct ways ways = {x, 5, 1 - 1 / blocks[b], 0};
        for (size_t start = 0; start < 5; start++)
            follow(&ways, 1, start, 0, 0.2);
        close_to(viz_bootstrap_variance(x, 5, blocks[b]), ways.squares / 5, 1e-13);
    }
}

Test(bootstrap_variance, is_that_of_resamples_drawn)
{
    enum { n = 150, DRAWS = 20000 };
    const double block = 8;
    struct viz_random random;
    double x[n], sum = 0, squares = 0;

    draw(x, n, 0.6);
    viz_random_seed(&random, 7);
    for (size_t d = 0; d < DRAWS; d++) {
        double mean = 0;
        for (size_t i = 0, at = 0; i < n; i++) {
            at = (at + 1) % n;
            if (i == 0 || viz_random_unit(&random) * block < 1)
                at = viz_random_below(&random, n);
            mean += x[at] / n;
        }
        sum += mean / DRAWS;
        squares += mean * mean / DRAWS;
    }
    /* The variance of so many has a relative error of 1 %. */
    close_to((squares - sum * sum) * n, viz_bootstrap_variance(x, n, block), 0.04);
}

Test(bootstrap_variance, as_another_program_has_it)
{
    close_to(viz_bootstrap_variance(nile, YEARS, 1), 28351.5675, 1e-13);
    close_to(viz_bootstrap_variance(nile, YEARS, 6.5), 103133.92717916696, 1e-13);
    close_to(viz_bootstrap_variance(nile, YEARS, 12.9246960784319), 133466.88590905344,
             1e-13);
}
