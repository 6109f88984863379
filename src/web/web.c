/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web_state.h"

#include <viz/alloc.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Half of it is for reading a header; parameters and cookies take a multiple of their size. */
#define CONNECTION_BYTES (8 * (size_t)VIZ_WEB_HEADER_BYTES)
#define CONNECTIONS 65536 /* the listener has the real limit */
#define SWEEP_NS (VIZ_WEB_SECOND / 4)
#define GOODBYE_RUNS 8 /* of the daemon, until its connections are gone */

/* What libmicrohttpd refuses by itself it only tells its log, "... HTTP response code is %u
 * ...", and not whose request it was: so only the answer to a header that is whole can be
 * made ours. */
static void take_log(void *context, const char *format, va_list arguments)
{
    struct viz_web *web = context;
    if (!strstr(format, "HTTP response code is %u"))
        return;
    unsigned status = va_arg(arguments, unsigned);
    if (status == MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE ||
        status == MHD_HTTP_URI_TOO_LONG || status == MHD_HTTP_CONTENT_TOO_LARGE)
        viz_count(&web->counts.refused_size, 1);
    else if (status < 500 || status == MHD_HTTP_HTTP_VERSION_NOT_SUPPORTED)
        viz_count(&web->counts.refused_form, 1);
    if (status >= 400 && status < 500)
        viz_count(&web->counts.answers_client, 1);
    else
        viz_count(&web->counts.answers_server, 1);
    viz_web_refuse_unseen(web, status);
}

/* They are decoded by us. */
static size_t leave_encoded(void *context, struct MHD_Connection *connection,
                            char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static void take_daemon(void *context)
{
    struct viz_web *web = context;
    web->run = true;
}

static int start_daemon(struct viz_web *web, struct viz_error *err)
{
    web->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_UPGRADE | MHD_ALLOW_SUSPEND_RESUME |
            MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG,
        0, NULL, NULL, viz_web_serve, web, MHD_OPTION_EXTERNAL_LOGGER, take_log, web,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_NOTIFY_CONNECTION,
        viz_web_peer_notify, web, MHD_OPTION_URI_LOG_CALLBACK, viz_web_begin_request,
        web, MHD_OPTION_NOTIFY_COMPLETED, viz_web_end_request, web,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, web, MHD_OPTION_END);
    if (!web->daemon)
        return viz_fail(err, -EIO, "libmicrohttpd %s does not start",
                        MHD_get_version());
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    web->daemon_watch = (struct viz_web_watch){.context = web, .ready = take_daemon};
    int ret = viz_web_loop_add(web->loop, info->epoll_fd, false, &web->daemon_watch);
    if (ret < 0)
        return viz_fail(err, ret, "watching libmicrohttpd: %s", strerror(-ret));
    web->run = true;
    return 0;
}

static void copy_routes(struct viz_web *web)
{
    size_t size = web->params.routes * sizeof(web->route[0]);
    web->route = viz_zalloc(size);
    if (size)
        memcpy(web->route, web->params.route, size);
    web->params.route = web->route;
}

int viz_web_create(const struct viz_web_params *params, struct viz_web **out,
                   struct viz_error *err)
{
    struct viz_web *web = viz_zalloc(sizeof(*web));
    web->params = *params;
    web->listener.fd = web->listener.name = -1;
    copy_routes(web);
    int ret = viz_web_loop_create(params->epoll, &web->loop, err);
    if (ret == 0)
        ret = viz_web_listen(web, err);
    if (ret == 0)
        viz_web_login_init(web);
    if (ret == 0)
        ret = start_daemon(web, err);
    if (ret == 0)
        ret = viz_web_workers_create(&web->params, web->loop, &web->workers, err);
    if (ret == 0)
        *out = web;
    else
        viz_web_destroy(web);
    return ret;
}

/* ---- stepping ---- */

static void take_answers(struct viz_web *web)
{
    struct viz_web_job *job;
    while ((job = viz_web_workers_take(web->workers))) {
        MHD_resume_connection(job->peer->connection);
        web->run = true;
    }
}

static void run_daemon(struct viz_web *web)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    if (!web->run)
        return;
    (void)MHD_run(web->daemon);
    web->run = MHD_get_timeout(web->daemon, &wait_ms) == MHD_YES && wait_ms == 0;
}

static int64_t earlier(int64_t timeout_ns, int64_t other_ns)
{
    if (other_ns < 0)
        other_ns = 0;
    return timeout_ns < 0 || other_ns < timeout_ns ? other_ns : timeout_ns;
}

/* How long nothing needs us. */
static int64_t patience(const struct viz_web *web, int64_t timeout_ns)
{
    const struct viz_web_listener *listener = &web->listener;
    int64_t now_ns = viz_web_now(web);
    if (web->run || web->touched || (listener->ready && !listener->paused_until_ns))
        return 0;
    if (listener->paused_until_ns)
        timeout_ns = earlier(timeout_ns, listener->paused_until_ns - now_ns);
    if (web->peers)
        timeout_ns = earlier(timeout_ns, web->swept_ns + SWEEP_NS - now_ns);
    return timeout_ns;
}

static void sweep(struct viz_web *web)
{
    int64_t now_ns = viz_web_now(web);
    if (now_ns - web->swept_ns < SWEEP_NS)
        return;
    web->swept_ns = now_ns;
    viz_web_peers_sweep(web, now_ns);
    viz_web_jobs_sweep(web);
    viz_web_sockets_sweep(web, now_ns);
}

int viz_web_step(struct viz_web *web, int64_t timeout_ns, struct viz_error *err)
{
    viz_web_sockets_step(web); /* what was sent since the last step */
    int ret = viz_web_loop_wait(web->loop, patience(web, timeout_ns));
    if (ret < 0)
        return viz_fail(err, ret, "waiting for browsers: %s", strerror(-ret));
    viz_web_accept(web);
    take_answers(web);
    sweep(web);
    run_daemon(web);
    viz_web_sockets_step(web);
    return 0;
}

void viz_web_wake(struct viz_web *web)
{
    viz_web_loop_wake(web->loop);
}

/* Everything that libmicrohttpd would wait for is given back to it first: suspended
 * connections and upgraded ones. */
static void stop_daemon(struct viz_web *web)
{
    web->ending = true;
    viz_web_sockets_end(web);
    take_answers(web);
    for (int i = 0; i < GOODBYE_RUNS && web->peers; i++) {
        (void)MHD_run(web->daemon);
        take_answers(web);
    }
    viz_web_sockets_end(web);
    MHD_stop_daemon(web->daemon);
}

void viz_web_destroy(struct viz_web *web)
{
    if (!web)
        return;
    viz_web_workers_stop(web->workers);
    if (web->daemon)
        stop_daemon(web);
    if (web->loop)
        viz_web_listener_finish(web);
    viz_web_workers_destroy(web->workers);
    viz_web_loop_destroy(web->loop);
    free(web->route);
    free(web);
}

/* ---- what it is ---- */

uint16_t viz_web_port(const struct viz_web *web)
{
    return web->listener.port;
}

const char *viz_web_host(const struct viz_web *web)
{
    return web->listener.host;
}

const char *viz_web_path(const struct viz_web *web)
{
    return web->listener.unix_domain ? web->listener.path : NULL;
}

const char *viz_web_backend(const struct viz_web *web)
{
    return viz_web_loop_name(web->loop);
}

const struct viz_web_counts *viz_web_counts(const struct viz_web *web)
{
    return &web->counts;
}

uint32_t viz_web_sockets(const struct viz_web *web)
{
    return web->socket_count;
}
