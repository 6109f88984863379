/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api_state.h"

#include <viz/moment.h>
#include <viz/run_series.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CANDIDATES 5 /* that a sentence names */

int viz_api_known(const struct api_call *call, const char *const *parameter,
                  struct viz_error *err)
{
    static const char *const none[] = {NULL};
    char names[256] = "no parameters";
    const char *name;
    parameter = parameter ? parameter : none;
    for (uint32_t i = 0; (name = viz_web_query_name(call->request, i)); i++) {
        uint32_t at = 0;
        size_t used = 0;
        while (parameter[at] && strcmp(parameter[at], name) != 0)
            at++;
        if (parameter[at])
            continue;
        for (at = 0; parameter[at] && used < sizeof(names); at++)
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
                                     at ? ", " : "", parameter[at]);
        return viz_fail(err, -EINVAL, "unknown parameter \"%.100s\": this takes %s",
                        name, names);
    }
    return 0;
}

int viz_api_text(const struct api_call *call, const char *name, const char **out,
                 struct viz_error *err)
{
    const char *text = viz_web_query(call->request, name);
    if (text && !*text)
        return viz_fail(err, -EINVAL, "%s: expected a text and got nothing", name);
    if (text)
        *out = text;
    return 0;
}

int viz_api_need(const struct api_call *call, const char *name, const char **out,
                 struct viz_error *err)
{
    *out = NULL;
    int ret = viz_api_text(call, name, out, err);
    if (ret == 0 && !*out)
        ret = viz_fail(err, -EINVAL, "the parameter %s is missing", name);
    return ret;
}

int viz_api_number(const struct api_call *call, const struct api_range *range,
                   double *out, struct viz_error *err)
{
    static const struct viz_text_suffix none = {0};
    const char *text = viz_web_query(call->request, range->name);
    double value;
    if (!text)
        return 0;
    if (!viz_text_quantity(text, range->suffixes ? range->suffixes : &none, &value) ||
        value < range->low || value > range->high)
        return viz_fail(err, -EINVAL,
                        "%s \"%.100s\": expected a number from %.15g to %.15g",
                        range->name, text, range->low, range->high);
    *out = value;
    return 0;
}

int viz_api_count(const struct api_call *call, const struct api_range *range,
                  uint32_t *out, struct viz_error *err)
{
    const char *text = viz_web_query(call->request, range->name);
    uint64_t value;
    if (!text)
        return 0;
    if (!viz_text_unsigned(text, &value) || (double)value < range->low ||
        (double)value > range->high)
        return viz_fail(err, -EINVAL,
                        "%s \"%.100s\": expected a whole number from %.15g to %.15g",
                        range->name, text, range->low, range->high);
    *out = (uint32_t)value;
    return 0;
}

int viz_api_word(const struct api_call *call, const char *name,
                 const char *const *words, int *out, struct viz_error *err)
{
    const char *text = viz_web_query(call->request, name);
    char names[128] = "";
    size_t used = 0;
    if (!text)
        return 0;
    for (int i = 0; words[i]; i++) {
        const char *between = !i ? "" : words[i + 1] ? ", " : " or ";
        if (!strcmp(text, words[i])) {
            *out = i;
            return 0;
        }
        if (used < sizeof(names))
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
                                     between, words[i]);
    }
    return viz_fail(err, -EINVAL, "%s \"%.100s\": expected %s", name, text, names);
}

int viz_api_seed(const struct api_call *call, uint64_t *seed, bool *seeded,
                 struct viz_error *err)
{
    const char *text = viz_web_query(call->request, "seed");
    if (!text)
        return 0;
    if (!viz_text_unsigned(text, seed) || *seed > INT64_MAX)
        return viz_fail(err, -EINVAL,
                        "seed \"%.100s\": expected a whole number from 0 to %" PRId64,
                        text, INT64_MAX);
    *seeded = true;
    return 0;
}

int viz_api_moment(const struct api_call *call, const char *name, int64_t *out,
                   struct viz_error *err)
{
    const char *text = viz_web_query(call->request, name);
    if (!text || viz_moment_parse(text, out))
        return 0;
    return viz_fail(err, -EINVAL,
                    "%s \"%.100s\": expected a date such as 2026-01-31, "
                    "2026-01-31T12:00 or 2026-01-31T12:00Z",
                    name, text);
}

/* ---- runs ---- */

/* The first runs that a text could mean, for a sentence. */
struct candidates {
    char text[300];
    size_t used;
    uint32_t count;
};

static int take_candidate(void *context, const struct viz_run *run)
{
    struct candidates *candidates = context;
    char name[64];
    if (candidates->count++ >= CANDIDATES || candidates->used >= sizeof(name) * 4)
        return 0;
    viz_text_visible(name, sizeof(name), run->name);
    candidates->used += (size_t)snprintf(candidates->text + candidates->used,
                                         sizeof(candidates->text) - candidates->used,
                                         "%s%" PRId64 " %s",
                                         candidates->used ? ", " : "", run->id, name);
    return 0;
}

static int fail_ambiguous(const struct candidates *candidates, const char *selector,
                          struct viz_error *err)
{
    char shown[64];
    viz_text_visible(shown, sizeof(shown), selector);
    return viz_fail(err, -ENOTUNIQ, "\"%s\" could be %u runs: %s%s", shown,
                    candidates->count, candidates->text,
                    candidates->count > CANDIDATES ? " and more" : "");
}

int viz_api_run(const struct api_call *call, int64_t *run, struct viz_error *err)
{
    struct candidates candidates = {.used = 0};
    const char *selector = call->request->argument[0];
    int ret =
        viz_store_find(call->store, selector, run, take_candidate, &candidates, err);
    return ret == -ENOTUNIQ && candidates.count
               ? fail_ambiguous(&candidates, selector, err)
               : ret;
}

int viz_api_runs(const struct api_call *call, const char *name, int64_t **ids,
                 uint32_t *count, struct viz_error *err)
{
    struct candidates candidates = {.used = 0};
    const char *side;
    *ids = NULL;
    int ret = viz_api_need(call, name, &side, err);
    if (ret == 0)
        ret = viz_run_series_find(call->store, side, ids, count, take_candidate,
                                  &candidates, err);
    return ret == -ENOTUNIQ && candidates.count ? fail_ambiguous(&candidates, side, err)
                                                : ret;
}
