/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON API over the store: each answer is made by the function that the command of the
 * same name prints, so that page, script and command cannot disagree. docs/api.md and the
 * OpenAPI description (GET /api/openapi.json, web/openapi.json) have every route. Worker
 * threads; request->worker is a struct viz_api_worker. */
#ifndef VIZ_API_H
#define VIZ_API_H

#include <viz/error.h>
#include <viz/store.h>
#include <viz/web.h>

#include <stdint.h>

/* What all workers share: answers that cost much are kept until the store changes. */
struct viz_api;
struct viz_api_params {
    const char *db;
    bool writable;
};
struct viz_api *viz_api_create(const struct viz_api_params *params);
void viz_api_destroy(struct viz_api *api);

/* How the store was when it was last asked, by an answer or by whoever notes it. Any
 * thread. */
struct viz_api_found {
    int code;                      /* 0: it could be read; else a negative errno */
    bool seen;                     /* it could be at some time */
    char sentence[VIZ_ERROR_TEXT]; /* as it was answered; "": nothing is wrong */
};
void viz_api_found(struct viz_api *api, struct viz_api_found *out);
void viz_api_note(struct viz_api *api, int code, const struct viz_error *err);

/* A worker's own: opens the store when it is first needed, and again when it was not there.
 * NULL never. */
struct viz_api_worker;
struct viz_api_worker *viz_api_worker_open(struct viz_api *api);
void viz_api_worker_close(struct viz_api_worker *worker);

/* The routes about runs, for viz_web_params; context is the struct viz_api. */
extern const struct viz_web_route viz_api_routes[];
extern const uint32_t viz_api_route_count;

#endif
