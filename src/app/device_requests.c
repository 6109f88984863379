/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device_state.h"
#include "device_talk.h"

#include <viz/device_signals.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct stream_facts {
    const char *name;
    unsigned limit;
} streams[STREAMS] = {
    [BENCHMARK] = {"benchmark", VIZ_DEVICE_SUBSCRIBERS},
    [AUDIO] = {"audio", 4},
    [STM] = {"stm", 8},
};

static json_t *subscribed(const struct viz_device_session *session, enum stream stream,
                          uint32_t id)
{
    json_int_t client = id;
    if (stream == AUDIO)
        return json_pack("{s:I, s:i, s:i, s:i, s:i, s:i, s:i, s:s}", "clientId", client,
                         "frameSize", VIZ_LW_AUDIO_BYTES, "streamVersion", 1,
                         "numBands", 8, "numChroma", 12, "waveformSize", 128,
                         "targetFps", VIZ_DEVICE_AUDIO_HZ, "status", "ok");
    if (stream == STM)
        return json_pack("{s:I, s:i, s:i, s:i, s:i, s:i}", "clientId", client,
                         "frameSize", VIZ_LW_STM_BYTES, "spectralBins", 42,
                         "temporalBands", 16, "targetFps", VIZ_DEVICE_STM_HZ, "magic",
                         0xfd);
    int size =
        session->params.faults->extended ? VIZ_LW_EXTENDED_BYTES : VIZ_LW_COMPACT_BYTES;
    return json_pack("{s:I, s:i, s:i, s:i, s:b}", "clientId", client, "frameSize", size,
                     "targetFps", 10, "magicByte", 0, "accepted", 1);
}

static void begin_stream(struct viz_device_session *session, enum stream stream,
                         int64_t now_ms)
{
    if (stream == AUDIO)
        session->audio = device_stream_next(now_ms, VIZ_DEVICE_AUDIO_HZ);
    else if (stream == STM)
        session->stm = device_stream_next(now_ms, VIZ_DEVICE_STM_HZ);
}

static bool subscribe(struct viz_device_session *session, unsigned slot,
                      enum stream stream, int64_t now_ms)
{
    struct client *client = &session->client[slot];
    if (session->params.faults->refuse)
        return false;
    if (client->streams & 1u << stream)
        return true;
    if (session->subscribers[stream] == streams[stream].limit)
        return false;
    client->streams |= 1u << stream;
    if (!session->subscribers[stream]++)
        begin_stream(session, stream, now_ms);
    return true;
}

static char *on_subscribe(struct viz_device_session *session, unsigned slot,
                          enum stream stream, const char *request_id, int64_t now_ms)
{
    char type[32];
    bool accepted = subscribe(session, slot, stream, now_ms);
    snprintf(type, sizeof(type), "%s.%s", streams[stream].name,
             accepted ? "subscribed" : "rejected");
    if (stream == BENCHMARK && accepted)
        device_counts(session)->subscriptions++;
    else if (!accepted)
        device_counts(session)->rejections++;
    return accepted ? device_talk_reply(
                          type, request_id,
                          subscribed(session, stream, session->client[slot].id))
                    : device_talk_rejection(type, request_id);
}

static char *on_unsubscribe(struct viz_device_session *session, unsigned slot,
                            enum stream stream, const char *request_id)
{
    char type[32];
    json_int_t id = session->client[slot].id;
    device_unsubscribe(session, slot, stream);
    snprintf(type, sizeof(type), "%s.unsubscribed", streams[stream].name);
    return device_talk_reply(type, request_id, json_pack("{s:I}", "clientId", id));
}

static char *on_benchmark(struct viz_device_session *session, const char *verb,
                          const char *request_id)
{
    struct viz_lw_frame frame;
    if (!strcmp(verb, "start")) {
        viz_hops_reset(session->hops);
        session->active = true;
        return device_talk_reply("benchmark.started", request_id,
                                 json_pack("{s:b}", "active", 1));
    }
    viz_hops_frame(session->hops, 0, session->active, &frame);
    if (!strcmp(verb, "stop")) {
        session->active = false;
        return device_talk_reply("benchmark.stopped", request_id,
                                 device_talk_results(&frame));
    }
    if (!strcmp(verb, "get"))
        return device_talk_reply(
            "benchmark.stats", request_id,
            device_talk_stats(&frame, session->subscribers[BENCHMARK]));
    return NULL;
}

/* What this device was built without. */
static const char *disabled(const char *type)
{
    static const struct {
        const char *type, *message;
    } features[] = {
        {"ledStream.subscribe", "LED streaming not available"},
        {"ledStream.unsubscribe", "LED streaming not available"},
        {"logStream.subscribe", "Log streaming not available"},
        {"logStream.unsubscribe", "Log streaming not available"},
        {"validation.subscribe", "Validation streaming not available"},
        {"validation.unsubscribe", "Validation streaming not available"},
        {"vrms.subscribe", "VRMS streaming not available"},
        {"vrms.unsubscribe", "VRMS streaming not available"},
        {"beat.subscribe", "Beat events not available"},
        {"beat.unsubscribe", "Beat events not available"},
    };
    for (size_t i = 0; i < LENGTH(features); i++)
        if (!strcmp(type, features[i].type))
            return features[i].message;
    return NULL;
}

/* NULL: no such type. */
static char *reply_to(struct viz_device_session *session, unsigned slot,
                      const json_t *request, const char *request_id, int64_t now_ms)
{
    const char *type = device_talk_text(request, "type");
    for (enum stream stream = 0; stream < STREAMS; stream++) {
        size_t length = strlen(streams[stream].name);
        if (strncmp(type, streams[stream].name, length) || type[length] != '.')
            continue;
        const char *verb = type + length + 1;
        if (stream == AUDIO && json_object_get(request, "udpPort"))
            return device_talk_error("FEATURE_DISABLED", "UDP streaming not available",
                                     request_id);
        if (!strcmp(verb, "subscribe"))
            return on_subscribe(session, slot, stream, request_id, now_ms);
        if (!strcmp(verb, "unsubscribe"))
            return on_unsubscribe(session, slot, stream, request_id);
        if (stream == BENCHMARK)
            return on_benchmark(session, verb, request_id);
    }
    const char *message = disabled(type);
    return message ? device_talk_error("FEATURE_DISABLED", message, request_id) : NULL;
}

void device_handle(struct viz_device_session *session, unsigned slot, const char *text,
                   size_t size, int64_t now_ms)
{
    char *reply = NULL;
    if (size > VIZ_DEVICE_MAX_TEXT) {
        device_counts(session)->bad_texts++;
        device_answer(session, slot,
                      device_talk_error("INVALID_VALUE", "Message too large", ""));
        return;
    }
    json_t *request = device_talk_parse(text, size);
    if (!request) {
        device_counts(session)->bad_texts++;
        device_answer(session, slot,
                      device_talk_error("INVALID_JSON", "Parse error", ""));
        return;
    }
    const char *request_id = device_talk_text(request, "requestId");
    reply = reply_to(session, slot, request, request_id, now_ms);
    if (!reply) {
        device_counts(session)->bad_texts++;
        reply = device_talk_error("INVALID_VALUE", "Unknown command type", request_id);
    }
    device_answer(session, slot, reply);
    json_decref(request);
}
