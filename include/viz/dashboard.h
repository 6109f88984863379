/* SPDX-License-Identifier: GPL-3.0-or-later */
/* viz serve: runs and the live stream in a browser. Wires the store, the sources and the web
 * server together; starts viz:web (src/app/dashboard.c), whose workers have a read-only
 * store each. Main thread. */
#ifndef VIZ_DASHBOARD_H
#define VIZ_DASHBOARD_H

#include <viz/config.h>
#include <viz/error.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define VIZ_MAX_NAMES 16

struct viz_serve_config {
    const char *host;
    uint32_t port;
    const char *db;                  /* NULL: the default */
    const char *name[VIZ_MAX_NAMES]; /* --name: further names this machine goes by */
    uint32_t names;
    const char *token_file; /* NULL: none */
    bool allow_write, no_auth;
    uint32_t max_connections, workers;
};

struct viz_dashboard_io {
    void (*say)(void *context, const char *sentence); /* from any thread */
    void *context;
    const volatile sig_atomic_t *stop;
};

/* What cannot be together: a host that others reach without a token or --no-auth, writing
 * without a token. -EINVAL with the sentence. */
int viz_dashboard_check(const struct viz_serve_config *config, struct viz_error *err);

/* Runs until *io->stop. @view: sources, synthetic load, network backend, history. 0 or a
 * negative errno. */
int viz_dashboard_run(const struct viz_serve_config *config,
                      const struct viz_config *view, const struct viz_dashboard_io *io,
                      struct viz_error *err);

#endif
