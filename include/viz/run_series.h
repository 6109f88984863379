/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stored run as series that can be compared: for each metric the values in order of
 * time, with what was left out and why. One thread.
 *
 * Benchmark frames of LightwaveOS. The four averages (avg_total_us, avg_goertzel_us,
 * avg_dc_agc_us, avg_chroma_us) are exponential moving averages with alpha 0.1 a hop:
 * frames that repeat their predecessor's hop_count say nothing new and are dropped; of the
 * others the average is undone (ema.h) with the hops since the predecessor (for Goertzel:
 * its own counter). Where these are unknown (the first frame of all or of a segment, behind
 * a reset, behind a frame without a number or excluded) the pair is skipped and counted.
 * cpu_load_percent is a fixed multiple of avg_total_us, scaled in the same way. Peaks are
 * maxima since boot, not of the run: no metric.
 *
 * Streams of values: every channel is a metric; what is not finite, or larger than any
 * quantity is, is left out and counted. Of a benchmark ("frames" with frame_ms,
 * "intervals" with fps, stored or imported) the usual ones are chosen so that none says
 * what another says; a figure that was never measured is none of them. Of other streams
 * nobody knows which is better. */
#ifndef VIZ_RUN_SERIES_H
#define VIZ_RUN_SERIES_H

#include <viz/contrast.h>
#include <viz/store.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fourth powers of what is larger overflow, and with them the shape of a distribution. */
#define VIZ_SERIES_LARGEST 1e75

/* Why a sample is no value, each sample for one reason. */
#define VIZ_LEFT_OUT(X)                                                                \
    X(repeats, "repeated")                                                             \
    X(unmeasured, "before the first hop")                                              \
    X(beginning, "at the beginning") /* an average that follows no other */            \
    X(broken, "behind a gap or a reset")                                               \
    X(not_finite, "no number")                                                         \
    X(too_large, "beyond 1e75")                                                        \
    X(excluded, "excluded")                                                            \
    X(unreadable, "unreadable")

struct viz_metric_series {
    char stream[64]; /* as the run calls it */
    char name[64];   /* of the channel */
    char unit[16];
    enum viz_better better;
    bool usual;       /* compared unless others are asked for */
    bool averaged;    /* values are what an average was made of */
    double ema_alpha; /* averaged: of that average; else NaN */
    double lag;       /* averaged: mean number of hops that a value stands for */

    double *value;  /* [n], all finite; NULL: none, or they are not kept */
    int64_t *at_ns; /* [n], since the run began; NULL as @value */
    size_t n;

    uint64_t rows; /* samples of the stream: n and all that is left out */
#define X(name, words) uint64_t name;
    VIZ_LEFT_OUT(X)
#undef X
    uint64_t boots; /* of the device during the run, the first not counted */
    uint64_t missing;
    double raw_mean, raw_sd; /* of the channel as it was recorded, repeats included */
    uint64_t raw_n;
};

struct viz_run_series {
    struct viz_run run;               /* its texts belong to this */
    double duration_s;                /* NaN: unknown */
    struct viz_metric_series *metric; /* streams in order, channels in order */
    uint32_t metrics;
    /* What annotations exclude: "5 to 25 s (fan off), 30 to 31 s (door)". "": nothing. */
    char excluded[480];
};

/* @only: names of metrics with commas between them ("frame_ms,S1/ax": a channel of any
 * stream, or STREAM/CHANNEL), "all", or NULL for the usual ones: of what is neither asked
 * for nor usual the values are not kept. -ENOENT: no such run; else what the store says. */
int viz_run_series_load(struct viz_store *store, int64_t run, const char *only,
                        struct viz_run_series **out, struct viz_error *err);

/* The same, but the values of nothing else are kept where @only asks for some, and without
 * @times at_ns is NULL: of a long run what is not needed is most of the memory. */
int viz_run_series_load_only(struct viz_store *store, int64_t run, const char *only,
                             bool times, struct viz_run_series **out,
                             struct viz_error *err);
void viz_run_series_destroy(struct viz_run_series *series);

/* Whether @only (as above) names this one. NULL: whether it is a usual one. */
bool viz_metric_wanted(const struct viz_metric_series *metric, const char *only);

/* Which runs a side of a comparison means: selectors (store.h) with commas between them;
 * "tag:NAME" is all runs with that tag, a name all runs that have it, and what is neither
 * but is a tag is that tag. Ids ascending, each once. -EINVAL: empty; -ENOENT, -ENOTUNIQ
 * as viz_store_find(), with the sentence (and @candidate). free() them. */
int viz_run_series_find(struct viz_store *store, const char *side, int64_t **ids,
                        uint32_t *count,
                        int (*candidate)(void *context, const struct viz_run *run),
                        void *context, struct viz_error *err);

#endif
