/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the server share: one on a port of the kernel's choice, stepped in the
 * test's own thread on a clock that stands still, and clients that write bytes to it. */
#ifndef VIZ_WEB_RIG_H
#define VIZ_WEB_RIG_H

#include "both_backends.h"

#include <viz/alloc.h>
#include <viz/web.h>

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define STEP_NS 10000000LL /* of one step that waits */
#define STEPS 1000         /* 10 s in all before a condition counts as never true */
#define SECOND_NS 1000000000LL
#define LARGE 100000
#define HUGE_ANSWER (16 << 20) /* more than the kernel takes for a client */
#define CLIENT_BYTES (1 << 18)
#define PAGE "<!doctype html><title>a page</title>"
#define SCRIPT "export const answer = 42;\n"

struct rig {
    struct viz_clock *clock;
    struct viz_web_params params;
    struct viz_web *web;
    struct viz_error err;
    struct viz_web_asset asset[3];
    uint8_t packed[3][256];
    sem_t begun, go; /* of /api/slow */
    uint32_t workers_opened, workers_closed, called_off;
    /* the live stream's end */
    struct viz_web_socket *socket;
    bool refuse, echo;
    char said[8192];
    size_t said_size;
    uint32_t opened, closed;
};

struct client {
    int fd;
    char bytes[CLIENT_BYTES + 1];
    size_t size;
    bool ended;
};

/* ---- routes ---- */

static void answer_text(struct viz_web_answer *answer, const char *text)
{
    size_t size = strlen(text) + 1;
    answer->body = memcpy(viz_zalloc(size), text, size);
}

/* Everything that the handler was told. */
static void answer_told(void *context, const struct viz_web_request *request,
                        struct viz_web_answer *answer)
{
    char text[2048];
    size_t used = (size_t)snprintf(
        text, sizeof(text), "%d %s [%s] [%s] [%s]%s%s", (int)request->method,
        request->path, request->argument[0] ? request->argument[0] : "-",
        request->argument[1] ? request->argument[1] : "-", request->body,
        request->authorized ? " authorized" : "", request->worker ? " worker" : "");
    (void)context;
    const char *name;
    for (uint32_t i = 0; (name = viz_web_query_name(request, i)); i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, " %s=%s", name,
                                 viz_web_query(request, name));
    answer_text(answer, text);
}

static void answer_slow(void *context, const struct viz_web_request *request,
                        struct viz_web_answer *answer)
{
    struct rig *rig = context;
    sem_post(&rig->begun);
    sem_wait(&rig->go);
    answer_told(context, request, answer);
}

/* Until it is called off. */
static void answer_endless(void *context, const struct viz_web_request *request,
                           struct viz_web_answer *answer)
{
    struct rig *rig = context;
    sem_post(&rig->begun);
    while (!viz_cancelled(request->cancelled))
        sched_yield();
    __atomic_add_fetch(&rig->called_off, 1, __ATOMIC_SEQ_CST);
    answer_told(context, request, answer);
}

static void answer_large(void *context, const struct viz_web_request *request,
                         struct viz_web_answer *answer)
{
    (void)context;
    (void)request;
    answer->body = viz_zalloc(LARGE);
    memset(answer->body, 'a', LARGE);
    answer->size = LARGE;
}

static void answer_huge(void *context, const struct viz_web_request *request,
                        struct viz_web_answer *answer)
{
    (void)context;
    (void)request;
    answer->body = viz_zalloc(HUGE_ANSWER);
    answer->size = HUGE_ANSWER;
}

static void answer_report(void *context, const struct viz_web_request *request,
                          struct viz_web_answer *answer)
{
    (void)context;
    (void)request;
    answer->type = "text/html; charset=utf-8";
    snprintf(answer->file, sizeof(answer->file), "../a \"b\".html");
    answer_text(answer, PAGE);
}

static void answer_refusal(void *context, const struct viz_web_request *request,
                           struct viz_web_answer *answer)
{
    (void)context;
    viz_web_refuse(answer, 400, "unknown parameter \"%s\\\"",
                   viz_web_query_name(request, 0));
}

static void answer_busy(void *context, const struct viz_web_request *request,
                        struct viz_web_answer *answer)
{
    (void)context;
    (void)request;
    viz_web_refuse(answer, 503, "another writes");
}

static const struct viz_web_route rig_routes[] = {
    {VIZ_WEB_GET, "/api/here", false, true, false, answer_told, NULL},
    {VIZ_WEB_GET, "/api/runs", false, false, false, answer_told, NULL},
    {VIZ_WEB_POST, "/api/runs", false, false, false, answer_told, NULL},
    {VIZ_WEB_GET, "/api/runs/{id}", false, false, false, answer_told, NULL},
    {VIZ_WEB_DELETE, "/api/runs/{id}", true, false, false, answer_told, NULL},
    {VIZ_WEB_PUT, "/api/runs/{id}/tags/{tag}", true, false, false, answer_told, NULL},
    {VIZ_WEB_GET, "/api/slow", false, false, false, answer_slow, NULL},
    {VIZ_WEB_GET, "/api/slower", false, false, true, answer_slow, NULL},
    {VIZ_WEB_GET, "/api/endless", false, false, true, answer_endless, NULL},
    {VIZ_WEB_GET, "/api/large", false, false, false, answer_large, NULL},
    {VIZ_WEB_GET, "/api/huge", false, false, false, answer_huge, NULL},
    {VIZ_WEB_GET, "/api/report", false, false, false, answer_report, NULL},
    {VIZ_WEB_GET, "/api/refusal", false, false, false, answer_refusal, NULL},
    {VIZ_WEB_GET, "/api/busy", false, false, false, answer_busy, NULL},
};

/* ---- the server ---- */

static void *rig_worker_open(void *context)
{
    struct rig *rig = context;
    __atomic_add_fetch(&rig->workers_opened, 1, __ATOMIC_SEQ_CST);
    return rig;
}

static void rig_worker_close(void *context, void *worker)
{
    struct rig *rig = context;
    cr_assert_eq(worker, rig);
    __atomic_add_fetch(&rig->workers_closed, 1, __ATOMIC_SEQ_CST);
}

static void *rig_opened(void *context, struct viz_web_socket *socket)
{
    struct rig *rig = context;
    rig->opened++;
    rig->socket = socket;
    return rig->refuse ? NULL : rig;
}

static void rig_text(void *context, void *client, const char *bytes, size_t size)
{
    struct rig *rig = context;
    cr_assert_eq(client, rig);
    cr_assert_leq(rig->said_size + size, sizeof(rig->said));
    memcpy(rig->said + rig->said_size, bytes, size);
    rig->said_size += size;
    if (rig->echo)
        cr_assert(viz_web_send(rig->socket, false, bytes, size));
}

static void rig_closed(void *context, void *client)
{
    struct rig *rig = context;
    cr_assert_eq(client, rig);
    rig->closed++;
    rig->socket = NULL;
}

static inline void rig_asset(struct rig *rig, uint32_t at, const char *path,
                             const char *type, const char *text, const char *etag)
{
    z_stream stream = {.next_in = (Bytef *)text, .avail_in = (uInt)strlen(text)};
    cr_assert_eq(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_out = rig->packed[at];
    stream.avail_out = sizeof(rig->packed[at]);
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    rig->asset[at] = (struct viz_web_asset){.path = path,
                                            .type = type,
                                            .gzip = rig->packed[at],
                                            .gzip_size = stream.total_out,
                                            .size = strlen(text),
                                            .etag = etag};
    deflateEnd(&stream);
}

static inline void rig_init(struct rig *rig, bool epoll)
{
    memset(rig, 0, sizeof(*rig));
    rig->clock = viz_clock_create_fake(SECOND_NS);
    sem_init(&rig->begun, 0, 0);
    sem_init(&rig->go, 0, 0);
    rig_asset(rig, 0, "/index.html", "text/html; charset=utf-8", PAGE, "\"page\"");
    rig_asset(rig, 1, "/app-ZHCSUJOJ.js", "text/javascript", SCRIPT, "\"script\"");
    rig_asset(rig, 2, "/table-keyboard.js", "text/javascript", SCRIPT, "\"table\"");
    rig->params = (struct viz_web_params){
        .host = "127.0.0.1",
        .route = rig_routes,
        .routes = sizeof(rig_routes) / sizeof(rig_routes[0]),
        .context = rig,
        .asset = rig->asset,
        .assets = 3,
        .live_path = "/api/live",
        .live = {rig, rig_opened, rig_text, rig_closed},
        .worker_open = rig_worker_open,
        .worker_close = rig_worker_close,
        .clock = rig->clock,
        .epoll = epoll,
    };
}

static inline void rig_create(struct rig *rig)
{
    int ret = viz_web_create(&rig->params, &rig->web, &rig->err);
    cr_assert_eq(ret, 0, "%s", rig->err.text);
}

static inline void rig_step(struct rig *rig, int64_t timeout_ns)
{
    int ret = viz_web_step(rig->web, timeout_ns, &rig->err);
    cr_assert_eq(ret, 0, "%s", rig->err.text);
}

#define rig_step_until(rig, condition)                                                 \
    do {                                                                               \
        bool true_ = condition;                                                        \
        for (int steps_ = 0; steps_ < STEPS && !true_; steps_++) {                     \
            rig_step(rig, STEP_NS);                                                    \
            true_ = condition;                                                         \
        }                                                                              \
        cr_assert(true_, "never came true: %s", #condition);                           \
    } while (0)

static inline void rig_finish(struct rig *rig)
{
    viz_web_destroy(rig->web);
    cr_assert_eq(rig->workers_opened, rig->workers_closed);
    cr_assert_eq(rig->opened, rig->closed + (rig->refuse ? rig->opened : 0));
    viz_clock_destroy(rig->clock);
    sem_destroy(&rig->begun);
    sem_destroy(&rig->go);
}

static inline bool contains(const char *text, const char *words)
{
    return text && strstr(text, words);
}

#define rig_counted(rig, name) viz_counted(&viz_web_counts((rig)->web)->name)

/* ---- clients ---- */

static inline struct client *client_open(struct rig *rig)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons(viz_web_port(rig->web))};
    struct client *client = viz_zalloc(sizeof(*client));
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(client->fd, 0);
    cr_assert_eq(connect(client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

static inline void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client);
}

static inline void client_put(struct client *client, const void *bytes, size_t size)
{
    cr_assert_eq(send(client->fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

static inline void client_say(struct client *client, const char *text)
{
    client_put(client, text, strlen(text));
}

/* What has come by now. */
static inline void client_take(struct client *client)
{
    while (!client->ended && client->size < CLIENT_BYTES) {
        ssize_t got = recv(client->fd, client->bytes + client->size,
                           CLIENT_BYTES - client->size, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            return;
        client->ended = got <= 0;
        client->size += got > 0 ? (size_t)got : 0;
        client->bytes[client->size] = 0;
    }
}

static inline bool client_ended(struct client *client)
{
    client_take(client);
    return client->ended;
}

static inline void client_drop(struct client *client, size_t size)
{
    client->size -= size;
    memmove(client->bytes, client->bytes + size, client->size);
    client->bytes[client->size] = 0;
}

/* One answer: its header and body; taken out of what has come. */
struct answer {
    int status;
    char header[4096];
    char body[CLIENT_BYTES + 1];
    size_t size;
};

/* The value of a header, in a buffer that the next call uses again; NULL: not there. */
static inline const char *header_of(const struct answer *answer, const char *name)
{
    static char value[1024];
    size_t length = strlen(name);
    for (const char *at = strstr(answer->header, "\r\n"); at; at = strstr(at, "\r\n")) {
        at += 2;
        if (strncasecmp(at, name, length) != 0 || at[length] != ':')
            continue;
        at += length + 1 + strspn(at + length + 1, " ");
        snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"), at);
        return value;
    }
    return NULL;
}

static inline bool client_has_answer(struct client *client, bool head,
                                     struct answer *out)
{
    client_take(client);
    char *end = strstr(client->bytes, "\r\n\r\n");
    if (!end)
        return false;
    size_t size = (size_t)(end - client->bytes) + 4;
    cr_assert_lt(size, sizeof(out->header));
    memcpy(out->header, client->bytes, size);
    out->header[size] = 0;
    out->status = atoi(out->header + strlen("HTTP/1.1 "));
    const char *length = header_of(out, "Content-Length");
    bool empty = head || !length || out->status == 304 || out->status == 204;
    out->size = empty ? 0 : strtoul(length, NULL, 10);
    if (client->size < size + out->size)
        return false;
    memcpy(out->body, client->bytes + size, out->size);
    out->body[out->size] = 0;
    client_drop(client, size + out->size);
    return true;
}

static inline struct answer *client_await(struct rig *rig, struct client *client)
{
    static struct answer answer;
    rig_step_until(rig, client_has_answer(client, false, &answer));
    return &answer;
}

#define HOST "Host: 127.0.0.1\r\n"

/* One request on a connection of its own. Valid until the next. */
static inline struct answer *ask(struct rig *rig, const char *request)
{
    struct client *client = client_open(rig);
    client_say(client, request);
    struct answer *answer = client_await(rig, client);
    client_close(client);
    return answer;
}

static inline bool uring_works(void)
{
    struct rig rig;
    rig_init(&rig, false);
    rig_create(&rig);
    rig_step(&rig, 0);
    bool works = strcmp(viz_web_backend(rig.web), "io_uring") == 0;
    rig_finish(&rig);
    return works;
}

/* The test @name(rig), on each backend. */
#define BOTH(suite, name) ON_BOTH_BACKENDS(suite, name, false, epoll, true)

#endif
