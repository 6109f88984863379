/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Five runs a side of devices that are never quite the same: how often equal ones are
 * called different, and how often those that are 2 % apart are found. */
#include "selftest_device.h"
#include "selftest_state.h"

#include <viz/alloc.h>
#include <viz/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define RUNS 5
#define EFFECT 2.0 /* percent */
#define POWER 0.95
#define CHECKED_VARIATION 0.5 /* where POWER is promised, of live frames */
#define COST 26.0             /* milliseconds of a repetition */
#define FIRST_SEED 100        /* of this section's forks of the seed */

static const double variations[] = {0, 0.5, 1};
#define VARIATIONS (sizeof(variations) / sizeof(variations[0]))

enum side { BASE, EQUAL, SLOWER, SIDES };
enum answer { ONE_RUN, ALL_RUNS, FOUND, FOUND_MEDIAN, ANSWERS };

struct repetition {
    bool is[FRAMES_KINDS][ANSWERS];
};

struct replication {
    double variation;
    uint64_t seed;
    struct repetition *repetition;
};

static void make_run(const struct replication *replication, uint64_t seed, uint32_t run,
                     double effect, struct viz_estimate *out[FRAMES_KINDS])
{
    struct viz_simulation_params params = device_params(&device_kinds[0], seed, run);
    struct viz_simulated simulated[FRAMES_KINDS];
    params.model.effect = device_effect(effect, replication->variation, seed, run);
    viz_simulation_run(&params, &simulated[FRAMES_LIVE], &simulated[FRAMES_PUBLISHED]);
    for (int kind = 0; kind < FRAMES_KINDS; kind++) {
        device_estimate(out[kind], &simulated[kind], 0, 0);
        viz_simulated_finish(&simulated[kind]);
    }
}

static void judge(struct viz_estimate estimate[SIDES][RUNS], bool is[ANSWERS])
{
    struct viz_contrast contrast;
    device_contrast(estimate[BASE], estimate[SLOWER], RUNS, VIZ_STATISTIC_MEDIAN, 0,
                    &contrast);
    is[FOUND] = device_is_worse(&contrast, VIZ_STATISTIC_MEAN);
    is[FOUND_MEDIAN] = device_is_worse(&contrast, VIZ_STATISTIC_MEDIAN);
    device_contrast(estimate[BASE], estimate[EQUAL], RUNS, VIZ_STATISTIC_MEAN, 0,
                    &contrast);
    is[ALL_RUNS] = device_differs(&contrast);
    device_contrast(estimate[BASE], estimate[EQUAL], 1, VIZ_STATISTIC_MEAN, 0,
                    &contrast);
    is[ONE_RUN] = device_differs(&contrast);
}

static void repeat(void *context, size_t i)
{
    struct replication *replication = context;
    uint64_t seed = viz_random_fork(replication->seed, i);
    struct viz_estimate estimate[FRAMES_KINDS][SIDES][RUNS];
    for (uint32_t side = 0; side < SIDES; side++)
        for (uint32_t run = 0; run < RUNS; run++)
            make_run(replication, seed, side * RUNS + run, side == SLOWER ? EFFECT : 0,
                     (struct viz_estimate *[]){&estimate[FRAMES_LIVE][side][run],
                                               &estimate[FRAMES_PUBLISHED][side][run]});
    for (int kind = 0; kind < FRAMES_KINDS; kind++) {
        judge(estimate[kind], replication->repetition[i].is[kind]);
        for (uint32_t run = 0; run < SIDES * RUNS; run++)
            viz_estimate_finish(&estimate[kind][run / RUNS][run % RUNS]);
    }
}

static void report(struct selftest *test, const struct replication *replication,
                   uint32_t n, enum device_frames kind, struct viz_table *table,
                   json_t *json)
{
    unsigned count[ANSWERS] = {0};
    for (uint32_t i = 0; i < n; i++)
        for (int answer = 0; answer < ANSWERS; answer++)
            count[answer] += replication->repetition[i].is[kind][answer];
    struct selftest_band band = selftest_band(n, SELFTEST_ALPHA);
    /* Welch's test of five and five is a little conservative by nature. */
    bool level = count[ALL_RUNS] <= band.high;
    bool promised = replication->variation == CHECKED_VARIATION && kind == FRAMES_LIVE;
    bool power = count[FOUND] >= selftest_least(n, POWER);
    char variation[16];
    snprintf(variation, sizeof(variation), "%.1f %%", replication->variation);
    viz_table_row(table, (const char *[]){variation, device_frames_name[kind],
                                          selftest_percent(count[ONE_RUN], n).text,
                                          selftest_percent(count[ALL_RUNS], n).text,
                                          selftest_check(test, level),
                                          selftest_percent(count[FOUND], n).text,
                                          selftest_percent(count[FOUND_MEDIAN], n).text,
                                          promised ? selftest_check(test, power) : ""});
    json_array_append_new(
        json, json_pack("{s:f, s:s, s:i, s:[f, f], s:f, s:f, s:f, s:f, s:b, s:b}",
                        "variation_percent", replication->variation, "frames",
                        device_frames_name[kind], "repetitions", (int)n, "band",
                        (double)band.low / n, (double)band.high / n,
                        "false_positives_one_run", (double)count[ONE_RUN] / n,
                        "false_positives", (double)count[ALL_RUNS] / n, "power",
                        (double)count[FOUND] / n, "power_median",
                        (double)count[FOUND_MEDIAN] / n, "power_promised", promised,
                        "ok", level && (power || !promised)));
}

static uint32_t repetitions(const struct selftest *test)
{
    return test->params.pairs * 3 / 10;
}

static void introduce(struct selftest *test)
{
    uint32_t n = repetitions(test);
    struct selftest_band band = selftest_band(n, SELFTEST_ALPHA);
    selftest_line(test, "Five runs a side, 50 hops/s, which vary from run to run");
    selftest_line(
        test,
        "%u repetitions a row. Equal: 5+5 must not be above the 99 %% band of 5 "
        "%%, %.1f %%. 1+1 is",
        n, 100.0 * band.high / n);
    selftest_line(
        test, "a warning: it cannot know what differs from run to run. B 2 %% slower: "
              "how often 5+5 say");
    selftest_line(test,
                  "\"worse\"; of the mean, live and 0.5 %%, it must be 95 %%: at least "
                  "%.1f %% (99 %%, one-sided).",
                  100.0 * selftest_least(n, POWER) / n);
}

void selftest_runs(struct selftest *test)
{
    static const struct viz_table_column column[] = {
        {"run to run", true, 0},   {.title = "frames"}, {"1+1 differ", true, 0},
        {"5+5 differ", true, 0},   {.title = ""},       {"mean worse", true, 0},
        {"median worse", true, 0}, {.title = ""}};
    uint32_t n = repetitions(test);
    struct replication replication = {.repetition =
                                          viz_zalloc(n * sizeof(struct repetition))};
    struct viz_table *table = viz_table_create(column, 8);
    json_t *json = json_array();
    if (!test->stopped)
        introduce(test);
    for (uint32_t i = 0; i < VARIATIONS && !test->stopped; i++) {
        replication.variation = variations[i];
        replication.seed = viz_random_fork(test->params.seed, FIRST_SEED + i);
        uint32_t done =
            selftest_repeat(test, n, COST, "several runs a side", repeat, &replication);
        for (int kind = 0; kind < FRAMES_KINDS && done; kind++)
            report(test, &replication, done, (enum device_frames)kind, table, json);
    }
    selftest_table(test, table);
    json_object_set_new(test->json, "runs", json);
    free(replication.repetition);
}

double selftest_runs_work(const struct selftest *test)
{
    return COST * (double)VARIATIONS * repetitions(test);
}
