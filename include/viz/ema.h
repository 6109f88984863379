/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exponential moving averages, forwards and undone. Pure functions, any thread.
 *
 * e[i] = alpha x[i] + (1 - alpha) e[i-1], e[0] = x[0]. Of a series e seen only now and
 * then, with k[i] inputs between e[i-1] and e[i],
 *
 *     u[i] = (e[i] - q^k e[i-1]) / (1 - q^k),  q = 1 - alpha, k = k[i]
 *
 * is a weighted mean of these k inputs alone: successive u share none, so that what the
 * average put into them is gone exactly. Rounding of e grows by up to 2 / (1 - q^k). */
#ifndef VIZ_EMA_H
#define VIZ_EMA_H

#include <stddef.h>
#include <stdint.h>

void viz_ema(const double *x, size_t n, double alpha, double *out);

/* One step; @k >= 1. NaN in, NaN out. */
double viz_ema_invert(double before, double now, double alpha, uint64_t k);

/* Independent inputs that such a u is worth: 1 / sum of its squared weights. */
double viz_ema_worth(double alpha, uint64_t k);

/* Weight of the newest value where they come dt apart: 1 - exp(-dt / tau). */
double viz_ema_alpha(double dt, double tau);

#endif
