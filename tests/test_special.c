/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures are R 4.2.2's where nothing else is said. */
#include "near_rig.h"

#include <viz/random.h>
#include <viz/special.h>

#include <criterion/criterion.h>
#include <float.h>

TestSuite(special, .init = viz_special_start);

/* --- Student ------------------------------------------------------------------------- */

Test(special, t_is_as_in_r_far_out_too)
{
    static const double cases[][3] = {
        {0.01, 0.3, 0.49770697306363543},   {1.5, 0.3, 0.3061638334143893},
        {8, 0.3, 0.18721852014226753},      {40, 0.3, 0.11556416301501272},
        {0.01, 1, 0.49681700723509176},     {1.5, 1, 0.1871670418109988},
        {8, 1, 0.039583424160565539},       {40, 1, 0.007956089912025812},
        {0.01, 2.5, 0.49638199717895415},   {1.5, 2.5, 0.1239182265431481},
        {8, 2.5, 0.0038283220655217225},    {40, 2.5, 7.0978171452466926e-05},
        {0.01, 17.77, 0.49606635019725942}, {1.5, 17.77, 0.07558603375765291},
        {8, 17.77, 1.3406732090249521e-07}, {40, 17.77, 3.6674278566976319e-19},
        {0.01, 31, 0.49604268313456418},    {1.5, 31, 0.071865540712262962},
        {8, 31, 2.4701318509516955e-09},    {40, 31, 1.5090709622210238e-28},
        {0.01, 100, 0.49602060511721424},   {1.5, 100, 0.068382529062344447},
        {8, 100, 1.1364324038640401e-12},   {40, 100, 1.2310538010700368e-63},
        {0.01, 2500, 0.49601104262763501},  {1.5, 2500, 0.066870336071061784},
        {8, 2500, 9.4235830780073833e-16},  {40, 2500, 3.5575229799522509e-271},
        {0.01, 1e+06, 0.49601064468277384}, {1.5, 1e+06, 0.066807359118396414},
        {8, 1e+06, 6.2275317166012665e-16},
    };

    for (size_t i = 0; i < count_of(cases); i++) {
        double t = cases[i][0], df = cases[i][1], above = cases[i][2];
        expect_near(viz_t_above(t, df), above);
        expect_near(viz_t_below(-t, df), above);
        expect_near(viz_t_two_sided(-t, df), 2 * above);
        expect_near(viz_t_below(t, df), 1 - above);
    }
    expect_near(viz_t_below(-2, 10), 0.0366940173853702);
    expect_within(viz_t_two_sided(-30, 17.77), 1.13340466e-16, 1e-8);
}

Test(special, quantiles_of_t_are_as_in_r)
{
    static const double cases[][3] = {
        {1e-12, 0.5, -1.0284911563163568e+23}, {0.001, 0.5, -102849.11563017513},
        {0.025, 0.5, -164.55767348049446},     {0.3, 0.5, -1.0095258786071923},
        {0.975, 0.5, 164.55767348049446},      {1e-12, 1, -318309886183.79071},
        {0.001, 1, -318.30883898555044},       {0.025, 1, -12.706204736174707},
        {0.3, 1, -0.72654252800536101},        {0.975, 1, 12.706204736174694},
        {1e-12, 2.5, -55306.174076516014},     {0.001, 2.5, -13.822193110865999},
        {0.025, 2.5, -3.5746548420036932},     {0.3, 2.5, -0.59730773825231553},
        {0.975, 2.5, 3.5746548420036919},      {1e-12, 7.5, -83.916973454034789},
        {0.001, 7.5, -4.6303190940340997},     {0.025, 7.5, -2.333039626864974},
        {0.3, 7.5, -0.54741287758126123},      {0.975, 7.5, 2.3330396268649736},
        {1e-12, 31, -11.20020719288479},       {0.001, 31, -3.3748992804233016},
        {0.025, 31, -2.0395134463964086},      {0.3, 31, -0.52983631667825437},
        {0.975, 31, 2.0395134463964082},       {1e-12, 2500, -7.0701500300061664},
        {0.001, 2500, -3.0934955108929478},    {0.025, 2500, -1.9609133447955667},
        {0.3, 2500, -0.52446738035553675},     {0.975, 2500, 1.9609133447955664},
        {1e-12, 1e+06, -7.0345726084112563},   {0.001, 1e+06, -3.0902404563165193},
        {0.025, 1e+06, -1.9599663568141066},   {0.3, 1e+06, -0.52440067986020866},
        {0.975, 1e+06, 1.9599663568141066},
    };

    for (size_t i = 0; i < count_of(cases); i++)
        expect_near(viz_t_quantile(cases[i][0], cases[i][1]), cases[i][2]);
    expect_near(viz_t_quantile(0.975, 7.5), 2.33303962686497);
    expect_within(viz_t_quantile(1e-30, 1), -1e30 / M_PI, 1e-12); /* Cauchy */
}

Test(special, infinitely_many_degrees_of_freedom_are_normal)
{
    for (double t = -9; t <= 9; t += 0.75) {
        expect_near(viz_t_below(t, INFINITY), viz_normal_below(t));
        expect_within(viz_t_below(t, 1e15), viz_normal_below(t), 1e-11);
        expect_near(viz_nct_below(t, INFINITY, 1.5), viz_normal_below(t - 1.5));
    }
    expect_near(viz_t_quantile(0.975, INFINITY), viz_normal_quantile(0.975));
}

Test(special, t_has_ends)
{
    cr_expect_eq(viz_t_below(-INFINITY, 3), 0);
    cr_expect_eq(viz_t_below(INFINITY, 3), 1);
    cr_expect_eq(viz_t_two_sided(INFINITY, 3), 0);
    for (double df = 0.5; df < 1e9; df *= 1.7) {
        cr_expect_eq(viz_t_two_sided(0, df), 1);
        cr_expect_leq(viz_t_two_sided(1e-17, df), 1);
    }
    cr_expect_eq(viz_t_above(DBL_MAX, 3), 0);
    cr_expect_eq(viz_t_above(-DBL_MAX, 3), 1);
    cr_expect_eq(viz_t_quantile(0, 3), -INFINITY);
    cr_expect_eq(viz_t_quantile(1, 3), INFINITY);
    cr_expect_eq(viz_t_quantile(0.5, 3), 0);
}

Test(special, quantiles_of_t_undo_probabilities)
{
    struct viz_random random;
    viz_random_seed(&random, 21);
    for (int i = 0; i < 2000; i++) {
        double df = exp(12 * viz_random_unit(&random) - 1);
        double p = exp(-40 * viz_random_unit(&random));
        expect_within(viz_t_below(viz_t_quantile(p, df), df), p, 1e-12);
        expect_within(viz_t_above(viz_t_quantile(1 - p / 2, df), df), 1 - (1 - p / 2),
                      1e-12);
    }
}

/* Where the tail changes the way it is computed. */
Test(special, the_tail_of_t_has_no_seams)
{
    static const double dfs[] = {5, 30, 30.0001, 500, 2999.9, 3000.1, 1e5};
    for (size_t i = 0; i < count_of(dfs); i++) {
        double before = 1;
        for (double t = 2.99; t < 3.01; t += 1 / 4096.) {
            double above = viz_t_above(t, dfs[i]);
            cr_expect_lt(above, before);
            before = above;
        }
    }
    expect_within(viz_t_above(3, 500), viz_t_above(3 + 1e-13, 500), 1e-12);
    expect_within(viz_t_above(5, 3000 - 1e-9), viz_t_above(5, 3000 + 1e-9), 1e-12);
    expect_within(viz_t_above(5, 30 - 1e-12), viz_t_above(5, 30 + 1e-12), 1e-12);
}

/* --- Noncentral t -------------------------------------------------------------------- */

/* R sums a series to 1e-12; against itself and scipy it is off by as much. */
Test(special, noncentral_t_is_as_in_r)
{
    static const double cases[][4] = {
        {1.5, 10, 1, 0.66951684821527746},       {-2, 3, 0.5, 0.028727042227385313},
        {2.0244, 18, -0.2, 0.98150306230501683}, {30, 12, 25, 0.75573293874497316},
        {4, 0.5, 2, 0.48049867838151933},        {0.3, 1198, 3, 0.0034668498563324114},
        {60, 8, 35, 0.95005148983750864},        {-1, 50, -3, 0.97698060577025259},
    };

    for (size_t i = 0; i < count_of(cases); i++) {
        double below = viz_nct_below(cases[i][0], cases[i][1], cases[i][2]);
        cr_expect_float_eq(below, cases[i][3], 1e-11, "case %zu is off by %g", i,
                           below - cases[i][3]);
    }
    cr_expect_float_eq(viz_nct_below(1.5, 10, 1), 0.669516848215277, 1e-11);
}

/* Independent of any quadrature: at t = 0 it is normal; with ncp = 0 it is Student's. */
Test(special, noncentral_t_is_known_at_its_edges)
{
    static const double dfs[] = {0.01, 0.3, 1, 4.5, 30, 598, 1e5, 1e9};

    for (size_t i = 0; i < count_of(dfs); i++) {
        for (double x = -9; x <= 9; x += 0.5) {
            cr_expect_float_eq(viz_nct_below(0, dfs[i], x), viz_normal_below(-x),
                               1e-13);
            cr_expect_float_eq(viz_nct_below(x, dfs[i], 0), viz_t_below(x, dfs[i]),
                               1e-12, "t %g, df %g", x, dfs[i]);
        }
        cr_expect_eq(viz_nct_below(INFINITY, dfs[i], 2), 1);
        cr_expect_eq(viz_nct_below(-INFINITY, dfs[i], 2), 0);
    }
}

/* With two degrees of freedom there is a closed form by parts:
 * F(t) = P(Z <= -ncp) + r exp(-ncp^2 (1 - r^2) / 2) P(Z <= ncp r), r = t / sqrt(t^2 + 2). */
Test(special, noncentral_t_with_two_degrees_of_freedom_is_its_closed_form)
{
    for (double ncp = -30; ncp <= 60; ncp += 2.5) {
        for (double t = -40; t <= 80; t += 2.75) {
            double r = t / sqrt(t * t + 2), gap = ncp * ncp / (t * t + 2);
            double wanted =
                viz_normal_below(-ncp) + r * exp(-gap) * viz_normal_below(ncp * r);
            cr_expect_float_eq(viz_nct_below(t, 2, ncp), wanted, 1e-11,
                               "t %g, ncp %g: %g, not %g", t, ncp,
                               viz_nct_below(t, 2, ncp), wanted);
        }
    }
}

/* From one way to compute it into the other. */
Test(special, noncentral_t_has_no_seams)
{
    static const double dfs[] = {1.5, 10, 120};
    for (size_t i = 0; i < count_of(dfs); i++) {
        double edge = sqrt(2 * dfs[i]);
        for (double t = edge + 0.01; t < 4 * edge; t *= 1.3)
            cr_expect_float_eq(viz_nct_below(t, dfs[i], 12 - 1e-14),
                               viz_nct_below(t, dfs[i], 12 + 1e-14), 1e-12);
        for (double ncp = 12.5; ncp < 40; ncp += 3)
            cr_expect_float_eq(viz_nct_below(edge - 1e-14, dfs[i], ncp),
                               viz_nct_below(edge + 1e-14, dfs[i], ncp), 1e-12);
    }
}

Test(special, the_ncp_that_is_found_has_that_probability)
{
    static const double ts[] = {-50, -2, 0, 0.4, 2.6, 9, 80, 1e4, 1e7};
    static const double dfs[] = {1, 5.5, 18, 300, 1e5};
    static const double ps[] = {0.005, 0.025, 0.5, 0.975, 0.995};

    for (size_t i = 0; i < count_of(ts); i++)
        for (size_t j = 0; j < count_of(dfs); j++)
            for (size_t k = 0; k < count_of(ps); k++) {
                double ncp = viz_nct_ncp(ts[i], dfs[j], ps[k]);
                cr_expect_float_eq(viz_nct_below(ts[i], dfs[j], ncp), ps[k], 1e-11,
                                   "t %g, df %g, p %g", ts[i], dfs[j], ps[k]);
            }
    expect_within(viz_nct_ncp(0, 7, 0.975), -viz_normal_quantile(0.975), 1e-11);
}

/* The interval of Cohen's d of R's sleep data, B against A. */
Test(special, an_interval_by_inverting_noncentral_t_is_as_in_r)
{
    double d = sqrt(2 / 10.);
    expect_within(viz_nct_ncp(1.86081346748685, 18, 0.975) * d, -0.0954503982, 1e-8);
    expect_within(viz_nct_ncp(1.86081346748685, 18, 0.025) * d, 1.7388168991, 1e-10);
}

/* --- Normal, chi-squared, beta, binomial --------------------------------------------- */

Test(special, normal_is_as_in_r)
{
    static const double below[][2] = {
        {-37, 5.7255712225245771e-300},
        {-8, 6.2209605742717849e-16},
        {-1.96, 0.024997895148220428},
        {0, 0.5},
        {1, 0.84134474606854293},
        {5.5, 0.99999998101043752},
        {9, 1},
    };
    static const double quantiles[][2] = {
        {1e-300, -37.047096299361201}, {1e-09, -5.9978070150076865},
        {0.025, -1.9599639845400538},  {0.5, 0},
        {0.9, 1.2815515655446008},     {0.9999, 3.7190164854557084},
    };

    for (size_t i = 0; i < count_of(below); i++) {
        expect_near(viz_normal_below(below[i][0]), below[i][1]);
        expect_near(viz_normal_above(-below[i][0]), below[i][1]);
    }
    for (size_t i = 0; i < count_of(quantiles); i++)
        expect_near(viz_normal_quantile(quantiles[i][0]), quantiles[i][1]);
    cr_expect_eq(viz_normal_quantile(0), -INFINITY);
    cr_expect_eq(viz_normal_quantile(1), INFINITY);
    cr_expect_eq(viz_normal_below(-INFINITY), 0);
    cr_expect_eq(viz_normal_above(-INFINITY), 1);
}

Test(special, chi_squared_is_as_in_r)
{
    static const double cases[][3] = {
        {3.8399999999999999, 1, 0.050043521248705224},
        {0.001, 0.5, 0.83504024923158726},
        {88.126871551299999, 10, 1.2586327670204799e-14},
        {1000, 1000, 0.49405285382923969},
        {300, 20.5, 1.6086296389235006e-51},
        {1000000, 1e+06, 0.49981193680339453},
    };

    for (size_t i = 0; i < count_of(cases); i++)
        expect_near(viz_chi2_above(cases[i][0], cases[i][1]), cases[i][2]);
    cr_expect_eq(viz_chi2_above(0, 3), 1);
    cr_expect_eq(viz_chi2_above(-5, 3), 1);
    cr_expect_eq(viz_chi2_above(INFINITY, 3), 0);
}

Test(special, beta_is_as_in_r)
{
    static const double below[][4] = {
        {0.3, 2.5, 4, 0.35219758590676714},      {0.01, 0.2, 3, 0.52375457086622756},
        {0.999, 2, 0.3, 0.83637746422911197},    {0.5, 100, 100, 0.50000000000000078},
        {0.99, 500.5, 5.5, 0.52092075975998731}, {1e-05, 0.1, 0.1, 0.16040264135977339},
    };
    static const double quantiles[][4] = {
        {0.975, 3, 8, 0.5560954623076414},
        {0.025, 0.5, 2, 0.00027782923478409115},
        {1e-08, 0.1, 0.7, 1.8028184912080925e-80},
        {0.999, 500, 2, 0.99990929074616519},
        {0.5, 10000, 10000, 0.5},
    };

    for (size_t i = 0; i < count_of(below); i++)
        expect_near(viz_beta_below(below[i][0], below[i][1], below[i][2]), below[i][3]);
    for (size_t i = 0; i < count_of(quantiles); i++)
        expect_near(
            viz_beta_quantile(quantiles[i][0], quantiles[i][1], quantiles[i][2]),
            quantiles[i][3]);
    expect_near(viz_beta_below(0.3, 2.5, 4), 0.352197585906767);
    expect_near(viz_beta_quantile(0.975, 3, 8), 0.556095462307641);
    cr_expect_eq(viz_beta_below(-1, 2, 3), 0);
    cr_expect_eq(viz_beta_below(2, 2, 3), 1);
    cr_expect_eq(viz_beta_quantile(0, 2, 3), 0);
    cr_expect_eq(viz_beta_quantile(1, 2, 3), 1);
}

Test(special, binomial_is_as_in_r)
{
    static const double below[][4] = {
        {0, 6, 0.5, 0.015625000000000003},
        {2, 10, 0.5, 0.054687499999999972},
        {5, 600, 0.05, 1.3099018798412849e-08},
        {40, 600, 0.05, 0.9711673193410395},
        {1499, 1500, 0.999, 0.77703723629709787},
        {2500, 5000, 0.5, 0.50564161374773997},
    };
    static const double quantiles[][4] = {
        {0.025, 6, 0.5, 1},      {0.025, 100, 0.5, 40}, {0.975, 1500, 0.05, 92},
        {0.025, 1500, 0.05, 59}, {0.5, 1, 0.3, 0},      {1e-09, 50, 0.99, 41},
    };

    for (size_t i = 0; i < count_of(below); i++)
        expect_within(viz_binomial_below((unsigned)below[i][0], (unsigned)below[i][1],
                                         below[i][2]),
                      below[i][3], 1e-11);
    for (size_t i = 0; i < count_of(quantiles); i++)
        cr_expect_eq(viz_binomial_quantile(quantiles[i][0], (unsigned)quantiles[i][1],
                                           quantiles[i][2]),
                     (unsigned)quantiles[i][3]);
    cr_expect_eq(viz_binomial_below(7, 5, 0.3), 1);
    cr_expect_eq(viz_binomial_below(0, 0, 0.3), 1);
    cr_expect_eq(viz_binomial_below(2, 5, 0), 1);
    cr_expect_eq(viz_binomial_below(2, 5, 1), 0);
    cr_expect_eq(viz_binomial_quantile(0.5, 0, 0.5), 0);
    cr_expect_eq(viz_binomial_quantile(1, 9, 0.5), 9);
}

/* By adding up the terms. */
Test(special, binomial_probabilities_are_sums)
{
    struct viz_random random;
    viz_random_seed(&random, 22);
    for (int round = 0; round < 200; round++) {
        unsigned n = 1 + (unsigned)viz_random_below(&random, 60);
        double p = viz_random_unit(&random), sum = 0;
        for (unsigned k = 0; k < n; k++) {
            sum += exp(viz_log_gamma(n + 1.) - viz_log_gamma(k + 1.) -
                       viz_log_gamma(n - k + 1.) + k * log(p) + (n - k) * log1p(-p));
            expect_within(viz_binomial_below(k, n, p), sum, 1e-11);
        }
    }
}

Test(special, log_gamma_is_as_in_r)
{
    static const double cases[][2] = {
        {0.1, 2.252712651734206},
        {0.5, 0.57236494292470008},
        {1, 0},
        {3.5, 1.2009736023470743},
        {171, 706.57306224578747},
        {100000, 1051287.7089736569},
    };

    for (size_t i = 0; i < count_of(cases); i++)
        expect_near(viz_log_gamma(cases[i][0]), cases[i][1]);
    cr_expect_eq(viz_log_gamma(INFINITY), INFINITY);
}

/* --- Nonsense ------------------------------------------------------------------------ */

Test(special, nonsense_is_nan_and_no_abort)
{
    static const double odd[] = {NAN, -INFINITY, -1, 0};
    for (size_t i = 0; i < count_of(odd); i++) {
        expect_nan(viz_t_below(1, odd[i]));
        expect_nan(viz_t_two_sided(1, odd[i]));
        expect_nan(viz_t_quantile(0.1, odd[i]));
        expect_nan(viz_nct_below(1, odd[i], 0));
        expect_nan(viz_nct_ncp(1, odd[i], 0.5));
        expect_nan(viz_chi2_above(1, odd[i]));
        expect_nan(viz_beta_below(0.5, odd[i], 1));
        expect_nan(viz_beta_quantile(0.5, 1, odd[i]));
        expect_nan(viz_nct_ncp(1, 5, odd[i]));
    }
    expect_nan(viz_t_above(NAN, 5));
    expect_nan(viz_t_two_sided(NAN, 5));
    expect_nan(viz_nct_below(NAN, 5, 0));
    expect_nan(viz_nct_below(1, 5, INFINITY));
    expect_nan(viz_nct_below(1, 5, NAN));
    expect_nan(viz_nct_ncp(INFINITY, 5, 0.5));
    expect_nan(viz_nct_ncp(1, 5, 1));
    expect_nan(viz_t_quantile(NAN, 5));
    expect_nan(viz_t_quantile(1.1, 5));
    expect_nan(viz_normal_quantile(-0.1));
    expect_nan(viz_normal_below(NAN));
    expect_nan(viz_chi2_above(NAN, 2));
    expect_nan(viz_chi2_above(1, INFINITY));
    expect_nan(viz_beta_below(NAN, 1, 1));
    expect_nan(viz_beta_quantile(NAN, 1, 1));
    expect_nan(viz_binomial_below(1, 2, 1.5));
    expect_nan(viz_log_gamma(NAN));
    expect_nan(viz_log_gamma(-2));
    expect_nan(viz_log_gamma(0));
    expect_nan(viz_log_gamma(-INFINITY));
}
