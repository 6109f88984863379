/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The web thread serves while workers answer, browsers ask and leave, a WebSocket echoes,
 * and another thread reads the counts and wakes it: what they share, they may share. On
 * each backend. */
#include "../web_echo.h"

#include <viz/clock.h>
#include <viz/thread.h>
#include <viz/web.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ASKED 300
#define CLIENTS 3

struct shared {
    struct viz_web *web;
    struct viz_error err;
    struct viz_web_socket *socket;
    uint64_t answered[2]; /* by each worker: its own memory */
    _Atomic uint32_t workers;
    atomic_bool stop, failed;
};

static void answer(void *context, const struct viz_web_request *request,
                   struct viz_web_answer *out)
{
    (void)context;
    ++*(uint64_t *)request->worker;
    out->body = strdup(request->argument[0]);
}

static void *open_worker(void *context)
{
    struct shared *shared = context;
    return &shared->answered[atomic_fetch_add(&shared->workers, 1)];
}

static void *run_web(void *argument)
{
    struct shared *shared = argument;
    while (!atomic_load(&shared->stop))
        if (viz_web_step(shared->web, -1, &shared->err) < 0) {
            atomic_store(&shared->failed, true);
            return NULL;
        }
    return NULL;
}

static int dial(const struct shared *shared)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons(viz_web_port(shared->web))};
    struct timeval limit = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    return connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -1 : fd;
}

/* Whether what comes ends with @words, within the limit of the socket. */
static bool await(int fd, const char *words)
{
    char bytes[4096];
    size_t held = 0, length = strlen(words);
    while (held < sizeof(bytes)) {
        ssize_t got = recv(fd, bytes + held, sizeof(bytes) - held, 0);
        if (got <= 0)
            return false;
        held += (size_t)got;
        if (held >= length && memcmp(bytes + held - length, words, length) == 0)
            return true;
    }
    return false;
}

static bool ask(struct shared *shared, int fd, int number)
{
    char request[128], expected[32];
    int size = snprintf(request, sizeof(request),
                        "GET /w/n%d HTTP/1.1\r\nHost: localhost\r\n\r\n", number);
    snprintf(expected, sizeof(expected), "\r\n\r\nn%d", number);
    viz_web_wake(shared->web);
#define X(name, help) (void)viz_counted(&viz_web_counts(shared->web)->name);
    VIZ_WEB_COUNTS(X)
#undef X
    return send(fd, request, (size_t)size, MSG_NOSIGNAL) == size && await(fd, expected);
}

static bool echo(struct shared *shared)
{
    static const char hello[] =
        "GET /l HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        "\x81\x85\0\0\0\0hello";
    int fd = dial(shared);
    ssize_t sent = send(fd, hello, sizeof(hello) - 1, MSG_NOSIGNAL);
    bool right = sent == sizeof(hello) - 1 && await(fd, "\x81\x05hello");
    close(fd);
    return right;
}

static bool browse(struct shared *shared)
{
    int fd[CLIENTS];
    bool right = true;
    for (int i = 0; i < CLIENTS; i++)
        fd[i] = dial(shared);
    for (int i = 0; i < ASKED && right; i++)
        right = ask(shared, fd[i % CLIENTS], i) && (i % 100 || echo(shared));
    for (int i = 0; i < CLIENTS; i++)
        close(fd[i]);
    int leaving = dial(shared); /* while a worker has its question */
    right = right && send(leaving, "GET /w/1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 38,
                          MSG_NOSIGNAL) == 38;
    close(leaving);
    return right;
}

static bool try_backend(bool epoll)
{
    static const struct viz_web_route route = {
        .method = VIZ_WEB_GET, .path = "/w/{id}", .answer = answer};
    struct shared shared = {0};
    pthread_t thread;
    bool right = false;
    struct viz_clock *clock = viz_clock_create(true);
    struct viz_web_params params = {
        .host = "127.0.0.1",
        .workers = 2,
        .route = &route,
        .routes = 1,
        .context = &shared,
        .live_path = "/l",
        .live = web_echo,
        .worker_open = open_worker,
        .clock = clock,
        .epoll = epoll,
    };
    if (viz_web_create(&params, &shared.web, &shared.err) == 0 &&
        viz_thread_start(&thread, "viz:web", run_web, &shared, &shared.err) == 0) {
        right = browse(&shared);
        atomic_store(&shared.stop, true);
        viz_web_wake(shared.web);
        pthread_join(thread, NULL);
        right = right && !atomic_load(&shared.failed);
    }
    viz_web_destroy(shared.web);
    viz_clock_destroy(clock);
    if (!right)
        fprintf(stderr, "tsan_web: wrong on %s: %s\n", epoll ? "epoll" : "io_uring",
                shared.err.text);
    return right && shared.answered[0] + shared.answered[1] >= ASKED;
}

int main(void)
{
    bool ring = try_backend(false);
    return ring && try_backend(true) ? 0 : 1;
}
