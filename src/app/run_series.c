/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_series.h>

#include <viz/alloc.h>
#include <viz/run_summary.h>
#include <viz/text.h>
#include <viz/track.h>

#include "run_series_state.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256

bool viz_metric_wanted(const struct viz_metric_series *metric, const char *only)
{
    if (!only)
        return metric->usual;
    if (!strcmp(only, "all"))
        return true;
    size_t stream = strlen(metric->stream), name = strlen(metric->name);
    for (;; only++) {
        size_t length = strcspn(only, ",");
        if (length == name && !strncmp(only, metric->name, length))
            return true;
        if (length == stream + 1 + name && !strncmp(only, metric->stream, stream) &&
            only[stream] == '/' && !strncmp(only + stream + 1, metric->name, name))
            return true;
        only += length;
        if (!*only)
            return false;
    }
}

/* @array with room for @count elements of @size bytes, of which @used are there. */
static void *grown(void *array, size_t used, size_t count, size_t size)
{
    void *out = viz_zalloc(count * size);
    if (used)
        memcpy(out, array, used * size);
    free(array);
    return out;
}

struct viz_metric_series *viz_run_series_add(struct series_load *load, const char *name,
                                             const char *unit, uint32_t index)
{
    struct viz_run_series *series = load->series;
    uint32_t n = series->metrics++;
    series->metric = grown(series->metric, n, n + 1, sizeof(*series->metric));
    load->metric = grown(load->metric, n, n + 1, sizeof(*load->metric));
    struct viz_metric_series *metric = &series->metric[n];
    load->metric[n].index = index;
    viz_text_visible(metric->name, sizeof(metric->name), name);
    viz_text_visible(metric->unit, sizeof(metric->unit), unit);
    metric->ema_alpha = metric->lag = NAN;
    return metric;
}

void viz_run_series_raw(struct series_load *load, uint32_t metric, double value)
{
    struct viz_metric_series *out = &load->series->metric[metric];
    double away = value - out->raw_mean;
    out->raw_mean += away / (double)++out->raw_n;
    load->metric[metric].raw_squares += away * (value - out->raw_mean);
}

void viz_run_series_value(struct series_load *load, uint32_t metric, double value,
                          int64_t host_ns)
{
    struct viz_metric_series *out = &load->series->metric[metric];
    struct series_metric *state = &load->metric[metric];
    size_t n = out->n++;
    if (!state->kept)
        return;
    if (n == state->room) {
        state->room = n ? 2 * n : FIRST_ROOM;
        out->value = viz_extend(out->value, state->room * sizeof(*out->value));
        if (load->times)
            out->at_ns = viz_extend(out->at_ns, state->room * sizeof(*out->at_ns));
    }
    out->value[n] = value;
    if (!load->times)
        return;
    /* A file that was imported may say any time. */
    out->at_ns[n] =
        (int64_t)((uint64_t)host_ns - (uint64_t)load->series->run.started_ns);
}

/* ---- what the run has ---- */

static int take_run(void *context, const struct viz_run *run)
{
    struct viz_run_series *series = ((struct series_load *)context)->series;
    viz_run_copy(&series->run, run);
    series->duration_s = viz_run_duration_s(run);
    return 0;
}

static void add_values(struct series_load *load, const struct viz_run_stream *stream)
{
    for (uint32_t i = 0; i < stream->channels; i++) {
        const struct viz_run_channel *channel = &stream->channel[i];
        const char *unit = channel->unit ? channel->unit : "";
        struct series_role role = {.usual = true, .unit = ""};
        bool figure = viz_run_series_role(stream, channel->name, &role);
        struct viz_metric_series *metric =
            viz_run_series_add(load, channel->name, *unit ? unit : role.unit, i);
        metric->better = role.better;
        metric->usual = role.usual;
        load->metric[load->series->metrics - 1].figure = figure;
    }
}

static int take_stream(void *context, const struct viz_stored_stream *stored)
{
    struct series_load *load = context;
    struct viz_run_series *series = load->series;
    load->stream =
        grown(load->stream, load->streams, load->streams + 1, sizeof(*load->stream));
    struct series_stream *stream = &load->stream[load->streams++];
    *stream = (struct series_stream){.id = stored->id,
                                     .form = stored->stream.form,
                                     .channels = stored->stream.channels,
                                     .first = series->metrics};
    if (stream->form == VIZ_FORM_LIGHTWAVE)
        viz_run_series_add_frames(load);
    else
        add_values(load, &stored->stream);
    stream->metrics = series->metrics - stream->first;
    for (uint32_t i = stream->first; i < series->metrics; i++)
        viz_text_visible(series->metric[i].stream, sizeof(series->metric[i].stream),
                         stored->stream.name);
    return 0;
}

/* The mean frame time of each interval is worth a comparison only where nobody has stored
 * the frames. */
static void choose(struct series_load *load)
{
    struct viz_run_series *series = load->series;
    struct viz_metric_series *mean = NULL;
    bool frames = false;
    for (uint32_t i = 0; i < series->metrics; i++) {
        struct viz_metric_series *metric = &series->metric[i];
        if (load->metric[i].figure && !strcmp(metric->name, "frame_ms"))
            frames = true;
        if (load->metric[i].figure && !strcmp(metric->name, "avg_frame_ms"))
            mean = metric;
    }
    if (mean && !frames)
        mean->usual = true;
    for (uint32_t i = 0; i < series->metrics; i++)
        load->metric[i].kept = (!load->alone && series->metric[i].usual) ||
                               viz_metric_wanted(&series->metric[i], load->only);
}

#define MOST_TOLD 3 /* stretches that are excluded */

static void tell_excluded(struct viz_run_series *series,
                          const struct viz_annotation *annotation, uint32_t before)
{
    char reason[100];
    size_t used = strlen(series->excluded);
    double from = (double)(annotation->from_ns - series->run.started_ns) / 1e9;
    double to = (double)(annotation->to_ns - series->run.started_ns) / 1e9;
    if (before >= MOST_TOLD)
        return;
    viz_text_visible(reason, sizeof(reason), annotation->text);
    snprintf(series->excluded + used, sizeof(series->excluded) - used,
             "%s%.6g to %.6g s (%s)", before ? ", " : "", from, to, reason);
}

static void tell_more(struct viz_run_series *series, uint32_t count)
{
    size_t used = strlen(series->excluded);
    if (count > MOST_TOLD)
        snprintf(series->excluded + used, sizeof(series->excluded) - used,
                 " and %" PRIu32 " more", count - MOST_TOLD);
}

static int take_annotation(void *context, const struct viz_annotation *annotation)
{
    struct series_load *load = context;
    uint32_t n = load->excluded_count;
    if (!annotation->exclude)
        return 0;
    tell_excluded(load->series, annotation, n);
    load->excluded = grown(load->excluded, n, n + 1, sizeof(*load->excluded));
    load->excluded[n] = *annotation;
    load->excluded[n].text = load->excluded[n].author = NULL;
    load->excluded_count++;
    return 0;
}

/* ---- its samples ---- */

static bool is_excluded(const struct series_load *load,
                        const struct viz_run_sample *sample)
{
    for (uint32_t i = 0; i < load->excluded_count; i++) {
        const struct viz_annotation *a = &load->excluded[i];
        if ((!a->stream || a->stream == sample->stream) &&
            sample->host_ns >= a->from_ns && sample->host_ns < a->to_ns)
            return true;
    }
    return false;
}

static void take_row(struct series_load *load, const struct series_stream *stream,
                     const struct viz_run_sample *sample)
{
    for (uint32_t i = stream->first; i < stream->first + stream->metrics; i++) {
        double value = viz_run_sample_value(sample, load->metric[i].index);
        if (!isfinite(value)) {
            load->series->metric[i].not_finite++;
        } else if (fabs(value) > VIZ_SERIES_LARGEST) {
            load->series->metric[i].too_large++;
        } else {
            viz_run_series_raw(load, i, value);
            viz_run_series_value(load, i, value, sample->host_ns);
        }
    }
}

/* False: it is not as long as the stream's form says. */
static bool take_readable(struct series_load *load, struct series_stream *stream,
                          const struct viz_run_sample *sample)
{
    struct viz_lw_frame frame;
    if (stream->form == VIZ_FORM_LIGHTWAVE) {
        if (!viz_lw_decode(sample->frame, sample->size, &frame))
            return false;
        viz_run_series_frame(load, stream, sample, &frame);
        return true;
    }
    if (sample->size != stream->channels * sizeof(double))
        return false;
    take_row(load, stream, sample);
    return true;
}

static void take_sample(struct series_load *load, struct series_stream *stream,
                        const struct viz_run_sample *sample)
{
    bool excluded = is_excluded(load, sample);
    bool unreadable = !excluded && !take_readable(load, stream, sample);
    if (excluded && stream->form == VIZ_FORM_LIGHTWAVE)
        viz_run_series_break(load, stream);
    for (uint32_t i = 0; i < stream->metrics; i++) {
        struct viz_metric_series *metric = &load->series->metric[stream->first + i];
        metric->rows++;
        metric->excluded += excluded;
        metric->unreadable += unreadable;
        metric->missing += sample->missing;
        metric->boots += stream->begun && (sample->marks & VIZ_MARK_BOOT);
    }
    stream->begun = true;
}

static struct series_stream *find_stream(const struct series_load *load, int64_t id)
{
    for (uint32_t i = 0; i < load->streams; i++)
        if (load->stream[i].id == id)
            return &load->stream[i];
    return NULL;
}

static int take_samples(struct series_load *load, struct viz_store *store,
                        struct viz_error *err)
{
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    int ret = viz_store_read(store, load->series->run.id, 0, &cursor, err);
    if (ret < 0)
        return ret;
    while ((ret = viz_cursor_next(cursor, &sample, err)) > 0) {
        struct series_stream *stream = find_stream(load, sample.stream);
        if (stream)
            take_sample(load, stream, &sample);
    }
    viz_cursor_close(cursor);
    return ret;
}

/* ---- at the end ---- */

static void finish_metric(struct viz_metric_series *metric,
                          const struct series_metric *state)
{
    if (metric->averaged && metric->n)
        metric->lag = state->lags / (double)metric->n;
    metric->raw_sd = metric->raw_n > 1
                         ? sqrt(state->raw_squares / (double)(metric->raw_n - 1))
                         : NAN;
    if (!metric->raw_n)
        metric->raw_mean = NAN;
    /* A benchmark without a timer on the GPU has the column all the same. */
    if (state->figure && !metric->n)
        metric->usual = false;
}

/* Channels that a device never sent are none of its run. */
static bool is_there(const struct series_stream *stream,
                     const struct viz_metric_series *metric)
{
    return stream->form != VIZ_FORM_LIGHTWAVE || stream->extended ||
           (strcmp(metric->name, "avg_dc_agc_us") != 0 &&
            strcmp(metric->name, "avg_chroma_us") != 0);
}

static void finish(struct series_load *load)
{
    struct viz_run_series *series = load->series;
    uint32_t kept = 0;
    for (uint32_t s = 0; s < load->streams; s++) {
        const struct series_stream *stream = &load->stream[s];
        for (uint32_t i = stream->first; i < stream->first + stream->metrics; i++) {
            struct viz_metric_series *metric = &series->metric[i];
            finish_metric(metric, &load->metric[i]);
            if (is_there(stream, metric))
                series->metric[kept++] = *metric;
        }
    }
    series->metrics = kept;
}

static int fill(struct series_load *load, struct viz_store *store, int64_t run,
                struct viz_error *err)
{
    int ret = viz_store_run(store, run, take_run, load, err);
    if (ret == 0)
        ret = viz_store_streams(store, run, take_stream, load, err);
    choose(load);
    if (ret == 0)
        ret = viz_store_annotations(store, run, take_annotation, load, err);
    tell_more(load->series, load->excluded_count);
    if (ret == 0)
        ret = take_samples(load, store, err);
    if (ret == 0)
        finish(load);
    return ret;
}

static int load_series(struct viz_store *store, int64_t run, struct series_load load,
                       struct viz_run_series **out, struct viz_error *err)
{
    load.series = viz_zalloc(sizeof(*load.series));
    /* One moment of a run that may be growing. */
    int ret = viz_store_begin_read(store, err);
    if (ret == 0) {
        ret = fill(&load, store, run, err);
        viz_store_rollback(store);
    }
    free(load.metric);
    free(load.stream);
    free(load.excluded);
    if (ret < 0)
        viz_run_series_destroy(load.series);
    else
        *out = load.series;
    return ret;
}

int viz_run_series_load(struct viz_store *store, int64_t run, const char *only,
                        struct viz_run_series **out, struct viz_error *err)
{
    return load_series(store, run, (struct series_load){.only = only, .times = true},
                       out, err);
}

int viz_run_series_load_only(struct viz_store *store, int64_t run, const char *only,
                             bool times, struct viz_run_series **out,
                             struct viz_error *err)
{
    return load_series(
        store, run, (struct series_load){.only = only, .alone = true, .times = times},
        out, err);
}

void viz_run_series_destroy(struct viz_run_series *series)
{
    if (!series)
        return;
    for (uint32_t i = 0; i < series->metrics; i++) {
        free(series->metric[i].value);
        free(series->metric[i].at_ns);
    }
    viz_run_release(&series->run);
    free(series->metric);
    free(series);
}
