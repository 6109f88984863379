/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of several runs: defaults are those of the commands' options. */
#include "api_state.h"

#include "comparison_report.h"

#include <viz/alloc.h>
#include <viz/comparison.h>
#include <viz/error.h>
#include <viz/run_distribution.h>
#include <viz/run_percentiles.h>
#include <viz/trend.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STANDARD_LIMIT "1"

static const struct api_range alpha_range = {"alpha", 0.0001, 0.5, NULL};

/* ---- two sides ---- */

enum format { FORMAT_JSON, FORMAT_HTML, FORMAT_MARKDOWN, FORMAT_TEXT };

struct sides {
    int64_t *ids[2];
    uint32_t count[2];
    const char *label[2];
    struct viz_comparison_params params;
    int format;
};

static void take_line(void *context, const char *text)
{
    fprintf(context, "%s\n", text);
}

static char *text_of(const struct viz_comparison *comparison)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    viz_assert(out);
    viz_comparison_text(comparison, &(struct viz_comparison_text_params){0}, take_line,
                        out);
    viz_assert(!fclose(out));
    return text;
}

#define MOST_NAMED 48 /* bytes of a side in the name of a file */

/* "compare-12-fan-off-13-fan-on.html" */
static void name_file(const struct viz_comparison *comparison, const char *ending,
                      char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "compare");
    for (int side = 0; side < 2; side++) {
        char label[VIZ_LABEL];
        viz_comparison_label(&comparison->side[side], false, label, sizeof(label));
        used += (size_t)snprintf(out + used, size - used, "-%.*s", MOST_NAMED, label);
    }
    for (char *at = out; *at; at++)
        if (!strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._",
                    *at))
            *at = '-';
    snprintf(out + used, size - used, "%s", ending);
}

static void render(struct api_call *call, const struct viz_comparison *comparison,
                   int format)
{
    static const struct {
        const char *type, *ending;
    } as[] = {
        [FORMAT_JSON] = {"application/json", ""},
        [FORMAT_HTML] = {"text/html; charset=utf-8", ".html"},
        [FORMAT_MARKDOWN] = {"text/markdown; charset=utf-8", ".md"},
        [FORMAT_TEXT] = {"text/plain; charset=utf-8", ""},
    };
    viz_api_say(call, format == FORMAT_HTML       ? viz_comparison_html(comparison)
                      : format == FORMAT_MARKDOWN ? viz_comparison_markdown(comparison)
                      : format == FORMAT_TEXT     ? text_of(comparison)
                                                  : viz_comparison_json(comparison));
    call->answer->type = as[format].type;
    if (*as[format].ending)
        name_file(comparison, as[format].ending, call->answer->file,
                  sizeof(call->answer->file));
}

static int compare(struct api_call *call, const void *context, struct viz_error *err)
{
    const struct sides *sides = context;
    struct viz_comparison *comparison;
    int ret = viz_comparison_create(call->store, sides->ids[0], sides->count[0],
                                    sides->label[0], sides->ids[1], sides->count[1],
                                    sides->label[1], &sides->params, &comparison, err);
    if (ret < 0)
        return ret;
    render(call, comparison, sides->format);
    viz_comparison_destroy(comparison);
    return 0;
}

static int read_comparison(const struct api_call *call, struct sides *out,
                           struct viz_error *err)
{
    static const char *const formats[] = {"json", "html", "markdown", "text", NULL};
    struct viz_comparison_params *params = &out->params;
    struct viz_error why;
    *params = (struct viz_comparison_params){.alpha = 0.05, .limits = STANDARD_LIMIT};
    int ret = viz_api_need(call, "a", &out->label[0], err);
    if (ret == 0)
        ret = viz_api_need(call, "b", &out->label[1], err);
    if (ret == 0)
        ret = viz_api_number(call, &alpha_range, &params->alpha, err);
    if (ret == 0)
        ret = viz_api_text(call, "limit", &params->limits, err);
    if (ret == 0)
        ret = viz_api_text(call, "metrics", &params->metrics, err);
    if (ret == 0)
        ret = viz_api_seed(call, &params->seed, &params->seeded, err);
    if (ret == 0)
        ret = viz_api_word(call, "format", formats, &out->format, err);
    if (ret == 0 &&
        viz_comparison_limits_check(params->limits, &params->limit_percent, &why) < 0)
        ret = viz_fail(err, -EINVAL, "limit \"%.100s\": %.300s", params->limits,
                       why.text);
    return ret;
}

static int make_compare(struct api_call *call, struct viz_error *err)
{
    struct sides sides = {.count = {0}};
    int ret = read_comparison(call, &sides, err);
    if (ret == 0)
        ret = viz_api_runs(call, "a", &sides.ids[0], &sides.count[0], err);
    if (ret == 0)
        ret = viz_api_runs(call, "b", &sides.ids[1], &sides.count[1], err);
    if (ret == 0) {
        uint32_t count = sides.count[0] + sides.count[1];
        int64_t *ids = viz_zalloc(count * sizeof(*ids));
        for (uint32_t i = 0; i < count; i++)
            ids[i] =
                i < sides.count[0] ? sides.ids[0][i] : sides.ids[1][i - sides.count[0]];
        ret = viz_api_keep(call, ids, count, compare, &sides, err);
        free(ids);
    }
    free(sides.ids[0]);
    free(sides.ids[1]);
    return ret;
}

static const char *const compare_parameters[] = {"a",       "b",    "alpha",  "limit",
                                                 "metrics", "seed", "format", NULL};
const struct api_resource viz_api_compare = {compare_parameters, make_compare};

/* ---- from run to run ---- */

struct line {
    int64_t *ids;
    uint32_t count;
    struct viz_trend_params params;
};

static int follow(struct api_call *call, const void *context, struct viz_error *err)
{
    const struct line *line = context;
    struct viz_trend *trend;
    int ret = viz_trend_create(call->store, line->ids, line->count, &line->params,
                               &trend, err);
    if (ret < 0)
        return ret;
    viz_api_say(call, viz_trend_json(trend));
    viz_trend_destroy(trend);
    return 0;
}

static int read_trend(const struct api_call *call, struct viz_trend_params *out,
                      struct viz_error *err)
{
    static const char *const statistics[] = {
#define X(id, name) name,
        VIZ_STATISTICS(X)
#undef X
            NULL};
    const struct api_range limit = {"limit", 0.0001, 1000, viz_text_percent};
    int statistic = VIZ_STATISTIC_MEAN;
    *out = (struct viz_trend_params){.alpha = 0.05, .limit_percent = 1};
    int ret = viz_api_number(call, &alpha_range, &out->alpha, err);
    if (ret == 0)
        ret = viz_api_number(call, &limit, &out->limit_percent, err);
    if (ret == 0)
        ret = viz_api_text(call, "metric", &out->metric, err);
    if (ret == 0)
        ret = viz_api_word(call, "statistic", statistics, &statistic, err);
    if (ret == 0)
        ret = viz_api_seed(call, &out->seed, &out->seeded, err);
    out->statistic = (enum viz_statistic)statistic;
    return ret;
}

static int make_trend(struct api_call *call, struct viz_error *err)
{
    struct line line = {.ids = NULL};
    int ret = read_trend(call, &line.params, err);
    if (ret == 0)
        ret = viz_api_runs(call, "tag", &line.ids, &line.count, err);
    if (ret == 0)
        ret = viz_api_keep(call, line.ids, line.count, follow, &line, err);
    free(line.ids);
    return ret;
}

static const char *const trend_parameters[] = {"tag",   "metric", "statistic", "alpha",
                                               "limit", "seed",   NULL};
const struct api_resource viz_api_trend = {trend_parameters, make_trend};

/* ---- how values are distributed ---- */

/* The runs, not too many of them; free() them. */
static int find_runs(const struct api_call *call, int64_t **ids, uint32_t *count,
                     struct viz_error *err)
{
    int ret = viz_api_runs(call, "runs", ids, count, err);
    if (ret == 0 && *count > VIZ_MOST_RUNS)
        ret = viz_fail(err, -EINVAL, "runs: expected at most %d runs and got %u",
                       VIZ_MOST_RUNS, *count);
    return ret;
}

static int distribute(struct api_call *call, const void *context, struct viz_error *err)
{
    char *json;
    int ret = viz_run_distribution_json(call->store, context, &json, err);
    if (ret == 0)
        viz_api_say(call, json);
    return ret;
}

static int make_distribution(struct api_call *call, struct viz_error *err)
{
    struct viz_run_distribution_params params = {.bins = 0};
    const struct api_range bins = {"bins", 1, 1000, NULL};
    const struct api_range points = {"points", 2, VIZ_MOST_POINTS, NULL};
    int64_t *ids = NULL;
    int ret = viz_api_need(call, "metric", &params.metric, err);
    if (ret == 0)
        ret = viz_api_text(call, "stream", &params.stream, err);
    if (ret == 0)
        ret = viz_api_count(call, &bins, &params.bins, err);
    if (ret == 0)
        ret = viz_api_count(call, &points, &params.points, err);
    if (ret == 0)
        ret = find_runs(call, &ids, &params.runs, err);
    params.run = ids;
    if (ret == 0)
        ret = viz_api_keep(call, ids, params.runs, distribute, &params, err);
    free(ids);
    return ret;
}

static const char *const distribution_parameters[] = {"runs", "metric", "stream",
                                                      "bins", "points", NULL};
const struct api_resource viz_api_distribution = {distribution_parameters,
                                                  make_distribution};

static int tabulate(struct api_call *call, const void *context, struct viz_error *err)
{
    char *json;
    int ret = viz_run_percentiles_json(call->store, context, &json, err);
    if (ret == 0)
        viz_api_say(call, json);
    return ret;
}

static int make_percentiles(struct api_call *call, struct viz_error *err)
{
    struct viz_run_percentiles_params params = {.metrics = NULL};
    int64_t *ids = NULL;
    int ret = viz_api_text(call, "metric", &params.metrics, err);
    if (ret == 0)
        ret = viz_api_text(call, "stream", &params.stream, err);
    if (ret == 0)
        ret = find_runs(call, &ids, &params.runs, err);
    params.run = ids;
    if (ret == 0)
        ret = viz_api_keep(call, ids, params.runs, tabulate, &params, err);
    free(ids);
    return ret;
}

static const char *const percentiles_parameters[] = {"runs", "metric", "stream", NULL};
const struct api_resource viz_api_percentiles = {percentiles_parameters,
                                                 make_percentiles};
