/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens inside a callback of the TLS or WebSocket layer only notes that the
 * connection is to end (fail()); settle(), outside of all of them, ends it. */
#include "link.h"

#include "dial.h"

#include <viz/alloc.h>
#include <viz/handshake.h>
#include <viz/subscription.h>
#include <viz/text.h>
#include <viz/tls.h>
#include <viz/websocket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
#define GREETED_NS (10 * SECOND_NS) /* from the first connect to the server's yes */
#define ADDRESS_NS (3 * SECOND_NS)  /* for one address while there are others */
#define RESOLVE_NS 10000000         /* how often to look whether the name is known */
#define RELEASE_NS 10000000         /* the same for requests of a socket that is shut */

#define PING_NS (20 * SECOND_NS) /* after so long a silence */
#define DEAD_NS (45 * SECOND_NS) /* a server of this kind pings every 15 s */

#define BACKOFF_NS SECOND_NS /* doubled with each failure in a row, up to: */
#define BACKOFF_MAX_NS (30 * SECOND_NS)
#define COOL_DOWN_NS (5 * SECOND_NS / 2) /* the device's is 2 s */
#define STEADY_NS (10 * SECOND_NS)       /* open for so long: the next is no failure */

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
    bool pinged; /* since heard_ns */

    bool failed, refused;      /* the connection is to end */
    char reason[REASON_BYTES]; /* why */
    char said[REASON_BYTES];   /* the reason last told of, while it stays the same */
    unsigned failures;         /* in a row */
    uint32_t random;
};

static void set(struct viz_counter *counter, uint64_t value)
{
    atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

static struct viz_link_status *status_of(struct viz_link *link)
{
    return &link->source->status.link;
}

static void enter(struct viz_link *link, enum viz_link_state state, int64_t now_ns)
{
    struct viz_link_status *status = status_of(link);
    link->state = state;
    atomic_store_explicit(&status->state, state, memory_order_relaxed);
    atomic_store_explicit(&status->since_ns, now_ns, memory_order_relaxed);
}

static void wait_until(struct viz_link *link, int64_t due_ns)
{
    link->due_ns = due_ns;
    if (due_ns < link->net->links_due_ns)
        link->net->links_due_ns = due_ns;
}

static void fail(struct viz_link *link, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void fail(struct viz_link *link, const char *format, ...)
{
    if (link->failed)
        return; /* the first reason is the reason */
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
            fail(link, "%s", err.text);
            return 0;
        }
        plain_sent(link, size);
    }
    return viz_tls_output(link->tls, bytes);
}

/* As much as the socket takes; the rest waits until it takes more. */
static void flush(struct viz_link *link)
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
            fail(link, "%s", strerror(errno));
            return;
        }
        if (link->tls)
            viz_tls_sent(link->tls, (size_t)sent);
        else
            plain_sent(link, (size_t)sent);
    }
}

/* ---- what comes ---- */

static void note_connection(struct viz_link *link, enum viz_record_kind kind,
                            const char *text, int64_t now_ns)
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
        viz_count(&status_of(link)->unspooled, 1);
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
    struct viz_link_status *status = status_of(link);
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
    viz_count(&status_of(context)->pings, 1);
}

static void begin_talk(struct viz_link *link)
{
    struct viz_link_status *status = status_of(link);
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
    enter(link, VIZ_LINK_OPEN, now_ns);
    note_connection(link, VIZ_RECORD_CONNECTED, "", now_ns);
    viz_notice(link->net->notices, "%s: connected", link->source->label);
    viz_subscription_open(link->subscription, now_ns);
}

/* Why nothing more will be taken in. */
static void note_close(struct viz_link *link)
{
    const char *text;
    char shown[128];
    uint16_t fault = viz_websocket_fault(link->ws);
    uint16_t code = viz_websocket_close_code(link->ws, &text);
    if (fault) {
        viz_count(&status_of(link)->faults, 1);
        fail(link, "the server broke the WebSocket protocol: told it %u", fault);
        return;
    }
    link->refused = code == 1008 || code == 1013;
    if (link->refused)
        viz_count(&status_of(link)->refused, 1);
    viz_text_visible(shown, sizeof(shown), text ? text : "");
    if (code == VIZ_WEBSOCKET_NO_STATUS)
        fail(link, "closed without a code");
    else
        fail(link, "closed with %u%s%s", code, *shown ? " " : "", shown);
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
            viz_count(&status_of(link)->faults, 1);
        fail(link, "%s", err.text);
    }
    if (ret <= 0)
        return;
    begin_talk(link);
    take_frames(link, link->header + used, link->header_size - used);
    take_frames(link, bytes + taken, size - taken);
    free(link->header);
    link->header = NULL;
}

static void take_plain(void *context, const uint8_t *bytes, size_t size)
{
    struct viz_link *link = context;
    if (link->failed)
        return;
    if (link->state == VIZ_LINK_GREETING)
        take_header(link, bytes, size);
    else if (link->state == VIZ_LINK_OPEN)
        take_frames(link, bytes, size);
}

/* ---- connecting ---- */

/* Close the socket, or shut it so that the requests on it end. */
static void drop_socket(struct viz_link *link)
{
    struct viz_net_flow *flow = &link->source->flow[0];
    flow->fd = -1;
    link->source->writing.wanted = false;
    link->source->writing.fd = -1;
    link->dialing = false;
    if (link->fd < 0)
        return;
    link->closing = flow->armed || link->source->writing.armed;
    if (link->closing) {
        (void)shutdown(link->fd, SHUT_RDWR);
        return;
    }
    close(link->fd);
    link->fd = -1;
}

/* Whether there is no socket any more. */
static bool release_socket(struct viz_link *link)
{
    if (link->closing)
        drop_socket(link);
    return link->fd < 0;
}

static void greet(struct viz_link *link, int64_t now_ns)
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
    enter(link, VIZ_LINK_GREETING, now_ns);
}

static void socket_connected(struct viz_link *link, int64_t now_ns)
{
    const char *authorities = *link->spec.authorities ? link->spec.authorities : NULL;
    struct viz_error err;
    link->dialing = false;
    link->source->flow[0].fd = link->fd;
    link->heard_ns = now_ns;
    if (!link->spec.secure)
        greet(link, now_ns);
    else if (viz_tls_create(link->spec.host, authorities, &link->tls, &err) < 0)
        fail(link, "%s", err.text);
}

/* The next address that lets itself be tried. */
static void connect_next(struct viz_link *link, int64_t now_ns)
{
    struct viz_error err = {""};
    int ret = -ENXIO;
    while (ret < 0 && viz_dial_more(&link->dial))
        ret = viz_dial_connect(&link->dial, &link->fd, &err);
    if (ret < 0) {
        fail(link, "%s", err.text);
        return;
    }
    link->source->writing.fd = link->fd;
    link->address_ns =
        viz_dial_more(&link->dial) ? now_ns + ADDRESS_NS : link->limit_ns;
    link->dialing = link->source->writing.wanted = ret == 0;
    if (ret == 1)
        socket_connected(link, now_ns);
}

static void take_addresses(struct viz_link *link, int ret, const struct viz_error *err,
                           int64_t now_ns)
{
    if (ret < 0) {
        fail(link, "%s", err->text);
    } else if (ret > 0) {
        link->limit_ns = now_ns + GREETED_NS;
        enter(link, VIZ_LINK_CONNECTING, now_ns);
        connect_next(link, now_ns);
    }
}

static void begin_attempt(struct viz_link *link, int64_t now_ns)
{
    struct viz_error err;
    viz_count(&status_of(link)->attempts, 1);
    link->failed = link->refused = link->pinged = false;
    link->request_size = link->request_sent = 0;
    enter(link, VIZ_LINK_RESOLVING, now_ns);
    int ret = viz_dial_begin(&link->dial, link->spec.host, link->spec.port, &err);
    take_addresses(link, ret, &err, now_ns);
}

/* An address did not answer, or with a no: the next one. */
static void give_up_address(struct viz_link *link, const struct viz_error *err,
                            int64_t now_ns)
{
    drop_socket(link);
    if (!viz_dial_more(&link->dial))
        fail(link, "%s", err->text);
    else if (!link->closing)
        connect_next(link, now_ns);
}

/* ---- the end of a connection ---- */

/* From 3/4 to 5/4 of @ns. */
static int64_t jitter(struct viz_link *link, int64_t ns)
{
    link->random ^= link->random << 13;
    link->random ^= link->random >> 17;
    link->random ^= link->random << 5;
    return ns / 4 * 3 + (int64_t)((double)ns / 2 * (link->random / 4294967296.0));
}

static int64_t back_off(struct viz_link *link)
{
    int64_t ns = BACKOFF_NS;
    for (unsigned i = 1; i < link->failures && ns < BACKOFF_MAX_NS; i++)
        ns *= 2;
    ns = jitter(link, ns < BACKOFF_MAX_NS ? ns : BACKOFF_MAX_NS);
    int64_t least_ns = jitter(link, COOL_DOWN_NS / 2) / 5 + COOL_DOWN_NS;
    return link->refused && ns < least_ns ? least_ns : ns;
}

/* An outage is one event, however often it is tried again. */
static void say_end(struct viz_link *link, bool was_open, int64_t wait_ns)
{
    char wait[32];
    viz_text_duration(wait, sizeof(wait), wait_ns);
    if (was_open)
        viz_notice(link->net->notices,
                   "%s: connection lost (%s): connecting again in %s",
                   link->source->label, link->reason, wait);
    else if (strcmp(link->said, link->reason) != 0)
        viz_notice(link->net->notices, "%s: %s: trying again in %s",
                   link->source->label, link->reason, wait);
    memcpy(link->said, link->reason, sizeof(link->said));
}

static void drop_connection(struct viz_link *link)
{
    if (link->tls && !link->dialing && viz_tls_ready(link->tls)) {
        viz_tls_close(link->tls);
        flush(link);
    }
    viz_websocket_destroy(link->ws);
    viz_tls_destroy(link->tls);
    free(link->header);
    link->ws = NULL;
    link->tls = NULL;
    link->header = NULL;
    viz_dial_finish(&link->dial);
    viz_subscription_closed(link->subscription);
    drop_socket(link);
}

static void end_attempt(struct viz_link *link, int64_t now_ns)
{
    bool was_open = link->state == VIZ_LINK_OPEN;
    drop_connection(link);
    if (link->net->leaving) {
        enter(link, VIZ_LINK_STOPPED, now_ns);
        wait_until(link, INT64_MAX);
        return;
    }
    if (was_open) {
        viz_count(&status_of(link)->lost, 1);
        note_connection(link, VIZ_RECORD_DISCONNECTED, link->reason, now_ns);
        if (now_ns - link->opened_ns >= STEADY_NS)
            link->failures = 0;
    }
    link->failures++;
    int64_t wait_ns = back_off(link);
    say_end(link, was_open, wait_ns);
    enter(link, VIZ_LINK_WAITING, now_ns);
    wait_until(link, now_ns + wait_ns);
}

/* ---- time ---- */

/* The subscription's counts are part of what the world sees of the link. */
static void show_counts(struct viz_link *link)
{
    const struct viz_subscription_counts *counts =
        viz_subscription_counts(link->subscription);
    struct viz_link_status *status = status_of(link);
    set(&status->replies, counts->replies);
    set(&status->refusals, counts->refusals);
    set(&status->errors, counts->errors);
    set(&status->unknown, counts->unknown);
    set(&status->unanswered, counts->unanswered);
    atomic_store_explicit(&status->subscribed,
                          viz_subscription_active(link->subscription),
                          memory_order_relaxed);
    atomic_store_explicit(&status->denied, viz_subscription_refused(link->subscription),
                          memory_order_relaxed);
}

static void keep_alive(struct viz_link *link, int64_t now_ns)
{
    int64_t silence_ns = now_ns - link->heard_ns;
    if (silence_ns >= DEAD_NS && !link->source->behind) {
        fail(link, "nothing was heard for %d s", (int)(DEAD_NS / SECOND_NS));
    } else if (silence_ns >= PING_NS && !link->pinged) {
        link->pinged = true;
        (void)viz_websocket_ping(link->ws);
    }
}

static int64_t next_due(struct viz_link *link, int64_t now_ns)
{
    if (link->state == VIZ_LINK_RESOLVING)
        return now_ns + RESOLVE_NS;
    if (link->state != VIZ_LINK_OPEN) {
        int64_t due_ns = link->dialing ? link->address_ns : link->limit_ns;
        return link->closing ? now_ns + RELEASE_NS : due_ns;
    }
    int64_t due_ns = viz_subscription_step(link->subscription, now_ns);
    int64_t alive_ns = link->heard_ns + (link->pinged ? DEAD_NS : PING_NS);
    if (alive_ns <= now_ns) /* what waits in the socket is not read for now */
        alive_ns = now_ns + SECOND_NS;
    return due_ns < alive_ns ? due_ns : alive_ns;
}

/* Behind everything that can change something. */
static void settle(struct viz_link *link, int64_t now_ns)
{
    if (link->state == VIZ_LINK_STOPPED || link->state == VIZ_LINK_WAITING)
        return;
    if (!link->failed)
        wait_until(link, next_due(link, now_ns));
    if (link->fd >= 0 && !link->dialing && !link->closing)
        flush(link); /* a close is answered even now */
    show_counts(link);
    if (link->failed)
        end_attempt(link, now_ns);
}

static void step_connecting(struct viz_link *link, int64_t now_ns)
{
    struct viz_error err;
    if (now_ns >= link->limit_ns)
        fail(link, "no answer in %d s", (int)(GREETED_NS / SECOND_NS));
    else if (link->closing && release_socket(link))
        connect_next(link, now_ns);
    else if (link->dialing && now_ns >= link->address_ns) {
        (void)viz_dial_fail(&link->dial, ETIMEDOUT, &err);
        give_up_address(link, &err, now_ns);
    }
}

void viz_link_step(struct viz_link *link, int64_t now_ns)
{
    struct viz_error err;
    if (now_ns < link->due_ns) {
        wait_until(link, link->due_ns);
        return;
    }
    switch (link->state) {
    case VIZ_LINK_IDLE:
    case VIZ_LINK_WAITING:
        if (release_socket(link))
            begin_attempt(link, now_ns);
        else
            wait_until(link, now_ns + RELEASE_NS);
        break;
    case VIZ_LINK_RESOLVING:
        take_addresses(link, viz_dial_resolve(&link->dial, &err), &err, now_ns);
        break;
    case VIZ_LINK_CONNECTING:
    case VIZ_LINK_GREETING:
        step_connecting(link, now_ns);
        break;
    case VIZ_LINK_OPEN:
        keep_alive(link, now_ns);
        break;
    case VIZ_LINK_STOPPED:
        wait_until(link, INT64_MAX);
        break;
    }
    settle(link, now_ns);
}

/* ---- what the backend tells ---- */

/* A request on a socket that was given up has ended: the next may begin. */
static bool gave_up(struct viz_link *link, int64_t now_ns)
{
    if (!link->closing)
        return link->fd < 0;
    if (release_socket(link) && link->state == VIZ_LINK_CONNECTING)
        wait_until(link, now_ns);
    return true;
}

void viz_link_take(struct viz_link *link, const struct viz_arrival *arrival,
                   const uint8_t *bytes, size_t size)
{
    int64_t now_ns = arrival->received_ns;
    struct viz_error err;
    if (gave_up(link, now_ns))
        return;
    link->heard_ns = now_ns;
    link->pinged = false;
    link->arrival = arrival;
    if (!link->tls) {
        take_plain(link, bytes, size);
    } else {
        int ret = viz_tls_receive(link->tls, bytes, size, take_plain, link, &err);
        if (ret == -EPIPE)
            fail(link, "the server closed the connection");
        else if (ret < 0)
            fail(link, "%s", err.text);
        else if (link->state == VIZ_LINK_CONNECTING && viz_tls_ready(link->tls))
            greet(link, now_ns);
    }
    settle(link, now_ns);
}

void viz_link_input_ended(struct viz_link *link, int error, int64_t now_ns)
{
    if (gave_up(link, now_ns))
        return;
    fail(link, "%s", error ? strerror(error) : "the server closed the connection");
    settle(link, now_ns);
}

void viz_link_writable(struct viz_link *link, int64_t now_ns)
{
    struct viz_error err;
    if (gave_up(link, now_ns))
        return;
    if (link->dialing) {
        link->source->writing.wanted = false;
        if (viz_dial_check(&link->dial, link->fd, &err) < 0)
            give_up_address(link, &err, now_ns);
        else
            socket_connected(link, now_ns);
    }
    settle(link, now_ns);
}

/* ---- its life ---- */

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

struct viz_link *viz_link_create(struct viz_net *net, struct viz_net_source *source,
                                 const struct viz_source *spec)
{
    struct viz_link *link = viz_zalloc(sizeof(*link));
    struct viz_subscription_params params = {
        .streams = spec->subscribe,
        .start = spec->start,
        .context = link,
        .send = queue_text,
        .say = say,
    };
    link->net = net;
    link->source = source;
    link->spec = *spec;
    link->fd = -1;
    link->subscription = viz_subscription_create(&params);
    link->random = ((uint32_t)viz_clock_now(net->clock) ^ source->index * 2654435761u);
    if (!link->random) /* the one seed that stays 0 for ever */
        link->random = 1;
    return link;
}

void viz_link_destroy(struct viz_link *link)
{
    if (!link)
        return;
    drop_connection(link);
    if (link->fd >= 0)
        close(link->fd);
    viz_subscription_destroy(link->subscription);
    free(link);
}

void viz_link_leave(struct viz_link *link, int64_t now_ns)
{
    if (link->state == VIZ_LINK_OPEN) {
        viz_subscription_leave(link->subscription, now_ns);
        (void)viz_websocket_close(link->ws, 1000, NULL);
        flush(link);
    } else if (link->state != VIZ_LINK_STOPPED) {
        fail(link, "no longer wanted");
    }
    if (link->failed && link->state != VIZ_LINK_STOPPED)
        end_attempt(link, now_ns);
}

bool viz_link_leaving(const struct viz_link *link)
{
    return link->state == VIZ_LINK_OPEN;
}
