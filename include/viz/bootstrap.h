/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stationary bootstrap (Politis and Romano 1994): series as long as the one at hand,
 * put together from stretches of it that begin anywhere and are geometrically long, going
 * round at the end. Pure, any thread; the same seed gives the same replicates.
 *
 * Replicates may be shorter than the series (m out of n): they spread more, by the square
 * root of n / m, and cost less.
 *
 * A replicate is counted, not sorted: how often each order statistic was drawn is enough
 * for every quantile, so that one costs O(n) with small constants (2 us at n = 600). One
 * that is a quarter as long as the series or less costs O(length). */
#ifndef VIZ_BOOTSTRAP_H
#define VIZ_BOOTSTRAP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define VIZ_BOOTSTRAP_QUANTILES 3

struct viz_bootstrap_params {
    double block;        /* mean length of a stretch, >= 1; 1: independent draws */
    uint32_t replicates; /* as many as the arrays hold */
    size_t length;       /* values of a replicate; 0: as many as the series has */
    uint64_t seed;
    double p[VIZ_BOOTSTRAP_QUANTILES]; /* ascending */
    /* Once it is set the replicates that are left are not made. NULL: never. */
    const atomic_bool *cancelled;
};

/* Means of the replicates, and their quantiles (type 7): quantile[i] is of p[i]. n >= 1,
 * all finite. */
void viz_bootstrap(const double *x, size_t n, const struct viz_bootstrap_params *params,
                   double *mean, double *quantile[VIZ_BOOTSTRAP_QUANTILES]);

#endif
