/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datagrams: which format they are of, and into its decoder. */
#include "backend.h"

#include <string.h>

/* A wrong guess ends after so many datagrams of another format in a row. */
#define FOREIGN_LIMIT 64

/* Unrecognised datagrams after which the user is told. */
#define UNKNOWN_LIMIT 32

/* Whether all of @bytes is UTF-8 without control characters other than blanks. */
static bool is_text(const uint8_t *bytes, size_t size)
{
    size_t more = 0; /* continuation bytes to come */
    for (size_t i = 0; i < size; i++) {
        uint8_t c = bytes[i];
        if (more) {
            if ((c & 0xc0) != 0x80)
                return false;
            more--;
        } else if (c >= 0xc2 && c < 0xf5) {
            more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        } else if (c >= 0x7f || (c < ' ' && c != '\t' && c != '\r' && c != '\n')) {
            return false;
        }
    }
    return !more;
}

static uint64_t count_lines(const uint8_t *bytes, size_t size)
{
    uint64_t lines = bytes[size - 1] != '\n';
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    return lines;
}

static void count_unknown(struct viz_net *net, struct viz_net_source *source,
                          const void *bytes, size_t size, bool text)
{
    struct viz_wire_counts *counts = &source->status.wire;
    viz_count(&counts->packets, 1);
    viz_count(&counts->bytes, size);
    if (text)
        viz_count(&counts->chatter, count_lines(bytes, size));
    else
        viz_count(&counts->bad_syntax, 1);
    if (++source->undecided->unknown >= UNKNOWN_LIMIT)
        viz_net_say_unknown(net, source);
}

/* The oldest @count go to the decoder; without one, or where it takes frames and no text,
 * they are chatter. */
static VIZ_ON(source) void release(struct viz_net *net, struct viz_net_source *source,
                                   uint32_t count)
{
    struct viz_net_undecided *held = source->undecided;
    struct viz_net_parser *parser = &source->parser[0];
    size_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t size = held->datagram[i].size;
        const uint8_t *bytes = (const uint8_t *)held->text + at;
        if (parser->busy && !parser->wire->binary)
            viz_net_parser_decode(net, source, parser, &held->datagram[i].arrival,
                                  bytes, size, true);
        else
            count_unknown(net, source, bytes, size, true);
        at += size + 1;
    }
    held->count -= count;
    held->used -= (uint32_t)at;
    memmove(held->datagram, held->datagram + count,
            held->count * sizeof(held->datagram[0]));
    memmove(held->text, held->text + at, held->used);
}

/* Room for one more datagram of @size bytes: the oldest go. */
static VIZ_ON(source) void make_room(struct viz_net *net, struct viz_net_source *source,
                                     size_t size)
{
    const struct viz_net_undecided *held = source->undecided;
    uint32_t gone = held->count == VIZ_NET_UNDECIDED;
    size_t used = held->used - (gone ? held->datagram[0].size + 1 : 0);
    while (used + size + 1 > sizeof(held->text))
        used -= held->datagram[gone++].size + 1;
    release(net, source, gone);
}

/* Keep a datagram of text and look at it with all that came before it: its end is that
 * of a line. The format, or NULL while it is not sure. */
static VIZ_ON(source) const
    struct viz_wire *hold(struct viz_net *net, struct viz_net_source *source,
                          const struct viz_arrival *arrival, const uint8_t *bytes,
                          size_t size)
{
    struct viz_net_undecided *held = source->undecided;
    make_room(net, source, size);
    held->datagram[held->count].size = (uint32_t)size;
    held->datagram[held->count++].arrival = *arrival;
    memcpy(held->text + held->used, bytes, size);
    held->used += (uint32_t)size;
    held->text[held->used++] = '\n';
    return viz_wire_probe((const uint8_t *)held->text, held->used, false);
}

/* A datagram before the format is known. */
static VIZ_ON(source) void take_first(struct viz_net *net,
                                      struct viz_net_source *source,
                                      const struct viz_arrival *arrival,
                                      const uint8_t *bytes, size_t size)
{
    const struct viz_wire *wire =
        source->forced ? source->forced : viz_wire_probe(bytes, size, false);
    bool text = !wire && is_text(bytes, size);
    bool held = text && size < sizeof(source->undecided->text);
    if (held)
        wire = hold(net, source, arrival, bytes, size);
    else if (!wire)
        count_unknown(net, source, bytes, size, text);
    if (!wire)
        return;
    struct viz_net_parser *parser = viz_net_parser_open(net, source, wire);
    release(net, source, source->undecided->count);
    if (!held)
        viz_net_parser_decode(net, source, parser, arrival, bytes, size, true);
}

/* The format of a datagram by itself, or NULL where none is sure. */
static const struct viz_wire *recognise(struct viz_net_undecided *held,
                                        const uint8_t *bytes, size_t size)
{
    const struct viz_wire *wire = viz_wire_probe(bytes, size, false);
    if (wire || size >= sizeof(held->text))
        return wire;
    memcpy(held->text, bytes, size);
    held->text[size] = '\n';
    return viz_wire_probe((const uint8_t *)held->text, size + 1, false);
}

/* The decoder understood nothing of this datagram: is its format another one? */
static VIZ_ON(source) void suspect(struct viz_net *net, struct viz_net_source *source,
                                   const struct viz_arrival *arrival,
                                   const uint8_t *bytes, size_t size)
{
    struct viz_net_parser *parser = &source->parser[0];
    const struct viz_wire *wire = recognise(source->undecided, bytes, size);
    if (!wire || wire == parser->wire || ++source->undecided->foreign < FOREIGN_LIMIT)
        return;
    source->undecided->foreign = 0;
    viz_net_parser_close(net, source, parser, arrival);
    viz_net_parser_open(net, source, wire);
}

void viz_net_take_datagram(struct viz_net *net, struct viz_net_source *source,
                           const struct viz_arrival *arrival, const uint8_t *bytes,
                           size_t size, bool truncated)
{
    net->window_packets++;
    net->datagrams++;
    source->trouble_said = false;
    struct viz_wire_counts *counts = &source->status.wire;
    if (truncated) {
        viz_count(&counts->packets, 1);
        viz_count(&counts->bytes, size);
        viz_count(&counts->oversized, 1);
        return;
    }
    struct viz_net_parser *parser = &source->parser[0];
    if (!parser->busy) {
        if (size)
            take_first(net, source, arrival, bytes, size);
        else /* says nothing about the format */
            viz_count(&counts->packets, 1);
        return;
    }
    uint64_t lines = viz_counted(&counts->lines);
    viz_net_parser_decode(net, source, parser, arrival, bytes, size, true);
    if (viz_counted(&counts->lines) != lines)
        source->undecided->foreign = 0;
    else if (size && !source->forced)
        suspect(net, source, arrival, bytes, size);
}

void viz_net_settle_datagrams(struct viz_net *net, struct viz_net_source *source)
{
    struct viz_net_undecided *held = source->undecided;
    if (!held || !held->count)
        return;
    const struct viz_wire *wire =
        viz_wire_probe((const uint8_t *)held->text, held->used, true);
    if (wire && !wire->binary)
        viz_net_parser_open(net, source, wire);
    release(net, source, held->count);
}
