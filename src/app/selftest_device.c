/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "selftest_device.h"

#include "selftest_state.h"

#include <viz/random.h>

#include <math.h>
#include <stdio.h>

const char *const device_frames_name[FRAMES_KINDS] = {"live", "published"};

const struct device_kind device_kinds[DEVICE_KINDS] = {
    {50, 0}, {125, 0}, {50, 0.9}, {125, 0.9}};

void device_text(const struct device_kind *kind, char *out, size_t size)
{
    if (kind->ar != 0)
        snprintf(out, size, "%g/s, AR(1) %g", kind->hop_hz, kind->ar);
    else
        snprintf(out, size, "%g/s, independent", kind->hop_hz);
}

struct viz_simulation_params device_params(const struct device_kind *kind,
                                           uint64_t seed, uint32_t run)
{
    return (struct viz_simulation_params){
        .model = {.mean_us = DEVICE_MEAN_US,
                  .sd_us = 400,
                  .ar = kind->ar,
                  .spikes = 0.5,
                  .hop_hz = kind->hop_hz,
                  .seed = seed},
        .device = run,
        .frames = DEVICE_FRAMES,
        .frame_hz = 10,
    };
}

double device_effect(double effect, double variation, uint64_t seed, uint32_t run)
{
    struct viz_random random;
    viz_random_seed(&random, viz_random_fork(seed, run));
    return effect + variation * viz_random_normal(&random);
}

void device_estimate(struct viz_estimate *estimate, const struct viz_simulated *run,
                     uint32_t replicates, uint64_t seed)
{
    const struct viz_estimate_params params = {.confidence = 1 - SELFTEST_ALPHA,
                                               .replicates = replicates,
                                               .seed = seed,
                                               .ignore = 0.01};
    viz_estimate_init(estimate, run->value, run->values, &params);
}

static void leave_out(struct viz_estimate *estimate, uint32_t runs,
                      enum viz_statistic last)
{
    for (uint32_t run = 0; run < runs; run++)
        for (int i = (int)last + 1; i < VIZ_STATISTIC_COUNT; i++)
            estimate[run].of[i].enough = false;
}

void device_contrast(struct viz_estimate *a, struct viz_estimate *b, uint32_t runs,
                     enum viz_statistic last, uint64_t seed, struct viz_contrast *out)
{
    const struct viz_contrast_params params = {.alpha = SELFTEST_ALPHA,
                                               .limit = 0.01,
                                               .better = VIZ_BETTER_LOWER,
                                               .seed = seed};
    leave_out(a, runs, last);
    leave_out(b, runs, last);
    viz_contrast(a, runs, b, runs, &params, out);
}

bool device_differs(const struct viz_contrast *contrast)
{
    return contrast->row[VIZ_STATISTIC_MEAN].test.p < SELFTEST_ALPHA;
}

bool device_is_worse(struct viz_contrast *contrast, enum viz_statistic statistic)
{
    struct viz_contrast_row *row = &contrast->row[statistic];
    row->p_adjusted = row->test.p;
    return viz_contrast_judge(row, VIZ_BETTER_LOWER, SELFTEST_ALPHA) ==
           VIZ_VERDICT_WORSE;
}
