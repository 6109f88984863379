/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Autocovariances by FFT, with memory for the lags that are wanted and not for the series:
 * that of a long run is asked for a few thousand lags of millions. */
#ifndef VIZ_COVARIANCE_H
#define VIZ_COVARIANCE_H

#include <stdbool.h>
#include <stddef.h>

bool viz_is_constant(const double *x, size_t n);

/* Deviations from the mean in units of a power of two, which rounds nothing and keeps
 * squares from overflowing and vanishing. */
struct viz_deviations {
    double mean, scale[2]; /* in two steps: one may be no double */
    int exponent;
};

void viz_deviations_init(struct viz_deviations *deviations, const double *x, size_t n);

static inline double viz_deviation(const struct viz_deviations *deviations, double x)
{
    return (x - deviations->mean) * deviations->scale[0] * deviations->scale[1];
}

/* Autocovariances 0 to @lags, lags < n, to be times 4^exponent. free() them. NULL:
 * constant. */
double *viz_covariances(const double *x, size_t n, size_t lags, int *exponent);

#endif
