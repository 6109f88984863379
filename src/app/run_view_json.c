/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_view.h>

#include "json.h"

#include <viz/error.h>

#include <stdlib.h>

static void set(json_t *object, const char *key, json_t *value)
{
    viz_assert(value && !json_object_set_new(object, key, value));
}

static json_t *reals(const double *value, uint32_t n)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(out, viz_json_real(value[i]));
    return out;
}

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
        set(one, "name", viz_json_text(channel->name));
        set(one, "unit", viz_json_text(channel->unit));
        set(one, view->reduced ? "min" : "value", reals(channel->min, view->bins));
        if (view->reduced)
            set(one, "max", reals(channel->max, view->bins));
        json_array_append_new(out, one);
    }
    return out;
}

char *viz_run_view_json(const struct viz_run_view *view, int64_t run,
                        const struct viz_run_view_params *params)
{
    json_t *root = json_object(), *stream = json_object();
    set(stream, "id", json_integer(view->stream));
    set(stream, "name", viz_json_text(view->stream_name));
    set(root, "run", json_integer(run));
    set(root, "stream", stream);
    set(root, "clock",
        json_string(params->clock == VIZ_RUN_DEVICE ? "device" : "arrival"));
    set(root, "begin", viz_json_real(view->begin_s));
    set(root, "end", viz_json_real(view->end_s));
    set(root, "rows", viz_json_count(view->rows));
    set(root, "reduced", json_boolean(view->reduced));
    set(root, "t", reals(view->first_s, view->bins));
    if (view->reduced) {
        set(root, "t_last", reals(view->last_s, view->bins));
        set(root, "n", counts(view->row_count, view->bins));
    }
    set(root, "gaps", indices(view->gap, view->bins));
    set(root, "channels", channels_json(view));
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    viz_assert(text);
    return text;
}
