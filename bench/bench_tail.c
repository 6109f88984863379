/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many browsers that follow the live stream of a running `viz serve`: each opens a
 * WebSocket, asks for the newest 10 s in 900 columns, and looks at every message's header.
 * One JSON line.
 *
 *     bench_tail HOST PORT [BROWSERS] [SECONDS] [PID]     (100 for 10 s)
 *
 * newest_ms: from a message's newest row until it was here; oldest_ms: from the row that
 * waited longest, which came just after the newest row of the message before. Both clocks
 * count the same nanoseconds (CLOCK_MONOTONIC_RAW); their distance is taken from the
 * fastest message of all, so that its way counts as nothing. With PID, the processor time
 * of that process; "own" is that of this program, and the time of both is measured once
 * every browser has its first message.
 *
 * A browser lost data when a message began behind the end of what it held, or when it was
 * told to begin anew. */
#include <viz/alloc.h>
#include <viz/bytes.h>
#include <viz/error.h>
#include <viz/handshake.h>
#include <viz/histogram.h>
#include <viz/websocket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STREAMS 64
#define HEADER 48
#define LARGEST (1u << 20)
#define WARMUP_S 1.0
#define VIEW "{\"view\":{\"serial\":1,\"window_s\":10,\"px\":900}}"

/* What one browser holds of one stream. */
struct held {
    bool any;
    double newest_s, end_s; /* its newest row, and the left edge of its newest column */
};

struct bench;

struct browser {
    struct bench *bench;
    int fd;
    char key[VIZ_HANDSHAKE_KEY];
    struct viz_bytes header;  /* of the answer, until it is whole */
    struct viz_websocket *ws; /* NULL: the handshake is not over */
    struct held held[STREAMS];
    uint64_t messages, holes, resets;
    double arrived_s;
};

struct bench {
    const char *host, *port;
    long pid;
    uint32_t browsers, open, fed, ended;
    double seconds;
    int epoll;
    struct browser *browser;
    bool measuring;
    double offset_s; /* the smallest distance of the two clocks so far */
    uint64_t messages, texts, bytes;
    struct viz_histogram newest, oldest;
};

static double now_s(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench_tail: %s: %s\n", what, why);
    exit(1);
}

static uint64_t little(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

static double f64_at(const uint8_t *at)
{
    uint64_t bits = little(at, 8);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* User and system time of the server's threads. */
static double server_cpu_s(long pid)
{
    char path[64], text[1024];
    unsigned long user = 0, kernel = 0;
    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return NAN;
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = 0;
    const char *behind_name = strrchr(text, ')');
    if (!behind_name ||
        sscanf(behind_name, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
               &user, &kernel) != 2)
        return NAN;
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static void look_at(struct browser *browser, struct held *held, const uint8_t *at)
{
    struct bench *bench = browser->bench;
    bool reset = at[1] & 1;
    uint32_t count = (uint32_t)little(at + 8, 4);
    double first_s = f64_at(at + 16), step_s = f64_at(at + 24);
    double newest_s = f64_at(at + 40);
    double offset_s = browser->arrived_s - f64_at(at + 32);
    bool columns = at[0] == 1;
    if (offset_s < bench->offset_s)
        bench->offset_s = offset_s;
    if (held->any && reset)
        browser->resets++;
    if (held->any && !reset && columns && first_s > held->end_s + 1.5 * step_s)
        browser->holes++;
    if (bench->measuring && held->any && !reset) {
        double here_s = browser->arrived_s - bench->offset_s;
        viz_histogram_record(&bench->newest, (int64_t)((here_s - newest_s) * 1e9), 1);
        viz_histogram_record(&bench->oldest, (int64_t)((here_s - held->newest_s) * 1e9),
                             1);
    }
    held->any = true;
    held->newest_s = newest_s;
    if (columns && count)
        held->end_s = first_s + step_s * (count - 1);
}

static void take(void *context, enum viz_websocket_kind kind, const uint8_t *bytes,
                 size_t size)
{
    struct browser *browser = context;
    struct bench *bench = browser->bench;
    bench->bytes += bench->measuring ? size : 0;
    if (kind == VIZ_WEBSOCKET_TEXT) {
        bench->texts += bench->measuring;
        if (size > 15 && !memcmp(bytes, "{\"type\":\"error\"", 15))
            fail("the server", "it does not take the view");
        return;
    }
    if (size < HEADER || little(bytes + 2, 2) >= STREAMS || little(bytes + 4, 4) != 1)
        fail("a message", "its header is wrong");
    bench->messages += bench->measuring;
    bench->fed += !browser->messages++;
    look_at(browser, &browser->held[little(bytes + 2, 2)], bytes);
}

static void write_out(struct browser *browser)
{
    const uint8_t *bytes;
    size_t size;
    while ((size = viz_websocket_output(browser->ws, &bytes))) {
        ssize_t sent = send(browser->fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        viz_websocket_sent(browser->ws, (size_t)sent);
    }
}

/* The answer to the handshake, and what came with it. */
static void take_answer(struct browser *browser, const uint8_t *bytes, size_t size)
{
    struct viz_error err;
    size_t used = 0;
    viz_bytes_append(&browser->header, bytes, size);
    int ret =
        viz_handshake_response(browser->key, viz_bytes_first(&browser->header),
                               viz_bytes_size(&browser->header), &used, NULL, &err);
    if (ret < 0)
        fail("handshake", err.text);
    if (ret == 0)
        return;
    browser->ws = viz_websocket_create(
        &(struct viz_websocket_params){.role = VIZ_WEBSOCKET_CLIENT,
                                       .max_message = LARGEST,
                                       .context = browser,
                                       .message = take});
    browser->bench->open++;
    viz_websocket_send(browser->ws, VIZ_WEBSOCKET_TEXT, VIEW, strlen(VIEW));
    viz_bytes_drop(&browser->header, used);
    if (viz_bytes_size(&browser->header))
        viz_websocket_receive(browser->ws, viz_bytes_first(&browser->header),
                              viz_bytes_size(&browser->header));
}

static void read_in(struct browser *browser)
{
    static uint8_t bytes[1 << 16];
    ssize_t size = recv(browser->fd, bytes, sizeof(bytes), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        browser->bench->ended++;
        epoll_ctl(browser->bench->epoll, EPOLL_CTL_DEL, browser->fd, NULL);
        return;
    }
    browser->arrived_s = now_s(CLOCK_MONOTONIC_RAW);
    if (browser->ws)
        viz_websocket_receive(browser->ws, bytes, (size_t)size);
    else
        take_answer(browser, bytes, (size_t)size);
    if (browser->ws)
        write_out(browser);
}

static void dial(struct browser *browser, const struct addrinfo *address)
{
    struct bench *bench = browser->bench;
    char host[256], request[1024];
    int on = 1;
    browser->fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (browser->fd < 0 ||
        connect(browser->fd, address->ai_addr, address->ai_addrlen) < 0)
        fail("connect", strerror(errno));
    setsockopt(browser->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    snprintf(host, sizeof(host), "%s:%s", bench->host, bench->port);
    viz_handshake_make_key(browser->key);
    size_t size = viz_handshake_request(host, "/api/live", browser->key, request,
                                        sizeof(request));
    if (send(browser->fd, request, size, MSG_NOSIGNAL) != (ssize_t)size)
        fail("send", strerror(errno));
    fcntl(browser->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = browser};
    epoll_ctl(bench->epoll, EPOLL_CTL_ADD, browser->fd, &event);
}

/* Until the time is over or, with @fed, each browser has had a message. */
static void run(struct bench *bench, double until_s, bool fed)
{
    struct epoll_event events[64];
    while (now_s(CLOCK_MONOTONIC) < until_s &&
           !(fed && bench->fed == bench->browsers)) {
        int count = epoll_wait(bench->epoll, events, 64, 10);
        for (int i = 0; i < count; i++)
            read_in(events[i].data.ptr);
    }
}

static void print_histogram(const char *name, const struct viz_histogram *histogram)
{
    if (!histogram->count) {
        printf("\"%s\":null,", name);
        return;
    }
    printf("\"%s\":{\"p50\":%.2f,\"p99\":%.2f,\"max\":%.2f},", name,
           (double)viz_histogram_percentile(histogram, 50) * 1e-6,
           (double)viz_histogram_percentile(histogram, 99) * 1e-6,
           (double)histogram->max_ns * 1e-6);
}

static void report(const struct bench *bench, double seconds, double server_s,
                   double own_s)
{
    uint32_t holes = 0, anew = 0;
    for (uint32_t i = 0; i < bench->browsers; i++) {
        holes += bench->browser[i].holes > 0;
        anew += bench->browser[i].resets > 0;
    }
    printf("{\"bench\":\"tail\",\"browsers\":%u,\"opened\":%u,\"fed\":%u,\"ended\":%u,"
           "\"seconds\":%.2f,\"messages_per_s\":%.1f,\"texts_per_s\":%.1f,"
           "\"bytes_per_s\":%.0f,",
           bench->browsers, bench->open, bench->fed, bench->ended, seconds,
           (double)bench->messages / seconds, (double)bench->texts / seconds,
           (double)bench->bytes / seconds);
    print_histogram("newest_ms", &bench->newest);
    print_histogram("oldest_ms", &bench->oldest);
    printf("\"browsers_with_holes\":%u,\"browsers_begun_anew\":%u,", holes, anew);
    if (isfinite(server_s))
        printf("\"server_cpu_percent\":%.1f,", server_s / seconds * 100);
    printf("\"own_cpu_percent\":%.1f}\n", own_s / seconds * 100);
}

static void measure(struct bench *bench)
{
    run(bench, now_s(CLOCK_MONOTONIC) + 10, true);
    run(bench, now_s(CLOCK_MONOTONIC) + WARMUP_S, false);
    double server_s = server_cpu_s(bench->pid), own_s = now_s(CLOCK_PROCESS_CPUTIME_ID);
    double from_s = now_s(CLOCK_MONOTONIC);
    bench->measuring = true;
    run(bench, from_s + bench->seconds, false);
    bench->measuring = false;
    report(bench, now_s(CLOCK_MONOTONIC) - from_s, server_cpu_s(bench->pid) - server_s,
           now_s(CLOCK_PROCESS_CPUTIME_ID) - own_s);
}

int main(int argc, char **argv)
{
    struct bench *bench = viz_zalloc(sizeof(*bench));
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *address;
    if (argc < 3)
        fail("arguments", "HOST PORT [BROWSERS] [SECONDS] [PID]");
    bench->host = argv[1];
    bench->port = argv[2];
    bench->browsers = argc > 3 ? (uint32_t)atoi(argv[3]) : 100;
    bench->seconds = argc > 4 ? atof(argv[4]) : 10;
    bench->pid = argc > 5 ? atol(argv[5]) : -1;
    bench->offset_s = INFINITY;
    bench->epoll = epoll_create1(EPOLL_CLOEXEC);
    bench->browser = viz_zalloc(bench->browsers * sizeof(bench->browser[0]) + 1);
    int ret = getaddrinfo(bench->host, bench->port, &hints, &address);
    if (ret)
        fail(bench->host, gai_strerror(ret));
    for (uint32_t i = 0; i < bench->browsers; i++) {
        bench->browser[i].bench = bench;
        dial(&bench->browser[i], address);
        run(bench, 0, false);
    }
    freeaddrinfo(address);
    measure(bench);
    for (uint32_t i = 0; i < bench->browsers; i++) {
        viz_websocket_destroy(bench->browser[i].ws);
        viz_bytes_finish(&bench->browser[i].header);
        close(bench->browser[i].fd);
    }
    bool good = bench->fed == bench->browsers && !bench->ended;
    close(bench->epoll);
    free(bench->browser);
    free(bench);
    return good ? 0 : 1;
}
