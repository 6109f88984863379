/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network thread's loop: UDP, TCP client, TCP listen, WebSocket client and standard
 * input, any number at once, on one io_uring; or on poll(2) where io_uring is refused, with the same
 * contract.
 *
 * viz_net_create() runs on the main thread and does everything that can fail for
 * reasons a user can mend: names, ports, connections. The ring itself belongs to the
 * thread that calls viz_net_step() (IORING_SETUP_SINGLE_ISSUER) and is made by the
 * first step; when that is refused and the backend is "auto", poll takes over and says
 * so in a notice.
 *
 * Time. A row's origin is the kernel's receive stamp of its datagram; on TCP, that of
 * the newest segment in the same read; on a pipe, which has none, the time of the read.
 *
 * Formats. A UDP source has one decoder, whoever sends. Until a format is sure (50 and
 * more, of all that came), datagrams of text are kept, the last 32 and 4 KB of them, and
 * given to the decoder once there is one; those that leave before are chatter, and what
 * is no text is bad_syntax. Where 64 datagrams come of which another format is sure and
 * the decoder understands nothing, without one that it does understand between them,
 * the source changes to that format, unless it was forced. On a TCP connection or pipe
 * the first bytes decide, and they are kept until they do, so that nothing is lost; where
 * VIZ_PROBE_BYTES do not suffice, they are dropped, counted as one bad_syntax, and the
 * next are looked at.
 * Each connection to a listening source has a decoder, a device clock and streams of
 * its own; when it ends, the next connection of the same format takes them over and
 * continues its streams. The streams of two that are open at once are told apart by
 * name: "S1" and "S1 #2". At most 64 connections to one source are open at once: others
 * are closed at once.
 *
 * WebSockets. A source keeps a connection to its server: it resolves, connects, greets,
 * subscribes (subscription.h), and when the connection ends it does so again, 1 s later at
 * first and up to 30 s after failures in a row, with a jitter of a quarter so that many
 * do not come back at once; after close codes 1008 and 1013 (a device's cool-down of 2 s)
 * not before 2.5 s. Nothing for 45 s, where a server pings every 15 s, is a dead
 * connection. Each binary message goes to the decoder like a datagram, or to the spool;
 * each text to the subscription, and what is no envelope to the decoder. A connection
 * that cannot be made is no error of viz_net_create(), a host that has no address is not
 * either: both are said, and tried again.
 * viz_net_end() unsubscribes and closes with 1000, and waits 0.2 s for the answers of all
 * servers together; a connection that ends so was not lost, and the spool is told nothing.
 *
 * Falling behind. Datagrams are always taken, and lost by name when the consumer has
 * every block. TCP connections and pipes are not read while their consumer is behind:
 * they hold their sender back instead, so nothing of them is lost here. */
#ifndef VIZ_NET_H
#define VIZ_NET_H

#include <viz/clock.h>
#include <viz/error.h>
#include <viz/notice.h>
#include <viz/role.h>
#include <viz/source.h>
#include <viz/spool.h>
#include <viz/stream.h>
#include <viz/wire.h>

enum viz_net_backend {
    VIZ_NET_AUTO,
    VIZ_NET_URING, /* or fail with the reason */
    VIZ_NET_POLL,
};

struct viz_net_params {
    const struct viz_source *sources; /* only network kinds and the pipe */
    const uint32_t *indices;          /* [count] the sources' numbers in the session */
    uint32_t count;
    enum viz_net_backend backend;
    struct viz_streams *streams; /* NULL: everything goes to the spool */
    const struct viz_clock *clock;
    struct viz_notices *notices;
    int stdin_fd;             /* what "-" reads: 0, or a test's pipe */
    int receive_buffer_bytes; /* asked for datagram sockets; 0: 8 MB. What the kernel
                                 granted is in the status */
    struct viz_spool *spool; /* NULL: none. Else binary messages of WebSocket sources go
                                there as they came and not into streams, with what
                                happens to their connections */
};

/* Where a WebSocket source stands. */
enum viz_link_state {
    VIZ_LINK_IDLE,       /* none of this: not a WebSocket source, or not begun */
    VIZ_LINK_RESOLVING,  /* asking for the host's address */
    VIZ_LINK_CONNECTING, /* TCP, TLS */
    VIZ_LINK_GREETING,   /* the HTTP handshake is on its way */
    VIZ_LINK_OPEN,
    VIZ_LINK_WAITING, /* to connect again */
    VIZ_LINK_STOPPED, /* it will not be tried again */
};

/* What happened to the connections of one WebSocket source. */
#define VIZ_LINK_COUNTS(X)                                                             \
    X(attempts, "connections tried")                                                   \
    X(opened, "connections that were accepted")                                        \
    X(lost, "open connections that ended")                                             \
    X(refused, "closed by the server for its own reasons: 1008, 1013")                 \
    X(pings, "pings of the server, each answered")                                     \
    X(messages, "binary messages")                                                     \
    X(texts, "text messages")                                                          \
    X(replies, "of these, answers to what was asked")                                  \
    X(refusals, "of these, no")                                                        \
    X(errors, "errors that the device told of its own accord")                         \
    X(unknown, "text of a type that is not known, tolerated")                          \
    X(unanswered, "requests that got no answer in time")                               \
    X(faults, "connections ended because the server broke the protocol or a limit")    \
    X(unspooled, "messages lost for want of room in the spool")

struct viz_link_status {
    _Atomic int state;                   /* enum viz_link_state */
    _Atomic unsigned subscribed, denied; /* streams: running; refused for good */
    _Atomic int64_t heard_ns;            /* the newest message; 0: none */
    _Atomic int64_t since_ns;            /* it has been in this state since */
#define X(name, help) struct viz_counter name;
    VIZ_LINK_COUNTS(X)
#undef X
};

/* What is known of one source. The net thread writes, any thread reads. */
struct viz_net_status {
    struct viz_wire_counts wire;
    struct viz_counter kernel_drops;         /* datagrams, from SO_RXQ_OVFL */
    struct viz_counter connections;          /* TCP peers so far, refused ones too */
    struct viz_counter receive_buffer_bytes; /* granted by the kernel */
    _Atomic(const struct viz_wire *) format; /* NULL until probed */
    _Atomic int port;                        /* bound port: tells which one :0 became */
    _Atomic bool ended;                      /* no more data will come */
    _Atomic bool sequenced; /* its format numbers its rows, so that losses show as
                               missing samples */
    struct viz_link_status link;
};

struct viz_net;

int viz_net_create(const struct viz_net_params *params, struct viz_net **out,
                   struct viz_error *err);
/* After the stepping thread has ended. */
void viz_net_destroy(struct viz_net *net);

/* Set up what belongs to the stepping thread. 0, or negative errno with the reason in
 * @err (only with VIZ_NET_URING, or when poll fails too). */
int viz_net_begin(struct viz_net *net, struct viz_error *err) VIZ_ON(source);

/* Wait for bytes for at most @timeout_ns (-1: until something happens or
 * viz_net_wake()), and take in what is there. 0, or a negative errno that ends the
 * thread. */
int viz_net_step(struct viz_net *net, int64_t timeout_ns, struct viz_error *err)
    VIZ_ON(source);

/* Cancel what is armed, flush the streams, give the ring back. */
void viz_net_end(struct viz_net *net) VIZ_ON(source);

/* Make a waiting step return. Any thread. */
void viz_net_wake(struct viz_net *net);

/* "io_uring" or "poll (io_uring is refused: Operation not permitted)"; valid after
 * begin. */
const char *viz_net_backend_describe(const struct viz_net *net);

/* @index: the source's number in the session, one of params->indices. */
const struct viz_net_status *viz_net_status(const struct viz_net *net, uint32_t index);

#endif
