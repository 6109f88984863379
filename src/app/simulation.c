/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/simulation.h>

#include <viz/alloc.h>
#include <viz/ema.h>
#include <viz/error.h>

#include <math.h>
#include <stdlib.h>

/* The first run of hops that this many publications make is forgotten by then. */
#define BEFORE (4 * VIZ_DEVICE_HOPS_PUBLISHED)
#define DICE_PHASE 2 /* a stream of the device's dice that its hops do not use */

static void begin(struct viz_simulated *simulated, size_t frames)
{
    *simulated = (struct viz_simulated){
        .frame = viz_zalloc(frames * sizeof(double)),
        .value = viz_zalloc(frames * sizeof(double)),
    };
}

/* The next frame as stored; @hops: its hop count, @before: that of the frame before. */
static void take(struct viz_simulated *simulated, double average, uint64_t hops,
                 uint64_t before)
{
    size_t i = simulated->frames++;
    simulated->frame[i] = average;
    if (i > 0 && hops > before)
        simulated->value[simulated->values++] = viz_ema_invert(
            simulated->frame[i - 1], average, VIZ_SIMULATION_ALPHA, hops - before);
}

/* Hops one by one, and their average with the firmware's float. */
static float run_to(struct viz_hops *device, uint64_t from, uint64_t to, float average)
{
    const float alpha = (float)VIZ_SIMULATION_ALPHA;
    for (uint64_t hop = from; hop < to; hop++) {
        viz_hops_run(device, hop + 1);
        float us = viz_hops_newest(device);
        average = hop == 0 ? us : alpha * us + (1 - alpha) * average;
    }
    return average;
}

void viz_simulation_run(const struct viz_simulation_params *params,
                        struct viz_simulated *live, struct viz_simulated *published)
{
    viz_assert(params->frames > 0 && params->frame_hz > 0);
    struct viz_hops *device = viz_hops_create(&params->model, params->device);
    uint64_t phase = viz_device_dice(params->model.seed, DICE_PHASE, params->device);
    uint64_t start = BEFORE + phase % VIZ_DEVICE_HOPS_PUBLISHED;
    uint64_t done = 0, known = 0;
    float average = 0;
    if (live)
        begin(live, params->frames);
    if (published)
        begin(published, params->frames);
    for (uint32_t i = 0; i < params->frames; i++) {
        uint64_t due =
            start + (uint64_t)floor(i * params->model.hop_hz / params->frame_hz);
        struct viz_lw_frame frame;
        average = run_to(device, done, due, average);
        viz_hops_frame(device, 0, true, &frame);
        if (live)
            take(live, average + params->shift_us, due, done);
        if (published)
            take(published, frame.avg_total_us + params->shift_us, frame.hop_count,
                 known);
        done = due;
        known = frame.hop_count;
    }
    viz_hops_destroy(device);
}

void viz_simulated_finish(struct viz_simulated *simulated)
{
    free(simulated->frame);
    free(simulated->value);
    *simulated = (struct viz_simulated){0};
}
