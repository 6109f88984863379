/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparisons made of fixed numbers, with something of everything that a report can be
 * asked to say. */
#ifndef COMPARISON_RIG_H
#define COMPARISON_RIG_H

#include "../src/app/comparison_report.h"

#include <viz/alloc.h>
#include <viz/comparison.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIG_RUNS 5
#define RIG_VALUES 600
#define RIG_START_NS INT64_C(1769860800000000000) /* 2026-01-31T12:00Z */

static inline char *rig_text(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static inline char *rig_text(const char *format, ...)
{
    char *text = viz_zalloc(256);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, 256, format, arguments);
    va_end(arguments);
    return text;
}

static inline struct viz_run_series *rig_run(int64_t id, const char *name)
{
    struct viz_run_series *series = viz_zalloc(sizeof(*series));
    series->run =
        (struct viz_run){.id = id,
                         .uuid = rig_text("00000000-0000-4000-8000-%012d", (int)id),
                         .name = rig_text("%s", name),
                         .description = rig_text("%s", ""),
                         .origin = rig_text("device"),
                         .host = rig_text("lightwaveos.local:80"),
                         .firmware = rig_text("1.4"),
                         .machine = rig_text("{}"),
                         .flags = rig_text("%s", ""),
                         .requested = rig_text("{}"),
                         .delivered = rig_text("{}"),
                         .tags = rig_text("nightly"),
                         .started_ns = RIG_START_NS + id * 60000000000,
                         .ended_ns = RIG_START_NS + id * 60000000000 + 60000000000,
                         .state = VIZ_RUN_COMPLETE,
                         .samples = 610,
                         .streams = 1,
                         .segments = 1};
    series->duration_s = 60;
    return series;
}

static inline void rig_side(struct viz_comparison_side *side, const char *label,
                            uint32_t runs, int64_t first)
{
    side->label = rig_text("%s", label);
    side->runs = runs;
    side->run = viz_zalloc(runs * sizeof(struct viz_run_series *));
    for (uint32_t i = 0; i < runs; i++)
        side->run[i] = rig_run(first + i, label);
}

/* Of so many values about @mean, with a few far ones; sums of squares of a fixed order of
 * whole numbers, so that every machine has the same. */
static inline void rig_estimate(struct viz_estimate *out, double mean, double sd,
                                size_t n)
{
    *out = (struct viz_estimate){.n = n};
    out->ljung_box_p = NAN;
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        out->of[i] = (struct viz_estimate_of){.value = NAN, .se = NAN};
    out->sorted = viz_zalloc((n + 1) * sizeof(double));
    if (!n)
        return;
    for (size_t i = 0; i < n; i++) {
        double u = (2.0 * (double)i + 1 - (double)n) / (double)n; /* -1 to 1 */
        out->sorted[i] = mean + sd * u * (1 + 2 * u * u);
    }
    static const double needs[] = {0, 6, 72, 368}, at[] = {0, 0, 2.4, 2.9};
    double effective = floor((double)n / 3);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        out->of[i] = (struct viz_estimate_of){.value = mean + at[i] * sd,
                                              .se = sd / 16 * (i + 1),
                                              .n_eff = effective,
                                              .needs = needs[i],
                                              .enough = effective >= needs[i]};
    out->mean = mean;
    out->sd = sd;
    out->min = out->sorted[0];
    out->max = out->sorted[n - 1];
    out->kurtosis = 3;
    out->mad = sd;
    out->iqr = 1.25 * sd;
    out->effective = (struct viz_effective){3, effective, 3, 4};
    out->ljung_box_p = 0.25;
    out->ljung_box_lags = 10;
    out->block = 8;
    out->replicates = 1000;
    out->outliers = (struct viz_outliers){3, 1, 4};
    out->steadiness.steady = true;
    out->steadiness.warmup_mean = NAN;
    out->steadiness.rest_mean = mean;
}

static inline const struct viz_metric_series **
rig_series(struct viz_comparison *comparison, int side, const char *name,
           const char *unit, size_t n)
{
    uint32_t runs = comparison->side[side].runs;
    const struct viz_metric_series **out = viz_zalloc(runs * sizeof(*out));
    for (uint32_t i = 0; i < runs; i++) {
        struct viz_run_series *run = comparison->side[side].run[i];
        if (!run->metric)
            run->metric = viz_zalloc(16 * sizeof(*run->metric));
        struct viz_metric_series *series = &run->metric[run->metrics++];
        snprintf(series->stream, sizeof(series->stream), "lightwaveos.local:80");
        snprintf(series->name, sizeof(series->name), "%.63s", name);
        snprintf(series->unit, sizeof(series->unit), "%.15s", unit);
        series->n = n;
        series->value = viz_zalloc((n + 1) * sizeof(double));
        series->at_ns = viz_zalloc((n + 1) * sizeof(int64_t));
        for (size_t k = 0; k < n; k++)
            series->at_ns[k] = (int64_t)k * 100000000;
        series->rows = n + 10;
        series->repeats = 9;
        series->beginning = 1;
        series->averaged = true;
        series->ema_alpha = 0.1;
        series->lag = 5;
        series->raw_n = n;
        series->raw_mean = series->raw_sd = NAN;
        out[i] = series;
    }
    return out;
}

/* @half: of the interval; 0: nothing varies. */
static inline struct viz_contrast_row rig_row(double a, double b, double half, double p,
                                              enum viz_verdict verdict)
{
    bool ratio = a > 0 && b > 0;
    double delta = b - a;
    return (struct viz_contrast_row){
        .a = a,
        .b = b,
        .test = {delta, half / 2.3, 8, half > 0 ? delta / (half / 2.3) : NAN, p,
                 delta - half, delta + half},
        .low = delta - half,
        .high = delta + half,
        .boot_low = delta - half,
        .boot_high = delta + half,
        .ratio = ratio ? b / a : NAN,
        .ratio_low = ratio ? 1 + (delta - half) / a : NAN,
        .ratio_high = ratio ? 1 + (delta + half) / a : NAN,
        .equal = {p, p, p, delta - 0.8 * half, delta + 0.8 * half},
        .limit = fabs(a) / 100,
        .detectable = 1.35 * half,
        .runs_needed = half > 0 ? 7 : 2,
        .p_adjusted = p,
        .beyond = fabs(delta) - half > fabs(a) / 100,
        .why = VIZ_WHY_SHOWN,
        .verdict = verdict,
    };
}

static inline struct viz_contrast_row
rig_without(double a, double b, enum viz_contrast_why why, double has, double needs)
{
    return (struct viz_contrast_row){
        .a = a,
        .b = b,
        .test = {b - a, NAN, NAN, NAN, NAN, NAN, NAN},
        .low = NAN,
        .high = NAN,
        .boot_low = NAN,
        .boot_high = NAN,
        .ratio = NAN,
        .ratio_low = NAN,
        .ratio_high = NAN,
        .equal = {NAN, NAN, NAN, NAN, NAN},
        .limit = fabs(a) / 100,
        .detectable = NAN,
        .runs_needed = NAN,
        .p_adjusted = NAN,
        .why = why,
        .has = has,
        .needs = needs,
        .verdict = VIZ_VERDICT_NOT_SHOWN,
    };
}

/* A metric with rows still to be set. */
static inline struct viz_comparison_metric *
rig_metric(struct viz_comparison *comparison, const char *name, const char *unit,
           enum viz_better better, enum viz_verdict verdict)
{
    struct viz_comparison_metric *metric = &comparison->metric[comparison->metrics++];
    uint32_t runs_a = comparison->side[0].runs, runs_b = comparison->side[1].runs;
    snprintf(metric->name, sizeof(metric->name), "%s", name);
    snprintf(metric->unit, sizeof(metric->unit), "%s", unit);
    metric->better = better;
    metric->family = true;
    metric->verdict = verdict;
    metric->contrast = (struct viz_contrast){
        .level = runs_a > 1 && runs_b > 1   ? VIZ_LEVEL_RUNS
                 : runs_a > 1 || runs_b > 1 ? VIZ_LEVEL_ONE_SIDE
                                            : VIZ_LEVEL_SAMPLES,
        .runs_a = runs_a,
        .runs_b = runs_b,
        .thin_a = runs_a > 1 ? 1 : 3,
        .thin_b = runs_b > 1 ? 1 : 3,
        .mann_whitney = {2, 0.08, 0.032, 0.98, true, NAN, NAN},
        .hodges_lehmann = {NAN, NAN, NAN},
        .cliff = 0.84,
        .effect = {2.5, 2.26, 0.9028, 0.6, 3.9, 0.66, 4.3, 2.4},
        .between = NAN,
        .within = NAN,
        .least_n_eff = 200,
        .d_values = 0.5,
    };
    return metric;
}

/* The values behind it. */
static inline void rig_values(struct viz_comparison *comparison,
                              struct viz_comparison_metric *metric, double a, double b,
                              double sd, size_t n)
{
    double mean[] = {a, b};
    for (int side = 0; side < 2; side++) {
        uint32_t runs = comparison->side[side].runs;
        struct viz_estimate *estimate = viz_zalloc(runs * sizeof(*estimate));
        for (uint32_t i = 0; i < runs; i++)
            rig_estimate(&estimate[i], mean[side] + sd * ((double)i - 2) / 8, sd, n);
        *(side ? &metric->estimate_b : &metric->estimate_a) = estimate;
        *(side ? &metric->b : &metric->a) =
            rig_series(comparison, side, metric->name, metric->unit, n);
    }
}

/* All statistics move by @part of A; P99 has too few values. */
static inline struct viz_comparison_metric *
rig_moved(struct viz_comparison *comparison, const char *name, const char *unit,
          enum viz_better better, const double figures[4], enum viz_verdict verdict)
{
    double a = figures[0], part = figures[1], half = figures[2] * a, p = figures[3];
    static const double times[] = {1, 0.998, 1.1};
    struct viz_comparison_metric *metric =
        rig_metric(comparison, name, unit, better, verdict);
    struct viz_contrast *contrast = &metric->contrast;
    for (int i = 0; i < 3; i++)
        contrast->row[i] = rig_row(a * times[i], a * times[i] * (1 + part),
                                   half * (1 + 0.5 * i), p, verdict);
    contrast->row[VIZ_STATISTIC_P99] =
        rig_without(a * 1.2, a * 1.2 * (1 + part), VIZ_WHY_TOO_FEW, 155.25, 368);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        contrast->row[i].limit = contrast->row[VIZ_STATISTIC_MEDIAN].a / 100;
    contrast->hodges_lehmann =
        (struct viz_hodges_lehmann){a * part, a * part - half, a * part + half};
    contrast->between = a * a * 1e-5;
    contrast->within = a * a * 1e-6;
    rig_values(comparison, metric, a, a * (1 + part), a * 0.04, RIG_VALUES);
    return metric;
}

static inline struct viz_comparison *rig_begin(uint32_t runs_a, uint32_t runs_b,
                                               const char *label_a, const char *label_b)
{
    struct viz_comparison *comparison = viz_zalloc(sizeof(*comparison));
    comparison->params = (struct viz_comparison_params){
        .alpha = 0.05, .limit_percent = 1, .seed = 20260131, .seeded = true};
    rig_side(&comparison->side[0], label_a, runs_a, 17);
    rig_side(&comparison->side[1], label_b, runs_b, 17 + runs_a);
    comparison->metric = viz_zalloc(8 * sizeof(*comparison->metric));
    comparison->note = viz_zalloc(8 * sizeof(char *));
    return comparison;
}

/* One metric of each kind. */
static inline struct viz_comparison *rig_many(void)
{
    struct viz_comparison *comparison =
        rig_begin(RIG_RUNS, RIG_RUNS, "old <firmware>", "new & \"improved\"");
    struct viz_comparison_metric *metric;
    rig_moved(comparison, "avg_total_us", "µs", VIZ_BETTER_LOWER,
              (const double[]){5066.123, 0.02, 0.003, 0.00002}, VIZ_VERDICT_WORSE);
    metric = rig_moved(comparison, "avg_goertzel_us", "µs", VIZ_BETTER_LOWER,
                       (const double[]){3120.5, 0.0004, 0.0035, 0.8},
                       VIZ_VERDICT_EQUIVALENT);
    metric->contrast.row[VIZ_STATISTIC_P95] =
        rig_row(3400, 3536, 68, 0.0041, VIZ_VERDICT_WORSE);
    metric->contrast.row[VIZ_STATISTIC_P95].limit =
        metric->contrast.row[VIZ_STATISTIC_MEDIAN].limit;
    rig_moved(comparison, "fps", "1/s", VIZ_BETTER_HIGHER,
              (const double[]){59.94, -0.004, 0.017, 0.58}, VIZ_VERDICT_NOT_SHOWN);
    metric = rig_metric(comparison, "offset", "g", VIZ_BETTER_NEITHER,
                        VIZ_VERDICT_DIFFERENT);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        metric->contrast.row[i] = rig_row(-0.0123 + 0.002 * i, 0.0046 + 0.002 * i,
                                          0.0031, 0.0006, VIZ_VERDICT_DIFFERENT);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        metric->contrast.row[i].limit = 0.000103;
    metric->contrast.hodges_lehmann = (struct viz_hodges_lehmann){0.0169, 0.01, 0.02};
    rig_values(comparison, metric, -0.0123, 0.0046, 0.004, RIG_VALUES);
    metric =
        rig_moved(comparison, "cpu_load_percent", "%", VIZ_BETTER_LOWER,
                  (const double[]){25.3306, 0.02, 0.003, 0.00002}, VIZ_VERDICT_WORSE);
    metric->family = false;
    snprintf(metric->collinear, sizeof(metric->collinear), "avg_total_us");
    metric = rig_metric(comparison, "hop_hz", "Hz", VIZ_BETTER_NEITHER,
                        VIZ_VERDICT_NOT_SHOWN);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        metric->contrast.row[i] = rig_without(50, 50, VIZ_WHY_CONSTANT, 600, 10);
    metric->contrast.effect =
        (struct viz_effect){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    rig_values(comparison, metric, 50, 50, 0, RIG_VALUES);
    metric = rig_metric(comparison, "humidity", "%", VIZ_BETTER_NEITHER,
                        VIZ_VERDICT_NOT_SHOWN);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        metric->contrast.row[i] = rig_without(NAN, NAN, VIZ_WHY_NO_VALUES, 0, 0);
    metric->contrast.runs_a = metric->contrast.runs_b = 0;
    metric->contrast.mann_whitney.p = NAN;
    metric->contrast.effect =
        (struct viz_effect){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    metric->contrast.cliff = metric->contrast.least_n_eff = NAN;
    rig_values(comparison, metric, 0, 0, 0, 0);
    comparison->tests = 13;
    comparison->verdict = VIZ_VERDICT_WORSE;
    comparison->metric[0].estimate_b[1].steadiness =
        (struct viz_steadiness){.change = {{410, 5000, 5400}},
                                .changes = 1,
                                .warmup_mean = NAN,
                                .rest_mean = 5167};
    viz_comparison_words(comparison);
    comparison->note[comparison->notes++] =
        viz_comparison_steadiness_note(comparison, &comparison->metric[0], 1, 1);
    comparison->note[comparison->notes++] =
        rig_text("run 18 was interrupted after 00:52");
    return comparison;
}

/* One run a side, few values. */
static inline struct viz_comparison *rig_single(void)
{
    struct viz_comparison *comparison = rig_begin(1, 1, "before", "after");
    struct viz_comparison_metric *metric;
    metric =
        rig_moved(comparison, "frame_ms", "ms", VIZ_BETTER_LOWER,
                  (const double[]){16.7, -0.031, 0.008, 0.0012}, VIZ_VERDICT_BETTER);
    metric->contrast.least_n_eff = 22.7;
    metric = rig_metric(comparison, "latency_ms", "ms", VIZ_BETTER_LOWER,
                        VIZ_VERDICT_NOT_SHOWN);
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        metric->contrast.row[i] = rig_without(
            8.2, 8.9, i ? VIZ_WHY_TOO_FEW : VIZ_WHY_FEW_VALUES, 5.4, i ? 72 : 10);
    rig_values(comparison, metric, 8.2, 8.9, 0.5, 12);
    comparison->tests = 3;
    comparison->verdict = VIZ_VERDICT_BETTER;
    viz_comparison_words(comparison);
    return comparison;
}

/* What a loaded comparison would be given back with: here every part is the rig's. */
static inline void rig_end(struct viz_comparison *comparison)
{
    viz_comparison_destroy(comparison);
}

/* ---- what is said of it ---- */

/* Each test is a process of its own. */
static char page[1 << 16];

static inline void keep_line(void *context, const char *text)
{
    size_t *used = context;
    int length = snprintf(page + *used, sizeof(page) - *used, "%s\n", text);
    cr_assert_lt(*used + (size_t)length, sizeof(page));
    *used += (size_t)length;
}

/* Valid until the next. */
static inline const char *text_with(const struct viz_comparison *comparison,
                                    const struct viz_comparison_text_params *params)
{
    size_t used = 0;
    page[0] = '\0';
    viz_comparison_text(comparison, params, keep_line, &used);
    return page;
}

static inline const char *text_of(const struct viz_comparison *comparison,
                                  uint32_t width, bool ascii)
{
    return text_with(comparison,
                     &(struct viz_comparison_text_params){width, ascii, true});
}

static inline bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

#endif
