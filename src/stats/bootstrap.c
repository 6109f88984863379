/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/bootstrap.h>

#include <viz/alloc.h>
#include <viz/cancel.h>
#include <viz/describe.h>
#include <viz/random.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)64)
#define FEW 4 /* times as many values as are drawn: these are looked at instead */

struct place {
    double value;
    uint32_t index;
};

struct resampler {
    const double *x;
    size_t n, length; /* length: values of a replicate */
    double *sorted;
    uint32_t *rank;  /* of each value among sorted */
    uint32_t *drawn; /* how often each of sorted was drawn */
    uint32_t *chunk; /* [chunks] the same of CHUNK of them together */
    size_t chunks;
    double *few;     /* [length] as drawn; NULL: they are counted */
    uint32_t *place; /* [length] where few stand in the series */
    double log_stay; /* log(1 - 1 / block); -inf: every stretch is one value */
    struct viz_random random;
};

/* Equal values in order of time, so that the order is one. */
static int by_value(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static void rank_values(struct resampler *resampler)
{
    struct place *place = viz_zalloc(resampler->n * sizeof(*place));
    for (size_t i = 0; i < resampler->n; i++)
        place[i] = (struct place){resampler->x[i], (uint32_t)i};
    qsort(place, resampler->n, sizeof(*place), by_value);
    for (size_t i = 0; i < resampler->n; i++) {
        resampler->sorted[i] = place[i].value;
        resampler->rank[place[i].index] = (uint32_t)i;
    }
    free(place);
}

static size_t stretch(struct resampler *resampler, size_t most)
{
    if (!(resampler->log_stay > -INFINITY))
        return 1;
    double length = 1 + log(viz_random_unit(&resampler->random)) / resampler->log_stay;
    return length < (double)most ? (size_t)length : most;
}

static void draw(struct resampler *resampler)
{
    size_t n = resampler->n, left = resampler->length;
    const uint32_t *rank = resampler->rank;
    uint32_t *drawn = resampler->drawn;
    memset(drawn, 0, n * sizeof(*drawn));
    while (left) {
        size_t at = viz_random_below(&resampler->random, n);
        size_t length = stretch(resampler, left);
        left -= length;
        while (length) {
            size_t end = n - at < length ? n : at + length;
            length -= end - at;
            for (; at < end; at++)
                drawn[rank[at]]++;
            at = 0;
        }
    }
}

/* Places first, so that the values, which no cache holds, are fetched many at a time. */
static void draw_few(struct resampler *resampler)
{
    size_t n = resampler->n, left = resampler->length;
    uint32_t *place = resampler->place;
    while (left) {
        size_t at = viz_random_below(&resampler->random, n);
        size_t length = stretch(resampler, left);
        for (left -= length; length; length--) {
            *place++ = (uint32_t)at;
            at = at + 1 < n ? at + 1 : 0;
        }
    }
    for (size_t i = 0; i < resampler->length; i++)
        resampler->few[i] = resampler->x[resampler->place[i]];
}

/* Counts of each chunk, for the quantiles, and the mean on the way. Four sums, since one
 * would wait for itself. */
static double sum_chunks(struct resampler *resampler)
{
    double sum[4] = {0}, origin = resampler->sorted[0]; /* keeps the sum's digits */
    for (size_t chunk = 0; chunk < resampler->chunks; chunk++) {
        const uint32_t *drawn = resampler->drawn + chunk * CHUNK;
        const double *sorted = resampler->sorted + chunk * CHUNK;
        uint32_t count = 0;
        for (size_t i = 0; i < CHUNK; i += 4)
            for (size_t k = 0; k < 4; k++) {
                sum[k] += drawn[i + k] * (sorted[i + k] - origin);
                count += drawn[i + k];
            }
        resampler->chunk[chunk] = count;
    }
    return origin + (sum[0] + sum[1] + sum[2] + sum[3]) / (double)resampler->length;
}

/* Where a scan stands: @below of the drawn ones come before sorted[at]. */
struct scan {
    size_t at, below;
};

/* Order statistic @k (from 0) of the drawn ones, at or behind where @scan stands. */
static double drawn_value(const struct resampler *resampler, size_t k,
                          struct scan *scan)
{
    while (scan->at % CHUNK || scan->below + resampler->chunk[scan->at / CHUNK] <= k) {
        bool whole = scan->at % CHUNK == 0;
        uint32_t here =
            whole ? resampler->chunk[scan->at / CHUNK] : resampler->drawn[scan->at];
        if (scan->below + here > k)
            return resampler->sorted[scan->at];
        scan->below += here;
        scan->at += whole ? CHUNK : 1;
    }
    while (scan->below + resampler->drawn[scan->at] <= k)
        scan->below += resampler->drawn[scan->at++];
    return resampler->sorted[scan->at];
}

/* Four sums as in sum_chunks(). */
static double mean_of_few(const struct resampler *resampler)
{
    double sum[4] = {0}, origin = resampler->x[0];
    for (size_t i = 0; i < resampler->length; i++)
        sum[i % 4] += resampler->few[i] - origin;
    return origin + (sum[0] + sum[1] + sum[2] + sum[3]) / (double)resampler->length;
}

/* Order statistics @k and @k + 1. What is before @from is none of them. */
static void few_values(const struct resampler *resampler, size_t from, size_t k,
                       double out[2])
{
    double *few = resampler->few;
    out[0] = viz_select(few + from, resampler->length - from, k - from);
    out[1] = INFINITY;
    for (size_t i = k + 1; i < resampler->length; i++)
        out[1] = few[i] < out[1] ? few[i] : out[1];
}

static void drawn_values(const struct resampler *resampler, size_t k, struct scan *scan,
                         double out[2])
{
    out[0] = drawn_value(resampler, k, scan);
    struct scan next = *scan;
    out[1] = k + 1 < resampler->length ? drawn_value(resampler, k + 1, &next) : out[0];
}

static void take_quantiles(const struct resampler *resampler, const double *p,
                           double *quantile[VIZ_BOOTSTRAP_QUANTILES],
                           uint32_t replicate)
{
    struct scan scan = {0, 0};
    size_t from = 0;
    for (int i = 0; i < VIZ_BOOTSTRAP_QUANTILES; i++) {
        double h = (double)(resampler->length - 1) * p[i], whole = floor(h), value[2];
        size_t k = (size_t)whole;
        if (resampler->few)
            few_values(resampler, from, k, value);
        else
            drawn_values(resampler, k, &scan, value);
        quantile[i][replicate] = value[0];
        if (h > whole)
            quantile[i][replicate] += (h - whole) * (value[1] - value[0]);
        from = k;
    }
}

static void make_replicate(struct resampler *resampler,
                           const struct viz_bootstrap_params *params, double *mean,
                           double *quantile[VIZ_BOOTSTRAP_QUANTILES], uint32_t i)
{
    if (resampler->few) {
        draw_few(resampler);
        mean[i] = mean_of_few(resampler);
    } else {
        draw(resampler);
        mean[i] = sum_chunks(resampler);
    }
    take_quantiles(resampler, params->p, quantile, i);
}

static void begin(struct resampler *resampler)
{
    size_t n = resampler->n, chunks = (n + CHUNK - 1) / CHUNK;
    if (n / FEW >= resampler->length) {
        resampler->few = viz_zalloc(resampler->length * sizeof(double));
        resampler->place = viz_zalloc(resampler->length * sizeof(uint32_t));
        return;
    }
    resampler->chunks = chunks;
    resampler->sorted = viz_zalloc(chunks * CHUNK * sizeof(double));
    resampler->rank = viz_zalloc(n * sizeof(uint32_t));
    resampler->drawn = viz_zalloc(chunks * CHUNK * sizeof(uint32_t));
    resampler->chunk = viz_zalloc(chunks * sizeof(uint32_t));
    rank_values(resampler);
}

void viz_bootstrap(const double *x, size_t n, const struct viz_bootstrap_params *params,
                   double *mean, double *quantile[VIZ_BOOTSTRAP_QUANTILES])
{
    struct resampler resampler = {
        .x = x,
        .n = n,
        .length = params->length ? params->length : n,
        .log_stay = log1p(-1 / fmax(1, params->block)),
    };
    viz_random_seed(&resampler.random, params->seed);
    begin(&resampler);
    for (uint32_t i = 0; i < params->replicates && !viz_cancelled(params->cancelled);
         i++)
        make_replicate(&resampler, params, mean, quantile, i);
    free(resampler.sorted);
    free(resampler.rank);
    free(resampler.drawn);
    free(resampler.chunk);
    free(resampler.few);
    free(resampler.place);
}
