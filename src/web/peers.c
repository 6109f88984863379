/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web_state.h"

#include <viz/alloc.h>

#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define CONNECTIONS 256
#define FIRST_NS (10 * VIZ_WEB_SECOND) /* for the header of a first request */
#define HASTE_NS (2 * VIZ_WEB_SECOND)  /* for any header, when others wait */

void viz_web_peer_enter(struct viz_web_peer *peer, enum viz_web_phase phase,
                        int64_t limit_ns)
{
    peer->phase = phase;
    peer->since_ns = viz_web_now(peer->web);
    peer->until_ns = peer->since_ns + limit_ns;
}

/* What the kernel holds for it is dropped as well: a client that takes a byte a second of
 * its answers would have that for hours. */
static void leave(struct viz_web_peer *peer)
{
    const struct linger reset = {.l_onoff = 1};
    int waits = 0;
    if (!ioctl(peer->fd, SIOCOUTQ, &waits) && waits)
        (void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    (void)shutdown(peer->fd, SHUT_RDWR);
    peer->ended = true;
    peer->web->leaving++;
    peer->web->run = true;
}

/* ---- room for one more ---- */

/* @of NULL: any of them. */
static bool is_of(const struct viz_web_peer *peer, const unsigned char *of)
{
    return !peer->ended &&
           (!of || (peer->counted && memcmp(peer->address, of, 16) == 0));
}

/* No request is under way, nor has one come that was not read yet. */
static bool is_idle(const struct viz_web_peer *peer)
{
    int unread = 0;
    return peer->phase == VIZ_WEB_IDLE && !ioctl(peer->fd, FIONREAD, &unread) &&
           !unread;
}

static bool is_slow(const struct viz_web_peer *peer)
{
    return peer->phase == VIZ_WEB_HEADER &&
           viz_web_now(peer->web) - peer->since_ns >= HASTE_NS;
}

/* The one of them that has been so for longest, or NULL. */
static struct viz_web_peer *oldest(const struct viz_web *web, const unsigned char *of,
                                   bool (*is_so)(const struct viz_web_peer *peer))
{
    struct viz_web_peer *found = NULL;
    for (struct viz_web_peer *peer = web->peers; peer; peer = peer->next)
        if (is_of(peer, of) && (!found || peer->since_ns < found->since_ns) &&
            is_so(peer))
            found = peer;
    return found;
}

static bool make_room(struct viz_web *web, const unsigned char *of)
{
    struct viz_web_peer *peer = oldest(web, of, is_idle);
    if (!peer)
        peer = oldest(web, of, is_slow);
    if (!peer)
        return false;
    viz_count(&web->counts.ended_idle, 1);
    leave(peer);
    return true;
}

static uint32_t count_of(const struct viz_web *web, const unsigned char *of)
{
    uint32_t count = 0;
    for (const struct viz_web_peer *peer = web->peers; peer; peer = peer->next)
        count += is_of(peer, of);
    return count;
}

bool viz_web_peer_room(struct viz_web *web, const struct sockaddr *address)
{
    uint32_t limit = web->params.max_connections;
    unsigned char from[sizeof(struct in6_addr)];
    if (viz_web_address(address, from) && count_of(web, from) >= VIZ_WEB_OF_ADDRESS &&
        !make_room(web, from))
        return false;
    return web->peer_count - web->leaving < (limit ? limit : CONNECTIONS) ||
           make_room(web, NULL);
}

void viz_web_peer_spare(struct viz_web *web)
{
    (void)make_room(web, NULL);
}

/* ---- from begin to end ---- */

static struct viz_web_peer *begin(struct viz_web *web,
                                  struct MHD_Connection *connection)
{
    struct viz_web_peer *peer = viz_zalloc(sizeof(*peer));
    const union MHD_ConnectionInfo *info;
    peer->web = web;
    peer->connection = connection;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    peer->fd = info->connect_fd;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    peer->counted = viz_web_address(info->client_addr, peer->address);
    viz_web_peer_enter(peer, VIZ_WEB_HEADER, FIRST_NS);
    peer->link = &web->peers;
    peer->next = web->peers;
    if (peer->next)
        peer->next->link = &peer->next;
    web->peers = peer;
    web->peer_count++;
    return peer;
}

static void end(struct viz_web_peer *peer)
{
    viz_web_job_destroy(peer->job);
    *peer->link = peer->next;
    if (peer->next)
        peer->next->link = peer->link;
    peer->web->peer_count--;
    peer->web->leaving -= peer->ended;
    free(peer);
}

void viz_web_peer_notify(void *context, struct MHD_Connection *connection, void **peer,
                         enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *peer = begin(context, connection);
    else if (*peer)
        end(*peer);
}

struct viz_web_peer *viz_web_peer_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
        ->socket_context;
}

void viz_web_peers_sweep(struct viz_web *web, int64_t now_ns)
{
    for (struct viz_web_peer *peer = web->peers; peer; peer = peer->next) {
        if (peer->ended || now_ns < peer->until_ns || peer->phase == VIZ_WEB_WORK ||
            peer->phase == VIZ_WEB_UPGRADED)
            continue;
        if (peer->phase == VIZ_WEB_HEADER || peer->phase == VIZ_WEB_BODY)
            viz_count(&web->counts.refused_time, 1);
        leave(peer);
    }
}
