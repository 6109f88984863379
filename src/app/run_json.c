/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_json.h>

#include "json.h"

#include <viz/error.h>
#include <viz/moment.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *count_if(bool known, uint64_t value)
{
    return known ? viz_json_count(value) : json_null();
}

static json_t *text_or_null(const char *value)
{
    return value && *value ? viz_json_text(value) : json_null();
}

static void set(json_t *object, const char *key, json_t *value)
{
    viz_assert(value && !json_object_set_new(object, key, value));
}

/* "started" and "started_ns". */
static void set_time(json_t *object, const char *key, const char *key_ns, int64_t ns)
{
    char moment[40];
    viz_moment_utc(moment, sizeof(moment), ns);
    set(object, key, ns ? json_string(moment) : json_null());
    set(object, key_ns, ns ? json_integer(ns) : json_null());
}

static json_t *tags_json(const char *tags)
{
    json_t *out = json_array();
    while (*tags) {
        size_t length = strcspn(tags, ",");
        json_t *tag = json_stringn(tags, length);
        json_array_append_new(out, tag ? tag : json_string("(not UTF-8)"));
        tags += length + (tags[length] == ',');
    }
    return out;
}

/* What was stored as JSON stays JSON; what is not is a string. */
static json_t *stored_json(const char *stored)
{
    json_t *out = json_loads(stored, JSON_DECODE_ANY, NULL);
    return out ? out : text_or_null(stored);
}

static json_t *run_json(const struct viz_run *run)
{
    json_t *out = json_object();
    set(out, "id", json_integer(run->id));
    set(out, "uuid", viz_json_text(run->uuid));
    set(out, "name", viz_json_text(run->name));
    set(out, "state", viz_json_text(viz_run_state_name(run->state)));
    set(out, "origin", text_or_null(run->origin));
    set(out, "description", text_or_null(run->description));
    set(out, "tags", tags_json(run->tags));
    set(out, "host", text_or_null(run->host));
    set(out, "firmware", text_or_null(run->firmware));
    set_time(out, "started", "started_ns", run->started_ns);
    set_time(out, "ended", "ended_ns", run->ended_ns);
    set_time(out, "seen", "seen_ns", run->seen_ns);
    set(out, "duration_s", viz_json_real(viz_run_duration_s(run)));
    set(out, "samples", viz_json_count(run->samples));
    set(out, "streams", viz_json_count(run->streams));
    set(out, "segments", viz_json_count(run->segments));
    set(out, "flags", text_or_null(run->flags));
    set(out, "machine", stored_json(run->machine));
    set(out, "requested", stored_json(run->requested));
    set(out, "delivered", stored_json(run->delivered));
    return out;
}

static char *dumped(json_t *json)
{
    char *out = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    viz_assert(out);
    json_decref(json);
    return out;
}

char *viz_run_json(const struct viz_run *run)
{
    return dumped(run_json(run));
}

struct listing {
    FILE *out;
    bool any;
};

static int list_run(void *context, const struct viz_run *run)
{
    struct listing *listing = context;
    char *json = viz_run_json(run);
    fprintf(listing->out, "%s%s", listing->any ? ",\n" : "", json);
    free(json);
    listing->any = true;
    return 0;
}

int viz_runs_json(struct viz_store *store, const struct viz_run_filter *filter,
                  char **out, struct viz_error *err)
{
    char *text = NULL;
    size_t size;
    struct listing listing = {.out = open_memstream(&text, &size)};
    viz_assert(listing.out);
    fputs("[", listing.out);
    int ret = viz_store_runs(store, filter, list_run, &listing, err);
    fputs("]", listing.out);
    viz_assert(!fclose(listing.out));
    if (ret < 0)
        free(text);
    else
        *out = text;
    return ret;
}

static json_t *channel_json(const struct viz_channel_figures *channel, uint32_t bins)
{
    json_t *out = json_object(), *histogram = json_array();
    set(out, "name", viz_json_text(channel->name));
    set(out, "unit", viz_json_text(channel->unit));
    set(out, "n", viz_json_count(channel->n));
    set(out, "not_finite", viz_json_count(channel->not_finite));
    set(out, "distinct", viz_json_count(channel->distinct));
    set(out, "changes", viz_json_count(channel->changes));
    set(out, "mean", viz_json_real(channel->mean));
    set(out, "sd", viz_json_real(channel->sd));
    set(out, "min", viz_json_real(channel->min));
    set(out, "max", viz_json_real(channel->max));
    set(out, "p50", viz_json_real(channel->p50));
    set(out, "p95", viz_json_real(channel->p95));
    set(out, "p99", viz_json_real(channel->p99));
    set(out, "ema", viz_json_real(channel->ema));
    for (uint32_t i = 0; i < bins; i++)
        json_array_append_new(histogram, viz_json_count(channel->bin[i]));
    set(out, "histogram", histogram);
    return out;
}

static json_t *flags_json(const struct viz_stream_figures *figures,
                          enum viz_lw_profile profile)
{
    json_t *out = json_array();
    for (unsigned bit = 0; bit < 8; bit++) {
        json_t *flag = json_object();
        const char *name = viz_lw_flag_name(profile, bit);
        set(flag, "bit", viz_json_count(bit));
        set(flag, "name", name ? viz_json_text(name) : json_null());
        set(flag, "frames", viz_json_count(figures->flag[bit]));
        set(flag, "share",
            viz_json_real(figures->flagged
                              ? (double)figures->flag[bit] / (double)figures->flagged
                              : NAN));
        json_array_append_new(out, flag);
    }
    return out;
}

static json_t *stream_json(const struct viz_run_summary *summary,
                           const struct viz_run_stream_summary *stream)
{
    const struct viz_stream_figures *figures = &stream->figures;
    bool frames = figures->form == VIZ_FORM_LIGHTWAVE;
    bool followed = frames && figures->samples; /* rows have no counts of a track */
    json_t *out = json_object(), *channels = json_array();
    set(out, "id", json_integer(stream->id));
    set(out, "name", viz_json_text(stream->name));
    set(out, "source", text_or_null(stream->source));
    set(out, "form", json_string(frames ? "lightwave" : "values"));
    set(out, "segments", viz_json_count(stream->segments));
    set(out, "samples", viz_json_count(figures->samples));
    set(out, "excluded", viz_json_count(figures->excluded));
    set(out, "unreadable", viz_json_count(figures->unreadable));
    set(out, "published", count_if(frames, figures->published));
    set(out, "unpublished", count_if(frames, figures->unpublished));
    set(out, "repeats", count_if(frames, figures->counts.repeats));
    set(out, "copies", count_if(followed, figures->counts.copies));
    set(out, "gaps", count_if(followed, figures->counts.gaps));
    set(out, "missing", count_if(followed, figures->counts.missing));
    set(out, "loss_percent", viz_json_real(figures->loss_percent));
    set(out, "boots", count_if(followed, figures->counts.boots));
    set(out, "reboots", count_if(followed, figures->reboots));
    set(out, "resets", count_if(followed, figures->counts.resets));
    set(out, "not_finite", count_if(followed, figures->counts.not_finite));
    set(out, "span_s", viz_json_real(figures->span_s));
    set(out, "requested_hz",
        viz_json_real(stream->requested_hz > 0 ? stream->requested_hz : NAN));
    set(out, "delivered_hz", viz_json_real(figures->delivered_hz));
    set(out, "delivered_run_hz", viz_json_real(stream->delivered_run_hz));
    set(out, "silence_s", viz_json_real(stream->silence_s));
    set(out, "silence_samples", viz_json_real(stream->silence_samples));
    set(out, "hop_hz", viz_json_real(figures->hop_hz));
    set(out, "true_load_percent", viz_json_real(figures->true_load_percent));
    set(out, "peak_total_us", viz_json_real(figures->peak_total_us));
    set(out, "peak_goertzel_us", viz_json_real(figures->peak_goertzel_us));
    set(out, "flags",
        frames ? flags_json(figures, summary->params.profile) : json_null());
    for (uint32_t i = 0; i < figures->channels; i++)
        json_array_append_new(channels,
                              channel_json(&figures->channel[i], summary->params.bins));
    set(out, "channels", channels);
    return out;
}

/* Seconds since the run began. */
static json_t *since_start(const struct viz_run *run, int64_t ns)
{
    double s = ((double)ns - (double)run->started_ns) / 1e9;
    if (ns >= 0 && run->started_ns >= 0)
        s = (double)(ns - run->started_ns) / 1e9;
    return viz_json_real(s);
}

static json_t *annotation_json(const struct viz_run *run,
                               const struct viz_annotation *annotation)
{
    json_t *out = json_object();
    set(out, "id", json_integer(annotation->id));
    set(out, "stream",
        annotation->stream ? json_integer(annotation->stream) : json_null());
    set_time(out, "from", "from_ns", annotation->from_ns);
    set_time(out, "to", "to_ns", annotation->to_ns);
    set(out, "from_s", since_start(run, annotation->from_ns));
    set(out, "to_s", since_start(run, annotation->to_ns));
    set(out, "text", viz_json_text(annotation->text));
    set(out, "author", text_or_null(annotation->author));
    set(out, "exclude", json_boolean(annotation->exclude));
    return out;
}

char *viz_run_summary_json(const struct viz_run_summary *summary)
{
    json_t *out = json_object(), *streams = json_array(), *annotations = json_array();
    bool readme = summary->params.profile == VIZ_LW_README;
    for (uint32_t i = 0; i < summary->streams; i++)
        json_array_append_new(streams, stream_json(summary, &summary->stream[i]));
    for (uint32_t i = 0; i < summary->annotations; i++)
        json_array_append_new(annotations,
                              annotation_json(&summary->run, &summary->annotation[i]));
    set(out, "run", run_json(&summary->run));
    set(out, "percentiles", json_string("type 7 of Hyndman and Fan, over all samples"));
    set(out, "alpha", viz_json_real(summary->params.alpha));
    set(out, "bins", viz_json_count(summary->params.bins));
    set(out, "profile", json_string(readme ? "readme" : "firmware"));
    set(out, "streams", streams);
    set(out, "annotations", annotations);
    return dumped(out);
}

/* ---- without figures ---- */

struct outline {
    struct viz_run run;
    json_t *streams, *annotations;
};

static int outline_run(void *context, const struct viz_run *run)
{
    struct outline *outline = context;
    viz_run_copy(&outline->run, run);
    return 0;
}

static json_t *kinds_json(const struct viz_run_stream *stream)
{
    json_t *out = json_array();
    struct viz_tally_kind kind;
    for (uint32_t i = 0; viz_tally_kind(stream, i, &kind); i++) {
        json_t *channel = json_object();
        set(channel, "name", viz_json_text(kind.name));
        set(channel, "unit", viz_json_text(kind.unit));
        set(channel, "usual", json_boolean(kind.usual));
        json_array_append_new(out, channel);
    }
    return out;
}

static int outline_stream(void *context, const struct viz_stored_stream *stored)
{
    struct outline *outline = context;
    const struct viz_run_stream *stream = &stored->stream;
    json_t *out = json_object();
    bool frames = stream->form == VIZ_FORM_LIGHTWAVE;
    set(out, "id", json_integer(stored->id));
    set(out, "name", viz_json_text(stream->name));
    set(out, "source", text_or_null(stream->source));
    set(out, "form", json_string(frames ? "lightwave" : "values"));
    set(out, "samples", viz_json_count(stored->samples));
    set(out, "segments", viz_json_count(stored->segments));
    set(out, "requested_hz",
        viz_json_real(stream->requested_hz > 0 ? stream->requested_hz : NAN));
    set(out, "channels", kinds_json(stream));
    json_array_append_new(outline->streams, out);
    return 0;
}

static int outline_annotation(void *context, const struct viz_annotation *annotation)
{
    struct outline *outline = context;
    json_array_append_new(outline->annotations,
                          annotation_json(&outline->run, annotation));
    return 0;
}

int viz_run_outline_json(struct viz_store *store, int64_t run, char **out,
                         struct viz_error *err)
{
    struct outline outline = {.streams = json_array(), .annotations = json_array()};
    json_t *json = json_object();
    int ret = viz_store_run(store, run, outline_run, &outline, err);
    if (ret == 0)
        ret = viz_store_streams(store, run, outline_stream, &outline, err);
    if (ret == 0)
        ret = viz_store_annotations(store, run, outline_annotation, &outline, err);
    set(json, "run", ret == 0 ? run_json(&outline.run) : json_null());
    set(json, "streams", outline.streams);
    set(json, "annotations", outline.annotations);
    if (ret == 0)
        *out = dumped(json);
    else
        json_decref(json);
    viz_run_release(&outline.run);
    return ret;
}
