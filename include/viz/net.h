/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network thread's loop: UDP, TCP client, TCP listen and standard input, any number at
 * once, on one io_uring; or on poll(2) where io_uring is refused, with the same contract.
 *
 * viz_net_create() runs on the main thread and does everything that can fail for reasons
 * a user can mend: names, ports, connections. The ring itself belongs to the thread that
 * calls viz_net_step() (IORING_SETUP_SINGLE_ISSUER) and is made by the first step; when that
 * is refused and the backend is "auto", poll takes over and says so in a notice. */
#ifndef VIZ_NET_H
#define VIZ_NET_H

#include <viz/clock.h>
#include <viz/error.h>
#include <viz/notice.h>
#include <viz/role.h>
#include <viz/source.h>
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
    struct viz_streams *streams;
    const struct viz_clock *clock;
    struct viz_notices *notices;
    int stdin_fd; /* what "-" reads: 0, or a test's pipe */
};

/* What is known of one source. The net thread writes, any thread reads. */
struct viz_net_status {
    struct viz_wire_counts wire;
    struct viz_counter kernel_drops; /* datagrams, from SO_RXQ_OVFL */
    struct viz_counter connections;  /* TCP peers so far */
    struct viz_counter receive_buffer_bytes; /* granted by the kernel */
    _Atomic(const struct viz_wire *) format; /* NULL until probed */
    _Atomic int port;                /* bound port: tells which one :0 became */
    _Atomic bool ended;              /* no more data will come */
    _Atomic bool sequenced;          /* its format numbers its rows, so that losses show as
                                        missing samples */
};

struct viz_net;

int viz_net_create(const struct viz_net_params *params, struct viz_net **out,
                   struct viz_error *err);
/* After the stepping thread has ended. */
void viz_net_destroy(struct viz_net *net);

/* Set up what belongs to the stepping thread. 0, or negative errno with the reason in
 * @err (only with VIZ_NET_URING, or when poll fails too). */
int viz_net_begin(struct viz_net *net, struct viz_error *err) VIZ_ON(source);

/* Wait for bytes for at most @timeout_ns (-1: until something happens or viz_net_wake()),
 * and take in what is there. 0, or a negative errno that ends the thread. */
int viz_net_step(struct viz_net *net, int64_t timeout_ns, struct viz_error *err)
    VIZ_ON(source);

/* Cancel what is armed, flush the streams, give the ring back. */
void viz_net_end(struct viz_net *net) VIZ_ON(source);

/* Make a waiting step return. Any thread. */
void viz_net_wake(struct viz_net *net);

/* "io_uring" or "poll (io_uring is refused: Operation not permitted)"; valid after begin. */
const char *viz_net_backend_describe(const struct viz_net *net);

const struct viz_net_status *viz_net_status(const struct viz_net *net, uint32_t index);

#endif
