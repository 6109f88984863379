/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTTP server: files that are part of the program, routes, and WebSockets, on one
 * thread with an io_uring loop (epoll where io_uring is refused). What is asked of the
 * store is answered by worker threads, so that nothing on the loop ever waits.
 *
 * Who may ask. Every request must name a host that is ours (DNS rebinding): localhost, the
 * address it listens on, any literal address, or one of params->names; else 421. Only
 * HTTP/1.0 may leave the host out, which no browser speaks. An Origin header must be of the
 * same host and port, and Sec-Fetch-Site not of another site, but for a document's link to an
 * asset; else 403. With params->token and params->closed every route but
 * assets wants the token, else only those marked `writes`; 401 without it. It comes as
 * "Authorization: Bearer TOKEN", or as the cookie that POST /api/session {"token": "..."}
 * gives for it (HttpOnly, SameSite=Strict, Secure where the page came by https:). Each
 * sign-in is a session of its own: good until it was not used for a week, DELETE
 * /api/session ends it, the token changes, the server ends, or 256 others were used since.
 * The body of a POST that writes or signs in is no form: 415 where its type is said to be
 * other than JSON. Routes that write are 403 where params->writable is false.
 * Of one address (of IPv6: one network) ten wrong tokens are looked at, then one every 6 s;
 * others are 429 with Retry-After, the right one too, but where it came from that address
 * within the last hour. Sessions are never slowed. Of a connection from this machine the
 * last address of X-Forwarded-For counts, which is what a proxy has seen.
 *
 * Limits. A header of 16 KB, a body of 64 KB that says its length (411 without), 256
 * connections, 64 of one address (of IPv6: one network) unless that is loopback; 64
 * questions that wait for a worker. A connection's first header must have come within 10 s
 * and each body within 20 s, however slowly it drips; the next header within 60 s of the
 * last answer, which has 60 s to be taken, and one more for each 16 KB. Beyond: 431, 413,
 * 503, or the connection ends. A new connection that finds no room is let in for one that
 * ends: the one that has waited for longest for a next request, else one whose header is
 * not whole after 2 s. Every refusal is counted (viz_web_counts).
 *
 * Every answer has the security headers (Content-Security-Policy: default-src 'self' and
 * nothing else but inline pictures of data: and blob:, nosniff, no-referrer, frame-ancestors
 * 'none'; HTML that a route answers may only have its own styles and pictures), an ETag made
 * of its bytes where its status is 200, and gzip where the client takes it and it pays. GET
 * and HEAD; If-None-Match is honoured. Errors are JSON: {"error": "a sentence"}. The
 * exception is what libmicrohttpd refuses before we see it, in HTML of its own: what cannot
 * be parsed, headers of more than about twice the limit, and thousands of headers: it is
 * counted, but the library says neither before nor after for which connection; what has no
 * method and address at all ends without an answer.
 *
 * WebSockets (params->live_path). Texts of up to 4 KB are taken (1009 beyond) and no binary
 * messages (1003). Of one browser 20 texts a second are handed on, 40 at once; more are
 * dropped, and above 200 a second it is closed (1008). A browser is pinged every 15 s, and
 * gone when neither a whole message nor a pong came for 45 s, or when a message that has
 * begun is not whole after 10 s. */
#ifndef VIZ_WEB_H
#define VIZ_WEB_H

#include <viz/cancel.h>
#include <viz/clock.h>
#include <viz/counter.h>
#include <viz/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum viz_web_method { VIZ_WEB_GET, VIZ_WEB_POST, VIZ_WEB_PUT, VIZ_WEB_DELETE };

/* What a handler is told. Everything is valid during the call only. */
struct viz_web_request {
    enum viz_web_method method;
    const char *path; /* decoded, "/api/runs/17" */
    const char
        *argument[2]; /* what stood for the {...} of the route, decoded; or NULL */
    const char *body; /* ends with a 0; "" where there is none */
    size_t body_size;
    const void *query; /* of viz_web_query() */
    bool authorized;   /* it came with the token, or there is none */
    void *worker;      /* of params->worker_open; NULL on the loop */
    /* Set once nobody waits for the answer: the server ends, or the client has closed its
     * side of the connection, which is seen within about a quarter of a second. What takes
     * long looks at it and ends; what it answers goes nowhere. */
    const atomic_bool *cancelled;
};

/* The value of a query parameter, decoded; NULL: not given. None is given twice: that is
 * refused (400) before. */
const char *viz_web_query(const struct viz_web_request *request, const char *name);
/* All names, for "unknown parameter": the one at @index, NULL behind the last. */
const char *viz_web_query_name(const struct viz_web_request *request, uint32_t index);

struct viz_web_answer {
    int status;       /* 200 unless set */
    const char *type; /* "application/json" unless set; a constant */
    char *body;       /* free()d by the server; NULL: empty */
    size_t size;      /* of it; 0: as a string */
    char file[128];   /* a name to save it as; "": shown */
};

/* For routes without parameters: true, or there is one and @answer refuses it (400). */
bool viz_web_no_query(const struct viz_web_request *request,
                      struct viz_web_answer *answer);

/* {"error": "..."} with @status. */
void viz_web_refuse(struct viz_web_answer *answer, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct viz_web_route {
    enum viz_web_method method;
    const char *path; /* "/api/runs/{id}/tags/{tag}" */
    bool writes;      /* needs --allow-write and the token */
    bool here;        /* answered on the loop: must not wait; worker is NULL */
    bool slow; /* may take seconds: one worker is kept free of such answers, where there
                         are two and more */
    void (*answer)(void *context, const struct viz_web_request *request,
                   struct viz_web_answer *answer);
    void *context; /* of answer(); NULL: params->context */
};

/* A file that is part of the program. Those whose names hold a hash of their content may be
 * kept by browsers; "/" is index.html. */
struct viz_web_asset {
    const char *path, *type;
    const uint8_t *gzip; /* the bytes as they are sent */
    size_t gzip_size;
    size_t size;      /* unpacked */
    const char *etag; /* with its quotes */
};

/* One browser on /api/live. Web thread only. */
struct viz_web_socket;
/* False: it is closing, or more than 1 MB waits to be sent: nothing was queued. */
bool viz_web_send(struct viz_web_socket *socket, bool binary, const void *bytes,
                  size_t size);
size_t
viz_web_waiting(const struct viz_web_socket *socket); /* bytes, not with the kernel */
void viz_web_close(struct viz_web_socket *socket, uint16_t code, const char *reason);

/* What is told of them, on the web thread. */
struct viz_web_live {
    void *context;
    /* What is returned goes with it from now on; NULL refuses it (503 was not possible any
     * more: it is closed with 1013). */
    void *(*opened)(void *context, struct viz_web_socket *socket);
    void (*text)(void *context, void *client, const char *bytes, size_t size);
    void (*closed)(void *context, void *client); /* the socket is gone */
};

/* Routes are copied; texts and assets stay the caller's and must outlive the server. */
struct viz_web_params {
    const char *host; /* "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;    /* 0: the kernel's choice */
    int listen_fd; /* a listening socket instead (socket activation), the server's from
                      now on; 0: none */
    const char *const *names; /* further Host names, [name_count] */
    uint32_t name_count;
    const char *token; /* NULL: none */
    bool closed;       /* reading needs it too */
    bool writable;
    uint32_t workers;         /* 0: 2 */
    uint32_t max_connections; /* 0: 256 */

    const struct viz_web_route *route; /* [routes] */
    uint32_t routes;
    void *context;                     /* of their answer() */
    const struct viz_web_asset *asset; /* [assets] */
    uint32_t assets;
    const char *live_path; /* "/api/live"; NULL: no WebSockets */
    struct viz_web_live live;

    /* On each worker thread, before its first answer and after its last. */
    void *(*worker_open)(void *context);
    void (*worker_close)(void *context, void *worker);
    const struct viz_clock *clock;
    bool epoll; /* do not try io_uring */
};

#define VIZ_WEB_COUNTS(X)                                                              \
    X(connections, "connections accepted")                                             \
    X(requests, "requests that were whole")                                            \
    X(answers_ok, "answers with a status below 400")                                   \
    X(answers_client, "answers with a status of 400 to 499")                           \
    X(answers_server, "answers with a status of 500 and above")                        \
    X(refused_host, "requests for a host that is not ours")                            \
    X(refused_origin, "requests from pages of others")                                 \
    X(refused_token, "requests without the token they need")                           \
    X(refused_tries, "tokens not looked at because too many were wrong")               \
    X(refused_form, "requests that are no HTTP/1.0 or 1.1")                            \
    X(refused_size, "headers and bodies that were too large")                          \
    X(refused_time, "connections ended because a request took too long to come")       \
    X(refused_texts, "texts of WebSockets that came too fast and were dropped")        \
    X(refused_connections, "connections refused because there were too many")          \
    X(short_of_files,                                                                  \
      "times that a connection had to wait because files or memory were "              \
      "short")                                                                         \
    X(ended_idle, "idle connections ended to make room for new ones")                  \
    X(sockets, "WebSockets opened")                                                    \
    X(sent_bytes, "bytes of answers and messages, headers not counted")

/* The web thread writes, any reads. */
struct viz_web_counts {
#define X(name, help) struct viz_counter name;
    VIZ_WEB_COUNTS(X)
#undef X
};

struct viz_web;

/* Listens; starts the workers. -EADDRINUSE and the like with the sentence. */
int viz_web_create(const struct viz_web_params *params, struct viz_web **out,
                   struct viz_error *err);
/* Says goodbye to WebSockets (1001), ends the workers. On the stepping thread, or after
 * it. */
void viz_web_destroy(struct viz_web *web);

/* Wait for at most @timeout_ns, and do what there is to do. 0 or a negative errno that ends
 * it. The first call makes the calling thread the web thread. */
int viz_web_step(struct viz_web *web, int64_t timeout_ns, struct viz_error *err);
/* Another token from now on, or the same: what was given for the last one is worth nothing
 * any more; where reading needs it, WebSockets are closed (1008). Stays the caller's. Web
 * thread. */
void viz_web_set_token(struct viz_web *web, const char *token);
/* Make a waiting step return. Any thread, and a signal handler. */
void viz_web_wake(struct viz_web *web);

uint16_t viz_web_port(const struct viz_web *web); /* 0: of a Unix socket */
/* The address that it listens on, "127.0.0.1", "::"; "": of a Unix socket. */
const char *viz_web_host(const struct viz_web *web);
/* The path of the Unix socket that it was handed, "" where that has none; NULL: it is on a
 * port. */
const char *viz_web_path(const struct viz_web *web);
/* "io_uring", "epoll (...)": what it is, the first step finds out. */
const char *viz_web_backend(const struct viz_web *web);
const struct viz_web_counts *viz_web_counts(const struct viz_web *web);
uint32_t viz_web_sockets(const struct viz_web *web); /* open now; web thread */

/* The socket that systemd hands over (LISTEN_PID, LISTEN_FDS), or 0. -EINVAL: more than
 * one, or no listening stream socket. */
int viz_web_activation(struct viz_error *err);

/* Assets that the build embedded (src/web/assets.c). 0 in a build without them. */
const struct viz_web_asset *viz_web_assets(uint32_t *count);

#endif
