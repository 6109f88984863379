/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ranks_rig.h"

#include <viz/alloc.h>
#include <viz/special.h>

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const double males[] = {19, 22, 16, 29, 24}, females[] = {20, 11, 17, 12};
static const double tied_x[] = {1, 2, 2, 3, 3, 3, 4, 5, 5, 9};
static const double tied_y[] = {2, 3, 3, 4, 4, 4, 4, 5, 6, 7, 7, 8};

TestSuite(ranks, .init = viz_special_start);

static struct viz_mann_whitney normal_of(const double *x, size_t m, const double *y,
                                         size_t n)
{
    struct viz_mann_whitney out;
    viz_mann_whitney_normal(x, m, y, n, &out);
    return out;
}

Test(ranks, ties_share_the_mean_of_their_ranks)
{
    const double x[] = {3, 1, 3, -2, 3, 1}, wanted[] = {5, 2.5, 5, 1, 5, 2.5};
    double out[6];
    viz_midranks(x, 6, out);
    for (int i = 0; i < 6; i++)
        cr_expect_eq(out[i], wanted[i], "%d: %g", i, out[i]);
    viz_midranks(x, 1, out);
    cr_expect_eq(out[0], 1);
    viz_midranks(NULL, 0, NULL);
}

Test(ranks, zeros_of_both_signs_are_a_tie)
{
    const double x[] = {0.0, -0.0};
    double out[2];
    viz_midranks(x, 2, out);
    cr_expect(out[0] == 1.5 && out[1] == 1.5);
}

Test(ranks, hollander_and_wolfe_as_r_says)
{
    struct viz_mann_whitney test = test_of(hollander_x, 10, hollander_y, 5);
    cr_expect(test.exact);
    cr_expect_eq(test.u, 35);
    cr_expect_eq(test.above, 0.7);
    expect_near(test.p_greater, 0.1272061272061272);
    expect_near(test.p, 0.2544122544122544);
    expect_near(test.p_plain, 0.220671361919847);
    expect_nan(test.z);

    test = normal_of(hollander_x, 10, hollander_y, 5);
    cr_expect_not(test.exact);
    cr_expect_eq(test.u, 35);
    expect_near(test.p, 0.244623605126983);
    expect_near(test.p_plain, 0.220671361919847);
    expect_near(test.p_greater, 0.1223118025634917);
}

Test(ranks, males_and_females_as_scipy_says)
{
    struct viz_mann_whitney test = test_of(males, 5, females, 4);
    cr_expect(test.exact);
    cr_expect_eq(test.u, 17);
    expect_near(test.p, 1.0 / 9);
    test = normal_of(males, 5, females, 4);
    expect_near(test.p, 0.1113468865331405);
    expect_near(test.p_plain, 0.08641073297370003);
}

Test(ranks, normal_with_ties_as_r_says)
{
    struct viz_mann_whitney test = normal_of(sleep_a, 10, sleep_b, 10);
    cr_expect_eq(test.u, 25.5);
    expect_near(test.p, 0.06932757543362658);
    expect_near(test.p_plain, 0.06372225015502522);
    expect_near(test.p_greater, 0.9707516686072744);
    test = normal_of(tied_x, 10, tied_y, 12);
    cr_expect_eq(test.u, 39);
    expect_near(test.p, 0.1704288917342903);
    expect_near(test.p_plain, 0.1602409032573618);
    expect_near(test.p_greater, 0.9247399224191279);
    test = normal_of(sleep_b, 10, sleep_a, 10);
    cr_expect_eq(test.u, 74.5);
    cr_expect_eq(test.above, 0.745);
}

/* Every way to deal the values to two sides is as likely as any other. */
static void expect_enumerated(const double *all, size_t m, size_t n)
{
    size_t total = m + n, ways = 0, below = 0, above = 0;
    double u = count_u(all, m, all + m, n);
    for (unsigned deal = 0; deal < 1u << total; deal++) {
        double side[2][12];
        size_t count[2] = {0};
        if ((size_t)__builtin_popcount(deal) != m)
            continue;
        for (size_t i = 0; i < total; i++) {
            int to = !(deal >> i & 1);
            side[to][count[to]++] = all[i];
        }
        double dealt = count_u(side[0], m, side[1], n);
        ways++;
        below += dealt <= u;
        above += dealt >= u;
    }
    struct viz_mann_whitney test = test_of(all, m, all + m, n);
    double lesser = (double)(below < above ? below : above) / (double)ways;
    cr_expect(test.exact);
    cr_expect_eq(test.u, u);
    expect_near(test.p_greater, (double)above / (double)ways);
    expect_near(test.p, lesser < 0.5 ? 2 * lesser : 1);
}

Test(ranks, exact_is_what_enumeration_finds)
{
    const uint64_t values[] = {0, 2, 3, 5, 9};
    struct viz_random random;
    viz_random_seed(&random, 1);
    for (size_t m = 1; m <= 6; m++)
        for (size_t n = 1; n <= 6; n++)
            for (size_t k = 0; k < count_of(values); k++) {
                double all[12];
                fill(&random, all, m + n, values[k]);
                expect_enumerated(all, m, n);
            }
}

/* Too many ways to enumerate: p_greater by chance. */
static void expect_shuffled(struct viz_random *random, const double *all, size_t m,
                            size_t n)
{
    struct viz_mann_whitney test = test_of(all, m, all + m, n);
    double rank[100], first = 0, rounds = 20000, above = 0;
    viz_midranks(all, m + n, rank);
    for (size_t i = 0; i < m; i++)
        first += rank[i];
    for (int round = 0; round < rounds; round++) {
        double sum = 0;
        shuffle(random, rank, m + n);
        for (size_t i = 0; i < m; i++)
            sum += rank[i];
        above += sum >= first;
    }
    cr_expect(test.exact);
    /* Four standard deviations of 20 000 throws at worst. */
    cr_expect_float_eq(test.p_greater, above / rounds, 0.0142);
}

Test(ranks, exact_is_what_shuffling_finds)
{
    const uint64_t values[] = {0, 2, 4, 30};
    const size_t sizes[][2] = {{50, 50}, {60, 40}, {8, 92}};
    struct viz_random random;
    viz_random_seed(&random, 2);
    for (size_t k = 0; k < count_of(values); k++)
        for (size_t i = 0; i < count_of(sizes); i++) {
            double all[100];
            fill(&random, all, 100, values[k]);
            expect_shuffled(&random, all, sizes[i][0], sizes[i][1]);
        }
}

Test(ranks, exact_and_normal_agree_without_ties)
{
    struct viz_random random;
    viz_random_seed(&random, 11);
    for (int round = 0; round < 20; round++) {
        double x[50], y[50];
        fill(&random, x, 50, 0);
        fill(&random, y, 50, 0);
        struct viz_mann_whitney exact = test_of(x, 50, y, 50);
        struct viz_mann_whitney normal = normal_of(x, 50, y, 50);
        cr_expect_float_eq(exact.p, normal.p, 0.002);
        cr_expect_float_eq(exact.p_greater, normal.p_greater, 0.002);
    }
}

Test(ranks, exact_ends_where_it_is_said_to)
{
    double *x = viz_zalloc(2501 * sizeof(*x)), *y = viz_zalloc(2501 * sizeof(*y));
    for (int i = 0; i < 2501; i++) {
        x[i] = i;
        y[i] = i + 0.5;
    }
    cr_expect(test_of(x, 50, y, 50).exact);
    cr_expect_not(test_of(x, 51, y, 49).exact && test_of(x, 51, y, 51).exact);
    cr_expect(test_of(x, 51, y, 49).exact);
    cr_expect_not(test_of(x, 50, y, 51).exact);
    cr_expect(test_of(x, 1, y, 2500).exact);
    cr_expect(test_of(x, 2500, y, 1).exact);
    cr_expect_not(test_of(x, 1, y, 2501).exact);
    expect_near(test_of(x, 1, y, 2500).p, 2.0 / 2501);
    expect_near(test_of(x + 2499, 1, y, 2499).p_greater, 1.0 / 2500);
    expect_near(test_of(y, 2500, x, 1).p_greater, 1.0 / 2501);
    free(x);
    free(y);
}

Test(ranks, values_that_are_all_the_same_say_nothing)
{
    double *same = viz_zalloc(3000 * sizeof(*same));
    const size_t sizes[] = {1, 2, 7, 50, 3000};
    for (size_t i = 0; i < count_of(sizes); i++) {
        struct viz_mann_whitney test = test_of(same, sizes[i], same, sizes[i]);
        cr_expect_eq(test.above, 0.5);
        cr_expect_eq(test.p, 1);
        cr_expect_eq(test.p_greater, 1);
        cr_expect_eq(test.p_plain, 1);
        cr_expect_eq(viz_cliff(same, sizes[i], same, sizes[i]), 0);
        struct viz_hodges_lehmann shift = shift_of(same, sizes[i], same, sizes[i]);
        cr_expect_eq(shift.delta, 0);
        cr_expect(isnan(shift.low) ? sizes[i] < 4 : shift.low == 0 && shift.high == 0);
    }
    cr_expect_eq(normal_of(same, 5, same, 5).p, 1);
    free(same);
}

Test(ranks, nobody_on_a_side_is_nan)
{
    const double x[] = {1, 2, 3};
    const size_t sizes[][2] = {{0, 3}, {3, 0}, {0, 0}};
    for (int i = 0; i < 3; i++) {
        size_t m = sizes[i][0], n = sizes[i][1];
        struct viz_mann_whitney tests[] = {test_of(x, m, x, n), normal_of(x, m, x, n)};
        for (int k = 0; k < 2; k++) {
            expect_nan(tests[k].u);
            expect_nan(tests[k].above);
            expect_nan(tests[k].p);
            expect_nan(tests[k].p_greater);
            expect_nan(tests[k].p_plain);
            expect_nan(tests[k].z);
        }
        struct viz_hodges_lehmann shift = shift_of(x, m, x, n);
        expect_nan(shift.delta);
        expect_nan(shift.low);
        expect_nan(shift.high);
        expect_nan(viz_cliff(x, m, x, n));
        expect_nan(viz_wilcoxon_below(1, m, n));
        cr_expect_eq(viz_wilcoxon_quantile(0.5, m, n), 0);
        cr_expect_eq(viz_smallest_p(m, n), 1);
    }
}

Test(ranks, one_against_one_and_against_many)
{
    const double low[] = {1}, high[] = {2, 3, 4};
    struct viz_mann_whitney test = test_of(low, 1, high, 1);
    cr_expect_eq(test.u, 0);
    cr_expect_eq(test.p, 1);
    test = test_of(low, 1, high, 3);
    expect_near(test.p, 0.5);
    cr_expect_eq(test.p_greater, 1);
    cr_expect_eq(viz_cliff(low, 1, high, 3), 1);
    struct viz_hodges_lehmann shift = shift_of(low, 1, high, 3);
    cr_expect_eq(shift.delta, 2);
    expect_nan(shift.low);
}

Test(ranks, the_two_counts_make_all_pairs_and_p_is_the_same)
{
    struct viz_random random;
    viz_random_seed(&random, 3);
    for (int round = 0; round < 300; round++) {
        double x[60], y[60];
        size_t m = 1 + viz_random_below(&random, 60);
        size_t n = 1 + viz_random_below(&random, 60);
        uint64_t values = round % 3 ? 0 : 1 + viz_random_below(&random, 20);
        fill(&random, x, m, values);
        fill(&random, y, n, values);
        struct viz_mann_whitney there = test_of(x, m, y, n), back = test_of(y, n, x, m);
        cr_expect_eq(there.u, count_u(x, m, y, n));
        cr_expect_eq(there.u + back.u, (double)(m * n));
        expect_near(there.p, back.p);
        expect_near(there.p_plain, back.p_plain);
        cr_expect(there.p >= 0 && there.p <= 1);
        cr_expect(there.p_greater >= 0 && there.p_greater <= 1);
        cr_expect(there.p_greater + back.p_greater >= 1 - 1e-12);
        cr_expect_eq(viz_cliff(x, m, y, n), -viz_cliff(y, n, x, m));
        expect_near(1 + viz_cliff(x, m, y, n), 2 - 2 * there.above);
        struct viz_hodges_lehmann to = shift_of(x, m, y, n),
                                  from = shift_of(y, n, x, m);
        cr_expect_eq(to.delta, -from.delta);
        cr_expect(isnan(to.low) ? isnan(from.high) : to.low == -from.high);
        cr_expect(isnan(to.high) ? isnan(from.low) : to.high == -from.low);
    }
}

Test(ranks, order_of_the_values_does_not_matter)
{
    struct viz_random random;
    viz_random_seed(&random, 4);
    for (int round = 0; round < 100; round++) {
        double x[2][30], y[20];
        fill(&random, x[0], 30, round % 2 ? 0 : 12);
        fill(&random, y, 20, round % 2 ? 0 : 12);
        memcpy(x[1], x[0], sizeof(x[0]));
        shuffle(&random, x[1], 30);
        struct viz_mann_whitney one = test_of(x[0], 30, y, 20);
        struct viz_mann_whitney two = test_of(x[1], 30, y, 20);
        cr_expect(one.u == two.u && one.p == two.p && one.p_greater == two.p_greater);
        struct viz_hodges_lehmann here = shift_of(x[0], 30, y, 20);
        struct viz_hodges_lehmann there = shift_of(x[1], 30, y, 20);
        cr_expect(here.delta == there.delta && here.low == there.low);
    }
}

Test(ranks, smallest_p_of_equal_runs)
{
    expect_near(viz_smallest_p(3, 3), 0.1);
    expect_near(viz_smallest_p(4, 4), 2.0 / 70);
    expect_near(viz_smallest_p(5, 5), 2.0 / 252);
    cr_expect_eq(viz_smallest_p(1, 1), 1);
    expect_near(viz_smallest_p(1, 39), 0.05);
    expect_near(viz_smallest_p(2, 5), viz_smallest_p(5, 2));
    cr_expect_eq(viz_smallest_p(100000, 100000), 0);
    const double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10};
    for (size_t n = 2; n <= 5; n++)
        expect_near(test_of(low, n, high, n).p, viz_smallest_p(n, n));
}

Test(ranks, distribution_as_r_says)
{
    expect_near(viz_wilcoxon_below(10, 5, 6), 0.214285714285714286);
    const double at[] = {0, 3, 17, 1000, 1100, 1250, 1500};
    const double below[] = {9.911653021418449e-30, 6.938157114992914e-29,
                            1.201292346195916e-26, 4.272560775913636e-02,
                            1.520698072651749e-01, 5.013688955007695e-01,
                            9.579029655850569e-01};
    for (size_t i = 0; i < count_of(at); i++)
        expect_near(viz_wilcoxon_below(at[i], 50, 50), below[i]);
    const double other[] = {10, 40, 80, 99};
    const double others[] = {0.00395772809565913, 0.28104079828217760,
                             0.97435897435897434, 0.99995789650962064};
    for (size_t i = 0; i < count_of(other); i++) {
        expect_near(viz_wilcoxon_below(other[i], 4, 25), others[i]);
        expect_near(viz_wilcoxon_below(other[i], 25, 4), others[i]);
    }
    cr_expect_eq(viz_wilcoxon_below(-1, 5, 5), 0);
    cr_expect_eq(viz_wilcoxon_below(25, 5, 5), 1);
    cr_expect_eq(viz_wilcoxon_below(1e300, 5, 5), 1);
    expect_near(viz_wilcoxon_below(2.9999, 5, 5), 0.01587301587301587);
    expect_near(viz_wilcoxon_below(2.99999999, 5, 5), viz_wilcoxon_below(3, 5, 5));
    expect_nan(viz_wilcoxon_below(NAN, 5, 5));
}

Test(ranks, quantiles_as_r_says)
{
    cr_expect_eq(viz_wilcoxon_quantile(0.025, 10, 12), 30);
    cr_expect_eq(viz_wilcoxon_quantile(0.05, 3, 3), 0);
    cr_expect_eq(viz_wilcoxon_quantile(1.0 / 252, 5, 5), 0);
    const double p[] = {.001, .025, .3, .5, .7, .975, .999};
    const size_t wanted[] = {806, 966, 1174, 1250, 1326, 1534, 1694};
    for (size_t i = 0; i < count_of(p); i++)
        cr_expect_eq(viz_wilcoxon_quantile(p[i], 50, 50), wanted[i], "%g", p[i]);
    cr_expect_eq(viz_wilcoxon_quantile(0, 5, 5), 0);
    cr_expect_eq(viz_wilcoxon_quantile(1, 5, 5), 25);
}

Test(ranks, quantile_is_the_first_that_reaches_p)
{
    struct viz_random random;
    viz_random_seed(&random, 10);
    for (int round = 0; round < 1000; round++) {
        size_t m = 1 + viz_random_below(&random, 12),
               n = 1 + viz_random_below(&random, 12);
        double p = viz_random_unit(&random);
        size_t u = viz_wilcoxon_quantile(p, m, n);
        cr_expect(viz_wilcoxon_below((double)u, m, n) >= p - 1e-13);
        cr_expect(viz_wilcoxon_below((double)u - 1, m, n) < p + 1e-13);
    }
}

/* R is exact here. */
Test(ranks, distribution_of_large_sizes_is_normal)
{
    const double p[] = {.001, .025, .3, .5, .7, .975, .999};
    const double wanted[] = {1216, 1427, 1700, 1800, 1900, 2173, 2384};
    for (size_t i = 0; i < count_of(p); i++) {
        double u = (double)viz_wilcoxon_quantile(p[i], 60, 60);
        cr_expect_float_eq(u, wanted[i], 6, "%g", u);
        cr_expect(viz_wilcoxon_below(u, 60, 60) >= p[i] - 1e-12);
        cr_expect(viz_wilcoxon_below(u - 1, 60, 60) < p[i]);
    }
    const double at[] = {1200, 1500, 1800, 2000, 2400};
    const double below[] = {0.0007488113868973, 0.0581017510495991, 0.5010430075787801,
                            0.8531038000651259, 0.9992651024739385};
    for (size_t i = 0; i < count_of(at); i++)
        cr_expect_float_eq(viz_wilcoxon_below(at[i], 60, 60), below[i], 6e-4);
    cr_expect_eq(viz_wilcoxon_quantile(1e-300, 51, 51), 0);
    cr_expect_eq(viz_wilcoxon_below(2600, 51, 51), viz_wilcoxon_below(2600.4, 51, 51));
}
