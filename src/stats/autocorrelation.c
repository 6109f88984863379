/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/autocorrelation.h>

#include "covariance.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include <viz/alloc.h>
#include <viz/describe.h>
#include <viz/special.h>

#define MOST_BATCHES 4096
#define LEAST_LONG_RUN 10
#define FIRST_LAGS 4095 /* computed at first; of what has fewer values, all */
#define MORE 16         /* times as many, where they do not do */

/* Autocorrelations as far as they are asked for. */
struct correlogram {
    const double *x;
    size_t n, lags;
    double *rho; /* [lags + 1]; NULL: constant */
};

static void correlate(struct correlogram *c, size_t lags)
{
    int exponent;

    free(c->rho);
    c->lags = lags;
    c->rho = viz_covariances(c->x, c->n, lags, &exponent);
    for (size_t k = lags + 1; c->rho && k-- > 0;)
        c->rho[k] /= c->rho[0];
}

static double rho_at(struct correlogram *c, size_t lag)
{
    while (lag > c->lags)
        correlate(c, c->n / MORE > c->lags ? MORE * (c->lags + 1) - 1 : c->n - 1);
    return c->rho[lag];
}

static struct correlogram correlogram_of(const double *x, size_t n)
{
    struct correlogram c = {.x = x, .n = n};

    if (n)
        correlate(&c, n > 2 * FIRST_LAGS ? FIRST_LAGS : n - 1);
    return c;
}

void viz_autocovariance(const double *x, size_t n, size_t lags, double *gamma)
{
    int exponent = 0;
    double *scaled = viz_covariances(x, n, lags, &exponent);

    for (size_t k = 0; k <= lags; k++)
        gamma[k] = scaled ? ldexp(scaled[k], 2 * exponent) : 0;
    free(scaled);
}

static void sum_pairs(struct correlogram *c, struct viz_effective *out)
{
    double sum = 0, before = INFINITY;
    bool known = c->n >= 4 && c->rho;
    size_t t = 0;

    for (; known && 2 * t + 1 < c->n; t++) {
        double later = rho_at(c, 2 * t + 1), pair = c->rho[2 * t] + later;
        if (pair <= 0)
            break;
        before = fmin(before, pair);
        sum += before;
    }
    out->pairs = t;
    out->raw_tau = known ? 2 * sum - 1 : 1;
    out->tau = fmax(1, out->raw_tau);
    out->n_eff = (double)c->n / out->tau;
}

void viz_effective_size(const double *x, size_t n, struct viz_effective *out)
{
    struct correlogram c = correlogram_of(x, n);

    sum_pairs(&c, out);
    free(c.rho);
}

double viz_effective_ar1(const double *x, size_t n)
{
    double phi = n < 2 || viz_is_constant(x, n) ? 0 : viz_lag1(x, n);

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
    struct viz_deviations deviations;
    double *deviation = viz_zalloc(n * sizeof(*deviation)), phi, sum = 0;

    viz_deviations_init(&deviations, x, n);
    for (size_t i = 0; i < n; i++)
        deviation[i] = viz_deviation(&deviations, x[i]);
    phi = phi_of(deviation, n);
    for (size_t b = 1; b <= df; b++) {
        double w = M_PI * (double)b / (double)n;
        sum += power_at(deviation, n, w) * (1 - 2 * phi * cos(w) + phi * phi);
    }
    free(deviation);
    return ldexp(sum / ((double)df * (1 - phi) * (1 - phi)), 2 * deviations.exponent);
}

void viz_long_run(const double *x, size_t n, struct viz_long_run *out)
{
    double variance = n < 2 ? NAN : viz_is_constant(x, n) ? 0 : viz_variance(x, n);
    size_t length = (n + MOST_BATCHES - 1) / MOST_BATCHES, batches, df;
    double *mean;

    *out = (struct viz_long_run){variance, n ? (double)n - 1 : 0, (double)n};
    if (n < LEAST_LONG_RUN || variance == 0)
        return;
    mean = batch_means(x, n, length, &batches);
    df = (size_t)round(0.6 * cbrt((double)batches * (double)batches));
    if (!viz_is_constant(mean, batches)) {
        out->variance = (double)length * long_run_variance(mean, batches, df);
        out->df = (double)df;
        out->n_eff = (double)n * variance / out->variance;
    }
    free(mean);
}

static double portmanteau(struct correlogram *c, size_t lags, double *p)
{
    bool known = lags >= 1 && lags < c->n && c->rho;
    double n = (double)c->n, sum = known ? 0 : NAN, q;

    for (size_t k = 1; known && k <= lags; k++) {
        double rho = rho_at(c, k);
        sum += rho * rho / (n - (double)k);
    }
    q = n * (n + 2) * sum;
    *p = known ? viz_chi2_above(q, (double)lags) : NAN;
    return q;
}

double viz_ljung_box(const double *x, size_t n, size_t lags, double *p)
{
    struct correlogram c = correlogram_of(x, n);
    double q = portmanteau(&c, lags, p);

    free(c.rho);
    return q;
}

/* The lag, at least 1, after which a run of autocorrelations is none to speak of. */
static size_t last_lag(struct correlogram *c)
{
    double digits = log10((double)c->n), limit = 2 * sqrt(digits / (double)c->n);
    size_t run = (size_t)fmax(5, ceil(digits)), small = 0, k = 2;

    for (; k < c->n && small < run; k++)
        small = fabs(rho_at(c, k)) < limit ? small + 1 : 0;
    return k - 1 - small;
}

/* Politis and Romano's (1995) trapezoid. */
static double flat_top(double s)
{
    return s <= 0.5 ? 1 : 2 * (1 - s);
}

static double block_length(struct correlogram *c, bool circular)
{
    double slope = 0, spectrum = 1, n = (double)c->n, block;
    size_t width;

    if (c->n < 9 || !c->rho)
        return 1;
    width = 2 * last_lag(c);
    for (size_t k = 1; k < width && k < c->n; k++) {
        double weighted = 2 * flat_top((double)k / (double)width) * rho_at(c, k);
        slope += weighted * (double)k;
        spectrum += weighted;
    }
    block = cbrt((circular ? 1.5 : 1) * slope * slope * n) / cbrt(spectrum * spectrum);
    return isnan(block) ? 1 : fmin(fmax(block, 1), fmin(3 * sqrt(n), n / 3));
}

double viz_block_length(const double *x, size_t n, bool circular)
{
    struct correlogram c = correlogram_of(x, n);
    double block = block_length(&c, circular);

    free(c.rho);
    return block;
}

void viz_dependence(const double *x, size_t n, size_t lags, struct viz_dependence *out)
{
    struct correlogram c = correlogram_of(x, n);

    sum_pairs(&c, &out->effective);
    portmanteau(&c, lags, &out->ljung_box_p);
    out->block = block_length(&c, false);
    free(c.rho);
}

/* Weights of a lag and of the one that is as far apart the other way round. */
static double sum_of_lags(const double *gamma, size_t n, double stay)
{
    double sum = gamma[0];

    for (size_t k = 1; k < n; k++) {
        double part = (double)k / (double)n;
        sum += 2 * gamma[k] *
               ((1 - part) * pow(stay, (double)k) + part * pow(stay, (double)(n - k)));
    }
    return sum;
}

/* What came before a value, going round: the sum over k = 1 to n - 1 of stay^k times the
 * deviation k values before, and the same with weights k stay^k. */
struct before {
    double sum, late;
};

static struct before next(struct before before, double stay, double value)
{
    return (struct before){
        stay * (before.sum + value),
        stay * (before.late + before.sum + value),
    };
}

/* sum_of_lags() of all lags, times n, in two passes and without them. */
static double sum_going_round(const double *x, size_t n, double stay,
                              const struct viz_deviations *deviations)
{
    struct before before = {0, 0};
    double round = pow(stay, (double)n), squares = 0, sum = 0;

    for (size_t i = 1; i < n; i++)
        before = next(before, stay, viz_deviation(deviations, x[i]));
    for (size_t i = 0; i < n; i++) {
        double value = viz_deviation(deviations, x[i]);
        squares += value * value;
        if (i) { /* came in a round before */
            before.sum -= round * value;
            before.late -= (double)n * round * value;
        }
        sum += value * (before.sum - before.late / (double)n);
        before = next(before, stay, value);
    }
    return squares + 2 * sum;
}

double viz_bootstrap_variance(const double *x, size_t n, double block)
{
    struct viz_deviations deviations;
    double stay = 1 - 1 / block, *gamma, sum;
    int exponent = 0;

    if (viz_is_constant(x, n))
        return 0;
    if (n > 2 * FIRST_LAGS) {
        viz_deviations_init(&deviations, x, n);
        sum = sum_going_round(x, n, stay, &deviations);
        return ldexp(sum / (double)n, 2 * deviations.exponent);
    }
    gamma = viz_covariances(x, n, n - 1, &exponent);
    sum = sum_of_lags(gamma, n, stay);
    free(gamma);
    return ldexp(sum, 2 * exponent);
}
