/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device_talk.h"

#include <viz/error.h>

#define MAX_DEPTH 10

/* jansson's own limit is 2048. */
static bool too_deep(const char *text, size_t size)
{
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && depth && (c == '}' || c == ']'))
            depth--;
        if (depth > MAX_DEPTH)
            return true;
    }
    return false;
}

json_t *device_talk_parse(const char *text, size_t size)
{
    if (too_deep(text, size))
        return NULL;
    return json_loadb(text, size, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, NULL);
}

const char *device_talk_text(const json_t *root, const char *key)
{
    const char *text = json_string_value(json_object_get(root, key));
    return text ? text : "";
}

static json_t *envelope(const char *type, const char *request_id, bool success)
{
    json_t *out = json_object();
    json_object_set_new(out, "type", json_string(type));
    if (*request_id)
        json_object_set_new(out, "requestId", json_string(request_id));
    json_object_set_new(out, "success", json_boolean(success));
    return out;
}

static char *finish(json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    viz_assert(text);
    return text;
}

char *device_talk_reply(const char *type, const char *request_id, json_t *data)
{
    json_t *out = envelope(type, request_id, true);
    json_object_set_new(out, "data", data);
    return finish(out);
}

static char *refusal(const char *type, const char *code, const char *message,
                     const char *request_id)
{
    json_t *out = envelope(type, request_id, false);
    json_object_set_new(out, "error",
                        json_pack("{s:s, s:s}", "code", code, "message", message));
    return finish(out);
}

char *device_talk_error(const char *code, const char *message, const char *request_id)
{
    return refusal("error", code, message, request_id);
}

char *device_talk_rejection(const char *type, const char *request_id)
{
    return refusal(type, "RESOURCE_EXHAUSTED", "Subscriber table full", request_id);
}

json_t *device_talk_results(const struct viz_lw_frame *frame)
{
    return json_pack(
        "{s:b, s:{s:f, s:f, s:f, s:I, s:i}}", "active", 0, "results", "avgTotalUs",
        (double)frame->avg_total_us, "avgGoertzelUs", (double)frame->avg_goertzel_us,
        "cpuLoadPercent", (double)frame->cpu_load_percent, "hopCount",
        (json_int_t)frame->hop_count, "peakTotalUs", (int)frame->peak_total_us);
}

json_t *device_talk_stats(const struct viz_lw_frame *frame, bool streaming)
{
    json_t *timing = json_pack(
        "{s:f, s:f, s:f, s:f, s:i}", "avgTotalUs", (double)frame->avg_total_us,
        "avgGoertzelUs", (double)frame->avg_goertzel_us, "avgDcAgcUs",
        (double)frame->avg_dc_agc_us, "avgChromaUs", (double)frame->avg_chroma_us,
        "peakTotalUs", (int)frame->peak_total_us);
    json_t *load =
        json_pack("{s:f, s:I}", "cpuPercent", (double)frame->cpu_load_percent,
                  "hopCount", (json_int_t)frame->hop_count);
    return json_pack("{s:b, s:o, s:o}", "streaming", (int)streaming, "timing", timing,
                     "load", load);
}

char *device_talk_status(int64_t uptime_ms, unsigned clients)
{
    return finish(json_pack("{s:s, s:i, s:s, s:i, s:i, s:i, s:i, s:i, s:I, s:i}",
                            "type", "status", "effectId", 3, "effectName", "Ocean",
                            "brightness", 128, "speed", 15, "paletteId", 2, "fps", 120,
                            "freeHeap", 98304, "uptime", (json_int_t)(uptime_ms / 1000),
                            "wsClients", (int)clients));
}
