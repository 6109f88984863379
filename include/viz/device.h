/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated LightwaveOS device: what its firmware computes, from a seeded model of hop
 * times, and the faults that it can be asked for. Pure, one thread. What it says to whom
 * and when is device_session.h; sockets are devices.h.
 *
 * Hop times (microseconds): x[n] = mean (1 + effect / 100) + trend * minutes + a[n], where
 * a is an autoregressive series a[n] = ar a[n-1] + e[n], e normal, so that sd is that of
 * a; @spikes percent of the hops take five times as long. Never below 0; the firmware
 * measures whole microseconds in a uint16, so that 65536 us are 0. Every second hop
 * (n odd) the Goertzel filters run: 0.6 x of the hop, chroma 0.1 x; the DC and gain loop
 * takes 0.05 x of each hop. x depends on (model, device, n) alone, whatever the clock
 * does.
 *
 * The firmware keeps 62 hops, takes them in together, and what it has then is what frames
 * say until the next 62: moving averages (the first value, then 0.1 of each new one),
 * peaks, counters, the histogram. */
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
    double spikes;         /* percent of the hops that take five times as long: 0 */
    double hop_hz;         /* 50 */
    double effect;         /* change of the mean in percent: 0 */
    double trend;          /* microseconds a minute: 0 */
    uint64_t seed;
};

/* Times count from the start of the simulation. What happens to the device's frame n
 * depends on (seed, device, n) alone. */
struct viz_device_faults {
    double drop_percent;        /* frames that a slow client's queue would drop */
    double stall_at_s, stall_s; /* no frame of any stream is sent for so long, from then
                                   on; stall_s 0: never */
    double reboot_at_s;         /* 0: never. Connections end without a close, time and
                                   counters begin at 0; the series of hop times goes on */
    double garbage_percent;     /* besides: 1 to 300 bytes that begin like no frame */
    double nan_percent;         /* frames with a NaN for avg_total_us */
    double half_percent;        /* besides: frames cut at 16 bytes */
    bool refuse;                /* every subscription: RESOURCE_EXHAUSTED */
    int close_code;             /* 0: none. Closes each connection with it ... */
    double close_after_s;       /* ... so long after it opened */
    bool silent;                /* accepts, answers, and sends no frame */
    double slow_ms;             /* answers so late */
    bool extended;              /* sends 64-byte frames */
    bool cool_down;             /* a connection within 2 s after the last one from its
                                   address, refused ones included: 1013 */
    bool single_session;        /* a second connection from one address: 1008 */
    double clock_ms;            /* time stamp at the start: for the wrap at 2^32 */
};

/* What one device really sent, to all its clients together. A message counts as sent when
 * its last byte went to the kernel. For frames, at the end: made = sent + dropped + stalled
 * + unsent. */
#define VIZ_DEVICE_COUNTS(X)                                                           \
    X(connections, "WebSocket connections that were opened")                           \
    X(refused_connections, "of these, closed at once: cool-down, session, limit")      \
    X(subscriptions, "benchmark subscriptions that were accepted")                     \
    X(rejections, "subscriptions that were refused")                                   \
    X(made, "benchmark frames that were due for a client")                             \
    X(sent, "of these, sent")                                                          \
    X(dropped, "of these, left out by --drop")                                         \
    X(stalled, "of these, left out by --stall")                                        \
    X(unsent, "of these, lost in the queue of a client too slow, or gone")             \
    X(nan, "of those sent, with a NaN")                                                \
    X(repeats, "of those sent, with the hop count of the frame sent before")           \
    X(garbage, "messages of random bytes, besides")                                    \
    X(halves, "frames cut short, besides")                                             \
    X(audio, "audio frames sent")                                                      \
    X(stm, "STM frames sent")                                                          \
    X(texts, "text messages received")                                                 \
    X(bad_texts, "of these, not understood")                                           \
    X(limited, "of these, left unanswered: more than 50 a second")                     \
    X(status, "status messages sent")                                                  \
    X(pings, "pings sent")                                                             \
    X(boots, "boots, the first included")

struct viz_device_counts {
#define X(name, help) uint64_t name;
    VIZ_DEVICE_COUNTS(X)
#undef X
};

/* The firmware's model alone. @device tells devices of one seed apart. */
struct viz_hops;
struct viz_hops *viz_hops_create(const struct viz_device_model *model, uint32_t device);
void viz_hops_destroy(struct viz_hops *hops);

/* Compute hops until @hop of them are done. Nothing happens when they are. */
void viz_hops_run(struct viz_hops *hops, uint64_t hop);

/* The time of the newest hop as the firmware measures it. */
uint16_t viz_hops_newest(const struct viz_hops *hops);

/* What would be broadcast at @timestamp_ms; the fields of the extended frame are filled,
 * @out->extended is false. @active: between benchmark.start and benchmark.stop. */
void viz_hops_frame(const struct viz_hops *hops, uint32_t timestamp_ms, bool active,
                    struct viz_lw_frame *out);

/* benchmark.start: statistics begin anew; the hops that wait to be taken in stay. */
void viz_hops_reset(struct viz_hops *hops);

/* The device boots: these are gone, too. The series of hop times goes on. */
void viz_hops_boot(struct viz_hops *hops);

/* A number from 0 to 2^64 - 1 that depends on the three alone: the simulation's dice. */
uint64_t viz_device_dice(uint64_t seed, uint64_t stream, uint64_t n);

#endif
