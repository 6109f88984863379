/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/bootstrap.h>

#include <viz/alloc.h>
#include <viz/cancel.h>
#include <viz/random.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)64)
#define FEW 4    /* times as many values as are drawn: these are sorted instead */
#define DIGIT 11 /* bits */
#define DIGITS ((size_t)1 << DIGIT)

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
    uint32_t *few;   /* [2 * length] ranks as drawn, and room; NULL: they are counted */
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
    uint32_t *few = resampler->few;
    if (!few)
        memset(drawn, 0, n * sizeof(*drawn));
    while (left) {
        size_t at = viz_random_below(&resampler->random, n);
        size_t length = stretch(resampler, left);
        left -= length;
        while (length) {
            size_t end = n - at < length ? n : at + length;
            length -= end - at;
            for (; few && at < end; at++)
                *few++ = rank[at];
            for (; at < end; at++)
                drawn[rank[at]]++;
            at = 0;
        }
    }
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

static double nth_value(const struct resampler *resampler, size_t k, struct scan *scan)
{
    return resampler->few ? resampler->sorted[resampler->few[k]]
                          : drawn_value(resampler, k, scan);
}

static void take_quantiles(const struct resampler *resampler, const double *p,
                           double *quantile[VIZ_BOOTSTRAP_QUANTILES],
                           uint32_t replicate)
{
    struct scan scan = {0, 0};
    for (int i = 0; i < VIZ_BOOTSTRAP_QUANTILES; i++) {
        double h = (double)(resampler->length - 1) * p[i], whole = floor(h);
        size_t k = (size_t)whole;
        double low = nth_value(resampler, k, &scan), high = low;
        if (h > whole) {
            struct scan next = scan;
            high = nth_value(resampler, k + 1, &next);
        }
        quantile[i][replicate] = low + (h - whole) * (high - low);
    }
}

/* By digits: what was drawn fits the caches, what it was drawn from does not. */
static void sort_few(struct resampler *resampler)
{
    size_t length = resampler->length;
    uint32_t *from = resampler->few, *to = from + length;
    for (unsigned shift = 0; (resampler->n - 1) >> shift; shift += DIGIT) {
        uint32_t place[DIGITS + 1] = {0}, *swap = from;
        for (size_t i = 0; i < length; i++)
            place[(from[i] >> shift & (DIGITS - 1)) + 1]++;
        for (size_t digit = 1; digit < DIGITS; digit++)
            place[digit] += place[digit - 1];
        for (size_t i = 0; i < length; i++)
            to[place[from[i] >> shift & (DIGITS - 1)]++] = from[i];
        from = to;
        to = swap;
    }
    if (from != resampler->few)
        memcpy(resampler->few, from, length * sizeof(*from));
}

/* In the order of sum_chunks(), so that it is the same to the last bit. */
static double mean_of_few(const struct resampler *resampler)
{
    double sum[4] = {0}, origin = resampler->sorted[0];
    for (size_t i = 0, same; i < resampler->length; i += same) {
        uint32_t rank = resampler->few[i];
        for (same = 1;
             i + same < resampler->length && resampler->few[i + same] == rank;)
            same++;
        sum[rank % 4] += (double)same * (resampler->sorted[rank] - origin);
    }
    return origin + (sum[0] + sum[1] + sum[2] + sum[3]) / (double)resampler->length;
}

void viz_bootstrap(const double *x, size_t n, const struct viz_bootstrap_params *params,
                   double *mean, double *quantile[VIZ_BOOTSTRAP_QUANTILES])
{
    size_t chunks = (n + CHUNK - 1) / CHUNK;
    struct resampler resampler = {
        .x = x,
        .n = n,
        .length = params->length ? params->length : n,
        .chunks = chunks,
        .sorted = viz_zalloc(chunks * CHUNK * sizeof(double)),
        .rank = viz_zalloc(n * sizeof(uint32_t)),
        .drawn = viz_zalloc(chunks * CHUNK * sizeof(uint32_t)),
        .chunk = viz_zalloc(chunks * sizeof(uint32_t)),
        .log_stay = log1p(-1 / fmax(1, params->block)),
    };
    if (n / FEW >= resampler.length)
        resampler.few = viz_zalloc(2 * resampler.length * sizeof(*resampler.few));
    viz_random_seed(&resampler.random, params->seed);
    rank_values(&resampler);
    for (uint32_t i = 0; i < params->replicates && !viz_cancelled(params->cancelled);
         i++) {
        draw(&resampler);
        if (resampler.few)
            sort_few(&resampler);
        mean[i] = resampler.few ? mean_of_few(&resampler) : sum_chunks(&resampler);
        take_quantiles(&resampler, params->p, quantile, i);
    }
    free(resampler.sorted);
    free(resampler.rank);
    free(resampler.drawn);
    free(resampler.chunk);
    free(resampler.few);
}
