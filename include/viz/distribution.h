/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of how values are distributed, so that several runs can be laid over one
 * another. All take @sorted: finite values in ascending order; pure, any thread. */
#ifndef VIZ_DISTRIBUTION_H
#define VIZ_DISTRIBUTION_H

#include <stddef.h>
#include <stdint.h>

#define VIZ_MOST_BINS 200

/* How many bins from the least to the largest value suit them: by Freedman and Diaconis
 * (1981), of width 2 IQR / cbrt(n); where the middle half is all the same by Sturges
 * (1926), log2(n) + 1, rounded up. 1 to VIZ_MOST_BINS. *rule says which: "freedman-diaconis",
 * "sturges", or "one" where all values are equal or there are none. */
uint32_t viz_bins_suiting(const double *sorted, size_t n, const char **rule);

/* edge[0..bins]: equal widths from @low to @high; where these are equal, a hundredth
 * of it (of 0: a half) to each side. */
void viz_bins_edges(double low, double high, uint32_t bins, double *edge);

/* Values in [edge[i], edge[i + 1]), and in the last also those on its upper edge. */
void viz_bins_count(const double *sorted, size_t n, const double *edge, uint32_t bins,
                    uint64_t *count);

/* The empirical distribution function at some of the values: p[i] is the part of all that
 * are at most x[i], exactly. The least and the largest are among them, the others spread
 * evenly by rank; each x once, ascending. At most @most (2 or more); returns how many. */
size_t viz_ecdf(const double *sorted, size_t n, size_t most, double *x, double *p);

/* Density by normal kernels with Silverman's (1986) bandwidth, 0.9 min(sd, IQR / 1.34) /
 * n^(1/5) (an IQR of 0: by sd alone), from three bandwidths below the least to three above
 * the largest value, in @points cells of equal width: x[] are their middles, y[] the mean
 * of the estimate over each, so that no peak is lost between them and their sum times the
 * width is 1, less what is further out. Of more than 20 000 values as many order statistics
 * stand for all. Returns the bandwidth; NaN, and nothing written: fewer than two values, or
 * all equal. */
double viz_density(const double *sorted, size_t n, uint32_t points, double *x,
                   double *y);

/* Percents p at which a plot over 1 / (1 - p) has its points: 0, 25, 50, 75, and for each
 * decade 90, 95, 97.5 (99, 99.5, 99.75; ...), those of at most 100 (1 - 1 / n). Returns how
 * many, at most VIZ_TAIL_PERCENTS. */
#define VIZ_TAIL_PERCENTS 34
size_t viz_tail_percents(size_t n, double percent[VIZ_TAIL_PERCENTS]);

#endif
