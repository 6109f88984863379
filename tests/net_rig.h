/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the network tests share: a network with real sockets on loopback, stepped in the
 * test's own thread, and a wire format that writes down what it is given. */
#ifndef VIZ_NET_RIG_H
#define VIZ_NET_RIG_H

#include "../src/net/backend.h"
#include "both_backends.h"

#include <viz/alloc.h>

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STEP_NS 10000000LL /* of one step that waits */
#define STEPS 500          /* 5 s in all before a condition counts as never true */
#define RECORD_BYTES (1 << 18)
#define RECORD_CHUNKS 2048
#define RECORDS 80

/* What one decoder of the recording format was given. Each Criterion test is a process
 * of its own, so these are each test's own too. */
struct record {
    uint8_t bytes[RECORD_BYTES];
    size_t size;
    struct {
        size_t size;
        bool datagram;
        struct viz_arrival arrival;
    } chunk[RECORD_CHUNKS];
    uint32_t chunks, finished;
};

struct viz_decoder {
    struct record *record;
    struct viz_intake *intake;
};

static struct record *records[RECORDS];
static uint32_t record_count;

static int record_probe(const uint8_t *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    return 0;
}

static struct viz_decoder *record_create(struct viz_intake *intake)
{
    struct viz_decoder *decoder = viz_zalloc(sizeof(*decoder));
    cr_assert_lt(record_count, RECORDS);
    decoder->record = records[record_count++] = viz_zalloc(sizeof(struct record));
    decoder->intake = intake;
    return decoder;
}

static void record_destroy(struct viz_decoder *decoder)
{
    free(decoder);
}

static void record_decode(struct viz_decoder *decoder,
                          const struct viz_arrival *arrival, const uint8_t *bytes,
                          size_t size, bool datagram)
{
    struct record *record = decoder->record;
    viz_count(&decoder->intake->counts->packets, 1);
    cr_assert_leq(record->size + size, RECORD_BYTES);
    cr_assert_lt(record->chunks, RECORD_CHUNKS);
    memcpy(record->bytes + record->size, bytes, size);
    record->size += size;
    record->chunk[record->chunks].size = size;
    record->chunk[record->chunks].datagram = datagram;
    record->chunk[record->chunks++].arrival = *arrival;
}

static void record_finish(struct viz_decoder *decoder,
                          const struct viz_arrival *arrival)
{
    (void)arrival;
    decoder->record->finished++;
}

static const struct viz_wire record_wire = {
    .name = "record",
    .help = "keeps what it is given",
    .announce = "a test's record",
    .probe = record_probe,
    .create = record_create,
    .destroy = record_destroy,
    .decode = record_decode,
    .finish = record_finish,
};

struct rig {
    struct viz_clock *clock;
    struct viz_notices *notices;
    struct viz_streams streams;
    struct viz_source source[4];
    uint32_t index[4];
    struct viz_net_params params;
    struct viz_net *net;
    struct viz_error err;
    char said[8192]; /* all notices so far, a line each */
};

static void rig_init(struct rig *rig, enum viz_net_backend backend)
{
    memset(rig, 0, sizeof(*rig));
    rig->clock = viz_clock_create(true);
    rig->notices = viz_notices_create();
    rig->params = (struct viz_net_params){
        .sources = rig->source,
        .indices = rig->index,
        .backend = backend,
        .streams = &rig->streams,
        .clock = rig->clock,
        .notices = rig->notices,
        .stdin_fd = -1,
    };
}

static void rig_add(struct rig *rig, const char *text)
{
    uint32_t at = rig->params.count++;
    rig->index[at] = at;
    int ret = viz_source_parse(text, NULL, &rig->source[at], &rig->err);
    cr_assert_eq(ret, 0, "%s", rig->err.text);
}

static void rig_create(struct rig *rig)
{
    int ret = viz_net_create(&rig->params, &rig->net, &rig->err);
    cr_assert_eq(ret, 0, "%s", rig->err.text);
}

static inline int rig_try_begin(struct rig *rig)
{
    viz_role_assume_source();
    return viz_net_begin(rig->net, &rig->err);
}

static inline void rig_end(struct rig *rig)
{
    viz_role_assume_source();
    viz_net_end(rig->net);
}

/* Create with every source forced to the recording format, and begin. */
static inline void rig_begin(struct rig *rig)
{
    rig_create(rig);
    for (uint32_t i = 0; i < rig->params.count; i++)
        rig->net->source[i].forced = &record_wire;
    int ret = rig_try_begin(rig);
    cr_assert_eq(ret, 0, "%s", rig->err.text);
}

/* The same, and sources find their formats. */
static inline void rig_begin_probing(struct rig *rig)
{
    rig_create(rig);
    int ret = rig_try_begin(rig);
    cr_assert_eq(ret, 0, "%s", rig->err.text);
}

static inline uint64_t rows_received(struct rig *rig)
{
    uint64_t rows = 0;
    for (uint32_t i = 0; i < viz_streams_count(&rig->streams); i++)
        rows += viz_counted(&viz_streams_at(&rig->streams, i)->counts.rows);
    return rows;
}

static inline uint64_t rows_overflowed(struct rig *rig)
{
    uint64_t samples = 0;
    for (uint32_t i = 0; i < viz_streams_count(&rig->streams); i++)
        samples += viz_counted(&viz_streams_at(&rig->streams, i)->counts.overflow);
    return samples;
}

/* The consumer: every row that is published. */
static inline uint64_t drain_rows(struct rig *rig)
{
    uint64_t rows = 0;
    for (uint32_t i = 0; i < viz_streams_count(&rig->streams); i++) {
        struct viz_stream *stream = viz_streams_at(&rig->streams, i);
        struct viz_block *block;
        while ((block = viz_feed_drain(stream->feed))) {
            rows += block->rows;
            viz_feed_return(stream->feed, block);
        }
    }
    return rows;
}

static void rig_step(struct rig *rig, int64_t timeout_ns)
{
    viz_role_assume_source();
    int ret = viz_net_step(rig->net, timeout_ns, &rig->err);
    cr_assert_eq(ret, 0, "%s", rig->err.text);
}

/* Step until @condition, at most 5 s. */
#define rig_step_until(rig, condition)                                                 \
    do {                                                                               \
        for (int steps_ = 0; steps_ < STEPS && !(condition); steps_++)                 \
            rig_step(rig, STEP_NS);                                                    \
        cr_assert(condition, "never came true: %s", #condition);                       \
    } while (0)

static void rig_finish(struct rig *rig)
{
    if (rig->net)
        rig_end(rig);
    viz_net_destroy(rig->net);
    viz_streams_finish(&rig->streams);
    viz_notices_destroy(rig->notices);
    viz_clock_destroy(rig->clock);
    for (uint32_t i = 0; i < record_count; i++)
        free(records[i]);
}

/* Whether a notice with @words in it was given. */
static inline bool rig_said(struct rig *rig, const char *words)
{
    char text[512];
    while (viz_notices_pop(rig->notices, text, sizeof(text))) {
        size_t used = strlen(rig->said);
        snprintf(rig->said + used, sizeof(rig->said) - used, "%s\n", text);
    }
    return strstr(rig->said, words) != NULL;
}

static inline const struct viz_net_status *rig_status(struct rig *rig, uint32_t at)
{
    return viz_net_status(rig->net, at);
}

static inline uint64_t rig_packets(struct rig *rig, uint32_t at)
{
    return viz_counted(&rig_status(rig, at)->wire.packets);
}

static inline struct sockaddr_in rig_address(struct rig *rig, uint32_t at)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)atomic_load(&rig_status(rig, at)->port)),
    };
}

/* A socket of @type connected to source @at. */
static inline int rig_connect(struct rig *rig, uint32_t at, int type)
{
    struct sockaddr_in address = rig_address(rig, at);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* A listening socket on loopback, for a TCP client source; its port in @port. */
static inline int rig_listen(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(fd, 4), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static inline void put(int fd, const void *bytes, size_t size)
{
    cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
}

static inline void put_text(int fd, const char *text)
{
    put(fd, text, strlen(text));
}

static inline bool uring_works(void)
{
    viz_role_assume_source();
    struct viz_net_params params = {.backend = VIZ_NET_URING};
    struct viz_net *net = NULL;
    struct viz_clock *clock = viz_clock_create(false);
    params.clock = clock;
    bool works = viz_net_create(&params, &net, NULL) == 0 && !viz_net_begin(net, NULL);
    if (net)
        viz_net_end(net);
    viz_net_destroy(net);
    viz_clock_destroy(clock);
    return works;
}

/* The test @name(rig), on each backend. */
#define BOTH(suite, name)                                                              \
    ON_BOTH_BACKENDS(suite, name, VIZ_NET_URING, poll, VIZ_NET_POLL)

#endif
