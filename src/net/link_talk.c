/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "link_state.h"

#include <viz/alloc.h>
#include <viz/text.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void link_enter(struct viz_link *link, enum viz_link_state state, int64_t now_ns)
{
    struct viz_link_status *status = link_status(link);
    link->state = state;
    atomic_store_explicit(&status->state, state, memory_order_relaxed);
    atomic_store_explicit(&status->since_ns, now_ns, memory_order_relaxed);
}

void link_fail(struct viz_link *link, const char *format, ...)
{
    if (link->failed)
        return;
    link->failed = true;
    va_list args;
    va_start(args, format);
    vsnprintf(link->reason, sizeof(link->reason), format, args);
    va_end(args);
}

/* ---- what is sent ---- */

static size_t plain_output(const struct viz_link *link, const uint8_t **bytes)
{
    if (link->request_sent < link->request_size) {
        *bytes = (const uint8_t *)link->request + link->request_sent;
        return link->request_size - link->request_sent;
    }
    return link->ws ? viz_websocket_output(link->ws, bytes) : 0;
}

static void plain_sent(struct viz_link *link, size_t size)
{
    if (link->request_sent < link->request_size)
        link->request_sent += size;
    else
        viz_websocket_sent(link->ws, size);
}

/* What goes into the socket next; 0: nothing. */
static size_t next_output(struct viz_link *link, const uint8_t **bytes)
{
    if (!link->tls)
        return plain_output(link, bytes);
    size_t size;
    struct viz_error err;
    while (viz_tls_ready(link->tls) && (size = plain_output(link, bytes))) {
        if (viz_tls_send(link->tls, *bytes, size, &err) < 0) {
            link_fail(link, "%s", err.text);
            return 0;
        }
        plain_sent(link, size);
    }
    return viz_tls_output(link->tls, bytes);
}

/* As much as the socket takes; the rest waits until it takes more. */
void link_flush(struct viz_link *link)
{
    const uint8_t *bytes;
    size_t size;
    link->source->writing.wanted = false;
    while ((size = next_output(link, &bytes))) {
        ssize_t sent = send(link->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN) {
            link->source->writing.wanted = true;
            return;
        }
        if (sent < 0) {
            link_fail(link, "%s", strerror(errno));
            return;
        }
        if (link->tls)
            viz_tls_sent(link->tls, (size_t)sent);
        else
            plain_sent(link, (size_t)sent);
    }
}

/* ---- what comes ---- */

void link_note(struct viz_link *link, enum viz_record_kind kind, const char *text,
               int64_t now_ns)
{
    struct viz_record record = {
        .origin_ns = now_ns,
        .received_ns = now_ns,
        .source = link->source->index,
        .kind = (uint16_t)kind,
        .size = (uint16_t)strlen(text),
    };
    if (link->net->spool)
        (void)viz_spool_put(link->net->spool, &record, text); /* the spool counts */
}

static void spool_message(struct viz_link *link, const uint8_t *bytes, size_t size)
{
    struct viz_wire_counts *counts = &link->source->status.wire;
    struct viz_record record = {
        .origin_ns = link->arrival->origin_ns,
        .received_ns = link->arrival->received_ns,
        .source = link->source->index,
        .kind = VIZ_RECORD_FRAME,
        .size = (uint16_t)size,
    };
    link->net->window_packets++;
    viz_count(&counts->packets, 1);
    viz_count(&counts->bytes, size);
    if (size > VIZ_RECORD_MAX_BYTES)
        viz_count(&counts->oversized, 1);
    else if (!viz_spool_put(link->net->spool, &record, bytes))
        viz_count(&link_status(link)->unspooled, 1);
}

/* Text that is nobody's data. */
static void count_chatter(struct viz_link *link, size_t size)
{
    struct viz_wire_counts *counts = &link->source->status.wire;
    viz_count(&counts->packets, 1);
    viz_count(&counts->bytes, size);
    viz_count(&counts->chatter, 1);
}

static void take_message(void *context, enum viz_websocket_kind kind,
                         const uint8_t *bytes, size_t size)
{
    struct viz_link *link = context;
    struct viz_link_status *status = link_status(link);
    struct viz_net *net = link->net;
    bool text = kind == VIZ_WEBSOCKET_TEXT;
    viz_role_assume_source();
    atomic_store_explicit(&status->heard_ns, link->arrival->received_ns,
                          memory_order_relaxed);
    viz_count(text ? &status->texts : &status->messages, 1);
    if (text && viz_subscription_text(link->subscription, (const char *)bytes, size,
                                      link->arrival->received_ns))
        count_chatter(link, size);
    else if (!net->spool && net->streams)
        viz_net_take_datagram(net, link->source, link->arrival, bytes, size, false);
    else if (text || !net->spool)
        count_chatter(link, size);
    else
        spool_message(link, bytes, size);
}

static void take_ping(void *context)
{
    viz_count(&link_status(context)->pings, 1);
}

static void begin_talk(struct viz_link *link)
{
    struct viz_link_status *status = link_status(link);
    int64_t now_ns = link->arrival->received_ns;
    struct viz_websocket_params params = {
        .role = VIZ_WEBSOCKET_CLIENT,
        .context = link,
        .message = take_message,
        .ping = take_ping,
    };
    viz_count(&status->opened, 1);
    viz_count(&link->source->status.connections, 1);
    link->opened_ns = now_ns;
    link->said[0] = '\0';
    link->ws = viz_websocket_create(&params);
    link_enter(link, VIZ_LINK_OPEN, now_ns);
    link_note(link, VIZ_RECORD_CONNECTED, "", now_ns);
    viz_notice(link->net->notices, "%s: connected", link->source->label);
    viz_subscription_open(link->subscription, now_ns);
}

/* Too much is no breach: the limit is ours. */
static void note_fault(struct viz_link *link, uint16_t code)
{
    if (code == VIZ_WEBSOCKET_TOO_BIG)
        link_fail(link,
                  "the server sent a message of more than %d bytes: told it %u (too "
                  "big)",
                  VIZ_WEBSOCKET_MESSAGE, code);
    else
        link_fail(link, "the server broke the WebSocket protocol: told it %u", code);
}

/* What a code stands for where the server gives no reason of its own; those of a device
 * first. */
static const char *meaning_of(unsigned code)
{
    switch (code) {
    case 1000:
        return "a regular end";
    case 1001:
        return "the server goes away";
    case 1008:
        return "refused: one session for each address, or too many connections";
    case 1009:
        return "a message of ours is too big";
    case 1011:
        return "an error in the server";
    case 1012:
        return "the server restarts";
    case 1013:
        return "reconnected too fast, or the server is busy";
    default:
        return "no reason given";
    }
}

/* Why nothing more will be taken in. */
static void note_close(struct viz_link *link)
{
    const char *text;
    char shown[128];
    uint16_t fault = viz_websocket_fault(link->ws);
    uint16_t code = viz_websocket_close_code(link->ws, &text);
    if (fault) {
        viz_count(&link_status(link)->faults, 1);
        note_fault(link, fault);
        return;
    }
    link->refused = code == 1008 || code == 1013;
    if (link->refused)
        viz_count(&link_status(link)->refused, 1);
    viz_text_visible(shown, sizeof(shown), text ? text : "");
    if (code == VIZ_WEBSOCKET_NO_STATUS)
        link_fail(link, "closed without a code");
    else
        link_fail(link, "closed with %u%s%s", code, *shown ? " " : ", ",
                  *shown ? shown : meaning_of(code));
}

static void take_frames(struct viz_link *link, const uint8_t *bytes, size_t size)
{
    if (!link->failed && !viz_websocket_receive(link->ws, bytes, size))
        note_close(link);
}

/* The answer to the handshake, and what may come right behind it. */
static void take_header(struct viz_link *link, const uint8_t *bytes, size_t size)
{
    size_t room = VIZ_HANDSHAKE_LIMIT - link->header_size, used = 0;
    size_t taken = size < room ? size : room;
    int status = 0;
    struct viz_error err;
    memcpy(link->header + link->header_size, bytes, taken);
    link->header_size += taken;
    int ret = viz_handshake_response(link->key, link->header, link->header_size, &used,
                                     &status, &err);
    if (ret < 0) {
        link->refused = status && status != 101;
        if (!link->refused)
            viz_count(&link_status(link)->faults, 1);
        link_fail(link, "%s", err.text);
    }
    if (ret <= 0)
        return;
    begin_talk(link);
    take_frames(link, link->header + used, link->header_size - used);
    take_frames(link, bytes + taken, size - taken);
    free(link->header);
    link->header = NULL;
}

void link_take_plain(void *context, const uint8_t *bytes, size_t size)
{
    struct viz_link *link = context;
    if (link->failed)
        return;
    if (link->state == VIZ_LINK_GREETING)
        take_header(link, bytes, size);
    else if (link->state == VIZ_LINK_OPEN)
        take_frames(link, bytes, size);
}

void link_greet(struct viz_link *link, int64_t now_ns)
{
    char host[160];
    bool v6 = strchr(link->spec.host, ':');
    int name = (int)strcspn(link->spec.host, "%"); /* a zone means nothing elsewhere */
    bool usual = link->spec.port == (link->spec.secure ? 443 : 80);
    int used =
        snprintf(host, sizeof(host), v6 ? "[%.*s]" : "%.*s", name, link->spec.host);
    if (!usual)
        snprintf(host + used, sizeof(host) - (size_t)used, ":%u", link->spec.port);
    viz_handshake_make_key(link->key);
    link->request_size = viz_handshake_request(host, link->spec.path, link->key,
                                               link->request, sizeof(link->request));
    viz_assert(link->request_size);
    link->header = viz_zalloc(VIZ_HANDSHAKE_LIMIT);
    link->header_size = 0;
    link_enter(link, VIZ_LINK_GREETING, now_ns);
}

static void queue_text(void *context, const char *text, size_t size)
{
    struct viz_link *link = context;
    /* No room: the request will be unanswered, and asked again. */
    (void)viz_websocket_send(link->ws, VIZ_WEBSOCKET_TEXT, text, size);
}

static void say(void *context, const char *sentence)
{
    const struct viz_link *link = context;
    viz_notice(link->net->notices, "%s: %s", link->source->label, sentence);
}

struct viz_subscription *link_subscription(struct viz_link *link)
{
    struct viz_subscription_params params = {
        .streams = link->spec.subscribe,
        .start = link->spec.start,
        .context = link,
        .send = queue_text,
        .say = say,
    };
    return viz_subscription_create(&params);
}
