/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The backend for places where io_uring is refused: poll(2), recvmmsg(2), recvmsg(2).
 */
#include "backend.h"
#include "link.h"

#include <viz/alloc.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct poll_state {
    struct pollfd *waiting;         /* [room]; [0] is the wake-up */
    struct viz_net_flow **flow;     /* [room] whose it is, or NULL: */
    struct viz_net_source **source; /* [room] a datagram or listening socket's */
    uint32_t room;
    struct viz_net_batch *batch;
    _Alignas(struct cmsghdr) uint8_t control[VIZ_NET_CONTROL_BYTES];
    bool drained; /* the last look found less than a full batch */
};

static void end(struct viz_net *net)
{
    struct poll_state *state = net->backend;
    viz_net_batch_destroy(state->batch);
    free(state->waiting);
    free(state->flow);
    free(state->source);
    free(state);
    net->backend = NULL;
}

static int begin(struct viz_net *net, struct viz_error *err)
{
    struct poll_state *state = viz_zalloc(sizeof(*state));
    (void)err;

    state->room = 1;
    for (uint32_t i = 0; i < net->count; i++) {
        state->room += 1 + net->source[i].count;
        /* A connection may be gone between poll and accept: that must not block. */
        if (net->source[i].kind == VIZ_SOURCE_TCP_LISTEN)
            (void)fcntl(net->source[i].fd, F_SETFL, O_NONBLOCK);
    }
    state->waiting = viz_zalloc(state->room * sizeof(state->waiting[0]));
    state->flow = viz_zalloc(state->room * sizeof(state->flow[0]));
    state->source = viz_zalloc(state->room * sizeof(state->source[0]));
    state->batch = viz_net_batch_create();
    state->drained = true;
    net->backend = state;
    return 0;
}

static uint32_t add_waiting(struct poll_state *state, uint32_t count, int fd,
                            struct viz_net_source *source, struct viz_net_flow *flow)
{
    bool writes = source && source->writing.wanted && source->writing.fd == fd;
    short events = (short)((flow || !writes ? POLLIN : 0) | (writes ? POLLOUT : 0));
    state->waiting[count] = (struct pollfd){.fd = fd, .events = events};
    state->source[count] = source;
    state->flow[count] = flow;
    return count + 1;
}

static uint32_t list_waiting(struct viz_net *net)
{
    struct poll_state *state = net->backend;
    uint32_t count = add_waiting(state, 0, net->wake_fd, NULL, NULL);
    for (uint32_t i = 0; i < net->count; i++) {
        struct viz_net_source *source = &net->source[i];
        bool readable = viz_net_readable(source);
        if (source->writing.wanted && !(readable && source->flow[0].fd >= 0))
            count = add_waiting(state, count, source->writing.fd, source, NULL);
        if (!readable)
            continue;
        if (source->fd >= 0)
            count = add_waiting(state, count, source->fd, source, NULL);
        for (uint32_t j = 0; j < source->count; j++)
            if (source->flow[j].fd >= 0)
                count = add_waiting(state, count, source->flow[j].fd, source,
                                    &source->flow[j]);
    }
    return count;
}

/* Descriptors that are ready, or a negative errno; an interruption is none ready. */
static int wait_for(struct pollfd *waiting, uint32_t count, int64_t timeout_ns)
{
    struct timespec limit = {.tv_sec = timeout_ns / 1000000000,
                             .tv_nsec = timeout_ns % 1000000000};
    int ready = ppoll(waiting, count, timeout_ns < 0 ? NULL : &limit, NULL);
    return ready >= 0 ? ready : errno == EINTR ? 0 : -errno;
}

static void accept_one(struct viz_net *net, struct viz_net_source *source)
    VIZ_ON(source);
static void accept_one(struct viz_net *net, struct viz_net_source *source)
{
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        viz_net_flow_begin(net, source, fd);
    else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        viz_net_pause(net, source, errno, viz_clock_now(net->clock));
}

static void read_flow(struct viz_net *net, struct viz_net_flow *flow) VIZ_ON(source);
static void read_flow(struct viz_net *net, struct viz_net_flow *flow)
{
    struct poll_state *state = net->backend;
    struct iovec piece;
    struct msghdr header = {.msg_iov = &piece,
                            .msg_iovlen = 1,
                            .msg_control = state->control,
                            .msg_controllen = VIZ_NET_CONTROL_BYTES};
    piece.iov_base = viz_net_room(flow, &piece.iov_len);
    bool socket = flow->source->kind != VIZ_SOURCE_PIPE;
    ssize_t size = socket ? recvmsg(flow->fd, &header, MSG_DONTWAIT)
                          : read(flow->fd, piece.iov_base, piece.iov_len);
    int error = size < 0 ? errno : 0;
    int64_t now_ns = viz_clock_now(net->clock);
    if (error == EAGAIN || error == EINTR)
        return;
    if (size <= 0) {
        viz_net_flow_end(net, flow, error, now_ns);
        return;
    }
    size_t told = socket ? header.msg_controllen : 0;
    struct viz_arrival arrival =
        viz_net_arrival(net, flow->source, state->control, told, now_ns);
    viz_net_take_bytes(net, flow, &arrival, (size_t)size);
}

/* A link's socket: what can be written is, before reading may end the connection. */
static void serve_link(struct viz_net *net, uint32_t at) VIZ_ON(source);
static void serve_link(struct viz_net *net, uint32_t at)
{
    struct poll_state *state = net->backend;
    struct viz_net_source *source = state->source[at];
    short events = state->waiting[at].events, came = state->waiting[at].revents;
    if (events & POLLOUT && came & (POLLOUT | POLLERR | POLLHUP))
        viz_link_writable(source->link, viz_clock_now(net->clock));
    if (events & POLLIN && came & (POLLIN | POLLERR | POLLHUP) &&
        source->flow[0].fd == state->waiting[at].fd)
        read_flow(net, &source->flow[0]);
}

static void read_ready(struct viz_net *net, uint32_t count) VIZ_ON(source);
static void read_ready(struct viz_net *net, uint32_t count)
{
    struct poll_state *state = net->backend;
    for (uint32_t i = 1; i < count; i++) {
        if (!state->waiting[i].revents)
            continue;
        if (state->source[i]->link)
            serve_link(net, i);
        else if (state->flow[i])
            read_flow(net, state->flow[i]);
        else if (state->source[i]->kind == VIZ_SOURCE_UDP)
            state->drained &= viz_net_batch_read(state->batch, net, state->source[i]) <
                              VIZ_NET_BATCH_ROOM;
        else
            accept_one(net, state->source[i]);
    }
}

static int step(struct viz_net *net, int64_t timeout_ns, struct viz_error *err)
    VIZ_ON(source);
static int step(struct viz_net *net, int64_t timeout_ns, struct viz_error *err)
{
    struct poll_state *state = net->backend;
    uint32_t count = list_waiting(net);
    int ready = 0;
    /* When much comes, let it gather: only the wake-up is waited for. */
    if (net->fast && state->drained) {
        bool soon = timeout_ns >= 0 && timeout_ns < VIZ_NET_BATCH_NS;
        int64_t gather_ns = soon ? timeout_ns : VIZ_NET_BATCH_NS;
        ready = wait_for(state->waiting, 1, gather_ns);
        timeout_ns = 0;
    }
    state->drained = true;
    if (ready == 0)
        ready = wait_for(state->waiting, count, timeout_ns);
    if (ready < 0)
        return viz_fail(err, ready, "waiting for the network: %s", strerror(-ready));
    if (state->waiting[0].revents) {
        uint64_t wakes;
        ssize_t got = read(net->wake_fd, &wakes, sizeof(wakes));
        (void)got;
    }
    read_ready(net, count);
    return 0;
}

const struct viz_net_backend_ops viz_net_poll_ops = {
    .begin = begin,
    .step = step,
    .end = end,
};
