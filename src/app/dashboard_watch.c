/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dashboard_state.h"

#include <viz/alloc.h>
#include <viz/store.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_MS 100     /* how late the end may be noticed */
#define LOOKS 20        /* between two of the store and the token */
#define PATIENCE_MS 200 /* for another who has it to himself: it is looked at again */

struct dashboard_watch {
    struct dashboard *dashboard;
    struct viz_store *store; /* NULL: it is not open */
    int code;                /* what opening it came to */
    uint64_t generation;
    struct dashboard_token_file token;
    struct dashboard_overviews *overviews; /* NULL: they cannot be written */
};

static int count_run(void *context, const struct viz_run *run)
{
    (void)run;
    ++*(int64_t *)context;
    return 0;
}

static int count_runs(struct dashboard_watch *watch, struct viz_error *err)
{
    static const struct viz_run_filter all = {0};
    int64_t runs = 0;
    int ret = viz_store_runs(watch->store, &all, count_run, &runs, err);
    if (ret == 0)
        atomic_store_explicit(&watch->dashboard->store_runs, runs,
                              memory_order_relaxed);
    return ret;
}

static void close_store(struct dashboard_watch *watch)
{
    viz_store_close(watch->store);
    watch->store = NULL;
}

/* For /api/health and /metrics. */
static void look_at_store(struct dashboard_watch *watch)
{
    struct dashboard *dashboard = watch->dashboard;
    struct viz_error err;
    int code = 0;
    if (watch->store && viz_store_is_stale(watch->store))
        close_store(watch);
    bool news = !watch->store;
    if (news)
        code = viz_store_open_within(dashboard->db, VIZ_STORE_READ, PATIENCE_MS,
                                     &watch->store, &err);
    if (code == 0) {
        uint64_t generation = viz_store_generation(watch->store);
        news = news || generation != watch->generation;
        watch->generation = generation;
        atomic_store_explicit(&dashboard->store_version,
                              viz_store_version(watch->store), memory_order_relaxed);
    }
    if (code == 0 && news)
        code = count_runs(watch, &err);
    if (code < 0) {
        close_store(watch);
        atomic_store_explicit(&dashboard->store_version, 0, memory_order_relaxed);
        atomic_store_explicit(&dashboard->store_runs, -1, memory_order_relaxed);
    }
    watch->code = code;
    viz_api_note(dashboard->api, code, &err);
}

/* An answer has found the store well that was not, and how many runs it has is not known. */
static bool is_well_again(const struct dashboard_watch *watch)
{
    struct viz_api_found found;
    viz_api_found(watch->dashboard->api, &found);
    return watch->code && !found.code;
}

/* It is viz:web's from here on. */
static void hand_over(struct dashboard *dashboard, const char *token)
{
    char *copy = strdup(token);
    viz_assert(copy);
    /* Pairs with the one in take_token() of dashboard.c. */
    free(atomic_exchange(&dashboard->next_token, copy));
    viz_web_wake(dashboard->web);
}

static void look_at_token(struct dashboard_watch *watch)
{
    struct dashboard *dashboard = watch->dashboard;
    const char *path = dashboard->config->token_file;
    char sentence[2 * VIZ_ERROR_TEXT];
    struct viz_error err;
    int news = path ? dashboard_token_look(path, &watch->token, &err) : 0;
    if (news == 0)
        return;
    if (news > 0)
        hand_over(dashboard, watch->token.token);
    snprintf(sentence, sizeof(sentence),
             news > 0 ? "the token has changed: %s" : "%s; the token stays as it was",
             news > 0 ? path : err.text);
    dashboard_say(dashboard, sentence);
}

static bool failed(struct dashboard *dashboard, struct viz_error *err)
{
    /* Pairs with the release in run_web(). */
    if (atomic_load_explicit(&dashboard->failed, memory_order_acquire)) {
        *err = dashboard->error;
        return true;
    }
    return dashboard->sources && viz_sources_failed(dashboard->sources, err);
}

struct dashboard_watch *dashboard_watch_create(struct dashboard *dashboard)
{
    struct dashboard_watch *watch = viz_zalloc(sizeof(*watch));
    watch->dashboard = dashboard;
    memcpy(watch->token.token, dashboard->token, sizeof(dashboard->token));
    if (dashboard->config->allow_write)
        watch->overviews = dashboard_overviews_create(dashboard->db);
    look_at_store(watch);
    return watch;
}

int dashboard_watch_run(struct dashboard_watch *watch, struct viz_error *err)
{
    const struct timespec look = {0, LOOK_MS * 1000000};
    struct dashboard *dashboard = watch->dashboard;
    bool broken = false;
    for (unsigned looks = 1; !*dashboard->io->stop && !broken; looks++) {
        if (looks % LOOKS == 0 || is_well_again(watch))
            look_at_store(watch);
        if (looks % LOOKS == 0)
            look_at_token(watch);
        if (!watch->overviews || !dashboard_overviews_step(
                                     watch->overviews, viz_clock_now(dashboard->clock)))
            nanosleep(&look, NULL);
        broken = failed(dashboard, err);
    }
    return broken ? -EIO : 0;
}

void dashboard_watch_destroy(struct dashboard_watch *watch)
{
    dashboard_overviews_destroy(watch->overviews);
    viz_store_close(watch->store);
    explicit_bzero(&watch->token, sizeof(watch->token));
    free(watch);
}
