/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web_state.h"

#include <viz/alloc.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FIRST_NS (10 * VIZ_WEB_SECOND) /* for the header of a first request */

/* An IPv4 address, or the network of an IPv6 one: whoever has one address of it has them
 * all. False: it is this machine. */
static bool take_address(const struct sockaddr *from, unsigned char out[16])
{
    memset(out, 0, sizeof(struct in6_addr));
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)from;
        memcpy(out + 12, &ipv4->sin_addr, 4);
        return out[12] != 127;
    }
    if (from->sa_family != AF_INET6)
        return false;
    const struct in6_addr *ipv6 = &((const struct sockaddr_in6 *)from)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(ipv6)) {
        memcpy(out + 12, ipv6->s6_addr + 12, 4);
        return out[12] != 127;
    }
    memcpy(out, ipv6->s6_addr, 8);
    return !IN6_IS_ADDR_LOOPBACK(ipv6);
}

bool viz_web_peer_allowed(const struct viz_web *web, const struct sockaddr *address)
{
    unsigned char wanted[sizeof(struct in6_addr)];
    uint32_t found = 0;
    if (!take_address(address, wanted))
        return true;
    for (const struct viz_web_peer *peer = web->peers; peer; peer = peer->next)
        found += peer->counted && memcmp(peer->address, wanted, sizeof(wanted)) == 0;
    return found < VIZ_WEB_OF_ADDRESS;
}

void viz_web_peer_enter(struct viz_web_peer *peer, enum viz_web_phase phase,
                        int64_t limit_ns)
{
    peer->phase = phase;
    peer->until_ns = viz_web_now(peer->web) + limit_ns;
}

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
    peer->counted = take_address(info->client_addr, peer->address);
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
        (void)shutdown(peer->fd, SHUT_RDWR);
        peer->ended = true;
        web->run = true;
    }
}
