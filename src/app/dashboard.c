/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dashboard_state.h"

#include <viz/alloc.h>
#include <viz/role.h>
#include <viz/thread.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000

void dashboard_say(const struct dashboard *dashboard, const char *sentence)
{
    if (dashboard->io->say)
        dashboard->io->say(dashboard->io->context, sentence);
}

/* ---- what may be together ---- */

static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* Of a socket that was handed over: its own address decides. */
static bool is_local(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof(address);
    char text[INET6_ADDRSTRLEN] = "";
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return false;
    if (address.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&address)->sin_addr, text,
                  sizeof(text));
    if (address.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&address)->sin6_addr, text,
                  sizeof(text));
    return address.ss_family == AF_UNIX || is_loopback(text);
}

static const char *address_of(const struct viz_serve_config *config)
{
    return strcmp(config->host, "localhost") ? config->host : "127.0.0.1";
}

int viz_dashboard_check(const struct viz_serve_config *config, struct viz_error *err)
{
    const char *host = address_of(config);
    struct in6_addr address;
    if (inet_pton(AF_INET, host, &address) != 1 &&
        inet_pton(AF_INET6, host, &address) != 1)
        return viz_fail(err, -EINVAL,
                        "--host %s: expected an address of this machine, as in "
                        "127.0.0.1, ::1 or 0.0.0.0",
                        host);
    if (config->allow_write && !config->token_file)
        return viz_fail(
            err, -EINVAL,
            "--allow-write needs --token-file FILE: who may change runs has "
            "to show its token");
    if (!is_loopback(host) && !config->token_file && !config->no_auth)
        return viz_fail(
            err, -EINVAL,
            "--host %s lets everybody on the network read every run and the "
            "live stream: add --token-file FILE so that they need its token, "
            "or --no-auth if that is meant",
            host);
    return 0;
}

/* ---- workers ---- */

static void *open_worker(void *context)
{
    return viz_api_worker_open(context);
}

static void close_worker(void *context, void *worker)
{
    (void)context;
    viz_api_worker_close(worker);
}

/* ---- viz:web ---- */

static bool send_live(void *socket, bool binary, const void *bytes, size_t size)
{
    return viz_web_send(socket, binary, bytes, size);
}

static size_t waiting_live(void *socket)
{
    return viz_web_waiting(socket);
}

static void *open_client(void *context, struct viz_web_socket *socket)
{
    struct dashboard *dashboard = context;
    return viz_live_open(dashboard->live, socket, viz_clock_now(dashboard->clock));
}

static void take_text(void *context, void *client, const char *bytes, size_t size)
{
    struct dashboard *dashboard = context;
    viz_live_text(dashboard->live, client, bytes, size,
                  viz_clock_now(dashboard->clock));
}

static void close_client(void *context, void *client)
{
    viz_live_close(((struct dashboard *)context)->live, client);
}

static void say_backend(const struct dashboard *dashboard)
{
    const char *backend = viz_web_backend(dashboard->web);
    char text[256];
    if (!strcmp(backend, "io_uring"))
        return;
    snprintf(text, sizeof(text), "browsers are served with %s", backend);
    dashboard_say(dashboard, text);
}

/* What the main thread has found in the token's file. */
static void take_token(struct dashboard *dashboard)
{
    if (!atomic_load_explicit(&dashboard->next_token, memory_order_relaxed))
        return;
    /* Pairs with the exchange in dashboard_watch.c. */
    char *token = atomic_exchange(&dashboard->next_token, NULL);
    if (!token)
        return;
    strcpy(dashboard->token, token);
    free(token);
    viz_web_set_token(dashboard->web, dashboard->token);
}

static int serve(struct dashboard *dashboard, struct viz_error *err) VIZ_ON(render)
{
    int64_t refine_ns = 0;
    int ret = viz_web_step(dashboard->web, 0, err);
    if (ret == 0)
        say_backend(dashboard);
    while (ret == 0 && !atomic_load_explicit(&dashboard->stop, memory_order_relaxed)) {
        int64_t now_ns = viz_clock_now(dashboard->clock);
        int64_t next_ns = now_ns + SECOND_NS;
        if (now_ns >= refine_ns) {
            viz_clock_refine(dashboard->clock);
            refine_ns = now_ns + SECOND_NS;
        }
        take_token(dashboard);
        if (dashboard->live)
            next_ns = viz_live_step(dashboard->live, now_ns);
        int64_t left_ns = next_ns - viz_clock_now(dashboard->clock);
        ret = viz_web_step(dashboard->web, left_ns > 0 ? left_ns : 0, err);
    }
    return ret;
}

static void *run_web(void *argument)
{
    struct dashboard *dashboard = argument;
    viz_role_assume_render(); /* readers and series are of the thread that shows them */
    struct viz_error err;
    if (serve(dashboard, &err) < 0) {
        dashboard->error = err;
        /* Pairs with the acquire in dashboard_watch.c. */
        atomic_store_explicit(&dashboard->failed, true, memory_order_release);
    }
    return NULL;
}

/* ---- the main thread ---- */

static int open_token(struct dashboard *dashboard, struct viz_error *err)
{
    const char *path = dashboard->config->token_file;
    char sentence[VIZ_ERROR_TEXT];
    if (!path)
        return 0;
    int ret = dashboard_token(path, dashboard->token, err);
    if (ret > 0) {
        snprintf(sentence, sizeof(sentence), "wrote a new token to %s", path);
        dashboard_say(dashboard, sentence);
    }
    return ret < 0 ? ret : 0;
}

static int open_store_path(struct dashboard *dashboard, struct viz_error *err)
{
    if (!dashboard->config->db)
        return viz_store_default(dashboard->db, sizeof(dashboard->db), err);
    snprintf(dashboard->db, sizeof(dashboard->db), "%s", dashboard->config->db);
    return 0;
}

static int open_live(struct dashboard *dashboard, struct viz_error *err)
{
    if (!dashboard->view->sources)
        return 0;
    int ret = viz_sources_create(dashboard->view, &dashboard->streams, dashboard->clock,
                                 &dashboard->sources, err);
    if (ret < 0)
        return ret;
    dashboard->live = viz_live_create(&(struct viz_live_params){
        .streams = &dashboard->streams,
        .sources = dashboard->sources,
        .clock = dashboard->clock,
        .history_s = dashboard->view->history_s,
        .send = send_live,
        .waiting = waiting_live,
        .said = dashboard->io->say,
        .context = dashboard->io->context,
    });
    return 0;
}

/* How many connections there may be, or a negative errno. */
static int fit_connections(const struct dashboard *dashboard, struct viz_error *err)
{
    uint32_t connections;
    int ret = dashboard_fit_connections(dashboard->config, dashboard->view->sources,
                                        dashboard_files_limit(), &connections, err);
    if (ret > 0)
        dashboard_say(dashboard, err->text);
    return ret < 0 ? ret : (int)connections;
}

/* systemd's socket, or 0. */
static int take_socket(const struct viz_serve_config *config, struct viz_error *err)
{
    int fd = viz_web_activation(err);
    if (fd <= 0 || config->token_file || config->no_auth || is_local(fd))
        return fd;
    return viz_fail(
        err, -EINVAL,
        "the socket that was handed over is one that others reach: add "
        "--token-file FILE, or --no-auth if everybody may read every run and "
        "the live stream");
}

/* Where there is a live stream its path is no route. */
static void answer_no_live(void *context, const struct viz_web_request *request,
                           struct viz_web_answer *answer)
{
    (void)context;
    if (viz_web_no_query(request, answer))
        viz_web_refuse(answer, 404, "nothing is live: this server has no SOURCE");
}

static int open_web(struct dashboard *dashboard, struct viz_error *err)
{
    const struct viz_serve_config *config = dashboard->config;
    const struct viz_web_route own[] = {
        {VIZ_WEB_GET, "/api/health", false, true, false, dashboard_health, dashboard},
        {VIZ_WEB_GET, "/metrics", false, true, false, dashboard_metrics, dashboard},
        {VIZ_WEB_GET, "/api/live", false, true, false, answer_no_live, NULL},
    };
    uint32_t count = sizeof(own) / sizeof(own[0]) - (dashboard->live ? 1 : 0);
    int connections = fit_connections(dashboard, err);
    if (connections < 0)
        return connections;
    int listen_fd = take_socket(config, err);
    if (listen_fd < 0)
        return listen_fd;
    struct viz_web_route *route =
        viz_zalloc((count + viz_api_route_count) * sizeof(route[0]));
    memcpy(route, own, count * sizeof(own[0]));
    memcpy(route + count, viz_api_routes, viz_api_route_count * sizeof(route[0]));
    struct viz_web_params params = {
        .host = address_of(config),
        .port = (uint16_t)config->port,
        .listen_fd = listen_fd,
        .names = config->name,
        .name_count = config->names,
        .token = *dashboard->token ? dashboard->token : NULL,
        .closed = *dashboard->token && !config->no_auth,
        .writable = config->allow_write,
        .workers = config->workers,
        .max_connections = (uint32_t)connections,
        .route = route,
        .routes = count + viz_api_route_count,
        .live_path = dashboard->live ? "/api/live" : NULL,
        .live = {dashboard, open_client, take_text, close_client},
        .context = dashboard->api,
        .worker_open = open_worker,
        .worker_close = close_worker,
        .clock = dashboard->clock,
    };
    params.asset = viz_web_assets(&params.assets);
    int ret = viz_web_create(&params, &dashboard->web, err);
    free(route);
    return ret;
}

static int open_dashboard(struct dashboard *dashboard, struct viz_error *err)
{
    dashboard->clock = viz_clock_create(true);
    dashboard->started_ns = viz_clock_now(dashboard->clock);
    int ret = open_token(dashboard, err);
    if (ret == 0)
        ret = open_store_path(dashboard, err);
    if (ret == 0)
        ret = open_live(dashboard, err);
    if (ret < 0)
        return ret;
    dashboard->api = viz_api_create(&(struct viz_api_params){
        .db = dashboard->db, .writable = dashboard->config->allow_write});
    return open_web(dashboard, err);
}

/* "serving http://127.0.0.1:8050/", and what others should know of it. */
static void say_where(const struct dashboard *dashboard)
{
    const struct viz_serve_config *config = dashboard->config;
    const char *host = viz_web_host(dashboard->web);
    bool six = strchr(host, ':') != NULL;
    const char *path = viz_web_path(dashboard->web);
    char where[200], text[PATH_MAX + 300];
    if (path)
        snprintf(where, sizeof(where), "the local socket %s", path);
    else
        snprintf(where, sizeof(where), "http://%s%s%s:%u/", six ? "[" : "", host,
                 six ? "]" : "", viz_web_port(dashboard->web));
    snprintf(text, sizeof(text), "serving %s (runs of %s%s%s)", where, dashboard->db,
             access(dashboard->db, F_OK) ? ", which is not there yet" : "",
             dashboard->live ? ", and the live stream" : "");
    dashboard_say(dashboard, text);
    if (!path && !is_loopback(host) && config->no_auth)
        dashboard_say(dashboard,
                      "everybody who reaches this machine can read every run and the "
                      "live stream: --no-auth");
}

static int run(struct dashboard *dashboard, struct viz_error *err)
{
    int ret = dashboard->sources ? viz_sources_start(dashboard->sources, err) : 0;
    if (ret < 0)
        return ret;
    say_where(dashboard);
    struct dashboard_watch *watch = dashboard_watch_create(dashboard);
    ret = viz_thread_start(&dashboard->thread, "viz:web", run_web, dashboard, err);
    dashboard->running = ret == 0;
    if (ret == 0)
        ret = dashboard_watch_run(watch, err);
    dashboard_watch_destroy(watch);
    return ret;
}

static void close_dashboard(struct dashboard *dashboard)
{
    atomic_store_explicit(&dashboard->stop, true, memory_order_relaxed);
    if (dashboard->running) {
        viz_web_wake(dashboard->web);
        pthread_join(dashboard->thread, NULL);
    }
    viz_web_destroy(dashboard->web);
    viz_api_destroy(dashboard->api);
    if (dashboard->sources)
        viz_sources_stop(dashboard->sources);
    viz_live_destroy(dashboard->live);
    viz_sources_destroy(dashboard->sources);
    viz_streams_finish(&dashboard->streams);
    viz_clock_destroy(dashboard->clock);
    explicit_bzero(dashboard->token, sizeof(dashboard->token));
    free(atomic_load(&dashboard->next_token));
    free(dashboard);
}

int viz_dashboard_run(const struct viz_serve_config *config,
                      const struct viz_config *view, const struct viz_dashboard_io *io,
                      struct viz_error *err)
{
    struct dashboard *dashboard = viz_zalloc(sizeof(*dashboard));
    dashboard->config = config;
    dashboard->view = view;
    dashboard->io = io;
    int ret = open_dashboard(dashboard, err);
    if (ret == 0)
        ret = run(dashboard, err);
    close_dashboard(dashboard);
    return ret;
}
