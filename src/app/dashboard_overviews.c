/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dashboard_state.h"

#include <viz/alloc.h>
#include <viz/store.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE_MS 100 /* for another writer: it is tried again */
#define FIRST_NS 1000000000LL
#define LAST_NS (64 * FIRST_NS)

struct dashboard_overviews {
    char db[PATH_MAX];
    struct viz_store *store; /* NULL: not open */
    int64_t *run;            /* [count] those that had ended, newest first */
    uint32_t count, at;
    int64_t next_ns, pause_ns; /* not before then; what it waited for the last time */
    bool done;
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
    struct dashboard_overviews *overviews = viz_zalloc(sizeof(*overviews));
    snprintf(overviews->db, sizeof(overviews->db), "%s", db);
    return overviews;
}

void dashboard_overviews_destroy(struct dashboard_overviews *overviews)
{
    if (!overviews)
        return;
    viz_store_close(overviews->store);
    free(overviews->run);
    free(overviews);
}

static void close_store(struct dashboard_overviews *overviews)
{
    viz_store_close(overviews->store);
    overviews->store = NULL;
}

/* 0: it is open, and its runs are known. */
static int open_store(struct dashboard_overviews *overviews)
{
    static const struct viz_run_filter all = {0};
    struct viz_error err;
    if (overviews->store)
        return 0;
    if (access(overviews->db, F_OK)) /* nor is a store made */
        return -errno;
    overviews->count = overviews->at = 0;
    int ret = viz_store_open_within(overviews->db, VIZ_STORE_WRITE, PATIENCE_MS,
                                    &overviews->store, &err);
    if (ret == 0)
        ret = viz_store_runs(overviews->store, &all, take_run, overviews, &err);
    if (ret < 0)
        close_store(overviews);
    return ret;
}

/* Somebody writes, the disk is full, too many files are open. */
static bool may_pass(int ret)
{
    return ret == -EBUSY || ret == -ENOSPC || ret == -EMFILE;
}

/* 1: there is more; 0: all is done; or a negative errno. */
static int make_some(struct dashboard_overviews *overviews)
{
    struct viz_error err;
    if (overviews->at == overviews->count)
        return 0;
    int more =
        viz_store_make_overview(overviews->store, overviews->run[overviews->at], &err);
    if (may_pass(more))
        return more;
    overviews->at += more != 1; /* below 0, such as: it was deleted meanwhile */
    return 1;
}

bool dashboard_overviews_step(struct dashboard_overviews *overviews, int64_t now_ns)
{
    if (overviews->done || now_ns < overviews->next_ns)
        return false;
    int ret = open_store(overviews);
    if (ret == 0)
        ret = make_some(overviews);
    if (ret > 0) {
        overviews->pause_ns = 0;
        return true;
    }
    overviews->done = ret == 0 || (ret != -ENOENT && !may_pass(ret));
    if (overviews->done)
        close_store(overviews);
    int64_t pause_ns = overviews->pause_ns ? 2 * overviews->pause_ns : FIRST_NS;
    overviews->pause_ns = pause_ns < LAST_NS ? pause_ns : LAST_NS;
    overviews->next_ns = now_ns + overviews->pause_ns;
    return false;
}
