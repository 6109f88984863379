/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/ema.h>

#include <math.h>

void viz_ema(const double *x, size_t n, double alpha, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = i == 0 ? x[0] : alpha * x[i] + (1 - alpha) * out[i - 1];
}

/* What @k steps take from a value, 1 - (1 - alpha)^k, without the cancelling that small
 * alpha would bring. */
static double fresh_part(double alpha, uint64_t k)
{
    return -expm1((double)k * log1p(-alpha));
}

double viz_ema_invert(double before, double now, double alpha, uint64_t k)
{
    return before + (now - before) / fresh_part(alpha, k);
}

double viz_ema_worth(double alpha, uint64_t k)
{
    double fresh = fresh_part(alpha, k);

    return (2 - alpha) / alpha * fresh / (2 - fresh);
}

double viz_ema_alpha(double dt, double tau)
{
    return -expm1(-dt / tau);
}
