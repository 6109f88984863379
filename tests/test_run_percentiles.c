/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api_rig.h"

#include <viz/alloc.h>
#include <viz/autocorrelation.h>
#include <viz/describe.h>
#include <viz/random.h>
#include <viz/run_percentiles.h>
#include <viz/special.h>

static void start(void)
{
    viz_special_start();
    series_rig_init();
}

TestSuite(run_percentiles, .init = start, .fini = series_rig_finish, .timeout = 60);

static json_t *percentiles(const char *metrics, const int64_t *run, uint32_t runs)
{
    const struct viz_run_percentiles_params params = {
        .run = run, .runs = runs, .metrics = metrics};
    char *text;
    STORE_OK(&rig, viz_run_percentiles_json(rig.store, &params, &text, &rig.err));
    json_t *out = json_loads(text, 0, NULL);
    cr_assert_not_null(out, "%s", text);
    free(text);
    return out;
}

static json_t *run_at(const json_t *json, size_t metric, size_t run)
{
    json_t *of = json_array_get(json_object_get(json, "metrics"), metric);
    return json_array_get(json_object_get(of, "runs"), run);
}

static double in(const json_t *run, const char *cell, const char *key)
{
    const json_t *value = json_object_get(json_object_get(run, cell), key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static bool enough(const json_t *run, const char *cell)
{
    return json_is_true(json_object_get(json_object_get(run, cell), "enough"));
}

/* @n values of which each is unlike its neighbours. */
static double *noise(size_t n, uint64_t seed)
{
    struct viz_random random;
    double *out = viz_zalloc(n * sizeof(*out));
    viz_random_seed(&random, seed);
    for (size_t i = 0; i < n; i++)
        out[i] = (double)viz_random_below(&random, 1000000) / 1e5;
    return out;
}

Test(run_percentiles, the_cells_are_the_runs_own_quantiles_within_their_intervals)
{
    enum { N = 1500 };
    double *x = noise(N, 3), *sorted = viz_sorted(x, N);
    const int64_t run[] = {run_of("a", x, N)};
    json_t *json = percentiles("x", run, 1);
    static const struct {
        const char *cell;
        double p;
    } cells[] = {{"median", 0.5}, {"p95", 0.95}, {"p99", 0.99}};
    const json_t *one = run_at(json, 0, 0);
    near(in(one, "mean", "value"), viz_mean(x, N));
    for (size_t i = 0; i < 3; i++) {
        double value = viz_quantile(sorted, N, cells[i].p, 7);
        near(in(one, cells[i].cell, "value"), value);
        cr_assert_lt(in(one, cells[i].cell, "low"), value);
        cr_assert_gt(in(one, cells[i].cell, "high"), value);
    }
    struct viz_long_run error;
    viz_long_run(x, N, &error);
    double half = viz_t_quantile(0.975, error.df) * sqrt(error.variance / N);
    near(in(one, "mean", "low"), viz_mean(x, N) - half);
    near(in(one, "mean", "high"), viz_mean(x, N) + half);
    near(in(one, "median", "needs"), 6);
    near(in(one, "p95", "needs"), 72);
    near(in(one, "p99", "needs"), 368);
    json_decref(json);
    free(sorted);
    free(x);
}

Test(run_percentiles, what_there_are_too_few_values_for_is_not_told)
{
    double *x = noise(100, 3);
    const int64_t run[] = {run_of("a", x, 100), run_of("b", x, 5), run_of("c", x, 1)};
    json_t *json = percentiles("x", run, 3);
    cr_assert(enough(run_at(json, 0, 0), "p95"));
    cr_assert_not(enough(run_at(json, 0, 0), "p99"));
    cr_assert(isnan(in(run_at(json, 0, 0), "p99", "value")));
    cr_assert(isnan(in(run_at(json, 0, 0), "p99", "low")));
    cr_assert_not(enough(run_at(json, 0, 1), "median"));
    cr_assert(enough(run_at(json, 0, 1), "mean"));
    near(in(run_at(json, 0, 2), "mean", "value"), x[0]);
    cr_assert(isnan(in(run_at(json, 0, 2), "mean", "low")));
    json_decref(json);
    free(x);
}

Test(run_percentiles, equal_values_say_nothing_of_an_interval)
{
    double x[200];
    for (size_t i = 0; i < 200; i++)
        x[i] = 4;
    const int64_t run[] = {run_of("a", x, 200)};
    json_t *json = percentiles("x", run, 1);
    near(in(run_at(json, 0, 0), "median", "value"), 4);
    cr_assert(isnan(in(run_at(json, 0, 0), "mean", "low")));
    cr_assert(isnan(in(run_at(json, 0, 0), "mean", "high")));
    json_decref(json);
}

Test(run_percentiles, a_run_that_lacks_a_metric_has_an_empty_cell)
{
    double *x = noise(20, 3);
    const int64_t run[] = {run_of("a", x, 20), store_rig_run(&rig, "none", START_NS)};
    json_t *json = percentiles(NULL, run, 2);
    const json_t *none = run_at(json, 0, 1);
    cr_assert_eq(json_integer_value(json_object_get(none, "n")), 0);
    cr_assert(json_is_null(json_object_get(none, "stream")));
    cr_assert_not(enough(none, "mean"));
    cr_assert(isnan(in(none, "mean", "value")));
    near(in(none, "mean", "needs"), 1);
    json_decref(json);
    free(x);
}

Test(run_percentiles, runs_without_metrics_have_an_empty_table)
{
    const int64_t run[] = {store_rig_run(&rig, "none", START_NS)};
    json_t *json = percentiles(NULL, run, 1);
    cr_assert_eq(json_array_size(json_object_get(json, "metrics")), 0);
    json_decref(json);
}

Test(run_percentiles, the_same_runs_have_the_same_bytes)
{
    char *text[2];
    double *x = noise(500, 9);
    const int64_t run[] = {run_of("a", x, 500)};
    const struct viz_run_percentiles_params params = {.run = run, .runs = 1};
    for (int i = 0; i < 2; i++)
        STORE_OK(&rig,
                 viz_run_percentiles_json(rig.store, &params, &text[i], &rig.err));
    cr_assert_str_eq(text[0], text[1]);
    free(text[0]);
    free(text[1]);
    free(x);
}

/* Of 100 runs whose true quantiles are known about as many as are said. */
Test(run_percentiles, the_intervals_hold_what_is_true)
{
    enum { N = 600, RUNS = 100 };
    static const struct {
        const char *cell;
        double truth;
    } cells[] = {{"mean", 5}, {"median", 5}, {"p95", 9.5}};
    int held[3] = {0};
    int64_t run[RUNS];
    for (int i = 0; i < RUNS; i++) {
        double *x = noise(N, 100 + (uint64_t)i);
        run[i] = run_of("a", x, N);
        free(x);
    }
    json_t *json = percentiles("x", run, RUNS);
    for (int i = 0; i < RUNS; i++)
        for (int c = 0; c < 3; c++) {
            const json_t *one = run_at(json, 0, (size_t)i);
            held[c] += in(one, cells[c].cell, "low") <= cells[c].truth &&
                       in(one, cells[c].cell, "high") >= cells[c].truth;
        }
    for (int c = 0; c < 3; c++)
        cr_assert(held[c] >= 88 && held[c] <= 100, "%s: %d of %d", cells[c].cell,
                  held[c], RUNS);
    json_decref(json);
}
