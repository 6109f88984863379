/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "devices_state.h"

#include <viz/alloc.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_HOST 256
#define EVENTS 256
#define ACCEPTS 64     /* at once; others have their turn in between */
#define SPARE_FILES 32 /* standard streams, epoll, the report, some connections */
#define PORT_TRIES 64  /* for ports in a row: the kernel chooses for the first half, */
#define LOW_PORT 10000 /* the others lie below those of outgoing connections */
#define PORT_STEP 700
#define EXPIRE_EVERY_MS 100
#define LAST_WORDS_MS 2000
#define MS 1000000LL

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000 * MS + now.tv_nsec;
}

int64_t devices_now_ms(const struct devices *devices)
{
    return (clock_ns(CLOCK_MONOTONIC) - devices->start_ns) / MS;
}

static void start_clock(struct devices *devices)
{
    devices->start_ns = clock_ns(CLOCK_MONOTONIC);
    devices->started_unix_ns = clock_ns(CLOCK_REALTIME);
}

static void say(const struct devices *devices, const char *sentence)
{
    if (devices->io->say)
        devices->io->say(devices->io->context, sentence);
}

/* ---- the wheel ---- */

static void wheel_remove(struct device *device)
{
    if (!device->link)
        return;
    *device->link = device->next;
    if (device->next)
        device->next->link = device->link;
    device->link = NULL;
}

static void wheel_insert(struct wheel *wheel, struct device *device, int64_t due_ms)
{
    int64_t last_ms = wheel->now_ms + WHEEL_SLOTS - 1;
    if (due_ms <= wheel->now_ms)
        due_ms = wheel->now_ms + 1;
    device->due_ms = due_ms < last_ms ? due_ms : last_ms;
    struct device **slot = &wheel->slot[device->due_ms % WHEEL_SLOTS];
    device->next = *slot;
    device->link = slot;
    if (device->next)
        device->next->link = &device->next;
    *slot = device;
}

/* When the first is due, WHEEL_SLOTS ahead at most. */
static int64_t wheel_next(const struct wheel *wheel)
{
    int64_t when_ms = wheel->now_ms + 1;
    while (when_ms < wheel->now_ms + WHEEL_SLOTS && !wheel->slot[when_ms % WHEEL_SLOTS])
        when_ms++;
    return when_ms;
}

void devices_schedule(struct device *device, int64_t now_ms)
{
    wheel_remove(device);
    wheel_insert(&device->devices->wheel, device,
                 viz_device_session_step(device->session, now_ms));
}

static void run_wheel(struct devices *devices, int64_t now_ms)
{
    struct wheel *wheel = &devices->wheel;
    /* Longer ago than the wheel is round, each slot needs one look. */
    if (now_ms - wheel->now_ms > WHEEL_SLOTS)
        wheel->now_ms = now_ms - WHEEL_SLOTS;
    while (wheel->now_ms < now_ms) {
        struct device **slot = &wheel->slot[++wheel->now_ms % WHEEL_SLOTS];
        while (*slot)
            devices_schedule(*slot, now_ms);
    }
}

/* ---- ports ---- */

static int open_listener(const struct addrinfo *at, uint32_t port)
{
    struct sockaddr_storage address;
    const int on = 1;
    memcpy(&address, at->ai_addr, at->ai_addrlen);
    if (at->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)&address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)&address)->sin_port = htons((uint16_t)port);
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, at->ai_addrlen) ||
        listen(fd, SOMAXCONN)) {
        int ret = -errno;
        close(fd);
        return ret;
    }
    return fd;
}

static uint32_t port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &size))
        return 0;
    return ntohs(address.ss_family == AF_INET6
                     ? ((struct sockaddr_in6 *)&address)->sin6_port
                     : ((struct sockaddr_in *)&address)->sin_port);
}

static void close_listeners(struct devices *devices)
{
    for (uint32_t i = 0; i < devices->config->devices; i++) {
        if (devices->device[i].fd >= 0)
            close(devices->device[i].fd);
        devices->device[i].fd = -1;
    }
}

/* All of them from @port on; 0: the kernel chooses the first. *@port is the one that
 * could not be had. */
static int open_listeners(struct devices *devices, const struct addrinfo *at,
                          uint32_t *port)
{
    for (uint32_t i = 0; i < devices->config->devices; i++) {
        struct device *device = &devices->device[i];
        if (*port > UINT16_MAX)
            return -ERANGE;
        device->fd = open_listener(at, *port);
        if (device->fd < 0)
            return device->fd;
        device->port = port_of(device->fd);
        *port = device->port + 1;
    }
    return 0;
}

static int listen_fail(const struct devices *devices, uint32_t port, int ret,
                       struct viz_error *err)
{
    const struct viz_devices_config *config = devices->config;
    if (ret == -ERANGE)
        return viz_fail(err, ret,
                        "--port %u --devices %u: the last port would lie above 65535",
                        config->port, config->devices);
    return viz_fail(err, ret, "cannot listen on %s port %u: %s", config->host, port,
                    strerror(-ret));
}

static int listen_all(struct devices *devices, const struct addrinfo *at,
                      struct viz_error *err)
{
    uint32_t port = devices->config->port;
    unsigned tries = port ? 1 : PORT_TRIES;
    for (unsigned i = 1;; i++) {
        int ret = open_listeners(devices, at, &port);
        if (!ret)
            return 0;
        close_listeners(devices);
        if (i == tries || (ret != -EADDRINUSE && ret != -ERANGE))
            return listen_fail(devices, port, ret, err);
        port = i < tries / 2 ? 0 : LOW_PORT + (i - tries / 2) * PORT_STEP;
    }
}

/* As getaddrinfo takes it: "[::1]", as in an address, is ::1. */
static void bare_host(const struct devices *devices, char out[MAX_HOST])
{
    const char *host = devices->config->host ? devices->config->host : "";
    size_t size = strlen(host);
    bool bracketed = size > 2 && host[0] == '[' && host[size - 1] == ']';
    snprintf(out, MAX_HOST, "%.*s", (int)(size - 2 * bracketed), host + bracketed);
}

static int open_ports(struct devices *devices, struct viz_error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    char host[MAX_HOST];
    struct addrinfo *at;
    bare_host(devices, host);
    int ret = getaddrinfo(*host ? host : NULL, "0", &hints, &at);
    if (ret)
        return viz_fail(err, -EADDRNOTAVAIL, "no address is known for the host %s: %s",
                        host, gai_strerror(ret));
    ret = listen_all(devices, at, err);
    freeaddrinfo(at);
    return ret;
}

static void say_ports(const struct devices *devices)
{
    const struct viz_devices_config *config = devices->config;
    uint32_t first = devices->device[0].port;
    char bare[MAX_HOST], host[MAX_HOST + 2], sentence[3 * MAX_HOST];
    bare_host(devices, bare);
    bool v6 = strchr(bare, ':') != NULL;
    snprintf(host, sizeof(host), "%s%s%s", v6 ? "[" : "", bare, v6 ? "]" : "");
    if (config->devices == 1)
        snprintf(sentence, sizeof(sentence), "device 1 listens on ws://%s:%u/ws", host,
                 first);
    else
        snprintf(sentence, sizeof(sentence),
                 "devices 1 to %u listen on ws://%s:%u/ws to ws://%s:%u/ws",
                 config->devices, host, first, host, first + config->devices - 1);
    say(devices, sentence);
}

/* ---- files ---- */

static int check_limit(const struct devices *devices, struct viz_error *err)
{
    uint64_t least = devices->config->devices + (uint64_t)SPARE_FILES;
    uint64_t usual = least + devices->config->devices;
    struct rlimit limit;
    char sentence[256];
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return 0;
    if (limit.rlim_cur < least)
        return viz_fail(err, -EMFILE,
                        "%u devices need %llu open files and this process may have "
                        "%llu: raise the limit (ulimit -Hn)",
                        devices->config->devices, (unsigned long long)least,
                        (unsigned long long)limit.rlim_cur);
    if (limit.rlim_cur < usual) {
        snprintf(sentence, sizeof(sentence),
                 "%u devices with a client each need %llu open files and this process "
                 "may have %llu: some clients will be refused",
                 devices->config->devices, (unsigned long long)usual,
                 (unsigned long long)limit.rlim_cur);
        say(devices, sentence);
    }
    return 0;
}

/* There are no more files: the one in reserve takes the connection in and ends it. */
static void turn_away(struct devices *devices, int listener)
{
    if (!devices->told_of_files)
        say(devices, "no more files can be opened: connections are turned away");
    devices->told_of_files = true;
    close(devices->spare_fd);
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0)
        close(fd);
    devices->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* A number of the address without its port; IPv4's are themselves. */
static uint64_t address_number(const struct sockaddr_storage *from)
{
    uint64_t parts[2];
    if (from->ss_family != AF_INET6)
        return ((const struct sockaddr_in *)from)->sin_addr.s_addr;
    memcpy(parts, &((const struct sockaddr_in6 *)from)->sin6_addr, sizeof(parts));
    return viz_device_dice(parts[0], 0, parts[1]);
}

static void accept_clients(struct device *device, int64_t now_ms)
{
    for (unsigned i = 0; i < ACCEPTS; i++) {
        struct sockaddr_storage from = {0};
        socklen_t size = sizeof(from);
        int fd = accept4(device->fd, (struct sockaddr *)&from, &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE))
            turn_away(device->devices, device->fd);
        if (fd < 0)
            return;
        connection_begin(device, fd, address_number(&from), now_ms);
    }
}

/* ---- the loop ---- */

static int wait_events(struct devices *devices, struct epoll_event *events,
                       int64_t limit_ms)
{
    int64_t until_ms = wheel_next(&devices->wheel);
    if (until_ms > limit_ms)
        until_ms = limit_ms;
    int64_t left_ns = devices->start_ns + until_ms * MS - clock_ns(CLOCK_MONOTONIC);
    int64_t left_ms = left_ns > 0 ? (left_ns + MS - 1) / MS : 0;
    return epoll_wait(devices->epoll, events, EVENTS, (int)left_ms);
}

static void step(struct devices *devices, int64_t limit_ms)
{
    struct epoll_event events[EVENTS];
    int count = wait_events(devices, events, limit_ms);
    int64_t now_ms = devices_now_ms(devices);
    run_wheel(devices, now_ms < limit_ms ? now_ms : limit_ms);
    for (int i = 0; i < count; i++) {
        enum endpoint *endpoint = events[i].data.ptr;
        if (*endpoint == ENDPOINT_LISTENER)
            accept_clients(events[i].data.ptr, now_ms);
        else
            connection_ready(events[i].data.ptr, events[i].events, now_ms);
    }
    connections_reap(devices);
}

static bool stopped(const struct devices *devices)
{
    return devices->io->stop && *devices->io->stop;
}

static void run(struct devices *devices)
{
    double duration_ms = devices->config->duration_s * 1000;
    int64_t end_ms = duration_ms > 0 ? (int64_t)duration_ms : INT64_MAX;
    int64_t expire_ms = 0;
    int64_t now_ms;
    while ((now_ms = devices_now_ms(devices)) < end_ms && !stopped(devices)) {
        step(devices, end_ms);
        if (now_ms < expire_ms)
            continue;
        connections_expire(devices, now_ms);
        connections_reap(devices);
        expire_ms = now_ms + EXPIRE_EVERY_MS;
    }
}

/* Nothing new is sent; what waits goes out, and the clients may close. */
static void finish(struct devices *devices)
{
    struct epoll_event events[EVENTS];
    int64_t now_ms = devices_now_ms(devices);
    int64_t end_ms = now_ms + LAST_WORDS_MS;
    close_listeners(devices);
    connections_leave(devices, now_ms);
    connections_reap(devices);
    while (devices->connection_count && now_ms < end_ms) {
        int count = epoll_wait(devices->epoll, events, EVENTS, EXPIRE_EVERY_MS);
        now_ms = devices_now_ms(devices);
        for (int i = 0; i < count; i++)
            connection_ready(events[i].data.ptr, events[i].events, now_ms);
        connections_expire(devices, now_ms);
        connections_reap(devices);
    }
    connections_expire(devices, INT64_MAX);
    connections_reap(devices);
}

static int create_devices(struct devices *devices)
{
    const struct viz_devices_config *config = devices->config;
    for (uint32_t i = 0; i < config->devices; i++) {
        struct device *device = &devices->device[i];
        device->endpoint = ENDPOINT_LISTENER;
        device->devices = devices;
        device->session = viz_device_session_create(&(struct viz_device_session_params){
            .model = &config->model,
            .faults = &config->faults,
            .device = i,
            .outside = connections_outside(device),
        });
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = device};
        if (epoll_ctl(devices->epoll, EPOLL_CTL_ADD, device->fd, &event))
            return -errno;
        devices_schedule(device, 0);
    }
    return 0;
}

static int open_devices(struct devices *devices, struct viz_error *err)
{
    int ret = check_limit(devices, err);
    if (!ret)
        ret = open_ports(devices, err);
    if (ret)
        return ret;
    devices->epoll = epoll_create1(EPOLL_CLOEXEC);
    devices->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (devices->epoll < 0 || devices->spare_fd < 0)
        return viz_fail(err, -errno, "epoll: %s", strerror(errno));
    start_clock(devices);
    ret = create_devices(devices);
    return ret ? viz_fail(err, ret, "epoll: %s", strerror(-ret)) : 0;
}

static void destroy(struct devices *devices)
{
    close_listeners(devices);
    for (uint32_t i = 0; i < devices->config->devices; i++)
        viz_device_session_destroy(devices->device[i].session);
    if (devices->epoll >= 0)
        close(devices->epoll);
    if (devices->spare_fd >= 0)
        close(devices->spare_fd);
    free(devices->device);
    free(devices);
}

int viz_devices_run(const struct viz_devices_config *config,
                    const struct viz_devices_io *io, struct viz_error *err)
{
    struct devices *devices = viz_zalloc(sizeof(*devices));
    struct viz_device_sums total;
    devices->config = config;
    devices->io = io;
    devices->epoll = devices->spare_fd = -1;
    devices->device = viz_zalloc(config->devices * sizeof(*devices->device));
    for (uint32_t i = 0; i < config->devices; i++)
        devices->device[i].fd = -1;
    int ret = open_devices(devices, err);
    if (!ret) {
        say_ports(devices);
        run(devices);
        finish(devices);
        devices_total(devices, &total);
        if (io->counts)
            *io->counts = total.counts;
        ret = devices_report(devices, err);
    }
    destroy(devices);
    return ret;
}
