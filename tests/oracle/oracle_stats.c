/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The statistics as a filter, so that another program can check them on its own data: a
 * question a line, its numbers in groups, as in
 *
 *     welch 0.05 / 1.5 2 4 / 3 3.5
 *
 * and for each a line of figures that read back as the same doubles. tests/e2e/
 * stats_scipy.py asks. */
#include <viz/alloc.h>
#include <viz/autocorrelation.h>
#include <viz/describe.h>
#include <viz/effect.h>
#include <viz/multiplicity.h>
#include <viz/ranks.h>
#include <viz/special.h>
#include <viz/welch.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS 3

struct question {
    const double *at[GROUPS]; /* what comes first are parameters */
    size_t count[GROUPS];
};

static void answer(double value)
{
    printf("%.17g ", value);
}

static void answers(const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        answer(values[i]);
}

static double parameter(const struct question *question, size_t i)
{
    return i < question->count[0] ? question->at[0][i] : 0;
}

/* --- Distributions ------------------------------------------------------------------- */

#define ANSWER_TO(name, expression)                                                    \
    static void ask_##name(const struct question *question)                            \
    {                                                                                  \
        const double a = parameter(question, 0), b = parameter(question, 1);           \
        const double c = parameter(question, 2);                                       \
        (void)a, (void)b, (void)c;                                                     \
        answer(expression);                                                            \
    }

ANSWER_TO(t_below, viz_t_below(a, b))
ANSWER_TO(t_above, viz_t_above(a, b))
ANSWER_TO(t_two_sided, viz_t_two_sided(a, b))
ANSWER_TO(t_quantile, viz_t_quantile(a, b))
ANSWER_TO(nct_below, viz_nct_below(a, b, c))
ANSWER_TO(nct_ncp, viz_nct_ncp(a, b, c))
ANSWER_TO(normal_below, viz_normal_below(a))
ANSWER_TO(normal_above, viz_normal_above(a))
ANSWER_TO(normal_quantile, viz_normal_quantile(a))
ANSWER_TO(chi2_above, viz_chi2_above(a, b))
ANSWER_TO(beta_below, viz_beta_below(a, b, c))
ANSWER_TO(beta_quantile, viz_beta_quantile(a, b, c))
ANSWER_TO(binomial_below, viz_binomial_below((unsigned)a, (unsigned)b, c))
ANSWER_TO(binomial_quantile, viz_binomial_quantile(a, (unsigned)b, c))
ANSWER_TO(log_gamma, viz_log_gamma(a))
ANSWER_TO(wilcoxon_below, viz_wilcoxon_below(a, (size_t)b, (size_t)c))
ANSWER_TO(wilcoxon_quantile, (double)viz_wilcoxon_quantile(a, (size_t)b, (size_t)c))
ANSWER_TO(smallest_p, viz_smallest_p((size_t)a, (size_t)b))
ANSWER_TO(quantile_needs, (double)viz_quantile_needs(a, b))
ANSWER_TO(power, viz_power(a, b, c, parameter(question, 3) != 0))
ANSWER_TO(power_needs, viz_power_needs(a, b, c))
ANSWER_TO(power_effect, viz_power_effect(a, b, c))
ANSWER_TO(detectable, viz_detectable(a, b, c, parameter(question, 3)))

/* --- One sample ---------------------------------------------------------------------- */

static void ask_describe(const struct question *question)
{
    const double *x = question->at[1];
    size_t n = question->count[1];
    double *sorted = viz_sorted(x, n);
    struct viz_outliers outliers;

    viz_outliers_count(sorted, n, &outliers);
    answer(viz_mean(x, n));
    answer(viz_variance(x, n));
    answer(viz_sd(x, n));
    answer(viz_lag1(x, n));
    answer(viz_skewness(x, n));
    answer(viz_kurtosis(x, n));
    answer(viz_jarque_bera(x, n));
    answer(viz_mad(sorted, n));
    answer((double)outliers.mild);
    answer((double)outliers.extreme);
    answer((double)outliers.by_mad);
    free(sorted);
}

/* p: types 1, 6, 7, 8, and Harrell and Davis. */
static void ask_quantile(const struct question *question)
{
    static const int types[] = {1, 6, 7, 8};
    size_t n = question->count[1];
    double *sorted = viz_sorted(question->at[1], n), p = parameter(question, 0);

    for (int i = 0; i < 4; i++)
        answer(viz_quantile(sorted, n, p, types[i]));
    answer(viz_harrell_davis(sorted, n, p));
    free(sorted);
}

static void ask_median_ranks(const struct question *question)
{
    size_t low = 0, high = 0;

    if (!viz_median_ranks((size_t)parameter(question, 0), parameter(question, 1), &low,
                          &high))
        low = high = 0;
    answer((double)low);
    answer((double)high);
}

static void ask_adjust(const struct question *question)
{
    static void (*const adjust[])(const double *, size_t, double *) = {
        viz_adjust_bh, viz_adjust_by, viz_adjust_holm};
    size_t n = question->count[1];
    double *out = viz_zalloc((n + 1) * sizeof(*out));

    for (int i = 0; i < 3; i++) {
        adjust[i](question->at[1], n, out);
        answers(out, n);
    }
    free(out);
}

static void ask_midranks(const struct question *question)
{
    size_t n = question->count[1];
    double *out = viz_zalloc((n + 1) * sizeof(*out));

    viz_midranks(question->at[1], n, out);
    answers(out, n);
    free(out);
}

/* --- A series ------------------------------------------------------------------------ */

static void ask_autocovariance(const struct question *question)
{
    size_t lags = (size_t)parameter(question, 0);
    double *gamma = viz_zalloc((lags + 1) * sizeof(*gamma));

    viz_autocovariance(question->at[1], question->count[1], lags, gamma);
    answers(gamma, lags + 1);
    free(gamma);
}

static void ask_long_run(const struct question *question)
{
    struct viz_long_run out;

    viz_long_run(question->at[1], question->count[1], &out);
    answers((double[]){out.variance, out.df, out.n_eff}, 3);
}

/* lags of the portmanteau test, mean block length */
static void ask_series(const struct question *question)
{
    const double *x = question->at[1];
    size_t n = question->count[1];
    struct viz_effective effective;
    double p, statistic = viz_ljung_box(x, n, (size_t)parameter(question, 0), &p);

    viz_effective_size(x, n, &effective);
    answer(effective.raw_tau);
    answer(effective.tau);
    answer(effective.n_eff);
    answer((double)effective.pairs);
    answer(viz_effective_ar1(x, n));
    answer(statistic);
    answer(p);
    answer(viz_block_length(x, n, false));
    answer(viz_block_length(x, n, true));
    answer(viz_bootstrap_variance(x, n, parameter(question, 1)));
}

/* --- Two samples --------------------------------------------------------------------- */

static struct viz_moments moments_of(const struct question *question, int group)
{
    struct viz_moments moments;

    viz_moments_of(question->at[group], question->count[group], &moments);
    return moments;
}

static void answer_test(const struct viz_t_test *test)
{
    const double all[] = {test->delta, test->se,  test->df,  test->t,
                          test->p,     test->low, test->high};

    answers(all, sizeof(all) / sizeof(all[0]));
}

static void ask_welch(const struct question *question)
{
    struct viz_moments a = moments_of(question, 1), b = moments_of(question, 2);
    struct viz_t_test test;

    viz_welch(&a, &b, parameter(question, 0), &test);
    answer_test(&test);
}

static void ask_student(const struct question *question)
{
    struct viz_moments a = moments_of(question, 1), b = moments_of(question, 2);
    struct viz_t_test test;

    viz_student(&a, &b, parameter(question, 0), &test);
    answer_test(&test);
}

static void ask_one_against(const struct question *question)
{
    struct viz_moments a = moments_of(question, 1), b = moments_of(question, 2);
    struct viz_t_test test;

    viz_one_against(&a, &b, parameter(question, 0), &test);
    answer_test(&test);
}

/* alpha, limit */
static void ask_tost(const struct question *question)
{
    struct viz_moments a = moments_of(question, 1), b = moments_of(question, 2);
    struct viz_t_test test;
    struct viz_tost out;

    viz_welch(&a, &b, parameter(question, 0), &test);
    viz_tost(&test, parameter(question, 1), parameter(question, 0), &out);
    answers((double[]){out.p_low, out.p_high, out.p, out.low, out.high}, 5);
}

static void ask_effect(const struct question *question)
{
    struct viz_moments a = moments_of(question, 1), b = moments_of(question, 2);
    struct viz_effect out;

    viz_effect(&a, &b, parameter(question, 0), &out);
    answers((double[]){out.d, out.g, out.j, out.d_low, out.d_high, out.low, out.high,
                       out.glass},
            8);
}

static void ask_ranks(const struct question *question)
{
    const double *x = question->at[1], *y = question->at[2];
    size_t m = question->count[1], n = question->count[2];
    struct viz_mann_whitney exact, normal;
    struct viz_hodges_lehmann shift;

    viz_mann_whitney(x, m, y, n, &exact);
    viz_mann_whitney_normal(x, m, y, n, &normal);
    viz_hodges_lehmann(x, m, y, n, parameter(question, 0), &shift);
    answers((double[]){exact.u, exact.above, exact.p, exact.p_greater, exact.exact}, 5);
    answers((double[]){normal.p, normal.p_greater, normal.p_plain}, 3);
    answers((double[]){shift.delta, shift.low, shift.high, viz_cliff(x, m, y, n)}, 4);
}

/* --- Questions ----------------------------------------------------------------------- */

#define ASK(name)                                                                      \
    {                                                                                  \
#name, ask_##name                                                              \
    }

static const struct {
    const char *name;
    void (*ask)(const struct question *question);
} functions[] = {
    ASK(t_below),
    ASK(t_above),
    ASK(t_two_sided),
    ASK(t_quantile),
    ASK(nct_below),
    ASK(nct_ncp),
    ASK(normal_below),
    ASK(normal_above),
    ASK(normal_quantile),
    ASK(chi2_above),
    ASK(beta_below),
    ASK(beta_quantile),
    ASK(binomial_below),
    ASK(binomial_quantile),
    ASK(log_gamma),
    ASK(wilcoxon_below),
    ASK(wilcoxon_quantile),
    ASK(smallest_p),
    ASK(quantile_needs),
    ASK(power),
    ASK(power_needs),
    ASK(power_effect),
    ASK(detectable),
    ASK(describe),
    ASK(quantile),
    ASK(median_ranks),
    ASK(adjust),
    ASK(midranks),
    ASK(autocovariance),
    ASK(series),
    ASK(long_run),
    ASK(welch),
    ASK(student),
    ASK(one_against),
    ASK(tost),
    ASK(effect),
    ASK(ranks),
};

static bool answer_line(char *line, double *numbers)
{
    struct question question = {.at = {numbers}};
    size_t used = 0, group = 0;
    char *rest, *name = strtok_r(line, " \n", &rest), *word;

    while ((word = strtok_r(NULL, " \n", &rest))) {
        if (strcmp(word, "/") != 0) {
            numbers[used++] = strtod(word, NULL);
            question.count[group]++;
        } else if (++group < GROUPS) {
            question.at[group] = numbers + used;
        } else {
            return false;
        }
    }
    for (size_t i = 0; name && i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (strcmp(functions[i].name, name) != 0)
            continue;
        functions[i].ask(&question);
        putchar('\n');
        return true;
    }
    return false;
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    bool good = true;

    viz_special_start();
    while (good && (length = getline(&line, &size, stdin)) > 0) {
        double *numbers = viz_zalloc((size_t)length * sizeof(*numbers));
        good = answer_line(line, numbers);
        free(numbers);
    }
    if (!good)
        fprintf(stderr, "not a question: %s\n", line);
    free(line);
    return !good;
}
