/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/contrast.h>

#include <viz/alloc.h>
#include <viz/random.h>
#include <viz/special.h>

#include <math.h>
#include <stdlib.h>

#define DRAWS 10000        /* of runs and what is within them */
#define LEAST_EFFECTIVE 10 /* below it a test of one run says nothing */
#define POWER 0.8
#define POWER_PLANNED 0.9
#define MOST_RUNS 1000000

struct side {
    const struct viz_estimate *run;
    uint32_t runs, valid; /* valid: that have values */
    const double *x;      /* of the only run, or NULL */
};

const char *viz_verdict_name(enum viz_verdict verdict)
{
    static const char *const names[] = {
#define X(id, name) name,
        VIZ_VERDICTS(X)
#undef X
    };
    return names[verdict];
}

static const struct viz_estimate_of *of(const struct side *side, uint32_t run,
                                        enum viz_statistic statistic)
{
    return &side->run[run].of[statistic];
}

static bool has_values(const struct side *side, uint32_t run)
{
    return side->run[run].n > 0;
}

static uint32_t count_runs(const struct side *side)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < side->runs; i++)
        count += has_values(side, i);
    return count;
}

/* One value a run, of those that have any. */
static uint32_t collect_values(const struct side *side, enum viz_statistic statistic,
                               double *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < side->runs; i++)
        if (has_values(side, i))
            out[count++] = of(side, i, statistic)->value;
    return count;
}

static double mean_of_runs(const struct side *side, enum viz_statistic statistic)
{
    double *value = viz_zalloc((side->runs + 1) * sizeof(*value));
    uint32_t count = collect_values(side, statistic, value);
    double mean = count ? viz_mean(value, count) : NAN;
    free(value);
    return mean;
}

/* Of the runs' values; of one run: such that Welch's test has its error and its degrees of
 * freedom. */
static void take_moments(const struct side *side, enum viz_statistic statistic,
                         enum viz_level level, struct viz_moments *out)
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
static double least_effective(const struct side *side)
{
    double least = INFINITY;
    for (uint32_t i = 0; i < side->runs; i++)
        if (has_values(side, i))
            least = fmin(least, side->run[i].effective.n_eff);
    return least;
}

static bool all_enough(const struct side *side, enum viz_statistic statistic)
{
    bool enough = true;
    for (uint32_t i = 0; i < side->runs; i++)
        enough = enough && (!has_values(side, i) || of(side, i, statistic)->enough);
    return enough;
}

/* ---- the bootstrap ---- */

/* Mean of as many runs as there are, drawn, each with a replicate of its own. */
static double draw_side(const struct side *side, enum viz_statistic statistic,
                        struct viz_random *random)
{
    double sum = 0;
    for (uint32_t drawn = 0; drawn < side->valid;) {
        uint64_t run = viz_random_below(random, side->runs);
        const struct viz_estimate *estimate = &side->run[run];
        const struct viz_estimate_of *one = &estimate->of[statistic];
        if (!estimate->n)
            continue;
        drawn++;
        sum += one->replicate
                   ? one->replicate[viz_random_below(random, estimate->replicates)]
                   : one->value;
    }
    return sum / side->valid;
}

/* What was drawn: its median, and how far its tails are from that. */
struct tails {
    double median, below, above;
};

/* Sorts @draw. Between runs there is little skew, but a single run's replicates may have
 * much of it (a p95 beside spikes), and would bend the interval that the runs make: with
 * @balanced a third of it at least is on each side. */
static struct tails take_tails(double *draw, double alpha, bool balanced)
{
    struct tails tails;
    viz_sort(draw, DRAWS);
    tails.median = viz_quantile(draw, DRAWS, 0.5, 7);
    tails.below = viz_quantile(draw, DRAWS, alpha / 2, 7) - tails.median;
    tails.above = viz_quantile(draw, DRAWS, 1 - alpha / 2, 7) - tails.median;
    double width = tails.above - tails.below;
    if (balanced) {
        tails.above = fmin(fmax(tails.above, width / 3), width * 2 / 3);
        tails.below = tails.above - width;
    }
    return tails;
}

/* Two-sided p of the draws about their median, spread by @scale, for a difference of
 * @delta: below alpha where their interval leaves out 0. Beyond all draws Student's t goes
 * on. */
static double p_of_draws(const double *draw, double median, double scale,
                         const struct viz_t_test *test)
{
    size_t beyond = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        double at = test->delta + scale * (draw[i] - median);
        beyond += test->delta > 0 ? at <= 0 : at >= 0;
    }
    double p = fmin(1, 2.0 * (double)(beyond + 1) / (DRAWS + 1));
    return beyond ? p : fmin(p, test->p);
}

/* Differences and ratios of sides that are drawn; whether all of them are above 0. */
static bool draw_sides(const struct side *a, const struct side *b,
                       enum viz_statistic statistic, uint64_t seed, double *delta,
                       double *ratio)
{
    bool positive = true;
    struct viz_random random;
    viz_random_seed(&random, viz_random_fork(seed, statistic));
    for (size_t i = 0; i < DRAWS; i++) {
        double from_a = draw_side(a, statistic, &random);
        double from_b = draw_side(b, statistic, &random);
        delta[i] = from_b - from_a;
        ratio[i] = from_b / from_a;
        positive = positive && from_a > 0 && from_b > 0;
    }
    return positive;
}

static void bootstrap(const struct side *a, const struct side *b,
                      enum viz_statistic statistic, enum viz_level level,
                      const struct viz_contrast_params *params,
                      struct viz_contrast_row *row)
{
    bool single = level == VIZ_LEVEL_SAMPLES;
    double *delta = viz_zalloc(DRAWS * sizeof(double));
    double *ratio = viz_zalloc(DRAWS * sizeof(double));
    bool positive = draw_sides(a, b, statistic, params->seed, delta, ratio);
    struct tails tails = take_tails(delta, params->alpha, !single);
    double width = tails.above - tails.below;
    double scale = width > 0 ? (row->test.high - row->test.low) / width : 0;
    row->boot_low = row->test.delta + scale * tails.below;
    row->boot_high = row->test.delta + scale * tails.above;
    if (statistic != VIZ_STATISTIC_MEAN && single && scale > 0)
        row->test.p = p_of_draws(delta, tails.median, scale, &row->test);
    if (positive && row->a > 0 && row->b > 0) {
        tails = take_tails(ratio, params->alpha, !single);
        row->boot_ratio_low = row->ratio + scale * tails.below;
        row->boot_ratio_high = row->ratio + scale * tails.above;
    }
    free(delta);
    free(ratio);
}

/* Fieller's (1954) interval of a ratio of means: the rho for which b - rho a is not
 * significantly unlike 0. It leaves out 1 where the test of the difference leaves out 0. */
static void fieller(const struct viz_contrast_row *row, double se_a, double se_b,
                    double t, double *low, double *high)
{
    double square = row->a * row->a - t * t * se_a * se_a;
    double product = row->a * row->b;
    double rest = row->b * row->b - t * t * se_b * se_b;
    double root = product * product - square * rest;
    if (square <= 0 || root < 0)
        return;
    *low = (product - sqrt(root)) / square;
    *high = (product + sqrt(root)) / square;
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
                                     const struct side *a, const struct side *b,
                                     enum viz_statistic statistic,
                                     struct viz_contrast_row *row)
{
    if (!contrast->runs_a || !contrast->runs_b)
        return VIZ_WHY_NO_VALUES;
    row->has = contrast->least_n_eff;
    row->needs = of(a, 0, statistic)->needs;
    for (uint32_t i = 0; i < b->runs; i++)
        row->needs = fmax(row->needs, of(b, i, statistic)->needs);
    if (!all_enough(a, statistic) || !all_enough(b, statistic))
        return VIZ_WHY_TOO_FEW;
    row->needs = LEAST_EFFECTIVE;
    if (contrast->level == VIZ_LEVEL_SAMPLES && row->has < LEAST_EFFECTIVE)
        return VIZ_WHY_FEW_VALUES;
    return VIZ_WHY_SHOWN;
}

static void welch_of(enum viz_level level, const struct viz_moments *a,
                     const struct viz_moments *b, double alpha, struct viz_t_test *out)
{
    if (level == VIZ_LEVEL_ONE_SIDE)
        viz_one_against(a, b, alpha, out);
    else
        viz_welch(a, b, alpha, out);
}

/* Nothing varies: there is no t, but there may be an order of the runs. */
static enum viz_contrast_why test_constant(const struct side *a, const struct side *b,
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

static void finish_row(const struct side *a, const struct side *b,
                       enum viz_statistic statistic, enum viz_level level,
                       const struct viz_contrast_params *params,
                       struct viz_contrast_row *row)
{
    struct viz_moments from_a, from_b;
    take_moments(a, statistic, level, &from_a);
    take_moments(b, statistic, level, &from_b);
    double delta = row->test.delta;
    welch_of(level, &from_a, &from_b, params->alpha, &row->test);
    row->test.delta = delta;
    if (!isfinite(row->test.p) && from_a.variance == 0 && from_b.variance == 0)
        row->why = test_constant(a, b, statistic, level, row);
    else if (!isfinite(row->test.p))
        row->why = VIZ_WHY_CONSTANT;
    if (row->why != VIZ_WHY_SHOWN)
        return;
    row->low = row->test.low;
    row->high = row->test.high;
    test_limit(row, params->alpha);
    row->runs_needed = plan_runs(&from_a, &from_b, level, row->limit, params->alpha);
    if (!(row->test.se > 0)) {
        row->ratio_low = row->ratio_high = row->ratio;
        row->boot_low = row->boot_high = delta;
        row->boot_ratio_low = row->boot_ratio_high = row->ratio;
        return;
    }
    bootstrap(a, b, statistic, level, params, row);
    if (statistic != VIZ_STATISTIC_MEAN && level == VIZ_LEVEL_SAMPLES) {
        row->low = row->boot_low;
        row->high = row->boot_high;
        row->ratio_low = row->boot_ratio_low;
        row->ratio_high = row->boot_ratio_high;
    } else if (row->a > 0 && row->b > 0) {
        double variance_a = from_a.n > 1 ? from_a.variance : from_b.variance;
        double variance_b = from_b.n > 1 ? from_b.variance : from_a.variance;
        fieller(row, sqrt(variance_a / from_a.n), sqrt(variance_b / from_b.n),
                viz_t_quantile(1 - params->alpha / 2, row->test.df), &row->ratio_low,
                &row->ratio_high);
    }
}

static void contrast_row(const struct side *a, const struct side *b,
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
static double *values_to_rank(const struct side *side, enum viz_level level,
                              size_t *thin, size_t *count)
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

static void rank_sides(const struct side *a, const struct side *b, double alpha,
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

static void split_variance(const struct side *a, const struct side *b,
                           struct viz_contrast *out)
{
    const struct side *side[] = {a, b};
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
static void take_values(const struct side *side, enum viz_level level,
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
static double d_of_values(const struct side *a, const struct side *b)
{
    const struct side *side[] = {a, b};
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

static void take_effect(const struct side *a, const struct side *b, double alpha,
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
    struct side side_a = {a, runs_a, 0, params->x_a},
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
