/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What describes one sample of numbers. All values must be finite; what needs more values
 * than there are is NaN. Pure functions, any thread. docs/statistics.md has the
 * definitions and their sources. */
#ifndef VIZ_DESCRIBE_H
#define VIZ_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>

double viz_mean(const double *x, size_t n); /* two passes, n >= 1 */
double viz_variance(const double *x,
                    size_t n); /* n - 1, two passes, corrected; n >= 2 */
double viz_sd(const double *x, size_t n);
/* Sum of (x[i] - mean)(x[i-1] - mean) by that of (x[i] - mean)^2; as NIST defines it. */
double viz_lag1(const double *x, size_t n);
double viz_skewness(const double *x, size_t n); /* m3 / m2^1.5 */
double viz_kurtosis(const double *x, size_t n); /* m4 / m2^2; normal: 3 */
double viz_jarque_bera(const double *x, size_t n);

/* Quantile of @sorted (ascending) by Hyndman and Fan's (1996) @type 1, 6, 7 or 8; viz
 * reports type 7. */
double viz_quantile(const double *sorted, size_t n, double p, int type);
/* Harrell and Davis (1982): a mean of all order statistics weighted by a beta
 * distribution. */
double viz_harrell_davis(const double *sorted, size_t n, double p);

/* Ranks, from 1, of the order statistics between which the median lies with at least
 * @confidence (0.95), by the binomial distribution. False: fewer than 6 values (at 0.95)
 * cannot say. */
bool viz_median_ranks(size_t n, double confidence, size_t *low, size_t *high);

/* Median absolute deviation from the median times 1.4826, which is sd for normal data.
 * @sorted ascending. */
double viz_mad(const double *sorted, size_t n);

/* How many independent values a quantile needs before an order statistic bounds it from
 * both sides at @confidence: 368 for p 0.99 at 0.95, 72 for 0.95, 6 for the median. */
size_t viz_quantile_needs(double p, double confidence);

/* Outliers, counted and never left out: beyond 1.5 and beyond 3 interquartile ranges from
 * the quartiles (Tukey), and |0.6745 (x - median) / MAD| > 3.5 (Iglewicz and Hoaglin, MAD
 * not scaled; with a MAD of 0: every value that is not the median). */
struct viz_outliers {
    size_t mild, extreme; /* mild: between 1.5 and 3 */
    size_t by_mad;
};
void viz_outliers_count(const double *sorted, size_t n, struct viz_outliers *out);

/* In ascending order: by digits where there are many (8 times as fast as qsort() at 10 000),
 * by comparing where there are few. */
void viz_sort(double *x, size_t n);

/* A copy in ascending order; free() it. */
double *viz_sorted(const double *x, size_t n);

/* The value that stands at @k in ascending order, from 0. Moves it there, what is less
 * before it and what is more behind it: O(n), whatever the order was. */
double viz_select(double *x, size_t n, size_t k);

#endif
