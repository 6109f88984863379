/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Following one device's benchmark frames: counters and time stamps that wrap are
 * unwrapped, a reboot begins a new segment, missing and repeated frames are marked.
 * Nothing is ever left out. Pure: one object for each device, one thread.
 *
 * Time. The device's stamp is a uint32 of milliseconds. It is carried on modulo 2^32
 * while the forward distance agrees with the time of arrival (a wrap); where it went back
 * and the forward distance does not agree, the device was booted again.
 *
 * Gaps. Frames come at most every 100 ms. The period is the median of the distances seen
 * lately (100 ms until there are some); a distance of more than one and a half periods
 * has distance / period - 1 frames missing in it, rounded. */
#ifndef VIZ_TRACK_H
#define VIZ_TRACK_H

#include <viz/lightwave.h>

#include <stdbool.h>
#include <stdint.h>

enum viz_track_mark {
    VIZ_MARK_REPEAT = 1, /* same hop_count as its predecessor: no news */
    VIZ_MARK_GAP = 2,    /* frames are missing before it */
    VIZ_MARK_BOOT = 4,   /* first of a segment */
    VIZ_MARK_RESET = 8,  /* the device's statistics began anew (benchmark.start) */
    VIZ_MARK_NAN = 16,   /* a value is not a finite number */
    VIZ_MARK_COPY = 32, /* all bytes as its predecessor's, time stamp too: sent twice */
};

struct viz_track_point {
    uint32_t segment;   /* from 0 */
    unsigned marks;     /* set of enum viz_track_mark */
    int64_t device_ms;  /* since the device's boot, beyond 32 bits */
    uint64_t hops;      /* hop_count since boot or reset, beyond 32 bits */
    uint64_t goertzels; /* goertzel_count, beyond 16 bits */
    uint32_t missing;   /* frames that are missing before this one, estimated */
};

struct viz_track_counts {
    uint64_t frames, repeats, copies, gaps, missing, boots, resets, not_finite;
};

struct viz_track;

struct viz_track *viz_track_create(void);
void viz_track_destroy(struct viz_track *track);

/* @received_ns: any clock that only goes forward. */
void viz_track_frame(struct viz_track *track, const struct viz_lw_frame *frame,
                     int64_t received_ns, struct viz_track_point *out);

/* A new connection to the device: the next frame may be of another boot, and what is
 * missing before it was not sent to us: its gap is marked, its missing stays 0. */
void viz_track_reconnected(struct viz_track *track);

const struct viz_track_counts *viz_track_counts(const struct viz_track *track);

#endif
