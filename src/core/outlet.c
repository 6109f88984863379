/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/outlet.h>

#include <stdio.h>
#include <string.h>

/* What a stream may ask for by the rate that its sender names: bytes a second of pool.
 */
#define MAX_SIZING_BYTES 32e6

int viz_outlet_find(const struct viz_outlet *outlet, uint32_t number)
{
    for (uint32_t i = 0; i < outlet->count; i++)
        if (outlet->slot[i].number == number)
            return (int)i;
    return -1;
}

static double sizing_hz(const struct viz_outlet_params *params)
{
    double most = MAX_SIZING_BYTES /
                  (sizeof(struct viz_row) + params->max_channels * sizeof(float));
    return params->requested_hz < most ? params->requested_hz : most;
}

/* @name with what tells this sender's streams from another's. */
static void name_stream(const struct viz_outlet *outlet, const char *name,
                        char out[VIZ_MAX_NAME])
{
    char suffix[16] = "";
    if (outlet->intake->number > 1)
        snprintf(suffix, sizeof(suffix), " #%u", outlet->intake->number);
    size_t room = VIZ_MAX_NAME - strlen(suffix);
    viz_outlet_name((struct viz_span){name, strlen(name)}, out, room);
    strcat(out, suffix);
}

int viz_outlet_open(struct viz_outlet *outlet, const struct viz_outlet_params *params)
{
    struct viz_intake *intake = outlet->intake;
    char name[VIZ_MAX_NAME];
    if (outlet->count == VIZ_MAX_STREAMS)
        return -1;
    uint32_t place = outlet->count++;
    intake->untimed |= !params->timed && !params->arrives;
    name_stream(outlet, params->name, name);
    outlet->slot[place].number = params->number;
    outlet->slot[place].stream = viz_stream_open(
        intake->streams, &(struct viz_stream_params){
                             .name = name,
                             .format = outlet->format,
                             .source = intake->source,
                             .max_channels = params->max_channels,
                             .requested_hz = params->requested_hz,
                             .sizing_hz = sizing_hz(params),
                             .clock = intake->clock,
                             .timeline = params->timed ? &intake->timeline : NULL,
                             .sequenced = params->sequenced,
                             .numbered = params->numbered,
                         });
    return (int)place;
}

void viz_outlet_relabel(struct viz_outlet *outlet, int place, const char *name,
                        const struct viz_channel *channel, uint32_t count)
{
    struct viz_stream *stream = outlet->slot[place].stream;
    char full[VIZ_MAX_NAME];
    name_stream(outlet, name, full);
    viz_stream_relabel(stream, *name ? full : stream->name, channel, count);
}

static bool any_present(const float *value, uint32_t values)
{
    for (uint32_t i = 0; i < values; i++)
        if (!viz_missing(value[i]))
            return true;
    return false;
}

void viz_outlet_row(struct viz_outlet *outlet, int place,
                    const struct viz_arrival *arrival, int64_t time_ns,
                    const float *value, uint32_t values)
{
    struct viz_stream *stream = outlet->slot[place].stream;
    if (!any_present(value, values)) {
        viz_stream_break(stream, 0);
        return;
    }
    viz_stream_row(stream, arrival, time_ns, value, values);
    outlet->touched |= UINT64_C(1) << place;
}

void viz_outlet_break(struct viz_outlet *outlet)
{
    for (uint32_t i = 0; i < outlet->count; i++)
        if (outlet->slot[i].stream)
            viz_stream_break(outlet->slot[i].stream, 0);
}

void viz_outlet_commit(struct viz_outlet *outlet)
{
    for (; outlet->touched; outlet->touched &= outlet->touched - 1)
        viz_stream_commit(outlet->slot[__builtin_ctzll(outlet->touched)].stream);
}

void viz_outlet_name(struct viz_span text, char *out, size_t room)
{
    size_t used = 0;
    text = viz_span_trim(text);
    for (size_t i = 0; i < text.size && used + 1 < room; i++)
        if ((unsigned char)text.text[i] >= ' ' && text.text[i] != 0x7f)
            out[used++] = text.text[i];
    /* A character that was cut in the middle goes as a whole. */
    if (used + 1 == room && used < text.size) {
        size_t start = used;
        while (start && ((unsigned char)out[start - 1] & 0xc0) == 0x80)
            start--;
        if (start && (unsigned char)out[start - 1] >= 0xc0) {
            unsigned char lead = (unsigned char)out[start - 1];
            size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
            if (used - (start - 1) < need)
                used = start - 1;
        }
    }
    while (used && out[used - 1] == ' ')
        used--;
    out[used] = 0;
}
