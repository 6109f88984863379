/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settle(), outside of all callbacks, ends what they found to be at its end. */
#include "link_state.h"

#include <viz/alloc.h>
#include <viz/text.h>

#include <errno.h>
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
#define PONG_NS                                                                        \
    (25 * SECOND_NS) /* for something to come; such a server pings each 15 s */

#define BACKOFF_NS SECOND_NS /* doubled with each failure in a row, up to: */
#define BACKOFF_MAX_NS (30 * SECOND_NS)
#define COOL_DOWN_NS (5 * SECOND_NS / 2) /* the device's is 2 s */
#define STEADY_NS (10 * SECOND_NS)       /* open for so long: the next is no failure */

static void set(struct viz_counter *counter, uint64_t value)
{
    atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

static void wait_until(struct viz_link *link, int64_t due_ns)
{
    link->due_ns = due_ns;
    if (due_ns < link->net->links_due_ns)
        link->net->links_due_ns = due_ns;
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

static void socket_connected(struct viz_link *link, int64_t now_ns)
{
    const char *authorities = *link->spec.authorities ? link->spec.authorities : NULL;
    struct viz_error err;
    link->dialing = false;
    link->source->flow[0].fd = link->fd;
    link->heard_ns = now_ns;
    if (!link->spec.secure)
        link_greet(link, now_ns);
    else if (viz_tls_create(link->spec.host, authorities, &link->tls, &err) < 0)
        link_fail(link, "%s", err.text);
}

/* The next address that lets itself be tried. */
static void connect_next(struct viz_link *link, int64_t now_ns)
{
    struct viz_error err = {""};
    int ret = -ENXIO;
    while (ret < 0 && viz_dial_more(&link->dial))
        ret = viz_dial_connect(&link->dial, &link->fd, &err);
    if (ret < 0) {
        link_fail(link, "%s", err.text);
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
        link_fail(link, "%s", err->text);
    } else if (ret > 0) {
        link->limit_ns = now_ns + GREETED_NS;
        link_enter(link, VIZ_LINK_CONNECTING, now_ns);
        connect_next(link, now_ns);
    }
}

static void begin_attempt(struct viz_link *link, int64_t now_ns)
{
    struct viz_error err;
    viz_count(&link_status(link)->attempts, 1);
    link->failed = link->refused = false;
    link->pinged_ns = 0;
    link->request_size = link->request_sent = 0;
    link_enter(link, VIZ_LINK_RESOLVING, now_ns);
    int ret = viz_dial_begin(&link->dial, link->spec.host, link->spec.port, &err);
    take_addresses(link, ret, &err, now_ns);
}

/* An address did not answer, or with a no: the next one. */
static void give_up_address(struct viz_link *link, const struct viz_error *err,
                            int64_t now_ns)
{
    drop_socket(link);
    if (!viz_dial_more(&link->dial))
        link_fail(link, "%s", err->text);
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
        link_flush(link);
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

/* The subscription's counts are part of what the world sees of the link. */
static void show_counts(struct viz_link *link)
{
    const struct viz_subscription_counts *counts =
        viz_subscription_counts(link->subscription);
    struct viz_link_status *status = link_status(link);
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

static void end_attempt(struct viz_link *link, int64_t now_ns)
{
    bool was_open = link->state == VIZ_LINK_OPEN;
    drop_connection(link);
    if (link->net->leaving) {
        link_enter(link, VIZ_LINK_STOPPED, now_ns);
        wait_until(link, INT64_MAX);
        return;
    }
    if (was_open) {
        viz_count(&link_status(link)->lost, 1);
        link_note(link, VIZ_RECORD_DISCONNECTED, link->reason, now_ns);
        if (now_ns - link->opened_ns >= STEADY_NS)
            link->failures = 0;
    }
    link->failures++;
    show_counts(link); /* nothing is subscribed any more */
    int64_t wait_ns = back_off(link);
    say_end(link, was_open, wait_ns);
    link_enter(link, VIZ_LINK_WAITING, now_ns);
    wait_until(link, now_ns + wait_ns);
}

/* ---- time ---- */

static void keep_alive(struct viz_link *link, int64_t now_ns)
{
    int64_t silence_ns = now_ns - link->heard_ns;
    if (link->source->behind) {
        link->pinged_ns = 0; /* what came meanwhile waits in the socket */
    } else if (link->pinged_ns && now_ns - link->pinged_ns >= PONG_NS) {
        link_fail(link, "nothing was heard for %d s", (int)(silence_ns / SECOND_NS));
    } else if (silence_ns >= PING_NS && !link->pinged_ns) {
        link->pinged_ns = now_ns;
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
    int64_t alive_ns =
        link->pinged_ns ? link->pinged_ns + PONG_NS : link->heard_ns + PING_NS;
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
        link_flush(link); /* a close is answered even now */
    show_counts(link);
    if (link->failed)
        end_attempt(link, now_ns);
}

static void step_connecting(struct viz_link *link, int64_t now_ns)
{
    struct viz_error err;
    if (now_ns >= link->limit_ns)
        link_fail(link, "no answer in %d s", (int)(GREETED_NS / SECOND_NS));
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
    link->pinged_ns = 0;
    link->arrival = arrival;
    if (!link->tls) {
        link_take_plain(link, bytes, size);
    } else {
        int ret = viz_tls_receive(link->tls, bytes, size, link_take_plain, link, &err);
        if (ret == -EPIPE)
            link_fail(link, "the server closed the connection");
        else if (ret < 0)
            link_fail(link, "%s", err.text);
        else if (link->state == VIZ_LINK_CONNECTING && viz_tls_ready(link->tls))
            link_greet(link, now_ns);
    }
    settle(link, now_ns);
}

void viz_link_input_ended(struct viz_link *link, int error, int64_t now_ns)
{
    if (gave_up(link, now_ns))
        return;
    link_fail(link, "%s", error ? strerror(error) : "the server closed the connection");
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

struct viz_link *viz_link_create(struct viz_net *net, struct viz_net_source *source,
                                 const struct viz_source *spec)
{
    struct viz_link *link = viz_zalloc(sizeof(*link));
    link->net = net;
    link->source = source;
    link->spec = *spec;
    link->fd = -1;
    link->subscription = link_subscription(link);
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
        link_flush(link);
    } else if (link->state != VIZ_LINK_STOPPED) {
        link_fail(link, "no longer wanted");
    }
    if (link->failed && link->state != VIZ_LINK_STOPPED)
        end_attempt(link, now_ns);
}

bool viz_link_leaving(const struct viz_link *link)
{
    return link->state == VIZ_LINK_OPEN;
}
