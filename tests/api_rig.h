/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The API's routes asked as a worker of the server asks them: series_rig.h's store, one
 * worker, a request taken apart by the server's own functions. */
#ifndef VIZ_TESTS_API_RIG_H
#define VIZ_TESTS_API_RIG_H

#include "series_rig.h"

#include "../src/web/target.h"

#include <viz/api.h>

#include <jansson.h>

static struct viz_api *api;
static struct viz_api_worker *worker;
static struct viz_web_answer answer;

static inline void api_rig_start(bool writable)
{
    api =
        viz_api_create(&(struct viz_api_params){.db = rig.path, .writable = writable});
    worker = viz_api_worker_open(api);
}

static inline void api_rig_init(void)
{
    series_rig_init();
    api_rig_start(true);
}

static inline void api_rig_finish(void)
{
    free(answer.body);
    answer.body = NULL;
    viz_api_worker_close(worker);
    viz_api_destroy(api);
    series_rig_finish();
}

static inline int status_of(const struct viz_web_answer *of)
{
    return of->status ? of->status : 200;
}

/* The status; what was answered is in `answer` until the next call. */
static inline int ask(enum viz_web_method method, const char *text, const char *body)
{
    struct viz_web_target target;
    struct viz_web_request request = {.method = method,
                                      .body = body ? body : "",
                                      .body_size = body ? strlen(body) : 0,
                                      .worker = worker,
                                      .authorized = true};
    struct viz_error err;
    cr_assert_eq(viz_web_target_parse(text, &target, &err), 0, "%s", err.text);
    free(answer.body);
    answer = (struct viz_web_answer){.status = 0};
    request.path = target.path;
    request.query = &target;
    for (uint32_t i = 0; i < viz_api_route_count; i++) {
        const struct viz_web_route *route = &viz_api_routes[i];
        if (route->method != method ||
            !viz_web_target_matches(&target, route->path, request.argument))
            continue;
        route->answer(NULL, &request, &answer);
        viz_web_target_finish(&target);
        return status_of(&answer);
    }
    cr_assert_fail("no route for %s", text);
    return 0;
}

static inline int get(const char *text)
{
    return ask(VIZ_WEB_GET, text, NULL);
}

/* What was answered as JSON; json_decref() it. */
static inline json_t *answered(void)
{
    json_error_t where;
    json_t *json = json_loads(answer.body ? answer.body : "", 0, &where);
    cr_assert_not_null(json, "%s: %.200s", where.text, answer.body ? answer.body : "");
    return json;
}

/* The sentence of a refusal has @part. */
static inline void says(const char *part)
{
    json_t *json = answered();
    const char *sentence = json_string_value(json_object_get(json, "error"));
    cr_assert(sentence && strstr(sentence, part), "it says: %s", sentence);
    cr_assert_null(strstr(sentence, rig.folder), "it tells the folder: %s", sentence);
    json_decref(json);
}

/* A run with a stream of @n values of a channel "x", a tenth of a second apart. */
static inline int64_t run_of(const char *name, const double *x, size_t n)
{
    static const struct viz_run_channel channel = {"x", "ms"};
    static const struct viz_run_stream stream = {
        .name = "S1", .form = VIZ_FORM_VALUES, .channel = &channel, .channels = 1};
    int64_t run = store_rig_run(&rig, name, START_NS);
    struct store_place place = store_rig_place(&rig, run, &stream);
    for (size_t i = 0; i < n; i++)
        put(&place, 0, 100 * (int64_t)i, &x[i], sizeof(x[i]));
    if (writing)
        STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    writing = false;
    return run;
}

static inline void end_run(int64_t run)
{
    STORE_OK(&rig, viz_store_end_run(rig.store, run, VIZ_RUN_COMPLETE,
                                     START_NS + 1000 * MS, "", &rig.err));
}

#endif
