/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A series is cut into segments of as many values as lags are wanted. Two segments that
 * lie b apart have in common what is between the lags (b - 1) and (b + 1) times their
 * length, and the products of their spectra, added up over the series, are transformed
 * back once: transforms are as long as two segments, however long the series is. */
#include "covariance.h"

#include <viz/alloc.h>
#include <viz/describe.h>

#include <gsl/gsl_fft_halfcomplex.h>
#include <gsl/gsl_fft_real.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE ((size_t)1 << 14) /* values and lags that are transformed in one piece */
#define SHORTEST ((size_t)1 << 12)
#define LONGEST ((size_t)1 << 20)

struct correlator {
    const double *x;
    size_t n;
    struct viz_deviations deviations;
    size_t length, segments; /* of a segment; the last may be shorter */
    size_t size;             /* of a transform, a power of two: even, and quick */
    size_t apart;            /* how far two segments may be apart: 0 to it */
    double *spectrum;        /* [apart + 1] of the newest segments, in turns */
    double *sum;             /* [apart + 1] of products, by how far they are apart */
    gsl_fft_real_wavetable *forth;
    gsl_fft_halfcomplex_wavetable *back;
    gsl_fft_real_workspace *work;
};

bool viz_is_constant(const double *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (x[i] != x[0])
            return false;
    return true;
}

void viz_deviations_init(struct viz_deviations *deviations, const double *x, size_t n)
{
    double mean = viz_mean(x, n), largest = 0;
    int exponent;
    for (size_t i = 0; i < n; i++) {
        double away = fabs(x[i] - mean);
        largest = away > largest ? away : largest;
    }
    frexp(largest, &exponent);
    *deviations = (struct viz_deviations){
        .mean = mean,
        .scale = {ldexp(1, -(exponent / 2)), ldexp(1, -(exponent - exponent / 2))},
        .exponent = exponent,
    };
}

/* What is two powers of two at least twice as long as a segment has room for zeros behind
 * it, so that what goes round meets nothing. */
static void divide(struct correlator *c, size_t lags)
{
    c->length = SHORTEST;
    while (c->length <= lags && c->length < LONGEST)
        c->length *= 2;
    c->size = 2 * c->length;
    c->apart = lags / c->length + 1;
    if (c->n + lags <= WHOLE) {
        for (c->size = 2; c->size < c->n + lags;)
            c->size *= 2;
        c->length = c->n;
        c->apart = 0;
    }
    c->segments = (c->n + c->length - 1) / c->length;
}

static void take_segment(const struct correlator *c, size_t segment, double *out)
{
    size_t from = segment * c->length, left = c->n - from;
    size_t length = left < c->length ? left : c->length;
    for (size_t i = 0; i < length; i++)
        out[i] = viz_deviation(&c->deviations, c->x[from + i]);
    memset(out + length, 0, (c->size - length) * sizeof(*out));
    gsl_fft_real_transform(out, 1, c->size, c->forth, c->work);
}

/* Adds what @late is at a lag behind @early. */
static void add_products(double *sum, const double *early, const double *late,
                         size_t size)
{
    sum[0] += early[0] * late[0];
    for (size_t i = 1; i + 1 < size; i += 2) {
        sum[i] += early[i] * late[i] + early[i + 1] * late[i + 1];
        sum[i + 1] += early[i] * late[i + 1] - early[i + 1] * late[i];
    }
    sum[size - 1] += early[size - 1] * late[size - 1];
}

/* A segment later is half a turn of every other frequency. */
static void add_next(double *sum, const double *next, size_t size)
{
    sum[0] += next[0];
    for (size_t i = 1, odd = 1; i + 1 < size; i += 2, odd = !odd) {
        sum[i] += odd ? -next[i] : next[i];
        sum[i + 1] += odd ? -next[i + 1] : next[i + 1];
    }
    sum[size - 1] += next[size - 1];
}

static void correlate(struct correlator *c)
{
    for (size_t j = 0; j < c->segments; j++) {
        double *newest = c->spectrum + j % (c->apart + 1) * c->size;
        take_segment(c, j, newest);
        for (size_t b = 0; b <= c->apart && b <= j; b++)
            add_products(c->sum + b * c->size,
                         c->spectrum + (j - b) % (c->apart + 1) * c->size, newest,
                         c->size);
    }
    for (size_t b = 0; b == 0 || b < c->apart; b++) {
        double *sum = c->sum + b * c->size;
        if (b < c->apart)
            add_next(sum, sum + c->size, c->size);
        gsl_fft_halfcomplex_inverse(sum, 1, c->size, c->back, c->work);
        memmove(c->sum + b * c->length, sum, c->length * sizeof(*sum));
    }
}

double *viz_covariances(const double *x, size_t n, size_t lags, int *exponent)
{
    struct correlator c = {.x = x, .n = n};
    if (viz_is_constant(x, n))
        return NULL;
    viz_deviations_init(&c.deviations, x, n);
    divide(&c, lags);
    c.spectrum = viz_zalloc((c.apart + 1) * c.size * sizeof(double));
    c.sum = viz_zalloc((c.apart + 1) * c.size * sizeof(double));
    c.forth = gsl_fft_real_wavetable_alloc(c.size);
    c.back = gsl_fft_halfcomplex_wavetable_alloc(c.size);
    c.work = gsl_fft_real_workspace_alloc(c.size);
    correlate(&c);
    gsl_fft_real_wavetable_free(c.forth);
    gsl_fft_halfcomplex_wavetable_free(c.back);
    gsl_fft_real_workspace_free(c.work);
    free(c.spectrum);
    for (size_t k = 0; k <= lags; k++)
        c.sum[k] /= (double)n;
    *exponent = c.deviations.exponent;
    return c.sum;
}
