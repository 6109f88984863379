/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/abba.h>

#include <criterion/criterion.h>
#include <string.h>

#define MAX_RUNS 64
#define SEEDS 200

struct experiment {
    uint32_t runs, sides;
    uint8_t order[MAX_RUNS * VIZ_ABBA_SIDES + 1];
};

static struct experiment plan(uint32_t runs, uint32_t sides, uint64_t seed)
{
    struct experiment plan = {.runs = runs, .sides = sides};
    memset(plan.order, 0xee, sizeof(plan.order));
    viz_abba(runs, sides, seed, plan.order);
    cr_assert_eq(plan.order[runs * sides], 0xee, "written behind the end");
    return plan;
}

/* How often @side stands in the first @count places. */
static uint32_t count(const struct experiment *plan, uint32_t count, uint32_t side)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        found += plan->order[i] == side;
    return found;
}

Test(abba, every_half_block_has_each_side_once)
{
    for (uint32_t sides = 2; sides <= VIZ_ABBA_SIDES; sides++)
        for (uint32_t runs = 1; runs <= 9; runs++)
            for (uint64_t seed = 0; seed < SEEDS; seed++) {
                struct experiment it = plan(runs, sides, seed);
                for (uint32_t run = 1; run <= runs; run++)
                    for (uint32_t side = 0; side < sides; side++)
                        cr_assert_eq(count(&it, run * sides, side), run);
            }
}

Test(abba, second_half_of_a_block_mirrors_the_first)
{
    for (uint32_t sides = 2; sides <= VIZ_ABBA_SIDES; sides++)
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct experiment it = plan(8, sides, seed);
            for (uint32_t block = 0; block < 4; block++) {
                const uint8_t *at = it.order + (size_t)block * 2 * sides;
                for (uint32_t i = 0; i < sides; i++)
                    cr_assert_eq(at[i], at[2 * sides - 1 - i]);
            }
        }
}

/* The sum of what drifts by one from run to run is the same on every side. */
Test(abba, linear_drift_falls_on_all_sides_alike)
{
    for (uint32_t sides = 2; sides <= VIZ_ABBA_SIDES; sides++)
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct experiment it = plan(MAX_RUNS, sides, seed);
            uint32_t drift[VIZ_ABBA_SIDES] = {0};
            for (uint32_t i = 0; i < MAX_RUNS * sides; i++) {
                drift[it.order[i]] += i;
                if ((i + 1) % (2 * sides) == 0)
                    for (uint32_t side = 1; side < sides; side++)
                        cr_assert_eq(drift[side], drift[0]);
            }
        }
}

Test(abba, one_run_is_one_permutation)
{
    bool seen[2] = {false, false};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct experiment it = plan(1, 2, seed);
        cr_assert_eq(it.order[0] + it.order[1], 1);
        seen[it.order[0]] = true;
    }
    cr_expect(seen[0] && seen[1], "both come first with some seed");
}

Test(abba, no_run_writes_nothing)
{
    struct experiment it = plan(0, 2, 1);
    cr_expect_eq(it.order[0], 0xee);
}

Test(abba, odd_number_of_runs_ends_with_half_a_block)
{
    struct experiment five = plan(5, 2, 7), six = plan(6, 2, 7);
    cr_expect_eq(memcmp(five.order, six.order, 10), 0,
                 "the beginning does not depend "
                 "on how many follow");
    cr_expect_eq(count(&five, 10, 0), 5);
}

Test(abba, same_seed_gives_the_same_order)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct experiment a = plan(9, 3, seed), b = plan(9, 3, seed);
        cr_assert_eq(memcmp(&a, &b, sizeof(a)), 0);
    }
}

/* Ten blocks of 6 permutations: two seeds agree once in 60 million. */
Test(abba, other_seeds_give_other_orders)
{
    for (uint64_t seed = 1; seed < SEEDS; seed++) {
        struct experiment a = plan(20, 3, 0), b = plan(20, 3, seed);
        cr_assert_neq(memcmp(a.order, b.order, 60), 0, "seed %d", (int)seed);
    }
}

/* 6000 blocks: each of the six orders 1000 times, the standard deviation is 29. */
Test(abba, every_permutation_is_as_likely_as_any_other)
{
    uint32_t seen[3][3] = {{0}};
    for (uint64_t seed = 0; seed < 6000; seed++) {
        struct experiment it = plan(1, 3, seed);
        seen[it.order[0]][it.order[1]]++;
    }
    for (int first = 0; first < 3; first++)
        for (int second = 0; second < 3; second++)
            if (first == second)
                cr_expect_eq(seen[first][second], 0);
            else
                cr_expect(seen[first][second] > 850 && seen[first][second] < 1150,
                          "%d %d: %u", first, second, seen[first][second]);
}
