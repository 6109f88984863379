/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What browsers are told in words: docs/api.md has it name by name. */
#include "json.h"
#include "live_state.h"

#include <viz/version.h>
#include <viz/wire.h>

#include <math.h>

static char *dump(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
    viz_assert(text);
    json_decref(object);
    return text;
}

static json_t *object_of(const char *type)
{
    json_t *object = json_object();
    json_object_set_new(object, "type", json_string(type));
    return object;
}

static json_t *rate(double hz)
{
    return viz_json_real(hz > 0 ? hz : NAN);
}

static json_t *channels_of(const struct live_member *member)
{
    json_t *channels = json_array();
    for (uint32_t i = 0; i < member->channels; i++) {
        json_t *channel = json_object();
        json_object_set_new(channel, "name", viz_json_text(member->channel[i].name));
        json_object_set_new(channel, "unit", viz_json_text(member->channel[i].unit));
        json_array_append_new(channels, channel);
    }
    return channels;
}

static json_t *streams_of(const struct viz_live *live)
{
    json_t *streams = json_array();
    for (uint32_t i = 0; i < live->members; i++) {
        const struct live_member *member = live->member[i];
        json_t *stream = json_object();
        json_object_set_new(stream, "id", viz_json_count(i));
        json_object_set_new(stream, "name", viz_json_text(member->label));
        json_object_set_new(stream, "source", viz_json_text(member->source));
        json_object_set_new(stream, "format",
                            viz_json_text(viz_reader_stream(member->reader)->format));
        json_object_set_new(stream, "requested_hz", rate(member->requested_hz));
        json_object_set_new(stream, "channels", channels_of(member));
        json_array_append_new(streams, stream);
    }
    return streams;
}

char *live_text_hello(const struct viz_live *live, int64_t now_ns)
{
    json_t *hello = object_of("hello");
    json_object_set_new(hello, "protocol", json_integer(1));
    json_object_set_new(hello, "viz", json_string(VIZ_VERSION));
    json_object_set_new(hello, "epoch_unix_s", viz_json_real(live->epoch_unix_s));
    json_object_set_new(hello, "now_s", viz_json_real(live_seconds(live, now_ns)));
    json_object_set_new(hello, "streams", streams_of(live));
    return dump(hello);
}

char *live_text_streams(const struct viz_live *live)
{
    json_t *object = object_of("streams");
    json_object_set_new(object, "streams", streams_of(live));
    return dump(object);
}

char *live_text_error(const char *sentence)
{
    json_t *object = object_of("error");
    json_object_set_new(object, "error", viz_json_text(sentence));
    return dump(object);
}

/* What is known to be lost is said; that nothing is, only where it would show. */
static json_t *loss_of(uint64_t lost, bool known)
{
    return lost || known ? viz_json_count(lost) : json_null();
}

static json_t *ledger_of(const struct viz_ledger *ledger, bool loss_known)
{
    json_t *object = json_object();
#define X(name, help) json_object_set_new(object, #name, viz_json_count(ledger->name));
    VIZ_LEDGER(X)
#undef X
    json_object_set_new(object, "missing", loss_of(ledger->missing, loss_known));
    json_object_set_new(object, "lost", loss_of(ledger->lost, loss_known));
    json_object_set_new(object, "balanced", json_boolean(ledger->balanced));
    return object;
}

static json_t *held_s(const struct viz_live *live, const struct live_member *member,
                      bool newest)
{
    const struct viz_series *series = viz_reader_series(member->reader);
    uint64_t begin = viz_series_begin(series), end = viz_series_end(series);
    if (begin == end)
        return json_null();
    int64_t ns = viz_series_time(series, newest ? end - 1 : begin);
    return viz_json_real(live_seconds(live, ns));
}

static json_t *stream_health(const struct viz_live *live, uint32_t index,
                             int64_t now_ns)
{
    const struct live_member *member = live->member[index];
    struct viz_live_stream_figures figures;
    json_t *object = json_object();
    viz_live_stream_figures(live, index, now_ns, &figures);
    json_object_set_new(object, "id", viz_json_count(index));
    json_object_set_new(object, "delivered_hz", viz_json_real(figures.delivered_hz));
    json_object_set_new(object, "requested_hz", rate(figures.requested_hz));
    json_object_set_new(object, "rows", viz_json_count(figures.rows));
    json_object_set_new(object, "samples", viz_json_count(figures.samples));
    json_object_set_new(object, "gaps", viz_json_count(figures.gaps));
    json_object_set_new(object, "clock_steps", viz_json_count(figures.clock_steps));
    json_object_set_new(object, "newest_age_s", viz_json_real(figures.newest_age_s));
    json_object_set_new(object, "oldest_s", held_s(live, member, false));
    json_object_set_new(object, "newest_s", held_s(live, member, true));
    json_object_set_new(object, "loss_known", json_boolean(figures.loss_known));
    json_object_set_new(object, "ledger",
                        ledger_of(&figures.ledger, figures.loss_known));
    return object;
}

/* Of a WebSocket its link; everything else is there from the start. */
static const char *state_of(const struct viz_net_status *status)
{
    static const char *const words[] = {
        [VIZ_LINK_IDLE] = "open",
        [VIZ_LINK_RESOLVING] = "resolving",
        [VIZ_LINK_CONNECTING] = "connecting",
        [VIZ_LINK_GREETING] = "greeting",
        [VIZ_LINK_OPEN] = "open",
        [VIZ_LINK_WAITING] = "waiting",
        [VIZ_LINK_STOPPED] = "stopped",
    };
    if (!status)
        return "open";
    return words[atomic_load_explicit(&status->link.state, memory_order_relaxed)];
}

static json_t *source_health(const struct viz_sources *sources, uint32_t index)
{
    const struct viz_net_status *status = viz_sources_status(sources, index);
    const struct viz_wire *wire =
        status ? atomic_load_explicit(&status->format, memory_order_relaxed) : NULL;
    bool ended = status && atomic_load_explicit(&status->ended, memory_order_acquire);
    json_t *object = json_object();
    char where[256];
    viz_sources_where(sources, index, where, sizeof(where));
    json_object_set_new(object, "where", viz_json_text(where));
    json_object_set_new(object, "format",
                        !status ? json_string("synth")
                        : wire  ? json_string(wire->name)
                                : json_null());
    json_object_set_new(object, "state",
                        json_string(ended ? "ended" : state_of(status)));
    json_object_set_new(object, "ended", json_boolean(ended));
    return object;
}

static json_t *notices_of(const struct viz_live *live)
{
    json_t *notices = json_array();
    uint64_t first = live->notices > LIVE_NOTICES ? live->notices - LIVE_NOTICES : 0;
    for (uint64_t i = first; i < live->notices; i++)
        json_array_append_new(notices, viz_json_text(live->notice[i % LIVE_NOTICES]));
    return notices;
}

char *live_text_health(const struct viz_live *live, int64_t now_ns)
{
    const struct viz_sources *sources = live->params.sources;
    struct viz_live_figures figures;
    viz_live_figures(live, now_ns, &figures);
    json_t *health = object_of("health"), *behind = json_object();
    json_t *streams = json_array(), *places = json_array();
    json_object_set_new(behind, "p50", viz_json_real(figures.behind_ms_p50));
    json_object_set_new(behind, "p99", viz_json_real(figures.behind_ms_p99));
    for (uint32_t i = 0; i < live->members; i++)
        json_array_append_new(streams, stream_health(live, i, now_ns));
    for (uint32_t i = 0; sources && i < viz_sources_count(sources); i++)
        json_array_append_new(places, source_health(sources, i));
    json_object_set_new(health, "now_s", viz_json_real(live_seconds(live, now_ns)));
    json_object_set_new(health, "clients", viz_json_count(figures.clients));
    json_object_set_new(health, "ended", json_boolean(figures.ended));
    json_object_set_new(health, "behind_ms", behind);
    json_object_set_new(health, "loss_known", json_boolean(figures.loss_known));
    json_object_set_new(health, "ledger",
                        ledger_of(&figures.ledger, figures.loss_known));
    json_object_set_new(health, "streams", streams);
    json_object_set_new(health, "sources", places);
    json_object_set_new(health, "notices", notices_of(live));
    return dump(health);
}
