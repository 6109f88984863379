/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "comparison_report.h"

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/text.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* "2.5 s", "04:41", "1:02:03": since the run began. */
static struct viz_figure time_of(const struct viz_metric_series *series, size_t at)
{
    struct viz_figure out;
    int64_t ns = at < series->n && series->at_ns ? series->at_ns[at] : 0;
    int64_t s = ns / 1000000000;
    if (s < 60)
        snprintf(out.text, sizeof(out.text), "%d.%d s", (int)s,
                 (int)(ns / 100000000 % 10));
    else if (s >= 3600)
        snprintf(out.text, sizeof(out.text), "%" PRId64 ":%02d:%02d", s / 3600,
                 (int)(s / 60 % 60), (int)(s % 60));
    else
        snprintf(out.text, sizeof(out.text), "%02d:%02d", (int)(s / 60), (int)(s % 60));
    return out;
}

/* In percent of @before, or in the unit of what is told in it. */
static struct viz_figure change_of(double before, double after,
                                   const struct viz_comparison_metric *metric)
{
    struct viz_figure out;
    if (viz_comparison_in_percent(metric) && before > 0 && isfinite(after))
        snprintf(out.text, sizeof(out.text), "%.40s %%",
                 viz_figure_digits(100 * (after - before) / before, 2, true).text);
    else
        viz_comparison_value(out.text, sizeof(out.text), after - before, metric->unit,
                             true);
    return out;
}

static void add_changes(FILE *out, const struct viz_comparison_metric *metric,
                        const struct viz_metric_series *series,
                        const struct viz_steadiness *steadiness)
{
    const struct viz_change *first = &steadiness->change[0];
    if (steadiness->changes > 1)
        fprintf(out, "changed %zu times, first at %s by %s", steadiness->changes,
                time_of(series, first->at).text,
                change_of(first->before, first->after, metric).text);
    else
        fprintf(out, "changed at %s by %s", time_of(series, first->at).text,
                change_of(first->before, first->after, metric).text);
}

static void add_warmup(FILE *out, const struct viz_comparison_metric *metric,
                       const struct viz_metric_series *series,
                       const struct viz_steadiness *steadiness)
{
    fprintf(out, "warm-up until %s, its mean %s beside the rest (not cut)",
            time_of(series, steadiness->warmup).text,
            change_of(steadiness->rest_mean, steadiness->warmup_mean, metric).text);
}

char *viz_comparison_steadiness_note(const struct viz_comparison *comparison,
                                     const struct viz_comparison_metric *metric,
                                     int side, uint32_t run)
{
    const struct viz_estimate *estimate =
        &(side ? metric->estimate_b : metric->estimate_a)[run];
    const struct viz_metric_series *series = (side ? metric->b : metric->a)[run];
    const struct viz_steadiness *steadiness = &estimate->steadiness;
    if (steadiness->steady || !estimate->n)
        return NULL;
    char *raw = NULL, *text = viz_zalloc(VIZ_SENTENCE);
    size_t size;
    FILE *out = open_memstream(&raw, &size);
    viz_assert(out);
    fprintf(out, "%s is not steady (run %" PRId64 ", %s): ", side ? "B" : "A",
            comparison->side[side].run[run]->run.id, metric->name);
    if (steadiness->warmup)
        add_warmup(out, metric, series, steadiness);
    if (steadiness->warmup && steadiness->changes)
        fprintf(out, ", ");
    if (steadiness->changes)
        add_changes(out, metric, series, steadiness);
    if (!steadiness->warmup && !steadiness->changes)
        fprintf(
            out, "drifts by %s from beginning to end",
            change_of(estimate->mean, estimate->mean + steadiness->drift, metric).text);
    viz_assert(!fclose(out));
    viz_text_visible(text, VIZ_SENTENCE, raw);
    free(raw);
    return text;
}
