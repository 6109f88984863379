/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contrast_state.h"

#include <viz/alloc.h>
#include <viz/random.h>
#include <viz/special.h>

#include <math.h>
#include <stdlib.h>

#define DRAWS 10000 /* of runs and what is within them */

/* Mean of as many runs as there are, drawn, each with a replicate of its own. */
static double draw_side(const struct viz_contrast_side *side,
                        enum viz_statistic statistic, struct viz_random *random)
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
static bool draw_sides(const struct viz_contrast_side *a,
                       const struct viz_contrast_side *b, enum viz_statistic statistic,
                       uint64_t seed, double *delta, double *ratio)
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

static void bootstrap(const struct viz_contrast_side *a,
                      const struct viz_contrast_side *b, enum viz_statistic statistic,
                      enum viz_level level, const struct viz_contrast_params *params,
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

void viz_contrast_intervals(const struct viz_contrast_side *const side[2],
                            enum viz_statistic statistic, enum viz_level level,
                            const struct viz_contrast_error error[2],
                            const struct viz_contrast_params *params,
                            struct viz_contrast_row *row)
{
    bootstrap(side[0], side[1], statistic, level, params, row);
    if (statistic != VIZ_STATISTIC_MEAN && level == VIZ_LEVEL_SAMPLES) {
        row->low = row->boot_low;
        row->high = row->boot_high;
        row->ratio_low = row->boot_ratio_low;
        row->ratio_high = row->boot_ratio_high;
    } else if (row->a > 0 && row->b > 0) {
        fieller(row, sqrt(error[0].variance), sqrt(error[1].variance),
                viz_t_quantile(1 - params->alpha / 2, row->test.df), &row->ratio_low,
                &row->ratio_high);
    }
}
