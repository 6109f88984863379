/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one clock of the program: int64_t nanoseconds that only go forward.
 *
 * Best is the processor's time-stamp counter: one instruction, no system call. It is
 * used where CPUID says that it is invariant and the kernel itself keeps time with it
 * (clocksource "tsc"; on aarch64 the generic timer CNTVCT); everywhere else the clock
 * is CLOCK_MONOTONIC_RAW. Which one and why is in viz_clock_describe().
 *
 * The counter is calibrated against CLOCK_MONOTONIC_RAW, never against CLOCK_MONOTONIC,
 * which NTP bends by up to 500 ppm. Each end of a calibration span is the tightest of
 * many (clock, counter, clock) triples, so that a pre-emption inside one does not
 * count. The first span is 10 ms; viz_clock_refine() lengthens it while the program
 * runs, without a step: time already told stays told.
 *
 * Zero of the clock is CLOCK_MONOTONIC's zero as of the clock's creation; the two drift
 * apart by NTP's slew. Deadlines for the kernel are therefore converted when they are
 * used: viz_clock_to_monotonic(). */
#ifndef VIZ_CLOCK_H
#define VIZ_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_clock;

enum viz_clock_kind {
    VIZ_CLOCK_TSC,    /* x86 time-stamp counter */
    VIZ_CLOCK_CNTVCT, /* aarch64 generic timer */
    VIZ_CLOCK_RAW,    /* clock_gettime(CLOCK_MONOTONIC_RAW) */
    VIZ_CLOCK_FAKE,   /* a test's: moves when told */
};

/* Any thread may read; create, refine and destroy belong to the main thread. Takes
 * about 10 ms. @counter_allowed false forces the fallback, for comparison and for
 * tests. */
struct viz_clock *viz_clock_create(bool counter_allowed);

/* Stands still until viz_clock_advance(). */
struct viz_clock *viz_clock_create_fake(int64_t now_ns);
void viz_clock_advance(struct viz_clock *fake, int64_t ns); /* may be negative */

void viz_clock_destroy(struct viz_clock *clock);

/* Now, in nanoseconds. Loads before it in program order have happened (a fence precedes
 * the counter), so a stamp taken after a dequeue is never earlier than the stamp that
 * the producer took before the enqueue. */
int64_t viz_clock_now(const struct viz_clock *clock);

/* Lengthen the calibration span to the present. Call about once a second. */
void viz_clock_refine(struct viz_clock *clock);

/* A CLOCK_REALTIME stamp (the kernel's receive stamps) on this clock, by the newest
 * pair of both; the pair is renewed by viz_clock_refine(). Returns @fallback_ns when
 * the result would lie in the future or more than 10 s in the past: a stepped clock, no
 * receive time. */
int64_t viz_clock_from_realtime(const struct viz_clock *clock, int64_t realtime_ns,
                                int64_t fallback_ns);

/* The CLOCK_MONOTONIC time, for TIMER_ABSTIME, at which this clock will read @ns. */
int64_t viz_clock_to_monotonic(const struct viz_clock *clock, int64_t ns);

enum viz_clock_kind viz_clock_kind(const struct viz_clock *clock);

/* "tsc, 2596.1 MHz" or "CLOCK_MONOTONIC_RAW (the kernel's clock source is hpet)". */
void viz_clock_describe(const struct viz_clock *clock, char *out, size_t size);

/* Ticks per second of the counter, or 1e9 for the fallback. */
double viz_clock_hz(const struct viz_clock *clock);

#endif
