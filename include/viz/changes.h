/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a series changes: warm-up, change points within a run, change points across runs.
 * Pure functions, any thread; the same input gives the same answer. docs/statistics.md has
 * the definitions. */
#ifndef VIZ_CHANGES_H
#define VIZ_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Segments of constant mean with the least cost, by PELT (Killick, Fearnhead and Eckley
 * 2012): cost of a segment is its sum of squared deviations, plus @penalty for each change.
 * Segments have at least @least values. Writes the first index of each segment but the
 * first into at[0..most), ascending; returns how many there are (may be more than @most).
 * Exact; O(n) expected. */
size_t viz_pelt(const double *x, size_t n, double penalty, size_t least, size_t *at,
                size_t most);

#define VIZ_MOST_CHANGES 16

struct viz_change {
    size_t at;            /* index of the first value behind it */
    double before, after; /* means of the segments on both sides */
};

/* What can be said of a run's steadiness. */
struct viz_steadiness {
    size_t
        warmup; /* values at the beginning that are unlike the rest (MSER-5); 0: none.
                      Told, not cut */
    double warmup_mean, rest_mean;
    struct viz_change change[VIZ_MOST_CHANGES];
    size_t changes; /* as found; the array holds the first of them */
    double
        drift; /* slope by the length: last less first of the line through the series */
    bool steady; /* none of these, beyond what noise of this size makes */
};

/* @tau: of the series (autocorrelation.h). PELT over means of blocks of ceil(tau) values
 * with a penalty that holds the chance of any false change in a stationary series of that
 * tau to about 5 %; changes smaller than @ignore (in units of x, 0: none) are not
 * reported. n < 20: steady, nothing else can be said. */
void viz_steadiness(const double *x, size_t n, double tau, double ignore,
                    struct viz_steadiness *out);

/* MSER-5 (White 1997): values to cut at the beginning so that the standard error of the
 * mean of the rest, by means of 5, is least; a multiple of 5, at most n / 2. */
size_t viz_mser5(const double *x, size_t n);

/* The one shift of the mean that explains most: its index, 1 <= at < n. */
size_t viz_best_shift(const double *x, size_t n);

/* Pettitt (1979): K, its index (number of values before), and the approximate p. */
struct viz_pettitt {
    double k, p;
    size_t at;
};
void viz_pettitt(const double *x, size_t n, struct viz_pettitt *out);

/* Change points of a short series, one value a run: the largest standardised difference of
 * means left and right of a split, kept if permutations of the runs reach it in less than
 * @alpha of cases (all of them where there are no more than @permutations, else so many,
 * drawn from @seed), and so on in both parts. Segments have at least @least values (2), so
 * that a single outlier is no change. Returns how many; at[] as above, with p[]. */
size_t viz_splits(const double *x, size_t n, size_t least, double alpha,
                  uint32_t permutations, uint64_t seed, size_t *at, double *p,
                  size_t most);

#endif
