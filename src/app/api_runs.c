/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single runs, and the list of them. */
#include "api_state.h"

#include <viz/run_changes.h>
#include <viz/run_json.h>
#include <viz/run_view.h>

#include <math.h>
#include <string.h>

#define STANDARD_RUNS 20
#define LONGEST_S 1e12

static char *empty_list(void)
{
    return strdup("[]");
}

static int make_list(struct api_call *call, struct viz_error *err)
{
    struct viz_run_filter filter = {.limit = STANDARD_RUNS};
    const struct api_range limit = {"limit", 0, UINT32_MAX, NULL};
    char *json = NULL;
    int ret = viz_api_text(call, "tag", &filter.tag, err);
    if (ret == 0)
        ret = viz_api_text(call, "name", &filter.name, err);
    if (ret == 0)
        ret = viz_api_text(call, "host", &filter.host, err);
    if (ret == 0)
        ret = viz_api_moment(call, "since", &filter.from_ns, err);
    if (ret == 0)
        ret = viz_api_moment(call, "until", &filter.to_ns, err);
    if (ret == 0)
        ret = viz_api_count(call, &limit, &filter.limit, err);
    if (ret == 0 && call->store)
        ret = viz_runs_json(call->store, &filter, &json, err);
    if (ret == 0)
        viz_api_say(call, json ? json : empty_list());
    return ret;
}

static const char *const list_parameters[] = {"tag",   "name",  "host", "since",
                                              "until", "limit", NULL};
const struct api_resource viz_api_list = {list_parameters, make_list};

/* ---- one run ---- */

struct showing {
    int64_t run;
    struct viz_run_summary_params params;
};

static int summarise(struct api_call *call, const void *context, struct viz_error *err)
{
    const struct showing *showing = context;
    struct viz_run_summary *summary;
    int ret = viz_run_summary_create(call->store, showing->run, &showing->params,
                                     &summary, err);
    if (ret < 0)
        return ret;
    viz_api_say(call, viz_run_summary_json(summary));
    viz_run_summary_destroy(summary);
    return 0;
}

static int outline(struct api_call *call, int64_t run, struct viz_error *err)
{
    char *json;
    int ret = viz_run_outline_json(call->store, run, &json, err);
    if (ret == 0)
        viz_api_say(call, json);
    return ret;
}

static int make_show(struct api_call *call, struct viz_error *err)
{
    static const char *const profiles[] = {"firmware", "readme", NULL};
    static const char *const figures[] = {"yes", "no", NULL};
    const struct api_range bins = {"bins", 1, 200, NULL};
    const struct api_range ema = {"ema", 0.000001, 1, NULL};
    struct showing showing = {.params = {.alpha = 0.2, .bins = 20}};
    int profile = 0, without = 0;
    int ret = viz_api_text(call, "metric", &showing.params.metric, err);
    if (ret == 0)
        ret = viz_api_count(call, &bins, &showing.params.bins, err);
    if (ret == 0)
        ret = viz_api_number(call, &ema, &showing.params.alpha, err);
    if (ret == 0)
        ret = viz_api_word(call, "profile", profiles, &profile, err);
    if (ret == 0)
        ret = viz_api_word(call, "figures", figures, &without, err);
    if (ret == 0)
        ret = viz_api_run(call, &showing.run, err);
    if (ret < 0)
        return ret;
    showing.params.profile = profile ? VIZ_LW_README : VIZ_LW_FIRMWARE;
    if (without)
        return outline(call, showing.run, err);
    return viz_api_keep(call, &showing.run, 1, summarise, &showing, err);
}

static const char *const show_parameters[] = {"metric",  "bins",    "ema",
                                              "profile", "figures", NULL};
const struct api_resource viz_api_show = {show_parameters, make_show};

/* ---- a stretch of it ---- */

static int read_view(const struct api_call *call, struct viz_run_view_params *out,
                     struct viz_error *err)
{
    static const char *const clocks[] = {"arrival", "device", NULL};
    const struct api_range from = {"from", -LONGEST_S, LONGEST_S, NULL};
    const struct api_range to = {"to", -LONGEST_S, LONGEST_S, NULL};
    const struct api_range px = {"px", 1, VIZ_RUN_VIEW_PX, NULL};
    int clock = 0;
    *out = (struct viz_run_view_params){.from_s = NAN, .to_s = NAN};
    int ret = viz_api_text(call, "stream", &out->stream, err);
    if (ret == 0)
        ret = viz_api_text(call, "metric", &out->metrics, err);
    if (ret == 0)
        ret = viz_api_number(call, &from, &out->from_s, err);
    if (ret == 0)
        ret = viz_api_number(call, &to, &out->to_s, err);
    if (ret == 0)
        ret = viz_api_count(call, &px, &out->px, err);
    if (ret == 0)
        ret = viz_api_word(call, "clock", clocks, &clock, err);
    out->clock = clock ? VIZ_RUN_DEVICE : VIZ_RUN_ARRIVAL;
    return ret;
}

static int make_series(struct api_call *call, struct viz_error *err)
{
    struct viz_run_view_params params;
    struct viz_run_view *view;
    int64_t run;
    int ret = read_view(call, &params, err);
    if (ret == 0)
        ret = viz_api_run(call, &run, err);
    if (ret == 0)
        ret = viz_run_view_create(call->store, run, &params, &view, err);
    if (ret < 0)
        return ret;
    viz_api_say(call, viz_run_view_json(view, run, &params));
    viz_run_view_destroy(view);
    return 0;
}

static const char *const series_parameters[] = {"stream", "metric", "from", "to",
                                                "px",     "clock",  NULL};
const struct api_resource viz_api_series = {series_parameters, make_series};

/* ---- where it changes ---- */

struct following {
    int64_t run;
    const char *metric, *stream;
};

static int follow(struct api_call *call, const void *context, struct viz_error *err)
{
    const struct following *following = context;
    char *json;
    int ret = viz_run_changes_json(call->store, following->run, following->metric,
                                   following->stream, &json, err);
    if (ret == 0)
        viz_api_say(call, json);
    return ret;
}

static int make_changes(struct api_call *call, struct viz_error *err)
{
    struct following following = {.stream = NULL};
    int ret = viz_api_need(call, "metric", &following.metric, err);
    if (ret == 0)
        ret = viz_api_text(call, "stream", &following.stream, err);
    if (ret == 0)
        ret = viz_api_run(call, &following.run, err);
    if (ret < 0)
        return ret;
    return viz_api_keep(call, &following.run, 1, follow, &following, err);
}

static const char *const changes_parameters[] = {"metric", "stream", NULL};
const struct api_resource viz_api_changes = {changes_parameters, make_changes};
