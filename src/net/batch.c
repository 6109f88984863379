/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backend.h"

#include <viz/alloc.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define STRIDE VIZ_NET_STRIDE(VIZ_NET_DATAGRAM_BYTES)

struct viz_net_batch {
    struct mmsghdr message[VIZ_NET_BATCH_ROOM];
    struct iovec piece[VIZ_NET_BATCH_ROOM];
    _Alignas(struct cmsghdr) uint8_t control[VIZ_NET_BATCH_ROOM][VIZ_NET_CONTROL_BYTES];
    uint8_t *buffers; /* [VIZ_NET_BATCH_ROOM * STRIDE] */
};

struct viz_net_batch *viz_net_batch_create(void)
{
    struct viz_net_batch *batch = viz_zalloc(sizeof(*batch));
    batch->buffers = viz_map((size_t)VIZ_NET_BATCH_ROOM * STRIDE);
    for (uint32_t i = 0; i < VIZ_NET_BATCH_ROOM; i++) {
        batch->piece[i] = (struct iovec){
            .iov_base = batch->buffers + (size_t)i * STRIDE,
            .iov_len = VIZ_NET_DATAGRAM_BYTES,
        };
        batch->message[i].msg_hdr = (struct msghdr){
            .msg_iov = &batch->piece[i],
            .msg_iovlen = 1,
            .msg_control = batch->control[i],
            .msg_controllen = VIZ_NET_CONTROL_BYTES,
        };
    }
    return batch;
}

void viz_net_batch_destroy(struct viz_net_batch *batch)
{
    if (!batch)
        return;
    viz_unmap(batch->buffers, (size_t)VIZ_NET_BATCH_ROOM * STRIDE);
    free(batch);
}

uint32_t viz_net_batch_read(struct viz_net_batch *batch, struct viz_net *net,
                            struct viz_net_source *source)
{
    int count =
        recvmmsg(source->fd, batch->message, VIZ_NET_BATCH_ROOM, MSG_DONTWAIT, NULL);
    int64_t now_ns = viz_clock_now(net->clock);
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        viz_net_pause(net, source, errno, now_ns);
    for (int i = 0; i < count; i++) {
        struct msghdr *header = &batch->message[i].msg_hdr;
        struct viz_arrival arrival = viz_net_arrival(net, source, header->msg_control,
                                                     header->msg_controllen, now_ns);
        viz_net_take_datagram(net, source, &arrival, batch->piece[i].iov_base,
                              batch->message[i].msg_len, header->msg_flags & MSG_TRUNC);
        header->msg_controllen = VIZ_NET_CONTROL_BYTES;
    }
    return count > 0 ? (uint32_t)count : 0;
}
