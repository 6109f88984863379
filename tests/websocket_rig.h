/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WebSocket frames by hand, written and read without the library that is under test,
 * and one end of a connection whose doings are written down as a line of text. */
#ifndef VIZ_TESTS_WEBSOCKET_RIG_H
#define VIZ_TESTS_WEBSOCKET_RIG_H

#include <viz/bytes.h>
#include <viz/error.h>
#include <viz/websocket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIN 0x80
#define CONTINUATION 0
#define TEXT 1
#define BINARY 2
#define CLOSE 8
#define PING 9
#define PONG 10

/* How a length is written. */
enum form { SHORTEST, SIXTEEN_BITS, SIXTY_FOUR_BITS };

struct by_hand {
    uint8_t first;       /* FIN, reserved bits, opcode */
    const char *payload; /* NULL: none */
    size_t size;
    enum form form;
    uint64_t declared; /* 0: what the size is */
    bool wrong_mask;   /* masked where it must not be, or the other way round */
};

static inline void put_length(struct viz_bytes *out, uint64_t length, enum form form,
                              uint8_t mask_bit)
{
    unsigned bytes = form == SIXTEEN_BITS || (!form && length > 125 && length < 65536)
                         ? 2
                     : form == SIXTY_FOUR_BITS || length > 125 ? 8
                                                               : 0;
    uint8_t code = bytes == 2 ? 126 : bytes == 8 ? 127 : (uint8_t)length;
    code |= mask_bit;
    viz_bytes_append(out, &code, 1);
    while (bytes--) {
        uint8_t byte = (uint8_t)(length >> 8 * bytes);
        viz_bytes_append(out, &byte, 1);
    }
}

/* As the peer of @role sends it: to a server with a mask. */
static inline void put_by_hand(struct viz_bytes *out, enum viz_websocket_role role,
                               const struct by_hand *frame)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    bool masked = (role == VIZ_WEBSOCKET_SERVER) != frame->wrong_mask;
    viz_bytes_append(out, &frame->first, 1);
    put_length(out, frame->declared ? frame->declared : frame->size, frame->form,
               masked ? 0x80 : 0);
    if (masked)
        viz_bytes_append(out, mask, sizeof(mask));
    for (size_t i = 0; i < frame->size; i++) {
        uint8_t byte = (uint8_t)frame->payload[i];
        if (masked)
            byte ^= mask[i % 4];
        viz_bytes_append(out, &byte, 1);
    }
}

struct sent {
    uint8_t first;
    uint8_t mask[4];
    size_t size;
    uint8_t *payload; /* unmasked */
    bool minimal;     /* its length is written the shortest way */
};

/* Take one whole frame that the end of @role has sent; false at the end. */
static inline bool take_by_hand(const uint8_t **at, size_t *left,
                                enum viz_websocket_role role, struct sent *out)
{
    const uint8_t *p = *at;
    bool masked = role == VIZ_WEBSOCKET_CLIENT;
    if (!*left)
        return false;
    viz_assert(*left >= 2);
    viz_assert((p[1] >> 7) == masked);
    unsigned code = p[1] & 0x7f, bytes = code == 127 ? 8 : code == 126 ? 2 : 0;
    size_t header = 2 + bytes + (masked ? 4 : 0);
    viz_assert(*left >= header);
    uint64_t length = bytes ? 0 : code;
    for (unsigned i = 0; i < bytes; i++)
        length = length << 8 | p[2 + i];
    viz_assert(*left - header >= length);
    *out = (struct sent){.first = p[0], .size = length, .payload = malloc(length + 1)};
    out->minimal = bytes == 8 ? length > 65535 : bytes == 2 ? length > 125 : true;
    if (masked)
        memcpy(out->mask, p + header - 4, 4);
    for (size_t i = 0; i < length; i++)
        out->payload[i] = p[header + i] ^ out->mask[i % 4];
    *at += header + length;
    *left -= header + length;
    return true;
}

/* One end, and what happened at it. */
struct end {
    struct viz_websocket *ws;
    enum viz_websocket_role role;
    char log[8192];
    size_t used;
    const char *answer; /* what the next message is answered with */
    bool then_close;
};

static inline void note(struct end *end, const char *what, const uint8_t *bytes,
                        size_t size)
{
    char *at = end->log + end->used;
    size_t room = sizeof(end->log) - end->used;
    int length;
    if (size > 40) {
        uint32_t sum = 2166136261;
        for (size_t i = 0; i < size; i++)
            sum = (sum ^ bytes[i]) * 16777619;
        length = snprintf(at, room, "%s[%zu]%08x ", what, size, sum);
    } else {
        length = snprintf(at, room, "%s(%.*s) ", what, (int)size, (const char *)bytes);
    }
    end->used += (size_t)length;
    viz_assert(end->used < sizeof(end->log));
}

static inline void note_message(void *context, enum viz_websocket_kind kind,
                                const uint8_t *bytes, size_t size)
{
    struct end *end = context;
    viz_assert(bytes);
    note(end, kind == VIZ_WEBSOCKET_TEXT ? "text" : "binary", bytes, size);
    if (end->answer)
        viz_websocket_send(end->ws, VIZ_WEBSOCKET_TEXT, end->answer,
                           strlen(end->answer));
    if (end->then_close)
        viz_websocket_close(end->ws, 1001, "enough");
}

static inline void note_ping(void *context)
{
    note(context, "ping", (const uint8_t *)"", 0);
}

static inline void note_pong(void *context)
{
    note(context, "pong", (const uint8_t *)"", 0);
}

static inline void open_end(struct end *end, enum viz_websocket_role role,
                            size_t max_message, size_t max_output)
{
    *end = (struct end){.role = role};
    end->ws = viz_websocket_create(&(struct viz_websocket_params){
        .role = role,
        .max_message = max_message,
        .max_output = max_output,
        .context = end,
        .message = note_message,
        .ping = note_ping,
        .pong = note_pong,
    });
}

/* In memory of exactly that length, for the sanitizer. */
static inline bool give(struct end *end, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (size)
        memcpy(copy, bytes, size);
    bool more = viz_websocket_receive(end->ws, copy, size);
    free(copy);
    return more;
}

/* Write down and take what waits to be sent: "> text(x) close 1000(bye) ". */
static inline void note_output(struct end *end)
{
    const uint8_t *bytes;
    size_t size = viz_websocket_output(end->ws, &bytes), left = size;
    struct sent sent;
    static const char *const names[16] = {[TEXT] = "text",
                                          [BINARY] = "binary",
                                          [CLOSE] = "close",
                                          [PING] = "ping",
                                          [PONG] = "pong"};
    if (size)
        note(end, ">", (const uint8_t *)"", 0);
    while (take_by_hand(&bytes, &left, end->role, &sent)) {
        uint8_t *payload = sent.payload;
        char name[32];
        viz_assert((sent.first & 0xf0) == FIN && names[sent.first & 15] &&
                   sent.minimal);
        snprintf(name, sizeof(name), "%s", names[sent.first & 15]);
        if ((sent.first & 15) == CLOSE && sent.size >= 2) {
            snprintf(name, sizeof(name), "close %u", payload[0] << 8 | payload[1]);
            payload += 2;
            sent.size -= 2;
        }
        note(end, name, payload, sent.size);
        free(sent.payload);
    }
    viz_websocket_sent(end->ws, size);
}

static inline void note_state(struct end *end)
{
    const char *reason;
    unsigned code = viz_websocket_close_code(end->ws, &reason);
    char *at = end->log + end->used;
    size_t room = sizeof(end->log) - end->used;
    int length = snprintf(at, room, "%s%s", viz_websocket_reading(end->ws) ? "r" : "-",
                          viz_websocket_writing(end->ws) ? "w" : "-");
    if (code)
        length += snprintf(at + length, room - (size_t)length, " closed %u(%s)", code,
                           reason);
    if (viz_websocket_fault(end->ws))
        length += snprintf(at + length, room - (size_t)length, " fault %u",
                           viz_websocket_fault(end->ws));
    end->used += (size_t)length;
}

static inline void close_end(struct end *end)
{
    viz_websocket_destroy(end->ws);
}

#endif
