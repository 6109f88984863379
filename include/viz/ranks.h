/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the order of values says: Mann-Whitney, Hodges-Lehmann, Cliff. Pure functions, any
 * thread. */
#ifndef VIZ_RANKS_H
#define VIZ_RANKS_H

#include <stdbool.h>
#include <stddef.h>

/* Ranks from 1; ties share the mean of theirs. */
void viz_midranks(const double *x, size_t n, double *out);

struct viz_mann_whitney {
    double u;         /* of x: pairs with x > y, ties a half; R calls it W */
    double above;     /* P(x > y) + P(x = y) / 2 = u / (m n) */
    double p;         /* two-sided */
    double p_greater; /* of x being the greater */
    bool exact;       /* p from the permutation distribution, ties included */
    double z;         /* where it is not exact: normal, continuity and ties corrected */
    double p_plain;   /* two-sided, normal, without the continuity correction */
};

/* Exact for up to VIZ_RANKS_EXACT values on the smaller side and 2500 pairs: the
 * distribution of the rank sum over all ways to deal the (mid)ranks; some 10 ms at most.
 * Two-sided is twice the smaller of P(U <= u) and P(U >= u), at most 1. Values that are all
 * the same: p 1. Without values on a side everything is NaN. */
#define VIZ_RANKS_EXACT 50
void viz_mann_whitney(const double *x, size_t m, const double *y, size_t n,
                      struct viz_mann_whitney *out);

/* Always normal: for comparison with other programs. */
void viz_mann_whitney_normal(const double *x, size_t m, const double *y, size_t n,
                             struct viz_mann_whitney *out);

/* Median of all differences y - x (B - A), and the interval that the distribution of U
 * gives it at 1 - alpha: exact where viz_mann_whitney() is, normal otherwise; with ties it
 * covers at least as often. NaN where too few values could ever reach alpha. O((m + n) log)
 * time. */
struct viz_hodges_lehmann {
    double delta, low, high;
};
void viz_hodges_lehmann(const double *x, size_t m, const double *y, size_t n,
                        double alpha, struct viz_hodges_lehmann *out);

/* Cliff's delta: P(y > x) - P(y < x), from -1 to 1. */
double viz_cliff(const double *x, size_t m, const double *y, size_t n);

/* Smallest two-sided p that m and n values can reach: 2 / C(m + n, m), at most 1. */
double viz_smallest_p(size_t m, size_t n);

/* Distribution of U without ties: P(U <= u), as R's pwilcox; quantile as qwilcox. Exact for
 * the sizes that viz_mann_whitney() is exact for, normal beyond. Nobody on a side: NaN and
 * 0. */
double viz_wilcoxon_below(double u, size_t m, size_t n);
size_t viz_wilcoxon_quantile(double p, size_t m, size_t n);

#endif
