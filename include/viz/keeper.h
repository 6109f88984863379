/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps a benchmark as a run of the store: one stream "intervals" with every figure of
 * the CSV file as a channel, one stream "frames" with the times of each frame. The render
 * thread hands them over without waiting; viz:store writes them (archive.h). */
#ifndef VIZ_KEEPER_H
#define VIZ_KEEPER_H

#include <viz/clock.h>
#include <viz/error.h>
#include <viz/figures.h>
#include <viz/role.h>
#include <viz/trace.h>

#include <stdbool.h>
#include <stdint.h>

struct viz_keeper;

struct viz_keeper_params {
    const char *where;     /* the store; NULL: the default */
    const char *name;      /* of the run; NULL: "benchmark" */
    const char *requested; /* JSON: what was asked for */
    int argc;
    char **argv;
    const struct viz_clock *clock;
};

/* Opens the store, begins the run, starts the thread. Main thread. */
int viz_keeper_create(const struct viz_keeper_params *params, struct viz_keeper **out,
                      struct viz_error *err);

/* The figures of an interval that ended at @now_ns; the times of a frame. */
void viz_keeper_interval(struct viz_keeper *keeper, const struct viz_figures *figures,
                         int64_t now_ns) VIZ_ON(render);
void viz_keeper_frame(struct viz_keeper *keeper, const struct viz_frame_stamps *stamps)
    VIZ_ON(render);

/* Write what is left and end the run: complete or interrupted, @delivered: the summary as
 * JSON. 0 or a negative errno with the sentence; -EOVERFLOW: rows were lost because the
 * disk was too slow. Frees the keeper. NULL is fine. */
int viz_keeper_finish(struct viz_keeper *keeper, bool complete, const char *delivered,
                      struct viz_error *err);

#endif
