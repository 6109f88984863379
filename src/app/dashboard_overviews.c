/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dashboard_state.h"

#include <viz/alloc.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE_MS 100 /* for another writer: it is tried again */

struct dashboard_overviews {
    struct viz_store *store;
    int64_t *run; /* [count] those that had ended, newest first */
    uint32_t count, at;
};

static int take_run(void *context, const struct viz_run *run)
{
    struct dashboard_overviews *overviews = context;
    if (run->state == VIZ_RUN_RECORDING) /* its writer does it */
        return 0;
    overviews->run =
        realloc(overviews->run, (overviews->count + 1) * sizeof(overviews->run[0]));
    viz_assert(overviews->run);
    overviews->run[overviews->count++] = run->id;
    return 0;
}

struct dashboard_overviews *dashboard_overviews_create(const char *db)
{
    static const struct viz_run_filter all = {0};
    struct viz_error err;
    if (access(db, W_OK)) /* nor is a store made */
        return NULL;
    struct dashboard_overviews *overviews = viz_zalloc(sizeof(*overviews));
    int ret = viz_store_open_within(db, VIZ_STORE_WRITE, PATIENCE_MS, &overviews->store,
                                    &err);
    if (ret == 0)
        ret = viz_store_runs(overviews->store, &all, take_run, overviews, &err);
    if (ret == 0)
        return overviews;
    dashboard_overviews_destroy(overviews);
    return NULL;
}

void dashboard_overviews_destroy(struct dashboard_overviews *overviews)
{
    if (!overviews)
        return;
    viz_store_close(overviews->store);
    free(overviews->run);
    free(overviews);
}

bool dashboard_overviews_step(struct dashboard_overviews *overviews)
{
    struct viz_error err;
    if (!overviews || overviews->at == overviews->count)
        return false;
    int more =
        viz_store_make_overview(overviews->store, overviews->run[overviews->at], &err);
    if (more == 0 ||
        (more < 0 && more != -EBUSY)) /* such as: it was deleted meanwhile */
        overviews->at++;
    return more != -EBUSY;
}
