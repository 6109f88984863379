/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What it costs to receive a datagram: the network loop on io_uring and on poll,
 * against plain recvmmsg, epoll with recvmmsg, and epoll with one recvmsg a datagram.
 * All sockets have the same options (buffer, time stamps, drop counter) and all
 * receivers read the stamp; the network loop also converts it and calls a decoder that
 * does nothing.
 *
 *   bench_udp [--runs N] [--packets N] [--payload BYTES] [--rate HZ] [--seconds S]
 *
 * Two loads, each run interleaved over all receivers:
 *   queued  the socket's queue is filled first, then emptied: CPU time and wall time of
 *           emptying alone
 *   paced   a thread sends at --rate for --seconds: CPU time of the receiving thread
 * One JSON line for each receiver and load: median, smallest and largest of all runs,
 * and the median over runs of its cost divided by the cheapest plain receiver's of that
 * run. */
#include "../src/net/backend.h"
#include "measure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_RUNS 101
#define BATCH 64
#define PLAIN_BYTES 2048
#define BUFFER_BYTES (8 << 20)

struct options {
    uint32_t runs, packets, payload, rate_hz;
    double seconds;
};

struct plain {
    int fd, epoll;
    struct mmsghdr message[BATCH];
    struct iovec piece[BATCH];
    _Alignas(struct cmsghdr) uint8_t control[BATCH][VIZ_NET_CONTROL_BYTES];
    uint8_t buffer[BATCH][PLAIN_BYTES];
    int64_t newest_stamp_ns;
};

struct receiver {
    const char *name;
    /* Wait for datagrams and take some; how many. */
    uint32_t (*receive)(struct receiver *receiver);
    enum viz_net_backend backend; /* of the network loop */
    bool is_loop;
    int port;
    struct plain *plain;
    struct viz_net *net;
    double cost_ns[MAX_RUNS], per_second[MAX_RUNS];
};

/* A decoder that does nothing, so that receiving is what is measured. */
struct viz_decoder {
    char unused;
};

static struct viz_decoder *null_create(struct viz_intake *intake)
{
    (void)intake;
    return calloc(1, sizeof(struct viz_decoder));
}

static void null_destroy(struct viz_decoder *decoder)
{
    free(decoder);
}

static void null_decode(struct viz_decoder *decoder, const struct viz_arrival *arrival,
                        const uint8_t *bytes, size_t size, bool datagram)
{
    (void)decoder;
    (void)arrival;
    (void)bytes;
    (void)size;
    (void)datagram;
}

static void null_finish(struct viz_decoder *decoder, const struct viz_arrival *arrival)
{
    (void)decoder;
    (void)arrival;
}

static const struct viz_wire null_wire = {
    .name = "null",
    .announce = "nothing",
    .create = null_create,
    .destroy = null_destroy,
    .decode = null_decode,
    .finish = null_finish,
};

static double clock_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(1);
}

static void read_stamp(struct plain *plain, struct msghdr *header)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        struct timespec stamp;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
        plain->newest_stamp_ns = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
    }
}

static void shape_messages(struct plain *plain)
{
    for (int i = 0; i < BATCH; i++) {
        plain->piece[i] =
            (struct iovec){.iov_base = plain->buffer[i], .iov_len = PLAIN_BYTES};
        plain->message[i].msg_hdr = (struct msghdr){
            .msg_iov = &plain->piece[i],
            .msg_iovlen = 1,
            .msg_control = plain->control[i],
            .msg_controllen = VIZ_NET_CONTROL_BYTES,
        };
    }
}

static uint32_t receive_batch(struct plain *plain, int flags)
{
    shape_messages(plain);
    int count = recvmmsg(plain->fd, plain->message, BATCH, flags, NULL);
    for (int i = 0; i < count; i++)
        read_stamp(plain, &plain->message[i].msg_hdr);
    return count > 0 ? (uint32_t)count : 0;
}

static uint32_t receive_recvmmsg(struct receiver *receiver)
{
    return receive_batch(receiver->plain, MSG_WAITFORONE);
}

static uint32_t receive_epoll_recvmmsg(struct receiver *receiver)
{
    struct epoll_event event;
    if (epoll_wait(receiver->plain->epoll, &event, 1, 10) <= 0)
        return 0;
    return receive_batch(receiver->plain, MSG_DONTWAIT);
}

/* The textbook loop: after each wake-up, until nothing is left (bounded as the others).
 */
static uint32_t receive_epoll_recvmsg(struct receiver *receiver)
{
    struct plain *plain = receiver->plain;
    struct epoll_event event;
    if (epoll_wait(plain->epoll, &event, 1, 10) <= 0)
        return 0;
    uint32_t count = 0;
    for (; count < BATCH; count++) {
        struct iovec piece = {.iov_base = plain->buffer[0], .iov_len = PLAIN_BYTES};
        struct msghdr header = {.msg_iov = &piece,
                                .msg_iovlen = 1,
                                .msg_control = plain->control[0],
                                .msg_controllen = VIZ_NET_CONTROL_BYTES};
        if (recvmsg(plain->fd, &header, MSG_DONTWAIT) < 0)
            break;
        read_stamp(plain, &header);
    }
    return count;
}

static uint32_t receive_loop(struct receiver *receiver)
{
    struct viz_net *net = receiver->net;
    viz_role_assume_source();
    uint64_t before = net->datagrams;
    if (viz_net_step(net, 10000000, NULL))
        give_up("step");
    return (uint32_t)(net->datagrams - before);
}

static void open_plain(struct receiver *receiver)
{
    struct plain *plain = receiver->plain = calloc(1, sizeof(*plain));
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int on = 1, bytes = BUFFER_BYTES;
    struct timeval limit = {.tv_usec = 10000};
    plain->fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(plain->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    setsockopt(plain->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
    setsockopt(plain->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
    setsockopt(plain->fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
    setsockopt(plain->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (bind(plain->fd, (struct sockaddr *)&address, sizeof(address)) ||
        getsockname(plain->fd, (struct sockaddr *)&address, &size))
        give_up("bind");
    receiver->port = ntohs(address.sin_port);
    plain->epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(plain->epoll, EPOLL_CTL_ADD, plain->fd, &event);
}

static bool open_loop(struct receiver *receiver, struct viz_streams *streams,
                      const struct viz_clock *clock)
{
    struct viz_source source;
    struct viz_error err;
    const uint32_t index = 0;
    struct viz_net_params params = {
        .sources = &source,
        .indices = &index,
        .count = 1,
        .backend = receiver->backend,
        .streams = streams,
        .clock = clock,
        .receive_buffer_bytes = BUFFER_BYTES,
    };
    viz_role_assume_source();
    if (viz_source_parse("udp://127.0.0.1:0", NULL, &source, &err) ||
        viz_net_create(&params, &receiver->net, &err)) {
        fprintf(stderr, "bench_udp: %s\n", err.text);
        exit(1);
    }
    receiver->net->source[0].forced = &null_wire;
    receiver->port = atomic_load(&viz_net_status(receiver->net, 0)->port);
    if (viz_net_begin(receiver->net, &err) == 0)
        return true;
    fprintf(stderr, "bench_udp: %s left out: %s\n", receiver->name, err.text);
    viz_net_destroy(receiver->net);
    return false;
}

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
        give_up("connect");
    return fd;
}

/* Fill the queue, then empty it. */
static void run_queued(struct receiver *receiver, const struct options *options,
                       uint32_t run)
{
    static const uint8_t bytes[PLAIN_BYTES];
    int fd = connect_to(receiver->port);
    for (uint32_t i = 0; i < options->packets; i++)
        if (send(fd, bytes, options->payload, 0) < 0)
            give_up("send");
    close(fd);
    double cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    double wall_ns = clock_ns(CLOCK_MONOTONIC);
    uint32_t got = 0, idle = 0;
    while (got < options->packets && idle < 20) {
        uint32_t count = receiver->receive(receiver);
        idle = count ? 0 : idle + 1;
        got += count;
    }
    wall_ns = clock_ns(CLOCK_MONOTONIC) - wall_ns;
    cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
    if (got < options->packets) {
        fprintf(stderr, "bench_udp: %s: %u of %u datagrams arrived: fewer --packets\n",
                receiver->name, got, options->packets);
        exit(1);
    }
    receiver->cost_ns[run] = cpu_ns / got;
    receiver->per_second[run] = got / wall_ns * 1e9;
}

struct sender {
    const struct options *options;
    int port;
    _Atomic uint32_t sent;
    _Atomic bool done;
};

static void *send_paced(void *argument)
{
    static const uint8_t bytes[PLAIN_BYTES];
    struct sender *sender = argument;
    uint32_t total = (uint32_t)(sender->options->seconds * sender->options->rate_hz);
    int fd = connect_to(sender->port);
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (uint32_t i = 0; i < total; i++) {
        due.tv_nsec += 1000000000 / sender->options->rate_hz;
        due.tv_sec += due.tv_nsec / 1000000000;
        due.tv_nsec %= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        if (send(fd, bytes, sender->options->payload, 0) > 0)
            atomic_fetch_add(&sender->sent, 1);
    }
    atomic_store(&sender->done, true);
    close(fd);
    return NULL;
}

static void run_paced(struct receiver *receiver, const struct options *options,
                      uint32_t run)
{
    struct sender sender = {.options = options, .port = receiver->port};
    pthread_t thread;
    double cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    double wall_ns = clock_ns(CLOCK_MONOTONIC);
    uint32_t got = 0, idle = 0;
    if (pthread_create(&thread, NULL, send_paced, &sender))
        give_up("thread");
    while (idle < 5 &&
           !(atomic_load(&sender.done) && got == atomic_load(&sender.sent))) {
        uint32_t count = receiver->receive(receiver);
        got += count;
        idle = count || !atomic_load(&sender.done) ? 0 : idle + 1;
    }
    wall_ns = clock_ns(CLOCK_MONOTONIC) - wall_ns;
    cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
    pthread_join(thread, NULL);
    receiver->cost_ns[run] = cpu_ns / got;
    receiver->per_second[run] = got / wall_ns * 1e9;
}

static void sort(double *values, uint32_t count)
{
    qsort(values, count, sizeof(values[0]), compare);
}

static double median(const double *values, uint32_t count)
{
    double sorted[MAX_RUNS];
    memcpy(sorted, values, count * sizeof(sorted[0]));
    sort(sorted, count);
    return sorted[count / 2];
}

/* The plain receiver with the lowest median. */
static const struct receiver *find_best(const struct receiver *all, uint32_t count,
                                        uint32_t runs)
{
    const struct receiver *best = NULL;
    for (uint32_t i = 0; i < count; i++)
        if (!all[i].is_loop &&
            (!best || median(all[i].cost_ns, runs) < median(best->cost_ns, runs)))
            best = &all[i];
    return best;
}

static double median_ratio(const struct receiver *of, const struct receiver *to,
                           uint32_t runs)
{
    double ratio[MAX_RUNS];
    for (uint32_t run = 0; run < runs; run++)
        ratio[run] = of->cost_ns[run] / to->cost_ns[run];
    return median(ratio, runs);
}

static void print_load(struct receiver *all, uint32_t count, const char *load,
                       const struct options *options)
{
    double ratio[8];
    uint32_t runs = options->runs;
    for (uint32_t i = 0; i < count; i++)
        ratio[i] = median_ratio(&all[i], find_best(all, count, runs), runs);
    for (uint32_t i = 0; i < count; i++) {
        sort(all[i].cost_ns, runs);
        sort(all[i].per_second, runs);
        printf("{\"bench\":\"udp\",\"load\":\"%s\",\"receiver\":\"%s\",\"payload\":%u,"
               "\"runs\":%u,\"cpu_ns_per_packet\":%.0f,\"min\":%.0f,\"max\":%.0f,"
               "\"packets_per_s\":%.0f,\"ratio_to_best_plain\":%.3f}\n",
               load, all[i].name, options->payload, runs, all[i].cost_ns[runs / 2],
               all[i].cost_ns[0], all[i].cost_ns[runs - 1], all[i].per_second[runs / 2],
               ratio[i]);
    }
}

static struct options parse(int count, char **words)
{
    struct options options = {
        .runs = 11, .packets = 8000, .payload = 256, .rate_hz = 10000, .seconds = 0.5};
    for (int i = 1; i + 1 < count; i += 2) {
        double value = atof(words[i + 1]);
        if (!strcmp(words[i], "--runs"))
            options.runs = (uint32_t)value;
        else if (!strcmp(words[i], "--packets"))
            options.packets = (uint32_t)value;
        else if (!strcmp(words[i], "--payload"))
            options.payload = (uint32_t)value;
        else if (!strcmp(words[i], "--rate"))
            options.rate_hz = (uint32_t)value;
        else if (!strcmp(words[i], "--seconds"))
            options.seconds = value;
    }
    if (options.runs < 1 || options.runs > MAX_RUNS || options.payload > PLAIN_BYTES ||
        !options.rate_hz) {
        fprintf(stderr, "bench_udp: 1 to %d runs, a payload up to %d bytes, a rate\n",
                MAX_RUNS, PLAIN_BYTES);
        exit(2);
    }
    return options;
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);
    static struct viz_streams streams;
    struct viz_clock *clock = viz_clock_create(true);
    struct receiver all[] = {
        {.name = "recvmmsg", .receive = receive_recvmmsg},
        {.name = "epoll+recvmmsg", .receive = receive_epoll_recvmmsg},
        {.name = "epoll+recvmsg", .receive = receive_epoll_recvmsg},
        {.name = "viz poll",
         .receive = receive_loop,
         .is_loop = true,
         .backend = VIZ_NET_POLL},
        {.name = "viz io_uring",
         .receive = receive_loop,
         .is_loop = true,
         .backend = VIZ_NET_URING},
    };
    uint32_t count = sizeof(all) / sizeof(all[0]);
    for (uint32_t i = 0; i < count; i++) {
        if (!all[i].is_loop)
            open_plain(&all[i]);
        else if (!open_loop(&all[i], &streams, clock))
            count = i; /* io_uring is the last one */
    }
    for (uint32_t run = 0; run < options.runs; run++)
        for (uint32_t i = 0; i < count; i++)
            run_queued(&all[(i + run) % count], &options, run);
    print_load(all, count, "queued", &options);
    for (uint32_t run = 0; run < options.runs; run++)
        for (uint32_t i = 0; i < count; i++)
            run_paced(&all[(i + run) % count], &options, run);
    print_load(all, count, "paced", &options);
    return 0;
}
