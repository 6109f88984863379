/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a browser says: {"view": ...}, and nothing else. */
#include "live_state.h"

#include <viz/text.h>

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#define LEAST_WINDOW_S 1e-6
#define LONGEST_WINDOW_S 1e7
#define FARTHEST_S 1e8 /* a time, before or after the server's start */

int64_t live_step_ns(int64_t span_ns, uint32_t px)
{
    static const int64_t steps[] = {100, 125, 160, 200, 250, 320, 400, 500, 640, 800};
    int64_t least = span_ns / px + (span_ns % px != 0);
    for (int64_t decade = 1;; decade *= 10)
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
            if (steps[i] * decade >= least)
                return steps[i] * decade;
}

/* Every member of @object is one of @known. */
static int check_members(json_t *object, const char *const *known,
                         struct viz_error *err)
{
    const char *name;
    char shown[64];
    json_t *value;
    json_object_foreach(object, name, value)
    {
        const char *const *at = known;
        while (*at && strcmp(*at, name) != 0)
            at++;
        if (*at)
            continue;
        viz_text_visible(shown, sizeof(shown), name);
        return viz_fail(err, -EINVAL, "\"%s\" is not known here", shown);
    }
    return 0;
}

static int take_whole(json_t *object, const char *name, int64_t least, int64_t *out,
                      struct viz_error *err)
{
    json_t *value = json_object_get(object, name);
    if (!json_is_integer(value) || json_integer_value(value) < least ||
        json_integer_value(value) > UINT32_MAX)
        return viz_fail(err, -EINVAL,
                        "expected view.%s, a whole number from %d to 4294967295", name,
                        (int)least);
    *out = json_integer_value(value);
    return 0;
}

static int take_seconds(json_t *object, const char *name, double least, double most,
                        double *out, struct viz_error *err)
{
    json_t *value = json_object_get(object, name);
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= least && number <= most))
        return viz_fail(err, -EINVAL,
                        "expected view.%s, a number of seconds from %g to %g", name,
                        least, most);
    *out = number;
    return 0;
}

static int take_streams(const struct viz_live *live, json_t *view, uint64_t *out,
                        struct viz_error *err)
{
    json_t *streams = json_object_get(view, "streams"), *id;
    size_t i;
    *out = UINT64_MAX;
    if (!streams)
        return 0;
    if (!json_is_array(streams))
        return viz_fail(err, -EINVAL, "expected view.streams, an array of ids");
    *out = 0;
    json_array_foreach(streams, i, id)
    {
        json_int_t number = json_integer_value(id);
        if (!json_is_integer(id))
            return viz_fail(err, -EINVAL,
                            "expected whole numbers in view.streams, the ids of "
                            "streams");
        if (number < 0 || number >= live->members)
            return viz_fail(err, -EINVAL, "there is no stream %lld", (long long)number);
        *out |= UINT64_C(1) << number;
    }
    return 0;
}

static int take_follow(json_t *object, struct live_view *view, int64_t *span_ns,
                       struct viz_error *err)
{
    double window_s = 0;
    int ret = take_seconds(object, "window_s", LEAST_WINDOW_S, LONGEST_WINDOW_S,
                           &window_s, err);
    if (ret < 0)
        return ret;
    view->kind = LIVE_FOLLOW;
    view->window_ns = *span_ns = llround(window_s * 1e9);
    return 0;
}

static int take_stretch(const struct viz_live *live, json_t *object,
                        struct live_view *view, int64_t *span_ns, struct viz_error *err)
{
    double from_s = 0, to_s = 0;
    int ret = take_seconds(object, "from_s", -FARTHEST_S, FARTHEST_S, &from_s, err);
    if (ret == 0)
        ret = take_seconds(object, "to_s", -FARTHEST_S, FARTHEST_S, &to_s, err);
    if (ret < 0)
        return ret;
    if (!(to_s - from_s >= LEAST_WINDOW_S))
        return viz_fail(err, -EINVAL, "expected view.to_s behind view.from_s");
    view->kind = LIVE_STRETCH;
    view->from_ns = live->epoch_ns + llround(from_s * 1e9);
    view->to_ns = live->epoch_ns + llround(to_s * 1e9);
    *span_ns = view->to_ns - view->from_ns;
    return 0;
}

static int take_view(const struct viz_live *live, json_t *object,
                     struct live_view *view, struct viz_error *err)
{
    static const char *const known[] = {"serial", "window_s", "from_s", "to_s",
                                        "px",     "streams",  NULL};
    int64_t serial = 0, px = 1, span_ns = 0;
    bool follows = json_object_get(object, "window_s");
    bool stretch = json_object_get(object, "from_s") || json_object_get(object, "to_s");
    if (!json_is_object(object))
        return viz_fail(err, -EINVAL, "expected an object or null as view");
    if (follows == stretch)
        return viz_fail(err, -EINVAL,
                        "expected view.window_s to follow, or view.from_s and "
                        "view.to_s for a stretch");
    int ret = check_members(object, known, err);
    if (ret == 0)
        ret = take_whole(object, "serial", 0, &serial, err);
    if (ret == 0)
        ret = take_whole(object, "px", 1, &px, err);
    if (ret == 0)
        ret = take_streams(live, object, &view->streams, err);
    if (ret == 0)
        ret = follows ? take_follow(object, view, &span_ns, err)
                      : take_stretch(live, object, view, &span_ns, err);
    if (ret < 0)
        return ret;
    view->serial = (uint32_t)serial;
    view->step_ns =
        live_step_ns(span_ns, px < VIZ_LIVE_COLUMNS ? (uint32_t)px : VIZ_LIVE_COLUMNS);
    return 0;
}

int live_view_parse(const struct viz_live *live, const char *text, size_t size,
                    struct live_view *out, struct viz_error *err)
{
    static const char *const known[] = {"view", NULL};
    *out = (struct live_view){.kind = LIVE_NOTHING};
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    json_t *view = json_object_get(root, "view");
    int ret = 0;
    if (!root)
        ret = viz_fail(err, -EINVAL, "what was said is not JSON");
    else if (!view)
        ret = viz_fail(err, -EINVAL, "expected {\"view\": ...}");
    else
        ret = check_members(root, known, err);
    if (ret == 0 && !json_is_null(view))
        ret = take_view(live, view, out, err);
    json_decref(root);
    return ret;
}
