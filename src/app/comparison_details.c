/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "comparison_report.h"

#include <viz/describe.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define LIBERAL 30 /* effective values below which a test of one run finds too much */

struct sink {
    void (*line)(void *context, const char *text);
    void *context;
};

__attribute__((format(printf, 2, 3))) static void put(const struct sink *sink,
                                                      const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    sink->line(sink->context, text);
}

/* ---- remarks ---- */

struct counts {
    uint64_t rows, n;
#define X(name, words) uint64_t name;
    VIZ_LEFT_OUT(X)
#undef X
};

static void count_side(const struct viz_metric_series *const *series, uint32_t runs,
                       struct counts *out)
{
    for (uint32_t i = 0; i < runs; i++) {
        out->rows += series[i]->rows;
        out->n += series[i]->n;
#define X(name, words) out->name += series[i]->name;
        VIZ_LEFT_OUT(X)
#undef X
    }
}

/* ", 45 repeated, 1 excluded": what of the samples is no value. */
static void name_left_out(const struct counts *counts, char *out, size_t size)
{
    const struct {
        uint64_t count;
        const char *what;
    } causes[] = {
#define X(name, words) {counts->name, words},
        VIZ_LEFT_OUT(X)
#undef X
    };
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]) && used < size; i++)
        if (causes[i].count)
            used += (size_t)snprintf(out + used, size - used, ", %" PRIu64 " %s",
                                     causes[i].count, causes[i].what);
}

void viz_comparison_remarks(const struct viz_comparison_metric *metric,
                            void (*line)(void *context, const char *text),
                            void *context)
{
    const struct sink sink = {line, context};
    const struct viz_contrast *contrast = &metric->contrast;
    int rows = viz_comparison_rows(metric);
    for (int i = 0; i < rows; i++) {
        char why[128];
        if (viz_comparison_why(metric, (enum viz_statistic)i, why, sizeof(why)))
            put(&sink, "%s", rows == 1 ? strchr(why, ':') + 2 : why);
    }
    if (contrast->level == VIZ_LEVEL_SAMPLES && contrast->least_n_eff < LIBERAL &&
        contrast->row[VIZ_STATISTIC_MEAN].why == VIZ_WHY_SHOWN)
        put(&sink, "%s effective values: below %d a test finds differences too often",
            viz_figure_fixed(floor(contrast->least_n_eff), 0, false).text, LIBERAL);
    if (*metric->collinear)
        put(&sink, "always goes with %s: not counted a second time", metric->collinear);
}

bool viz_comparison_is_lacking(const struct viz_comparison_metric *metric,
                               enum viz_statistic statistic)
{
    return statistic != VIZ_STATISTIC_MEAN &&
           metric->contrast.row[statistic].why == VIZ_WHY_TOO_FEW;
}

static void put_lacking(const struct sink *sink,
                        const struct viz_comparison *comparison,
                        enum viz_statistic statistic)
{
    char names[768] = "", has[64];
    double least = INFINITY, most = 0, needs = 0;
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        const struct viz_comparison_metric *metric = &comparison->metric[i];
        const struct viz_contrast_row *row = &metric->contrast.row[statistic];
        size_t used = strlen(names);
        if (!viz_comparison_is_lacking(metric, statistic))
            continue;
        snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
                 metric->name);
        least = fmin(least, floor(row->has));
        most = fmax(most, floor(row->has));
        needs = row->needs;
    }
    if (!*names)
        return;
    snprintf(has, sizeof(has), least < most ? "%.0f to %.0f" : "%.0f", least, most);
    put(sink, "%s: n too small (needs %.0f effective, has %s): %s",
        viz_statistic_name(statistic), needs, has, names);
}

void viz_comparison_lacking(const struct viz_comparison *comparison,
                            void (*line)(void *context, const char *text),
                            void *context)
{
    const struct sink sink = {line, context};
    for (int i = VIZ_STATISTIC_MEAN + 1; i < VIZ_STATISTIC_COUNT; i++)
        put_lacking(&sink, comparison, (enum viz_statistic)i);
}

/* ---- details ---- */

static struct viz_figure value_of(const struct viz_comparison_metric *metric,
                                  double value, bool sign)
{
    struct viz_figure out, number = viz_figure_digits(value, 3, sign);
    const char *unit = viz_comparison_unit(metric->unit);
    snprintf(out.text, sizeof(out.text), "%.30s%s%.15s", number.text, *unit ? " " : "",
             isfinite(value) ? unit : "");
    return out;
}

/* "A: 5 runs, n 2990 of 3050 samples (45 repeated, ...), n_eff 2210 (tau 1.35)": of all
 * runs together. */
static void put_extent(const struct sink *sink, const struct viz_comparison *comparison,
                       const struct viz_comparison_metric *metric, int side)
{
    const struct viz_estimate *run = side ? metric->estimate_b : metric->estimate_a;
    uint32_t runs = comparison->side[side].runs;
    struct counts counts = {0};
    double effective = 0;
    size_t mild = 0, extreme = 0, by_mad = 0;
    char left_out[384];
    count_side(side ? metric->b : metric->a, runs, &counts);
    name_left_out(&counts, left_out, sizeof(left_out));
    for (uint32_t i = 0; i < runs; i++) {
        effective += run[i].n ? run[i].effective.n_eff : 0;
        mild += run[i].outliers.mild;
        extreme += run[i].outliers.extreme;
        by_mad += run[i].outliers.by_mad;
    }
    put(sink, "%s: %" PRIu32 " run%s, n %" PRIu64 " of %" PRIu64 " samples%s%s%s",
        side ? "B" : "A", runs, runs == 1 ? "" : "s", counts.n, counts.rows,
        *left_out ? " (left out: " : "", *left_out ? left_out + 2 : "",
        *left_out ? ")" : "");
    if (counts.n)
        put(sink,
            "%s: n_eff %s (tau %s); outliers, all kept: %zu mild, %zu extreme, %zu by "
            "MAD",
            side ? "B" : "A", viz_figure_digits(floor(effective), 4, false).text,
            viz_figure_digits(effective > 0 ? (double)counts.n / effective : NAN, 3,
                              false)
                .text,
            mild, extreme, by_mad);
}

static void put_welch(const struct sink *sink, const struct viz_comparison *comparison,
                      const struct viz_comparison_metric *metric)
{
    const struct viz_contrast_row *row = &metric->contrast.row[metric->headline];
    if (row->why != VIZ_WHY_SHOWN || !isfinite(row->test.t))
        return;
    put(sink, "Welch of the %s: difference %s, t %s, df %s, p %s, not adjusted",
        viz_statistic_name(metric->headline),
        value_of(metric, row->b - row->a, true).text,
        viz_figure_digits(row->test.t, 3, false).text,
        viz_figure_digits(row->test.df, 3, false).text, viz_figure_p(row->test.p).text);
    if (isfinite(row->ratio) && isfinite(row->ratio_low) && isfinite(row->ratio_high))
        put(sink, "ratio B / A: %s (%s to %s)",
            viz_figure_fixed(row->ratio, 4, false).text,
            viz_figure_fixed(row->ratio_low, 4, false).text,
            viz_figure_fixed(row->ratio_high, 4, false).text);
    put(sink, "equivalence within %s: p %s, %s interval %s to %s",
        value_of(metric, row->limit, false).text, viz_figure_p(row->equal.p).text,
        viz_figure_confidence(2 * comparison->params.alpha).text,
        value_of(metric, row->equal.low, true).text,
        value_of(metric, row->equal.high, true).text);
}

static void put_ranks(const struct sink *sink,
                      const struct viz_comparison_metric *metric)
{
    const struct viz_contrast *contrast = &metric->contrast;
    const struct viz_hodges_lehmann *shift = &contrast->hodges_lehmann;
    char of[96] = "of the runs' means";
    if (!isfinite(contrast->mann_whitney.p))
        return;
    if (contrast->level == VIZ_LEVEL_SAMPLES)
        snprintf(of, sizeof(of), "of one value in %zu of A, in %zu of B",
                 contrast->thin_a, contrast->thin_b);
    put(sink, "ranks (%s): Mann-Whitney p %s%s, Cliff's delta %s", of,
        viz_figure_p(contrast->mann_whitney.p).text,
        contrast->mann_whitney.exact ? ", exact" : "",
        viz_figure_fixed(contrast->cliff, 2, true).text);
    if (isfinite(shift->low) && isfinite(shift->high))
        put(sink, "Hodges-Lehmann: %s (%s to %s)",
            value_of(metric, shift->delta, true).text,
            value_of(metric, shift->low, true).text,
            value_of(metric, shift->high, true).text);
    else if (isfinite(shift->delta))
        put(sink, "Hodges-Lehmann: %s", value_of(metric, shift->delta, true).text);
}

static void put_effect(const struct sink *sink,
                       const struct viz_comparison_metric *metric)
{
    const struct viz_effect *effect = &metric->contrast.effect;
    if (!isfinite(effect->g))
        return;
    put(sink, "in standard deviations of %s: Hedges g %s (%s to %s), Cohen d %s",
        metric->contrast.level == VIZ_LEVEL_SAMPLES ? "single values"
                                                    : "the runs' means",
        viz_figure_digits(effect->g, 3, true).text,
        viz_figure_digits(effect->low, 3, true).text,
        viz_figure_digits(effect->high, 3, true).text,
        viz_figure_digits(effect->d, 3, true).text);
}

static void put_power(const struct sink *sink,
                      const struct viz_comparison_metric *metric)
{
    const struct viz_contrast_row *row = &metric->contrast.row[metric->headline];
    char runs[160] = "";
    if (row->why != VIZ_WHY_SHOWN || !isfinite(row->detectable))
        return;
    if (isfinite(row->runs_needed))
        snprintf(runs, sizeof(runs), "; %s runs a side show %s (90 %% power)",
                 row->runs_needed > VIZ_COMPARISON_MOST_RUNS
                     ? "more than 1000"
                     : viz_figure_fixed(row->runs_needed, 0, false).text,
                 value_of(metric, row->limit, false).text);
    double percent = viz_comparison_percent(metric, row) * row->detectable;
    if (isfinite(percent))
        put(sink, "detectable: %s, %s %% (80 %% power)%s",
            value_of(metric, row->detectable, false).text,
            viz_figure_digits(percent, 2, false).text, runs);
    else
        put(sink, "detectable: %s (80 %% power)%s",
            value_of(metric, row->detectable, false).text, runs);
}

static void put_variance(const struct sink *sink,
                         const struct viz_comparison_metric *metric)
{
    const struct viz_contrast *contrast = &metric->contrast;
    if (!isfinite(contrast->between) || !isfinite(contrast->within))
        return;
    put(sink, "sd of a run's mean: %s between runs, %s from within them",
        value_of(metric, sqrt(contrast->between), false).text,
        value_of(metric, sqrt(contrast->within), false).text);
}

/* "steady: 5 of 5 runs in A, 4 of 5 in B": of those of which it is known. */
static void put_steady(const struct sink *sink, const struct viz_comparison *comparison,
                       const struct viz_comparison_metric *metric)
{
    uint32_t steady[2] = {0}, judged[2] = {0};
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < comparison->side[side].runs; i++) {
            const struct viz_estimate *run =
                &(side ? metric->estimate_b : metric->estimate_a)[i];
            judged[side] += viz_estimate_judges(run);
            steady[side] += viz_estimate_judges(run) && run->steadiness.steady;
        }
    if (judged[0] && judged[1])
        put(sink,
            "steady: %" PRIu32 " of %" PRIu32 " run%s in A, %" PRIu32 " of %" PRIu32
            " in B",
            steady[0], judged[0], judged[0] == 1 ? "" : "s", steady[1], judged[1]);
}

void viz_comparison_details(const struct viz_comparison *comparison,
                            const struct viz_comparison_metric *metric,
                            void (*line)(void *context, const char *text),
                            void *context)
{
    const struct sink sink = {line, context};
    put_extent(&sink, comparison, metric, 0);
    put_extent(&sink, comparison, metric, 1);
    put_steady(&sink, comparison, metric);
    put_welch(&sink, comparison, metric);
    put_ranks(&sink, metric);
    put_effect(&sink, metric);
    put_power(&sink, metric);
    put_variance(&sink, metric);
}

/* ---- definitions ---- */

static bool in_units(const struct viz_comparison *comparison,
                     const struct viz_comparison_metric *metric)
{
    (void)comparison;
    return isfinite(metric->contrast.row[0].a) && !viz_comparison_in_percent(metric);
}

static uint32_t count_with(const struct viz_comparison *comparison,
                           bool (*is)(const struct viz_comparison *comparison,
                                      const struct viz_comparison_metric *metric))
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < comparison->metrics; i++)
        count += is(comparison, &comparison->metric[i]);
    return count;
}

void viz_comparison_definitions(const struct viz_comparison *comparison,
                                void (*line)(void *context, const char *text),
                                void *context)
{
    const struct sink sink = {line, context};
    const struct viz_comparison_params *params = &comparison->params;
    put(&sink, "Difference: B - A, %s.",
        count_with(comparison, in_units) == 0 ? "in percent of A"
        : count_with(comparison, in_units) == comparison->metrics
            ? "in the metric's unit"
            : "in percent of A, or in the unit where values are around 0");
    put(&sink,
        "Quantiles: type 7 of Hyndman and Fan, of each run, mean over the runs.");
    if (comparison->side[0].runs > 1 && comparison->side[1].runs > 1)
        put(&sink, "Tests: Welch on one value a run.");
    else if (comparison->side[0].runs > 1 || comparison->side[1].runs > 1)
        put(&sink, "Tests: one run against the spread of the other side's runs.");
    else
        put(&sink, "Tests: Welch with the error that correlated values have; effective "
                   "sizes by "
                   "Geyer; what differs from run to run is unknown.");
    put(&sink,
        comparison->side[0].runs > 1 || comparison->side[1].runs > 1
            ? "Intervals: %s, Welch's."
            : "Intervals: %s, Welch's for means, stationary bootstrap for quantiles.",
        viz_figure_confidence(params->alpha).text);
    put(&sink, "p: Benjamini-Hochberg over %" PRIu32 " test%s, alpha %s.",
        comparison->tests, comparison->tests == 1 ? "" : "s",
        viz_figure_plain(params->alpha).text);
    put(&sink,
        "Equivalent: two one-sided tests, the %s interval lies within %s %% of A's "
        "median%s.",
        viz_figure_confidence(2 * params->alpha).text,
        viz_figure_plain(params->limit_percent).text,
        count_with(comparison, viz_comparison_limit_given)
            ? ", or within the limit given of a metric"
            : "");
    put(&sink, "Seed %" PRIu64 ".", params->seed);
}
