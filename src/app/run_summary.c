/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_summary.h>

#include <viz/alloc.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STANDARD_ALPHA 0.2
#define STANDARD_BINS 20

const char *viz_run_state_name(enum viz_run_state state)
{
    static const char *const names[] = {"recording", "complete", "interrupted"};
    return names[state];
}

static int64_t run_end_ns(const struct viz_run *run)
{
    return run->ended_ns ? run->ended_ns : run->seen_ns;
}

double viz_run_duration_s(const struct viz_run *run)
{
    int64_t end_ns = run_end_ns(run);
    if (!end_ns)
        return NAN;
    /* The time of day may have been set back meanwhile. */
    return end_ns > run->started_ns ? (double)(end_ns - run->started_ns) / 1e9 : 0;
}

static char *copy(const char *text)
{
    size_t size = strlen(text ? text : "") + 1;
    char *out = viz_zalloc(size);
    memcpy(out, text ? text : "", size);
    return out;
}

#define RUN_TEXTS(X)                                                                   \
    X(uuid)                                                                            \
    X(name)                                                                            \
    X(description)                                                                     \
    X(origin)                                                                          \
    X(host)                                                                            \
    X(firmware)                                                                        \
    X(machine)                                                                         \
    X(flags)                                                                           \
    X(requested)                                                                       \
    X(delivered)                                                                       \
    X(tags)

void viz_run_copy(struct viz_run *out, const struct viz_run *run)
{
    *out = *run;
#define X(name) out->name = copy(run->name);
    RUN_TEXTS(X)
#undef X
}

void viz_run_release(struct viz_run *run)
{
#define X(name) free((char *)run->name);
    RUN_TEXTS(X)
#undef X
}

static int take_run(void *context, const struct viz_run *run)
{
    struct viz_run_summary *summary = context;
    viz_run_copy(&summary->run, run);
    summary->duration_s = viz_run_duration_s(run);
    return 0;
}

/* @array with room for one more than its @count elements of @size bytes. */
static void *grown(void *array, uint32_t count, size_t size)
{
    void *out = viz_zalloc((count + 1) * size);
    if (count)
        memcpy(out, array, count * size);
    free(array);
    return out;
}

static int take_stream(void *context, const struct viz_stored_stream *stored)
{
    struct viz_run_summary *summary = context;
    const struct viz_tally_params params = {
        .stream = &stored->stream,
        .alpha = summary->params.alpha,
        .bins = summary->params.bins,
        .metric = summary->params.metric,
    };
    struct viz_tally *tally = viz_tally_create(&params);
    if (!tally)
        return 0;
    struct viz_run_stream_summary *stream;
    summary->stream = grown(summary->stream, summary->streams, sizeof(*stream));
    stream = &summary->stream[summary->streams++];
    stream->id = stored->id;
    stream->name = copy(stored->stream.name);
    stream->source = copy(stored->stream.source);
    stream->requested_hz = stored->stream.requested_hz;
    stream->segments = stored->segments;
    stream->tally = tally;
    return 0;
}

static int take_annotation(void *context, const struct viz_annotation *annotation)
{
    struct viz_run_summary *summary = context;
    struct viz_annotation *own;
    summary->annotation =
        grown(summary->annotation, summary->annotations, sizeof(*own));
    own = &summary->annotation[summary->annotations++];
    *own = *annotation;
    own->text = copy(annotation->text);
    own->author = copy(annotation->author);
    return 0;
}

static bool is_excluded(const struct viz_run_summary *summary,
                        const struct viz_run_sample *sample)
{
    for (uint32_t i = 0; i < summary->annotations; i++) {
        const struct viz_annotation *a = &summary->annotation[i];
        if (a->exclude && (!a->stream || a->stream == sample->stream) &&
            sample->host_ns >= a->from_ns && sample->host_ns < a->to_ns)
            return true;
    }
    return false;
}

static struct viz_tally *tally_of(const struct viz_run_summary *summary, int64_t stream)
{
    for (uint32_t i = 0; i < summary->streams; i++)
        if (summary->stream[i].id == stream)
            return summary->stream[i].tally;
    return NULL;
}

/* What its samples and the run say together. Without samples there is nothing to say. */
static void finish_stream(const struct viz_run *run,
                          struct viz_run_stream_summary *stream)
{
    const struct viz_stream_figures *figures = &stream->figures;
    double run_s = viz_run_duration_s(run), silence_s;
    viz_tally_figures(stream->tally, &stream->figures);
    stream->silence_s = stream->silence_samples = stream->delivered_run_hz = NAN;
    if (!figures->samples || !(run_s > 0))
        return;
    silence_s = (double)(run_end_ns(run) - figures->newest_ns) / 1e9;
    stream->silence_s = silence_s > 0 ? silence_s : 0;
    stream->silence_samples = floor(stream->silence_s / figures->period_s);
    stream->delivered_run_hz = (double)figures->samples / run_s;
}

/* Once through all samples. */
static int take_samples(struct viz_run_summary *summary, struct viz_store *store,
                        struct viz_error *err)
{
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    int ret = viz_store_read(store, summary->run.id, 0, &cursor, err);
    if (ret < 0)
        return ret;
    while ((ret = viz_cursor_next(cursor, &sample, err)) > 0) {
        struct viz_tally *tally = tally_of(summary, sample.stream);
        if (tally)
            viz_tally_add(tally, &sample, is_excluded(summary, &sample));
    }
    viz_cursor_close(cursor);
    for (uint32_t i = 0; i < summary->streams; i++)
        finish_stream(&summary->run, &summary->stream[i]);
    return ret;
}

/* The channels that there are, each once, as far as they fit. */
struct names {
    char text[VIZ_ERROR_TEXT / 2];
    size_t used;
};

static int take_names(void *context, const struct viz_stored_stream *stored)
{
    struct names *names = context;
    const char *name;
    for (uint32_t i = 0; (name = viz_tally_channel(&stored->stream, i)); i++) {
        char item[80];
        snprintf(item, sizeof(item), "%s, ", name);
        size_t length = strlen(item);
        if (strstr(names->text, item) || names->used + length >= sizeof(names->text))
            continue;
        memcpy(names->text + names->used, item, length + 1);
        names->used += length;
    }
    return 0;
}

static int refuse_metric(const struct viz_run_summary *summary, struct viz_store *store,
                         struct viz_error *err)
{
    struct names names = {.used = 0};
    int ret = viz_store_streams(store, summary->run.id, take_names, &names, err);
    if (ret < 0)
        return ret;
    if (!names.used)
        return viz_fail(err, -EINVAL, "run %lld has no channel, and so no %s",
                        (long long)summary->run.id, summary->metric);
    names.text[names.used - 2] = '\0'; /* the last comma */
    return viz_fail(err, -EINVAL, "run %lld has no channel %s; it has %s",
                    (long long)summary->run.id, summary->metric, names.text);
}

static void set_params(struct viz_run_summary *summary,
                       const struct viz_run_summary_params *params)
{
    summary->params = *params;
    if (summary->params.alpha == 0)
        summary->params.alpha = STANDARD_ALPHA;
    if (summary->params.bins == 0)
        summary->params.bins = STANDARD_BINS;
    if (params->metric)
        summary->params.metric = summary->metric = copy(params->metric);
}

static int fill(struct viz_run_summary *summary, struct viz_store *store, int64_t run,
                struct viz_error *err)
{
    int ret = viz_store_run(store, run, take_run, summary, err);
    if (ret == 0)
        ret = viz_store_streams(store, run, take_stream, summary, err);
    if (ret == 0)
        ret = viz_store_annotations(store, run, take_annotation, summary, err);
    if (ret < 0)
        return ret;
    if (summary->metric && !summary->streams)
        return refuse_metric(summary, store, err);
    return take_samples(summary, store, err);
}

int viz_run_summary_create(struct viz_store *store, int64_t run,
                           const struct viz_run_summary_params *params,
                           struct viz_run_summary **out, struct viz_error *err)
{
    struct viz_run_summary *summary = viz_zalloc(sizeof(*summary));
    set_params(summary, params);
    /* One moment of a run that may be growing. */
    int ret = viz_store_begin_read(store, err);
    if (ret == 0) {
        ret = fill(summary, store, run, err);
        viz_store_rollback(store);
    }
    if (ret < 0)
        viz_run_summary_destroy(summary);
    else
        *out = summary;
    return ret < 0 ? ret : 0;
}

void viz_run_summary_destroy(struct viz_run_summary *summary)
{
    if (!summary)
        return;
    for (uint32_t i = 0; i < summary->streams; i++) {
        viz_tally_destroy(summary->stream[i].tally);
        free((char *)summary->stream[i].name);
        free((char *)summary->stream[i].source);
    }
    for (uint32_t i = 0; i < summary->annotations; i++) {
        free((char *)summary->annotation[i].text);
        free((char *)summary->annotation[i].author);
    }
    viz_run_release(&summary->run);
    free(summary->stream);
    free(summary->annotation);
    free(summary->metric);
    free(summary);
}
