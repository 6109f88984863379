/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backend.h"
#include "link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* As in viz_clock_from_realtime(). */
#define STAMP_LIMIT_NS 10000000000

/* @seen is the kernel's count as of now: 32 bits that wrap. */
static void count_drops(struct viz_net_source *source, uint32_t seen)
{
    viz_count(&source->status.kernel_drops, (uint32_t)(seen - source->drops_seen));
    source->drops_seen = seen;
}

/* A kernel stamp on viz_clock. The distance of the two clocks is asked for once in a wake-up:
 * asking reads the clock, which is 2 % of what a small datagram costs. */
static int64_t convert_stamp(struct viz_net *net, int64_t realtime_ns,
                             int64_t received_ns)
{
    int64_t ns = realtime_ns - net->stamp_distance_ns;
    if (net->stamps_of_ns != received_ns) {
        ns = viz_clock_from_realtime(net->clock, realtime_ns, received_ns);
        if (ns >= received_ns)
            return received_ns;
        net->stamps_of_ns = received_ns;
        net->stamp_distance_ns = realtime_ns - ns;
    }
    bool believable = ns <= received_ns && ns >= received_ns - STAMP_LIMIT_NS;
    return believable ? ns : received_ns;
}

struct viz_arrival viz_net_arrival(struct viz_net *net, struct viz_net_source *source,
                                   void *control, size_t size, int64_t received_ns)
{
    struct viz_arrival arrival = {.origin_ns = received_ns, .received_ns = received_ns};
    struct msghdr message = {.msg_control = control, .msg_controllen = size};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET)
            continue;
        if (c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec stamp;
            memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
            int64_t realtime_ns = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
            arrival.origin_ns = convert_stamp(net, realtime_ns, received_ns);
        } else if (c->cmsg_type == SO_RXQ_OVFL) {
            uint32_t seen;
            memcpy(&seen, CMSG_DATA(c), sizeof(seen));
            count_drops(source, seen);
        }
    }
    return arrival;
}

static void announce(struct viz_net *net, struct viz_net_source *source,
                     const struct viz_wire *wire)
{
    struct viz_net_status *status = &source->status;
    if (atomic_load_explicit(&status->format, memory_order_relaxed) == wire)
        return;
    atomic_store_explicit(&status->format, wire, memory_order_relaxed);
    atomic_store_explicit(&status->sequenced, !strcmp(wire->name, "viz"),
                          memory_order_relaxed);
    if (!source->forced)
        viz_notice(net->notices, "%s speaks %s (%s)", source->label, wire->name,
                   wire->announce);
}

/* An idle parser of @source for @wire: one that has spoken it, else a fresh one, else
 * one that spoke another format. There are as many parsers as flows, so one is always
 * idle. */
static struct viz_net_parser *find_parser(struct viz_net_source *source,
                                          const struct viz_wire *wire)
{
    struct viz_net_parser *fresh = NULL, *other = NULL;
    for (uint32_t i = 0; i < source->count; i++) {
        struct viz_net_parser *parser = &source->parser[i];
        if (parser->busy)
            continue;
        if (parser->wire == wire)
            return parser;
        if (!parser->decoder && !fresh)
            fresh = parser;
        if (parser->decoder)
            other = parser;
    }
    return fresh ? fresh : other;
}

/* The least number that no other parser of @source for @wire has. */
static uint32_t free_number(const struct viz_net_source *source,
                            const struct viz_wire *wire)
{
    uint64_t taken = 0;
    for (uint32_t i = 0; i < source->count; i++)
        if (source->parser[i].wire == wire)
            taken |= UINT64_C(1) << (source->parser[i].intake.number - 1);
    return ~taken ? (uint32_t)__builtin_ctzll(~taken) + 1 : source->count;
}

struct viz_net_parser *viz_net_parser_open(struct viz_net *net,
                                           struct viz_net_source *source,
                                           const struct viz_wire *wire)
{
    struct viz_net_parser *parser = find_parser(source, wire);
    viz_assert(parser);
    if (parser->wire != wire) {
        if (parser->decoder)
            parser->wire->destroy(parser->decoder);
        uint32_t number = free_number(source, wire);
        parser->wire = wire;
        parser->intake = (struct viz_intake){
            .streams = net->streams,
            .source = source->index,
            .source_name = source->label,
            .number = number,
            .clock = net->clock,
            .counts = &source->status.wire,
        };
        parser->decoder = wire->create(&parser->intake);
    }
    parser->busy = true;
    announce(net, source, wire);
    return parser;
}

/* Where a sender tells no times the time axis is not the device's. */
static void say_untimed(struct viz_net *net, struct viz_net_source *source,
                        const struct viz_net_parser *parser)
{
    if (!parser->intake.untimed || source->untimed_said)
        return;
    source->untimed_said = true;
    viz_notice(net->notices, "%s has no time column: rows stand where they arrived",
               source->label);
}

void viz_net_parser_decode(struct viz_net *net, struct viz_net_source *source,
                           struct viz_net_parser *parser,
                           const struct viz_arrival *arrival, const uint8_t *bytes,
                           size_t size, bool datagram)
{
    parser->wire->decode(parser->decoder, arrival, bytes, size, datagram);
    say_untimed(net, source, parser);
}

void viz_net_parser_close(struct viz_net *net, struct viz_net_source *source,
                          struct viz_net_parser *parser,
                          const struct viz_arrival *arrival)
{
    parser->wire->finish(parser->decoder, arrival);
    parser->busy = false;
    say_untimed(net, source, parser);
}

static const struct viz_wire *recognise(const struct viz_net_source *source,
                                        const uint8_t *bytes, size_t size, bool final)
{
    return source->forced ? source->forced : viz_wire_probe(bytes, size, final);
}

void viz_net_say_unknown(struct viz_net *net, struct viz_net_source *source)
{
    if (source->unknown_said)
        return;
    source->unknown_said = true;
    char names[VIZ_WIRE_NAMES];
    viz_wire_names(names);
    viz_notice(net->notices, "%s speaks no known format (%s): force one with --format",
               source->label, names);
}

/* What no format could be found for: one unreadable line or frame. */
static void count_unknown(struct viz_net *net, struct viz_net_source *source,
                          size_t size)
{
    viz_count(&source->status.wire.packets, 1);
    viz_count(&source->status.wire.bytes, size);
    viz_count(&source->status.wire.bad_syntax, 1);
    viz_net_say_unknown(net, source);
}

uint8_t *viz_net_room(struct viz_net_flow *flow, size_t *size)
{
    *size = VIZ_NET_READ_BYTES - flow->held;
    return flow->buffer + flow->held;
}

/* Give what is held to its decoder, once there is one. @final: no more bytes will help.
 */
static VIZ_ON(source) void read_held(struct viz_net *net, struct viz_net_flow *flow,
                                     bool final)
{
    struct viz_net_source *source = flow->source;
    if (!flow->held)
        return;
    if (!flow->parser) {
        final = final || flow->held >= VIZ_PROBE_BYTES;
        const struct viz_wire *wire =
            recognise(source, flow->buffer, flow->held, final);
        if (wire)
            flow->parser = viz_net_parser_open(net, source, wire);
        else if (final)
            count_unknown(net, source, flow->held);
        else
            return;
    }
    size_t size = flow->held;
    flow->held = 0;
    if (flow->parser)
        viz_net_parser_decode(net, source, flow->parser, &flow->first, flow->buffer,
                              size, false);
}

void viz_net_take_bytes(struct viz_net *net, struct viz_net_flow *flow,
                        const struct viz_arrival *arrival, size_t size)
{
    if (flow->source->link) {
        viz_link_take(flow->source->link, arrival, flow->buffer, size);
        return;
    }
    net->window_packets++;
    if (!flow->held)
        flow->first = *arrival;
    flow->held += (uint32_t)size;
    read_held(net, flow, false);
}

void viz_net_source_flush(struct viz_net *net, struct viz_net_source *source)
{
    viz_net_settle_datagrams(net, source);
    for (uint32_t i = 0; net->streams && i < viz_streams_count(net->streams); i++) {
        struct viz_stream *stream = viz_streams_at(net->streams, i);
        if (stream && stream->source == source->index)
            viz_stream_flush(stream);
    }
    /* A datagram tells of the drops before it: those after the last one are asked for.
     */
    uint32_t seen;
    if (source->kind == VIZ_SOURCE_UDP && viz_net_socket_drops(source->fd, &seen))
        count_drops(source, seen);
}

/* How the user is told that @flow ended. */
static void say_end(struct viz_net *net, const struct viz_net_flow *flow, int error)
{
    const struct viz_net_source *source = flow->source;
    char peer[96] = "the input";
    if (source->kind != VIZ_SOURCE_PIPE)
        viz_net_socket_peer(flow->fd, peer, sizeof(peer));
    if (error)
        viz_notice(net->notices, "%s: %s: %s", source->label, peer, strerror(error));
    else if (source->kind == VIZ_SOURCE_PIPE)
        viz_notice(net->notices, "%s ended", source->label);
    else
        viz_notice(net->notices, "%s: %s closed the connection", source->label, peer);
}

void viz_net_flow_end(struct viz_net *net, struct viz_net_flow *flow, int error,
                      int64_t now_ns)
{
    struct viz_net_source *source = flow->source;
    struct viz_arrival arrival = {.origin_ns = now_ns, .received_ns = now_ns};
    if (source->link) {
        viz_link_input_ended(source->link, error, now_ns);
        return;
    }
    read_held(net, flow, true);
    if (flow->parser) {
        viz_net_parser_close(net, source, flow->parser, &arrival);
        flow->parser = NULL;
    }
    say_end(net, flow, error);
    if (source->kind != VIZ_SOURCE_PIPE)
        close(flow->fd);
    flow->fd = -1;
    source->refused_said = false;
    if (source->kind == VIZ_SOURCE_TCP_LISTEN)
        return;
    viz_net_source_flush(net, source);
    /* Pairs with the acquire of who asks whether all has come: the rows are published.
     */
    atomic_store_explicit(&source->status.ended, true, memory_order_release);
}

struct viz_net_flow *viz_net_flow_begin(struct viz_net *net,
                                        struct viz_net_source *source, int fd)
{
    char peer[96];
    viz_net_socket_peer(fd, peer, sizeof(peer));
    viz_count(&source->status.connections, 1);
    source->trouble_said = false;
    for (uint32_t i = 0; i < source->count; i++) {
        struct viz_net_flow *flow = &source->flow[i];
        if (flow->fd >= 0)
            continue;
        viz_net_socket_tune(fd);
        flow->fd = fd;
        flow->held = 0;
        viz_notice(net->notices, "%s: %s connected", source->label, peer);
        return flow;
    }
    if (!source->refused_said)
        viz_notice(net->notices, "%s: %s was refused: %d connections are open",
                   source->label, peer, VIZ_NET_MAX_CONNECTIONS);
    source->refused_said = true;
    close(fd);
    return NULL;
}

void viz_net_pause(struct viz_net *net, struct viz_net_source *source, int error,
                   int64_t now_ns)
{
    if (!source->trouble_said)
        viz_notice(net->notices, "%s: %s: trying again", source->label,
                   strerror(error));
    source->trouble_said = true; /* until it has worked in between */
    source->paused_until_ns = now_ns + VIZ_NET_PAUSE_NS;
}
