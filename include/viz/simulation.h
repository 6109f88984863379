/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of the simulated device (device.h) without sockets and without waiting: what a
 * collector would have stored, and the series that a comparison makes of it. The truth
 * about them is known. Pure, any thread. */
#ifndef VIZ_SIMULATION_H
#define VIZ_SIMULATION_H

#include <viz/device.h>

#include <stddef.h>
#include <stdint.h>

#define VIZ_SIMULATION_ALPHA 0.1 /* of the device's moving average */

struct viz_simulation_params {
    struct viz_device_model model;
    uint32_t device; /* tells runs of one seed apart */
    double shift_us; /* each hop takes so much longer: moves the mean and every quantile
                         of every series by just that */
    uint32_t frames; /* of a run: 600 are a minute */
    double frame_hz; /* 10 */
};

struct viz_simulated {
    double *frame; /* [frames] avg_total_us as stored, repeats included */
    size_t frames;
    double *value; /* [values] the average undone, repeats left out (run_series.h) */
    size_t values;
};

/* One run, seen in two ways: @live frames carry the average as it stands when they are
 * sent, as those of a firmware would that takes in each hop at once; @published ones carry
 * what the device publishes every 62 hops, and so repeat each other. Either may be NULL.
 * The device has been running for a few seconds when the run begins. */
void viz_simulation_run(const struct viz_simulation_params *params,
                        struct viz_simulated *live, struct viz_simulated *published);
void viz_simulated_finish(struct viz_simulated *simulated);

#endif
