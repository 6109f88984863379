/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "near_rig.h"

#include <viz/multiplicity.h>
#include <viz/random.h>

#include <criterion/criterion.h>
#include <string.h>

#define FAMILY 15

/* The example of Benjamini and Hochberg (1995). */
static const double published[FAMILY] = {.0001, .0004, .0019, .0095, .0201,
                                         .0278, .0298, .0344, .0459, .3240,
                                         .4262, .5719, .6528, .7590, 1};

typedef void adjustment(const double *p, size_t n, double *out);

static void expect_adjusted(adjustment *adjust, const double *wanted)
{
    double out[FAMILY], backwards[FAMILY];

    adjust(published, FAMILY, out);
    for (int i = 0; i < FAMILY; i++)
        expect_near(out[i], wanted[i]);
    for (int i = 0; i < FAMILY; i++)
        backwards[i] = published[FAMILY - 1 - i];
    adjust(backwards, FAMILY, backwards);
    for (int i = 0; i < FAMILY; i++)
        cr_expect_eq(backwards[i], out[FAMILY - 1 - i], "order matters at %d", i);
}

static int below(const double *p, double alpha)
{
    int count = 0;
    for (int i = 0; i < FAMILY; i++)
        count += p[i] < alpha;
    return count;
}

/* All by R's p.adjust. */
Test(multiplicity, the_published_example_comes_out)
{
    static const double bh[] = {0.0015,
                                0.003,
                                0.0095,
                                0.035625,
                                0.0603,
                                0.063857142857142862,
                                0.063857142857142862,
                                0.0645,
                                0.0765,
                                0.486,
                                0.58118181818181813,
                                0.714875,
                                0.75323076923076926,
                                0.81321428571428567,
                                1};
    static const double by[] = {0.0049773434898434899,
                                0.0099546869796869799,
                                0.031523175435675434,
                                0.11821190788378289,
                                0.20008920829170829,
                                0.21189262285333715,
                                0.21189262285333715,
                                0.21402577006327006,
                                0.25384451798201801,
                                1,
                                1,
                                1,
                                1,
                                1,
                                1};
    static const double holm[] = {0.0015, 0.0056, 0.0247, 0.114,  0.2211,
                                  0.278,  0.278,  0.278,  0.3213, 1,
                                  1,      1,      1,      1,      1};
    double out[FAMILY];

    expect_adjusted(viz_adjust_bh, bh);
    expect_adjusted(viz_adjust_by, by);
    expect_adjusted(viz_adjust_holm, holm);
    viz_adjust_bh(published, FAMILY, out);
    cr_expect_eq(below(out, 0.05), 4);
    cr_expect_eq(below(published, 0.05 / FAMILY), 3); /* Bonferroni */
}

Test(multiplicity, what_is_nan_is_not_of_the_family)
{
    static const double p[] = {NAN, 0.01, NAN, 0.04, 0.03, NAN};
    static const double bh[] = {NAN, 0.03, NAN, 0.04, 0.04, NAN};
    static const double holm[] = {NAN, 0.03, NAN, 0.06, 0.06, NAN};
    double out[6], by[6];

    viz_adjust_bh(p, 6, out);
    viz_adjust_by(p, 6, by);
    for (int i = 0; i < 6; i++) {
        if (isnan(p[i])) {
            expect_nan(out[i]);
            expect_nan(by[i]);
            continue;
        }
        expect_near(out[i], bh[i]);
        expect_near(by[i], bh[i] * (1 + 1 / 2. + 1 / 3.));
    }
    viz_adjust_holm(p, 6, out);
    for (int i = 0; i < 6; i++)
        if (isnan(p[i]))
            expect_nan(out[i]);
        else
            expect_near(out[i], holm[i]);
}

Test(multiplicity, a_family_of_none_or_one_changes_nothing)
{
    static adjustment *const all[] = {viz_adjust_bh, viz_adjust_by, viz_adjust_holm};
    for (int i = 0; i < 3; i++) {
        double one = 0.2, none = 7, nan = NAN;
        all[i](&one, 1, &one);
        cr_expect_eq(one, 0.2);
        all[i](&none, 0, &none);
        cr_expect_eq(none, 7);
        all[i](&nan, 1, &nan);
        expect_nan(nan);
    }
}

Test(multiplicity, ties_and_extremes_stay_probabilities)
{
    static const double ties[] = {0.5, 0.5, 0.5, 0, 0, 1, 1e-320};
    double out[7];

    viz_adjust_bh(ties, 7, out);
    expect_near(out[0], 7 / 6. * 0.5);
    cr_expect(out[0] == out[1] && out[1] == out[2]);
    cr_expect(out[3] == 0 && out[4] == 0 && out[5] == 1);
    viz_adjust_holm(ties, 7, out);
    cr_expect(out[0] == 1 && out[1] == 1 && out[3] == 0 && out[5] == 1);
}

/* Never below what it was, in the same order, BH <= BY and BH <= Holm. */
Test(multiplicity, adjusting_keeps_the_order_and_never_helps)
{
    struct viz_random random;
    double p[40], bh[40], by[40], holm[40];

    viz_random_seed(&random, 5);
    for (int round = 0; round < 500; round++) {
        size_t n = 1 + viz_random_below(&random, 40);
        for (size_t i = 0; i < n; i++) {
            double u = viz_random_unit(&random);
            p[i] = round % 2 ? u : floor(10 * u * u) / 10;
        }
        viz_adjust_bh(p, n, bh);
        viz_adjust_by(p, n, by);
        viz_adjust_holm(p, n, holm);
        for (size_t i = 0; i < n; i++) {
            cr_expect(p[i] <= bh[i] && bh[i] <= by[i] && by[i] <= 1);
            cr_expect(bh[i] <= holm[i] * (1 + 1e-15) && holm[i] <= 1);
            for (size_t j = 0; j < n; j++)
                if (p[i] <= p[j])
                    cr_expect(bh[i] <= bh[j] && by[i] <= by[j] && holm[i] <= holm[j]);
        }
    }
}
