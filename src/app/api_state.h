/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the API have in common: one request on its way to an answer. A step
 * that fails returns a negative errno with the sentence, and the answer's status is made of
 * it: -EINVAL 400, -ENOENT 404, -ENOTUNIQ and -EINPROGRESS 409, -EBUSY and
 * -EMFILE 503, all else 500. */
#ifndef VIZ_API_STATE_H
#define VIZ_API_STATE_H

#include "api_cache.h"

#include <viz/api.h>
#include <viz/text.h>

#include <pthread.h>

struct viz_api {
    char *db;
    bool writable;
    pthread_mutex_t lock;
    struct viz_api_found found; /* under the lock */
    struct viz_api_cache *cache;
};

struct viz_api_worker {
    struct viz_api *api;
    struct viz_store *store; /* NULL: not open */
};

struct api_call {
    const struct viz_web_request *request;
    struct viz_web_answer *answer;
    struct viz_api_worker *worker;
    struct viz_store *store; /* to read from, or to write to where the route writes */
};

/* ---- the store (api_store.c) ---- */

int viz_api_open(struct viz_api_worker *worker, struct viz_error *err);
int viz_api_open_mode(struct viz_api *api, enum viz_store_mode mode,
                      struct viz_store **out, struct viz_error *err);
/* As it is answered: without the store's folder. */
void viz_api_sentence(const struct viz_api *api, const struct viz_error *err,
                      char out[VIZ_ERROR_TEXT]);

/* What a route is made of. */
struct api_resource {
    const char *const *parameter; /* names, NULL behind the last; NULL: none */
    int (*make)(struct api_call *call, struct viz_error *err);
};
void viz_api_read(const struct viz_web_request *request, struct viz_web_answer *answer,
                  const struct api_resource *resource);
void viz_api_write(const struct viz_web_request *request, struct viz_web_answer *answer,
                   const struct api_resource *resource);

/* ---- parameters (api_parameter.c): what is not given stays as it is ---- */

int viz_api_known(const struct api_call *call, const char *const *parameter,
                  struct viz_error *err);
int viz_api_text(const struct api_call *call, const char *name, const char **out,
                 struct viz_error *err);
int viz_api_need(const struct api_call *call, const char *name, const char **out,
                 struct viz_error *err);

struct api_range {
    const char *name;
    double low, high;
    const struct viz_text_suffix *suffixes; /* NULL: none */
};
int viz_api_number(const struct api_call *call, const struct api_range *range,
                   double *out, struct viz_error *err);
int viz_api_count(const struct api_call *call, const struct api_range *range,
                  uint32_t *out, struct viz_error *err);
/* The index of the word that was said; @words: NULL behind the last. */
int viz_api_word(const struct api_call *call, const char *name,
                 const char *const *words, int *out, struct viz_error *err);
int viz_api_seed(const struct api_call *call, uint64_t *seed, bool *seeded,
                 struct viz_error *err);
int viz_api_moment(const struct api_call *call, const char *name, int64_t *out,
                   struct viz_error *err);

/* The run that {id} means, and the runs that the parameter @name means: as
 * viz_run_series_find(); free() them. -ENOTUNIQ: the sentence lists the candidates. */
int viz_api_run(const struct api_call *call, int64_t *run, struct viz_error *err);
int viz_api_runs(const struct api_call *call, const char *name, int64_t **ids,
                 uint32_t *count, struct viz_error *err);

/* ---- answers ---- */

/* @text is the answer's now; ends in a line's end, as the commands print it. */
void viz_api_say(const struct api_call *call, char *text);

/* The same answer as before if nothing about these runs has changed since, else @make's.
 * Of workers that are asked the same at once one makes it. */
int viz_api_keep(struct api_call *call, const int64_t *ids, uint32_t count,
                 int (*make)(struct api_call *call, const void *context,
                             struct viz_error *err),
                 const void *context, struct viz_error *err);

/* ---- routes ---- */

#define VIZ_API_ROUTES(X)                                                              \
    X(GET, "/api/runs", false, false, list)                                            \
    X(GET, "/api/runs/{id}", false, false, show)                                       \
    X(GET, "/api/runs/{id}/series", false, false, series)                              \
    X(GET, "/api/runs/{id}/changes", false, true, changes)                             \
    X(GET, "/api/distribution", false, true, distribution)                             \
    X(GET, "/api/percentiles", false, true, percentiles)                               \
    X(GET, "/api/compare", false, true, compare)                                       \
    X(GET, "/api/trend", false, true, trend)                                           \
    X(POST, "/api/runs/{id}/annotations", true, false, annotate)                       \
    X(DELETE, "/api/runs/{id}/annotations/{n}", true, false, unannotate)               \
    X(PUT, "/api/runs/{id}/tags/{tag}", true, false, tag)                              \
    X(DELETE, "/api/runs/{id}/tags/{tag}", true, false, untag)                         \
    X(DELETE, "/api/runs/{id}", true, false, delete)

#define X(method, path, writes, slow, name)                                            \
    extern const struct api_resource viz_api_##name;
VIZ_API_ROUTES(X)
#undef X

#endif
