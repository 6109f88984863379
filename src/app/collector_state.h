/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a collector share: collector.c owns it, starts its threads and watches
 * the clock; collector_run.c begins and ends its run in the store; collector_report.c says
 * what came. */
#ifndef COLLECTOR_STATE_H
#define COLLECTOR_STATE_H

#include <viz/collector.h>

#include <jansson.h>
#include <pthread.h>

struct collector {
    const struct viz_collect_config *config;
    const struct viz_collect_io *io;
    struct viz_clock *clock;
    struct viz_store *store;
    struct viz_spool *spool;
    struct viz_archive *archive;
    struct viz_notices *notices;
    struct viz_net *net;
    const struct viz_net_status **status; /* [config->sources] */
    int64_t run;                          /* 0: not begun */
    int64_t *stream;                      /* [config->sources] ids */
    char where[4096];

    _Atomic bool stop_net;
    bool net_running;
    pthread_t net_thread;
    _Atomic bool net_failed; /* written after the error: release */
    struct viz_error net_error, store_error;
    int net_code, store_code;

    int64_t begin_ns; /* the threads run */
    int64_t first_ns; /* the first frame came; 0: none */
    int64_t end_ns;
    int64_t started_ns;       /* since 1970, ... */
    int64_t started_clock_ns; /* ... at this time of the clock */
    int64_t window_ns;        /* of the rate */
    uint64_t window_received;
    double frames_hz;
    uint64_t notices_lost; /* as far as it was said */
    char last_notice[VIZ_ERROR_TEXT];
    int link_state;  /* of the first source, at the end; enum viz_link_state */
    bool subscribed; /* and whether its frames were promised */
    int trouble;     /* of the store, as far as it was said: errno, 0: none */
};

/* Whether @flag is set; what was written before it was is seen. */
static inline bool is_set(const _Atomic bool *flag)
{
    return atomic_load_explicit(flag, memory_order_acquire);
}

enum ending { ENDED_AS_ASKED, ENDED_EARLY, ENDED_WITHOUT_DATA, ENDED_BY_FAILURE };

/* Nanoseconds since the first frame came; 0: none has. */
int64_t collector_measured_ns(const struct collector *collector, int64_t now_ns);

/* collector_report.c: binary messages of all devices, whatever became of them. */
uint64_t collector_received(const struct collector *collector);

/* collector_run.c: begin the run with its streams; end it with what came. */
int collector_begin_run(struct collector *collector, struct viz_error *err);
int collector_end_run(struct collector *collector, enum ending ending,
                      struct viz_error *err);

/* collector_report.c: what came, for the run and for --json; the same in plain words; the
 * sentence for a run without a frame, from how things stood before the threads ended. */
json_t *collector_delivered(const struct collector *collector);
int collector_write_json(const struct collector *collector, json_t *delivered,
                         struct viz_error *err);
void collector_summarise(const struct collector *collector);
/* collector_report.c: the figures of what is stored, once the run has ended. */
void collector_statistics(const struct collector *collector);
void collector_note_states(struct collector *collector);
int collector_fail_empty(const struct collector *collector, enum ending ending,
                         struct viz_error *err);

#endif
