/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/exporter.h>

#include "export_row.h"

#include <viz/alloc.h>
#include <viz/timestamp.h>

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

struct exporter {
    const struct viz_export_params *params;
    struct viz_export_out *out;
    struct viz_export_table table;
    bool first; /* of a list in JSON */
};

static void put(struct exporter *exporter, const char *text)
{
    if (exporter->params->json)
        viz_export_string(exporter->out, text);
}

static void put_text(struct exporter *exporter, const char *key, const char *text)
{
    char *json = viz_export_json_text(text);
    put(exporter, key);
    put(exporter, json);
    free(json);
}

static void put_int(struct exporter *exporter, const char *key, int64_t value)
{
    put(exporter, key);
    if (exporter->params->json)
        viz_export_int(exporter->out, value);
}

static void put_time(struct exporter *exporter, const char *key, int64_t ns)
{
    char text[VIZ_TIMESTAMP_TEXT + 1] = "";
    viz_timestamp_format(ns, text);
    if (ns)
        put_text(exporter, key, text);
    else {
        put(exporter, key);
        put(exporter, "null");
    }
}

/* What was stored as JSON stays JSON. */
static void put_document(struct exporter *exporter, const char *key, const char *text)
{
    json_t *document = *text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    char *clean =
        document ? json_dumps(document, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (clean || !*text) {
        put(exporter, key);
        put(exporter, clean ? clean : "null");
    } else {
        put_text(exporter, key, text);
    }
    free(clean);
    json_decref(document);
}

static void put_tags(struct exporter *exporter, const char *tags)
{
    const char *before = "";
    put(exporter, ",\"tags\":[");
    while (*tags) {
        size_t size = strcspn(tags, ",");
        char *tag = strndup(tags, size);
        if (size && tag) {
            put_text(exporter, before, tag);
            before = ",";
        }
        free(tag);
        tags += size + (tags[size] == ',');
    }
    put(exporter, "]");
}

static int put_run(void *context, const struct viz_run *run)
{
    static const char *const states[] = {"recording", "complete", "interrupted"};
    struct exporter *exporter = context;
    exporter->table.started_ns = run->started_ns;
    put_int(exporter, "{\"viz_export\":", 1);
    put_int(exporter, ",\n\"run\":{\"id\":", run->id);
    put_text(exporter, ",\"uuid\":", run->uuid);
    put_text(exporter, ",\"name\":", run->name);
    put_text(exporter, ",\"description\":", run->description);
    put_text(exporter, ",\"origin\":", run->origin);
    put_text(exporter, ",\"host\":", run->host);
    put_text(exporter, ",\"firmware\":", run->firmware);
    put_tags(exporter, run->tags);
    put_text(exporter, ",\"state\":", states[run->state]);
    put_time(exporter, ",\"started_utc\":", run->started_ns);
    put_time(exporter, ",\"ended_utc\":", run->ended_ns);
    put_int(exporter, ",\"started_ns\":", run->started_ns);
    put_int(exporter, ",\"ended_ns\":", run->ended_ns);
    put_int(exporter, ",\"samples\":", (int64_t)run->samples);
    put_text(exporter, ",\"command\":", run->flags);
    put_document(exporter, ",\"machine\":", run->machine);
    put_document(exporter, ",\"requested\":", run->requested);
    put_document(exporter, ",\"delivered\":", run->delivered);
    put(exporter, "},\n\"streams\":[");
    exporter->first = true;
    return 0;
}

/* Channels of the same name share a column, whichever streams they are of. */
static uint32_t slot_of(struct viz_export_table *table, const char *name)
{
    for (uint32_t i = 0; i < table->slots; i++)
        if (!strcmp(table->slot[i], name))
            return i;
    char **slots = viz_zalloc((table->slots + 1) * sizeof(*slots));
    if (table->slots)
        memcpy(slots, table->slot, table->slots * sizeof(*slots));
    free(table->slot);
    table->slot = slots;
    table->slot[table->slots] = viz_zalloc(strlen(name) + 1);
    memcpy(table->slot[table->slots], name, strlen(name));
    return table->slots++;
}

static void put_stream(struct exporter *exporter,
                       const struct viz_stored_stream *stream)
{
    const struct viz_run_stream *what = &stream->stream;
    bool values = what->form == VIZ_FORM_VALUES;
    put_text(exporter, exporter->first ? "\n{\"name\":" : ",\n{\"name\":", what->name);
    put_text(exporter, ",\"source\":", what->source);
    put_text(exporter, ",\"form\":", values ? "values" : "lightwave");
    put(exporter, ",\"requested_hz\":");
    if (exporter->params->json && what->requested_hz > 0 &&
        isfinite(what->requested_hz))
        exporter->out->used += viz_number_format_double(
            what->requested_hz, viz_export_field(exporter->out));
    else
        put(exporter, "null");
    put_int(exporter, ",\"samples\":", (int64_t)stream->samples);
    put_int(exporter, ",\"segments\":", stream->segments);
    put(exporter, ",\"channels\":[");
    for (uint32_t i = 0; values && i < what->channels; i++) {
        put_text(exporter, i ? ",{\"name\":" : "{\"name\":", what->channel[i].name);
        put_text(exporter,
                 ",\"unit\":", what->channel[i].unit ? what->channel[i].unit : "");
        put(exporter, "}");
    }
    put(exporter, "]}");
    exporter->first = false;
}

static int add_stream(void *context, const struct viz_stored_stream *stream)
{
    struct exporter *exporter = context;
    struct viz_export_table *table = &exporter->table;
    struct viz_export_stream *streams =
        viz_zalloc((table->streams + 1) * sizeof(*streams));
    if (table->streams)
        memcpy(streams, table->stream, table->streams * sizeof(*streams));
    free(table->stream);
    table->stream = streams;
    struct viz_export_stream *added = &streams[table->streams++];
    added->id = stream->id;
    added->form = stream->stream.form;
    added->name = table->json ? viz_export_json_text(stream->stream.name)
                              : viz_export_csv_text(stream->stream.name);
    if (added->form == VIZ_FORM_VALUES) {
        added->channels = stream->stream.channels;
        added->slot = viz_zalloc((added->channels + 1) * sizeof(*added->slot));
        for (uint32_t i = 0; i < added->channels; i++)
            added->slot[i] = slot_of(table, stream->stream.channel[i].name);
    }
    put_stream(exporter, stream);
    return 0;
}

static const char *stream_name(const struct exporter *exporter, int64_t id)
{
    for (uint32_t i = 0; i < exporter->table.streams; i++)
        if (exporter->table.stream[i].id == id)
            return exporter->table.stream[i].name;
    return "null";
}

static int put_segment(void *context, const struct viz_stored_segment *segment)
{
    struct exporter *exporter = context;
    put(exporter, exporter->first ? "\n{\"stream\":" : ",\n{\"stream\":");
    put(exporter, stream_name(exporter, segment->stream));
    put_text(exporter, ",\"reason\":", segment->reason);
    put_time(exporter, ",\"started_utc\":", segment->started_ns);
    put_int(exporter, ",\"samples\":", (int64_t)segment->samples);
    put(exporter, "}");
    exporter->first = false;
    return 0;
}

static int put_annotation(void *context, const struct viz_annotation *annotation)
{
    struct exporter *exporter = context;
    put(exporter, exporter->first ? "\n{\"stream\":" : ",\n{\"stream\":");
    put(exporter, stream_name(exporter, annotation->stream));
    put_time(exporter, ",\"from_utc\":", annotation->from_ns);
    put_time(exporter, ",\"to_utc\":", annotation->to_ns);
    put_text(exporter, ",\"text\":", annotation->text ? annotation->text : "");
    put_text(exporter, ",\"author\":", annotation->author ? annotation->author : "");
    put(exporter, annotation->exclude ? ",\"exclude\":true}" : ",\"exclude\":false}");
    exporter->first = false;
    return 0;
}

/* Everything before the samples. */
static int put_head(struct exporter *exporter, struct viz_error *err)
{
    const struct viz_export_params *params = exporter->params;
    struct viz_store *store = params->store;
    int ret = viz_store_run(store, params->run, put_run, exporter, err);
    if (ret >= 0)
        ret = viz_store_streams(store, params->run, add_stream, exporter, err);
    viz_export_columns(&exporter->table, params->all);
    viz_export_header(&exporter->table);
    if (ret < 0 || !params->json)
        return ret;
    put(exporter, "],\n\"segments\":[");
    exporter->first = true;
    ret = viz_store_segments(store, params->run, put_segment, exporter, err);
    put(exporter, "],\n\"annotations\":[");
    exporter->first = true;
    if (ret >= 0)
        ret = viz_store_annotations(store, params->run, put_annotation, exporter, err);
    put(exporter, "],\n\"samples\":[\n");
    return ret;
}

static bool stopped(const struct viz_export_params *params)
{
    return params->stop && *params->stop;
}

static int put_samples(struct exporter *exporter, struct viz_error *err)
{
    const struct viz_export_params *params = exporter->params;
    struct viz_cursor *cursor = NULL;
    struct viz_run_sample sample;
    int ret = viz_store_read(params->store, params->run, 0, &cursor, err);
    if (ret < 0)
        return ret;
    while (!exporter->out->failed && !stopped(params) &&
           (ret = viz_cursor_next(cursor, &sample, err)) == 1)
        viz_export_row(&exporter->table, &sample);
    viz_cursor_close(cursor);
    if (stopped(params))
        return viz_fail(err, -EINTR, "stopped before the end");
    return ret < 0 ? ret : 0;
}

int viz_export_run(const struct viz_export_params *params, uint64_t *rows,
                   struct viz_error *err)
{
    struct exporter exporter = {.params = params};
    exporter.out = viz_zalloc(sizeof(*exporter.out));
    exporter.out->fd = params->fd;
    exporter.table.out = exporter.out;
    exporter.table.json = params->json;
    exporter.table.profile = params->profile;
    /* One moment of a run that may be growing: the head speaks of these samples. */
    int ret = viz_store_begin_read(params->store, err);
    if (ret == 0) {
        ret = put_head(&exporter, err);
        if (ret >= 0)
            ret = put_samples(&exporter, err);
        viz_store_rollback(params->store);
    }
    if (ret >= 0) {
        put(&exporter, exporter.table.rows ? "\n]}\n" : "]}\n");
        viz_export_flush(exporter.out);
    }
    if (exporter.out->failed)
        ret = viz_fail(err, -exporter.out->failed, "cannot write the export: %s",
                       strerror(exporter.out->failed));
    *rows = exporter.table.rows;
    viz_export_table_finish(&exporter.table);
    free(exporter.out);
    return ret < 0 ? ret : 0;
}
