/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_view.h>

#include "json.h"

#include <viz/error.h>

#include <stdlib.h>

static json_t *counts(const uint32_t *value, uint32_t n)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(out, viz_json_count(value[i]));
    return out;
}

static json_t *indices(const bool *set, uint32_t n)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < n; i++)
        if (set[i])
            json_array_append_new(out, viz_json_count(i));
    return out;
}

static json_t *channels_json(const struct viz_run_view *view)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < view->channels; i++) {
        const struct viz_run_view_channel *channel = &view->channel[i];
        json_t *one = json_object();
        viz_json_set(one, "name", viz_json_text(channel->name));
        viz_json_set(one, "unit", viz_json_text(channel->unit));
        viz_json_set(one, view->reduced ? "min" : "value",
                     viz_json_reals(channel->min, view->bins));
        if (view->reduced)
            viz_json_set(one, "max", viz_json_reals(channel->max, view->bins));
        json_array_append_new(out, one);
    }
    return out;
}

char *viz_run_view_json(const struct viz_run_view *view, int64_t run,
                        const struct viz_run_view_params *params)
{
    json_t *root = json_object(), *stream = json_object();
    viz_json_set(stream, "id", json_integer(view->stream));
    viz_json_set(stream, "name", viz_json_text(view->stream_name));
    viz_json_set(root, "run", json_integer(run));
    viz_json_set(root, "stream", stream);
    viz_json_set(root, "clock",
                 json_string(params->clock == VIZ_RUN_DEVICE ? "device" : "arrival"));
    viz_json_set(root, "begin", viz_json_real(view->begin_s));
    viz_json_set(root, "end", viz_json_real(view->end_s));
    viz_json_set(root, "rows", viz_json_count(view->rows));
    viz_json_set(root, "reduced", json_boolean(view->reduced));
    viz_json_set(root, "t", viz_json_reals(view->first_s, view->bins));
    if (view->reduced) {
        viz_json_set(root, "t_last", viz_json_reals(view->last_s, view->bins));
        viz_json_set(root, "n", counts(view->row_count, view->bins));
    }
    viz_json_set(root, "gaps", indices(view->gap, view->bins));
    viz_json_set(root, "channels", channels_json(view));
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    viz_assert(text);
    return text;
}
