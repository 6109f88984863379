/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backend.h"
#include "link.h"

#include <viz/alloc.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define RATE_WINDOW_NS 10000000

/* Flows and parsers of a source, and what it is called. */
static void init_source(struct viz_net *net, struct viz_net_source *source,
                        const struct viz_source *spec, uint32_t index)
{
    source->kind = spec->kind;
    source->index = index;
    source->fd = source->writing.fd = -1;
    source->forced = *spec->format ? viz_wire_find(spec->format) : NULL;
    source->count = spec->kind == VIZ_SOURCE_TCP_LISTEN ? VIZ_NET_MAX_CONNECTIONS : 1;
    source->parser = viz_zalloc(source->count * sizeof(source->parser[0]));
    source->flow = viz_zalloc(source->count * sizeof(source->flow[0]));
    if (spec->kind == VIZ_SOURCE_UDP || (spec->kind == VIZ_SOURCE_WS && !net->spool))
        source->undecided = viz_zalloc(sizeof(*source->undecided));
    for (uint32_t i = 0; i < source->count; i++) {
        source->flow[i].source = source;
        source->flow[i].fd = -1;
        if (spec->kind != VIZ_SOURCE_UDP)
            source->flow[i].buffer = viz_map(VIZ_NET_READ_BYTES);
    }
    if (spec->kind == VIZ_SOURCE_PIPE)
        snprintf(source->label, sizeof(source->label), "standard input");
    else
        snprintf(source->label, sizeof(source->label), "%.*s",
                 (int)strcspn(spec->text, "?"), spec->text);
    if (spec->kind == VIZ_SOURCE_WS)
        source->link = viz_link_create(net, source, spec);
}

static void finish_source(struct viz_net_source *source)
{
    viz_link_destroy(source->link);
    for (uint32_t i = 0; i < source->count; i++) {
        if (source->parser[i].decoder)
            source->parser[i].wire->destroy(source->parser[i].decoder);
        if (source->flow[i].fd >= 0 && source->kind != VIZ_SOURCE_PIPE)
            close(source->flow[i].fd);
        if (source->flow[i].buffer)
            viz_unmap(source->flow[i].buffer, VIZ_NET_READ_BYTES);
    }
    if (source->fd >= 0)
        close(source->fd);
    free(source->undecided);
    free(source->parser);
    free(source->flow);
}

static int open_input(struct viz_net *net, struct viz_net_source *source, int fd,
                      struct viz_error *err)
{
    /* A closed descriptor's number goes to the next that is opened: the wake-up's. */
    int flags = fd == net->wake_fd ? -1 : fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY)
        return viz_fail(err, -EBADF, "standard input is not open for reading");
    source->flow[0].fd = fd;
    return 0;
}

/* A link connects by itself and is patient; a file that cannot be read will not become
 * readable by that. */
static int check_authorities(const struct viz_source *spec, struct viz_error *err)
{
    if (*spec->authorities && access(spec->authorities, R_OK))
        return viz_fail(err, -errno, "%s: cannot read %s: %s", spec->text,
                        spec->authorities, strerror(errno));
    return 0;
}

static int open_source(struct viz_net *net, struct viz_net_source *source,
                       const struct viz_net_params *params,
                       const struct viz_source *spec, struct viz_error *err)
{
    if (spec->kind == VIZ_SOURCE_PIPE)
        return open_input(net, source, params->stdin_fd, err);
    viz_assert(spec->kind != VIZ_SOURCE_SYNTH);
    if (spec->kind == VIZ_SOURCE_WS)
        return check_authorities(spec, err);
    int ret = viz_net_socket_open(source, spec, params->receive_buffer_bytes, err);
    if (ret < 0)
        return ret;
    if (spec->kind == VIZ_SOURCE_TCP)
        viz_count(&source->status.connections, 1);
    else if (!spec->port)
        viz_notice(net->notices, "%s listens on port %d", source->label,
                   atomic_load_explicit(&source->status.port, memory_order_relaxed));
    return 0;
}

int viz_net_create(const struct viz_net_params *params, struct viz_net **out,
                   struct viz_error *err)
{
    struct viz_net *net = viz_zalloc(sizeof(*net));
    int ret = 0;

    net->wanted = params->backend;
    net->streams = params->streams;
    net->clock = params->clock;
    net->notices = params->notices;
    net->spool = params->spool;
    net->source = viz_zalloc(params->count * sizeof(net->source[0]));
    net->wake_fd = eventfd(0, EFD_CLOEXEC);
    if (net->wake_fd < 0) {
        ret = viz_fail(err, -errno, "the network's wake-up: %s", strerror(errno));
        goto out;
    }
    for (uint32_t i = 0; i < params->count; i++) {
        init_source(net, &net->source[i], &params->sources[i], params->indices[i]);
        net->links = net->links || net->source[i].link;
        net->count++;
        ret = open_source(net, &net->source[i], params, &params->sources[i], err);
        if (ret < 0)
            goto out;
    }
    *out = net;
    net = NULL; /* the caller's now */
out:
    viz_net_destroy(net);
    return ret;
}

void viz_net_destroy(struct viz_net *net)
{
    if (!net)
        return;
    for (uint32_t i = 0; i < net->count; i++)
        finish_source(&net->source[i]);
    if (net->wake_fd >= 0)
        close(net->wake_fd);
    free(net->source);
    free(net);
}

static int begin_poll(struct viz_net *net, struct viz_error *err)
{
    int ret = viz_net_poll_ops.begin(net, err);
    if (ret == 0)
        net->ops = &viz_net_poll_ops;
    return ret;
}

/* What no other program's exhausted resource explains: io_uring is not to be had here.
 */
static bool is_refusal(int error)
{
    return error == -EPERM || error == -ENOSYS || error == -EACCES ||
           error == -EINVAL || error == -ENOMEM;
}

static const char *refusal_cause(int error)
{
    switch (error) {
    case -ENOMEM:
        return "too little lockable memory: see ulimit -l";
    case -EINVAL:
        return "the kernel is too old";
    default:
        return "a container's seccomp profile or kernel.io_uring_disabled";
    }
}

int viz_net_begin(struct viz_net *net, struct viz_error *err)
{
    net->window_start_ns = viz_clock_now(net->clock);
    if (net->wanted == VIZ_NET_POLL) {
        snprintf(net->description, sizeof(net->description), "poll");
        return begin_poll(net, err);
    }
    int ret = viz_net_uring_ops.begin(net, err);
    if (ret == 0) {
        net->ops = &viz_net_uring_ops;
        snprintf(net->description, sizeof(net->description), "io_uring");
        return 0;
    }
    if (!is_refusal(ret))
        return ret;
    if (net->wanted == VIZ_NET_URING)
        return viz_fail(
            err, ret,
            "io_uring is refused: %s (%s); --net poll or auto works without it",
            strerror(-ret), refusal_cause(ret));
    viz_notice(net->notices, "io_uring is refused: %s (%s): using poll", strerror(-ret),
               refusal_cause(ret));
    snprintf(net->description, sizeof(net->description),
             "poll (io_uring is refused: %s)", strerror(-ret));
    return begin_poll(net, err);
}

static struct viz_net_source *find_source(const struct viz_net *net, uint32_t index)
{
    for (uint32_t i = 0; i < net->count; i++)
        if (net->source[i].index == index)
            return &net->source[i];
    return NULL;
}

/* Decoders commit what they decode; where a consumer was behind, rows stayed open.
 * Offer them again, and note which sources wait for their consumer. */
static void commit_open(struct viz_net *net) VIZ_ON(source);
static void commit_open(struct viz_net *net)
{
    net->behind = false;
    for (uint32_t i = 0; i < net->count; i++)
        net->source[i].behind = false;
    net->spooling = net->spool && viz_spool_commit(net->spool);
    uint32_t streams = net->streams ? viz_streams_count(net->streams) : 0;
    for (uint32_t i = 0; i < streams; i++) {
        struct viz_stream *stream = viz_streams_at(net->streams, i);
        struct viz_net_source *source =
            stream ? find_source(net, stream->source) : NULL;
        if (source && viz_stream_commit(stream))
            net->behind = source->behind = true;
    }
}

static void measure_rate(struct viz_net *net, int64_t now_ns)
{
    int64_t elapsed_ns = now_ns - net->window_start_ns;
    if (elapsed_ns < RATE_WINDOW_NS)
        return;
    net->fast =
        (double)net->window_packets * 1e9 > (double)elapsed_ns * VIZ_NET_FAST_HZ;
    net->window_packets = 0;
    net->window_start_ns = now_ns;
}

static int64_t sooner(int64_t a_ns, int64_t b_ns) /* -1: never */
{
    return a_ns < 0 || (b_ns >= 0 && b_ns < a_ns) ? b_ns : a_ns;
}

/* How long this step may wait: less than asked while something must be tried again.
 * Ends the pauses that are over. */
static int64_t bounded_wait(struct viz_net *net, int64_t timeout_ns, int64_t now_ns)
{
    bool again = net->behind || net->spooling;
    int64_t wait_ns = again ? sooner(timeout_ns, VIZ_NET_BEHIND_NS) : timeout_ns;
    if (net->links && net->links_due_ns != INT64_MAX) {
        int64_t left_ns = net->links_due_ns - now_ns;
        wait_ns = sooner(wait_ns, left_ns > 0 ? left_ns : 0);
    }
    for (uint32_t i = 0; i < net->count; i++) {
        struct viz_net_source *source = &net->source[i];
        if (source->paused_until_ns <= now_ns)
            source->paused_until_ns = 0;
        else
            wait_ns = sooner(wait_ns, source->paused_until_ns - now_ns);
    }
    return wait_ns;
}

/* What the links have to do now; and when again. */
static void step_links(struct viz_net *net, int64_t now_ns) VIZ_ON(source);
static void step_links(struct viz_net *net, int64_t now_ns)
{
    if (!net->links || now_ns < net->links_due_ns)
        return;
    net->links_due_ns = INT64_MAX;
    for (uint32_t i = 0; i < net->count; i++)
        if (net->source[i].link)
            viz_link_step(net->source[i].link, now_ns);
}

int viz_net_step(struct viz_net *net, int64_t timeout_ns, struct viz_error *err)
{
    int64_t now_ns = viz_clock_now(net->clock);
    measure_rate(net, now_ns);
    step_links(net, now_ns);
    int ret = net->ops->step(net, bounded_wait(net, timeout_ns, now_ns), err);
    commit_open(net);
    return ret;
}

static bool any_leaving(const struct viz_net *net)
{
    for (uint32_t i = 0; i < net->count; i++)
        if (net->source[i].link && viz_link_leaving(net->source[i].link))
            return true;
    return false;
}

/* The kernel's clock: that of a test may stand still. */
static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Goodbye to every server, and a short while for their answers. */
static void leave(struct viz_net *net) VIZ_ON(source);
static void leave(struct viz_net *net)
{
    int64_t end_ns = monotonic_ns() + VIZ_LINK_LEAVE_NS, left_ns;
    net->leaving = true;
    for (uint32_t i = 0; i < net->count; i++)
        if (net->source[i].link)
            viz_link_leave(net->source[i].link, viz_clock_now(net->clock));
    while (any_leaving(net) && (left_ns = end_ns - monotonic_ns()) > 0)
        if (net->ops->step(net, left_ns, NULL) < 0)
            return;
}

void viz_net_end(struct viz_net *net)
{
    if (!net->ops)
        return;
    if (net->links)
        leave(net);
    net->ops->end(net);
    net->ops = NULL;
    for (uint32_t i = 0; i < net->count; i++)
        viz_net_source_flush(net, &net->source[i]);
    if (net->spool)
        viz_spool_flush(net->spool);
}

void viz_net_wake(struct viz_net *net)
{
    uint64_t one = 1;
    /* Cannot block before 2^64 - 2 wake-ups wait. */
    ssize_t written = write(net->wake_fd, &one, sizeof(one));
    (void)written;
}

const char *viz_net_backend_describe(const struct viz_net *net)
{
    return net->description;
}

const struct viz_net_status *viz_net_status(const struct viz_net *net, uint32_t index)
{
    const struct viz_net_source *source = find_source(net, index);
    viz_assert(source);
    return &source->status;
}
