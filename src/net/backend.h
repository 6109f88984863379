/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the network layer share. A backend (uring.c, poll.c) moves bytes
 * from descriptors into memory; what the bytes mean and what becomes of them is decided
 * once, in intake.c, so that both backends count and say the same. */
#ifndef VIZ_NET_BACKEND_H
#define VIZ_NET_BACKEND_H

#include <viz/net.h>

#include <stddef.h>

#define VIZ_NET_MAX_CONNECTIONS 64 /* of one listening source */

/* Bytes of one read from a stream. Large enough that the call is not the cost. */
#define VIZ_NET_READ_BYTES 65536

/* Room for the largest UDP datagram there is, so that none is cut short. */
#define VIZ_NET_DATAGRAM_BYTES VIZ_MAX_PACKET

/* Ancillary data of one receive: SCM_TIMESTAMPNS (32) and SO_RXQ_OVFL (24). */
#define VIZ_NET_CONTROL_BYTES 64

/* Buffers lie an odd number of cache lines apart, or all would compete for the same sets.
 */
#define VIZ_NET_STRIDE(bytes) ((((bytes) / 64 + 1) | 1) * 64)

/* Above this rate a wake-up for each packet costs too much: wait for a batch. */
#define VIZ_NET_FAST_HZ 2000
#define VIZ_NET_BATCH 32
#define VIZ_NET_BATCH_NS 500000

/* How soon a step comes back while rows wait in an open block; after an error. */
#define VIZ_NET_BEHIND_NS 2000000
#define VIZ_NET_PAUSE_NS 100000000

/* A decoder and what it decodes into. It outlives its connection: the next connection
 * that speaks the same format continues its streams. */
struct viz_net_parser {
    struct viz_intake intake;
    const struct viz_wire *wire;
    struct viz_decoder *decoder; /* NULL: never used */
    bool busy;
};

/* Datagrams (and messages of a WebSocket) of text whose format is not known yet, oldest
 * first, for the decoder once there is one. */
#define VIZ_NET_UNDECIDED 32
struct viz_net_undecided {
    uint32_t count, used;
    struct {
        uint32_t size;
        struct viz_arrival arrival;
    } datagram[VIZ_NET_UNDECIDED];
    char
        text[VIZ_PROBE_BYTES]; /* one behind the other, each with a newline behind it */
    uint32_t unknown;          /* datagrams that no format was found for */
    uint32_t foreign;          /* in a row: not understood, and of another format */
};

/* One byte stream: a TCP connection or standard input. */
struct viz_net_flow {
    struct viz_net_source *source;
    struct viz_net_parser *parser; /* NULL: the format is not known yet */
    int fd;                        /* -1: free */
    uint8_t *buffer;               /* [VIZ_NET_READ_BYTES] */
    uint32_t held;            /* bytes at its front, kept until the format is known */
    struct viz_arrival first; /* arrival of the first byte held */
    bool armed;               /* a backend's request is on its way */
};

/* A socket that a link waits to write to, or to be connected. */
struct viz_net_writing {
    int fd;
    bool wanted;
    bool armed; /* a backend's request is on its way */
};

struct viz_link; /* link.h */

struct viz_net_source {
    _Alignas(VIZ_NET_CONTROL_BYTES) struct viz_net_status status;
    enum viz_source_kind kind;
    uint32_t index;                /* in the session */
    char label[256];               /* what notices call it */
    const struct viz_wire *forced; /* NULL: probe */
    int fd;                        /* the datagram or listening socket; else -1 */
    uint32_t drops_seen;           /* the kernel's counter, which wraps */
    uint32_t count;                /* of flow[] and parser[] */
    struct viz_net_flow *flow;
    struct viz_net_parser *parser;
    struct viz_net_undecided *undecided; /* UDP and WebSockets only */
    struct viz_link *link;               /* WebSockets only */
    struct viz_net_writing writing;      /* of the link */
    int64_t paused_until_ns; /* after an error: when to try again; 0: go on */
    bool behind;             /* rows wait in an open block: streams are not read */
    bool unknown_said, refused_said, trouble_said, untimed_said; /* notices given */
    bool armed; /* a backend's request on fd is on its way */
    bool deep;  /* more waits in fd than a request of the ring can take */
};

struct viz_net {
    struct viz_net_source *source; /* [count] */
    uint32_t count;
    enum viz_net_backend wanted;
    struct viz_streams *streams;
    const struct viz_clock *clock;
    struct viz_notices *notices;
    struct viz_spool *spool;               /* NULL: none */
    int64_t links_due_ns;                  /* no link has anything to do before */
    bool links;                            /* there are any */
    bool leaving;                          /* goodbyes are being said */
    bool spooling;                         /* records wait in an open page */
    const struct viz_net_backend_ops *ops; /* NULL before begin */
    void *backend;                         /* of ops */
    int wake_fd;                           /* an eventfd */
    bool fast;                             /* packets come above VIZ_NET_FAST_HZ */
    bool behind;                           /* any source is */
    int64_t window_start_ns;               /* of the rate measurement */
    uint64_t window_packets;
    uint64_t datagrams;        /* taken in, all sources */
    int64_t stamps_of_ns;      /* received_ns of the wake-up that the next holds for */
    int64_t stamp_distance_ns; /* kernel stamp less viz_clock */
    char description[192];
};

struct viz_net_backend_ops {
    /* On the stepping thread. On failure everything is given back. */
    int (*begin)(struct viz_net *net, struct viz_error *err);
    /* Wait at most @timeout_ns (-1: for ever) and take in what there is. */
    int (*step)(struct viz_net *net, int64_t timeout_ns, struct viz_error *err);
    void (*end)(struct viz_net *net);
};

extern const struct viz_net_backend_ops viz_net_uring_ops, viz_net_poll_ops;

/* socket.c: everything that can fail for reasons a user can mend. Opens the descriptor
 * of
 * @spec into @source. @buffer_bytes: 0 for the default. */
int viz_net_socket_open(struct viz_net_source *source, const struct viz_source *spec,
                        int buffer_bytes, struct viz_error *err);

/* Time stamps on, on a TCP socket. */
void viz_net_socket_tune(int fd);

/* "127.0.0.1 port 40312" of the other end. */
void viz_net_socket_peer(int fd, char *out, size_t size);

/* Datagrams that the kernel dropped on @fd so far; false when it does not tell. */
bool viz_net_socket_drops(int fd, uint32_t *out);

/* batch.c: many datagrams in one call of recvmmsg(2). */
#define VIZ_NET_BATCH_ROOM 64
struct viz_net_batch;
struct viz_net_batch *viz_net_batch_create(void);
void viz_net_batch_destroy(struct viz_net_batch *batch);

/* Take in what waits in the socket of @source, at most VIZ_NET_BATCH_ROOM; how many. */
uint32_t viz_net_batch_read(struct viz_net_batch *batch, struct viz_net *net,
                            struct viz_net_source *source) VIZ_ON(source);

/* intake.c: from here on, what arrived.
 *
 * The arrival that goes with the ancillary data of one receive; also counts the
 * kernel's drops that it tells of. */
struct viz_arrival viz_net_arrival(struct viz_net *net, struct viz_net_source *source,
                                   void *control, size_t size, int64_t received_ns);

/* A parser of @source for @wire, announced when the format is news. */
struct viz_net_parser *viz_net_parser_open(struct viz_net *net,
                                           struct viz_net_source *source,
                                           const struct viz_wire *wire) VIZ_ON(source);

/* Bytes that arrived together to the decoder of @parser, and the end of its input. */
void viz_net_parser_decode(struct viz_net *net, struct viz_net_source *source,
                           struct viz_net_parser *parser,
                           const struct viz_arrival *arrival, const uint8_t *bytes,
                           size_t size, bool datagram) VIZ_ON(source);
void viz_net_parser_close(struct viz_net *net, struct viz_net_source *source,
                          struct viz_net_parser *parser,
                          const struct viz_arrival *arrival) VIZ_ON(source);

/* Tell the user, once, that no format was found. */
void viz_net_say_unknown(struct viz_net *net, struct viz_net_source *source);

/* datagram.c: one datagram. @truncated: it was longer than the buffer. */
void viz_net_take_datagram(struct viz_net *net, struct viz_net_source *source,
                           const struct viz_arrival *arrival, const uint8_t *bytes,
                           size_t size, bool truncated) VIZ_ON(source);

/* The end: nothing will tell more of the format of the datagrams that wait for it. */
void viz_net_settle_datagrams(struct viz_net *net, struct viz_net_source *source)
    VIZ_ON(source);

/* intake.c: where the next bytes of @flow go, and how many fit (never 0). */
uint8_t *viz_net_room(struct viz_net_flow *flow, size_t *size);

/* @size bytes were put there. */
void viz_net_take_bytes(struct viz_net *net, struct viz_net_flow *flow,
                        const struct viz_arrival *arrival, size_t size) VIZ_ON(source);

/* @flow has ended: @error is 0 at its regular end, or a positive errno. Closes it. */
void viz_net_flow_end(struct viz_net *net, struct viz_net_flow *flow, int error,
                      int64_t now_ns) VIZ_ON(source);

/* A listening source has a new connection @fd: its flow, or NULL when there are too
 * many (then @fd is closed). */
struct viz_net_flow *viz_net_flow_begin(struct viz_net *net,
                                        struct viz_net_source *source, int fd)
    VIZ_ON(source);

/* An unexpected error on the socket of @source: said once, tried again later. */
void viz_net_pause(struct viz_net *net, struct viz_net_source *source, int error,
                   int64_t now_ns);

/* Whether @source may be read now. */
static inline bool viz_net_readable(const struct viz_net_source *source)
{
    /* Streams have flow control: what is not read yet is not lost. Datagrams have none.
     */
    return !source->paused_until_ns &&
           (source->kind == VIZ_SOURCE_UDP || !source->behind);
}

/* The end of @source: publish what is open, count the last of the kernel's drops. */
void viz_net_source_flush(struct viz_net *net, struct viz_net_source *source)
    VIZ_ON(source);

#endif
