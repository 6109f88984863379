/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "near_rig.h"

#include <viz/effect.h>
#include <viz/random.h>
#include <viz/special.h>

#include <criterion/criterion.h>
#include <float.h>

TestSuite(effect, .init = viz_special_start);

static struct viz_effect effect(struct viz_moments a, struct viz_moments b)
{
    struct viz_effect out;
    viz_effect(&a, &b, 0.05, &out);
    return out;
}

static struct viz_effect effect_of(const double *a, size_t m, const double *b, size_t n)
{
    struct viz_moments of_a, of_b;
    viz_moments_of(a, m, &of_a);
    viz_moments_of(b, n, &of_b);
    return effect(of_a, of_b);
}

/* Two sides with a pooled sd of 1 that are @d apart. */
static struct viz_effect effect_at(double n_a, double n_b, double d)
{
    return effect((struct viz_moments){n_a, 10, 1},
                  (struct viz_moments){n_b, 10 + d, 1});
}

static void expect_all_nan(struct viz_effect e)
{
    const double all[] = {e.d, e.g, e.j, e.low, e.high, e.d_low, e.d_high, e.glass};
    for (size_t i = 0; i < count_of(all); i++)
        cr_expect(isnan(all[i]), "figure %zu: %g", i, all[i]);
}

/* Limits with more digits than R's are by quadrature of the noncentral t. */
Test(effect, sleep_is_as_r_says)
{
    const double a[] = {.7, -1.6, -.2, -1.2, -.1, 3.4, 3.7, .8, 0, 2};
    const double b[] = {1.9, .8, 1.1, .1, -.1, 4.4, 5.5, 1.6, 4.6, 3.4};
    struct viz_effect e = effect_of(a, 10, b, 10);
    expect_near(e.d, 0.83218108134954);
    expect_near(e.j, 0.95764642702372);
    expect_near(e.g, 0.796935239191122);
    expect_within(e.d_low, -0.0954503982, 1e-9);
    expect_within(e.d_high, 1.7388168991, 1e-10);
    expect_within(e.d_low, -0.09545039821145836, 1e-10);
    expect_within(e.d_high, 1.738816899106731, 1e-10);
    expect_near(e.low, e.j * e.d_low);
    expect_near(e.high, e.j * e.d_high);
    expect_near(e.glass, 0.8831701903605378);
}

Test(effect, rosetta_sets_are_as_published)
{
    const double a[] = {27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1,
                        21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4};
    const double b[] = {27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0,
                        24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4};
    struct viz_effect e = effect_of(a, 15, b, 15);
    expect_near(e.d, 0.896569390703923);
    expect_within(e.d_low, 0.1364621411077466, 1e-9);
    expect_within(e.d_high, 1.642229351320685, 1e-10);
}

Test(effect, sizes_may_be_unequal_and_not_whole)
{
    struct viz_effect e = effect_at(2, 3, 3);
    expect_near(e.d, 3);
    expect_within(e.d_low, 0.04148580858997152, 1e-8);
    expect_within(e.d_high, 5.82953506539582, 1e-10);
    struct viz_moments a = {500.5, 0, 1}, b = {400.25, 0.2, 1};
    viz_effect(&a, &b, 0.1, &e);
    expect_within(e.d_low, 0.08937552447827291, 1e-10);
    expect_within(e.d_high, 0.3105135369751918, 1e-10);
}

Test(effect, pooled_sd_weighs_by_degrees_of_freedom)
{
    struct viz_effect e =
        effect((struct viz_moments){3, 1, 4}, (struct viz_moments){7, 5, 1});
    expect_near(e.d, 4 / sqrt((2 * 4 + 6 * 1) / 8.0));
    expect_near(e.glass, 2);
    expect_near(e.j, 0.90270333367641);
}

Test(effect, hedges_factor_is_exact_for_few_and_for_many)
{
    expect_near(effect_at(2, 2, 1).j, 1 / sqrt(M_PI));
    expect_near(effect_at(2, 3, 1).j, 0.7236012545582676);
    expect_near(effect_at(51, 51, 1).j, 0.9924780549814028);
    /* In 60 digits; gamma goes over to its series at 201 degrees of freedom. */
    const double df[] = {18, 200, 202, 300, 1000, 20000};
    const double wanted[] = {0.957646427023718105, 0.996244522479126554,
                             0.996281759205751203, 0.997497566843858608,
                             0.999249781179716368, 0.999962499453116211};
    for (size_t i = 0; i < count_of(df); i++)
        expect_within(effect_at(df[i] / 2 + 1, df[i] / 2 + 1, 1).j, wanted[i], 2e-14);
    cr_expect_lt(effect_at(1e7, 1e7, 1).j, 1);
    double before = effect_at(101.4999999999, 101.4999999999, 1).j;
    double after = effect_at(101.5000000001, 101.5000000001, 1).j;
    expect_within(before, after, 1e-13);
}

Test(effect, factor_follows_its_recurrence)
{
    /* j(m) j(m + 1) (m / (m - 1)) sqrt((m + 1) / m) = 1, from gamma(z + 1) = z gamma(z). */
    for (double m = 2; m < 500; m += 0.5) {
        double j = effect_at(m / 2 + 1, m / 2 + 1, 1).j;
        double next = effect_at(m / 2 + 1.5, m / 2 + 1.5, 1).j;
        expect_within(j * next * m / (m - 1) * sqrt((m + 1) / m), 1, 1e-13);
    }
}

Test(effect, sides_exchanged_change_the_sign)
{
    struct viz_moments a = {12, 3, 2}, b = {9, 4, 5};
    struct viz_effect there = effect(a, b), back = effect(b, a);
    cr_expect_eq(there.d, -back.d);
    cr_expect_eq(there.g, -back.g);
    expect_within(there.low, -back.high, 1e-9);
    expect_within(there.high, -back.low, 1e-9);
    expect_near(there.glass, 1 / sqrt(2));
    expect_near(back.glass, -1 / sqrt(5));
}

Test(effect, no_difference_is_none_with_limits_to_both_sides)
{
    struct viz_effect e = effect_at(20, 20, 0);
    cr_expect_eq(e.d, 0);
    cr_expect_eq(e.g, 0);
    cr_expect_eq(e.glass, 0);
    expect_within(e.low, -e.high, 1e-9);
    expect_within(e.d_high, 1.959963984540054 * sqrt(0.1),
                  1e-9); /* T > 0 is Z > -ncp */
}

Test(effect, limits_hold_the_test)
{
    struct viz_random random;
    viz_random_seed(&random, 1);
    int found = 0;
    for (int round = 0; round < 300; round++) {
        struct viz_moments a = {2 + 30 * viz_random_unit(&random), 0, 1};
        struct viz_moments b = {2 + 30 * viz_random_unit(&random),
                                viz_random_normal(&random), 1};
        struct viz_effect e = effect(a, b);
        struct viz_t_test test;
        viz_student(&a, &b, 0.05, &test);
        cr_expect(e.d_low < e.d && e.d < e.d_high);
        cr_expect(fabs(e.g) < fabs(e.d));
        cr_expect_eq(test.p<0.05, e.low> 0 || e.high < 0, "p %.12g, %.12g to %.12g",
                     test.p, e.low, e.high);
        found += test.p < 0.05;
    }
    cr_expect(found > 50 && found < 280, "%d", found);
}

Test(effect, limits_cover_the_truth_as_often_as_said)
{
    struct viz_random random;
    viz_random_seed(&random, 2);
    int covered = 0;
    double sum = 0, rounds = 2000;
    for (int round = 0; round < rounds; round++) {
        double a[8], b[6];
        for (int i = 0; i < 8; i++)
            a[i] = 5 + 2 * viz_random_normal(&random);
        for (int i = 0; i < 6; i++)
            b[i] = 7 + 2 * viz_random_normal(&random);
        struct viz_effect e = effect_of(a, 8, b, 6);
        covered += e.d_low <= 1 && e.d_high >= 1;
        sum += e.g;
    }
    cr_expect(covered > 1860 && covered < 1940, "%d", covered);
    cr_expect_float_eq(sum / rounds, 1, 0.06, "%g", sum / rounds); /* g is not biased */
}

Test(effect, nothing_to_measure_by_is_nan_throughout)
{
    expect_all_nan(
        effect((struct viz_moments){5, 1, 0}, (struct viz_moments){5, 2, 0}));
    expect_all_nan(
        effect((struct viz_moments){5, 1, 0}, (struct viz_moments){5, 1, 0}));
    expect_all_nan(
        effect((struct viz_moments){1, 1, NAN}, (struct viz_moments){1, 2, NAN}));
    expect_all_nan(
        effect((struct viz_moments){0, NAN, NAN}, (struct viz_moments){5, 2, 1}));
    expect_all_nan(
        effect((struct viz_moments){5, 2, 1}, (struct viz_moments){0, NAN, NAN}));
    expect_all_nan(
        effect((struct viz_moments){1.4, 2, 1}, (struct viz_moments){1.5, 3, 1}));
}

Test(effect, one_value_is_measured_by_the_other_side)
{
    struct viz_effect e =
        effect((struct viz_moments){1, 2, NAN}, (struct viz_moments){10, 6, 4});
    expect_near(e.d, 2);
    cr_expect(e.low < e.g && e.g < e.high);
    expect_nan(e.glass);
    e = effect((struct viz_moments){10, 6, 4}, (struct viz_moments){1, 2, NAN});
    expect_near(e.d, -2);
    expect_near(e.glass, -2);
}

Test(effect, three_values_have_d_alone)
{
    struct viz_effect e =
        effect((struct viz_moments){2, 1, 1}, (struct viz_moments){1, 3, NAN});
    expect_near(e.d, 2);
    expect_nan(e.j);
    expect_nan(e.g);
    expect_nan(e.low);
    expect_nan(e.high);
    cr_expect(e.d_low < 2 && e.d_high > 2);
}

Test(effect, glass_is_nan_where_a_has_no_spread)
{
    struct viz_effect e =
        effect((struct viz_moments){5, 1, 0}, (struct viz_moments){5, 2, 2});
    expect_near(e.d, 1);
    expect_nan(e.glass);
}

Test(effect, huge_and_tiny_values_give_numbers_or_nan)
{
    const double sizes[] = {DBL_MAX, 1e300, 1e160, 1e150, 1e-150, 1e-160, DBL_TRUE_MIN};
    for (size_t i = 0; i < count_of(sizes); i++) {
        double s = sizes[i], a[] = {s, s / 2, -s, 0}, b[] = {s, s, s / 3, s};
        struct viz_effect e = effect_of(a, 4, b, 4);
        const double all[] = {e.d, e.g, e.j, e.low, e.high, e.d_low, e.d_high, e.glass};
        for (size_t k = 0; k < count_of(all); k++)
            cr_expect_not(isinf(all[k]), "%g: figure %zu", s, k);
    }
    struct viz_effect e = effect_at(5, 5, 1e300);
    cr_expect(e.d_low < e.d && e.d < e.d_high);
    expect_all_nan(effect((struct viz_moments){5, 0, 1e-300},
                          (struct viz_moments){5, 1e300, 1e-300}));
}
