/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changes the store. */
#include "api_state.h"

#include <viz/error.h>
#include <viz/run_edit.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static int done(struct api_call *call, int ret)
{
    if (ret == 0)
        call->answer->status = 204;
    return ret;
}

static int make_annotate(struct api_call *call, struct viz_error *err)
{
    int64_t run, id;
    char *text = NULL;
    int ret = viz_api_run(call, &run, err);
    if (ret == 0)
        ret = viz_run_edit_annotate(call->store, run, call->request->body,
                                    call->request->body_size, &id, err);
    if (ret < 0)
        return ret;
    viz_assert(asprintf(&text, "{\"id\":%" PRId64 "}\n", id) > 0);
    viz_api_say(call, text);
    call->answer->status = 201;
    return 0;
}
const struct api_resource viz_api_annotate = {NULL, make_annotate};

static int make_unannotate(struct api_call *call, struct viz_error *err)
{
    const char *text = call->request->argument[1];
    uint64_t id;
    int64_t run;
    int ret = viz_api_run(call, &run, err);
    if (ret == 0 && (!viz_text_unsigned(text, &id) || id > INT64_MAX))
        ret = viz_fail(err, -EINVAL, "\"%.60s\": expected the number of an annotation",
                       text);
    if (ret == 0)
        ret = viz_store_unannotate(call->store, run, (int64_t)id, err);
    return done(call, ret);
}
const struct api_resource viz_api_unannotate = {NULL, make_unannotate};

static int make_tag(struct api_call *call, struct viz_error *err)
{
    const char *tag = call->request->argument[1];
    int64_t run;
    int ret = viz_api_run(call, &run, err);
    if (ret == 0)
        ret = viz_run_edit_check_tag(tag, err);
    if (ret == 0)
        ret = viz_store_tag(call->store, run, tag, err);
    return done(call, ret);
}
const struct api_resource viz_api_tag = {NULL, make_tag};

static int make_untag(struct api_call *call, struct viz_error *err)
{
    int64_t run;
    int ret = viz_api_run(call, &run, err);
    if (ret == 0)
        ret = viz_store_untag(call->store, run, call->request->argument[1], err);
    return done(call, ret);
}
const struct api_resource viz_api_untag = {NULL, make_untag};

static int make_delete(struct api_call *call, struct viz_error *err)
{
    int64_t run;
    int ret = viz_api_run(call, &run, err);
    if (ret == 0)
        ret = viz_run_edit_at_rest(call->store, run, err);
    if (ret == 0)
        ret = viz_store_delete(call->store, run, err);
    return done(call, ret);
}
const struct api_resource viz_api_delete = {NULL, make_delete};
