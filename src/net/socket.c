/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backend.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_LIMIT_MS 5000
#define LISTEN_BACKLOG 64

/* Enough for a scheduler's pause of 20 ms at 300 000 small datagrams a second; the
 * kernel charges about five times the payload of a small one. */
#define BUFFER_BYTES (8 << 20)

static void set_option(int fd, int level, int option, int value)
{
    /* Best effort: what is refused is seen in the stamps, drops and sizes that follow.
     */
    (void)setsockopt(fd, level, option, &value, sizeof(value));
}

static int get_option(int fd, int option)
{
    int value = 0;
    socklen_t size = sizeof(value);
    return getsockopt(fd, SOL_SOCKET, option, &value, &size) ? 0 : value;
}

/* No UDP_GRO: one receive of the kernel's would be many datagrams, and its drop counter
 * would no longer count datagrams. */
static void tune_datagrams(int fd, int buffer_bytes)
{
    int bytes = buffer_bytes ? buffer_bytes : BUFFER_BYTES;
    set_option(fd, SOL_SOCKET, SO_RCVBUF, bytes);
    /* Beyond rmem_max where allowed. */
    set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes);
    set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    set_option(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
}

void viz_net_socket_tune(int fd)
{
    set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

static void name_address(const struct sockaddr *address, socklen_t size, char *out,
                         size_t room)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (getnameinfo(address, size, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV))
        snprintf(out, room, "an unknown address");
    else
        snprintf(out, room, "%s port %s", host, port);
}

void viz_net_socket_peer(int fd, char *out, size_t size)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    if (getpeername(fd, (struct sockaddr *)&address, &length))
        snprintf(out, size, "a peer");
    else
        name_address((struct sockaddr *)&address, length, out, size);
}

bool viz_net_socket_drops(int fd, uint32_t *out)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof(info);
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size) ||
        size < (SK_MEMINFO_DROPS + 1) * sizeof(info[0]))
        return false;
    *out = info[SK_MEMINFO_DROPS];
    return true;
}

static int bound_port(int fd)
{
    struct sockaddr_storage address;
    char port[NI_MAXSERV];
    socklen_t size = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &size) ||
        getnameinfo((struct sockaddr *)&address, size, NULL, 0, port, sizeof(port),
                    NI_NUMERICSERV))
        return 0;
    int value = 0;
    (void)sscanf(port, "%d", &value);
    return value;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait for a connection under way until @deadline_ms. 0 or a negative errno. */
static int await_connection(int fd, int64_t deadline_ms)
{
    for (;;) {
        int64_t left_ms = deadline_ms - monotonic_ms();
        struct pollfd waiting = {.fd = fd, .events = POLLOUT};
        int ready = poll(&waiting, 1, left_ms > 0 ? (int)left_ms : 0);
        if (ready > 0)
            return -get_option(fd, SO_ERROR);
        if (ready == 0)
            return -ETIMEDOUT;
        if (errno != EINTR)
            return -errno;
    }
}

/* A connected socket, blocking again (io_uring waits only for sockets that would). */
static int connect_within(int fd, const struct addrinfo *to, int64_t deadline_ms)
{
    if (fcntl(fd, F_SETFL, O_NONBLOCK))
        return -errno;
    if (connect(fd, to->ai_addr, to->ai_addrlen)) {
        int ret = errno == EINPROGRESS ? await_connection(fd, deadline_ms) : -errno;
        if (ret < 0)
            return ret;
    }
    return fcntl(fd, F_SETFL, 0) ? -errno : 0;
}

static int bind_to(int fd, const struct addrinfo *to)
{
    return bind(fd, to->ai_addr, to->ai_addrlen) ? -errno : 0;
}

static int listen_on(int fd, const struct addrinfo *to)
{
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    int ret = bind_to(fd, to);
    return ret < 0 ? ret : listen(fd, LISTEN_BACKLOG) ? -errno : 0;
}

/* One socket for one address, ready to be read. The descriptor, or a negative errno. */
static int open_address(enum viz_source_kind kind, const struct addrinfo *to,
                        int buffer_bytes, int64_t deadline_ms)
{
    int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, to->ai_protocol);
    if (fd < 0)
        return -errno;
    int ret;
    if (kind == VIZ_SOURCE_UDP) {
        tune_datagrams(fd, buffer_bytes); /* before bind: no datagram without a stamp */
        ret = bind_to(fd, to);
    } else {
        viz_net_socket_tune(fd);
        ret = kind == VIZ_SOURCE_TCP ? connect_within(fd, to, deadline_ms)
                                     : listen_on(fd, to);
    }
    if (ret < 0) {
        close(fd);
        return ret;
    }
    return fd;
}

static const char *verb_of(enum viz_source_kind kind)
{
    return kind == VIZ_SOURCE_TCP   ? "connect to"
           : kind == VIZ_SOURCE_UDP ? "receive on"
                                    : "listen on";
}

static int open_socket(const struct viz_source *spec, int buffer_bytes,
                       struct viz_error *err)
{
    const char *host = *spec->host ? spec->host : "127.0.0.1";
    char port[8];
    snprintf(port, sizeof(port), "%u", spec->port);
    struct addrinfo hints = {
        .ai_socktype = spec->kind == VIZ_SOURCE_UDP ? SOCK_DGRAM : SOCK_STREAM,
        .ai_flags = AI_NUMERICSERV | (spec->kind == VIZ_SOURCE_TCP ? 0 : AI_PASSIVE),
    };
    struct addrinfo *list = NULL;
    int failed = getaddrinfo(host, port, &hints, &list);
    if (failed)
        return viz_fail(err, -ENXIO, "%s: no address is known for the host \"%s\": %s",
                        spec->text, host, gai_strerror(failed));
    int64_t deadline_ms = monotonic_ms() + CONNECT_LIMIT_MS;
    int ret = -ENXIO;
    for (struct addrinfo *to = list; to && ret < 0; to = to->ai_next)
        ret = open_address(spec->kind, to, buffer_bytes, deadline_ms);
    freeaddrinfo(list);
    if (ret == -ETIMEDOUT)
        return viz_fail(err, ret, "%s: cannot connect to %s port %s: no answer in %d s",
                        spec->text, host, port, CONNECT_LIMIT_MS / 1000);
    if (ret < 0)
        return viz_fail(err, ret, "%s: cannot %s %s port %s: %s", spec->text,
                        verb_of(spec->kind), host, port, strerror(-ret));
    return ret;
}

int viz_net_socket_open(struct viz_net_source *source, const struct viz_source *spec,
                        int buffer_bytes, struct viz_error *err)
{
    int fd = open_socket(spec, buffer_bytes, err);
    if (fd < 0)
        return fd;
    if (spec->kind == VIZ_SOURCE_TCP)
        source->flow[0].fd = fd;
    else
        source->fd = fd;
    viz_count(&source->status.receive_buffer_bytes,
              (uint64_t)get_option(fd, SO_RCVBUF));
    atomic_store_explicit(&source->status.port, bound_port(fd), memory_order_relaxed);
    return 0;
}
