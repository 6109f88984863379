/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/distribution.h>

#include <viz/alloc.h>
#include <viz/describe.h>

#include <math.h>
#include <stdlib.h>

#define MOST_KERNELS 20000
#define REACH 9.0  /* bandwidths, beyond which a kernel has nothing left in a double */
#define MARGIN 3.0 /* bandwidths beyond the values */
#define DECADES 10 /* of the tail */

static double iqr_of(const double *sorted, size_t n)
{
    return viz_quantile(sorted, n, 0.75, 7) - viz_quantile(sorted, n, 0.25, 7);
}

uint32_t viz_bins_suiting(const double *sorted, size_t n, const char **rule)
{
    *rule = "one";
    if (!n || sorted[0] == sorted[n - 1])
        return 1;
    double range = sorted[n - 1] - sorted[0], iqr = iqr_of(sorted, n);
    double bins = ceil(log2((double)n) + 1);
    *rule = "sturges";
    if (iqr > 0) {
        bins = ceil(range / (2 * iqr / cbrt((double)n)));
        *rule = "freedman-diaconis";
    }
    return (uint32_t)fmin(fmax(bins, 1), VIZ_MOST_BINS);
}

void viz_bins_edges(double low, double high, uint32_t bins, double *edge)
{
    if (low == high) {
        double half = low == 0 ? 0.5 : fabs(low) / 100;
        low -= half;
        high += half;
    }
    for (uint32_t i = 0; i < bins; i++)
        edge[i] = low + (high - low) * i / bins;
    edge[bins] = high;
}

/* How many are below @value. */
static size_t below(const double *sorted, size_t n, double value)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How many are not above it. */
static size_t up_to(const double *sorted, size_t n, double value)
{
    return below(sorted, n, nextafter(value, INFINITY));
}

void viz_bins_count(const double *sorted, size_t n, const double *edge, uint32_t bins,
                    uint64_t *count)
{
    size_t from = below(sorted, n, edge[0]);
    for (uint32_t i = 0; i < bins; i++) {
        size_t to =
            i + 1 < bins ? below(sorted, n, edge[i + 1]) : up_to(sorted, n, edge[bins]);
        count[i] = to - from;
        from = to;
    }
}

size_t viz_ecdf(const double *sorted, size_t n, size_t most, double *x, double *p)
{
    size_t points = n < most ? n : most, out = 0;
    for (size_t i = 0; i < points; i++) {
        size_t rank =
            points > 1
                ? (size_t)llround((double)i * (double)(n - 1) / (double)(points - 1))
                : 0;
        if (out && sorted[rank] == x[out - 1])
            continue;
        x[out] = sorted[rank];
        p[out++] = (double)up_to(sorted, n, sorted[rank]) / (double)n;
    }
    return out;
}

/* ---- density ---- */

static double bandwidth_of(const double *sorted, size_t n)
{
    if (n < 2 || sorted[0] == sorted[n - 1])
        return NAN;
    double sd = viz_sd(sorted, n), iqr = iqr_of(sorted, n) / 1.34;
    double width = 0.9 * (iqr > 0 ? fmin(sd, iqr) : sd) * pow((double)n, -0.2);
    return width > 0 && isfinite(width) ? width : NAN;
}

/* Part of the estimate that is below @at. */
static double mass_below(const double *sorted, size_t n, double bandwidth, double at)
{
    size_t first = below(sorted, n, at - REACH * bandwidth);
    size_t last = below(sorted, n, at + REACH * bandwidth);
    double sum = (double)first;
    for (size_t i = first; i < last; i++)
        sum += 0.5 * erfc((sorted[i] - at) / bandwidth * M_SQRT1_2);
    return sum / (double)n;
}

/* As many order statistics as kernels are afforded, spread evenly. */
static double *thinned(const double *sorted, size_t n)
{
    double *out = viz_zalloc(MOST_KERNELS * sizeof(*out));
    for (size_t i = 0; i < MOST_KERNELS; i++)
        out[i] = sorted[(size_t)(((double)i + 0.5) * (double)n / MOST_KERNELS)];
    return out;
}

double viz_density(const double *sorted, size_t n, uint32_t points, double *x,
                   double *y)
{
    double bandwidth = bandwidth_of(sorted, n), *few = NULL;
    if (isnan(bandwidth))
        return NAN;
    double low = sorted[0] - MARGIN * bandwidth;
    double width = (sorted[n - 1] + MARGIN * bandwidth - low) / points;
    if (n > MOST_KERNELS) {
        sorted = few = thinned(sorted, n);
        n = MOST_KERNELS;
    }
    double before = mass_below(sorted, n, bandwidth, low);
    for (uint32_t i = 0; i < points; i++) {
        double after = mass_below(sorted, n, bandwidth, low + width * (i + 1));
        x[i] = low + width * (i + 0.5);
        y[i] = fmax(0, after - before) / width;
        before = after;
    }
    free(few);
    return bandwidth;
}

size_t viz_tail_percents(size_t n, double percent[VIZ_TAIL_PERCENTS])
{
    static const double head[] = {0, 25, 50, 75};
    static const double parts[] = {1, 0.5, 0.25}; /* of what is left above */
    double most = n ? 100 - 100 / (double)n : -1;
    size_t out = 0;
    for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
        if (head[i] <= most)
            percent[out++] = head[i];
    double rest = 10;
    for (int decade = 0; decade < DECADES; decade++, rest /= 10)
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            double p = 100 - rest * parts[i];
            if (p <= most)
                percent[out++] = p;
        }
    return out;
}
