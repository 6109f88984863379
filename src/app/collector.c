/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector_state.h"

#include <viz/alloc.h>
#include <viz/provenance.h>
#include <viz/thread.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TICK_NS 100000000 /* how late the end may be noticed */
#define RATE_WINDOW_NS 2000000000
#define STORE_PATIENCE_NS 10000000000
#define SPOOL_PAGES 2048 /* 32 MB, touched where it is used: half a million frames */

static void sleep_ns(int64_t ns)
{
    struct timespec span = {ns / 1000000000, ns % 1000000000};
    nanosleep(&span, NULL);
}

static void set(_Atomic bool *flag)
{
    /* Pairs with the acquire in is_set(): what was written before is seen. */
    atomic_store_explicit(flag, true, memory_order_release);
}

static void *run_net(void *argument)
{
    struct collector *collector = argument;
    viz_role_assume_source();
    int ret = viz_net_begin(collector->net, &collector->net_error);
    if (ret == 0) {
        while (ret == 0 && !is_set(&collector->stop_net))
            ret = viz_net_step(collector->net, -1, &collector->net_error);
        viz_net_end(collector->net);
    }
    collector->net_code = ret;
    if (ret < 0)
        set(&collector->net_failed);
    return NULL;
}

static int open_store(struct collector *collector, struct viz_error *err)
{
    int ret = 0;
    if (collector->config->db)
        snprintf(collector->where, sizeof(collector->where), "%s",
                 collector->config->db);
    else
        ret = viz_store_default(collector->where, sizeof(collector->where), err);
    if (ret == 0)
        ret = viz_store_open(collector->where, VIZ_STORE_WRITE, &collector->store, err);
    return ret;
}

static int open_net(struct collector *collector, struct viz_error *err)
{
    const struct viz_collect_config *config = collector->config;
    uint32_t *indices = viz_zalloc(config->sources * sizeof(indices[0]));
    for (uint32_t i = 0; i < config->sources; i++)
        indices[i] = i;
    struct viz_net_params params = {
        .sources = config->source,
        .indices = indices,
        .count = config->sources,
        .backend = config->backend,
        .clock = collector->clock,
        .notices = collector->notices,
        .spool = collector->spool,
    };
    int ret = viz_net_create(&params, &collector->net, err);
    free(indices);
    if (ret < 0)
        return ret;
    collector->status = viz_zalloc(config->sources * sizeof(collector->status[0]));
    for (uint32_t i = 0; i < config->sources; i++)
        collector->status[i] = viz_net_status(collector->net, i);
    return 0;
}

static int open_collector(struct collector *collector, struct viz_error *err)
{
    collector->clock = viz_clock_create(true);
    collector->notices = viz_notices_create();
    collector->spool = viz_spool_create(SPOOL_PAGES);
    int ret = open_store(collector, err);
    if (ret == 0)
        ret = open_net(collector, err);
    collector->started_ns = viz_provenance_now();
    collector->started_clock_ns = viz_clock_now(collector->clock);
    if (ret == 0) /* last: a run that cannot begin leaves none behind */
        ret = collector_begin_run(collector, err);
    if (ret < 0)
        return ret;
    struct viz_archive_params params = {
        .store = collector->store,
        .run = collector->run,
        .spool = collector->spool,
        .clock = collector->clock,
        .started_ns = collector->started_ns,
        .started_clock_ns = collector->started_clock_ns,
        .stream = collector->stream,
        .streams = collector->config->sources,
        .max_samples = collector->config->max_samples,
    };
    collector->archive = viz_archive_create(&params);
    return 0;
}

static int start_threads(struct collector *collector, struct viz_error *err)
{
    int ret = viz_archive_start(collector->archive, err);
    if (ret == 0) {
        ret = viz_thread_start(&collector->net_thread, "viz:net", run_net, collector,
                               err);
        collector->net_running = ret == 0;
    }
    collector->begin_ns = collector->window_ns = viz_clock_now(collector->clock);
    collector->frames_hz = NAN;
    return ret;
}

/* The source first, so that all it has brought is stored. */
static void stop_threads(struct collector *collector)
{
    if (collector->net_running) {
        set(&collector->stop_net);
        viz_net_wake(collector->net);
        pthread_join(collector->net_thread, NULL);
    }
    collector->net_running = false;
    collector->end_ns = viz_clock_now(collector->clock);
    collector->store_code = viz_archive_stop(collector->archive, STORE_PATIENCE_NS,
                                             &collector->store_error);
}

static void say_notices(struct collector *collector)
{
    char text[VIZ_ERROR_TEXT];
    while (viz_notices_pop(collector->notices, text, sizeof(text))) {
        snprintf(collector->last_notice, sizeof(collector->last_notice), "%s", text);
        if (collector->io->say)
            collector->io->say(collector->io->context, text);
    }
    uint64_t lost = viz_notices_lost(collector->notices);
    if (lost == collector->notices_lost)
        return;
    snprintf(text, sizeof(text), "%llu more such sentences came too fast to be said",
             (unsigned long long)(lost - collector->notices_lost));
    collector->notices_lost = lost;
    if (collector->io->say)
        collector->io->say(collector->io->context, text);
}

static uint32_t open_connections(const struct collector *collector)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < collector->config->sources; i++)
        open += atomic_load_explicit(&collector->status[i]->link.state,
                                     memory_order_relaxed) == VIZ_LINK_OPEN;
    return open;
}

/* Once when it begins and once when it ends. */
static void say_trouble(struct collector *collector)
{
    const struct viz_archive_status *status = viz_archive_status(collector->archive);
    int error = atomic_load_explicit(&status->trouble, memory_order_relaxed);
    char text[4608];
    if (!error == !collector->trouble)
        return;
    collector->trouble = error;
    if (error)
        snprintf(text, sizeof(text),
                 "%s cannot be written for now (%s): frames wait and are tried again",
                 collector->where, strerror(error));
    else
        snprintf(text, sizeof(text), "%s can be written again", collector->where);
    if (collector->io->say)
        collector->io->say(collector->io->context, text);
}

static void measure_rate(struct collector *collector, int64_t now_ns)
{
    uint64_t received = collector_received(collector);
    int64_t span_ns = now_ns - collector->window_ns;
    bool first = received && !collector->window_received && isnan(collector->frames_hz);
    if (span_ns < RATE_WINDOW_NS && !first)
        return;
    /* From the first frame on: what was before it is no rate. */
    if (!first && collector->window_received)
        collector->frames_hz =
            (double)(received - collector->window_received) * 1e9 / (double)span_ns;
    collector->window_received = received;
    collector->window_ns = now_ns;
    viz_clock_refine(
        collector->clock); /* kernel stamps after a step of the wall clock */
}

int64_t collector_measured_ns(const struct collector *collector, int64_t now_ns)
{
    return collector->first_ns ? now_ns - collector->first_ns : 0;
}

static void tell_progress(struct collector *collector, int64_t now_ns)
{
    const struct viz_archive_status *status = viz_archive_status(collector->archive);
    if (!collector->io->progress)
        return;
    struct viz_collect_progress progress = {
        .elapsed_s = (double)collector_measured_ns(collector, now_ns) / 1e9,
        .duration_s = collector->config->duration_s,
        .received = collector_received(collector),
        .stored = viz_counted(&status->stored),
        .missing = viz_counted(&status->missing),
        .frames_hz = collector->frames_hz,
        .devices = collector->config->sources,
        .open = open_connections(collector),
        .avg_total_us =
            atomic_load_explicit(&status->avg_total_us, memory_order_relaxed),
        .cpu_load_percent =
            atomic_load_explicit(&status->cpu_load_percent, memory_order_relaxed),
        .store_waits =
            atomic_load_explicit(&status->trouble, memory_order_relaxed) != 0,
    };
    collector->io->progress(collector->io->context, &progress);
}

/* Every device has refused for good: waiting is of no use. */
static bool all_denied(const struct collector *collector)
{
    for (uint32_t i = 0; i < collector->config->sources; i++) {
        const struct viz_link_status *link = &collector->status[i]->link;
        if (!(atomic_load_explicit(&link->denied, memory_order_relaxed) &
              VIZ_SUBSCRIBE_BENCHMARK))
            return false;
    }
    return true;
}

/* Whether nothing came for too long from the start. */
static bool is_hopeless(const struct collector *collector, int64_t now_ns)
{
    const struct viz_collect_config *config = collector->config;
    double limit_s = config->patience_s > 0 ? config->patience_s : config->duration_s;
    if (collector->first_ns)
        return false;
    bool late = limit_s > 0 && (double)(now_ns - collector->begin_ns) >= limit_s * 1e9;
    return late || all_denied(collector);
}

static bool is_over(const struct collector *collector, int64_t now_ns)
{
    double duration_s = collector->config->duration_s;
    return (duration_s > 0 && collector->first_ns &&
            (double)collector_measured_ns(collector, now_ns) >= duration_s * 1e9) ||
           atomic_load_explicit(&viz_archive_status(collector->archive)->full,
                                memory_order_relaxed);
}

static enum ending watch(struct collector *collector)
{
    for (;;) {
        int64_t now_ns = viz_clock_now(collector->clock);
        say_notices(collector);
        say_trouble(collector);
        collector->first_ns = atomic_load_explicit(
            &viz_archive_status(collector->archive)->first_ns, memory_order_relaxed);
        measure_rate(collector, now_ns);
        tell_progress(collector, now_ns);
        struct viz_error err;
        if (is_set(&collector->net_failed) ||
            viz_archive_failed(collector->archive, &err))
            return ENDED_BY_FAILURE;
        if (is_over(collector, now_ns))
            return ENDED_AS_ASKED;
        if (*collector->io->stop)
            return collector->config->duration_s > 0 || collector->config->max_samples
                       ? ENDED_EARLY
                       : ENDED_AS_ASKED;
        if (is_hopeless(collector, now_ns))
            return ENDED_WITHOUT_DATA;
        sleep_ns(TICK_NS);
    }
}

static int run(struct collector *collector, struct viz_error *err)
{
    int ret = start_threads(collector, err);
    enum ending ending = ret == 0 ? watch(collector) : ENDED_BY_FAILURE;
    collector_note_states(collector);
    stop_threads(collector);
    say_notices(collector);
    bool none = !viz_counted(&viz_archive_status(collector->archive)->frames);
    collector_summarise(collector);
    struct viz_error late;
    int ended = collector_end_run(collector, ending, &late);
    if (ret < 0)
        return ret;
    collector_statistics(collector);
    if (collector->store_code < 0)
        return viz_fail(err, collector->store_code, "%s", collector->store_error.text);
    if (is_set(&collector->net_failed))
        return viz_fail(err, collector->net_code, "%s", collector->net_error.text);
    if (ended < 0)
        return viz_fail(err, ended, "%s", late.text);
    return none ? collector_fail_empty(collector, ending, err) : 0;
}

static void close_collector(struct collector *collector)
{
    viz_archive_destroy(collector->archive);
    viz_net_destroy(collector->net);
    viz_notices_destroy(collector->notices);
    viz_spool_destroy(collector->spool);
    viz_store_close(collector->store);
    viz_clock_destroy(collector->clock);
    free(collector->stream);
    free(collector->status);
    free(collector);
}

int viz_collect(const struct viz_collect_config *config,
                const struct viz_collect_io *io, struct viz_error *err)
{
    struct collector *collector = viz_zalloc(sizeof(*collector));
    collector->config = config;
    collector->io = io;
    int ret = open_collector(collector, err);
    if (ret == 0)
        ret = run(collector, err);
    close_collector(collector);
    return ret;
}
