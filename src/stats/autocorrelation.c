/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/autocorrelation.h>

#include <complex.h>
#include <gsl/gsl_fft_halfcomplex.h>
#include <gsl/gsl_fft_real.h>
#include <math.h>
#include <stdlib.h>

#include <viz/alloc.h>
#include <viz/describe.h>
#include <viz/special.h>

#define MOST_BATCHES 4096
#define LEAST_LONG_RUN 10

static bool is_constant(const double *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (x[i] != x[0])
            return false;
    return true;
}

/* Deviations from the mean in units of a power of two, which rounds nothing and keeps
 * squares from overflowing and vanishing; then zeros up to @size. */
static double *deviations(const double *x, size_t n, size_t size, int *exponent)
{
    double *out = viz_zalloc(size * sizeof(*out));
    double mean = viz_mean(x, n), largest = 0;

    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] - mean;
        largest = fmax(largest, fabs(out[i]));
    }
    frexp(largest, exponent);
    for (size_t i = 0; i < n; i++)
        out[i] = ldexp(out[i], -*exponent);
    return out;
}

/* The spectrum's power transformed back is the circular autocovariance, which with enough
 * zeros at the end is the plain one. @size a power of two: even, and quick. */
static void correlate(double *data, size_t size)
{
    gsl_fft_real_wavetable *forth = gsl_fft_real_wavetable_alloc(size);
    gsl_fft_halfcomplex_wavetable *back = gsl_fft_halfcomplex_wavetable_alloc(size);
    gsl_fft_real_workspace *work = gsl_fft_real_workspace_alloc(size);

    gsl_fft_real_transform(data, 1, size, forth, work);
    data[0] *= data[0];
    data[size - 1] *= data[size - 1];
    for (size_t i = 1; i + 1 < size; i += 2) {
        data[i] = data[i] * data[i] + data[i + 1] * data[i + 1];
        data[i + 1] = 0;
    }
    gsl_fft_halfcomplex_inverse(data, 1, size, back, work);
    gsl_fft_real_wavetable_free(forth);
    gsl_fft_halfcomplex_wavetable_free(back);
    gsl_fft_real_workspace_free(work);
}

/* Autocovariances 0 to @lags, to be times 4^exponent. free() them. NULL: constant. */
static double *covariances(const double *x, size_t n, size_t lags, int *exponent)
{
    size_t size = 2;
    double *data;

    if (is_constant(x, n))
        return NULL;
    while (size < n + lags)
        size *= 2;
    data = deviations(x, n, size, exponent);
    correlate(data, size);
    for (size_t k = 0; k <= lags; k++)
        data[k] /= (double)n;
    return data;
}

/* Autocorrelations 0 to @lags; free() them. NULL: constant. */
static double *correlations(const double *x, size_t n, size_t lags)
{
    int exponent;
    double *rho = covariances(x, n, lags, &exponent);

    for (size_t k = lags + 1; rho && k-- > 0;)
        rho[k] /= rho[0];
    return rho;
}

void viz_autocovariance(const double *x, size_t n, size_t lags, double *gamma)
{
    int exponent = 0;
    double *scaled = covariances(x, n, lags, &exponent);

    for (size_t k = 0; k <= lags; k++)
        gamma[k] = scaled ? ldexp(scaled[k], 2 * exponent) : 0;
    free(scaled);
}

void viz_effective_size(const double *x, size_t n, struct viz_effective *out)
{
    double *rho = n < 4 ? NULL : correlations(x, n, n - 1);
    double sum = 0, before = INFINITY;
    size_t t = 0;

    for (; rho && 2 * t + 1 < n; t++) {
        double pair = rho[2 * t] + rho[2 * t + 1];
        if (pair <= 0)
            break;
        before = fmin(before, pair);
        sum += before;
    }
    out->pairs = t;
    out->raw_tau = rho ? 2 * sum - 1 : 1;
    out->tau = fmax(1, out->raw_tau);
    out->n_eff = (double)n / out->tau;
    free(rho);
}

double viz_effective_ar1(const double *x, size_t n)
{
    double phi = n < 2 || is_constant(x, n) ? 0 : viz_lag1(x, n);

    return (double)n * (1 - phi) / (1 + phi);
}

/* Means of as many equal batches as make no more than MOST_BATCHES; free() them. What is
 * left over at the end is in none. */
static double *batch_means(const double *x, size_t n, size_t length, size_t *batches)
{
    double *mean;

    *batches = n / length;
    mean = viz_zalloc(*batches * sizeof(*mean));
    for (size_t b = 0; b < *batches; b++)
        mean[b] = viz_mean(x + b * length, length);
    return mean;
}

/* Square of the cosine coefficient at @frequency, in radians a value. */
static double power_at(const double *deviation, size_t n, double frequency)
{
    double complex turn = cexp(I * frequency), phase = cexp(I * frequency / 2);
    double sum = 0;

    for (size_t i = 0; i < n; i++, phase *= turn)
        sum += deviation[i] * creal(phase);
    return 2 / (double)n * sum * sum;
}

static double phi_of(const double *deviation, size_t n)
{
    double squares = deviation[0] * deviation[0], products = 0, rho;

    for (size_t i = 1; i < n; i++) {
        squares += deviation[i] * deviation[i];
        products += deviation[i] * deviation[i - 1];
    }
    rho = products / squares;
    return fmax(-0.95, fmin(0.97, rho + (1 + 4 * rho) / (double)n));
}

static double long_run_variance(const double *x, size_t n, size_t df)
{
    int exponent;
    double *deviation = deviations(x, n, n, &exponent);
    double phi = phi_of(deviation, n), sum = 0;

    for (size_t b = 1; b <= df; b++) {
        double w = M_PI * (double)b / (double)n;
        sum += power_at(deviation, n, w) * (1 - 2 * phi * cos(w) + phi * phi);
    }
    free(deviation);
    return ldexp(sum / ((double)df * (1 - phi) * (1 - phi)), 2 * exponent);
}

void viz_long_run(const double *x, size_t n, struct viz_long_run *out)
{
    double variance = n < 2 ? NAN : is_constant(x, n) ? 0 : viz_variance(x, n);
    size_t length = (n + MOST_BATCHES - 1) / MOST_BATCHES, batches, df;
    double *mean;

    *out = (struct viz_long_run){variance, n ? (double)n - 1 : 0, (double)n};
    if (n < LEAST_LONG_RUN || variance == 0)
        return;
    mean = batch_means(x, n, length, &batches);
    df = (size_t)round(0.6 * cbrt((double)batches * (double)batches));
    if (!is_constant(mean, batches)) {
        out->variance = (double)length * long_run_variance(mean, batches, df);
        out->df = (double)df;
        out->n_eff = (double)n * variance / out->variance;
    }
    free(mean);
}

double viz_ljung_box(const double *x, size_t n, size_t lags, double *p)
{
    double *rho = lags < 1 || lags >= n ? NULL : correlations(x, n, lags);
    double sum = rho ? 0 : NAN, q;

    for (size_t k = 1; rho && k <= lags; k++)
        sum += rho[k] * rho[k] / (double)(n - k);
    q = (double)n * ((double)n + 2) * sum;
    *p = rho ? viz_chi2_above(q, (double)lags) : NAN;
    free(rho);
    return q;
}

/* The lag, at least 1, after which a run of autocorrelations is none to speak of. */
static size_t last_lag(const double *rho, size_t n)
{
    double digits = log10((double)n), limit = 2 * sqrt(digits / (double)n);
    size_t run = (size_t)fmax(5, ceil(digits)), small = 0, k = 2;

    for (; k < n && small < run; k++)
        small = fabs(rho[k]) < limit ? small + 1 : 0;
    return k - 1 - small;
}

/* Politis and Romano's (1995) trapezoid. */
static double flat_top(double s)
{
    return s <= 0.5 ? 1 : 2 * (1 - s);
}

double viz_block_length(const double *x, size_t n, bool circular)
{
    double *rho = n < 9 ? NULL : correlations(x, n, n - 1);
    double slope = 0, spectrum = 1, block, limit;
    size_t width;

    if (!rho)
        return 1;
    width = 2 * last_lag(rho, n);
    for (size_t k = 1; k < width && k < n; k++) {
        double weighted = 2 * flat_top((double)k / (double)width) * rho[k];
        slope += weighted * (double)k;
        spectrum += weighted;
    }
    free(rho);
    limit = fmin(3 * sqrt((double)n), (double)n / 3);
    block = cbrt((circular ? 1.5 : 1) * slope * slope * (double)n) /
            cbrt(spectrum * spectrum);
    return isnan(block) ? 1 : fmin(fmax(block, 1), limit);
}

double viz_bootstrap_variance(const double *x, size_t n, double block)
{
    int exponent = 0;
    double *gamma = covariances(x, n, n - 1, &exponent);
    double stay = 1 - 1 / block, sum, out;

    if (!gamma)
        return 0;
    sum = gamma[0];
    for (size_t k = 1; k < n; k++) {
        double part = (double)k / (double)n;
        sum += 2 * gamma[k] *
               ((1 - part) * pow(stay, (double)k) + part * pow(stay, (double)(n - k)));
    }
    out = ldexp(sum, 2 * exponent);
    free(gamma);
    return out;
}
