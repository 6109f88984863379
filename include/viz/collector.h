/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Collecting: the frames of one or more devices into one run. Threads: viz:net receives,
 * viz:store writes, the caller's watches the clock. Main thread only. */
#ifndef VIZ_COLLECTOR_H
#define VIZ_COLLECTOR_H

#include <viz/archive.h>
#include <viz/net.h>
#include <viz/subscription.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct viz_collect_config {
    const struct viz_source *source; /* [sources], WebSockets */
    uint32_t sources;
    enum viz_net_backend backend;
    const char *db; /* NULL: the default */
    const char *run_name, *description;
    bool start;           /* reset the devices' statistics first */
    const char *firmware; /* NULL: unknown */
    const char *tags;     /* "a,b"; NULL: none */
    double duration_s;    /* 0: until stopped */
    uint64_t max_samples; /* 0: no limit */
    double patience_s;    /* without a frame at all: give up, say why; 0: never */
    const char *json;     /* summary; NULL: none */
    int argc;
    char **argv;
};

/* How far it is; filled for each call of progress. */
struct viz_collect_progress {
    double elapsed_s, duration_s;       /* 0: no end */
    uint64_t received, stored, missing; /* messages; of them; known not to have come */
    double frames_hz;                   /* received, over the last seconds */
    uint32_t devices, open;             /* connections */
    float avg_total_us, cpu_load_percent; /* newest; NaN: none */
    bool store_waits;                     /* the store cannot be written for now */
};

struct viz_collect_io {
    void (*say)(void *context, const char *sentence); /* talk */
    void (*line)(void *context, const char *text);    /* the summary */
    void (*progress)(void *context, const struct viz_collect_progress *progress);
    void *context;
    const volatile sig_atomic_t *stop;
};

/* Runs to its end. 0; or a negative errno with the sentence, the run kept with what came:
 * -ENODATA when not a frame came. */
int viz_collect(const struct viz_collect_config *config,
                const struct viz_collect_io *io, struct viz_error *err);

#endif
