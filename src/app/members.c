/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The streams of a session as the render thread sees them. */
#include "session_state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HISTORY_BYTES (192u << 20) /* default memory of one stream's history */

static double requested_hz(const struct viz_stream *stream)
{
    return atomic_load_explicit(&stream->requested_hz, memory_order_relaxed);
}

/* Rows to hold: what the user asked for; otherwise what fits into a fixed amount of
 * memory, and one and a half windows of a stream that says its rate in any case. */
static uint64_t history_rows(const struct session *session,
                             const struct viz_stream *stream)
{
    const struct viz_config *config = session->config;
    double hz = requested_hz(stream);
    double row_bytes = 11 + 4.6 * stream->max_channels;
    double rows = exp2(floor(log2(HISTORY_BYTES / row_bytes)));
    if (config->history_s > 0 && hz > 0)
        rows = config->history_s * hz;
    double least = 1.5 * config->window_s * hz;
    return (uint64_t)(rows > least ? rows : least) + 1;
}

static uint32_t first_number(const struct session *session, uint32_t member)
{
    uint32_t number = 1;
    for (uint32_t i = 0; i < member; i++)
        number += session->member[i].known_channels;
    return number;
}

static uint32_t chosen_colour(const struct viz_config *config, uint32_t number)
{
    for (uint32_t i = 0; i < config->colours; i++)
        if (config->colour[i].channel == number)
            return config->colour[i].rgb;
    return VIZ_COLOUR_AUTO;
}

static bool chosen_to_show(const struct session *session, uint32_t number)
{
    size_t size = sizeof(session->show) / sizeof(session->show[0]);
    return session->show_all || (number < size && session->show[number]);
}

/* What the user wants of channel @index, whose number is @number now. */
static void choose(const struct session *session, struct member *member, uint32_t index,
                   uint32_t number)
{
    if (chosen_to_show(session, number))
        viz_reader_show(member->reader, index);
    else
        viz_reader_hide(member->reader, index);
}

/* Whether a stream of another source has the name of member @index. */
static bool is_ambiguous(const struct session *session, uint32_t index)
{
    const struct viz_stream *stream = viz_reader_stream(session->member[index].reader);
    for (uint32_t i = 0; i < session->members; i++) {
        const struct viz_stream *other = viz_reader_stream(session->member[i].reader);
        if (other->source != stream->source && !strcmp(other->name, stream->name))
            return true;
    }
    return false;
}

/* What the picture calls a stream: three devices with a stream "benchmark" each are told
 * apart by where they come from. */
static const char *label(struct session *session, uint32_t index)
{
    struct member *member = &session->member[index];
    const struct viz_stream *stream = viz_reader_stream(member->reader);
    const char *name = stream->name;
    if (member->labelled == name && member->labelled_among == session->members)
        return member->label;
    char where[256] = "", *at = where;
    if (is_ambiguous(session, index)) {
        viz_sources_where(session->sources, stream->source, where, sizeof(where));
        char *scheme = strstr(where, "://");
        at = scheme ? scheme + 3 : where;
        at[strcspn(at, "/")] = 0;
    }
    snprintf(member->label, sizeof(member->label), "%s%s%.80s", name, *at ? " · " : "",
             at);
    member->labelled = name;
    member->labelled_among = session->members;
    return member->label;
}

/* Channels that came since the last frame. All of them get other numbers when a stream
 * before this one gained channels: it may have been announced without any. */
static void learn_channels(struct session *session, uint32_t index)
{
    struct member *member = &session->member[index];
    struct viz_stream *stream = viz_reader_stream(member->reader);
    uint32_t count = atomic_load_explicit(&stream->channels, memory_order_acquire);
    uint32_t first = first_number(session, index);
    bool moved = first != member->first_number;
    for (uint32_t i = moved ? 0 : member->known_channels; i < count; i++)
        choose(session, member, i, first + i);
    member->first_number = first;
    member->known_channels = count;
    for (uint32_t i = 0; i < count; i++)
        member->channel[i] = (struct viz_scene_channel){
            .name = stream->channel[i].name,
            .unit = stream->channel[i].unit,
            .number = first + i,
            .colour = chosen_colour(session->config, first + i),
            .shown = !viz_reader_hidden(member->reader, i),
        };
    session->scene_stream[index] = (struct viz_scene_stream){
        .name = label(session, index),
        .series = viz_reader_series(member->reader),
        .channel = member->channel,
        .channels = count,
    };
}

void session_discover(struct session *session)
{
    while (session->members < VIZ_MAX_STREAMS) {
        struct viz_stream *stream = viz_streams_at(&session->streams, session->members);
        if (!stream)
            break;
        struct member *member = &session->member[session->members++];
        member->reader = viz_reader_create(stream, history_rows(session, stream));
        member->delivered_hz = NAN;
    }
    for (uint32_t i = 0; i < session->members; i++)
        learn_channels(session, i);
    session->scene.streams = session->members;
}

uint64_t session_drain(struct session *session)
{
    uint64_t rows = 0;
    for (uint32_t i = 0; i < session->members; i++) {
        struct viz_reader *reader = session->member[i].reader;
        viz_meter_depth(session->meter,
                        viz_feed_depth(viz_reader_stream(reader)->feed));
        rows += viz_reader_drain(reader);
    }
    return rows;
}

int64_t session_newest_ns(const struct session *session)
{
    int64_t newest = 0;
    for (uint32_t i = 0; i < session->members; i++) {
        int64_t ns = viz_reader_newest_ns(session->member[i].reader);
        if (ns > newest)
            newest = ns;
    }
    return newest;
}

void session_ledger(const struct session *session, struct viz_ledger *out)
{
    *out = (struct viz_ledger){.balanced = true};
    for (uint32_t i = 0; i < session->members; i++) {
        struct viz_ledger one;
        viz_reader_ledger(session->member[i].reader, &one);
        viz_ledger_add(out, &one);
    }
    viz_sources_account(session->sources, out);
}

const char *session_unnumbered(const struct session *session)
{
    for (uint32_t i = 0; i < session->members; i++) {
        const struct viz_stream *stream = viz_reader_stream(session->member[i].reader);
        if (!stream->numbered)
            return stream->format;
    }
    return NULL;
}
