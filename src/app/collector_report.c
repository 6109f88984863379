/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a collector says of what came. */
#include "collector_state.h"

#include <viz/run_summary.h>
#include <viz/run_text.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What is summarised in a moment; of more, viz show tells. */
#define STATISTICS_LIMIT 1000000
#define STATISTICS_DEVICES 4

static json_t *count(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *delay_json(const struct viz_histogram *delay)
{
    static const struct {
        const char *name;
        double percent;
    } percentiles[] = {{"p50", 50}, {"p99", 99}, {"p999", 99.9}, {"max", 100}};
    json_t *out = json_object();
    for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
        int64_t ns = viz_histogram_percentile(delay, percentiles[i].percent);
        json_object_set_new(out, percentiles[i].name,
                            ns < 0 ? json_null() : json_real((double)ns / 1e6));
    }
    return out;
}

static json_t *source_json(const struct collector *collector, uint32_t index)
{
    const struct viz_net_status *status = viz_net_status(collector->net, index);
    const struct viz_track_counts *track = viz_archive_track(collector->archive, index);
    json_t *out = json_object(), *link = json_object();
    json_object_set_new(out, "source",
                        json_string(collector->config->source[index].text));
    json_object_set_new(out, "frames", count(track->frames));
    json_object_set_new(out, "repeats", count(track->repeats));
    json_object_set_new(out, "copies", count(track->copies));
    json_object_set_new(out, "gaps", count(track->gaps));
    json_object_set_new(out, "missing", count(track->missing));
    json_object_set_new(out, "boots", count(track->boots));
    json_object_set_new(out, "resets", count(track->resets));
    json_object_set_new(out, "not_finite", count(track->not_finite));
#define X(name, help)                                                                  \
    json_object_set_new(link, #name, count(viz_counted(&status->link.name)));
    VIZ_LINK_COUNTS(X)
#undef X
    json_object_set_new(out, "link", link);
    return out;
}

/* What came, for the run and for --json. */
json_t *collector_delivered(const struct collector *collector)
{
    const struct viz_archive_status *status = viz_archive_status(collector->archive);
    json_t *out = json_object(), *sources = json_array();
    int64_t span_ns = collector_measured_ns(collector, collector->end_ns);
    json_object_set_new(out, "elapsed_s", json_real((double)span_ns / 1e9));
#define COUNT(name) json_object_set_new(out, #name, count(viz_counted(&status->name)))
    COUNT(frames);
    COUNT(stored);
    COUNT(bad);
    COUNT(foreign);
    COUNT(beyond);
    COUNT(repeats);
    COUNT(copies);
    COUNT(gaps);
    COUNT(missing);
    COUNT(boots);
    COUNT(resets);
    COUNT(not_finite);
    COUNT(disconnects);
    COUNT(commits);
    COUNT(retries);
#undef COUNT
    json_object_set_new(out, "overflow", count(viz_spool_lost(collector->spool)));
    json_object_set_new(
        out, "unstored",
        count(viz_counted(&status->frames) - viz_counted(&status->stored)));
    json_object_set_new(out, "commit_delay_ms",
                        delay_json(viz_archive_delay(collector->archive)));
    for (uint32_t i = 0; i < collector->config->sources; i++)
        json_array_append_new(sources, source_json(collector, i));
    json_object_set_new(out, "sources", sources);
    return out;
}

int collector_write_json(const struct collector *collector, json_t *delivered,
                         struct viz_error *err)
{
    const char *path = collector->config->json;
    if (!path)
        return 0;
    json_t *out = json_object();
    json_object_set_new(out, "run", json_integer(collector->run));
    json_object_set_new(out, "name", json_string(collector->config->run_name));
    json_object_set_new(out, "db", json_string(collector->where));
    json_object_update(out, delivered);
    if (!strcmp(path, "-"))
        path = "/dev/stdout";
    int failed = json_dump_file(out, path, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    json_decref(out);
    return failed ? viz_fail(err, -EIO, "%s could not be written", path) : 0;
}

static void line(const struct collector *collector, const char *text)
{
    if (collector->io->line)
        collector->io->line(collector->io->context, text);
}

void collector_summarise(const struct collector *collector)
{
    const struct viz_archive_status *status = viz_archive_status(collector->archive);
    char text[8192];
    double seconds = (double)collector_measured_ns(collector, collector->end_ns) / 1e9;
    uint64_t frames = viz_counted(&status->frames);
    uint64_t missing = viz_counted(&status->missing);
    snprintf(text, sizeof(text),
             "run %lld \"%s\": %llu frames stored of %llu received in %.1f s, from %u "
             "device%s, in %s",
             (long long)collector->run, collector->config->run_name,
             (unsigned long long)viz_counted(&status->stored),
             (unsigned long long)frames, seconds, collector->config->sources,
             collector->config->sources == 1 ? "" : "s", collector->where);
    line(collector, text);
    snprintf(text, sizeof(text),
             "  missing %llu (%.2f %%) in %llu gaps, repeats %llu, unreadable %llu, "
             "other messages %llu, not a number %llu, boots %llu, connections lost "
             "%llu, no room %llu",
             (unsigned long long)missing,
             frames + missing ? 100.0 * (double)missing / (double)(frames + missing)
                              : 0,
             (unsigned long long)viz_counted(&status->gaps),
             (unsigned long long)viz_counted(&status->repeats),
             (unsigned long long)viz_counted(&status->bad),
             (unsigned long long)viz_counted(&status->foreign),
             (unsigned long long)viz_counted(&status->not_finite),
             (unsigned long long)viz_counted(&status->boots),
             (unsigned long long)viz_counted(&status->disconnects),
             (unsigned long long)viz_spool_lost(collector->spool));
    line(collector, text);
}

void collector_statistics(const struct collector *collector)
{
    const struct viz_archive_status *status = viz_archive_status(collector->archive);
    uint64_t stored = viz_counted(&status->stored);
    struct viz_run_summary *summary;
    if (!stored || stored > STATISTICS_LIMIT ||
        collector->config->sources > STATISTICS_DEVICES || !collector->io->line)
        return;
    if (viz_run_summary_create(collector->store, collector->run,
                               &(struct viz_run_summary_params){0}, &summary, NULL) < 0)
        return;
    for (uint32_t i = 0; i < summary->streams; i++)
        viz_run_text_stream(summary, i, collector->io->line, collector->io->context);
    viz_run_summary_destroy(summary);
}

void collector_note_states(struct collector *collector)
{
    const struct viz_link_status *link = &viz_net_status(collector->net, 0)->link;
    collector->link_state = atomic_load_explicit(&link->state, memory_order_relaxed);
    collector->subscribed =
        atomic_load_explicit(&link->subscribed, memory_order_relaxed) != 0;
}

/* The last notice without the name of its source, where it is the one that is named. */
static const char *last_news(const struct collector *collector)
{
    const char *source = collector->config->source[0].text;
    const char *news = collector->last_notice;
    size_t length = strlen(source);
    bool same = !strncmp(news, source, length) && !strncmp(news + length, ": ", 2);
    return same ? news + length + 2 : news;
}

int collector_fail_empty(const struct collector *collector, struct viz_error *err)
{
    static const char *const stands[] = {
        [VIZ_LINK_IDLE] = "it was not asked",
        [VIZ_LINK_RESOLVING] = "its address is still being looked up",
        [VIZ_LINK_CONNECTING] = "it does not answer",
        [VIZ_LINK_GREETING] = "it has not answered the WebSocket handshake",
        [VIZ_LINK_OPEN] = "it is connected, and not subscribed",
        [VIZ_LINK_WAITING] = "there is no connection",
        [VIZ_LINK_STOPPED] = "it is not tried again",
    };
    const char *where = collector->link_state == VIZ_LINK_OPEN && collector->subscribed
                            ? "it is subscribed, and silent"
                            : stands[collector->link_state];
    return viz_fail(err, -ENODATA, "%s: not one frame in %.1f s: %s%s%.300s",
                    collector->config->source[0].text,
                    (double)(collector->end_ns - collector->begin_ns) / 1e9, where,
                    *collector->last_notice ? "; the last news: " : "",
                    last_news(collector));
}
