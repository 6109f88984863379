/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The meter: turns running totals and histograms into figures (figures.h), for each
 * interval and for the whole measured time. Knows no window and no clock: it is given
 * points, so a test can say what happened and check what a figure means. */
#ifndef VIZ_METER_H
#define VIZ_METER_H

#include <viz/figures.h>
#include <viz/histogram.h>
#include <viz/ledger.h>
#include <viz/trace.h>

#include <stdbool.h>
#include <stdint.h>

/* Totals since the session began, read at one moment. */
struct viz_meter_point {
    int64_t now_ns;
    uint64_t frames;            /* presented */
    uint64_t served, skipped;   /* the pacer's */
    int64_t cpu_ns;             /* of all threads */
    struct viz_ledger ledger;   /* sum over streams and sources */
    bool offered_known;         /* a synthetic source tells what was due */
    uint64_t offered, achieved; /* rows */
    uint64_t uploaded_bytes;
    int64_t gpu_ns; /* sum over gpu_frames frames */
    uint64_t gpu_frames;
    int64_t accounting_ns; /* spent on latency accounting by the render thread */
    uint64_t rss_bytes;
    double target_hz;
    bool traced; /* latency tracing is on */
};

struct viz_meter;

struct viz_meter *viz_meter_create(void);
void viz_meter_destroy(struct viz_meter *meter);

/* Measuring begins here: whatever was recorded before is forgotten. */
void viz_meter_begin(struct viz_meter *meter, const struct viz_meter_point *point);

/* A frame took so long, begin to presented. */
void viz_meter_frame(struct viz_meter *meter, int64_t frame_ns);

/* Most blocks seen waiting in one ring. */
void viz_meter_depth(struct viz_meter *meter, uint32_t blocks);

/* Where the frame's samples are traced into. */
struct viz_trace *viz_meter_trace(struct viz_meter *meter);

/* Close the interval that the last call (or begin) opened. */
void viz_meter_interval(struct viz_meter *meter, const struct viz_meter_point *point,
                        struct viz_figures *out);

/* Take what was traced since the last interval into the total: the frame after the end,
 * which shows what was due before it. No frame and no time is added. */
void viz_meter_absorb(struct viz_meter *meter);

/* From begin to the last closed interval. */
void viz_meter_total(const struct viz_meter *meter, struct viz_figures *out);
const struct viz_trace *viz_meter_total_trace(const struct viz_meter *meter);
const struct viz_histogram *viz_meter_total_frames(const struct viz_meter *meter);

#endif
