/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Following one device's benchmark frames: counters and time stamps that wrap are
 * unwrapped, a reboot begins a new segment, missing and repeated frames are marked.
 * Nothing is ever left out. Pure: one object for each device, one thread.
 *
 * Time. The device's stamp is a uint32 of milliseconds, carried on modulo 2^32. What the
 * stamps say is compared with the time between the arrivals:
 *
 *   Stamp went on. The next frame of the same boot; also where it arrived late, where the
 *   host's clock stands still, and where either leapt. It is another boot only if the
 *   device cannot have been up for longer than the predecessor is old (its new stamp is
 *   not larger than the time that passed), and the stamp stays behind that time: by more
 *   than 30 s, or by 0.25 s after a new connection or when hop_count went back too. This
 *   is the device that was off for hours and has now been up for longer than before.
 *   Stamp went back. A wrap, if the forward distance agrees with the time that passed (to
 *   30 s, or to 0.5 s where the device may have been booted meanwhile) or with
 *   hop_count's; a late datagram, if it is at most 1 s behind and no boot is possible: it
 *   gets its own place in the segment and moves nothing. Otherwise another boot.
 *   More than 2^31 ms between two frames: as many wraps as come nearest to that time.
 *
 * Clocks may differ by one part in 1000. What a wrap or a boot before the first frame
 * left behind cannot be known: a segment starts with the device's figures as they are.
 *
 * Counters. hop_count that goes back, or on by more than 10 a millisecond (and 1000), was
 * reset. 16 bits of goertzel_count can wrap several times in a gap: the number of hops and
 * the share of them that had Goertzel so far say how often.
 *
 * Gaps. Frames come at most every 100 ms. The usual distance is what one in eight of the
 * latest 31 is shorter than (100 ms until there are 5), so that more than half of the
 * frames may be lost; one of more than one and a half times that is a gap. Frames missing
 * in it: the distance by the mean of those that are no gaps, less one, rounded, at least
 * 1. */
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
    VIZ_MARK_COPY = 32,  /* all bytes as its predecessor's, time stamp too: sent twice;
                         * a REPEAT as well */
};

struct viz_track_point {
    uint32_t segment;   /* from 0 */
    unsigned marks;     /* set of enum viz_track_mark */
    int64_t device_ms;  /* since the device's boot, beyond 32 bits */
    uint64_t hops;      /* hop_count since boot or reset, beyond 32 bits */
    uint64_t goertzels; /* goertzel_count, beyond 16 bits */
    uint32_t missing;   /* frames that are missing before this one, estimated */
};

/* Frames with each mark: boots includes the first frame of all. */
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
