/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The synthetic source: N channels at R rows a second on an absolute schedule.
 *
 * Row n is due at start + floor(n * 1e9 / R) ns, in integers: nothing accumulates, and
 * any rate works (144, 333.3, 1e6). Every due row is made, however late the thread
 * wakes, and carries its intended time as device time and as origin: a late generator
 * shows up as latency and never as a missing load.
 *
 * Values depend on (seed, channel, row number) alone: channel c is a sine of
 * 0.7 + 0.1 c Hz and amplitude 1 with uniform noise of +-0.1; the same seed gives the
 * same bytes on every run. Patterns add to every channel: spike  one row of +5 every
 * 997 rows (a prime: it wanders over pixel columns) step   +3 during every other half
 * second */
#ifndef VIZ_SYNTH_H
#define VIZ_SYNTH_H

#include <viz/stream.h>

#include <stdbool.h>
#include <stdint.h>

enum viz_pattern {
    VIZ_PATTERN_SINE = 0,
    VIZ_PATTERN_SPIKE = 1,
    VIZ_PATTERN_STEP = 2, /* a set: spike | step is both */
};

struct viz_synth_params {
    uint32_t channels; /* 1..VIZ_MAX_CHANNELS */
    double rate_hz;    /* rows a second, > 0, up to VIZ_MAX_RATE */
    uint64_t seed;
    unsigned pattern; /* set of enum viz_pattern */
};

/* A schedule of rows; exact for rates with up to six decimals. */
struct viz_schedule {
    int64_t start_ns;
    uint64_t rate_micro; /* rows in a million seconds... rate * 1e6, rounded */
};
struct viz_schedule viz_schedule_at(int64_t start_ns, double rate_hz);
int64_t viz_schedule_time(const struct viz_schedule *schedule, uint64_t row);
/* Rows with a time <= @now_ns: the number of the first row that is not due. */
uint64_t viz_schedule_due(const struct viz_schedule *schedule, int64_t now_ns);

/* Value of one sample. Pure. The noise is uniform in [-0.1, 0.1]. */
float viz_synth_value(const struct viz_synth_params *params, uint32_t channel,
                      uint64_t row);

/* The values of @rows rows from @first_row, channel-major with @stride floats between
 * channels: the fast way, equal to viz_synth_value() to the last bit. */
void viz_synth_fill(const struct viz_synth_params *params, uint64_t first_row,
                    uint32_t rows, float *out, uint32_t stride);

struct viz_synth;

/* Opens the stream in @streams. @start_ns: when row 0 is due. */
struct viz_synth *viz_synth_create(const struct viz_synth_params *params,
                                   struct viz_streams *streams, uint32_t source,
                                   const struct viz_clock *clock, int64_t start_ns)
    VIZ_ON(source);
void viz_synth_destroy(struct viz_synth *synth);

/* Make everything that is due now and commit it. Returns when to call again: the next
 * row's time, or a little later where rows come faster than a thread should wake. */
int64_t viz_synth_step(struct viz_synth *synth) VIZ_ON(source);

/* The end of the source: make what is due now, for a tenth of a second at most, and
 * publish it. */
void viz_synth_finish(struct viz_synth *synth) VIZ_ON(source);

/* Rows that were due so far, whether or not the thread has woken up for them; rows that
 * were made; and, after the end, samples that were due and never made. Any thread. */
uint64_t viz_synth_offered(const struct viz_synth *synth);
uint64_t viz_synth_achieved(const struct viz_synth *synth);
uint64_t viz_synth_unmade(const struct viz_synth *synth);

#endif
