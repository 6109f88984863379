/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web_state.h"

#include <viz/alloc.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128
#define ACCEPTS 64           /* in one step: the others get their turn */
#define PAUSE_NS 100000000LL /* until descriptors are tried again */

/* For all addresses of both families where it is "::". */
static int listen_on(const struct addrinfo *to)
{
    const int yes = 1, no = 0;
    int type = to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK;
    int fd = socket(to->ai_family, type, to->ai_protocol);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (to->ai_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
    if (bind(fd, to->ai_addr, to->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int ret = -errno;
    close(fd);
    return ret;
}

/* The first address of @host that can be had: a descriptor, or a negative errno. */
static int open_host(const char *host, uint16_t port, struct viz_error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found;
    char digits[8];
    snprintf(digits, sizeof(digits), "%u", port);
    int ret = getaddrinfo(host, digits, &hints, &found);
    if (ret)
        return viz_fail(err, -EINVAL, "cannot listen on %s: %s", host,
                        gai_strerror(ret));
    int fd = -EADDRNOTAVAIL;
    for (const struct addrinfo *to = found; to && fd < 0; to = to->ai_next)
        fd = listen_on(to);
    freeaddrinfo(found);
    if (fd < 0)
        viz_fail(err, fd, "cannot listen on %s port %u: %s", host, port, strerror(-fd));
    return fd;
}

static void take_name(struct viz_web_listener *listener)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(address);
    (void)getsockname(listener->fd, (struct sockaddr *)&address, &size);
    const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)&address;
    char *host = listener->host;
    if (address.ss_family == AF_INET) {
        listener->port = ntohs(ipv4->sin_port);
        (void)inet_ntop(AF_INET, &ipv4->sin_addr, host, sizeof(listener->host));
    }
    if (address.ss_family == AF_INET6) {
        listener->port = ntohs(ipv6->sin6_port);
        (void)inet_ntop(AF_INET6, &ipv6->sin6_addr, host, sizeof(listener->host));
    }
    listener->unix_domain = address.ss_family == AF_UNIX;
    if (listener->unix_domain)
        snprintf(listener->path, sizeof(listener->path), "%.*s",
                 (int)(size - offsetof(struct sockaddr_un, sun_path)),
                 ((struct sockaddr_un *)&address)->sun_path);
}

static void take_ready(void *context)
{
    struct viz_web_listener *listener = context;
    listener->ready = true;
}

int viz_web_listen(struct viz_web *web, struct viz_error *err)
{
    struct viz_web_listener *listener = &web->listener;
    const struct viz_web_params *params = &web->params;
    const char *host = params->host ? params->host : "127.0.0.1";
    int fd = params->listen_fd ? params->listen_fd : open_host(host, params->port, err);
    if (fd < 0)
        return fd;
    listener->fd = fd;
    take_name(listener);
    listener->watch = (struct viz_web_watch){.context = listener, .ready = take_ready};
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
        return viz_fail(err, -errno, "the listening socket: %s", strerror(errno));
    listener->name = viz_web_loop_add(web->loop, fd, false, &listener->watch);
    if (listener->name < 0)
        return viz_fail(err, listener->name, "the listening socket: %s",
                        strerror(-listener->name));
    return 0;
}

static void turn_away(struct viz_web *web, int fd)
{
    viz_web_reply_raw(fd, MHD_HTTP_SERVICE_UNAVAILABLE, "Retry-After: 5\r\n",
                      "there are too many browsers");
    close(fd);
    viz_count(&web->counts.refused_connections, 1);
}

static void welcome(struct viz_web *web, int fd, const struct sockaddr *address,
                    socklen_t size)
{
    viz_count(&web->counts.connections, 1);
    if (viz_web_peer_room(web, address))
        (void)MHD_add_connection(web->daemon, fd, address, size); /* or closes it */
    else
        turn_away(web, fd);
    web->run = true;
}

void viz_web_accept(struct viz_web *web)
{
    struct viz_web_listener *listener = &web->listener;
    if (listener->paused_until_ns && viz_web_now(web) < listener->paused_until_ns)
        return;
    listener->paused_until_ns = 0;
    for (int i = 0; i < ACCEPTS && listener->ready; i++) {
        struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
        socklen_t size = sizeof(address);
        int fd = accept4(listener->fd, (struct sockaddr *)&address, &size,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            welcome(web, fd, (struct sockaddr *)&address, size);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            listener->paused_until_ns = viz_web_now(web) + PAUSE_NS;
            viz_count(&web->counts.short_of_files, 1);
            viz_web_peer_spare(web);
            return;
        }
        listener->ready = errno != EAGAIN && errno != EINVAL && errno != EBADF;
    }
}

void viz_web_listener_finish(struct viz_web *web)
{
    struct viz_web_listener *listener = &web->listener;
    if (listener->name >= 0)
        viz_web_loop_remove(web->loop, listener->name);
    if (listener->fd > 0)
        close(listener->fd);
}
