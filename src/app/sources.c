/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/sources.h>

#include <viz/alloc.h>
#include <viz/net.h>
#include <viz/notice.h>
#include <viz/synth.h>
#include <viz/thread.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define LONGEST_SLEEP_NS 50000000 /* how late a thread may notice that it is to end */

struct viz_sources {
    const struct viz_config *config;
    struct viz_streams *streams;
    const struct viz_clock *clock;
    struct viz_source source[VIZ_MAX_SOURCES];
    uint32_t count;

    _Atomic bool stop;
    _Atomic bool failed; /* written after error: release, read with acquire */
    struct viz_error error;

    int synth_index; /* -1: none */
    bool synth_running;
    pthread_t synth_thread;
    _Atomic(struct viz_synth *) synth; /* NULL until its thread made it */

    struct viz_net *net; /* NULL: no network source */
    uint32_t net_index[VIZ_MAX_SOURCES], net_count;
    struct viz_notices *notices;
    bool net_running;
    pthread_t net_thread;
};

static void fail(struct viz_sources *sources, const struct viz_error *error)
{
    sources->error = *error;
    /* Pairs with the acquire in viz_sources_failed(). */
    atomic_store_explicit(&sources->failed, true, memory_order_release);
}

static bool stopping(struct viz_sources *sources)
{
    return atomic_load_explicit(&sources->stop, memory_order_relaxed);
}

static void sleep_until(struct viz_sources *sources, int64_t deadline_ns)
{
    while (!stopping(sources)) {
        int64_t now_ns = viz_clock_now(sources->clock);
        if (now_ns >= deadline_ns)
            return;
        int64_t until_ns = deadline_ns - now_ns > LONGEST_SLEEP_NS
                               ? now_ns + LONGEST_SLEEP_NS
                               : deadline_ns;
        int64_t at = viz_clock_to_monotonic(sources->clock, until_ns);
        struct timespec when = {at / 1000000000, at % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
    }
}

/* --stall: what the figures show of a source that stands still now and then. */
static void stall_if_due(struct viz_sources *sources, int64_t *next_stall_ns)
{
    const struct viz_config *config = sources->config;
    if (config->stall_every_s <= 0 || viz_clock_now(sources->clock) < *next_stall_ns)
        return;
    sleep_until(sources,
                viz_clock_now(sources->clock) + (int64_t)(config->stall_s * 1e9));
    *next_stall_ns += (int64_t)(config->stall_every_s * 1e9);
}

static void *run_synth(void *argument)
{
    struct viz_sources *sources = argument;
    viz_role_assume_source();
    prctl(PR_SET_TIMERSLACK, 1);
    int64_t start_ns = viz_clock_now(sources->clock);
    struct viz_synth *synth =
        viz_synth_create(&sources->config->synth, sources->streams,
                         (uint32_t)sources->synth_index, sources->clock, start_ns);
    viz_assert(synth); /* the table is empty: it is the session's first stream */
    /* Pairs with the acquire in viz_sources_offered(). */
    atomic_store_explicit(&sources->synth, synth, memory_order_release);
    int64_t stall_ns = start_ns + (int64_t)(sources->config->stall_every_s * 1e9);
    while (!stopping(sources)) {
        sleep_until(sources, viz_synth_step(synth));
        stall_if_due(sources, &stall_ns);
    }
    viz_synth_finish(synth);
    return NULL;
}

static void *run_net(void *argument)
{
    struct viz_sources *sources = argument;
    struct viz_error err;
    viz_role_assume_source();
    int ret = viz_net_begin(sources->net, &err);
    if (ret < 0) {
        fail(sources, &err);
        return NULL;
    }
    while (ret == 0 && !stopping(sources))
        ret = viz_net_step(sources->net, -1, &err);
    if (ret < 0)
        fail(sources, &err);
    viz_net_end(sources->net);
    return NULL;
}

static int create_net(struct viz_sources *sources, struct viz_error *err)
{
    struct viz_source chosen[VIZ_MAX_SOURCES];
    for (uint32_t i = 0; i < sources->count; i++) {
        if (sources->source[i].kind == VIZ_SOURCE_SYNTH)
            continue;
        chosen[sources->net_count] = sources->source[i];
        sources->net_index[sources->net_count++] = i;
    }
    if (!sources->net_count)
        return 0;
    sources->notices = viz_notices_create();
    return viz_net_create(&(struct viz_net_params){.sources = chosen,
                                                   .indices = sources->net_index,
                                                   .count = sources->net_count,
                                                   .backend = sources->config->backend,
                                                   .streams = sources->streams,
                                                   .clock = sources->clock,
                                                   .notices = sources->notices,
                                                   .stdin_fd = 0},
                          &sources->net, err);
}

static int choose(struct viz_sources *sources, struct viz_error *err)
{
    const struct viz_config *config = sources->config;
    sources->synth_index = -1;
    if (config->benchmark || !config->sources) {
        sources->count = 1;
        sources->source[0].kind = VIZ_SOURCE_SYNTH;
        strcpy(sources->source[0].text, "synth:");
    } else {
        sources->count = config->sources;
        memcpy(sources->source, config->source, sizeof(sources->source));
    }
    for (uint32_t i = 0; i < sources->count; i++) {
        if (sources->source[i].kind != VIZ_SOURCE_SYNTH)
            continue;
        if (sources->synth_index >= 0)
            return viz_fail(
                err, -EINVAL,
                "synth: is given twice; a session has one synthetic source");
        sources->synth_index = (int)i;
    }
    return 0;
}

int viz_sources_create(const struct viz_config *config, struct viz_streams *streams,
                       const struct viz_clock *clock, struct viz_sources **out,
                       struct viz_error *err)
{
    struct viz_sources *sources = viz_zalloc(sizeof(*sources));
    sources->config = config;
    sources->streams = streams;
    sources->clock = clock;
    int ret = choose(sources, err);
    if (ret == 0)
        ret = create_net(sources, err);
    if (ret < 0) {
        viz_sources_destroy(sources);
        return ret;
    }
    *out = sources;
    return 0;
}

void viz_sources_destroy(struct viz_sources *sources)
{
    if (!sources)
        return;
    viz_sources_stop(sources);
    viz_synth_destroy(atomic_load_explicit(&sources->synth, memory_order_acquire));
    viz_net_destroy(sources->net);
    viz_notices_destroy(sources->notices);
    free(sources);
}

int viz_sources_start(struct viz_sources *sources, struct viz_error *err)
{
    int ret = 0;
    if (sources->synth_index >= 0) {
        ret = viz_thread_start(&sources->synth_thread, "viz:synth", run_synth, sources,
                               err);
        sources->synth_running = ret == 0;
    }
    if (ret == 0 && sources->net) {
        ret = viz_thread_start(&sources->net_thread, "viz:net", run_net, sources, err);
        sources->net_running = ret == 0;
    }
    return ret;
}

void viz_sources_stop(struct viz_sources *sources)
{
    atomic_store_explicit(&sources->stop, true, memory_order_relaxed);
    if (sources->net_running) {
        viz_net_wake(sources->net);
        pthread_join(sources->net_thread, NULL);
    }
    if (sources->synth_running)
        pthread_join(sources->synth_thread, NULL);
    sources->net_running = sources->synth_running = false;
}

bool viz_sources_failed(struct viz_sources *sources, struct viz_error *err)
{
    if (!atomic_load_explicit(&sources->failed, memory_order_acquire))
        return false;
    *err = sources->error;
    return true;
}

bool viz_sources_ended(const struct viz_sources *sources)
{
    if (sources->synth_index >= 0)
        return false;
    for (uint32_t i = 0; i < sources->net_count; i++) {
        const struct viz_net_status *status =
            viz_net_status(sources->net, sources->net_index[i]);
        if (!atomic_load_explicit(&status->ended, memory_order_acquire))
            return false;
    }
    return true;
}

bool viz_sources_notice(struct viz_sources *sources, char *out, size_t size)
{
    return sources->notices && viz_notices_pop(sources->notices, out, size);
}

bool viz_sources_offered(const struct viz_sources *sources, uint64_t *rows)
{
    const struct viz_synth *synth =
        atomic_load_explicit(&sources->synth, memory_order_acquire);
    *rows = synth ? viz_synth_offered(synth) : 0;
    return sources->synth_index >= 0;
}

void viz_sources_account(const struct viz_sources *sources, struct viz_ledger *ledger)
{
    uint64_t unseen_drops = 0;
    for (uint32_t i = 0; i < sources->net_count; i++) {
        const struct viz_net_status *status =
            viz_net_status(sources->net, sources->net_index[i]);
        uint64_t drops = viz_counted(&status->kernel_drops);
        ledger->kernel_drops += drops;
        ledger->unreadable += viz_wire_lost(&status->wire);
        if (!atomic_load_explicit(&status->sequenced, memory_order_relaxed))
            unseen_drops += drops;
    }
    const struct viz_synth *synth =
        atomic_load_explicit(&sources->synth, memory_order_acquire);
    if (synth)
        ledger->unmade += viz_synth_unmade(synth);
    ledger->sent += ledger->unmade;
    ledger->lost = ledger->missing + ledger->late + ledger->unmade + ledger->overflow +
                   ledger->evicted_unseen + ledger->unreadable + unseen_drops;
}

uint32_t viz_sources_count(const struct viz_sources *sources)
{
    return sources->count;
}

const struct viz_source *viz_sources_at(const struct viz_sources *sources,
                                        uint32_t index)
{
    return &sources->source[index];
}

const struct viz_net_status *viz_sources_status(const struct viz_sources *sources,
                                                uint32_t index)
{
    for (uint32_t i = 0; i < sources->net_count; i++)
        if (sources->net_index[i] == index)
            return viz_net_status(sources->net, index);
    return NULL;
}

void viz_sources_where(const struct viz_sources *sources, uint32_t index, char *out,
                       size_t size)
{
    const struct viz_source *source = viz_sources_at(sources, index);
    const struct viz_net_status *status = viz_sources_status(sources, index);
    int length = (int)strcspn(source->text, "?");
    int port = status ? atomic_load_explicit(&status->port, memory_order_relaxed) : 0;
    if (source->kind == VIZ_SOURCE_PIPE)
        snprintf(out, size, "standard input");
    else if (port && !source->port) /* the kernel chose */
        snprintf(out, size, "%.*s%d",
                 (int)(strrchr(source->text, ':') + 1 - source->text), source->text,
                 port);
    else
        snprintf(out, size, "%.*s", length, source->text);
}

const char *viz_sources_backend(const struct viz_sources *sources)
{
    return sources->net ? viz_net_backend_describe(sources->net) : "none";
}
