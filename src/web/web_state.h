/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the server share. All of it belongs to the web thread, but for a job
 * while a worker has it. */
#ifndef VIZ_WEB_STATE_H
#define VIZ_WEB_STATE_H

#include "loop.h"
#include "sessions.h"
#include "target.h"
#include "tries.h"

#include <viz/bytes.h>
#include <viz/web.h>

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/un.h>

#define VIZ_WEB_SECOND 1000000000LL

#define VIZ_WEB_HEADER_BYTES 16384
#define VIZ_WEB_BODY_BYTES 65536
#define VIZ_WEB_OF_ADDRESS 64

#define VIZ_WEB_ETAG 64
#define VIZ_WEB_PATH (sizeof(((struct sockaddr_un *)0)->sun_path) + 1)

struct viz_web_workers;

/* What goes over the wire, made of an answer. */
struct viz_web_reply {
    int status;
    const char *type, *policy; /* policy NULL: the pages' own */
    char file[128];
    char etag[VIZ_WEB_ETAG]; /* "": none */
    bool packed;             /* the body is gzip */
    bool page, forever;      /* part of the program; a name that browsers may keep */
    const void *body;
    void *owned; /* the body, where it is to be freed; else NULL */
    size_t size;
    const char *name; /* one more header; NULL: none */
    char value[192];
};

/* One request, from its first line until its answer has been sent. */
struct viz_web_job {
    struct viz_web_job *next; /* in a queue of the workers */
    struct viz_web_peer *peer;
    char *line; /* the target as it came */
    struct viz_web_target target;
    struct viz_bytes body;
    struct viz_web_request request;
    const struct viz_web_route *route;
    bool begun, head, gzip; /* gzip: the client takes it */
    bool answered;          /* by a worker */
    atomic_bool cancelled;  /* set by the web thread */
    size_t sent;            /* bytes of the answer's body */
    struct viz_web_reply reply;
};

enum viz_web_phase {
    VIZ_WEB_HEADER,
    VIZ_WEB_BODY,
    VIZ_WEB_WORK,
    VIZ_WEB_SEND,
    VIZ_WEB_IDLE,
    VIZ_WEB_UPGRADED,
};

/* One connection of libmicrohttpd's. */
struct viz_web_peer {
    struct viz_web_peer *next, **link;
    struct viz_web *web;
    struct MHD_Connection *connection;
    struct viz_web_job *job; /* NULL between requests */
    int fd;
    enum viz_web_phase phase;
    int64_t since_ns, until_ns; /* of the phase; since: of its request in HEADER */
    bool ended;                 /* by us: libmicrohttpd is about to find out */
    unsigned char address[sizeof(struct in6_addr)];
    bool counted; /* towards the limit of one address */
};

struct viz_web_listener {
    int fd, name;
    struct viz_web_watch watch;
    bool ready;
    int64_t paused_until_ns; /* no descriptors were left; 0: none of that */
    uint16_t port;
    char host[INET6_ADDRSTRLEN]; /* "": not on a port */
    bool unix_domain;            /* handed over; then there is no port */
    char path[VIZ_WEB_PATH];
};

struct viz_web {
    struct viz_web_params params;
    struct viz_web_route *route; /* params.route is the same */
    char cookie[32];             /* its name */
    struct viz_web_sessions sessions;
    struct viz_web_tries tries;
    struct viz_web_loop *loop;
    struct MHD_Daemon *daemon;
    struct viz_web_watch daemon_watch;
    bool run; /* the daemon has something to do */
    int64_t swept_ns;
    struct viz_web_listener listener;
    struct viz_web_peer *peers;
    uint32_t peer_count, leaving; /* leaving: of these, ended by us */
    struct viz_web_workers *workers;
    struct viz_web_socket *sockets;
    uint32_t socket_count;
    bool touched; /* a socket has something to send or has ended */
    bool ending;  /* no request is answered any more */
    struct viz_web_counts counts;
};

static inline int64_t viz_web_now(const struct viz_web *web)
{
    return viz_clock_now(web->params.clock);
}

/* listener.c */
int viz_web_listen(struct viz_web *web, struct viz_error *err);
void viz_web_accept(struct viz_web *web); /* all that wait */
void viz_web_listener_finish(struct viz_web *web);

/* peers.c */
void viz_web_peer_notify(void *context, struct MHD_Connection *connection, void **peer,
                         enum MHD_ConnectionNotificationCode code);
struct viz_web_peer *viz_web_peer_of(struct MHD_Connection *connection);
/* Whether one more from @address may come. The one that has been idle for longest is ended
 * in its favour where that is needed. */
bool viz_web_peer_room(struct viz_web *web, const struct sockaddr *address);
/* Ends the one that has been idle for longest: descriptors are short. */
void viz_web_peer_spare(struct viz_web *web);
void viz_web_peer_enter(struct viz_web_peer *peer, enum viz_web_phase phase,
                        int64_t limit_ns);
void viz_web_peers_sweep(struct viz_web *web, int64_t now_ns);

/* serve.c: what libmicrohttpd calls for each request */
void *viz_web_begin_request(void *context, const char *line,
                            struct MHD_Connection *connection);
enum MHD_Result viz_web_serve(void *context, struct MHD_Connection *connection,
                              const char *path, const char *method, const char *version,
                              const char *bytes, size_t *size, void **unused);
void viz_web_end_request(void *context, struct MHD_Connection *connection,
                         void **unused, enum MHD_RequestTerminationCode how);
void viz_web_job_destroy(struct viz_web_job *job);
/* libmicrohttpd is about to refuse a request before anybody has seen it. */
void viz_web_refuse_unseen(struct viz_web *web, unsigned status);

/* admit.c: the first refusal that applies; the reply's status is 0 where none does */
void viz_web_admit(struct viz_web_job *job, const char *method, const char *version);
const struct viz_web_asset *viz_web_asset_of(const struct viz_web_job *job);

/* login.c */
void viz_web_login_init(struct viz_web *web);
/* Sets request.authorized, or refuses: too many tokens of this address were wrong. */
void viz_web_authorize(struct viz_web_job *job);
bool viz_web_is_login(const struct viz_web_job *job);
void viz_web_login(struct viz_web_job *job);

/* reply.c */
void viz_web_reply_refuse(struct viz_web_reply *reply, int status, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));
void viz_web_reply_later(struct viz_web_reply *reply); /* with Retry-After */
/* Takes the answer's body. Packs it where the client takes that and it pays. */
void viz_web_reply_make(struct viz_web_reply *reply, struct viz_web_answer *answer,
                        bool gzip);
void viz_web_reply_asset(struct viz_web_reply *reply, const struct viz_web_asset *asset,
                         bool gzip);
/* Queues it; 304 where the client has it already. */
enum MHD_Result viz_web_reply_send(struct viz_web_job *job);
void viz_web_reply_finish(struct viz_web_reply *reply);
/* Where libmicrohttpd does not answer: all of it, and nothing more is sent. What has come by
 * then is read: a socket closed over unread bytes would take the answer back. @header: whole
 * lines, or "". */
void viz_web_reply_raw(int fd, unsigned status, const char *header,
                       const char *sentence);

/* packing.c */
bool viz_web_takes_gzip(const char *accept_encoding); /* NULL: no */
bool viz_web_has_etag(const char *if_none_match, const char *etag);
void viz_web_etag(const void *bytes, size_t size, char out[VIZ_WEB_ETAG]);
/* NULL where it does not pay. */
uint8_t *viz_web_pack(const void *bytes, size_t size, size_t *packed);
/* NULL: they are not what they were said to be. */
uint8_t *viz_web_unpack(const uint8_t *gzip, size_t gzip_size, size_t size);

/* workers.c */
int viz_web_workers_create(const struct viz_web_params *params,
                           struct viz_web_loop *loop, struct viz_web_workers **out,
                           struct viz_error *err);
/* False: as many wait as may. The job is the workers' until it comes back. */
bool viz_web_workers_put(struct viz_web_workers *workers, struct viz_web_job *job);
/* One that is answered, or NULL. */
struct viz_web_job *viz_web_workers_take(struct viz_web_workers *workers);
/* Calls off what those asked who have gone. */
void viz_web_jobs_sweep(struct viz_web *web);
/* Calls off what is being answered and ends the threads; then take() gives back what was
 * answered, and what was not. */
void viz_web_workers_stop(struct viz_web_workers *workers);
void viz_web_workers_destroy(struct viz_web_workers *workers);
void viz_web_answer_route(struct viz_web_job *job, void *worker);

/* sockets.c */
enum MHD_Result viz_web_upgrade(struct viz_web_job *job);
void viz_web_sockets_step(struct viz_web *web); /* reads that wait, sends, ends */
void viz_web_sockets_sweep(struct viz_web *web, int64_t now_ns);
void viz_web_sockets_refuse(struct viz_web *web, const char *reason); /* all of them */
void viz_web_sockets_end(struct viz_web *web);

#endif
