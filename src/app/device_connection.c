/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "devices_state.h"

#include <viz/alloc.h>
#include <viz/handshake.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define GREETING_MS 5000 /* for a whole HTTP header */
#define FAREWELL_MS 1000 /* for the other side to close, too */
#define SEND_BUFFER 5744 /* bytes, as on the ESP32: the kernel takes twice */
#define ANSWER_BYTES 512
#define GOING_AWAY 1001

enum state {
    GREETING, /* the header is coming in */
    OPEN,
    LEAVING, /* what waits goes out, then our side is shut */
    SHUT,    /* until the other side is, too */
    ENDED,   /* to be freed */
};

/* A message on its way out. */
struct parcel {
    struct parcel *next;
    struct viz_device_parcel facts;
    size_t size;
    uint8_t bytes[];
};

struct connection {
    enum endpoint endpoint; /* first: epoll's pointer points here */
    enum state state;
    int fd;
    int slot; /* -1: none, or no longer */
    struct device *device;
    uint64_t address;
    int64_t deadline_ms;
    bool armed; /* epoll waits until it can be written */

    uint8_t *header; /* GREETING: what has come; LEAVING: an HTTP answer */
    size_t header_size, header_sent;

    struct viz_websocket *ws;
    struct parcel *first, **last; /* the first may be in the output of ws */
    unsigned parcels;
    bool first_is_out;
    uint16_t close_code; /* once all is said */
    const char *reason;

    struct connection *next, **link;
    struct connection *next_ended;
};

/* ---- parcels ---- */

static void settle_first(struct connection *connection, bool sent)
{
    struct parcel *parcel = connection->first;
    connection->first = parcel->next;
    if (!parcel->next)
        connection->last = &connection->first;
    connection->parcels--;
    connection->first_is_out = false;
    viz_device_session_settle(connection->device->session, &parcel->facts, sent);
    free(parcel);
}

static void end(struct connection *connection)
{
    struct devices *devices = connection->device->devices;
    if (connection->state == ENDED)
        return;
    connection->state = ENDED;
    connection->next_ended = devices->ended;
    devices->ended = connection;
}

static void arm(struct connection *connection, bool armed)
{
    if (connection->armed == armed)
        return;
    struct epoll_event event = {.events = EPOLLIN | (armed ? EPOLLOUT : 0),
                                .data.ptr = connection};
    connection->armed = armed;
    epoll_ctl(connection->device->devices->epoll, EPOLL_CTL_MOD, connection->fd,
              &event);
}

/* Bytes that the kernel took; 0: it is full, or the connection has ended. */
static size_t push(struct connection *connection, const uint8_t *bytes, size_t size)
{
    ssize_t sent = send(connection->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0)
        return (size_t)sent;
    if (errno == EAGAIN || errno == EINTR)
        arm(connection, true);
    else
        end(connection);
    return 0;
}

/* What is next for the output of ws. False: nothing is. */
static bool load_output(struct connection *connection)
{
    if (connection->first_is_out)
        settle_first(connection, true);
    while (connection->first) {
        const struct parcel *parcel = connection->first;
        bool text = parcel->facts.message <= VIZ_DEVICE_STATUS;
        if (viz_websocket_send(connection->ws,
                               text ? VIZ_WEBSOCKET_TEXT : VIZ_WEBSOCKET_BINARY,
                               parcel->bytes, parcel->size)) {
            connection->first_is_out = true;
            return true;
        }
        settle_first(connection, false);
    }
    uint16_t code = connection->close_code;
    connection->close_code = 0;
    return code && viz_websocket_close(connection->ws, code, connection->reason);
}

/* Write what can be written. True: all of it was. */
static bool flush_messages(struct connection *connection)
{
    const uint8_t *bytes;
    for (;;) {
        size_t size = viz_websocket_output(connection->ws, &bytes);
        if (!size && !load_output(connection))
            return true;
        if (!size)
            continue;
        size_t sent = push(connection, bytes, size);
        if (!sent)
            return false;
        viz_websocket_sent(connection->ws, sent);
    }
}

static bool flush_answer(struct connection *connection)
{
    while (connection->header_sent < connection->header_size) {
        size_t sent = push(connection, connection->header + connection->header_sent,
                           connection->header_size - connection->header_sent);
        if (!sent)
            return false;
        connection->header_sent += sent;
    }
    return true;
}

static void flush(struct connection *connection)
{
    if (connection->state == ENDED || connection->state == SHUT)
        return;
    bool done = connection->ws ? flush_messages(connection) : flush_answer(connection);
    if (!done)
        return;
    arm(connection, false);
    if (connection->state != LEAVING)
        return;
    connection->state = SHUT;
    shutdown(connection->fd, SHUT_WR);
}

/* ---- the session's side ---- */

static void leave(struct connection *connection, uint16_t code, const char *reason,
                  int64_t now_ms)
{
    connection->slot = -1;
    connection->close_code = code;
    connection->reason = reason;
    connection->state = LEAVING;
    connection->deadline_ms = now_ms + FAREWELL_MS;
    flush(connection);
}

static void forget_slot(struct connection *connection)
{
    if (connection->slot < 0)
        return;
    connection->device->client[connection->slot] = NULL;
    viz_device_session_closed(connection->device->session, (unsigned)connection->slot);
    connection->slot = -1;
    connection->device->strangers++;
}

static void on_send(void *context, unsigned slot, const struct viz_device_parcel *facts,
                    const void *bytes, size_t size)
{
    struct device *device = context;
    struct connection *connection = device->client[slot];
    if (connection->state == ENDED || connection->parcels == VIZ_DEVICE_QUEUE) {
        viz_device_session_settle(device->session, facts, false);
        return;
    }
    struct parcel *parcel = viz_zalloc(sizeof(*parcel) + size);
    parcel->facts = *facts;
    parcel->size = size;
    memcpy(parcel->bytes, bytes, size);
    *connection->last = parcel;
    connection->last = &parcel->next;
    connection->parcels++;
    if (!connection->armed)
        flush(connection);
}

static bool on_ping(void *context, unsigned slot)
{
    struct device *device = context;
    struct connection *connection = device->client[slot];
    bool sent = connection->state == OPEN && viz_websocket_ping(connection->ws);
    if (sent && !connection->armed)
        flush(connection);
    return sent;
}

static void on_close(void *context, unsigned slot, uint16_t code, const char *reason)
{
    struct device *device = context;
    struct connection *connection = device->client[slot];
    device->client[slot] = NULL;
    device->strangers++;
    connection->slot = -1;
    if (connection->state == ENDED)
        return;
    if (code)
        leave(connection, code, reason, devices_now_ms(device->devices));
    else
        end(connection);
}

struct viz_device_outside connections_outside(struct device *device)
{
    return (struct viz_device_outside){device, on_send, on_ping, on_close};
}

/* ---- the client's side ---- */

static void on_message(void *context, enum viz_websocket_kind kind,
                       const uint8_t *bytes, size_t size)
{
    struct connection *connection = context;
    struct device *device = connection->device;
    if (connection->slot < 0 || kind != VIZ_WEBSOCKET_TEXT)
        return; /* the firmware has no use for binary */
    viz_device_session_text(device->session, (unsigned)connection->slot, bytes, size,
                            devices_now_ms(device->devices));
}

static void take_messages(struct connection *connection, const uint8_t *bytes,
                          size_t size, int64_t now_ms)
{
    bool more = viz_websocket_receive(connection->ws, bytes, size);
    if (!more && connection->state == OPEN) {
        forget_slot(connection);
        leave(connection, 0, NULL, now_ms);
    }
    flush(connection);
}

static void open_session(struct connection *connection, int64_t now_ms)
{
    struct device *device = connection->device;
    const char *reason = NULL;
    uint16_t code;
    connection->state = OPEN;
    connection->ws = viz_websocket_create(&(struct viz_websocket_params){
        .role = VIZ_WEBSOCKET_SERVER,
        .max_message = DEVICES_MAX_TEXT,
        .context = connection,
        .message = on_message,
    });
    connection->slot = viz_device_session_open(device->session, connection->address,
                                               now_ms, &code, &reason);
    if (connection->slot < 0) {
        leave(connection, code, reason, now_ms);
        return;
    }
    device->client[connection->slot] = connection;
    device->strangers--;
}

static void answer_http(struct connection *connection, int status, int64_t now_ms)
{
    connection->header_size =
        viz_handshake_refuse(status, (char *)connection->header, ANSWER_BYTES);
    leave(connection, 0, NULL, now_ms);
}

static void accept_client(struct connection *connection,
                          const struct viz_handshake_asked *asked, size_t used,
                          int64_t now_ms)
{
    char answer[ANSWER_BYTES];
    size_t size = viz_handshake_accept(asked, answer, sizeof(answer));
    /* A fresh connection has room for it. */
    if (push(connection, (const uint8_t *)answer, size) != size) {
        end(connection);
        return;
    }
    uint8_t *header = connection->header;
    size_t rest = connection->header_size - used;
    connection->header = NULL;
    open_session(connection, now_ms);
    if (rest && connection->state == OPEN)
        take_messages(connection, header + used, rest, now_ms);
    free(header);
}

static void take_header(struct connection *connection, const uint8_t *bytes,
                        size_t size, int64_t now_ms)
{
    struct viz_handshake_asked asked;
    size_t used = 0;
    int status = 400;
    /* Never cut: a read is not longer than what the buffer has room for. */
    memcpy(connection->header + connection->header_size, bytes, size);
    connection->header_size += size;
    int ret = viz_handshake_asked(connection->header, connection->header_size, &used,
                                  &asked, &status, NULL);
    if (ret < 0)
        answer_http(connection, status, now_ms);
    else if (ret && strcmp(asked.path, "/ws") != 0)
        answer_http(connection, 404, now_ms);
    else if (ret && !asked.upgrade)
        answer_http(connection, 426, now_ms);
    else if (ret)
        accept_client(connection, &asked, used, now_ms);
    else if (connection->header_size > VIZ_HANDSHAKE_LIMIT)
        answer_http(connection, 431, now_ms);
}

static void connection_read(struct connection *connection, int64_t now_ms)
{
    struct devices *devices = connection->device->devices;
    size_t room = sizeof(devices->bytes);
    if (connection->state == GREETING)
        room = VIZ_HANDSHAKE_LIMIT + 1 - connection->header_size;
    ssize_t size = recv(connection->fd, devices->bytes, room, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0)
        end(connection);
    else if (connection->state == GREETING)
        take_header(connection, devices->bytes, (size_t)size, now_ms);
    else if (connection->ws && viz_websocket_reading(connection->ws))
        take_messages(connection, devices->bytes, (size_t)size, now_ms);
}

void connection_ready(struct connection *connection, uint32_t events, int64_t now_ms)
{
    struct device *device = connection->device;
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && connection->state != ENDED)
        connection_read(connection, now_ms);
    if (events & EPOLLOUT && connection->state != ENDED)
        flush(connection);
    if (connection->state == ENDED)
        forget_slot(connection);
    devices_schedule(device, now_ms);
}

/* ---- beginning and end ---- */

void connection_begin(struct device *device, int fd, uint64_t address, int64_t now_ms)
{
    struct devices *devices = device->devices;
    if (device->strangers == DEVICES_STRANGERS) {
        close(fd);
        return;
    }
    const int bytes = SEND_BUFFER, on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    struct connection *connection = viz_zalloc(sizeof(*connection));
    connection->endpoint = ENDPOINT_CONNECTION;
    connection->fd = fd;
    connection->slot = -1;
    connection->device = device;
    connection->address = address;
    connection->deadline_ms = now_ms + GREETING_MS;
    connection->header = viz_zalloc(VIZ_HANDSHAKE_LIMIT + 1);
    connection->last = &connection->first;
    connection->next = devices->connections;
    connection->link = &devices->connections;
    if (connection->next)
        connection->next->link = &connection->next;
    devices->connections = connection;
    devices->connection_count++;
    device->strangers++;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(devices->epoll, EPOLL_CTL_ADD, fd, &event))
        end(connection);
}

static void destroy(struct connection *connection)
{
    struct devices *devices = connection->device->devices;
    forget_slot(connection);
    connection->device->strangers--;
    while (connection->first)
        settle_first(connection, false);
    *connection->link = connection->next;
    if (connection->next)
        connection->next->link = connection->link;
    devices->connection_count--;
    close(connection->fd);
    viz_websocket_destroy(connection->ws);
    free(connection->header);
    free(connection);
}

void connections_reap(struct devices *devices)
{
    while (devices->ended) {
        struct connection *connection = devices->ended;
        devices->ended = connection->next_ended;
        destroy(connection);
    }
}

void connections_expire(struct devices *devices, int64_t now_ms)
{
    for (struct connection *c = devices->connections; c; c = c->next)
        if (c->state != OPEN && now_ms >= c->deadline_ms)
            end(c);
}

void connections_leave(struct devices *devices, int64_t now_ms)
{
    for (struct connection *c = devices->connections; c; c = c->next) {
        if (c->state == GREETING)
            end(c);
        if (c->state != OPEN)
            continue;
        forget_slot(c);
        leave(c, GOING_AWAY, "The device stops", now_ms);
    }
}
