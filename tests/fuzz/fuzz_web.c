/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes of a browser, given to the real server in pieces: what it answers begins as HTTP
 * does, and every connection ends once the browser has hung up and time has passed. The
 * same bytes as text go through the parsers of targets, names, origins, cookies and tokens.
 *
 * The first byte chooses the size of the pieces. */
#include "../../src/web/guard.h"
#include "../../src/web/web_state.h"
#include "../web_echo.h"

#include <viz/alloc.h>
#include <viz/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_INPUT 4096
#define STEPS 2000 /* of a millisecond at most */
#define STEP_NS 1000000
#define PATIENCE 20 /* steps without an end until the limits of time are tried */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(void *context, const struct viz_web_request *request,
                   struct viz_web_answer *out)
{
    const char *name;
    (void)context;
    viz_assert(request->path[0] == '/' && viz_text_is_utf8(request->path));
    viz_assert(request->body[request->body_size] == 0);
    for (uint32_t i = 0; (name = viz_web_query_name(request, i)); i++)
        viz_assert(viz_text_is_utf8(viz_web_query(request, name)));
    viz_web_refuse(out, 400, "%s %s", request->path,
                   request->argument[0] ? request->argument[0] : "");
}

static struct viz_web *create_server(void)
{
    static const uint8_t nothing[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3,
                                      3,    0,    0, 0, 0, 0, 0, 0, 0, 0};
    static const struct viz_web_asset asset = {.path = "/index.html",
                                               .type = "text/html",
                                               .gzip = nothing,
                                               .gzip_size = sizeof(nothing),
                                               .size = 0,
                                               .etag = "\"0\""};
    static const struct viz_web_route routes[] = {
        {VIZ_WEB_GET, "/h", false, true, false, answer, NULL},
        {VIZ_WEB_GET, "/w/{id}", false, false, false, answer, NULL},
        {VIZ_WEB_POST, "/w", false, false, false, answer, NULL},
        {VIZ_WEB_PUT, "/w/{id}/{tag}", true, true, false, answer, NULL},
    };
    struct viz_error err;
    struct viz_web *web;
    int ret = viz_web_create(
        &(struct viz_web_params){.host = "127.0.0.1",
                                 .token = "t",
                                 .writable = true,
                                 .workers = 1,
                                 .route = routes,
                                 .routes = sizeof(routes) / sizeof(routes[0]),
                                 .asset = &asset,
                                 .assets = 1,
                                 .live_path = "/l",
                                 .live = web_echo,
                                 .clock = viz_clock_create_fake(0),
                                 .epoll = true},
        &web, &err);
    viz_assert(ret == 0);
    return web;
}

/* The browser's and the server's end. */
static int connect_pair(struct viz_web *web)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int pair[2];
    viz_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    viz_assert(MHD_add_connection(web->daemon, pair[1],
                                  (const struct sockaddr *)&address,
                                  sizeof(address)) == MHD_YES);
    web->run = true;
    return pair[0];
}

/* Sees that what comes first is HTTP. */
static void read_answers(int fd, size_t *seen)
{
    char bytes[4096];
    ssize_t got;
    while ((got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
        if (*seen == 0)
            viz_assert(got >= 9 && memcmp(bytes, "HTTP/1.", 7) == 0);
        *seen += (size_t)got;
    }
}

static void step(struct viz_web *web, int64_t timeout_ns)
{
    struct viz_error err;
    viz_assert(viz_web_step(web, timeout_ns, &err) == 0);
}

static void browse(struct viz_web *web, const uint8_t *data, size_t size, size_t piece)
{
    int fd = connect_pair(web);
    size_t seen = 0;
    while (size) {
        size_t part = piece && piece < size ? piece : size;
        if (send(fd, data, part, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)part)
            break; /* the server has had enough */
        step(web, 0);
        read_answers(fd, &seen);
        data += part;
        size -= part;
    }
    (void)shutdown(fd, SHUT_WR);
    for (int i = 0; i < STEPS && web->peer_count; i++) {
        if (i % PATIENCE == PATIENCE - 1)
            viz_clock_advance((struct viz_clock *)web->params.clock,
                              61 * VIZ_WEB_SECOND);
        step(web, STEP_NS);
        read_answers(fd, &seen);
    }
    viz_assert(web->peer_count == 0 && web->socket_count == 0);
    close(fd);
}

static void check_target(const char *text)
{
    struct viz_web_target target;
    const char *argument[2] = {NULL, NULL};
    if (viz_web_target_parse(text, &target, NULL) == 0) {
        viz_assert(target.path[0] == '/' && viz_text_is_utf8(target.path));
        viz_assert(target.segments && target.segments <= VIZ_WEB_SEGMENTS + 1);
        for (uint32_t i = 0; i < target.parameters; i++)
            viz_assert(strlen(target.name[i]) + strlen(target.value[i]) < strlen(text));
        if (viz_web_target_matches(&target, "/a/{b}/{c}", argument))
            viz_assert(*argument[0] && *argument[1]);
    }
    viz_web_target_finish(&target);
}

static void parse(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"name"};
    char *text = viz_zalloc(size + 1), value[16], etag[VIZ_WEB_ETAG];
    memcpy(text, data, size);
    check_target(text);
    if (viz_web_host_is_ours(text, names, 1))
        viz_assert(!strchr(text, '/') && !strchr(text, '@'));
    viz_assert(!viz_web_origin_is_ours(text, "") && !viz_web_same_secret(text, ""));
    for (uint32_t i = 0; i < 3; i++)
        if (viz_web_cookie(text, "viz", i, value, sizeof(value)))
            viz_assert(strstr(text, "viz=") && !strchr(value, ';'));
    if (viz_web_token_of(text, value, sizeof(value)))
        viz_assert(strlen(value) < sizeof(value) && strstr(text, "\"token\""));
    (void)viz_web_takes_gzip(text);
    viz_web_etag(text, size, etag);
    viz_assert(viz_web_has_etag(etag, etag) && !viz_web_has_etag("", etag));
    (void)viz_web_has_etag(text, etag);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct viz_web *web;
    if (!web)
        web = create_server();
    if (!size)
        return 0;
    size_t piece = *data++;
    if (--size > MAX_INPUT)
        size = MAX_INPUT;
    parse(data, size);
    browse(web, data, size, size / 64 > piece ? size / 64 : piece);
    return 0;
}
