/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "comparison_state.h"

#include <viz/alloc.h>
#include <viz/text.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many streams of a run have a channel of that name. */
static uint32_t count_channel(const struct viz_run_series *run, const char *name)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->metrics; i++)
        count += !strcmp(run->metric[i].name, name);
    return count;
}

/* Whether one stream of every run has it, so that its name says which is meant. */
static bool is_plain(const struct viz_comparison *comparison, const char *name)
{
    for (int s = 0; s < 2; s++)
        for (uint32_t i = 0; i < comparison->side[s].runs; i++)
            if (count_channel(comparison->side[s].run[i], name) > 1)
                return false;
    return true;
}

static bool is_usual(const struct viz_run_series *run, const char *name)
{
    for (uint32_t i = 0; i < run->metrics; i++)
        if (run->metric[i].usual && !strcmp(run->metric[i].name, name))
            return true;
    return false;
}

bool viz_comparison_wants(const struct viz_comparison *comparison,
                          const struct viz_metric_series *metric)
{
    if (comparison->params.metrics || metric->usual || !metric->n)
        return viz_metric_wanted(metric, comparison->params.metrics);
    for (int s = 0; s < 2; s++)
        for (uint32_t i = 0; i < comparison->side[s].runs; i++)
            if (is_usual(comparison->side[s].run[i], metric->name))
                return true;
    return false;
}

static const struct viz_metric_series *
find(const struct viz_run_series *run, const struct viz_metric_series *like, bool plain)
{
    for (uint32_t i = 0; i < run->metrics; i++) {
        const struct viz_metric_series *metric = &run->metric[i];
        if (!strcmp(metric->name, like->name) &&
            (plain || !strcmp(metric->stream, like->stream)))
            return metric;
    }
    return NULL;
}

static void full_name(char *out, size_t size, const struct viz_metric_series *metric,
                      bool plain)
{
    snprintf(out, size, "%s%s%s", plain ? "" : metric->stream, plain ? "" : "/",
             metric->name);
}

/* Adds what @run lacks to a list of names. */
struct lack {
    char names[VIZ_SENTENCE - 128];
    uint32_t count;
};

static void lack_add(struct lack *lack, const char *name)
{
    size_t used = strlen(lack->names);
    lack->count++;
    if (used + strlen(name) + 3 < sizeof(lack->names))
        snprintf(lack->names + used, sizeof(lack->names) - used, "%s%s",
                 used ? ", " : "", name);
}

static bool fill_side(const struct viz_comparison *comparison, int s,
                      const struct viz_metric_series *like, bool plain,
                      const struct viz_metric_series **out)
{
    for (uint32_t i = 0; i < comparison->side[s].runs; i++) {
        out[i] = find(comparison->side[s].run[i], like, plain);
        if (!out[i] || (out[i]->n && !out[i]->value))
            return false;
    }
    return true;
}

static void free_metric(struct viz_comparison_metric *metric)
{
    free(metric->a);
    free(metric->b);
    *metric = (struct viz_comparison_metric){.name = ""};
}

/* False: not all runs have it. */
static bool match(const struct viz_comparison *comparison,
                  const struct viz_metric_series *like,
                  struct viz_comparison_metric *out)
{
    bool plain = is_plain(comparison, like->name);
    full_name(out->name, sizeof(out->name), like, plain);
    out->a = viz_zalloc(comparison->side[0].runs * sizeof(*out->a));
    out->b = viz_zalloc(comparison->side[1].runs * sizeof(*out->b));
    if (!fill_side(comparison, 0, like, plain, out->a) ||
        !fill_side(comparison, 1, like, plain, out->b))
        return false;
    snprintf(out->unit, sizeof(out->unit), "%s", like->unit);
    out->better = like->better;
    out->estimate_a = viz_zalloc(comparison->side[0].runs * sizeof(*out->estimate_a));
    out->estimate_b = viz_zalloc(comparison->side[1].runs * sizeof(*out->estimate_b));
    return true;
}

/* What is wanted of the other runs and has no counterpart in the first of A. */
static void note_strangers(struct viz_comparison *comparison)
{
    const struct viz_run_series *first = comparison->side[0].run[0];
    struct lack lack = {.count = 0};
    for (int s = 0; s < 2; s++) {
        const struct viz_run_series *run = comparison->side[s].run[0];
        for (uint32_t i = 0; i < run->metrics && run != first; i++) {
            const struct viz_metric_series *metric = &run->metric[i];
            bool plain = is_plain(comparison, metric->name);
            char name[160];
            if (!viz_comparison_wants(comparison, metric) || find(first, metric, plain))
                continue;
            full_name(name, sizeof(name), metric, plain);
            lack_add(&lack, name);
        }
    }
    if (lack.count)
        viz_comparison_note(comparison, "only B has %s: left out", lack.names);
}

/* ---- what was asked for ---- */

/* Names of what there is, as many as there is room for. */
static void list_names(const struct viz_comparison *comparison,
                       const struct viz_run_series *run, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (uint32_t i = 0; i < run->metrics; i++) {
        char name[160];
        full_name(name, sizeof(name), &run->metric[i],
                  is_plain(comparison, run->metric[i].name));
        if (used + strlen(name) + sizeof(", , …") > size) {
            snprintf(out + used, size - used, ", …");
            return;
        }
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", name);
    }
}

bool viz_comparison_has(const struct viz_comparison *comparison, const char *name)
{
    for (int s = 0; s < 2; s++)
        for (uint32_t i = 0; i < comparison->side[s].runs; i++) {
            const struct viz_run_series *run = comparison->side[s].run[i];
            for (uint32_t m = 0; m < run->metrics; m++)
                if (viz_metric_wanted(&run->metric[m], name))
                    return true;
        }
    return false;
}

/* A channel of frames all the same: the user has seen it elsewhere. */
static bool is_peak(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *channel = slash ? slash + 1 : name;
    return !strcmp(channel, "peak_total_us") || !strcmp(channel, "peak_goertzel_us");
}

int viz_comparison_unknown(const struct viz_comparison *comparison, const char *name,
                           struct viz_error *err)
{
    char shown[100], names[340];
    viz_text_visible(shown, sizeof(shown), name);
    if (!*name)
        return viz_fail(err, -EINVAL, "a name between the commas is empty");
    if (is_peak(name))
        return viz_fail(err, -EINVAL,
                        "%s is no metric: it is the maximum since boot, not of the run",
                        shown);
    list_names(comparison, comparison->side[0].run[0], names, sizeof(names));
    return viz_fail(err, -EINVAL, "no metric %s in these runs%s%s", shown,
                    *names ? "; the first of A has " : "", names);
}

/* Every name of a list has to be something in some run. */
static int check_names(const struct viz_comparison *comparison, struct viz_error *err)
{
    const char *at = comparison->params.metrics;
    if (!at || !strcmp(at, "all"))
        return 0;
    for (;; at++) {
        size_t length = strcspn(at, ",");
        char *name = strndup(at, length);
        bool known = name && *name && strcmp(name, "all") &&
                     viz_comparison_has(comparison, name);
        int ret = known ? 0 : viz_comparison_unknown(comparison, name ? name : "", err);
        free(name);
        if (ret < 0)
            return ret;
        at += length;
        if (!*at)
            return 0;
    }
}

static int refuse(const struct viz_comparison *comparison, struct viz_error *err)
{
    char shown[200], names[200];
    if (!comparison->params.metrics)
        return viz_fail(err, -EINVAL, "these runs have no metric in common");
    viz_text_visible(shown, sizeof(shown), comparison->params.metrics);
    list_names(comparison, comparison->side[0].run[0], names, sizeof(names));
    return viz_fail(err, -EINVAL, "not all of these runs have %s%s%s", shown,
                    *names ? "; the first of A has " : "", names);
}

int viz_comparison_match(struct viz_comparison *comparison, struct viz_error *err)
{
    const struct viz_run_series *first = comparison->side[0].run[0];
    struct lack lack = {.count = 0};
    int ret = check_names(comparison, err);
    if (ret == 0)
        ret = viz_comparison_limits_known(comparison, err);
    if (ret < 0)
        return ret;
    comparison->metric =
        viz_zalloc((first->metrics + 1) * sizeof(struct viz_comparison_metric));
    for (uint32_t i = 0; i < first->metrics; i++) {
        struct viz_comparison_metric *metric = &comparison->metric[comparison->metrics];
        if (!viz_comparison_wants(comparison, &first->metric[i]))
            continue;
        if (match(comparison, &first->metric[i], metric)) {
            comparison->metrics++;
            continue;
        }
        lack_add(&lack, metric->name);
        free_metric(metric);
    }
    if (!comparison->metrics)
        return refuse(comparison, err);
    if (lack.count)
        viz_comparison_note(comparison, "not in every run, and so left out: %s",
                            lack.names);
    note_strangers(comparison);
    return 0;
}
