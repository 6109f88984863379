/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated devices of the selftest, and viz's own answer about their runs: the calls
 * that viz compare makes. */
#ifndef VIZ_SELFTEST_DEVICE_H
#define VIZ_SELFTEST_DEVICE_H

#include <viz/contrast.h>
#include <viz/simulation.h>

#define DEVICE_MEAN_US 5000.0
#define DEVICE_FRAMES 600 /* a minute */

/* How frames come by what they say (simulation.h). */
enum device_frames { FRAMES_LIVE, FRAMES_PUBLISHED, FRAMES_KINDS };

struct device_kind {
    double hop_hz, ar;
};

extern const char *const device_frames_name[FRAMES_KINDS];

/* Independent and AR(1) hop times, slow and fast. */
#define DEVICE_KINDS 4
extern const struct device_kind device_kinds[DEVICE_KINDS];

/* "50/s, AR(1) 0.9". */
void device_text(const struct device_kind *kind, char *out, size_t size);

/* A minute of a device; @run tells those of one seed apart. */
struct viz_simulation_params device_params(const struct device_kind *kind,
                                           uint64_t seed, uint32_t run);

/* A run's effect in percent: @effect, and what chance adds to it from run to run. */
double device_effect(double effect, double variation, uint64_t seed, uint32_t run);

void device_estimate(struct viz_estimate *estimate, const struct viz_simulated *run,
                     uint32_t replicates, uint64_t seed);

/* Of nothing behind @last: the rest costs time and is not looked at. */
void device_contrast(struct viz_estimate *a, struct viz_estimate *b, uint32_t runs,
                     enum viz_statistic last, uint64_t seed, struct viz_contrast *out);

/* Whether the mean's test, alone in its family, finds a difference. */
bool device_differs(const struct viz_contrast *contrast);
bool device_is_worse(struct viz_contrast *contrast, enum viz_statistic statistic);

#endif
