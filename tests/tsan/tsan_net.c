/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network thread steps while another sends, wakes it, reads its counts and notices and
 * drains its streams: what they share, they may share. On each backend. */
#include <viz/clock.h>
#include <viz/net.h>
#include <viz/notice.h>
#include <viz/thread.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINES 2000
#define LOOKS 200000 /* before a line that has not come is given up */

struct shared {
    struct viz_net *net;
    _Atomic bool stop;
    _Atomic bool refused; /* written after err */
    _Atomic bool begun;
    struct viz_error err;
};

static void *run(void *argument)
{
    struct shared *shared = argument;
    viz_role_assume_source();
    if (viz_net_begin(shared->net, &shared->err)) {
        atomic_store(&shared->refused, true);
        return NULL;
    }
    atomic_store(&shared->begun, true);
    while (!atomic_load(&shared->stop))
        if (viz_net_step(shared->net, -1, &shared->err))
            break;
    viz_net_end(shared->net);
    return NULL;
}

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
static uint64_t look(struct shared *shared, struct viz_streams *streams,
                     struct viz_notices *notices)
{
    char text[512];
    while (viz_notices_pop(notices, text, sizeof(text)))
        ;
    (void)viz_notices_lost(notices);
    for (uint32_t i = 0; i < 2; i++) {
        const struct viz_net_status *status = viz_net_status(shared->net, i);
        (void)viz_wire_lost(&status->wire);
        (void)viz_counted(&status->kernel_drops);
        (void)atomic_load(&status->format);
        (void)atomic_load(&status->ended);
    }
    viz_net_wake(shared->net);
    return drain(streams);
}

static uint64_t send_and_look(struct shared *shared, struct viz_streams *streams,
                              struct viz_notices *notices)
{
    static const char line[] = "1,2,3\n";
    uint64_t rows = 0;
    int udp =
        connect_to(atomic_load(&viz_net_status(shared->net, 0)->port), SOCK_DGRAM);
    int tcp =
        connect_to(atomic_load(&viz_net_status(shared->net, 1)->port), SOCK_STREAM);
    for (int i = 0; i < LINES; i++) {
        (void)!send(udp, line, sizeof(line) - 1, 0);
        (void)!send(tcp, line, sizeof(line) - 1, 0);
        if (i % 10 == 0)
            rows += look(shared, streams, notices);
    }
    close(tcp);
    for (int i = 0; i < LOOKS && rows < 2 * LINES; i++)
        rows += look(shared, streams, notices);
    close(udp);
    return rows;
}

/* 0: right, 1: wrong, 77: refused here. */
static int try_backend(enum viz_net_backend backend)
{
    struct shared shared = {0};
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
    pthread_t thread;
    uint64_t rows = 0;
    int result = 1;
    if (viz_source_parse("udp://:0?format=csv", NULL, &source[0], &shared.err) ||
        viz_source_parse("tcp-listen://:0?format=csv", NULL, &source[1], &shared.err) ||
        viz_net_create(&params, &shared.net, &shared.err) ||
        viz_thread_start(&thread, "viz:net", run, &shared, &shared.err)) {
        fprintf(stderr, "tsan_net: %s\n", shared.err.text);
        goto out;
    }
    while (!atomic_load(&shared.begun) && !atomic_load(&shared.refused))
        sched_yield();
    if (!atomic_load(&shared.refused))
        rows = send_and_look(&shared, &streams, notices);
    atomic_store(&shared.stop, true);
    viz_net_wake(shared.net);
    pthread_join(thread, NULL);
    rows += drain(&streams);
    result = atomic_load(&shared.refused) ? 77 : rows == 2 * LINES ? 0 : 1;
    if (result == 1)
        fprintf(stderr, "tsan_net: %lu of %d rows came\n", (unsigned long)rows,
                2 * LINES);
out:
    viz_net_destroy(shared.net);
    viz_streams_finish(&streams);
    viz_notices_destroy(notices);
    viz_clock_destroy(clock);
    return result;
}

int main(void)
{
    int uring = try_backend(VIZ_NET_URING), poll = try_backend(VIZ_NET_POLL);
    if (uring == 77)
        fprintf(stderr, "tsan_net: io_uring is refused here: only poll was tried\n");
    return uring == 1 || poll != 0;
}
