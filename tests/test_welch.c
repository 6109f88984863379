/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "near_rig.h"

#include <viz/random.h>
#include <viz/special.h>
#include <viz/welch.h>

#include <criterion/criterion.h>
#include <float.h>

static const double sleep_a[] = {.7, -1.6, -.2, -1.2, -.1, 3.4, 3.7, .8, 0, 2};
static const double sleep_b[] = {1.9, .8, 1.1, .1, -.1, 4.4, 5.5, 1.6, 4.6, 3.4};
static const double rosetta_a[] = {27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1,
                                   21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4};
static const double rosetta_b[] = {27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0,
                                   24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4};

TestSuite(welch, .init = viz_special_start);

static struct viz_moments moments(const double *x, size_t n)
{
    struct viz_moments out;
    viz_moments_of(x, n, &out);
    return out;
}

static struct viz_t_test welch(struct viz_moments a, struct viz_moments b, double alpha)
{
    struct viz_t_test out;
    viz_welch(&a, &b, alpha, &out);
    return out;
}

static struct viz_t_test student(struct viz_moments a, struct viz_moments b)
{
    struct viz_t_test out;
    viz_student(&a, &b, 0.05, &out);
    return out;
}

static struct viz_tost tost(struct viz_t_test test, double limit, double alpha)
{
    struct viz_tost out;
    viz_tost(&test, limit, alpha, &out);
    return out;
}

static struct viz_t_test one_against(struct viz_moments a, struct viz_moments b)
{
    struct viz_t_test out;
    viz_one_against(&a, &b, 0.05, &out);
    return out;
}

static struct viz_t_test t_of(double delta, double se, double df)
{
    struct viz_t_test out;
    viz_t_of(delta, se, df, 0.05, &out);
    return out;
}

static void expect_unknown(struct viz_t_test test)
{
    expect_nan(test.se);
    expect_nan(test.df);
    expect_nan(test.t);
    expect_nan(test.p);
    expect_nan(test.low);
    expect_nan(test.high);
}

Test(welch, sleep_is_as_r_says)
{
    struct viz_t_test test = welch(moments(sleep_a, 10), moments(sleep_b, 10), 0.05);
    expect_near(test.delta, 1.58);
    expect_near(test.t, 1.86081346748685);
    expect_near(test.df, 17.7764735161785);
    expect_near(test.p, 0.0793941401873582);
    expect_near(test.low, -0.20548323071171);
    expect_near(test.high, 3.36548323071171);
    expect_near(test.se, test.delta / test.t);
}

Test(welch, sleep_with_one_variance_is_as_r_says)
{
    struct viz_t_test test = student(moments(sleep_a, 10), moments(sleep_b, 10));
    expect_near(test.t, 1.86081346748685);
    expect_near(test.df, 18);
    expect_near(test.p, 0.0791867142159382);
}

Test(welch, rosetta_sets_are_as_published)
{
    struct viz_t_test test =
        welch(moments(rosetta_a, 15), moments(rosetta_b, 15), 0.05);
    expect_near(test.t, 2.45535639828601);
    expect_near(test.df, 24.9885292902314);
    expect_near(test.p, 0.021378001462867);
    expect_near(test.low, 0.349237066192407);
    expect_near(test.high, 3.98409626714093);

    test = student(moments(rosetta_a, 15), moments(rosetta_b, 15));
    expect_near(test.p, 0.02054452273413);
    expect_near(test.low, 0.3591019982593222);

    const double few[] = {3, 4, 1, 2.1}, far[] = {490.2, 340, 433.9};
    test = welch(moments(few, 4), moments(far, 3), 0.05);
    expect_near(test.t, 9.55949772193266);
    expect_near(test.df, 2.00085234885628);
    expect_near(test.p, 0.0107515611497845);
    expect_near(test.low, 230.4013513433527);
    expect_near(test.high, 607.2819819899806);
}

Test(welch, summaries_of_cars_are_as_nist_and_r_say)
{
    const struct viz_moments us = {249, 20.14458, 6.41470 * 6.41470};
    const struct viz_moments japan = {79, 30.48101, 6.10771 * 6.10771};
    struct viz_t_test test = student(us, japan);
    expect_near(test.df, 326);
    expect_within(test.t, 12.62059, 5e-7); /* published */
    expect_near(test.t, 12.62058500044476);
    expect_near(test.se / sqrt(1.0 / 249 + 1.0 / 79), 6.342600815210088);

    test = welch(us, japan, 0.05);
    expect_near(test.t, 12.9462675656588);
    expect_near(test.df, 136.874990093694);
    expect_near(test.low, 8.75761621912782);
    expect_near(test.high, 11.9152437808722);
    expect_near(test.p, 1.57090461546484e-25);
}

Test(welch, sides_exchanged_change_only_the_sign)
{
    struct viz_moments a = moments(rosetta_a, 15), b = moments(sleep_b, 10);
    struct viz_t_test there = welch(a, b, 0.1), back = welch(b, a, 0.1);
    cr_expect_eq(there.delta, -back.delta);
    cr_expect_eq(there.t, -back.t);
    cr_expect_eq(there.low, -back.high);
    cr_expect_eq(there.high, -back.low);
    expect_near(there.df, back.df);
    expect_near(there.p, back.p);
}

Test(welch, effective_sizes_need_not_be_whole)
{
    struct viz_t_test low =
        welch((struct viz_moments){30, 1, 4}, (struct viz_moments){40, 2, 9}, 0.05);
    struct viz_t_test between =
        welch((struct viz_moments){30.5, 1, 4}, (struct viz_moments){40.5, 2, 9}, 0.05);
    struct viz_t_test high =
        welch((struct viz_moments){31, 1, 4}, (struct viz_moments){41, 2, 9}, 0.05);
    cr_expect(low.p > between.p && between.p > high.p);
    cr_expect(low.df < between.df && between.df < high.df);
    cr_expect(low.low < between.low && between.low < high.low);
}

Test(welch, moments_of_nothing_and_of_one)
{
    const double one[] = {3};
    struct viz_moments none = moments(NULL, 0), single = moments(one, 1);
    cr_expect_eq(none.n, 0);
    expect_nan(none.mean);
    expect_nan(none.variance);
    cr_expect_eq(single.n, 1);
    cr_expect_eq(single.mean, 3);
    expect_nan(single.variance);
}

Test(welch, fewer_than_two_on_a_side_say_nothing_but_the_difference)
{
    const struct viz_moments one = {1, 3, NAN}, none = {0, NAN, NAN},
                             almost = {1.99, 3, 1}, some = {5, 4, 2};
    struct viz_t_test test = welch(one, some, 0.05);
    cr_expect_eq(test.delta, 1);
    expect_unknown(test);
    expect_unknown(welch(some, one, 0.05));
    expect_unknown(welch(almost, some, 0.05));
    expect_unknown(student(some, one));
    expect_unknown(student(almost, some));
    test = welch(none, some, 0.05);
    expect_nan(test.delta);
    expect_unknown(test);
}

Test(welch, constant_sides_that_differ_cannot_be_tested)
{
    const struct viz_moments a = {5, 3, 0}, b = {5, 4, 0};
    struct viz_t_test test = welch(a, b, 0.05);
    cr_expect_eq(test.delta, 1);
    expect_unknown(test);
    expect_unknown(student(a, b));
    struct viz_tost none = tost(test, 2, 0.05);
    expect_nan(none.p);
    expect_nan(none.low);
    expect_nan(none.high);
}

Test(welch, constant_sides_that_agree_are_equal)
{
    const struct viz_moments a = {5, 3, 0}, b = {2, 3, 0};
    struct viz_t_test tests[] = {welch(a, b, 0.05), student(a, b)};
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(tests[i].delta, 0);
        cr_expect_eq(tests[i].p, 1);
        cr_expect_eq(tests[i].low, 0);
        cr_expect_eq(tests[i].high, 0);
        cr_expect_eq(tost(tests[i], 0.1, 0.05).p, 0);
        cr_expect_eq(tost(tests[i], 0, 0.05).p, 1);
    }
}

Test(welch, one_constant_side_leaves_the_degrees_of_the_other)
{
    struct viz_t_test test =
        welch((struct viz_moments){5, 3, 0}, (struct viz_moments){8, 4, 2}, 0.05);
    expect_near(test.df, 7);
    expect_near(test.se, 0.5);
    expect_near(test.t, 2);
}

Test(welch, huge_and_tiny_values_give_numbers_or_nan)
{
    const double sizes[] = {DBL_MAX, 1e300, 1e200, 1e153, 1e-160, 1e-300, DBL_TRUE_MIN};
    for (size_t i = 0; i < count_of(sizes); i++) {
        double a[] = {sizes[i], sizes[i] / 2, -sizes[i], 0};
        double b[] = {-sizes[i], sizes[i], sizes[i], sizes[i] / 3};
        struct viz_t_test test = welch(moments(a, 4), moments(b, 4), 0.05);
        const double all[] = {test.delta, test.se,  test.df,  test.t,
                              test.p,     test.low, test.high};
        for (size_t k = 0; k < count_of(all); k++)
            cr_expect_not(isinf(all[k]), "%g: figure %zu", sizes[i], k);
        struct viz_tost two = tost(test, sizes[i], 0.05);
        cr_expect_not(isinf(two.low) || isinf(two.high) || isinf(two.p));
    }
    /* Squares of these variances overflow, the answer does not. */
    struct viz_t_test test = welch((struct viz_moments){10, 0, 1e300},
                                   (struct viz_moments){10, 1e150, 1e300}, 0.05);
    expect_near(test.df, 18);
    expect_near(test.t, sqrt(5));
}

Test(welch, follows_shift_and_scale)
{
    struct viz_random random;
    viz_random_seed(&random, 1);
    for (int round = 0; round < 200; round++) {
        double a[2][12], b[2][9], shift = viz_random_normal(&random) * 100,
                                  scale = exp(viz_random_normal(&random) * 3);
        for (int i = 0; i < 12; i++)
            a[1][i] = scale * (a[0][i] = viz_random_normal(&random)) + shift;
        for (int i = 0; i < 9; i++)
            b[1][i] = scale * (b[0][i] = 1 + 2 * viz_random_normal(&random)) + shift;
        struct viz_t_test plain = welch(moments(a[0], 12), moments(b[0], 9), 0.05);
        struct viz_t_test moved = welch(moments(a[1], 12), moments(b[1], 9), 0.05);
        double rounding = 1e-12 * (1 + fabs(shift) / scale);
        cr_expect_float_eq(moved.delta / scale, plain.delta, rounding);
        cr_expect_float_eq(moved.low / scale, plain.low, rounding * 10);
        cr_expect_float_eq(moved.high / scale, plain.high, rounding * 10);
        cr_expect_float_eq(moved.df, plain.df, rounding * 100);
        cr_expect_float_eq(moved.p, plain.p, rounding * 10);
        cr_expect(plain.p >= 0 && plain.p <= 1);
        cr_expect_eq(plain.p<0.05, plain.low> 0 || plain.high < 0);
    }
}

Test(welch, equal_means_are_told_apart_as_often_as_alpha_says)
{
    struct viz_random random;
    viz_random_seed(&random, 2);
    int found = 0, covered = 0, rounds = 4000;
    for (int round = 0; round < rounds; round++) {
        double a[8], b[15];
        for (int i = 0; i < 8; i++)
            a[i] = 3 * viz_random_normal(&random);
        for (int i = 0; i < 15; i++)
            b[i] = viz_random_normal(&random);
        struct viz_t_test test = welch(moments(a, 8), moments(b, 15), 0.05);
        found += test.p < 0.05;
        covered += test.low <= 0 && test.high >= 0;
    }
    /* 5 % of 4000 and four standard deviations to either side. */
    cr_expect(found > 145 && found < 255, "%d", found);
    cr_expect_eq(covered, rounds - found);
}

Test(welch, one_value_is_predicted_with_its_own_spread)
{
    const double one[] = {5.5};
    struct viz_t_test test = one_against(moments(sleep_a, 10), moments(one, 1));
    expect_near(test.delta, 4.75);
    expect_near(test.t, 2.531538764631003);
    expect_near(test.df, 9);
    expect_near(test.p, 0.03215408752660226);
    expect_near(test.low, 0.50544855428761259);
    expect_near(test.high, 8.99455144571238741);
    struct viz_t_test back = one_against(moments(one, 1), moments(sleep_a, 10));
    cr_expect_eq(back.delta, -test.delta);
    cr_expect_eq(back.p, test.p);
}

Test(welch, one_value_needs_a_sample_to_be_held_against)
{
    const struct viz_moments one = {1, 3, NAN}, none = {0, NAN, NAN}, some = {5, 4, 2},
                             constant = {5, 4, 0}, same = {1, 4, NAN};
    struct viz_t_test test = one_against(one, one);
    cr_expect_eq(test.delta, 0);
    expect_unknown(test);
    expect_unknown(one_against(one, none));
    expect_unknown(one_against(some, some));
    expect_unknown(one_against(one, constant));
    cr_expect_eq(one_against(same, constant).p, 1);
}

Test(welch, an_estimate_with_its_error_is_a_test)
{
    struct viz_t_test test = t_of(-3, 1.5, 10);
    expect_near(test.p, 2 * 0.0366940173853702);
    expect_near(test.t, -2);
    expect_near(test.low + test.high, -6);
    test = t_of(1.959963984540054, 1, INFINITY);
    expect_within(test.p, 0.05, 1e-13);
    expect_within(test.low + 1, 1, 1e-14);
    expect_unknown(t_of(1, 0, 5));
    expect_unknown(t_of(1, -1, 5));
    expect_unknown(t_of(1, 1, 0));
    expect_unknown(t_of(1, NAN, 5));
    expect_unknown(t_of(1, INFINITY, 5));
    expect_unknown(t_of(NAN, 1, 5));
    expect_unknown(t_of(1e300, 1e-300, 5));
}

Test(welch, sleep_is_equivalent_within_four_hours)
{
    struct viz_tost two =
        tost(welch(moments(sleep_a, 10), moments(sleep_b, 10), 0.05), 4, 0.05);
    expect_within(two.p_low, 1.90040568e-6, 1e-8);
    expect_near(two.p_high, 0.00536162410315912);
    expect_near(two.p, 0.00536162410315912);
    expect_near(two.low, 0.106618502668394);
    expect_near(two.high, 3.05338149733161);
}

Test(welch, equivalent_means_an_interval_inside_the_limits)
{
    struct viz_random random;
    viz_random_seed(&random, 3);
    int equivalent = 0;
    for (int round = 0; round < 2000; round++) {
        struct viz_t_test test =
            t_of(viz_random_normal(&random), 0.1 + viz_random_unit(&random),
                 1 + 40 * viz_random_unit(&random));
        double limit = 4 * viz_random_unit(&random);
        struct viz_tost two = tost(test, limit, 0.05);
        bool inside = two.low > -limit && two.high < limit;
        cr_expect_eq(two.p < 0.05, inside, "p %g, %g to %g in %g", two.p, two.low,
                     two.high, limit);
        equivalent += inside;
    }
    cr_expect(equivalent > 200 && equivalent < 1800, "%d", equivalent);
}

Test(welch, detectable_is_two_quantiles_of_standard_errors)
{
    expect_near(viz_detectable(0.5, INFINITY, 0.05, 0.8),
                0.5 * (1.959963984540054 + 0.8416212335729143));
    expect_near(viz_detectable(2, 7.5, 0.05, 0.5), 2 * 2.33303962686497);
    expect_nan(viz_detectable(NAN, 5, 0.05, 0.8));
    expect_nan(viz_detectable(1, NAN, 0.05, 0.8));
    expect_nan(viz_detectable(1, 5, 0.05, 1));
}

/* With both tails statsmodels has 0.868953027583838: its t quantile is good for 1e-10. The
 * other figures with more digits, here and below, are by quadrature. */
Test(welch, power_of_twenty_a_side)
{
    expect_near(viz_power(20, 1, 0.05, 0), 0.868952801692498);
    expect_within(viz_power(20, 1, 0.05, 1), 0.868953027583838, 1e-9);
    expect_near(viz_power(20, 1, 0.05, 0), 0.8689528016921244);
    expect_near(viz_power(20, 1, 0.05, 1), 0.8689530277239871);
    expect_near(viz_power(20, -1, 0.05, 0), 0.8689528016921244);
    expect_near(viz_power(5, 2, 0.05, 0), 0.7905416315352438);
    expect_near(viz_power(10.5, 0.7, 0.01, 1), 0.1339341657242312);
}

Test(welch, power_without_an_effect_is_the_level)
{
    expect_within(viz_power(7, 0, 0.05, 1), 0.05, 1e-9);
    expect_within(viz_power(7, 0, 0.05, 0), 0.025, 1e-9);
}

/* R's own search stops early: 22.0210977 and, for the effect, 0.398140044981864. */
Test(welch, values_and_effects_for_a_power)
{
    expect_within(viz_power_needs(1, 0.05, 0.9), 22.0210977, 2e-7);
    expect_within(viz_power_needs(1, 0.05, 0.9), 22.02109557009713, 1e-11);
    expect_within(viz_power_needs(-1, 0.05, 0.9), 22.02109557009713, 1e-11);
    expect_within(viz_power_needs(0.1, 0.05, 0.8), 1570.73688800961, 1e-11);
    expect_within(viz_power_effect(100, 0.05, 0.8), 0.398140044981864, 5e-6);
    expect_within(viz_power_effect(100, 0.05, 0.8), 0.3981386248742804, 1e-11);
    expect_within(viz_power_effect(3, 0.05, 0.9), 3.589205553572469, 1e-11);
}

Test(welch, needs_and_effect_undo_power)
{
    const double effects[] = {0.003, 0.02, 0.3, 0.8, 2, 4}, powers[] = {0.1, 0.8, 0.99};
    for (size_t i = 0; i < count_of(effects); i++)
        for (size_t k = 0; k < count_of(powers); k++) {
            double n = viz_power_needs(effects[i], 0.05, powers[k]);
            cr_assert(n >= 2, "%g %g: %g", effects[i], powers[k], n);
            if (n > 2)
                expect_within(viz_power(n, effects[i], 0.05, 0), powers[k], 1e-9);
            if (n > 2)
                expect_within(viz_power_effect(n, 0.05, powers[k]), effects[i], 1e-8);
        }
}

Test(welch, plans_that_cannot_be_have_no_number)
{
    cr_expect_eq(viz_power_needs(1000, 0.05, 0.9), 2);
    expect_nan(viz_power_needs(0, 0.05, 0.9));
    expect_nan(viz_power_needs(1e-5, 0.05, 0.9));
    expect_nan(viz_power_needs(1, 0.05, 1));
    expect_nan(viz_power_needs(1, 0, 0.9));
    expect_nan(viz_power_needs(NAN, 0.05, 0.9));
    expect_nan(viz_power(1, 1, 0.05, 0));
    expect_nan(viz_power(NAN, 1, 0.05, 0));
    expect_nan(viz_power(20, NAN, 0.05, 0));
    expect_nan(viz_power(20, 1, 1, 0));
    expect_nan(viz_power_effect(1, 0.05, 0.9));
    expect_nan(viz_power_effect(20, 0.05, 1));
    cr_expect_eq(viz_power_effect(20, 0.05, 0.01), 0);
}
