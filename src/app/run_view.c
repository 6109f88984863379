/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_view.h>

#include <viz/alloc.h>
#include <viz/lightwave.h>
#include <viz/run_summary.h>
#include <viz/tally.h>
#include <viz/text.h>

#include "run_view_state.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_PX 1000

struct choice {
    struct view_load *load;
    const struct viz_run_view_params *params;
    struct viz_run_view *view;
    bool found, by_name, has_channels;
    uint32_t streams;
    bool extended[VIZ_RUN_VIEW_MOST]; /* frames of 64 bytes only */
};

static int take_run(void *context, const struct viz_run *run)
{
    struct view_load *load = context;
    load->started_ns = run->started_ns;
    load->duration_s = viz_run_duration_s(run);
    return 0;
}

/* ---- which channels ---- */

/* Whether [text, text + length) names the channel, alone or as STREAM/CHANNEL. */
static bool names(const char *text, size_t length, const char *stream, const char *name)
{
    char visible[64];
    viz_text_visible(visible, sizeof(visible), name);
    for (int i = 0; i < 2; i++) {
        size_t stream_length = strlen(stream);
        const char *one = i ? visible : name;
        if (strlen(one) == length && !memcmp(one, text, length))
            return true;
        if (stream_length + 1 + strlen(one) == length &&
            !memcmp(text, stream, stream_length) && text[stream_length] == '/' &&
            !memcmp(text + stream_length + 1, one, strlen(one)))
            return true;
    }
    return false;
}

static bool is_chosen(const struct view_load *load, uint32_t index)
{
    for (uint32_t i = 0; i < load->channels; i++)
        if (load->channel[i] == index)
            return true;
    return false;
}

static void choose(struct choice *choice, const struct viz_tally_kind *kind,
                   uint32_t index)
{
    struct view_load *load = choice->load;
    if (load->channels == VIZ_RUN_VIEW_MOST || is_chosen(load, index))
        return;
    struct viz_run_view_channel *channel = &choice->view->channel[load->channels];
    viz_text_visible(channel->name, sizeof(channel->name), kind->name);
    viz_text_visible(channel->unit, sizeof(channel->unit), kind->unit);
    choice->extended[load->channels] = kind->extended;
    load->channel[load->channels++] = index;
}

static bool choose_named(struct choice *choice, const struct viz_run_stream *stream,
                         const char *text, size_t length)
{
    struct viz_tally_kind kind;
    for (uint32_t i = 0; viz_tally_kind(stream, i, &kind); i++)
        if (names(text, length, stream->name, kind.name)) {
            choose(choice, &kind, i);
            return true;
        }
    return false;
}

static bool choose_channels(struct choice *choice, const struct viz_run_stream *stream)
{
    const char *metrics = choice->params->metrics;
    bool all = metrics && !strcmp(metrics, "all");
    struct viz_tally_kind kind;
    choice->load->channels = 0;
    if (!metrics || all) {
        for (uint32_t i = 0; viz_tally_kind(stream, i, &kind); i++)
            if (all || kind.usual)
                choose(choice, &kind, i);
        return true;
    }
    for (;; metrics++) {
        size_t length = strcspn(metrics, ",");
        if (!choose_named(choice, stream, metrics, length))
            return false;
        metrics += length;
        if (!*metrics)
            return true;
    }
}

/* ---- which stream ---- */

static bool is_meant(const struct choice *choice,
                     const struct viz_stored_stream *stored, bool *by_name)
{
    const char *wanted = choice->params->stream;
    uint64_t id;
    *by_name = wanted && !strcmp(wanted, stored->stream.name);
    if (!wanted)
        return !choice->has_channels;
    return *by_name || (!choice->by_name && viz_text_unsigned(wanted, &id) &&
                        id == (uint64_t)stored->id);
}

static int take_stream(void *context, const struct viz_stored_stream *stored)
{
    struct choice *choice = context;
    struct view_load *load = choice->load;
    const struct viz_run_stream *stream = &stored->stream;
    bool by_name;
    choice->streams++;
    if (!is_meant(choice, stored, &by_name))
        return 0;
    choice->found = true;
    choice->by_name |= by_name;
    choice->has_channels = choose_channels(choice, stream);
    load->stream = stored->id;
    load->lightwave = stream->form == VIZ_FORM_LIGHTWAVE;
    load->row_channels = stream->channels;
    for (struct viz_tally_kind kind;
         load->lightwave && viz_tally_kind(stream, load->row_channels, &kind);)
        load->row_channels++;
    viz_text_visible(choice->view->stream_name, sizeof(choice->view->stream_name),
                     stream->name);
    return 0;
}

static int choose_stream(struct choice *choice)
{
    struct view_load *load = choice->load;
    const struct viz_run_view_params *params = choice->params;
    int ret = viz_store_streams(load->store, load->run, take_stream, choice, load->err);
    if (ret < 0)
        return ret;
    if (!choice->streams)
        return viz_fail(load->err, -ENOENT, "run %" PRId64 " has no stream", load->run);
    if (!choice->found)
        return viz_fail(load->err, -ENOENT, "run %" PRId64 " has no stream \"%s\"",
                        load->run, params->stream);
    if (!choice->has_channels && params->stream)
        return viz_fail(load->err, -EINVAL,
                        "stream \"%s\" of run %" PRId64 " has no channel \"%s\"",
                        choice->view->stream_name, load->run, params->metrics);
    if (!choice->has_channels)
        return viz_fail(load->err, -EINVAL,
                        "no stream of run %" PRId64 " has the channels \"%s\"",
                        load->run, params->metrics);
    return 0;
}

/* Of the usual channels those that the device sends, as its first frame says. */
static int leave_out(struct choice *choice)
{
    struct view_load *load = choice->load;
    struct viz_cursor *cursor;
    struct viz_run_sample sample = {0};
    uint32_t kept = 0;
    if (!load->lightwave || choice->params->metrics)
        return 0;
    int ret = viz_store_read(load->store, load->run, load->stream, &cursor, load->err);
    if (ret < 0)
        return ret;
    ret = viz_cursor_next(cursor, &sample, load->err);
    bool extended = ret == 1 && sample.size == VIZ_LW_EXTENDED_BYTES;
    viz_cursor_close(cursor);
    for (uint32_t i = 0; i < load->channels; i++)
        if (extended || !choice->extended[i]) {
            choice->view->channel[kept] = choice->view->channel[i];
            load->channel[kept++] = load->channel[i];
        }
    load->channels = kept;
    return ret < 0 ? ret : 0;
}

/* ---- all of it ---- */

static int take_chunk(void *context, const struct viz_overview_chunk *chunk)
{
    struct view_load *load = context;
    size_t n = load->chunks;
    if (!(n & (n - 1))) { /* full: twice the room */
        struct viz_overview_chunk *more = viz_zalloc((n ? 2 * n : 1) * sizeof(*more));
        if (n)
            memcpy(more, load->chunk, n * sizeof(*more));
        free(load->chunk);
        load->chunk = more;
    }
    load->chunk[load->chunks++] = *chunk;
    return 0;
}

static int load_view(struct choice *choice)
{
    struct view_load *load = choice->load;
    struct viz_run_view *view = choice->view;
    int ret = viz_store_run(load->store, load->run, take_run, load, load->err);
    if (!ret)
        ret = choose_stream(choice);
    if (!ret)
        ret = leave_out(choice);
    if (!ret)
        ret = viz_store_overview(load->store, load->run, load->stream, take_chunk, load,
                                 load->err);
    if (ret < 0)
        return ret;
    view->stream = load->stream;
    view->channels = load->channels;
    return viz_view_walk(load, view);
}

static int check(const struct viz_run_view_params *params, struct viz_error *err)
{
    if (params->from_s > params->to_s)
        return viz_fail(err, -EINVAL, "a view must not end before it begins");
    if (params->px > VIZ_RUN_VIEW_PX)
        return viz_fail(err, -EINVAL, "a view has at most %d bins", VIZ_RUN_VIEW_PX);
    return 0;
}

int viz_run_view_create(struct viz_store *store, int64_t run,
                        const struct viz_run_view_params *params,
                        struct viz_run_view **out, struct viz_error *err)
{
    struct view_load load = {
        .store = store,
        .err = err,
        .run = run,
        .clock = params->clock,
        .from_s = isnan(params->from_s) ? -INFINITY : params->from_s,
        .to_s = isnan(params->to_s) ? INFINITY : params->to_s,
        .px = params->px ? params->px : USUAL_PX,
    };
    struct choice choice = {.load = &load, .params = params};
    int ret = check(params, err);
    if (!ret)
        ret = viz_store_begin_read(store, err); /* one moment of a run that may grow */
    if (ret < 0)
        return ret;
    struct viz_run_view *view = choice.view = viz_zalloc(sizeof(*view));
    view->channel = viz_zalloc(VIZ_RUN_VIEW_MOST * sizeof(*view->channel));
    ret = load_view(&choice);
    viz_store_rollback(store);
    free(load.chunk);
    if (ret < 0)
        viz_run_view_destroy(view);
    else
        *out = view;
    return ret;
}

void viz_run_view_destroy(struct viz_run_view *view)
{
    if (!view)
        return;
    for (uint32_t i = 0; i < view->channels; i++) {
        free(view->channel[i].min);
        free(view->channel[i].max);
    }
    free(view->channel);
    free(view->first_s);
    free(view->last_s);
    free(view->row_count);
    free(view->gap);
    free(view);
}
