/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What arrives is what was sent, whole, in order, and stamped: each kind of source,
 * each trap, on both backends. */
#include "net_rig.h"

#include <fcntl.h>
#include <pthread.h>
#include <time.h>

BOTH(net, datagrams_keep_their_boundaries)
{
    uint8_t bytes[1400];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7);
    rig_add(rig, "udp://127.0.0.1:0");
    rig_begin(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    put(fd, bytes, 1);
    put(fd, bytes + 1, 99);
    put(fd, bytes + 100, 1300);
    rig_step_until(rig, rig_packets(rig, 0) == 3);
    struct record *record = records[0];
    cr_expect_eq(record->chunk[0].size, 1);
    cr_expect_eq(record->chunk[1].size, 99);
    cr_expect_eq(record->chunk[2].size, 1300);
    cr_expect(record->chunk[2].datagram);
    cr_expect_eq(memcmp(record->bytes, bytes, sizeof(bytes)), 0);
    close(fd);
}

BOTH(net, empty_datagram_does_not_end_the_source)
{
    rig_add(rig, "udp://:0");
    rig_begin(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    put_text(fd, "a");
    for (int i = 0; i < 3; i++)
        cr_assert_eq(send(fd, "", 0, 0), 0);
    put_text(fd, "b");
    rig_step_until(rig, records[0] && records[0]->size == 2);
    cr_expect_eq(memcmp(records[0]->bytes, "ab", 2), 0);
    cr_expect_not(atomic_load(&rig_status(rig, 0)->ended));
    cr_expect_eq(rig_packets(rig, 0), 5);
    close(fd);
}

BOTH(net, largest_datagram_arrives_whole)
{
    static uint8_t bytes[65507]; /* 65535 less the headers of IPv4 and UDP */
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 31 + (i >> 8));
    rig_add(rig, "udp://:0");
    rig_begin(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    put(fd, bytes, sizeof(bytes));
    put_text(fd, "x");
    rig_step_until(rig, rig_packets(rig, 0) == 2);
    cr_expect_eq(records[0]->chunk[0].size, sizeof(bytes));
    cr_expect_eq(memcmp(records[0]->bytes, bytes, sizeof(bytes)), 0);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->wire.oversized), 0);
    close(fd);
}

/* More than any pool of buffers, waiting in two sockets before the first step. */
BOTH(net, burst_larger_than_the_pool)
{
    enum { BURST = 700 };
    rig_add(rig, "udp://:0");
    rig_add(rig, "udp://:0");
    rig_begin(rig);
    for (uint32_t at = 0; at < 2; at++) {
        int fd = rig_connect(rig, at, SOCK_DGRAM);
        for (uint32_t i = 0; i < BURST; i++)
            put(fd, &i, sizeof(i));
        close(fd);
    }
    rig_step_until(rig, rig_packets(rig, 0) == BURST && rig_packets(rig, 1) == BURST);
    for (uint32_t at = 0; at < 2; at++)
        for (uint32_t i = 0; i < BURST; i++)
            cr_assert_eq(memcmp(records[at]->bytes + i * sizeof(i), &i, sizeof(i)), 0,
                         "datagram %u of source %u", i, at);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->kernel_drops), 0);
}

/* The queue is full while nobody steps: received + drops = sent. */
BOTH(net, kernel_drops_are_counted)
{
    enum { SENT = 1000 };
    rig->params.receive_buffer_bytes = 4096;
    rig_add(rig, "udp://:0");
    rig_begin(rig);
    rig_step(rig, 0);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    for (uint32_t i = 0; i < SENT; i++)
        put(fd, &i, sizeof(i));
    rig_step_until(rig, rig_packets(rig, 0) > 0);
    for (int i = 0; i < 20; i++)
        rig_step(rig, 0);
    /* Only a datagram behind the dropped ones tells of them. */
    put_text(fd, "more");
    uint64_t before = rig_packets(rig, 0);
    rig_step_until(rig, rig_packets(rig, 0) == before + 1);
    const struct viz_net_status *status = rig_status(rig, 0);
    cr_expect_gt(viz_counted(&status->kernel_drops), 0);
    cr_expect_eq(viz_counted(&status->kernel_drops) + before, SENT);
    close(fd);
}

/* Drops behind the last datagram received are counted at the end. */
BOTH(net, last_kernel_drops_are_counted_at_the_end)
{
    enum { SENT = 500 };
    rig->params.receive_buffer_bytes = 4096;
    rig_add(rig, "udp://:0");
    rig_begin(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    for (uint32_t i = 0; i < SENT; i++)
        put(fd, &i, sizeof(i));
    rig_step_until(rig, rig_packets(rig, 0) > 0);
    for (int i = 0; i < 20; i++)
        rig_step(rig, 0);
    rig_end(rig);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->kernel_drops) + rig_packets(rig, 0),
                 SENT);
    close(fd);
}

/* One ancillary message, as the kernel would write it. */
static size_t write_control(uint8_t *control, int type, const void *data, size_t size)
{
    struct msghdr message = {.msg_control = control,
                             .msg_controllen = VIZ_NET_CONTROL_BYTES};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(c), data, size);
    return CMSG_SPACE(size);
}

Test(net, drop_counter_wraps)
{
    struct rig *rig = &(struct rig){0};
    _Alignas(struct cmsghdr) uint8_t control[VIZ_NET_CONTROL_BYTES] = {0};
    static const uint32_t seen[] = {UINT32_MAX - 1, UINT32_MAX - 1, UINT32_MAX, 2};
    rig_init(rig, VIZ_NET_POLL);
    rig_add(rig, "udp://:0");
    rig_create(rig);
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        size_t size = write_control(control, SO_RXQ_OVFL, &seen[i], sizeof(seen[i]));
        viz_net_arrival(rig->net, &rig->net->source[0], control, size, 1);
    }
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->kernel_drops), UINT32_MAX + 3ull);
    rig_finish(rig);
}

/* A stepped clock gives no receive time, whatever was believed before it stepped. */
Test(net, unbelievable_stamps_are_not_believed)
{
    struct rig *rig = &(struct rig){0};
    _Alignas(struct cmsghdr) uint8_t control[VIZ_NET_CONTROL_BYTES] = {0};
    static const struct {
        int64_t ago_s;
        bool believed;
    } stamps[] = {{-100, false}, {2, true},   {-1, false},
                  {3, true},     {11, false}, {1000000000, false}};
    rig_init(rig, VIZ_NET_POLL);
    rig_add(rig, "udp://:0");
    rig_create(rig);
    for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
        struct timespec stamp;
        clock_gettime(CLOCK_REALTIME, &stamp);
        int64_t now_ns = viz_clock_now(rig->clock);
        /* Every second one in the wake-up of the last that was believed. */
        int64_t received_ns = i % 2 ? rig->net->stamps_of_ns : now_ns;
        received_ns = received_ns ? received_ns : now_ns;
        stamp.tv_sec -= stamps[i].ago_s;
        size_t size = write_control(control, SCM_TIMESTAMPNS, &stamp, sizeof(stamp));
        struct viz_arrival arrival =
            viz_net_arrival(rig->net, &rig->net->source[0], control, size, received_ns);
        int64_t age_ns = arrival.received_ns - arrival.origin_ns;
        cr_expect_eq(arrival.received_ns, received_ns);
        cr_expect(stamps[i].believed ? age_ns > 1000000000 && age_ns < 4000000000
                                     : age_ns == 0,
                  "stamp %zu: %ld ns", i, (long)age_ns);
    }
    rig_finish(rig);
}

/* UDP cannot bring one over 64 KB; what a backend calls truncated is dropped whole. */
Test(net, truncated_datagram_is_counted_oversized)
{
    struct rig *rig = &(struct rig){0};
    struct viz_arrival arrival = {1, 1};
    viz_role_assume_source();
    rig_init(rig, VIZ_NET_POLL);
    rig_add(rig, "udp://:0");
    rig_begin(rig);
    viz_net_take_datagram(rig->net, &rig->net->source[0], &arrival,
                          (const uint8_t *)"1,2\n", 4, true);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->wire.oversized), 1);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->wire.packets), 1);
    cr_expect_eq(record_count, 0);
    rig_finish(rig);
}

#define LOOK_NS 20000000 /* how long a byte is left lying */
#define SLACK_NS 5000000 /* of the conversion between two clocks */

/* Send one byte, look for it later, and see whether its stamp is of when it was sent.
 */
static bool stamped_when_sent(struct rig *rig, int fd)
{
    uint32_t chunks = records[0] ? records[0]->chunks : 0;
    int64_t before_ns = viz_clock_now(rig->clock);
    put_text(fd, "x");
    int64_t after_ns = viz_clock_now(rig->clock), looked_ns = after_ns + LOOK_NS;
    while (viz_clock_now(rig->clock) < looked_ns)
        ;
    rig_step_until(rig, records[0] && records[0]->chunks == chunks + 1);
    struct viz_arrival arrival = records[0]->chunk[chunks].arrival;
    cr_expect_geq(arrival.received_ns, looked_ns);
    cr_expect_leq(arrival.origin_ns, arrival.received_ns);
    cr_expect_lt(arrival.received_ns - arrival.origin_ns, 1000000000);
    return arrival.origin_ns >= before_ns - SLACK_NS &&
           arrival.origin_ns <= after_ns + SLACK_NS;
}

/* The origin is when the kernel had it, not when we looked. Only the first packets
 * after stamps are asked for may be without: the kernel switches them on a little
 * later. */
static void expect_kernel_stamps(struct rig *rig, int fd)
{
    int tries = 1;
    while (tries < 100 && !stamped_when_sent(rig, fd))
        tries++;
    cr_expect_lt(tries, 100);
    cr_expect(stamped_when_sent(rig, fd));
}

BOTH(net, datagrams_have_the_kernels_stamp)
{
    rig_add(rig, "udp://:0");
    rig_begin(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    expect_kernel_stamps(rig, fd);
    close(fd);
}

BOTH(net, connections_have_the_kernels_stamp)
{
    rig_add(rig, "tcp-listen://:0");
    rig_begin(rig);
    int fd = rig_connect(rig, 0, SOCK_STREAM);
    expect_kernel_stamps(rig, fd);
    close(fd);
}

BOTH(net, tcp_client_reads_to_the_end)
{
    int port;
    int listening = rig_listen(&port);
    char text[64];
    snprintf(text, sizeof(text), "tcp://127.0.0.1:%d", port);
    rig_add(rig, text);
    rig_begin(rig);
    int fd = accept(listening, NULL, NULL);
    put_text(fd, "first\nsec");
    rig_step_until(rig, records[0] && records[0]->size == 9);
    put_text(fd, "ond\nunfinished");
    close(fd);
    rig_step_until(rig, atomic_load(&rig_status(rig, 0)->ended));
    cr_expect_eq(records[0]->size, 23);
    cr_expect_eq(memcmp(records[0]->bytes, "first\nsecond\nunfinished", 23), 0);
    cr_expect_not(records[0]->chunk[0].datagram);
    cr_expect_eq(records[0]->finished, 1);
    cr_expect(rig_said(rig, "closed the connection"), "%s", rig->said);
    close(listening);
}

BOTH(net, tcp_reset_ends_the_source_and_says_why)
{
    int port;
    int listening = rig_listen(&port);
    char text[64];
    snprintf(text, sizeof(text), "tcp://127.0.0.1:%d", port);
    rig_add(rig, text);
    rig_begin(rig);
    int fd = accept(listening, NULL, NULL);
    put_text(fd, "x");
    rig_step_until(rig, records[0] && records[0]->size == 1);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    close(fd);
    rig_step_until(rig, atomic_load(&rig_status(rig, 0)->ended));
    cr_expect_eq(records[0]->finished, 1);
    cr_expect(rig_said(rig, strerror(ECONNRESET)), "%s", rig->said);
    close(listening);
}

BOTH(net, one_byte_at_a_time)
{
    static const char text[] = "{\"sensor_id\":1,\"ax\":0.5}\r\n{\"sensor_id\":2}\n";
    rig_add(rig, "tcp-listen://:0");
    rig_begin(rig);
    int fd = rig_connect(rig, 0, SOCK_STREAM);
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        put(fd, text + i, 1);
        rig_step_until(rig, records[0] && records[0]->size == i + 1);
    }
    cr_expect_eq(memcmp(records[0]->bytes, text, sizeof(text) - 1), 0);
    close(fd);
}

/* A connection that ends does not end a listening source, and the next takes over. */
BOTH(net, next_connection_takes_over)
{
    rig_add(rig, "tcp-listen://:0");
    rig_begin(rig);
    int one = rig_connect(rig, 0, SOCK_STREAM), two = rig_connect(rig, 0, SOCK_STREAM);
    put_text(one, "1");
    rig_step_until(rig, records[0] && records[0]->size == 1);
    put_text(two, "2");
    rig_step_until(rig, records[1] && records[1]->size == 1);
    close(one);
    rig_step_until(rig, records[0]->finished == 1);
    int three = rig_connect(rig, 0, SOCK_STREAM);
    put_text(three, "3");
    rig_step_until(rig, records[0]->size == 2);
    cr_expect_eq(memcmp(records[0]->bytes, "13", 2), 0);
    cr_expect_eq(record_count, 2);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->connections), 3);
    cr_expect_not(atomic_load(&rig_status(rig, 0)->ended));
    close(two);
    close(three);
}

BOTH(net, connections_are_limited)
{
    int fd[VIZ_NET_MAX_CONNECTIONS + 1];
    rig_add(rig, "tcp-listen://:0");
    rig_begin(rig);
    for (uint32_t i = 0; i < VIZ_NET_MAX_CONNECTIONS; i++) {
        fd[i] = rig_connect(rig, 0, SOCK_STREAM);
        put(fd[i], &i, sizeof(i));
        rig_step_until(rig, record_count == i + 1 && records[i]->size == sizeof(i));
    }
    cr_expect_not(rig_said(rig, "refused"));
    fd[VIZ_NET_MAX_CONNECTIONS] = rig_connect(rig, 0, SOCK_STREAM);
    rig_step_until(rig, rig_said(rig, "was refused: 64 connections are open"));
    char byte;
    cr_expect_eq(read(fd[VIZ_NET_MAX_CONNECTIONS], &byte, 1), 0);
    close(fd[0]);
    rig_step_until(rig, records[0]->finished == 1);
    close(fd[VIZ_NET_MAX_CONNECTIONS]);
    fd[0] = rig_connect(rig, 0, SOCK_STREAM);
    put_text(fd[0], "more");
    rig_step_until(rig, records[0]->size == sizeof(uint32_t) + 4);
    for (int i = 0; i < VIZ_NET_MAX_CONNECTIONS; i++)
        close(fd[i]);
}

static void read_pipe_to_the_end(struct rig *rig, int flags)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, flags), 0);
    rig->params.stdin_fd = ends[0];
    rig_add(rig, "-");
    rig_begin(rig);
    rig_step(rig, 0);
    put_text(ends[1], "one\n");
    rig_step_until(rig, records[0] && records[0]->size == 4);
    rig_step(rig, 0);
    put_text(ends[1], "two");
    close(ends[1]);
    rig_step_until(rig, atomic_load(&rig_status(rig, 0)->ended));
    cr_expect_eq(records[0]->size, 7);
    cr_expect_eq(memcmp(records[0]->bytes, "one\ntwo", 7), 0);
    cr_expect_eq(records[0]->finished, 1);
    cr_expect(rig_said(rig, "standard input ended"), "%s", rig->said);
    close(ends[0]);
}

BOTH(net, pipe_is_read_to_its_end)
{
    read_pipe_to_the_end(rig, 0);
}

BOTH(net, non_blocking_pipe_is_read_to_its_end)
{
    read_pipe_to_the_end(rig, O_NONBLOCK);
}

BOTH(net, regular_file_is_read_from_where_it_stands)
{
    FILE *file = tmpfile();
    for (int i = 0; i < 40000; i++)
        fprintf(file, "%04d\n", i % 10000);
    fflush(file);
    cr_assert_eq(lseek(fileno(file), 5, SEEK_SET), 5);
    rig->params.stdin_fd = fileno(file);
    rig_add(rig, "-");
    rig_begin(rig);
    rig_step_until(rig, atomic_load(&rig_status(rig, 0)->ended));
    cr_expect_eq(records[0]->size, 39999 * 5);
    cr_expect_eq(memcmp(records[0]->bytes, "0001\n0002\n", 10), 0);
    fclose(file);
}

BOTH(net, empty_pipe_ends_at_once)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    close(ends[1]);
    rig->params.stdin_fd = ends[0];
    rig_add(rig, "-");
    rig_begin(rig);
    rig_step_until(rig, atomic_load(&rig_status(rig, 0)->ended));
    cr_expect_eq(record_count, 0);
    close(ends[0]);
}

BOTH(net, sources_of_all_kinds_at_once)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    rig->params.stdin_fd = ends[0];
    rig_add(rig, "udp://:0");
    rig_add(rig, "-");
    rig_add(rig, "tcp-listen://:0");
    rig_begin(rig);
    int udp = rig_connect(rig, 0, SOCK_DGRAM), tcp = rig_connect(rig, 2, SOCK_STREAM);
    for (int i = 0; i < 100; i++) {
        put_text(udp, "u");
        put_text(ends[1], "p");
        put_text(tcp, "t");
    }
    rig_step_until(rig, rig_packets(rig, 0) == 100);
    rig_step_until(rig, rig_packets(rig, 1) && rig_packets(rig, 2));
    size_t seen[3] = {0};
    for (int steps = 0; steps < STEPS && seen[0] + seen[1] + seen[2] < 300; steps++) {
        rig_step(rig, STEP_NS);
        memset(seen, 0, sizeof(seen));
        for (uint32_t i = 0; i < record_count; i++)
            for (size_t j = 0; j < records[i]->size; j++)
                seen[records[i]->bytes[j] == 'u'   ? 0
                     : records[i]->bytes[j] == 'p' ? 1
                                                   : 2]++;
    }
    cr_expect_eq(record_count, 3);
    cr_expect_eq(seen[0], 100);
    cr_expect_eq(seen[1], 100);
    cr_expect_eq(seen[2], 100);
    close(udp);
    close(tcp);
    close(ends[0]);
    close(ends[1]);
}

static void *wake_it(void *net)
{
    viz_net_wake(net);
    return NULL;
}

BOTH(net, wakes_from_another_thread)
{
    pthread_t thread;
    rig_add(rig, "udp://:0");
    rig_begin(rig);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(pthread_create(&thread, NULL, wake_it, rig->net), 0);
        rig_step(rig, -1);
        pthread_join(thread, NULL);
    }
    /* A wake-up before the step is not forgotten. */
    viz_net_wake(rig->net);
    rig_step(rig, -1);
    cr_expect_eq(rig_packets(rig, 0), 0);
}

/* An armed request must not keep a port that is given up. */
BOTH(net, ports_are_free_after_the_end)
{
    for (int i = 0; i < 3; i++) {
        rig->params.count = 0;
        rig_add(rig, "udp://:0");
        rig->source[0].port = i ? rig->source[0].port : 0;
        rig_begin(rig);
        rig_step(rig, 0);
        rig->source[0].port = ntohs(rig_address(rig, 0).sin_port);
        uint16_t port = rig->source[0].port;
        rig_end(rig);
        viz_net_destroy(rig->net);
        rig->net = NULL;
        int fd = socket(AF_INET, SOCK_DGRAM, 0);
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                      .sin_port = htons(port)};
        cr_expect_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        close(fd);
    }
}

BOTH(net, ends_without_a_step)
{
    rig_add(rig, "udp://:0");
    rig_add(rig, "tcp-listen://:0");
    rig_begin(rig);
    rig_end(rig);
    cr_expect_eq(rig_packets(rig, 0), 0);
}

/* A thousand packets a second are waited for one by one, ten thousand in batches. */
BOTH(net, fast_stream_is_taken_in_batches)
{
    viz_clock_destroy(rig->clock);
    rig->params.clock = rig->clock = viz_clock_create_fake(1000000000);
    rig_add(rig, "udp://:0");
    rig_begin(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    static const struct {
        uint32_t packets;
        bool fast;
    } windows[] = {{10, false}, {100, true}, {100, true}, {10, false}, {0, false}};
    uint64_t sent = 0;
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        for (uint32_t j = 0; j < windows[i].packets; j++)
            put(fd, &j, sizeof(j));
        sent += windows[i].packets;
        rig_step_until(rig, rig_packets(rig, 0) == sent);
        viz_clock_advance(rig->clock, 10000000);
        rig_step(rig, 0);
        cr_expect_eq(rig->net->fast, windows[i].fast, "window %zu", i);
    }
    close(fd);
}
