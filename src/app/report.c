/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json.h"
#include "session_state.h"

#include <viz/text.h>
#include <viz/version.h>

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LATENCY_DEFINITION                                                             \
    "per sample: frame presented (swap returned and its fence signalled) minus the "   \
    "intended time (synthetic) or the kernel's receive time (network); nearest-rank "  \
    "percentiles, buckets at most 0.78 % wide"

/* ---- JSON ---- */

static json_t *milliseconds(int64_t ns)
{
    return ns < 0 ? json_null() : json_real((double)ns / 1e6);
}

static json_t *histogram_json(const struct viz_histogram *histogram)
{
    static const struct {
        const char *name;
        double percent;
    } percentiles[] = {
        {"p50", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}, {"p999", 99.9}};
    json_t *out = json_object();
    for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
        json_object_set_new(
            out, percentiles[i].name,
            milliseconds(viz_histogram_percentile(histogram, percentiles[i].percent)));
    bool any = histogram->count > 0;
    json_object_set_new(out, "max",
                        any ? json_real((double)histogram->max_ns / 1e6) : json_null());
    json_object_set_new(out, "min",
                        any ? json_real((double)histogram->min_ns / 1e6) : json_null());
    json_object_set_new(out, "mean",
                        any ? json_real(viz_histogram_mean(histogram) / 1e6)
                            : json_null());
    json_object_set_new(out, "count", viz_json_count(histogram->count));
    json_object_set_new(out, "negative", viz_json_count(histogram->negative));
    json_object_set_new(out, "overflow", viz_json_count(histogram->overflow));
    return out;
}

static json_t *latency_json(const struct session *session)
{
    const struct viz_trace *trace = viz_meter_total_trace(session->meter);
    json_t *out = histogram_json(&trace->total);
    json_object_set_new(out, "definition", json_string(LATENCY_DEFINITION));
    return out;
}

/* Each stage, and that they add up: the sums are exact, so the rest is 0. */
static json_t *stages_json(const struct session *session)
{
    const struct viz_trace *trace = viz_meter_total_trace(session->meter);
    json_t *out = json_object();
    __int128 sum = 0;
    for (int i = 0; i < VIZ_STAGE_COUNT; i++) {
        json_object_set_new(out, viz_stage_names[i], histogram_json(&trace->stage[i]));
        sum += trace->stage[i].sum_ns;
    }
    json_object_set_new(out, "sum_minus_total_ns",
                        json_integer((json_int_t)(sum - trace->total.sum_ns)));
    return out;
}

static json_t *ledger_json(const struct session *session)
{
    struct viz_ledger ledger;
    session_ledger(session, &ledger);
    json_t *out = json_object();
#define X(name, help) json_object_set_new(out, #name, viz_json_count(ledger.name));
    VIZ_LEDGER(X)
#undef X
    json_object_set_new(out, "balanced", json_boolean(ledger.balanced));
    return out;
}

/* Rows that came, overflowed ones included, over the time that they took. */
static double delivered_hz(const struct viz_reader *reader)
{
    struct viz_reader_span span = viz_reader_span(reader);
    uint64_t rows = viz_counted(&viz_reader_stream(reader)->counts.rows);
    double seconds = (double)(span.last_ns - span.first_ns) / 1e9;
    return span.rows > 1 && seconds > 0 ? (double)(rows - 1) / seconds : NAN;
}

static json_t *stream_json(const struct session *session, const struct member *member)
{
    const struct viz_stream *stream = viz_reader_stream(member->reader);
    const struct viz_stream_counts *counts = &stream->counts;
    double asked = atomic_load_explicit(&stream->requested_hz, memory_order_relaxed);
    json_t *out = json_object(), *names = json_array(), *units = json_array();
    for (uint32_t i = 0; i < member->known_channels; i++) {
        json_array_append_new(names, viz_json_text(stream->channel[i].name));
        json_array_append_new(units, viz_json_text(stream->channel[i].unit));
    }
    json_object_set_new(out, "name", viz_json_text(stream->name));
    json_object_set_new(
        out, "source",
        viz_json_text(viz_sources_at(session->sources, stream->source)->text));
    json_object_set_new(out, "format", viz_json_text(stream->format));
    json_object_set_new(out, "channels", viz_json_count(member->known_channels));
    json_object_set_new(out, "channel_names", names);
    json_object_set_new(out, "channel_units", units);
    json_object_set_new(out, "requested_hz", viz_json_real(asked > 0 ? asked : NAN));
    json_object_set_new(out, "delivered_hz",
                        viz_json_real(delivered_hz(member->reader)));
    json_object_set_new(out, "rows", viz_json_count(viz_counted(&counts->rows)));
    json_object_set_new(out, "samples", viz_json_count(viz_counted(&counts->received)));
    json_object_set_new(out, "gaps", viz_json_count(viz_counted(&counts->gaps)));
    json_object_set_new(out, "missing",
                        stream->numbered ? viz_json_count(viz_counted(&counts->missing))
                                         : json_null());
    json_object_set_new(out, "late", viz_json_count(viz_counted(&counts->late)));
    json_object_set_new(out, "duplicate",
                        viz_json_count(viz_counted(&counts->duplicate)));
    json_object_set_new(out, "overflow",
                        viz_json_count(viz_counted(&counts->overflow)));
    json_object_set_new(out, "clock_steps",
                        viz_json_count(viz_counted(&counts->clock_steps)));
    return out;
}

static json_t *streams_json(const struct session *session)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < session->members; i++)
        json_array_append_new(out, stream_json(session, &session->member[i]));
    return out;
}

static json_t *subscriptions_json(unsigned set)
{
    static const char *const names[] = {"benchmark", "audio", "stm"};
    json_t *out = json_array();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (set & 1u << i)
            json_array_append_new(out, json_string(names[i]));
    return out;
}

/* How a WebSocket source fared. */
static json_t *link_json(const struct viz_link_status *link)
{
    static const char *const states[] = {
        [VIZ_LINK_IDLE] = "idle",
        [VIZ_LINK_RESOLVING] = "resolving",
        [VIZ_LINK_CONNECTING] = "connecting",
        [VIZ_LINK_GREETING] = "greeting",
        [VIZ_LINK_OPEN] = "open",
        [VIZ_LINK_WAITING] = "waiting",
        [VIZ_LINK_STOPPED] = "stopped",
    };
    json_t *out = json_object();
    int state = atomic_load_explicit(&link->state, memory_order_relaxed);
    json_object_set_new(out, "state", json_string(states[state]));
    json_object_set_new(out, "subscribed",
                        subscriptions_json(atomic_load_explicit(&link->subscribed,
                                                                memory_order_relaxed)));
    json_object_set_new(
        out, "denied",
        subscriptions_json(atomic_load_explicit(&link->denied, memory_order_relaxed)));
#define X(name, help)                                                                  \
    json_object_set_new(out, #name, viz_json_count(viz_counted(&link->name)));
    VIZ_LINK_COUNTS(X)
#undef X
    return out;
}

static json_t *source_json(const struct session *session, uint32_t index)
{
    const struct viz_net_status *status = viz_sources_status(session->sources, index);
    json_t *out = json_object();
    json_object_set_new(out, "source",
                        viz_json_text(viz_sources_at(session->sources, index)->text));
    if (!status)
        return out;
    const struct viz_wire *wire =
        atomic_load_explicit(&status->format, memory_order_acquire);
    json_object_set_new(out, "format", wire ? viz_json_text(wire->name) : json_null());
#define X(name, help)                                                                  \
    json_object_set_new(out, #name, viz_json_count(viz_counted(&status->wire.name)));
    VIZ_WIRE_COUNTS(X)
#undef X
    json_object_set_new(out, "kernel_drops",
                        viz_json_count(viz_counted(&status->kernel_drops)));
    json_object_set_new(out, "connections",
                        viz_json_count(viz_counted(&status->connections)));
    json_object_set_new(out, "receive_buffer_bytes",
                        viz_json_count(viz_counted(&status->receive_buffer_bytes)));
    json_object_set_new(
        out, "ended",
        json_boolean(atomic_load_explicit(&status->ended, memory_order_relaxed)));
    if (viz_sources_at(session->sources, index)->kind == VIZ_SOURCE_WS)
        json_object_set_new(out, "link", link_json(&status->link));
    return out;
}

static json_t *sources_json(const struct session *session)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < viz_sources_count(session->sources); i++)
        json_array_append_new(out, source_json(session, i));
    return out;
}

static json_t *machine_json(const struct session *session)
{
    const struct viz_machine *machine = &session->machine;
    json_t *out = json_object();
    json_object_set_new(out, "host", viz_json_text(machine->host));
    json_object_set_new(out, "cpu", viz_json_text(machine->cpu));
    json_object_set_new(out, "cores", viz_json_count(machine->cores));
    json_object_set_new(out, "memory_bytes", viz_json_count(machine->memory_bytes));
    json_object_set_new(out, "kernel", viz_json_text(machine->kernel));
    json_object_set_new(out, "governor", viz_json_text(machine->governor));
    json_object_set_new(out, "gpu", viz_json_text(session->surface_text));
    json_object_set_new(out, "clock", viz_json_text(session->clock_text));
    json_object_set_new(out, "compiler", viz_json_text(machine->compiler));
    return out;
}

static json_t *settings_json(const struct session *session)
{
    const struct viz_config *config = session->config;
    json_t *out = json_object(), *command = json_array();
    for (int i = 0; i < config->argc; i++)
        json_array_append_new(command, viz_json_text(config->argv[i]));
    json_object_set_new(out, "command", command);
    uint64_t rows;
    if (viz_sources_offered(session->sources, &rows)) {
        json_object_set_new(out, "channels", viz_json_count(config->synth.channels));
        json_object_set_new(out, "rate_hz", viz_json_real(config->synth.rate_hz));
        json_object_set_new(out, "seed", viz_json_count(config->synth.seed));
    }
    json_object_set_new(out, "refresh_hz", viz_json_real(session->pacer.hz));
    if (config->benchmark) {
        json_object_set_new(out, "duration_s", viz_json_real(config->duration_s));
        json_object_set_new(out, "warmup_s", viz_json_real(config->warmup_s));
    }
    json_object_set_new(out, "log_interval_s", viz_json_real(config->log_interval_s));
    json_object_set_new(out, "window_s", viz_json_real(config->window_s));
    json_object_set_new(out, "width_px", viz_json_count((uint64_t)config->width_px));
    json_object_set_new(out, "height_px", viz_json_count((uint64_t)config->height_px));
    json_object_set_new(out, "headless", json_boolean(config->headless));
    json_object_set_new(out, "trace", json_boolean(config->trace));
    json_object_set_new(out, "net",
                        viz_json_text(viz_sources_backend(session->sources)));
    return out;
}

static json_t *trace_json(const struct session *session)
{
    bool on = session->config->trace && session->config->benchmark;
    json_t *out = json_object();
    json_object_set_new(out, "on", json_boolean(session->config->trace));
    json_object_set_new(out, "on_ns_per_row",
                        viz_json_real(on ? session->trace_cost.on_ns_per_row : NAN));
    json_object_set_new(out, "off_ns_per_row",
                        viz_json_real(on ? session->trace_cost.off_ns_per_row : NAN));
    json_object_set_new(out, "stamp_ns",
                        viz_json_real(on ? session->trace_cost.stamp_ns : NAN));
    return out;
}

/* As of now. */
static double resident_mb(const struct session *session)
{
    uint64_t bytes = viz_machine_rss_bytes(session->statm);
    return bytes ? (double)bytes / 1048576.0 : NAN;
}

/* Losses are told for the whole session, warm-up included: nothing may be lost at all.
 */
static struct viz_figures figures_of(const struct session *session)
{
    struct viz_figures figures;
    struct viz_ledger ledger;
    viz_meter_total(session->meter, &figures);
    session_ledger(session, &ledger);
    figures.lost = (double)ledger.lost;
    figures.missing = (double)ledger.missing;
    figures.late = (double)ledger.late;
    figures.overflow = (double)ledger.overflow;
    figures.evicted_unseen = (double)ledger.evicted_unseen;
    figures.kernel_drops = (double)ledger.kernel_drops;
    figures.unreadable = (double)ledger.unreadable;
    figures.rss_mb = resident_mb(session);
    return figures;
}

static void set_figures(json_t *out, const struct viz_figures *figures)
{
#define X(name, decimals, help)                                                        \
    json_object_set_new(out, #name,                                                    \
                        decimals || !isfinite(figures->name)                           \
                            ? viz_json_real(figures->name)                             \
                            : json_integer((json_int_t)figures->name));
    VIZ_FIGURES(X)
#undef X
}

json_t *session_report(const struct session *session)
{
    struct viz_figures figures = figures_of(session);
    struct tm utc;
    char started[32];
    time_t at = (time_t)session->started_realtime_s;
    gmtime_r(&at, &utc);
    strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &utc);

    json_t *out = json_object();
    json_object_set_new(out, "viz", json_string(VIZ_VERSION));
    json_object_set_new(out, "revision", json_string(VIZ_REVISION));
    json_object_set_new(out, "mode",
                        json_string(session->config->benchmark ? "benchmark" : "view"));
    json_object_set_new(out, "started", json_string(started));
    json_object_set_new(out, "interrupted", json_boolean(session->interrupted));
    set_figures(out, &figures);
    json_object_set_new(out, "latency_ms", latency_json(session));
    json_object_set_new(out, "frame_ms",
                        histogram_json(viz_meter_total_frames(session->meter)));
    json_object_set_new(out, "stages_ms", stages_json(session));
    json_object_set_new(out, "ledger", ledger_json(session));
    json_object_set_new(out, "streams", streams_json(session));
    json_object_set_new(out, "sources", sources_json(session));
    json_object_set_new(out, "tracing", trace_json(session));
    json_object_set_new(out, "settings", settings_json(session));
    json_object_set_new(out, "machine", machine_json(session));
    return out;
}

int session_write_json(const json_t *document, const char *path, struct viz_error *err)
{
    if (strcmp(path, "-") == 0)
        path = "/dev/stdout";
    FILE *file = fopen(path, "we");
    if (!file)
        return viz_fail(err, -errno, "cannot write %s: %s", path, strerror(errno));
    bool good =
        json_dumpf(document, file, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) == 0;
    good = fputc('\n', file) != EOF && good;
    if (fclose(file) != 0 || !good)
        return viz_fail(err, errno ? -errno : -EIO, "cannot write %s: %s", path,
                        strerror(errno ? errno : EIO));
    return 0;
}

/* ---- plain words ---- */

void (*session_line_output(const struct session *session))(void *, const char *)
{
    bool taken = session->config->json && strcmp(session->config->json, "-") == 0;
    return taken ? session->io->say : session->io->line;
}

void session_line(const struct session *session, const char *text)
{
    void (*to)(void *, const char *) = session_line_output(session);
    if (to)
        to(session->io->context, text);
}

static void print(const struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A benchmark's summary is its result; a viewer's is talk. */
static void print(const struct session *session, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    void (*to)(void *, const char *) =
        session->config->benchmark ? session_line_output(session) : session->io->say;
    if (to)
        to(session->io->context, line);
}

static const char *number(char *out, size_t size, double value, unsigned decimals)
{
    viz_text_decimal(out, size, value, decimals);
    return out;
}

static void print_head(const struct session *session, const struct viz_figures *f)
{
    const struct viz_config *config = session->config;
    char rate[32], size[32];
    int width, height;
    float scale;
    viz_surface_size(session->surface, &width, &height, &scale);
    snprintf(size, sizeof(size), "%dx%d", width, height);
    viz_text_si(rate, sizeof(rate), config->synth.rate_hz, "Hz");
    if (config->benchmark)
        print(session,
              "viz %s benchmark: %u channels x %s, measured for %.1f s%s, %s %s",
              VIZ_VERSION, config->synth.channels, rate, f->t,
              session->interrupted ? " (interrupted)" : "", size,
              config->headless ? "off-screen" : "in a window");
    else
        print(session, "watched for %.1f s, %s %s", f->t, size,
              config->headless ? "off-screen" : "in a window");
    print(session, "  machine  %s, %u cores; %s; clock %s", session->machine.cpu,
          session->machine.cores, session->surface_text, session->clock_text);
}

static void print_frames(const struct session *session, const struct viz_figures *f)
{
    char a[32], b[32], c[32], d[32], e[32], target[48] = "as fast as it goes";
    if (f->target_fps > 0)
        snprintf(target, sizeof(target), "%.4g asked", f->target_fps);
    uint64_t frames = viz_meter_total_frames(session->meter)->count;
    print(session,
          "  frames   %llu presented, %s a second (%s); %s deadlines a second missed",
          (unsigned long long)frames, number(a, sizeof(a), f->fps, 2), target,
          number(b, sizeof(b), f->approx_dropped_fps, 2));
    print(session,
          "           begin to presented: p50 %s, p99 %s, max %s ms; GPU %s ms",
          number(c, sizeof(c), f->p50_frame_ms, 2),
          number(d, sizeof(d), f->p99_frame_ms, 2),
          number(e, sizeof(e), f->max_frame_ms, 2), number(a, sizeof(a), f->gpu_ms, 2));
}

static void print_latency(const struct session *session, const struct viz_figures *f)
{
    const struct viz_trace *trace = viz_meter_total_trace(session->meter);
    char a[32], b[32], c[32], d[32], n[48], line[512] = "";
    if (!trace->total.count) {
        print(session, "  latency  – (%s)",
              session->config->trace ? "no sample was shown live" : "--trace off");
        return;
    }
    viz_text_count(n, sizeof(n), trace->total.count);
    print(session, "  latency  p50 %s, p99 %s, p99.9 %s, max %s ms over %s samples",
          number(a, sizeof(a), f->p50_latency_ms, 2),
          number(b, sizeof(b), f->p99_latency_ms, 2),
          number(c, sizeof(c), f->p999_latency_ms, 2),
          number(d, sizeof(d), f->max_latency_ms, 2), n);
    print(session,
          "           from the %s to the end of the fence behind the swap, "
          "for every sample",
          session->config->benchmark ? "intended time"
                                     : "intended time or the kernel's receive time");
    for (int i = 0; i < VIZ_STAGE_COUNT; i++) {
        size_t used = strlen(line);
        snprintf(line + used, sizeof(line) - used, "%s%s %s", i ? " + " : "",
                 viz_stage_names[i],
                 number(a, sizeof(a), viz_histogram_mean(&trace->stage[i]) / 1e6, 3));
    }
    print(session, "  stages   %s = %s ms (means)", line,
          number(b, sizeof(b), f->avg_latency_ms, 3));
}

static void print_rates(const struct session *session, const struct viz_figures *f)
{
    char a[32], b[32];
    if (isfinite(f->offered_hz))
        print(session, "  load     %s rows a second offered, %s achieved",
              number(a, sizeof(a), f->offered_hz, 2),
              number(b, sizeof(b), f->achieved_hz, 2));
}

static void print_streams(const struct session *session)
{
    for (uint32_t i = 0; i < session->members; i++) {
        const struct member *member = &session->member[i];
        const struct viz_stream *stream = viz_reader_stream(member->reader);
        double asked =
            atomic_load_explicit(&stream->requested_hz, memory_order_relaxed);
        char a[32], b[32], rows[48];
        viz_text_count(rows, sizeof(rows), viz_counted(&stream->counts.rows));
        print(session,
              "  stream   %s (%s): %u channels, %s rows; %s Hz delivered of %s asked; "
              "%llu gaps",
              member->label, stream->format, member->known_channels, rows,
              number(a, sizeof(a), delivered_hz(member->reader), 2),
              number(b, sizeof(b), asked > 0 ? asked : NAN, 2),
              (unsigned long long)viz_counted(&stream->counts.gaps));
    }
}

static void print_ledger(const struct session *session)
{
    struct viz_ledger ledger;
    char line[512] = "", n[5][48];
    session_ledger(session, &ledger);
    static const char *const losses[] = {"missing",   "late",           "unmade",
                                         "overflow",  "evicted_unseen", "kernel_drops",
                                         "unreadable"};
    const uint64_t values[] = {
        ledger.missing,        ledger.late,         ledger.unmade,    ledger.overflow,
        ledger.evicted_unseen, ledger.kernel_drops, ledger.unreadable};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        size_t used = strlen(line);
        if (values[i])
            snprintf(line + used, sizeof(line) - used, "%s%s %llu", used ? ", " : ": ",
                     losses[i], (unsigned long long)values[i]);
    }
    viz_text_count(n[0], sizeof(n[0]), ledger.sent);
    viz_text_count(n[1], sizeof(n[1]), ledger.drawn);
    viz_text_count(n[2], sizeof(n[2]), ledger.lost);
    viz_text_count(n[3], sizeof(n[3]), ledger.held);
    viz_text_count(n[4], sizeof(n[4]), ledger.hidden);
    print(session, "  samples  %s sent, %s drawn, %s held unseen, %s hidden, %s lost%s",
          n[0], n[1], n[3], n[4], n[2], line);
    const char *unnumbered = session_unnumbered(session);
    if (unnumbered)
        print(session, "           %s numbers no rows: what never arrived is not known",
              unnumbered);
    viz_text_count(n[0], sizeof(n[0]), ledger.duplicate);
    if (ledger.duplicate)
        print(session, "           %s more came twice, drawn once", n[0]);
    print(session, "           the ledger %s",
          ledger.balanced ? "balances" : "DOES NOT BALANCE");
}

static void print_cost(const struct session *session, const struct viz_figures *f)
{
    char a[32], b[32], c[32], d[32];
    print(session, "  cost     CPU %s %% of a core, %s ms a frame; %s MiB resident",
          number(a, sizeof(a), f->cpu_percent, 1),
          number(b, sizeof(b), f->cpu_frame_ms, 2), number(c, sizeof(c), f->rss_mb, 1));
    if (!session->config->benchmark)
        return;
    if (!session->config->trace) {
        print(session, "  tracing  off: no latency figures");
        return;
    }
    const struct viz_trace_cost *cost = &session->trace_cost;
    print(session,
          "  tracing  on %s ns a row, off %s ns a row, %s ns a stamp; %s %% of a core",
          number(a, sizeof(a), cost->on_ns_per_row, 1),
          number(b, sizeof(b), cost->off_ns_per_row, 1),
          number(c, sizeof(c), cost->stamp_ns, 1),
          number(d, sizeof(d), f->trace_percent, 3));
}

void session_summary(const struct session *session)
{
    struct viz_figures figures = figures_of(session);
    print_head(session, &figures);
    print_frames(session, &figures);
    print_latency(session, &figures);
    print_rates(session, &figures);
    print_streams(session);
    print_ledger(session);
    print_cost(session, &figures);
    if (strcmp(viz_sources_backend(session->sources), "none") != 0)
        print(session, "  network  %s", viz_sources_backend(session->sources));
}
