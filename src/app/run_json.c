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

/* "started" and "started_ns". */
static void set_time(json_t *object, const char *key, const char *key_ns, int64_t ns)
{
    char moment[40];
    viz_moment_utc(moment, sizeof(moment), ns);
    viz_json_set(object, key, ns ? json_string(moment) : json_null());
    viz_json_set(object, key_ns, ns ? json_integer(ns) : json_null());
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
    viz_json_set(out, "id", json_integer(run->id));
    viz_json_set(out, "uuid", viz_json_text(run->uuid));
    viz_json_set(out, "name", viz_json_text(run->name));
    viz_json_set(out, "state", viz_json_text(viz_run_state_name(run->state)));
    viz_json_set(out, "origin", text_or_null(run->origin));
    viz_json_set(out, "description", text_or_null(run->description));
    viz_json_set(out, "tags", viz_json_tags(run->tags));
    viz_json_set(out, "host", text_or_null(run->host));
    viz_json_set(out, "firmware", text_or_null(run->firmware));
    set_time(out, "started", "started_ns", run->started_ns);
    set_time(out, "ended", "ended_ns", run->ended_ns);
    set_time(out, "seen", "seen_ns", run->seen_ns);
    viz_json_set(out, "duration_s", viz_json_real(viz_run_duration_s(run)));
    viz_json_set(out, "samples", viz_json_count(run->samples));
    viz_json_set(out, "streams", viz_json_count(run->streams));
    viz_json_set(out, "segments", viz_json_count(run->segments));
    viz_json_set(out, "flags", text_or_null(run->flags));
    viz_json_set(out, "machine", stored_json(run->machine));
    viz_json_set(out, "requested", stored_json(run->requested));
    viz_json_set(out, "delivered", stored_json(run->delivered));
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
    viz_json_set(out, "name", viz_json_text(channel->name));
    viz_json_set(out, "unit", viz_json_text(channel->unit));
    viz_json_set(out, "n", viz_json_count(channel->n));
    viz_json_set(out, "not_finite", viz_json_count(channel->not_finite));
    viz_json_set(out, "distinct", viz_json_count(channel->distinct));
    viz_json_set(out, "changes", viz_json_count(channel->changes));
    viz_json_set(out, "mean", viz_json_real(channel->mean));
    viz_json_set(out, "sd", viz_json_real(channel->sd));
    viz_json_set(out, "min", viz_json_real(channel->min));
    viz_json_set(out, "max", viz_json_real(channel->max));
    viz_json_set(out, "p50", viz_json_real(channel->p50));
    viz_json_set(out, "p95", viz_json_real(channel->p95));
    viz_json_set(out, "p99", viz_json_real(channel->p99));
    viz_json_set(out, "ema", viz_json_real(channel->ema));
    for (uint32_t i = 0; i < bins; i++)
        json_array_append_new(histogram, viz_json_count(channel->bin[i]));
    viz_json_set(out, "histogram", histogram);
    return out;
}

static json_t *flags_json(const struct viz_stream_figures *figures,
                          enum viz_lw_profile profile)
{
    json_t *out = json_array();
    for (unsigned bit = 0; bit < 8; bit++) {
        json_t *flag = json_object();
        const char *name = viz_lw_flag_name(profile, bit);
        viz_json_set(flag, "bit", viz_json_count(bit));
        viz_json_set(flag, "name", name ? viz_json_text(name) : json_null());
        viz_json_set(flag, "frames", viz_json_count(figures->flag[bit]));
        viz_json_set(flag, "share",
                     viz_json_real(figures->flagged ? (double)figures->flag[bit] /
                                                          (double)figures->flagged
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
    viz_json_set(out, "id", json_integer(stream->id));
    viz_json_set(out, "name", viz_json_text(stream->name));
    viz_json_set(out, "source", text_or_null(stream->source));
    viz_json_set(out, "form", json_string(frames ? "lightwave" : "values"));
    viz_json_set(out, "segments", viz_json_count(stream->segments));
    viz_json_set(out, "samples", viz_json_count(figures->samples));
    viz_json_set(out, "excluded", viz_json_count(figures->excluded));
    viz_json_set(out, "unreadable", viz_json_count(figures->unreadable));
    viz_json_set(out, "published", count_if(frames, figures->published));
    viz_json_set(out, "unpublished", count_if(frames, figures->unpublished));
    viz_json_set(out, "repeats", count_if(frames, figures->counts.repeats));
    viz_json_set(out, "copies", count_if(followed, figures->counts.copies));
    viz_json_set(out, "gaps", count_if(figures->gaps_known, figures->counts.gaps));
    viz_json_set(out, "missing", count_if(followed, figures->counts.missing));
    viz_json_set(out, "loss_percent", viz_json_real(figures->loss_percent));
    viz_json_set(out, "boots", count_if(followed, figures->counts.boots));
    viz_json_set(out, "reboots", count_if(followed, figures->reboots));
    viz_json_set(out, "resets", count_if(followed, figures->counts.resets));
    viz_json_set(out, "not_finite", count_if(followed, figures->counts.not_finite));
    viz_json_set(out, "span_s", viz_json_real(figures->span_s));
    viz_json_set(out, "requested_hz",
                 viz_json_real(stream->requested_hz > 0 ? stream->requested_hz : NAN));
    viz_json_set(out, "delivered_hz", viz_json_real(figures->delivered_hz));
    viz_json_set(out, "delivered_run_hz", viz_json_real(stream->delivered_run_hz));
    viz_json_set(out, "silence_s", viz_json_real(stream->silence_s));
    viz_json_set(out, "silence_samples", viz_json_real(stream->silence_samples));
    viz_json_set(out, "hop_hz", viz_json_real(figures->hop_hz));
    viz_json_set(out, "true_load_percent", viz_json_real(figures->true_load_percent));
    viz_json_set(out, "peak_total_us", viz_json_real(figures->peak_total_us));
    viz_json_set(out, "peak_goertzel_us", viz_json_real(figures->peak_goertzel_us));
    viz_json_set(out, "flags",
                 frames ? flags_json(figures, summary->params.profile) : json_null());
    for (uint32_t i = 0; i < figures->channels; i++)
        json_array_append_new(channels,
                              channel_json(&figures->channel[i], summary->params.bins));
    viz_json_set(out, "channels", channels);
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
    viz_json_set(out, "id", json_integer(annotation->id));
    viz_json_set(out, "stream",
                 annotation->stream ? json_integer(annotation->stream) : json_null());
    set_time(out, "from", "from_ns", annotation->from_ns);
    set_time(out, "to", "to_ns", annotation->to_ns);
    viz_json_set(out, "from_s", since_start(run, annotation->from_ns));
    viz_json_set(out, "to_s", since_start(run, annotation->to_ns));
    viz_json_set(out, "text", viz_json_text(annotation->text));
    viz_json_set(out, "author", text_or_null(annotation->author));
    viz_json_set(out, "exclude", json_boolean(annotation->exclude));
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
    viz_json_set(out, "run", run_json(&summary->run));
    viz_json_set(out, "percentiles",
                 json_string("type 7 of Hyndman and Fan, over all samples"));
    viz_json_set(out, "alpha", viz_json_real(summary->params.alpha));
    viz_json_set(out, "bins", viz_json_count(summary->params.bins));
    viz_json_set(out, "profile", json_string(readme ? "readme" : "firmware"));
    viz_json_set(out, "streams", streams);
    viz_json_set(out, "annotations", annotations);
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
        viz_json_set(channel, "name", viz_json_text(kind.name));
        viz_json_set(channel, "unit", viz_json_text(kind.unit));
        viz_json_set(channel, "usual", json_boolean(kind.usual));
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
    viz_json_set(out, "id", json_integer(stored->id));
    viz_json_set(out, "name", viz_json_text(stream->name));
    viz_json_set(out, "source", text_or_null(stream->source));
    viz_json_set(out, "form", json_string(frames ? "lightwave" : "values"));
    viz_json_set(out, "samples", viz_json_count(stored->samples));
    viz_json_set(out, "segments", viz_json_count(stored->segments));
    viz_json_set(out, "requested_hz",
                 viz_json_real(stream->requested_hz > 0 ? stream->requested_hz : NAN));
    viz_json_set(out, "channels", kinds_json(stream));
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
    viz_json_set(json, "run", ret == 0 ? run_json(&outline.run) : json_null());
    viz_json_set(json, "streams", outline.streams);
    viz_json_set(json, "annotations", outline.annotations);
    if (ret == 0)
        *out = dumped(json);
    else
        json_decref(json);
    viz_run_release(&outline.run);
    return ret;
}
