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
 * Exact; O(n) where there are many changes, O(n^2) where there are none. n / 2 < @least:
 * none. */
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
        warmup; /* values at the beginning that are unlike the rest (MSER-5), at most a
                      quarter; 0: none. Told, not cut */
    double warmup_mean, rest_mean;              /* warmup 0: NaN, and the mean of all */
    struct viz_change change[VIZ_MOST_CHANGES]; /* behind the warm-up */
    size_t changes; /* as found; the array holds the first of them */
    double drift; /* slope by the length: last less first of the line through the series
                     */
    bool drifts;  /* it is more than noise, and the line says more than changes do */
    bool steady;  /* no warm-up, no changes and no drift */
};

/* @tau: of the series (autocorrelation.h), changes and all. What is smaller than @ignore
 * (in units of x, 0: none) is not reported. n < 20: steady, nothing else can be said.
 *
 * Single spikes are no change: values are taken as at most four times the usual distance
 * (1.4826 MAD) from the median, and a segment has eight and a fiftieth of the run at
 * least. In stationary series of ten effective values and more, correlated or not, a false
 * change is found in about 5 % or less, a false warm-up in 1 %, a false drift in 1 to 3 %.
 * O(n log n). */
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

/* Change points of a short series, one value a run: the split with the largest
 * standardised difference between the mean normal scores (van der Waerden, of the ranks: one
 * wild run is no change, wherever it is) left and right of it, kept if permutations of the
 * runs reach it in less than @alpha of cases (all of them where there are no more than
 * @permutations, else so many, drawn from @seed, and the runs as they are) and two runs and
 * more of each side are beyond the other's median; and so on in both parts. Where no split
 * is found, and there are no more than 400 runs, the same for what comes and goes again,
 * against a fifth of @alpha: two changes with one p. Among equal runs a change is found with
 * a chance of 1.2 @alpha at most. Each is placed between its neighbours where the runs are
 * closest to the medians on both sides. Segments have at least @least values (2). Returns
 * how many; at[] as above, with p[]. */
size_t viz_splits(const double *x, size_t n, size_t least, double alpha,
                  uint32_t permutations, uint64_t seed, size_t *at, double *p,
                  size_t most);

#endif
