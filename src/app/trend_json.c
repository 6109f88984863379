/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/trend.h>

#include "json.h"

#include <viz/moment.h>
#include <viz/run_summary.h>

#include <stdlib.h>

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
    viz_json_set(out, "verdict", json_string(viz_verdict_name(run->verdict)));
    viz_json_set(out, "p", viz_json_real(run->p));
    viz_json_set(out, "before", viz_json_real(row->a));
    viz_json_set(out, "after", viz_json_real(row->b));
    viz_json_set(out, "runs_before", viz_json_count(run->before));
    viz_json_set(out, "runs_after", viz_json_count(run->after));
    viz_json_set(out, "difference", viz_json_real(row->test.delta));
    viz_json_set(out, "low", viz_json_real(row->test.low));
    viz_json_set(out, "high", viz_json_real(row->test.high));
    viz_json_set(out, "df", viz_json_real(row->test.df));
    viz_json_set(out, "limit", viz_json_real(row->limit));
    viz_json_set(out, "percent", viz_json_real(run->percent));
    viz_json_set(out, "percent_low", viz_json_real(run->percent_low));
    viz_json_set(out, "percent_high", viz_json_real(run->percent_high));
    return out;
}

static json_t *run_json(const struct viz_trend_run *run)
{
    json_t *out = json_object();
    char started[40];
    bool has = run->why == VIZ_TREND_HAS;
    viz_moment_utc(started, sizeof(started), run->run.started_ns);
    viz_json_set(out, "id", json_integer(run->run.id));
    viz_json_set(out, "uuid", viz_json_text(run->run.uuid));
    viz_json_set(out, "name", viz_json_text(run->run.name));
    viz_json_set(out, "state", json_string(viz_run_state_name(run->run.state)));
    viz_json_set(out, "started", json_string(started));
    viz_json_set(out, "started_ns", json_integer(run->run.started_ns));
    viz_json_set(out, "value", viz_json_real(run->value));
    viz_json_set(out, "low", viz_json_real(run->low));
    viz_json_set(out, "high", viz_json_real(run->high));
    viz_json_set(out, "n", viz_json_count((uint64_t)run->n));
    viz_json_set(out, "n_effective", viz_json_real(run->n_eff));
    viz_json_set(out, "needs", viz_json_real(run->needs));
    viz_json_set(out, "why", has ? json_null() : json_string(why_name(run->why)));
    viz_json_set(out, "part", has ? viz_json_count(run->part) : json_null());
    viz_json_set(out, "change", run->change ? change_json(run) : json_null());
    return out;
}

/* Of the runs behind the newest change, or of all. */
static json_t *newest_json(const struct viz_trend_newest *newest)
{
    const struct viz_contrast_row *row = &newest->row, *odd = &newest->odd_row;
    bool has = newest->runs > 0, unexpected = newest->odd > 0;
    json_t *out = json_object();
    viz_json_set(out, "runs", viz_json_count(newest->runs));
    viz_json_set(out, "difference", has ? viz_json_real(row->test.delta) : json_null());
    viz_json_set(out, "low", has ? viz_json_real(row->low) : json_null());
    viz_json_set(out, "high", has ? viz_json_real(row->high) : json_null());
    viz_json_set(out, "limit", has ? viz_json_real(row->limit) : json_null());
    viz_json_set(out, "within", json_boolean(newest->within));
    viz_json_set(out, "unexpected", viz_json_count(newest->odd));
    viz_json_set(out, "unexpected_mean",
                 unexpected ? viz_json_real(odd->b) : json_null());
    viz_json_set(out, "expected_low",
                 unexpected ? viz_json_real(odd->low) : json_null());
    viz_json_set(out, "expected_high",
                 unexpected ? viz_json_real(odd->high) : json_null());
    viz_json_set(out, "unexpected_beyond_limit", json_boolean(newest->beyond));
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
    viz_json_set(out, "metric", viz_json_text(trend->name));
    viz_json_set(out, "unit", viz_json_text(trend->unit));
    viz_json_set(out, "better",
                 better[trend->better] ? json_string(better[trend->better])
                                       : json_null());
    viz_json_set(out, "statistic",
                 json_string(viz_statistic_name(trend->params.statistic)));
    viz_json_set(out, "alpha", viz_json_real(trend->params.alpha));
    viz_json_set(out, "limit_percent", viz_json_real(trend->params.limit_percent));
    viz_json_set(out, "seed", json_integer((json_int_t)trend->params.seed));
    viz_json_set(out, "verdict", json_string(viz_verdict_name(trend->verdict)));
    viz_json_set(out, "sentence", viz_json_text(trend->sentence));
    viz_json_set(out, "changes", viz_json_count(trend->parts ? trend->parts - 1 : 0));
    viz_json_set(out, "runs_with_value", viz_json_count(trend->valued));
    viz_json_set(out, "runs_needed", viz_json_count(trend->needs));
    viz_json_set(out, "detectable_percent", viz_json_real(trend->detectable));
    viz_json_set(out, "newest", newest_json(&trend->newest));
    viz_json_set(out, "runs", runs);
    char *text = json_dumps(out, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(out);
    return text;
}
