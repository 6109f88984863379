/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a collector says of what came. */
#include "collector_state.h"

#include "json.h"

#include <viz/run_summary.h>
#include <viz/run_text.h>
#include <viz/text.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is summarised in a moment; of more, viz show tells. */
#define STATISTICS_LIMIT 1000000
#define STATISTICS_DEVICES 4

#define SILENCE_S 1.0 /* ten frames */

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

uint64_t collector_received(const struct collector *collector)
{
    uint64_t received = 0;
    for (uint32_t i = 0; i < collector->config->sources; i++)
        received += viz_counted(&collector->status[i]->link.messages);
    return received;
}

/* Messages longer than any frame: they never reach the spool. */
static uint64_t oversized(const struct collector *collector)
{
    uint64_t messages = 0;
    for (uint32_t i = 0; i < collector->config->sources; i++)
        messages += viz_counted(&collector->status[i]->wire.oversized);
    return messages;
}

/* What came and is not stored although it should be. */
static uint64_t unstored(const struct collector *collector)
{
    const struct viz_archive_status *status = viz_archive_status(collector->archive);
    return viz_counted(&status->frames) - viz_counted(&status->stored);
}

/* Whether every message that came is stored or named. */
static bool is_accounted(const struct collector *collector)
{
    const struct viz_archive_status *status = viz_archive_status(collector->archive);
    return collector_received(collector) ==
           viz_counted(&status->frames) + viz_counted(&status->bad) +
               viz_counted(&status->foreign) + viz_counted(&status->beyond) +
               viz_spool_lost(collector->spool) + oversized(collector);
}

/* From the newest frame of a device to the end of the run: what is missing there leaves no
 * gap. NaN: it sent none. */
static double silence_s(const struct collector *collector, uint32_t index)
{
    int64_t newest_ns = viz_archive_newest_ns(collector->archive, index);
    return newest_ns ? (double)(collector->end_ns - newest_ns) / 1e9 : NAN;
}

static json_t *source_json(const struct collector *collector, uint32_t index)
{
    const struct viz_net_status *status = collector->status[index];
    const struct viz_track_counts *track = viz_archive_track(collector->archive, index);
    json_t *out = json_object(), *link = json_object();
    json_object_set_new(out, "source",
                        json_string(collector->config->source[index].text));
    json_object_set_new(out, "frames", viz_json_count(track->frames));
    json_object_set_new(out, "repeats", viz_json_count(track->repeats));
    json_object_set_new(out, "copies", viz_json_count(track->copies));
    json_object_set_new(out, "gaps", viz_json_count(track->gaps));
    json_object_set_new(out, "missing", viz_json_count(track->missing));
    json_object_set_new(out, "silence_s", viz_json_real(silence_s(collector, index)));
    json_object_set_new(
        out, "offline_s",
        json_real((double)viz_archive_offline_ns(collector->archive, index) / 1e9));
    json_object_set_new(out, "boots", viz_json_count(track->boots));
    json_object_set_new(out, "resets", viz_json_count(track->resets));
    json_object_set_new(out, "not_finite", viz_json_count(track->not_finite));
    json_object_set_new(out, "oversized",
                        viz_json_count(viz_counted(&status->wire.oversized)));
#define X(name, help)                                                                  \
    json_object_set_new(link, #name, viz_json_count(viz_counted(&status->link.name)));
    VIZ_LINK_COUNTS(X)
#undef X
    json_object_set_new(out, "link", link);
    return out;
}

/* From the first frame to the end; NaN: there was none. */
static double elapsed_s(const struct collector *collector)
{
    int64_t ns = collector_measured_ns(collector, collector->end_ns);
    return collector->first_ns ? (double)ns / 1e9 : NAN;
}

json_t *collector_delivered(const struct collector *collector)
{
    const struct viz_archive_status *status = viz_archive_status(collector->archive);
    json_t *out = json_object(), *sources = json_array();
    json_object_set_new(out, "elapsed_s", viz_json_real(elapsed_s(collector)));
    json_object_set_new(out, "received", viz_json_count(collector_received(collector)));
#define COUNT(name)                                                                    \
    json_object_set_new(out, #name, viz_json_count(viz_counted(&status->name)))
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
    json_object_set_new(out, "oversized", viz_json_count(oversized(collector)));
    json_object_set_new(out, "overflow",
                        viz_json_count(viz_spool_lost(collector->spool)));
    json_object_set_new(out, "unstored", viz_json_count(unstored(collector)));
    json_object_set_new(out, "accounted", json_boolean(is_accounted(collector)));
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
    json_object_set_new(out, "name", viz_json_text(collector->config->run_name));
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

/* What is not in the run, cause by cause; only what there is. */
static void list_losses(const struct collector *collector, char *out, size_t size)
{
    const struct viz_archive_status *status = viz_archive_status(collector->archive);
    const struct {
        uint64_t count;
        const char *what;
    } causes[] = {
        {viz_counted(&status->bad), "unreadable"},
        {oversized(collector), "too long"},
        {viz_counted(&status->foreign), "of other streams"},
        {viz_counted(&status->beyond), "beyond --max-samples"},
        {viz_spool_lost(collector->spool), "without room in memory"},
        {unstored(collector), "that the store did not take"},
    };
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (!causes[i].count || used >= size)
            continue;
        int n = snprintf(out + used, size - used, "%s%llu %s", used ? ", " : "",
                         (unsigned long long)causes[i].count, causes[i].what);
        used += n > 0 ? (size_t)n : 0;
    }
    if (!used)
        snprintf(out, size, "nothing");
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static bool is_absent(const struct collector *collector, uint32_t index)
{
    return !viz_archive_newest_ns(collector->archive, index);
}

/* Devices that had fallen silent before the end. */
static void tell_silence(const struct collector *collector)
{
    char text[256];
    uint32_t silent = 0, last = 0;
    for (uint32_t i = 0; i < collector->config->sources; i++) {
        if (is_absent(collector, i) || silence_s(collector, i) < SILENCE_S)
            continue;
        silent++;
        last = i;
    }
    if (silent == 1)
        snprintf(text, sizeof(text),
                 "  silent    %.160s, for the last %.1f s: that is no part of missing",
                 collector->config->source[last].text, silence_s(collector, last));
    else if (silent)
        snprintf(text, sizeof(text), "  silent    %u of %u devices at the end", silent,
                 collector->config->sources);
    if (silent)
        line(collector, text);
}

/* Devices that sent nothing at all while others did. */
static void tell_absent(const struct collector *collector)
{
    char text[256];
    uint32_t absent = 0, first = 0;
    for (uint32_t i = collector->config->sources; i-- > 0;)
        if (is_absent(collector, i)) {
            absent++;
            first = i;
        }
    if (absent)
        snprintf(text, sizeof(text),
                 "  absent    %u of %u devices sent nothing: %.160s%s", absent,
                 collector->config->sources, collector->config->source[first].text,
                 absent > 1 ? " and others" : "");
    if (absent)
        line(collector, text);
}

/* A device's first boot is none that was seen. */
static uint64_t reboots(const struct collector *collector)
{
    uint64_t boots = 0;
    for (uint32_t i = 0; i < collector->config->sources; i++) {
        const struct viz_track_counts *track = viz_archive_track(collector->archive, i);
        boots += track->boots > 1 ? track->boots - 1 : 0;
    }
    return boots;
}

/* Time for which devices were away after they had been there. */
static void tell_offline(const struct collector *collector)
{
    int64_t ns = 0;
    char text[256], span[32];
    for (uint32_t i = 0; i < collector->config->sources; i++)
        ns += viz_archive_offline_ns(collector->archive, i);
    if (!ns)
        return;
    double whole = (double)collector_measured_ns(collector, collector->end_ns) *
                   collector->config->sources;
    viz_text_duration(span, sizeof(span), ns);
    snprintf(text, sizeof(text),
             "  offline   %s (%.1f %%): what was not sent then is no part of missing",
             span, whole > 0 ? 100 * (double)ns / whole : 100);
    line(collector, text);
}

static void tell_missing(const struct collector *collector)
{
    const struct viz_archive_status *status = viz_archive_status(collector->archive);
    uint64_t missing = viz_counted(&status->missing), gaps = viz_counted(&status->gaps);
    uint64_t sent =
        viz_counted(&status->frames) - viz_counted(&status->copies) + missing;
    uint64_t boots = reboots(collector);
    uint64_t ends = viz_counted(&status->disconnects);
    char text[256];
    snprintf(
        text, sizeof(text),
        "  missing   %llu (%.2f %%) in %llu gap%s; %llu reboot%s, %llu connection%s "
        "lost; %llu repeats, %llu with no number",
        (unsigned long long)missing, 100.0 * (double)missing / (double)sent,
        (unsigned long long)gaps, plural(gaps), (unsigned long long)boots,
        plural(boots), (unsigned long long)ends, plural(ends),
        (unsigned long long)viz_counted(&status->repeats),
        (unsigned long long)viz_counted(&status->not_finite));
    line(collector, text);
}

void collector_summarise(const struct collector *collector)
{
    const struct viz_archive_status *status = viz_archive_status(collector->archive);
    char text[8192], losses[256], name[256];
    int64_t span_ns = collector->first_ns
                          ? collector_measured_ns(collector, collector->end_ns)
                          : collector->end_ns - collector->begin_ns;
    viz_text_visible(name, sizeof(name), collector->config->run_name);
    snprintf(text, sizeof(text),
             "run %lld \"%s\": %llu frames stored of %llu messages received in %.1f s, "
             "from %u device%s, in %s",
             (long long)collector->run, name,
             (unsigned long long)viz_counted(&status->stored),
             (unsigned long long)collector_received(collector), (double)span_ns / 1e9,
             collector->config->sources, plural(collector->config->sources),
             collector->where);
    line(collector, text);
    if (!collector_received(collector))
        return;
    list_losses(collector, losses, sizeof(losses));
    snprintf(text, sizeof(text), "  left out  %s", losses);
    line(collector, text);
    if (!viz_counted(&status->frames))
        return;
    tell_missing(collector);
    tell_offline(collector);
    tell_silence(collector);
    tell_absent(collector);
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
        if (!is_absent(collector, i)) /* they are in the order of the devices */
            viz_run_text_stream(summary, i, collector->io->line,
                                collector->io->context);
    viz_run_summary_destroy(summary);
}

void collector_note_states(struct collector *collector)
{
    const struct viz_link_status *link = &collector->status[0]->link;
    collector->link_state = atomic_load_explicit(&link->state, memory_order_relaxed);
    collector->subscribed =
        atomic_load_explicit(&link->subscribed, memory_order_relaxed) != 0;
}

/* The last notice without the name of its source, where it is the one that is named, and
 * without what will not come any more. */
static void last_news(const struct collector *collector, char *out, size_t size)
{
    static const char *const promises[] = {
        ": trying again in ", ": connecting again in ", ": asking again in "};
    const char *source = collector->config->source[0].text;
    const char *news = collector->last_notice;
    size_t length = strlen(source);
    bool same = !strncmp(news, source, length) && !strncmp(news + length, ": ", 2);
    snprintf(out, size, "%s", same ? news + length + 2 : news);
    for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
        char *promise = strstr(out, promises[i]);
        if (promise)
            *promise = 0;
    }
}

/* Where the first device stood; what was said last tells more than a state between two
 * attempts. */
static const char *standing(const struct collector *collector, const char *news)
{
    switch ((enum viz_link_state)collector->link_state) {
    case VIZ_LINK_OPEN:
        return collector->subscribed
                   ? "it is subscribed, and silent (is the benchmark built into its "
                     "firmware?)"
               : *news ? news
                       : "it is connected, and not subscribed";
    case VIZ_LINK_GREETING:
        return "it does not answer the WebSocket handshake";
    case VIZ_LINK_RESOLVING:
        return *news ? news : "its address is still being looked up";
    case VIZ_LINK_IDLE:
    case VIZ_LINK_CONNECTING:
    case VIZ_LINK_WAITING:
    case VIZ_LINK_STOPPED:
        break;
    }
    return *news ? news : "it does not answer";
}

int collector_fail_empty(const struct collector *collector, enum ending ending,
                         struct viz_error *err)
{
    double seconds = (double)(collector->end_ns - collector->begin_ns) / 1e9;
    char news[VIZ_ERROR_TEXT];
    last_news(collector, news, sizeof(news));
    if (ending == ENDED_WITHOUT_DATA)
        return viz_fail(err, -ENODATA, "%s: not one frame in %.1f s: %.300s",
                        collector->config->source[0].text, seconds,
                        standing(collector, news));
    return viz_fail(err, -ENODATA, "ended after %.1f s, before the first frame",
                    seconds);
}
