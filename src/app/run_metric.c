/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_metric.h>

#include <viz/text.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void viz_run_metric_name(const struct viz_run_series *series,
                         const struct viz_metric_series *metric,
                         char out[VIZ_METRIC_NAME])
{
    uint32_t same = 0;
    for (uint32_t i = 0; i < series->metrics; i++)
        same += !strcmp(series->metric[i].name, metric->name);
    snprintf(out, VIZ_METRIC_NAME, "%s%s%s", same == 1 ? "" : metric->stream,
             same == 1 ? "" : "/", metric->name);
}

struct search {
    const char *stream;
    uint64_t id; /* where the text may be one */
    char *out;
};

static int match_stream(void *context, const struct viz_stored_stream *stored)
{
    struct search *search = context;
    bool named = !strcmp(stored->stream.name, search->stream);
    if (named || (!*search->out && search->id && (int64_t)search->id == stored->id))
        viz_text_visible(search->out, 64, stored->stream.name);
    return named;
}

int viz_run_metric_stream(struct viz_store *store, int64_t run, const char *stream,
                          char out[64], struct viz_error *err)
{
    struct search search = {.stream = stream, .out = out};
    if (!viz_text_unsigned(stream, &search.id))
        search.id = 0;
    *out = '\0';
    int ret = viz_store_streams(store, run, match_stream, &search, err);
    return ret < 0 ? ret : 0;
}

int viz_run_metric_load(struct viz_store *store, int64_t run, const char *metric,
                        const char *stream, struct viz_run_series **series,
                        const struct viz_metric_series **out, struct viz_error *err)
{
    char only[64] = "";
    *out = NULL;
    int ret = stream ? viz_run_metric_stream(store, run, stream, only, err) : 0;
    if (ret == 0)
        ret = viz_run_series_load_only(store, run, metric, true, series, err);
    if (ret < 0)
        return ret;
    for (uint32_t i = 0; i < (*series)->metrics && !*out; i++) {
        const struct viz_metric_series *candidate = &(*series)->metric[i];
        if (viz_metric_wanted(candidate, metric) &&
            (!stream || !strcmp(candidate->stream, only)))
            *out = candidate;
    }
    return 0;
}

int viz_run_metric_lacking(const struct viz_run_series *series, const char *metric,
                           const char *stream, struct viz_error *err)
{
    char names[256] = "", name[VIZ_METRIC_NAME];
    size_t used = 0;
    for (uint32_t i = 0; i < series->metrics; i++) {
        viz_run_metric_name(series, &series->metric[i], name);
        if (used + strlen(name) + sizeof(", …") > sizeof(names)) {
            used += (size_t)snprintf(names + used, sizeof(names) - used, ", …");
            break;
        }
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
                                 used ? ", " : "", name);
    }
    return viz_fail(err, -EINVAL,
                    "no run has the metric %.60s%s%.60s; run %" PRId64 " has %s",
                    metric, stream ? " in a stream " : "", stream ? stream : "",
                    series->run.id, *names ? names : "none");
}
