/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One decoder, its streams and a stopped clock, for the tests of wire formats. */
#ifndef VIZ_WIRE_RIG_H
#define VIZ_WIRE_RIG_H

#include <viz/encode.h>
#include <viz/wire.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wire_rig {
    const struct viz_wire *wire;
    struct viz_streams streams;
    struct viz_wire_counts counts;
    struct viz_intake intake;
    struct viz_decoder *decoder;
    struct viz_clock *clock;
    int64_t now_ns; /* stamped on what arrives */
};

static inline void wire_rig_init(struct wire_rig *rig, const char *format)
{
    memset(rig, 0, sizeof(*rig));
    rig->now_ns = 1000000000;
    rig->clock = viz_clock_create_fake(rig->now_ns);
    rig->wire = viz_wire_find(format);
    rig->intake = (struct viz_intake){
        .streams = &rig->streams,
        .source_name = "test",
        .clock = rig->clock,
        .counts = &rig->counts,
    };
    rig->decoder = rig->wire->create(&rig->intake);
}

static inline void wire_rig_finish(struct wire_rig *rig)
{
    rig->wire->destroy(rig->decoder);
    viz_streams_finish(&rig->streams);
    viz_clock_destroy(rig->clock);
}

static inline struct viz_arrival wire_rig_arrival(const struct wire_rig *rig)
{
    return (struct viz_arrival){.origin_ns = rig->now_ns, .received_ns = rig->now_ns};
}

/* A copy of exactly this size, so that a sanitizer sees a read behind its end. */
static inline void wire_rig_take(struct wire_rig *rig, const void *bytes, size_t size,
                                 bool datagram)
{
    struct viz_arrival arrival = wire_rig_arrival(rig);
    uint8_t *copy = malloc(size ? size : 1);
    if (size)
        memcpy(copy, bytes, size);
    rig->wire->decode(rig->decoder, &arrival, copy, size, datagram);
    free(copy);
}

static inline void wire_rig_text(struct wire_rig *rig, const char *text)
{
    wire_rig_take(rig, text, strlen(text), false);
}

static inline void wire_rig_datagram(struct wire_rig *rig, const char *text)
{
    wire_rig_take(rig, text, strlen(text), true);
}

static inline void wire_rig_end(struct wire_rig *rig)
{
    struct viz_arrival arrival = wire_rig_arrival(rig);
    rig->wire->finish(rig->decoder, &arrival);
}

/* Everything that came out, as text: a line for each stream, one for each row. Times
 * are relative to the first row of the session. */
struct wire_log {
    char *text;
    size_t size;
    FILE *file;
    bool based;
    int64_t base_ns;
};

static inline void wire_log_block(struct wire_log *log, const struct viz_block *block)
{
    for (uint32_t i = 0; i < block->rows; i++) {
        if (!log->based)
            log->base_ns = block->row[i].time_ns;
        log->based = true;
        fprintf(log->file, "%s%lld", block->row[i].flags & VIZ_ROW_BREAK ? "| " : "",
                (long long)(block->row[i].time_ns - log->base_ns));
        for (uint32_t k = 0; k < block->channels; k++) {
            float value = block->value[(size_t)k * block->capacity + i];
            if (viz_missing(value))
                fputs(" -", log->file);
            else
                fprintf(log->file, " %.9g", (double)value);
        }
        fputc('\n', log->file);
    }
}

/* Take what every stream has published. Free the result. */
static inline char *wire_rig_rows(struct wire_rig *rig)
{
    viz_role_assume_source();
    struct wire_log log = {.text = NULL};
    log.file = open_memstream(&log.text, &log.size);
    for (uint32_t i = 0; i < viz_streams_count(&rig->streams); i++) {
        struct viz_stream *stream = viz_streams_at(&rig->streams, i);
        struct viz_block *block;
        if (!stream)
            continue;
        viz_stream_flush(stream);
        fprintf(log.file, "%s:", stream->name);
        for (uint32_t k = 0; k < stream->channels; k++)
            fprintf(log.file, " %s%s%s", stream->channel[k].name,
                    stream->channel[k].unit[0] ? "/" : "", stream->channel[k].unit);
        fputc('\n', log.file);
        while ((block = viz_feed_drain(stream->feed))) {
            wire_log_block(&log, block);
            viz_feed_return(stream->feed, block);
        }
    }
    fclose(log.file);
    return log.text;
}

/* The counts that are not 0, "lines=2 chatter=1"; packets and bytes only on demand. */
static inline char *wire_rig_counts(const struct wire_rig *rig)
{
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    const char *comma = "";
#define X(name, help)                                                                  \
    if (viz_counted(&rig->counts.name) && strcmp(#name, "packets") != 0 &&             \
        strcmp(#name, "bytes") != 0) {                                                 \
        fprintf(file, "%s" #name "=%llu", comma,                                       \
                (unsigned long long)viz_counted(&rig->counts.name));                   \
        comma = " ";                                                                   \
    }
    VIZ_WIRE_COUNTS(X)
#undef X
    fclose(file);
    return text;
}

#endif
