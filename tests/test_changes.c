/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../src/app/selftest_data.h"
#include "near_rig.h"

#include <viz/autocorrelation.h>
#include <viz/changes.h>
#include <viz/describe.h>
#include <viz/random.h>
#include <viz/special.h>

#include <stdlib.h>
#include <string.h>

#define YEARS 100
#define MOST 64

static double squares(const double *x, size_t n)
{
    return n > 1 ? viz_variance(x, n) * (double)(n - 1) : 0;
}

static void draw(double *x, size_t n, uint64_t seed)
{
    struct viz_random random;
    viz_random_seed(&random, seed);
    for (size_t i = 0; i < n; i++)
        x[i] = viz_random_normal(&random);
}

static void shift(double *x, size_t from, size_t to, double by)
{
    for (size_t i = from; i < to; i++)
        x[i] += by;
}

/* ---- PELT ---- */

static double cost_of(const double *x, size_t n, double penalty, const size_t *at,
                      size_t count)
{
    double cost = penalty * (double)count;
    size_t from = 0;
    for (size_t i = 0; i <= count; i++) {
        size_t to = i < count ? at[i] : n;
        cost += squares(x + from, to - from);
        from = to;
    }
    return cost;
}

/* The least cost that any segmentation has: every start of every last segment. */
static double least_cost(const double *x, size_t n, double penalty, size_t least)
{
    double *best = calloc(n + 1, sizeof(double));
    best[0] = -penalty;
    for (size_t t = 1; t <= n; t++) {
        best[t] = INFINITY;
        for (size_t s = 0; s + least <= t; s++)
            best[t] = fmin(best[t], best[s] + squares(x + s, t - s) + penalty);
    }
    double out = best[n];
    free(best);
    return out;
}

Test(changes, pelt_finds_the_segmentation_of_least_cost)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        double x[150], penalty = 0.5 + (double)(seed % 7) * 2;
        size_t at[150], n = 20 + (seed * 13) % 130, least = 1 + seed % 5;
        draw(x, n, seed);
        for (size_t from = n / 5; from < n; from += 1 + n / 4)
            shift(x, from, n, seed % 2 ? 2.5 : -1);
        size_t count = viz_pelt(x, n, penalty, least, at, 150);
        for (size_t i = 0; i <= count; i++)
            cr_assert_geq((i < count ? at[i] : n) - (i ? at[i - 1] : 0), least);
        expect_within(cost_of(x, n, penalty, at, count),
                      least_cost(x, n, penalty, least), 1e-9);
    }
}

Test(changes, pelt_finds_clear_steps_exactly)
{
    double x[300];
    size_t at[MOST];
    draw(x, 300, 1);
    shift(x, 100, 200, 20);
    cr_assert_eq(viz_pelt(x, 300, 20, 2, at, MOST), 2);
    cr_expect_eq(at[0], 100);
    cr_expect_eq(at[1], 200);
    /* Room for one: both are counted, the first is told. */
    at[1] = 7;
    cr_expect_eq(viz_pelt(x, 300, 20, 2, at, 1), 2);
    cr_expect_eq(at[0], 100);
    cr_expect_eq(at[1], 7);
}

Test(changes, pelt_of_what_has_none)
{
    double same[100] = {0}, x[5] = {1, 2, 30, 40, 50};
    size_t at[MOST];
    cr_expect_eq(viz_pelt(NULL, 0, 1, 1, at, MOST), 0);
    cr_expect_eq(viz_pelt(same, 1, 1, 1, at, MOST), 0);
    cr_expect_eq(viz_pelt(same, 100, 1, 1, at, MOST), 0);
    cr_expect_eq(viz_pelt(x, 5, 1, 3, at, MOST), 0, "no room for two segments of 3");
    cr_expect_eq(viz_pelt(x, 5, 1000, 2, at, MOST), 1);
    cr_expect_eq(viz_pelt(x, 5, 1e9, 2, at, MOST), 0);
}

/* ---- MSER-5 ---- */

static size_t plain_mser5(const double *x, size_t n)
{
    double mean[200], least = INFINITY;
    size_t k = n / 5, best = 0;
    for (size_t i = 0; i < k; i++)
        mean[i] = viz_mean(x + 5 * i, 5);
    for (size_t d = 0; d * 2 <= k; d++) {
        double of = squares(mean + d, k - d) / (double)((k - d) * (k - d));
        if (of < least) {
            least = of;
            best = d;
        }
    }
    return best * 5;
}

Test(changes, mser5_as_it_is_defined)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        double x[400];
        size_t n = 30 + (seed * 37) % 370;
        draw(x, n, 100 + seed);
        for (size_t i = 0; i < n; i++)
            x[i] += 5 * exp(-(double)i / 10);
        cr_expect_eq(viz_mser5(x, n), plain_mser5(x, n), "seed %u", (unsigned)seed);
    }
}

Test(changes, mser5_of_what_needs_no_cut)
{
    double same[50] = {0};
    cr_expect_eq(viz_mser5(same, 50), 0);
    cr_expect_eq(viz_mser5(same, 4), 0);
    cr_expect_eq(viz_mser5(NULL, 0), 0);
    draw(same, 50, 3);
    cr_expect_leq(viz_mser5(same, 50), 25);
}

/* ---- one shift ---- */

Test(changes, the_nile_shifts_behind_1898)
{
    struct viz_pettitt pettitt;
    cr_expect_eq(viz_best_shift(nile, YEARS), 28);
    viz_pettitt(nile, YEARS, &pettitt);
    cr_expect_eq(pettitt.k, 1617);
    cr_expect_eq(pettitt.at, 28);
    expect_near(pettitt.p, 3.59102217693629e-07);
}

Test(changes, best_shift_leaves_the_least_squares)
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        double x[80], least = INFINITY;
        size_t n = 2 + (seed * 11) % 78, at = viz_best_shift((draw(x, n, seed), x), n);
        for (size_t t = 1; t < n; t++)
            least = fmin(least, squares(x, t) + squares(x + t, n - t));
        cr_assert(at >= 1 && at < n);
        expect_within(squares(x, at) + squares(x + at, n - at) + 1, least + 1, 1e-12);
    }
}

Test(changes, pettitt_counts_pairs)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        double x[40], most = 0;
        size_t n = 2 + (seed * 7) % 38;
        struct viz_pettitt pettitt;
        draw(x, n, seed);
        for (size_t i = 0; i < n; i++)
            x[i] = floor(2 * x[i]); /* ties */
        for (size_t t = 1; t < n; t++) {
            double sum = 0;
            for (size_t i = 0; i < t; i++)
                for (size_t j = t; j < n; j++)
                    sum += (x[i] > x[j]) - (x[i] < x[j]);
            most = fmax(most, fabs(sum));
        }
        viz_pettitt(x, n, &pettitt);
        cr_expect_eq(pettitt.k, most);
        cr_expect(pettitt.p > 0 && pettitt.p <= 1);
    }
}

Test(changes, a_shift_of_what_has_none)
{
    const double same[10] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
    struct viz_pettitt pettitt;
    viz_pettitt(same, 10, &pettitt);
    cr_expect(pettitt.k == 0 && pettitt.p == 1 && pettitt.at == 0);
    viz_pettitt(same, 1, &pettitt);
    cr_expect(pettitt.k == 0 && pettitt.p == 1);
    cr_expect_eq(viz_best_shift(same, 10), 1);
    cr_expect_eq(viz_best_shift(same, 1), 0);
    cr_expect_eq(viz_best_shift(same, 2), 1);
}

/* ---- across runs ---- */

static size_t splits(const double *x, size_t n, double alpha, uint32_t permutations,
                     uint64_t seed, size_t *at, double *p)
{
    return viz_splits(x, n, 2, alpha, permutations, seed, at, p, MOST);
}

Test(changes, permutations_of_few_runs_are_counted_exactly)
{
    static const double rising[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const struct {
        size_t n, at;
        double p;
    } known[] = {
        {4, 2, 1. / 3},        /* 2 of the 6 ways to halve four runs */
        {6, 3, 72. / 720},     /* only 3|3 reaches it, either way up */
        {7, 3, 504. / 5040},   /* 3|4 and 4|3 */
        {8, 4, 1152. / 40320}, /* 4|4 */
    };
    for (size_t i = 0; i < count_of(known); i++) {
        size_t at[MOST];
        double p[MOST];
        double alpha = 1.01 * known[i].p; /* too little for the parts */
        cr_assert_eq(splits(rising, known[i].n, alpha, 50000, 1, at, p), 1);
        cr_expect_eq(at[0], known[i].at);
        expect_near(p[0], known[i].p);
        cr_expect_eq(splits(rising, known[i].n, p[0], 50000, 1, at, p), 0);
    }
}

Test(changes, a_step_of_twelve_runs)
{
    static const double x[12] = {100.1, 99.9,  100.0, 100.2, 99.8,  100.05,
                                 99.95, 103.1, 102.9, 103,   103.2, 102.8};
    size_t at[MOST], again[MOST];
    double p[MOST], p_again[MOST];
    cr_assert_eq(splits(x, 12, 0.05, 10000, 1, at, p), 1);
    cr_expect_eq(at[0], 7);
    cr_expect(p[0] < 0.02, "p %g", p[0]);
    cr_assert_eq(splits(x, 12, 0.05, 10000, 1, again, p_again), 1);
    cr_expect(again[0] == at[0] && p_again[0] == p[0], "not deterministic");
    cr_expect_eq(splits(x, 12, p[0], 10000, 1, at, p), 0, "p is not below itself");
}

Test(changes, two_steps_are_two_changes_in_order)
{
    double x[30], p[MOST];
    size_t at[MOST];
    for (size_t i = 0; i < 30; i++)
        x[i] = (double)(i * 7 % 10) * 0.1 + (i < 10 ? 0 : i < 20 ? 5 : 10);
    cr_assert_eq(splits(x, 30, 0.05, 5000, 1, at, p), 2);
    cr_expect(at[0] == 10 && at[1] == 20);
    cr_expect_eq(viz_splits(x, 30, 2, 0.05, 5000, 1, at, p, 0), 2, "no room");
}

Test(changes, one_wild_run_is_no_change_wherever_it_is)
{
    for (size_t n = 12; n <= 100; n += 44)
        for (size_t wild = 0; wild < n; wild++) {
            double same[100], noise[100], p[MOST];
            size_t at[MOST];
            for (size_t i = 0; i < n; i++) {
                same[i] = i == wild ? 1000 : 5;
                noise[i] = i == wild ? 1000 : (double)(i * 37 % 101);
            }
            cr_expect_eq(splits(same, n, 0.05, 300, 1, at, p), 0, "%zu of %zu", wild,
                         n);
            cr_expect_eq(splits(noise, n, 0.05, 300, 1, at, p), 0, "%zu of %zu", wild,
                         n);
        }
}

Test(changes, splits_of_what_has_none)
{
    const double same[12] = {0};
    size_t at[MOST];
    double p[MOST];
    cr_expect_eq(splits(NULL, 0, 0.05, 1000, 1, at, p), 0);
    for (size_t n = 1; n <= 12; n++)
        cr_expect_eq(splits(same, n, 0.05, 1000, 1, at, p), 0);
}

Test(changes, what_comes_and_goes_again_is_two_changes)
{
    int found = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        double x[30], p[MOST];
        size_t at[MOST];
        draw(x, 30, seed);
        shift(x, 20, 25, 10);
        if (splits(x, 30, 0.05, 1000, seed, at, p) == 2) {
            found++;
            cr_expect(at[0] == 20 && at[1] == 25, "%zu, %zu", at[0], at[1]);
            cr_expect(p[0] < 0.05 && p[1] < 0.05);
        }
    }
    cr_expect_geq(found, 16, "%d of 20", found);
}

Test(changes, chance_splits_no_more_often_than_alpha)
{
    int found = 0, pairs = 600;
    for (int i = 0; i < pairs; i++) {
        double x[16], p[MOST];
        size_t at[MOST];
        draw(x, 16, 5000 + (uint64_t)i);
        found += splits(x, 16, 0.05, 400, 1, at, p) > 0;
    }
    /* 0.05 to 0.06 of 600 is 30 to 36, its standard deviation 5.6 */
    cr_expect(found >= 13 && found <= 53, "%d of %d", found, pairs);
}

/* ---- steadiness ---- */

static struct viz_steadiness steadiness_of(const double *x, size_t n)
{
    struct viz_effective effective;
    struct viz_steadiness out;
    viz_special_start();
    viz_effective_size(x, n, &effective);
    viz_steadiness(x, n, effective.tau, 0, &out);
    return out;
}

enum noise { WHITE, CORRELATED, SKEWED };

static void draw_noise(double *x, size_t n, enum noise noise, uint64_t seed)
{
    struct viz_random random;
    double state = 0;
    viz_random_seed(&random, seed);
    for (size_t i = 0; i < n; i++) {
        double z = viz_random_normal(&random);
        switch (noise) {
        case WHITE:
            x[i] = z;
            break;
        case CORRELATED: /* begins as it goes on */
            state = i ? 0.59 * state + z : z / sqrt(1 - 0.59 * 0.59);
            x[i] = state;
            break;
        case SKEWED: /* hop times with spikes */
            x[i] = 1500 * exp(0.05 * z);
            if (viz_random_unit(&random) < 0.005)
                x[i] *= 2 + 3 * viz_random_unit(&random);
            break;
        }
    }
}

static void holds_level(enum noise noise, size_t n, int series)
{
    double *x = calloc(n, sizeof(double));
    int changes = 0, warmups = 0, drifts = 0;
    for (int i = 0; i < series; i++) {
        draw_noise(x, n, noise, 1000 + (uint64_t)i);
        struct viz_steadiness s = steadiness_of(x, n);
        changes += s.changes > 0;
        warmups += s.warmup > 0;
        drifts += s.drifts;
        cr_expect_eq(s.steady, !s.changes && !s.warmup && !s.drifts);
    }
    free(x);
    /* Three standard deviations above 6, 1 and 3 %. */
    double sd = sqrt(series);
    cr_expect(changes <= 0.06 * series + 0.72 * sd, "%d changes of %d, noise %d, n %zu",
              changes, series, noise, n);
    cr_expect(warmups <= 0.01 * series + 0.3 * sd, "%d warm-ups", warmups);
    cr_expect(drifts <= 0.03 * series + 0.52 * sd, "%d drifts", drifts);
}

Test(steadiness, of_steady_series_few_are_said_to_be_unsteady)
{
    for (enum noise noise = WHITE; noise <= SKEWED; noise++) {
        holds_level(noise, 48, 1000);
        holds_level(noise, 600, 1000);
        holds_level(noise, 6000, 100);
    }
}

Test(steadiness, a_shift_of_one_deviation_in_600_values_is_found_where_it_is)
{
    int runs = 300, one = 0, near = 0;
    for (int i = 0; i < runs; i++) {
        double x[600];
        draw(x, 600, 20000 + (uint64_t)i);
        shift(x, 300, 600, 1);
        struct viz_steadiness s = steadiness_of(x, 600);
        cr_expect_geq(s.changes + (size_t)s.drifts, 1, "series %d", i);
        cr_expect_not(s.steady);
        one += s.changes == 1;
        near += s.changes && fabs((double)s.change[0].at - 300) <= 8;
        if (s.changes == 1)
            cr_expect(s.change[0].after - s.change[0].before > 0.6);
    }
    cr_expect(one >= 0.96 * runs, "%d of %d are one change", one, runs);
    cr_expect(near >= 0.85 * runs, "%d of %d are near", near, runs);
}

Test(steadiness, a_step_of_the_level_is_told_with_both_means)
{
    double x[600];
    draw_noise(x, 600, SKEWED, 4);
    shift(x, 400, 600, 120);
    struct viz_steadiness s = steadiness_of(x, 600);
    cr_assert_eq(s.changes, 1);
    size_t at = s.change[0].at;
    cr_expect(at >= 396 && at <= 404, "at %zu", at);
    expect_near(s.change[0].before, viz_mean(x, at));
    expect_near(s.change[0].after, viz_mean(x + at, 600 - at));
    cr_expect(!s.steady && !s.warmup && !s.drifts);
}

Test(steadiness, up_and_down_again_are_two_changes)
{
    double x[900];
    draw(x, 900, 9);
    shift(x, 300, 500, 1.5);
    struct viz_steadiness s = steadiness_of(x, 900);
    cr_assert_eq(s.changes, 2);
    cr_expect(fabs((double)s.change[0].at - 300) < 8, "at %zu", s.change[0].at);
    cr_expect(fabs((double)s.change[1].at - 500) < 8, "at %zu", s.change[1].at);
}

Test(steadiness, a_single_spike_is_no_change)
{
    for (size_t at = 0; at < 100; at += 9) {
        double x[100];
        draw_noise(x, 100, WHITE, 77);
        cr_assert(steadiness_of(x, 100).steady);
        x[at] += 1e6;
        struct viz_steadiness s = steadiness_of(x, 100);
        cr_expect(!s.changes && !s.warmup && !s.drifts, "spike at %zu", at);
    }
}

Test(steadiness, what_climbs_drifts)
{
    int drifts = 0;
    for (int i = 0; i < 100; i++) {
        double x[600];
        draw_noise(x, 600, i % 2 ? CORRELATED : WHITE, 600 + (uint64_t)i);
        for (size_t t = 0; t < 600; t++)
            x[t] += (i % 4 < 2 ? 4.0 : -4.0) * (double)t / 599;
        struct viz_steadiness s = steadiness_of(x, 600);
        cr_expect_not(s.steady);
        drifts += s.drifts && !s.changes && !s.warmup;
        cr_expect(fabs(fabs(s.drift) - 4) < 1.5, "%g", s.drift);
    }
    cr_expect(drifts >= 95, "%d of 100", drifts);
}

Test(steadiness, a_warm_up_is_told_and_no_change)
{
    int told = 0;
    for (int i = 0; i < 50; i++) {
        double x[600];
        draw(x, 600, 900 + (uint64_t)i);
        for (size_t t = 0; t < 600; t++)
            x[t] += 4 * exp(-(double)t / 30);
        struct viz_steadiness s = steadiness_of(x, 600);
        told += s.warmup >= 30 && s.warmup <= 150 && !s.changes;
        if (s.warmup) {
            expect_near(s.warmup_mean, viz_mean(x, s.warmup));
            expect_near(s.rest_mean, viz_mean(x + s.warmup, 600 - s.warmup));
        }
    }
    cr_expect(told >= 45, "%d of 50", told);
}

Test(steadiness, what_is_smaller_than_asked_for_is_not_told)
{
    double x[600];
    struct viz_effective effective;
    struct viz_steadiness s;
    viz_special_start();
    draw(x, 600, 5);
    shift(x, 300, 600, 2);
    viz_effective_size(x, 600, &effective);
    viz_steadiness(x, 600, effective.tau, 1, &s);
    cr_expect_eq(s.changes, 1);
    viz_steadiness(x, 600, effective.tau, 10, &s);
    cr_expect(s.steady && !s.changes && !s.warmup && !s.drifts);
}

Test(steadiness, does_not_depend_on_unit_or_offset)
{
    double x[300], y[300];
    draw(x, 300, 12);
    shift(x, 150, 300, 3);
    for (size_t i = 0; i < 300; i++)
        y[i] = 1e6 + 1024 * x[i];
    struct viz_steadiness a = steadiness_of(x, 300), b = steadiness_of(y, 300);
    cr_assert(a.changes == 1 && b.changes == 1);
    cr_expect_eq(a.change[0].at, b.change[0].at);
    expect_within(b.change[0].after - b.change[0].before,
                  1024 * (a.change[0].after - a.change[0].before), 1e-9);
}

Test(steadiness, of_little_or_nothing)
{
    double x[64] = {0};
    struct viz_steadiness s;
    viz_special_start();
    viz_steadiness(NULL, 0, 1, 0, &s);
    cr_expect(s.steady && isnan(s.rest_mean) && isnan(s.warmup_mean));
    for (size_t n = 1; n <= 64; n++) {
        viz_steadiness(x, n, 1, 0, &s);
        cr_expect(s.steady && s.drift == 0 && s.rest_mean == 0);
    }
    shift(x, 10, 19, 1000);
    viz_steadiness(x, 19, 1, 0, &s);
    cr_expect(s.steady, "19 values cannot say");
}

Test(steadiness, of_two_levels_without_any_noise)
{
    double x[100] = {0};
    shift(x, 50, 100, 1);
    struct viz_steadiness s = steadiness_of(x, 100);
    cr_assert_eq(s.changes, 1);
    cr_expect(s.change[0].at == 50 && s.change[0].before == 0 &&
              s.change[0].after == 1);
}

Test(steadiness, of_a_million_values)
{
    size_t n = 1000000;
    double *x = calloc(n, sizeof(double));
    draw(x, n, 31);
    shift(x, 700000, n, 0.1);
    struct viz_steadiness s = steadiness_of(x, n);
    cr_assert_eq(s.changes, 1);
    cr_expect(fabs((double)s.change[0].at - 700000) < 3000, "at %zu", s.change[0].at);
    free(x);
}
