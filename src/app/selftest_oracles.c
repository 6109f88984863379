/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "selftest_state.h"

#include "selftest_data.h"

#include <viz/alloc.h>
#include <viz/autocorrelation.h>
#include <viz/changes.h>
#include <viz/describe.h>
#include <viz/effect.h>
#include <viz/ema.h>
#include <viz/multiplicity.h>
#include <viz/ranks.h>
#include <viz/special.h>
#include <viz/welch.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ACCURATE 15 /* digits that are told at most */
#define NUMACC 1001

struct oracles {
    struct selftest *test;
    struct viz_table *table;
    json_t *json;
};

/* Significant decimal digits in which both agree. */
static double agreement(double expected, double got)
{
    if (got == expected)
        return ACCURATE;
    double error = fabs(got - expected) / (expected != 0 ? fabs(expected) : 1);
    if (!(error < 1))
        return 0;
    return fmin(-log10(error), ACCURATE);
}

/* @digits: as many as are published, or as binary64 can hold of such data. */
static void check(struct oracles *oracles, const char *what, double expected,
                  double got, double digits)
{
    char cells[3][32];
    double agreed = agreement(expected, got);
    bool passed = agreed >= digits;
    snprintf(cells[0], sizeof(cells[0]), "%.15g", expected);
    snprintf(cells[1], sizeof(cells[1]), "%.15g", got);
    snprintf(cells[2], sizeof(cells[2]), "%.1f", agreed);
    viz_table_row(oracles->table,
                  (const char *[]){what, cells[0], cells[1], cells[2],
                                   selftest_check(oracles->test, passed)});
    json_array_append_new(oracles->json,
                          json_pack("{s:s, s:o, s:o, s:o, s:o, s:b}", "what", what,
                                    "expected", viz_json_real(expected), "got",
                                    viz_json_real(got), "digits", viz_json_real(agreed),
                                    "needs", viz_json_real(digits), "ok", passed));
}

static void check_set(struct oracles *oracles, const char *name, const double *x,
                      size_t n, const double expected[3], double digits)
{
    const double got[] = {viz_mean(x, n), viz_sd(x, n), viz_lag1(x, n)};
    static const char *const figure[] = {"mean", "sd", "lag 1"};
    for (int i = 0; i < 3; i++) {
        char what[64];
        snprintf(what, sizeof(what), "NIST %s, %s", name, figure[i]);
        /* The data themselves are rounded: only their spread suffers. */
        check(oracles, what, expected[i], got[i], i == 1 ? digits : fmin(digits, 12));
    }
}

static void numbers(struct oracles *oracles)
{
    static const double first[] = {1.2, 1000000.2, 10000000.2};
    static const double low[] = {1.1, 1000000.1, 10000000.1};
    static const double high[] = {1.3, 1000000.3, 10000000.3};
    static const double digits[] = {14, 9, 8};
    static const char *const name[] = {"NumAcc2", "NumAcc3", "NumAcc4"};
    const double one[] = {10000001, 10000003, 10000002};
    double *x = viz_zalloc(NUMACC * sizeof(*x));
    check_set(oracles, "Lottery", lottery, COUNT(lottery),
              (double[]){518.958715596330, 291.699727470969, -0.120948622967393}, 14);
    check_set(oracles, "Michelso", michelso, COUNT(michelso),
              (double[]){299.852400000000, 0.0790105478190518, 0.535199668621283}, 13);
    check_set(oracles, "NumAcc1", one, 3, (double[]){10000002, 1, -0.5}, 15);
    for (int set = 0; set < 3; set++) {
        x[0] = first[set];
        for (size_t i = 1; i < NUMACC; i++)
            x[i] = i % 2 ? low[set] : high[set];
        check_set(oracles, name[set], x, NUMACC, (double[]){first[set], 0.1, -0.999},
                  digits[set]);
    }
    free(x);
}

static void quantiles(struct oracles *oracles)
{
    size_t low, high;
    check(oracles, "type 7 of 1..10, 0.25", 3.25, viz_quantile(ten, 10, 0.25, 7), 14);
    check(oracles, "type 7 of 1..10, 0.9", 9.1, viz_quantile(ten, 10, 0.9, 7), 14);
    check(oracles, "type 7 of 1..10, 0.99", 9.91, viz_quantile(ten, 10, 0.99, 7), 14);
    check(oracles, "type 6 of 1..10, 0.9", 9.9, viz_quantile(ten, 10, 0.9, 6), 14);
    check(oracles, "type 8 of 1..10, 0.9", 9 + 19.0 / 30, viz_quantile(ten, 10, 0.9, 8),
          14);
    check(oracles, "type 7 quartile of ten scores", 14.5,
          viz_quantile(scores, 10, 0.75, 7), 14);
    check(oracles, "type 6 quartile of ten scores", 15.25,
          viz_quantile(scores, 10, 0.75, 6), 14);
    check(oracles, "Harrell-Davis median", 9.85692290057,
          viz_harrell_davis(scores, 10, 0.5), 11);
    check(oracles, "Harrell-Davis p99", 19.9028155260,
          viz_harrell_davis(scores, 10, 0.99), 11);
    viz_median_ranks(20, 0.95, &low, &high);
    check(oracles, "median of 20, lower rank", 6, (double)low, 15);
    check(oracles, "median of 20, upper rank", 15, (double)high, 15);
    viz_median_ranks(100, 0.95, &low, &high);
    check(oracles, "median of 100, lower rank", 40, (double)low, 15);
    check(oracles, "median of 100, upper rank", 61, (double)high, 15);
    check(oracles, "effective values that p99 needs", 368,
          (double)viz_quantile_needs(0.99, 0.95), 15);
}

static void distributions(struct oracles *oracles)
{
    check(oracles, "t with 10 df, P(T <= -2)", 0.0366940173853702, viz_t_below(-2, 10),
          13);
    check(oracles, "t with 7.5 df, 0.975 quantile", 2.33303962686497,
          viz_t_quantile(0.975, 7.5), 13);
    check(oracles, "t with 17.77 df, 2 P(T < -30)", 1.13340466e-16,
          viz_t_two_sided(-30, 17.77), 8);
    check(oracles, "noncentral t (10 df, 1), P(T <= 1.5)", 0.669516848215277,
          viz_nct_below(1.5, 10, 1), 11);
    check(oracles, "beta (2.5, 4), P(X <= 0.3)", 0.352197585906767,
          viz_beta_below(0.3, 2.5, 4), 13);
    check(oracles, "beta (3, 8), 0.975 quantile", 0.556095462307641,
          viz_beta_quantile(0.975, 3, 8), 12);
}

static void check_welch(struct oracles *oracles, const char *name,
                        const struct viz_moments *a, const struct viz_moments *b,
                        const double expected[5])
{
    struct viz_t_test test;
    static const char *const figure[] = {"t", "df", "p", "low", "high"};
    viz_welch(a, b, 0.05, &test);
    const double got[] = {test.t, test.df, test.p, test.low, test.high};
    for (int i = 0; i < 5; i++) {
        char what[64];
        if (isnan(expected[i]))
            continue;
        snprintf(what, sizeof(what), "Welch, %s, %s", name, figure[i]);
        check(oracles, what, expected[i], got[i], 12);
    }
}

static void means(struct oracles *oracles)
{
    struct viz_moments a, b;
    struct viz_t_test test;
    struct viz_tost tost;
    viz_moments_of(welch_a, COUNT(welch_a), &a);
    viz_moments_of(welch_b, COUNT(welch_b), &b);
    check_welch(oracles, "15 and 15", &a, &b,
                (double[]){2.45535639828601, 24.9885292902314, 0.021378001462867,
                           0.349237066192407, 3.98409626714093});
    viz_moments_of(few_a, COUNT(few_a), &a);
    viz_moments_of(few_b, COUNT(few_b), &b);
    check_welch(
        oracles, "4 and 3", &a, &b,
        (double[]){9.55949772193266, 2.00085234885628, 0.0107515611497845, NAN, NAN});
    a = (struct viz_moments){249, 20.14458, 6.41470 * 6.41470};
    b = (struct viz_moments){79, 30.48101, 6.10771 * 6.10771};
    check_welch(oracles, "AUTO83B", &a, &b,
                (double[]){12.9462675656588, 136.874990093694, NAN, 8.75761621912782,
                           11.9152437808722});
    viz_student(&a, &b, 0.05, &test);
    check(oracles, "Student, AUTO83B (NIST), t", 12.62059, test.t, 6);
    viz_moments_of(sleep_a, COUNT(sleep_a), &a);
    viz_moments_of(sleep_b, COUNT(sleep_b), &b);
    check_welch(oracles, "sleep", &a, &b,
                (double[]){1.86081346748685, 17.7764735161785, 0.0793941401873582,
                           -0.20548323071171, 3.36548323071171});
    viz_welch(&a, &b, 0.05, &test);
    viz_tost(&test, 4, 0.05, &tost);
    check(oracles, "TOST, sleep within 4, p", 0.00536162410315912, tost.p, 12);
    check(oracles, "TOST, sleep, low", 0.106618502668394, tost.low, 12);
    check(oracles, "TOST, sleep, high", 3.05338149733161, tost.high, 12);
    viz_student(&a, &b, 0.05, &test);
    check(oracles, "Student, sleep, p", 0.0791867142159382, test.p, 12);
}

/* Of R 4.2.2 with a tolerance of 1e-14: with its own, and in statsmodels, the last digits of
 * powers and sizes are those of a search that ends early. */
static void effects(struct oracles *oracles)
{
    struct viz_moments a, b;
    struct viz_effect effect;
    viz_moments_of(sleep_a, COUNT(sleep_a), &a);
    viz_moments_of(sleep_b, COUNT(sleep_b), &b);
    viz_effect(&a, &b, 0.05, &effect);
    check(oracles, "Cohen's d, sleep", 0.83218108134954, effect.d, 13);
    check(oracles, "Hedges' J, 18 df", 0.95764642702372, effect.j, 13);
    check(oracles, "Hedges' g, sleep", 0.796935239191122, effect.g, 13);
    check(oracles, "d, sleep, low", -0.0954503982, effect.d_low, 8);
    check(oracles, "d, sleep, high", 1.7388168991, effect.d_high, 10);
    check(oracles, "Cliff's delta, sleep", 0.49,
          viz_cliff(sleep_a, COUNT(sleep_a), sleep_b, COUNT(sleep_b)), 14);
    check(oracles, "power, 20 a side, one tail", 0.868952801692498,
          viz_power(20, 1, 0.05, 0), 10);
    check(oracles, "power, 20 a side, both tails", 0.868953027724,
          viz_power(20, 1, 0.05, 1), 11);
    check(oracles, "values a side for 90 % power", 22.0210955701,
          viz_power_needs(1, 0.05, 0.9), 11);
    check(oracles, "effect that 100 a side see", 0.39813862487,
          viz_power_effect(100, 0.05, 0.8), 10);
}

static void orders(struct oracles *oracles)
{
    struct viz_mann_whitney test;
    struct viz_hodges_lehmann shift;
    viz_mann_whitney(wolfe_x, COUNT(wolfe_x), wolfe_y, COUNT(wolfe_y), &test);
    check(oracles, "Hollander-Wolfe, W", 35, test.u, 15);
    check(oracles, "Hollander-Wolfe, exact p", 0.2544122544, test.p, 9);
    check(oracles, "Hollander-Wolfe, exact p, greater", 0.1272061272, test.p_greater,
          9);
    viz_mann_whitney_normal(wolfe_x, COUNT(wolfe_x), wolfe_y, COUNT(wolfe_y), &test);
    check(oracles, "Hollander-Wolfe, normal p", 0.244623605126983, test.p, 12);
    check(oracles, "the same, not corrected", 0.220671361919847, test.p_plain, 12);
    viz_hodges_lehmann(wolfe_x, COUNT(wolfe_x), wolfe_y, COUNT(wolfe_y), 0.05, &shift);
    check(oracles, "Hodges-Lehmann", -0.305, shift.delta, 13);
    check(oracles, "Hodges-Lehmann, low", -0.76, shift.low, 13);
    check(oracles, "Hodges-Lehmann, high", 0.15, shift.high, 13);
    viz_mann_whitney(males, COUNT(males), females, COUNT(females), &test);
    check(oracles, "5 and 4, U", 17, test.u, 15);
    check(oracles, "5 and 4, exact p", 1.0 / 9, test.p, 13);
    viz_mann_whitney(sleep_b, COUNT(sleep_b), sleep_a, COUNT(sleep_a), &test);
    check(oracles, "sleep, with ties, U", 74.5, test.u, 15);
    check(oracles, "rank sums, P(U <= 10), 5 and 6", 0.214285714285714,
          viz_wilcoxon_below(10, 5, 6), 13);
    check(oracles, "rank sums, 0.025 quantile, 10 and 12", 30,
          (double)viz_wilcoxon_quantile(0.025, 10, 12), 15);
    check(oracles, "smallest p of 5 and 5", 2.0 / 252, viz_smallest_p(5, 5), 13);
}

static void families(struct oracles *oracles)
{
    double adjusted[COUNT(fifteen)];
    unsigned rejected = 0;
    viz_adjust_bh(fifteen, COUNT(fifteen), adjusted);
    check(oracles, "Benjamini-Hochberg, 1st of 15", 0.0015, adjusted[0], 13);
    check(oracles, "Benjamini-Hochberg, 4th", 0.035625, adjusted[3], 13);
    check(oracles, "Benjamini-Hochberg, 6th", 0.447 / 7, adjusted[5], 13);
    check(oracles, "Benjamini-Hochberg, 9th", 0.0765, adjusted[8], 13);
    for (size_t i = 0; i < COUNT(fifteen); i++)
        rejected += adjusted[i] <= 0.05;
    check(oracles, "Benjamini-Hochberg, rejected", 4, rejected, 15);
    viz_adjust_holm(fifteen, COUNT(fifteen), adjusted);
    check(oracles, "Holm, 3rd", 0.0247, adjusted[2], 13);
    viz_adjust_by(fifteen, COUNT(fifteen), adjusted);
    check(oracles, "Benjamini-Yekutieli, 1st", 0.00497734348984349, adjusted[0], 13);
}

static void series(struct oracles *oracles)
{
    enum { LAGS = 4, N = COUNT(nile) };
    static const double acf[] = {1, .498408184133029, .384576903904873,
                                 .327860437522546, .239191169941486};
    double gamma[LAGS + 1], p;
    struct viz_effective effective;
    viz_autocovariance(nile, N, LAGS, gamma);
    for (int lag = 1; lag <= LAGS; lag++) {
        char what[64];
        snprintf(what, sizeof(what), "Nile, autocorrelation at lag %d", lag);
        check(oracles, what, acf[lag], gamma[lag] / gamma[0], 12);
    }
    viz_effective_size(nile, N, &effective);
    check(oracles, "Nile, tau by Geyer", 9.8623084737731, effective.raw_tau, 12);
    check(oracles, "Nile, effective size by Geyer", 10.1396138912031, effective.n_eff,
          12);
    check(oracles, "Nile, effective size by AR(1)", 33.4749783922989,
          viz_effective_ar1(nile, N), 12);
    check(oracles, "Nile, Ljung-Box of 10 lags", 88.1268715513,
          viz_ljung_box(nile, N, 10, &p), 11);
    check(oracles, "Nile, its p", 1.25863276702e-14, p, 10);
    check(oracles, "Nile, skewness", .322369681723753, viz_skewness(nile, N), 12);
    check(oracles, "Nile, kurtosis", 2.69509315497952, viz_kurtosis(nile, N), 12);
    check(oracles, "Nile, Jarque-Bera", 2.11940429549599, viz_jarque_bera(nile, N), 12);
}

static void shifts(struct oracles *oracles)
{
    enum { N = COUNT(nile), STEPS = 100 };
    double average[N], steps[STEPS];
    size_t at[4] = {0};
    struct viz_pettitt pettitt;
    double *sorted = viz_sorted(nile, N);
    check(oracles, "Nile, MAD", 179.3946, viz_mad(sorted, N), 7);
    free(sorted);
    check(oracles, "Nile, best shift", 28, (double)viz_best_shift(nile, N), 15);
    viz_pettitt(nile, N, &pettitt);
    check(oracles, "Nile, Pettitt's K", 1617, pettitt.k, 15);
    check(oracles, "Nile, Pettitt, at", 28, (double)pettitt.at, 15);
    check(oracles, "Nile, Pettitt, p", 3.59102217693629e-07, pettitt.p, 12);
    viz_ema(nile, N, 0.2, average);
    check(oracles, "Nile, moving average, last", 821.316976183897, average[N - 1], 13);
    check(oracles, "the same undone", 740,
          viz_ema_invert(average[N - 2], average[N - 1], 0.2, 1), 12);
    for (size_t i = 0; i < STEPS; i++)
        steps[i] = (i < 30 ? 0 : i < 60 ? 10 : 5) + (i % 2 ? 0.5 : -0.5);
    check(oracles, "three steps, changes by PELT", 2,
          (double)viz_pelt(steps, STEPS, 10, 2, at, COUNT(at)), 15);
    check(oracles, "three steps, first at", 30, (double)at[0], 15);
    check(oracles, "three steps, second at", 60, (double)at[1], 15);
}

void selftest_oracles(struct selftest *test)
{
    static const struct viz_table_column column[] = {{.title = "figure"},
                                                     {"expected", true, 0},
                                                     {"got", true, 0},
                                                     {"digits", true, 0},
                                                     {.title = ""}};
    struct oracles oracles = {.test = test,
                              .table = viz_table_create(column, COUNT(column)),
                              .json = json_array()};
    numbers(&oracles);
    quantiles(&oracles);
    distributions(&oracles);
    means(&oracles);
    effects(&oracles);
    orders(&oracles);
    families(&oracles);
    series(&oracles);
    shifts(&oracles);
    selftest_line(test,
                  "Published figures, computed again here (differences are B - A)");
    selftest_table(test, oracles.table);
    json_object_set_new(test->json, "oracles", oracles.json);
}
