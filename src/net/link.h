/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A link: what keeps one WebSocket source connected. It resolves, connects, greets, talks,
 * and after an end begins anew; net.h says when. Reading and waiting for room to write are
 * the backend's (flow[0] and writing of the source): a link is told what came of them. The
 * net thread, but for create and destroy. */
#ifndef VIZ_NET_LINK_H
#define VIZ_NET_LINK_H

#include "backend.h"

#define VIZ_LINK_LEAVE_NS 200000000 /* for all goodbyes together, at the end */

/* Nothing is opened yet: the first step does. */
struct viz_link *viz_link_create(struct viz_net *net, struct viz_net_source *source,
                                 const struct viz_source *spec);
void viz_link_destroy(struct viz_link *link);

/* Do what is due; net->links_due_ns becomes no later than when the next is. */
void viz_link_step(struct viz_link *link, int64_t now_ns) VIZ_ON(source);

/* Bytes that came; the end of what can come (@error 0 or a positive errno); there is room
 * to write, or a connection under way has come to something. The request behind it is
 * no longer armed. */
void viz_link_take(struct viz_link *link, const struct viz_arrival *arrival,
                   const uint8_t *bytes, size_t size) VIZ_ON(source);
void viz_link_input_ended(struct viz_link *link, int error, int64_t now_ns)
    VIZ_ON(source);
void viz_link_writable(struct viz_link *link, int64_t now_ns) VIZ_ON(source);

/* Say goodbye and do not come back; net->leaving is set. */
void viz_link_leave(struct viz_link *link, int64_t now_ns) VIZ_ON(source);

/* Whether it still waits for the answer to its goodbye. */
bool viz_link_leaving(const struct viz_link *link);

#endif
