/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A log-linear histogram of nanoseconds: constant memory, 2 ns to record, no
 * allocation.
 *
 * 128 sub-buckets to each power of two, so that a bucket is at most 1/128 = 0.78 %
 * wide; values below 256 ns are exact. Values to 2^40 ns (18 min) are kept, larger ones
 * are counted in the last bucket and in @overflow; negative ones (a clock that ran
 * backwards) are counted as 0 and in @negative. One writer, no locks: each thread has
 * its own and reads are the owner's.
 *
 * Percentiles are nearest rank: the smallest recorded value v such that at least
 * ceil(p/100 * N) values are <= v, reported as the upper edge of v's bucket and never
 * above the exact maximum. */
#ifndef VIZ_HISTOGRAM_H
#define VIZ_HISTOGRAM_H

#include <stdint.h>

#define VIZ_HISTOGRAM_SUB_BITS 7
#define VIZ_HISTOGRAM_TOP_BITS 40
#define VIZ_HISTOGRAM_BUCKETS                                                          \
    ((VIZ_HISTOGRAM_TOP_BITS - VIZ_HISTOGRAM_SUB_BITS + 1) << VIZ_HISTOGRAM_SUB_BITS)

struct viz_histogram {
    uint64_t count;
    uint64_t overflow;
    uint64_t negative;
    int64_t min_ns, max_ns; /* of what was recorded; 0 when count is 0 */
    __int128 sum_ns;        /* exact, negative values included as they came */
    uint64_t buckets[VIZ_HISTOGRAM_BUCKETS];
};

void viz_histogram_reset(struct viz_histogram *histogram);

/* Record @value_ns as if it had come @weight times (a row of 18 samples weighs 18). */
void viz_histogram_record(struct viz_histogram *histogram, int64_t value_ns,
                          uint64_t weight);

/* The same, and what a sampler that was held up for @value_ns missed: as many values as
 * should have come meanwhile, one each @interval_ns, each shorter by that than the one
 * before, down to @interval_ns (coordinated omission). An interval of 0: nothing missed.
 * Takes @value_ns / @interval_ns steps. */
void viz_histogram_record_corrected(struct viz_histogram *histogram, int64_t value_ns,
                                    int64_t interval_ns, uint64_t weight);

/* Add @from's counts to @into. */
void viz_histogram_merge(struct viz_histogram *into, const struct viz_histogram *from);

/* @percent in [0, 100]. -1 when nothing was recorded: "no figure", never 0. */
int64_t viz_histogram_percentile(const struct viz_histogram *histogram, double percent);

/* Mean in nanoseconds, exact but for the division; -1 when nothing was recorded. */
double viz_histogram_mean(const struct viz_histogram *histogram);

#endif
