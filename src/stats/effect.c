/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/effect.h>

#include <viz/special.h>

#include <math.h>

/* gamma(z + 1/2) / gamma(z) / sqrt(z + 1/2) with z = (df - 1) / 2. Gamma itself overflows
 * for large z, the difference of its logarithms loses digits there; the series does
 * neither: its next term is below 1e-15. */
static double hedges_j(double df)
{
    double z = (df - 1) / 2, ratio;
    if (!(z > 0))
        return NAN;
    if (z < 100) {
        ratio = tgamma(z + 0.5) / tgamma(z);
    } else {
        double v = 1 / z, tail = -21.0 / 32768 - 399.0 / 262144 * v;
        ratio = sqrt(z) *
                (1 + v * (-1.0 / 8 + v * (1.0 / 128 + v * (5.0 / 1024 + v * tail))));
    }
    return ratio / sqrt(z + 0.5);
}

/* Sum of squares about the mean: of one value 0, whatever its variance is said to be. */
static double squares(const struct viz_moments *of)
{
    return of->n > 1 ? (of->n - 1) * of->variance : 0;
}

static double finite_or_nan(double value)
{
    return isfinite(value) ? value : NAN;
}

void viz_effect(const struct viz_moments *a, const struct viz_moments *b, double alpha,
                struct viz_effect *out)
{
    *out = (struct viz_effect){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    double df = a->n + b->n - 2, delta = b->mean - a->mean;
    double sd = sqrt((squares(a) + squares(b)) / df);
    if (!(a->n >= 1 && b->n >= 1 && df >= 1 && sd > 0) || !isfinite(delta / sd))
        return;
    double to_t = sqrt(1 / a->n + 1 / b->n);
    out->d = delta / sd;
    out->j = hedges_j(df);
    out->g = out->j * out->d;
    out->d_low = finite_or_nan(viz_nct_ncp(out->d / to_t, df, 1 - alpha / 2) * to_t);
    out->d_high = finite_or_nan(viz_nct_ncp(out->d / to_t, df, alpha / 2) * to_t);
    out->low = out->j * out->d_low;
    out->high = out->j * out->d_high;
    out->glass = a->n > 1 ? finite_or_nan(delta / sqrt(a->variance)) : NAN;
}
