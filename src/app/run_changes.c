/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_changes.h>

#include "left_out.h"

#include <viz/estimate.h>
#include <viz/run_metric.h>

#define CONFIDENCE 0.95
#define IGNORED 0.01 /* part of the mean */

/* Only where it has a meaning: of what is above 0. */
static json_t *percent_of(double before, double difference)
{
    return before > 0 ? viz_json_real(100 * difference / before) : json_null();
}

static json_t *time_of(const struct viz_metric_series *metric, size_t at)
{
    return at < metric->n && metric->at_ns
               ? viz_json_real((double)metric->at_ns[at] / 1e9)
               : json_null();
}

static json_t *warmup_json(const struct viz_metric_series *metric,
                           const struct viz_steadiness *steadiness)
{
    if (!steadiness->warmup)
        return json_null();
    json_t *out = json_object();
    viz_json_set(out, "values", viz_json_count(steadiness->warmup));
    viz_json_set(out, "until_s", time_of(metric, steadiness->warmup));
    viz_json_set(out, "mean", viz_json_real(steadiness->warmup_mean));
    viz_json_set(out, "rest_mean", viz_json_real(steadiness->rest_mean));
    return out;
}

static json_t *changes_json(const struct viz_metric_series *metric,
                            const struct viz_steadiness *steadiness)
{
    json_t *out = json_array();
    for (size_t i = 0; i < steadiness->changes && i < VIZ_MOST_CHANGES; i++) {
        const struct viz_change *change = &steadiness->change[i];
        json_t *one = json_object();
        viz_json_set(one, "at_s", time_of(metric, change->at));
        viz_json_set(one, "before", viz_json_real(change->before));
        viz_json_set(one, "after", viz_json_real(change->after));
        viz_json_set(one, "percent",
                     percent_of(change->before, change->after - change->before));
        json_array_append_new(out, one);
    }
    return out;
}

static json_t *drift_json(const struct viz_estimate *estimate)
{
    const struct viz_steadiness *steadiness = &estimate->steadiness;
    if (!steadiness->drifts)
        return json_null();
    json_t *out = json_object();
    viz_json_set(out, "value", viz_json_real(steadiness->drift));
    viz_json_set(out, "percent", percent_of(estimate->mean, steadiness->drift));
    return out;
}

static char *describe(const struct viz_run_series *series,
                      const struct viz_metric_series *metric,
                      const atomic_bool *cancelled)
{
    const struct viz_estimate_params params = {
        .confidence = CONFIDENCE, .ignore = IGNORED, .cancelled = cancelled};
    struct viz_estimate estimate;
    json_t *out = json_object();
    viz_estimate_init(&estimate, metric->value, metric->n, &params);
    bool any = metric->n > 0;
    viz_json_set(out, "run", json_integer(series->run.id));
    viz_json_set(out, "stream", viz_json_text(metric->stream));
    viz_json_set(out, "metric", viz_json_text(metric->name));
    viz_json_set(out, "unit", viz_json_text(metric->unit));
    viz_json_set(out, "averaged", json_boolean(metric->averaged));
    viz_json_set(out, "n", viz_json_count(metric->n));
    viz_json_set(out, "left_out", viz_left_out_json(metric));
    viz_json_set(out, "n_effective",
                 viz_json_real(any ? estimate.effective.n_eff : NAN));
    viz_json_set(out, "tau", viz_json_real(any ? estimate.effective.tau : NAN));
    viz_json_set(out, "mean", viz_json_real(estimate.mean));
    viz_json_set(out, "steady",
                 viz_estimate_judges(&estimate)
                     ? json_boolean(estimate.steadiness.steady)
                     : json_null());
    viz_json_set(out, "warmup", warmup_json(metric, &estimate.steadiness));
    viz_json_set(out, "changes_found", viz_json_count(estimate.steadiness.changes));
    viz_json_set(out, "changes", changes_json(metric, &estimate.steadiness));
    viz_json_set(out, "drift", drift_json(&estimate));
    viz_estimate_finish(&estimate);
    char *text = json_dumps(out, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(out);
    return text;
}

int viz_run_changes_json(struct viz_store *store, int64_t run, const char *metric,
                         const char *stream, char **out, struct viz_error *err)
{
    struct viz_run_series *series;
    const struct viz_metric_series *found;
    int ret = viz_run_metric_load(store, run, metric, stream, &series, &found, err);
    if (ret < 0)
        return ret;
    if (found)
        *out = describe(series, found, viz_store_cancel(store));
    else
        ret = viz_run_metric_lacking(series, metric, stream, err);
    viz_run_series_destroy(series);
    return ret;
}
