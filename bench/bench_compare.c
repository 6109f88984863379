/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a comparison takes, and what drawing replicates costs.
 *
 *   short      5 + 5 runs of 600 values, 3 metrics: all of viz_comparison_create()
 *   long       1 + 1 runs of 100 000 values, 3 metrics
 *   counted    1000 bootstrap replicates of 600 values with their mean and three quantiles
 *              (viz_bootstrap())
 *   sorted     the same, each replicate copied and sorted: what a bootstrap does that knows
 *              nothing of order statistics
 *
 *     bench_compare [RUNS [DIRECTORY]]     5 runs, a store in a folder of its own in
 *                                          DIRECTORY (.)
 *
 * All take turns within a run. One JSON line a run (seconds), one with the spread. */
#include <viz/alloc.h>
#include <viz/bootstrap.h>
#include <viz/clock.h>
#include <viz/comparison.h>
#include <viz/describe.h>
#include <viz/random.h>
#include <viz/special.h>
#include <viz/store.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_RUNS 100
#define METRICS 3
#define SHORT 600
#define LONG 100000
#define SIDE 5
#define REPLICATES 1000
#define BLOCK 5

enum way { WAY_SHORT, WAY_LONG, WAY_COUNTED, WAY_SORTED, WAYS };
static const char *const way_name[WAYS] = {"short", "long", "counted", "sorted"};

static void check(int ret, const struct viz_error *err)
{
    if (ret >= 0)
        return;
    fprintf(stderr, "bench_compare: %s\n", err->text);
    exit(1);
}

/* An AR(1) series of frame times around 16 ms, skewed. */
static double next_value(struct viz_random *random, double *state)
{
    *state = 0.5 * *state + viz_random_normal(random);
    return 16 * exp(0.05 * *state);
}

static int64_t put_run(struct viz_store *store, size_t n, uint64_t seed)
{
    static const struct viz_run_channel channel[METRICS] = {
        {"frame_ms", "ms"}, {"submit_ms", "ms"}, {"update_ms", "ms"}};
    const struct viz_run_new new_run = {
        .name = "bench", .origin = "benchmark", .started_ns = 1700000000000000000};
    const struct viz_run_stream stream = {.name = "frames",
                                          .form = VIZ_FORM_VALUES,
                                          .channel = channel,
                                          .channels = METRICS};
    struct viz_random random;
    struct viz_error err;
    int64_t run, id, segment;
    double row[METRICS], state[METRICS] = {0};
    viz_random_seed(&random, seed);
    check(viz_store_begin(store, &err), &err);
    check(viz_store_begin_run(store, &new_run, &run, &err), &err);
    check(viz_store_add_stream(store, run, &stream, &id, &err), &err);
    check(viz_store_add_segment(store, id, "start", new_run.started_ns, &segment, &err),
          &err);
    for (size_t i = 0; i < n; i++) {
        for (int m = 0; m < METRICS; m++)
            row[m] = next_value(&random, &state[m]);
        const struct viz_run_sample sample = {
            .stream = id,
            .segment = segment,
            .seq = i,
            .host_ns = new_run.started_ns + (int64_t)i * 16666667,
            .device_ns = INT64_MIN,
            .frame = row,
            .size = sizeof(row),
        };
        check(viz_store_put(store, run, &sample, &err), &err);
    }
    check(viz_store_commit(store, &err), &err);
    check(viz_store_end_run(store, run, VIZ_RUN_COMPLETE,
                            new_run.started_ns + (int64_t)n * 16666667, "{}", &err),
          &err);
    return run;
}

static void compare(struct viz_store *store, const int64_t *a, const int64_t *b,
                    uint32_t runs)
{
    const struct viz_comparison_params params = {
        .alpha = 0.05, .limit_percent = 1, .seed = 1, .seeded = true};
    struct viz_comparison *comparison;
    struct viz_error err;
    check(viz_comparison_create(store, a, runs, "a", b, runs, "b", &params, &comparison,
                                &err),
          &err);
    viz_comparison_destroy(comparison);
}

static int by_value(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void draw_counted(const double *x)
{
    static double mean[REPLICATES], of[3][REPLICATES];
    double *quantile[3] = {of[0], of[1], of[2]};
    const struct viz_bootstrap_params params = {
        .block = BLOCK, .replicates = REPLICATES, .seed = 1, .p = {0.5, 0.95, 0.99}};
    viz_bootstrap(x, SHORT, &params, mean, quantile);
}

static void draw_sorted(const double *x)
{
    static double drawn[SHORT];
    volatile double sum = 0;
    struct viz_random random;
    viz_random_seed(&random, 1);
    for (int r = 0; r < REPLICATES; r++) {
        size_t at = 0;
        for (size_t i = 0; i < SHORT; i++) {
            bool begin = i == 0 || viz_random_below(&random, BLOCK) == 0;
            at = begin ? viz_random_below(&random, SHORT) : (at + 1) % SHORT;
            drawn[i] = x[at];
        }
        qsort(drawn, SHORT, sizeof(drawn[0]), by_value);
        sum = sum + viz_mean(drawn, SHORT) + viz_quantile(drawn, SHORT, 0.5, 7) +
              viz_quantile(drawn, SHORT, 0.95, 7) + viz_quantile(drawn, SHORT, 0.99, 7);
    }
}

struct bench {
    struct viz_store *store;
    int64_t small[2][SIDE], large[2][1];
    double x[SHORT];
};

static void run_way(struct bench *bench, enum way way)
{
    switch (way) {
    case WAY_SHORT:
        compare(bench->store, bench->small[0], bench->small[1], SIDE);
        break;
    case WAY_LONG:
        compare(bench->store, bench->large[0], bench->large[1], 1);
        break;
    case WAY_COUNTED:
        draw_counted(bench->x);
        break;
    default:
        draw_sorted(bench->x);
        break;
    }
}

static void fill(struct bench *bench, const char *path)
{
    struct viz_error err;
    struct viz_random random;
    double state = 0;
    check(viz_store_open(path, VIZ_STORE_WRITE, &bench->store, &err), &err);
    for (int s = 0; s < 2; s++) {
        for (uint64_t r = 0; r < SIDE; r++)
            bench->small[s][r] = put_run(bench->store, SHORT, 100 * (uint64_t)s + r);
        bench->large[s][0] = put_run(bench->store, LONG, 1000 + (uint64_t)s);
    }
    viz_random_seed(&random, 7);
    for (size_t i = 0; i < SHORT; i++)
        bench->x[i] = next_value(&random, &state);
}

static void print_spread(double took[WAYS][MAX_RUNS], size_t runs)
{
    printf("{\"runs\": %zu", runs);
    for (int w = 0; w < WAYS; w++) {
        double *sorted = viz_sorted(took[w], runs);
        printf(", \"%s_s\": [%.4f, %.4f, %.4f]", way_name[w], sorted[0],
               viz_quantile(sorted, runs, 0.5, 7), sorted[runs - 1]);
        free(sorted);
    }
    puts("}");
}

int main(int argc, char **argv)
{
    static struct bench bench;
    static double took[WAYS][MAX_RUNS];
    size_t runs = argc > 1 ? (size_t)atol(argv[1]) : 5;
    char folder[4096], path[4200];
    struct viz_clock *clock = viz_clock_create(true);
    runs = runs < 1 ? 1 : runs < MAX_RUNS ? runs : MAX_RUNS;
    snprintf(folder, sizeof(folder), "%s/bench_compare.XXXXXX",
             argc > 2 ? argv[2] : ".");
    if (!mkdtemp(folder)) {
        perror("bench_compare");
        return 1;
    }
    snprintf(path, sizeof(path), "%s/runs.db", folder);
    viz_special_start();
    fill(&bench, path);
    for (size_t run = 0; run < runs; run++) {
        printf("{\"run\": %zu", run + 1);
        for (int w = 0; w < WAYS; w++) {
            int64_t begin = viz_clock_now(clock);
            run_way(&bench, (enum way)w);
            took[w][run] = (double)(viz_clock_now(clock) - begin) / 1e9;
            printf(", \"%s_s\": %.4f", way_name[w], took[w][run]);
        }
        puts("}");
        fflush(stdout);
    }
    print_spread(took, runs);
    viz_store_close(bench.store);
    viz_clock_destroy(clock);
    unlink(path);
    rmdir(folder);
    return 0;
}
