/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/describe.h>

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/random.h>
#include <viz/special.h>

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

double viz_mean(const double *x, size_t n)
{
    double sum = 0, rest = 0, mean;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    mean = sum / (double)n;
    if (!isfinite(mean)) { /* the sum was too large, the mean is not */
        mean = 0;
        for (size_t i = 0; i < n; i++)
            mean += x[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        rest += x[i] - mean;
    return n ? mean + rest / (double)n : NAN;
}

double viz_variance(const double *x, size_t n)
{
    double mean = viz_mean(x, n), squares = 0, rest = 0;

    if (n < 2)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean;
        squares += d * d;
        rest += d;
    }
    return (squares - rest * rest / (double)n) / (double)(n - 1);
}

double viz_sd(const double *x, size_t n)
{
    return sqrt(viz_variance(x, n));
}

double viz_lag1(const double *x, size_t n)
{
    double mean = viz_mean(x, n), squares = 0, products = 0, before = 0;

    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean;
        squares += d * d;
        products += d * before;
        before = d;
    }
    return n >= 2 && squares > 0 ? products / squares : NAN;
}

/* Mean of ((x - mean) / largest)^3 or ^4 by that of the squares: without @largest the
 * powers of small or large numbers leave the range of a double. */
static double moment_ratio(const double *x, size_t n, int power)
{
    double mean = viz_mean(x, n), largest = 0, m2 = 0, m = 0;

    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(x[i] - mean));
    if (n < 2 || largest == 0)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        double d = (x[i] - mean) / largest, square = d * d;
        m2 += square;
        m += power == 3 ? square * d : square * square;
    }
    m2 /= (double)n, m /= (double)n;
    return m / (power == 3 ? m2 * sqrt(m2) : m2 * m2);
}

double viz_skewness(const double *x, size_t n)
{
    return moment_ratio(x, n, 3);
}

double viz_kurtosis(const double *x, size_t n)
{
    return moment_ratio(x, n, 4);
}

double viz_jarque_bera(const double *x, size_t n)
{
    double skew = viz_skewness(x, n), excess = viz_kurtosis(x, n) - 3;

    return (double)n / 6 * (skew * skew + excess * excess / 4);
}

/* Type 1: the first value that has np values up to it, where np may be off by rounding. */
static double inverted_quantile(const double *sorted, size_t n, double p)
{
    double np = (double)n * p, below = ceil(np - 4 * DBL_EPSILON * fmax(1, np));

    return sorted[below < 1 ? 0 : (size_t)below - 1];
}

double viz_quantile(const double *sorted, size_t n, double p, int type)
{
    double h, fraction, low, high;

    viz_assert(type == 1 || type == 6 || type == 7 || type == 8);
    if (n == 0 || !(p >= 0 && p <= 1))
        return NAN;
    if (type == 1)
        return inverted_quantile(sorted, n, p);
    h = type == 6   ? ((double)n + 1) * p - 1
        : type == 7 ? ((double)n - 1) * p
                    : ((double)n + 1 / 3.) * p - 2 / 3.;
    h = fmin(fmax(h, 0), (double)(n - 1));
    fraction = h - floor(h);
    low = sorted[(size_t)h];
    high = sorted[(size_t)ceil(h)];
    /* Halves, as the difference of two doubles need not be one. */
    return fmin(high, 2 * (low / 2 + fraction * (high / 2 - low / 2)));
}

double viz_harrell_davis(const double *sorted, size_t n, double p)
{
    double a = ((double)n + 1) * p, b = ((double)n + 1) * (1 - p);
    double below = 0, sum = 0;
    size_t first = 0, last = n; /* before @first there is no weight to speak of */

    if (n == 0 || !(p >= 0 && p <= 1))
        return NAN;
    if (p == 0 || p == 1)
        return sorted[p == 0 ? 0 : n - 1];
    while (first < last) {
        size_t middle = first + (last - first) / 2;
        if (viz_beta_below((double)(middle + 1) / (double)n, a, b) > 1e-18)
            last = middle;
        else
            first = middle + 1;
    }
    for (size_t i = first; i < n && below < 1; i++) {
        double up_to = viz_beta_below((double)(i + 1) / (double)n, a, b);
        sum += (up_to - below) * sorted[i];
        below = up_to;
    }
    return sum;
}

bool viz_median_ranks(size_t n, double confidence, size_t *low, size_t *high)
{
    unsigned k;

    if (n > UINT_MAX || !(confidence > 0 && confidence < 1))
        return false;
    k = viz_binomial_quantile((1 - confidence) / 2, (unsigned)n, 0.5);
    if (k == 0)
        return false;
    *low = k;
    *high = n - k + 1;
    return true;
}

/* The median of |x - median|, without a copy: of what is left, one end is the farthest. */
static double raw_mad(const double *sorted, size_t n)
{
    double median = viz_quantile(sorted, n, 0.5, 7), farthest = NAN, before = NAN;
    size_t low = 0, high = n;

    for (size_t i = 0; i <= n / 2 && low < high; i++) {
        double left = median - sorted[low], right = sorted[high - 1] - median;
        before = farthest;
        farthest = fmax(left, right);
        if (left > right)
            low++;
        else
            high--;
    }
    return n % 2 ? farthest : before / 2 + farthest / 2;
}

double viz_mad(const double *sorted, size_t n)
{
    return 1.4826 * raw_mad(sorted, n);
}

size_t viz_quantile_needs(double p, double confidence)
{
    double needs = ceil(log((1 - confidence) / 2) / log(fmax(p, 1 - p)));

    if (!(p > 0 && p < 1) || !(confidence > 0 && needs < 0x1p53))
        return SIZE_MAX;
    return (size_t)needs;
}

void viz_outliers_count(const double *sorted, size_t n, struct viz_outliers *out)
{
    double low = viz_quantile(sorted, n, 0.25, 7),
           high = viz_quantile(sorted, n, 0.75, 7);
    double median = viz_quantile(sorted, n, 0.5, 7), mad = raw_mad(sorted, n);

    *out = (struct viz_outliers){0};
    for (size_t i = 0; i < n; i++) {
        double beyond = fmax(low - sorted[i], sorted[i] - high);
        double away = fabs(sorted[i] - median);
        if (beyond > 3 * (high - low))
            out->extreme++;
        else if (beyond > 1.5 * (high - low))
            out->mild++;
        if (mad > 0 ? 0.6745 * away / mad > 3.5 : away > 0)
            out->by_mad++;
    }
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

#define FEW 256 /* sorted by comparing */
#define DIGIT_BITS 8
#define DIGITS (1u << DIGIT_BITS)

/* As unsigned numbers these have the order of the values, and back. */
static uint64_t key_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static double value_of(uint64_t key)
{
    uint64_t bits = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* One digit, stable. False: all keys have the same, and nothing was moved. */
static bool sort_digit(const uint64_t *from, uint64_t *to, size_t n, unsigned shift)
{
    size_t at[DIGITS] = {0}, sum = 0;

    for (size_t i = 0; i < n; i++)
        at[from[i] >> shift & (DIGITS - 1)]++;
    if (at[from[0] >> shift & (DIGITS - 1)] == n)
        return false;
    for (size_t i = 0; i < DIGITS; i++) {
        size_t count = at[i];
        at[i] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[at[from[i] >> shift & (DIGITS - 1)]++] = from[i];
    return true;
}

static void sort_digits(double *x, size_t n)
{
    uint64_t *from = viz_zalloc(2 * n * sizeof(*from)), *both = from, *to = from + n;

    for (size_t i = 0; i < n; i++)
        from[i] = key_of(x[i]);
    for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
        if (!sort_digit(from, to, n, shift))
            continue;
        uint64_t *old = from;
        from = to;
        to = old;
    }
    for (size_t i = 0; i < n; i++)
        x[i] = value_of(from[i]);
    free(both);
}

void viz_sort(double *x, size_t n)
{
    if (n > FEW)
        sort_digits(x, n);
    else if (n)
        qsort(x, n, sizeof(*x), compare);
}

double *viz_sorted(const double *x, size_t n)
{
    double *copy = viz_zalloc((n ? n : 1) * sizeof(*copy));

    if (n)
        memcpy(copy, x, n * sizeof(*copy));
    viz_sort(copy, n);
    return copy;
}

/* Those below @limit to the front; returns how many. Without a branch, which would be
 * guessed wrong every other time. */
static size_t part(double *x, size_t n, double limit)
{
    size_t below = 0;

    for (size_t i = 0; i < n; i++) {
        double value = x[i];
        x[i] = x[below];
        x[below] = value;
        below += value < limit;
    }
    return below;
}

static double median_of_three(double a, double b, double c)
{
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

double viz_select(double *x, size_t n, size_t k)
{
    struct viz_random random;
    size_t from = 0, to = n;

    viz_random_seed(&random, n);
    while (to - from > 1) {
        size_t left = to - from;
        double pivot = median_of_three(x[from + viz_random_below(&random, left)],
                                       x[from + viz_random_below(&random, left)],
                                       x[from + viz_random_below(&random, left)]);
        size_t low = from + part(x + from, left, pivot);
        if (k < low) {
            to = low;
            continue;
        }
        from = low + part(x + low, to - low, nextafter(pivot, INFINITY));
        if (k < from)
            break; /* it is one of those that equal the pivot */
    }
    return x[k];
}
