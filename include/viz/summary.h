/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be said of a series of numbers read once from its beginning to its end:
 * count, distinct values in a row, mean, standard deviation, exact percentiles, a
 * histogram. Values that are not finite are counted and left out. Pure, one thread.
 *
 * mean       sum / n, compensated (Neumaier)
 * sd         sample standard deviation, n - 1, by Welford's recurrence
 * percentile type 7 of Hyndman and Fan (1996): linear between the order statistics around
 *            1 + (n - 1) p; what numpy and R compute by default
 * ema        e = alpha x + (1 - alpha) e, begun with the first value; the last e
 *
 * Percentiles need the values: 8 bytes each are kept. */
#ifndef VIZ_SUMMARY_H
#define VIZ_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_summary;

/* @alpha: of the moving average, 0 < alpha <= 1. */
struct viz_summary *viz_summary_create(double alpha);
void viz_summary_destroy(struct viz_summary *summary);

void viz_summary_add(struct viz_summary *summary, double value);

uint64_t viz_summary_count(const struct viz_summary *summary);      /* finite ones */
uint64_t viz_summary_not_finite(const struct viz_summary *summary); /* left out */
uint64_t viz_summary_changes(const struct viz_summary *summary); /* values unlike their
                                                                    predecessor, the first
                                                                    included */
/* NaN where there is none: an empty series; sd of one value. */
double viz_summary_mean(const struct viz_summary *summary);
double viz_summary_sd(const struct viz_summary *summary);
double viz_summary_min(const struct viz_summary *summary);
double viz_summary_max(const struct viz_summary *summary);
double viz_summary_ema(const struct viz_summary *summary);
double viz_summary_percentile(struct viz_summary *summary, double percent);

/* Different values in the whole series; sorts it. */
uint64_t viz_summary_distinct(struct viz_summary *summary);

/* @bins bins of equal width from the least value to the greatest, both included. */
void viz_summary_histogram(struct viz_summary *summary, uint32_t bins, uint64_t *out);

#endif
