/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The io_uring backend. One ring, made by the thread that steps it.
 *
 * Datagrams: one multishot recvmsg a socket, into one pool of buffers that the kernel
 * picks from. Connections: one multishot accept a socket. Byte streams: one receive
 * after the other into the flow's own buffer; a multishot one would chop the stream
 * into pieces.
 *
 * What is in flight is known from the armed flags alone: a request that ended, for
 * whatever reason and with whatever result, is armed again by the next step if its
 * source is still to be read. */
#include "backend.h"
#include "link.h"

#include <viz/alloc.h>
#include <viz/uring.h>

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SUBMISSIONS 64

/* Twice a batch. The ring of buffers is used in turn: of small datagrams, these touch 20 KB,
 * which stay in the first-level cache; more only cost cache. When more than this waits in a
 * socket, what is left is taken by recvmmsg, which is 5 to 10 % cheaper for a full queue. */
#define BUFFERS 64
#define GROUP 0

#define DATAGRAM_HEADER (sizeof(struct io_uring_recvmsg_out) + VIZ_NET_CONTROL_BYTES)
#define BUFFER_BYTES (DATAGRAM_HEADER + VIZ_NET_DATAGRAM_BYTES)
#define STRIDE VIZ_NET_STRIDE(BUFFER_BYTES)

/* Batches taken from a deep socket before the others get their turn: about 1 ms. */
#define DEEP_BATCHES 16

/* How long end() waits for cancelled requests to say that they are. */
#define CANCEL_ROUNDS 50
#define CANCEL_NS 20000000

/* Which request a completion is of: kind, source and flow in its user_data. */
enum request {
    REQUEST_WAKE,
    REQUEST_DATAGRAM, /* multishot */
    REQUEST_ACCEPT,   /* multishot */
    REQUEST_FLOW,
    REQUEST_READY,    /* a non-blocking pipe has something to read */
    REQUEST_WRITABLE, /* a link's socket takes more, or is connected */
    REQUEST_CANCEL,
};

/* What a receive of a flow needs in memory while it is on its way. */
struct receive {
    struct msghdr header;
    struct iovec piece;
    _Alignas(struct cmsghdr) uint8_t control[VIZ_NET_CONTROL_BYTES];
};

struct uring_state {
    struct io_uring ring;
    bool ring_made;
    struct io_uring_buf_ring *pool; /* NULL: no datagram source */
    uint8_t *buffers;               /* [BUFFERS * STRIDE] */
    int returned;                   /* buffers added and not yet shown to the kernel */
    struct viz_net_batch *batch;    /* for deep sockets */
    struct msghdr datagram;         /* the shape of every datagram receive */
    struct receive **receive;       /* [sources], each [count of flows] */
    uint64_t wakes;                 /* what the wake-up is read into */
    bool wake_armed;
    bool must_poll; /* the pipe is non-blocking: wait for it before each read */
};

static uint64_t name_request(enum request request, uint32_t source, uint32_t flow)
{
    return (uint64_t)request << 56 | (uint64_t)source << 24 | flow;
}

static size_t pool_size(void)
{
    return BUFFERS * sizeof(struct io_uring_buf);
}

static void give_back(struct uring_state *state)
{
    if (state->pool)
        io_uring_unregister_buf_ring(&state->ring, GROUP);
    if (state->ring_made)
        io_uring_queue_exit(&state->ring);
    viz_unmap(state->pool, pool_size());
    viz_unmap(state->buffers, (size_t)BUFFERS * STRIDE);
    state->pool = NULL;
    state->buffers = NULL;
}

static void destroy_state(struct viz_net *net)
{
    struct uring_state *state = net->backend;
    give_back(state);
    viz_net_batch_destroy(state->batch);
    for (uint32_t i = 0; i < net->count; i++)
        free(state->receive[i]);
    free(state->receive);
    free(state);
    net->backend = NULL;
}

int viz_uring_ring_init(struct io_uring *ring, unsigned submissions,
                        unsigned completions)
{
    static const unsigned ladder[] = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
        IORING_SETUP_COOP_TASKRUN,
        0,
    };
    int ret = -EINVAL;
    for (size_t i = 0; i < sizeof(ladder) / sizeof(ladder[0]) && ret == -EINVAL; i++) {
        struct io_uring_params params = {
            .flags = ladder[i] | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
            .cq_entries = completions,
        };
        ret = io_uring_queue_init_params(submissions, ring, &params);
    }
    return ret;
}

static int make_ring(struct uring_state *state, uint32_t completions)
{
    int ret = viz_uring_ring_init(&state->ring, SUBMISSIONS, completions);
    state->ring_made = ret == 0;
    /* Saves a look-up in each call; not needed. */
    if (state->ring_made)
        (void)io_uring_register_ring_fd(&state->ring);
    return ret;
}

static void return_buffer(struct uring_state *state, unsigned buffer)
{
    io_uring_buf_ring_add(state->pool, state->buffers + (size_t)buffer * STRIDE,
                          (unsigned)BUFFER_BYTES, (unsigned short)buffer,
                          io_uring_buf_ring_mask(BUFFERS), state->returned++);
}

/* Not io_uring_buf_ring_cq_advance(): in liburing 2.3 it orders nothing on ARM. */
static void show_returned(struct uring_state *state)
{
    if (state->returned)
        io_uring_buf_ring_advance(state->pool, state->returned);
    state->returned = 0;
}

static int make_pool(struct uring_state *state)
{
    state->buffers = viz_map((size_t)BUFFERS * STRIDE);
    state->pool = viz_map(pool_size());
    struct io_uring_buf_reg registration = {
        .ring_addr = (uint64_t)(uintptr_t)state->pool,
        .ring_entries = BUFFERS,
        .bgid = GROUP,
    };
    int ret = io_uring_register_buf_ring(&state->ring, &registration, 0);
    if (ret < 0) {
        viz_unmap(state->pool, pool_size());
        state->pool = NULL;
        return ret;
    }
    io_uring_buf_ring_init(state->pool);
    for (unsigned i = 0; i < BUFFERS; i++)
        return_buffer(state, i);
    show_returned(state);
    return 0;
}

static struct io_uring_sqe *next_sqe(struct uring_state *state)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&state->ring);
    if (!sqe) {
        (void)io_uring_submit(&state->ring);
        sqe = io_uring_get_sqe(&state->ring);
    }
    viz_assert(sqe);
    return sqe;
}

static void arm_datagrams(struct viz_net *net, uint32_t at)
{
    struct uring_state *state = net->backend;
    struct viz_net_source *source = &net->source[at];
    struct io_uring_sqe *sqe = next_sqe(state);
    io_uring_prep_recvmsg_multishot(sqe, source->fd, &state->datagram, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = GROUP;
    io_uring_sqe_set_data64(sqe, name_request(REQUEST_DATAGRAM, at, 0));
    source->armed = true;
}

static void arm_accept(struct viz_net *net, uint32_t at)
{
    struct viz_net_source *source = &net->source[at];
    struct io_uring_sqe *sqe = next_sqe(net->backend);
    io_uring_prep_multishot_accept(sqe, source->fd, NULL, NULL, SOCK_CLOEXEC);
    io_uring_sqe_set_data64(sqe, name_request(REQUEST_ACCEPT, at, 0));
    source->armed = true;
}

static void arm_flow(struct viz_net *net, uint32_t at, uint32_t flow_at)
{
    struct uring_state *state = net->backend;
    struct viz_net_flow *flow = &net->source[at].flow[flow_at];
    struct receive *receive = &state->receive[at][flow_at];
    receive->piece.iov_base = viz_net_room(flow, &receive->piece.iov_len);
    receive->header = (struct msghdr){.msg_iov = &receive->piece,
                                      .msg_iovlen = 1,
                                      .msg_control = receive->control,
                                      .msg_controllen = sizeof(receive->control)};
    bool pipe = flow->source->kind == VIZ_SOURCE_PIPE;
    enum request kind = pipe && state->must_poll ? REQUEST_READY : REQUEST_FLOW;
    struct io_uring_sqe *sqe = next_sqe(state);
    if (kind == REQUEST_READY)
        io_uring_prep_poll_add(sqe, flow->fd, POLLIN);
    else if (pipe) /* -1: where the file stands */
        io_uring_prep_read(sqe, flow->fd, receive->piece.iov_base,
                           (unsigned)receive->piece.iov_len, (uint64_t)-1);
    else
        io_uring_prep_recvmsg(sqe, flow->fd, &receive->header, 0);
    io_uring_sqe_set_data64(sqe, name_request(kind, at, flow_at));
    flow->armed = true;
}

static void arm_writing(struct viz_net *net, uint32_t at)
{
    struct viz_net_writing *writing = &net->source[at].writing;
    struct io_uring_sqe *sqe = next_sqe(net->backend);
    io_uring_prep_poll_add(sqe, writing->fd, POLLOUT);
    io_uring_sqe_set_data64(sqe, name_request(REQUEST_WRITABLE, at, 0));
    writing->armed = true;
}

static void arm_wake(struct viz_net *net)
{
    struct uring_state *state = net->backend;
    struct io_uring_sqe *sqe = next_sqe(state);
    io_uring_prep_read(sqe, net->wake_fd, &state->wakes, sizeof(state->wakes), 0);
    io_uring_sqe_set_data64(sqe, name_request(REQUEST_WAKE, 0, 0));
    state->wake_armed = true;
}

/* The requests that only newer kernels know. */
static void arm_multishots(struct viz_net *net)
{
    for (uint32_t i = 0; i < net->count; i++) {
        struct viz_net_source *source = &net->source[i];
        if (source->armed || source->deep || source->fd < 0 ||
            !viz_net_readable(source))
            continue;
        if (source->kind == VIZ_SOURCE_UDP)
            arm_datagrams(net, i);
        else
            arm_accept(net, i);
    }
}

static void arm_all(struct viz_net *net)
{
    struct uring_state *state = net->backend;
    if (!state->wake_armed)
        arm_wake(net);
    arm_multishots(net);
    for (uint32_t i = 0; i < net->count; i++) {
        struct viz_net_source *source = &net->source[i];
        for (uint32_t j = 0; j < source->count && viz_net_readable(source); j++)
            if (source->flow[j].fd >= 0 && !source->flow[j].armed)
                arm_flow(net, i, j);
        if (source->writing.wanted && !source->writing.armed)
            arm_writing(net, i);
    }
}

/* Whether the kernel takes what begin() armed: it refuses what it does not know at
 * once. The completions stay for the first step. */
static int try_multishots(struct viz_net *net)
{
    struct uring_state *state = net->backend;
    arm_multishots(net);
    int ret = io_uring_submit(&state->ring);
    if (ret < 0)
        return ret;
    unsigned head;
    struct io_uring_cqe *cqe;
    io_uring_for_each_cqe(&state->ring, head, cqe)
    {
        if (cqe->res == -EINVAL || cqe->res == -ENOSYS || cqe->res == -EOPNOTSUPP)
            return -EINVAL;
    }
    return 0;
}

static int begin(struct viz_net *net, struct viz_error *err)
{
    struct uring_state *state = viz_zalloc(sizeof(*state));
    uint32_t requests = 2;
    bool datagrams = false;

    net->backend = state;
    state->receive = viz_zalloc((net->count + 1) * sizeof(state->receive[0]));
    for (uint32_t i = 0; i < net->count; i++) {
        requests += 1 + net->source[i].count;
        state->receive[i] =
            viz_zalloc(net->source[i].count * sizeof(state->receive[i][0]));
        datagrams = datagrams || net->source[i].kind == VIZ_SOURCE_UDP;
    }
    state->datagram.msg_controllen = VIZ_NET_CONTROL_BYTES;
    /* Twice what can complete at once: the queue is never the first thing to overflow.
     */
    int ret = make_ring(state, 2 * (requests + BUFFERS));
    if (ret == 0 && datagrams) {
        state->batch = viz_net_batch_create();
        ret = make_pool(state);
    }
    if (ret == 0)
        ret = try_multishots(net);
    if (ret == 0)
        return 0;
    destroy_state(net);
    for (uint32_t i = 0; i < net->count; i++)
        net->source[i].armed = false;
    return viz_fail(err, ret, "io_uring: %s", strerror(-ret));
}

static void take_datagram(struct viz_net *net, uint32_t at,
                          const struct io_uring_cqe *cqe, int64_t now_ns)
    VIZ_ON(source);
static void take_datagram(struct viz_net *net, uint32_t at,
                          const struct io_uring_cqe *cqe, int64_t now_ns)
{
    struct uring_state *state = net->backend;
    struct viz_net_source *source = &net->source[at];
    struct msghdr *shape = &state->datagram;
    if (!(cqe->flags & IORING_CQE_F_BUFFER)) {
        source->deep = cqe->res == -ENOBUFS;
        if (cqe->res < 0 && cqe->res != -ENOBUFS && cqe->res != -ECANCELED &&
            cqe->res != -EINTR && cqe->res != -EAGAIN)
            viz_net_pause(net, source, -cqe->res, now_ns);
        return;
    }
    unsigned buffer = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
    uint8_t *bytes = state->buffers + (size_t)buffer * STRIDE;
    struct io_uring_recvmsg_out *out =
        io_uring_recvmsg_validate(bytes, cqe->res, shape);
    if (out) {
        struct viz_arrival arrival =
            viz_net_arrival(net, source, bytes + sizeof(*out), out->controllen, now_ns);
        unsigned size = io_uring_recvmsg_payload_length(out, cqe->res, shape);
        viz_net_take_datagram(net, source, &arrival,
                              io_uring_recvmsg_payload(out, shape), size,
                              out->flags & MSG_TRUNC);
    }
    return_buffer(state, buffer);
}

static void take_connection(struct viz_net *net, uint32_t at, int result,
                            int64_t now_ns) VIZ_ON(source);
static void take_connection(struct viz_net *net, uint32_t at, int result,
                            int64_t now_ns)
{
    if (result >= 0)
        viz_net_flow_begin(net, &net->source[at], result);
    else if (result != -ECANCELED && result != -EINTR && result != -EAGAIN &&
             result != -ECONNABORTED)
        viz_net_pause(net, &net->source[at], -result, now_ns);
}

static void take_flow(struct viz_net *net, uint32_t at, uint32_t flow_at, int result,
                      int64_t now_ns) VIZ_ON(source);
static void take_flow(struct viz_net *net, uint32_t at, uint32_t flow_at, int result,
                      int64_t now_ns)
{
    struct uring_state *state = net->backend;
    struct viz_net_source *source = &net->source[at];
    struct viz_net_flow *flow = &source->flow[flow_at];
    struct receive *receive = &state->receive[at][flow_at];
    if (result == -ECANCELED || result == -EINTR)
        return;
    if (source->kind == VIZ_SOURCE_PIPE)
        state->must_poll = result == -EAGAIN;
    if (result == -EAGAIN)
        return;
    if (result <= 0) {
        viz_net_flow_end(net, flow, -result, now_ns);
        return;
    }
    size_t told = source->kind == VIZ_SOURCE_PIPE ? 0 : receive->header.msg_controllen;
    struct viz_arrival arrival =
        viz_net_arrival(net, source, receive->control, told, now_ns);
    viz_net_take_bytes(net, flow, &arrival, (size_t)result);
}

/* One completion: what it brought, and whether its request goes on. */
static void take(struct viz_net *net, const struct io_uring_cqe *cqe, int64_t now_ns)
    VIZ_ON(source);
static void take(struct viz_net *net, const struct io_uring_cqe *cqe, int64_t now_ns)
{
    struct uring_state *state = net->backend;
    uint64_t name = io_uring_cqe_get_data64(cqe);
    uint32_t at = (uint32_t)(name >> 24), flow = (uint32_t)(name & 0xffffff);
    bool more = cqe->flags & IORING_CQE_F_MORE;
    switch ((enum request)(name >> 56)) {
    case REQUEST_WAKE:
        state->wake_armed = false;
        break;
    case REQUEST_DATAGRAM:
        net->source[at].armed = more;
        take_datagram(net, at, cqe, now_ns);
        break;
    case REQUEST_ACCEPT:
        net->source[at].armed = more;
        take_connection(net, at, cqe->res, now_ns);
        break;
    case REQUEST_FLOW:
        net->source[at].flow[flow].armed = false;
        take_flow(net, at, flow, cqe->res, now_ns);
        break;
    case REQUEST_READY:
        net->source[at].flow[flow].armed = false;
        state->must_poll = false;
        break;
    case REQUEST_WRITABLE:
        net->source[at].writing.armed = false;
        if (cqe->res != -ECANCELED)
            viz_link_writable(net->source[at].link, now_ns);
        break;
    case REQUEST_CANCEL:
        break;
    }
}

static void take_all(struct viz_net *net) VIZ_ON(source);
static void take_all(struct viz_net *net)
{
    struct uring_state *state = net->backend;
    int64_t now_ns = viz_clock_now(net->clock);
    unsigned head, count = 0;
    struct io_uring_cqe *cqe;
    io_uring_for_each_cqe(&state->ring, head, cqe)
    {
        take(net, cqe, now_ns);
        count++;
    }
    /* Before any request is armed again: with no buffer it would end at once. */
    show_returned(state);
    io_uring_cq_advance(&state->ring, count);
}

/* The request of a deep socket has ended for want of buffers, and all that it took has been
 * taken in: what still waits comes next in order. */
static void read_deep(struct viz_net *net) VIZ_ON(source);
static void read_deep(struct viz_net *net)
{
    struct uring_state *state = net->backend;
    for (uint32_t i = 0; i < net->count; i++) {
        struct viz_net_source *source = &net->source[i];
        for (int j = 0; j < DEEP_BATCHES && source->deep; j++)
            source->deep =
                viz_net_batch_read(state->batch, net, source) == VIZ_NET_BATCH_ROOM;
    }
}

static bool any_deep(const struct viz_net *net)
{
    for (uint32_t i = 0; i < net->count; i++)
        if (net->source[i].deep)
            return true;
    return false;
}

/* Submit what is armed and wait. 0, or a negative errno. */
static int wait_for(struct uring_state *state, unsigned completions, int64_t timeout_ns)
{
    struct __kernel_timespec limit = {.tv_sec = timeout_ns / 1000000000,
                                      .tv_nsec = timeout_ns % 1000000000};
    struct io_uring_cqe *cqe;
    int ret = io_uring_submit_and_wait_timeout(&state->ring, &cqe, completions,
                                               timeout_ns < 0 ? NULL : &limit, NULL);
    /* EBUSY, EAGAIN: completions must be taken first. */
    bool passing = ret == -ETIME || ret == -EINTR || ret == -EBUSY || ret == -EAGAIN;
    return ret >= 0 || passing ? 0 : ret;
}

static int step(struct viz_net *net, int64_t timeout_ns, struct viz_error *err)
    VIZ_ON(source);
static int step(struct viz_net *net, int64_t timeout_ns, struct viz_error *err)
{
    struct uring_state *state = net->backend;
    unsigned completions = 1;
    arm_all(net);
    if (any_deep(net)) {
        timeout_ns = 0;
    } else if (net->fast) {
        completions = VIZ_NET_BATCH;
        if (timeout_ns < 0 || timeout_ns > VIZ_NET_BATCH_NS)
            timeout_ns = VIZ_NET_BATCH_NS;
    }
    int ret = wait_for(state, completions, timeout_ns);
    take_all(net);
    read_deep(net);
    if (ret < 0)
        return viz_fail(err, ret, "waiting for the network: %s", strerror(-ret));
    return 0;
}

static bool any_armed(const struct viz_net *net)
{
    const struct uring_state *state = net->backend;
    bool armed = state->wake_armed;
    for (uint32_t i = 0; i < net->count; i++) {
        armed = armed || net->source[i].armed || net->source[i].writing.armed;
        for (uint32_t j = 0; j < net->source[i].count; j++)
            armed = armed || net->source[i].flow[j].armed;
    }
    return armed;
}

/* Requests are cancelled before their descriptors are closed: a closed socket with a
 * request on it lives on, and keeps its port, for as long as the ring does. */
static void end(struct viz_net *net) VIZ_ON(source);
static void end(struct viz_net *net)
{
    struct uring_state *state = net->backend;
    struct io_uring_sqe *sqe = next_sqe(state);
    io_uring_prep_cancel64(sqe, 0, IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY);
    io_uring_sqe_set_data64(sqe, name_request(REQUEST_CANCEL, 0, 0));
    for (int i = 0; i < CANCEL_ROUNDS && any_armed(net); i++) {
        (void)wait_for(state, 1, CANCEL_NS);
        take_all(net);
    }
    destroy_state(net);
}

const struct viz_net_backend_ops viz_net_uring_ops = {
    .begin = begin,
    .step = step,
    .end = end,
};
