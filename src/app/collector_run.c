/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The collector's run in the store: how it begins and how it ends. */
#include "collector_state.h"

#include <viz/alloc.h>
#include <viz/provenance.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_NS (VIZ_STORE_PATIENCE_MS * INT64_C(1000000))
#define TRY_MS 200 /* between two looks whether the user still wants it */

static char *requested_json(const struct viz_collect_config *config)
{
    json_t *out = json_object(), *sources = json_array();
    for (uint32_t i = 0; i < config->sources; i++)
        json_array_append_new(sources, json_string(config->source[i].text));
    json_object_set_new(out, "sources", sources);
    json_object_set_new(out, "duration_s",
                        config->duration_s > 0 ? json_real(config->duration_s)
                                               : json_null());
    json_object_set_new(out, "max_samples",
                        config->max_samples
                            ? json_integer((json_int_t)config->max_samples)
                            : json_null());
    char *text = json_dumps(out, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(out);
    return text;
}

/* "lightwaveos.local:80", and the path where it is not the usual one. */
static void name_source(const struct viz_source *source, char *out, size_t size)
{
    bool brackets = strchr(source->host, ':') != NULL;
    snprintf(out, size, "%s%s%s:%u%s", brackets ? "[" : "", source->host,
             brackets ? "]" : "", source->port,
             strcmp(source->path, "/ws") ? source->path : "");
}

static void join_hosts(const struct viz_collect_config *config, char *out, size_t size)
{
    size_t used = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < config->sources && used + 1 < size; i++) {
        char name[320];
        name_source(&config->source[i], name, sizeof(name));
        int n = snprintf(out + used, size - used, "%s%s", i ? "," : "", name);
        used += n > 0 ? (size_t)n : 0;
    }
}

static int insert_run(struct collector *collector, struct viz_error *err)
{
    const struct viz_collect_config *config = collector->config;
    static const size_t room = 65536;
    const char *tag[VIZ_MAX_TAGS];
    char *tags = strdup(config->tags ? config->tags : "");
    char *machine = viz_provenance_machine(), *requested = requested_json(config);
    char *flags = viz_zalloc(room), *hosts = viz_zalloc(room);
    viz_provenance_flags(config->argc, config->argv, flags, room);
    join_hosts(config, hosts, room);
    struct viz_run_new run = {
        .name = config->run_name,
        .description = config->description,
        .origin = "device",
        .host = hosts,
        .firmware = config->firmware,
        .machine = machine,
        .flags = flags,
        .requested = requested,
        .tags = tag,
        .tag_count = viz_provenance_tags(tags, tag),
        .started_ns = collector->started_ns,
    };
    int ret = viz_store_begin_run(collector->store, &run, &collector->run, err);
    free(tags);
    free(machine);
    free(requested);
    free(flags);
    free(hosts);
    return ret;
}

static int add_streams(struct collector *collector, struct viz_error *err)
{
    const struct viz_collect_config *config = collector->config;
    int ret = 0;
    collector->stream = viz_zalloc(config->sources * sizeof(collector->stream[0]));
    for (uint32_t i = 0; ret == 0 && i < config->sources; i++) {
        char name[320];
        name_source(&config->source[i], name, sizeof(name));
        struct viz_run_stream stream = {
            .name = name,
            .source = config->source[i].text,
            .form = VIZ_FORM_LIGHTWAVE,
            .requested_hz = 10,
        };
        ret = viz_store_add_stream(collector->store, collector->run, &stream,
                                   &collector->stream[i], err);
    }
    return ret;
}

/* Waits for another writer, but not longer than the user does. */
static int begin(struct collector *collector, struct viz_error *err)
{
    int64_t limit_ns = viz_clock_now(collector->clock) + BEGIN_NS;
    int ret;
    viz_store_set_patience(collector->store, TRY_MS);
    do {
        ret = viz_store_begin(collector->store, err);
    } while (ret == -EBUSY && !*collector->io->stop &&
             viz_clock_now(collector->clock) < limit_ns);
    viz_store_set_patience(collector->store, VIZ_STORE_PATIENCE_MS);
    return ret;
}

/* In one transaction: a run that cannot begin leaves nothing behind. */
int collector_begin_run(struct collector *collector, struct viz_error *err)
{
    int ret = begin(collector, err);
    if (ret < 0)
        return ret;
    ret = insert_run(collector, err);
    if (ret == 0)
        ret = add_streams(collector, err);
    if (ret == 0)
        ret = viz_store_commit(collector->store, err);
    if (ret < 0)
        viz_store_rollback(collector->store);
    return ret;
}

int collector_end_run(struct collector *collector, enum ending ending,
                      struct viz_error *err)
{
    json_t *delivered = collector_delivered(collector);
    char *text = json_dumps(delivered, JSON_COMPACT | JSON_PRESERVE_ORDER);
    int64_t ended_ns =
        collector->started_ns + (collector->end_ns - collector->started_clock_ns);
    bool whole = ending == ENDED_AS_ASKED && collector->store_code == 0;
    int ret = viz_store_end_run(collector->store, collector->run,
                                whole ? VIZ_RUN_COMPLETE : VIZ_RUN_INTERRUPTED,
                                ended_ns, text, err);
    struct viz_error late;
    int written = collector_write_json(collector, delivered, &late);
    if (ret == 0 && written < 0)
        ret = viz_fail(err, written, "%s", late.text);
    free(text);
    json_decref(delivered);
    return ret;
}
