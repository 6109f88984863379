/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_distribution.h>

#include "left_out.h"

#include <viz/alloc.h>
#include <viz/autocorrelation.h>
#include <viz/cancel.h>
#include <viz/describe.h>
#include <viz/distribution.h>
#include <viz/parallel.h>
#include <viz/run_metric.h>

#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.95
#define STANDARD_POINTS 512
#define CELLS 128 /* of the density */

struct part {
    struct viz_run_series *series;
    const struct viz_metric_series *metric; /* NULL: the run has none */
    double *sorted;                         /* [n] */
    size_t n;
    struct viz_effective effective;
    struct viz_outliers outliers;
    uint64_t *count; /* [bins] */
    double *ecdf_x, *ecdf_p;
    size_t points;
    double density_x[CELLS], density_y[CELLS], bandwidth;
};

struct distribution {
    const struct viz_run_distribution_params *params;
    struct part *part; /* [runs] */
    double *edge;      /* [bins + 1]; NULL: no values at all */
    uint32_t bins;
    size_t points;
    const char *rule;
};

/* ---- computed ---- */

static void sort_part(void *context, size_t i)
{
    struct part *part = &((struct distribution *)context)->part[i];
    if (!part->metric || !part->metric->n)
        return;
    part->n = part->metric->n;
    part->sorted = viz_sorted(part->metric->value, part->n);
    viz_effective_size(part->metric->value, part->n, &part->effective);
    viz_outliers_count(part->sorted, part->n, &part->outliers);
}

static void picture_part(void *context, size_t i)
{
    const struct distribution *all = context;
    struct part *part = &all->part[i];
    part->bandwidth = NAN;
    if (!part->n)
        return;
    part->count = viz_zalloc(all->bins * sizeof(*part->count));
    part->ecdf_x = viz_zalloc(all->points * sizeof(double));
    part->ecdf_p = viz_zalloc(all->points * sizeof(double));
    viz_bins_count(part->sorted, part->n, all->edge, all->bins, part->count);
    part->points =
        viz_ecdf(part->sorted, part->n, all->points, part->ecdf_x, part->ecdf_p);
    part->bandwidth =
        viz_density(part->sorted, part->n, CELLS, part->density_x, part->density_y);
}

static uint32_t suiting(const struct distribution *all, size_t n, const char **rule)
{
    for (uint32_t i = 0; i < all->params->runs; i++)
        if (all->part[i].n == n) /* all of them are its, and sorted */
            return viz_bins_suiting(all->part[i].sorted, n, rule);
    double *values = viz_zalloc(n * sizeof(*values));
    size_t used = 0;
    for (uint32_t i = 0; i < all->params->runs; i++) {
        const struct part *part = &all->part[i];
        if (part->n)
            memcpy(values + used, part->sorted, part->n * sizeof(*values));
        used += part->n;
    }
    viz_sort(values, n);
    uint32_t bins = viz_bins_suiting(values, n, rule);
    free(values);
    return bins;
}

static void choose_edges(struct distribution *all)
{
    double low = INFINITY, high = -INFINITY;
    size_t n = 0;
    for (uint32_t i = 0; i < all->params->runs; i++) {
        const struct part *part = &all->part[i];
        n += part->n;
        low = part->n ? fmin(low, part->sorted[0]) : low;
        high = part->n ? fmax(high, part->sorted[part->n - 1]) : high;
    }
    all->rule = "given";
    all->bins = all->params->bins;
    if (!n)
        return;
    if (!all->bins)
        all->bins = suiting(all, n, &all->rule);
    all->edge = viz_zalloc((all->bins + 1) * sizeof(double));
    viz_bins_edges(low, high, all->bins, all->edge);
}

/* ---- told ---- */

static json_t *tail_json(const struct part *part)
{
    double percent[VIZ_TAIL_PERCENTS];
    size_t n = viz_tail_percents(part->n, percent);
    json_t *out = json_object(), *x = json_array(), *enough = json_array();
    for (size_t i = 0; i < n; i++) {
        double p = percent[i] / 100;
        double needs = p > 0 ? (double)viz_quantile_needs(p, CONFIDENCE) : 1;
        json_array_append_new(x,
                              viz_json_real(viz_quantile(part->sorted, part->n, p, 7)));
        json_array_append_new(enough, json_boolean(part->effective.n_eff >= needs));
    }
    viz_json_set(out, "p", viz_json_reals(percent, n));
    viz_json_set(out, "x", x);
    viz_json_set(out, "enough", enough);
    return out;
}

static json_t *density_json(const struct part *part)
{
    size_t n = isfinite(part->bandwidth) ? CELLS : 0;
    json_t *out = json_object();
    viz_json_set(out, "rule", json_string("silverman"));
    viz_json_set(out, "bandwidth", viz_json_real(part->bandwidth));
    viz_json_set(out, "x", viz_json_reals(part->density_x, n));
    viz_json_set(out, "y", viz_json_reals(part->density_y, n));
    return out;
}

static json_t *part_json(const struct distribution *all, const struct part *part)
{
    json_t *out = json_object(), *counts = json_array(), *ecdf = json_object();
    size_t n = part->n;
    for (uint32_t i = 0; n && i < all->bins; i++)
        json_array_append_new(counts, viz_json_count(part->count[i]));
    viz_json_set(ecdf, "x", viz_json_reals(part->ecdf_x, part->points));
    viz_json_set(ecdf, "p", viz_json_reals(part->ecdf_p, part->points));
    viz_json_set(out, "id", json_integer(part->series->run.id));
    viz_json_set(out, "name", viz_json_text(part->series->run.name));
    viz_json_set(out, "stream",
                 part->metric ? viz_json_text(part->metric->stream) : json_null());
    viz_json_set(out, "n", viz_json_count(n));
    viz_json_set(out, "left_out", viz_left_out_json(part->metric));
    viz_json_set(out, "n_effective", viz_json_real(n ? part->effective.n_eff : NAN));
    viz_json_set(out, "min", viz_json_real(n ? part->sorted[0] : NAN));
    viz_json_set(out, "max", viz_json_real(n ? part->sorted[n - 1] : NAN));
    viz_json_set(out, "mean",
                 viz_json_real(n ? viz_mean(part->metric->value, n) : NAN));
    viz_json_set(out, "ecdf", ecdf);
    viz_json_set(out, "counts", counts);
    viz_json_set(out, "density", density_json(part));
    viz_json_set(out, "percentiles", tail_json(part));
    viz_json_set(out, "outliers",
                 viz_json_count(part->outliers.mild + part->outliers.extreme));
    return out;
}

static const struct viz_metric_series *first_metric(const struct distribution *all)
{
    const struct viz_metric_series *found = NULL;
    for (uint32_t i = 0; i < all->params->runs && !found; i++)
        found = all->part[i].metric;
    return found;
}

static char *tell(const struct distribution *all)
{
    const struct viz_metric_series *metric = first_metric(all);
    json_t *out = json_object(), *runs = json_array();
    for (uint32_t i = 0; i < all->params->runs; i++)
        json_array_append_new(runs, part_json(all, &all->part[i]));
    viz_json_set(out, "metric", viz_json_text(metric->name));
    viz_json_set(out, "unit", viz_json_text(metric->unit));
    viz_json_set(out, "averaged", json_boolean(metric->averaged));
    viz_json_set(out, "rule", json_string(all->rule));
    viz_json_set(out, "edges",
                 viz_json_reals(all->edge, all->edge ? all->bins + 1 : 0));
    viz_json_set(out, "runs", runs);
    char *text = json_dumps(out, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(out);
    return text;
}

/* ---- all of it ---- */

static int load(struct distribution *all, struct viz_store *store,
                struct viz_error *err)
{
    const struct viz_run_distribution_params *params = all->params;
    for (uint32_t i = 0; i < params->runs; i++) {
        int ret =
            viz_run_metric_load(store, params->run[i], params->metric, params->stream,
                                &all->part[i].series, &all->part[i].metric, err);
        if (ret < 0)
            return ret;
    }
    return first_metric(all)
               ? 0
               : viz_run_metric_lacking(all->part[0].series, params->metric,
                                        params->stream, err);
}

static void finish(struct distribution *all)
{
    for (uint32_t i = 0; i < all->params->runs; i++) {
        struct part *part = &all->part[i];
        viz_run_series_destroy(part->series);
        free(part->sorted);
        free(part->count);
        free(part->ecdf_x);
        free(part->ecdf_p);
    }
    free(all->part);
    free(all->edge);
}

int viz_run_distribution_json(struct viz_store *store,
                              const struct viz_run_distribution_params *params,
                              char **out, struct viz_error *err)
{
    struct distribution all = {
        .params = params, .points = params->points ? params->points : STANDARD_POINTS};
    all.part = viz_zalloc(params->runs * sizeof(*all.part));
    const atomic_bool *cancelled = viz_store_cancel(store);
    int ret = load(&all, store, err);
    if (ret == 0) {
        viz_parallel(params->runs, 0, sort_part, &all, cancelled);
        ret = viz_check_cancelled(cancelled, err);
    }
    if (ret == 0) {
        choose_edges(&all);
        viz_parallel(params->runs, 0, picture_part, &all, cancelled);
        ret = viz_check_cancelled(cancelled, err);
    }
    if (ret == 0)
        *out = tell(&all);
    finish(&all);
    return ret;
}
