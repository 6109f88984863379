/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network thread steps while another sends, wakes it, reads its counts and notices and
 * drains its streams: what they share, they may share. On each backend. */
#include "net_thread.h"

#include <viz/clock.h>
#include <viz/notice.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINES 2000
#define LOOKS 200000 /* before a line that has not come is given up */

static int connect_to(int port, int type)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, type, 0);
    return connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -1 : fd;
}

static uint64_t drain(struct viz_streams *streams)
{
    uint64_t rows = 0;
    for (uint32_t i = 0; i < viz_streams_count(streams); i++) {
        struct viz_stream *stream = viz_streams_at(streams, i);
        struct viz_block *block;
        while (stream && (block = viz_feed_drain(stream->feed))) {
            rows += block->rows;
            viz_feed_return(stream->feed, block);
        }
    }
    return rows;
}

/* What the main thread of a session does meanwhile. Rows drained. */
static uint64_t look(struct net_thread *thread, struct viz_streams *streams,
                     struct viz_notices *notices)
{
    char text[512];
    while (viz_notices_pop(notices, text, sizeof(text)))
        ;
    (void)viz_notices_lost(notices);
    for (uint32_t i = 0; i < 2; i++) {
        const struct viz_net_status *status = viz_net_status(thread->net, i);
        (void)viz_wire_lost(&status->wire);
        (void)viz_counted(&status->kernel_drops);
        (void)atomic_load(&status->format);
        (void)atomic_load(&status->ended);
    }
    viz_net_wake(thread->net);
    return drain(streams);
}

static uint64_t send_and_look(struct net_thread *thread, struct viz_streams *streams,
                              struct viz_notices *notices)
{
    static const char line[] = "1,2,3\n";
    uint64_t rows = 0;
    int udp =
        connect_to(atomic_load(&viz_net_status(thread->net, 0)->port), SOCK_DGRAM);
    int tcp =
        connect_to(atomic_load(&viz_net_status(thread->net, 1)->port), SOCK_STREAM);
    for (int i = 0; i < LINES; i++) {
        (void)!send(udp, line, sizeof(line) - 1, 0);
        (void)!send(tcp, line, sizeof(line) - 1, 0);
        if (i % 10 == 0)
            rows += look(thread, streams, notices);
    }
    close(tcp);
    for (int i = 0; i < LOOKS && rows < 2 * LINES; i++)
        rows += look(thread, streams, notices);
    close(udp);
    return rows;
}

static enum net_thread_result try_backend(enum viz_net_backend backend)
{
    struct net_thread thread = {0};
    static struct viz_streams streams; /* finished: as new */
    struct viz_source source[2];
    const uint32_t index[2] = {0, 1};
    struct viz_clock *clock = viz_clock_create(true);
    struct viz_notices *notices = viz_notices_create();
    struct viz_net_params params = {.sources = source,
                                    .indices = index,
                                    .count = 2,
                                    .backend = backend,
                                    .streams = &streams,
                                    .clock = clock,
                                    .notices = notices};
    uint64_t rows = 0;
    enum net_thread_result result = NET_THREAD_WRONG;
    if (viz_source_parse("udp://:0?format=csv", NULL, &source[0], &thread.err) ||
        viz_source_parse("tcp-listen://:0?format=csv", NULL, &source[1], &thread.err) ||
        viz_net_create(&params, &thread.net, &thread.err) ||
        net_thread_start(&thread)) {
        fprintf(stderr, "tsan_net: %s\n", thread.err.text);
        goto out;
    }
    if (!atomic_load(&thread.refused))
        rows = send_and_look(&thread, &streams, notices);
    net_thread_stop(&thread);
    rows += drain(&streams);
    result = atomic_load(&thread.refused) ? NET_THREAD_REFUSED
             : rows == 2 * LINES          ? NET_THREAD_RIGHT
                                          : NET_THREAD_WRONG;
    if (result == NET_THREAD_WRONG)
        fprintf(stderr, "tsan_net: %lu of %d rows came\n", (unsigned long)rows,
                2 * LINES);
out:
    viz_net_destroy(thread.net);
    viz_streams_finish(&streams);
    viz_notices_destroy(notices);
    viz_clock_destroy(clock);
    return result;
}

int main(void)
{
    return net_thread_backends("tsan_net", try_backend);
}
