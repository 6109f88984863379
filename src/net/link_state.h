/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two files of a link share: link.c decides when it connects, waits and ends,
 * link_talk.c greets the server and exchanges messages with it. */
#ifndef VIZ_NET_LINK_STATE_H
#define VIZ_NET_LINK_STATE_H

#include "dial.h"
#include "link.h"

#include <viz/handshake.h>
#include <viz/subscription.h>
#include <viz/tls.h>
#include <viz/websocket.h>

#define REASON_BYTES 256
#define REQUEST_BYTES 1024

struct viz_link {
    struct viz_net *net;
    struct viz_net_source *source;
    struct viz_source spec;
    enum viz_link_state state;
    int64_t due_ns;     /* when to step again */
    int64_t limit_ns;   /* of the attempt: connected and greeted by then */
    int64_t address_ns; /* the same for the address that is being tried */

    struct viz_dial dial;
    int fd;
    bool dialing; /* fd is not connected yet */
    bool closing; /* fd is shut; it is closed when no request is on it any more */
    struct viz_tls *tls;

    char key[VIZ_HANDSHAKE_KEY];
    char request[REQUEST_BYTES]; /* of the handshake */
    size_t request_size, request_sent;
    uint8_t *header; /* [VIZ_HANDSHAKE_LIMIT] the answer, as far as it is here */
    size_t header_size;

    struct viz_websocket *ws; /* while open */
    struct viz_subscription *subscription;
    const struct viz_arrival *arrival; /* of the bytes that are being taken in */
    int64_t opened_ns, heard_ns;
    int64_t pinged_ns; /* since heard_ns; 0: not yet */

    bool failed, refused;      /* the connection is to end */
    char reason[REASON_BYTES]; /* why */
    char said[REASON_BYTES];   /* the reason last told of, while it stays the same */
    unsigned failures;         /* in a row */
    uint32_t random;
};

static inline struct viz_link_status *link_status(struct viz_link *link)
{
    return &link->source->status.link;
}

void link_enter(struct viz_link *link, enum viz_link_state state, int64_t now_ns);

/* The connection is to end, and why: the first reason is the reason. Only notes it, for
 * inside a callback of the TLS or WebSocket layer neither may go away. */
void link_fail(struct viz_link *link, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Queue the handshake. */
void link_greet(struct viz_link *link, int64_t now_ns);

/* Send as much as the socket takes; the rest waits until it takes more. */
void link_flush(struct viz_link *link);

/* Plain text that came: the answer to the handshake, then frames. @context: the link. */
void link_take_plain(void *context, const uint8_t *bytes, size_t size);

/* A record of what happens to the connection, where there is a spool. */
void link_note(struct viz_link *link, enum viz_record_kind kind, const char *text,
               int64_t now_ns);

struct viz_subscription *link_subscription(struct viz_link *link);

#endif
