/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/trend.h>

#include <viz/alloc.h>
#include <viz/cancel.h>
#include <viz/changes.h>
#include <viz/describe.h>
#include <viz/parallel.h>
#include <viz/random.h>
#include <viz/run_summary.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.95 /* of how many values a quantile needs */
#define REPLICATES 2000
#define PERMUTATIONS 10000
#define LEAST_RUNS 2 /* of a stretch */
#define POWER 0.9
#define NEWEST_RUNS 3       /* that are compared with those before */
#define EXPECTING_RUNS 3    /* that let another be expected */
#define EQUIVALENT_RUNS 8   /* in all, before they can be called so */
#define EXPECTED_ALPHA 0.01 /* of an interval in which a run is expected */

/* A trend in the making. */
struct making {
    struct viz_trend *trend;
    struct viz_run_series **series;          /* [runs] */
    const struct viz_metric_series **metric; /* [runs]; NULL: the run has none */
    const atomic_bool *cancelled;
};

/* ---- which runs ---- */

static int take_run(void *context, const struct viz_run *run)
{
    viz_run_copy(context, run);
    return 0;
}

static int by_start(const void *a, const void *b)
{
    const struct viz_run *x = &((const struct viz_trend_run *)a)->run;
    const struct viz_run *y = &((const struct viz_trend_run *)b)->run;
    if (x->started_ns != y->started_ns)
        return x->started_ns < y->started_ns ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int take_runs(struct viz_trend *trend, struct viz_store *store,
                     const int64_t *ids, uint32_t count, struct viz_error *err)
{
    trend->run = viz_zalloc((count + 1) * sizeof(*trend->run));
    for (uint32_t i = 0; i < count; i++) {
        int ret = viz_store_run(store, ids[i], take_run, &trend->run[i].run, err);
        if (ret < 0)
            return ret;
        trend->runs++;
    }
    qsort(trend->run, count, sizeof(*trend->run), by_start);
    return 0;
}

/* From the runs alone: FNV-1a, through the mixer that seeds go through. */
static uint64_t seed_of(const struct viz_trend *trend)
{
    uint64_t seed = 0;
    for (uint32_t i = 0; i < trend->runs; i++) {
        uint64_t hash = 0xcbf29ce484222325u;
        for (const char *at = trend->run[i].run.uuid; *at; at++)
            hash = (hash ^ (unsigned char)*at) * 0x100000001b3u;
        seed ^= viz_random_fork(0, hash);
    }
    return seed & INT64_MAX; /* JSON has no larger integers */
}

/* ---- which metric ---- */

static uint32_t count_named(const struct viz_run_series *series, const char *name)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < series->metrics; i++)
        count += !strcmp(series->metric[i].name, name);
    return count;
}

/* How much a metric says of a run where nobody asked for another: the time that a frame
 * takes before all else, then what has most values. */
static double worth_of(const struct viz_metric_series *metric, const char *only)
{
    if (only)
        return metric->n > 0;
    bool frame = !strcmp(metric->name, "frame_ms") || metric->averaged;
    return frame && metric->better == VIZ_BETTER_LOWER && metric->n ? INFINITY
                                                                    : (double)metric->n;
}

/* Of those that are wanted the one that is worth most, the first of several. */
static const struct viz_metric_series *best_wanted(const struct viz_run_series *series,
                                                   const char *only)
{
    const struct viz_metric_series *found = NULL;
    for (uint32_t i = 0; i < series->metrics; i++) {
        const struct viz_metric_series *metric = &series->metric[i];
        if (viz_metric_wanted(metric, only) &&
            (!found || worth_of(metric, only) > worth_of(found, only)))
            found = metric;
    }
    return found;
}

/* "frame_ms", or "S1/ax" where several streams have one. */
static void name_of(const struct viz_run_series *series,
                    const struct viz_metric_series *metric, char *out, size_t size)
{
    bool alone = count_named(series, metric->name) == 1;
    snprintf(out, size, "%s%s%s", alone ? "" : metric->stream, alone ? "" : "/",
             metric->name);
}

/* Adds a whole name, or, once there is no room for it, "…". */
static void list_name(char *out, size_t size, const char *name)
{
    static const char more[] = "…";
    size_t used = strlen(out), behind = strlen(more);
    const char *comma = used ? ", " : "";
    if (used >= behind && !strcmp(out + used - behind, more))
        return;
    if (used + strlen(comma) + strlen(name) + strlen(", ") + sizeof(more) > size)
        name = more;
    snprintf(out + used, size - used, "%s%s", comma, name);
}

/* Whether one of the names has the other in it; streams do not count. */
static bool is_near(const char *asked, const char *name)
{
    const char *slash = strrchr(asked, '/');
    asked = slash ? slash + 1 : asked;
    return *asked && (strcasestr(name, asked) || strcasestr(asked, name));
}

/* What there is, names near to @asked (NULL: none) first. */
static void name_metrics(const struct viz_run_series *series, const char *asked,
                         char *out, size_t size)
{
    char name[160];
    *out = '\0';
    for (int far = asked ? 0 : 1; far < 2; far++)
        for (uint32_t i = 0; i < series->metrics; i++) {
            const struct viz_metric_series *metric = &series->metric[i];
            if (asked && is_near(asked, metric->name) == far)
                continue;
            name_of(series, metric, name, sizeof(name));
            list_name(out, size, name);
        }
}

/* The usual metrics but for @but. */
static void name_others(const struct viz_run_series *series,
                        const struct viz_metric_series *but, char *out, size_t size)
{
    char name[160];
    *out = '\0';
    for (uint32_t i = 0; i < series->metrics; i++) {
        const struct viz_metric_series *metric = &series->metric[i];
        if (metric == but || !viz_metric_wanted(metric, NULL))
            continue;
        name_of(series, metric, name, sizeof(name));
        list_name(out, size, name);
    }
}

/* The newest run that has it says which is meant; @like keeps what describes it. */
static int choose_metric(struct viz_trend *trend, struct viz_store *store,
                         struct viz_metric_series *like, struct viz_error *err)
{
    char names[320] = "";
    const char *only = trend->params.metric;
    bool found = false;
    for (uint32_t i = trend->runs; i-- > 0 && !(found && like->n);) {
        struct viz_run_series *series;
        int ret = viz_run_series_load(store, trend->run[i].run.id, only, &series, err);
        if (ret < 0)
            return ret;
        const struct viz_metric_series *metric = best_wanted(series, only);
        if (metric && (!found || metric->n)) {
            *like = *metric;
            name_of(series, metric, trend->name, sizeof(trend->name));
            if (!only)
                name_others(series, metric, trend->others, sizeof(trend->others));
            found = true;
        }
        if (!*names)
            name_metrics(series, only, names, sizeof(names));
        viz_run_series_destroy(series);
    }
    like->value = NULL;
    like->at_ns = NULL;
    if (found)
        return 0;
    if (!*names)
        return viz_fail(err, -EINVAL, "there are no metrics in these runs");
    if (!only)
        return viz_fail(err, -EINVAL, "choose a --metric: these runs have %s", names);
    return viz_fail(err, -EINVAL, "no run has the metric %.100s; the newest has %s",
                    only, names);
}

static const struct viz_metric_series *find_like(const struct viz_run_series *series,
                                                 const struct viz_metric_series *like)
{
    const struct viz_metric_series *found = NULL;
    for (uint32_t i = 0; i < series->metrics; i++) {
        const struct viz_metric_series *metric = &series->metric[i];
        if (strcmp(metric->name, like->name) != 0)
            continue;
        if (!strcmp(metric->stream, like->stream))
            return metric;
        found = metric;
    }
    return count_named(series, like->name) == 1 ? found : NULL;
}

static int load(struct making *making, struct viz_store *store, struct viz_error *err)
{
    struct viz_trend *trend = making->trend;
    struct viz_metric_series like = {.n = 0};
    int ret = choose_metric(trend, store, &like, err);
    if (ret < 0)
        return ret;
    snprintf(trend->unit, sizeof(trend->unit), "%s", like.unit);
    trend->better = like.better;
    for (uint32_t i = 0; i < trend->runs; i++) {
        ret = viz_run_series_load(store, trend->run[i].run.id, like.name,
                                  &making->series[i], err);
        if (ret < 0)
            return ret;
        making->metric[i] = find_like(making->series[i], &like);
    }
    return 0;
}

/* ---- each run ---- */

static void estimate_run(void *context, size_t i)
{
    const struct making *making = context;
    const struct viz_trend_params *trend = &making->trend->params;
    const struct viz_metric_series *metric = making->metric[i];
    struct viz_trend_run *run = &making->trend->run[i];
    struct viz_estimate estimate;
    const struct viz_estimate_params params = {
        .confidence = CONFIDENCE,
        .replicates = trend->statistic == VIZ_STATISTIC_MEAN ? 0 : REPLICATES,
        .seed = viz_random_fork(trend->seed, i),
        .cancelled = making->cancelled,
    };
    if (!metric || !metric->n)
        return;
    viz_estimate_init(&estimate, metric->value, metric->n, &params);
    const struct viz_estimate_of *of = &estimate.of[trend->statistic];
    run->n_eff = of->n_eff;
    run->needs = of->needs;
    if (of->enough) {
        struct viz_t_test test;
        viz_t_of(of->value, of->se, of->df, trend->alpha, &test);
        run->value = of->value;
        run->low = test.low;
        run->high = test.high;
    }
    viz_estimate_finish(&estimate);
}

static int estimate(struct making *making, struct viz_error *err)
{
    struct viz_trend *trend = making->trend;
    for (uint32_t i = 0; i < trend->runs; i++) {
        const struct viz_metric_series *metric = making->metric[i];
        struct viz_trend_run *run = &trend->run[i];
        run->value = run->low = run->high = run->n_eff = run->needs = run->p = NAN;
        run->percent = run->percent_low = run->percent_high = NAN;
        run->n = metric ? (double)metric->n : 0;
    }
    viz_parallel(trend->runs, trend->params.threads, estimate_run, making,
                 making->cancelled);
    for (uint32_t i = 0; i < trend->runs; i++) {
        struct viz_trend_run *run = &trend->run[i];
        run->why = !making->metric[i]      ? VIZ_TREND_NO_METRIC
                   : run->n == 0           ? VIZ_TREND_NO_VALUES
                   : !isfinite(run->value) ? VIZ_TREND_TOO_FEW
                                           : VIZ_TREND_HAS;
        trend->valued += run->why == VIZ_TREND_HAS;
    }
    return viz_check_cancelled(making->cancelled, err);
}

/* ---- changes ---- */

static double median_of(const double *x, size_t n)
{
    double *sorted = viz_sorted(x, n), median = viz_quantile(sorted, n, 0.5, 7);
    free(sorted);
    return median;
}

/* A mean against a mean, both of runs. */
static void test_means(const struct viz_trend *trend, const double *before, size_t n,
                       const double *after, size_t m, struct viz_contrast_row *row)
{
    struct viz_moments a, b;
    viz_moments_of(before, n, &a);
    viz_moments_of(after, m, &b);
    *row = (struct viz_contrast_row){.a = a.mean, .b = b.mean, .p_adjusted = NAN};
    row->limit = trend->params.limit_percent / 100 * fabs(median_of(before, n));
    viz_welch(&a, &b, trend->params.alpha, &row->test);
    viz_tost(&row->test, row->limit, trend->params.alpha, &row->equal);
    row->low = row->test.low;
    row->high = row->test.high;
    if (!isfinite(row->low)) { /* no run differs from its neighbours: nothing to test */
        row->low = row->high = row->equal.low = row->equal.high = row->test.delta;
        row->equal.p = fabs(row->test.delta) < row->limit ? 0 : 1;
    }
}

/* What stands at a change, of the values before[0..n) and after[0..m). */
static void test_change(const struct viz_trend *trend, const double *before, size_t n,
                        const double *after, size_t m, struct viz_trend_run *run)
{
    struct viz_contrast_row *row = &run->row;
    test_means(trend, before, n, after, m, row);
    row->p_adjusted = run->p;
    run->verdict = viz_contrast_judge(row, trend->better, trend->params.alpha);
    run->before = (uint32_t)n;
    run->after = (uint32_t)m;
    if (row->a > 0 && row->b > 0) {
        run->percent = 100 * row->test.delta / row->a;
        run->percent_low = 100 * row->low / row->a;
        run->percent_high = 100 * row->high / row->a;
    }
}

/* The least p that so many runs can have: that of the best split in their middle. */
static double least_p(uint32_t runs)
{
    double half = floor(runs / 2.0), more = runs - half;
    double ways = lgamma(half + 1) + lgamma(more + 1) - lgamma(runs + 1.0);
    if (half == more)
        return 2 * exp(ways);
    /* n | n + 1 and n + 1 | n reach it, less the orders that are both. */
    return 4 * exp(ways) - 2 * exp(2 * lgamma(half + 1) - lgamma(runs + 1.0));
}

static uint32_t runs_needed(double alpha)
{
    uint32_t runs = 2 * LEAST_RUNS;
    while (!(least_p(runs) < alpha))
        runs++;
    return runs;
}

/* By a test of the runs' first half against the second. */
static double detectable(const struct viz_trend *trend, const double *value, size_t n)
{
    double median = fabs(median_of(value, n)), half = (double)n / 2;
    if (n < trend->needs || !(median > 0))
        return NAN;
    double se = viz_sd(value, n) * sqrt(2 / half);
    return 100 / median * viz_detectable(se, (double)n - 2, trend->params.alpha, POWER);
}

/* Whether @value is outside the interval in which the runs before[0..n) let one more be
 * expected, which is row->low to row->high. */
static bool is_odd(const double *before, size_t n, double value,
                   struct viz_contrast_row *row)
{
    struct viz_moments a, b = {.n = 1, .mean = value};
    struct viz_t_test test;
    viz_moments_of(before, n, &a);
    viz_one_against(&a, &b, EXPECTED_ALPHA, &test);
    double half = isfinite(test.low) ? (test.high - test.low) / 2 : 0;
    *row = (struct viz_contrast_row){.a = a.mean, .b = value, .test = test};
    row->low = a.mean - half;
    row->high = a.mean + half;
    if (a.variance == 0) /* whatever differs at all, but for the last digits */
        return fabs(test.delta) > 1e-9 * fabs(a.mean);
    return test.p < EXPECTED_ALPHA;
}

/* The newest two, or else the newest one. */
static void find_odd(const double *value, size_t n, struct viz_trend_newest *out)
{
    struct viz_contrast_row one, two;
    if (n >= EXPECTING_RUNS + 2 && is_odd(value, n - 2, value[n - 2], &one) &&
        is_odd(value, n - 2, value[n - 1], &two) &&
        (one.b > one.a) == (two.b > two.a)) {
        out->odd = 2;
        out->odd_row = two;
        out->odd_row.b = one.b / 2 + two.b / 2;
    } else if (n >= EXPECTING_RUNS + 1 && is_odd(value, n - 1, value[n - 1], &one)) {
        out->odd = 1;
        out->odd_row = one;
    }
}

/* The newest of @value[0..n), which are those of the newest stretch. */
static void test_newest(struct viz_trend *trend, const double *value, size_t n)
{
    struct viz_trend_newest *out = &trend->newest;
    find_odd(value, n, out);
    if (out->odd) {
        struct viz_contrast_row *row = &out->odd_row;
        double median = median_of(value, n - out->odd);
        row->limit = trend->params.limit_percent / 100 * fabs(median);
        row->test.delta = row->b - row->a;
        out->beyond = !(fabs(row->test.delta) < row->limit);
    }
    if (n < NEWEST_RUNS + LEAST_RUNS)
        return;
    out->runs = NEWEST_RUNS;
    test_means(trend, value, n - NEWEST_RUNS, value + n - NEWEST_RUNS, NEWEST_RUNS,
               &out->row);
    out->row.low = out->row.equal.low;
    out->row.high = out->row.equal.high;
    out->within = out->row.equal.p < trend->params.alpha;
}

/* Of runs without a change. */
static bool is_equivalent(const struct viz_trend *trend)
{
    return trend->valued >= EQUIVALENT_RUNS && trend->newest.within &&
           trend->detectable <= trend->params.limit_percent;
}

/* @value, @of: of the runs that have one. */
static void find_changes(struct viz_trend *trend, const double *value,
                         const uint32_t *of, size_t n)
{
    size_t *at = viz_zalloc((n + 2) * sizeof(*at));
    double *p = viz_zalloc((n + 2) * sizeof(*p));
    /* at[0] is where the first stretch begins. */
    size_t count = viz_splits(value, n, LEAST_RUNS, trend->params.alpha, PERMUTATIONS,
                              trend->params.seed, at + 1, p + 1, n);
    at[count + 1] = n;
    for (size_t i = 1; i <= count; i++) {
        struct viz_trend_run *run = &trend->run[of[at[i]]];
        run->change = true;
        run->p = p[i];
        test_change(trend, value + at[i - 1], at[i] - at[i - 1], value + at[i],
                    at[i + 1] - at[i], run);
        trend->verdict = run->verdict;
    }
    trend->parts = n ? (uint32_t)count + 1 : 0;
    trend->detectable = count ? NAN : detectable(trend, value, n);
    test_newest(trend, value + at[count], n - at[count]);
    if (!count)
        trend->verdict =
            is_equivalent(trend) ? VIZ_VERDICT_EQUIVALENT : VIZ_VERDICT_NOT_SHOWN;
    if (trend->newest.beyond && trend->verdict == VIZ_VERDICT_EQUIVALENT)
        trend->verdict = VIZ_VERDICT_NOT_SHOWN;
    free(at);
    free(p);
}

static void judge(struct viz_trend *trend)
{
    double *value = viz_zalloc((trend->runs + 1) * sizeof(*value));
    uint32_t *of = viz_zalloc((trend->runs + 1) * sizeof(*of)), part = 0;
    size_t n = 0;
    trend->needs = runs_needed(trend->params.alpha);
    for (uint32_t i = 0; i < trend->runs; i++) {
        if (trend->run[i].why != VIZ_TREND_HAS)
            continue;
        of[n] = i;
        value[n++] = trend->run[i].value;
    }
    find_changes(trend, value, of, n);
    for (uint32_t i = 0; i < trend->runs; i++) {
        part += trend->run[i].change;
        trend->run[i].part = part;
    }
    free(value);
    free(of);
}

/* ---- all of it ---- */

static int make(struct making *making, struct viz_store *store, const int64_t *ids,
                uint32_t count, struct viz_error *err)
{
    struct viz_trend *trend = making->trend;
    const char *metric = trend->params.metric;
    if (metric && (strchr(metric, ',') || !strcmp(metric, "all")))
        return viz_fail(err, -EINVAL, "a trend is that of one metric, not of %.100s",
                        metric);
    int ret = take_runs(trend, store, ids, count, err);
    if (ret == 0)
        ret = load(making, store, err);
    if (ret < 0)
        return ret;
    if (!trend->params.seeded)
        trend->params.seed = seed_of(trend);
    ret = estimate(making, err);
    if (ret < 0)
        return ret;
    judge(trend);
    viz_trend_words(trend);
    return 0;
}

int viz_trend_create(struct viz_store *store, const int64_t *ids, uint32_t count,
                     const struct viz_trend_params *params, struct viz_trend **out,
                     struct viz_error *err)
{
    struct making making = {
        .trend = viz_zalloc(sizeof(*making.trend)),
        .series = viz_zalloc((count + 1) * sizeof(*making.series)),
        .metric = viz_zalloc((count + 1) * sizeof(*making.metric)),
        .cancelled = viz_store_cancel(store),
    };
    making.trend->params = *params;
    int ret = make(&making, store, ids, count, err);
    for (uint32_t i = 0; i < count; i++)
        viz_run_series_destroy(making.series[i]);
    free(making.series);
    free(making.metric);
    if (ret < 0)
        viz_trend_destroy(making.trend);
    else
        *out = making.trend;
    return ret;
}

void viz_trend_destroy(struct viz_trend *trend)
{
    if (!trend)
        return;
    for (uint32_t i = 0; i < trend->runs; i++)
        viz_run_release(&trend->run[i].run);
    free(trend->run);
    free(trend);
}
