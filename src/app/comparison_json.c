/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "comparison_report.h"

#include "left_out.h"

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/moment.h>
#include <viz/run_summary.h>

#include <inttypes.h>
#include <string.h>

static void set_real(json_t *object, const char *key, double value)
{
    viz_json_set(object, key, viz_json_real(value));
}

static void set_count(json_t *object, const char *key, uint64_t value)
{
    viz_json_set(object, key, viz_json_count(value));
}

static void set_text(json_t *object, const char *key, const char *value)
{
    viz_json_set(object, key, value && *value ? viz_json_text(value) : json_null());
}

/* [low, high], or null where either is not known. */
static json_t *interval(double low, double high)
{
    if (!isfinite(low) || !isfinite(high))
        return json_null();
    return json_pack("[f, f]", low, high);
}

static void append_line(void *context, const char *text)
{
    viz_assert(!json_array_append_new(context, viz_json_text(text)));
}

/* ---- the keys of the Python collector ---- */

/* The only metric whose channel is called so; NULL: none, or several. */
static const struct viz_comparison_metric *
metric_of(const struct viz_comparison *comparison, const char *channel)
{
    const struct viz_comparison_metric *found = NULL;
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        const struct viz_comparison_metric *metric = &comparison->metric[i];
        if (strcmp(metric->a[0]->name, channel))
            continue;
        if (found)
            return NULL;
        found = metric;
    }
    return found;
}

/* Of each run of the side, with commas between them. */
static json_t *joined(const struct viz_comparison_side *side, bool names)
{
    size_t size = 1, used = 0;
    for (uint32_t i = 0; i < side->runs; i++)
        size += 1 + strlen(names ? side->run[i]->run.name : side->run[i]->run.uuid);
    char *text = viz_zalloc(size);
    for (uint32_t i = 0; i < side->runs; i++) {
        const struct viz_run *run = &side->run[i]->run;
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "," : "",
                                 names ? run->name : run->uuid);
    }
    json_t *out = viz_json_text(text);
    free(text);
    return out;
}

static void set_collector_keys(json_t *out, const struct viz_comparison *comparison)
{
    const struct viz_comparison_side *a = &comparison->side[0], *b = a + 1;
    const struct viz_comparison_metric *total = metric_of(comparison, "avg_total_us");
    const struct viz_comparison_metric *load =
        metric_of(comparison, "cpu_load_percent");
    const struct viz_contrast_row *of_total =
        total ? &total->contrast.row[VIZ_STATISTIC_MEAN] : NULL;
    const struct viz_contrast_row *of_load =
        load ? &load->contrast.row[VIZ_STATISTIC_MEAN] : NULL;
    viz_json_set(out, "run_a_id", joined(a, false));
    viz_json_set(out, "run_a_name", joined(a, true));
    viz_json_set(out, "run_b_id", joined(b, false));
    viz_json_set(out, "run_b_name", joined(b, true));
    set_count(out, "n_samples_a", viz_comparison_samples(a));
    set_count(out, "n_samples_b", viz_comparison_samples(b));
    set_real(out, "avg_total_us_diff", total ? of_total->b - of_total->a : NAN);
    set_real(out, "cpu_load_diff", load ? of_load->b - of_load->a : NAN);
    set_real(out, "avg_total_us_pvalue", total ? of_total->test.p : NAN);
    set_real(out, "cpu_load_pvalue", load ? of_load->test.p : NAN);
    set_real(out, "avg_total_us_cohens_d", total ? total->contrast.d_values : NAN);
    set_real(out, "cpu_load_cohens_d", load ? load->contrast.d_values : NAN);
    set_real(out, "alpha", comparison->params.alpha);
}

/* ---- sides ---- */

static json_t *run_json(const struct viz_run_series *series)
{
    const struct viz_run *run = &series->run;
    json_t *out = json_object();
    char moment[40];
    viz_moment_utc(moment, sizeof(moment), run->started_ns);
    viz_json_set(out, "id", json_integer(run->id));
    set_text(out, "uuid", run->uuid);
    set_text(out, "name", run->name);
    set_text(out, "state", viz_run_state_name(run->state));
    set_text(out, "origin", run->origin);
    set_text(out, "host", run->host);
    set_text(out, "firmware", run->firmware);
    set_text(out, "started", run->started_ns ? moment : "");
    set_real(out, "duration_s", series->duration_s);
    set_count(out, "samples", run->samples);
    viz_json_set(out, "tags", viz_json_tags(run->tags));
    return out;
}

static json_t *side_json(const struct viz_comparison_side *side)
{
    json_t *out = json_object(), *runs = json_array();
    char extent[VIZ_EXTENT], name[VIZ_LABEL];
    viz_comparison_extent(side, extent, sizeof(extent));
    viz_comparison_label(side, false, name, sizeof(name));
    viz_json_set(out, "label", viz_json_text(side->label));
    viz_json_set(out, "name", viz_json_text(name));
    viz_json_set(out, "extent", viz_json_text(extent));
    set_count(out, "samples", viz_comparison_samples(side));
    for (uint32_t i = 0; i < side->runs; i++)
        json_array_append_new(runs, run_json(side->run[i]));
    viz_json_set(out, "runs", runs);
    return out;
}

/* ---- one run of one metric ---- */

static json_t *steadiness_json(const struct viz_estimate *estimate,
                               const struct viz_metric_series *series)
{
    const struct viz_steadiness *steadiness = &estimate->steadiness;
    json_t *out = json_object(), *changes = json_array();
    size_t told =
        steadiness->changes < VIZ_MOST_CHANGES ? steadiness->changes : VIZ_MOST_CHANGES;
    viz_json_set(out, "steady",
                 viz_estimate_judges(estimate) ? json_boolean(steadiness->steady)
                                               : json_null());
    set_count(out, "warmup_values", steadiness->warmup);
    set_real(out, "warmup_mean", steadiness->warmup ? steadiness->warmup_mean : NAN);
    set_real(out, "rest_mean", steadiness->rest_mean);
    set_real(out, "drift", steadiness->drift);
    set_count(out, "changes_found", steadiness->changes);
    for (size_t i = 0; i < told; i++) {
        const struct viz_change *change = &steadiness->change[i];
        json_t *one = json_object();
        set_count(one, "at_value", change->at);
        set_real(one, "at_s",
                 change->at < series->n && series->at_ns
                     ? (double)series->at_ns[change->at] / 1e9
                     : NAN);
        set_real(one, "before", change->before);
        set_real(one, "after", change->after);
        json_array_append_new(changes, one);
    }
    viz_json_set(out, "changes", changes);
    return out;
}

/* The value, or null and why. */
static void set_quantiles(json_t *out, const struct viz_estimate *estimate)
{
    json_t *errors = json_object(), *missing = json_object();
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        const struct viz_estimate_of *of = &estimate->of[i];
        const char *name = viz_statistic_name((enum viz_statistic)i);
        bool known = i == VIZ_STATISTIC_MEAN ? estimate->n > 0 : of->enough;
        set_real(out, name, known ? of->value : NAN);
        set_real(errors, name, known ? of->se : NAN);
        if (known)
            continue;
        json_t *why = json_object();
        set_real(why, "needs", of->needs);
        set_real(why, "has", estimate->n ? of->n_eff : 0);
        viz_json_set(missing, name, why);
    }
    viz_json_set(out, "standard_errors", errors);
    viz_json_set(out, "too_few", missing);
}

static json_t *estimate_json(const struct viz_estimate *estimate,
                             const struct viz_metric_series *series, int64_t run)
{
    bool some = estimate->n > 0;
    json_t *out = json_object(), *outliers = json_object();
    viz_json_set(out, "run", json_integer(run));
    set_count(out, "n", estimate->n);
    set_real(out, "n_eff", some ? estimate->effective.n_eff : NAN);
    set_real(out, "tau", some ? estimate->effective.tau : NAN);
    set_real(out, "ljung_box_p", estimate->ljung_box_p);
    set_count(out, "ljung_box_lags", estimate->ljung_box_lags);
    set_quantiles(out, estimate);
    set_real(out, "sd", some ? estimate->sd : NAN);
    set_real(out, "min", some ? estimate->min : NAN);
    set_real(out, "max", some ? estimate->max : NAN);
    set_real(out, "mad", some ? estimate->mad : NAN);
    set_real(out, "iqr", some ? estimate->iqr : NAN);
    set_real(out, "skewness", some ? estimate->skewness : NAN);
    set_real(out, "kurtosis", some ? estimate->kurtosis : NAN);
    set_real(out, "block_length", some ? estimate->block : NAN);
    set_count(out, "replicates", estimate->replicates);
    set_count(outliers, "mild", estimate->outliers.mild);
    set_count(outliers, "extreme", estimate->outliers.extreme);
    set_count(outliers, "by_mad", estimate->outliers.by_mad);
    viz_json_set(out, "outliers", outliers);
    viz_json_set(out, "steadiness", steadiness_json(estimate, series));
    set_count(out, "rows", series->rows);
    viz_json_set(out, "left_out", viz_left_out_json(series));
    set_count(out, "boots", series->boots);
    set_count(out, "missing", series->missing);
    set_real(out, "raw_mean", series->raw_n ? series->raw_mean : NAN);
    set_real(out, "raw_sd", series->raw_n ? series->raw_sd : NAN);
    set_count(out, "raw_n", series->raw_n);
    set_real(out, "hops_a_value", series->averaged ? series->lag : NAN);
    return out;
}

static json_t *estimates_json(const struct viz_comparison_side *side,
                              const struct viz_estimate *estimate,
                              const struct viz_metric_series *const *series)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < side->runs; i++)
        json_array_append_new(
            out, estimate_json(&estimate[i], series[i], side->run[i]->run.id));
    return out;
}

/* ---- one metric ---- */

static json_t *equivalence_json(const struct viz_contrast_row *row)
{
    json_t *out = json_object();
    set_real(out, "limit", row->limit);
    set_real(out, "p", row->equal.p);
    set_real(out, "p_below", row->equal.p_low);
    set_real(out, "p_above", row->equal.p_high);
    viz_json_set(out, "interval", interval(row->equal.low, row->equal.high));
    return out;
}

/* The row as every report words it, so that who shows it need not round it anew. */
static json_t *said_json(const struct viz_comparison_metric *metric,
                         enum viz_statistic statistic)
{
    struct viz_comparison_cells cells;
    json_t *out = json_object();
    char why[128] = "";
    viz_comparison_cells(metric, statistic, &cells);
    viz_comparison_why(metric, statistic, why, sizeof(why));
    set_text(out, "a", cells.a);
    set_text(out, "b", cells.b);
    set_text(out, "difference", cells.difference);
    set_text(out, "interval", cells.interval);
    set_text(out, "p", cells.p);
    set_text(out, "verdict", cells.verdict);
    set_text(out, "why", why);
    return out;
}

static json_t *row_json(const struct viz_comparison_metric *metric,
                        enum viz_statistic statistic)
{
    const struct viz_contrast_row *row = &metric->contrast.row[statistic];
    bool few = row->why == VIZ_WHY_TOO_FEW, shown = row->why == VIZ_WHY_SHOWN;
    double percent = few ? NAN : viz_comparison_percent(metric, row);
    static const char *const why[] = {
#define X(id, text) text,
        VIZ_CONTRAST_WHYS(X)
#undef X
    };
    json_t *out = json_object();
    set_text(out, "verdict", shown ? viz_verdict_name(row->verdict) : "");
    set_text(out, "why", why[row->why]);
    set_real(out, "effective_values_needed", shown ? NAN : row->needs);
    set_real(out, "effective_values", shown ? NAN : row->has);
    set_real(out, "a", few ? NAN : row->a);
    set_real(out, "b", few ? NAN : row->b);
    set_real(out, "difference", few ? NAN : row->b - row->a);
    viz_json_set(out, "interval", interval(row->low, row->high));
    set_real(out, "difference_percent", percent * (row->b - row->a));
    viz_json_set(out, "interval_percent",
                 interval(percent * row->low, percent * row->high));
    viz_json_set(out, "interval_bootstrap", interval(row->boot_low, row->boot_high));
    set_real(out, "ratio", few ? NAN : row->ratio);
    viz_json_set(out, "ratio_interval", interval(row->ratio_low, row->ratio_high));
    set_real(out, "standard_error", row->test.se);
    set_real(out, "t", row->test.t);
    set_real(out, "df", row->test.df);
    set_real(out, "p", row->test.p);
    set_real(out, "p_adjusted", row->p_adjusted);
    viz_json_set(out, "beyond_limit", shown ? json_boolean(row->beyond) : json_null());
    viz_json_set(out, "equivalence", shown ? equivalence_json(row) : json_null());
    set_real(out, "detectable", row->detectable);
    set_real(out, "detectable_percent", percent * row->detectable);
    set_real(out, "runs_needed", row->runs_needed);
    viz_json_set(out, "said", said_json(metric, statistic));
    return out;
}

static json_t *ranks_json(const struct viz_contrast *contrast)
{
    const struct viz_mann_whitney *test = &contrast->mann_whitney;
    bool values = contrast->level == VIZ_LEVEL_SAMPLES, any = isfinite(test->p);
    json_t *out = json_object();
    set_text(out, "of", values ? "values, thinned" : "runs' means");
    set_count(out, "every_a", contrast->thin_a);
    set_count(out, "every_b", contrast->thin_b);
    set_real(out, "mann_whitney_u", test->u);
    set_real(out, "a_above_b", test->above);
    set_real(out, "p", test->p);
    viz_json_set(out, "exact", any ? json_boolean(test->exact) : json_null());
    set_real(out, "hodges_lehmann", contrast->hodges_lehmann.delta);
    viz_json_set(out, "hodges_lehmann_interval",
                 interval(contrast->hodges_lehmann.low, contrast->hodges_lehmann.high));
    set_real(out, "cliffs_delta", contrast->cliff);
    return out;
}

static json_t *effect_json(const struct viz_contrast *contrast)
{
    const struct viz_effect *effect = &contrast->effect;
    bool values = contrast->level == VIZ_LEVEL_SAMPLES;
    json_t *out = json_object();
    set_text(out, "in_sd_of", values ? "values" : "runs' means");
    set_real(out, "hedges_g", effect->g);
    viz_json_set(out, "hedges_g_interval", interval(effect->low, effect->high));
    set_real(out, "cohens_d", effect->d);
    viz_json_set(out, "cohens_d_interval", interval(effect->d_low, effect->d_high));
    set_real(out, "correction", effect->j);
    set_real(out, "glass_delta", effect->glass);
    set_real(out, "cohens_d_of_values", contrast->d_values);
    return out;
}

static json_t *statistics_json(const struct viz_comparison_metric *metric)
{
    json_t *out = json_object();
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        viz_json_set(out, viz_statistic_name((enum viz_statistic)i),
                     row_json(metric, (enum viz_statistic)i));
    return out;
}

static json_t *metric_json(const struct viz_comparison *comparison,
                           const struct viz_comparison_metric *metric)
{
    static const char *const better[] = {"neither", "lower", "higher"};
    static const char *const level[] = {"runs", "one side", "values"};
    const struct viz_contrast *contrast = &metric->contrast;
    json_t *out = json_object(), *remarks = json_array(), *variance = json_object();
    json_t *runs = json_object(), *details = json_array();
    struct viz_figure limit = viz_comparison_limit(
        comparison, metric, &metric->contrast.row[metric->headline]);
    viz_json_set(out, "name", viz_json_text(metric->name));
    set_text(out, "stream", metric->a[0]->stream);
    set_text(out, "channel", metric->a[0]->name);
    set_text(out, "unit", metric->unit);
    set_text(out, "better", better[metric->better]);
    set_text(out, "verdict", viz_verdict_name(metric->verdict));
    viz_json_set(out, "sentence", viz_json_text(metric->sentence));
    set_text(out, "headline", viz_statistic_name(metric->headline));
    viz_json_set(out, "family", json_boolean(metric->family));
    set_text(out, "collinear_with", metric->collinear);
    set_text(out, "level", level[contrast->level]);
    set_text(out, "limit", limit.text);
    viz_comparison_remarks(metric, append_line, remarks);
    viz_json_set(out, "remarks", remarks);
    viz_comparison_details(comparison, metric, append_line, details);
    viz_json_set(out, "details", details);
    viz_json_set(out, "statistics", statistics_json(metric));
    viz_json_set(out, "ranks", ranks_json(contrast));
    viz_json_set(out, "effect", effect_json(contrast));
    set_real(variance, "between_runs", contrast->between);
    set_real(variance, "within_runs", contrast->within);
    viz_json_set(out, "variance_of_a_runs_mean", variance);
    set_real(out, "least_n_eff", contrast->least_n_eff);
    viz_json_set(runs, "a",
                 estimates_json(&comparison->side[0], metric->estimate_a, metric->a));
    viz_json_set(runs, "b",
                 estimates_json(&comparison->side[1], metric->estimate_b, metric->b));
    viz_json_set(out, "runs", runs);
    return out;
}

char *viz_comparison_json(const struct viz_comparison *comparison)
{
    json_t *out = json_object(), *notes = json_array(), *metrics = json_array();
    json_t *sides = json_object(), *definitions = json_array();
    char title[96], seed[32];
    viz_comparison_title(comparison, title, sizeof(title));
    /* Readers that keep every number in a double would lose the seed's last digits. */
    snprintf(seed, sizeof(seed), "%" PRIu64, comparison->params.seed);
    set_collector_keys(out, comparison);
    set_text(out, "title", title);
    viz_json_set(out, "verdict", viz_json_text(viz_verdict_name(comparison->verdict)));
    viz_json_set(out, "sentence", viz_json_text(comparison->sentence));
    for (uint32_t i = 0; i < comparison->notes; i++)
        append_line(notes, comparison->note[i]);
    viz_json_set(out, "notes", notes);
    set_real(out, "limit_percent", comparison->params.limit_percent);
    viz_json_set(out, "seed", json_integer((json_int_t)comparison->params.seed));
    set_text(out, "seed_text", seed);
    set_count(out, "tests", comparison->tests);
    viz_json_set(sides, "a", side_json(&comparison->side[0]));
    viz_json_set(sides, "b", side_json(&comparison->side[1]));
    viz_json_set(out, "sides", sides);
    for (uint32_t i = 0; i < comparison->metrics; i++)
        json_array_append_new(metrics, metric_json(comparison, &comparison->metric[i]));
    viz_json_set(out, "metrics", metrics);
    viz_comparison_definitions(comparison, append_line, definitions);
    append_line(
        definitions,
        "interval_bootstrap: of one run a side its draws are spread to the width "
        "of Welch's interval, so that it shows skew and is no second measure of "
        "width.");
    append_line(definitions,
                "avg_total_us_pvalue, cpu_load_pvalue: not adjusted; *_cohens_d and "
                "cohens_d_of_values: in standard deviations of single values.");
    viz_json_set(out, "definitions", definitions);
    char *text = json_dumps(out, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    viz_assert(text);
    json_decref(out);
    return text;
}
