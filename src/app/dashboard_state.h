/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of viz serve share: dashboard.c wires it and starts viz:web,
 * dashboard_metrics.c answers what is asked of the server itself. */
#ifndef DASHBOARD_STATE_H
#define DASHBOARD_STATE_H

#include <viz/api.h>
#include <viz/clock.h>
#include <viz/dashboard.h>
#include <viz/live.h>
#include <viz/sources.h>
#include <viz/web.h>

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#define DASHBOARD_TOKEN 256

struct dashboard {
    const struct viz_serve_config *config;
    const struct viz_config *view;
    const struct viz_dashboard_io *io;
    char db[PATH_MAX];
    char token[DASHBOARD_TOKEN + 1]; /* "": none; viz:web's while that runs */
    _Atomic(char *) next_token; /* the main thread puts, viz:web takes; NULL: none */

    struct viz_clock *clock;
    int64_t started_ns;
    struct viz_streams streams;
    struct viz_sources *sources; /* NULL: nothing live */
    struct viz_live *live;       /* NULL as sources; viz:web's */
    struct viz_api *api;
    struct viz_web *web;

    pthread_t thread;
    bool running;
    _Atomic bool stop;
    _Atomic bool failed; /* written after error: release, read with acquire */
    struct viz_error error;

    /* What the main thread, which looks now and then, knows of the store. */
    _Atomic int store_version;  /* of its tables; 0: not known */
    _Atomic int64_t store_runs; /* how many there are; -1: not known */
};

/* dashboard_token.c: the token of @path, which is made when it is not there. 1: it was
 * made; 0; or a negative errno with the sentence. */
int dashboard_token(const char *path, char out[DASHBOARD_TOKEN + 1],
                    struct viz_error *err);

/* What the main thread last read, and whether the file has been as it must be since. */
struct dashboard_token_file {
    char token[DASHBOARD_TOKEN + 1];
    bool wrong;
};
/* 1: the file holds another token by now; -errno: it has become wrong, the token stays as
 * it was, @err says why, once; 0: nothing new. */
int dashboard_token_look(const char *path, struct dashboard_token_file *file,
                         struct viz_error *err);

/* dashboard_overviews.c: the overviews of runs that an older version stored, made bit by bit
 * by the main thread where the store may be written. While somebody else writes, there is no
 * store yet, the disk is full or too many files are open, it is tried again after 1 s, 2 s, 4 s and so on, 64 s at most. */
struct dashboard_overviews;
struct dashboard_overviews *dashboard_overviews_create(const char *db);
void dashboard_overviews_destroy(struct dashboard_overviews *overviews);
/* Some milliseconds of it. False: there is nothing to do now. */
bool dashboard_overviews_step(struct dashboard_overviews *overviews, int64_t now_ns);

/* dashboard_watch.c: what the main thread does while viz:web serves: it looks at the store
 * for /api/health and /metrics, at the token's file, and makes overviews. */
struct dashboard_watch;
struct dashboard_watch *dashboard_watch_create(struct dashboard *dashboard);
int dashboard_watch_run(struct dashboard_watch *watch, struct viz_error *err);
void dashboard_watch_destroy(struct dashboard_watch *watch);

/* dashboard_files.c: how many connections the limit of open files leaves room for. 0: as many
 * as were asked for; 1: fewer, @err says so; -EMFILE: not even a few. */
int dashboard_fit_connections(const struct viz_serve_config *config, uint32_t sources,
                              uint64_t limit, uint32_t *connections,
                              struct viz_error *err);
uint64_t dashboard_files_limit(void);

/* dashboard.c: any thread. */
void dashboard_say(const struct dashboard *dashboard, const char *sentence);

/* dashboard_metrics.c: on viz:web; context is the dashboard. */
void dashboard_health(void *context, const struct viz_web_request *request,
                      struct viz_web_answer *answer);
void dashboard_metrics(void *context, const struct viz_web_request *request,
                       struct viz_web_answer *answer);

#endif
