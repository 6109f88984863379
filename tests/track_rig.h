/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of a device's track need: a device, and our clock beside it. */
#ifndef VIZ_TESTS_TRACK_RIG_H
#define VIZ_TESTS_TRACK_RIG_H

#include <viz/track.h>

#include <criterion/criterion.h>

#define WRAP (INT64_C(1) << 32)
#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

/* A device that makes 50 hops a second and publishes them at once, and our clock. */
struct track_rig {
    struct viz_track *track;
    struct viz_lw_frame frame;
    int64_t now_ms;
    struct viz_track_point point; /* of the newest frame */
};

static inline void track_rig_init(struct track_rig *rig, uint32_t timestamp_ms,
                                  uint32_t hops)
{
    *rig = (struct track_rig){.track = viz_track_create(), .now_ms = 5000};
    rig->frame.timestamp_ms = timestamp_ms;
    rig->frame.hop_count = hops;
    rig->frame.goertzel_count = (uint16_t)hops;
}

static inline void track_rig_take(struct track_rig *rig)
{
    viz_track_frame(rig->track, &rig->frame, rig->now_ms * 1000000, &rig->point);
}

/* The device and our clock go on. */
static inline void track_rig_pass(struct track_rig *rig, int64_t device_ms,
                                  int64_t host_ms)
{
    uint32_t hops = (uint32_t)(device_ms / 20);
    rig->frame.timestamp_ms += (uint32_t)device_ms;
    rig->frame.hop_count += hops;
    rig->frame.goertzel_count = (uint16_t)(rig->frame.goertzel_count + hops);
    rig->now_ms += host_ms;
}

static inline void track_rig_step(struct track_rig *rig, int64_t device_ms,
                                  int64_t host_ms)
{
    track_rig_pass(rig, device_ms, host_ms);
    track_rig_take(rig);
}

/* Several frames at the usual distance: the period is learnt. */
static inline void track_rig_run(struct track_rig *rig, int frames, int64_t period_ms)
{
    for (int i = 0; i < frames; i++)
        track_rig_step(rig, period_ms, period_ms);
}

/* The device has been up for @up_ms, after @away_ms by our clock. */
static inline void track_rig_boot(struct track_rig *rig, uint32_t up_ms,
                                  int64_t away_ms)
{
    rig->frame.timestamp_ms = up_ms;
    rig->frame.hop_count = up_ms / 20;
    rig->frame.goertzel_count = (uint16_t)(up_ms / 20);
    rig->now_ms += away_ms;
    track_rig_take(rig);
}

static inline const struct viz_track_counts *
track_rig_counts(const struct track_rig *rig)
{
    return viz_track_counts(rig->track);
}

static inline void track_rig_finish(struct track_rig *rig)
{
    viz_track_destroy(rig->track);
}

#endif
