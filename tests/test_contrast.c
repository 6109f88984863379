/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/contrast.h>
#include <viz/random.h>
#include <viz/special.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_RUNS 8
#define LENGTH 600

struct sides {
    double x[2][MOST_RUNS][LENGTH];
    size_t n[2][MOST_RUNS];
    uint32_t runs[2];
    struct viz_estimate estimate[2][MOST_RUNS];
};

static const struct viz_contrast_params standard = {
    .alpha = 0.05,
    .limit = 0.01,
    .better = VIZ_BETTER_LOWER,
    .seed = 42,
};

/* Runs of normal values around @mean, each with a mean of its own. */
static void fill_side(struct sides *sides, int side, uint32_t runs, size_t n,
                      double mean, double between, uint64_t seed)
{
    struct viz_random random;
    viz_random_seed(&random, seed);
    sides->runs[side] = runs;
    for (uint32_t r = 0; r < runs; r++) {
        double own = mean + between * viz_random_normal(&random);
        sides->n[side][r] = n;
        for (size_t i = 0; i < n; i++)
            sides->x[side][r][i] = own + viz_random_normal(&random);
    }
}

static void contrast_with(struct sides *sides, const struct viz_contrast_params *params,
                          struct viz_contrast *out)
{
    struct viz_contrast_params own = *params;
    viz_special_start();
    for (int s = 0; s < 2; s++)
        for (uint32_t r = 0; r < sides->runs[s]; r++) {
            const struct viz_estimate_params each = {
                .confidence = 0.95, .replicates = 500, .seed = 10 + r, .ignore = 0.01};
            viz_estimate_init(&sides->estimate[s][r], sides->x[s][r], sides->n[s][r],
                              &each);
        }
    if (sides->runs[0] == 1)
        own.x_a = sides->x[0][0];
    if (sides->runs[1] == 1)
        own.x_b = sides->x[1][0];
    viz_contrast(sides->estimate[0], sides->runs[0], sides->estimate[1], sides->runs[1],
                 &own, out);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        struct viz_contrast_row *row = &out->row[i];
        row->p_adjusted = row->test.p;
        row->verdict = viz_contrast_judge(row, own.better, own.alpha);
    }
    for (int s = 0; s < 2; s++)
        for (uint32_t r = 0; r < sides->runs[s]; r++)
            viz_estimate_finish(&sides->estimate[s][r]);
}

static void contrast(struct sides *sides, struct viz_contrast *out)
{
    contrast_with(sides, &standard, out);
}

static struct sides *sides_new(void)
{
    return calloc(1, sizeof(struct sides));
}

Test(contrast, of_several_runs_is_welch_over_their_means)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    struct viz_moments a, b;
    struct viz_t_test welch;
    double mean[2][5];
    fill_side(sides, 0, 5, LENGTH, 100, 1, 1);
    fill_side(sides, 1, 4, LENGTH, 103, 1, 2);
    contrast(sides, &out);
    for (int s = 0; s < 2; s++)
        for (uint32_t r = 0; r < sides->runs[s]; r++)
            mean[s][r] = viz_mean(sides->x[s][r], LENGTH);
    viz_moments_of(mean[0], 5, &a);
    viz_moments_of(mean[1], 4, &b);
    viz_welch(&a, &b, 0.05, &welch);
    const struct viz_contrast_row *row = &out.row[VIZ_STATISTIC_MEAN];
    cr_assert_eq(out.level, VIZ_LEVEL_RUNS);
    cr_assert_float_eq(row->test.p, welch.p, 1e-12);
    cr_assert_float_eq(row->low, welch.low, 1e-9);
    cr_assert_float_eq(row->high, welch.high, 1e-9);
    cr_assert_float_eq(row->limit, 1, 0.02);
    cr_assert_eq(row->verdict, VIZ_VERDICT_WORSE);
    cr_assert_eq(out.thin_a, 1);
    cr_assert(out.mann_whitney.exact);
    free(sides);
}

/* What differs from run to run is noise, however sure each run is of itself. */
Test(contrast, of_runs_that_differ_among_themselves_shows_nothing)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    fill_side(sides, 0, 5, LENGTH, 100, 3, 3);
    fill_side(sides, 1, 5, LENGTH, 101, 3, 4);
    contrast(sides, &out);
    cr_assert_eq(out.row[VIZ_STATISTIC_MEAN].verdict, VIZ_VERDICT_NOT_SHOWN);
    cr_assert(out.between > 100 * out.within);
    cr_assert(out.row[VIZ_STATISTIC_MEAN].runs_needed > 5);
    cr_assert(out.row[VIZ_STATISTIC_MEAN].detectable > 1);

    sides->runs[0] = sides->runs[1] =
        1; /* the same runs, looked at as if one were all */
    contrast(sides, &out);
    cr_assert_eq(out.level, VIZ_LEVEL_SAMPLES);
    cr_assert_neq(out.row[VIZ_STATISTIC_MEAN].verdict, VIZ_VERDICT_NOT_SHOWN);
    cr_assert(isnan(out.between) && isnan(out.row[VIZ_STATISTIC_MEAN].runs_needed));
    free(sides);
}

Test(contrast, of_equal_sides_with_little_noise_is_equivalent)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    fill_side(sides, 0, 5, LENGTH, 1000, 1, 5);
    fill_side(sides, 1, 5, LENGTH, 1001, 1, 6);
    contrast(sides, &out);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        cr_assert_eq(out.row[i].verdict, VIZ_VERDICT_EQUIVALENT, "%d", i);
    free(sides);
}

Test(contrast, is_the_same_the_other_way_round)
{
    struct sides *ab = sides_new(), *ba = sides_new();
    struct viz_contrast one, other;
    fill_side(ab, 0, 4, LENGTH, 100, 0.5, 7);
    fill_side(ab, 1, 6, LENGTH, 102, 1, 8);
    ba->runs[0] = ab->runs[1];
    ba->runs[1] = ab->runs[0];
    for (int s = 0; s < 2; s++) {
        memcpy(ba->x[s], ab->x[!s], sizeof(ab->x[s]));
        memcpy(ba->n[s], ab->n[!s], sizeof(ab->n[s]));
    }
    contrast(ab, &one);
    contrast(ba, &other);
    const struct viz_contrast_row *x = &one.row[0], *y = &other.row[0];
    cr_assert_float_eq(x->test.p, y->test.p, 1e-12);
    cr_assert_float_eq(x->low, -y->high, 1e-9);
    cr_assert_float_eq(x->ratio_low, 1 / y->ratio_high, 1e-9);
    cr_assert_float_eq(one.effect.g, -other.effect.g, 1e-9);
    cr_assert_float_eq(one.cliff, -other.cliff, 1e-12);
    cr_assert_float_eq(one.mann_whitney.p, other.mann_whitney.p, 1e-12);
    cr_assert_eq(x->verdict, VIZ_VERDICT_WORSE);
    cr_assert_eq(y->verdict, VIZ_VERDICT_BETTER);
    free(ab);
    free(ba);
}

Test(contrast, verdict_follows_what_is_better)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    struct viz_contrast_params params = standard;
    fill_side(sides, 0, 5, LENGTH, 100, 0.5, 9);
    fill_side(sides, 1, 5, LENGTH, 105, 0.5, 10);
    params.better = VIZ_BETTER_HIGHER;
    contrast_with(sides, &params, &out);
    cr_assert_eq(out.row[0].verdict, VIZ_VERDICT_BETTER);
    params.better = VIZ_BETTER_NEITHER;
    contrast_with(sides, &params, &out);
    cr_assert_eq(out.row[0].verdict, VIZ_VERDICT_DIFFERENT);
    cr_assert(out.row[0].beyond);
    free(sides);
}

Test(contrast, without_values_on_a_side_says_so)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    fill_side(sides, 0, 1, LENGTH, 100, 0, 1);
    fill_side(sides, 1, 1, 0, 100, 0, 2);
    contrast(sides, &out);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        cr_assert_eq(out.row[i].why, VIZ_WHY_NO_VALUES);
        cr_assert_eq(out.row[i].verdict, VIZ_VERDICT_NOT_SHOWN);
        cr_assert(isfinite(out.row[i].a) && isnan(out.row[i].b));
    }
    cr_assert_eq(out.runs_b, 0);
    free(sides);
}

Test(contrast, of_one_value_a_side_shows_both_and_no_test)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    fill_side(sides, 0, 1, 1, 100, 0, 1);
    fill_side(sides, 1, 1, 1, 200, 0, 2);
    contrast(sides, &out);
    cr_assert_eq(out.row[VIZ_STATISTIC_MEAN].why, VIZ_WHY_FEW_VALUES);
    cr_assert(isfinite(out.row[VIZ_STATISTIC_MEAN].test.delta));
    cr_assert(isnan(out.row[VIZ_STATISTIC_MEAN].test.p));
    cr_assert_eq(out.row[VIZ_STATISTIC_P99].why, VIZ_WHY_TOO_FEW);
    cr_assert_eq(out.row[VIZ_STATISTIC_P99].needs, 368);
    free(sides);
}

static void fill_constant(struct sides *sides, int side, uint32_t runs, double value)
{
    sides->runs[side] = runs;
    for (uint32_t r = 0; r < runs; r++) {
        sides->n[side][r] = LENGTH;
        for (size_t i = 0; i < LENGTH; i++)
            sides->x[side][r][i] = value;
    }
}

Test(contrast, of_equal_constants_is_equivalent_even_at_zero)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    static const double value[] = {0, 5};
    for (int v = 0; v < 2; v++)
        for (uint32_t runs = 1; runs <= 5; runs += 4) {
            fill_constant(sides, 0, runs, value[v]);
            fill_constant(sides, 1, runs, value[v]);
            contrast(sides, &out);
            for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
                cr_assert_eq(out.row[i].verdict, VIZ_VERDICT_EQUIVALENT, "%d %u", v,
                             runs);
        }
    free(sides);
}

/* One run a side: no noise to test against. Five that never vary: their order does. */
Test(contrast, of_unequal_constants_needs_runs)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    fill_constant(sides, 0, 1, 5);
    fill_constant(sides, 1, 1, 6);
    contrast(sides, &out);
    cr_assert_eq(out.row[0].why, VIZ_WHY_CONSTANT);
    cr_assert_eq(out.row[0].verdict, VIZ_VERDICT_NOT_SHOWN);

    fill_constant(sides, 0, 5, 5);
    fill_constant(sides, 1, 5, 6);
    contrast(sides, &out);
    cr_assert_eq(out.row[0].why, VIZ_WHY_SHOWN);
    cr_assert_float_eq(out.row[0].test.p, 2.0 / 252, 1e-12);
    cr_assert_eq(out.row[0].verdict, VIZ_VERDICT_WORSE);

    fill_constant(sides, 0, 3, 5); /* 2 / C(6, 3) = 0.1 */
    fill_constant(sides, 1, 3, 6);
    contrast(sides, &out);
    cr_assert_eq(out.row[0].verdict, VIZ_VERDICT_NOT_SHOWN);
    free(sides);
}

Test(contrast, one_run_against_several_uses_their_variation)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    fill_side(sides, 0, 1, LENGTH, 100, 0, 1);
    fill_side(sides, 1, 6, LENGTH, 100, 2, 2);
    contrast(sides, &out);
    cr_assert_eq(out.level, VIZ_LEVEL_ONE_SIDE);
    cr_assert_float_eq(out.row[0].test.df, 5, 1e-12);
    cr_assert_eq(out.row[0].verdict, VIZ_VERDICT_NOT_SHOWN);
    free(sides);
}

/* The only run is short, and unsure of itself; the others are long and agree. */
Test(contrast, one_short_run_against_long_ones_is_as_unsure_as_it_is)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    int found = 0;
    for (uint64_t i = 0; i < 100; i++) {
        fill_side(sides, 0, 5, LENGTH, 100, 0, 1000 + 2 * i);
        fill_side(sides, 1, 1, 20, 100, 0, 1001 + 2 * i);
        contrast(sides, &out);
        cr_assert_eq(out.level, VIZ_LEVEL_ONE_SIDE);
        found += out.row[VIZ_STATISTIC_MEAN].test.p < 0.05;
    }
    cr_assert_leq(found, 13, "%d", found); /* 5 expected, 14 by chance in 1 of 2000 */
    free(sides);
}

/* Two values that come in stretches, about as often: nothing says that the median is the
 * one that it happens to be. */
Test(contrast, of_ties_that_hide_the_error_has_no_test)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    int tied = 0, equivalent = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct viz_random random;
        viz_random_seed(&random, seed);
        for (int s = 0; s < 2; s++) {
            double value = 1000;
            sides->runs[s] = 1;
            sides->n[s][0] = LENGTH;
            for (int i = 0; i < LENGTH; i++) {
                if (viz_random_below(&random, 20) == 0)
                    value =
                        viz_random_below(&random, 100) < (s ? 60 : 40) ? 1020 : 1000;
                sides->x[s][0][i] = value;
            }
        }
        contrast(sides, &out);
        const struct viz_contrast_row *row = &out.row[VIZ_STATISTIC_MEDIAN];
        tied += row->why == VIZ_WHY_TIED;
        equivalent += row->verdict == VIZ_VERDICT_EQUIVALENT;
    }
    cr_assert_leq(equivalent, 4, "%d", equivalent); /* true: 2 %, the limit is 1 */
    cr_assert_gt(tied, 0);
    free(sides);
}

/* Values rounded so that nine in ten are equal: their median is sure. */
Test(contrast, of_a_median_that_nothing_can_move_is_equivalent)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    for (int s = 0; s < 2; s++) {
        sides->runs[s] = 1;
        sides->n[s][0] = LENGTH;
        for (int i = 0; i < LENGTH; i++)
            sides->x[s][0][i] = i % 10 == 3 ? 17 : i % 20 == 7 ? 15 : 16;
    }
    contrast(sides, &out);
    cr_assert_eq(out.row[VIZ_STATISTIC_MEDIAN].why, VIZ_WHY_SHOWN);
    cr_assert_eq(out.row[VIZ_STATISTIC_MEDIAN].verdict, VIZ_VERDICT_EQUIVALENT);
    free(sides);
}

Test(contrast, d_is_of_single_values_at_every_level)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    fill_side(sides, 0, 5, LENGTH, 100, 0.01, 61);
    fill_side(sides, 1, 5, LENGTH, 100.5, 0.01, 62);
    contrast(sides, &out);
    cr_assert_float_eq(out.d_values, 0.5, 0.1, "%g", out.d_values);
    cr_assert_gt(out.effect.d, 3); /* in sd of runs' means */
    free(sides);
}

Test(contrast, runs_without_values_are_not_counted)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    fill_side(sides, 0, 3, LENGTH, 100, 1, 1);
    fill_side(sides, 1, 3, LENGTH, 100, 1, 2);
    sides->n[1][1] = 0;
    contrast(sides, &out);
    cr_assert_eq(out.runs_a, 3);
    cr_assert_eq(out.runs_b, 2);
    cr_assert_eq(out.row[0].why, VIZ_WHY_SHOWN);
    cr_assert(isfinite(out.row[VIZ_STATISTIC_P95].low));
    free(sides);
}

Test(contrast, intervals_hold_their_estimate_and_grow_with_confidence)
{
    struct sides *sides = sides_new();
    struct viz_contrast wide, narrow;
    struct viz_contrast_params params = standard;
    fill_side(sides, 0, 1, LENGTH, 100, 0, 21);
    fill_side(sides, 1, 1, LENGTH, 100.2, 0, 22);
    params.alpha = 0.01;
    contrast_with(sides, &params, &wide);
    params.alpha = 0.1;
    contrast_with(sides, &params, &narrow);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        const struct viz_contrast_row *w = &wide.row[i], *n = &narrow.row[i];
        cr_assert(w->low < n->low && n->low < n->test.delta, "%d", i);
        cr_assert(w->high > n->high && n->high > n->test.delta, "%d", i);
        cr_assert(n->ratio_low < n->ratio && n->ratio < n->ratio_high, "%d", i);
    }
    free(sides);
}

/* A p95 beside spikes: single runs are skewed, their mean over runs is not. */
Test(contrast, intervals_of_several_runs_are_welchs_for_every_statistic)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    fill_side(sides, 0, 5, LENGTH, 100, 0.1, 51);
    fill_side(sides, 1, 5, LENGTH, 100, 0.1, 52);
    for (int s = 0; s < 2; s++)
        for (int r = 0; r < 5; r++)
            for (int i = r; i < LENGTH; i += 22)
                sides->x[s][r][i] += 50;
    contrast(sides, &out);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        const struct viz_contrast_row *row = &out.row[i];
        double half = (row->boot_high - row->boot_low) / 6;
        cr_assert_eq(row->low, row->test.low, "%d", i);
        cr_assert_eq(row->high, row->test.high, "%d", i);
        cr_assert(row->boot_low < row->test.delta - half, "%d", i);
        cr_assert(row->boot_high > row->test.delta + half, "%d", i);
    }
    free(sides);
}

/* Sums of such values overflow: no figure, and no crash. */
Test(contrast, of_values_that_overflow_ends)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    fill_side(sides, 0, 1, LENGTH, 100, 0, 1);
    fill_side(sides, 1, 1, LENGTH, 100, 0, 2);
    for (int i = 0; i < LENGTH; i++)
        sides->x[0][0][i] = i % 2 ? 1.7e308 : -1.7e308;
    contrast(sides, &out);
    cr_assert_neq(out.row[VIZ_STATISTIC_MEAN].verdict, VIZ_VERDICT_WORSE);
    free(sides);
}

Test(contrast, moves_with_scale)
{
    struct sides *sides = sides_new();
    struct viz_contrast before, after;
    fill_side(sides, 0, 4, LENGTH, 100, 1, 31);
    fill_side(sides, 1, 4, LENGTH, 101, 1, 32);
    contrast(sides, &before);
    for (int s = 0; s < 2; s++)
        for (int r = 0; r < 4; r++)
            for (int i = 0; i < LENGTH; i++)
                sides->x[s][r][i] *= 1e-6;
    contrast(sides, &after);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        cr_assert_float_eq(after.row[i].test.p, before.row[i].test.p, 1e-6);
        cr_assert_float_eq(after.row[i].low * 1e6, before.row[i].low, 1e-6);
        cr_assert_float_eq(after.row[i].ratio_high, before.row[i].ratio_high, 1e-6);
        cr_assert_eq(after.row[i].verdict, before.row[i].verdict);
    }
    free(sides);
}

/* A ratio of what may be 0 or negative says nothing. */
Test(contrast, has_no_ratio_where_values_are_not_positive)
{
    struct sides *sides = sides_new();
    struct viz_contrast out;
    fill_side(sides, 0, 4, LENGTH, -100, 1, 41);
    fill_side(sides, 1, 4, LENGTH, -90, 1, 42);
    contrast(sides, &out);
    cr_assert(isnan(out.row[0].ratio) && isnan(out.row[0].ratio_low));
    cr_assert_eq(out.row[0].verdict, VIZ_VERDICT_WORSE);
    cr_assert_float_eq(out.row[0].limit, 1, 0.02);
    free(sides);
}
