/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated LightwaveOS device: what its firmware computes and sends, from a seeded
 * model of hop times, with faults on request. Pure: told the time, it says which bytes go
 * to which client; sockets are app/devices.c's. One thread.
 *
 * Hop times (microseconds): x[n] = mean (1 + effect) + trend * minutes + a[n], where a is
 * an autoregressive series a[n] = ar a[n-1] + e[n], e normal, so that sd is that of a; and
 * one in @spikes hops takes five times as long. The firmware's part, for each hop: EMA
 * += 0.1 (x - EMA); running peaks (uint16, wrapping); counters; published every 62 hops;
 * broadcast at most every 100 ms, the stamp set to "now" each time. Depends on (seed,
 * device, hop) alone, whatever the clock does. */
#ifndef VIZ_DEVICE_H
#define VIZ_DEVICE_H

#include <viz/lightwave.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIZ_DEVICE_SUBSCRIBERS 4
#define VIZ_DEVICE_HOPS_PUBLISHED 62

struct viz_device_model {
    double mean_us, sd_us; /* of one hop: 5000, 400 */
    double ar;             /* -1 < ar < 1: 0 */
    double spikes;         /* share of hops that take five times as long: 0 */
    double hop_hz;         /* 50 */
    double effect;         /* relative change of the mean: 0 */
    double trend;          /* microseconds a minute: 0 */
    uint64_t seed;
};

struct viz_device_faults {
    double drop_percent;        /* frames that a slow client's queue would drop */
    double stall_at_s, stall_s; /* nothing is sent for so long, from then on; stall_s 0:
                                   never */
    double reboot_at_s;         /* 0: never. Connections end, counters begin anew */
    double garbage_percent;     /* besides: binary of random bytes and lengths */
    double nan_percent;         /* frames with a NaN for avg_total_us */
    double half_percent;        /* besides: frames cut at 16 bytes */
    bool refuse;                /* every subscription: RESOURCE_EXHAUSTED */
    int close_code;             /* 0: none. Closes each connection with it ... */
    double close_after_s;       /* ... so long after it opened */
    bool silent;                /* accepts, answers, and sends no frame */
    double slow_ms;             /* answers so late */
    bool extended;              /* sends 64-byte frames */
    bool cool_down;             /* a client's second connection within 2 s: 1013 */
    bool single_session;        /* a second connection from one address: 1008 */
    double clock_ms;            /* time stamp at the start: for the wrap at 2^32 */
};

/* What one device really sent, to all its clients together unless said otherwise. */
#define VIZ_DEVICE_COUNTS(X)                                                           \
    X(connections, "WebSocket connections that were opened")                           \
    X(refused_connections, "closed at once: cool-down, single session, limit")         \
    X(subscriptions, "benchmark subscriptions that were accepted")                     \
    X(rejections, "subscriptions that were refused")                                   \
    X(made, "benchmark frames that were due for a client")                             \
    X(sent, "of these, sent")                                                          \
    X(dropped, "of these, left out by --drop")                                         \
    X(stalled, "of these, left out by --stall")                                        \
    X(unsent, "of these, lost because the client reads too slowly")                    \
    X(nan, "of those sent, with a NaN")                                                \
    X(repeats, "of those sent, with the hop count of the frame before")                \
    X(garbage, "messages of random bytes, besides")                                    \
    X(halves, "frames cut short, besides")                                             \
    X(audio, "audio frames sent")                                                      \
    X(stm, "STM frames sent")                                                          \
    X(texts, "text messages received")                                                 \
    X(bad_texts, "of these, not understood")                                           \
    X(status, "status messages sent")                                                  \
    X(pings, "pings sent")                                                             \
    X(boots, "boots, the first included")

struct viz_device_counts {
#define X(name, help) uint64_t name;
    VIZ_DEVICE_COUNTS(X)
#undef X
};

/* The firmware's model alone, for tests and for oracles: hops up to @hop are computed and
 * the frame that would be broadcast at @timestamp_ms is *out. @hop must not go back. */
struct viz_hops;
struct viz_hops *viz_hops_create(const struct viz_device_model *model, uint32_t device);
void viz_hops_destroy(struct viz_hops *hops);
void viz_hops_run(struct viz_hops *hops, uint64_t hop);
void viz_hops_frame(const struct viz_hops *hops, uint32_t timestamp_ms, bool active,
                    struct viz_lw_frame *out);
void viz_hops_reset(struct viz_hops *hops); /* benchmark.start: statistics begin anew */

#endif
