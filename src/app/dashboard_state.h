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
    char token[DASHBOARD_TOKEN + 1]; /* "": none */

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
    _Atomic int store_code;      /* 0: it is open; else why not, a negative errno */
    _Atomic int store_version;   /* of its tables */
    _Atomic uint64_t store_runs; /* how many there are */
};

/* dashboard_token.c: the token of @path, which is made when it is not there. 1: it was
 * made; 0; or a negative errno with the sentence. */
int dashboard_token(const char *path, char out[DASHBOARD_TOKEN + 1],
                    struct viz_error *err);

/* dashboard_overviews.c: the overviews of runs that an older version stored, made bit by bit
 * by the main thread where the store may be written. NULL is "there is nothing to do". */
struct dashboard_overviews;
struct dashboard_overviews *dashboard_overviews_create(const char *db);
void dashboard_overviews_destroy(struct dashboard_overviews *overviews);
/* Some milliseconds of it. False: all is done, or cannot be. */
bool dashboard_overviews_step(struct dashboard_overviews *overviews);

/* dashboard_metrics.c: on viz:web; context is the dashboard. */
void dashboard_health(void *context, const struct viz_web_request *request,
                      struct viz_web_answer *answer);
void dashboard_metrics(void *context, const struct viz_web_request *request,
                       struct viz_web_answer *answer);

#endif
