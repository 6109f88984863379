/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/trend.h>

#include "json.h"

#include <viz/error.h>
#include <viz/moment.h>
#include <viz/run_summary.h>

#include <stdlib.h>

static void set(json_t *object, const char *key, json_t *value)
{
    viz_assert(value && !json_object_set_new(object, key, value));
}

static const char *why_name(enum viz_trend_why why)
{
    static const char *const names[] = {
#define X(id, text) text,
        VIZ_TREND_WHYS(X)
#undef X
    };
    return names[why];
}

static json_t *change_json(const struct viz_trend_run *run)
{
    const struct viz_contrast_row *row = &run->row;
    json_t *out = json_object();
    set(out, "verdict", json_string(viz_verdict_name(run->verdict)));
    set(out, "p", viz_json_real(run->p));
    set(out, "before", viz_json_real(row->a));
    set(out, "after", viz_json_real(row->b));
    set(out, "runs_before", viz_json_count(run->before));
    set(out, "runs_after", viz_json_count(run->after));
    set(out, "difference", viz_json_real(row->test.delta));
    set(out, "low", viz_json_real(row->test.low));
    set(out, "high", viz_json_real(row->test.high));
    set(out, "df", viz_json_real(row->test.df));
    set(out, "limit", viz_json_real(row->limit));
    set(out, "percent", viz_json_real(run->percent));
    set(out, "percent_low", viz_json_real(run->percent_low));
    set(out, "percent_high", viz_json_real(run->percent_high));
    return out;
}

static json_t *run_json(const struct viz_trend_run *run)
{
    json_t *out = json_object();
    char started[40];
    bool has = run->why == VIZ_TREND_HAS;
    viz_moment_utc(started, sizeof(started), run->run.started_ns);
    set(out, "id", json_integer(run->run.id));
    set(out, "uuid", viz_json_text(run->run.uuid));
    set(out, "name", viz_json_text(run->run.name));
    set(out, "state", json_string(viz_run_state_name(run->run.state)));
    set(out, "started", json_string(started));
    set(out, "started_ns", json_integer(run->run.started_ns));
    set(out, "value", viz_json_real(run->value));
    set(out, "low", viz_json_real(run->low));
    set(out, "high", viz_json_real(run->high));
    set(out, "n", viz_json_count((uint64_t)run->n));
    set(out, "n_effective", viz_json_real(run->n_eff));
    set(out, "needs", viz_json_real(run->needs));
    set(out, "why", has ? json_null() : json_string(why_name(run->why)));
    set(out, "part", has ? viz_json_count(run->part) : json_null());
    set(out, "change", run->change ? change_json(run) : json_null());
    return out;
}

/* Of the runs behind the newest change, or of all. */
static json_t *newest_json(const struct viz_trend_newest *newest)
{
    const struct viz_contrast_row *row = &newest->row, *odd = &newest->odd_row;
    bool has = newest->runs > 0, unexpected = newest->odd > 0;
    json_t *out = json_object();
    set(out, "runs", viz_json_count(newest->runs));
    set(out, "difference", has ? viz_json_real(row->test.delta) : json_null());
    set(out, "low", has ? viz_json_real(row->low) : json_null());
    set(out, "high", has ? viz_json_real(row->high) : json_null());
    set(out, "limit", has ? viz_json_real(row->limit) : json_null());
    set(out, "within", json_boolean(newest->within));
    set(out, "unexpected", viz_json_count(newest->odd));
    set(out, "unexpected_mean", unexpected ? viz_json_real(odd->b) : json_null());
    set(out, "expected_low", unexpected ? viz_json_real(odd->low) : json_null());
    set(out, "expected_high", unexpected ? viz_json_real(odd->high) : json_null());
    set(out, "unexpected_beyond_limit", json_boolean(newest->beyond));
    return out;
}

char *viz_trend_json(const struct viz_trend *trend)
{
    static const char *const better[] = {
        [VIZ_BETTER_NEITHER] = NULL,
        [VIZ_BETTER_LOWER] = "lower",
        [VIZ_BETTER_HIGHER] = "higher",
    };
    json_t *out = json_object(), *runs = json_array();
    for (uint32_t i = 0; i < trend->runs; i++)
        json_array_append_new(runs, run_json(&trend->run[i]));
    set(out, "metric", viz_json_text(trend->name));
    set(out, "unit", viz_json_text(trend->unit));
    set(out, "better",
        better[trend->better] ? json_string(better[trend->better]) : json_null());
    set(out, "statistic", json_string(viz_statistic_name(trend->params.statistic)));
    set(out, "alpha", viz_json_real(trend->params.alpha));
    set(out, "limit_percent", viz_json_real(trend->params.limit_percent));
    set(out, "seed", json_integer((json_int_t)trend->params.seed));
    set(out, "verdict", json_string(viz_verdict_name(trend->verdict)));
    set(out, "sentence", viz_json_text(trend->sentence));
    set(out, "changes", viz_json_count(trend->parts ? trend->parts - 1 : 0));
    set(out, "runs_with_value", viz_json_count(trend->valued));
    set(out, "runs_needed", viz_json_count(trend->needs));
    set(out, "detectable_percent", viz_json_real(trend->detectable));
    set(out, "newest", newest_json(&trend->newest));
    set(out, "runs", runs);
    char *text = json_dumps(out, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(out);
    return text;
}
