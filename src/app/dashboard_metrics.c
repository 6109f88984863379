/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dashboard_state.h"

#include "json.h"

#include <viz/alloc.h>
#include <viz/ledger.h>
#include <viz/version.h>

#include <jansson.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- /api/health ---- */

static json_t *describe_store(const struct dashboard *dashboard,
                              const struct viz_api_found *found)
{
    int code = found->code;
    const char *slash = strrchr(dashboard->db, '/');
    json_t *error = code ? json_string(found->sentence) : json_null();
    int version = atomic_load_explicit(&dashboard->store_version, memory_order_relaxed);
    json_int_t runs =
        (json_int_t)atomic_load_explicit(&dashboard->store_runs, memory_order_relaxed);
    return json_pack(
        "{s:s, s:b, s:o, s:o, s:o}", "path", slash ? slash + 1 : dashboard->db, "open",
        !code, "version", code || !version ? json_null() : json_integer(version),
        "runs", code || runs < 0 ? json_null() : json_integer(runs), "error", error);
}

static json_t *describe_live(const struct dashboard *dashboard, int64_t now_ns)
{
    struct viz_live_figures figures;
    if (!dashboard->live)
        return json_null();
    viz_live_figures(dashboard->live, now_ns, &figures);
    bool is_told = figures.loss_known || figures.ledger.lost;
    return json_pack("{s:i, s:i, s:I, s:o, s:b, s:b, s:b}", "clients",
                     (int)figures.clients, "streams", (int)figures.streams, "samples",
                     (json_int_t)figures.ledger.received, "lost",
                     is_told ? viz_json_count(figures.ledger.lost) : json_null(),
                     "loss_known", figures.loss_known, "balanced",
                     figures.ledger.balanced, "ended", figures.ended);
}

static const char *auth_name(const struct dashboard *dashboard)
{
    if (!*dashboard->token)
        return "none";
    return dashboard->config->no_auth ? "writes" : "all";
}

/* A store that is not there yet is no fault: the first run makes it. */
void dashboard_health(void *context, const struct viz_web_request *request,
                      struct viz_web_answer *answer)
{
    const struct dashboard *dashboard = context;
    if (!viz_web_no_query(request, answer))
        return;
    int64_t now_ns = viz_clock_now(dashboard->clock);
    struct viz_api_found found;
    viz_api_found(dashboard->api, &found);
    bool well = !found.code || (found.code == -ENOENT && !found.seen);
    json_t *out = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:s, s:b}", "status",
        well ? "ok" : "degraded", "version", VIZ_VERSION, "revision", VIZ_REVISION,
        "uptime_s", viz_json_real((double)(now_ns - dashboard->started_ns) / 1e9),
        "store", describe_store(dashboard, &found), "live",
        describe_live(dashboard, now_ns), "writable", dashboard->config->allow_write,
        "auth", auth_name(dashboard), "authorized", request->authorized);
    answer->body = json_dumps(out, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(out);
}

/* ---- /metrics ---- */

static void put_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_value(FILE *out, double value)
{
    char text[40];
    if (isnan(value))
        snprintf(text, sizeof(text), "NaN");
    else
        snprintf(text, sizeof(text), "%.17g", value);
    fprintf(out, " %s\n", text);
}

static void put_one(FILE *out, const char *name, const char *type, const char *help,
                    double value)
{
    put_head(out, name, type, help);
    fputs(name, out);
    put_value(out, value);
}

/* A label's value: quotes, backslashes and line ends are escaped, nothing else is. */
static void put_label(FILE *out, const char *name, const char *value)
{
    fprintf(out, "%s=\"", name);
    for (; *value; value++) {
        if (*value == '\n')
            fputs("\\n", out);
        else if (*value == '"' || *value == '\\')
            fprintf(out, "\\%c", *value);
        else
            fputc(*value, out);
    }
    fputc('"', out);
}

static void put_web(FILE *out, const struct dashboard *dashboard)
{
    const struct viz_web_counts *counts = viz_web_counts(dashboard->web);
#define X(name, help)                                                                  \
    put_one(out, "viz_web_" #name "_total", "counter", help,                           \
            (double)viz_counted(&counts->name));
    VIZ_WEB_COUNTS(X)
#undef X
    put_one(out, "viz_web_sockets_open", "gauge", "WebSockets open now",
            viz_web_sockets(dashboard->web));
}

/* One figure of every stream. */
struct stream_metric {
    const char *name, *type, *help;
    double (*value)(const struct viz_live_stream_figures *figures);
};

static double rows(const struct viz_live_stream_figures *figures)
{
    return (double)figures->rows;
}

static double samples(const struct viz_live_stream_figures *figures)
{
    return (double)figures->samples;
}

static double gaps(const struct viz_live_stream_figures *figures)
{
    return (double)figures->gaps;
}

static double requested(const struct viz_live_stream_figures *figures)
{
    return figures->requested_hz > 0 ? figures->requested_hz : NAN;
}

static double delivered(const struct viz_live_stream_figures *figures)
{
    return figures->delivered_hz;
}

static double age(const struct viz_live_stream_figures *figures)
{
    return figures->newest_age_s;
}

static double loss_known(const struct viz_live_stream_figures *figures)
{
    return figures->loss_known;
}

static const struct stream_metric stream_metrics[] = {
    {"viz_live_rows_total", "counter", "rows that came", rows},
    {"viz_live_samples_total", "counter", "samples that came", samples},
    {"viz_live_gaps_total", "counter", "breaks in the stream", gaps},
    {"viz_live_requested_hz", "gauge", "rows a second that the device says it sends",
     requested},
    {"viz_live_delivered_hz", "gauge", "rows a second over the last second", delivered},
    {"viz_live_newest_age_seconds", "gauge", "since the newest row arrived", age},
    {"viz_live_loss_known", "gauge",
     "1: rows have numbers, so that those that never arrived are counted", loss_known},
};

static void put_stream(FILE *out, const char *name,
                       const struct viz_live_stream_figures *figures, uint32_t index,
                       const char *cause)
{
    fprintf(out, "%s{id=\"%u\",", name, index);
    put_label(out, "stream", figures->name);
    fputc(',', out);
    put_label(out, "source", figures->source);
    if (cause) {
        fputc(',', out);
        put_label(out, "cause", cause);
    }
    fputc('}', out);
}

static void put_streams(FILE *out, const struct dashboard *dashboard, int64_t now_ns)
{
    struct viz_live_stream_figures figures;
    for (size_t i = 0; i < sizeof(stream_metrics) / sizeof(stream_metrics[0]); i++) {
        const struct stream_metric *metric = &stream_metrics[i];
        put_head(out, metric->name, metric->type, metric->help);
        for (uint32_t s = 0;
             viz_live_stream_figures(dashboard->live, s, now_ns, &figures); s++) {
            put_stream(out, metric->name, &figures, s, NULL);
            put_value(out, metric->value(&figures));
        }
    }
}

/* Lost samples of each stream by cause; what only sources know stands in the sum. Where
 * rows have no numbers there is nothing to say of those that are missing. */
static void put_losses(FILE *out, const struct dashboard *dashboard, int64_t now_ns)
{
    static const char name[] = "viz_live_lost_samples_total";
    struct viz_live_stream_figures figures;
    put_head(out, name, "counter", "samples lost, by cause");
    for (uint32_t s = 0; viz_live_stream_figures(dashboard->live, s, now_ns, &figures);
         s++) {
        const struct {
            const char *cause;
            uint64_t count;
        } loss[] = {
            {"missing", figures.ledger.missing},
            {"late", figures.ledger.late},
            {"overflow", figures.ledger.overflow},
            {"evicted_unseen", figures.ledger.evicted_unseen},
        };
        for (size_t i = 0; i < sizeof(loss) / sizeof(loss[0]); i++) {
            if (!figures.loss_known && !strcmp(loss[i].cause, "missing"))
                continue;
            put_stream(out, name, &figures, s, loss[i].cause);
            put_value(out, (double)loss[i].count);
        }
    }
}

static void put_place(FILE *out, const char *place, uint64_t samples, bool known)
{
    bool is_loss = !strcmp(place, "missing") || !strcmp(place, "lost");
    if (is_loss && !samples && !known)
        return;
    fprintf(out, "viz_live_ledger_samples{place=\"%s\"}", place);
    put_value(out, (double)samples);
}

static void put_ledger(FILE *out, const struct viz_live_figures *figures)
{
    const struct viz_ledger *ledger = &figures->ledger;
    put_head(out, "viz_live_ledger_samples", "gauge",
             "where every sample is, all streams; docs/figures.md has the names");
#define X(name, help) put_place(out, #name, ledger->name, figures->loss_known);
    VIZ_LEDGER(X)
#undef X
    put_one(out, "viz_live_ledger_balanced", "gauge",
            "1: every sample that came is accounted for", ledger->balanced);
}

static void put_live(FILE *out, const struct dashboard *dashboard)
{
    struct viz_live_figures figures;
    int64_t now_ns = viz_clock_now(dashboard->clock);
    viz_live_figures(dashboard->live, now_ns, &figures);
    put_one(out, "viz_live_clients", "gauge", "browsers that follow", figures.clients);
    put_one(out, "viz_live_messages_total", "counter", "messages to browsers",
            (double)figures.messages);
    put_one(out, "viz_live_sent_bytes_total", "counter", "bytes of these",
            (double)figures.bytes);
    put_one(out, "viz_live_skipped_total", "counter",
            "messages put off because a browser had not taken the last one",
            (double)figures.skipped);
    put_head(out, "viz_live_behind_seconds", "gauge",
             "from a row's origin to its message, over the last seconds");
    fputs("viz_live_behind_seconds{quantile=\"0.5\"}", out);
    put_value(out, figures.behind_ms_p50 / 1e3);
    fputs("viz_live_behind_seconds{quantile=\"0.99\"}", out);
    put_value(out, figures.behind_ms_p99 / 1e3);
    put_streams(out, dashboard, now_ns);
    put_losses(out, dashboard, now_ns);
    put_ledger(out, &figures);
}

static void put_store(FILE *out, const struct dashboard *dashboard)
{
    struct viz_api_found found;
    viz_api_found(dashboard->api, &found);
    put_one(out, "viz_store_open", "gauge", "1: the store can be read", !found.code);
    int64_t runs = atomic_load_explicit(&dashboard->store_runs, memory_order_relaxed);
    if (!found.code && runs >= 0)
        put_one(out, "viz_store_runs", "gauge", "runs in the store", (double)runs);
}

void dashboard_metrics(void *context, const struct viz_web_request *request,
                       struct viz_web_answer *answer)
{
    const struct dashboard *dashboard = context;
    if (!viz_web_no_query(request, answer))
        return;
    FILE *out = open_memstream(&answer->body, &answer->size);
    viz_assert(out);
    put_head(out, "viz_build_info", "gauge", "which viz this is");
    fputs("viz_build_info{version=\"" VIZ_VERSION "\",revision=\"" VIZ_REVISION
          "\"} 1\n",
          out);
    put_one(out, "viz_uptime_seconds", "gauge", "since the server began",
            (double)(viz_clock_now(dashboard->clock) - dashboard->started_ns) / 1e9);
    put_store(out, dashboard);
    put_web(out, dashboard);
    if (dashboard->live)
        put_live(out, dashboard);
    fclose(out);
    answer->type = "text/plain; version=0.0.4; charset=utf-8";
}
