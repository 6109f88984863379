/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much the values of a series tell of those before, and how many independent values
 * they are worth. Pure functions, any thread. */
#ifndef VIZ_AUTOCORRELATION_H
#define VIZ_AUTOCORRELATION_H

#include <stdbool.h>
#include <stddef.h>

/* Autocovariances gamma[0..lags], sums divided by n (biased), by FFT: O(n log
 * lags). lags < n. All zeros for a constant series. */
void viz_autocovariance(const double *x, size_t n, size_t lags, double *gamma);

/* Effective sample size of the mean. tau is the variance of the mean by what it were if
 * the values were independent. */
struct viz_effective {
    double tau;     /* >= 1 as reported: n / n_eff */
    double n_eff;   /* min(n, n / raw_tau) */
    double raw_tau; /* as estimated: below 1 where neighbours differ more than chance */
    size_t pairs;   /* of lags that were summed */
};

/* Geyer's (1992) initial monotone positive sequence: Gamma_t = rho_2t + rho_2t+1, until
 * the first that is not positive, each at most the one before; tau = 2 sum Gamma - 1.
 * A constant series, or n < 4: tau 1, n_eff n. */
void viz_effective_size(const double *x, size_t n, struct viz_effective *out);

/* The same as an AR(1) series has it: n (1 - phi) / (1 + phi), phi = rho_1. */
double viz_effective_ar1(const double *x, size_t n);

/* Variance of the mean of a series whose values may be alike, for tests and intervals.
 * Geyer's sum stops where noise first crosses zero and is at least 1, so that it is too
 * large on average where there is little correlation and too small where there is much
 * and n is small. This one is neither:
 *
 *     variance = 1 / df sum over b = 1 to df of c[b]^2 (1 - 2 phi cos w[b] + phi^2) /
 *                (1 - phi)^2,  w[b] = pi b / n,
 *     c[b] = sqrt(2 / n) sum of (x[i] - mean) cos (w[b] (i + 1/2)),
 *
 * the df lowest cosine coefficients (Lazarus, Lewis, Stock and Watson 2018), each carried
 * to frequency 0 along the spectrum of an AR(1) series (prewhitening: Andrews and Monahan
 * 1992): phi = rho_1 + (1 + 4 rho_1) / n (Kendall 1954) within -0.95 to 0.97, df = 0.6
 * n^(2/3), rounded. (mean - true) / sqrt(variance / n) has Student's distribution with df
 * degrees of freedom, nearly. n < 10: as of independent values, df = n - 1. n > 4096: of
 * the means of equal batches, at most 4096, unless these are all the same: then as of
 * independent values, too. A constant series: variance 0, n_eff n; n < 2: variance NaN.
 *
 * How often Welch's test at 0.05 finds two runs of one source different, of 20 000 pairs
 * a row: skewed hop times with 0.5 % spikes, independent or AR(1) with 0.9, through an
 * average of alpha 0.1 that is undone (ema.h); below, AR(1) and MA(1) of normal values.
 *
 *     hops a second    values  hop times    independent  Geyer  this
 *     50               600     independent        0.053  0.044  0.049
 *     125              600     independent        0.051  0.043  0.052
 *     50               600     AR 0.9             0.283  0.049  0.051
 *     125              600     AR 0.9             0.166  0.051  0.052
 *     62 a value       48      independent        0.046  0.032  0.044
 *     62 a value       48      AR 0.9             0.051  0.035  0.047
 *     62 a value       120     independent        0.050  0.038  0.048
 *     62 a value       120     AR 0.9             0.053  0.040  0.051
 *     50               120     AR 0.9             0.282  0.059  0.053
 *                      600     AR 0.59            0.317  0.048  0.048
 *                      120     AR 0.59            0.322  0.061  0.049
 *                      48      AR 0.59            0.324  0.080  0.047
 *                      600     AR 0.9             0.657  0.064  0.047
 *                      600     MA -0.4            0.000  0.000  0.047
 *
 * Not level: an average of AR(1) hop times that is not undone (0.023 at 600 values): two
 * roots near 1 look like one that is nearer. */
struct viz_long_run {
    double variance; /* n times that of the mean */
    double df;       /* of it */
    double n_eff;    /* n times the variance of a value, by it: may exceed n */
};
void viz_long_run(const double *x, size_t n, struct viz_long_run *out);

/* Ljung and Box's portmanteau test of the first @lags autocorrelations: the statistic, and
 * p by chi-squared with @lags degrees of freedom. NaN for a constant series, no lag, and
 * lags >= n. */
double viz_ljung_box(const double *x, size_t n, size_t lags, double *p);

/* Mean block length of the stationary bootstrap by Politis and White (2004), corrected by
 * Patton, Politis and White (2009), with the spectrum up to twice the last lag, at least
 * 1, that is more than noise; @circular: of the circular bootstrap. 1 <= b <= min(3
 * sqrt(n), n / 3); 1 for a constant series and n < 9. */
double viz_block_length(const double *x, size_t n, bool circular);

/* Effective size, p of the portmanteau test of @lags and block length of the stationary
 * bootstrap, as above, for the price of one: autocorrelations are computed as far as they
 * are looked at, with memory for that and no more. */
struct viz_dependence {
    struct viz_effective effective;
    double ljung_box_p, block;
};
void viz_dependence(const double *x, size_t n, size_t lags, struct viz_dependence *out);

/* Variance of the mean times n that the stationary bootstrap with mean block length
 * @block has, exactly, without drawing (Politis and Romano 1994, lemma 1). O(n). */
double viz_bootstrap_variance(const double *x, size_t n, double block);

#endif
