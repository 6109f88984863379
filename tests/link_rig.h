/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of links share: WebSocket sources against servers made of the other half of our own code, or of bytes by
 * hand, over real sockets. Time is a fake clock's, so that back-offs cost none. */
#ifndef VIZ_LINK_RIG_H
#define VIZ_LINK_RIG_H

#include "net_rig.h"

#include <viz/handshake.h>
#include <viz/subscription.h>
#include <viz/websocket.h>

#include <fcntl.h>

#define S 1000000000LL
#define MS 1000000LL

/* One connection, seen from the server. */
struct peer {
    int fd;
    struct viz_websocket *ws;
    bool greeted, dribble, gone;
    uint8_t header[4096];
    size_t header_size;
    char texts[4096]; /* that came, a line each */
    uint32_t pings, pongs;
};

struct server {
    int fd, port;
    struct peer *peer; /* the newest connection */
};

static void take_text(void *context, enum viz_websocket_kind kind, const uint8_t *bytes,
                      size_t size)
{
    struct peer *peer = context;
    size_t used = strlen(peer->texts);
    cr_expect_eq(kind, VIZ_WEBSOCKET_TEXT);
    snprintf(peer->texts + used, sizeof(peer->texts) - used, "%.*s\n", (int)size,
             bytes);
}

static void take_ping(void *context)
{
    ((struct peer *)context)->pings++;
}

static void take_pong(void *context)
{
    ((struct peer *)context)->pongs++;
}

static void flush_peer(struct peer *peer)
{
    const uint8_t *bytes;
    size_t size;
    while (!peer->gone && (size = viz_websocket_output(peer->ws, &bytes))) {
        ssize_t sent = send(peer->fd, bytes, peer->dribble ? 1 : size, MSG_NOSIGNAL);
        cr_assert_gt(sent, 0);
        viz_websocket_sent(peer->ws, (size_t)sent);
    }
}

static struct peer *new_peer(int fd)
{
    struct peer *peer = viz_zalloc(sizeof(*peer));
    peer->fd = fd;
    peer->ws = viz_websocket_create(&(struct viz_websocket_params){
        .role = VIZ_WEBSOCKET_SERVER,
        .context = peer,
        .message = take_text,
        .ping = take_ping,
        .pong = take_pong,
    });
    return peer;
}

static void free_peer(struct peer *peer)
{
    if (!peer)
        return;
    close(peer->fd);
    viz_websocket_destroy(peer->ws);
    free(peer);
}

/* What came, as far as it is there; with @greet a handshake is answered with yes. */
static void serve_peer(struct peer *peer, bool greet)
{
    uint8_t bytes[4096];
    ssize_t got = recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    peer->gone = peer->gone || got == 0 || (got < 0 && errno != EAGAIN);
    if (got <= 0)
        return;
    if (peer->greeted) {
        viz_websocket_receive(peer->ws, bytes, (size_t)got);
        flush_peer(peer);
        return;
    }
    cr_assert_leq(peer->header_size + (size_t)got, sizeof(peer->header));
    memcpy(peer->header + peer->header_size, bytes, (size_t)got);
    peer->header_size += (size_t)got;
    struct viz_handshake_asked asked;
    struct viz_error err;
    size_t used;
    int status;
    if (!greet || viz_handshake_asked(peer->header, peer->header_size, &used, &asked,
                                      &status, &err) <= 0)
        return;
    char answer[512];
    size_t size = viz_handshake_accept(&asked, answer, sizeof(answer));
    put(peer->fd, answer, size);
    peer->greeted = true;
}

static inline void serve(struct server *server, bool greet)
{
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        free_peer(server->peer);
        server->peer = new_peer(fd);
    }
    if (server->peer)
        serve_peer(server->peer, greet);
}

static struct viz_clock *fake; /* each test is a process of its own */

/* A source at a new server, on the fake clock. */
static inline void prepare_with(struct rig *rig, struct server *server,
                                const char *query)
{
    char text[96];
    server->fd = rig_listen(&server->port);
    cr_assert_eq(fcntl(server->fd, F_SETFL, O_NONBLOCK), 0);
    snprintf(text, sizeof(text), "ws://127.0.0.1:%d/ws%s", server->port, query);
    viz_clock_destroy(rig->clock);
    rig->params.clock = rig->clock = fake = viz_clock_create_fake(1000 * S);
    rig_add(rig, text);
}

/* The same, forced to the recording format, and begun. */
static inline void begin_with(struct rig *rig, struct server *server, const char *query)
{
    prepare_with(rig, server, query);
    rig_begin(rig);
}

static inline void finish_with(struct server *server)
{
    free_peer(server->peer);
    close(server->fd);
}

/* Step both ends until @condition. */
#define both_until(rig, server, greet, condition)                                      \
    do {                                                                               \
        for (int turns_ = 0; turns_ < 2000 && !(condition); turns_++) {                \
            rig_step(rig, 2 * MS);                                                     \
            serve(server, greet);                                                      \
        }                                                                              \
        cr_assert(condition, "never came true: %s", #condition);                       \
    } while (0)

static const struct viz_link_status *link_of(struct rig *rig)
{
    return &rig_status(rig, 0)->link;
}

static inline int state_of(struct rig *rig)
{
    return atomic_load(&link_of(rig)->state);
}

static inline uint64_t attempts_of(struct rig *rig)
{
    return viz_counted(&link_of(rig)->attempts);
}

static inline void open_with(struct rig *rig, struct server *server, const char *query)
{
    begin_with(rig, server, query);
    both_until(rig, server, true, state_of(rig) == VIZ_LINK_OPEN);
}

static inline void send_frame(struct server *server, const char *text)
{
    cr_assert(
        viz_websocket_send(server->peer->ws, VIZ_WEBSOCKET_BINARY, text, strlen(text)));
    flush_peer(server->peer);
}

/* How long it waits before it tries again, found by trying. */
static inline int64_t waited_for(struct rig *rig, struct server *server)
{
    uint64_t before = attempts_of(rig);
    int64_t waited_ns = 0;
    while (attempts_of(rig) == before && waited_ns < 100 * S) {
        viz_clock_advance(fake, 50 * MS);
        waited_ns += 50 * MS;
        rig_step(rig, 0);
        rig_step(rig, 0);
    }
    (void)server;
    return waited_ns;
}

#endif
