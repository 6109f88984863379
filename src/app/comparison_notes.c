/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "comparison_state.h"

#include <viz/alloc.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBERAL 30      /* effective values below which a test of one run is liberal */
#define UNLIKE_LENGTH 2 /* runs this many times as long as others are told */
#define LOSS 0.01

void viz_comparison_note(struct viz_comparison *comparison, const char *format, ...)
{
    char text[VIZ_SENTENCE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    char **note = viz_zalloc((comparison->notes + 1) * sizeof(*note));
    if (comparison->notes)
        memcpy(note, comparison->note, comparison->notes * sizeof(*note));
    free(comparison->note);
    note[comparison->notes] = viz_zalloc(strlen(text) + 1);
    memcpy(note[comparison->notes++], text, strlen(text));
    comparison->note = note;
}

static char letter(int side)
{
    return "AB"[side];
}

static void note_run(struct viz_comparison *comparison, int side,
                     const struct viz_run_series *series)
{
    const struct viz_run *run = &series->run;
    if (run->state == VIZ_RUN_RECORDING)
        viz_comparison_note(comparison,
                            "%c: run %" PRId64 " is still being recorded: it is taken "
                            "as it stands",
                            letter(side), run->id);
    if (run->state == VIZ_RUN_INTERRUPTED)
        viz_comparison_note(comparison, "%c: run %" PRId64 " was interrupted",
                            letter(side), run->id);
    for (uint32_t i = 0; i < series->metrics; i++) {
        const struct viz_metric_series *metric = &series->metric[i];
        if (i && !strcmp(metric->stream, series->metric[i - 1].stream))
            continue; /* of the stream, and said */
        if (metric->boots)
            viz_comparison_note(comparison,
                                "%c: the device of run %" PRId64 " booted %" PRIu64
                                " time%s during the run",
                                letter(side), run->id, metric->boots,
                                metric->boots == 1 ? "" : "s");
        if ((double)metric->missing > LOSS * (double)(metric->rows + metric->missing))
            viz_comparison_note(
                comparison, "%c: %.1f %% of the samples of run %" PRId64 " are missing",
                letter(side),
                100 * (double)metric->missing /
                    (double)(metric->rows + metric->missing),
                run->id);
    }
}

/* Runs of one side that are not of one thing. */
static void note_mixture(struct viz_comparison *comparison, int side)
{
    const struct viz_comparison_side *runs = &comparison->side[side];
    bool firmware = false, origin = false;
    for (uint32_t i = 1; i < runs->runs; i++) {
        firmware =
            firmware || strcmp(runs->run[i]->run.firmware, runs->run[0]->run.firmware);
        origin = origin || strcmp(runs->run[i]->run.origin, runs->run[0]->run.origin);
    }
    if (firmware)
        viz_comparison_note(comparison, "%c: its runs are of different firmware",
                            letter(side));
    if (origin)
        viz_comparison_note(comparison, "%c: its runs are of different origin",
                            letter(side));
}

static void note_lengths(struct viz_comparison *comparison)
{
    double least = INFINITY, most = 0;
    for (int s = 0; s < 2; s++)
        for (uint32_t i = 0; i < comparison->side[s].runs; i++) {
            double length = comparison->side[s].run[i]->duration_s;
            if (!(length > 0))
                continue;
            least = fmin(least, length);
            most = fmax(most, length);
        }
    if (most > UNLIKE_LENGTH * least)
        viz_comparison_note(comparison,
                            "the runs are of unequal length, from %.3g to %.3g s",
                            least, most);
}

/* First and last start of a side. */
static void span(const struct viz_comparison_side *side, int64_t *first, int64_t *last)
{
    *first = *last = side->run[0]->run.started_ns;
    for (uint32_t i = 1; i < side->runs; i++) {
        int64_t started = side->run[i]->run.started_ns;
        *first = started < *first ? started : *first;
        *last = started > *last ? started : *last;
    }
}

static void note_order(struct viz_comparison *comparison)
{
    int64_t first[2], last[2];
    for (int s = 0; s < 2; s++)
        span(&comparison->side[s], &first[s], &last[s]);
    bool apart = last[0] < first[1] || last[1] < first[0];
    if (apart && comparison->side[0].runs > 1 && comparison->side[1].runs > 1)
        viz_comparison_note(comparison,
                            "all runs of %c were made before those of %c: what drifted "
                            "meanwhile looks like a difference; viz ab takes turns",
                            letter(last[0] > first[1]), letter(last[0] < first[1]));
}

static bool has_values(const struct viz_comparison *comparison, int side, uint32_t run)
{
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        const struct viz_comparison_metric *metric = &comparison->metric[i];
        if ((side ? metric->b : metric->a)[run]->n)
            return true;
    }
    return false;
}

/* Runs of a side that have values; what has none is told. */
static uint32_t note_empty(struct viz_comparison *comparison, int side)
{
    uint32_t count = 0, runs = comparison->side[side].runs;
    for (uint32_t i = 0; i < runs; i++) {
        if (has_values(comparison, side, i))
            count++;
        else if (runs > 1)
            viz_comparison_note(comparison, "%c: run %" PRId64 " has no values",
                                letter(side), comparison->side[side].run[i]->run.id);
    }
    return count;
}

static void note_level(struct viz_comparison *comparison)
{
    uint32_t a = note_empty(comparison, 0), b = note_empty(comparison, 1);
    if (!a || !b)
        return;
    if (a == 1 && b == 1)
        viz_comparison_note(comparison,
                            "1 run a side: how much runs differ among "
                            "themselves is unknown, and not in any interval "
                            "here");
    else if (a == 1 || b == 1)
        viz_comparison_note(comparison,
                            "1 run in %c: it is taken to vary as those of %c do",
                            letter(a != 1), letter(a == 1));
    else if (a + b < 8)
        viz_comparison_note(comparison,
                            "%u and %u runs: few, so that only large differences show",
                            a, b);
}

/* The first run that is not steady, and how many more are not. */
static void note_steadiness(struct viz_comparison *comparison,
                            const struct viz_comparison_metric *metric, int side)
{
    char *first = NULL;
    uint32_t more = 0, runs = comparison->side[side].runs;
    for (uint32_t i = 0; i < runs; i++) {
        char *text = viz_comparison_steadiness_note(comparison, metric, side, i);
        more += first && text;
        if (first)
            free(text);
        else
            first = text;
    }
    if (more)
        viz_comparison_note(comparison, "%s (and %u more of its %u runs)", first, more,
                            runs);
    else if (first)
        viz_comparison_note(comparison, "%s", first);
    free(first);
}

/* Runs without values of this metric that have some of others. */
static void note_gaps(struct viz_comparison *comparison,
                      const struct viz_comparison_metric *metric, int side)
{
    uint32_t lacking = 0, runs = comparison->side[side].runs;
    for (uint32_t i = 0; i < runs; i++)
        lacking +=
            !(side ? metric->b : metric->a)[i]->n && has_values(comparison, side, i);
    if (lacking && lacking < runs)
        viz_comparison_note(comparison, "%c: %u of its %u runs %s no values of %s",
                            letter(side), lacking, runs, lacking == 1 ? "has" : "have",
                            metric->name);
}

static void note_left_out(struct viz_comparison *comparison,
                          const struct viz_comparison_metric *metric, int side)
{
    uint64_t left_out = 0, all = 0;
    for (uint32_t i = 0; i < comparison->side[side].runs; i++) {
        const struct viz_metric_series *run = (side ? metric->b : metric->a)[i];
        left_out += run->not_finite + run->too_large;
        all += run->not_finite + run->too_large + run->n;
    }
    if ((double)left_out > LOSS * (double)all)
        viz_comparison_note(comparison,
                            "%c: %" PRIu64 " of %" PRIu64
                            " values of %s are no number or beyond %.0e, and left out",
                            letter(side), left_out, all, metric->name,
                            VIZ_SERIES_LARGEST);
}

/* Whether an annotation excludes some of what is compared. */
static bool is_cut(const struct viz_comparison *comparison, int side, uint32_t run)
{
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        const struct viz_comparison_metric *metric = &comparison->metric[i];
        if ((side ? metric->b : metric->a)[run]->excluded)
            return *comparison->side[side].run[run]->excluded;
    }
    return false;
}

/* The first run of a side that is cut, with the reasons, and how many more are. */
static uint32_t note_cut(struct viz_comparison *comparison, int side)
{
    const struct viz_run_series *first = NULL;
    uint32_t count = 0, runs = comparison->side[side].runs;
    char more[64] = "";
    for (uint32_t i = 0; i < runs; i++)
        if (is_cut(comparison, side, i) && !count++)
            first = comparison->side[side].run[i];
    if (count > 1)
        snprintf(more, sizeof(more),
                 " (and stretches of %" PRIu32 " more of its %" PRIu32 " runs)",
                 count - 1, runs);
    if (first)
        viz_comparison_note(comparison, "%c: run %" PRId64 " is without %s%s",
                            letter(side), first->run.id, first->excluded, more);
    return count;
}

static void note_cuts(struct viz_comparison *comparison)
{
    uint32_t count = note_cut(comparison, 0) + note_cut(comparison, 1);
    if (count && count < comparison->side[0].runs + comparison->side[1].runs)
        viz_comparison_note(comparison,
                            "of some runs stretches are left out and of others not: "
                            "they are compared over different times");
}

static void note_metric(struct viz_comparison *comparison,
                        const struct viz_comparison_metric *metric)
{
    const struct viz_contrast *contrast = &metric->contrast;
    if (contrast->level == VIZ_LEVEL_SAMPLES && metric->family &&
        contrast->row[VIZ_STATISTIC_MEAN].why == VIZ_WHY_SHOWN &&
        contrast->least_n_eff < LIBERAL)
        viz_comparison_note(
            comparison,
            "%s: %.0f effective values: with fewer than %d a test finds "
            "differences too often",
            metric->name, contrast->least_n_eff, LIBERAL);
    for (int s = 0; s < 2 && metric->family; s++) {
        note_gaps(comparison, metric, s);
        note_left_out(comparison, metric, s);
        note_steadiness(comparison, metric, s);
    }
}

void viz_comparison_remark(struct viz_comparison *comparison)
{
    note_level(comparison);
    for (int s = 0; s < 2; s++) {
        for (uint32_t i = 0; i < comparison->side[s].runs; i++)
            note_run(comparison, s, comparison->side[s].run[i]);
        note_mixture(comparison, s);
    }
    note_cuts(comparison);
    note_lengths(comparison);
    note_order(comparison);
    for (uint32_t i = 0; i < comparison->metrics; i++)
        note_metric(comparison, &comparison->metric[i]);
}
