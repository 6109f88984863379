/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much the values of a series tell of those before, and how many independent values
 * they are worth. Pure functions, any thread. */
#ifndef VIZ_AUTOCORRELATION_H
#define VIZ_AUTOCORRELATION_H

#include <stdbool.h>
#include <stddef.h>

/* Autocovariances gamma[0..lags], sums divided by n (biased), by FFT: O(n log n). lags <
 * n. All zeros for a constant series. */
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

/* Ljung and Box's portmanteau test of the first @lags autocorrelations: the statistic, and
 * p by chi-squared with @lags degrees of freedom. NaN for a constant series. */
double viz_ljung_box(const double *x, size_t n, size_t lags, double *p);

/* Mean block length of the stationary bootstrap by Politis and White (2004), corrected by
 * Patton, Politis and White (2009); @circular: of the circular bootstrap. 1 <= b <= min(3
 * sqrt(n), n / 3); 1 for a constant series and n < 9. */
double viz_block_length(const double *x, size_t n, bool circular);

/* Variance of the mean times n that the stationary bootstrap with mean block length
 * @block has, exactly, without drawing (Politis and Romano 1994, lemma 1). */
double viz_bootstrap_variance(const double *x, size_t n, double block);

#endif
