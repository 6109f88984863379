/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/destination.h>

#include <viz/alloc.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct viz_destination {
    enum viz_source_kind kind;
    int fd;        /* what is written to; -1: none yet */
    int listen_fd; /* -1: none */
    uint64_t refused;
};

int viz_destination_parse(const char *text, struct viz_source *out,
                          struct viz_error *err)
{
    int ret = viz_source_parse(text, NULL, out, err);
    if (ret < 0)
        return ret;
    if (out->kind == VIZ_SOURCE_SYNTH)
        return viz_fail(err, -EINVAL,
                        "%s: nothing can be sent there: expected udp://HOST:PORT, "
                        "tcp://HOST:PORT, tcp-listen://[HOST]:PORT or -",
                        text);
    if (out->kind == VIZ_SOURCE_UDP && !out->port)
        return viz_fail(err, -EINVAL, "%s: the port is missing", text);
    return 0;
}

static int listen_on(struct viz_destination *destination,
                     const struct addrinfo *address)
{
    int on = 1;
    destination->listen_fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (destination->listen_fd < 0)
        return -errno;
    setsockopt(destination->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(destination->listen_fd, address->ai_addr, address->ai_addrlen) ||
        listen(destination->listen_fd, 1))
        return -errno;
    return 0;
}

static int connect_to(struct viz_destination *destination,
                      const struct addrinfo *address)
{
    destination->fd =
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, 0);
    if (destination->fd < 0)
        return -errno;
    if (connect(destination->fd, address->ai_addr, address->ai_addrlen))
        return -errno;
    return 0;
}

static void close_all(struct viz_destination *destination)
{
    if (destination->fd >= 0 && destination->kind != VIZ_SOURCE_PIPE)
        close(destination->fd);
    if (destination->listen_fd >= 0)
        close(destination->listen_fd);
    destination->fd = destination->listen_fd = -1;
}

/* The first of the name's addresses that works. */
static int open_any(struct viz_destination *destination, const struct addrinfo *address)
{
    int ret = -EADDRNOTAVAIL;
    for (; address; address = address->ai_next) {
        ret = destination->kind == VIZ_SOURCE_TCP_LISTEN
                  ? listen_on(destination, address)
                  : connect_to(destination, address);
        if (!ret)
            return 0;
        close_all(destination);
    }
    return ret;
}

/* Small packets go at once: they are paced already. */
static void send_at_once(const struct viz_destination *destination)
{
    int on = 1;
    if (destination->kind != VIZ_SOURCE_UDP)
        setsockopt(destination->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static int open_socket(struct viz_destination *destination,
                       const struct viz_source *where, struct viz_error *err)
{
    bool udp = where->kind == VIZ_SOURCE_UDP;
    struct addrinfo hints = {.ai_socktype = udp ? SOCK_DGRAM : SOCK_STREAM};
    struct addrinfo *addresses;
    char port[8];
    snprintf(port, sizeof(port), "%u", where->port);
    int failed =
        getaddrinfo(*where->host ? where->host : "127.0.0.1", port, &hints, &addresses);
    if (failed)
        return viz_fail(err, -EHOSTUNREACH, "%s: %s", where->text,
                        gai_strerror(failed));
    int ret = open_any(destination, addresses);
    freeaddrinfo(addresses);
    if (ret < 0)
        return viz_fail(err, ret, "%s: %s", where->text, strerror(-ret));
    if (destination->fd >= 0)
        send_at_once(destination);
    return 0;
}

int viz_destination_create(const struct viz_source *where, int stdout_fd,
                           struct viz_destination **out, struct viz_error *err)
{
    struct viz_destination *destination = viz_zalloc(sizeof(*destination));
    int ret = 0;

    destination->kind = where->kind;
    destination->listen_fd = -1;
    destination->fd = where->kind == VIZ_SOURCE_PIPE ? stdout_fd : -1;
    if (where->kind != VIZ_SOURCE_PIPE)
        ret = open_socket(destination, where, err);
    if (!ret) {
        *out = destination;
        destination = NULL; /* the caller's now */
    }
    viz_destination_destroy(destination);
    return ret;
}

void viz_destination_destroy(struct viz_destination *destination)
{
    if (!destination)
        return;
    close_all(destination);
    free(destination);
}

uint16_t viz_destination_port(const struct viz_destination *destination)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    char port[NI_MAXSERV];
    if (destination->listen_fd < 0 ||
        getsockname(destination->listen_fd, (struct sockaddr *)&address, &size) ||
        getnameinfo((struct sockaddr *)&address, size, NULL, 0, port, sizeof(port),
                    NI_NUMERICSERV))
        return 0;
    return (uint16_t)strtoul(port, NULL, 10);
}

int viz_destination_accept(struct viz_destination *destination, struct viz_error *err)
{
    if (destination->listen_fd < 0 || destination->fd >= 0)
        return 0;
    destination->fd = accept4(destination->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (destination->fd < 0)
        return viz_fail(err, -errno, "waiting for a client: %s", strerror(errno));
    send_at_once(destination);
    return 0;
}

/* Linux reports the refusal of an earlier datagram in place of sending this one; so
 * this one is tried again. */
static int write_datagram(struct viz_destination *destination, const uint8_t *bytes,
                          size_t size)
{
    for (int tries = 0; tries < 2; tries++) {
        if (send(destination->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno == EAGAIN || errno == ENOBUFS)
            return 1;
        if (errno != ECONNREFUSED)
            return -errno;
        destination->refused++;
    }
    return 1;
}

static int write_stream(struct viz_destination *destination, const uint8_t *bytes,
                        size_t size)
{
    while (size) {
        ssize_t n = destination->kind == VIZ_SOURCE_PIPE
                        ? write(destination->fd, bytes, size)
                        : send(destination->fd, bytes, size, MSG_NOSIGNAL);
        if (n < 0 &&
            errno == EAGAIN) { /* a pipe that another program made non-blocking */
            struct pollfd ready = {.fd = destination->fd, .events = POLLOUT};
            if (poll(&ready, 1, -1) < 0)
                return -errno;
            continue;
        }
        if (n < 0)
            return -errno;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

int viz_destination_write(struct viz_destination *destination, const uint8_t *bytes,
                          size_t size)
{
    if (destination->kind == VIZ_SOURCE_UDP)
        return write_datagram(destination, bytes, size);
    return write_stream(destination, bytes, size);
}

uint64_t viz_destination_refused(const struct viz_destination *destination)
{
    return destination->refused;
}
