/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web_state.h"

#include <viz/alloc.h>
#include <viz/handshake.h>
#include <viz/websocket.h>

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define MESSAGE_BYTES 4096        /* of what a browser says */
#define READ_BYTES 16384          /* of one browser, then the others get their turn */
#define KERNEL_BYTES (128 * 1024) /* what waits with the kernel cannot be left out */
#define PING_NS (15 * VIZ_WEB_SECOND)
#define SILENT_NS (45 * VIZ_WEB_SECOND)
#define WHOLE_NS (10 * VIZ_WEB_SECOND) /* for a message that has begun */
#define CLOSE_NS (5 * VIZ_WEB_SECOND)  /* for the other's close */
#define WRONG_NS VIZ_WEB_SECOND        /* for that of one who did wrong */

/* Texts of one browser that are handed on: 20 a second, 40 at once. */
#define TEXT_NS (VIZ_WEB_SECOND / 20)
#define TEXTS_AT_ONCE 40
#define TEXTS_PER_SECOND 200 /* more are no mistake */

#define GOING_AWAY 1001
#define NO_BINARY 1003
#define NOT_ALLOWED 1008
#define TRY_LATER 1013

struct viz_web_socket {
    struct viz_web_socket *next;
    struct viz_web *web;
    struct MHD_UpgradeResponseHandle *handle;
    struct viz_websocket *ws;
    struct viz_web_watch watch;
    int fd, name; /* of the loop */
    void *client; /* NULL: the live stream does not know it */
    bool readable;
    bool closing; /* by us */
    bool ended;   /* the connection is over */
    int64_t heard_ns, asked_ns;
    int64_t over_ns; /* when it ends, where it is closing */
    uint64_t begun;  /* of viz_websocket_begun(), since begun_ns */
    int64_t begun_ns;
    int64_t texts_ns; /* what has been handed on is allowed until then */
    int64_t second_ns;
    uint32_t in_second; /* texts since second_ns */
};

static void touch(struct viz_web_socket *socket)
{
    socket->web->touched = true;
}

bool viz_web_send(struct viz_web_socket *socket, bool binary, const void *bytes,
                  size_t size)
{
    enum viz_websocket_kind kind = binary ? VIZ_WEBSOCKET_BINARY : VIZ_WEBSOCKET_TEXT;
    if (socket->closing || socket->ended ||
        !viz_websocket_send(socket->ws, kind, bytes, size))
        return false;
    touch(socket);
    return true;
}

size_t viz_web_waiting(const struct viz_web_socket *socket)
{
    const uint8_t *bytes;
    return viz_websocket_output(socket->ws, &bytes);
}

void viz_web_close(struct viz_web_socket *socket, uint16_t code, const char *reason)
{
    if (socket->closing)
        return;
    socket->closing = true;
    socket->over_ns = viz_web_now(socket->web) + CLOSE_NS;
    (void)viz_websocket_close(socket->ws, code, reason);
    touch(socket);
}

static void close_wrong(struct viz_web_socket *socket, uint16_t code,
                        const char *reason)
{
    if (socket->closing)
        return;
    viz_web_close(socket, code, reason);
    socket->over_ns = viz_web_now(socket->web) + WRONG_NS;
}

/* Whether one more text is handed on. */
static bool take_turn(struct viz_web_socket *socket)
{
    int64_t now_ns = viz_web_now(socket->web);
    if (now_ns - socket->second_ns >= VIZ_WEB_SECOND) {
        socket->second_ns = now_ns;
        socket->in_second = 0;
    }
    if (++socket->in_second > TEXTS_PER_SECOND)
        close_wrong(socket, NOT_ALLOWED, "too many texts");
    if (socket->texts_ns < now_ns - TEXTS_AT_ONCE * TEXT_NS)
        socket->texts_ns = now_ns - TEXTS_AT_ONCE * TEXT_NS;
    if (now_ns - socket->texts_ns < TEXT_NS) {
        viz_count(&socket->web->counts.refused_texts, 1);
        return false;
    }
    socket->texts_ns += TEXT_NS;
    return true;
}

static void take_pong(void *context)
{
    struct viz_web_socket *socket = context;
    socket->heard_ns = viz_web_now(socket->web);
}

static void take_message(void *context, enum viz_websocket_kind kind,
                         const uint8_t *bytes, size_t size)
{
    struct viz_web_socket *socket = context;
    const struct viz_web_live *live = &socket->web->params.live;
    if (socket->closing)
        return;
    socket->heard_ns = viz_web_now(socket->web);
    if (kind == VIZ_WEBSOCKET_BINARY)
        close_wrong(socket, NO_BINARY, "text is expected");
    else if (take_turn(socket) && socket->client)
        live->text(live->context, socket->client, (const char *)bytes, size);
}

static void take_ready(void *context)
{
    struct viz_web_socket *socket = context;
    socket->readable = true;
    touch(socket);
}

static void receive(struct viz_web_socket *socket, const uint8_t *bytes, size_t size)
{
    int64_t now_ns = viz_web_now(socket->web);
    if (!viz_websocket_receive(socket->ws, bytes, size) && !socket->closing) {
        socket->closing = true;
        socket->over_ns = now_ns + CLOSE_NS;
    }
    uint64_t begun = viz_websocket_begun(socket->ws);
    if (begun != socket->begun) {
        socket->begun = begun;
        socket->begun_ns = now_ns;
    }
}

/* Once nothing more is taken in, what comes is read and forgotten: a socket closed over
 * unread bytes would take our close back. */
static void read_some(struct viz_web_socket *socket)
{
    uint8_t bytes[READ_BYTES];
    if (!socket->readable || socket->ended)
        return;
    ssize_t got = recv(socket->fd, bytes, sizeof(bytes), 0);
    if (got > 0)
        receive(socket, bytes, (size_t)got);
    else if (got < 0 && errno == EAGAIN)
        socket->readable = false;
    else if (got == 0 || errno != EINTR)
        socket->ended = true;
}

static void send_some(struct viz_web_socket *socket)
{
    const uint8_t *bytes;
    size_t size;
    while (!socket->ended && (size = viz_websocket_output(socket->ws, &bytes))) {
        ssize_t sent = send(socket->fd, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN)
            socket->ended = true;
        if (sent < 0)
            return;
        viz_websocket_sent(socket->ws, (size_t)sent);
        viz_count(&socket->web->counts.sent_bytes, (uint64_t)sent);
    }
}

/* Both have said that it is over, or the other did wrong and has been told. */
static bool is_over(const struct viz_web_socket *socket)
{
    const char *reason;
    return socket->closing && viz_web_waiting(socket) == 0 &&
           (viz_websocket_close_code(socket->ws, &reason) ||
            viz_websocket_fault(socket->ws));
}

static void forget(struct viz_web_socket *socket)
{
    struct viz_web *web = socket->web;
    if (socket->client)
        web->params.live.closed(web->params.live.context, socket->client);
    viz_web_loop_remove(web->loop, socket->name);
    (void)shutdown(socket->fd, SHUT_WR);
    (void)MHD_upgrade_action(socket->handle, MHD_UPGRADE_ACTION_CLOSE);
    viz_websocket_destroy(socket->ws);
    free(socket);
    web->run = true;
    web->socket_count--;
}

void viz_web_sockets_step(struct viz_web *web)
{
    struct viz_web_socket **link = &web->sockets;
    if (!web->touched)
        return;
    web->touched = false;
    while (*link) {
        struct viz_web_socket *socket = *link;
        read_some(socket);
        send_some(socket);
        web->touched = web->touched || socket->readable;
        if (!socket->ended && !is_over(socket)) {
            link = &socket->next;
            continue;
        }
        *link = socket->next;
        forget(socket);
    }
}

void viz_web_sockets_sweep(struct viz_web *web, int64_t now_ns)
{
    for (struct viz_web_socket *socket = web->sockets; socket; socket = socket->next) {
        bool half = socket->begun && now_ns - socket->begun_ns >= WHOLE_NS;
        if (half)
            viz_count(&web->counts.refused_time, 1);
        if (half || now_ns - socket->heard_ns >= SILENT_NS ||
            (socket->closing && now_ns >= socket->over_ns)) {
            socket->ended = true;
        } else if (now_ns - socket->asked_ns >= PING_NS) {
            socket->asked_ns = now_ns;
            (void)viz_websocket_ping(socket->ws);
        } else {
            continue;
        }
        touch(socket);
    }
}

void viz_web_sockets_refuse(struct viz_web *web, const char *reason)
{
    for (struct viz_web_socket *socket = web->sockets; socket; socket = socket->next)
        viz_web_close(socket, NOT_ALLOWED, reason);
}

void viz_web_sockets_end(struct viz_web *web)
{
    while (web->sockets) {
        struct viz_web_socket *socket = web->sockets;
        web->sockets = socket->next;
        if (!socket->ended) {
            viz_web_close(socket, GOING_AWAY, "the server ends");
            send_some(socket);
        }
        forget(socket);
    }
}

/* ---- the upgrade ---- */

static void tune(int fd)
{
    const int yes = 1, room = KERNEL_BYTES;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
}

static void open_client(struct viz_web_socket *socket)
{
    const struct viz_web_live *live = &socket->web->params.live;
    socket->client = live->opened(live->context, socket);
    if (!socket->client)
        viz_web_close(socket, TRY_LATER, "there are too many browsers");
}

static void take_over(void *context, struct MHD_Connection *connection, void *unused,
                      const char *extra, size_t extra_size, MHD_socket fd,
                      struct MHD_UpgradeResponseHandle *handle)
{
    struct viz_web *web = context;
    struct viz_web_socket *socket = viz_zalloc(sizeof(*socket));
    (void)unused;
    viz_web_peer_enter(viz_web_peer_of(connection), VIZ_WEB_UPGRADED, 0);
    socket->web = web;
    socket->handle = handle;
    socket->fd = fd;
    socket->heard_ns = socket->asked_ns = viz_web_now(web);
    socket->texts_ns = socket->heard_ns - TEXTS_AT_ONCE * TEXT_NS;
    socket->watch = (struct viz_web_watch){.context = socket, .ready = take_ready};
    socket->ws = viz_websocket_create(
        &(struct viz_websocket_params){.role = VIZ_WEBSOCKET_SERVER,
                                       .max_message = MESSAGE_BYTES,
                                       .context = socket,
                                       .message = take_message,
                                       .pong = take_pong});
    tune(fd);
    socket->name = viz_web_loop_add(web->loop, fd, true, &socket->watch);
    if (socket->name < 0) {
        viz_websocket_destroy(socket->ws);
        free(socket);
        (void)MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
        return;
    }
    socket->next = web->sockets;
    web->sockets = socket;
    web->socket_count++;
    viz_count(&web->counts.sockets, 1);
    open_client(socket);
    if (extra_size)
        receive(socket, (const uint8_t *)extra, extra_size);
    take_ready(socket); /* what came before the loop knew it */
}

static bool has_word(const char *header, const char *word)
{
    size_t length = strlen(word);
    for (; header && *header; header += strcspn(header, ",")) {
        header += strspn(header, ", \t");
        size_t size = strcspn(header, ", \t");
        if (size == length && strncasecmp(header, word, length) == 0)
            return true;
    }
    return false;
}

/* 24 characters of base64: 16 bytes. */
static bool is_key(const char *key)
{
    return key && strlen(key) == VIZ_HANDSHAKE_KEY - 1 &&
           strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                       "0123456789+/") == VIZ_HANDSHAKE_KEY - 3 &&
           strcmp(key + VIZ_HANDSHAKE_KEY - 3, "==") == 0;
}

static enum MHD_Result refuse_upgrade(struct viz_web_job *job, int status,
                                      const char *name, const char *value)
{
    viz_web_reply_refuse(&job->reply, status, "this path speaks WebSocket, version 13");
    job->reply.name = name;
    snprintf(job->reply.value, sizeof(job->reply.value), "%s", value);
    return viz_web_reply_send(job);
}

enum MHD_Result viz_web_upgrade(struct viz_web_job *job)
{
    struct MHD_Connection *connection = job->peer->connection;
    const char *asked[4];
    static const char *const names[] = {"Connection", "Upgrade",
                                        "Sec-WebSocket-Version", "Sec-WebSocket-Key"};
    for (int i = 0; i < 4; i++)
        asked[i] = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, names[i]);
    if (job->head || !has_word(asked[0], "upgrade") || !has_word(asked[1], "websocket"))
        return refuse_upgrade(job, MHD_HTTP_UPGRADE_REQUIRED, "Upgrade", "websocket");
    if (!asked[2] || strcmp(asked[2], "13") != 0)
        return refuse_upgrade(job, MHD_HTTP_UPGRADE_REQUIRED, names[2], "13");
    if (!is_key(asked[3]))
        return refuse_upgrade(job, MHD_HTTP_BAD_REQUEST, NULL, "");
    char accept[VIZ_HANDSHAKE_ACCEPT];
    viz_handshake_accept_of(asked[3], accept);
    struct MHD_Response *response =
        MHD_create_response_for_upgrade(take_over, job->peer->web);
    if (!response)
        return MHD_NO;
    (void)MHD_add_response_header(response, "Upgrade", "websocket");
    (void)MHD_add_response_header(response, "Sec-WebSocket-Accept", accept);
    enum MHD_Result queued =
        MHD_queue_response(connection, MHD_HTTP_SWITCHING_PROTOCOLS, response);
    MHD_destroy_response(response);
    viz_count(&job->peer->web->counts.requests, 1);
    viz_count(&job->peer->web->counts.answers_ok, 1);
    return queued;
}
