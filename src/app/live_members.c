/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The streams as browsers see them, and where their samples are. */
#include "live_state.h"

#include <viz/alloc.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_BYTES (192u << 20) /* default memory of one stream's history */
#define MARK_NS 5000000            /* rows whose origins are closer share a mark */

static double requested_hz(const struct viz_stream *stream)
{
    return atomic_load_explicit(&stream->requested_hz, memory_order_relaxed);
}

/* Rows to hold: what the user asked for; otherwise what fits into a fixed amount of
 * memory. */
static uint64_t history_rows(const struct viz_live *live,
                             const struct viz_stream *stream)
{
    double hz = requested_hz(stream);
    double row_bytes = 11 + 4.6 * stream->max_channels;
    double rows = exp2(floor(log2(HISTORY_BYTES / row_bytes)));
    if (live->params.history_s > 0 && hz > 0)
        rows = live->params.history_s * hz;
    return (uint64_t)rows + 1;
}

static bool discover(struct viz_live *live)
{
    uint32_t before = live->members;
    while (live->members < VIZ_MAX_STREAMS) {
        struct viz_stream *stream = viz_streams_at(live->params.streams, live->members);
        if (!stream)
            break;
        struct live_member *member = viz_zalloc(sizeof(*member));
        member->reader = viz_reader_create(stream, history_rows(live, stream));
        member->delivered_hz = NAN;
        live->member[live->members++] = member;
    }
    return live->members > before;
}

/* Whether a stream of another source has the name of @member. */
static bool is_ambiguous(const struct viz_live *live, const struct live_member *member)
{
    uint32_t source = viz_reader_stream(member->reader)->source;
    for (uint32_t i = 0; i < live->members; i++) {
        const struct live_member *other = live->member[i];
        if (other->name && viz_reader_stream(other->reader)->source != source &&
            !strcmp(other->name, member->name))
            return true;
    }
    return false;
}

/* Three devices with a stream "benchmark" each are told apart by where they come from. */
static void label(const struct viz_live *live, struct live_member *member)
{
    uint32_t source = viz_reader_stream(member->reader)->source;
    char host[sizeof(member->source)];
    if (live->params.sources)
        viz_sources_where(live->params.sources, source, member->source,
                          sizeof(member->source));
    const char *scheme = strstr(member->source, "://");
    snprintf(host, sizeof(host), "%s", scheme ? scheme + 3 : member->source);
    host[strcspn(host, "/")] = 0;
    bool tell = *host && is_ambiguous(live, member);
    snprintf(member->label, sizeof(member->label), "%s%s%.80s", member->name,
             tell ? " · " : "", tell ? host : "");
}

/* Names and channels as they are now; whether they were otherwise before. Channels are
 * looked at behind the rows that have them. */
static bool learn(struct live_member *member)
{
    const struct viz_stream *stream = viz_reader_stream(member->reader);
    uint32_t channels = atomic_load_explicit(&stream->channels, memory_order_acquire);
    const char *name = atomic_load_explicit(&stream->name, memory_order_acquire);
    const struct viz_channel *channel =
        atomic_load_explicit(&stream->channel, memory_order_acquire);
    double hz = requested_hz(stream);
    bool same = channels == member->channels && name == member->name &&
                channel == member->channel && hz == member->requested_hz;
    member->channels = channels;
    member->name = name;
    member->channel = channel;
    member->requested_hz = hz;
    return !same;
}

static void mark(struct live_member *member, uint64_t row, int64_t origin_ns)
{
    const struct live_mark *last = &member->mark[(member->marks - 1) % LIVE_MARKS];
    if (member->marks && origin_ns - last->origin_ns < MARK_NS &&
        origin_ns >= last->origin_ns)
        return;
    member->mark[member->marks++ % LIVE_MARKS] = (struct live_mark){row, origin_ns};
}

/* The newest mark at or before @row; the oldest that is kept where there is none. */
int64_t live_waiting_since(const struct live_member *member, uint64_t row)
{
    uint64_t kept = member->marks < LIVE_MARKS ? member->marks : LIVE_MARKS;
    viz_assert(kept);
    for (uint64_t back = 1; back < kept; back++) {
        const struct live_mark *at = &member->mark[(member->marks - back) % LIVE_MARKS];
        if (at->row <= row)
            return at->origin_ns;
    }
    return member->mark[(member->marks - kept) % LIVE_MARKS].origin_ns;
}

/* What is drained is in the series, from which browsers are served: it counts as shown,
 * and the blocks go back at once. */
static VIZ_ON(render) void drain(struct live_member *member, int64_t now_ns)
{
    uint64_t end = viz_series_end(viz_reader_series(member->reader));
    struct viz_frame_stamps stamps = {now_ns, now_ns, now_ns, now_ns};
    if (!viz_reader_drain(member->reader))
        return;
    mark(member, end, viz_reader_waiting_since_ns(member->reader));
    member->heard_ns = now_ns;
    viz_reader_presented(member->reader, INT64_MIN, INT64_MAX, &stamps, false, NULL);
}

bool live_drain(struct viz_live *live, int64_t now_ns)
{
    bool news = discover(live);
    for (uint32_t i = 0; i < live->members; i++) {
        struct live_member *member = live->member[i];
        drain(member, now_ns);
        news |= learn(member);
        int64_t newest_ns = viz_reader_newest_ns(member->reader);
        if (member->heard_ns && newest_ns > live->newest_ns)
            live->newest_ns = newest_ns;
    }
    for (uint32_t i = 0; news && i < live->members; i++)
        label(live, live->member[i]);
    return news;
}

void live_measure_rates(struct viz_live *live, int64_t now_ns)
{
    double seconds = (double)(now_ns - live->measured_ns) * 1e-9;
    for (uint32_t i = 0; i < live->members; i++) {
        struct live_member *member = live->member[i];
        uint64_t rows = viz_reader_span(member->reader).rows;
        member->delivered_hz = (double)(rows - member->rows_at_second) / seconds;
        member->rows_at_second = rows;
    }
    live->measured_ns = now_ns;
}

void live_ledger(const struct viz_live *live, struct viz_ledger *out)
{
    *out = (struct viz_ledger){.balanced = true};
    for (uint32_t i = 0; i < live->members; i++) {
        struct viz_ledger one;
        viz_reader_ledger(live->member[i]->reader, &one);
        viz_ledger_add(out, &one);
    }
    if (live->params.sources)
        viz_sources_account(live->params.sources, out);
}

bool live_loss_known(const struct viz_live *live)
{
    uint64_t rows = 0;
    for (uint32_t i = 0; i < live->members; i++) {
        const struct viz_stream *stream = viz_reader_stream(live->member[i]->reader);
        rows += viz_counted(&stream->counts.rows);
        if (!stream->numbered)
            return false;
    }
    return rows > 0;
}

bool viz_live_stream_figures(const struct viz_live *live, uint32_t index,
                             int64_t now_ns, struct viz_live_stream_figures *out)
{
    if (index >= live->members)
        return false;
    const struct live_member *member = live->member[index];
    const struct viz_stream *stream = viz_reader_stream(member->reader);
    *out = (struct viz_live_stream_figures){
        .name = member->label,
        .format = stream->format,
        .requested_hz = member->requested_hz,
        .delivered_hz = member->delivered_hz,
        .rows = viz_counted(&stream->counts.rows),
        .samples = viz_counted(&stream->counts.received),
        .gaps = viz_counted(&stream->counts.gaps),
        .clock_steps = viz_counted(&stream->counts.clock_steps),
        .newest_age_s =
            member->heard_ns ? (double)(now_ns - member->heard_ns) * 1e-9 : NAN,
    };
    out->loss_known = stream->numbered;
    snprintf(out->source, sizeof(out->source), "%s", member->source);
    struct viz_ledger *ledger = &out->ledger;
    viz_reader_ledger(member->reader, ledger);
    ledger->lost =
        ledger->missing + ledger->late + ledger->overflow + ledger->evicted_unseen;
    return true;
}
