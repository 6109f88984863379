/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/special.h>

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdbool.h>

/* A standard normal variable is not seen this far out: 2e-23. */
static const double FAR = 10;

void viz_special_start(void)
{
    gsl_set_error_handler_off();
}

/* --- Roots --------------------------------------------------------------------------- */

struct equation {
    double (*value)(double x, const struct equation *equation);
    double a, b, wanted;
};

static double off_by(const struct equation *equation, double x)
{
    return equation->value(x, equation) - equation->wanted;
}

/* Where between the points 0 and 1 to look next; 2 is the one that was given up last.
 * Inverse quadratic interpolation where the three allow it, the middle otherwise. */
static double next_step(const double *x, const double *f)
{
    double xi = (x[0] - x[1]) / (x[2] - x[1]), phi = (f[0] - f[1]) / (f[2] - f[1]);

    if (!(phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi))
        return 0.5;
    return f[0] / (f[1] - f[0]) * f[2] / (f[1] - f[2]) +
           (x[2] - x[0]) / (x[1] - x[0]) * f[0] / (f[2] - f[0]) * f[1] / (f[2] - f[1]);
}

/* Chandrupatla (1997). The signs at @low and @high differ. */
static double solve(const struct equation *equation, double low, double high)
{
    double x[3] = {low, high}, f[3] = {off_by(equation, low), off_by(equation, high)};
    double step = 0.5;

    for (int i = 0; i < 1100; i++) {
        double at = x[0] + step * (x[1] - x[0]), value = off_by(equation, at);
        bool same = (value > 0) == (f[0] > 0);
        x[2] = same ? x[0] : x[1], f[2] = same ? f[0] : f[1];
        if (!same)
            x[1] = x[0], f[1] = f[0];
        x[0] = at, f[0] = value;

        double best = fabs(f[0]) < fabs(f[1]) ? x[0] : x[1];
        double least = 2 * DBL_EPSILON * fabs(best) / fabs(x[1] - x[0]);
        if (value == 0 || !(least < 0.5))
            return value == 0 ? at : best;
        step = fmin(fmax(next_step(x, f), least), 1 - least);
    }
    return x[0];
}

/* --- Student ------------------------------------------------------------------------- */

/* GSL expands around the normal distribution above 30 degrees of freedom, which has lost
 * half of its digits at t = 15; the incomplete beta function has not. */
static double t_tail(double t, double df)
{
    if (t > 3 && df > 30 && df < 3000)
        return 0.5 * gsl_cdf_beta_P(df / (df + t * t), df / 2, 0.5);
    return gsl_cdf_tdist_Q(t, df);
}

double viz_t_above(double t, double df)
{
    if (isnan(t) || !(df > 0))
        return NAN;
    if (isinf(df))
        return viz_normal_above(t);
    if (fabs(t) > 1e150)
        return t > 0 ? 0 : 1;
    return t < 0 ? 1 - t_tail(-t, df) : t_tail(t, df);
}

double viz_t_below(double t, double df)
{
    return viz_t_above(-t, df);
}

double viz_t_two_sided(double t, double df)
{
    return 2 * viz_t_above(fabs(t), df);
}

static double t_above_at(double t, const struct equation *equation)
{
    return viz_t_above(t, equation->a);
}

double viz_t_quantile(double p, double df)
{
    struct equation equation = {t_above_at, df, 0, fmin(p, 1 - p)};
    double high = 1;

    if (!(p >= 0 && p <= 1) || !(df > 0))
        return NAN;
    if (isinf(df) || equation.wanted == 0)
        return viz_normal_quantile(p);
    if (equation.wanted == 0.5)
        return 0;
    while (off_by(&equation, high) > 0)
        high *= 4;
    return (p < 0.5 ? -1 : 1) * solve(&equation, high > 1 ? high / 4 : 0, high);
}

/* --- Noncentral t -------------------------------------------------------------------- */

/* y - expm1(2 y) / 2, without the loss of digits around 0. */
static double chi_exponent(double y)
{
    if (fabs(y) > 0.01)
        return y - expm1(2 * y) / 2;
    return -y * y *
           (1 + y * (2 / 3. +
                     y * (1 / 3. + y * (2 / 15. + y * (2 / 45. + y * (4 / 315.))))));
}

/* The mean of P(Z <= t s - ncp) over s = exp(y), chi / sqrt(df), whose density in y falls
 * to both sides faster than any power: there the trapezium rule converges exponentially,
 * and the constant of the density is the sum of the weights. */
static double nct_over_chi(double t, double df, double ncp)
{
    double h = 1 / (6 + 1.5 * sqrt(2 * df + ncp * ncp));
    double sum = 0, weights = 0;

    for (int side = -1; side <= 1; side += 2) {
        for (size_t i = side > 0; i < 1000000; i++) {
            double y = side * (h * (double)i), weight = exp(df * chi_exponent(y));
            if (weight < 1e-19)
                break;
            sum += weight * viz_normal_below(t * exp(y) - ncp);
            weights += weight;
        }
    }
    return sum / weights;
}

/* The same by the other variable: the mean of P(s >= (z + ncp) / t) over z, which takes
 * few points where the noise of s outweighs that of Z. t > 0, z + ncp > 0. */
static double nct_over_normal(double t, double df, double ncp)
{
    static const double h = 0.125;
    double sum = 0;

    for (double z = -FAR; z <= FAR; z += h) {
        double s = (z + ncp) / t;
        sum += exp(-z * z / 2) * viz_chi2_above(s * s * df, df);
    }
    return sum * h / sqrt(2 * M_PI);
}

double viz_nct_below(double t, double df, double ncp)
{
    if (isnan(t) || !(df >= 0.01) || !isfinite(ncp))
        return NAN;
    if (isinf(df) || isinf(t))
        return viz_normal_below(t - ncp);
    if (t < 0)
        return 1 - viz_nct_below(-t, df, -ncp);
    if (ncp < -FAR)
        return 1;
    if (ncp > FAR + t * (1 + FAR / sqrt(df))) /* chi is below sqrt(df) + FAR */
        return 0;
    if (ncp > 1.2 * FAR && t * t > 2 * df)
        return nct_over_normal(t, df, ncp);
    return nct_over_chi(t, df, ncp);
}

static double nct_at(double ncp, const struct equation *equation)
{
    return viz_nct_below(equation->a, equation->b, ncp);
}

double viz_nct_ncp(double t, double df, double p)
{
    struct equation equation = {nct_at, t, df, p};
    double low = t, high = t, step = 1 + fabs(t) / sqrt(2 * df);

    if (!isfinite(t) || !(df >= 0.01) || !(p > 0 && p < 1))
        return NAN;
    for (double by = step; off_by(&equation, low) < 0; by *= 2)
        low -= by;
    for (double by = step; off_by(&equation, high) > 0; by *= 2)
        high += by;
    return low == high ? low : solve(&equation, low, high);
}

/* --- Normal, chi-squared, beta, binomial --------------------------------------------- */

double viz_normal_below(double z)
{
    return erfc(-z * M_SQRT1_2) / 2;
}

double viz_normal_above(double z)
{
    return erfc(z * M_SQRT1_2) / 2;
}

double viz_normal_quantile(double p)
{
    if (!(p >= 0 && p <= 1))
        return NAN;
    return gsl_cdf_ugaussian_Pinv(p);
}

double viz_chi2_above(double x, double df)
{
    if (isnan(x) || !(df > 0 && isfinite(df)))
        return NAN;
    if (x <= 0 || isinf(x))
        return x <= 0 ? 1 : 0;
    return gsl_cdf_chisq_Q(x, df);
}

double viz_beta_below(double x, double a, double b)
{
    if (isnan(x) || !(a > 0 && b > 0 && isfinite(a) && isfinite(b)))
        return NAN;
    return gsl_cdf_beta_P(x, a, b);
}

static double beta_at(double x, const struct equation *equation)
{
    return viz_beta_below(x, equation->a, equation->b);
}

double viz_beta_quantile(double p, double a, double b)
{
    struct equation equation = {beta_at, a, b, p};

    if (!(p >= 0 && p <= 1) || isnan(viz_beta_below(0.5, a, b)))
        return NAN;
    if (p == 0 || p == 1)
        return p;
    return solve(&equation, 0, 1);
}

double viz_binomial_below(unsigned k, unsigned n, double p)
{
    if (!(p >= 0 && p <= 1))
        return NAN;
    return k >= n ? 1 : viz_beta_below(1 - p, (double)n - k, (double)k + 1);
}

unsigned viz_binomial_quantile(double q, unsigned n, double p)
{
    unsigned low = 0, high = n;

    q *= 1 - 64 * DBL_EPSILON; /* a probability that is q but for rounding is q */
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (viz_binomial_below(middle, n, p) >= q)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

double viz_log_gamma(double x)
{
    gsl_sf_result result;

    if (isnan(x) || isinf(x))
        return x > 0 ? x : NAN;
    return gsl_sf_lngamma_e(x, &result) == GSL_SUCCESS ? result.val : NAN;
}
