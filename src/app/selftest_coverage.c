/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices of which each hop of B takes just so much longer: how often the intervals of
 * the differences hold that. */
#include "selftest_device.h"
#include "selftest_state.h"

#include <viz/alloc.h>
#include <viz/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SHIFT_US 100.0
#define REPLICATES 500
#define MOST_RUNS 5
#define PROMISED 0.93
#define SHOWN (VIZ_STATISTIC_P95 + 1)
#define COST 18.0 /* milliseconds of a pair with one run a side */
#define COST_RUNS 80.0
#define FIRST_SEED 200 /* of this section's forks of the seed */

static const struct row {
    struct device_kind kind;
    uint32_t runs;
    double variation; /* percent */
} rows[] = {{{50, 0}, 1, 0},    {{125, 0}, 1, 0},  {{50, 0.9}, 1, 0},
            {{125, 0.9}, 1, 0}, {{50, 0}, 5, 0.5}, {{125, 0.9}, 5, 0.5}};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

enum answer { NOT_SHOWN, MISSED, HELD };

struct pair {
    enum answer is[FRAMES_KINDS][SHOWN];
};

struct coverage {
    const struct row *row;
    uint64_t seed;
    struct pair *pair;
};

static void make_run(const struct row *row, uint64_t seed, uint32_t run, double shift,
                     struct viz_estimate *out[FRAMES_KINDS])
{
    struct viz_simulation_params params = device_params(&row->kind, seed, run);
    struct viz_simulated simulated[FRAMES_KINDS];
    double effect = device_effect(0, row->variation, seed, run);
    params.shift_us = shift + effect / 100 * DEVICE_MEAN_US;
    viz_simulation_run(&params, &simulated[FRAMES_LIVE], &simulated[FRAMES_PUBLISHED]);
    for (int kind = 0; kind < FRAMES_KINDS; kind++) {
        device_estimate(out[kind], &simulated[kind], REPLICATES,
                        viz_random_fork(seed, run));
        viz_simulated_finish(&simulated[kind]);
    }
}

static enum answer answer(const struct viz_contrast_row *row)
{
    if (row->why != VIZ_WHY_SHOWN)
        return NOT_SHOWN;
    return row->low <= SHIFT_US && row->high >= SHIFT_US ? HELD : MISSED;
}

static void cover(void *context, size_t i)
{
    struct coverage *coverage = context;
    uint32_t runs = coverage->row->runs;
    uint64_t seed = viz_random_fork(coverage->seed, i);
    struct viz_estimate estimate[FRAMES_KINDS][2][MOST_RUNS];
    for (uint32_t side = 0; side < 2; side++)
        for (uint32_t run = 0; run < runs; run++)
            make_run(coverage->row, seed, side * runs + run, side * SHIFT_US,
                     (struct viz_estimate *[]){&estimate[FRAMES_LIVE][side][run],
                                               &estimate[FRAMES_PUBLISHED][side][run]});
    for (int kind = 0; kind < FRAMES_KINDS; kind++) {
        struct viz_contrast contrast;
        device_contrast(estimate[kind][0], estimate[kind][1], runs, VIZ_STATISTIC_P95,
                        seed, &contrast);
        for (int statistic = 0; statistic < SHOWN; statistic++)
            coverage->pair[i].is[kind][statistic] = answer(&contrast.row[statistic]);
        for (uint32_t run = 0; run < 2 * runs; run++)
            viz_estimate_finish(&estimate[kind][run / runs][run % runs]);
    }
}

/* Of those that were shown at all. */
static bool report_statistic(const struct coverage *coverage, uint32_t n,
                             enum device_frames kind, int statistic,
                             struct selftest_text *cell, json_t *json)
{
    unsigned count[HELD + 1] = {0};
    for (uint32_t i = 0; i < n; i++)
        count[coverage->pair[i].is[kind][statistic]]++;
    unsigned shown = count[HELD] + count[MISSED];
    *cell = selftest_percent(count[HELD], shown);
    json_object_set_new(json, viz_statistic_name((enum viz_statistic)statistic),
                        json_pack("{s:i, s:o}", "shown", (int)shown, "coverage",
                                  viz_json_real((double)count[HELD] / shown)));
    return count[HELD] >= selftest_least(shown, PROMISED);
}

static void report(struct selftest *test, const struct coverage *coverage, uint32_t n,
                   enum device_frames kind, struct viz_table *table, json_t *json)
{
    const struct row *row = coverage->row;
    struct selftest_text cell[SHOWN];
    json_t *intervals = json_object();
    bool passed = true;
    char device[32], runs[16];
    device_text(&row->kind, device, sizeof(device));
    snprintf(runs, sizeof(runs), "%u+%u", row->runs, row->runs);
    for (int statistic = 0; statistic < SHOWN; statistic++) {
        bool held =
            report_statistic(coverage, n, kind, statistic, &cell[statistic], intervals);
        passed = passed && (held || statistic == VIZ_STATISTIC_P95);
    }
    viz_table_row(table, (const char *[]){device, device_frames_name[kind], runs,
                                          cell[VIZ_STATISTIC_MEAN].text,
                                          cell[VIZ_STATISTIC_MEDIAN].text,
                                          selftest_check(test, passed),
                                          cell[VIZ_STATISTIC_P95].text});
    json_array_append_new(
        json, json_pack("{s:f, s:f, s:s, s:i, s:f, s:i, s:o, s:b}", "hops_per_second",
                        row->kind.hop_hz, "hop_ar", row->kind.ar, "frames",
                        device_frames_name[kind], "runs", (int)row->runs,
                        "variation_percent", row->variation, "pairs", (int)n,
                        "intervals", intervals, "ok", passed));
}

/* The bootstrap is dear: fewer. */
static uint32_t pairs_of(const struct selftest *test, const struct row *row)
{
    return test->params.pairs / (row->runs > 1 ? 10 : 4);
}

static double cost_of(const struct row *row)
{
    return row->runs > 1 ? COST_RUNS : COST;
}

static void introduce(struct selftest *test)
{
    uint32_t one = pairs_of(test, &rows[0]), several = pairs_of(test, &rows[ROWS - 1]);
    selftest_line(test,
                  "Each hop of B takes 100 µs longer: how often 95 %% intervals of the "
                  "difference hold that");
    selftest_line(test,
                  "%u pairs a row, %u of 5+5 runs (run to run 0.5 %%). Mean and median "
                  "must in 93 %%:",
                  one, several);
    selftest_line(test, "at least %.1f and %.1f %% (99 %%, one-sided). p95 is shown.",
                  100.0 * selftest_least(one, PROMISED) / one,
                  100.0 * selftest_least(several, PROMISED) / several);
}

void selftest_coverage(struct selftest *test)
{
    static const struct viz_table_column column[] = {
        {.title = "hops"},   {.title = "frames"}, {.title = "runs"}, {"mean", true, 0},
        {"median", true, 0}, {.title = ""},       {"p95", true, 0}};
    struct coverage coverage = {
        .pair = viz_zalloc((test->params.pairs + 1) * sizeof(struct pair))};
    struct viz_table *table = viz_table_create(column, 7);
    json_t *json = json_array();
    if (!test->stopped)
        introduce(test);
    for (uint32_t i = 0; i < ROWS && !test->stopped; i++) {
        coverage.row = &rows[i];
        coverage.seed = viz_random_fork(test->params.seed, FIRST_SEED + i);
        uint32_t done =
            selftest_repeat(test, pairs_of(test, &rows[i]), cost_of(&rows[i]),
                            "intervals at known truth", cover, &coverage);
        for (int kind = 0; kind < FRAMES_KINDS && done; kind++)
            report(test, &coverage, done, (enum device_frames)kind, table, json);
    }
    selftest_table(test, table);
    json_object_set_new(test->json, "coverage", json);
    free(coverage.pair);
}

double selftest_coverage_work(const struct selftest *test)
{
    double work = 0;
    for (uint32_t i = 0; i < ROWS; i++)
        work += cost_of(&rows[i]) * pairs_of(test, &rows[i]);
    return work;
}
