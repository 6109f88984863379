/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_percentiles.h>

#include "left_out.h"

#include <viz/alloc.h>
#include <viz/cancel.h>
#include <viz/describe.h>
#include <viz/estimate.h>
#include <viz/parallel.h>
#include <viz/run_metric.h>
#include <viz/welch.h>

#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.95
#define REPLICATES 2000 /* as viz trend */
#define SEED 1          /* the same runs have the same bytes */

/* A row of the table for one run. */
struct cell {
    const struct viz_metric_series *series; /* NULL: the run has no such metric */
    size_t n;
    double n_eff, min, max, sd;
    struct viz_estimate_of of[VIZ_STATISTIC_COUNT];
};

struct row {
    char name[VIZ_METRIC_NAME];
    const struct viz_metric_series *like;
    struct cell *cell; /* [runs] */
};

struct percentiles {
    const struct viz_run_percentiles_params *params;
    struct viz_run_series **series; /* [runs] */
    struct row *row;
    uint32_t rows;
    const atomic_bool *cancelled;
};

/* ---- which rows ---- */

static struct row *row_called(struct percentiles *all, const char *name)
{
    for (uint32_t i = 0; i < all->rows; i++)
        if (!strcmp(all->row[i].name, name))
            return &all->row[i];
    return NULL;
}

static struct row *add_row(struct percentiles *all, const char *name)
{
    struct row *row = viz_zalloc((all->rows + 1) * sizeof(*row));
    if (all->rows)
        memcpy(row, all->row, all->rows * sizeof(*row));
    free(all->row);
    all->row = row;
    row += all->rows++;
    memcpy(row->name, name, strlen(name) + 1);
    row->cell = viz_zalloc(all->params->runs * sizeof(*row->cell));
    return row;
}

static void add_run(struct percentiles *all, uint32_t run, const char *stream)
{
    const struct viz_run_series *series = all->series[run];
    char name[VIZ_METRIC_NAME];
    for (uint32_t i = 0; i < series->metrics; i++) {
        const struct viz_metric_series *metric = &series->metric[i];
        if (!viz_metric_wanted(metric, all->params->metrics) ||
            (stream && strcmp(metric->stream, stream) != 0))
            continue;
        viz_run_metric_name(series, metric, name);
        struct row *row = row_called(all, name);
        if (!row) {
            row = add_row(all, name);
            row->like = metric;
        }
        row->cell[run].series = metric;
    }
}

static int load(struct percentiles *all, struct viz_store *store, struct viz_error *err)
{
    const struct viz_run_percentiles_params *params = all->params;
    for (uint32_t i = 0; i < params->runs; i++) {
        char stream[64] = "";
        int ret = viz_run_series_load_only(store, params->run[i], params->metrics,
                                           false, &all->series[i], err);
        if (ret == 0 && params->stream)
            ret = viz_run_metric_stream(store, params->run[i], params->stream, stream,
                                        err);
        if (ret < 0)
            return ret;
        add_run(all, i, params->stream ? stream : NULL);
    }
    if (all->rows || (!params->metrics && !params->stream))
        return 0;
    return viz_run_metric_lacking(all->series[0],
                                  params->metrics ? params->metrics : "(any)",
                                  params->stream, err);
}

/* ---- computed ---- */

static void estimate_cell(void *context, size_t i)
{
    const struct percentiles *all = context;
    struct cell *cell = &all->row[i / all->params->runs].cell[i % all->params->runs];
    const struct viz_estimate_params params = {
        .confidence = CONFIDENCE,
        .replicates = REPLICATES,
        .seed = SEED,
        .cancelled = all->cancelled,
    };
    struct viz_estimate estimate;
    cell->n = cell->series ? cell->series->n : 0;
    viz_estimate_init(&estimate, cell->n ? cell->series->value : NULL, cell->n,
                      &params);
    cell->n_eff = cell->n ? estimate.effective.n_eff : NAN;
    cell->min = estimate.min;
    cell->max = estimate.max;
    cell->sd = estimate.sd;
    memcpy(cell->of, estimate.of, sizeof(cell->of));
    for (int s = 0; s < VIZ_STATISTIC_COUNT; s++)
        cell->of[s].replicate = NULL; /* the estimate's */
    viz_estimate_finish(&estimate);
}

/* ---- told ---- */

static json_t *of_json(const struct viz_estimate_of *of, enum viz_statistic statistic)
{
    json_t *out = json_object();
    bool mean = statistic == VIZ_STATISTIC_MEAN;
    double needs =
        mean ? 1 : (double)viz_quantile_needs(viz_statistic_p(statistic), CONFIDENCE);
    struct viz_t_test test = {.low = NAN, .high = NAN};
    if (of->enough && isfinite(of->se))
        viz_t_of(of->value, of->se, of->df, 1 - CONFIDENCE, &test);
    viz_json_set(out, "value", of->enough ? viz_json_real(of->value) : json_null());
    viz_json_set(out, "low", viz_json_real(test.low));
    viz_json_set(out, "high", viz_json_real(test.high));
    viz_json_set(out, "enough", json_boolean(of->enough));
    viz_json_set(out, "needs", viz_json_real(needs));
    viz_json_set(out, "effective", viz_json_real(of->n_eff));
    return out;
}

static json_t *cell_json(const struct viz_run *run, const struct cell *cell)
{
    json_t *out = json_object();
    viz_json_set(out, "id", json_integer(run->id));
    viz_json_set(out, "name", viz_json_text(run->name));
    viz_json_set(out, "stream",
                 cell->series ? viz_json_text(cell->series->stream) : json_null());
    viz_json_set(out, "n", viz_json_count(cell->n));
    viz_json_set(out, "left_out", viz_left_out_json(cell->series));
    viz_json_set(out, "n_effective", viz_json_real(cell->n_eff));
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        viz_json_set(out, viz_statistic_name((enum viz_statistic)i),
                     of_json(&cell->of[i], (enum viz_statistic)i));
    viz_json_set(out, "min", viz_json_real(cell->min));
    viz_json_set(out, "max", viz_json_real(cell->max));
    viz_json_set(out, "sd", viz_json_real(cell->sd));
    return out;
}

static json_t *row_json(const struct percentiles *all, const struct row *row)
{
    json_t *out = json_object(), *runs = json_array();
    for (uint32_t i = 0; i < all->params->runs; i++)
        json_array_append_new(runs, cell_json(&all->series[i]->run, &row->cell[i]));
    viz_json_set(out, "name", viz_json_text(row->name));
    viz_json_set(out, "unit", viz_json_text(row->like->unit));
    viz_json_set(out, "averaged", json_boolean(row->like->averaged));
    viz_json_set(out, "runs", runs);
    return out;
}

static char *tell(const struct percentiles *all)
{
    json_t *out = json_object(), *metrics = json_array();
    for (uint32_t i = 0; i < all->rows; i++)
        json_array_append_new(metrics, row_json(all, &all->row[i]));
    viz_json_set(out, "confidence", viz_json_real(CONFIDENCE));
    viz_json_set(out, "metrics", metrics);
    char *text = json_dumps(out, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(out);
    return text;
}

/* ---- all of it ---- */

static void finish(struct percentiles *all)
{
    for (uint32_t i = 0; i < all->rows; i++)
        free(all->row[i].cell);
    for (uint32_t i = 0; i < all->params->runs; i++)
        viz_run_series_destroy(all->series[i]);
    free(all->row);
    free(all->series);
}

int viz_run_percentiles_json(struct viz_store *store,
                             const struct viz_run_percentiles_params *params,
                             char **out, struct viz_error *err)
{
    struct percentiles all = {.params = params, .cancelled = viz_store_cancel(store)};
    all.series = viz_zalloc(params->runs * sizeof(struct viz_run_series *));
    int ret = load(&all, store, err);
    if (ret == 0) {
        viz_parallel((size_t)all.rows * params->runs, 0, estimate_cell, &all,
                     all.cancelled);
        ret = viz_check_cancelled(all.cancelled, err);
    }
    if (ret == 0)
        *out = tell(&all);
    finish(&all);
    return ret;
}
