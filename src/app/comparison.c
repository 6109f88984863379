/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/comparison.h>

#include "comparison_state.h"

#include <viz/alloc.h>
#include <viz/cancel.h>
#include <viz/multiplicity.h>
#include <viz/parallel.h>
#include <viz/random.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.95
#define COLLINEAR 1e-4 /* of the spread */
#define ROUNDING 5e-6  /* of averages in single precision, undone */

static char *copy(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(viz_zalloc(size), text, size);
}

/* FNV-1a, through the mixer that seeds go through. */
static uint64_t seed_of(uint64_t seed, const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return viz_random_fork(seed, hash);
}

/* ---- loading ---- */

static int check_runs(const int64_t *a, uint32_t runs_a, const int64_t *b,
                      uint32_t runs_b, struct viz_error *err)
{
    for (uint32_t i = 0; i < runs_a; i++)
        for (uint32_t j = 0; j < runs_b; j++)
            if (a[i] == b[j])
                return viz_fail(err, -EINVAL,
                                "run %" PRId64 " is on both sides: there is nothing to "
                                "compare it with",
                                a[i]);
    return runs_a && runs_b ? 0 : viz_fail(err, -EINVAL, "a side has no runs");
}

static int load_side(struct viz_store *store, const int64_t *ids, uint32_t count,
                     const char *label, const char *metrics,
                     struct viz_comparison_side *side, struct viz_error *err)
{
    side->label = copy(label);
    side->run = viz_zalloc(count * sizeof(struct viz_run_series *));
    for (uint32_t i = 0; i < count; i++) {
        int ret = viz_run_series_load(store, ids[i], metrics, &side->run[i], err);
        if (ret < 0)
            return ret;
        side->runs++;
    }
    return 0;
}

/* The names of what this run has values of that were not kept, and another run compares:
 * free() it. NULL: none. */
static char *lacking(const struct viz_comparison *comparison,
                     const struct viz_run_series *run)
{
    size_t size = 1;
    for (uint32_t i = 0; i < run->metrics; i++)
        size += strlen(run->metric[i].name) + 1;
    char *names = viz_zalloc(size), *end = names;
    for (uint32_t i = 0; i < run->metrics; i++) {
        const struct viz_metric_series *metric = &run->metric[i];
        if (metric->n && !metric->value && viz_comparison_wants(comparison, metric))
            end += sprintf(end, "%s%s", end == names ? "" : ",", metric->name);
    }
    if (end > names)
        return names;
    free(names);
    return NULL;
}

/* What is usual depends on what else a run has: once all are there, what one of them
 * compares is read of every one. */
static int load_lacking(struct viz_store *store, struct viz_comparison *comparison,
                        struct viz_error *err)
{
    int ret = 0;
    for (int s = 0; s < 2 && !comparison->params.metrics; s++)
        for (uint32_t i = 0; i < comparison->side[s].runs && ret == 0; i++) {
            struct viz_run_series **run = &comparison->side[s].run[i], *more;
            char *names = lacking(comparison, *run);
            if (!names)
                continue;
            ret = viz_run_series_load(store, (*run)->run.id, names, &more, err);
            free(names);
            if (ret < 0)
                break;
            viz_run_series_destroy(*run);
            *run = more;
        }
    return ret;
}

/* From the runs alone, whichever side they are on. */
static uint64_t seed_of_runs(const struct viz_comparison *comparison)
{
    uint64_t seed = 0;
    for (int s = 0; s < 2; s++)
        for (uint32_t i = 0; i < comparison->side[s].runs; i++)
            seed ^= seed_of(0, comparison->side[s].run[i]->run.uuid);
    return seed & INT64_MAX; /* JSON has no larger integers */
}

/* ---- computing ---- */

struct task {
    const struct viz_comparison_metric *metric;
    const struct viz_metric_series *series;
    struct viz_estimate *out;
    uint64_t seed;
    uint32_t runs;
};

struct work {
    struct viz_comparison *comparison;
    struct task *task;
    const atomic_bool *cancelled;
};

/* What change within a run is not told, as a part of its mean. */
static double part_to_ignore(const struct viz_comparison *comparison,
                             const struct task *task)
{
    double part, absolute;
    const struct viz_metric_series *series = task->series;
    viz_comparison_limit_of(comparison, task->metric, &part, &absolute);
    if (!(absolute > 0) || !series->n)
        return part;
    double mean = fabs(viz_mean(series->value, series->n));
    return mean > 0 ? absolute / mean : 0;
}

static void run_estimate(void *context, size_t i)
{
    const struct task *task = &((struct work *)context)->task[i];
    const struct viz_estimate_params params = {
        .confidence = CONFIDENCE,
        .replicates = viz_estimate_replicates(task->series->n, task->runs),
        .seed = task->seed,
        .ignore = part_to_ignore(((struct work *)context)->comparison, task),
        .cancelled = ((struct work *)context)->cancelled,
    };
    viz_estimate_init(task->out, task->series->value, task->series->n, &params);
}

static void run_contrast(void *context, size_t i)
{
    struct viz_comparison *comparison = ((struct work *)context)->comparison;
    struct viz_comparison_metric *metric = &comparison->metric[i];
    uint32_t runs_a = comparison->side[0].runs, runs_b = comparison->side[1].runs;
    double part, absolute;
    viz_comparison_limit_of(comparison, metric, &part, &absolute);
    const struct viz_contrast_params params = {
        .alpha = comparison->params.alpha,
        .limit = part,
        .limit_absolute = absolute,
        .better = metric->better,
        .seed = seed_of(comparison->params.seed, metric->name),
        .x_a = runs_a == 1 ? metric->a[0]->value : NULL,
        .x_b = runs_b == 1 ? metric->b[0]->value : NULL,
    };
    viz_contrast(metric->estimate_a, runs_a, metric->estimate_b, runs_b, &params,
                 &metric->contrast);
}

static size_t add_tasks(const struct viz_comparison *comparison,
                        const struct viz_comparison_metric *metric, int side,
                        struct task *task)
{
    const struct viz_comparison_side *runs = &comparison->side[side];
    for (uint32_t i = 0; i < runs->runs; i++) {
        uint64_t of_run = seed_of(comparison->params.seed, runs->run[i]->run.uuid);
        task[i] = (struct task){
            .metric = metric,
            .series = (side ? metric->b : metric->a)[i],
            .out = &(side ? metric->estimate_b : metric->estimate_a)[i],
            .seed = seed_of(of_run, metric->name),
            .runs = comparison->side[0].runs + comparison->side[1].runs,
        };
    }
    return runs->runs;
}

static int compute(struct viz_comparison *comparison, const atomic_bool *cancelled,
                   struct viz_error *err)
{
    uint32_t runs = comparison->side[0].runs + comparison->side[1].runs;
    struct work work = {comparison, NULL, cancelled};
    size_t tasks = 0;
    work.task =
        viz_zalloc(((size_t)comparison->metrics * runs + 1) * sizeof(struct task));
    for (uint32_t i = 0; i < comparison->metrics; i++)
        for (int side = 0; side < 2; side++)
            tasks +=
                add_tasks(comparison, &comparison->metric[i], side, &work.task[tasks]);
    viz_parallel(tasks, comparison->params.threads, run_estimate, &work, cancelled);
    viz_parallel(comparison->metrics, comparison->params.threads, run_contrast, &work,
                 cancelled);
    free(work.task);
    return viz_check_cancelled(cancelled, err);
}

/* ---- the family ---- */

/* y = c x by least squares over everything, and what y spans. */
struct multiple {
    double xx, xy, mean, squares, largest;
    size_t n;
};

/* False: the runs are not of equally many values. */
static bool add_side(struct multiple *multiple,
                     const struct viz_metric_series *const *x,
                     const struct viz_metric_series *const *y, uint32_t runs)
{
    for (uint32_t i = 0; i < runs; i++) {
        if (x[i]->n != y[i]->n)
            return false;
        for (size_t j = 0; j < x[i]->n; j++) {
            double from = x[i]->value[j], to = y[i]->value[j];
            multiple->xx += from * from;
            multiple->xy += from * to;
            multiple->n++;
            double away = to - multiple->mean;
            multiple->mean += away / (double)multiple->n;
            multiple->squares += away * (to - multiple->mean);
            multiple->largest = fmax(multiple->largest, fabs(to));
        }
    }
    return true;
}

static bool is_within(const struct viz_metric_series *const *x,
                      const struct viz_metric_series *const *y, uint32_t runs, double c,
                      double tolerance)
{
    for (uint32_t i = 0; i < runs; i++)
        for (size_t j = 0; j < x[i]->n; j++)
            if (!(fabs(y[i]->value[j] - c * x[i]->value[j]) <= tolerance))
                return false;
    return true;
}

/* Whether @y is the same multiple of @x in every run of both sides, but for the rounding
 * of single precision: then no run can tell what differs in one and not in the other. Not
 * a negative one, whose quantiles are those of the other end. */
static bool are_collinear(const struct viz_comparison *comparison,
                          const struct viz_comparison_metric *x,
                          const struct viz_comparison_metric *y)
{
    uint32_t runs_a = comparison->side[0].runs, runs_b = comparison->side[1].runs;
    struct multiple multiple = {.n = 0};
    if (strcmp(x->a[0]->stream, y->a[0]->stream) != 0 || x->better != y->better ||
        !add_side(&multiple, x->a, y->a, runs_a) ||
        !add_side(&multiple, x->b, y->b, runs_b) || multiple.n < 3)
        return false;
    double c = multiple.xy / multiple.xx;
    double spread = sqrt(multiple.squares / (double)multiple.n);
    double tolerance = COLLINEAR * spread + ROUNDING * multiple.largest;
    return c > 0 && spread > 0 && is_within(x->a, y->a, runs_a, c, tolerance) &&
           is_within(x->b, y->b, runs_b, c, tolerance);
}

static void choose_family(struct viz_comparison *comparison)
{
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        struct viz_comparison_metric *metric = &comparison->metric[i];
        double part, absolute;
        metric->family = true;
        if (viz_comparison_limit_of(comparison, metric, &part, &absolute))
            continue;
        for (uint32_t j = 0; j < i && metric->family; j++) {
            const struct viz_comparison_metric *other = &comparison->metric[j];
            if (!other->family || !are_collinear(comparison, other, metric))
                continue;
            metric->family = false;
            snprintf(metric->collinear, sizeof(metric->collinear), "%s", other->name);
        }
    }
}

static const struct viz_comparison_metric *
metric_called(const struct viz_comparison *comparison, const char *name)
{
    uint32_t i = 0;
    while (strcmp(comparison->metric[i].name, name))
        i++;
    return &comparison->metric[i];
}

/* What varies not at all is not tested. */
static bool is_test(const struct viz_contrast_row *row)
{
    return row->why == VIZ_WHY_SHOWN && row->test.se > 0;
}

static void adjust(struct viz_comparison *comparison)
{
    size_t rows = (size_t)comparison->metrics * VIZ_STATISTIC_COUNT;
    double *p = viz_zalloc((rows + 1) * sizeof(*p));
    for (size_t i = 0; i < rows; i++) {
        const struct viz_comparison_metric *metric =
            &comparison->metric[i / VIZ_STATISTIC_COUNT];
        const struct viz_contrast_row *row =
            &metric->contrast.row[i % VIZ_STATISTIC_COUNT];
        p[i] = metric->family && is_test(row) ? row->test.p : NAN;
        comparison->tests += isfinite(p[i]);
    }
    viz_adjust_bh(p, rows, p);
    for (size_t i = 0; i < rows; i++) {
        struct viz_contrast_row *row = &comparison->metric[i / VIZ_STATISTIC_COUNT]
                                            .contrast.row[i % VIZ_STATISTIC_COUNT];
        row->p_adjusted = is_test(row) ? p[i] : row->test.p;
    }
    free(p);
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        struct viz_comparison_metric *metric = &comparison->metric[i];
        for (int s = 0; s < VIZ_STATISTIC_COUNT && !metric->family; s++)
            metric->contrast.row[s].p_adjusted =
                metric_called(comparison, metric->collinear)
                    ->contrast.row[s]
                    .p_adjusted;
    }
}

/* ---- verdicts ---- */

static void judge_metric(struct viz_comparison_metric *metric, double alpha)
{
    bool found = false;
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        struct viz_contrast_row *row = &metric->contrast.row[i];
        row->verdict = viz_contrast_judge(row, metric->better, alpha);
        if (found || row->why != VIZ_WHY_SHOWN)
            continue;
        metric->headline = (enum viz_statistic)i;
        found = true;
    }
    metric->verdict = metric->contrast.row[metric->headline].verdict;
}

static bool any_row(const struct viz_comparison *comparison, enum viz_verdict verdict)
{
    for (uint32_t i = 0; i < comparison->metrics; i++)
        for (int s = 0; s < VIZ_STATISTIC_COUNT; s++)
            if (comparison->metric[i].family &&
                comparison->metric[i].contrast.row[s].verdict == verdict)
                return true;
    return false;
}

static bool any_headline(const struct viz_comparison *comparison,
                         enum viz_verdict verdict)
{
    for (uint32_t i = 0; i < comparison->metrics; i++)
        if (comparison->metric[i].family && comparison->metric[i].verdict == verdict)
            return true;
    return false;
}

static enum viz_verdict overall(const struct viz_comparison *comparison)
{
    static const enum viz_verdict strong[] = {VIZ_VERDICT_WORSE, VIZ_VERDICT_BETTER,
                                              VIZ_VERDICT_DIFFERENT};
    for (size_t i = 0; i < sizeof(strong) / sizeof(strong[0]); i++)
        if (any_row(comparison, strong[i]))
            return strong[i];
    return any_headline(comparison, VIZ_VERDICT_NOT_SHOWN) ||
                   !any_headline(comparison, VIZ_VERDICT_EQUIVALENT)
               ? VIZ_VERDICT_NOT_SHOWN
               : VIZ_VERDICT_EQUIVALENT;
}

static void judge(struct viz_comparison *comparison)
{
    for (uint32_t i = 0; i < comparison->metrics; i++)
        judge_metric(&comparison->metric[i], comparison->params.alpha);
    comparison->verdict = overall(comparison);
}

/* ---- all of it ---- */

static int fill(struct viz_comparison *comparison, const atomic_bool *cancelled,
                struct viz_error *err)
{
    int ret = viz_comparison_match(comparison, err);
    if (ret == 0)
        ret = compute(comparison, cancelled, err);
    if (ret < 0)
        return ret;
    choose_family(comparison);
    adjust(comparison);
    judge(comparison);
    viz_comparison_remark(comparison);
    viz_comparison_words(comparison);
    return 0;
}

int viz_comparison_create(struct viz_store *store, const int64_t *a, uint32_t runs_a,
                          const char *label_a, const int64_t *b, uint32_t runs_b,
                          const char *label_b,
                          const struct viz_comparison_params *params,
                          struct viz_comparison **out, struct viz_error *err)
{
    int ret = check_runs(a, runs_a, b, runs_b, err);
    if (ret < 0)
        return ret;
    struct viz_comparison *comparison = viz_zalloc(sizeof(*comparison));
    comparison->params = *params;
    if (params->metrics)
        comparison->params.metrics = copy(params->metrics);
    if (params->limits)
        comparison->params.limits = copy(params->limits);
    ret = load_side(store, a, runs_a, label_a, params->metrics, &comparison->side[0],
                    err);
    if (ret == 0)
        ret = load_side(store, b, runs_b, label_b, params->metrics,
                        &comparison->side[1], err);
    if (ret == 0)
        ret = load_lacking(store, comparison, err);
    if (ret == 0 && !params->seeded)
        comparison->params.seed = seed_of_runs(comparison);
    if (ret == 0)
        ret = fill(comparison, viz_store_cancel(store), err);
    if (ret < 0)
        viz_comparison_destroy(comparison);
    else
        *out = comparison;
    return ret;
}

static void destroy_metric(const struct viz_comparison *comparison,
                           struct viz_comparison_metric *metric)
{
    for (uint32_t i = 0; metric->estimate_a && i < comparison->side[0].runs; i++)
        viz_estimate_finish(&metric->estimate_a[i]);
    for (uint32_t i = 0; metric->estimate_b && i < comparison->side[1].runs; i++)
        viz_estimate_finish(&metric->estimate_b[i]);
    free(metric->estimate_a);
    free(metric->estimate_b);
    free(metric->a);
    free(metric->b);
}

void viz_comparison_destroy(struct viz_comparison *comparison)
{
    if (!comparison)
        return;
    for (uint32_t i = 0; i < comparison->metrics; i++)
        destroy_metric(comparison, &comparison->metric[i]);
    for (int s = 0; s < 2; s++) {
        for (uint32_t i = 0; i < comparison->side[s].runs; i++)
            viz_run_series_destroy(comparison->side[s].run[i]);
        free(comparison->side[s].run);
        free(comparison->side[s].label);
    }
    for (uint32_t i = 0; i < comparison->notes; i++)
        free(comparison->note[i]);
    free(comparison->note);
    free(comparison->metric);
    free((char *)comparison->params.metrics);
    free((char *)comparison->params.limits);
    free(comparison);
}
