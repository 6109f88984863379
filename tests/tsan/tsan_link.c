/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network thread keeps a WebSocket connected, through an end and a new beginning, while
 * another serves it, empties its spool and reads its state: what they share, they may
 * share. On each backend. */
#include "net_thread.h"

#include <viz/clock.h>
#include <viz/handshake.h>
#include <viz/notice.h>
#include <viz/websocket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAMES 500       /* of each connection */
#define LOOKS 200000     /* before a frame that has not come is given up */
#define TURNS 100        /* frames between two looks */
#define GIVE_UP_LOOKS 30 /* times 100 ms: a connection that does not come */

struct shared {
    struct net_thread thread;
    struct viz_spool *spool;
    struct viz_notices *notices;
    uint64_t frames, connected, ended; /* records that came out of the spool */
};

static void look(struct shared *shared)
{
    char text[512];
    const void *bytes;
    const struct viz_record *record;
    const struct viz_link_status *link = &viz_net_status(shared->thread.net, 0)->link;
    while (viz_notices_pop(shared->notices, text, sizeof(text)))
        ;
    while ((record = viz_spool_next(shared->spool, &bytes))) {
        shared->frames += record->kind == VIZ_RECORD_FRAME;
        shared->connected += record->kind == VIZ_RECORD_CONNECTED;
        shared->ended += record->kind == VIZ_RECORD_DISCONNECTED;
        viz_spool_release(shared->spool);
    }
    (void)atomic_load(&link->state);
    (void)atomic_load(&link->subscribed);
    (void)atomic_load(&link->heard_ns);
#define X(name, help) (void)viz_counted(&link->name);
    VIZ_LINK_COUNTS(X)
#undef X
    viz_net_wake(shared->thread.net);
}

/* The handshake of a new connection: its descriptor, or -1. */
static int greet(struct shared *shared, int listening)
{
    uint8_t bytes[4096];
    size_t held = 0, used;
    int fd = -1, status;
    struct viz_handshake_asked asked;
    for (int i = 0; i < GIVE_UP_LOOKS && fd < 0; i++) {
        fd = accept(listening, NULL, NULL); /* waits for 100 ms */
        look(shared);
    }
    while (fd >= 0) {
        ssize_t got = recv(fd, bytes + held, sizeof(bytes) - held, 0);
        if (got <= 0)
            return -1;
        held += (size_t)got;
        if (viz_handshake_asked(bytes, held, &used, &asked, &status, NULL) > 0)
            break;
    }
    char answer[512];
    size_t size = viz_handshake_accept(&asked, answer, sizeof(answer));
    return fd >= 0 && send(fd, answer, size, 0) == (ssize_t)size ? fd : -1;
}

static void flush(struct viz_websocket *ws, int fd)
{
    const uint8_t *bytes;
    size_t size;
    while ((size = viz_websocket_output(ws, &bytes))) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        viz_websocket_sent(ws, (size_t)sent);
    }
}

/* One connection: frames and pings, looked at from here meanwhile. */
static bool serve(struct shared *shared, int listening)
{
    int fd = greet(shared, listening);
    if (fd < 0)
        return false;
    struct viz_websocket *ws = viz_websocket_create(
        &(struct viz_websocket_params){.role = VIZ_WEBSOCKET_SERVER});
    uint64_t due = shared->frames + FRAMES;
    for (int i = 0; i < FRAMES; i++) {
        viz_websocket_send(ws, VIZ_WEBSOCKET_BINARY, "frame", 5);
        if (i % TURNS == 0) {
            viz_websocket_ping(ws);
            look(shared);
        }
        flush(ws, fd);
    }
    for (int i = 0; i < LOOKS && shared->frames < due; i++)
        look(shared);
    viz_websocket_destroy(ws);
    close(fd);
    return shared->frames == due;
}

static int listen_on_loopback(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_usec = 100000};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 4) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

static enum net_thread_result try_backend(enum viz_net_backend backend)
{
    struct shared shared = {0};
    struct viz_source source;
    const uint32_t index = 0;
    struct viz_clock *clock = viz_clock_create(true);
    uint16_t port = 0;
    int listening = listen_on_loopback(&port);
    enum net_thread_result result = NET_THREAD_WRONG;
    char text[64];
    bool served = false;
    shared.spool = viz_spool_create(0);
    shared.notices = viz_notices_create();
    struct viz_net_params params = {.sources = &source,
                                    .indices = &index,
                                    .count = 1,
                                    .backend = backend,
                                    .clock = clock,
                                    .notices = shared.notices,
                                    .spool = shared.spool};
    snprintf(text, sizeof(text), "ws://127.0.0.1:%u/ws", port);
    if (listening < 0 || viz_source_parse(text, NULL, &source, &shared.thread.err) ||
        viz_net_create(&params, &shared.thread.net, &shared.thread.err) ||
        net_thread_start(&shared.thread)) {
        fprintf(stderr, "tsan_link: %s\n", shared.thread.err.text);
        goto out;
    }
    if (!atomic_load(&shared.thread.refused)) /* once, and once again */
        served = serve(&shared, listening) && serve(&shared, listening);
    net_thread_stop(&shared.thread);
    look(&shared);
    if (atomic_load(&shared.thread.refused))
        result = NET_THREAD_REFUSED;
    else if (served && shared.connected == 2 && shared.ended >= 1)
        result = NET_THREAD_RIGHT;
    else
        fprintf(stderr, "tsan_link: %lu frames of %d, %lu connections, %lu ends\n",
                (unsigned long)shared.frames, 2 * FRAMES,
                (unsigned long)shared.connected, (unsigned long)shared.ended);
out:
    viz_net_destroy(shared.thread.net);
    viz_notices_destroy(shared.notices);
    viz_spool_destroy(shared.spool);
    viz_clock_destroy(clock);
    close(listening);
    return result;
}

int main(void)
{
    return net_thread_backends("tsan_link", try_backend);
}
