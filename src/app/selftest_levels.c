/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pairs of equal devices, one run each: how often each method calls them different. */
#include "selftest_device.h"
#include "selftest_state.h"

#include <viz/alloc.h>
#include <viz/autocorrelation.h>
#include <viz/random.h>
#include <viz/ranks.h>
#include <viz/welch.h>

#include <stdio.h>
#include <stdlib.h>

#define COST 5.0 /* milliseconds of a pair */

enum method { STUDENT, MANN_WHITNEY, WELCH_GEYER, OWN, METHODS };
static const char *const method_key[METHODS] = {"student", "mann_whitney",
                                                "welch_geyer", "viz"};

/* What one pair gave. */
struct pair {
    bool found[FRAMES_KINDS][METHODS];
};

struct level {
    struct device_kind kind;
    uint64_t seed;
    struct pair *pair;
};

/* The plain tests, on frames as if each were an observation of its own. */
static void compare_frames(const struct viz_simulated *a, const struct viz_simulated *b,
                           bool found[METHODS])
{
    struct viz_moments from_a, from_b;
    struct viz_effective size;
    struct viz_t_test test;
    struct viz_mann_whitney ranks;
    viz_moments_of(a->frame, a->frames, &from_a);
    viz_moments_of(b->frame, b->frames, &from_b);
    viz_student(&from_a, &from_b, SELFTEST_ALPHA, &test);
    found[STUDENT] = test.p < SELFTEST_ALPHA;
    viz_mann_whitney(a->frame, a->frames, b->frame, b->frames, &ranks);
    found[MANN_WHITNEY] = ranks.p < SELFTEST_ALPHA;
    viz_effective_size(a->frame, a->frames, &size);
    from_a.n = size.n_eff;
    viz_effective_size(b->frame, b->frames, &size);
    from_b.n = size.n_eff;
    viz_welch(&from_a, &from_b, SELFTEST_ALPHA, &test);
    found[WELCH_GEYER] = test.p < SELFTEST_ALPHA;
}

static bool compare_values(const struct viz_simulated *a, const struct viz_simulated *b)
{
    struct viz_estimate from_a, from_b;
    struct viz_contrast contrast;
    device_estimate(&from_a, a, 0, 0);
    device_estimate(&from_b, b, 0, 0);
    device_contrast(&from_a, &from_b, 1, VIZ_STATISTIC_MEAN, 0, &contrast);
    viz_estimate_finish(&from_a);
    viz_estimate_finish(&from_b);
    return device_differs(&contrast);
}

static void compare_pair(void *context, size_t i)
{
    struct level *level = context;
    uint64_t seed = viz_random_fork(level->seed, i);
    struct viz_simulated run[2][FRAMES_KINDS];
    for (uint32_t side = 0; side < 2; side++) {
        struct viz_simulation_params params = device_params(&level->kind, seed, side);
        viz_simulation_run(&params, &run[side][FRAMES_LIVE],
                           &run[side][FRAMES_PUBLISHED]);
    }
    for (int kind = 0; kind < FRAMES_KINDS; kind++) {
        bool *found = level->pair[i].found[kind];
        compare_frames(&run[0][kind], &run[1][kind], found);
        found[OWN] = compare_values(&run[0][kind], &run[1][kind]);
        viz_simulated_finish(&run[0][kind]);
        viz_simulated_finish(&run[1][kind]);
    }
}

/* A row of the table: viz's own answer is checked, the others are shown. */
static void report(struct selftest *test, const struct level *level, uint32_t pairs,
                   enum device_frames kind, struct viz_table *table, json_t *json)
{
    unsigned count[METHODS] = {0};
    for (uint32_t i = 0; i < pairs; i++)
        for (int method = 0; method < METHODS; method++)
            count[method] += level->pair[i].found[kind][method];
    struct selftest_band band = selftest_band(pairs, SELFTEST_ALPHA);
    bool careful = kind == FRAMES_PUBLISHED; /* few values, and spikes among them */
    bool passed = count[OWN] <= band.high && (careful || count[OWN] >= band.low);
    struct selftest_text cell[METHODS];
    char device[32];
    json_t *rates = json_object();
    device_text(&level->kind, device, sizeof(device));
    for (int method = 0; method < METHODS; method++) {
        cell[method] = selftest_percent(count[method], pairs);
        json_object_set_new(rates, method_key[method],
                            json_real((double)count[method] / pairs));
    }
    viz_table_row(table,
                  (const char *[]){device, device_frames_name[kind], cell[STUDENT].text,
                                   cell[MANN_WHITNEY].text, cell[WELCH_GEYER].text,
                                   cell[OWN].text, selftest_check(test, passed)});
    json_array_append_new(
        json, json_pack("{s:f, s:f, s:s, s:i, s:[f, f], s:o, s:b}", "hops_per_second",
                        level->kind.hop_hz, "hop_ar", level->kind.ar, "frames",
                        device_frames_name[kind], "pairs", (int)pairs, "band",
                        (double)band.low / pairs, (double)band.high / pairs,
                        "false_positives", rates, "ok", passed));
}

static void introduce(struct selftest *test)
{
    uint32_t pairs = test->params.pairs;
    struct selftest_band band = selftest_band(pairs, SELFTEST_ALPHA);
    selftest_line(test,
                  "Equal devices, one run of 60 s each: how often a test at 5 %% calls "
                  "them different");
    selftest_line(
        test,
        "%u pairs a row. viz must lie in the 99 %% band of 5 %%, from %.1f to "
        "%.1f %%. The others are",
        pairs, 100.0 * band.low / pairs, 100.0 * band.high / pairs);
    selftest_line(
        test, "a warning: what a plain test of the frames would say; Welch, Geyer: of "
              "the same frames.");
    selftest_line(test, "Published frames are few values with spikes, of which t says "
                        "too little rather than too much:");
    selftest_line(test, "they may be below the band, and not above.");
}

void selftest_levels(struct selftest *test)
{
    static const struct viz_table_column column[] = {{.title = "hops"},
                                                     {.title = "frames"},
                                                     {"plain t test", true, 0},
                                                     {"Mann-Whitney", true, 0},
                                                     {"Welch, Geyer", true, 0},
                                                     {"viz", true, 0},
                                                     {.title = ""}};
    struct viz_table *table = viz_table_create(column, 7);
    json_t *json = json_array();
    uint32_t pairs = test->params.pairs;
    struct level level = {.pair = viz_zalloc(pairs * sizeof(struct pair))};
    introduce(test);
    for (uint32_t i = 0; i < DEVICE_KINDS && !test->stopped; i++) {
        level.kind = device_kinds[i];
        level.seed = viz_random_fork(test->params.seed, i);
        uint32_t done = selftest_repeat(
            test, pairs, COST, "equal devices, one run each", compare_pair, &level);
        for (int kind = 0; kind < FRAMES_KINDS && done; kind++)
            report(test, &level, done, (enum device_frames)kind, table, json);
    }
    selftest_table(test, table);
    json_object_set_new(test->json, "levels", json);
    free(level.pair);
}

double selftest_levels_work(const struct selftest *test)
{
    return COST * DEVICE_KINDS * test->params.pairs;
}
