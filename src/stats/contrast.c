/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/contrast.h>

#include "contrast_state.h"

#include <viz/alloc.h>
#include <viz/special.h>

#include <math.h>
#include <stdlib.h>

#define LEAST_EFFECTIVE 10 /* below it a test of one run says nothing */
#define POWER 0.8
#define POWER_PLANNED 0.9
#define MOST_RUNS 1000000

const char *viz_verdict_name(enum viz_verdict verdict)
{
    static const char *const names[] = {
#define X(id, name) name,
        VIZ_VERDICTS(X)
#undef X
    };
    return names[verdict];
}

static bool has_values(const struct viz_contrast_side *side, uint32_t run)
{
    return side->run[run].n > 0;
}

static uint32_t count_runs(const struct viz_contrast_side *side)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < side->runs; i++)
        count += has_values(side, i);
    return count;
}

/* One value a run, of those that have any. */
static uint32_t collect_values(const struct viz_contrast_side *side,
                               enum viz_statistic statistic, double *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < side->runs; i++)
        if (has_values(side, i))
            out[count++] = of(side, i, statistic)->value;
    return count;
}

static double mean_of_runs(const struct viz_contrast_side *side,
                           enum viz_statistic statistic)
{
    double *value = viz_zalloc((side->runs + 1) * sizeof(*value));
    uint32_t count = collect_values(side, statistic, value);
    double mean = count ? viz_mean(value, count) : NAN;
    free(value);
    return mean;
}

/* Of the runs' values; of one run: such that Welch's test has its error and its degrees of
 * freedom. */
static void take_moments(const struct viz_contrast_side *side,
                         enum viz_statistic statistic, enum viz_level level,
                         struct viz_moments *out)
{
    if (level != VIZ_LEVEL_SAMPLES) {
        double *value = viz_zalloc((side->runs + 1) * sizeof(*value));
        viz_moments_of(value, collect_values(side, statistic, value), out);
        free(value);
        return;
    }
    for (uint32_t i = 0; i < side->runs; i++) {
        const struct viz_estimate_of *one = of(side, i, statistic);
        if (has_values(side, i))
            *out = (struct viz_moments){one->df + 1, one->value,
                                        one->se * one->se * (one->df + 1)};
    }
}

/* The run that has least. */
static double least_effective(const struct viz_contrast_side *side)
{
    double least = INFINITY;
    for (uint32_t i = 0; i < side->runs; i++)
        if (has_values(side, i))
            least = fmin(least, side->run[i].effective.n_eff);
    return least;
}

/* Effective values of a statistic, of the run that has least; what it needs. */
static void count_effective(const struct viz_contrast_side *side,
                            enum viz_statistic statistic, struct viz_contrast_row *row)
{
    for (uint32_t i = 0; i < side->runs; i++) {
        if (!has_values(side, i))
            continue;
        row->has = fmin(row->has, of(side, i, statistic)->n_eff);
        row->needs = fmax(row->needs, of(side, i, statistic)->needs);
    }
}

static bool all_enough(const struct viz_contrast_side *side,
                       enum viz_statistic statistic)
{
    bool enough = true;
    for (uint32_t i = 0; i < side->runs; i++)
        enough = enough && (!has_values(side, i) || of(side, i, statistic)->enough);
    return enough;
}

/* ---- one row ---- */

static void clear_row(struct viz_contrast_row *row)
{
    *row = (struct viz_contrast_row){
        .test = {NAN, NAN, NAN, NAN, NAN, NAN, NAN},
        .equal = {NAN, NAN, NAN, NAN, NAN},
        .low = NAN,
        .high = NAN,
        .boot_low = NAN,
        .boot_high = NAN,
        .ratio = NAN,
        .ratio_low = NAN,
        .ratio_high = NAN,
        .boot_ratio_low = NAN,
        .boot_ratio_high = NAN,
        .detectable = NAN,
        .runs_needed = NAN,
        .p_adjusted = NAN,
        .has = NAN,
        .needs = NAN,
    };
}

static enum viz_contrast_why why_not(const struct viz_contrast *contrast,
                                     const struct viz_contrast_side *a,
                                     const struct viz_contrast_side *b,
                                     enum viz_statistic statistic,
                                     struct viz_contrast_row *row)
{
    if (!contrast->runs_a || !contrast->runs_b)
        return VIZ_WHY_NO_VALUES;
    row->has = INFINITY;
    row->needs = 0;
    count_effective(a, statistic, row);
    count_effective(b, statistic, row);
    if (!all_enough(a, statistic) || !all_enough(b, statistic))
        return VIZ_WHY_TOO_FEW;
    row->needs = LEAST_EFFECTIVE;
    if (contrast->level == VIZ_LEVEL_SAMPLES && row->has < LEAST_EFFECTIVE)
        return VIZ_WHY_FEW_VALUES;
    return VIZ_WHY_SHOWN;
}

/* The only run of a side varies as those of the other do, and by no less than it is unsure
 * of itself. */
static struct viz_contrast_error error_of_one(const struct viz_contrast_side *side,
                                              enum viz_statistic statistic,
                                              const struct viz_moments *others)
{
    struct viz_contrast_error error = {others->variance, others->n - 1};
    for (uint32_t i = 0; i < side->runs; i++) {
        const struct viz_estimate_of *one = of(side, i, statistic);
        if (!has_values(side, i) || !(one->se * one->se > error.variance))
            continue;
        error.variance = one->se * one->se;
        error.df = fmin(error.df, one->df);
    }
    return error;
}

static void take_errors(const struct viz_contrast_side *side[2],
                        enum viz_statistic statistic,
                        const struct viz_moments moments[2],
                        struct viz_contrast_error error[2])
{
    for (int s = 0; s < 2; s++)
        error[s] = moments[s].n > 1
                       ? (struct viz_contrast_error){moments[s].variance / moments[s].n,
                                                     moments[s].n - 1}
                       : error_of_one(side[s], statistic, &moments[!s]);
}

/* Welch's; of one run against several with the smaller degrees of freedom. */
static void test_errors(double delta, const struct viz_moments moments[2],
                        const struct viz_contrast_error error[2], double alpha,
                        struct viz_t_test *out)
{
    double se = sqrt(error[0].variance + error[1].variance);
    if (moments[0].n > 1 && moments[1].n > 1)
        viz_welch(&moments[0], &moments[1], alpha, out);
    else
        viz_t_of(delta, se, fmin(error[0].df, error[1].df), alpha, out);
}

/* Nothing varies: there is no t, but there may be an order of the runs. */
static enum viz_contrast_why test_constant(const struct viz_contrast_side *a,
                                           const struct viz_contrast_side *b,
                                           enum viz_statistic statistic,
                                           enum viz_level level,
                                           struct viz_contrast_row *row)
{
    struct viz_mann_whitney order;
    double *x = viz_zalloc((a->runs + b->runs) * sizeof(*x));
    uint32_t m = collect_values(a, statistic, x);
    uint32_t n = collect_values(b, statistic, x + m);
    viz_mann_whitney(x, m, x + m, n, &order);
    free(x);
    if (level != VIZ_LEVEL_RUNS)
        return VIZ_WHY_CONSTANT;
    row->test.se = 0;
    row->test.p = order.p;
    row->test.low = row->test.high = row->test.delta;
    return VIZ_WHY_SHOWN;
}

/* Runs a side with which the interval is as narrow as the limit. */
static double plan_runs(const struct viz_moments *a, const struct viz_moments *b,
                        enum viz_level level, double limit, double alpha)
{
    double variance = a->n > 1 ? a->variance : b->variance;
    variance += b->n > 1 ? b->variance : a->variance;
    uint32_t low = 1, high = 2;
    if (level == VIZ_LEVEL_SAMPLES || !(limit > 0))
        return NAN;
    while (high < MOST_RUNS && viz_detectable(sqrt(variance / high), 2.0 * high - 2,
                                              alpha, POWER_PLANNED) > limit) {
        low = high;
        high *= 2;
    }
    if (high >= MOST_RUNS)
        return NAN;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        bool enough = viz_detectable(sqrt(variance / middle), 2.0 * middle - 2, alpha,
                                     POWER_PLANNED) <= limit;
        *(enough ? &high : &low) = middle;
    }
    return high;
}

static void test_limit(struct viz_contrast_row *row, double alpha)
{
    const struct viz_t_test *test = &row->test;
    if (test->se > 0) {
        viz_tost(test, row->limit, alpha, &row->equal);
        row->detectable = viz_detectable(test->se, test->df, alpha, POWER);
    } else { /* known exactly */
        bool within = fabs(test->delta) < row->limit || test->delta == 0;
        row->equal =
            (struct viz_tost){!within, !within, !within, test->delta, test->delta};
        row->detectable = 0;
    }
}

/* What does not vary has no width. */
static void set_points(struct viz_contrast_row *row)
{
    row->ratio_low = row->ratio_high = row->ratio;
    row->boot_low = row->boot_high = row->test.delta;
    row->boot_ratio_low = row->boot_ratio_high = row->ratio;
}

static void finish_row(const struct viz_contrast_side *a,
                       const struct viz_contrast_side *b, enum viz_statistic statistic,
                       enum viz_level level, const struct viz_contrast_params *params,
                       struct viz_contrast_row *row)
{
    const struct viz_contrast_side *side[] = {a, b};
    struct viz_moments moments[2];
    struct viz_contrast_error error[2];
    double delta = row->test.delta;
    for (int s = 0; s < 2; s++)
        take_moments(side[s], statistic, level, &moments[s]);
    take_errors(side, statistic, moments, error);
    test_errors(delta, moments, error, params->alpha, &row->test);
    row->test.delta = delta;
    if (isnan(error[0].variance) || isnan(error[1].variance))
        row->why = VIZ_WHY_TIED;
    else if (!isfinite(row->test.p))
        row->why = error[0].variance + error[1].variance > 0
                       ? VIZ_WHY_CONSTANT
                       : test_constant(a, b, statistic, level, row);
    if (row->why != VIZ_WHY_SHOWN)
        return;
    row->low = row->test.low;
    row->high = row->test.high;
    test_limit(row, params->alpha);
    row->runs_needed =
        plan_runs(&moments[0], &moments[1], level, row->limit, params->alpha);
    if (row->test.se > 0)
        viz_contrast_intervals(side, statistic, level, error, params, row);
    else
        set_points(row);
}

static void contrast_row(const struct viz_contrast_side *a,
                         const struct viz_contrast_side *b,
                         enum viz_statistic statistic,
                         const struct viz_contrast_params *params,
                         struct viz_contrast *out)
{
    struct viz_contrast_row *row = &out->row[statistic];
    clear_row(row);
    row->a = mean_of_runs(a, statistic);
    row->b = mean_of_runs(b, statistic);
    row->test.delta = row->b - row->a;
    row->limit = params->limit * fabs(mean_of_runs(a, VIZ_STATISTIC_MEDIAN));
    if (row->limit == 0)
        row->limit = params->limit * fabs(mean_of_runs(a, VIZ_STATISTIC_MEAN));
    if (params->limit_absolute > 0)
        row->limit = params->limit_absolute;
    if (row->a > 0 && row->b > 0)
        row->ratio = row->b / row->a;
    row->why = why_not(out, a, b, statistic, row);
    if (row->why == VIZ_WHY_SHOWN)
        finish_row(a, b, statistic, out->level, params, row);
    row->beyond = row->low > row->limit || row->high < -row->limit;
}

/* ---- beside the rows ---- */

/* Every thin-th value of the only run, or the means of the runs. */
static double *values_to_rank(const struct viz_contrast_side *side,
                              enum viz_level level, size_t *thin, size_t *count)
{
    *thin = 1;
    if (level != VIZ_LEVEL_SAMPLES) {
        double *mean = viz_zalloc((side->runs + 1) * sizeof(*mean));
        *count = collect_values(side, VIZ_STATISTIC_MEAN, mean);
        return mean;
    }
    const struct viz_estimate *only = side->run;
    while (!only->n && only < side->run + side->runs - 1)
        only++;
    size_t n = side->x ? only->n : 0;
    double *value = viz_zalloc((n + 1) * sizeof(*value));
    /* An overflow in the series makes tau anything. */
    *thin = (size_t)fmin(fmax(1, ceil(only->effective.tau)), (double)(n + 1));
    *count = 0;
    for (size_t i = 0; i < n; i += *thin)
        value[(*count)++] = side->x[i];
    return value;
}

static void rank_sides(const struct viz_contrast_side *a,
                       const struct viz_contrast_side *b, double alpha,
                       struct viz_contrast *out)
{
    size_t m, n;
    double *x = values_to_rank(a, out->level, &out->thin_a, &m);
    double *y = values_to_rank(b, out->level, &out->thin_b, &n);
    viz_mann_whitney(x, m, y, n, &out->mann_whitney);
    viz_hodges_lehmann(x, m, y, n, alpha, &out->hodges_lehmann);
    out->cliff = viz_cliff(x, m, y, n);
    free(x);
    free(y);
}

static void split_variance(const struct viz_contrast_side *a,
                           const struct viz_contrast_side *b, struct viz_contrast *out)
{
    const struct viz_contrast_side *side[] = {a, b};
    double squares = 0, freedom = 0, within = 0, runs = 0;
    for (int i = 0; i < 2; i++) {
        struct viz_moments moments;
        take_moments(side[i], VIZ_STATISTIC_MEAN, VIZ_LEVEL_RUNS, &moments);
        if (moments.n > 1) {
            squares += moments.variance * (moments.n - 1);
            freedom += moments.n - 1;
        }
        for (uint32_t run = 0; run < side[i]->runs; run++) {
            double se = of(side[i], run, VIZ_STATISTIC_MEAN)->se;
            if (!isfinite(se))
                continue;
            within += se * se;
            runs++;
        }
    }
    out->within = runs > 0 ? within / runs : NAN;
    out->between =
        freedom > 0 && runs > 0 ? fmax(0, squares / freedom - out->within) : NAN;
}

static enum viz_level level_of(uint32_t a, uint32_t b)
{
    if (a > 1 && b > 1)
        return VIZ_LEVEL_RUNS;
    return a > 1 || b > 1 ? VIZ_LEVEL_ONE_SIDE : VIZ_LEVEL_SAMPLES;
}

/* What standardised effects are of: single values, as many as they are worth; or the runs'
 * means. */
static void take_values(const struct viz_contrast_side *side, enum viz_level level,
                        struct viz_moments *out)
{
    if (level != VIZ_LEVEL_SAMPLES) {
        take_moments(side, VIZ_STATISTIC_MEAN, level, out);
        return;
    }
    for (uint32_t i = 0; i < side->runs; i++) {
        const struct viz_estimate *run = &side->run[i];
        if (run->n)
            *out = (struct viz_moments){run->effective.n_eff, run->mean,
                                        run->sd * run->sd};
    }
}

/* The sides' means, by the pooled variance within runs. */
static double d_of_values(const struct viz_contrast_side *a,
                          const struct viz_contrast_side *b)
{
    const struct viz_contrast_side *side[] = {a, b};
    double squares = 0, freedom = 0;
    for (int s = 0; s < 2; s++)
        for (uint32_t i = 0; i < side[s]->runs; i++) {
            const struct viz_estimate *run = &side[s]->run[i];
            if (run->n < 2)
                continue;
            squares += run->sd * run->sd * (double)(run->n - 1);
            freedom += (double)(run->n - 1);
        }
    double delta =
        mean_of_runs(b, VIZ_STATISTIC_MEAN) - mean_of_runs(a, VIZ_STATISTIC_MEAN);
    return squares > 0 ? delta / sqrt(squares / freedom) : NAN;
}

static void take_effect(const struct viz_contrast_side *a,
                        const struct viz_contrast_side *b, double alpha,
                        struct viz_contrast *out)
{
    struct viz_moments from_a = {NAN, NAN, NAN}, from_b = {NAN, NAN, NAN};
    take_values(a, out->level, &from_a);
    take_values(b, out->level, &from_b);
    viz_effect(&from_a, &from_b, alpha, &out->effect);
    out->d_values = d_of_values(a, b);
}

void viz_contrast(const struct viz_estimate *a, uint32_t runs_a,
                  const struct viz_estimate *b, uint32_t runs_b,
                  const struct viz_contrast_params *params, struct viz_contrast *out)
{
    struct viz_contrast_side side_a = {a, runs_a, 0, params->x_a},
                             side_b = {b, runs_b, 0, params->x_b};
    side_a.valid = count_runs(&side_a);
    side_b.valid = count_runs(&side_b);
    *out = (struct viz_contrast){.runs_a = side_a.valid, .runs_b = side_b.valid};
    out->level = level_of(out->runs_a, out->runs_b);
    out->least_n_eff = fmin(least_effective(&side_a), least_effective(&side_b));
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        contrast_row(&side_a, &side_b, (enum viz_statistic)i, params, out);
    rank_sides(&side_a, &side_b, params->alpha, out);
    split_variance(&side_a, &side_b, out);
    take_effect(&side_a, &side_b, params->alpha, out);
}

enum viz_verdict viz_contrast_judge(const struct viz_contrast_row *row,
                                    enum viz_better better, double alpha)
{
    if (row->why != VIZ_WHY_SHOWN)
        return VIZ_VERDICT_NOT_SHOWN;
    if (row->equal.p < alpha)
        return VIZ_VERDICT_EQUIVALENT;
    bool higher = row->low > 0, lower = row->high < 0;
    if (!(row->p_adjusted < alpha) || !(higher || lower))
        return VIZ_VERDICT_NOT_SHOWN;
    if (better == VIZ_BETTER_NEITHER)
        return VIZ_VERDICT_DIFFERENT;
    return higher == (better == VIZ_BETTER_HIGHER) ? VIZ_VERDICT_BETTER
                                                   : VIZ_VERDICT_WORSE;
}
