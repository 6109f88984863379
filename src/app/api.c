/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/api.h>

#include "api_state.h"

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/run_json.h>
#include <viz/special.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define POLITE 5 /* nice value: what is computed must not delay what is live */

#define X(verb, path, writes, slow, name)                                              \
    static void answer_##name(void *context, const struct viz_web_request *request,    \
                              struct viz_web_answer *answer)                           \
    {                                                                                  \
        (void)context;                                                                 \
        (writes ? viz_api_write : viz_api_read)(request, answer, &viz_api_##name);     \
    }
VIZ_API_ROUTES(X)
#undef X

const struct viz_web_route viz_api_routes[] = {
#define X(verb, way, writing, lasting, name)                                           \
    {.method = VIZ_WEB_##verb,                                                         \
     .path = way,                                                                      \
     .writes = writing,                                                                \
     .slow = lasting,                                                                  \
     .answer = answer_##name},
    VIZ_API_ROUTES(X)
#undef X
};
const uint32_t viz_api_route_count = sizeof(viz_api_routes) / sizeof(viz_api_routes[0]);

struct viz_api *viz_api_create(const struct viz_api_params *params)
{
    struct viz_api *api = viz_zalloc(sizeof(*api));
    size_t size = strlen(params->db) + 1;
    viz_special_start();
    api->db = viz_zalloc(size);
    memcpy(api->db, params->db, size);
    api->writable = params->writable;
    pthread_mutex_init(&api->lock, NULL);
    viz_api_note(api, -ENOENT, NULL);
    api->cache = viz_api_cache_create(&(struct viz_api_cache_params){0});
    return api;
}

void viz_api_destroy(struct viz_api *api)
{
    if (!api)
        return;
    viz_api_cache_destroy(api->cache);
    pthread_mutex_destroy(&api->lock);
    free(api->db);
    free(api);
}

struct viz_api_worker *viz_api_worker_open(struct viz_api *api)
{
    struct viz_api_worker *worker = viz_zalloc(sizeof(*worker));
    worker->api = api;
    setpriority(PRIO_PROCESS, (id_t)gettid(), POLITE); /* of this thread only */
    return worker;
}

static void close_store(struct viz_api_worker *worker)
{
    viz_store_close(worker->store);
    worker->store = NULL;
}

void viz_api_worker_close(struct viz_api_worker *worker)
{
    if (!worker)
        return;
    close_store(worker);
    free(worker);
}

static int status_of(int ret)
{
    switch (ret) {
    case -EINVAL:
        return 400;
    case -ENOENT:
        return 404;
    case -ENOTUNIQ:
    case -EINPROGRESS:
        return 409;
    case -ECANCELED:
    case -EBUSY:
    case -EMFILE:
        return 503;
    default:
        return 500;
    }
}

/* And no question's own. */
static bool is_of_store(int ret)
{
    return status_of(ret) >= 500 && ret != -ECANCELED;
}

static void refuse(const struct api_call *call, int ret, const struct viz_error *err)
{
    char sentence[VIZ_ERROR_TEXT];
    free(call->answer->body);
    *call->answer = (struct viz_web_answer){.body = NULL};
    viz_api_sentence(call->worker->api, err, sentence);
    viz_web_refuse(call->answer, status_of(ret), "%s", sentence);
}

void viz_api_read(const struct viz_web_request *request, struct viz_web_answer *answer,
                  const struct api_resource *resource)
{
    struct api_call call = {
        .request = request, .answer = answer, .worker = request->worker};
    struct viz_error err = {.text = ""};
    int ret = viz_api_known(&call, resource->parameter, &err);
    if (ret == 0) {
        ret = viz_api_open(call.worker, &err);
        call.store = call.worker->store;
        if (call.store)
            viz_store_set_cancel(call.store, request->cancelled);
        /* Nothing was recorded yet: that is a list too. */
        if (ret == -ENOENT && resource == &viz_api_list)
            ret = 0;
    }
    if (ret == 0)
        ret = resource->make(&call, &err);
    if (call.worker->store)
        viz_store_set_cancel(call.worker->store, NULL);
    if (ret < 0)
        refuse(&call, ret, &err);
    if (call.store && (ret == 0 || is_of_store(ret)))
        viz_api_note(call.worker->api, ret, &err);
    if (answer->status == 500) /* whatever is wrong with it may have passed next time */
        close_store(call.worker);
}

void viz_api_write(const struct viz_web_request *request, struct viz_web_answer *answer,
                   const struct api_resource *resource)
{
    struct api_call call = {
        .request = request, .answer = answer, .worker = request->worker};
    struct viz_error err = {.text = ""};
    if (!call.worker->api->writable) {
        viz_web_refuse(answer, 403,
                       "this server only reads; start it with --allow-write");
        return;
    }
    int ret = viz_api_known(&call, resource->parameter, &err);
    if (ret == 0)
        ret = viz_api_open_mode(call.worker->api, VIZ_STORE_WRITE, &call.store, &err);
    if (ret == 0)
        ret = resource->make(&call, &err);
    viz_store_close(call.store);
    if (ret < 0)
        refuse(&call, ret, &err);
}

void viz_api_say(const struct api_call *call, char *text)
{
    size_t size = strlen(text);
    if (!size || text[size - 1] != '\n') {
        char *line = viz_zalloc(size + 2);
        memcpy(line, text, size);
        line[size++] = '\n';
        free(text);
        text = line;
    }
    call->answer->body = text;
    call->answer->size = size;
}

/* ---- what is kept ---- */

static void mix(uint64_t *hash, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) /* FNV-1a */
        *hash = (*hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
}

static int mix_run(void *context, const struct viz_run *run)
{
    char *json = viz_run_json(run);
    mix(context, json, strlen(json));
    free(json);
    return 0;
}

static int mix_annotation(void *context, const struct viz_annotation *annotation)
{
    const int64_t numbers[] = {annotation->id, annotation->stream, annotation->from_ns,
                               annotation->to_ns, annotation->exclude};
    mix(context, numbers, sizeof(numbers));
    mix(context, annotation->text, strlen(annotation->text) + 1);
    mix(context, annotation->author, strlen(annotation->author) + 1);
    return 0;
}

/* What was asked, and all that the store says of these runs but their samples, which
 * never change: there are only more of them, and of that the run tells. NULL: failed. */
static char *key_of(const struct api_call *call, const int64_t *ids, uint32_t count,
                    int *ret, struct viz_error *err)
{
    char *key = NULL;
    const char *name;
    size_t size;
    FILE *out = open_memstream(&key, &size);
    viz_assert(out);
    fprintf(out, "%s\n", call->request->path);
    for (uint32_t i = 0; (name = viz_web_query_name(call->request, i)); i++) {
        const char *value = viz_web_query(call->request, name);
        fprintf(out, "%s=%zu:%s\n", name, strlen(value), value);
    }
    *ret = 0;
    for (uint32_t i = 0; *ret == 0 && i < count; i++) {
        uint64_t hash = 0xcbf29ce484222325u;
        *ret = viz_store_run(call->store, ids[i], mix_run, &hash, err);
        if (*ret == 0)
            *ret =
                viz_store_annotations(call->store, ids[i], mix_annotation, &hash, err);
        fprintf(out, "%" PRId64 " %016" PRIx64 "\n", ids[i], hash);
    }
    viz_assert(!fclose(out));
    if (*ret == 0)
        return key;
    free(key);
    return NULL;
}

int viz_api_keep(struct api_call *call, const int64_t *ids, uint32_t count,
                 int (*make)(struct api_call *call, const void *context,
                             struct viz_error *err),
                 const void *context, struct viz_error *err)
{
    struct viz_api_cache *cache = call->worker->api->cache;
    int ret;
    char *key = key_of(call, ids, count, &ret, err);
    if (!key)
        return ret;
    if (!viz_api_cache_find(cache, key, call->answer)) {
        ret = make(call, context, err);
        viz_api_cache_put(cache, key, ret == 0 ? call->answer : NULL);
    }
    free(key);
    return ret;
}
