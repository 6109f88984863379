/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A frame: the order in which one is made, and the stamps that tell when each point was
 * reached. What the steps do is the caller's, so a test can make a frame of steps that
 * only let time pass, on a fake clock, and check every stamp. */
#ifndef VIZ_FRAME_H
#define VIZ_FRAME_H

#include <viz/clock.h>
#include <viz/role.h>
#include <viz/trace.h>

#include <stdbool.h>
#include <stdint.h>

/* Called in this order, each with @context; none is NULL. */
struct viz_frame_steps {
    void *context;
    void (*drain)(void *context, int64_t begin_ns); /* take in what has come */
    void (*upload)(void *context);
    void (*submit)(void *context);  /* issue the draw calls */
    bool (*present)(void *context); /* true: the user can see it, the fence signalled */
    void (*account)(void *context, const struct viz_frame_stamps *stamps);
};

/* Since the session began. */
struct viz_frame_counts {
    uint64_t presented;
    int64_t accounting_ns; /* from presented to the end of the account step */
};

/* Make one frame. False: it was not presented, so nothing was accounted or counted. */
bool viz_frame_make(const struct viz_frame_steps *steps, const struct viz_clock *clock,
                    struct viz_frame_counts *counts) VIZ_ON(render);

#endif
